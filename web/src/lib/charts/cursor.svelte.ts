/** What the charts of one resource share: where the reader points, and how far they are being dragged. */
export class Cursor {
  /** The moment pointed at, in milliseconds. */
  at: number | null = $state(null);
  /** How far a drag has moved the time axis so far, in milliseconds. */
  shift: number = $state(0);
}

/** The index of the entry nearest to `at` in a rising list; -1 in an empty one. */
export function nearest(times: readonly number[], at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  const here = times[low];
  const before = times[low - 1];
  return here !== undefined && before !== undefined && at - before < here - at ? low - 1 : times.length === 0 ? -1 : low;
}
