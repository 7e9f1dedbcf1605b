import { wordsOf } from '../api/client';
import { t } from '../i18n';
import { toasts } from '../ui/toasts.svelte';

/** Does something and answers whether it worked; what goes wrong is said. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    toasts.say(t.alert.failed(wordsOf(error)), true);
    return false;
  }
}
