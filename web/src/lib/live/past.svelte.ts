import { get, wordsOf } from '../api/client';
import type { PastFleet } from '../api/types';
import type { Connection } from './connection.svelte';
import type { Fleet } from './fleet.svelte';

/** Puts a moment of the past in the place of the present, and the present back. */
export class Past {
  failure: string | null = $state(null);
  loading: boolean = $state(false);
  /** Whether anything was recorded then, and since when states are. */
  found: { empty: boolean; changesSince: number | null } | null = $state.raw(null);

  readonly #fleet: Fleet;
  readonly #connection: Connection;
  #stop: AbortController | null = null;

  constructor(fleet: Fleet, connection: Connection) {
    this.#fleet = fleet;
    this.#connection = connection;
  }

  /** Shows the fleet as it was at `at`; null is the present. */
  show(at: number | null): void {
    this.#stop?.abort();
    this.#stop = null;
    this.failure = null;
    if (at === null) {
      if (this.#fleet.past === null) return;
      this.loading = false;
      this.#fleet.past = null;
      this.#connection.now();
      return;
    }
    this.#connection.leave();
    const stop = new AbortController();
    this.#stop = stop;
    this.loading = true;
    this.#fleet.past = at;
    get<PastFleet>('api/hp/fleet/past', { at }, stop.signal).then(
      (answer) => {
        if (stop.signal.aborted) return;
        this.#fleet.full(answer.fleet);
        const { nodes, guests, storages, games } = answer.fleet;
        this.found = { empty: nodes.length + guests.length + storages.length + games.length === 0, changesSince: answer.changes_since };
        this.loading = false;
      },
      (error: unknown) => {
        if (stop.signal.aborted) return;
        this.failure = wordsOf(error);
        this.loading = false;
      },
    );
  }
}
