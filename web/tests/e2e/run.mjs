// Journeys through the real product in Debian's Chromium: `node tests/e2e/run.mjs [part of a name]`.
// HOMEPULSE_BIN names the binary; `homepulse demo` prints the address it listens on.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import * as admin from './admin.mjs';
import * as accounts from './accounts.mjs';
import * as care from './care.mjs';
import * as first from './first.mjs';
import * as games from './games.mjs';
import * as journeys from './journeys.mjs';
import * as more from './more.mjs';
import * as past from './past.mjs';
import { door, provider } from './provider.mjs';
import * as signon from './signon.mjs';
import * as telling from './telling.mjs';

const binary = process.env.HOMEPULSE_BIN ?? fileURLToPath(new URL('../../../target/debug/homepulse', import.meta.url));
const browserPath = process.env.CHROMIUM ?? '/usr/bin/chromium';
for (const [what, path] of [['the product (cargo build)', binary], ['Chromium (apt-get install chromium)', browserPath]]) {
  if (!existsSync(path)) {
    console.error(`e2e: ${what} is missing at ${path}`);
    process.exit(1);
  }
}

const START_WITHIN = 120_000;

/** Starts `homepulse demo`; answers its address and how to stop it. */
const start = (...more) => run('demo', '--nodes', '3', '--guests', '30', ...more);

async function run(command, ...more) {
  const child = spawn(binary, [command, '--listen', '127.0.0.1:0', ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, API_TOKEN: '' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`homepulse ${command} named no address in time`)), START_WITHIN);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/127\.0\.0\.1:\d+\/\S*/.exec(line);
      if (found === null) return;
      clearTimeout(late);
      resolve(found[0].endsWith('/') ? found[0] : `${found[0]}/`);
    });
    child.once('exit', (code) => reject(new Error(`homepulse ${command} ended with ${code}`)));
  });
  return {
    url,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

const only = process.argv[2] ?? '';
const browser = await chromium.launch({
  executablePath: browserPath,
  args: [
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
});

let failed = 0;
async function suite(name, server, list) {
  for (const journey of list) {
    const title = `${name}: ${journey.name}`;
    if (!title.includes(only)) continue;
    const began = performance.now();
    try {
      await journey({ browser, ...server });
      console.log(`ok    ${title} (${Math.round(performance.now() - began)} ms)`);
    } catch (error) {
      failed += 1;
      console.log(`FAIL  ${title}\n${error.stack}`);
    }
  }
}

const root = await start();
await suite('root', root, [...Object.values(journeys), ...Object.values(more), ...Object.values(games), ...Object.values(past), ...Object.values(telling), ...Object.values(admin), ...Object.values(care)]);
await root.stop();

const below = await start('--base-path', '/x/y/');
if (!new URL(below.url).pathname.startsWith('/x/y/')) throw new Error(`the address names no base path: ${below.url}`);
await suite('/x/y/', below, [games.aGameServerTellsWhoPlays, journeys.pagesAreClean, journeys.deepLinksWork, journeys.drawerShowsCharts, journeys.keyboardAlone, past.thePastIsShownInTheSamePages, past.gameServersOfThePastAreShownAsTheyWere, admin.aStatusPageNeedsNoJavaScript, care.otherProgramsAreToldWhereToAsk]);
await below.stop();

const guarded = await start();
// Nothing is set up there, and a proxy in front of it shuts the door that a machine's own people have.
const scratch = mkdtempSync(join(tmpdir(), 'homepulse-e2e-'));
writeFileSync(join(scratch, 'config.toml'), 'trusted_proxies = ["192.0.2.1"]\n');
const place = ['--config', join(scratch, 'config.toml'), '--data-dir', join(scratch, 'data'), '--log', 'warn'];
const fresh = await run('serve', ...place);
fresh.code = JSON.parse(execFileSync(binary, ['setup', '--json', ...place], { encoding: 'utf8' })).setup_code;
fresh.lab = (await (await fetch(new URL('api/hp/targets', guarded.url))).json()).targets.find((one) => one.kind === 'pve');
await suite('first', fresh, [first.theFirstStepsLeadToBeingTold, first.theFirstStepsCanBeLeftAndTakenUp]);
await fresh.stop();
rmSync(scratch, { recursive: true });

// In this order: the first account closes the door. A module's own order is that of the alphabet.
await suite('accounts', guarded, [accounts.theFirstAccountIsMadeAndClosesTheDoor, accounts.whoeverKnowsThePasswordGetsIn, accounts.anAuthenticatorAppIsSetUp, accounts.peopleAndTokensAreManaged]);
await guarded.stop();

// The provider sends people back to an address that has to be known before the server is there.
const [entrance, family] = await Promise.all([door(), provider()]);
const signed = mkdtempSync(join(tmpdir(), 'homepulse-e2e-'));
writeFileSync(
  join(signed, 'config.toml'),
  `public_url = "${entrance.url}"\n[oidc]\nlabel = "the family’s door"\nissuer = "${family.issuer}"\nclient_id = "${family.client}"\n[oidc.roles]\nadmins = ["admins"]\n`,
);
const behind = await run('serve', '--config', join(signed, 'config.toml'), '--data-dir', join(signed, 'data'), '--log', 'warn');
entrance.leadTo(behind.url);
await suite('sign-on', { url: entrance.url, provider: family }, Object.values(signon));
await behind.stop();
entrance.stop();
family.stop();
rmSync(signed, { recursive: true });

await browser.close();
console.log(failed === 0 ? 'e2e: all well' : `e2e: ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
