// Journeys through the door; they change the server for whoever comes next, and so have one of their own.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';

import { accessible, fits, NARROW, visiting } from './browser.mjs';

const PASSWORD = 'correct horse battery';
const refused = /401/;

const logIn = async (page, password) => {
  await page.getByLabel('Name').fill('ada');
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in', exact: true }).click();
};

export async function theFirstAccountIsMadeAndClosesTheDoor(home) {
  await visiting(home, 'settings/account', { expected: refused }, async (page) => {
    await accessible(page, 'the first account');
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Make the account' }).click();
    await page.getByText('You are ada.').waitFor();
    await page.getByText('this browser').waitFor();
    await accessible(page, 'the account');
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
  });
}

export async function whoeverKnowsThePasswordGetsIn(home) {
  await visiting(home, '', { viewport: NARROW, scheme: 'dark', expected: refused }, async (page) => {
    await accessible(page, 'the log-in');
    await fits(page, 'the log-in');
    await logIn(page, 'a wrong password');
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await logIn(page, PASSWORD);
    await page.locator('header time').waitFor({ state: 'attached' });
    assert.equal(await page.evaluate(() => document.cookie), '', 'scripts cannot read the session');
    assert.equal(await page.evaluate(() => sessionStorage.length), 0, 'and it is kept nowhere else');
  });
}

/** What an authenticator app shows now for a secret (RFC 6238). */
function codeOf(secret) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

export async function anAuthenticatorAppIsSetUp(home) {
  await visiting(home, 'settings/account', { scheme: 'dark', expected: refused }, async (page) => {
    await logIn(page, PASSWORD);
    await page.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Present password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    const drawn = dialog.getByRole('img', { name: 'QR code of the secret below' });
    await drawn.waitFor();
    assert.match(await drawn.locator('path').getAttribute('d'), /^M0 0h7v1h-7z/, 'the first corner mark');
    await accessible(page, 'an authenticator app to be set up');
    const secret = (await dialog.locator('pre').textContent()).trim();
    await dialog.getByLabel('Six digits').fill(codeOf(secret));
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await dialog.getByText('Keep these on paper', { exact: false }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Ask for it no more' }).click();
    await dialog.getByLabel('Present password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Go on' }).click();
    await page.getByRole('button', { name: 'Set up' }).waitFor();
  });
}

export async function peopleAndTokensAreManaged(home) {
  await visiting(home, 'settings/people', { expected: refused }, async (page) => {
    await logIn(page, PASSWORD);
    await page.getByRole('button', { name: 'Add somebody' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('bob');
    await dialog.getByLabel('Password').fill(PASSWORD);
    await dialog.getByRole('button', { name: 'Add somebody' }).click();
    await page.getByText('bob', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Make a token' }).click();
    await dialog.getByLabel('Name').fill('grafana');
    await accessible(page, 'a new token');
    await dialog.getByRole('button', { name: 'Make a token' }).click();
    await dialog.getByText(/^hp_/).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('grafana', { exact: true }).waitFor();
    await accessible(page, 'people and tokens');
    await page.setViewportSize(NARROW);
    await fits(page, 'people and tokens');
    await page.getByRole('button', { name: 'Revoke' }).click();
    await dialog.getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No token was made yet.').waitFor();
  });
}
