import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 390, height: 844 };

/** Opens a page, hands it to `visit`, and fails on anything the console complains of but for what is `expected`. */
export async function visiting({ browser, url }, path, options, visit) {
  const { viewport = WIDE, scheme = 'light', init, expected } = options;
  const context = await browser.newContext({ viewport, colorScheme: scheme, reducedMotion: 'reduce', locale: 'en-GB' });
  const complaints = [];
  try {
    const page = await context.newPage();
    if (init !== undefined) await page.addInitScript(init);
    page.on('console', (message) => {
      const text = message.text();
      if (['error', 'warning'].includes(message.type()) && !expected?.test(text)) complaints.push(`${page.url()}: ${text}`);
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.setDefaultTimeout(30_000);
    await page.goto(new URL(path, url).href);
    await page.locator('main h1').first().waitFor();
    await visit(page);
    assert.deepEqual(complaints, [], 'the console');
  } finally {
    await context.close();
  }
}

/** Fails on any WCAG 2.2 A or AA violation axe can see. */
export async function accessible(page, what) {
  // Evaluating the source is not subject to the page's own policy, so it is tested with the policy on.
  await page.evaluate(axe);
  const told = await page.evaluate(async () => {
    const { axe } = globalThis;
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], elementRef: true });
    const [left, top] = [scrollX, scrollY];
    const kept = [];
    for (const { id, nodes } of violations) {
      for (const node of nodes) {
        if (id === 'target-size') {
          // Which targets the bars that stay in place cut off depends on how long a list is: what counts is whether
          // a target is large enough where it can be scrolled to.
          node.element.scrollIntoView({ block: 'center', behavior: 'instant' });
          const again = await axe.run(node.element, { runOnly: { type: 'rule', values: [id] } });
          if (again.violations.length === 0) continue;
        }
        kept.push(`${id}: ${node.target.join(' ')} – ${node.failureSummary?.split('\n').at(-1)?.trim()}`);
      }
    }
    scrollTo({ left, top, behavior: 'instant' });
    return kept;
  });
  assert.deepEqual(told, [], `axe on ${what}`);
}

/** Fails when the page is wider than the screen. */
export async function fits(page, what) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.ok(over <= 0, `${what} is ${over} px wider than the screen`);
}

/** Waits until `probe` in the page answers true. */
export const until = (page, probe, argument) => page.waitForFunction(probe, argument, { timeout: 60_000 });

/** Asks until `ask` answers something, and answers that. */
export async function eventually(ask) {
  const began = Date.now();
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() - began < 120_000, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Asks the server as whoever runs it would. */
export async function ask(home, method, path, body) {
  const answer = await fetch(new URL(path, home.url), { method, headers: { 'content-type': 'application/json' }, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${text}`);
  return text === '' ? null : JSON.parse(text);
}
