// Tests of the page in headless Chromium. They print TAP.
//   node suite.mjs mock [DIST_FOLDER]   against the stand-in server (built here unless the folder is given)
//   node suite.mjs http://127.0.0.1:PORT   against a running node
// PAGE_TESTS=word runs only the tests whose name holds the word; PAGE_SHOTS=folder keeps pictures.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closeBrowser, executable, openBrowser, settled } from './browser.mjs';
import { KeptAlarms, startMock } from './mock.mjs';
import { genomesTests } from './genomes.mjs';
import { scenarioTests } from './scenario.mjs';
import { planTests } from './plan.mjs';
import { stockTests } from './stock.mjs';
import { tracingRowsTests } from './tracing-rows.mjs';
import { tracingTests } from './tracing.mjs';

const LANGUAGES = ['es', 'pt', 'en', 'fr', 'zh'];
const TABS = ['curve', 'rt', 'alarm', 'delays', 'pyramid', 'chains', 'quality', 'imports'];
const WIDTHS = [320, 768, 1280];
const FIRST_VIEW_BYTES = 100 * 1000;
const here = fileURLToPath(new URL('.', import.meta.url));
const web = join(here, '..', '..', 'web');
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

if (!existsSync(executable ?? '')) {
  console.log(`1..0 # SKIP no Chromium${executable ? ` at ${executable}` : ''}`);
  process.exit(0);
}
const target = process.argv[2] ?? 'mock';
const mocked = !target.startsWith('http');
let dist = process.argv[3];
let made = null;
if (mocked && !dist) {
  made = mkdtempSync(join(tmpdir(), 'vigia-dist-'));
  dist = made;
  execFileSync(process.execPath, [join(web, 'build.mjs'), dist], { stdio: ['ignore', 'ignore', 'inherit'] });
}
const mock = mocked ? await startMock(dist) : null;
const base = mocked ? mock.base : target.replace(/\/$/, '');

/* -------------------------------------------------------------------------------------------------------------- TAP */

const tests = [];
const test = (name, run) => tests.push({ name, run });
function check(condition, message) {
  if (!condition) {
    throw new Error(message);
  }
}

/* ------------------------------------------------------------------------------------------------------------ pages */

const complaints = []; // console errors and requests that leave this host, of all pages
let expectFailures = false;
function watch(page) {
  page.on('console', (message) => message.type() === 'error' && !expectFailures && complaints.push(`${page.url()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
  page.on('request', (request) => !request.url().startsWith(base) && !/^(data|blob|about):/.test(request.url()) && complaints.push(`request to ${request.url()}`));
  return page;
}
async function open(context, query, wait = true) {
  const page = watch(await context.newPage());
  await page.goto(`${base}/?${query}`);
  if (wait) {
    await settled(page);
  }
  return page;
}
const node = await (await fetch(`${base}/api/v1/node`)).json();
const nameOf = (nature) => node.datasets.find((d) => d.nature === nature)?.name;
const dated = node.datasets.find((d) => d.first_known && d.last_known && d.first_known < d.last_known) ?? node.datasets[0];

const weekly = node.datasets.find((d) => d.step_days === 7) ?? dated;
const ask = async (path) => (await fetch(`${base}/api/v1/${path}`)).json();
const rowsOf = (table) => table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i) => [name, cells[i]])));
const weeklyPlace = rowsOf(await ask(`situation?dataset=${encodeURIComponent(weekly.name)}`)).find((row) => row.status === 'ok')?.code ?? '';

/** What axe finds. Colours depend on the scheme and not on the language: they can be left out ('not'), or judged by themselves ('alone'). */
async function axe(page, { colours = 'too', without = [] } = {}) {
  if (!await page.evaluate(() => 'axe' in window)) { // to read it takes as long as a look through a page
    await page.evaluate(axeSource);
  }
  const rules = Object.fromEntries([...without, ...(colours === 'not' ? ['color-contrast'] : [])].map((rule) => [rule, { enabled: false }]));
  const runOnly = colours === 'alone' ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } : ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const violations = await page.evaluate(async (options) => (await window.axe.run(document, options)).violations, { runOnly, rules, resultTypes: ['violations'] }); // of what passes nothing is asked
  return violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.target.join(' ')} ${n.failureSummary?.split('\n')[1] ?? ''}`).join(' | ')}`);
}
/** Fails with what axe finds. */
async function sound(page, what = 'axe', options = {}) {
  const problems = await axe(page, options);
  check(problems.length === 0, `${what}: ${problems.slice(0, 5).join('\n#   ')}`);
}
/** Another view in the page that is open, as by the browser's "back": for what does not need a page that is loaded anew, which takes five times as long. */
async function show(page, query) {
  await page.evaluate((address) => {
    history.pushState(null, '', address);
    dispatchEvent(new PopStateEvent('popstate'));
  }, `/?${query}`);
  const lang = new URLSearchParams(query).get('lang');
  await page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), lang);
  await settled(page);
}
async function overflow(page) {
  return page.evaluate(() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) {
      return '';
    }
    const culprits = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > wide + 1 && !e.closest('.scroll, .tabs, svg'));
    return `${document.documentElement.scrollWidth} > ${wide}: ${culprits.slice(0, 3).map((e) => `${e.tagName}.${e.className}`).join(', ')}`;
  });
}

/* ------------------------------------------------------------------------------------------------- catalogues (no browser) */

test('every key is in all five catalogues, with the same placeholders and without empty texts', async () => {
  const catalogues = LANGUAGES.map((l) => JSON.parse(readFileSync(join(web, 'i18n', `${l}.json`), 'utf8')));
  const holes = (text) => [...new Set(text.match(/\{\w+\}/g) ?? [])].sort().join();
  const keys = new Set(catalogues.flatMap((c) => Object.keys(c)));
  for (const key of keys) {
    catalogues.forEach((c, i) => {
      check(typeof c[key] === 'string' && c[key].trim() !== '', `${LANGUAGES[i]}: ${key} is missing`);
      check(holes(c[key]) === holes(catalogues[0][key]), `${LANGUAGES[i]}: ${key} has other placeholders`);
    });
  }
});

test('every text that the program names is in the catalogues', async () => {
  const catalogue = JSON.parse(readFileSync(join(web, 'i18n', 'es.json'), 'utf8'));
  const sources = readdirSync(join(web, 'src')).filter((name) => name.endsWith('.ts')).map((name) => readFileSync(join(web, 'src', name), 'utf8')).join('\n');
  for (const [, key] of sources.matchAll(/\bt\(\s*'([^']+)'/g)) {
    check(key in catalogue, `${key} is used but not in the catalogues`);
  }
  const header = readFileSync(join(web, '..', 'src', 'model', 'terms.c'), 'utf8');
  for (const [, what, by] of header.matchAll(/\{"\w+", VG_MEASURE_\w+, "(\w+)", "(\w+)"/g)) {
    check(`what.${what}` in catalogue && `by.${by}` in catalogue, `measure ${what} by ${by} has no words`);
  }
  for (const status of header.match(/status_names\[[^\]]*\] = \{([^}]*)\}/)[1].match(/\w+/g)) {
    check(`status.${status}` in catalogue, `status ${status} has no words`);
  }
});

test('every name that the server can send has words', async () => {
  const catalogue = JSON.parse(readFileSync(join(web, 'i18n', 'es.json'), 'utf8'));
  const source = (path) => readFileSync(join(web, '..', 'src', path), 'utf8');
  const lists = [ // prefix of the text, file of the program, name of the list there, suffix
    ['judged.', 'jobs/alarm/alarm.c', 'method_names'], ['channel.', 'monitor/alarm/channel.c', 'names'], ['kept.', 'store/alarms.c', 'state_names'], ['kept.do.', 'store/alarms.c', 'action_names'],
    ['kept.event.', 'store/alarms.c', 'event_names'], ['nature.', 'store/store.c', 'names'], ['level.', 'model/terms.c', 'level_names'], ['sex.', 'model/terms.c', 'sex_names'], ['severity.', 'intake/check.c', 'severities'],
  ];
  for (const [prefix, path, list] of lists) {
    const found = source(path).match(new RegExp(`\\b${list}\\[[^\\]]*\\] = \\{([^}]*)\\}`));
    check(found && found[1].match(/"\w+"/g)?.length > 1, `${path} has no list ${list}`);
    for (const [, name] of found[1].matchAll(/"(\w+)"/g)) {
      check(`${prefix}${name}` in catalogue, `${path}: ${name} has no words (${prefix}${name})`);
    }
  }
  check(source('store/alarms.c').includes('"%s: %.6g where %.4g were expected"') && source('store/alarms.c').includes('"%s: %.6g"'), 'what the program notes is read by the page: kept.ts');
  const events = [...source('store/alarms.c').matchAll(/add_event\(keeper, [^;]*;/g)].flatMap(([call]) => [...call.matchAll(/"(\w+)"/g)].map(([, name]) => name));
  check(events.length >= 3, 'the program adds events of its own');
  for (const name of events) {
    check(`kept.event.${name}` in catalogue, `event ${name} has no words`);
  }
  const findings = readdirSync(join(web, '..', 'src', 'intake')).filter((name) => /^check.*\.c$/.test(name)).flatMap((name) => [...source(`intake/${name}`).matchAll(/check_finding\("(\w+)"/g)].map(([, code]) => code));
  check(findings.length >= 12, `findings of the program: ${findings}`);
  for (const code of findings) {
    check(`finding.${code}` in catalogue, `finding ${code} has no words`);
  }
});

test('every finding of the quality report has a sentence in the catalogues', async () => {
  const catalogue = JSON.parse(readFileSync(join(web, 'i18n', 'es.json'), 'utf8'));
  const codes = ['completeness', 'completeness_place', 'timeliness', 'date_order', 'future_date', 'old_date', 'duplicate', 'duplicate_content', 'digit_preference', 'date_heaping', 'age_range',
    'outcome_inconsistent', 'silent_reporter', 'batch_day', 'weekday_pattern', 'falling_total', 'missing_days', 'zero_after_positive', 'downward_revision'];
  for (const code of codes) {
    check(`finding.${code}` in catalogue, code);
  }
});

if (mocked) { // the same for every server
  test('the TypeScript is strict and has no type error', async () => {
    execFileSync(process.execPath, [join(web, 'node_modules', 'typescript', 'lib', 'tsc.js'), '--noEmit', '-p', web], { stdio: ['ignore', 'pipe', 'pipe'] });
  });
}

/* --------------------------------------------------------------------------------------------------------- first view */

test(`the first view with its data is at most ${FIRST_VIEW_BYTES / 1000} kB compressed `, async () => {
  for (const query of ['lang=es', ...node.datasets.filter((d) => d.name !== 'many').map((d) => `lang=fr&dataset=${encodeURIComponent(d.name)}`)]) {
    const { context, close } = await openBrowser();
    const page = watch(await context.newPage());
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    let bytes = 0;
    session.on('Network.loadingFinished', (event) => { bytes += event.encodedDataLength; });
    await page.goto(`${base}/?${query}`);
    await settled(page);
    await page.waitForTimeout(200);
    const places = await page.locator('g.place').count();
    await close();
    console.log(`# first view ${query}: ${(bytes / 1000).toFixed(1)} kB, ${places} places`);
    check(bytes > 10000 && bytes <= FIRST_VIEW_BYTES, `${query}: ${bytes} bytes`);
  }
});

