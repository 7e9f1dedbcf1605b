// Which charts a kind of resource has.
import type { Unit } from '../api/types';
import { t } from '../i18n';

export interface Plan {
  title: string;
  unit: Unit;
  lines: readonly { metric: string; label: string }[];
  /** The metric whose whole is the axis' end. */
  whole?: string;
}

export type Charted = 'guest' | 'node' | 'storage' | 'game';

const C = t.charts;
const used = (metric: string, title: string): Plan => ({ title, unit: 'bytes', whole: metric, lines: [{ metric, label: C.used }] });
const cpu: Plan = { title: C.cpu, unit: 'ratio', lines: [{ metric: 'cpu', label: C.used }] };
const rates = (title: string, first: [string, string], second: [string, string]): Plan => ({
  title,
  unit: 'bytes_per_second',
  lines: [first, second].map(([metric, label]) => ({ metric, label })),
});
const network = rates(C.network, ['net_in', C.in], ['net_out', C.out]);

export const PLANS: Record<Charted, readonly Plan[]> = {
  guest: [cpu, used('memory', C.memory), network, rates(C.io, ['disk_read', C.read], ['disk_write', C.write]), used('disk', C.disk)],
  node: [
    { ...cpu, lines: [...cpu.lines, { metric: 'iowait', label: C.iowait }] },
    used('memory', C.memory),
    network,
    { title: C.load, unit: 'load', lines: [{ metric: 'load', label: C.load }] },
    used('disk', C.disk),
    used('swap', C.swap),
  ],
  storage: [used('disk', C.disk)],
  game: [
    { title: C.players, unit: 'count', whole: 'players', lines: [{ metric: 'players', label: C.online }] },
    { title: C.latency, unit: 'milliseconds', lines: [{ metric: 'latency', label: C.roundTrip }] },
    cpu,
    used('memory', C.memory),
    network,
  ],
};
