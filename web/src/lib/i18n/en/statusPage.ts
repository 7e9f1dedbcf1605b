// The public status page.
export const statusPage = {
  title: 'Status page',
  intro: 'A page for everybody, without signing in: how what you choose is doing, and for how much of the last 90 days it was up. Nothing else is shown.',
  enabled: 'Show the page to everybody who knows its address',
  heading: 'Heading',
  slug: 'Address',
  nameOf: (name: string): string => `What outsiders see ${name} called`,
  up: 'Up',
  upOf: (name: string): string => `Move ${name} up`,
  drop: 'Take it off the page',
  dropOf: (name: string): string => `Take ${name} off the page`,
  none: 'Nothing is shown yet.',
  add: 'Show one more',
  choose: 'Choose…',
  save: 'Save',
  saved: 'Saved. The page shows it within a minute.',
};
