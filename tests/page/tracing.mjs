// Tests of the tracing tab: against the stand-in server, with connections that fail in every way, and against a running node with the example.
import { readFileSync } from 'node:fs';
import { openProfile, until } from './browser.mjs';
import { Tracing } from './tracing-mock.mjs';

export function tracingTests({ test, check, open, watch, openBrowser, settled, sound, overflow, base, mock, languages, widths, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const officer = mock ? 'Ana' : 'brigada 1';
  const address = (lang = 'en', more = '') => `lang=${lang}&dataset=${dataset}&tab=tracing${more}`;
  const quiet = async (page) => page.waitForFunction(() => document.querySelector('.tr-body') && !document.querySelector('.tr-body.waiting'));
  const openDay = async (context, lang = 'en', more = '') => {
    const page = await open(context, address(lang, more));
    await quiet(page);
    await page.selectOption('#tr-officer', officer);
    await page.waitForSelector('.tr-person');
    await quiet(page);
    return page;
  };
  const people = (page) => page.$$eval('.tr-person', (all) => all.map((one) => Number(one.id.slice(10))));
  const enter = async (page, contact, { seen = 'in_person', temperature = '', symptoms = [], become = '', onset = '', by = 'Zoë Núñez' } = {}) => {
    await page.fill('#tr-by', by);
    await page.click(`#tr-enter-${contact}`);
    await page.check(`#tr-seen-${contact}-${seen}`);
    if (temperature) {
      await page.fill(`#tr-temperature-${contact}`, temperature);
    }
    for (const symptom of symptoms) {
      await page.check(`#tr-symptom-${contact}-${symptom}`);
    }
    if (become) {
      await page.selectOption(`#tr-case-${contact}`, become);
      await page.fill(`#tr-onset-${contact}`, onset);
    }
    await page.click(`#tr-save-${contact}`);
  };
  const state = (page, contact) => page.evaluate((id) => document.querySelector(`#tr-person-${id} .badge`)?.textContent ?? '', contact);
  const reaches = (page, contact, text) => page.waitForFunction(([id, wanted]) => document.querySelector(`#tr-person-${id} .badge`)?.textContent === wanted, [contact, text], { timeout: 15000 });
  const stored = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('vigia-visit-')).map((key) => JSON.parse(localStorage.getItem(key))));
  const part = async (page, name) => { await page.click(`#tr-part-${name}`); await quiet(page); };
  /** A fresh browser and record; what breaks is whole again afterwards. */
  const alone = (name, run) => test(name, async () => {
    const { context, close } = await openProfile({ width: 390, height: 800 });
    Object.assign(mock.control, { tracing: new Tracing(mock.control.tracing.today), posts: '', delayMs: 0, fail: false, next: false, missing: '', half: false });
    try {
      await run(context, mock.control);
    } finally {
      fail(false);
      Object.assign(mock.control, { posts: '', delayMs: 0, fail: false, next: false, missing: '', half: false });
      await close();
    }
  });

  test('tracing: the texts of all words that the node has', async () => {
    const catalogue = JSON.parse(readFileSync(new URL('../../web/i18n/es.json', import.meta.url), 'utf8'));
    const shapes = readFileSync(new URL('../../src/store/tracing/shapes.c', import.meta.url), 'utf8');
    for (const [list, kind] of [['statuses', 'status'], ['proximities', 'proximity'], ['settings', 'setting'], ['orders', 'order'], ['sexes', 'sex'], ['certainties', 'certainty']]) {
      const found = shapes.match(new RegExp(`\\b${list}\\[[^\\]]*\\] = \\{([^}]*)\\}`));
      check(found && found[1].match(/"\w+"/g)?.length > 1, `shapes.c has no list ${list}`);
      for (const [, word] of found[1].matchAll(/"(\w+)"/g)) {
        check(`tracing.${kind}.${word}` in catalogue || (word === 'unknown' && kind !== 'proximity'), `${kind} ${word} has no words`);
      }
    }
    const compare = readFileSync(new URL('../../src/trace/linkage/compare.c', import.meta.url), 'utf8');
    const agrees = readFileSync(new URL('../../web/src/tracing-duplicates.ts', import.meta.url), 'utf8').match(/AGREES[^{]*{([^}]*)}/)[1];
    const said = [...compare.matchAll(/\bsay\([^;]*;/g)].flatMap(([call]) => [...call.matchAll(/"([a-z ]+)"/g)].map(([, one]) => one));
    check(said.length >= 12, `what agrees: ${said}`);
    for (const one of said) {
      const key = agrees.match(new RegExp(`(?:'${one}'|\\b${one}): '(\\w+)'`))?.[1];
      check(key && `tracing.agree.${key}` in catalogue, `"${one}" has no words`);
    }
    const jobs = readFileSync(new URL('../../src/jobs/tracing/list.c', import.meta.url), 'utf8');
    const indicators = [...jobs.matchAll(/\{"(\w+)", (?:\(double\)all|NAN)/g)].map(([, name]) => name);
    check(indicators.length === 11, `indicators: ${indicators}`);
    for (const name of indicators) {
      check(`tracing.indicator.${name}` in catalogue, `indicator ${name} has no words`);
    }
  });

  test('tracing: every part, its filters and its numbers', async ({ context }) => {
    const page = await openDay(context);
    check((await people(page)).length > 3 && /persons to visit/.test(await page.textContent('.tr-screen .summary')), await page.textContent('.tr-screen .summary'));
    check(mock || node.datasets.some((one) => one.nature === 'real') || 'exercise' in (await (await fetch(`${base}/api/v1/tracing?show=day&officer=${encodeURIComponent(officer)}`)).json()).meta, 'invented, and the answer does not say so');
    await part(page, 'first');
    check(await page.locator('.tr-table').count() === 2 && /ago|today/.test(await page.locator('.tr-table').first().textContent()), 'why each stands where it does');
    await part(page, 'contacts');
    const busy = mock ? officer : 'brigada 13'; // one with more than a page of them
    await page.selectOption('#tr-officer', busy);
    await quiet(page);
    const rows = async () => page.locator('.tr-table tbody tr').count();
    const all = await rows();
    check(all === 100, `a page of contacts: ${all}`);
    await page.click('#tr-next');
    await quiet(page);
    check(/Contacts 101 to/.test(await page.textContent('.tr-body .summary')), await page.textContent('.tr-body .summary'));
    await page.selectOption('#tr-status', 'open');
    await quiet(page);
    check((await page.$$eval('.tr-status', (cells) => [...new Set(cells.map((cell) => cell.textContent))])).join() === 'under follow-up' && /Contacts 1 to/.test(await page.textContent('.tr-body .summary')), 'open ones alone, from the first');
    check((await page.$$eval('.tr-table tbody tr', (list) => [...new Set(list.map((row) => row.lastElementChild.textContent))])).join() === busy, 'of the officer');
    await part(page, 'cases');
    await page.selectOption('#tr-officer', '');
    await quiet(page);
    check(await rows() > 0 && /^Cases 1 to/.test(await page.textContent('.tr-body .summary')), await page.textContent('.tr-body .summary'));
    await page.selectOption('#tr-class', 'confirmed');
    await quiet(page);
    check((await page.$$eval('.tr-table tbody tr', (list) => [...new Set(list.map((row) => row.children[3].textContent))])).join() === 'confirmed', 'confirmed ones alone');
    await page.selectOption('#tr-class', '');
    await page.selectOption('#tr-officer', busy);
    await quiet(page);
    await part(page, 'indicators');
    check(await page.locator('.tr-tiles .tile').count() === 11, 'eleven indicators');
    check(!/NaN|null|undefined|tracing\.[a-z]/.test(await page.textContent('.tr')), await page.textContent('.tr'));
    const links = await page.$$eval('.tr a.csv', (list) => list.map((a) => a.href));
    for (const link of links) {
      const response = await fetch(link);
      check(response.status === 200 && (await response.text()).startsWith('indicator,'), link);
    }
    await part(page, 'day');
    await page.close();
  });

  test('tracing: readable and usable in every language, by eye and by finger, on the smallest screen', async ({ context }) => {
    for (const lang of mock ? languages : ['pt']) {
      const page = await openDay(context, lang);
      const [first] = await people(page);
      await page.click(`#tr-enter-${first}`);
      await page.check(`#tr-seen-${first}-in_person`);
      for (const name of ['day', 'first', 'contacts', 'cases', 'indicators']) {
        await page.setViewportSize({ width: 1280, height: 800 });
        await part(page, name);
        check(!/tracing\.[a-z]|NaN|undefined/.test(await page.textContent('.tr')), `${lang} ${name}: a text is missing`);
        for (const width of widths) {
          await page.setViewportSize({ width, height: 800 });
          check(await overflow(page) === '', `${lang} ${width} ${name}: ${await overflow(page)}`);
          if ((width === 320 && lang === 'es') || (width === 1280 && lang === 'zh')) {
            await sound(page, `${lang} ${width} ${name}`, { colours: lang === 'es' ? 'too' : 'not' });
          }
          if (name === 'day' && width === 320) {
            const small = await page.$$eval('.tr button, .tr-choice label, .tr input[type="text"]', (all) => all.filter((e) => e.getBoundingClientRect().height < 40 && e.offsetParent).map((e) => e.id || e.textContent));
            check(small.length === 0, `too small for a finger: ${small}`);
          }
        }
      }
      await page.setViewportSize({ width: 1280, height: 800 });
      await part(page, 'day');
      await page.close();
    }
  });

  test('tracing: the list of the day on paper, one line a person with boxes', async ({ context }) => {
    const page = await openDay(context);
    await page.evaluate(() => { window.print = () => { window.printed = document.documentElement.className; }; });
    check(!await page.isVisible('.tr-sheet'), 'on the screen there is no sheet');
    await page.click('#tr-print');
    check(await page.evaluate(() => window.printed) === 'tr-printing', 'printing');
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 1040, height: 720 }); // A4 landscape within its margins
    check(await page.isVisible('.tr-sheet') && !await page.isVisible('.tr-day') && !await page.isVisible('.overview') && !await page.isVisible('.bar') && !await page.isVisible('.tabs'), 'the sheet alone');
    check(await overflow(page) === '', `wider than the paper: ${await overflow(page)}`);
    const [lines, persons] = [await page.locator('.tr-sheet tbody tr').count(), (await people(page)).length];
    check(lines === persons && lines > 3, `${lines} lines, ${persons} persons`);
    check(await page.locator('.tr-sheet tbody tr').last().locator('.tr-box').count() === 7, 'boxes');
    await page.emulateMedia({ media: 'screen' });
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    check(await page.isVisible('.tr-day') && await page.isVisible('.bar'), 'as before');
    await page.close();
  });

  test('tracing: a visit is entered, taken by the node and there after a reload', async () => {
    const { context, close } = await openBrowser({ width: 390, height: 800 });
    const page = await openDay(context);
    const contact = await page.evaluate(() => Number([...document.querySelectorAll('.tr-person:not(.tr-saved)')].pop().id.slice(10)));
    await page.click(`#tr-enter-${contact}`);
    await page.click(`#tr-save-${contact}`);
    check(/whether the contact was seen/.test(await page.textContent(`#tr-person-${contact} .error`)), 'seen is asked for');
    await page.check(`#tr-seen-${contact}-telephone`);
    await page.fill(`#tr-temperature-${contact}`, '384');
    await page.click(`#tr-save-${contact}`);
    check(/30 to 45/.test(await page.textContent(`#tr-person-${contact} .error`)) && await page.evaluate(() => document.activeElement.id) === `tr-temperature-${contact}`, 'the temperature');
    await page.fill(`#tr-temperature-${contact}`, '38,4');
    await page.check(`#tr-symptom-${contact}-fever`);
    await page.check(`#tr-symptom-${contact}-rash`);
    await page.click(`#tr-save-${contact}`);
    check(/Write your name/.test(await page.textContent(`#tr-person-${contact} .error`)) && await page.evaluate(() => document.activeElement.id) === 'tr-by', 'the name is asked for');
    await page.fill('#tr-by', 'Zoë Núñez');
    await page.click(`#tr-save-${contact}`);
    await reaches(page, contact, 'visited');
    check(/by telephone, 38\.4 °C, fever, rash/.test(await page.textContent(`#tr-person-${contact} .tr-state`)), await page.textContent(`#tr-person-${contact}`));
    check((await stored(page)).length === 0, 'nothing waits any more');
    await page.reload();
    await page.waitForSelector(`#tr-person-${contact}`);
    check(await state(page, contact) === 'visited' && /Alert: fever, rash, 38\.4 °C/.test(await page.textContent(`#tr-person-${contact}`)), `after the reload: ${await page.textContent(`#tr-person-${contact}`)}`);
    check(await page.inputValue('#tr-by') === 'Zoë Núñez', 'the name is known');
    await close();
  });

  if (!mock) {
    return;
  }

  alone('tracing: without a connection a visit waits, and goes by itself when it is back', async (context, control) => {
    const page = await openDay(context);
    const [first, second] = await people(page);
    fail(true);
    control.posts = 'lost';
    await enter(page, first, { temperature: '37.2', become: 'probable', onset: '2020-01-02' });
    await enter(page, second, { seen: 'not_seen' });
    await page.waitForSelector('.tr-wait');
    check(await state(page, first) === 'waiting' && await state(page, second) === 'waiting', 'said to be waiting');
    await page.waitForFunction(() => /2 visits waiting.*No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
    check((await stored(page)).length === 2 && control.tracing.visits.size === 0, 'kept here, not there');
    await sound(page);
    control.posts = '';
    await reaches(page, first, 'visited'); // tried again without being asked
    await reaches(page, second, 'visited');
    check(control.tracing.visits.size === 2 && (await stored(page)).length === 0 && await page.locator('.tr-wait').count() === 0, 'both are there, once');
    const told = [...control.tracing.visits.values()].map((visit) => `${visit.contact} ${visit.case ?? ''} ${visit.onset ?? ''}`).sort();
    check(told.join() === [`${first} probable 2020-01-02`, `${second}  `].sort().join(), `who is a case now: ${told}`);
    check([...control.tracing.visits.values()].every((visit) => visit.by === 'Zoë Núñez') && [...control.tracing.visits.values()].some((visit) => visit.temperature === 37.2), JSON.stringify([...control.tracing.visits.values()]));
    await page.close();
  });

  alone('tracing: the device itself without a network, and back', async (context, control) => {
    const page = await openDay(context);
    const [first] = await people(page);
    fail(true);
    await context.setOffline(true);
    await enter(page, first);
    await page.waitForFunction(() => /No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
    await page.waitForTimeout(2500); // the first pause is over: the next would be longer
    check(control.tracing.posts.length === 0 && await state(page, first) === 'waiting', 'nothing went');
    const before = Date.now();
    await context.setOffline(false); // the browser tells it to the page
    await reaches(page, first, 'visited');
    check(Date.now() - before < 2500 && control.tracing.visits.size === 1, `at once: ${Date.now() - before} ms`);
    await page.close();
  });

  alone('tracing: an answer that was not heard enters nothing twice', async (context, control) => {
    const page = await openDay(context);
    const [first] = await people(page);
    fail(true);
    control.posts = 'unheard';
    await enter(page, first, { symptoms: ['cough'] });
    await page.waitForSelector('.tr-wait');
    await page.waitForFunction(() => /No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
    check(control.tracing.visits.size === 1 && await state(page, first) === 'waiting', 'the node has it, and the page does not know');
    control.posts = '';
    await page.click('#tr-send');
    await reaches(page, first, 'visited');
    check(control.tracing.visits.size === 1 && control.tracing.posts.length >= 2, `visits ${control.tracing.visits.size}, posts ${control.tracing.posts.length}`);
    check(new Set(control.tracing.posts.flatMap((body) => body.followups.map((one) => one.entry))).size === 1, 'always the same key');
    await page.close();
  });

  alone('tracing: a page that is closed or loaded anew while a visit waits loses nothing', async (context, control) => {
    let page = await openDay(context);
    const [first, second] = await people(page);
    fail(true);
    control.posts = 'lost';
    await enter(page, first, { temperature: '38.1', symptoms: ['fever'] });
    await page.reload();
    await page.waitForSelector('.tr-wait');
    check(await state(page, first) === 'waiting' && /in person, 38\.1 °C, fever/.test(await page.textContent(`#tr-person-${first}`)), 'still waiting after the reload');
    await enter(page, second);
    await page.close();
    control.posts = '';
    page = watch(await context.newPage()); // opened later, at another tab
    await page.goto(`${base}/?lang=en&dataset=${dataset}`);
    await settled(page);
    await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('vigia-visit-')), null, { timeout: 15000 });
    check(control.tracing.visits.size === 2, `sent from wherever the page is: ${control.tracing.visits.size}`);
    check([...control.tracing.visits.values()].some((visit) => visit.temperature === 38.1 && visit.symptoms === 'fever'), 'as it was entered');
    await page.close();
  });

  const kept = (page) => page.evaluate(async () => {
    const all = {};
    for (const name of await caches.keys()) {
      all[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url)).map((one) => one.pathname + one.search);
    }
    return all;
  });
  const ready = (page) => page.waitForFunction(() => /opens without a connection/.test(document.querySelector('.tr-device')?.textContent ?? ''), null, { timeout: 15000 });
  /** With the node gone for good: connections are refused. */
  const away = async (run) => {
    await mock.stop();
    try {
      return await run();
    } finally {
      await mock.again();
    }
  };
  const reopen = async (context, query) => {
    const page = watch(await context.newPage());
    await page.goto(`${base}/?${query}`);
    return page;
  };

  alone('tracing: closed and opened again without a node, the page takes a visit, which goes once when the node is back', async (context, control) => {
    let page = await openDay(context);
    const [first, second] = await people(page);
    await ready(page);
    await page.close();
    fail(true);
    await away(async () => {
      page = await reopen(context, address());
      await page.waitForSelector(`#tr-person-${first}`);
      check(/does not answer/.test(await page.textContent('.tr-old')) && await page.isVisible('.offline'), 'what is old is said to be old');
      check(await page.evaluate(() => fetch('/api/v1/node').then(() => 'answered', () => 'refused')) === 'refused', 'the worker answers for the API');
      check(await page.evaluate(() => fetch('/nothing').then(() => 'answered', () => 'refused')) === 'refused', 'the worker answers for what it does not know');
      await enter(page, first, { temperature: '38.2', symptoms: ['fever'] });
      await page.waitForFunction(() => /No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
      await page.close();
      page = await reopen(context, address());
      await page.waitForSelector('.tr-wait');
      check(await state(page, first) === 'waiting', 'still there, closed and opened again');
      await enter(page, second);
      check((await stored(page)).length === 2 && control.tracing.visits.size === 0, 'kept');
    });
    await reaches(page, first, 'visited');
    await reaches(page, second, 'visited');
    check(control.tracing.visits.size === 2 && (await stored(page)).length === 0, `visits ${control.tracing.visits.size}`);
    check([...control.tracing.visits.values()].filter((visit) => visit.contact === first).length === 1 && control.tracing.visitsOf(first, control.tracing.today)[0].temperature === 38.2, 'once, as entered');
    const stores = await kept(page);
    const [own] = Object.keys(stores).filter((name) => name.startsWith('vigia-page-'));
    check(own && stores[own].includes('/') && stores[own].length > 8 && !stores[own].some((path) => path.startsWith('/api') || path.includes('?')), `the worker keeps files alone: ${stores[own]}`);
    await page.close();
  });

  alone('tracing: a list of yesterday without a node is of today, and old lists go', async (context, control) => {
    let page = await openDay(context);
    await ready(page);
    await page.close();
    fail(true);
    await away(async () => {
      const at = async (days, tab, shown) => {
        page = watch(await context.newPage());
        await page.clock.setFixedTime(Date.now() + days * 86400000);
        await page.goto(`${base}/?lang=en&dataset=${dataset}&tab=${tab}`);
        await page.waitForSelector(shown, { timeout: 15000 });
        return page;
      };
      page = await at(2, 'tracing', '.tr-person');
      const iso = new Date(Date.parse(control.tracing.today) + 2 * 86400000).toISOString().slice(0, 10);
      const left = control.tracing.contacts.filter((one) => one.officer === 'Ana' && one.status === 'open' && one.follow_until >= iso).map((one) => one.id).sort();
      check((await people(page)).sort().join() === left.join(), 'those whose follow-up goes on');
      await page.clock.resume();
      await enter(page, left[0]);
      check((await stored(page))[0].day === iso, `entered for ${iso}: ${(await stored(page))[0].day}`);
      await page.close();
      page = await at(5, 'curve', '.tab-panel'); // whichever tab is opened
      await until(page, async () => !(await (await caches.open('vigia-answers-1')).keys()).some((one) => one.url.includes('/tracing')), 'the list is gone');
      check((await stored(page)).length === 1, 'the visit is not');
      await page.close();
      page = await at(5, 'tracing', '.tab-panel .error');
      await page.close();
    });
  });

  alone('tracing: who leaves a shared device leaves no list and no name', async (context, control) => {
    const page = await openDay(context);
    const [first] = await people(page);
    await ready(page);
    fail(true);
    control.posts = 'lost';
    await enter(page, first);
    await page.waitForSelector('.tr-wait');
    await page.setViewportSize({ width: 320, height: 800 });
    check(await overflow(page) === '', await overflow(page));
    await sound(page);
    control.tracing.empty = true; // nothing new is kept in what follows
    await page.click('#tr-leave');
    await page.waitForURL((url) => !url.search.includes('tracing'));
    await settled(page);
    const after = await page.evaluate(() => ({ keys: Object.keys(localStorage).filter((key) => !key.startsWith('vigia-visit-')), visits: Object.keys(localStorage).length }));
    check(after.keys.length === 0 && after.visits === 1, JSON.stringify(after));
    check(!((await kept(page))['vigia-answers-1'] ?? []).some((one) => one.includes('/tracing')), JSON.stringify(await kept(page)));
    control.posts = '';
    await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('vigia-visit-')), null, { timeout: 20000 });
    check(control.tracing.posts.at(-1).followups.length === 1, 'what waited has gone');
    await page.close();
  });

  const versions = async (page) => Object.entries(await kept(page)).filter(([name]) => name.startsWith('vigia-page-'));
  const isNext = ([, files]) => files.every((path) => path === '/' || /-next\.\w+$/.test(path)) && files.some((path) => /\/pt-tracing\..*-next\./.test(path));
  alone('tracing: a new version of the page takes the place of the old one when that is closed, with the texts that were in use', async (context, control) => {
    let page = await openDay(context, 'pt');
    await page.waitForFunction(() => /sem conexão/.test(document.querySelector('.tr-device')?.textContent ?? ''));
    const [before, ...others] = await versions(page);
    check(others.length === 0 && !isNext(before) && before[1].some((path) => /\/pt-tracing\./.test(path)), `${before}`);
    control.next = true;
    await page.evaluate(async () => { await (await navigator.serviceWorker.getRegistration()).update(); });
    await until(page, async () => !!(await navigator.serviceWorker.getRegistration()).waiting, 'the new version is ready');
    const both = await versions(page);
    check(both.length === 2 && isNext(both[1]), `both while the old page is open, with the texts that were in use: ${both}`);
    await page.close();
    /* A page that is opened so soon that the browser still has the old worker at work leaves it there until it is closed in turn. */
    for (let left = 60, n = 2; n > 1; left--) {
      check(left > 0, 'the old version stays for a minute of being closed and opened');
      await new Promise((done) => setTimeout(done, 1000));
      page = await reopen(context, address('pt'));
      n = (await versions(page)).length;
      await page.close();
    }
    await away(async () => {
      fail(true);
      page = await reopen(context, address('pt'));
      await page.waitForSelector('.tr-person');
      check(isNext((await versions(page))[0]), `${await versions(page)}`);
      check(await page.evaluate(() => [...document.scripts].some((one) => /-next\.js$/.test(one.src))), 'the new version opens without a node');
      await page.close();
    });
  });

  alone('tracing: where a file of the page cannot be had the page says that it is not kept, and is once it can', async (context, control) => {
    fail(true);
    control.missing = '/assets/icon';
    const page = await openDay(context);
    await page.waitForFunction(() => /could not be kept/.test(document.querySelector('.tr-device')?.textContent ?? ''), null, { timeout: 20000 });
    control.missing = '';
    await page.click('#tr-part-contacts');
    await quiet(page);
    await page.click('#tr-part-day');
    await ready(page);
    await page.close();
  });

  alone('tracing: an answer that stops in the middle is none, and the list of before is shown', async (context, control) => {
    let page = await openDay(context);
    const list = await people(page);
    await ready(page);
    await page.close();
    control.half = true;
    page = await reopen(context, address());
    await page.waitForSelector(`#tr-person-${list[0]}`, { timeout: 90000 }); // each half answer is waited for until the page gives it up
    await until(page, () => /does not answer/.test(document.querySelector('.tr-old')?.textContent ?? ''), 'what is old is said to be old');
    check((await people(page)).join() === list.join(), 'the list of before');
    control.half = false;
    await page.close();
  });

  alone('tracing: pressed twice, and open twice, a visit is sent as one', async (context, control) => {
    const page = await openDay(context);
    const other = await openDay(context);
    const [first] = await people(page);
    control.delayMs = 400;
    await page.bringToFront();
    await page.fill('#tr-by', 'Ana');
    await page.click(`#tr-enter-${first}`);
    await page.check(`#tr-seen-${first}-in_person`);
    await page.evaluate((id) => { const form = document.querySelector(`#tr-person-${id} form`); form.requestSubmit(); form.requestSubmit(); }, first);
    await other.bringToFront();
    await other.evaluate(() => window.dispatchEvent(new Event('online'))); // it sends what waits, too
    await reaches(page, first, 'visited');
    control.delayMs = 0;
    await page.waitForTimeout(900);
    check(control.tracing.visits.size === 1, `visits: ${control.tracing.visits.size}`);
    check((await stored(page)).length === 0 && await other.locator('.tr-wait').count() === 0, 'nothing is left waiting in either');
    await page.close();
    await other.close();
  });

  alone('tracing: a busy node, and another network\'s page in its place, take nothing', async (context, control) => {
    const page = await openDay(context);
    const [first] = await people(page);
    fail(true);
    control.posts = 'refused';
    await enter(page, first);
    await page.waitForFunction(() => /busy/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
    control.posts = 'portal';
    await page.click('#tr-send');
    await page.waitForFunction(() => /No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
    check((await stored(page)).length === 1 && await state(page, first) === 'waiting', 'still waiting');
    control.posts = '';
    await page.click('#tr-send');
    await reaches(page, first, 'visited');
    check(control.tracing.visits.size === 1, 'once');
    await page.close();
  });

  alone('tracing: a visit that the node refuses is shown with the reason and keeps no other out', async (context, control) => {
    const page = await openDay(context);
    const [first, second, third] = await people(page);
    control.tracing.contacts = control.tracing.contacts.filter((one) => one.id !== first); // gone meanwhile
    fail(true);
    control.posts = 'lost';
    await enter(page, first);
    await enter(page, second);
    await page.evaluate((id) => { // a form that the node does not know, as of a page from before
      localStorage.setItem('vigia-visit-short', JSON.stringify({ entry: 'short', contact: id, day: '2026-01-01', seen: 'in_person', symptoms: '', temperature: null, by: 'Zoë Núñez', at: 1, reason: '' }));
    }, third);
    control.posts = '';
    await page.click('#tr-send');
    await reaches(page, first, 'not taken');
    await reaches(page, second, 'visited');
    check(/there is no contact/.test(await page.textContent(`#tr-person-${first} .tr-state`)), await page.textContent(`#tr-person-${first}`));
    await page.waitForFunction((id) => [...document.querySelectorAll('div.tr-refused')].some((e) => e.textContent.includes(`contact ${id}`) && /not visits/.test(e.textContent)), third);
    check((await stored(page)).length === 2 && control.tracing.visits.size === 1, 'both refused ones are still here');
    await page.click('#tr-drop-short');
    check((await stored(page)).length === 1 && await page.locator('div.tr-refused').count() === 0, 'put away by hand');
    await page.close();
  });

  alone('tracing: what is being typed stays while other visits go', async (context, control) => {
    const page = await openDay(context);
    const [first, second] = await people(page);
    fail(true);
    control.posts = 'lost';
    await enter(page, first);
    await page.click(`#tr-enter-${second}`);
    await page.check(`#tr-seen-${second}-in_person`);
    await page.fill(`#tr-temperature-${second}`, '37');
    control.posts = '';
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await reaches(page, first, 'visited');
    check(await page.inputValue(`#tr-temperature-${second}`) === '37' && await page.evaluate(() => document.activeElement.id) === `tr-temperature-${second}`, 'the form is as it was, with the focus');
    await page.close();
  });

  alone('tracing: the day\'s list without a connection, and a record that is empty', async (context, control) => {
    const page = await openDay(context);
    const [first] = await people(page);
    await page.click('#tr-part-indicators');
    await quiet(page);
    fail(true);
    await context.setOffline(true);
    await page.click('#tr-part-day');
    await page.waitForSelector(`#tr-person-${first}`);
    await page.click('#tr-part-first');
    await page.waitForSelector('.tr-body .error');
    check(/does not answer/.test(await page.textContent('.tr-body .error')), 'what was never asked for is not there');
    await context.setOffline(false);
    await page.click('#tr-again');
    await page.waitForSelector('.tr-table');
    fail(false);
    control.tracing.empty = true;
    const other = await open(context, address());
    check(/record of tracing is empty/.test(await other.textContent('.tab-panel')), await other.textContent('.tab-panel'));
    await sound(other);
    await page.close();
    await other.close();
  });
}
