// What people do with the product. Each journey starts afresh and fails on any console complaint.
import assert from 'node:assert/strict';

import { accessible, fits, NARROW, until, visiting, WIDE } from './browser.mjs';

const NODES = 3;
/** The demo's backup server is a host of its own. */
const HOSTS = NODES + 1;
const GUESTS = 30;
const PAGES = [
  '',
  'guests',
  'nodes',
  'alerts',
  'alerts?tab=history',
  'alerts?tab=rules',
  'alerts?tab=routing',
  'alerts?tab=silences',
  'alerts?tab=deliveries',
  'backups',
  'games',
  'games?add=1',
  'settings/account',
  'settings/audit',
  'settings/care',
  'settings/integrations',
  'settings/people',
  'settings/security',
  'settings/start',
  'settings/status',
  'settings/targets',
  'settings/targets?add=1',
  'settings/notifications',
  'settings/history',
  'settings/updates',
  'settings/appearance',
  'settings/about',
  'no-such-page',
];

const rows = (page) => page.locator('tbody a[data-row]');
const arrived = (page) => page.locator('header time').waitFor({ state: 'attached' });
const openFirst = async (page) => {
  await arrived(page);
  await rows(page).first().click();
  await page.locator('[role=dialog] canvas').first().waitFor();
};

export async function overviewTellsTheState(home) {
  await visiting(home, '', {}, async (page) => {
    await until(page, () => /All quiet|need(s)? attention/.test(document.querySelector('h1')?.textContent ?? ''));
    await page.getByText(new RegExp(`of ${HOSTS} nodes online`)).waitFor();
    await until(page, (hosts) => document.querySelectorAll('section[aria-labelledby=nodes] article').length === hosts, HOSTS);
    await page.locator('section[aria-labelledby=capacity] li').first().waitFor();
    await page.locator('section[aria-labelledby=nodes] svg path[d^=M]').first().waitFor({ state: 'attached' });
  });
}

export async function figuresChangeByThemselves(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await arrived(page);
    await until(page, (all) => document.querySelectorAll('tbody a[data-row]').length === all, GUESTS);
    const before = await page.locator('tbody').innerText();
    await until(page, (text) => document.querySelector('tbody')?.innerText !== text, before);
  });
}

export async function filterAndSort(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await arrived(page);
    const field = page.getByRole('textbox', { name: 'Filter guests' });

    await field.fill('node:pve1');
    await until(page, (all) => document.querySelectorAll('tbody a[data-row]').length < all, GUESTS);
    assert.deepEqual([...new Set(await page.locator('td.node').allInnerTexts())], ['pve1']);
    await until(page, () => location.search.includes('node:pve1'));

    await field.fill('node:pve1,pve2,pve3');
    await until(page, (all) => document.querySelectorAll('tbody a[data-row]').length === all, GUESTS);
    await field.fill('no such guest at all');
    await page.getByText('No guest matches').waitFor();
    await field.press('Escape');
    await until(page, (all) => document.querySelectorAll('tbody a[data-row]').length === all, GUESTS);

    await page.getByRole('button', { name: 'ID' }).click();
    await page.locator('th[aria-sort=descending]').waitFor();
    const ids = (await page.locator('td.vmid').allTextContents()).map((text) => Number(/\d+/.exec(text)?.[0]));
    assert.deepEqual(ids, [...ids].sort((a, b) => b - a));
    await until(page, () => location.search.includes('sort=-vmid'));
  });
}

