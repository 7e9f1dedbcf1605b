/** Moves the focus among `selector`'s elements by `step`, and answers the one reached. */
export function moveFocus(selector: string, step: 1 | -1): HTMLElement | null {
  const all = [...document.querySelectorAll<HTMLElement>(selector)].filter((element) => element.offsetParent !== null);
  if (all.length === 0) return null;
  const at = all.findIndex((element) => element === document.activeElement || element.contains(document.activeElement));
  const next = at === -1 ? (step === 1 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + step));
  const target = all[next] ?? null;
  target?.focus();
  target?.scrollIntoView({ block: 'nearest' });
  return target;
}

/** Whether keys typed now are text for the element in focus. */
export function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.closest('input, textarea, select, [role="slider"], dialog, [popover]') !== null)
  );
}
