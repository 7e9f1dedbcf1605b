import type {
  Alert,
  Channel,
  Delivery,
  Diagnostics,
  History,
  HistoryAll,
  MetricInfo,
  NewTarget,
  Problem,
  Retention,
  Session,
  Target,
  TargetTest,
} from './types';

/** A request that was refused, failed or never arrived. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

const TOKEN = 'homepulse.token';

/** The token lives as long as the tab does. */
export const token = {
  get: (): string | null => sessionStorage.getItem(TOKEN),
  set: (text: string): void => sessionStorage.setItem(TOKEN, text),
  drop: (): void => sessionStorage.removeItem(TOKEN),
};

/** The address of something on the server, wherever it is mounted. */
export function resolve(path: string, query: Record<string, string | number | undefined> = {}): URL {
  const url = new URL(path, document.baseURI);
  for (const [key, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(key, String(value));
  return url;
}

/** The live socket's address; browsers cannot send headers with it, so the token goes along. */
export function socketAddress(): string {
  const url = resolve('ws', { token: token.get() ?? undefined });
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

async function request(method: string, url: URL, accept: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { Accept: accept };
  const secret = token.get();
  if (secret !== null) headers['Authorization'] = `Bearer ${secret}`;
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (signal !== undefined) init.signal = signal;
    return await fetch(url, init);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    throw new ApiError(0, 'unreachable', error instanceof Error ? error.message : String(error));
  }
}

/** A file, which is not JSON. */
export async function download(url: URL): Promise<Blob> {
  const response = await request('GET', url, '*/*');
  if (!response.ok) throw new ApiError(response.status, 'unknown', `${response.status} ${response.statusText}`);
  return response.blob();
}

async function ask<T>(method: string, url: URL, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await request(method, url, 'application/json', body, signal);
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ApiError(response.status, 'not_json', `${response.status} ${response.statusText}`);
  }
  if (!response.ok) {
    const problem = (answer as Partial<Problem>).error;
    throw new ApiError(response.status, problem?.code ?? 'unknown', problem?.message ?? response.statusText, problem?.field);
  }
  return answer as T;
}

export const get = <T>(path: string, query?: Record<string, string | number | undefined>, signal?: AbortSignal): Promise<T> =>
  ask<T>('GET', resolve(path, query), undefined, signal);

/** Sends something that changes the server. */
export const send = <T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> => ask<T>(method, resolve(path), body);

/** What went wrong, as a sentence. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export interface Span {
  from: number;
  to: number;
  points: number;
}

export const api = {
  session: () => get<Session>('api/hp/session'),
  metrics: () => get<MetricInfo[]>('api/hp/metrics'),
  history: (resource: string, metrics: readonly string[], span: Span, signal?: AbortSignal) =>
    get<History>('api/hp/history', { resource, metrics: metrics.join(','), ...span }, signal),
  historyOfAll: (metric: string, kind: string, span: Span, signal?: AbortSignal) =>
    get<HistoryAll>('api/hp/history/all', { metric, kind, ...span }, signal),
  /** Every sample as it was kept. */
  exportHistory: (resource: string, metrics: readonly string[], from: number, to: number) =>
    download(resolve('api/hp/history/export', { resource, metrics: metrics.join(','), from, to, format: 'csv' })),
  retention: () => get<Retention>('api/hp/retention'),
  keep: (days: Record<string, number>) => ask<Retention>('PUT', resolve('api/hp/retention'), { days }),
  alerts: async (state: 'firing' | 'all', limit: number) =>
    (await get<{ alerts: Alert[] }>('api/hp/alerts', { state, limit })).alerts,
  /** What was ever wrong with one resource, of the newest there are. */
  alertsOf: async (resource: string) => (await api.alerts('all', 500)).filter((alert) => alert.resource === resource),
  acknowledge: (id: string) => ask<Alert>('POST', resolve(`api/hp/alerts/${encodeURIComponent(id)}/acknowledge`)),
  unacknowledge: (id: string) => ask<Alert>('DELETE', resolve(`api/hp/alerts/${encodeURIComponent(id)}/acknowledge`)),
  deliveries: async (limit: number, state?: Delivery['state']) =>
    (await get<{ deliveries: Delivery[] }>('api/hp/deliveries', { limit, state })).deliveries,
  channels: async () => (await get<{ channels: Channel[] }>('api/hp/channels')).channels,
  addTarget: (target: NewTarget) => ask<Target>('POST', resolve('api/hp/targets'), target),
  testTarget: (target: NewTarget) => ask<TargetTest>('POST', resolve('api/hp/targets/test'), target),
  removeTarget: (id: string) => ask<undefined>('DELETE', resolve(`api/hp/targets/${encodeURIComponent(id)}`)),
  diagnostics: () => get<Diagnostics>('api/hp/diagnostics'),
};
