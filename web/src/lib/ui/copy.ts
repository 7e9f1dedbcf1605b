import { t } from '../i18n';
import { toasts } from './toasts.svelte';

/** Copies a text and says so; where there is no clipboard the text itself is said. */
export async function copyText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toasts.say(t.copy.copied);
  } catch {
    toasts.say(text);
  }
}
