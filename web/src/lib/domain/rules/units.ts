// Limits as people type them: a share as per cent, bytes as GiB or MiB a second, the rest as it is.
import type { MetricLimits } from '../../api/types';
import { quantity } from '../../format';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const factor = (unit: string | null | undefined): number => (unit === 'ratio' ? 100 : unit === 'bytes' ? 1 / GIB : unit === 'bytes_per_second' ? 1 / MIB : 1);

export const typed = (value: number, unit: string | null | undefined): number => Number((value * factor(unit)).toPrecision(6));
export const meant = (value: number, unit: string | null | undefined): number => value / factor(unit);
export const suffix = (unit: string | null | undefined): string =>
  ({ ratio: '%', bytes: 'GiB', bytes_per_second: 'MiB/s', seconds: 's', milliseconds: 'ms', celsius: '°C' })[unit ?? ''] ?? '';
export const shown = (value: number | null | undefined, unit: string | null | undefined): string => quantity(value, unit);

export type Side = keyof MetricLimits;
export const SIDES: readonly Side[] = ['warning', 'critical', 'low_warning', 'low_critical'];

/** Limits with one of them moved; the distance between beginning and end stays. */
export function moved(limits: MetricLimits, side: Side, raise: number | null): MetricLimits {
  const old = limits[side];
  if (raise === null) return { ...limits, [side]: null };
  const gap = old == null ? (side.startsWith('low') ? 0.05 : -0.05) * Math.abs(raise) : old.clear - old.raise;
  return { ...limits, [side]: { ...(old ?? { dwell_seconds: 300 }), raise, clear: raise + gap } };
}