export async function drawerShowsCharts(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await openFirst(page);
    const drawer = page.getByRole('dialog');
    // A rate needs two looks, so the charts of traffic follow a cycle later in a demo that has just begun.
    await until(page, () => document.querySelectorAll('[role=dialog] canvas').length >= 3);
    assert.match(page.url(), /open=guest:/);
    await accessible(page, 'the drawer');

    // Drag to zoom, double-click to reset.
    const plot = drawer.locator('.plot').first();
    const box = await plot.boundingBox();
    await page.mouse.move(box.x + box.width * 0.4, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40, { steps: 8 });
    await page.mouse.up();
    await until(page, () => location.search.includes('from='));
    await plot.dblclick();
    await until(page, () => !location.search.includes('from='));

    // The arrow keys move a cursor that is read out, and Shift moves the time itself.
    await plot.focus();
    const spoken = await plot.getAttribute('aria-valuetext');
    await page.keyboard.press('Home');
    assert.notEqual(await plot.getAttribute('aria-valuetext'), spoken);
    await page.keyboard.press('Shift+ArrowLeft');
    await until(page, () => location.search.includes('from='));
    await drawer.getByRole('button', { name: 'Reset zoom' }).click();

    await drawer.getByRole('button', { name: '6h' }).click();
    await until(page, () => location.search.includes('range=6h'));
    await drawer.getByRole('button', { name: 'View as table' }).click();
    await until(page, () => document.querySelectorAll('[role=dialog] table tbody tr').length > 10);
    await page.getByRole('button', { name: 'Close' }).click();
    await drawer.waitFor({ state: 'detached' });
  });
}

export async function alertAppearsAndIsAcknowledged(home) {
  await visiting(home, 'alerts', {}, async (page) => {
    // The demo's scenarios drive a guest over its limit.
    const take = page.getByRole('button', { name: /^Acknowledge the alert of/ }).first();
    await take.waitFor({ timeout: 120_000 });
    const id = await take.locator('xpath=ancestor::li').getAttribute('data-alert');
    const item = page.locator(`[data-alert="${id}"]`);
    await item.getByRole('button', { name: /^Acknowledge/ }).click();
    await item.getByRole('button', { name: /^Hand back/ }).waitFor();
    await item.getByText(/Acknowledged/).waitFor();
    await item.getByRole('button', { name: /^Hand back/ }).click();
    await item.getByRole('button', { name: /^Acknowledge/ }).waitFor();
    await page.getByRole('button', { name: 'History' }).click();
    await page.locator('table tbody tr').first().waitFor();
  });
}

export async function keyboardAlone(home) {
  await visiting(home, '', {}, async (page) => {
    await arrived(page);
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to content');

    await page.keyboard.press('g');
    await page.keyboard.press('g');
    await page.getByRole('heading', { name: 'Guests', level: 1 }).waitFor();
    await page.keyboard.press('/');
    await until(page, () => document.activeElement?.hasAttribute('data-filter'));
    await page.keyboard.type('state:running');
    await page.keyboard.press('Enter');
    await until(page, () => document.activeElement?.hasAttribute('data-row'));
    const first = await page.evaluate(() => document.activeElement?.getAttribute('data-id'));
    await page.keyboard.press('j');
    const second = await page.evaluate(() => document.activeElement?.getAttribute('data-id'));
    assert.notEqual(first, second);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('j');
    await until(page, (id) => new URLSearchParams(location.search).get('open') !== id, second);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });

    await page.keyboard.press('Control+k');
    const field = page.getByRole('combobox');
    await field.waitFor();
    await accessible(page, 'the palette');
    await page.keyboard.type('go to settings');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await accessible(page, 'the list of shortcuts');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
}

export async function themeIsKept(home) {
  await visiting(home, 'settings/appearance', { scheme: 'light' }, async (page) => {
    const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await paper();
    await page.getByRole('button', { name: 'Dark', exact: true }).click();
    const dark = await paper();
    assert.notEqual(light, dark);
    await page.reload();
    await page.locator('main h1').first().waitFor();
    assert.equal(await paper(), dark);
  });
}

export async function targetsExplainThemselves(home) {
  await visiting(home, 'settings/targets', {}, async (page) => {
    await arrived(page);
    await page.getByRole('link', { name: 'Add a target' }).click();
    await page.getByRole('button', { name: 'Add target' }).click();
    await until(page, () => document.activeElement?.getAttribute('name') === 'name');
    assert.equal(await page.locator('[aria-invalid=true]').count(), 3, 'name, address and secret are asked for');

    // A closed port on this machine: a failure that needs no network.
    await page.getByLabel('Name').fill('nobody home');
    await page.getByLabel('Address').fill('https://127.0.0.1:9');
    await page.getByLabel('Token secret').fill('00000000-0000-0000-0000-000000000000');
    await page.getByRole('button', { name: 'Test' }).click();
    await page.locator('form').getByText('Not reachable').waitFor();
    await page.locator('form').getByRole('button', { name: 'Copy' }).last().waitFor();
    await accessible(page, 'a failed test of a target');
  });
}

