import type { Game, Guest, Node } from '../api/types';

/** One row of a delta's `vitals`; what is cut off at its end is unknown. */
export type Vitals = readonly (number | null)[];

const KIB = 1024;
const MIB = KIB * KIB;

const times = (value: number | null | undefined, factor: number): number | null =>
  value == null ? null : value * factor;

export function nodeWith(node: Node, row: Vitals): Node {
  return {
    ...node,
    cpu: times(row[1], 0.001),
    memory: { used: times(row[2], MIB), total: node.memory.total },
    rootfs: { used: times(row[3], MIB), total: node.rootfs.total },
    net_in: times(row[4], KIB),
    net_out: times(row[5], KIB),
    load: loadOf(row),
    iowait: times(row[11], 0.001),
    swap: { used: times(row[12], MIB), total: node.swap.total },
  };
}

/** Load averages are known together or not at all. */
function loadOf(row: Vitals): Node['load'] {
  const load = [row[8], row[9], row[10]].map((value) => times(value, 0.01));
  return load.includes(null) ? null : (load as number[]);
}

export function guestWith(guest: Guest, row: Vitals): Guest {
  return {
    ...guest,
    cpu: times(row[1], 0.001),
    memory: { used: times(row[2], MIB), total: guest.memory.total },
    disk: { used: times(row[3], MIB), total: guest.disk.total },
    net_in: times(row[4], KIB),
    net_out: times(row[5], KIB),
    disk_read: times(row[6], KIB),
    disk_write: times(row[7], KIB),
  };
}

export function gameWith(game: Game, row: Vitals): Game {
  return {
    ...game,
    cpu: times(row[1], 0.001),
    memory: { used: times(row[2], MIB), total: game.memory.total },
    disk: { used: times(row[3], MIB), total: game.disk.total },
    net_in: times(row[4], KIB),
    net_out: times(row[5], KIB),
    players: row[13] ?? null,
    latency_ms: row[14] ?? null,
  };
}

export function storageWith<T extends { used?: number | null }>(storage: T, row: Vitals): T {
  return { ...storage, used: times(row[3], MIB) };
}
