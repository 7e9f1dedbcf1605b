import { expect, test } from 'vitest';

import type { Delivery } from '../../api/types';
import { nextTry } from './deliveries';

const NOW = 1_795_341_600_000;
const message = (fields: Partial<Delivery>): Delivery => ({ state: 'due', due_at: NOW, held_until: null, ...fields }) as Delivery;

test('a message that waits says when it is tried next, and one that does not says nothing', () => {
  expect(nextTry(message({ due_at: NOW + 90_000 }), NOW)).toContain('in 1m');
  expect(nextTry(message({ due_at: NOW - 5 }), NOW)).toBe('next try at once');
  expect(nextTry(message({ held_until: NOW + 3_600_000, due_at: NOW + 3_600_000 }), NOW)).toContain('quiet hours');
  // The quiet hours are over: what is left is the way to the channel.
  expect(nextTry(message({ held_until: NOW - 1, due_at: NOW + 30_000 }), NOW)).toContain('in 30s');
  expect(nextTry(message({ state: 'dead', due_at: NOW + 90_000 }), NOW)).toBeNull();
  expect(nextTry(message({ state: 'sent' }), NOW)).toBeNull();
});
