// What a game server can be told now, and what has to be asked before.
import type { Game } from '../../api/types';

const UP = new Set<Game['status']>(['running', 'starting', 'unresponsive', 'stopping']);

/** The actions that make sense, of those that its host can do. */
export function allowed(game: Game): string[] {
  const can = (one: Game['can'][number]): boolean => game.can.includes(one);
  const up = UP.has(game.status);
  const unknown = game.status === 'unknown';
  return [
    ...(can('power') && (!up || unknown) ? ['start'] : []),
    ...(can('power') && (up || unknown) ? ['stop', 'restart'] : []),
    ...(can('update') ? ['update'] : []),
    ...(can('power') && up ? ['kill'] : []),
    ...(can('delete') && !up ? ['delete'] : []),
  ];
}

/** Whether something may be lost by it that nobody can bring back. */
export const needsName = (action: string): boolean => action === 'kill' || action === 'delete' || action === 'restore';

/** Whether whoever plays is thrown out by it. */
export const disturbs = (action: string): boolean => ['stop', 'restart', 'update', 'kill', 'restore'].includes(action);
