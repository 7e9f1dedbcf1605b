import { expect, test } from 'vitest';

import { plain } from './console';

test('a log is text: no colours, no titles, no turned directions', () => {
  expect(plain('\u001B[31;1mjoined\u001B[0m the game')).toBe('joined the game');
  expect(plain('\u001B]0;owned\u0007[12:00] ok')).toBe('[12:00] ok');
  expect(plain('a\u202Eb\u2066c\rd')).toBe('abcd');
  expect(plain('tab\tstays <b>as it is</b>')).toBe('tab\tstays <b>as it is</b>');
});
