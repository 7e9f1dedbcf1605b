// What the drawer says of a game server above its panes.
import type { Game, Guest, Target } from '../../api/types';
import { count, dateAndTime, duration, quantity, ratio, usage } from '../../format';
import { t } from '../../i18n';
import { games as G } from '../../i18n/games';
import { router } from '../../nav/router.svelte';
import { guestName } from '../names';
import { addressOf } from './list';

export interface Fact {
  label: string;
  value: string;
  note?: string | undefined;
  href?: string | undefined;
  title?: string | undefined;
}

const F = G.facts;

export function gameFacts(game: Game, guest: Guest | undefined, target: Target | undefined, now: number): Fact[] {
  const notes = [game.player_trust === 'unreliable' ? G.unsure : null, game.bots != null && game.bots > 0 ? F.bots(game.bots) : null].filter((one) => one !== null);
  const address = addressOf(game, target);
  const there = (label: string, value: string | null | undefined, note?: string): Fact[] => (value == null || value === '' ? [] : [{ label, value, note }]);
  return [
    {
      label: F.players,
      value: game.players_max == null ? count(game.players) : `${count(game.players)} ${t.of} ${count(game.players_max)}`,
      note: game.players == null ? (game.status === 'stopped' ? G.isOff : G.noCount) : notes.length > 0 ? notes.join(', ') : undefined,
    },
    { label: F.latency, value: quantity(game.latency_ms, 'milliseconds'), note: game.silent_for > 0 ? F.silent(game.silent_for) : undefined },
    ...there(F.game, game.game),
    ...there(F.map, game.map),
    ...there(F.version, game.version, game.newer_version == null ? undefined : G.newer(game.newer_version)),
    ...there(F.address, address),
    ...(game.cpu == null ? [] : [{ label: t.drawer.cpu, value: ratio(game.cpu), note: game.cpus == null ? undefined : t.nodes.threads(game.cpus) }]),
    ...(game.memory.used == null ? [] : [{ label: t.drawer.memory, value: usage(game.memory.used, game.memory.total, t.of) }]),
    ...(game.disk.used == null ? [] : [{ label: t.drawer.disk, value: usage(game.disk.used, game.disk.total, t.of) }]),
    ...(game.started_at == null ? [] : [{ label: t.drawer.up, value: duration(now - game.started_at), title: dateAndTime(game.started_at) }]),
    ...(guest === undefined ? [] : [{ label: F.guest, value: guestName(guest), href: router.with({ open: guest.id, pane: null }) }]),
  ];
}

/** The panes of a game server: only what can be done where it runs. */
export function gamePanes(game: Game): string[] {
  const can = (...abilities: Game['can']): boolean => abilities.some((one) => game.can.includes(one));
  return [
    'players',
    'metrics',
    'server',
    ...(can('log', 'command') ? ['console'] : []),
    ...(can('backup') ? ['saves'] : []),
    ...(can('power') ? ['care'] : []),
    'alerts',
    'changes',
    'raw',
  ];
}
