import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';

/** Forbids imports of the folders that a layer must not know. */
const knowsNot = (...folders) => ({
  'no-restricted-imports': [
    'error',
    { patterns: [{ regex: `/(${folders.join('|')})/`, message: 'This layer must not know that one.' }] },
  ],
});

export default ts.config(
  { ignores: ['dist/', 'src/lib/api/schema.gen.ts'] },
  js.configs.recommended,
  ts.configs.strict,
  svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: { 'svelte/no-navigation-without-resolve': 'off', 'svelte/prefer-svelte-reactivity': 'off' },
  },
  { files: ['scripts/**', 'tests/**', '*.config.*'], languageOptions: { globals: { ...globals.node } } },
  {
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'Only lib/api asks the server.' },
        { name: 'WebSocket', message: 'Only lib/live opens a socket.' },
      ],
    },
  },
  { files: ['public/sw.js'], languageOptions: { globals: { ...globals.serviceworker } } },
  { files: ['public/sw.js', 'src/lib/api/client.ts', 'src/lib/live/**', 'scripts/**', 'tests/**'], rules: { 'no-restricted-globals': 'off' } },
  { files: ['scripts/**', 'tests/**'], rules: { 'no-console': 'off' } },
  { files: ['src/lib/ui/**'], rules: knowsNot('api', 'live', 'domain', 'routes', 'charts') },
  { files: ['src/lib/format/**'], rules: knowsNot('api', 'live', 'domain', 'routes', 'ui', 'charts') },
  { files: ['src/lib/charts/**'], rules: knowsNot('live', 'domain', 'routes') },
  { files: ['src/lib/domain/**', 'src/lib/live/**', 'src/lib/api/**', 'src/lib/nav/**'], rules: knowsNot('routes') },
);
