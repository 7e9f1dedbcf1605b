// The first steps, from nothing to being told.
export const start = {
  title: 'First steps',
  text: 'From nothing to being told, in three steps. Each can be left out and done later; what you have done is kept.',
  steps: { target: 'A host to watch', channel: 'A way to tell you', profile: 'What counts as wrong', ready: 'Ready' } as Record<string, string>,
  states: { done: 'done', begun: 'begun', open: 'to do' } as Record<string, string>,
  skip: 'Not now',
  next: 'Next',
  watching: 'homepulse watches:',
  another: 'Add another target',
  demo: 'No Proxmox host at hand? This runs homepulse against a simulated home lab, apart from this one, and leaves nothing behind:',
  channelText: 'Choose where messages go, send a test, and give back the four digits that arrive: then you know that you would be told.',
  profileText: 'One choice sets every limit. Single limits can be changed afterwards, for everything or for one guest.',
  readyAll: 'All is set up. When something needs you, you will be told.',
  readySome: 'You can go on now, and come back for what is left: it stands under Settings.',
  look: 'Go to the overview',
  account: 'Everybody on this machine is let in. An account closes the door:',
  makeAccount: 'Make an account',
};
