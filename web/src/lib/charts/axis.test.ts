import { expect, test } from 'vitest';

import { ceiling, timeTicks, valueTicks } from './axis';
import { nearest } from './cursor.svelte';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const noon = new Date(2026, 2, 10, 12, 7, 30).getTime();

test('ticks of an hour stand on round minutes', () => {
  const { at, step } = timeTicks({ from: noon, to: noon + HOUR }, 7);
  expect(step).toBe(600_000);
  expect(at.map((one) => new Date(one).getMinutes())).toEqual([10, 20, 30, 40, 50, 0]);
});

test('ticks of days stand at midnight where people are', () => {
  const { at } = timeTicks({ from: noon, to: noon + 5 * DAY }, 6);
  expect(at).toHaveLength(5);
  expect(at.every((one) => new Date(one).getHours() === 0)).toBe(true);
});

test('ticks of a year stand on the first of a month', () => {
  const { at } = timeTicks({ from: noon, to: noon + 365 * DAY }, 7);
  expect(at.every((one) => new Date(one).getDate() === 1)).toBe(true);
  expect(at).toHaveLength(6);
});

test('an axis ends at the whole where that is known, and at a round amount otherwise', () => {
  expect(ceiling(3, 8, 'bytes')).toBe(8);
  expect(ceiling(0.07, null, 'ratio')).toBe(0.1);
  expect(ceiling(0.7, null, 'ratio')).toBe(1);
  expect(ceiling(0, null, 'load')).toBe(1);
});

test('amounts on an axis are round', () => {
  expect(valueTicks(1, 'ratio')).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(valueTicks(0.5, 'ratio')).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  expect(valueTicks(7, 'load')).toEqual([0, 2, 4, 6]);
});

test('the nearest entry is found from both sides', () => {
  expect(nearest([], 5)).toBe(-1);
  expect(nearest([10, 20, 30], 14)).toBe(0);
  expect(nearest([10, 20, 30], 16)).toBe(1);
  expect(nearest([10, 20, 30], 99)).toBe(2);
});
