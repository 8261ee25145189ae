import { defineConfig } from '@playwright/test';
import e2e from './playwright.config';

/** What `npm run bench` measures, one after the other. */
export default defineConfig(e2e, {
  testDir: 'bench',
  testMatch: '*.bench.ts',
  workers: 1,
  timeout: 600_000,
  reporter: [['list'], ['./bench/table.ts']],
});
