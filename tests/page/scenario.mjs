// Tests of the scenario tab: against the stand-in server and, with a small town, against a running node.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const DAY = 86400000;

export function scenarioTests({ test, check, open, watch, openBrowser, settled, axe, overflow, base, mock, languages, widths, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const visit = async (context, lang = 'en') => {
    const page = await open(context, `lang=${lang}&dataset=${dataset}&tab=scenario`);
    await page.waitForSelector('.sc-card');
    return page;
  };
  const fill = async (page, id, value) => { await page.fill(id, String(value)); await page.locator(id).dispatchEvent('change'); };
  const span = async (page, scenario, row) => Promise.all(['from', 'to'].map(async (part) => Number(await page.locator(`#bar-${scenario}-${row}-${part}`).getAttribute('aria-valuenow'))));
  /** A town that any machine simulates in a second. */
  const small = async (page, name) => {
    await fill(page, '#sc-title', name);
    await fill(page, '#sc-population', 3000);
    await fill(page, '#sc-seeds', 5);
    await page.selectOption('#sc-country', 'CO');
    await page.selectOption('#sc-days', '91');
    await page.selectOption('#sc-runs', '10');
  };
  const runs = async (page) => {
    await page.click('#sc-go');
    await page.waitForFunction(() => document.querySelector('.sc-origin') && !document.querySelector('.sc-progress'), null, { timeout: 60000 });
  };
  const clear = async () => {
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    for (const one of simulations) {
      await fetch(`${base}/api/v1/simulations/${one.id}`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"action":"delete"}' });
    }
  };
  const fresh = async (more = {}, size = { width: 1280, height: 900 }) => openBrowser(size, more); // a draft is kept by the browser: tests that count on none take a new one

  test('scenarios: in every language and width the editor and the results fit, and axe finds nothing', async () => {
    const problems = [];
    const { context, close } = await fresh();
    for (const lang of languages) {
      const page = await visit(context, lang);
      await page.click('#choose-1-0');
      await small(page, 'Axe');
      await runs(page);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(80);
        const found = await overflow(page);
        problems.push(...(found ? [`${lang} at ${width}: ${found}`] : []));
        if (width !== 768 && (lang === 'es' || lang === 'zh')) {
          problems.push(...(await axe(page)).map((p) => `${lang} at ${width}: ${p}`));
        }
      }
      const untranslated = await page.evaluate(() => document.body.innerText.match(/\bscenario\.[a-z_]+(?:\.[a-z]+)?\b/g) ?? []);
      problems.push(...(untranslated.length > 0 ? [`${lang}: keys shown: ${untranslated.slice(0, 3)}`] : []));
      check(await page.evaluate(() => new Set([...document.querySelectorAll('[id]')].map((e) => e.id)).size === document.querySelectorAll('[id]').length), 'an id twice');
      await page.close();
    }
    await close();
    await clear();
    check(problems.length === 0, problems.slice(0, 6).join('\n#   '));
  });

  test('scenarios: dark colours pass axe too', async () => {
    const { context, close } = await fresh({ colorScheme: 'dark' });
    const page = await visit(context);
    await small(page, 'Dark');
    await runs(page);
    const problems = await axe(page);
    await close();
    await clear();
    check(problems.length === 0, problems.slice(0, 4).join('\n#   '));
  });

  test('scenarios: a bar is moved and stretched by mouse, and stays within the days that are simulated', async () => {
    const { context, close } = await fresh();
    const page = await visit(context);
    await page.locator('#bar-1-0-whole').scrollIntoViewIfNeeded();
    const [from, to] = await span(page, 1, 0);
    const lane = await page.locator('.sc-of-1 .sc-lane').boundingBox();
    const days = Number(await page.locator('#bar-1-0-from').getAttribute('aria-valuemax')) - Number(await page.locator('#bar-1-0-from').getAttribute('aria-valuemin')) + 1;
    const drag = async (part, byDays) => {
      const box = await page.locator(`#bar-1-0-${part}`).boundingBox();
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + (byDays / days) * lane.width / 2, y, { steps: 4 });
      await page.mouse.move(x + (byDays / days) * lane.width, y, { steps: 4 });
      await page.mouse.up();
    };
    const near = (a, b) => Math.abs(a - b) <= 1; // a day is a few pixels
    await drag('whole', 21);
    let now = await span(page, 1, 0);
    check(near(now[0], from + 21) && now[1] - now[0] === to - from, `moved: ${[from, to]} -> ${now}`);
    const before = now;
    await drag('to', 14);
    now = await span(page, 1, 0);
    check(now[0] === before[0] && near(now[1], before[1] + 14), `longer: ${before} -> ${now}`);
    await drag('from', -10);
    check(near((await span(page, 1, 0))[0], before[0] - 10), 'begins earlier');
    await drag('whole', 1000);
    now = await span(page, 1, 0);
    check(now[1] === Number(await page.locator('#bar-1-0-to').getAttribute('aria-valuemax')), `at the end: ${now}`);
    await close();
  });

  test('scenarios: the same by keyboard, told to screen readers', async () => {
    const { context, close } = await fresh();
    const page = await visit(context);
    const [from, to] = await span(page, 1, 0);
    await page.focus('#bar-1-0-whole');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    let now = await span(page, 1, 0);
    check(now[0] === from + 8 && now[1] === to + 8, `a day and a week: ${now}`);
    check(await page.evaluate(() => document.activeElement.id) === 'bar-1-0-whole', 'the focus is kept');
    await page.focus('#bar-1-0-to');
    await page.keyboard.press('ArrowLeft');
    await page.focus('#bar-1-0-from');
    await page.keyboard.press('Home');
    now = await span(page, 1, 0);
    check(now[0] === Number(await page.locator('#bar-1-0-from').getAttribute('aria-valuemin')) && now[1] === to + 7, `to the start: ${now}`);
    check(/\d{4}/.test(await page.locator('#bar-1-0-from').getAttribute('aria-valuetext')) && (await page.locator('.sc-said').textContent()).length > 5, 'said in words');
    await page.keyboard.press('Enter');
    check(await page.isVisible('#sc-strength-1'), 'Enter opens the numbers');
    check(await page.inputValue('#sc-to-1') === new Date(now[1] * DAY).toISOString().slice(0, 10), 'numbers and bar agree');
    await fill(page, '#sc-to-1', new Date((now[1] - 5) * DAY).toISOString().slice(0, 10));
    check((await span(page, 1, 0))[1] === now[1] - 5, 'the bar follows the numbers');
    await close();
  });

  test('scenarios: the same with a finger', async () => {
    const { context, close } = await fresh({ hasTouch: true }, { width: 390, height: 844 });
    const page = await visit(context);
    await page.locator('#bar-1-0-whole').scrollIntoViewIfNeeded();
    const [from, to] = await span(page, 1, 0);
    const session = await context.newCDPSession(page);
    const box = await page.locator('#bar-1-0-whole').boundingBox();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const touch = (type, points) => session.send('Input.dispatchTouchEvent', { type, touchPoints: points });
    await touch('touchStart', [{ x, y }]);
    for (let i = 1; i <= 6; i++) {
      await touch('touchMove', [{ x: x + i * 10, y }]);
    }
    await touch('touchEnd', []);
    const now = await span(page, 1, 0);
    check(now[0] > from + 10 && now[1] - now[0] === to - from, `${[from, to]} -> ${now}`);
    const handle = await page.locator('#bar-1-0-to').boundingBox();
    check(handle.width >= 24 && handle.height >= 40, `the end is large enough for a finger: ${handle.width} x ${handle.height}`);
    await close();
  });

  test('scenarios: a run says that it is a projection, shows its charts, totals, differences, ages and what it rests on', async () => {
    const { context, close } = await fresh();
    const page = await visit(context);
    await small(page, 'Town of the test');
    await runs(page);
    const text = await page.locator('.sc-results').innerText();
    check(/projection under assumptions, not a forecast/i.test(text), 'says what it is');
    check(await page.locator('.sc-results figure svg.chart').count() === 7, `${await page.locator('.sc-results figure').count()} figures`);
    check(await page.locator('path.sc-median').count() === 10 && await page.locator('path.sc-capacity').count() >= 1, 'a median each, and the beds');
    check(/Against “Nothing is done”/.test(text) && / of \d+ runs/.test(text), 'differences with how sure');
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    const kept = simulations.find((one) => one.name === 'Town of the test' && one.state === 'kept');
    check(kept, 'kept in the node');
    const whole = await (await fetch(`${base}/api/v1/simulations/${kept.id}`)).json();
    check(whole.parameters.texts.length === 2 && whole.parameters.note.population === 3000 && text.includes(kept.id), 'with what it was made from');
    const { columns, rows } = whole.answer.summary;
    const row = rows.map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i]]))).find((one) => one.target === 'total inf' && one.age_group === '0-130' && one.reference_id === null);
    const shown = new Intl.NumberFormat('en-GB').format(Math.abs(row.q50) >= 1000 ? Number(row.q50.toPrecision(3)) : Math.round(row.q50));
    check((await page.locator('.sc-results table.data').first().innerText()).includes(shown), `the table has the API's ${shown}`);
    for (const link of await page.locator('.sc-results a.csv').evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
      const answer = await fetch(base + link);
      check(answer.status === 200 && /csv/.test(answer.headers.get('content-type')), link);
    }
    /* the file that reproduces it */
    await page.locator('.sc-origin details summary').first().click();
    check((await page.locator('.sc-origin pre').first().innerText()).includes('population = 3000'), 'the text is shown');
    /* changing the editor marks the results as of other settings */
    await fill(page, '#sc-r0', 1.7);
    await page.click('#tab-curve');
    await settled(page);
    await page.click('#tab-scenario');
    await page.waitForSelector('.sc-origin');
    check(await page.inputValue('#sc-r0') === '1.7' && await page.locator('.sc-results .remark').count() >= 1, 'what is edited is kept over tabs, and told apart from what was run');
    await close();
    await clear();
  });

  test('scenarios: up to four beside each other, measures added and removed, vaccination and beds of their own', async () => {
    const { context, close } = await fresh();
    const page = await visit(context);
    await small(page, 'Four');
    await page.click('#sc-copy-1');
    await page.click('#sc-copy-0');
    check(await page.locator('.sc-card').count() === 4 && await page.locator('[id^="sc-copy-"]').count() === 0, 'four and no more');
    await page.selectOption('#sc-add-2', 'vaccination');
    check(await page.isVisible('#sc-product-2') && await page.locator('.sc-of-2 .sc-bar').count() === 2, 'a campaign is a bar too');
    await page.selectOption('#sc-add-3', 'tracing');
    await page.click('#sc-remove-3');
    check(await page.locator('.sc-of-3 .sc-bar').count() === 0, 'removed');
    await fill(page, '#sc-icu-3', 40);
    await fill(page, '#sc-name-of-3', 'More beds');
    await runs(page);
    check(await page.locator('path.sc-median').count() === 20, 'four medians in each chart');
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    const whole = await (await fetch(`${base}/api/v1/simulations/${simulations.find((one) => one.name === 'Four').id}`)).json();
    check(whole.answer.scenarios.length === 4 && Math.abs(whole.answer.scenarios[3].icu_beds - 1.2) < 1e-9 && whole.answer.scenarios[3].name === 'More beds', 'beds of the fourth');
    check(/\[\[campaign\]\]/.test(whole.parameters.texts[2]) && (whole.parameters.texts[2].match(/dose = 2/) ?? []).length === 1, 'both doses');
    await page.click('#sc-drop-3');
    check(await page.locator('.sc-card').count() === 3, 'dropped');
    await close();
    await clear();
  });

  test('scenarios: shared as a link that holds the study and finds its results, and as a file', async () => {
    const { context, close } = await fresh({ permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true });
    const page = await visit(context);
    await small(page, 'Ámbar «1»');
    await page.focus('#bar-1-0-whole');
    await page.keyboard.press('Shift+ArrowRight');
    const wanted = await span(page, 1, 0);
    await runs(page);
    await page.click('#sc-link');
    await page.waitForFunction(() => /copied|http/.test(document.querySelector('.sc-said').textContent));
    const link = await page.evaluate(() => navigator.clipboard.readText()).catch(() => page.getAttribute('.sc-said a', 'href'));
    check(link.includes('tab=scenario') && link.includes('#study=') && link.length < 2500, `${link.length}: ${link.slice(0, 80)}`);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#sc-save')]);
    const file = join(tmpdir(), `vigia-study-${process.pid}.json`);
    await download.saveAs(file);
    check(JSON.parse(readFileSync(file, 'utf8')).study.population === 3000, 'the file holds the study');
    await close();
    const other = await fresh();
    const again = watch(await other.context.newPage());
    await again.goto(link.replace(/^https?:\/\/[^/]+/, base));
    await settled(again);
    await again.waitForSelector('.sc-origin');
    check(await again.inputValue('#sc-title') === 'Ámbar «1»' && (await span(again, 1, 0)).join() === wanted.join(), 'the study of the link');
    check(!again.url().includes('#'), 'the link is used once');
    await again.click('#sc-new');
    check(await again.inputValue('#sc-population') !== '3000', 'anew');
    await again.setInputFiles('#sc-file', file);
    await again.waitForFunction(() => document.querySelector('#sc-population').value === '3000');
    writeFileSync(file, '{"not": "a study"}');
    await again.setInputFiles('#sc-file', file);
    await again.waitForSelector('.sc-run [role="alert"]');
    check(await again.inputValue('#sc-population') === '3000', 'a wrong file changes nothing');
    rmSync(file);
    await other.close();
    await clear();
  });

  test('scenarios: what is kept is listed, opened and deleted', async () => {
    const { context, close } = await fresh();
    const page = await visit(context);
    await small(page, 'Kept one');
    await runs(page);
    await page.waitForSelector('.sc-kept li');
    await page.click('#sc-new');
    await page.reload();
    await settled(page);
    await page.waitForSelector('.sc-kept li');
    await page.click('.sc-kept button.link');
    await page.waitForSelector('.sc-origin');
    check(await page.inputValue('#sc-title') === 'Kept one', 'its study is in the editor');
    await page.click('.sc-kept button.small');
    check(await page.locator('.sc-kept li').count() === 1, 'asked again before it is deleted');
    await page.click('.sc-kept button.small');
    await page.waitForFunction(() => !document.querySelector('.sc-kept li'));
    await close();
  });

  if (mock) {
    test('scenarios: progress and a coarse answer while it runs, stopped when asked to', async () => {
      const { context, close } = await fresh();
      mock.control.simulations.looksToRun = 400;
      const page = await visit(context);
      await page.click('#sc-go');
      await page.waitForSelector('progress');
      await page.waitForFunction(() => /coarse/i.test(document.querySelector('.sc-results').innerText), null, { timeout: 15000 });
      check(await page.isDisabled('#sc-go'), 'not started twice');
      await page.waitForFunction(() => /early answer from/i.test(document.querySelector('.sc-results').innerText), null, { timeout: 15000 });
      await page.click('#sc-cancel');
      await page.waitForFunction(() => !document.querySelector('progress') && /Stopped/.test(document.querySelector('.sc-said').textContent));
      check(await page.evaluate(() => document.activeElement.id) === 'sc-go', 'the focus goes on');
      mock.control.simulations.looksToRun = 4;
      await close();
      await clear();
    });

    test('scenarios: a server that is busy, fails or has forgotten it is said in words', async () => {
      const { context, close } = await fresh();
      const page = await visit(context);
      fail(true);
      mock.control.simulations.busy = true;
      await page.click('#sc-go');
      await page.waitForSelector('.sc-run [role="alert"]');
      check(/busy/.test(await page.locator('.sc-run [role="alert"]').innerText()), 'busy');
      mock.control.simulations.busy = false;
      mock.control.fail = true;
      await page.click('#sc-go');
      await page.waitForFunction(() => /did not take it/.test(document.querySelector('.sc-run [role="alert"]')?.innerText ?? ''));
      mock.control.fail = false;
      await page.fill('#sc-population', '900000000');
      await page.locator('#sc-population').dispatchEvent('change');
      check(await page.isDisabled('#sc-go') && /at most/.test(await page.locator('.sc-run .remark').innerText()), 'too many people are refused before they are sent');
      const gone = watch(await context.newPage());
      await gone.goto(`${base}/?lang=en&dataset=${dataset}&tab=scenario#study=broken&run=0123456789abcdef`);
      await gone.waitForFunction(() => /does not keep/.test(document.querySelector('.sc-run [role="alert"]')?.innerText ?? ''));
      fail(false);
      await close();
    });
  }
}