test('on a slow line (50 kB/s, 300 ms) the frame is there at once and the numbers within 8 seconds', async () => {
  const { context, close } = await openBrowser();
  const page = watch(await context.newPage());
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', { offline: false, latency: 300, downloadThroughput: 50000, uploadThroughput: 50000 });
  const start = Date.now();
  await page.goto(`${base}/?lang=es`, { waitUntil: 'commit' });
  await page.waitForSelector('.brand', { timeout: 3000 });
  await settled(page);
  const seconds = (Date.now() - start) / 1000;
  console.log(`# slow line: complete after ${seconds.toFixed(1)} s`);
  check(seconds < 8, `${seconds} s`);
  await close();
});

/* ------------------------------------------------------------------------------------------- all views, languages, widths */

for (const lang of mocked ? LANGUAGES : ['es']) { // how it looks in the others does not depend on the server
  test(`${lang}: every view fits 320, 768 and 1280 pixels and axe finds nothing`, async ({ context }) => {
    const problems = [];
    const views = [...TABS.map((tab) => `tab=${tab}`), ...node.datasets.filter((d) => d.name !== 'many').map((d) => `dataset=${encodeURIComponent(d.name)}`), 'show=rt', 'show=alarm', 'show=ahead', 'step=week'];
    const page = await open(context, `lang=${lang}`);
    for (const view of views) {
      await page.setViewportSize({ width: 1280, height: 900 });
      await show(page, `lang=${lang}&${view}`);
      check(await page.evaluate(() => document.documentElement.lang.slice(0, 2)) === lang, `${view}: language of the page`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(60);
        const found = await overflow(page);
        if (found) {
          problems.push(`${view} at ${width}: ${found}`);
        }
        if (width !== 768 && (lang === 'es' || lang === 'zh')) { // marks hardly depend on the language, lengths do
          problems.push(...(await axe(page, { colours: lang === 'es' ? 'too' : 'not' })).map((p) => `${view} at ${width}: ${p}`));
        }
      }
      const untranslated = await page.evaluate(() => (document.body.innerText.match(/\b(?:tab|map|table|column|status|finding|says|count|alarm|former|judged|kept|channel|through|period|trend|indicator|figure|curve|rt|delays|pyramid|quality|imports|field|what|by|head|csv|nature|asof)\.[a-z_]+(?:\.[a-z]+)?\b/g) ?? []).filter((w) => !/\.(csv|json|zip|xlsx|gz|zst|org|com|html?|gov)$/.test(w)));
      if (untranslated.length > 0) {
        problems.push(`${view}: keys shown: ${untranslated.slice(0, 3)}`);
      }
    }
    await page.close();
    check(problems.length === 0, problems.slice(0, 6).join('\n#   '));
  });
}

if (mocked) {
  test('dark colours pass axe too, in every view', async () => {
    const { context, close } = await openBrowser({ width: 1280, height: 900 }, { colorScheme: 'dark' });
    const page = await open(context, 'lang=en');
    const problems = [];
    for (const view of [...TABS.map((tab) => `tab=${tab}`), ...node.datasets.filter((d) => d.name !== 'many').map((d) => `dataset=${encodeURIComponent(d.name)}`)]) {
      await show(page, `lang=en&${view}`);
      problems.push(...(await axe(page, { colours: 'alone' })).map((p) => `${view}: ${p}`));
    }
    await close();
    check(problems.length === 0, problems.slice(0, 5).join('\n#   '));
  });
}

/* -------------------------------------------------------------------------------------------------------- what it says */

test('simulated and historic data are marked as such, real data too', async ({ context }) => {
  for (const [nature, word] of [['simulated', 'Simulated exercise'], ['historic', 'Historic outbreak'], ['real', 'Real data']]) {
    const name = nameOf(nature);
    if (name) {
      const page = await open(context, `lang=en&dataset=${encodeURIComponent(name)}`);
      check((await page.textContent('.banner')).includes(word), `${nature}: ${await page.textContent('.banner')}`);
      await page.close();
    }
  }
});

