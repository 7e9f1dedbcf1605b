import type { Alert, Game, Guest, Node, Storage, Target } from '../api/types';
import { t } from '../i18n';
import type { Mark } from '../ui/Status.svelte';

export const guestName = (guest: Guest): string => (guest.name === '' ? t.unnamed(guest.vmid) : guest.name);

export function guestMark(guest: Guest): { mark: Mark; text: string } {
  if (guest.template) return { mark: 'template', text: t.status.template };
  switch (guest.status) {
    case 'running':
      return { mark: 'running', text: t.status.running };
    case 'stopped':
      return { mark: 'stopped', text: t.status.stopped };
    case 'paused':
      return { mark: 'paused', text: t.status.paused };
    default:
      return { mark: 'unknown', text: guest.status_word ?? t.status.unknown };
  }
}

const GAME_MARKS: Partial<Record<Game['status'], Mark>> = {
  running: 'running',
  starting: 'info',
  stopping: 'info',
  stopped: 'stopped',
  sleeping: 'paused',
  unresponsive: 'warning',
  crashed: 'critical',
};

export const gameMark = (game: Game): { mark: Mark; text: string } => ({ mark: GAME_MARKS[game.status] ?? 'unknown', text: t.gameStatus[game.status] ?? game.status });

export function nodeMark(node: Node): { mark: Mark; text: string } {
  switch (node.status) {
    case 'online':
      return { mark: 'ok', text: t.status.online };
    case 'offline':
      return { mark: 'critical', text: t.status.offline };
    default:
      return { mark: 'unknown', text: t.status.unknown };
  }
}

export const storageMark = (storage: Storage): { mark: Mark; text: string } =>
  storage.status === 'available' ? { mark: 'ok', text: t.status.available } : { mark: 'unknown', text: t.status.unavailable };

export function targetMark(target: Target): { mark: Mark; text: string } {
  const text = t.targets.state[target.state] ?? target.state;
  if (target.state === 'pending') return { mark: 'unknown', text };
  if (target.state !== 'online') return { mark: 'critical', text };
  return target.missing.length > 0 ? { mark: 'warning', text: `${text}, ${t.targets.missing(target.missing.length)}` } : { mark: 'ok', text };
}

/** Whether something of this id has a drawer. */
export const hasDrawer = (id: string): boolean => /^(node|guest|storage|game):/.test(id);

/** What is wrong, without the name that stands beside it anyway. */
export const alertText = (alert: Alert): string => withoutName(alert.message, alert.resource_name);

/** A message about something that is called so, beginning behind the name. */
export function withoutName(message: string, name: string): string {
  const colon = message.startsWith(name) ? message.indexOf(': ', name.length) : -1;
  return colon === -1 ? message : message.slice(colon + 2);
}

/** What a kind of target calls its product. */
export function productOf(kind: string | undefined): string {
  switch (kind) {
    case 'pve':
      return 'Proxmox VE';
    case 'pbs':
      return 'Proxmox Backup Server';
    default:
      return kind ?? '';
  }
}
