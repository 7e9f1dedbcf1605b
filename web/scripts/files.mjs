import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Every file under `folder`, as paths that start with it. */
export function filesUnder(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
