import { socketAddress } from '../api/client';
import type { DeltaFrame, FullFrame } from '../api/types';
import type { Fleet } from './fleet.svelte';

/** `paused`: nobody looks; `held`: somebody wants to read; `past`: the past is shown; `lost`: the server does not answer and we keep trying. */
export type LinkState = 'connecting' | 'live' | 'held' | 'paused' | 'past' | 'lost';

type Frame = FullFrame | DeltaFrame | { type: 'pong' };

const FIRST_WAIT = 500;
const LONGEST_WAIT = 30_000;
const PING_EVERY = 20_000;
const SILENCE_AT_MOST = 45_000;
const PAUSE_WHEN_HIDDEN_FOR = 60_000;

/** Time until the `attempt`-th retry: doubles, with jitter so that many browsers do not come back at once. */
export function backOff(attempt: number, random = Math.random()): number {
  const most = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** attempt);
  return most / 2 + (random * most) / 2;
}

/** Keeps the fleet up to date by the server's live frames. */
export class Connection {
  state: LinkState = $state('connecting');
  /** Our clock when the next attempt is due. */
  retryAt: number | null = $state(null);

  readonly #fleet: Fleet;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #heardAt = 0;
  #waiting: Frame[] = [];
  #scheduled = false;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #hide: ReturnType<typeof setTimeout> | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Connects and stays connected; the answer stops it. */
  start(): () => void {
    if (this.state !== 'past') this.#open();
    const beat = setInterval(() => this.#beat(), PING_EVERY);
    const onVisible = (): void => {
      if (this.state !== 'past') this.#visibility();
    };
    const onOnline = (): void => {
      if (this.state === 'lost') this.now();
    };
    document.addEventListener('visibilitychange', onVisible);
    window.addEventListener('online', onOnline);
    return () => {
      clearInterval(beat);
      clearTimeout(this.#retry);
      clearTimeout(this.#hide);
      document.removeEventListener('visibilitychange', onVisible);
      window.removeEventListener('online', onOnline);
      this.#close();
    };
  }

  /** Keeps what is on the screen as it is, or goes on with everything as it is by then. */
  hold(): void {
    if (this.state === 'live') {
      this.state = 'held';
    } else if (this.state === 'held') {
      this.state = 'live';
      this.#send({ type: 'resync' });
    }
  }

  /** Stays away while the past is shown, until it is told to connect. */
  leave(): void {
    clearTimeout(this.#retry);
    this.#close();
    this.retryAt = null;
    this.state = 'past';
  }

  /** Tries again at once. */
  now(): void {
    clearTimeout(this.#retry);
    this.#open();
  }

  #open(): void {
    this.#close();
    this.retryAt = null;
    if (this.state !== 'lost') this.state = 'connecting';
    const socket = new WebSocket(socketAddress(), ['homepulse.v1']);
    this.#socket = socket;
    this.#heardAt = Date.now();
    socket.onmessage = (event: MessageEvent<string>) => {
      this.#heardAt = Date.now();
      if (this.state === 'held') return;
      this.#waiting.push(JSON.parse(event.data) as Frame);
      this.#schedule();
    };
    socket.onclose = () => {
      if (this.#socket === socket) this.#lost();
    };
  }

  #close(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.#waiting = [];
    socket?.close();
  }

  #lost(): void {
    this.#socket = null;
    this.state = 'lost';
    const wait = backOff(this.#attempt);
    this.#attempt += 1;
    this.retryAt = Date.now() + wait;
    this.#retry = setTimeout(() => this.#open(), wait);
  }

  /** Frames that come between two paints are applied together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const apply = (): void => {
      this.#scheduled = false;
      this.#apply();
    };
    if (document.hidden) setTimeout(apply, 0);
    else requestAnimationFrame(apply);
  }

  #apply(): void {
    const frames = this.#waiting;
    this.#waiting = [];
    for (const frame of frames) {
      if (frame.type === 'full') {
        this.#fleet.full(frame);
        this.#attempt = 0;
        this.state = 'live';
      } else if (frame.type === 'delta' && !this.#fleet.delta(frame)) {
        this.#send({ type: 'resync' });
        return;
      }
    }
  }

  #beat(): void {
    if (this.#socket === null) return;
    if (Date.now() - this.#heardAt > SILENCE_AT_MOST) {
      this.#close();
      this.#lost();
    } else {
      this.#send({ type: 'ping' });
    }
  }

  #send(message: { type: 'ping' | 'resync' }): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #visibility(): void {
    clearTimeout(this.#hide);
    if (document.hidden) {
      this.#hide = setTimeout(() => {
        clearTimeout(this.#retry);
        this.#close();
        this.state = 'paused';
      }, PAUSE_WHEN_HIDDEN_FOR);
    } else if (this.state === 'paused') {
      this.#attempt = 0;
      this.now();
    }
  }
}