test('invented data say so over every view, in every chart and in every exported file, in five languages', async ({ context }) => {
  const name = nameOf('simulated');
  const words = { es: 'datos inventados', pt: 'dados inventados', en: 'invented data', fr: 'données inventées', zh: '虚构数据' };
  for (const [lang, word] of Object.entries(name ? words : {}).filter(([one]) => mocked || one === 'en' || one === 'zh')) {
    const page = await open(context, `lang=${lang}&dataset=${encodeURIComponent(name)}`);
    const all = ['curve', 'rt', 'alarm', 'delays', 'pyramid', 'chains', 'genomes', 'tracing', 'stock', 'quality', 'imports', 'scenario'];
    for (const tab of lang === 'en' || lang === 'zh' ? all : ['curve', 'scenario']) { // the words are the page's, not the view's
      await show(page, `lang=${lang}&dataset=${encodeURIComponent(name)}&tab=${tab}`);
      const marks = await page.evaluate(() => {
        const said = (element) => getComputedStyle(element, '::before').content;
        return { over: getComputedStyle(document.documentElement, '::after').content, position: getComputedStyle(document.documentElement, '::after').position,
          parts: [...document.querySelectorAll('figure.figure, .map-panel, .table-panel')].map(said), title: document.title, csv: [...document.querySelectorAll('#tab-panel a.csv')].map((a) => a.href) };
      });
      check(marks.over.includes(word) && marks.position === 'fixed', `${lang}, ${tab}: over the view stands ${marks.over}`);
      check(marks.parts.length >= 2 && marks.parts.every((text) => text.includes(word)), `${lang}, ${tab}: the parts say ${marks.parts}`);
      check(marks.title.includes(word), `${lang}, ${tab}: the title is ${marks.title}`);
      if (lang === 'en' && marks.csv.length > 0 && !mocked) {
        const lines = (await (await page.request.get(marks.csv[0])).text()).trim().split('\n');
        check(lines[0].trim().endsWith('exercise') && lines.slice(1).every((line) => line.trim().endsWith('演习')), `${tab}: ${lines[0]} / ${lines[1]}`);
      }
    }
    await page.close();
  }
  const real = nameOf('real') ?? nameOf('historic');
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(real)}`);
  check(await page.evaluate(() => getComputedStyle(document.documentElement, '::after').content) === 'none', 'what is not invented has no such mark');
  await page.close();
});

test('chains: the cases on a time axis are read by pointer and keys, filtered, and taken away', async () => {
  const { context, close } = await openBrowser(undefined, { acceptDownloads: true });
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(node.datasets[0].name)}&tab=chains`);
  const rows = () => page.locator('.ch-spacer').evaluate((spacer) => Math.round(parseFloat(spacer.style.height) / 16));
  const all = await rows();
  check(all > 100 && /cases;/.test(await page.locator('#tab-panel p.summary').first().innerText()), `${all} rows`);
  const inked = () => page.locator('canvas.ch-canvas').evaluate((canvas) => { const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); const seen = new Set(); for (let i = 0; i < data.length; i += 4) { seen.add(`${data[i] >> 5},${data[i + 1] >> 5},${data[i + 2] >> 5}`); } return seen.size; });
  check(await inked() > 4, 'something is drawn, in colours');
  await page.locator('.ch-scroll').focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('PageDown');
  check(/^Case \d+ · .*(infected by|from outside)/.test(await page.locator('#tab-panel p.readout').innerText()), await page.locator('#tab-panel p.readout').innerText());
  await page.keyboard.press('End');
  check(await page.locator('.ch-scroll').evaluate((s) => s.scrollTop + s.clientHeight > s.scrollHeight - 40), 'the last row is in sight');
  const slow = await page.locator('.ch-scroll').evaluate(async (s) => {
    const took = [];
    for (let i = 0; i < 40; i++) {
      s.scrollTop = (i * s.scrollHeight) / 41;
      const begun = performance.now();
      await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
      took.push(performance.now() - begun);
    }
    took.sort((a, b) => a - b);
    return { median: took[20], worst: took[39] };
  });
  console.log(`# chains: ${all} rows, a frame ${Math.round(slow.median)} ms (median of 40), the slowest ${Math.round(slow.worst)} ms`);
  check(slow.median < 60 && slow.worst < 1000, `a frame took ${slow.median} ms, the slowest ${slow.worst} ms`);
  await page.selectOption('#chains-least', '0.9');
  check(await rows() < all, 'weak links are not followed');
  await page.selectOption('#chains-least', '0');
  await page.click('#chains-alone');
  check(await rows() >= all, 'cases without links, too');
  await page.click('#chains-alone');
  await Promise.all([page.waitForResponse((one) => /chains.*reported=0\.25/.test(one.url()) && one.ok()), page.selectOption('#chains-reported', '0.25')]); // what is known of the unseen
  await settled(page);
  check(await page.locator('#chains-reported').inputValue() === '0.25', 'the share stays chosen');
  await Promise.all([page.waitForResponse((one) => /chains.*method=mcmc/.test(one.url())), page.click('#chains-method-mcmc')]);
  await page.waitForSelector('.ch:not([aria-busy]) #chains-method-mcmc[aria-pressed="true"]');
  await Promise.all([page.waitForResponse((one) => /chains.*method=instant/.test(one.url())), page.click('#chains-method-instant')]);
  await page.waitForSelector('.ch:not([aria-busy]) #chains-method-instant[aria-pressed="true"]');
  await Promise.all([page.waitForResponse((one) => /chains/.test(one.url()) && !/reported/.test(one.url())), page.selectOption('#chains-reported', '')]);
  await settled(page);
  await page.click('#chains-colour-place');
  check((await page.locator('#tab-panel ul.legend').first().locator('li').count()) >= 1, 'a legend of places');
  if (await page.locator('#chains-lineage').count() > 0) { // where genomes of cases were called
    const lineages = await page.locator('#chains-lineage option').evaluateAll((list) => list.map((one) => one.value).filter(Boolean));
    await page.selectOption('#chains-lineage', lineages[0]);
    const some = await rows();
    check(some > 0 && some < all && (await page.locator('#tab-panel details table tbody tr').evaluateAll((list) => [...new Set(list.map((row) => row.children[4].textContent))])).every((one) => one === lineages[0] || one.startsWith(`${lineages[0]}.`)),
      `of ${lineages[0]} and below: ${some} rows of ${all}`);
    await page.click('#chains-colour-lineage');
    check((await page.locator('#tab-panel ul.legend').first().locator('li').allInnerTexts()).some((text) => text.includes(lineages[0])), 'a legend of lineages');
    await page.selectOption('#chains-lineage', '');
    check(await rows() === all, 'all again');
  } else {
    check(!mocked, 'the stand-in has lineages');
  }
  for (const [button, name, begins] of [['#chains-svg', /\.svg$/, '<?xml'], ['#chains-png', /\.png$/, '\x89PNG']]) {
    const [download] = await Promise.all([page.waitForEvent('download'), page.click(button)]);
    check(name.test(download.suggestedFilename()) && readFileSync(await download.path()).toString('latin1').startsWith(begins), `${button}: ${download.suggestedFilename()}`);
  }
  check((await (await page.request.get(await page.locator('#tab-panel a.csv').first().evaluate((a) => a.href))).text()).startsWith('case,day,day_of,place'), 'the numbers');
  await sound(page);
  await close();
});

