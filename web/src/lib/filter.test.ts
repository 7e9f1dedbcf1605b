import { expect, test } from 'vitest';

import type { Guest } from './api/types';
import { matches, parse, toggle } from './filter';

const guest = (over: Partial<Guest> = {}): Guest => ({
  id: 'guest:tgt_a:101',
  handle: 1,
  target: 'tgt_a',
  vmid: 101,
  name: 'next cloud',
  node: 'pve1',
  kind: 'vm',
  status: 'running',
  status_word: null,
  template: false,
  lock: null,
  tags: ['prod', 'web'],
  pool: null,
  ha_state: null,
  cpu: 0.85,
  cpus: 2,
  memory: { used: 3, total: 4 },
  memory_source: null,
  disk: { used: null, total: 10 },
  disk_source: null,
  net_in: null,
  net_out: null,
  disk_read: null,
  disk_write: null,
  started_at: null,
  ...over,
});

const passes = (filter: string, over?: Partial<Guest>): boolean => matches(parse(filter), guest(over));

test.each([
  ['', true],
  ['node:pve1 tag:prod cpu>80', true],
  ['node:pve2', false],
  ['node:pve2,pve1', true],
  ['-tag:test', true],
  ['-tag:prod', false],
  ['"next cloud"', true],
  ['"cloud next"', false],
  ['cloud next', true],
  ['jellyfin,cloud', true],
  ['mem>=75', true],
  ['mem<75%', false],
  ['disk>0', false],
  ['state:stopped,running type:vm', true],
  ['type:ct', false],
  ['id=101', true],
  ['name:CLOUD', true],
  ['10', true],
  ['constructor:x', false],
  ['cpu>90, mem>70', true],
  ['cpu>90,mem>80', false],
  ['node:pve2, pve1', true],
  ['node:pve2,cpu>80', true],
  ['-tag:test,prod', false],
  ['status:running memory>70 host:pve1', true],
  ['name:"next cloud"', true],
])('%s → %s', (filter, expected) => {
  expect(passes(filter)).toBe(expected);
});

test('half-typed tokens hide nothing', () => {
  expect(passes('tag: cpu> - "')).toBe(true);
});

test('a template is not counted as stopped', () => {
  expect(passes('state:stopped', { template: true, status: 'stopped' })).toBe(false);
});

test('toggle swaps the value of a key and keeps the rest', () => {
  expect(toggle('tag:a "x y" state:running', 'state:stopped')).toBe('tag:a "x y" state:stopped');
  expect(toggle('state:stopped web', 'state:stopped')).toBe('web');
});
