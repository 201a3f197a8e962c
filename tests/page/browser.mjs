// Chromium, driven; a fresh profile each time, nothing in the background.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export async function openBrowser(viewport = { width: 1280, height: 900 }, more = {}) {
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  const profile = mkdtempSync(join(tmpdir(), 'vigia-page-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath, headless: true, viewport, locale: 'es', ...more,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage'],
  });
  return { context, close: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

/** Waits until nothing on the page says that it is loading. */
export async function settled(page) {
  await page.waitForFunction(() => document.querySelector('.tab-panel, .error, .note') && !document.querySelector('[aria-busy="true"], .skeleton'), null, { timeout: 30000 });
}

/** Waits until what the page promises is true. Playwright's waitForFunction takes the promise itself for true and waits for nothing. */
export async function until(page, promised, what, { timeout = 30000, every = 50 } = {}) {
  const end = Date.now() + timeout;
  while (!await page.evaluate(promised)) {
    if (Date.now() > end) {
      throw new Error(`not within ${timeout / 1000} s: ${what}`);
    }
    await page.waitForTimeout(every);
  }
}
