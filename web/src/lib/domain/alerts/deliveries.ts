// Messages on their way, in words, and what can be done about those that were given up.
import { send, wordsOf } from '../../api/client';
import type { Channel, Delivery } from '../../api/types';
import { duration, shortly } from '../../format';
import { t } from '../../i18n';
import { delivery as D } from '../../i18n/pages';
import { toasts } from '../../ui/toasts.svelte';

export const MARKS = { sent: 'ok', due: 'unknown', dead: 'critical', moved: 'info', dropped: 'stopped' } as const;

/** When a message that waits is tried next, and what it waits for; null for one that does not wait. */
export function nextTry(one: Delivery, channel: Channel | undefined, now: number): string | null {
  if (one.state !== 'due') return null;
  if (one.held_until != null && one.held_until > now) return D.quiet(shortly(one.held_until, now));
  // Nothing goes to a channel that keeps failing until one message has got through.
  if (channel?.open_until != null && channel.open_until > Math.max(now, one.due_at)) return D.broken(shortly(channel.open_until, now), duration(channel.open_until - now));
  return one.due_at > now ? D.next(shortly(one.due_at, now), duration(one.due_at - now)) : D.now;
}

async function change(path: string, body: unknown, done: (count: number) => string): Promise<void> {
  try {
    const { count } = await send<{ count: number }>('POST', `api/hp/deliveries/${path}`, body);
    toasts.say(done(count));
  } catch (error) {
    toasts.say(t.alert.failed(wordsOf(error)), true);
  }
}

/** Sends a message again that was given up. */
export const again = (one: Delivery): Promise<void> => change(`${encodeURIComponent(one.id)}/retry`, undefined, D.queued);
/** Sends everything again that was given up. */
export const allAgain = (): Promise<void> => change('retry', {}, D.queued);
export const discard = (one: Delivery): Promise<void> => change(`${encodeURIComponent(one.id)}/discard`, undefined, () => D.discarded);
