// Chromium, driven: one for all of a run, in which whoever asks gets a context of its own with nothing kept of before; a Chromium each would cost three times as
// much. The headless shell, where it is, takes a quarter less of the processor than Chromium with a window that is not shown. What is about connections that fail and come back, and about what a device keeps meanwhile, takes a Chromium with a profile on disk, as people have.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

/** Where Chromium is; undefined where it is nowhere. */
export const executable = process.env.CHROMIUM ?? ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome'].map((name) => `/usr/bin/${name}`).find((path) => existsSync(path));
const launching = {
  executablePath: executable, headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage'],
};
let browser = null;

export async function openBrowser(viewport = { width: 1280, height: 900 }, more = {}) {
  browser ??= await chromium.launch(launching);
  const context = await browser.newContext({ viewport, locale: 'es', ...more });
  return { context, close: () => context.close() };
}

export async function openProfile(viewport) {
  const profile = mkdtempSync(join(tmpdir(), 'vigia-page-'));
  const context = await chromium.launchPersistentContext(profile, { ...launching, viewport, locale: 'es' });
  return { context, close: async () => { await context.close(); rmSync(profile, { recursive: true, force: true }); } };
}

export async function closeBrowser() {
  await browser?.close();
  browser = null;
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
