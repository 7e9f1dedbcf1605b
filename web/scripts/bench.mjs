// Prints what the built UI costs the browser with a thousand guests, beside its budgets: main-thread time of a live
// tick, time from a key stroke in the filter to the paint, and the heap after a soak. The feed is made up in the page,
// so neither network nor server is in the figures. `node scripts/bench.mjs [guests]`
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const GUESTS = Number(process.argv[2] ?? 1000);
const TICKS = 100;
/** Each figure of ticks is taken so often; told are the least, which is nearest to what the page costs, and the one in the middle. */
const RUNS = 5;
/** Half an hour of ticks, one a second. */
const SOAK = Number(process.env.SOAK ?? 1800);
/** How long it may take; on a machine that is busy, fewer ticks have to do. */
const SOAK_MS = 120_000;
const TYPES = { js: 'text/javascript', css: 'text/css', html: 'text/html', svg: 'image/svg+xml', webmanifest: 'application/manifest+json' };
const ANSWERS = {
  'api/hp/session': { version: 'bench', authenticated: true, open_access: true, principal: 'bench', demo: false, instance_name: 'bench' },
  'api/hp/metrics': [{ key: 'cpu', of: ['guest'], thresholds: [{ of: 'guest', severity: 'warning', raise: 0.9 }] }],
  'api/hp/alerts': { alerts: [] },
  'api/hp/history/all': { resources: [] },
};

