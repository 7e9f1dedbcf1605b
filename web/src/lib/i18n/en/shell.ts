// The frame around the pages: navigation, connection, log-in, palette, shortcuts.
export const nav = {
  label: 'Pages',
  overview: 'Overview',
  guests: 'Guests',
  nodes: 'Nodes & storage',
  nodesShort: 'Nodes',
  backups: 'Backups',
  games: 'Games',
  alerts: 'Alerts',
  settings: 'Settings',
  search: 'Search',
  demo: 'Demo',
};

export const link = {
  live: 'Live',
  connecting: 'Connecting',
  paused: 'Paused',
  lost: 'No connection',
  held: 'Held',
  past: 'The past',
  hold: 'Hold what is on the screen (.)',
  go: 'Go on (.)',
  asOf: (time: string): string => `Figures as of ${time}`,
  lostTitle: 'Connection to homepulse lost.',
  lostAge: (age: string): string => `What you see is ${age} old.`,
  lostNever: 'Nothing has arrived yet.',
  retryIn: (seconds: number): string => `Next try in ${String(seconds)} s.`,
  trying: 'Trying again…',
  staleTitle: 'The figures have stopped.',
  stale: (age: string): string => `homepulse answers, but has had nothing new for ${age}.`,
};

export const past = {
  title: 'You are looking at',
  open: 'Time machine',
  moment: 'Moment',
  back: (span: string): string => `${span} earlier`,
  forth: (span: string): string => `${span} later`,
  leave: 'Back to now',
  loading: 'Reading…',
  unknown: 'What was not recorded is shown as unknown.',
  since: (when: string): string => `States, names and places are recorded since ${when}; before that, names are those of later.`,
  nothing: 'Nothing was recorded then.',
};

export const login = {
  title: 'This homepulse asks for a token',
  text: 'Paste an API token. It is kept for this tab only and forgotten when the tab closes.',
  where: 'On the machine that runs homepulse, the token is the one given as API_TOKEN.',
  token: 'API token',
  enter: 'Enter',
  wrong: 'The server does not accept this token.',
  needed: 'Paste a token first.',
};

export const palette = {
  label: 'Search and commands',
  placeholder: 'Go to a guest, a node or a page, or do something…',
  none: 'Nothing of that name.',
  pages: 'Page',
  goTo: (page: string): string => `Go to ${page}`,
  theme: (name: string): string => `Use ${name} colours`,
  shortcuts: 'Keyboard shortcuts',
  addTarget: 'Add a target',
  curl: 'Copy this page’s data as curl',
  powerShell: 'Copy this page’s data as PowerShell',
  hold: 'Hold what is on the screen',
  kiosk: 'Kiosk: rotate the pages on a wall screen',
  view: 'View of guests',
  act: 'Action',
  acknowledgeAll: 'Acknowledge every firing alert',
};

export const shortcuts = {
  title: 'Keyboard shortcuts',
  palette: 'Search and commands',
  filter: 'Filter guests',
  rows: 'Next, previous row',
  open: 'Open the row',
  escape: 'Close, or clear the filter',
  acknowledge: 'Acknowledge the alert in focus',
  snooze: 'Snooze the alert in focus',
  hold: 'Hold what is on the screen, and go on',
  range: 'Another time span in the open charts',
  theme: 'Change colours',
  help: 'This list',
  charts: 'In a chart: move the cursor; with Shift, move the time',
  zoom: 'In a chart: closer, wider',
  sort: 'With Shift: sort by this column as well',
  sortKey: 'Click',
  then: 'then',
};

export const notFound = {
  title: 'There is no such page',
  text: 'The address may be old or mistyped.',
  home: 'Go to the overview',
};
