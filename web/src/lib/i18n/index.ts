import { en } from './en';

/** The catalogue in use. English is the only one so far; another is a module of the same shape. */
export const t = en;
