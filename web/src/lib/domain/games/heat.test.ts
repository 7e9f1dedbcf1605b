import { expect, test } from 'vitest';

import { byDay, shadeOf, stripPaths } from './heat';

test('what is not known is not nobody', () => {
  expect(shadeOf(null, 10)).toBe(0);
  expect(shadeOf(0, 10)).toBe(1);
  expect(shadeOf(1, 10)).toBe(2);
  expect(shadeOf(10, 10)).toBe(4);
});

test('a week of hours is laid out by the days and hours of the clock', () => {
  const from = new Date(2026, 5, 1, 22).getTime();
  const days = byDay(from, 3_600_000, [1, null, 0, 5], 5);
  expect(days).toHaveLength(2);
  expect(days[0]?.hours[22]).toMatchObject({ players: 1, shade: 2 });
  expect(days[0]?.hours[23]).toMatchObject({ players: null, shade: 0 });
  expect(days[0]?.hours[21]).toBeNull();
  expect(days[1]?.hours[1]).toMatchObject({ players: 5, shade: 4 });
});

test('a gap leaves no cell in a strip', () => {
  const paths = stripPaths([0, 10, 20], [2, null, 0], { from: 0, to: 30 }, 3, 30, 10);
  expect(paths.map((path) => path.shade)).toEqual([4, 1]);
  expect(paths[0]?.d).toBe('M0.0 0h9.4v10H0.0z');
  expect(paths[1]?.d).toMatch(/^M20\.0 /);
});
