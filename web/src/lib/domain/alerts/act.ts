// What people do with alerts, with a way back.
import { send, wordsOf } from '../../api/client';
import type { BulkRequest, BulkResult } from '../../api/types';
import { t } from '../../i18n';
import type { Fleet } from '../../live/fleet.svelte';
import { toasts } from '../../ui/toasts.svelte';

/** Does it, enters what the server made of it, and offers to undo it. */
export async function act(fleet: Fleet, request: Pick<BulkRequest, 'action'> & Partial<BulkRequest>, done: string): Promise<void> {
  try {
    const result = await send<BulkResult>('POST', 'api/hp/alerts/bulk', request);
    for (const alert of result.alerts) fleet.enter(alert);
    const first = result.failed[0];
    if (first !== undefined) toasts.say(t.alert.failed(first.message), true);
    else if (result.undo == null) toasts.say(done);
    else {
      const { undo } = result;
      toasts.say(done, false, { label: t.undo, run: () => void act(fleet, undo, t.undone) });
    }
  } catch (error) {
    toasts.say(t.alert.failed(wordsOf(error)), true);
  }
}

const HOUR = 3_600_000;

/** Until when an alert can be put off with one click. */
export function snoozes(now: number): { label: string; until: number }[] {
  const morning = new Date(now);
  morning.setHours(morning.getHours() < 6 ? 8 : 32, 0, 0, 0);
  return [
    { label: t.snooze.hour, until: now + HOUR },
    { label: t.snooze.four, until: now + 4 * HOUR },
    { label: t.snooze.morning, until: morning.getTime() },
    { label: t.snooze.week, until: now + 7 * 24 * HOUR },
  ];
}