test('every chart has a text summary, a method and a data table', async ({ context }) => {
  const page = await open(context, 'lang=en');
  for (const tab of ['curve', 'rt', 'alarm', 'delays', 'pyramid']) {
    await show(page, `lang=en&tab=${tab}${tab === 'alarm' ? `&dataset=${encodeURIComponent(weekly.name)}&place=${encodeURIComponent(weeklyPlace)}` : ''}`);
    const figures = await page.locator('figure.figure').count();
    for (let i = 0; i < figures; i++) {
      const one = page.locator('figure.figure').nth(i);
      check((await one.locator('.summary').textContent()).length > 20, `${tab} ${i}: summary`);
      check((await one.locator('svg.chart').getAttribute('aria-label')).length > 20, `${tab} ${i}: label`);
      check(await one.locator('details.method p').count() > 0, `${tab} ${i}: method`);
      await one.locator('button[id^="table-"]').click();
      check(await one.locator('table.data tbody tr').count() > 3, `${tab} ${i}: table`);
    }
    if (figures > 0) {
      await sound(page, `${tab}: axe on the tables`, { colours: tab === 'curve' ? 'too' : 'not' });
      for (let i = 0; i < figures; i++) {
        await page.locator('figure.figure').nth(i).locator('button[id^="table-"]').click();
      }
      check(await page.locator('figure.figure svg.chart').count() === figures, `${tab}: back to the drawings`);
    } else {
      check((await page.textContent('.tab-panel .note')).length > 20, `${tab}: says why there is no chart`);
    }
  }
  await page.close();
});

test('every CSV link answers with CSV', async ({ context }) => {
  const page = await open(context, 'lang=en');
  for (const tab of TABS) {
    await show(page, `lang=en&tab=${tab}`);
    const links = await page.$$eval('a.csv', (all) => all.map((a) => a.href));
    check(links.length > 0, `${tab}: no CSV link`);
    for (const link of links) {
      const response = await fetch(link);
      const text = await response.text();
      check(response.status === 200 && /^text\/csv/.test(response.headers.get('content-type')) && text.split('\n')[0].includes(','), `${link}: ${response.status} ${text.slice(0, 80)}`);
    }
  }
  await page.close();
});

test('a series that cannot be analysed says so in words, never with an empty chart', async ({ context }) => {
  const historic = node.datasets.find((d) => d.first_known === d.last_known) ?? node.datasets[node.datasets.length - 1];
  const page = await open(context, `lang=es&dataset=${encodeURIComponent(historic.name)}`);
  for (const tab of TABS) {
    await show(page, `lang=es&dataset=${encodeURIComponent(historic.name)}&tab=${tab}`);
    const text = await page.textContent('.tab-panel');
    check(text.trim().length > 30, `${tab}: ${text}`);
    check(await page.evaluate(() => [...document.querySelectorAll('svg.chart')].every((c) => [...c.querySelectorAll('path')].some((p) => (p.getAttribute('d') ?? '').length > 10) || c.querySelector('rect.male, rect.female'))), `${tab}: empty chart`);
  }
  await page.close();
});

test('a place in one sentence, in every language, with the numbers of the API', async ({ context }) => {
  const locales = { es: 'es', pt: 'pt-BR', en: 'en-GB', fr: 'fr', zh: 'zh-CN' };
  const page = await open(context, 'lang=es');
  for (const d of [dated, weekly]) {
    const rows = rowsOf(await ask(`situation?dataset=${encodeURIComponent(d.name)}`));
    const delayed = d.measures[0].delayed;
    const cases = { ok: rows.find((row) => row.status === 'ok' && row.next_low !== null && (!delayed || row.expected_low !== null)), silent: rows.find((row) => row.status === 'silent' && row.last_date) };
    for (const [kind, row] of Object.entries(cases)) {
      for (const lang of row ? LANGUAGES : []) {
        await show(page, `lang=${lang}&dataset=${encodeURIComponent(d.name)}&place=${encodeURIComponent(row.code)}`);
        const text = await page.textContent('.says');
        const format = new Intl.NumberFormat(locales[lang], { maximumFractionDigits: 0 });
        const wanted = kind === 'silent' ? [String(Number(row.last_date.slice(8))), format.format(row.days_silent)]
          : [...(delayed ? [row.expected_low, row.expected_high] : [row.last_7_days]), row.next_low, row.next_high].map((n) => format.format(n));
        check(wanted.every((number) => text.includes(number)), `${lang} ${row.code}: ${text} lacks one of ${wanted.join(' | ')}`);
        check(/[.。]$/.test(text) && !/NaN|undefined|\{|–,/.test(text), `${lang} ${row.code}: ${text}`);
      }
    }
  }
  await page.close();
});

test('the table says which rows come from the renewal model, in every language', async ({ context }) => {
  const query = `dataset=${encodeURIComponent(dated.name)}&measure=${dated.measures[0].name}`;
  const rows = rowsOf(await ask(`situation?${query}`));
  const modelled = rows.some((row) => row.method === 'renewal');
  check(rows.every((row) => ['renewal', 'quick'].includes(row.method)), 'a row has another method');
  const page = await open(context, `lang=es&${query}`);
  for (const lang of LANGUAGES) {
    await show(page, `lang=${lang}&${query}`);
    const words = JSON.parse(readFileSync(join(web, 'i18n', `${lang}.json`), 'utf8'))['table.model'];
    check((await page.textContent('.table-foot')).includes(words) === modelled, `${lang}: the foot of the table`);
    const marked = await page.locator('table.places tbody td', { hasText: '≈' }).count();
    const wanted = modelled ? rows.slice(0, 100).filter((row) => row.method === 'quick' && row.rt_median !== null).length : 0;
    check(marked === wanted, `${lang}: ${marked} rows are marked as quick, not ${wanted}`);
  }
  await page.close();
});

test('former forecasts lie under the curve, can be put away, and are judged in words', async ({ context }) => {
  const row = rowsOf(await ask(`situation?dataset=${encodeURIComponent(dated.name)}`)).find((one) => one.status === 'ok');
  const answer = await ask(`hindcast?dataset=${encodeURIComponent(dated.name)}&measure=${dated.measures[0].name}&place=${encodeURIComponent(row.code)}`);
  check(answer.meta.status === 'ok' && answer.meta.n_forecasts > 0, `the API gives no former forecast of ${row.code}: ${JSON.stringify(answer.meta)}`);
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}&place=${encodeURIComponent(row.code)}&span=all`);
  const origins = new Set(answer.rows.map((cells) => cells[0])).size;
  check(await page.locator('path.former-line').count() === origins, `${await page.locator('path.former-line').count()} former forecasts are drawn, not ${origins}`);
  const summary = await page.textContent('figure .summary');
  check(summary.includes(`Former forecasts shown: ${origins}`) && (answer.meta.n_scored === 0 || summary.includes(`${Math.round(answer.meta.inside_95 * 100)}% inside the 95% interval`)), summary);
  await page.focus('#former');
  await page.keyboard.press('Enter');
  check(await page.locator('path.former-line').count() === 0 && await page.getAttribute('#former', 'aria-pressed') === 'false', 'put away');
  await page.keyboard.press('Enter');
  check(await page.locator('path.former-line').count() === origins, 'back again');
  await page.close();
});

test('the alarm of a place and its endemic channel, and the places that stand out', async ({ context }) => {
  const page = await open(context, `lang=en&tab=alarm&dataset=${encodeURIComponent(weekly.name)}&place=${encodeURIComponent(weeklyPlace)}`);
  check(/expected/.test(await page.textContent('.tab-panel')), 'what was expected');
  const channel = rowsOf(await ask(`alarm?method=channel&dataset=${encodeURIComponent(weekly.name)}&place=${encodeURIComponent(weeklyPlace)}`));
  if (channel.some((week) => week.n_years >= 3)) {
    for (const zone of ['success', 'safety', 'alert', 'epidemic']) {
      check((await page.getAttribute(`path.zone-${zone}`, 'd')).length > 20, `zone ${zone}`);
    }
    const newest = channel.filter((week) => week.count !== null).pop();
    check((await page.textContent('figure:has(path.present-line) .summary')).startsWith(`EW ${newest.week}/${newest.year}: `), 'the newest week');
  } else {
    check(/three former years/.test(await page.textContent('.tab-panel')), 'why there is no channel');
  }
  await page.goto(`${base}/?lang=en&tab=alarm&dataset=${encodeURIComponent(dated.name)}&level=`);
  await settled(page);
  if (await page.locator('.tab-panel section.figure button.link').count() > 0) {
    await page.click('.tab-panel section.figure button.link >> nth=0');
    await page.waitForURL(/place=/);
    await settled(page);
  }
  check((await page.textContent('.tab-panel')).length > 30, 'one place');
  await page.close();
});

test('kept alarms are listed as the API has them', async ({ context }) => {
  const kept = rowsOf(await ask(`alarms?dataset=${encodeURIComponent(dated.name)}`));
  const page = await open(context, `lang=en&tab=alarm&alarms=all&dataset=${encodeURIComponent(dated.name)}`);
  check(await page.locator('.kept-list > li').count() === Math.min(40, kept.length), `${await page.locator('.kept-list > li').count()} of ${kept.length} are shown`);
  for (const row of kept.slice(0, 3)) {
    const card = page.locator(`#kept-${row.id}`);
    check((await card.locator('.badge').textContent()).toLowerCase() === row.state, `state of ${row.id}`);
    check(await card.locator('.kept-history li').count() === row.n_events, `history of ${row.id}`);
  }
  await page.close();
});

