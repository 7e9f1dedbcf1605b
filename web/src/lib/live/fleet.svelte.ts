import type { Alert, Datastore, DeltaFrame, Disk, FullFrame, Game, Guest, Job, Node, Storage, Target } from '../api/types';
import { clock } from './clock.svelte';
import { gameWith, guestWith, nodeWith, storageWith, type Vitals } from './vitals';

/** One thing that is shown, replaced as a whole when it changes, so that only its own row repaints. */
export class Cell<T extends { id: string }> {
  readonly id: string;
  now: T = $state.raw() as T;

  constructor(value: T) {
    this.id = value.id;
    this.now = value;
  }
}

/** Cells by id, in a list that is replaced only when something came or went. */
class Shelf<T extends { id: string }> {
  list: readonly Cell<T>[] = $state.raw([]);
  readonly #byId = new Map<string, Cell<T>>();
  #changed = false;

  find(id: string): Cell<T> | undefined {
    // Reading the list makes callers wait for things that have not come yet.
    return this.list.length === 0 ? undefined : this.#byId.get(id);
  }

  put(value: T): Cell<T> {
    const cell = this.#byId.get(value.id);
    if (cell !== undefined) {
      cell.now = value;
      return cell;
    }
    const fresh = new Cell(value);
    this.#byId.set(value.id, fresh);
    this.#changed = true;
    return fresh;
  }

  drop(id: string): void {
    if (this.#byId.delete(id)) this.#changed = true;
  }

  keepOnly(ids: ReadonlySet<string>): void {
    for (const id of this.#byId.keys()) if (!ids.has(id)) this.drop(id);
  }

  settle(): void {
    if (!this.#changed) return;
    this.#changed = false;
    this.list = [...this.#byId.values()];
  }
}

/** The present, as far as the server has told it. */
export class Fleet {
  readonly targets = new Shelf<Target>();
  readonly nodes = new Shelf<Node>();
  readonly guests = new Shelf<Guest>();
  readonly storages = new Shelf<Storage>();
  readonly datastores = new Shelf<Datastore>();
  readonly disks = new Shelf<Disk>();
  readonly games = new Shelf<Game>();
  readonly alerts = new Shelf<Alert>();
  /** What guests and game servers are being told, and what they were told within the last minutes. */
  readonly jobs = new Shelf<Job>();

  readonly #shelves = [this.targets, this.nodes, this.guests, this.storages, this.datastores, this.disks, this.games, this.alerts, this.jobs];

  /** Counts applied frames, for what looks at many things at once. */
  tick: number = $state(0);
  /** Counts frames in which something of a guest differed that is no vital figure: name, state, tags. */
  shape: number = $state(0);
  /** The server's clock at the last frame; null before the first. */
  at: number | null = $state(null);
  /** The server's clock minus ours. */
  skew = 0;
  /** The moment that is shown instead of the present. */
  past: number | null = $state(null);

  #version: number | null = null;
  readonly #byHandle = new Map<number, (row: Vitals) => void>();

  /** What time it is where this fleet is: the server's clock in whole seconds, or the moment of the past that is shown. */
  get now(): number {
    return this.past ?? clock.now + this.skew;
  }

  full(frame: FullFrame): void {
    this.#byHandle.clear();
    for (const [shelf, values] of [
      [this.targets, frame.targets],
      [this.nodes, frame.nodes],
      [this.guests, frame.guests],
      [this.storages, frame.storages],
      [this.datastores, frame.datastores ?? []],
      [this.disks, frame.disks ?? []],
      [this.games, frame.games ?? []],
      [this.jobs, frame.jobs ?? []],
      [this.alerts, frame.alerts],
    ] as [Shelf<{ id: string }>, { id: string }[]][]) {
      shelf.keepOnly(new Set(values.map((value) => value.id)));
    }
    this.#put(frame);
    this.#done(frame.version, frame.at);
  }

  /** Applies a delta; false when one before it was missed. */
  delta(frame: DeltaFrame): boolean {
    if (this.#version === null || frame.previous !== this.#version) return false;
    this.#put(frame);
    for (const row of frame.vitals ?? []) this.#byHandle.get(row[0] ?? -1)?.(row);
    for (const id of frame.gone ?? []) {
      for (const shelf of this.#shelves) shelf.drop(id);
    }
    this.#done(frame.version, frame.at);
    return true;
  }

  /** Enters an alert as an answer of the server gave it. */
  enter(alert: Alert): void {
    if (alert.state === 'firing') this.alerts.put(alert);
    else this.alerts.drop(alert.id);
    this.alerts.settle();
  }

  /** Enters a job as an answer of the server gave it, before the next frame tells of it. */
  enterJob(job: Job): void {
    this.jobs.put(job);
    this.jobs.settle();
  }

  /** Forgets a target that was removed, before the next frame says so. */
  forgetTarget(id: string): void {
    this.targets.drop(id);
    this.targets.settle();
  }

  /** The version that the next delta must follow. */
  get version(): number | null {
    return this.#version;
  }

  #put(frame: Partial<Pick<FullFrame, 'targets' | 'nodes' | 'guests' | 'storages' | 'datastores' | 'disks' | 'games' | 'jobs' | 'alerts'>>): void {
    for (const target of frame.targets ?? []) this.targets.put(target);
    for (const node of frame.nodes ?? []) {
      const cell = this.nodes.put(node);
      this.#byHandle.set(node.handle, (row) => (cell.now = nodeWith(cell.now, row)));
    }
    if (frame.guests !== undefined && frame.guests.length > 0) this.shape += 1;
    for (const guest of frame.guests ?? []) {
      const cell = this.guests.put(guest);
      this.#byHandle.set(guest.handle, (row) => (cell.now = guestWith(cell.now, row)));
    }
    for (const storage of frame.storages ?? []) {
      const cell = this.storages.put(storage);
      this.#byHandle.set(storage.handle, (row) => (cell.now = storageWith(cell.now, row)));
    }
    for (const disk of frame.disks ?? []) this.disks.put(disk);
    for (const job of frame.jobs ?? []) this.jobs.put(job);
    for (const game of frame.games ?? []) {
      const cell = this.games.put(game);
      this.#byHandle.set(game.handle, (row) => (cell.now = gameWith(cell.now, row)));
    }
    for (const store of frame.datastores ?? []) {
      const cell = this.datastores.put(store);
      this.#byHandle.set(store.handle, (row) => (cell.now = storageWith(cell.now, row)));
    }
    for (const alert of frame.alerts ?? []) {
      if (alert.state === 'firing') this.alerts.put(alert);
      else this.alerts.drop(alert.id);
    }
  }

  #done(version: number, at: number): void {
    this.#version = version;
    if (this.past === null) this.skew = at - Date.now();
    for (const shelf of this.#shelves) shelf.settle();
    this.at = at;
    this.tick += 1;
  }
}
