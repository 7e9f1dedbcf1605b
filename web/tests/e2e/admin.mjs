// Journeys of whoever runs the place: limits, routing, targets, control, the audit, the status page.
import assert from 'node:assert/strict';

import { accessible, ask, fits, NARROW, until, visiting } from './browser.mjs';

const arrived = (page) => page.locator('header time').waitFor({ state: 'attached' });
const openFirst = async (page) => {
  await arrived(page);
  await page.locator('tbody a[data-row]').first().click();
};

export async function limitsArePulledOnTheChart(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await openFirst(page);
    await page.getByRole('button', { name: 'Alerts & limits' }).click();
    const cpu = page.locator('.limit', { hasText: 'CPU' }).first();
    await cpu.getByRole('button', { name: 'On a chart' }).click();
    const handle = cpu.getByRole('slider', { name: 'Warning at' });
    await handle.waitFor();
    const before = Number(await cpu.getByLabel('Warning at').first().inputValue());
    const box = await handle.boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await until(page, (was) => Number(document.querySelector('.limit input')?.value) < was, before);
    await cpu.getByText(/would (not )?have fired/).waitFor({ timeout: 120_000 });

    // The same by keyboard.
    const pulled = Number(await cpu.getByLabel('Warning at').first().inputValue());
    await handle.focus();
    await page.keyboard.press('ArrowUp');
    await until(page, (was) => Number(document.querySelector('.limit input')?.value) > was, pulled);
    await accessible(page, 'limits on a chart');
    await cpu.getByRole('button', { name: 'Cancel' }).click();
  });
}

export async function visitorsMayChangeLimits(home) {
  await visiting(home, 'alerts?tab=rules', {}, async (page) => {
    const memory = page.locator('.limit', { hasText: 'Memory' }).first();
    const field = memory.getByLabel('Warning at');
    const before = await field.inputValue();
    await field.fill('99');
    await page.keyboard.press('Tab');
    await memory.getByRole('button', { name: 'Save' }).click();
    await memory.getByText('set here').waitFor();
    await memory.getByRole('button', { name: 'Back to what holds elsewhere' }).click();
    await until(page, (was) => [...document.querySelectorAll('.limit')].find((one) => one.textContent.includes('Memory'))?.querySelector('input')?.value === was, before);
  });
}

export async function routingIsChangedByAForm(home) {
  await visiting(home, 'alerts?tab=routing', { viewport: NARROW }, async (page) => {
    await arrived(page);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('button', { name: 'Add a route' }).click();
    await page.getByLabel('Name of the route').fill('Only the worst');
    await page.getByRole('checkbox', { name: 'Critical' }).first().check();
    await fits(page, 'the form of the routing');
    await accessible(page, 'the form of the routing');
    await page.getByLabel('Severity').selectOption('critical');
    await page.getByRole('button', { name: 'Who would be told?' }).click();
    await page.getByRole('status').getByText('Only the worst').waitFor();
    await page.getByRole('button', { name: 'Save the routing' }).click();
    await page.getByText('Saved. It holds at once.').waitFor();
    await page.locator('li', { hasText: 'Only the worst' }).waitFor();
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('button', { name: 'Remove Only the worst' }).click();
    await page.getByRole('button', { name: 'Save the routing' }).click();
    await page.locator('li', { hasText: 'Only the worst' }).waitFor({ state: 'detached' });
  });
}

export async function controlAsksToBeAllowedFirst(home) {
  await visiting(home, 'guests', {}, async (page) => {
    await openFirst(page);
    await page.getByRole('button', { name: 'Control', exact: true }).click();
    await page.getByText('homepulse only watches this host.').waitFor();
    await accessible(page, 'control');
  });
}

export async function theAuditTellsWhoChangedWhat(home) {
  await visiting(home, 'alerts?tab=routing', {}, async (page) => {
    await arrived(page);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByRole('button', { name: 'Save the routing' }).click();
    await page.getByText('Saved. It holds at once.').waitFor();
    await page.goto(new URL('settings/audit', home.url).href);
    await page.getByText('PUT /api/hp/routing').first().waitFor();
    await accessible(page, 'the audit');
  });
}

export async function aStatusPageNeedsNoJavaScript(home) {
  await visiting(home, 'settings/status', {}, async (page) => {
    await page.getByLabel('Heading').fill('The <b>lab</b>');
    await page.getByLabel('Address', { exact: true }).fill('lab');
    await page.getByRole('checkbox', { name: /^Show the page/ }).check();
    const add = page.getByLabel('Show one more');
    await until(page, () => document.querySelectorAll('select option').length > 5);
    await add.selectOption({ index: 1 });
    await page.getByLabel(/^What outsiders see/).first().fill('Something "quoted"');
    await accessible(page, 'the setting of the status page');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. The page shows it').waitFor();
  });
  for (const colorScheme of ['light', 'dark']) {
    const context = await home.browser.newContext({ javaScriptEnabled: false, colorScheme, viewport: NARROW });
    try {
      const page = await context.newPage();
      const answer = await page.goto(new URL('status/lab', home.url).href);
      assert.equal(answer.status(), 200);
      assert.match(answer.headers()['content-security-policy'], /default-src 'none'/);
      await page.getByRole('heading', { name: 'The <b>lab</b>' }).waitFor();
      await page.getByText('Something "quoted"').waitFor();
      assert.equal(await page.locator('.bars i').count(), 90);
    } finally {
      await context.close();
    }
  }
  await visiting(home, 'settings/status', {}, async (page) => {
    const button = page.getByRole('button', { name: /^Take .* off the page$/ });
    await button.first().click();
    await page.getByRole('checkbox', { name: /^Show the page/ }).uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved. The page shows it').waitFor();
  });
}

