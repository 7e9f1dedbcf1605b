import { describe, expect, test } from 'vitest';

import { bytes, duration, durationNarrow, quantity, rate, rateNarrow, ratio, usage } from '.';

const GIB = 1024 ** 3;

describe('amounts', () => {
  test('keep about three figures', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(3.14 * GIB)).toBe('3.1 GiB');
    expect(bytes(31.4 * GIB)).toBe('31 GiB');
    expect(bytes(1023 * 1024 ** 2)).toBe('1.0 GiB');
  });

  test('are a dash where unknown, never zero', () => {
    expect(bytes(null)).toBe('–');
    expect(ratio(undefined)).toBe('–');
    expect(rate(NaN)).toBe('–');
    expect(quantity(null, 'ratio')).toBe('–');
  });

  test('share one unit in a usage', () => {
    expect(usage(3.1 * GIB, 8 * GIB, 'of')).toBe('3.1 of 8.0 GiB');
    expect(usage(300 * 1024 ** 2, 8 * GIB, 'of')).toBe('300 MiB of 8.0 GiB');
    expect(usage(null, 8 * GIB, 'of')).toBe('– of 8.0 GiB');
  });

  test('below half a KiB a second is nothing', () => {
    expect(rateNarrow(200)).toBe('0');
    expect(rateNarrow(12.4 * 1024 ** 2)).toBe('12 M');
  });
});

describe('spans', () => {
  test('name their two largest units', () => {
    expect(duration(45_000)).toBe('45s');
    expect(duration(3 * 3_600_000 + 12 * 60_000)).toBe('3h 12m');
    expect(duration(41 * 86_400_000)).toBe('41d');
  });

  test('narrow form names one', () => {
    expect(durationNarrow(3 * 3_600_000 + 12 * 60_000)).toBe('3h');
  });
});
