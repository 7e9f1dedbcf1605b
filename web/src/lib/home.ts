import { createContext } from 'svelte';

import type { Session } from './api/types';
import type { Limits } from './domain/limits.svelte';
import type { Connection } from './live/connection.svelte';
import type { Fleet } from './live/fleet.svelte';

/** What every page is given. */
export interface Home {
  session: Session;
  fleet: Fleet;
  connection: Connection;
  limits: Limits;
}

export const [useHome, provideHome] = createContext<Home>();