export async function aTargetIsChangedAndItsSecretKept(home) {
  // A closed port on this machine: nothing has to answer for its settings to be changed.
  const settings = { kind: 'pve', name: 'old cellar', address: 'https://127.0.0.1:9', token_id: 'homepulse@pve!monitor', token_secret: '00000000-0000-0000-0000-000000000000', verify: true };
  const made = await fetch(new URL('api/hp/targets', home.url), { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(settings) });
  assert.equal(made.status, 201);
  const { id } = await made.json();
  const path = new URL(`api/hp/targets/${id}`, home.url);
  try {
    await visiting(home, 'settings/targets', { expected: /status of 400/ }, async (page) => {
      await arrived(page);
      await page.getByRole('link', { name: 'Edit old cellar' }).click();
      await until(page, () => document.activeElement?.getAttribute('name') === 'name');
      assert.equal(await page.locator('input[name=token_secret]').inputValue(), '', 'a secret is never shown');
      await accessible(page, 'a target that is changed');
      await page.locator('input[name=address]').fill('');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('[aria-invalid=true]').count(), 1, 'an address is needed, a secret is not');
      await page.locator('input[name=address]').fill('https://127.0.0.1:10');
      await page.keyboard.press('Enter');
      // A token is not carried to another address without being named again.
      await page.getByText("another address needs the token's secret again").waitFor();
      await page.locator('input[name=address]').fill(settings.address);
      await page.locator('input[name=name]').fill('new cellar');
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'new cellar' }).waitFor();
      await page.locator('form').waitFor({ state: 'detached' });
      await page.setViewportSize(NARROW);
      await page.getByRole('link', { name: 'Edit new cellar' }).click();
      await page.locator('form').waitFor();
      await fits(page, 'a target that is changed on a phone');
      await accessible(page, 'a target that is changed on a phone');
    });
    const { targets } = await (await fetch(new URL('api/hp/targets', home.url))).json();
    const kept = targets.find((one) => one.id === id);
    assert.deepEqual([kept.name, kept.address, kept.token_id], ['new cellar', settings.address, settings.token_id]);
  } finally {
    await fetch(path, { method: 'DELETE' });
  }
}

export async function everyKindOfHostIsEditedInItsOwnForm(home) {
  // Closed ports on this machine: nothing has to answer for settings to be changed.
  const engine = await ask(home, 'POST', 'api/hp/targets', { kind: 'docker', name: 'old shed', config: { address: 'http://127.0.0.1:9' } });
  const games = await ask(home, 'POST', 'api/hp/targets', { kind: 'game', name: 'old den', config: { servers: [{ name: 'table', host: '127.0.0.1', protocol: 'a2s', port: 9 }] } });
  try {
    await visiting(home, 'settings/targets', {}, async (page) => {
      await arrived(page);
      await page.getByRole('link', { name: 'Edit old shed' }).click();
      let form = page.getByRole('form', { name: 'Edit old shed' });
      await form.waitFor();
      assert.equal(await form.locator('[name=address]').inputValue(), 'http://127.0.0.1:9');
      assert.equal(await page.locator('[name=token_id]').count(), 0, 'a Docker host has no API token');
      await accessible(page, 'a Docker host that is changed');
      await form.locator('[name=name]').fill('new shed');
      await form.locator('[name=address]').fill('http://127.0.0.1:10');
      await page.keyboard.press('Enter');
      await form.waitFor({ state: 'detached' });

      await page.getByRole('button', { name: 'Allow control of new shed' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Allow control' }).click();
      await page.getByRole('button', { name: 'Only watch new shed' }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Allow control of old den' }).count(), 0, 'what is only asked cannot be told anything');

      await page.setViewportSize(NARROW);
      await page.getByRole('link', { name: 'Edit old den' }).click();
      form = page.getByRole('form', { name: 'Edit old den' });
      const server = form.locator('fieldset');
      await server.waitFor();
      assert.equal(await server.locator('[name=host]').inputValue(), '127.0.0.1');
      await fits(page, 'game servers that are changed on a phone');
      await accessible(page, 'game servers that are changed on a phone');
      await server.locator('[name=port]').fill('10');
      await page.keyboard.press('Enter');
      await form.waitFor({ state: 'detached' });
    });
    const { targets } = await ask(home, 'GET', 'api/hp/targets');
    const kept = (id) => targets.find((one) => one.id === id);
    assert.deepEqual([kept(engine.id).name, kept(engine.id).config, kept(engine.id).control], ['new shed', { address: 'http://127.0.0.1:10', control: true }, true]);
    assert.equal(kept(games.id).config.servers[0].port, 10);
  } finally {
    for (const { id } of [engine, games]) await ask(home, 'DELETE', `api/hp/targets/${id}`);
  }
}
