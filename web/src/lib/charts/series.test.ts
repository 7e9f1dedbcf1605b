import { expect, test } from 'vitest';

import { binaryTop, csv, sparkPath } from './series';

test('a sparkline is broken where nothing is known', () => {
  const path = sparkPath([0, 10, 20, 30], [1, null, 0.5, 0], { from: 0, to: 30 }, 1, 30, 10);
  expect(path).toBe('M0.0 0.0M20.0 5.0L30.0 10.0');
});

test('a sparkline leaves out what is before its span', () => {
  expect(sparkPath([0, 10], [1, 1], { from: 5, to: 10 }, 1, 10, 10)).toBe('M10.0 0.0');
});

test('axes of bytes end at round binary amounts', () => {
  expect(binaryTop(0)).toBe(1024);
  expect(binaryTop(3.2 * 1024 ** 3)).toBe(4 * 1024 ** 3);
  expect(binaryTop(130 * 1024 ** 2)).toBe(200 * 1024 ** 2);
});

test('values that would break a line of CSV are quoted', () => {
  expect(csv(['time', 'a,b'], [['x"y', null], ['1', 2]])).toBe('time,"a,b"\r\n"x""y",\r\n1,2');
});
