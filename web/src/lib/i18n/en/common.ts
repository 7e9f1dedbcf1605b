// Names of states, kinds and sources, and what every page says about its data.
export const theme = {
  label: 'Colours',
  auto: 'System',
  light: 'Light',
  dark: 'Dark',
  next: (now: string): string => `Colours: ${now}. Change`,
};

export const status = {
  running: 'Running',
  stopped: 'Stopped',
  paused: 'Paused',
  unknown: 'Unknown',
  template: 'Template',
  online: 'Online',
  offline: 'Offline',
  available: 'Available',
  unavailable: 'Not available',
};

export const gameStatus = {
  running: 'Running',
  starting: 'Starting',
  stopping: 'Stopping',
  stopped: 'Stopped',
  sleeping: 'Sleeping',
  unresponsive: 'No answer',
  crashed: 'Crashed',
  unknown: 'Unknown',
} as Record<string, string>;

export const severity = { info: 'Info', warning: 'Warning', critical: 'Critical' };
export const kind = { vm: 'VM', container: 'CT', node: 'Node', storage: 'Storage', guest: 'Guest', target: 'Target', game: 'Game server' } as Record<string, string>;
export const kindLong = { vm: 'Virtual machine', container: 'Container' };

export const source = {
  guest_agent: 'guest agent',
  balloon: 'balloon driver',
  hypervisor: 'hypervisor',
  control_group: 'control group',
  root_fs: 'root file system',
  host: 'host',
  storage: 'storage',
} as Record<string, string>;

export const copy = { copy: 'Copy', copied: 'Copied', command: 'Command' };
export const foot = { data: 'This page’s data:', curl: 'curl', powerShell: 'PowerShell', json: 'JSON' };
