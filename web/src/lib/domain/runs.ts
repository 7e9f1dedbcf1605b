import type { LastRun } from '../api/types';
import type { Mark } from '../ui/Status.svelte';

/** The shape that stands for how a task or job came out. */
export const RUN_MARKS: Record<LastRun['state'], Mark> = { running: 'info', ok: 'ok', warnings: 'warning', failed: 'critical', unknown: 'unknown' };
