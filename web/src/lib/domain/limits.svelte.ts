import { api } from '../api/client';
import type { MetricInfo } from '../api/types';

export interface Limit {
  at: number;
  severity: 'info' | 'warning' | 'critical';
}

const NONE: readonly Limit[] = [];

/** The limits that hold by default, for ticks on meters and lines in charts. */
export class Limits {
  #byKey: ReadonlyMap<string, readonly Limit[]> = $state.raw(new Map());

  async load(): Promise<void> {
    try {
      this.#byKey = limitsOf(await api.metrics());
    } catch {
      // Without the catalogue, meters have no ticks; everything else works.
    }
  }

  of(kind: string, metric: string): readonly Limit[] {
    return this.#byKey.get(`${kind} ${metric}`) ?? NONE;
  }
}

function limitsOf(metrics: readonly MetricInfo[]): Map<string, Limit[]> {
  const byKey = new Map<string, Limit[]>();
  for (const metric of metrics) {
    for (const { of, severity, raise } of metric.thresholds ?? []) {
      const key = `${of} ${metric.key}`;
      byKey.set(key, [...(byKey.get(key) ?? []), { at: raise, severity }].sort((a, b) => a.at - b.at));
    }
  }
  return byKey;
}
