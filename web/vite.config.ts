import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// FETTLE_SERVER points `vite` (development only) at a running server.
const server = process.env.FETTLE_SERVER ?? 'http://127.0.0.1:8420';

export default defineConfig({
  plugins: [svelte()],
  // The server says where the page lies (lib/router/base.ts).
  base: './',
  build: {
    target: 'es2022',
    // Recent browsers only, so that light-dark() and oklch() stay as written.
    cssTarget: ['chrome125', 'firefox128', 'safari18'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': { target: server } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
