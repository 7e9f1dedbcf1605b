// Our own shapes on a 16 by 16 grid. `fill` ones are solid, the others are drawn with a line.

interface Shape {
  d: string;
  fill?: true;
}

export const icons = {
  // Status: the shape alone tells it, without colour.
  ok: { d: 'M3.5 8.6 6.6 11.7 12.6 4.6' },
  warning: { d: 'M8 2.2 14.6 13.6H1.4Z', fill: true },
  critical: { d: 'M2.6 2.6h10.8v10.8H2.6Z', fill: true },
  unknown: { d: 'M8 1.6 14.4 8 8 14.4 1.6 8Z', fill: true },
  stopped: { d: 'M8 3.2a4.8 4.8 0 1 1 0 9.6 4.8 4.8 0 1 1 0-9.6Z' },
  paused: { d: 'M3.8 3h3v10h-3Zm5.4 0h3v10h-3Z', fill: true },
  info: { d: 'M8 2.6a5.4 5.4 0 1 1 0 10.8A5.4 5.4 0 1 1 8 2.6ZM8 7.4v3.2M8 5.2v.2' },
  running: { d: 'M3.5 8.6 6.6 11.7 12.6 4.6' },
  template: { d: 'M3 3h10v10H3ZM3 6.4h10' },

  pulse: { d: 'M1.5 8.5h3l1.8-4.6 2.9 8.4 1.7-4.8.7 1h2.9' },
  overview: { d: 'M2.5 8 8 3l5.5 5M4 7v6h8V7' },
  guests: { d: 'M2.5 3h11v4h-11ZM2.5 9h11v4h-11ZM5 5h.1M5 11h.1' },
  nodes: { d: 'M8 2 14 4.8 8 7.6 2 4.8ZM2 8l6 2.8L14 8M2 11.2 8 14l6-2.8' },
  backups: { d: 'M3 3.5h10v3H3ZM4 6.5v6.5h8V6.5M6.5 9h3' },
  games: { d: 'M5 4.5h6a3.5 3.5 0 0 1 3.5 3.5v2.2a1.8 1.8 0 0 1-3.3 1L10.6 10H5.4l-.6 1.2a1.8 1.8 0 0 1-3.3-1V8A3.5 3.5 0 0 1 5 4.5ZM4 7.4h2.4M5.2 6.2v2.4M10.8 6.6v.1M11.6 8.4v.1' },
  alerts: { d: 'M4 11.5V7a4 4 0 0 1 8 0v4.5l1 1H3ZM6.7 14.2h2.6' },
  settings: { d: 'M2 4.5h7M12.6 4.5H14M2 11.5h1.4M7 11.5h7M10.8 3a1.5 1.5 0 1 1 0 3 1.5 1.5 0 1 1 0-3ZM5.2 10a1.5 1.5 0 1 1 0 3 1.5 1.5 0 1 1 0-3Z' },
  search: { d: 'M7 2.6a4.4 4.4 0 1 1 0 8.8 4.4 4.4 0 1 1 0-8.8ZM10.4 10.4 14 14' },
  clock: { d: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 1 1 8 2.4ZM8 4.8V8l2.2 1.6' },
  close: { d: 'm3.5 3.5 9 9m0-9-9 9' },
  copy: { d: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3' },
  sun: { d: 'M8 5a3 3 0 1 1 0 6 3 3 0 1 1 0-6ZM8 1.2v1.4M8 13.4v1.4M1.2 8h1.4M13.4 8h1.4M3.2 3.2l1 1M11.8 11.8l1 1M3.2 12.8l1-1M11.8 4.2l1-1' },
  moon: { d: 'M13.2 9.6A5.6 5.6 0 0 1 6.4 2.8a5.6 5.6 0 1 0 6.8 6.8Z' },
  half: { d: 'M8 2.4a5.6 5.6 0 1 1 0 11.2A5.6 5.6 0 1 1 8 2.4ZM8 2.4v11.2' },
  up: { d: 'M8 12.5v-9M4.5 7 8 3.5 11.5 7' },
  down: { d: 'M8 3.5v9M4.5 9 8 12.5 11.5 9' },
  chevron: { d: 'm6 3.5 4.5 4.5L6 12.5' },
  plus: { d: 'M8 3v10M3 8h10' },
  table: { d: 'M2.5 3.5h11v9h-11ZM2.5 6.5h11M2.5 9.5h11M7 3.5v9' },
  views: { d: 'M2.5 4h11M4.5 8h7M6.5 12h3' },
  lock: { d: 'M3.5 7.5h9v6h-9ZM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5' },
  download: { d: 'M8 2.5v8M4.8 7.6 8 10.8l3.2-3.2M3 13.5h10' },
} as const satisfies Record<string, Shape>;

export type IconName = keyof typeof icons;
