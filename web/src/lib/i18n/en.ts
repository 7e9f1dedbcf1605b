import { alert, alerts, hold, snooze } from './en/alerts';
import { copy, foot, gameStatus, kind, kindLong, severity, source, status, theme } from './en/common';
import { charts, drawer, presets } from './en/drawer';
import { guests } from './en/guests';
import { nodes } from './en/nodes';
import { overview } from './en/overview';
import { about, appearance, keep, notifications, settings } from './en/settings';
import { link, login, nav, notFound, palette, past, shortcuts } from './en/shell';
import { targets } from './en/targets';
import { words } from './en/words';

/** Every word that the frame and the first pages say, by area. */
export const en = {
  ...words,
  theme, status, gameStatus, severity, kind, kindLong, source, copy, foot,
  nav, link, past, login, palette, shortcuts, notFound,
  overview,
  alert, snooze, hold, alerts,
  guests,
  nodes,
  drawer, charts, presets,
  settings, notifications, keep, appearance, about,
  targets,
};
