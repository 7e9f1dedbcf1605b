interface Action {
  label: string;
  run: () => void;
}

interface Toast {
  id: number;
  action: Action | undefined;
  text: string;
  bad: boolean;
}

/** Short messages about what was just done. */
class Toasts {
  list: Toast[] = $state([]);
  #next = 1;

  say(text: string, bad = false, action?: Action): void {
    const id = this.#next++;
    this.list.push({ id, text, bad, action });
    setTimeout(() => this.drop(id), bad || action !== undefined ? 9000 : 4000);
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
