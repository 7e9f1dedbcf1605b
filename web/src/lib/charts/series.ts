// Pure arithmetic of charts.

type Numbers = readonly (number | null)[];

export interface Span {
  from: number;
  to: number;
}

export const PRESETS = {
  '15m': 15 * 60_000,
  '1h': 3_600_000,
  '6h': 6 * 3_600_000,
  '24h': 24 * 3_600_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
  '90d': 90 * 86_400_000,
  '1y': 365 * 86_400_000,
} as const;

export type Preset = keyof typeof PRESETS;

export const presetNames = Object.keys(PRESETS) as Preset[];

export const isPreset = (text: string | null): text is Preset => text !== null && Object.hasOwn(PRESETS, text);

/** An SVG path through the values, broken where there are none. `top` is what reaches the upper edge. */
export function sparkPath(at: readonly number[], values: Numbers, span: Span, top: number, width: number, height: number): string {
  const wide = Math.max(1, span.to - span.from);
  let path = '';
  let pen = false;
  for (const [index, value] of values.entries()) {
    const time = at[index];
    if (value === null || time === undefined || time < span.from) {
      pen = false;
      continue;
    }
    const x = ((time - span.from) / wide) * width;
    const y = height - Math.min(1, value / top) * height;
    path += `${pen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
    pen = true;
  }
  return path;
}

/** The upper end of an axis of bytes, at a round binary amount. */
export function binaryTop(value: number): number {
  if (value <= 0) return 1024;
  const unit = 1024 ** Math.max(0, Math.floor(Math.log2(value) / 10));
  const rest = value / unit;
  const step = rest <= 10 ? 1 : rest <= 100 ? 10 : 100;
  return Math.ceil(rest / step) * step * unit;
}

const quote = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Comma-separated values as RFC 4180 has them. */
export function csv(head: readonly string[], rows: readonly (readonly (string | number | null)[])[]): string {
  return [head.map(quote), ...rows.map((row) => row.map((cell) => (cell === null ? '' : quote(String(cell)))))]
    .map((row) => row.join(','))
    .join('\r\n');
}
