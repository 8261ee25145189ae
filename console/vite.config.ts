import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` and `vite preview` send API calls. */
const server = process.env.ROTA_URL ?? 'http://127.0.0.1:7070';
const proxy = { '/v1': server, '/integrations': server };
/** As the server has it, but for the nonce, which `vite preview` leaves as it stands in the page. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-__ROTA_NONCE__'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self'; base-uri 'none'; " +
  "form-action 'self'; frame-ancestors 'none'";

export default defineConfig({
  plugins: [react()],
  build: {
    target: ['chrome120', 'firefox120', 'safari17'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy },
  preview: { proxy, headers: { 'Content-Security-Policy': policy } },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], restoreMocks: true },
});
