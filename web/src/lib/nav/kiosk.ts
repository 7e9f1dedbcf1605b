// A screen on a wall: `?kiosk=1&rotate=30` shows one page after another, without anything to press.
import { router } from './router.svelte';

const PAGES = ['', 'guests', 'nodes', 'backups', 'alerts'];
const LEAST_SECONDS = 5;

/** Goes round the pages and keeps the screen awake until the answer is called. */
export function startKiosk(query: URLSearchParams): () => void {
  const seconds = Number(query.get('rotate'));
  // Without permission, or without a secure context, the screen sleeps as it would.
  void navigator.wakeLock?.request('screen').catch(() => undefined);
  document.documentElement.toggleAttribute('data-kiosk', true);
  const timer =
    seconds >= LEAST_SECONDS
      ? setInterval(() => {
          const next = PAGES[(PAGES.indexOf(router.path) + 1) % PAGES.length] ?? '';
          router.go(`${next === '' ? './' : next}?kiosk=1&rotate=${String(seconds)}`, { replace: true });
        }, seconds * 1000)
      : undefined;
  return () => {
    clearInterval(timer);
    document.documentElement.removeAttribute('data-kiosk');
  };
}