const server = createServer((request, response) => {
  const path = request.url.slice(1).split('?')[0];
  if (path.startsWith('api/')) {
    response.writeHead(path in ANSWERS ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(ANSWERS[path] ?? { error: { code: 'not_found', message: path } }));
    return;
  }
  const file = join('dist', path);
  const shown = path !== '' && existsSync(file) ? file : join('dist', 'index.html');
  response.writeHead(200, { 'content-type': TYPES[shown.split('.').pop()] ?? 'application/octet-stream' });
  response.end(readFileSync(shown));
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const url = `http://127.0.0.1:${server.address().port}/`;

/** Runs in the page before it: a socket that says what `feed` is told to. */
function fake(guests) {
  let seed = 1;
  const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  const nodes = 20;
  const machine = { cpu: 0.1, memory: { used: 2 ** 32, total: 2 ** 34 }, net_in: 1000, net_out: 1000 };
  const list = (count, make) => Array.from({ length: count }, (_, index) => make(index));
  const full = {
    type: 'full',
    version: 0,
    at: Date.now(),
    targets: [{ id: 'tgt', handle: 1, name: 'bench', kind: 'pve', state: 'online', missing: [], failure: null, address: '' }],
    nodes: list(nodes, (n) => ({ ...machine, id: `node:tgt:pve${n}`, handle: 2 + n, target: 'tgt', name: `pve${n}`, status: 'online', rootfs: machine.memory, swap: machine.memory, load: [1, 1, 1], iowait: 0, cpus: 16 })),
    guests: list(guests, (n) => ({
      ...machine,
      id: `guest:tgt:${n}`,
      handle: 100 + n,
      target: 'tgt',
      vmid: 100 + n,
      name: `guest-${n}.lab`,
      node: `pve${n % nodes}`,
      kind: n % 2 ? 'vm' : 'container',
      status: n % 9 ? 'running' : 'stopped',
      template: false,
      tags: n % 3 ? ['prod'] : ['test', 'web'],
      disk: machine.memory,
      disk_read: 0,
      disk_write: 0,
      started_at: Date.now() - n * 1e6,
    })),
    storages: [],
    alerts: [],
  };
  let version = 0;
  let socket;
  globalThis.WebSocket = function () {
    socket = { readyState: 1, send: () => undefined, close: () => undefined };
    setTimeout(() => socket.onmessage({ data: JSON.stringify(full) }), 20);
    return socket;
  };
  globalThis.WebSocket.OPEN = 1;
  // Every guest differs a little in every tick, as real ones do: processor and traffic most, disks hardly.
  const now = list(guests, () => [random() * 400, 1000 + random() * 14000, 1000 + random() * 14000, random() * 9000, random() * 9000, random() * 500, random() * 500]);
  const spread = [20, 16, 0.2, 0, 0, 0, 0];
  const step = (value, at) => Math.max(0, at < 3 ? value + (random() - 0.5) * 2 * spread[at] : value * (0.85 + 0.3 * random()));
  globalThis.deltas = (count) =>
    list(count, () => {
      const previous = version++;
      const vitals = now.map((row, n) => {
        row.forEach((value, at) => (row[at] = step(value, at)));
        return [100 + n, ...row.map(Math.round)];
      });
      return JSON.stringify({ type: 'delta', version, previous, at: Date.now(), vitals });
    });
  const painted = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
  globalThis.feed = async (texts) => {
    for (const data of texts) {
      socket.onmessage({ data });
      await painted();
      await painted();
    }
  };
  globalThis.idle = async (count) => {
    for (let n = 0; n < 2 * count; n++) await painted();
  };
  globalThis.strokes = [];
  addEventListener('keydown', (event) => requestAnimationFrame(() => setTimeout(() => globalThis.strokes.push(performance.now() - event.timeStamp))), true);
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? process.env.BROWSER ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const row = (what, value, budget) => console.log(`${what.padEnd(54)} ${value.padStart(16)}   ${budget}`);

try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.addInitScript(fake, GUESTS);
  const cdp = await page.context().newCDPSession(page);
  // The thread's own time, so that a busy machine does not count.
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
  const metric = async (name) => (await cdp.send('Performance.getMetrics')).metrics.find((one) => one.name === name).value;
  const busy = async (run) => {
    const before = await metric('TaskDuration');
    await run();
    return (await metric('TaskDuration')) - before;
  };
  const ms = (seconds) => `${(seconds * 1000).toFixed(1)} ms`;
  const middle = (list) => list.sort((a, b) => a - b)[list.length >> 1];
  const perTick = async () => {
    await page.evaluate(() => (globalThis.ready = globalThis.deltas(60)));
    await page.evaluate(() => globalThis.feed(globalThis.ready));
    const runs = [];
    for (let n = 0; n < RUNS; n++) {
      await page.evaluate((count) => (globalThis.ready = globalThis.deltas(count)), TICKS);
      const idle = await busy(() => page.evaluate((count) => globalThis.idle(count), TICKS));
      const fed = await busy(() => page.evaluate(() => globalThis.feed(globalThis.ready)));
      runs.push((fed - idle) / TICKS);
    }
    return `${ms(Math.min(...runs))}, ${ms(middle(runs))}`;
  };

  console.log(`web UI with ${GUESTS} guests, every one changing in each tick`);
  for (const path of ['guests?sort=-cpu', 'guests', '']) {
    await page.goto(url + path);
    await page.locator('main h1').first().waitFor();
    await page.waitForTimeout(500);
    row(`live tick, main thread, /${path}`, await perTick(), '<= 8 ms');
  }

  await page.goto(`${url}guests`);
  await page.locator('tbody a[data-row]').first().waitFor();
  await page.locator('[data-filter]').focus();
  await page.evaluate(() => (globalThis.strokes.length = 0));
  const costs = [];
  for (const key of [...'node:pve1,pve2 cpu>5 -tag:test guest', ...Array.from({ length: 36 }, () => 'Backspace')]) {
    costs.push(
      await busy(async () => {
        await page.keyboard.press(key === ' ' ? 'Space' : key);
        await page.evaluate(() => globalThis.idle(1));
      }),
    );
  }
  const strokes = await page.evaluate(() => globalThis.strokes);
  row('key stroke in the filter, main thread, median', ms(middle(costs)), '<= 50 ms');
  row('key stroke in the filter, main thread, slowest', ms(costs.at(-1)), '<= 50 ms');
  row('key stroke in the filter to paint, median', `${middle(strokes).toFixed(1)} ms`, '<= 50 ms');
  row('key stroke in the filter to paint, slowest', `${strokes.at(-1).toFixed(1)} ms`, '<= 50 ms');
  await page.locator('[data-filter]').fill('');

  const heap = async () => {
    await cdp.send('HeapProfiler.collectGarbage');
    return metric('JSHeapUsedSize');
  };
  const soak = async (count) => {
    const began = Date.now();
    let fed = 0;
    for (; fed < count && Date.now() - began < SOAK_MS; fed += 100) await page.evaluate(() => globalThis.feed(globalThis.deltas(100)));
    return fed;
  };
  await soak(300);
  const before = await heap();
  const nodesBefore = await metric('Nodes');
  const fed = await soak(SOAK);
  row(`heap after ${fed} more ticks, ${Math.round(fed / 60)} minutes of them`, `${((await heap()) / 1e6).toFixed(1)} MB`, `before: ${(before / 1e6).toFixed(1)} MB`);
  row('nodes of the page', String(await metric('Nodes')), `before: ${nodesBefore}`);
} finally {
  await browser.close();
  server.close();
}
