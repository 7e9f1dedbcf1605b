// Which hosts can make a server, and why the others cannot.
import type { ConfiguredTarget, Target } from '../../api/types';

/** Why a host makes no servers; null where it does. `unknown`: who looks may not see how it is set up. */
export type Hindrance = 'pending' | 'unreachable' | 'readonly' | 'off' | 'unknown';

/** Only container engines make servers. */
export const MAKERS: readonly string[] = ['docker'];
/** What a proxy before an engine keeps back, in the engine's source's word. */
const CREATE = 'containers.create';

export function hindrance(target: Target, configured: ConfiguredTarget | undefined): Hindrance | null {
  if (target.state === 'pending') return 'pending';
  if (target.state !== 'online') return 'unreachable';
  // Whether it is allowed matters only where it is possible.
  if (target.worth_granting.some((one) => one.privilege === CREATE)) return 'readonly';
  if (configured === undefined) return 'unknown';
  return configured.control ? null : 'off';
}
