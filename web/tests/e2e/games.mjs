// Journeys through the game servers of the demo's evening.
import assert from 'node:assert/strict';

import { accessible, fits, NARROW, until, visiting } from './browser.mjs';

const rows = (page) => page.locator('tbody a[data-row]');
const arrived = (page) => rows(page).first().waitFor({ timeout: 120_000 });

export async function gameServersAreListedFilteredAndSorted(home) {
  await visiting(home, 'games', {}, async (page) => {
    await arrived(page);
    await accessible(page, 'game servers');
    await until(page, () => /\d+ players? online/.test(document.querySelector('main header')?.textContent ?? ''));
    const all = await rows(page).count();

    // The slash is for this list, and an unknown count is never a number.
    await page.keyboard.press('/');
    await page.keyboard.type('no such server');
    await page.getByText('No server matches').waitFor();
    await page.keyboard.press('Escape');
    await until(page, (count) => document.querySelectorAll('tbody a[data-row]').length === count, all);
    await page.getByRole('button', { name: 'Players', exact: true }).click();
    await page.locator('th.players[aria-sort=descending]').waitFor();
    await until(page, () => location.search.includes('sort=-players'));
  });
}

export async function aGameServerTellsWhoPlays(home) {
  await visiting(home, 'games', {}, async (page) => {
    await arrived(page);
    await rows(page).first().focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog');
    await drawer.getByRole('heading', { name: 'Playing now' }).waitFor();
    await drawer.getByRole('heading', { name: /^Hours of the past 7 days/ }).waitFor();
    await accessible(page, 'the players of a game server');
    await drawer.getByRole('button', { name: 'Server', exact: true }).click();
    await drawer.getByRole('heading', { name: 'Ports' }).waitFor();
    await accessible(page, 'a game server');
    await drawer.getByRole('button', { name: 'Metrics' }).click();
    await drawer.locator('canvas').first().waitFor();
    // What its host cannot do is not offered.
    for (const name of ['Stop', 'Console', 'Backups', 'When empty']) assert.equal(await drawer.getByRole('button', { name, exact: true }).count(), 0, name);
    await page.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
  });
}

export async function gameServersFitOnAPhone(home) {
  await visiting(home, 'games', { viewport: NARROW, scheme: 'dark' }, async (page) => {
    await arrived(page);
    await fits(page, 'game servers');
    await accessible(page, 'game servers on a phone');
    await rows(page).first().click();
    await page.getByRole('dialog').getByRole('heading', { name: 'Playing now' }).waitFor();
    await fits(page, 'a game server');
    await accessible(page, 'a game server on a phone');
  });
}

export async function aHostOfGameServersIsAddedAndItsNamesAreInert(home) {
  const hostile = '<img src=x onerror=alert(1)>';
  await visiting(home, 'games?add=1', {}, async (page) => {
    const form = page.getByRole('form', { name: 'Add a host of game servers' });
    await form.waitFor();
    await accessible(page, 'a host of game servers to be added');
    await form.getByRole('button', { name: 'Add target' }).click();
    assert.ok((await form.getByText('This is needed.').count()) >= 3, 'what is missing is told');

    await form.locator('input[name=name]').first().fill('journey');
    const server = form.locator('fieldset');
    await server.locator('input[name=name]').fill(hostile);
    await server.locator('input[name=host]').fill('127.0.0.1');
    await server.locator('select[name=protocol]').selectOption('a2s');
    await server.locator('input[name=port]').fill('9');
    await form.getByRole('button', { name: 'Add target' }).click();
    await form.waitFor({ state: 'detached' });

    const row = page.locator('tbody tr', { hasText: hostile });
    await row.waitFor({ timeout: 120_000 });
    assert.equal(await page.locator('main img').count(), 0, 'a name is text');
    await row.locator('a[data-row]').click();
    await page.getByRole('dialog').getByText('The server does not say who is online.').waitFor();
    await accessible(page, 'a game server that is not known');
  });
  const answer = await fetch(new URL('api/hp/targets', home.url));
  const { targets } = await answer.json();
  for (const target of targets.filter((one) => one.name === 'journey')) await fetch(new URL(`api/hp/targets/${target.id}`, home.url), { method: 'DELETE' });
}
