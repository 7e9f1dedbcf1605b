import { wordsOf } from '../api/client';

/** An answer of the server that a page shows: not there yet, there, or why it is not. */
export interface Load<T> {
  readonly value: T | null;
  readonly failure: string | null;
  again: () => void;
}

/**
 * Asks when the component begins and whenever something that `ask` reads changes, then every `every` milliseconds
 * while the page is seen. An answer that is there stays while a newer one fails.
 */
export function load<T>(ask: (signal: AbortSignal) => Promise<T>, every = 60_000): Load<T> {
  let value = $state.raw<T | null>(null);
  let failure = $state<string | null>(null);
  let asked = $state(0);

  $effect(() => {
    void asked;
    const stop = new AbortController();
    const once = (): void => {
      ask(stop.signal).then(
        (answer) => {
          if (stop.signal.aborted) return;
          value = answer;
          failure = null;
        },
        (error: unknown) => {
          if (!stop.signal.aborted) failure = wordsOf(error);
        },
      );
    };
    once();
    const timer = setInterval(() => {
      if (!document.hidden) once();
    }, every);
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  });

  return {
    get value() {
      return value;
    },
    get failure() {
      return failure;
    },
    again: () => void (asked += 1),
  };
}
