import type { Maybe, Usage } from '../api/types';

/** The share in use, times `scale`; unknown where either side is. */
export function share(usage: Usage, scale = 1): number | null {
  const { used, total } = usage;
  return used == null || total == null || total <= 0 ? null : (used / total) * scale;
}

/** Orders numbers with unknown ones always last. */
export function byFigure(left: Maybe<number>, right: Maybe<number>, sign: 1 | -1): number {
  if (left == null) return right == null ? 0 : 1;
  if (right == null) return -1;
  return (left - right) * sign;
}
