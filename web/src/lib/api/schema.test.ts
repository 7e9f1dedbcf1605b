import { readFileSync } from 'node:fs';

import openapi, { astToString } from 'openapi-typescript';
import { expect, test } from 'vitest';

test('schema.gen.ts is what openapi-typescript makes of openapi.json', async () => {
  const document = new URL('../../../openapi.json', import.meta.url);
  const made = astToString(await openapi(document));
  const kept = readFileSync(new URL('./schema.gen.ts', import.meta.url), 'utf8');

  expect(kept.endsWith(made), 'run `npm run generate` and commit the result').toBe(true);
});