export async function hostileNamesAreInert(home) {
  // Names as a hostile host would send them, put into the live frames on their way to the page.
  const init = () => {
    const names = ['<img src=x onerror="window.hacked=1">', '\u202Egnp.exe', 'x'.repeat(200), '👾'.repeat(60), '"><script>window.hacked=1</script>'];
    const { parse } = JSON;
    JSON.parse = (text, reviver) => {
      const value = parse(text, reviver);
      if (value?.type === 'full') value.guests.forEach((guest, at) => Object.assign(guest, { name: names[at] ?? guest.name, tags: [names[at] ?? 'tag'] }));
      return value;
    };
  };
  for (const viewport of [WIDE, NARROW]) {
    await visiting(home, 'guests', { viewport, init }, async (page) => {
      await arrived(page);
      await page.getByText('<img src=x').first().waitFor();
      await fits(page, 'a list of hostile names');
      await page.locator('tbody a[data-row]').nth(2).click();
      await page.locator('[role=dialog] dl').waitFor();
      await fits(page, 'the drawer of a hostile name');
      assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
      assert.equal(await page.locator('main img').count(), 0);
    });
  }
}

export async function lostConnectionIsTold(home) {
  // Sockets end and new ones reach nothing while `cut` is set.
  const init = () => {
    const Real = WebSocket;
    globalThis.sockets = [];
    globalThis.WebSocket = class extends Real {
      constructor(url, protocols) {
        super(globalThis.cut ? 'ws://127.0.0.1:9/' : url, protocols);
        globalThis.sockets.push(this);
      }
    };
  };
  await visiting(home, '', { init, expected: /ws:\/\/127\.0\.0\.1:9/ }, async (page) => {
    await arrived(page);
    await page.evaluate(() => {
      globalThis.cut = true;
      globalThis.sockets.forEach((socket) => socket.close());
    });
    const banner = page.getByText('Connection to homepulse lost.');
    await banner.waitFor();
    await page.getByText(/What you see is \d+s old/).waitFor();
    await accessible(page, 'the page without a connection');
    await page.evaluate(() => (globalThis.cut = false));
    await page.getByRole('button', { name: 'Try again' }).click();
    await banner.waitFor({ state: 'detached' });
  });
}

export async function deepLinksWork(home) {
  await visiting(home, 'guests?q=state:running', {}, async (page) => {
    await openFirst(page);
    const link = page.url();
    await page.goto(link);
    await page.locator('[role=dialog] canvas').first().waitFor();
    assert.ok((await page.locator('td.status').allInnerTexts()).every((text) => text.trim() === 'Running'));
    await page.goto(new URL('settings/about', home.url).href);
    await page.getByRole('heading', { name: 'About this homepulse' }).waitFor();
    await page.getByRole('link', { name: 'Guests' }).click();
    await page.getByRole('heading', { name: 'Guests', level: 1 }).waitFor();
    await page.goBack();
    await page.getByRole('heading', { name: 'About this homepulse' }).waitFor();
  });
}

export async function pagesAreClean(home) {
  for (const viewport of [WIDE, NARROW]) {
    for (const scheme of ['light', 'dark']) {
      await visiting(home, '', { viewport, scheme }, async (page) => {
        for (const path of PAGES) {
          const what = `/${path} at ${viewport.width} px, ${scheme}`;
          await page.goto(new URL(path, home.url).href);
          await page.locator('main h1').first().waitFor();
          await arrived(page);
          // What a page asks for when it opens has come when the network is quiet but for the live socket.
          await page.waitForLoadState('networkidle');
          await fits(page, what);
          await accessible(page, what);
        }
      });
    }
  }
}
