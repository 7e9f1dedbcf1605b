// The only place where numbers and times become text. Unknown is a dash, never a zero.

type Maybe<T> = T | null | undefined;

export const UNKNOWN = '–';

const KIB = 1024;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const locale = 'en';
const number = (options: Intl.NumberFormatOptions): Intl.NumberFormat => new Intl.NumberFormat(locale, options);

const whole = number({ maximumFractionDigits: 0 });
const oneDecimal = number({ minimumFractionDigits: 1, maximumFractionDigits: 1 });
const twoDecimals = number({ minimumFractionDigits: 2, maximumFractionDigits: 2 });
const percentWhole = number({ style: 'percent', maximumFractionDigits: 0 });
const percentFine = number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

const unitOf = (unit: string): Intl.NumberFormat =>
  number({ style: 'unit', unit, unitDisplay: 'narrow', maximumFractionDigits: 0 });
const days = unitOf('day');
const hours = unitOf('hour');
const minutes = unitOf('minute');
const seconds = unitOf('second');
const celsius = number({ style: 'unit', unit: 'celsius', maximumFractionDigits: 1 });

const known = (value: Maybe<number>): value is number => value != null && Number.isFinite(value);

/** Three significant figures, so that a column of amounts stays narrow. */
function short(value: number): string {
  if (value < 9.95) return oneDecimal.format(value);
  return whole.format(value);
}

const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

function scale(value: number): [number, number] {
  let power = 0;
  let rest = Math.abs(value);
  while (rest >= 999.5 && power < BYTE_UNITS.length - 1) {
    rest /= KIB;
    power += 1;
  }
  return [Math.sign(value) * rest, power];
}

export function count(value: Maybe<number>): string {
  return known(value) ? whole.format(value) : UNKNOWN;
}

export function ratio(value: Maybe<number>): string {
  return known(value) ? percentWhole.format(value) : UNKNOWN;
}

export function ratioFine(value: Maybe<number>): string {
  return known(value) ? percentFine.format(value) : UNKNOWN;
}

export function bytes(value: Maybe<number>): string {
  if (!known(value)) return UNKNOWN;
  const [rest, power] = scale(value);
  return `${power === 0 ? whole.format(rest) : short(rest)} ${BYTE_UNITS[power]}`;
}

/** `3.1 of 8 GiB`, with one unit where both share it. */
export function usage(used: Maybe<number>, total: Maybe<number>, of: string): string {
  if (!known(total)) return bytes(used);
  if (!known(used)) return `${UNKNOWN} ${of} ${bytes(total)}`;
  const [, power] = scale(total);
  const same = scale(used)[1] === power;
  return same ? `${short(used / KIB ** power)} ${of} ${bytes(total)}` : `${bytes(used)} ${of} ${bytes(total)}`;
}

export function rate(value: Maybe<number>): string {
  if (!known(value)) return UNKNOWN;
  if (value < KIB / 2) return '0';
  return `${bytes(value)}/s`;
}

/** Narrow form for dense columns: `12 M` is 12 MiB/s. */
export function rateNarrow(value: Maybe<number>): string {
  if (!known(value)) return UNKNOWN;
  if (value < KIB / 2) return '0';
  const [rest, power] = scale(value);
  return `${short(rest)} ${'BKMGTP'[power] ?? ''}`;
}

/** The two largest units of a span: `3h 12m`. */
export function duration(ms: Maybe<number>): string {
  if (!known(ms)) return UNKNOWN;
  const span = Math.max(0, ms);
  if (span < MINUTE) return seconds.format(Math.floor(span / SECOND));
  if (span < HOUR) return minutes.format(Math.floor(span / MINUTE));
  if (span < DAY) {
    const rest = Math.floor((span % HOUR) / MINUTE);
    const top = hours.format(Math.floor(span / HOUR));
    return rest === 0 ? top : `${top} ${minutes.format(rest)}`;
  }
  if (span < 10 * DAY) {
    const rest = Math.floor((span % DAY) / HOUR);
    const top = days.format(Math.floor(span / DAY));
    return rest === 0 ? top : `${top} ${hours.format(rest)}`;
  }
  return days.format(Math.floor(span / DAY));
}

/** One unit only, for narrow columns. */
export function durationNarrow(ms: Maybe<number>): string {
  return known(ms) ? (duration(ms).split(' ')[0] ?? UNKNOWN) : UNKNOWN;
}

const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const clockShort = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayAndClock = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });
const dayOnly = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const monthAndYear = new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' });

export const timeOfDay = (at: Maybe<number>): string => (known(at) ? clock.format(at) : UNKNOWN);
export const dateAndTime = (at: Maybe<number>): string => (known(at) ? full.format(at) : UNKNOWN);

export const dayOf = (at: Maybe<number>): string => (known(at) ? dayOnly.format(at) : UNKNOWN);

/** A moment that is near: only its time where it is within a day. */
export const shortly = (at: Maybe<number>, now: number): string =>
  known(at) ? (Math.abs(at - now) < DAY ? clockShort : dayAndClock).format(at) : UNKNOWN;

/** A moment, told as finely as a span of `windowMs` needs. */
export function moment(at: Maybe<number>, windowMs: number): string {
  if (!known(at)) return UNKNOWN;
  if (windowMs <= 2 * HOUR) return clock.format(at);
  if (windowMs <= 2 * DAY) return dayAndClock.format(at);
  return windowMs <= 45 * DAY ? dayAndClock.format(at) : dayOnly.format(at);
}

/** A tick of a time axis whose ticks are `step` apart. */
export function tick(at: number, stepMs: number): string {
  if (stepMs < MINUTE) return clock.format(at);
  if (stepMs < DAY) {
    const date = new Date(at);
    return date.getHours() === 0 && date.getMinutes() === 0 ? dayOnly.format(at) : clockShort.format(at);
  }
  return stepMs < 27 * DAY ? dayOnly.format(at) : monthAndYear.format(at);
}

/** A figure in a metric's unit. */
export function quantity(value: Maybe<number>, unit: Maybe<string>): string {
  if (!known(value)) return UNKNOWN;
  switch (unit) {
    case 'ratio':
      return value < 0.0995 ? ratioFine(value) : ratio(value);
    case 'bytes':
      return bytes(value);
    case 'bytes_per_second':
      return rate(value);
    case 'seconds':
      return duration(value * SECOND);
    case 'milliseconds':
      return number({ style: 'unit', unit: 'millisecond', maximumFractionDigits: 1 }).format(value);
    case 'celsius':
      return celsius.format(value);
    case 'load':
      return twoDecimals.format(value);
    default:
      return number({ maximumFractionDigits: 2 }).format(value);
  }
}
