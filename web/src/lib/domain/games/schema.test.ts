import { expect, test } from 'vitest';

import { fieldsOf, read, sortOf, startOf, wrong, type Schema } from './schema';

const W = { required: 'needed', number: 'number', from: (n: number) => `from ${String(n)}`, to: (n: number) => `to ${String(n)}`, short: (n: number) => `short ${String(n)}`, pattern: 'form' };
const port: Schema = { type: 'integer', minimum: 1, maximum: 65535 };

test('a field is what its schema says', () => {
  expect(sortOf({ type: 'string', writeOnly: true })).toBe('secret');
  expect(sortOf({ type: 'string', enum: ['a'] })).toBe('choice');
  expect(sortOf({ type: 'array', items: { properties: {} } })).toBe('group');
  expect(sortOf({ type: 'array', items: { type: 'string' } })).toBe('list');
});

test('what is left empty is left out, not sent as zero or as an empty text', () => {
  expect(read(' ', port)).toBeUndefined();
  expect(read('', { type: 'string' })).toBeUndefined();
  expect(read('25565', port)).toBe(25565);
  expect(read('a, b', { type: 'array' })).toEqual(['a', 'b']);
});

test('what is wrong is told before anything is sent', () => {
  expect(wrong(undefined, port, true, W)).toBe('needed');
  expect(wrong(undefined, port, false, W)).toBeNull();
  expect(wrong(0, port, false, W)).toBe('from 1');
  expect(wrong(read('many', port), port, false, W)).toBe('number');
  expect(wrong('secret', { type: 'string', minLength: 8 }, true, W)).toBe('short 8');
  expect(wrong('a b', { type: 'string', pattern: '^[a-z]+$' }, true, W)).toBe('form');
});

test('what is needed stands first and what is rare is folded away', () => {
  const schema: Schema = { required: ['host'], properties: { verify: { type: 'boolean' }, brief: { type: 'boolean' }, port, host: { type: 'string' }, name: { type: 'string' } } };
  expect(fieldsOf(schema, true).usual.map(([name]) => name)).toEqual(['name', 'host', 'port']);
  expect(fieldsOf(schema, false).rare.map(([name]) => name)).toEqual(['verify']);
  expect(startOf({ properties: { servers: { type: 'array', items: schema } } })).toEqual({ servers: [{}] });
});