test('the map shows growth, alarms and the week ahead, in the words of the table', async ({ context }) => {
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}`);
  for (const [what, column] of [['growth', 'growth_rate_per_day'], ['alarm', 'alarm'], ['ahead', 'next_7_days']]) {
    await show(page, `lang=en&dataset=${encodeURIComponent(dated.name)}&show=${what}`);
    check(await page.locator('.map-panel .legend li').count() >= 4, `${what}: legend`);
    if (await page.locator(`#sort-${column}`).count() > 0) {
      await page.click(`#sort-${column}`);
      check(await page.getAttribute(`th:has(#sort-${column})`, 'aria-sort') === 'descending', `${what}: sorts`);
      check(await page.locator('g.place > :not(.none):first-child').count() > 0, `${what}: no place has a colour`);
      const label = await page.locator('g.place:has(> :not(.none):first-child)').first().getAttribute('aria-label');
      check(what === 'alarm' ? /expected|threshold|Alarm/.test(label) : what === 'growth' ? /%/.test(label) : /95% interval/.test(label), `${what}: ${label}`);
    }
  }
  await page.close();
});

test('the delay through time is drawn from the API, or why it is not', async ({ context }) => {
  const d = node.datasets.find((one) => one.measures[0]?.delayed && one.first_known < one.last_known) ?? dated;
  const answer = await ask(`delays?through=time&dataset=${encodeURIComponent(d.name)}&measure=${d.measures[0].name}`);
  const page = await open(context, `lang=en&tab=delays&span=all&dataset=${encodeURIComponent(d.name)}`);
  const known = rowsOf(answer).filter((row) => row.median !== null);
  if (known.length > 1) {
    const last = known[known.length - 1];
    const text = await page.textContent('figure:has(path.late-line) .summary');
    check(text.includes(`half within ${last.median} days, nine in ten within ${last.q90} days; within 7 days ${Math.round(last.share_7_days * 100)}%`), text);
    await page.click('#table-through');
    check(await page.locator('figure table.data tbody tr').count() === answer.rows.length, 'a row a period');
    await page.click('#table-through');
  } else {
    check(/not enough periods|no delay|not known/.test(await page.textContent('.tab-panel')), 'why not');
  }
  await page.close();
});

/* --------------------------------------------------------------------------------------------------- address and history */

test('a link reproduces the view; back and forward work', async ({ context }) => {
  const page = await open(context, `lang=es&dataset=${encodeURIComponent(dated.name)}`);
  await page.click('tbody button.link >> nth=0');
  await settled(page);
  await page.click('#tab-rt');
  await settled(page);
  await page.selectOption('#indicator', 'growth');
  await page.click('#sort-name');
  await settled(page);
  const address = page.url();
  const content = await page.textContent('main');
  check(/place=/.test(address) && /tab=rt/.test(address) && /show=growth/.test(address) && /sort=name/.test(address) && !address.includes('#'), address);
  const again = watch(await context.newPage());
  await again.goto(address);
  await settled(again);
  const shown = await again.textContent('main');
  const differs = [...content].findIndex((letter, at) => letter !== shown[at]);
  check(shown === content, `the same address shows something else: ${shown.slice(differs - 40, differs + 80)} | ${content.slice(differs - 40, differs + 80)}`);
  await again.close();
  await page.goBack();
  await page.goBack();
  await page.goBack();
  await settled(page);
  check(!/tab=rt/.test(page.url()) && await page.getAttribute('#tab-curve', 'aria-selected') === 'true', 'back to the curve');
  await page.goForward();
  await settled(page);
  check(await page.getAttribute('#tab-rt', 'aria-selected') === 'true', 'forward to Rt');
  await page.close();
});

test('copy link pins the day of the data', async () => {
  const { context, close } = await openBrowser({ width: 1280, height: 900 }, { permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}`);
  await page.click('#copy-link');
  await page.waitForSelector('footer [role="status"]:not(:empty)');
  const link = await page.evaluate(() => navigator.clipboard.readText()).catch(() => page.getAttribute('footer [role="status"] a', 'href'));
  check(link.includes(`as_of=${dated.last_known}`) && link.includes('measure='), link);
  await close();
});

test('the as-of slider, its date and "now" change what is shown', async ({ context }) => {
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}`);
  const before = await page.textContent('table.places');
  await page.focus('#asof');
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('ArrowLeft');
  }
  await page.waitForURL(/as_of=/);
  await settled(page);
  check((await page.textContent('table.places')) !== before, 'the table did not change');
  check(await page.evaluate(() => document.activeElement.id) === 'asof', 'the slider lost the focus');
  await page.fill('#asof-date', dated.first_known);
  await page.waitForURL(new RegExp(`as_of=${dated.first_known}`));
  await settled(page);
  await page.click('#asof-now');
  await settled(page);
  check(!/as_of=/.test(page.url()) && (await page.textContent('table.places')) === before, 'now');
  await page.close();
});

/* ------------------------------------------------------------------------------------------------------------ keyboard */

