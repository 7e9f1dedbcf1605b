// The columns of the list of guests: which there are, how wide, in what order rows stand by them.
import type { Guest } from '../api/types';
import { t } from '../i18n';
import { byFigure, share } from './figures';
import { guestName } from './names';

export type Column = keyof typeof t.guests.columns;

type Sign = 1 | -1;
type Order = (a: Guest, b: Guest, sign: Sign) => number;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
const text =
  (of: (guest: Guest) => string): Order =>
  (a, b, sign) =>
    collator.compare(of(a), of(b)) * sign;
const figure =
  (of: (guest: Guest) => number | null | undefined): Order =>
  (a, b, sign) =>
    byFigure(of(a), of(b), sign);

interface Spec {
  /** In CSS pixels; the name takes what is left. */
  width: number;
  /** Null where rows cannot be put in order by it. */
  order: Order | null;
  number?: true;
  /** Whether the first click puts the largest on top. */
  falls?: true;
  /** Whether it changes with every look at the host. */
  live?: true;
}

const busy = { number: true, falls: true, live: true } as const;

/** In the order they stand in the table. */
export const COLUMNS: Record<Column, Spec> = {
  status: { width: 96, order: text((guest) => (guest.template ? 'template' : guest.status)) },
  name: { width: 170, order: text(guestName) },
  vmid: { width: 58, order: figure((guest) => guest.vmid), number: true },
  node: { width: 68, order: text((guest) => guest.node) },
  pool: { width: 84, order: text((guest) => guest.pool ?? '') },
  tags: { width: 132, order: text((guest) => guest.tags.join(' ')) },
  cpu: { width: 118, order: figure((guest) => guest.cpu), falls: true, live: true },
  memory: { width: 118, order: figure((guest) => share(guest.memory)), falls: true, live: true },
  disk: { width: 118, order: figure((guest) => share(guest.disk)), falls: true, live: true },
  net_in: { width: 72, order: figure((guest) => guest.net_in), ...busy },
  net_out: { width: 72, order: figure((guest) => guest.net_out), ...busy },
  disk_read: { width: 78, order: figure((guest) => guest.disk_read), ...busy },
  disk_write: { width: 78, order: figure((guest) => guest.disk_write), ...busy },
  // Longest up means started earliest.
  uptime: { width: 66, order: (a, b, sign) => byFigure(a.started_at, b.started_at, sign === 1 ? -1 : 1), number: true, falls: true },
  trend: { width: 102, order: null },
};

export const ALL = Object.keys(COLUMNS) as Column[];
export const SORTABLE = ALL.filter((column) => COLUMNS[column].order !== null);
/** What narrow screens show as a card of two lines. */
export const CARD: readonly Column[] = ['status', 'name', 'vmid', 'cpu', 'memory'];
/** What is kept first where not all fit. */
const RANK: readonly Column[] = ['name', 'status', 'cpu', 'memory', 'vmid', 'node', 'disk', 'uptime', 'tags', 'net_in', 'net_out', 'trend', 'disk_read', 'disk_write', 'pool'];
export const USUAL: readonly Column[] = RANK.slice(0, 12);

/** The columns of `chosen` that fit into `width`, in the table's order. The name is always there. */
export function fitting(chosen: readonly Column[], width: number): Column[] {
  let left = width;
  const kept = new Set<Column>();
  for (const column of RANK) {
    if (column !== 'name' && !chosen.includes(column)) continue;
    left -= COLUMNS[column].width;
    if (left < 0) break;
    kept.add(column);
  }
  return ALL.filter((column) => kept.has(column));
}

export interface Sort {
  column: Column;
  sign: Sign;
}

/** Reads `-cpu,name`: by the first, among equals by the second; by number where nothing is told. */
export function sortsOf(told: string | null): Sort[] {
  const sorts = (told ?? '').split(',').flatMap((part): Sort[] => {
    const column = SORTABLE.find((one) => one === part.replace(/^-/, ''));
    return column === undefined ? [] : [{ column, sign: part.startsWith('-') ? -1 : 1 }];
  });
  return sorts.length > 0 ? sorts : [{ column: 'vmid', sign: 1 }];
}

export const told = (sorts: readonly Sort[]): string => sorts.map(({ column, sign }) => (sign === 1 ? column : `-${column}`)).join(',');

/** The order after a click on a column; with `more` it is added to those that hold already. */
export function clicked(sorts: readonly Sort[], column: Column, more: boolean): Sort[] {
  const held = sorts.find((one) => one.column === column);
  const next: Sort = { column, sign: held === undefined ? (COLUMNS[column].falls === true ? -1 : 1) : held.sign === 1 ? -1 : 1 };
  if (!more) return [next];
  return held === undefined ? [...sorts, next] : sorts.map((one) => (one === held ? next : one));
}

export function compareBy(sorts: readonly Sort[]): (a: Guest, b: Guest) => number {
  return (a, b) => {
    for (const { column, sign } of sorts) {
      const way = COLUMNS[column].order?.(a, b, sign) ?? 0;
      if (way !== 0) return way;
    }
    return a.vmid - b.vmid;
  };
}
