import type { Change } from '../../api/types';
import { t } from '../../i18n';
import { changes as C } from '../../i18n/changes';
import type { Mark } from '../../ui/Status.svelte';
import { withoutName } from '../names';

const stateWord = (word: string | null | undefined): string => (t.status as Record<string, string>)[word ?? '']?.toLowerCase() ?? word ?? '?';

/** What happened, in a few words beside the name of what it happened to. */
export function changeText(change: Change): string {
  const [before, after] = [change.before ?? '?', change.after ?? '?'];
  switch (change.kind) {
    case 'task':
      return `${change.what ?? ''}${change.failed === true ? ` ${C.failed}${change.after == null ? '' : `: ${change.after}`}` : change.ended_at == null ? `, ${C.running}` : ''}`;
    case 'state':
      return C.state(stateWord(change.before), stateWord(change.after));
    case 'updated':
      return change.what === 'kernel' ? C.kernel(before, after) : C.version(before, after);
    case 'moved':
    case 'renamed':
      return `${C.kinds[change.kind] ?? ''} ${C.state(before, after)}`;
    case 'alert_began':
    case 'alert_ended':
      return `${C.kinds[change.kind] ?? ''}: ${change.after == null ? (change.what ?? '') : withoutName(change.after, change.resource_name)}`;
    default:
      return C.kinds[change.kind] ?? change.kind;
  }
}

export function changeMark(change: Change): Mark {
  switch (change.kind) {
    case 'task':
      return change.failed === true ? 'critical' : change.failed === false ? 'ok' : 'unknown';
    case 'alert_began':
      return change.severity === 'critical' || change.severity === 'warning' ? change.severity : 'info';
    case 'alert_ended':
      return 'ok';
    case 'gone':
      return 'stopped';
    case 'state':
      return change.after === 'running' || change.after === 'online' || change.after === 'available' ? 'running' : change.after === 'offline' ? 'critical' : 'stopped';
    default:
      return 'info';
  }
}

export interface Group {
  first: Change;
  all: Change[];
}

/** Neighbours that tell the same of different things, such as the backups of a night, as one line. */
export function grouped(list: readonly Change[]): Group[] {
  const groups: Group[] = [];
  for (const change of list) {
    const last = groups.at(-1);
    const same =
      last !== undefined &&
      last.first.kind === change.kind &&
      last.first.what === change.what &&
      last.first.failed === change.failed &&
      last.first.who === change.who &&
      change.kind === 'task' &&
      change.failed !== true;
    if (same) last.all.push(change);
    else groups.push({ first: change, all: [change] });
  }
  return groups;
}
