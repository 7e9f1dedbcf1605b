/** A line of a log without what would colour, move or overwrite it on a terminal, or turn its direction on a page. */
export const plain = (line: string): string =>
  // eslint-disable-next-line no-control-regex -- control characters are what is taken away
  line.replaceAll(/\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)?|[@-_])|[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/gu, '');
