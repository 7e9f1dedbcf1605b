import type { Component } from 'svelte';

import { t } from '../lib/i18n';
import type { IconName } from '../lib/ui/icons';

interface Page {
  path: string;
  name: string;
  /** For the narrow bar at the bottom. */
  short: string;
  icon: IconName;
  /** The letter after `g`. */
  key: string;
  /** The overview comes with the shell; the others when they are first asked for. */
  load: (() => Promise<{ default: Component }>) | null;
}

function once(load: () => Promise<{ default: Component }>): () => Promise<{ default: Component }> {
  let loading: Promise<{ default: Component }> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

export const pages: readonly Page[] = [
  { path: '', name: t.nav.overview, short: t.nav.overview, icon: 'overview', key: 'o', load: null },
  { path: 'guests', name: t.nav.guests, short: t.nav.guests, icon: 'guests', key: 'g', load: once(() => import('./Guests.svelte')) },
  { path: 'nodes', name: t.nav.nodes, short: t.nav.nodesShort, icon: 'nodes', key: 'n', load: once(() => import('./Nodes.svelte')) },
  { path: 'backups', name: t.nav.backups, short: t.nav.backups, icon: 'backups', key: 'b', load: once(() => import('./Backups.svelte')) },
  { path: 'games', name: t.nav.games, short: t.nav.games, icon: 'games', key: 'p', load: once(() => import('./Games.svelte')) },
  { path: 'alerts', name: t.nav.alerts, short: t.nav.alerts, icon: 'alerts', key: 'a', load: once(() => import('./Alerts.svelte')) },
  { path: 'settings', name: t.nav.settings, short: t.nav.settings, icon: 'settings', key: 's', load: once(() => import('./settings/Settings.svelte')) },
];
