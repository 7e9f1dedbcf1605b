// Takes comments and blanks out of the scripts that are copied as they are, and puts a .br and a .gz beside every text asset in dist/, so that the server never compresses.
import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

import zopfli from '@gfx/zopfli';
import { minify } from 'vite';

import { filesUnder } from './files.mjs';

for (const file of ['dist/sw.js', 'dist/theme.js']) writeFileSync(file, (await minify(file, readFileSync(file, 'utf8'))).code);

for (const file of filesUnder('dist')) {
  if (!/\.(html|js|css|svg|json|webmanifest|txt)$/.test(file)) continue;
  const bytes = readFileSync(file);
  // A twenty-fifth smaller than the smallest that zlib makes of it, for a second of the build.
  writeFileSync(`${file}.gz`, await zopfli.gzipAsync(bytes, { numiterations: 15 }));
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(bytes, {
      params: {
        [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      },
    }),
  );
}
