import { expect, test } from 'vitest';

import type { Channel, Delivery } from '../../api/types';
import { nextTry } from './deliveries';

const NOW = 1_795_341_600_000;
const message = (fields: Partial<Delivery>): Delivery => ({ state: 'due', due_at: NOW, held_until: null, ...fields }) as Delivery;

test('a message that waits says when it is tried next, and one that does not says nothing', () => {
  expect(nextTry(message({ due_at: NOW + 90_000 }), undefined, NOW)).toContain('in 1m');
  expect(nextTry(message({ due_at: NOW - 5 }), undefined, NOW)).toBe('next try at once');
  expect(nextTry(message({ held_until: NOW + 3_600_000, due_at: NOW + 3_600_000 }), undefined, NOW)).toContain('quiet hours');
  // The quiet hours are over: what is left is the way to the channel.
  expect(nextTry(message({ held_until: NOW - 1, due_at: NOW + 30_000 }), undefined, NOW)).toContain('in 30s');
  expect(nextTry(message({ state: 'dead', due_at: NOW + 90_000 }), undefined, NOW)).toBeNull();
  expect(nextTry(message({ state: 'sent' }), undefined, NOW)).toBeNull();
});

test('a message waits for a channel that keeps failing, but only as long as that takes', () => {
  const channel = (open_until: number | null): Channel => ({ open_until }) as Channel;
  expect(nextTry(message({ due_at: NOW - 60_000 }), channel(NOW + 120_000), NOW)).toContain('keeps failing');
  expect(nextTry(message({ due_at: NOW + 600_000 }), channel(NOW + 120_000), NOW)).toContain('next try');
  expect(nextTry(message({ due_at: NOW - 60_000 }), channel(null), NOW)).toBe('next try at once');
});
