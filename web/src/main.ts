import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import { mount } from 'svelte';
import App from './App.svelte';
import { router } from './lib/router/router.svelte';
import { session } from './lib/stores/session.svelte';
import { stream, watchWakeUps } from './lib/stream';
import { reportUnauthorized } from './lib/api/client';

router.listen();
watchWakeUps();
stream.onUnauthorized = reportUnauthorized;
void session.load();

mount(App, { target: document.getElementById('app')! });
