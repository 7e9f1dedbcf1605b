// The filter language of lists: `node:pve1 tag:prod cpu>80 state:stopped -tag:test "two words"`.
// Tokens are joined by AND; a comma between values or between tokens means OR.

import type { Game, Guest } from './api/types';
import { share } from './domain/figures';

/** What a filter can ask of one sort of thing. */
interface Vocabulary<T> {
  /** Numbers that can be compared. */
  figures: Record<string, (of: T) => number | null | undefined>;
  /** Words, of which one has to be the one that is asked for. */
  words: Record<string, (of: T) => readonly string[]>;
  /** What free text is looked for in. */
  text: (of: T) => readonly string[];
}

const FIGURES = {
  cpu: (guest: Guest) => (guest.cpu == null ? null : guest.cpu * 100),
  mem: (guest: Guest) => share(guest.memory, 100),
  disk: (guest: Guest) => share(guest.disk, 100),
  id: (guest: Guest) => guest.vmid,
} as const;
const WORDS = {
  node: (guest: Guest) => [guest.node],
  tag: (guest: Guest) => guest.tags,
  state: (guest: Guest) => (guest.template ? ['template'] : [guest.status]),
  type: (guest: Guest) => (guest.kind === 'vm' ? ['vm', 'qemu'] : ['container', 'ct', 'lxc']),
  name: (guest: Guest) => [guest.name],
  pool: (guest: Guest) => [guest.pool ?? 'none'],
  lock: (guest: Guest) => [guest.lock ?? 'none'],
} as const;
/** Other words that people type for the same. */
const ALIASES: Record<string, string> = { memory: 'mem', tags: 'tag', status: 'state', vmid: 'id', host: 'node', kind: 'type' };

const SIGNS = {
  '<': (left: number, right: number) => left < right,
  '<=': (left: number, right: number) => left <= right,
  '>': (left: number, right: number) => left > right,
  '>=': (left: number, right: number) => left >= right,
  '=': (left: number, right: number) => Math.round(left) === right,
  ':': (left: number, right: number) => Math.round(left) === right,
} as const;

export const GUESTS: Vocabulary<Guest> = {
  figures: FIGURES,
  words: WORDS,
  text: (guest) => [guest.name, String(guest.vmid), guest.node, ...guest.tags],
};

export const GAMES: Vocabulary<Game> = {
  figures: {
    cpu: (game) => (game.cpu == null ? null : game.cpu * 100),
    mem: (game) => share(game.memory, 100),
    players: (game) => game.players,
    latency: (game) => game.latency_ms,
  },
  words: {
    state: (game) => [game.status],
    game: (game) => [game.game ?? 'none'],
    runtime: (game) => [game.runtime ?? 'none'],
    name: (game) => [game.name],
  },
  text: (game) => [game.name, game.game ?? '', game.map ?? ''],
};

type Atom =
  | { is: 'text'; value: string }
  | { is: 'word'; key: string; value: string }
  | { is: 'figure'; key: string; sign: keyof typeof SIGNS; value: number };

/** One token: passed when any of its parts is, or none of them where it is negated. */
export interface Term {
  not: boolean;
  any: Atom[];
}

const TOKEN = /(?:"[^"]*"?|[^\s"])+/gu;
const PART = /(?:"[^"]*"?|[^,"])+/gu;
const KEYED = /^([a-z]+)(:|<=|>=|<|>|=)(.*)$/iu;

const plain = (text: string): string => text.replaceAll('"', '').trim().toLowerCase();
const has = (of: object, key: string): boolean => Object.hasOwn(of, key);

function atomOf<T>(part: string, lastKey: string | null, { figures, words }: Vocabulary<T>): Atom | null {
  const [, typed = '', sign = '', rest = ''] = KEYED.exec(part) ?? [];
  const key = ALIASES[typed.toLowerCase()] ?? typed.toLowerCase();
  if (sign !== '' && has(figures, key)) {
    const value = Number.parseFloat(rest);
    return Number.isFinite(value) ? { is: 'figure', key, sign: sign as keyof typeof SIGNS, value } : null;
  }
  if (sign === ':' && has(words, key)) return plain(rest) === '' ? null : { is: 'word', key, value: plain(rest) };
  const value = plain(part);
  if (value === '') return null;
  return lastKey === null ? { is: 'text', value } : { is: 'word', key: lastKey, value };
}

/** Reads a filter. What is no known token is looked for as text. */
export function parse(filter: string, vocabulary: Vocabulary<never> = GUESTS): Term[] {
  const terms: Term[] = [];
  // A blank beside a comma does not end a token.
  const joined = filter.replaceAll(/"[^"]*"?|\s*,\s*/gu, (found) => (found.startsWith('"') ? found : ','));
  for (const [token] of joined.matchAll(TOKEN)) {
    const not = token.startsWith('-');
    const any: Atom[] = [];
    let lastKey: string | null = null;
    for (const [part] of (not ? token.slice(1) : token).matchAll(PART)) {
      const atom: Atom | null = atomOf(part, lastKey, vocabulary);
      if (atom === null) continue;
      lastKey = atom.is === 'word' ? atom.key : null;
      any.push(atom);
    }
    if (any.length > 0) terms.push({ not, any });
  }
  return terms;
}

function holds<T>(atom: Atom, of: T, { figures, words, text }: Vocabulary<T>): boolean {
  switch (atom.is) {
    case 'text':
      return text(of).some((one) => one.toLowerCase().includes(atom.value));
    case 'word':
      return words[atom.key]?.(of).some((word) => (atom.key === 'name' ? word.toLowerCase().includes(atom.value) : word.toLowerCase() === atom.value)) === true;
    case 'figure': {
      const figure = figures[atom.key]?.(of);
      return figure != null && SIGNS[atom.sign](figure, atom.value);
    }
  }
}

/** Whether something passes every term. */
export const passes = <T>(terms: readonly Term[], of: T, vocabulary: Vocabulary<T>): boolean =>
  terms.every((term) => term.any.some((atom) => holds(atom, of, vocabulary)) !== term.not);

/** Whether a guest passes every term. */
export const matches = (terms: readonly Term[], guest: Guest): boolean => passes(terms, guest, GUESTS);

/** Whether what passes may change with every look at the hosts. */
export const isLive = (terms: readonly Term[]): boolean => terms.some((term) => term.any.some((atom) => atom.is === 'figure' && atom.key !== 'id'));

/** The filter with `token` added, or taken away where it stands already. */
export function toggle(filter: string, token: string): string {
  const parts = filter.match(/"[^"]*"?|[^\s"]+(?:"[^"]*"?)?/gu) ?? [];
  const key = token.slice(0, token.indexOf(':') + 1);
  const others = parts.filter((part) => !part.startsWith(key));
  return parts.some((part) => part === token) ? others.join(' ') : [...others, token].join(' ');
}
