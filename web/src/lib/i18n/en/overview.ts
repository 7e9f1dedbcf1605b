// The overview.
import { many } from '../plural';

export const overview = {
  quiet: 'All quiet',
  attention: (count: number): string => (count === 1 ? '1 needs attention' : `${String(count)} need attention`),
  waiting: 'Looking around…',
  guestsRunning: (running: number, all: number): string => `${String(running)} of ${many(all, 'guest', 'guests')} running`,
  nodesOnline: (online: number, all: number): string => `${String(online)} of ${many(all, 'node', 'nodes')} online`,
  targetsFailing: (count: number): string => `${many(count, 'target', 'targets')} failing`,
  acknowledged: (count: number): string => `${String(count)} acknowledged`,
  unproven: (count: number): string => `${many(count, 'channel is', 'channels are')} not proven: nobody knows whether you would be told`,
  failingChannels: (count: number): string => `${many(count, 'channel does', 'channels do')} not deliver`,
  needs: 'Needs attention',
  nothing: 'Nothing needs you',
  nothingText: 'No alert is firing and every target answers.',
  nodes: 'Nodes',
  capacity: 'Capacity',
  allStorages: 'All storages',
  noStorage: 'No storage is known yet.',
  allAlerts: 'All alerts',
  lastDay: 'Last 24 hours',
  lastDayQuiet: 'No alert began or ended in the last 24 hours.',
  strip: (count: number): string => `${many(count, 'alert', 'alerts')} in the last 24 hours`,
  changes: 'What changed',
  changed: (count: number): string => many(count, 'change', 'changes'),
  busiest: 'Busiest guests',
  allGuests: 'All guests',
};