test('by keyboard alone: skip link, search, table, map, tabs', async ({ context }) => {
  const page = await open(context, `lang=es&dataset=${encodeURIComponent(nameOf('simulated') ?? dated.name)}&level=`);
  await page.keyboard.press('Tab');
  check(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first tab stop is the skip link');
  check(await page.evaluate(() => getComputedStyle(document.activeElement).top) === '0px', 'the skip link shows itself');
  await page.keyboard.press('Enter');
  check(await page.evaluate(() => document.activeElement.id) === 'detail', 'the skip link goes to the detail');
  const seen = new Set();
  await page.focus('#dataset');
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const [key, outlined] = await page.evaluate(() => {
      const e = document.activeElement;
      const style = getComputedStyle(e);
      const inner = e.firstElementChild ? getComputedStyle(e.firstElementChild) : null;
      return [e.id || e.getAttribute('data-code') && 'map' || e.className, style.outlineStyle !== 'none' || (inner && parseFloat(inner.strokeWidth) >= 3)];
    });
    check(outlined || key === '', `no visible focus on ${key}`);
    seen.add(/^place-/.test(key) ? 'table' : /^tab-/.test(key) ? 'tabs' : key);
    if (seen.has('tabs')) {
      break;
    }
  }
  for (const stop of ['search', 'lang', 'indicator', 'map', 'table', 'tabs']) {
    check(seen.has(stop) || (stop === 'tabs' && seen.size > 30), `tab never reaches ${stop}: ${[...seen]}`);
  }
  await page.focus('g.place[tabindex="0"]');
  const first = await page.evaluate(() => document.activeElement.getAttribute('data-code'));
  for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp', 'ArrowRight', 'ArrowDown']) {
    await page.keyboard.press(key);
  }
  const walked = await page.evaluate(() => document.activeElement.getAttribute('data-code'));
  check(walked !== null, 'the arrows stay on the map');
  await page.keyboard.press('Enter');
  await page.waitForURL(/place=/);
  await settled(page);
  check(new URL(page.url()).searchParams.get('place') === walked, `Enter chooses ${walked} (from ${first})`);
  await page.focus('#tab-curve');
  await page.keyboard.press('ArrowRight');
  await settled(page);
  check(await page.evaluate(() => document.activeElement.id) === 'tab-rt' && /tab=rt/.test(page.url()), 'the right arrow opens Rt');
  await page.focus('#search');
  const place = (await (await fetch(`${base}/api/v1/places?dataset=${encodeURIComponent(new URL(page.url()).searchParams.get('dataset'))}`)).json()).rows.find((r) => /[^\x00-\x7f]/.test(r[1])) ?? null;
  if (place) {
    await page.keyboard.type(place[1].normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase());
    await page.waitForSelector('#search-list li');
    await page.keyboard.press('ArrowDown');
    check(await page.getAttribute('#search', 'aria-activedescendant') === 'search-0', 'the first hit is marked');
    await sound(page, 'axe', { without: ['target-size'] }); // the open list lies over headings for a moment
    await page.keyboard.press('Enter');
    await settled(page);
    check((await page.textContent('#detail')).includes(place[1]), `search without accents finds ${place[1]}: ${await page.textContent('#detail')}`);
  }
  await page.close();
});

