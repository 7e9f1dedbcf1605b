// How many play, as a shade: pure arithmetic of strips over the week.

/** 0 is not known, 1 nobody, 2 to 4 few to many in comparison with the most there were. */
export type Shade = 0 | 1 | 2 | 3 | 4;

export function shadeOf(players: number | null | undefined, peak: number): Shade {
  if (players == null) return 0;
  if (players <= 0) return 1;
  const part = players / Math.max(peak, 1);
  return part <= 1 / 3 ? 2 : part <= 2 / 3 ? 3 : 4;
}

export interface Hour {
  at: number;
  players: number | null;
  shade: Shade;
}

export interface Day {
  at: number;
  /** By the hour of the clock, 0 to 23; null outside the strip's week. */
  hours: (Hour | null)[];
}

/** Hours in a row, laid out by day and hour of the reader's own clock. */
export function byDay(from: number, stepMs: number, players: readonly (number | null)[], peak: number): Day[] {
  const days: Day[] = [];
  for (const [index, count] of players.entries()) {
    const at = from + index * stepMs;
    const when = new Date(at);
    const midnight = new Date(when.getFullYear(), when.getMonth(), when.getDate()).getTime();
    let day = days.at(-1);
    if (day?.at !== midnight) {
      day = { at: midnight, hours: Array<Hour | null>(24).fill(null) };
      days.push(day);
    }
    day.hours[when.getHours()] = { at, players: count, shade: shadeOf(count, peak) };
  }
  return days;
}

/** SVG paths of a strip of `count` cells, one for each shade but the unknown. */
export function stripPaths(at: readonly number[], values: readonly (number | null)[], span: { from: number; to: number }, count: number, width: number, height: number): { shade: Shade; d: string }[] {
  const peak = Math.max(0, ...values.map((value) => value ?? 0));
  const cell = width / count;
  const paths = new Map<Shade, string>();
  for (const [index, value] of values.entries()) {
    const shade = shadeOf(value === null ? null : Math.ceil(value), Math.ceil(peak));
    const time = at[index];
    if (shade === 0 || time === undefined || time < span.from) continue;
    const x = Math.min(count - 1, Math.floor(((time - span.from) / (span.to - span.from)) * count)) * cell;
    paths.set(shade, `${paths.get(shade) ?? ''}M${x.toFixed(1)} 0h${(cell - 0.6).toFixed(1)}v${String(height)}H${x.toFixed(1)}z`);
  }
  return [...paths].map(([shade, d]) => ({ shade, d }));
}
