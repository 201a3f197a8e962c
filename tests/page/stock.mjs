// Tests of the stock tab: its tables, and entries with connections that fail, against the stand-in server; its tables and one entry against a running node with the example.
import { readFileSync } from 'node:fs';
import { openProfile } from './browser.mjs';
import { Stock } from './stock-mock.mjs';

export function stockTests({ test, check, open, openBrowser, sound, overflow, mock, languages, widths, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const address = (lang = 'en', more = '') => `lang=${lang}&dataset=${dataset}&tab=stock${more}`;
  const quiet = async (page) => page.waitForFunction(() => document.querySelector('.st-body') && !document.querySelector('.st-body.waiting'));
  const openTab = async (context, lang = 'en', more = '') => {
    const page = await open(context, address(lang, more));
    await quiet(page);
    return page;
  };
  const part = async (page, name) => { await page.click(`#st-part-${name}`); await quiet(page); };
  const alone = (name, run) => test(name, async () => {
    const { context, close } = await openProfile({ width: 390, height: 800 });
    Object.assign(mock.control, { stock: new Stock(mock.control.stock.today), posts: '', delayMs: 0, fail: false });
    try {
      await run(context, mock.control);
    } finally {
      fail(false);
      Object.assign(mock.control, { stock: new Stock(mock.control.stock.today), posts: '', delayMs: 0, fail: false });
      await close();
    }
  });
  const enter = async (page, values) => {
    for (const [field, value] of Object.entries(values)) {
      if (['event', 'item'].includes(field)) {
        await page.selectOption(`#st-${field}`, value);
        await quiet(page);
      } else {
        await page.fill(`#st-${field}`, value);
      }
    }
    await page.click('#st-save');
  };

  test('stock: texts of all that the ledger says', async () => {
    const catalogue = JSON.parse(readFileSync(new URL('../../web/i18n/zh.json', import.meta.url), 'utf8'));
    const ask = readFileSync(new URL('../../src/jobs/stock/ask.c', import.meta.url), 'utf8');
    const cover = readFileSync(new URL('../../src/allocate/cover/cover.c', import.meta.url), 'utf8');
    const words = cover.match(/names\[\] = \{([^}]*)\}/)[1].match(/\w+/g).concat(['negative', 'reusable', 'long']);
    check(words.length === 7, `statuses: ${words}`);
    for (const word of words) {
      check(`stock.status.${word}` in catalogue, `status ${word} has no words`);
    }
    for (const [, state] of ask.matchAll(/missing_row\(asking, [^;]*?"(\w+)"/g)) {
      check(`stock.state.${state}` in catalogue || state === '', `state ${state} has no words`);
    }
    const model = readFileSync(new URL('../../src/model/stock/stock.c', import.meta.url), 'utf8');
    for (const event of model.match(/event_names\[\] = \{([^}]*)\}/)[1].match(/\w+/g)) {
      check(`stock.event.${event}` in catalogue, `event ${event} has no words`);
    }
    const items = readFileSync(new URL('../../data/allocate/stock_items.csv', import.meta.url), 'utf8').trim().split('\n').slice(1);
    for (const unit of new Set(items.map((line) => line.split(',')[2]))) {
      check(`stock.unit.${unit}` in catalogue, `unit ${unit} has no words`);
    }
  });

  test('stock: every part, its filters and its numbers', async ({ context }) => {
    const page = await openTab(context);
    check(await page.locator('.st-table tbody tr').count() > 3, 'a table of what is there');
    const first = await page.textContent('.st-table tbody tr:first-child');
    check(mock ? /below zero/.test(first) : first.length > 10, `the most urgent first: ${first}`);
    if (mock) {
      check(/2\.9|3 \(2 to 4\)/.test(await page.textContent('.st-table tbody')), 'days of cover with their interval');
      check(/over 180/.test(await page.textContent('.st-table tbody')), 'what lasts long');
      check((await page.textContent('.st-tiles')).includes('2'), 'tiles');
    }
    await part(page, 'orders');
    const orders = await page.textContent('.st-body');
    check(mock ? /2 orders are on their way, 1 of them late/.test(orders) && /60 doses.*late/.test(await page.textContent('.st-table tbody tr:first-child')) && await page.locator('.st-table b').count() === 0 : /on its way|on their way/.test(orders), `what is on its way: ${orders.slice(0, 200)}`);
    await part(page, 'table');
    await page.selectOption('#st-item', 'respirator');
    await quiet(page);
    const rows = await page.$$eval('.st-table tbody tr', (all) => all.map((one) => one.textContent));
    check(rows.length > 0 && rows.every((text) => /respirators/.test(text)), 'one item');
    await page.selectOption('#st-item', '');
    await quiet(page);
    for (const name of ['expiry', 'missing', 'entry']) {
      await part(page, name);
      check(await page.locator('.st-table tbody tr').count() > 0, `${name} has rows`);
    }
    check(!mock || await page.locator('.st-table b').count() === 0, 'notes are text');
    check(/format=xlsx/.test(await page.locator('.st a.csv').nth(1).getAttribute('href')), 'a workbook beside the CSV');
    await page.close();
  });

  test('stock: axe and 320 px in every language', async ({ context }) => {
    for (const lang of mock ? languages : ['es']) {
      const page = await openTab(context, lang);
      for (const name of ['table', ...(lang === 'es' ? ['orders'] : []), 'expiry', 'missing', 'entry']) {
        await part(page, name);
        const text = await page.textContent('.st');
        check(!/stock\.[a-z]/.test(text), `${lang} ${name}: a text is missing: ${text.match(/stock\.[a-z._]+/)}`);
        if (lang === 'es' || lang === 'zh') { // marks hardly depend on the language, lengths do
          await sound(page, `${lang} ${name}`, { colours: lang === 'es' ? 'too' : 'not' });
        }
      }
      if (lang === 'es') {
        await page.emulateMedia({ colorScheme: 'dark' });
        for (const name of ['table', 'entry']) {
          await part(page, name);
          await sound(page, `dark ${name}`, { colours: 'alone' });
        }
      }
      await page.setViewportSize({ width: widths[0], height: 700 });
      for (const name of ['table', 'entry']) {
        await part(page, name);
        const wide = await overflow(page);
        check(wide === '', `${lang} ${name} at ${widths[0]}: ${wide}`);
      }
      await page.close();
    }
  });

  if (!mock) {
    return;
  }

  alone('stock: an entry is kept, once, and shown', async (context, control) => {
    const page = await openTab(context);
    await part(page, 'entry');
    await page.click('#st-save');
    check(/Needed: Item/.test(await page.textContent('#st-fault')), 'says what is needed');
    check(await page.getAttribute('#st-amount', 'aria-invalid') === null, 'marks the first field only');
    await enter(page, { event: 'received', item: 'vaccine_dose', amount: '120', lot: 'A1', expiry: '2026-12-31', place: 'XV-01', by: 'Zoë' });
    await page.waitForFunction(() => /Kept/.test(document.querySelector('.st-said').textContent));
    const body = JSON.parse(control.stock.posts[0]);
    check(body.by === 'Zoë' && body.entries[0].lot === 'A1' && body.entries[0].amount === '120' && body.entries[0].entry.length >= 16 && /^\d{4}-\d\d-\d\d$/.test(body.entries[0].date), JSON.stringify(body));
    check(/120/.test(await page.textContent('.st-table tbody tr:first-child')), 'is in the newest rows');
    check(await page.inputValue('#st-by') === 'Zoë', 'the name stays');
    await enter(page, { event: 'moved', item: 'respirator', amount: '5', to_place: 'XV-02' });
    await page.waitForFunction(() => /Moved: 5/.test(document.querySelector('.st-said').textContent));
    check(JSON.parse(control.stock.posts[1]).entries[0].to_place === 'XV-02', 'the other place');
    await page.selectOption('#st-event', 'counted');
    await page.selectOption('#st-item', 'icu');
    await quiet(page);
    check(await page.locator('#st-in_use').count() === 1 && await page.locator('#st-lot').count() === 0, 'asks how many are in use, and no lot');
    await page.close();
  });

  alone('stock: a refusal and a lost answer lose nothing', async (context, control) => {
    const page = await openTab(context);
    await part(page, 'entry');
    control.stock.refuse = 'XV-01 has 3 pieces to give';
    fail(true);
    await enter(page, { event: 'used', item: 'respirator', amount: '9', place: 'XV-01', by: 'Ana' });
    await page.waitForSelector('#st-fault');
    check(/3 pieces to give/.test(await page.textContent('#st-fault')) && await page.inputValue('#st-amount') === '9', 'what was typed stays');
    control.stock.refuse = '';
    control.posts = 'unheard';
    await page.click('#st-save');
    await page.waitForFunction(() => /no answer/.test(document.querySelector('#st-fault')?.textContent ?? ''));
    control.posts = '';
    await page.click('#st-save');
    await page.waitForFunction(() => /Kept/.test(document.querySelector('.st-said').textContent));
    check(control.stock.entries.size === 1, `${control.stock.entries.size} entries of one`);
    const sent = () => control.stock.posts.slice(-2).map((text) => JSON.parse(text).entries[0]);
    check(sent()[0].entry === sent()[1].entry && sent()[0].date === sent()[1].date && /^\d{4}-\d\d-\d\d$/.test(sent()[0].date), `sent twice, one entry of one day: ${JSON.stringify(sent())}`);
    fail(true);
    control.stock.refuse = 'the same entry was told otherwise before, in row 7 of the ledger';
    await enter(page, { event: 'used', item: 'respirator', amount: '8', place: 'XV-01', by: 'Ana' });
    await page.waitForSelector('#st-fault');
    control.stock.refuse = '';
    await page.click('#st-save');
    await page.waitForFunction(() => /Kept/.test(document.querySelector('.st-said').textContent));
    check(sent()[0].entry !== sent()[1].entry, 'what is given another id is kept');
    fail(false);
    await page.close();
  });

  alone('stock: an empty ledger, many rows, and a failing node', async (context, control) => {
    control.stock.empty = true;
    let page = await openTab(context);
    check(/ledger is empty/.test(await page.textContent('.st-body')), 'says how to begin');
    await page.close();
    control.stock.empty = false;
    control.stock.many = 300;
    page = await openTab(context);
    check(await page.locator('.st-table tbody tr').count() === 200 && /The first 200 of 307/.test(await page.textContent('.st-body')), 'the first of many');
    await page.close();
  });
}
