// From a shut door and nothing to watch to being told, without a mouse.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';

import { accessible, fits, NARROW, visiting } from './browser.mjs';

/** Of the token that the simulated cluster knows for whoever may look; it follows from the demo's seed. */
const SECRET = 'c9ab520f-483d-4a31-a9be-af210ed0d5e9';

/** Goes on by the Tab key until `wanted` has the focus, as whoever has no mouse does. */
async function tabTo(page, wanted) {
  await wanted.waitFor();
  for (let presses = 0; presses < 120; presses++) {
    if (await wanted.evaluate((it) => it === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`the Tab key does not lead to ${wanted}`);
}

async function type(page, label, text) {
  await tabTo(page, page.getByLabel(new RegExp(`^${label}`)));
  await page.keyboard.type(text);
}

async function press(page, name) {
  await tabTo(page, page.getByRole('button', { name, exact: true }));
  await page.keyboard.press('Enter');
}

/** A place that takes messages; `code` is there once one with a code has come. */
async function listener() {
  let tell;
  const code = new Promise((resolve) => (tell = resolve));
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => (body += part));
    request.on('end', () => {
      const found = /its code is (\d{4})/.exec(body);
      if (found !== null) tell(found[1]);
      response.end('taken');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/alerts`, code, stop: () => server.close() };
}

export async function theFirstStepsLeadToBeingTold(home) {
  const sink = await listener();
  try {
    await visiting(home, '', { expected: /401/ }, async (page) => {
      await accessible(page, 'the shut door');
      await type(page, 'Set-up code', home.code);
      await type(page, 'Name', 'ada');
      await type(page, 'Password', 'correct horse battery');
      await press(page, 'Make the account');

      await page.getByRole('heading', { name: 'First steps' }).waitFor();
      const form = page.getByRole('form', { name: 'Add a target' });
      await form.waitFor();
      await page.waitForFunction(() => document.activeElement?.getAttribute('name') === 'name');
      await accessible(page, 'the first step');
      await page.keyboard.type('homelab');
      await type(page, 'Address', home.lab.address);
      await type(page, 'Token secret', SECRET);
      await press(page, 'Test');
      // The host's certificate is shown, to be compared, and taken.
      await press(page, 'It is the same, use it');
      assert.equal(await form.locator('[name=fingerprint]').inputValue(), home.lab.fingerprint);
      await press(page, 'Add target');

      await page.getByLabel('Kind').waitFor();
      await accessible(page, 'the second step');
      await tabTo(page, page.getByLabel('Kind'));
      await page.keyboard.type('Webhook');
      await type(page, 'Name', 'phone');
      await type(page, 'Address', sink.url);
      await press(page, 'Save');
      await press(page, 'Send a test: phone');
      await type(page, 'Four digits from the message', await sink.code);
      await page.keyboard.press('Enter');
      await page.getByText('Proven: what is sent there is read.').waitFor();
      await press(page, 'Next');

      await press(page, 'Quiet');
      await page.getByRole('link', { name: /What counts as wrong.Quiet/ }).waitFor();
      await accessible(page, 'the third step');
      await press(page, 'Next');
      await page.getByText('All is set up.', { exact: false }).waitFor();
      await accessible(page, 'the end of the first steps');

      await tabTo(page, page.getByRole('link', { name: 'Go to the overview' }));
      await page.keyboard.press('Enter');
      await page.getByText('3 of 3 nodes online').waitFor();
    });
  } finally {
    sink.stop();
  }
}

export async function theFirstStepsCanBeLeftAndTakenUp(home) {
  await visiting(home, 'settings/start?step=target', { viewport: NARROW, scheme: 'dark', expected: /401/ }, async (page) => {
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('correct horse battery');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    await page.getByText('homepulse watches:').waitFor();
    for (const step of ['target', 'channel', 'profile', 'ready']) {
      await page.locator(`a[href$="step=${step}"][aria-current=step]`).waitFor();
      // Under the bar that stays on top, targets are cut off for as long as they are there.
      await page.evaluate(() => scrollTo(0, 0));
      await accessible(page, `the step ${step}`);
      await fits(page, `the step ${step}`);
      if (step !== 'ready') await page.getByRole('button', { name: 'Next' }).click();
    }
  });
}
