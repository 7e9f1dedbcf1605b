// The list of game servers: in what order, where players reach one.
import type { Game, Job, Target } from '../../api/types';
import { byFigure, share } from '../figures';

export const SORTS = ['status', 'name', 'players', 'latency', 'cpu', 'memory'] as const;
export type Sort = (typeof SORTS)[number];

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
/** What needs somebody first. */
const WEIGHT = ['crashed', 'unresponsive', 'unknown', 'stopping', 'starting', 'running', 'sleeping', 'stopped'];
const FIGURES: Partial<Record<Sort, (game: Game) => number | null | undefined>> = {
  players: (game) => game.players,
  latency: (game) => game.latency_ms,
  cpu: (game) => game.cpu,
  memory: (game) => share(game.memory),
};

/** Whether the first click puts the largest on top. */
export const falls = (sort: Sort): boolean => FIGURES[sort] !== undefined && sort !== 'latency';

/** Reads `-players`; by name where nothing is told. */
export function sortOf(told: string | null): { sort: Sort; sign: 1 | -1 } {
  const sort = SORTS.find((one) => one === told?.replace(/^-/, ''));
  return sort === undefined ? { sort: 'name', sign: 1 } : { sort, sign: told?.startsWith('-') === true ? -1 : 1 };
}

export function compare(a: Game, b: Game, sort: Sort, sign: 1 | -1): number {
  const figure = FIGURES[sort];
  const way =
    figure !== undefined
      ? byFigure(figure(a), figure(b), sign)
      : sort === 'status'
        ? (WEIGHT.indexOf(a.status) - WEIGHT.indexOf(b.status)) * sign
        : collator.compare(a.name, b.name) * sign;
  return way !== 0 ? way : collator.compare(a.name, b.name) || collator.compare(a.id, b.id);
}

const ANYWHERE = new Set(['', '0.0.0.0', '::', '[::]', '*']);

/** Where players reach it, as they type it; null where no port is known. */
export function addressOf(game: Game, target: Target | undefined): string | null {
  const port = game.ports.find((one) => one.role === 'game') ?? game.ports[0];
  if (port === undefined) return null;
  let host = port.host ?? '';
  if (ANYWHERE.has(host)) {
    // A port that is open on every address of its host is reached by the name that we reach the host by.
    host = URL.canParse(target?.address ?? '') ? new URL(target?.address ?? '').hostname : '';
  }
  if (host === '') return `:${String(port.port)}`;
  return `${host.includes(':') && !host.startsWith('[') ? `[${host}]` : host}:${String(port.port)}`;
}

/** The newest job of a resource, where one is under way or was a short while ago. */
export const jobOf = (jobs: readonly { now: Job }[], id: string): Job | undefined =>
  jobs.map((cell) => cell.now).filter((job) => job.resource === id).sort((a, b) => b.asked_at - a.asked_at)[0];
