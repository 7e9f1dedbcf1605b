// The parts of JSON Schema that settings are written in, read for a form.

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: readonly string[];
  format?: string;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  writeOnly?: boolean;
  contentMediaType?: string;
  required?: readonly string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: boolean | Schema;
}

export type Values = Record<string, unknown>;

/** What a field of a form is. `json` is what has no better field. */
export type Sort = 'text' | 'secret' | 'lines' | 'number' | 'check' | 'choice' | 'list' | 'group' | 'json';

export function sortOf(schema: Schema): Sort {
  if (schema.enum !== undefined) return 'choice';
  if (schema.type === 'boolean') return 'check';
  if (schema.type === 'integer' || schema.type === 'number') return 'number';
  if (schema.type === 'array') return schema.items?.properties !== undefined ? 'group' : 'list';
  if (schema.type === 'object') return 'json';
  if (schema.writeOnly === true) return 'secret';
  return schema.contentMediaType === undefined ? 'text' : 'lines';
}

/** What people think of first. JSON has no order of its own. */
const FIRST = ['name', 'address', 'host', 'game', 'protocol', 'port', 'user'];

/** The fields of a form: those that matter in a sensible order, and those to be folded away. */
export function fieldsOf(schema: Schema, inner: boolean): { usual: [string, Schema][]; rare: [string, Schema][] } {
  const needed = new Set(schema.required ?? []);
  const weight = ([name, field]: [string, Schema]): number => {
    const first = FIRST.indexOf(name);
    return first !== -1 ? first : needed.has(name) || sortOf(field) === 'group' ? 10 : sortOf(field) === 'check' ? 30 : 20;
  };
  const all = Object.entries(schema.properties ?? {}).sort((a, b) => weight(a) - weight(b));
  const matters = ([name, field]: [string, Schema]): boolean =>
    needed.has(name) || FIRST.includes(name) || (!inner && sortOf(field) !== 'lines' && sortOf(field) !== 'json' && name !== 'fingerprint' && name !== 'verify');
  return { usual: all.filter(matters), rare: all.filter((one) => !matters(one)) };
}

/** What a form begins with: one empty entry where several can be given. */
export const startOf = (schema: Schema): Values =>
  Object.fromEntries(Object.entries(schema.properties ?? {}).flatMap(([name, field]) => (sortOf(field) === 'group' ? [[name, [{}]]] : [])));

/** What a field's text means; undefined leaves the setting out. Text that is no JSON stays text, for the server to refuse. */
export function read(text: string, schema: Schema): unknown {
  if (text.trim() === '') return undefined;
  switch (sortOf(schema)) {
    case 'number':
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'list':
      return text.split(/[,\n]/).map((one) => one.trim()).filter((one) => one !== '');
    case 'json':
      try {
        return JSON.parse(text) as unknown;
      } catch {
        return text;
      }
    default:
      return text;
  }
}

export const textOf = (value: unknown): string =>
  value == null ? '' : Array.isArray(value) ? value.join(', ') : typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean);

/** What is wrong with a value, told by the schema alone; null where nothing is. */
export function wrong(value: unknown, schema: Schema, required: boolean, W: { required: string; number: string; from: (least: number) => string; to: (most: number) => string; short: (least: number) => string; pattern: string }): string | null {
  if (value === undefined || value === '' || value === null) return required ? W.required : null;
  if (sortOf(schema) === 'number') {
    if (typeof value !== 'number') return W.number;
    if (schema.minimum !== undefined && value < schema.minimum) return W.from(schema.minimum);
    if (schema.maximum !== undefined && value > schema.maximum) return W.to(schema.maximum);
  }
  if (typeof value === 'string') {
    if (schema.minLength !== undefined && value.length < schema.minLength) return W.short(schema.minLength);
    if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) return W.pattern;
  }
  return null;
}
