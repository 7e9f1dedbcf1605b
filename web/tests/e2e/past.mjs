// Journeys into the past: the time machine and what changed.
import assert from 'node:assert/strict';

import { accessible, ask, eventually, fits, NARROW, until, visiting, WIDE } from './browser.mjs';

const MINUTE = 60_000;
const GUESTS = 30;
const arrived = (page) => page.locator('header time').waitFor({ state: 'attached' });
const banner = (page) => page.getByRole('region', { name: 'Time machine' });

export async function thePastIsShownInTheSamePages(home) {
  // An hour ago is what the demo has laid in.
  const at = Date.now() - 60 * MINUTE;
  await visiting(home, `guests?at=${at}`, {}, async (page) => {
    await banner(page).getByText('You are looking at').waitFor();
    await until(page, (all) => document.querySelectorAll('tbody a[data-row]').length > all / 2, GUESTS);
    await page.getByText('The past').waitFor();
    const before = await page.locator('tbody').innerText();
    await accessible(page, 'guests of the past');

    // Nothing moves by itself, and nothing can be done to the past.
    await page.waitForTimeout(3000);
    assert.equal(await page.locator('tbody').innerText(), before);
    await page.locator('tbody a[data-row]').first().click();
    await page.getByRole('dialog').locator('canvas').first().waitFor();
    assert.equal(await page.getByRole('button', { name: 'Control', exact: true }).count(), 0);
    await page.keyboard.press('Escape');

    // It stays from page to page, and other moments are a step away.
    await page.getByRole('link', { name: 'Overview' }).click();
    await until(page, () => location.search.includes('at='));
    await page.getByRole('button', { name: '1h earlier' }).click();
    await until(page, (was) => Number(new URLSearchParams(location.search).get('at')) < was, at);
    assert.equal(await page.getByRole('button', { name: /^Acknowledge/ }).count(), 0);

    await page.getByRole('button', { name: 'Back to now' }).click();
    await banner(page).waitFor({ state: 'detached' });
    await page.getByText('Live', { exact: true }).waitFor();
    assert.ok(!page.url().includes('at='));
  });
}

export async function thePastFitsEveryScreen(home) {
  for (const viewport of [WIDE, NARROW]) {
    for (const scheme of ['light', 'dark']) {
      await visiting(home, `?at=${Date.now() - 30 * MINUTE}`, { viewport, scheme }, async (page) => {
        await until(page, () => document.querySelectorAll('section[aria-labelledby=nodes] article').length > 0);
        await fits(page, `the past at ${viewport.width} px`);
        await accessible(page, `the past, ${scheme}, ${viewport.width} px`);
      });
    }
  }
}

export async function whatChangedLeadsToTheMomentBefore(home) {
  // In a demo that has just begun nothing has changed yet, so something is made to.
  const subject = `a shelf fell ${String(Date.now())}`;
  const alert = await ask(home, 'POST', 'api/hp/alerts', { subject, message: 'The shelf fell.', severity: 'warning', resource: null, key: null, value: null, expires_at: null, expires_in_seconds: null });
  try {
    await eventually(async () => (await ask(home, 'GET', 'api/hp/changes?limit=1000')).changes.some((one) => one.alert === alert.id));
    await visiting(home, '', {}, async (page) => {
      await arrived(page);
      const changes = page.getByRole('region', { name: 'What changed' });
      await changes.getByRole('checkbox', { name: 'Tasks that went well' }).check();
      await changes.getByRole('button', { name: '7 d' }).click();
      await changes.locator('li').first().waitFor();
      await accessible(page, 'what changed');
      await changes.getByRole('link', { name: /^How it was before/ }).first().click();
      await banner(page).waitFor();
    });
  } finally {
    await ask(home, 'POST', `api/hp/alerts/${encodeURIComponent(alert.id)}/resolve`);
  }
}

export async function theDrawerShowsItsOwnChanges(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await arrived(page);
    await page.locator('tbody a[data-row]').first().click();
    await page.getByRole('button', { name: 'Changes', exact: true }).click();
    await page.getByRole('dialog').getByText('Last 24 hours', { exact: true }).waitFor();
    await accessible(page, 'changes in the drawer');
  });
}

export async function gameServersOfThePastAreShownAsTheyWere(home) {
  // The demo lays in no past of its game servers: it records them from its first look on.
  const at = await eventually(async () => {
    const moment = Date.now() - 5000;
    const { fleet } = await (await fetch(new URL(`api/hp/fleet/past?at=${String(moment)}`, home.url))).json();
    return fleet.games.some((game) => game.players !== null && game.latency_ms !== null) && moment;
  });
  for (const [viewport, scheme] of [[WIDE, 'light'], [NARROW, 'dark']]) {
    await visiting(home, `games?at=${String(at)}`, { viewport, scheme }, async (page) => {
      await banner(page).getByText('You are looking at').waitFor();
      await page.locator('tbody a[data-row]').first().waitFor();
      await until(page, () => /\d+ players? online/.test(document.querySelector('main header')?.textContent ?? ''));
      for (const name of ['New server', 'Add a host of game servers']) assert.equal(await page.getByRole('link', { name }).count(), 0, name);
      await fits(page, 'game servers of the past');
      await accessible(page, 'game servers of the past');
      await page.locator('tbody a[data-row]').first().click();
      const drawer = page.getByRole('dialog');
      await drawer.locator('canvas').first().waitFor();
      for (const name of ['Stop', 'Console', 'Backups', 'When empty']) assert.equal(await drawer.getByRole('button', { name, exact: true }).count(), 0, name);
    });
  }
}
