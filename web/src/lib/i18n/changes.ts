// Words for what changed; apart from the other pages' because the overview needs some at once.
import { many } from './plural';

export const changes = {
  span: 'How far back',
  spans: { day: '24 h', week: '7 d', month: '30 d' } as Record<string, string>,
  none: 'Nothing changed',
  noneText: 'No task ran, nothing was reconfigured, moved, restarted or updated, and no alert began or ended.',
  onlyTasks: (count: number): string => `Only ${many(count, 'task', 'tasks')} ran, and went well.`,
  well: 'Tasks that went well',
  more: 'Show all',
  before: 'How it was before',
  times: (count: number): string => `${String(count)}×`,
  running: 'still running',
  failed: 'failed',
  kinds: {
    config: 'configuration changed',
    rebooted: 'came up anew',
    appeared: 'is new',
    gone: 'is gone',
    alert_began: 'alert began',
    alert_ended: 'alert ended',
    moved: 'moved',
    renamed: 'renamed',
    tagged: 'tags changed',
  } as Record<string, string>,
  state: (before: string, after: string): string => `${before} → ${after}`,
  version: (before: string, after: string): string => `version ${before} → ${after}`,
  kernel: (before: string, after: string): string => `kernel ${before} → ${after}`,
  by: (who: string): string => `by ${who}`,
};
