import { expect, test } from 'vitest';

import type { Game, Target } from '../../api/types';
import { GAMES, parse, passes } from '../../filter';
import { addressOf, compare, sortOf } from './list';

const game = (over: Partial<Game>): Game => ({
  handle: 1, id: 'game:tgt_a:a', target: 'tgt_a', name: 'a', game: 'valheim', status: 'running', problem: null, runtime: null, guest: null,
  players: null, players_max: null, bots: null, names: null, player_trust: 'exact', map: null, version: null, newer_version: null,
  latency_ms: null, silent_for: 0, cpu: null, cpus: null, memory: { used: null, total: null }, disk: { used: null, total: null },
  net_in: null, net_out: null, started_at: null, ports: [], can: [], ...over,
});
const names = (list: Game[], told: string): string[] => {
  const { sort, sign } = sortOf(told);
  return [...list].sort((a, b) => compare(a, b, sort, sign)).map((one) => one.name);
};

test('servers whose players are not known stand last, whichever way', () => {
  const list = [game({ name: 'none', players: 0 }), game({ name: 'unknown' }), game({ name: 'full', players: 9 })];
  expect(names(list, '-players')).toEqual(['full', 'none', 'unknown']);
  expect(names(list, 'players')).toEqual(['none', 'full', 'unknown']);
});

test('what needs somebody comes first by status', () => {
  const list = [game({ name: 'up' }), game({ name: 'down', status: 'crashed' }), game({ name: 'off', status: 'stopped' })];
  expect(names(list, 'status')).toEqual(['down', 'up', 'off']);
});

test('an unknown count passes no comparison', () => {
  const terms = parse('players>0', GAMES);
  expect(passes(terms, game({ players: 3 }), GAMES)).toBe(true);
  expect(passes(terms, game({}), GAMES)).toBe(false);
  expect(passes(parse('players:0', GAMES), game({}), GAMES)).toBe(false);
  expect(passes(parse('-state:stopped game:valheim', GAMES), game({}), GAMES)).toBe(true);
});

test('an address is one that players can type', () => {
  const port = { role: 'game', host: null, port: 2456, protocol: 'udp' };
  const target = { address: 'https://panel.lan:8443' } as Target;
  expect(addressOf(game({}), target)).toBeNull();
  expect(addressOf(game({ ports: [port] }), target)).toBe('panel.lan:2456');
  expect(addressOf(game({ ports: [{ ...port, host: 'fd00::2' }] }), target)).toBe('[fd00::2]:2456');
  expect(addressOf(game({ ports: [{ ...port, host: '0.0.0.0' }] }), { address: 'unix:///var/run/docker.sock' } as Target)).toBe(':2456');
});
