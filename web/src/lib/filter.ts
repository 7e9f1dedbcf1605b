// The filter language of lists: `node:pve1 tag:prod cpu>80 state:stopped -tag:test "two words"`.
// Tokens are joined by AND; a comma between values or between tokens means OR.

import type { Guest } from './api/types';
import { share } from './domain/figures';

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

type Figure = keyof typeof FIGURES;
type Word = keyof typeof WORDS;
type Atom =
  | { is: 'text'; value: string }
  | { is: 'word'; key: Word; value: string }
  | { is: 'figure'; key: Figure; sign: keyof typeof SIGNS; value: number };

/** One token: passed when any of its parts is, or none of them where it is negated. */
export interface Term {
  not: boolean;
  any: Atom[];
}

const TOKEN = /(?:"[^"]*"?|[^\s"])+/gu;
const PART = /(?:"[^"]*"?|[^,"])+/gu;
const KEYED = /^([a-z]+)(:|<=|>=|<|>|=)(.*)$/iu;

const plain = (text: string): string => text.replaceAll('"', '').trim().toLowerCase();
const has = <T extends object>(of: T, key: string): key is Extract<keyof T, string> => Object.hasOwn(of, key);

function atomOf(part: string, lastKey: Word | null): Atom | null {
  const [, typed = '', sign = '', rest = ''] = KEYED.exec(part) ?? [];
  const key = ALIASES[typed.toLowerCase()] ?? typed.toLowerCase();
  if (sign !== '' && has(FIGURES, key)) {
    const value = Number.parseFloat(rest);
    return Number.isFinite(value) ? { is: 'figure', key, sign: sign as keyof typeof SIGNS, value } : null;
  }
  if (sign === ':' && has(WORDS, key)) return plain(rest) === '' ? null : { is: 'word', key, value: plain(rest) };
  const value = plain(part);
  if (value === '') return null;
  return lastKey === null ? { is: 'text', value } : { is: 'word', key: lastKey, value };
}

/** Reads a filter. What is no known token is looked for as text. */
export function parse(filter: string): Term[] {
  const terms: Term[] = [];
  // A blank beside a comma does not end a token.
  const joined = filter.replaceAll(/"[^"]*"?|\s*,\s*/gu, (found) => (found.startsWith('"') ? found : ','));
  for (const [token] of joined.matchAll(TOKEN)) {
    const not = token.startsWith('-');
    const any: Atom[] = [];
    let lastKey: Word | null = null;
    for (const [part] of (not ? token.slice(1) : token).matchAll(PART)) {
      const atom = atomOf(part, lastKey);
      if (atom === null) continue;
      lastKey = atom.is === 'word' ? atom.key : null;
      any.push(atom);
    }
    if (any.length > 0) terms.push({ not, any });
  }
  return terms;
}

function holds(atom: Atom, guest: Guest): boolean {
  switch (atom.is) {
    case 'text':
      return (
        guest.name.toLowerCase().includes(atom.value) ||
        String(guest.vmid).includes(atom.value) ||
        guest.node.toLowerCase().includes(atom.value) ||
        guest.tags.some((tag) => tag.toLowerCase().includes(atom.value))
      );
    case 'word':
      return WORDS[atom.key](guest).some((word) => (atom.key === 'name' ? word.toLowerCase().includes(atom.value) : word.toLowerCase() === atom.value));
    case 'figure': {
      const figure = FIGURES[atom.key](guest);
      return figure !== null && SIGNS[atom.sign](figure, atom.value);
    }
  }
}

/** Whether a guest passes every term. */
export const matches = (terms: readonly Term[], guest: Guest): boolean =>
  terms.every((term) => term.any.some((atom) => holds(atom, guest)) !== term.not);

/** Whether what passes may change with every look at the hosts. */
export const isLive = (terms: readonly Term[]): boolean => terms.some((term) => term.any.some((atom) => atom.is === 'figure' && atom.key !== 'id'));

/** The filter with `token` added, or taken away where it stands already. */
export function toggle(filter: string, token: string): string {
  const parts = filter.match(/"[^"]*"?|[^\s"]+(?:"[^"]*"?)?/gu) ?? [];
  const key = token.slice(0, token.indexOf(':') + 1);
  const others = parts.filter((part) => !part.startsWith(key));
  return parts.some((part) => part === token) ? others.join(' ') : [...others, token].join(' ');
}
