/** Our clock in whole seconds, for ages that grow on the screen. */
class Clock {
  now: number = $state(Date.now());

  start(): () => void {
    const timer = setInterval(() => {
      if (!document.hidden) this.now = Date.now();
    }, 1000);
    const onVisible = (): void => {
      this.now = Date.now();
    };
    document.addEventListener('visibilitychange', onVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }
}

export const clock = new Clock();
