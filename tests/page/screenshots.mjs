// Pictures of the page for the eye: node screenshots.mjs BASE_URL FOLDER [QUERY...]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { closeBrowser, openBrowser, settled } from './browser.mjs';

const [base, folder, ...queries] = process.argv.slice(2);
mkdirSync(folder, { recursive: true });
const shots = queries.length > 0 ? queries : ['lang=es', 'lang=en&dataset=owid', 'lang=pt&tab=rt', 'lang=pt&tab=alarm&show=alarm', 'lang=fr&tab=delays', 'lang=fr&tab=quality', 'lang=zh&tab=pyramid'];
for (const [width, scheme] of [[1400, 'light'], [1400, 'dark'], [320, 'light']]) {
  const { context, close } = await openBrowser({ width, height: 1000 }, { colorScheme: scheme });
  for (const query of shots) {
    const page = await context.newPage();
    page.on('console', (message) => message.type() === 'error' && console.error(query, message.text()));
    page.on('pageerror', (error) => console.error(query, error.message));
    await page.goto(`${base}/?${query}`);
    await settled(page).catch((error) => console.error(query, error.message));
    await page.screenshot({ path: join(folder, `${query.replaceAll(/[^a-z0-9]+/gi, '_')}_${width}_${scheme}.png`), fullPage: true });
    await page.close();
  }
  await close();
}
await closeBrowser();
