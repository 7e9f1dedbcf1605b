// Views of the list of guests that somebody gave a name, and the columns they chose, for this browser.
import { ALL, USUAL, type Column } from './columns';

export interface View {
  name: string;
  q: string;
  sort: string;
  columns: Column[] | null;
}

const VIEWS = 'homepulse.views';
const CHOSEN = 'homepulse.columns';

/** What was kept under a name, if it can still be read. */
function read(key: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null');
  } catch {
    return null;
  }
}

const columnsOf = (kept: unknown): Column[] | null => (Array.isArray(kept) ? ALL.filter((column) => kept.includes(column)) : null);

function viewsOf(kept: unknown): View[] {
  if (!Array.isArray(kept)) return [];
  return (kept as Partial<View>[]).flatMap((one) =>
    typeof one?.name === 'string' ? [{ name: one.name, q: String(one.q ?? ''), sort: String(one.sort ?? ''), columns: columnsOf(one.columns) }] : [],
  );
}

class Views {
  list: readonly View[] = $state.raw(viewsOf(read(VIEWS)));
  /** Null while nobody chose. */
  chosen: readonly Column[] | null = $state.raw(columnsOf(read(CHOSEN)));

  get columns(): readonly Column[] {
    return this.chosen ?? USUAL;
  }

  choose(columns: readonly Column[] | null): void {
    this.chosen = columns;
    if (columns === null) localStorage.removeItem(CHOSEN);
    else localStorage.setItem(CHOSEN, JSON.stringify(columns));
  }

  toggle(column: Column): void {
    const now = this.columns;
    this.choose(now.includes(column) ? now.filter((one) => one !== column) : [...now, column]);
  }

  /** Keeps a view; one of the same name is replaced. */
  save(view: View): void {
    this.#keep([...this.list.filter((one) => one.name !== view.name), view].sort((a, b) => a.name.localeCompare(b.name)));
  }

  drop(name: string): void {
    this.#keep(this.list.filter((one) => one.name !== name));
  }

  #keep(list: readonly View[]): void {
    this.list = list;
    localStorage.setItem(VIEWS, JSON.stringify(list));
  }
}

export const views = new Views();
