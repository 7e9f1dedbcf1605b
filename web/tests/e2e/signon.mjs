// The journey of somebody who logs in, and out, at a provider.
import assert from 'node:assert/strict';

import { accessible, visiting } from './browser.mjs';

const refused = /401/;

export async function whoLeavesIsLoggedOutAtTheProviderToo(home) {
  const { world, issuer, client } = home.provider;
  await visiting(home, 'settings/account', { expected: refused }, async (page) => {
    const signOn = page.getByRole('button', { name: 'the family’s door' });
    await signOn.waitFor();
    await accessible(page, 'the log-in with a provider');
    await signOn.click();
    await page.getByRole('link', { name: 'I am ada' }).click();
    // The first round came back here, and somebody is in at both ends.
    await page.locator('header time').waitFor({ state: 'attached' });
    assert.ok(page.url().startsWith(home.url), page.url());
    assert.equal(world.isIn, true);

    await page.goto(new URL('settings/account', home.url).href);
    await page.getByText('You are ada.').waitFor();
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'You have left' }).waitFor();
    assert.ok(page.url().startsWith(`${issuer}/logout?`), page.url());
    assert.deepEqual(world.ended, [{ client_id: client, id_token_hint: world.given[0] }]);

    // Neither end lets anybody in without a word any more.
    await page.goto(home.url);
    await signOn.click();
    await page.getByRole('heading', { name: 'Who are you?' }).waitFor();
    assert.equal(world.given.length, 1);
  });
}
