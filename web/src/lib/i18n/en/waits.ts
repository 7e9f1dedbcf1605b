// What is about to fire, and how long things are waited for before somebody is told.
import { many } from '../plural';

export const waits = {
  pending: 'Beyond a limit, not firing yet',
  pendingText: (count: number): string => `${many(count, 'thing becomes an alert', 'things become alerts')} unless ${count === 1 ? 'it gets' : 'they get'} better by then.`,
  since: (span: string): string => `for ${span}`,
  fires: (span: string): string => `fires in ${span}`,
  firesNow: 'fires with the next look',
  began: (span: string, severity: string, rest: string): string => `${severity}: beyond its limit for ${span}, fires in ${rest} if it stays so`,

  title: 'Flapping and patience',
  text: 'For all rules: what comes and goes is told once, and what something else explains is not told at all.',
  flaps: 'Hold back what keeps coming and going',
  count: 'Beginnings',
  within: 'within',
  steady: 'Steady after',
  grace: 'Wait for what may explain an alert',
  recovery: 'Time to recover after the explanation ended',
  settle: 'Time to calm down after a backup',
  minutes: 'min',
  seconds: 's',
  save: 'Save',
  saved: 'Saved. It counts at once, for what is held already too.',
} as const;
