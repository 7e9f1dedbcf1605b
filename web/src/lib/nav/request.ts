// The requests behind a page, for people who would rather ask the API themselves.
import { resolve, token } from '../api/client';

/** Which answer a page shows most of. */
const OF_PAGE: Record<string, string> = {
  '': 'api/hp/fleet',
  guests: 'api/hp/fleet',
  nodes: 'api/hp/fleet',
  backups: 'api/hp/backups',
  alerts: 'api/hp/alerts',
  'settings/targets': 'api/hp/targets',
  'settings/notifications': 'api/hp/channels',
  'settings/history': 'api/hp/retention',
  'settings/about': 'api/hp/diagnostics',
};

/** The address whose answer a page, or the resource opened beside it, shows. */
export function addressOf(path: string, query: URLSearchParams): URL {
  const id = query.get('open');
  if (id !== null) return resolve('api/hp/history', { resource: id });
  const tab = query.get('tab');
  if (path === 'alerts') return resolve(tab === 'deliveries' ? 'api/hp/deliveries' : 'api/hp/alerts', tab === 'history' ? { state: 'all' } : {});
  return resolve(OF_PAGE[path] ?? OF_PAGE[path.split('/')[0] ?? ''] ?? 'api/hp/fleet');
}

// A quote cannot occur in an address that the browser has written.
export const asCurl = (url: URL, secret = token.get() !== null): string => `curl -s${secret ? ' -H "Authorization: Bearer $TOKEN"' : ''} '${url.href}'`;
export const asPowerShell = (url: URL, secret = token.get() !== null): string =>
  `Invoke-RestMethod${secret ? ' -Headers @{ Authorization = "Bearer $env:TOKEN" }' : ''} '${url.href}'`;
