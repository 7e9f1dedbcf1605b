import { api } from '../api/client';
import type { Span } from './series';

export interface Trend {
  at: readonly number[];
  avg: readonly (number | null)[];
}

const HOUR = 3_600_000;

/** One metric's last hour, or another time, for every resource of a kind, asked for again as time goes on. */
export class Trends {
  #byId: ReadonlyMap<string, Trend> = $state.raw(new Map());
  span: Span = $state.raw({ from: 0, to: 1 });

  find(id: string): Trend | undefined {
    return this.#byId.get(id);
  }

  /** Keeps itself fresh until the answer is called. */
  follow(metric: string, kind: string, points: number, every: number, now: () => number, length = HOUR): () => void {
    const stop = new AbortController();
    const load = async (): Promise<void> => {
      if (document.hidden) return;
      const to = now();
      try {
        const answer = await api.historyOfAll(metric, kind, { from: to - length, to, points }, stop.signal);
        this.#byId = new Map(answer.resources.map((one) => [one.resource, one]));
        this.span = { from: to - length, to };
      } catch {
        // A sparkline that cannot be drawn is left as it was; the connection's banner tells of trouble.
      }
    };
    void load();
    const timer = setInterval(() => void load(), every);
    return () => {
      stop.abort();
      clearInterval(timer);
    };
  }
}
