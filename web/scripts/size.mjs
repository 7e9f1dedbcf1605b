// Fails when the built UI weighs more than promised: gzip of what the first paint needs, and of everything.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { filesUnder } from './files.mjs';

const FIRST_PAINT = 58_000;
// Why it is not less: docs/decisions/0202-what-all-pages-weigh.md.
const EVERYTHING = 170_000;

if (!existsSync('dist/index.html')) {
  console.error('size: dist/ is missing; run `npm run build` first');
  process.exit(1);
}

// What is sent: the compressed file where the build has made one.
const weigh = (file) => (existsSync(`${file}.gz`) ? statSync(`${file}.gz`).size : gzipSync(readFileSync(file), { level: 9 }).length);
const html = readFileSync('dist/index.html', 'utf8');
const linked = [...html.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((m) => join('dist', m[1]));

const rows = filesUnder('dist')
  .filter((file) => !/\.(br|gz)$/.test(file))
  .map((file) => ({ file, bytes: weigh(file), first: file === join('dist', 'index.html') || linked.includes(file) }))
  .sort((a, b) => Number(b.first) - Number(a.first) || b.bytes - a.bytes);

const sum = (list) => list.reduce((total, row) => total + row.bytes, 0);
const first = sum(rows.filter((row) => row.first));
const all = sum(rows);

for (const row of rows) console.log(`${String(row.bytes).padStart(7)}  ${row.first ? '●' : ' '}  ${row.file}`);
console.log(`first paint ${first} of ${FIRST_PAINT} bytes gzip, everything ${all} of ${EVERYTHING}`);
if (first > FIRST_PAINT || all > EVERYTHING) {
  console.error('size: over budget');
  process.exit(1);
}
