import type { Alert } from '../api/types';
import type { Cell } from '../live/fleet.svelte';

const weight = { info: 0, warning: 1, critical: 2 } as const;

/** Worst first, and the newest first among equals; what somebody took on comes last. */
export const byUrgency = (left: Cell<Alert>, right: Cell<Alert>): number =>
  Number(left.now.acknowledged_at != null) - Number(right.now.acknowledged_at != null) ||
  weight[right.now.severity] - weight[left.now.severity] ||
  right.now.started_at - left.now.started_at;

/** Firing alerts by the resource they are about. */
export function byResource(alerts: readonly Cell<Alert>[]): Map<string, Cell<Alert>[]> {
  const map = new Map<string, Cell<Alert>[]>();
  for (const cell of alerts) {
    const list = map.get(cell.now.resource);
    if (list === undefined) map.set(cell.now.resource, [cell]);
    else list.push(cell);
  }
  return map;
}