test('the pickers begin with the whole: all groups, the first measure', async ({ context }) => {
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}`);
  check(await page.locator('#group').count() === 0 || await page.inputValue('#group') === 'all', 'the group picker does not begin with everybody');
  check(await page.inputValue('#measure') === dated.measures[0].name, 'measure');
  await page.close();
});

test('the table sorts both ways and says so', async ({ context }) => {
  const page = await open(context, `lang=en&dataset=${encodeURIComponent(dated.name)}`);
  const numbers = () => page.$$eval('table.places tbody tr', (rows) => rows.map((r) => Number(r.children[2].textContent.replace(/[^\d-]/g, ''))).filter(Number.isFinite));
  await page.click('#sort-last_7_days');
  check(await page.getAttribute('th:has(#sort-last_7_days)', 'aria-sort') === 'descending', 'aria-sort');
  let list = await numbers();
  check(list.every((v, i) => i === 0 || v <= list[i - 1] || list[i - 1] === 0), `down: ${list}`);
  check(await page.evaluate(() => document.activeElement.id) === 'sort-last_7_days', 'the heading keeps the focus');
  await page.click('#sort-last_7_days');
  check(await page.getAttribute('th:has(#sort-last_7_days)', 'aria-sort') === 'ascending', 'aria-sort up');
  await page.close();
});

/* -------------------------------------------------------------------------------------------------- security and print */

test('the security policy allows nothing inline and nothing else', async ({ context }) => {
  const response = await fetch(`${base}/`);
  const policy = response.headers.get('content-security-policy') ?? '';
  check(/default-src 'self'/.test(policy) && !/unsafe/.test(policy), policy);
  const html = await response.text();
  check(!/<style|style=|<script(?![^>]*src=)|\son\w+=/.test(html), 'inline style or script');
  const page = await open(context, 'lang=en');
  check(await page.evaluate(() => document.querySelectorAll('[style]').length) === 0, 'style attributes');
  await page.close();
});

test('printing gives pages with the numbers and without the controls', async ({ context }) => {
  const page = await open(context, 'lang=en');
  await page.setViewportSize({ width: 703, height: 1000 }); // A4 within its margins
  await page.emulateMedia({ media: 'print' });
  check(await overflow(page) === '' && await page.evaluate(() => document.querySelector('table.places').scrollWidth <= innerWidth), `the table is wider than the paper: ${await overflow(page)}`);
  check(!await page.isVisible('.tools') && !await page.isVisible('#search') && await page.isVisible('.tiles'), 'controls in print');
  const pdf = await page.pdf({ format: 'A4' });
  check(pdf.length > 10000, 'pdf');
  await page.close();
});

/* ------------------------------------------------------------------------------------------------------ only with the mock */

if (mocked) {
  test('five thousand places: the page is there in 4 s, sorting and choosing take under 400 ms, told here; four times as long fails', async ({ context }) => {
    await ask('situation?dataset=many&measure=cases_onset'); // the stand-in server's own time is not the page's
    let first = Infinity;
    let page;
    for (let attempt = 0; attempt < 3 && first >= 4 * 4000; attempt++) { // other work on the machine is not the page's either
      await page?.close();
      page = watch(await context.newPage());
      const start = Date.now();
      await page.goto(`${base}/?lang=es&dataset=many`);
      await settled(page);
      first = Math.min(first, Date.now() - start);
    }
    check(await page.locator('g.place').count() === 5000, 'tiles');
    check(await page.locator('table.places tbody tr').count() === 100, 'a page of rows');
    const once = (selector) => page.evaluate(async (s) => {
      const at = performance.now();
      document.querySelector(s).click();
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - at;
    }, selector);
    const timed = async (selector) => {
      let best = Infinity;
      for (let attempt = 0; attempt < 3 && best >= 4 * 400; attempt++) {
        best = Math.min(best, await once(selector));
      }
      return best;
    };
    const sort = await timed('#sort-last_7_days');
    const next = await timed('#page-after');
    const choose = await timed('tbody button.link');
    console.log(`# 5,000 places: first view ${first} ms, sort ${sort.toFixed(0)} ms, next page ${next.toFixed(0)} ms, choose ${choose.toFixed(0)} ms`);
    check(first < 4 * 4000 && Math.max(sort, next, choose) < 4 * 400, 'too slow'); // other work must not fail it: what grows with the square of places is far beyond
    await page.close();
  });

  /** The alarm tab of the simulated outbreak with the alarms as they were found; what is in the first card is asked for by id. */
  const openKept = async (context, query = '') => {
    mock.control.alarms = new KeptAlarms();
    mock.control.posts = '';
    return open(context, `lang=en&tab=alarm&dataset=vallemar${query}`);
  };
  const shownAlarms = (page) => page.$$eval('.kept-list > li', (all) => all.map((one) => Number(one.id.slice(5))));
  const steps = (id) => mock.control.alarms.history.filter((step) => step.alarm === id).map((step) => step.action);

  test('kept alarms by state and place, a place with what lies below it and clusters that touch it', async ({ context }) => {
    const page = await openKept(context);
    check((await shownAlarms(page)).join() === '2,1', `to be dealt with: ${await shownAlarms(page)}`);
    await page.focus('#kept-filter');
    await page.selectOption('#kept-filter', 'closed');
    await page.waitForURL(/alarms=closed/);
    await settled(page);
    check((await shownAlarms(page)).join() === '3' && await page.evaluate(() => document.activeElement.id) === 'kept-filter', `closed: ${await shownAlarms(page)}`);
    const text = await page.textContent('#kept-3');
    check(/Closed by Luis/.test(text) && /the total of each date given/.test(text) && /a backlog was typed in/.test(text) && /16 Nov 2026 – 20 Nov 2026/.test(text) && /20 Nov 2026: 12 reported, 3\.1 expected/.test(text) && !/NaN|null|undefined/.test(text), text);
    await page.selectOption('#kept-filter', 'all');
    await settled(page);
    check((await shownAlarms(page)).join() === '3,2,1', `all: ${await shownAlarms(page)}`);
    await page.selectOption('#kept-where', 'XV-0202');
    await page.waitForURL(/place=XV-0202/);
    await settled(page);
    check((await shownAlarms(page)).join() === '2', `one place: ${await shownAlarms(page)}`);
    for (const [place, wanted] of [['XV-01', '1'], ['XV', '3,2,1'], ['XV-0309', '3'], ['XV-0602', '']]) {
      await page.goto(`${base}/?lang=en&tab=alarm&alarms=all&dataset=vallemar&place=${place}`);
      await settled(page);
      check((await shownAlarms(page)).join() === wanted, `${place}: ${await shownAlarms(page)}`);
    }
    await page.close();
  });

  test('by keyboard an alarm is acknowledged, assigned, closed with a note and opened again, and the record has it', async ({ context }) => {
    const page = await openKept(context);
    await page.focus('#kept-acknowledge-1');
    await page.keyboard.press('Enter');
    check(await page.evaluate(() => document.activeElement.id) === 'kept-by-1', 'the name is asked for first');
    await page.keyboard.press('Enter');
    check(/Write your name/.test(await page.textContent('#kept-1 .error')) && await page.getAttribute('#kept-by-1', 'aria-invalid') === 'true' && steps(1).length === 1, 'a step without a name');
    await page.keyboard.type('Zoë Núñez');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#kept-1.kept-acknowledged:not(.waiting)');
    check(await page.evaluate(() => document.activeElement.id) === 'kept-1' && /Acknowledged by Zoë Núñez/.test(await page.textContent('#kept-1')), `acknowledged: ${await page.evaluate(() => document.activeElement.outerHTML.slice(0, 80))} ${await page.textContent('#kept-1')}`);
    await page.focus('#kept-assign-1');
    await page.keyboard.press('Space');
    check(await page.evaluate(() => document.activeElement.id) === 'kept-to-1' && await page.inputValue('#kept-by-1') === 'Zoë Núñez', 'the name is known now');
    await page.keyboard.type('Luis');
    await page.keyboard.press('Escape');
    check(await page.locator('#kept-1 form').count() === 0 && await page.evaluate(() => document.activeElement.id) === 'kept-assign-1', 'Escape puts the form away');
    await page.keyboard.press('Enter');
    check(await page.inputValue('#kept-to-1') === 'Luis', 'and what was typed is not lost');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /With Luis/.test(document.querySelector('#kept-1').textContent));
    await page.waitForSelector('#kept-1:not(.waiting)');
    for (const [action, state, note] of [['close', 'closed', 'two lines\nof <b>note</b>'], ['reopen', 'open', 'it was early']]) {
      await page.focus(`#kept-${action}-1`);
      await page.keyboard.press('Enter');
      await page.focus(`#kept-send-1`);
      await page.keyboard.press('Enter');
      check(/Write a note/.test(await page.textContent('#kept-1 .error')) && await page.evaluate(() => document.activeElement.id) === 'kept-note-1', `${action} wants a note`);
      await page.fill('#kept-note-1', note);
      await page.click('#kept-send-1');
      await page.waitForSelector(`#kept-1.kept-${state}:not(.waiting)`);
    }
    check(steps(1).join() === 'found,acknowledged,assigned,closed,reopened', steps(1).join());
    const last = mock.control.alarms.history.slice(-2);
    check(last[0].note === 'two lines\nof <b>note</b>' && last[0].by === 'Zoë Núñez' && mock.control.alarms.alarms[0].assignee === 'Luis', JSON.stringify(last));
    check(await page.locator('#kept-1 .kept-history li').count() === 5 && await page.locator('#kept-1 b').count() === 0, 'the history holds it, as text');
    await page.reload();
    await settled(page);
    await page.click('#kept-close-1');
    check(await page.inputValue('#kept-by-1') === 'Zoë Núñez', 'the name is known after a reload');
    await page.evaluate(() => localStorage.clear());
    await page.close();
  });

  test('a step is shown at once and taken back where it was refused; nothing typed is lost', async ({ context }) => {
    const page = await openKept(context);
    expectFailures = true;
    await page.click('#kept-close-1');
    await page.fill('#kept-by-1', 'Ana');
    await page.fill('#kept-note-1', 'a long account');
    mock.control.posts = 'refused';
    mock.control.delayMs = 400;
    await page.click('#kept-send-1');
    check(/Closed/.test(await page.textContent('#kept-1 .badge')) && /Saving/.test(await page.textContent('#kept-1 .kept-said')), 'at once, and said to be on its way');
    await page.waitForSelector('#kept-1 .error');
    const checkKept = async (what, pattern) => {
      check(pattern.test(await page.textContent('#kept-1 .error')), `${what}: ${await page.textContent('#kept-1 .error')}`);
      check(await page.inputValue('#kept-note-1') === 'a long account' && await page.inputValue('#kept-by-1') === 'Ana', `${what}: what was typed`);
    };
    await checkKept('refused', /Not saved: another program.*another process is writing/);
    check(await page.textContent('#kept-1 .badge') === 'Open', 'back as it was');
    await sound(page);
    mock.control.delayMs = 0;
    await page.click('#tab-rt'); // drawn anew meanwhile
    await settled(page);
    await page.click('#tab-alarm');
    await settled(page);
    await checkKept('drawn anew', /Not saved/);
    mock.control.posts = 'lost';
    await page.click('#kept-send-1');
    await page.waitForFunction(() => /not certain/.test(document.querySelector('#kept-1 .error')?.textContent ?? ''));
    await checkKept('lost', /did not answer/);
    mock.control.posts = '';
    mock.control.alarms.step(1, { action: 'close', by: 'Luis', note: 'mine' }); // somebody else was faster
    await page.click('#kept-send-1');
    await page.waitForFunction(() => /no longer as it was shown/.test(document.querySelector('#kept-1 .error')?.textContent ?? ''));
    await checkKept('too late', /already by Luis/);
    check(await page.textContent('#kept-1 .badge') === 'Closed' && /Closed by Luis/.test(await page.textContent('#kept-1')) && await page.isDisabled('#kept-send-1'), 'as it is now');
    await page.click('#kept-reopen-1');
    check(await page.inputValue('#kept-note-1') === 'a long account', 'the note serves another step');
    mock.control.posts = 'unheard'; // done, but the answer does not come
    await page.click('#kept-send-1');
    await page.waitForSelector('#kept-1.kept-open:not(.waiting)');
    check(await page.locator('#kept-1 .error').count() === 0 && steps(1).join() === 'found,closed,reopened', `found to be saved: ${steps(1)}`);
    mock.control.posts = '';
    expectFailures = false;
    await page.evaluate(() => localStorage.clear());
    await page.close();
  });

  test('the present alarms are kept by a button, and not those of the past', async ({ context }) => {
    const page = await openKept(context, '&level=admin2');
    const asked = [];
    page.on('request', (request) => request.method() === 'POST' && asked.push(new URL(request.url())));
    await page.click('#kept-keep');
    await page.waitForSelector('#kept-5');
    check(/Judged: 36. Alarms: 1; of these new: 1,/.test(await page.textContent('.kept-result')), await page.textContent('.kept-result'));
    check(asked[0].searchParams.get('level') === 'admin2' && asked[0].searchParams.get('measure') === 'cases_report' && asked[0].searchParams.get('dataset') === 'vallemar', asked[0].search);
    await page.click('#kept-keep');
    await page.waitForFunction(() => /kept before: 1/.test(document.querySelector('.kept-result').textContent));
    mock.control.posts = 'refused';
    expectFailures = true;
    await page.click('#kept-keep');
    await page.waitForSelector('.kept-result .error');
    check(/Nothing was kept.*another process/.test(await page.textContent('.kept-result')), await page.textContent('.kept-result'));
    expectFailures = false;
    mock.control.posts = '';
    await page.goto(`${base}/?lang=en&tab=alarm&dataset=vallemar&as_of=2026-11-01`);
    await settled(page);
    check(await page.locator('#kept-keep').count() === 0 && await page.locator('.kept-list > li').count() > 0, 'of the past');
    await page.close();
  });

  for (const lang of LANGUAGES) {
    test(`${lang}: the forms of a kept alarm fit a phone, and axe finds nothing`, async ({ context }) => {
      mock.control.alarms = new KeptAlarms();
      const page = await open(context, `lang=${lang}&tab=alarm&alarms=all&dataset=vallemar`);
      await page.setViewportSize({ width: 320, height: 700 });
      for (const [action, id] of [['acknowledge', 1], ['assign', 2], ['close', 1], ['reopen', 3]]) {
        await page.click(`#kept-${action}-${id}`);
        await page.click(`#kept-send-${id}`); // without the name: the fault is shown too
        check(await page.isVisible(`#kept-${id} .error`), `${action}: the fault`);
        await page.click(`#kept-${id} .kept-history summary`);
        check(await overflow(page) === '', `${action}: ${await overflow(page)}`);
        const small = await page.$$eval('.kept button:not(.link), .kept input, .kept textarea', (all) => all.filter((one) => one.getBoundingClientRect().height < 40).length);
        check(small === 0, `${action}: ${small} too small for a finger`);
      }
      await sound(page, 'axe', { colours: lang === 'es' ? 'too' : 'not' });
      await page.setViewportSize({ width: 1280, height: 900 });
      await page.close();
    });
  }

  test('the parts behind the first two tabs are not in the first view', async () => {
    const { context, close } = await openBrowser(); // with nothing kept of before
    mock.control.requests.length = 0;
    const page = await open(context, 'lang=en&dataset=vallemar');
    const early = mock.control.requests.filter((address) => /more|alarm/.test(address));
    check(early.length === 0, early.join());
    await page.click('#tab-alarm');
    await settled(page);
    for (const part of [/assets\/more\.[^.]+\.js/, /assets\/more\.[^.]+\.css/, /i18n\/en-more/, /api\/v1\/alarms/]) {
      check(mock.control.requests.some((address) => part.test(address)), `${part} was not asked for`);
    }
    await close();
  });

  test('when the server fails, the page says so and tries again', async ({ context }) => {
    const page = watch(await context.newPage());
    expectFailures = true;
    mock.control.fail = true;
    await page.goto(`${base}/?lang=en&dataset=weekly`);
    await page.waitForSelector('.tab-panel .error');
    await sound(page);
    check(/disk is gone/.test(await page.textContent('.tab-panel .error')), 'the message is there');
    mock.control.fail = false;
    await page.click('.tab-panel .error button');
    await page.waitForSelector('figure svg.chart');
    expectFailures = false;
    await page.close();
  });

  test('when the network is gone, the last answer is shown and said to be old', async () => {
    const { context, close } = await openBrowser();
    const page = await open(context, 'lang=en&dataset=sars');
    expectFailures = true;
    await context.setOffline(true);
    await page.click('#tab-rt'); // not asked before: cannot be shown
    await page.waitForSelector('.tab-panel .error');
    await page.click('#tab-curve'); // asked before: the last answer
    await page.waitForSelector('figure svg.chart');
    check(await page.isVisible('.offline'), 'the notice');
    await context.setOffline(false);
    await page.click('.offline button');
    await settled(page);
    check(await page.locator('.offline').count() === 0, 'the notice goes');
    expectFailures = false;
    await close();
  });

  test('the same question again costs an empty 304', async ({ context }) => {
    const page = await open(context, 'lang=en&dataset=vallemar');
    const statuses = [];
    page.on('response', (response) => response.url().includes('/api/v1/situation') && statuses.push(response.status()));
    await page.reload();
    await settled(page);
    check(statuses.length > 0 && statuses.every((s) => s === 304), statuses.join());
    await page.close();
  });

  test('a node without counts says how to begin, and shows what needs none', async ({ context }) => {
    mock.control.empty = true;
    const page = watch(await context.newPage());
    await page.goto(`${base}/?lang=en`);
    await page.waitForSelector('#tr-part-day');
    check(/vigia import/.test(await page.textContent('main')), await page.textContent('main'));
    check((await page.locator('.tab').allInnerTexts()).join() === 'Tracing,Genomes,Stock,Scenarios' && !await page.locator('.overview').isVisible(), 'tabs');
    await sound(page);
    await page.locator('#search').fill('a'); // places that contacts and stocks name
    await page.locator('#search-list li').first().click();
    check(/place=/.test(page.url()), page.url());
    for (const [tab, part] of [['genomes', '#gn-canvas, .gn-card, .tab-panel h3'], ['stock', '.tab-panel h3'], ['scenario', '.sc-card']]) {
      await page.click(`#tab-${tab}`);
      await page.waitForSelector(part);
      await settled(page);
      check(await page.locator('.error').count() === 0, await page.textContent('main'));
    }
    await page.selectOption('#lang', 'es');
    await page.waitForFunction(() => document.documentElement.lang === 'es' && /recuentos de casos/.test(document.querySelector('main').textContent));
    mock.control.tracing.empty = true; // a laboratory's node opens with its genomes, a warehouse's with its stocks
    for (const [genomes, tab] of [['', 'genomes'], ['none', 'stock']]) {
      mock.control.genomes = genomes;
      await page.goto(`${base}/?lang=en`);
      await page.waitForSelector(`#tab-${tab}[aria-selected=true]`);
    }
    mock.control.empty = mock.control.tracing.empty = false;
    mock.control.genomes = '';
    await page.close();
  });

  test('names in an address that do not exist fall back or are said to be unknown', async ({ context }) => {
    const page = await open(context, 'lang=xx&dataset=nothing&measure=x&group=y&level=z&tab=q&show=w&as_of=2026-99-99&page=-4&sort=%3Cb%3E');
    check(await page.locator('figure svg.chart').count() === 1, 'falls back');
    await page.close();
  });
}

