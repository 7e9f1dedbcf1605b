import { expect, test } from 'vitest';

import { clicked, fitting, sortsOf, told, USUAL } from './columns';

test('what does not fit is left out by rank, and the name stays', () => {
  expect(fitting(USUAL, 1232)).toEqual(['status', 'name', 'vmid', 'node', 'tags', 'cpu', 'memory', 'disk', 'net_in', 'net_out', 'uptime', 'trend']);
  expect(fitting(USUAL, 900)).not.toContain('trend');
  expect(fitting([], 500)).toEqual(['name']);
});

test('an order is read from and told to the address', () => {
  expect(sortsOf('-cpu,name')).toEqual([
    { column: 'cpu', sign: -1 },
    { column: 'name', sign: 1 },
  ]);
  expect(sortsOf('constructor,trend')).toEqual([{ column: 'vmid', sign: 1 }]);
  expect(told(sortsOf('-cpu,name'))).toBe('-cpu,name');
});

test('a click turns an order round, and with Shift adds to it', () => {
  const byNode = clicked(sortsOf(null), 'node', false);
  expect(told(byNode)).toBe('node');
  expect(told(clicked(byNode, 'node', false))).toBe('-node');
  expect(told(clicked(byNode, 'cpu', true))).toBe('node,-cpu');
});
