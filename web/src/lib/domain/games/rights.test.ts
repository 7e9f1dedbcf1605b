import { expect, test } from 'vitest';

import type { Game } from '../../api/types';
import { allowed, needsName } from './rights';

const game = (status: Game['status'], ...can: Game['can']): Game => ({ status, can }) as Game;

test('nothing is offered that the host cannot do', () => {
  expect(allowed(game('running'))).toEqual([]);
  expect(allowed(game('stopped', 'log'))).toEqual([]);
  expect(allowed(game('running', 'power'))).toEqual(['stop', 'restart', 'kill']);
});

test('only a server that is off is started or deleted', () => {
  expect(allowed(game('stopped', 'power', 'delete'))).toEqual(['start', 'delete']);
  expect(allowed(game('running', 'power', 'delete'))).not.toContain('delete');
});

test('a server of unknown state can be told either', () => {
  expect(allowed(game('unknown', 'power'))).toEqual(['start', 'stop', 'restart']);
});

test('what cannot be brought back is confirmed by name', () => {
  expect(['stop', 'kill', 'delete', 'restore'].filter(needsName)).toEqual(['kill', 'delete', 'restore']);
});
