// Keeps the page and its built files, so that an installed homepulse opens at once and says by itself
// when the server is away. Nothing of the API is ever kept.
const SHELL = 'homepulse-shell';
const root = new URL('./', self.location);

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

/** The page, fresh where the server answers; another page than the one kept makes its files stale. */
async function page(request) {
  const cache = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (!answer.ok) return answer;
    const [text, kept] = await Promise.all([answer.clone().text(), cache.match(root).then((old) => old?.text())]);
    if (text !== kept) {
      for (const key of await cache.keys()) await cache.delete(key);
      await cache.put(root, answer.clone());
    }
    return answer;
  } catch (error) {
    const kept = await cache.match(root);
    if (kept === undefined) throw error;
    return kept;
  }
}

/** A file whose name changes with its content. */
async function asset(request) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== root.origin || !url.pathname.startsWith(root.pathname)) return;
  const path = url.pathname.slice(root.pathname.length);
  if (path.startsWith('assets/')) event.respondWith(asset(request));
  else if (request.mode === 'navigate' && !/^(api|ws|v3|graphql|oauth|metrics|status)(\/|$)|\./.test(path)) event.respondWith(page(request));
});
