import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

interface Graph {
  getModuleInfo: (id: string) => { isEntry: boolean; importers: readonly string[] } | null;
}

/** Whether a module comes with the page itself, because a chain of plain imports leads to it from there. */
function isFirst(id: string, graph: Graph, seen = new Set<string>()): boolean {
  const info = graph.getModuleInfo(id);
  if (info === null || seen.has(id)) return false;
  seen.add(id);
  return info.isEntry || info.importers.some((importer) => isFirst(importer, graph, seen));
}

function chunkOf(id: string, graph: Graph): string {
  return isFirst(id, graph) ? 'first' : 'pages';
}

const backend = process.env['HOMEPULSE_URL'] ?? 'http://127.0.0.1:7655';

export default defineConfig({
  base: './',
  plugins: [svelte()],
  build: {
    target: 'es2023',
    cssMinify: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Many small files compress a sixth worse than a few: what is fetched after the first paint comes in one.
    rolldownOptions: { output: { advancedChunks: { includeDependenciesRecursively: false, groups: [{ name: chunkOf }] } } },
  },
  server: {
    proxy: {
      '/api': { target: backend },
      '/ws': { target: backend, ws: true },
    },
  },
  ...(process.env['VITEST'] === undefined ? {} : { resolve: { conditions: ['browser'] } }),
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
