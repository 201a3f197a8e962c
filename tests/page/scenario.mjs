// Tests of the scenario tab: against the stand-in server and, with a small town, against a running node.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { until } from './browser.mjs';

const DAY = 86400000;

export function scenarioTests({ test, check, open, watch, openBrowser, settled, axe, sound, overflow, base, mock, languages, widths, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const visit = async (context, lang = 'en', place = '') => {
    const page = await open(context, `lang=${lang}&dataset=${dataset}&tab=scenario${place ? `&place=${place}` : ''}`);
    await page.waitForSelector('.sc-card');
    return page;
  };
  /** A province with parts, and one of its parts. */
  const [PROVINCE, PART] = mock ? ['XV-01', 'XV-0101'] : ['XV-06', 'XV-0606'];
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
    await page.waitForFunction(() => document.querySelector('.sc-origin') && !document.querySelector('.sc-progress'), null, { timeout: 180000 });
  };
  /** The file as the page saves it. */
  const saved = async (page) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('#sc-save')]);
    const file = join(tmpdir(), `vigia-study-${process.pid}-${Math.random()}.toml`);
    await download.saveAs(file);
    const text = readFileSync(file, 'utf8');
    rmSync(file);
    return text;
  };
  const openText = async (page, text) => {
    const file = join(tmpdir(), `vigia-open-${process.pid}.toml`);
    writeFileSync(file, text);
    await page.setInputFiles('#sc-file', file);
    await page.waitForTimeout(150);
    rmSync(file);
  };
  /** What a button of the page downloads. */
  const downloaded = async (page, selector) => {
    await page.waitForTimeout(110); // Chromium drops what is more than ten downloads within a second
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(selector)]);
    const file = join(tmpdir(), `vigia-figure-${process.pid}`);
    await download.saveAs(file);
    const bytes = readFileSync(file);
    rmSync(file);
    return { name: download.suggestedFilename(), bytes, text: bytes.toString('utf8') };
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
    for (const lang of mock ? languages : ['fr']) {
      const page = await visit(context, lang, mock ? PROVINCE : '');
      await page.selectOption('#sc-runs', '10');
      await page.selectOption('#sc-add-1', 'tracing');
      for (const id of ['#sc-of-disease', '#sc-of-start', '#sc-of-people', '#sc-of-groups', '#sc-more-1']) {
        await page.click(`${id} > summary`);
      }
      await page.click('#sc-group-add');
      await fill(page, '#sc-group-share-0', '4');
      if (!mock) {
        await small(page, 'Axe');
      }
      await runs(page);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(80);
        const found = await overflow(page);
        problems.push(...(found ? [`${lang} at ${width}: ${found}`] : []));
        if (width !== 768 && (lang === 'es' || lang === 'zh')) {
          problems.push(...(await axe(page, { colours: lang === 'es' ? 'too' : 'not' })).map((p) => `${lang} at ${width}: ${p}`));
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
    const problems = await axe(page, { colours: 'alone' });
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
    check(await page.locator('.sc-results figure svg.chart').count() === 8, `${await page.locator('.sc-results figure svg.chart').count()} figures`);
    check(await page.locator('path.sc-median').count() === 10 && await page.locator('path.sc-capacity').count() >= 1, 'a median each, and the beds');
    check(await page.locator('path.sc-fan.fan80').count() === 10 && await page.locator('path.sc-fan.fan50').count() === 10, 'fans of 95, 80 and 50');
    check(/Against “Nothing is done”/.test(text) && / of \d+ runs/.test(text), 'differences with how sure');
    check(/too small in \d+% of the runs|enough in all/.test(text), 'whether intensive care is enough');
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    const kept = simulations.find((one) => one.name === 'Town of the test' && one.state === 'kept');
    check(kept, 'kept in the node');
    const whole = await (await fetch(`${base}/api/v1/simulations/${kept.id}`)).json();
    check(whole.parameters.texts.length === 1 && whole.parameters.texts[0].includes('population = 3000') && text.includes(kept.id), 'with what it was made from');
    const { columns, rows } = whole.answer.summary;
    const row = rows.map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i]]))).find((one) => one.target === 'total inf' && one.age_group === '0-130' && one.reference_id === null);
    const shown = new Intl.NumberFormat('en-GB').format(Math.abs(row.q50) >= 1000 ? Number(row.q50.toPrecision(3)) : Math.round(row.q50));
    check((await page.locator('.sc-pair table.data').first().innerText()).includes(shown), `the table has the API's ${shown}`);
    for (const link of await page.locator('.sc-results a.csv').evaluateAll((all) => all.map((a) => a.getAttribute('href')))) {
      const answer = await fetch(base + link);
      check(answer.status === 200 && /csv/.test(answer.headers.get('content-type')), link);
    }
    /* the file that reproduces it */
    await page.locator('.sc-origin details summary').nth(1).click();
    check((await page.locator('.sc-origin pre').first().innerText()).includes('population = 3000'), 'the text is shown');
    await page.locator('.sc-origin details summary').first().click();
    await page.waitForSelector('.sc-origin details table.data');
    check(/doi:/.test(await page.locator('.sc-origin details table.data').innerText()), 'parameters with their sources');
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
    check(await page.isVisible('#sc-product-2') && await page.locator('.sc-of-2 .sc-bar').count() === 3, 'a campaign is a bar too, and its second dose');
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
    check(Math.abs(whole.answer.scenarios[0].icu_beds - 0.3) < 1e-9, 'and those of the others are theirs');
    const [text] = whole.parameters.texts;
    check((text.match(/\[\[campaign\]\]/g) ?? []).length === 2 && (text.match(/dose = 2/g) ?? []).length === 1, 'both doses, once');
    check((text.match(/\[\[measure\]\]/g) ?? []).length === 1 && (text.match(/\[\[scenario\]\]/g) ?? []).length === 4, 'what scenarios have in common stands once');
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
    check(link.includes('tab=scenario') && link.includes('#scenario=') && link.includes('&run=') && link.length < 1500, `${link.length}: ${link.slice(0, 80)}`);
    const text = await saved(page);
    check(text.includes('population = 3000') && text.includes('[[scenario]]'), 'the file is a scenario of vigia simulate');
    await close();
    const other = await fresh();
    const again = watch(await other.context.newPage());
    await again.goto(link.replace(/^https?:\/\/[^/]+/, base));
    await settled(again);
    await again.waitForSelector('.sc-origin');
    check(await again.inputValue('#sc-title') === 'Ámbar «1»' && (await span(again, 1, 0)).join() === wanted.join(), 'the study of the link');
    check(!again.url().includes('#') && await again.locator('.sc-results > .remark').count() === 0, 'the link is used once, and its results are those of the study');
    await again.click('#sc-new');
    await again.waitForFunction(() => document.querySelector('#sc-population').value !== '3000');
    await openText(again, text);
    await again.waitForFunction(() => document.querySelector('#sc-population').value === '3000');
    check(await saved(again) === text, 'opened and saved it is the same, letter by letter');
    await openText(again, '{"not": "a study"}');
    await again.waitForSelector('.sc-run [role="alert"]');
    check(await again.inputValue('#sc-population') === '3000', 'a wrong file changes nothing');
    /* a link to what is kept alone */
    const short = watch(await other.context.newPage());
    await short.goto(`${base}/?lang=en&dataset=${dataset}&tab=scenario#run=${/run=(\w+)/.exec(link)[1]}`);
    await short.waitForSelector('.sc-origin');
    check(await short.inputValue('#sc-title') === 'Ámbar «1»', 'the study of what is kept');
    await other.close();
    await clear();
  });

  /** Remarks, odd spacing, keys and headings of other programs, what one bar needs of the editor and what it cannot show. */
  const ODD = ['# a study of ours', 'start = 2021-01-03   # a Sunday', 'days=120', 'seed = 7', "title = 'not shown'", '', '[place]', 'country = "CO"', 'population = 3_000', 'age_bands = [ 0,', '  20, # young', '  60 ]', '',
    '# what comes first', '[[measure]]', 'name = "masks"', 'kind = "masks"', 'strength = 0.30', 'ages = ["20-59"] # of a newer program', 'from = 2021-02-01', '', '[[measure]]', 'name = "home"', 'kind = "stay-at-home"', 'from = 2021-02-01', 'to = 2021-02-28', 'strength = 0.5', 'fatigue_per_day = 0.01', '',
    '[[campaign]]', 'name = "old"', 'product = "coronavac"', 'ages = ["75+", "60-74", "40-59", "20-39"]', 'lots = [[1, 200], [2, 50]]', '', '[[future]]', 'name = "x"', 'weight = 1e-3', '', '[output]', 'step = "week"', 'targets = ["inc inf", "cum death"]', '',
    '[[scenario]]', 'name = "all"', '', '[[scenario]]', 'name = "few"', 'only = ["masks"]', 'title = "only masks" # said', '', '# the end', ''].join('\n');

  test('scenarios: a file that says more than the editor shows survives it, and only what is edited changes', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context);
    await openText(page, ODD);
    check(await page.locator('.sc-of-0 .sc-bar').count() === 3 && await page.locator('.sc-of-1 .sc-bar').count() === 1, 'bars of both scenarios');
    check(await saved(page) === ODD, 'unchanged, letter by letter');
    /* one bar of one scenario is changed: the other scenario keeps its own */
    await page.focus('#bar-0-0-from');
    await page.keyboard.press('ArrowRight');
    let text = await saved(page);
    const block = (name) => text.split('\n\n').find((part) => part.includes(`name = "${name}"`)) ?? '';
    check(/from = 2021-02-02/.test(block('masks')) && /from = 2021-02-01/.test(block('masks · few')) && !/\nto = /.test(block('masks')), text);
    check((text.match(/# what comes first/g) ?? []).length === 1 && block('masks').includes('ages = ["20-59"] # of a newer program') && text.includes('lots = [[1, 200], [2, 50]]') && text.includes('[[future]]') && text.includes('# the end') && text.includes('days=120'), 'all else is there');
    check(/without = \["masks · few"\]/.test(block('all')) && /without = \["masks", "home", "old"\]/.test(block('few')), 'each leaves out what is the other’s');
    const before = (await span(page, 0, 0)).join();
    await openText(page, text);
    check((await span(page, 0, 0)).join() === before && (await page.locator('#choose-1-0').innerText()) === 'masks' && await saved(page) === text, 'read again it is the same, by the same names');
    await page.click('#choose-1-0');
    await fill(page, '#sc-strength-1', 45);
    text = await saved(page);
    check(/strength = 0.45/.test(block('masks · few')) && /strength = 0.30/.test(block('masks')), 'a number that was not touched is written as it was');
    await close();
  });

  /** A lot that all scenarios have, without a name or an end, and one of a single scenario. */
  const LOTS = ['start = 2021-01-03', 'days = 180', 'seed = 7', 'runs = 10', 'name = "Lots"', '', '[place]', 'country = "CO"', 'population = 3000', '', '[[campaign]]', 'name = "old"', 'product = "coronavac"', 'from = 2021-02-01', '',
    '[[lot]]', 'product = "coronavac"', 'arrives = 2021-02-01', 'percent = 20', '', '[[lot]]', 'name = "second lot"', 'product = "coronavac"', 'arrives = 2021-03-01', 'expires = 2021-04-15', 'percent = 8', '',
    '[[scenario]]', 'name = "one lot"', 'without = ["second lot"]', '', '[[scenario]]', 'name = "two lots"', ''].join('\n');

  test('scenarios: groups of people are added, have their doses first, and are told of in the results', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context);
    await small(page, 'Groups');
    await page.click('#sc-of-groups > summary');
    await page.click('#sc-group-add');
    check(await page.inputValue('#sc-group-name-0') === 'Health workers' && /share of the people/.test(await page.locator('#sc-of-groups .remark').innerText()), 'a new one asks for its share');
    await fill(page, '#sc-group-ages-0', '20-64');
    await fill(page, '#sc-group-share-0', '104');
    check(await page.getAttribute('#sc-group-share-0', 'aria-invalid') === 'true', 'more than all is refused');
    await fill(page, '#sc-group-share-0', '4,5');
    await fill(page, '#sc-group-contacts-0', 1.8);
    await page.click('#sc-group-add');
    await fill(page, '#sc-group-name-1', 'At risk: all');
    await fill(page, '#sc-group-ages-1', '40-59, 60+');
    await fill(page, '#sc-group-share-1', '15; 35');
    await fill(page, '#sc-group-severity-1', 2.5);
    check(await page.locator('#sc-of-groups .remark').count() === 0, 'nothing is missing');
    await page.selectOption('#sc-add-1', 'vaccination');
    await page.selectOption('#sc-ages-1', { label: 'Health workers, then the oldest' });
    check(/Health workers, 75\+/.test(await page.locator('.sc-of-1').innerText()), 'the bar says who comes first');
    let text = await saved(page);
    check(/\[\[group\]\]\nname = "Health workers"\nages = \["20-64"\]\nshare_percent = 4.5\ncontacts = 1.8\n/.test(text) && /name = "At risk all"\nages = \["40-59", "60\+"\]\nshare_percent = \[15, 35\]\nseverity = 2.5\n/.test(text), text);
    check(text.indexOf('[[group]]') < text.indexOf('[disease]') && /ages = \["Health workers", "75\+", "60-74", "40-59", "20-39"\]/.test(text), text);
    /* typed, in any case of letters, also some ages of a group; what is neither is left out */
    await page.selectOption('#sc-ages-1', 'own');
    await fill(page, '#sc-ages-1-own', 'health workers, at risk all: 60+, nurses, 60+');
    text = await saved(page);
    check(/ages = \["Health workers", "At risk all: 60\+", "60\+"\]/.test(text), text);
    /* a name is the same everywhere */
    await fill(page, '#sc-group-name-1', 'Ill');
    check(/ages = \["Health workers", "Ill: 60\+", "60\+"\]/.test(await saved(page)), 'renamed where campaigns name it');
    await runs(page);
    const bears = await page.locator('table.data', { hasText: 'Ill' }).last().innerText();
    check(/Health workers/.test(bears) && /Ill/.test(bears) && !/75/.test(bears), bears);
    const ages = await page.locator('figure', { has: page.locator('[id^="table-sc-age-"]') }).first().locator('svg.chart').textContent();
    check(/75\+/.test(ages) && !/Ill|Health workers/.test(ages), `the chart of ages has ages alone: ${ages}`);
    await page.click('#sc-group-remove-0');
    text = await saved(page);
    check((text.match(/\[\[group\]\]/g) ?? []).length === 1 && /ages = \["Ill: 60\+", "60\+"\]/.test(text), text);
    await openText(page, text);
    check(await saved(page) === text, 'opened and saved it is the same, letter by letter');
    await close();
    await clear();
  });

  test('scenarios: lots of vaccine are bars from the day they come to the day they expire, and are set in numbers', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context);
    await openText(page, LOTS);
    check(await page.locator('.sc-of-0 .sc-bar.is-lot').count() === 1 && await page.locator('.sc-of-1 .sc-bar.is-lot').count() === 2, 'bars of both scenarios');
    check(/20 % of the population · CoronaVac/i.test(await page.locator('.sc-of-0 .sc-brief').nth(1).innerText()), await page.locator('.sc-of-0 .sc-brief').nth(1).innerText());
    check(await saved(page) === LOTS, 'unchanged, letter by letter');
    /* the end is moved, the number is changed, in the second scenario alone */
    await page.focus('#bar-1-2-to');
    await page.keyboard.press('Shift+ArrowLeft');
    await page.click('#choose-1-2');
    check(await page.inputValue('#sc-to-1') === '2021-04-08' && /Last day it may be given/.test(await page.locator('.sc-measure').innerText()) && /what is left after the last day is lost/.test(await page.locator('.sc-measure').innerText()), 'its form');
    await fill(page, '#sc-percent-1', 12);
    let text = await saved(page);
    check(/name = "second lot"\nproduct = "coronavac"\narrives = 2021-03-01\nexpires = 2021-04-08\npercent = 12/.test(text) && (text.match(/\[\[lot\]\]/g) ?? []).length === 2, text);
    /* the one that all have is changed in one: the other keeps it as it was, and each leaves out what is the other's */
    await page.click('#choose-1-1');
    check(await page.inputValue('#sc-to-1') === '2021-07-01', 'without an end it lasts as long as the run');
    await fill(page, '#sc-percent-1', 30);
    text = await saved(page);
    check(/percent = 20/.test(text) && /percent = 30/.test(text) && (text.match(/\[\[lot\]\]/g) ?? []).length === 3 && !/expires = 2021-07-01/.test(text), text);
    /* a new one is of the vaccine that is given; it moves with the start */
    await page.selectOption('#sc-add-0', 'lot');
    await page.fill('#sc-first', '2021-01-10');
    await page.locator('#sc-first').dispatchEvent('change');
    text = await saved(page);
    check(/arrives = 2021-03-08/.test(text) && /name = "Vaccine lot"\npercent = 10\narrives = [\d-]+\nexpires = [\d-]+\nproduct = "coronavac"/.test(text), text);
    await runs(page);
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    check(simulations.some((one) => one.name === 'Lots' && one.state === 'kept'), 'it was run');
    await close();
    await clear();
  });

  test('scenarios: every kind of bar is added, set in numbers, moved, and understood by the server', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context);
    await small(page, 'All kinds');
    const kinds = await page.locator('#sc-add-1 option').evaluateAll((all) => all.map((o) => o.value).filter(Boolean));
    check(kinds.length === 17, `${kinds.length} kinds`);
    for (const kind of kinds) {
      await page.selectOption('#sc-add-1', kind);
      check(await page.locator('.sc-measure').count() === 1, `${kind} has a form`);
      const unnamed = await page.evaluate(() => document.querySelector('.sc-measure').innerText.match(/scenario\.[\w.]+/g));
      check(unnamed === null, `${kind}: ${unnamed}`);
    }
    check(await page.locator('.sc-of-1 .sc-bar').count() === kinds.length + 1, 'a bar each but for the season, and one more for the second dose');
    /* the season is a wave on every time line, and its peak is moved like a bar */
    check(await page.locator('.sc-wave').count() === 2, 'in both scenarios');
    const peak = Number(await page.locator('#season-1').getAttribute('aria-valuenow'));
    await page.focus('#season-1');
    await page.keyboard.press('Shift+ArrowLeft');
    check(Number(await page.locator('#season-1').getAttribute('aria-valuenow')) === peak - 7, 'a week earlier');
    /* a trigger: hatched, its thresholds in the file */
    await page.click('#choose-1-1');
    await page.selectOption('#sc-trigger-1', 'icu');
    await fill(page, '#sc-trigger_on-1', 70);
    await fill(page, '#sc-minimum_days-1', 21);
    /* for some ages */
    await page.selectOption('#sc-ages-1', 'old');
    check(await page.locator('.sc-of-1 .sc-bar.waits').count() === 1 && /70%/.test(await page.locator('.sc-of-1 .sc-brief').nth(1).innerText()), 'seen on the time line');
    /* the numbers of the province, asked only of cases and admissions */
    check(await page.locator('#sc-trigger_of-1').count() === 0, 'beds are of those who share them');
    await page.click('#choose-1-2');
    await page.selectOption('#sc-trigger-1', 'cases');
    await page.selectOption('#sc-trigger_of-1', 'parent');
    const text = await saved(page);
    check(/minimum_days = 21\nages = \["65\+"\]/.test(text) && /trigger_of = "parent"/.test(text), 'ages, and whose numbers count');
    const masks = /kind = "masks"[^[]*/.exec(text)[0];
    check(/kind = "masks"[^[]*trigger_on = 0.7\ntrigger = "icu"\nminimum_days = 21/.test(text), masks);
    check(/kind = "tracing"[^[]*app_uptake = 0.3/.test(text) && /kind = "cordon"/.test(text) && /layers = \["work", "community"\]/.test(text) && /variants = \["covid19", "covid19_alpha"\]/.test(text) && /variant = "covid19_alpha"/.test(text), 'app, cordon, layers, variant');
    check(/season_amplitude = 0.2\nseason_peak_day = \d+/.test(text), 'season');
    check(/\[\[lot\]\]\nname = "Vaccine lot"\npercent = 10\narrives = \d{4}-\d\d-\d\d\nexpires = \d{4}-\d\d-\d\d\nproduct = "\w+"/.test(text), 'a lot with its days');
    await runs(page);
    const { simulations } = await (await fetch(`${base}/api/v1/simulations`)).json();
    check(simulations.some((one) => one.name === 'All kinds' && one.state === 'kept'), 'it was run');
    await close();
    await clear();
  });

  test('scenarios: from the situation of a place of the node: counts are fitted, shown under the curves, and results are by place', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context, 'en', PROVINCE);
    check(/Starts from the situation of/.test(await page.locator('.sc-start').innerText()) && /cases/.test(await page.locator('.sc-start').innerText()), 'said');
    const text = await saved(page);
    check((text.match(/\[\[municipality\]\]/g) ?? []).length === 6 && /counts_from = \d{4}/.test(text) && /cases = \[[\d., -]+\]/.test(text) && new RegExp(`code = "${PROVINCE}"`).test(text), text.slice(0, 400));
    check(/^# node: dataset=.*as_of=\d{4}-\d\d-\d\d/m.test(text), 'where it is from');
    check(await page.locator('.sc-past').count() >= 1 && await page.locator('.sc-today').count() === 2, 'today on the time lines');
    /* a measure in one place, by its name */
    await page.selectOption('#sc-add-1', 'school-closing');
    await page.fill('#sc-places-1', (await page.locator('#sc-places-1-list option').first().getAttribute('value')));
    await page.locator('#sc-places-1').dispatchEvent('change');
    check(await page.locator('.sc-chips li').count() === 1 && /places = \["XV-/.test(await saved(page)), 'limited to a place');
    await page.selectOption('#sc-days', '91');
    await page.selectOption('#sc-runs', '10');
    await runs(page);
    check(await page.locator('path.sc-dots').count() >= 2 && /The dots are what was observed/.test(await page.locator('.sc-results').innerText()), 'what was observed under the curves');
    check(/How today came about/.test(await page.locator('.sc-results').innerText()) && await page.locator('#svg-sc-fit').count() === 1, 'what was found');
    /* by place: too few beds, who bears it, the charts of one, the map */
    check(await page.locator('#sc-place option').count() === 7, 'the whole and six places');
    const tables = await page.locator('.sc-results table.data').evaluateAll((all) => all.map((table) => table.querySelectorAll('tbody tr').length));
    check(tables.filter((n) => n === 6).length >= 2, `tables: ${tables}`);
    await page.selectOption('#sc-borne', 'total death');
    await page.selectOption('#sc-place', PART);
    check((await page.locator('#table-sc-inc-inf').locator('xpath=ancestor::figure').locator('h3').innerText()).includes('·'), 'the chart says of which place');
    await page.click('#sc-scale-log');
    await until(page, () => [...document.querySelector('.sc-charts svg.chart').querySelectorAll('text.tick')].some((tick) => tick.textContent === '1'), 'a logarithmic scale begins at 1');
    const colours = () => page.locator('svg.sc-map').first().evaluate((svg) => [...svg.querySelectorAll('rect, path, circle')].map((e) => e.getAttribute('class')).join());
    const first = await colours();
    check(await page.locator('svg.sc-map').count() === 2 && first.split(',').length === 6, 'a map a scenario');
    await page.locator('#sc-week').fill('3');
    check(await colours() !== first && /week to/.test(await page.locator('.sc-week').innerText()), 'another week, other colours');
    await page.click('#sc-play');
    const at = await page.inputValue('#sc-week');
    await page.waitForFunction((before) => document.querySelector('#sc-week').value !== before, at, { timeout: 5000 });
    await page.click('#sc-play');
    await close();
    await clear();
  });

  test('scenarios: every figure is taken away as drawing, picture and numbers, with its measures', async () => {
    const { context, close } = await fresh({ acceptDownloads: true });
    const page = await visit(context);
    await small(page, 'Taken');
    await runs(page);
    const ids = await page.locator('.sc-results [id^="svg-"]').evaluateAll((all) => all.map((b) => b.id.slice(4)));
    check(ids.length === 8, ids.join());
    for (const id of ids) {
      const svg = await downloaded(page, `#svg-${id}`);
      check(/\.svg$/.test(svg.name) && svg.text.startsWith('<?xml') && svg.text.includes('projection under assumptions') && svg.text.includes('Stay at home') && /<metadata>#/.test(svg.text) && !/class=|var\(/.test(svg.text), `${id}: ${svg.text.slice(0, 200)}`);
      const csv = await downloaded(page, `#csv-${id}`);
      const rows = csv.text.split('\n').filter((line) => line && !line.startsWith('#'));
      check(/^# .*\n# .*projection/.test(csv.text) && /# .*Stay at home \d{4}-\d\d-\d\d\//.test(csv.text) && rows.length >= 3 && rows.every((row) => row.split(',').length >= rows[0].split(',').length), `${id}: ${csv.text.slice(0, 300)}`);
    }
    const png = await downloaded(page, '#png-sc-inc-inf');
    check(png.bytes.subarray(1, 4).toString() === 'PNG' && png.bytes.length > 20000 && png.bytes.readUInt32BE(16) > 1000, `${png.bytes.length} bytes`);
    const table = await downloaded(page, '#csv-bears');
    check(/^group,name,persons,what,scenario,per_100k/.test(table.text) && table.text.split('\n').length > 10, 'who bears it');
    await close();
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

  const root = fileURLToPath(new URL('../..', import.meta.url));
  const program = [process.env.VIGIA_BUILD, 'build/release'].filter(Boolean).map((folder) => join(resolve(root, folder), 'src/cli/vigia')).find((path) => existsSync(path));
  if (program) {
    test('scenarios: the editor’s keys and defaults are those of the program', async () => {
      const file = join(tmpdir(), `vigia-fields-${process.pid}.mjs`);
      const { build } = createRequire(join(root, 'web/package.json'))('esbuild');
      await build({ entryPoints: [join(root, 'web/src/scenario-fields.ts')], bundle: true, format: 'esm', outfile: file, logLevel: 'error' });
      const { fieldsOf, PRESETS, SHARED } = await import(pathToFileURL(file).href);
      rmSync(file);
      const known = {};
      let section = '';
      for (const line of execFileSync(program, ['simulate', '--example'], { encoding: 'utf8' }).split('\n')) {
        section = /^#?\[\[?([\w-]+)\]/.exec(line)?.[1] ?? section;
        const [, mark, key, value] = /^(# ?)?(\w+) = (.*)$/.exec(line) ?? [];
        if (key) {
          (known[section] ??= {})[key] = known[section]?.[key] ?? (mark ? value : null); // null: the example shows another value than the default
        }
      }
      const block = (preset) => ({ name: preset.section, text: (key) => String(preset.set[key] ?? (key === 'trigger' ? 'cases' : '')), number: (key) => (key === 'dose' ? 2 : NaN) });
      const fields = [...PRESETS.filter((preset) => preset.section !== 'disease').flatMap((preset) => fieldsOf(block(preset)).map((field) => ({ section: preset.section, ...field }))), ...Object.values(SHARED).flat()];
      const wrong = fields.filter(({ section: of, key, otherwise }) => !(key in (known[of] ?? {})) || (otherwise !== undefined && known[of][key] !== null && known[of][key].replace(/^"|"$/g, '') !== String(otherwise)));
      check(fields.length > 60 && wrong.length === 0, wrong.map(({ section: of, key, otherwise }) => `${of}.${key}: ${otherwise} and not ${known[of]?.[key]}`).join('; '));
    });
  }

  if (mock) {
    test('scenarios: a study of thousands of places is linked without them, and the same again where the node has them', async () => {
      const { context, close } = await fresh({ permissions: ['clipboard-read', 'clipboard-write'], acceptDownloads: true });
      const page = await open(context, 'lang=en&dataset=many&tab=scenario&place=XV');
      await page.waitForSelector('.sc-start');
      check(/5,000 places/.test(await page.locator('.sc-start').innerText()), 'five thousand');
      await page.selectOption('#sc-level', 'admin1');
      await page.waitForFunction(() => /6 places/.test(document.querySelector('.sc-start').innerText));
      await page.selectOption('#sc-level', 'admin2');
      await page.waitForFunction(() => /5,000 places/.test(document.querySelector('.sc-start').innerText));
      const text = await saved(page);
      await page.click('#sc-link');
      await page.waitForFunction(() => /works on this node|http/.test(document.querySelector('.sc-said').textContent));
      const link = await page.evaluate(() => navigator.clipboard.readText()).catch(() => page.getAttribute('.sc-said a', 'href'));
      check(text.length > 500000 && link.length < 1500, `${text.length} letters, ${link.length} in the link`);
      await close();
      const other = await fresh({ acceptDownloads: true });
      const again = watch(await other.context.newPage());
      await again.goto(link.replace(/^https?:\/\/[^/]+/, base));
      await settled(again);
      await again.waitForSelector('.sc-start');
      check(await saved(again) === text, 'letter by letter');
      await other.close();
    });

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
      await page.waitForFunction(() => document.activeElement.id === 'sc-go'); // the focus goes on
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
