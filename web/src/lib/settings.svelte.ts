// What a person chose for this browser.

export type Theme = 'auto' | 'light' | 'dark';

const THEME = 'homepulse.theme';
const KEYS = 'homepulse.keys';

const themeNow = (): Theme => {
  const kept = localStorage.getItem(THEME);
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
};

class Settings {
  theme: Theme = $state(themeNow());
  /** Whether single keys act at once (WCAG 2.1.4). */
  keys: boolean = $state(localStorage.getItem(KEYS) !== 'off');

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (theme === 'auto') {
      localStorage.removeItem(THEME);
      delete document.documentElement.dataset['theme'];
    } else {
      localStorage.setItem(THEME, theme);
      document.documentElement.dataset['theme'] = theme;
    }
  }

  nextTheme(): void {
    this.setTheme(this.theme === 'auto' ? 'light' : this.theme === 'light' ? 'dark' : 'auto');
  }

  setKeys(on: boolean): void {
    this.keys = on;
    localStorage.setItem(KEYS, on ? 'on' : 'off');
  }
}

export const settings = new Settings();
