// What a person chose for this browser.

const OPTIONS = {
  theme: ['auto', 'light', 'dark'],
  /** How far apart rows stand. */
  density: ['normal', 'compact', 'roomy'],
  /** Stronger lines and text than the system asks for. */
  contrast: ['auto', 'more'],
} as const;

type Key = keyof typeof OPTIONS;
export type Theme = (typeof OPTIONS.theme)[number];
export type Density = (typeof OPTIONS.density)[number];
export type Contrast = (typeof OPTIONS.contrast)[number];

const KEYS = 'homepulse.keys';
const ROWS: Record<Density, number> = { compact: 24, normal: 30, roomy: 38 };

/** A choice as it was kept; the first of its options where none was. */
function kept<K extends Key>(key: K): (typeof OPTIONS)[K][number] {
  const text = localStorage.getItem(`homepulse.${key}`);
  const options: readonly string[] = OPTIONS[key];
  return (options.find((one) => one === text) ?? options[0]) as (typeof OPTIONS)[K][number];
}

/** Keeps a choice, and tells the style sheet, as theme.js does before the first paint. */
function keep(key: Key, value: string): void {
  if (value === OPTIONS[key][0]) {
    localStorage.removeItem(`homepulse.${key}`);
    document.documentElement.removeAttribute(`data-${key}`);
  } else {
    localStorage.setItem(`homepulse.${key}`, value);
    document.documentElement.dataset[key] = value;
  }
}

class Settings {
  theme: Theme = $state(kept('theme'));
  density: Density = $state(kept('density'));
  contrast: Contrast = $state(kept('contrast'));
  /** Whether single keys act at once (WCAG 2.1.4). */
  keys: boolean = $state(localStorage.getItem(KEYS) !== 'off');

  readonly options = OPTIONS;

  setTheme(theme: Theme): void {
    this.theme = theme;
    keep('theme', theme);
  }

  setDensity(density: Density): void {
    this.density = density;
    keep('density', density);
  }

  setContrast(contrast: Contrast): void {
    this.contrast = contrast;
    keep('contrast', contrast);
  }

  nextTheme(): void {
    this.setTheme(this.theme === 'auto' ? 'light' : this.theme === 'light' ? 'dark' : 'auto');
  }

  setKeys(on: boolean): void {
    this.keys = on;
    localStorage.setItem(KEYS, on ? 'on' : 'off');
  }

  /** The height of a row of a dense table in CSS pixels, as the style sheet has it. */
  get row(): number {
    return ROWS[this.density];
  }
}

export const settings = new Settings();
