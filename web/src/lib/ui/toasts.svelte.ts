interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

/** Short messages about what was just done. */
class Toasts {
  list: Toast[] = $state([]);
  #next = 1;

  say(text: string, bad = false): void {
    const id = this.#next++;
    this.list.push({ id, text, bad });
    setTimeout(() => this.drop(id), bad ? 9000 : 4000);
  }

  drop(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
