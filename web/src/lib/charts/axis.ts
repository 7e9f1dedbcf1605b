// Where the ticks of axes stand.

import { binaryTop, type Span } from './series';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const STEPS = [1, 5, 15, 30].flatMap((n) => n * SECOND).concat(
  [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  [1, 2, 3, 6, 12].map((n) => n * HOUR),
  [1, 2, 7, 14, 30, 61, 91, 182].map((n) => n * DAY),
);

/** Round local times within a span, at most `most` of them, and how far they are apart. */
export function timeTicks(span: Span, most: number): { at: number[]; step: number } {
  const wide = span.to - span.from;
  const step = STEPS.find((one) => wide / one <= most) ?? 365 * DAY;
  const at: number[] = [];
  const date = new Date(span.from);
  if (step >= 30 * DAY) {
    const months = Math.round(step / (30 * DAY));
    date.setHours(0, 0, 0, 0);
    for (date.setDate(1); date.getTime() <= span.to; date.setMonth(date.getMonth() + months)) at.push(date.getTime());
  } else if (step >= DAY) {
    for (date.setHours(0, 0, 0, 0); date.getTime() <= span.to; date.setDate(date.getDate() + step / DAY)) at.push(date.getTime());
  } else {
    // Round in the local zone, whose offset may be a broken number of hours.
    const zone = date.getTimezoneOffset() * MINUTE;
    for (let one = Math.ceil((span.from - zone) / step) * step + zone; one <= span.to; one += step) at.push(one);
  }
  return { at: at.filter((one) => one >= span.from), step };
}

/** The upper end of a value axis: at least what is shown, at a round amount. */
export function ceiling(most: number, top: number | null, unit: string): number {
  const needed = Math.max(most, top ?? 0);
  if (unit.startsWith('bytes')) return top !== null && needed <= top ? top : binaryTop(needed);
  if (unit === 'ratio') return needed > 0.5 ? Math.max(1, needed) : needed > 0.2 ? 0.5 : needed > 0.1 ? 0.25 : 0.1;
  return needed <= 0 ? 1 : needed * 1.15;
}

/** Round amounts from nothing to `top`, about four of them. */
export function valueTicks(top: number, unit: string): number[] {
  if (unit.startsWith('bytes') || (unit === 'ratio' && top >= 1)) return [0, 0.25, 0.5, 0.75, 1].map((part) => part * top);
  if (unit === 'ratio') return [0, 1, 2, 3, 4, 5].map((part) => (part * top) / 5);
  const rough = top / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((one) => one * power >= rough) ?? 10) * power;
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, index) => index * step);
}
