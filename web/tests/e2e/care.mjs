// Journeys of whoever looks after the installation: how it is exposed, its updates, its audit, other programs.
import assert from 'node:assert/strict';

import { accessible, fits, NARROW, visiting } from './browser.mjs';

export async function securitySaysWhoHasSetWhat(home) {
  await visiting(home, 'settings/security', {}, async (page) => {
    const listens = page.getByRole('row', { name: /^Listens on/ });
    await listens.getByText(new URL(home.url).host, { exact: false }).or(listens.getByText('127.0.0.1:0')).waitFor();
    await listens.getByText('flag --listen').waitFor();
    await page.getByText('Everybody on this machine is let in', { exact: false }).waitFor();
    await page.getByRole('link', { name: 'Who did what' }).click();
    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText(/All [\d,]+ entries are what they were/).waitFor();
    await accessible(page, 'a checked audit');
  });
}

export async function anUpdateIsInstalledAfterAQuestion(home) {
  let status = { status: 'idle', progress: 0, message: 'no update was asked for', error: null, updatedAt: '' };
  const steps = ['requested', 'downloading', 'restarting', 'completed'];
  let asked = 0;
  await visiting(home, 'settings/about', {}, async (page) => {
    const answer = (body) => (route) => route.fulfill({ json: body() });
    await page.route('**/api/updates/check*', answer(() => ({
      available: true, currentVersion: '0.1.0', latestVersion: '9.0.0', releaseNotes: 'Everything is better.\n<b>Not bold.</b>',
      releaseDate: null, downloadUrl: null, isPrerelease: false, message: null, installKind: 'managed', command: 'homepulse update apply',
    })));
    await page.route('**/api/updates/status*', answer(() => {
      if (asked > 0) status = { ...status, status: steps[Math.min(asked++ - 1, steps.length - 1)], progress: 15 * asked, message: 'it goes on' };
      return status;
    }));
    await page.route('**/api/updates/apply', (route) => {
      asked = 1;
      return route.fulfill({ json: { success: true, message: 'Update started' } });
    });
    await page.getByRole('link', { name: 'Updates' }).click();
    await page.getByText('9.0.0 is there.').waitFor();
    await page.getByText('<b>Not bold.</b>', { exact: false }).waitFor();
    await accessible(page, 'an update');
    await page.getByRole('button', { name: 'Install' }).click();
    const dialog = page.getByRole('dialog');
    await accessible(page, 'the question before an update');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    assert.equal(asked, 0, 'nothing is installed without a yes');
    await page.getByRole('button', { name: 'Install' }).click();
    await dialog.getByRole('button', { name: 'Install' }).click();
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('button', { name: 'Show the new one' }).waitFor({ timeout: 120_000 });
    await page.setViewportSize(NARROW);
    await fits(page, 'an update');
  });
}

export async function otherProgramsAreToldWhereToAsk(home) {
  await visiting(home, 'settings/integrations', { viewport: NARROW }, async (page) => {
    for (const name of ['Prometheus', 'Home Assistant', 'A page for everybody', 'homelab']) await page.locator('summary', { hasText: name }).click();
    const texts = (await page.locator('pre').allTextContents()).join('\n');
    const { host, pathname } = new URL(home.url);
    assert.ok(texts.includes(`targets: ["${host}"]`), 'this address');
    assert.ok(texts.includes(`metrics_path: ${pathname}metrics`), 'this path');
    await page.getByText('pvesh create', { exact: false }).first().waitFor();
    await accessible(page, 'integrations');
    await fits(page, 'integrations');
  });
}
