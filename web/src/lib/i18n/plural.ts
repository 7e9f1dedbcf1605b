const plural = new Intl.PluralRules('en');

/** `1 guest`, `2 guests`. */
export const many = (count: number, one: string, other: string): string =>
  `${String(count)} ${plural.select(count) === 'one' ? one : other}`;
