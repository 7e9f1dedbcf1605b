import './styles/base.css';
import './styles/tokens.css';

import { mount } from 'svelte';

import App from './App.svelte';

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app');
mount(App, { target });

// An installed page opens at once; where the browser has no secure context it does without.
if (import.meta.env.PROD) void navigator.serviceWorker?.register(new URL('sw.js', document.baseURI)).catch(() => undefined);
