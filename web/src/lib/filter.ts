// The filter language of lists: `node:pve1 tag:prod cpu>80 state:stopped -tag:test "two words"`.
// Tokens are joined by AND, values within a token by a comma, which means OR.

import type { Guest } from './api/types';
import { share } from './domain/figures';

export type Figure = 'cpu' | 'mem' | 'disk' | 'id';
export type Word = 'node' | 'tag' | 'state' | 'type' | 'name' | 'pool' | 'lock';

export type Term =
  | { is: 'text'; not: boolean; values: string[] }
  | { is: 'word'; not: boolean; key: Word; values: string[] }
  | { is: 'figure'; not: boolean; key: Figure; sign: '<' | '<=' | '>' | '>=' | '='; value: number };

export const WORDS: readonly Word[] = ['node', 'tag', 'state', 'type', 'name', 'pool', 'lock'];
export const FIGURES: readonly Figure[] = ['cpu', 'mem', 'disk', 'id'];

const TOKEN = /(-?)(?:([a-z]+)(:|<=|>=|<|>|=))?("[^"]*"?|[^\s"]+|(?=\s|$))/giu;

const valuesOf = (text: string): string[] =>
  (text.startsWith('"') ? [text.replaceAll('"', '')] : text.split(','))
    .map((value) => value.trim().toLowerCase())
    .filter((value) => value !== '');

/** Reads a filter. What is no known token is looked for as text. */
export function parse(filter: string): Term[] {
  const terms: Term[] = [];
  for (const match of filter.trim().matchAll(TOKEN)) {
    const [whole, minus = '', key = '', sign = '', rest = ''] = match;
    if (whole === '' || whole === '-') continue;
    const not = minus === '-';
    const name = key.toLowerCase();

    if (sign === ':' && WORDS.includes(name as Word)) {
      const values = valuesOf(rest);
      if (values.length > 0) terms.push({ is: 'word', not, key: name as Word, values });
      continue;
    }
    if (sign !== '' && sign !== ':' && FIGURES.includes(name as Figure)) {
      const value = Number.parseFloat(rest.replace('%', ''));
      if (Number.isFinite(value)) terms.push({ is: 'figure', not, key: name as Figure, sign: sign as '<', value });
      continue;
    }
    const values = valuesOf(key === '' ? rest : `${key}${sign}${rest}`);
    if (values.length > 0) terms.push({ is: 'text', not, values });
  }
  return terms;
}

function wordsOf(guest: Guest, key: Word): string[] {
  switch (key) {
    case 'node':
      return [guest.node];
    case 'tag':
      return guest.tags;
    case 'state':
      return guest.template ? ['template'] : [guest.status];
    case 'type':
      return guest.kind === 'vm' ? ['vm', 'qemu'] : ['container', 'ct', 'lxc'];
    case 'name':
      return [guest.name];
    case 'pool':
      return [guest.pool ?? 'none'];
    case 'lock':
      return [guest.lock ?? 'none'];
  }
}

function figureOf(guest: Guest, key: Figure): number | null {
  switch (key) {
    case 'cpu':
      return guest.cpu == null ? null : guest.cpu * 100;
    case 'mem':
      return share(guest.memory, 100);
    case 'disk':
      return share(guest.disk, 100);
    case 'id':
      return guest.vmid;
  }
}

function compare(left: number, sign: Extract<Term, { is: 'figure' }>['sign'], right: number): boolean {
  switch (sign) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '=':
      return Math.round(left) === right;
  }
}

function holds(term: Term, guest: Guest): boolean {
  switch (term.is) {
    case 'text': {
      const hay = `${guest.name}\n${String(guest.vmid)}\n${guest.node}\n${guest.tags.join('\n')}`.toLowerCase();
      return term.values.some((value) => hay.includes(value));
    }
    case 'word': {
      const words = wordsOf(guest, term.key).map((word) => word.toLowerCase());
      const partly = term.key === 'name';
      return term.values.some((value) => words.some((word) => (partly ? word.includes(value) : word === value)));
    }
    case 'figure': {
      const figure = figureOf(guest, term.key);
      return figure !== null && compare(figure, term.sign, term.value);
    }
  }
}

/** Whether a guest passes every term. */
export const matches = (terms: readonly Term[], guest: Guest): boolean =>
  terms.every((term) => holds(term, guest) !== term.not);

/** The filter with `token` added, or taken away where it stands already. */
export function toggle(filter: string, token: string): string {
  const parts = filter.match(/"[^"]*"?|[^\s"]+(?:"[^"]*"?)?/gu) ?? [];
  const key = token.slice(0, token.indexOf(':') + 1);
  const others = parts.filter((part) => !part.startsWith(key));
  return parts.some((part) => part === token) ? others.join(' ') : [...others, token].join(' ');
}
