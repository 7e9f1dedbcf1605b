// Settings of the product itself.
export const settings = {
  title: 'Settings',
  sections: 'Sections',
  targets: 'Targets',
  notifications: 'Notifications',
  history: 'History',
  appearance: 'Appearance',
  about: 'About',
};

export const notifications = {
  lastSent: (age: string): string => `last message ${age} ago`,
  neverSent: 'nothing sent yet',
  deliveries: 'What was sent',
};

export const keep = {
  title: 'How long history is kept',
  intro: 'Every sample is kept for as long as this says, then deleted. What it takes follows from the latest day.',
  kind: 'Kind',
  days: 'Days',
  daysOf: (kind: string): string => `Days to keep ${kind.toLowerCase()}`,
  perDay: 'A day takes',
  all: 'All of it',
  total: 'Together',
  now: (size: string, free: string): string => `The database takes ${size} now; ${free} are free on its disk.`,
  soon: 'known after the first hour',
  kinds: {
    node: 'Nodes',
    guest: 'Guests',
    storage: 'Storages',
    datastore: 'Datastores',
    disk: 'Disks',
    game: 'Game servers',
    pushed: 'Pushed metrics',
  } as Record<string, string>,
  shorter: (count: number): string =>
    count === 1 ? 'One kind is kept for a shorter time: what is older is deleted for good.' : `${count} kinds are kept for a shorter time: what is older is deleted for good.`,
  wrong: (least: number, most: number): string => `Give whole days, ${least} to ${most}.`,
  save: 'Save',
  saving: 'Saving…',
  saved: 'Kept from now on.',
  failed: 'The settings could not be read.',
};

export const appearance = {
  title: 'Appearance',
  themeText: 'System follows what the browser asks for.',
  density: 'Density',
  densityText: 'How far apart rows stand.',
  densities: { normal: 'Comfortable', compact: 'Compact', roomy: 'Roomy' },
  contrast: 'Contrast',
  contrastText: 'Stronger lines and text, whatever the system asks for.',
  contrasts: { auto: 'System', more: 'High' },
  kiosk: 'Kiosk',
  kioskText: 'For a screen on a wall: one page after another, without anything to press.',
  kioskOpen: 'Open',
  keys: 'Single-key shortcuts',
  keysText: 'Keys such as g, j and / act at once. Turn them off where they get in the way of speech input.',
  keysOn: 'On',
  keysOff: 'Off',
};

export const about = {
  title: 'About this homepulse',
  version: 'Version',
  uptime: 'Up',
  memory: 'Memory in use',
  cpu: 'Processor time',
  written: 'Written to disk',
  database: 'Database',
  clients: 'Live browsers',
  history: 'History',
  requests: 'Requests to targets',
  target: 'Target',
  perCycle: 'Per cycle',
  perMinute: 'Last minute',
  look: 'Last look',
  failed: 'Diagnostics could not be read.',
  raw: 'As JSON',
  copy: 'Copy as JSON',
  who: 'Signed in as',
  openAccess: 'Open on this machine, without a token',
  signOut: 'Forget the token',
};
