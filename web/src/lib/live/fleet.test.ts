import { expect, test } from 'vitest';

import type { Alert, FullFrame, Guest, Node, Storage } from '../api/types';
import { backOff } from './connection.svelte';
import { Fleet } from './fleet.svelte';

const guest = (handle: number, over: Partial<Guest> = {}): Guest => ({
  id: `guest:tgt_a:${String(handle)}`,
  handle,
  target: 'tgt_a',
  vmid: handle,
  name: `g${String(handle)}`,
  node: 'pve1',
  kind: 'vm',
  status: 'running',
  status_word: null,
  template: false,
  lock: null,
  tags: [],
  pool: null,
  ha_state: null,
  cpu: 0.1,
  cpus: 2,
  memory: { used: 1, total: 8 * 1024 ** 3 },
  memory_source: null,
  disk: { used: null, total: null },
  disk_source: null,
  net_in: 1,
  net_out: 1,
  disk_read: 1,
  disk_write: 1,
  started_at: null,
  ...over,
});

const storage: Storage = {
  id: 'storage:tgt_a:nas',
  handle: 90,
  target: 'tgt_a',
  name: 'nas',
  node: null,
  shared: true,
  plugin: 'nfs',
  content: [],
  status: 'available',
  used: 1,
  total: 100,
  nodes: [],
};

const alert = (state: Alert['state']): Alert => ({
  id: 'alt_1',
  rule: 'threshold',
  subject: 'cpu',
  resource: 'guest:tgt_a:1',
  resource_name: 'g1',
  node: 'pve1',
  severity: 'warning',
  state,
  message: 'high',
  value: 0.9,
  limit: 0.8,
  unit: 'ratio',
  started_at: 1,
  last_seen: 1,
  resolved_at: null,
  acknowledged_at: null,
  acknowledged_by: null,
  tags: [],
  hold: null,
});

const full = (over: Partial<FullFrame> = {}): FullFrame => ({
  type: 'full',
  version: 5,
  at: 1000,
  boot: 'b',
  targets: [],
  nodes: [] as Node[],
  guests: [guest(1), guest(2)],
  storages: [storage],
  datastores: [],
  disks: [],
  games: [],
  jobs: [],
  alerts: [],
  ...over,
});

test('a vitals row changes figures, and what it cuts off is unknown', () => {
  const fleet = new Fleet();
  fleet.full(full());
  const list = fleet.guests.list;

  expect(fleet.delta({ type: 'delta', version: 6, previous: 5, at: 2000, vitals: [[1, 500, 2048, null, 3], [90, null, null, 7]] })).toBe(true);

  const now = fleet.guests.find('guest:tgt_a:1')?.now;
  expect(now?.cpu).toBe(0.5);
  expect(now?.memory).toEqual({ used: 2 * 1024 ** 3, total: 8 * 1024 ** 3 });
  expect(now?.net_in).toBe(3072);
  expect(now?.net_out).toBeNull();
  expect(fleet.storages.list[0]?.now.used).toBe(7 * 1024 ** 2);
  expect(fleet.guests.list, 'nothing came or went').toBe(list);
});

test('a delta after a gap is refused and changes nothing', () => {
  const fleet = new Fleet();
  fleet.full(full());

  expect(fleet.delta({ type: 'delta', version: 8, previous: 7, at: 2000, vitals: [[1, 500]] })).toBe(false);
  expect(fleet.guests.find('guest:tgt_a:1')?.now.cpu).toBe(0.1);
  expect(fleet.version).toBe(5);
});

test('what is gone leaves, also by a full frame', () => {
  const fleet = new Fleet();
  fleet.full(full());
  fleet.delta({ type: 'delta', version: 6, previous: 5, at: 2000, gone: ['guest:tgt_a:2'] });
  expect(fleet.guests.list.map((cell) => cell.id)).toEqual(['guest:tgt_a:1']);

  fleet.full(full({ version: 9, guests: [guest(3)] }));
  expect(fleet.guests.list.map((cell) => cell.id)).toEqual(['guest:tgt_a:3']);
});

test('a resolved alert leaves the open ones', () => {
  const fleet = new Fleet();
  fleet.full(full({ alerts: [alert('firing')] }));
  fleet.delta({ type: 'delta', version: 6, previous: 5, at: 2000, alerts: [alert('resolved')] });
  expect(fleet.alerts.list).toHaveLength(0);
});

test('retries double up to half a minute', () => {
  expect(backOff(0, 0)).toBe(250);
  expect(backOff(0, 1)).toBe(500);
  expect(backOff(3, 1)).toBe(4000);
  expect(backOff(20, 1)).toBe(30_000);
});
