// Journeys through what is about to fire, and through messages that do not arrive.
import assert from 'node:assert/strict';

import { accessible, ask, eventually, fits, NARROW, until, visiting } from './browser.mjs';

export async function whatIsBeyondItsLimitWaitsApart(home) {
  const guest = await eventually(async () => {
    const { guests } = await ask(home, 'GET', 'api/hp/fleet');
    // The first ones play the demo's scenarios.
    return guests.findLast((one) => one.status === 'running' && !one.template && one.memory.used > 0);
  });
  const level = `api/hp/rules/levels/resource/${encodeURIComponent(guest.id)}`;
  // Whatever runs takes more memory than this; an hour is longer than any journey.
  const limit = { raise: 0.000001, clear: 0.0000005, dwell_seconds: 3600 };
  await ask(home, 'PUT', level, { metrics: { memory: { warning: limit } } });
  try {
    await eventually(async () => (await ask(home, 'GET', 'api/hp/alerts/pending')).alerts.some((one) => one.resource === guest.id && one.subject === 'memory'));
    await visiting(home, 'alerts', {}, async (page) => {
      const pending = page.getByRole('region', { name: 'Beyond a limit, not firing yet' });
      const item = pending.locator(`[data-pending="${guest.id}"]`);
      await item.waitFor({ timeout: 120_000 });
      await item.getByText(/fires in \d+m/).waitFor();
      assert.equal(await page.locator(`[data-pending="${guest.id}"] button`).count(), 0, 'nobody has to do anything about it');
      await accessible(page, 'what is about to fire');

      // The limits of its resource say the same.
      await item.getByRole('link').click();
      const drawer = page.getByRole('dialog');
      await drawer.getByText('beyond its limit, waiting').first().waitFor();
      await page.keyboard.press('Escape');
      await page.setViewportSize(NARROW);
      await item.waitFor();
      await fits(page, 'what is about to fire on a phone');
      await accessible(page, 'what is about to fire on a phone');
    });
  } finally {
    await ask(home, 'DELETE', level);
  }
}

export async function everyTryOfAMessageIsShown(home) {
  // A closed port of this machine never answers, and the message is tried again.
  const channel = await ask(home, 'POST', 'api/hp/channels', { name: 'Nobody home', kind: 'webhook', config: { url: 'http://127.0.0.1:9/' } });
  const subject = `nightly sync ${String(Date.now())}`;
  const alert = await ask(home, 'POST', 'api/hp/alerts', { subject, message: 'The nightly sync failed.', severity: 'critical', resource: null, key: null, value: null, expires_at: null, expires_in_seconds: null });
  try {
    await visiting(home, `alerts?alert=${encodeURIComponent(alert.id)}`, {}, async (page) => {
      const dialog = page.getByRole('dialog');
      const message = dialog.locator('[data-delivery]', { hasText: 'Nobody home' });
      await message.getByRole('list', { name: 'Every try to reach Nobody home' }).getByText('failed').first().waitFor({ timeout: 120_000 });
      await message.getByText(/next try/).waitFor();
      await accessible(page, 'the tries of a message');
      await page.setViewportSize(NARROW);
      await fits(page, 'the tries of a message on a phone');
    });

    await visiting(home, 'alerts?tab=deliveries', { viewport: NARROW, scheme: 'dark' }, async (page) => {
      await page.getByRole('button', { name: 'Waiting', exact: true }).click();
      const row = page.locator('tbody tr', { hasText: 'Nobody home' }).first();
      await row.waitFor();
      // By keyboard alone.
      await row.getByRole('button', { name: /Every try to reach Nobody home/ }).focus();
      await page.keyboard.press('Enter');
      await page.getByRole('list', { name: 'Every try to reach Nobody home' }).getByText('failed').first().waitFor();
      await accessible(page, 'messages that wait');
      await fits(page, 'messages that wait');
      await page.getByRole('button', { name: 'Given up', exact: true }).click();
      await page.locator('table, [class*=empty]').first().waitFor();
      await accessible(page, 'messages that were given up');
    });
  } finally {
    await ask(home, 'POST', `api/hp/alerts/${encodeURIComponent(alert.id)}/resolve`);
    await ask(home, 'DELETE', `api/hp/channels/${channel.id}`);
  }
}

export async function whatCountsAsFlappingIsSet(home) {
  const path = 'api/hp/maintenance/waits';
  const before = await ask(home, 'GET', path);
  try {
    await visiting(home, 'alerts?tab=rules', { expected: /status of 400/ }, async (page) => {
      const waits = page.getByRole('region', { name: 'Flapping and patience' });
      await waits.getByRole('spinbutton', { name: 'Beginnings' }).fill('6');
      await waits.getByRole('spinbutton', { name: 'within' }).fill('2');
      await waits.getByRole('button', { name: 'Save' }).click();
      // What is out of bounds is told with them, and what was typed stays.
      await waits.getByRole('alert').getByText(/flapping_minutes.*5 to 1440/).waitFor();
      await waits.getByRole('spinbutton', { name: 'within' }).fill('90');
      await waits.getByRole('button', { name: 'Save' }).click();
      await waits.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
      await accessible(page, 'what counts as flapping');
      await page.reload();
      await until(page, () => document.querySelector('section[aria-labelledby=waits] input[type=number]')?.value === '6');
    });
    const kept = await ask(home, 'GET', path);
    assert.deepEqual([kept.flapping_count, kept.flapping_minutes], [6, 90]);
  } finally {
    await ask(home, 'PUT', path, before);
  }
}
