// Chromium, driven: one for all of a run, in which whoever asks gets a profile of its own with nothing kept of before. (A Chromium each would cost three times as much.)
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

let browser = null;

export async function openBrowser(viewport = { width: 1280, height: 900 }, more = {}) {
  const executablePath = process.env.CHROMIUM ?? ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
  browser ??= await chromium.launch({
    executablePath, headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-dev-shm-usage'],
  });
  const context = await browser.newContext({ viewport, locale: 'es', ...more });
  return { context, close: () => context.close() };
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