const tools = { test, check, open, watch, openBrowser, settled, axe, sound, show, overflow, base, mock, languages: LANGUAGES, widths: WIDTHS, node, fail: (value) => { expectFailures = value; } };
for (const add of [scenarioTests, genomesTests, planTests, stockTests, tracingTests, tracingRowsTests]) {
  add(tools);
}

test('no console error, no request to another host, in all of the above', async () => {
  check(complaints.length === 0, [...new Set(complaints)].slice(0, 5).join('\n#   '));
});

/* ----------------------------------------------------------------------------------------------------------------- run */

const wanted = tests.filter((entry) => !process.env.PAGE_TESTS || entry.name.includes(process.env.PAGE_TESTS));
const { context, close } = await openBrowser();
console.log(`1..${wanted.length}`);
let failed = 0;
for (const [i, entry] of wanted.entries()) {
  try {
    await entry.run({ context });
    console.log(`ok ${i + 1} - page: ${entry.name}`);
  } catch (problem) {
    failed += 1;
    expectFailures = false;
    if (mock) {
      Object.assign(mock.control, { fail: false, empty: false, posts: '', delayMs: 0 });
    }
    console.log(`not ok ${i + 1} - page: ${entry.name}\n#   ${String(problem.stderr || problem.stdout || problem.message || problem).trim().split('\n').slice(0, 12).join('\n#   ')}`);
  }
}
await close();
await closeBrowser();
await mock?.stop();
if (made) {
  rmSync(made, { recursive: true, force: true });
}
process.exit(failed > 0 ? 1 : 0);
