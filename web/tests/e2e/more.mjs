// Journeys through pages that act: alerts, silences, rules, channels, views.
import assert from 'node:assert/strict';

import { accessible, until, visiting } from './browser.mjs';

const arrived = (page) => page.locator('header time').waitFor({ state: 'attached' });
const oneAlert = (page) => page.getByRole('button', { name: /^Acknowledge the alert of/ }).first();

export async function columnsAndViewsAreKept(home) {
  await visiting(home, 'guests?q=state:running', {}, async (page) => {
    await arrived(page);
    await page.getByRole('button', { name: 'Columns' }).click();
    await accessible(page, 'the choice of columns');
    await page.getByRole('checkbox', { name: 'Pool' }).check();
    await page.getByRole('checkbox', { name: 'CPU, 1 h' }).uncheck();
    await page.keyboard.press('Escape');
    await page.getByRole('columnheader', { name: 'Pool' }).waitFor();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('textbox', { name: 'Name of this view' }).fill('mine');
    await page.keyboard.press('Enter');
    await page.reload();
    await page.getByRole('columnheader', { name: 'Pool' }).waitFor();
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'All guests' }).click();
    await until(page, () => !location.search.includes('q='));
    await page.getByRole('button', { name: 'Views' }).click();
    await page.getByRole('button', { name: 'mine', exact: true }).click();
    await until(page, () => location.search.includes('q=state:running'));
  });
}

export async function theLinkCanBeHeld(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await arrived(page);
    await page.keyboard.press('.');
    const chip = page.getByRole('button', { name: /^Held/ });
    await chip.waitFor();
    await page.keyboard.press('.');
    await chip.waitFor({ state: 'detached' });
  });
}

export async function backupsAreShownByDay(home) {
  await visiting(home, 'backups', {}, async (page) => {
    await page.locator('tbody a[data-row]').first().waitFor();
    assert.equal(await page.locator('tbody tr').first().locator('[role=img] > span').count(), 14);
    await page.getByRole('searchbox', { name: 'Find a guest' }).fill('100');
    await until(page, () => document.querySelectorAll('tbody a[data-row]').length === 1);
    await page.locator('tbody a[data-row]').first().click();
    await page.getByRole('dialog').getByRole('heading', { name: 'Snapshots' }).waitFor();
    await accessible(page, 'the backups of a guest');
  });
}

export async function anAlertIsPutOffAndTakenBack(home) {
  await visiting(home, 'alerts', {}, async (page) => {
    const take = oneAlert(page);
    await take.waitFor({ timeout: 120_000 });
    const id = await take.locator('xpath=ancestor::li').getAttribute('data-alert');
    const item = page.locator(`[data-alert="${id}"]`);
    await item.getByRole('button', { name: /^Snooze the alert of/ }).click();
    await page.getByRole('button', { name: 'For an hour' }).click();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Undone.').waitFor();

    await item.locator('a.message').click();
    const dialog = page.getByRole('dialog', { name: /^Alert of/ });
    await dialog.getByRole('heading', { name: 'Who was told' }).waitFor();
    await accessible(page, 'the details of an alert');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  });
}

export async function silencesBeginAndEnd(home) {
  await visiting(home, 'alerts?tab=silences', {}, async (page) => {
    await page.getByText('Silence something').click();
    await page.getByText(/^Means \d+ resource/).waitFor();
    await page.getByLabel('Why').fill('a journey');
    await accessible(page, 'a silence to be made');
    await page.getByRole('button', { name: 'Silence', exact: true }).click();
    const silence = page.locator('li', { hasText: 'a journey' });
    await silence.first().waitFor();
    await silence.getByRole('button', { name: /^End the silence of/ }).click();
    await silence.first().waitFor({ state: 'detached' });
  });
}

export async function channelsAreSetUpAndProven(home) {
  await visiting(home, 'settings/notifications', { expected: /400|422/ }, async (page) => {
    await page.getByRole('button', { name: 'Add a channel' }).click();
    await page.getByLabel('Kind').selectOption({ label: 'ntfy' });
    await accessible(page, 'a channel to be set up');
    await page.getByLabel('Kind').selectOption('');
    await page.getByLabel('Name').fill('journey');
    await page.getByLabel('Or paste an address of Apprise or Shoutrrr').fill('json://127.0.0.1:9/alerts');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: /^Send a test: Webhook/ }).click();
    const code = page.getByLabel('Four digits from the message');
    await code.fill('0000');
    await page.getByRole('button', { name: 'Prove' }).click();
    await page.getByRole('alert').first().waitFor();
  });
}

export async function rulesAreTriedOnThePast(home) {
  await visiting(home, 'alerts?tab=rules', {}, async (page) => {
    const cpu = page.locator('.limit', { hasText: 'CPU' }).first();
    await cpu.getByLabel('Warning at').fill('1');
    await page.keyboard.press('Tab');
    await cpu.getByText(/would have fired \d+×/).waitFor({ timeout: 120_000 });
    await accessible(page, 'rules');
    await cpu.getByRole('button', { name: 'Cancel' }).click();
  });
}

export async function routingIsSimulated(home) {
  await visiting(home, 'alerts?tab=routing', {}, async (page) => {
    await arrived(page);
    await page.getByRole('button', { name: 'Who would be told?' }).click();
    await page.getByText('no route has matched').waitFor();
    await accessible(page, 'the simulated routing');
  });
}
