// Tests of plans in the stock tab: what is shown of a kept plan, what-ifs with their faults, and orders to print, against the stand-in server; the example's own plan against a running node.
import { readFileSync } from 'node:fs';
import { Plans } from './plan-mock.mjs';

export function planTests({ test, check, open, openBrowser, sound, overflow, mock, languages, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const quiet = async (page) => page.waitForFunction(() => document.querySelector('.st-body') && !document.querySelector('.st-body.waiting'));
  const drawn = async (page) => page.waitForSelector('.pl-map .pl-arrow');
  const openPlans = async (context, lang = 'en') => {
    const page = await open(context, `lang=${lang}&dataset=${dataset}&tab=stock`);
    await quiet(page);
    await page.click('#st-part-plan');
    await page.waitForSelector('#pl-name, .note');
    await quiet(page);
    return page;
  };
  const alone = (name, run) => test(name, async () => {
    const { context, close } = await openBrowser({ width: 1000, height: 900 });
    mock.control.plans = new Plans(mock.control.plans.today);
    try {
      await run(context, mock.control.plans);
    } finally {
      fail(false);
      mock.control.plans = new Plans(mock.control.plans.today);
      await close();
    }
  });

  test('plan: texts of all that a plan says', async () => {
    const why = readFileSync(new URL('../../src/jobs/plan/why.c', import.meta.url), 'utf8');
    const tables = readFileSync(new URL('../../src/jobs/plan/tables.c', import.meta.url), 'utf8');
    const words = [...why.slice(why.indexOf('const char *plan_why_unmet')).matchAll(/[?:] "(\w+)"/g)].map(([, word]) => word);
    const rules = tables.match(/rule_names\[VG_PLAN_RULE_COUNT\] = \{([^}]*)\}/)[1].match(/\w+/g);
    check(words.length === 6 && rules.length === 3, `reasons ${words}, rules ${rules}`);
    for (const lang of languages) {
      const catalogue = JSON.parse(readFileSync(new URL(`../../web/i18n/${lang}.json`, import.meta.url), 'utf8'));
      for (const key of [...words.map((word) => `plan.why.${word}`), ...rules.map((rule) => `plan.name.${rule}`)]) {
        check(key in catalogue, `${lang}: ${key} has no words`);
      }
    }
  });

  test('plan: one is made, fails, is compared and removed', async ({ context }) => {
    const page = await openPlans(context);
    const errorText = async () => { await page.waitForSelector('.pl-make .error'); return page.textContent('.pl-make .error'); };
    await page.click('.pl-make > summary');
    await page.click('#pl-make');
    check(/Give the plan a name/.test(await errorText()), 'a name is asked for');
    await page.fill('#pl-title', 'Page & plan');
    await page.click('#pl-make');
    check(/nothing is assumed/.test(await errorText()), 'the share of the ventilated is asked for');
    await page.fill('#pl-share', '60');
    await page.click('#pl-by-list');
    await page.click('#pl-make');
    check(/at least one way/.test(await errorText()), 'ways are asked for');
    await page.click('#pl-by-distance');
    await page.click('.pl-places > summary');
    await page.waitForSelector('.pl-ticks input');
    await page.locator('.pl-ticks input').nth(1).check();
    await page.click('#pl-make');
    check(/two places at least/.test(await errorText()), 'one place is no plan');
    if (mock) {
      await page.click('.pl-places > summary');
      await page.waitForSelector('.pl-ticks input');
      await page.locator('#pl-place-XV-01').check();
      await page.locator('#pl-place-XV-02').check();
      fail(true);
      await page.click('#pl-make');
      await page.waitForFunction(() => /cannot be made so.*no hospital of XV-02/s.test(document.querySelector('.pl-make .error')?.textContent ?? ''));
      fail(false);
    }
    await page.click('.pl-places > summary');
    await page.waitForSelector('.pl-ticks input');
    for (const id of await page.locator('.pl-ticks input').evaluateAll((all) => all.filter((one) => one.checked).map((one) => one.id))) {
      await page.locator(`#${id}`).uncheck();
    }
    await page.selectOption('#pl-weeks', '2');
    await page.fill('#pl-capacity', '500');
    await page.fill('#pl-budget', '-3');
    await page.click('#pl-make');
    check(/zero or more, or empty/.test(await errorText()), 'a budget below nothing');
    await page.fill('#pl-budget', '20000');
    const weights = page.locator('.pl-weights input');
    check(await weights.count() === await page.locator('input[id^="pl-res-"]:checked').count(), 'resources that share a budget have weights');
    await page.click('#pl-make');
    check(/weight above 0/.test(await errorText()), 'which nobody else can say');
    for (let i = 0; i < await weights.count(); i++) {
      await weights.nth(i).fill(String(5 - 2 * i));
    }
    await page.click('#pl-make');
    await page.waitForFunction(() => document.querySelector('#pl-name')?.value === 'Page & plan');
    await quiet(page);
    check(/is kept/.test(await page.textContent('.pl-said')) && await page.locator('.pl-section table').count() > 1, 'it is shown beside the rules');
    if (mock) {
      const order = mock.control.plans.made.at(-1);
      check(order.budget === 20000 && order.period_budget === null && Object.values(order.weights).join() === '5,3', `its budget: ${JSON.stringify(order)}`);
      check(order.weeks === 2 && order.capacity === 500 && order.ventilated_share === 0.6 && order.neighbours === 4 && order.places.length === 0 && order.dataset === 'shapes' && order.ways === undefined, `what was sent: ${JSON.stringify(order)}`);
      check(/XV-06/.test(await page.textContent('.st-body')), 'who is left out is named');
    }
    page.on('dialog', (dialog) => dialog.accept());
    await page.click('.pl-make > summary');
    await page.click('#pl-remove');
    await page.waitForFunction(() => document.querySelector('#pl-name') && ![...document.querySelectorAll('#pl-name option')].some((one) => one.value === 'Page & plan'));
    check(/is removed/.test(await page.textContent('.pl-said')), 'and it is gone');
    if (mock) {
      mock.control.plans = new Plans(mock.control.plans.today);
    }
    await page.close();
  });

  test('plan: every part of a kept plan, and a what-if of it', async ({ context }) => {
    const page = await openPlans(context);
    await drawn(page);
    const text = await page.textContent('.st');
    check(!/plan\.[a-z]/.test(text), `a text is missing: ${text.match(/plan\.[a-z._]+/)}`);
    const arrows = await page.locator('.pl-arrow').count();
    check(await page.locator('.pl-movements').first().locator('tbody tr').count() > 0, 'movements with reasons');
    check(await page.locator('.chart circle.pl-plan').count() > 2 && await page.locator('.chart circle.pl-nothing_moves').count() > 2, 'coverage after and before');
    check(/price of fairness/i.test(text), 'what fairness costs');
    await page.focus('#pl-period');
    await page.keyboard.press('ArrowRight');
    const first = await page.locator('.pl-arrow').count();
    check(first > 0 && first < arrows && /Leaving/.test(await page.textContent('.pl-period')), `one period: ${first} of ${arrows} arrows`);
    check(/Leaving/.test(await page.getAttribute('#pl-period', 'aria-valuetext')), 'the slider says its period');
    await page.fill('#pl-amount', '10');
    await page.press('#pl-amount', 'Enter');
    await page.waitForSelector('.pl-answer table');
    check(/With 10 more at/.test(await page.textContent('.pl-answer')) && await page.locator('.pl-answer tbody tr').count() > 0, `who gains: ${await page.textContent('.pl-answer')}`);
    const links = await page.$$eval('.st a.csv', (all) => all.map((one) => one.getAttribute('href')));
    check(links.some((link) => /show=movements.*format=xlsx/.test(link)) && links.some((link) => /show=coverage.*format=csv/.test(link)), `files: ${links}`);
    if (!mock) {
      const orders = (await (await page.request.get(new URL(links.find((link) => /show=movements.*format=csv/.test(link)), page.url()).href)).text()).trim().split('\n');
      check(/^number,resource,title,leaves/.test(orders[0]) && orders.length > 1 && /If nothing moved|if nothing moved/.test(orders[1]), `orders: ${orders[0]} / ${orders[1]}`);
      const book = await (await page.request.get(new URL(links.find((link) => /xlsx/.test(link)), page.url()).href)).body();
      check(book.subarray(0, 2).toString() === 'PK', 'a workbook');
    }
    await page.close();
  });

  test('plan: axe and 360 px in every language', async ({ context }) => {
    for (const lang of mock ? languages : ['pt']) {
      const page = await openPlans(context, lang);
      await drawn(page);
      if (lang === 'pt') {
        await page.click('.pl-make > summary');
      }
      const text = await page.textContent('.st');
      check(!/plan\.[a-z]/.test(text), `${lang}: a text is missing: ${text.match(/plan\.[a-z._]+/)}`);
      if (lang === 'pt' || lang === 'zh') {
        await sound(page, lang, { colours: lang === 'pt' ? 'too' : 'not' });
      }
      if (lang === 'pt') {
        await page.emulateMedia({ colorScheme: 'dark' });
        await sound(page, 'dark', { colours: 'alone' });
      }
      await page.setViewportSize({ width: 360, height: 740 });
      await page.click('#st-part-table');
      await quiet(page);
      await page.click('#st-part-plan');
      await drawn(page);
      check(await page.locator('.pl-cards li').count() > 0, `${lang}: reasons as paragraphs on a phone`);
      const wide = await overflow(page);
      check(wide === '', `${lang} at 360: ${wide}`);
      await page.close();
    }
  });

  if (!mock) {
    return;
  }

  alone('plan: numbers, names and other resources', async (context) => {
    const page = await openPlans(context);
    await drawn(page);
    const says = await page.textContent('.st-body > .summary');
    check(/60\.0 are needed at a time.*18\.0 of them.*with the plan 10\.0/s.test(says), `averages of three periods: ${says}`);
    check(/XV-01|<b>/.test(await page.textContent('.pl-movements tbody')) && await page.locator('.pl-movements b').count() === 0, 'names are text');
    check(/en: why own_need/.test(await page.textContent('.pl-movements tbody')), 'reasons in the language');
    check(/nothing can arrive in time/.test(await page.textContent('.st-body')), 'why need stays unmet');
    check(/70% of its need would be met instead of 40%, but 2\.0 more/.test(await page.textContent('.st-body')), 'the price of fairness');
    check(/Not on the map: 1/.test(await page.textContent('.st-body')), 'a store without a place');
    await page.selectOption('#pl-resource', 'vaccine_dose');
    await quiet(page);
    check(/In all 180 are needed/.test(await page.textContent('.st-body > .summary')), 'sums of what is used up');
    check(/costs nothing/.test(await page.textContent('.st-body')), 'fairness for nothing');
    await page.selectOption('#pl-name', 'Older');
    await quiet(page);
    check(await page.inputValue('#pl-name') === 'Older', 'another plan');
    const rules = await page.textContent('.st-body');
    check(/worst-served place comes first\..*No place gives what/s.test(rules), 'and its rules, which a node tells as numbers');
    check(/not always the best there could be/.test(rules) && !/It is exact/.test(rules), 'no more is said of it than holds');
    await page.selectOption('#pl-resource', 'ventilator');
    await quiet(page);
    await page.fill('#pl-amount', '10');
    await page.click('#pl-ask');
    await page.waitForSelector('.pl-answer table');
    check(/With 10 more at .*, 2\.0 more would be lacking/.test(await page.textContent('.pl-answer')), `a loss is no gain: ${await page.textContent('.pl-answer')}`);
    await page.close();
  });

  alone('plan: what serves only together, and fairness within limits', async (context, plans) => {
    plans.together = true;
    let page = await openPlans(context);
    await drawn(page);
    check((await page.locator('#pl-resource option').allTextContents()).length === 1, 'what only serves is no choice');
    check(await page.locator('.pl-movements').first().locator('tbody tr').count() === 4, 'but moves');
    check(/Movements: 3, of 17 units/.test(await page.textContent('.st-body > .summary')), `and is counted: ${await page.textContent('.st-body > .summary')}`);
    const told = await page.textContent('.st-body');
    check(/scarcest of what serves only together: \S/.test(told) && !/It is exact/.test(told), 'how that is planned');
    await page.fill('#pl-amount', '3');
    await page.click('#pl-ask');
    await page.waitForSelector('.pl-answer table');
    check(/,vaccine_dose,3$/.test(plans.asked.at(-1)), `a what-if is of a member: ${plans.asked.at(-1)}`);
    await page.close();
    plans.together = false;
    plans.limited = true;
    page = await openPlans(context);
    await drawn(page);
    check(/70% of its need would be met here instead of 40%; within the shared limits 7\.5 more would be lacking over all resources/.test(await page.textContent('.st-body')), `the price of fairness of both: ${await page.textContent('.st-body')}`);
    await page.close();
    plans.limited = false;
  });

  alone('plan: a what-if that cannot be, and a node that fails', async (context, plans) => {
    const page = await openPlans(context);
    await page.fill('#pl-amount', '1.5');
    await page.click('#pl-ask');
    check(/whole number/.test(await page.textContent('.pl-answer')) && plans.asked.length === 0, 'parts are not sent');
    await page.fill('#pl-amount', '-500');
    fail(true);
    await page.click('#pl-ask');
    await page.waitForFunction(() => /cannot be worked out/.test(document.querySelector('.pl-answer').textContent));
    check(/has 10 ventilator then/.test(await page.textContent('.pl-answer')), 'the reason');
    await page.fill('#pl-amount', '501');
    await page.click('#pl-ask');
    await page.waitForFunction(() => /cannot be worked out.*--must/s.test(document.querySelector('.pl-answer').textContent));
    mock.control.fail = true;
    await page.fill('#pl-amount', '5');
    await page.click('#pl-ask');
    await page.waitForFunction(() => /try again/.test(document.querySelector('.pl-answer').textContent));
    mock.control.fail = false;
    fail(false);
    await page.selectOption('#pl-place', 'XV-02');
    await page.click('#pl-ask');
    await page.waitForSelector('.pl-answer table');
    check(plans.asked.at(-1) === 'XV-02,ventilator,5' && await page.locator('.pl-loss').count() === 1, `asked ${plans.asked.at(-1)}, and who loses is marked`);
    await page.close();
  });

  alone('plan: orders to print, one a movement, and nothing else', async (context) => {
    const page = await openPlans(context);
    await page.evaluate(() => { window.print = () => { window.printed = document.documentElement.classList.contains('pl-printing'); }; });
    check(!await page.isVisible('.pl-sheet'), 'not on the screen');
    await page.click('#pl-print');
    check(await page.evaluate(() => window.printed), 'prints the orders');
    await page.emulateMedia({ media: 'print' });
    check(await page.isVisible('.pl-sheet') && !await page.isVisible('.pl-map') && !await page.isVisible('.overview'), 'alone on paper');
    check(await page.locator('.pl-order').count() === 3 && await page.locator('.pl-order').first().locator('.pl-sign').count() === 2, 'with two lines to sign each');
    check(/EXERCISE/.test(await page.textContent('.pl-order h2')), 'invented data say so');
    await page.evaluate(() => window.dispatchEvent(new Event('afterprint')));
    check(!await page.isVisible('.pl-sheet'), 'and then no more');
    await page.close();
  });

  alone('plan: none kept, many movements, a large one', async (context, plans) => {
    plans.empty = true;
    let page = await openPlans(context);
    check(/keeps no plan yet/.test(await page.textContent('.st-body')), 'how to make one');
    await page.close();
    Object.assign(plans, { empty: false, many: 300, large: true });
    page = await openPlans(context);
    check(await page.locator('.pl-movements').first().locator('tbody tr').count() === 200 && /The first 200 of 303/.test(await page.textContent('.st-body')), 'the first of many');
    check(/not computed for this plan/.test(await page.textContent('.st-body')), 'no price where it was not computed');
    await page.close();
  });
}
