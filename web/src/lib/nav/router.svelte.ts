// Our own router: the path under the server's base names the page, the query holds its state.

const base = new URL('.', document.baseURI).pathname;

const pathOf = (url: { pathname: string }): string =>
  url.pathname.startsWith(base) ? url.pathname.slice(base.length) : '';

/** Pages that can show a moment of the past; between them `?at=` stays. */
const KEEPS_PAST = new Set(['', 'guests', 'nodes', 'games']);

class Router {
  /** The path without the base and without a leading slash: `guests`. */
  path: string = $state(pathOf(location));
  query: URLSearchParams = $state.raw(new URLSearchParams(location.search));

  start(): () => void {
    const onPop = (): void => this.#read();
    const onClick = (event: MouseEvent): void => this.#click(event);
    addEventListener('popstate', onPop);
    document.addEventListener('click', onClick);
    return () => {
      removeEventListener('popstate', onPop);
      document.removeEventListener('click', onClick);
    };
  }

  /** Goes to an address relative to the base. */
  go(to: string, options: { replace?: boolean } = {}): void {
    const url = new URL(to, document.baseURI);
    const at = this.query.get('at');
    if (at !== null && KEEPS_PAST.has(pathOf(url)) && !url.searchParams.has('at')) url.searchParams.set('at', at);
    this.#show(url, options);
  }

  #show(url: URL, options: { replace?: boolean }): void {
    if (url.href === location.href) return;
    const pageChanges = pathOf(url) !== this.path;
    history[options.replace === true ? 'replaceState' : 'pushState'](null, '', url);
    this.#read();
    if (pageChanges) scrollTo(0, 0);
  }

  /** This page with some of its query changed; null or an empty text takes a key away. */
  with(changes: Record<string, string | null>): string {
    const query = new URLSearchParams(this.query);
    for (const [key, value] of Object.entries(changes)) {
      if (value === null || value === '') query.delete(key);
      else query.set(key, value);
    }
    // A colon and a comma are harmless in a query, and addresses are read by people.
    const text = query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
    return `${this.path === '' ? './' : this.path}${text === '' ? '' : `?${text}`}`;
  }

  /** Changes the query of this page. */
  set(changes: Record<string, string | null>, options: { replace?: boolean } = {}): void {
    this.#show(new URL(this.with(changes), document.baseURI), options);
  }

  /** The moment of the past that is to be shown, in milliseconds; null for the present. */
  get past(): number | null {
    const at = Number(this.query.get('at') ?? NaN);
    return Number.isInteger(at) && at > 0 && KEEPS_PAST.has(this.path) ? at : null;
  }

  #read(): void {
    this.path = pathOf(location);
    this.query = new URLSearchParams(location.search);
  }

  #click(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (!link.pathname.startsWith(base) || (link.hash !== '' && link.pathname === location.pathname)) return;
    event.preventDefault();
    this.go(link.href);
  }
}

export const router = new Router();
