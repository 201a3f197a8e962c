// Tests of what the tracing tab takes beside visits: contacts of a case, events with attendance, orders, persons who are there twice, and names for a reason; against the stand-in server and a node.
import { openProfile } from './browser.mjs';
import { Tracing } from './tracing-mock.mjs';

export function tracingRowsTests({ test, check, open, openBrowser, sound, overflow, base, mock, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const quiet = async (page) => page.waitForFunction(() => document.querySelector('.tr-body') && !document.querySelector('.tr-body.waiting'));
  const part = async (page, name) => { await page.click(`#tr-part-${name}`); await quiet(page); };
  const openAt = async (context, name, lang = 'en') => {
    const page = await open(context, `lang=${lang}&dataset=${dataset}&tab=tracing`);
    await part(page, name);
    return page;
  };
  const ask = async (query) => {
    const { columns, rows } = await (await fetch(`${base}/api/v1/tracing?${query}`)).json();
    return rows.map((cells) => Object.fromEntries(columns.map((name, i) => [name, cells[i]])));
  };
  const dayBefore = (iso, days) => new Date(Date.parse(iso) - days * 86400000).toISOString().slice(0, 10);
  const nodeToday = async () => (await (await fetch(`${base}/api/v1/tracing`)).json()).meta.today;
  const fill = async (page, form, values) => {
    for (const [name, value] of Object.entries(values)) {
      const id = `#tr-${form}-${name}`;
      if (!await page.isVisible(id)) {
        await page.click(`#tr-${form} .tr-more summary`);
      }
      await (await page.evaluate((one) => document.querySelector(one).tagName, id) === 'SELECT' ? page.selectOption(id, value) : page.fill(id, value));
    }
  };
  const fault = (page, form) => page.textContent(`#tr-${form}-fault`);
  const focused = (page) => page.evaluate(() => document.activeElement.id);
  const taken = (page, text) => page.waitForFunction((wanted) => document.querySelector('.tr-done')?.textContent.includes(wanted), text, { timeout: 15000 });
  /** On the smallest screen, by eye, by finger and by a reader; in the language that needs most room. */
  const small = async (page, what) => {
    await page.setViewportSize({ width: 320, height: 800 });
    check(await overflow(page) === '', `${what}: ${await overflow(page)}`);
    const tiny = await page.$$eval('.tr-row-form button, .tr-row-form input, .tr-row-form select, .tr-actions button, .tr-names input, .tr-names button', (all) => all.filter((e) => e.getBoundingClientRect().height < 40 && e.offsetParent).map((e) => e.id || e.textContent));
    check(tiny.length === 0, `${what}: too small for a finger: ${tiny}`);
    await sound(page, what);
    check(!/tracing\.[a-z]|NaN|undefined/.test(await page.textContent('.tr')), `${what}: ${await page.textContent('.tr')}`);
    await page.setViewportSize({ width: 1280, height: 900 });
  };
  const stored = (page) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('vigia-row-')).map((key) => JSON.parse(localStorage.getItem(key))));
  /** With a record of its own, where it is the stand-in's. */
  const fresh = (name, run) => test(name, async () => {
    if (mock) {
      mock.control.tracing = new Tracing(mock.control.tracing.today);
    }
    const { context, close } = await openBrowser({ width: 1280, height: 900 });
    await run(context, mock?.control);
    await close();
  });
  let number = 0;
  const unlike = () => `${['Ixchel', 'Nezahual', 'Tlaloc', 'Xochitl', 'Citlali', 'Yaotl'][number++ % 6]}${Date.now() % 100000}`; // whom nobody is like

  fresh('tracing: a case in one step, with which a record begins', async (context, control) => {
    if (control) {
      control.tracing.empty = true;
    }
    const page = await open(context, `lang=en&dataset=${dataset}&tab=tracing`);
    await quiet(page);
    check(!control || /record of tracing is empty.*Add the first case/.test(await page.textContent('.tr')), await page.textContent('.tr'));
    if (!control) {
      await part(page, 'cases');
    }
    const [today, given] = [await nodeToday(), unlike()];
    await page.click('#tr-case-new');
    check(await focused(page) === 'tr-case-given', `focus: ${await focused(page)}`);
    await page.click('#tr-case-save');
    check(/given or a family name/.test(await fault(page, 'case')), await fault(page, 'case'));
    await fill(page, 'case', { given, class: 'probable', onset: today, report: dayBefore(today, 1), birth: '1999' });
    await page.click('#tr-case-save');
    check(/cannot be after the report/.test(await fault(page, 'case')) && await focused(page) === 'tr-case-onset', await fault(page, 'case'));
    await small(page, 'the form of a case');
    await fill(page, 'case', { onset: dayBefore(today, 3), by: 'Zoë Núñez' });
    await page.evaluate(() => { const one = document.getElementById('tr-case'); one.requestSubmit(); one.requestSubmit(); }); // pressed twice
    await taken(page, 'Case, probable');
    const [newest] = await ask('show=cases&most=1');
    check(newest.class === 'probable' && newest.onset === dayBefore(today, 3) && newest.report === dayBefore(today, 1) && String(newest.birth_year) === '1999', JSON.stringify(newest));
    await page.waitForFunction((id) => document.querySelector('.tr-table tbody tr')?.textContent.startsWith(id), String(newest.id)); // and its contacts are added there
    check(await page.locator(`#tr-add-${newest.id}`).count() === 1 && (await stored(page)).length === 0, 'in the list, once, and nothing waits');
    await page.close();
  });

  fresh('tracing: a contact of a case in one step, which goes into the list of contacts once', async (context) => {
    const page = await openAt(context, 'cases', 'es');
    const day = dayBefore(await nodeToday(), 1);
    const before = (await ask('show=contacts&most=1'))[0].id;
    const [opener, source] = await page.$eval('.tr-table tbody tr', (row) => [row.querySelector('button').id, row.children[0].textContent]);
    await page.click(`#${opener}`);
    const form = `contact-${source}`;
    check(await focused(page) === `tr-${form}-given`, `focus: ${await focused(page)}`);
    await page.click(`#tr-${form}-save`);
    check(/nombre o apellido/.test(await fault(page, form)) && await focused(page) === `tr-${form}-given`, await fault(page, form));
    await fill(page, form, { given: unlike(), family: 'Ñahui', setting: 'household', proximity: 'touch', certainty: 'high', birth: '198' });
    await page.click(`#tr-${form}-save`);
    check(/1980-02-28/.test(await fault(page, form)) && await focused(page) === `tr-${form}-birth`, await fault(page, form));
    await fill(page, form, { birth: '1980' });
    await page.click(`#tr-${form}-save`);
    check(/último contacto/.test(await fault(page, form)) && await focused(page) === `tr-${form}-last`, await fault(page, form));
    await small(page, 'the form of a contact');
    await page.keyboard.press('Escape');
    check(await focused(page) === opener && await page.locator('.tr-row-form').count() === 0, 'Escape puts it away');
    await page.click(`#${opener}`);
    await fill(page, form, { given: unlike(), last: day, setting: 'household', proximity: 'touch', certainty: 'high', birth: '1980', added: day });
    await page.click(`#tr-${form}-save`);
    check(/Escriba su nombre/.test(await fault(page, form)), await fault(page, form));
    await fill(page, form, { by: 'Zoë Núñez' });
    await page.evaluate((id) => { const one = document.getElementById(id); one.requestSubmit(); one.requestSubmit(); }, `tr-${form}`); // pressed twice
    await taken(page, `Contacto del caso ${source}`);
    const [contact, former] = await ask('show=contacts&most=2');
    check(contact.id === before + 1 && former.id === before && contact.last === day && contact.setting === 'household' && contact.added === day && contact.status === 'open', JSON.stringify([contact, former]));
    check((await stored(page)).length === 0, 'nothing is left waiting');
    await part(page, 'contacts');
    check(await page.$eval('.tr-table tbody th', (cell) => cell.textContent) === String(contact.id), 'first in the list');
    await page.click('#tr-contact-new'); // somebody who is on record
    await fill(page, 'contact-0', { case: source, last: day, given: 'Ana', person: String(contact.person) });
    await page.click('#tr-contact-0-save');
    check(/no ambos/.test(await fault(page, 'contact-0')) && await focused(page) === 'tr-contact-0-person', await fault(page, 'contact-0'));
    await fill(page, 'contact-0', { given: '' });
    await page.click('#tr-contact-0-save');
    await page.waitForFunction((before) => Number(document.querySelector('.tr-body .tr-table tbody th')?.textContent) === before + 1, contact.id);
    const [again] = await ask('show=contacts&most=1');
    check(again.id === contact.id + 1 && again.person === contact.person && again.source === contact.source, JSON.stringify(again));
    await page.close();
  });

  fresh('tracing: an order is given, is in force, and is lifted', async (context) => {
    const page = await openAt(context, 'orders', 'es');
    const now = await nodeToday();
    await page.click('#tr-order-new');
    await fill(page, 'order-0', { person: '2', last: dayBefore(now, 3), help: 'comida', by: 'Zoë Núñez' });
    await page.click('#tr-order-0-save');
    check(/qué se ordena/.test(await fault(page, 'order-0')), await fault(page, 'order-0'));
    await fill(page, 'order-0', { kind: 'quarantine_home' });
    await page.click('#tr-order-0-save');
    check(/antes del comienzo/.test(await fault(page, 'order-0')) && await focused(page) === 'tr-order-0-last', await fault(page, 'order-0'));
    await small(page, 'the form of an order');
    await fill(page, 'order-0', { last: dayBefore(now, -9) });
    await page.click('#tr-order-0-save');
    await taken(page, 'cuarentena');
    await page.waitForSelector('[id^="tr-lift-"]');
    const [order] = await ask('show=orders&most=1');
    check(order.person === 2 && order.kind === 'quarantine_home' && order.first === now && order.help === 'comida' && order.ended === null, JSON.stringify(order));
    await page.click(`#tr-lift-${order.id}`);
    await page.click(`#tr-lift-${order.id}-save`);
    await taken(page, `Orden ${order.id}`);
    await page.waitForFunction((id) => !document.querySelector(`button#tr-lift-${id}`), order.id);
    check((await ask('show=orders&most=1'))[0].ended === now, 'lifted');
    await page.selectOption('#tr-force', 'all');
    await quiet(page);
    check(/levantada el/.test(await page.textContent('.tr-table')), 'and stays on the list of all');
    await part(page, 'contacts'); // whoever is on a list is given one from there
    const opener = await page.$eval('.tr-table tbody [id^="tr-order-"]', (button) => button.id);
    await page.click(`#${opener}`);
    check(await page.locator('.tr-row-form [id$="-kind"]').count() === 1 && await page.locator('#tr-order-0-person').count() === 0, 'its person is known');
    await page.close();
  });

  fresh('tracing: who attended an event where a case was becomes a contact, chosen one by one', async (context) => {
    const page = await openAt(context, 'events', 'es');
    const day = dayBefore(await nodeToday(), 2);
    const ill = (await ask('show=cases&status=confirmed&most=1'))[0].person;
    await page.click('#tr-event-new');
    await fill(page, 'event', { label: 'Boda «Ñ»', setting: 'gathering', by: 'Zoë Núñez' });
    await page.click('#tr-event-save');
    check(/Elija el día/.test(await fault(page, 'event')), await fault(page, 'event'));
    await fill(page, 'event', { first: day });
    await page.click('#tr-event-save');
    await taken(page, 'Boda «Ñ»');
    const [event] = await ask('show=events&most=1');
    check(event.label === 'Boda «Ñ»' && event.first === day && event.last === day && event.setting === 'gathering', JSON.stringify(event));
    await page.click(`#tr-event-${event.id}`);
    await page.waitForSelector('#tr-attendance-new');
    const attend = async (values, n) => {
      await page.click('#tr-attendance-new');
      await fill(page, `attendance-${event.id}`, values);
      await page.click(`#tr-attendance-${event.id}-save`);
      await page.waitForFunction((wanted) => document.querySelectorAll('.tr-body .tr-table tbody tr').length === wanted, n);
    };
    await attend({ person: String(ill) }, 1);
    await attend({ given: unlike(), family: 'Xólotl' }, 2);
    await attend({ given: unlike(), family: 'Yáotl' }, 3);
    const people = await ask(`show=attendees&event=${event.id}`);
    check(people.length === 3 && people[0].case > 0 && people[1].contact === null, JSON.stringify(people));
    const [, first, second] = people.map((one) => one.person);
    check(await page.locator(`#tr-pick-${ill}`).count() === 0 && await page.isChecked(`#tr-pick-${first}`), 'a case is none, the others are chosen');
    await page.uncheck(`#tr-pick-${second}`);
    check(/Hacer 1 contacto$/.test(await page.textContent('#tr-make')), await page.textContent('#tr-make'));
    await page.click('#tr-make');
    await small(page, 'an event');
    await page.click(`#tr-made-${event.id}-save`);
    await page.waitForFunction((id) => !document.querySelector(`#tr-pick-${id}`), first);
    const after = await ask(`show=attendees&event=${event.id}`);
    check(after[1].contact > 0 && after[1].status === 'open' && after[2].contact === null, JSON.stringify(after));
    const [contact] = await ask('show=contacts&most=1');
    check(contact.person === first && contact.event === event.id && contact.source === null, JSON.stringify(contact));
    check(await page.isEnabled(`#tr-pick-${second}`) && /contacto \d+: en seguimiento/.test(await page.textContent('.tr-table')), await page.textContent('.tr-table'));
    await page.close();
  });

  fresh('tracing: who is entered twice is named at once, compared side by side, merged, and apart again', async (context) => {
    const page = await openAt(context, 'contacts', 'es');
    const [source] = await ask('show=cases&most=1');
    const day = dayBefore(await nodeToday(), 1);
    const twin = { case: String(source.id), given: 'Cuauhtémoc', family: 'Mamani', last: day, birth: '1971-06-07', document: `D${Date.now() % 1e7}`, by: 'Zoë Núñez' };
    for (let i = 0; i < 2; i++) {
      await page.click('#tr-contact-new');
      await fill(page, 'contact-0', twin);
      await page.click('#tr-contact-0-save');
      await taken(page, `caso ${source.id}`);
      await quiet(page);
    }
    await page.waitForSelector('[id^="tr-compare-"]');
    await page.click('[id^="tr-compare-"]');
    await page.waitForSelector('#tr-pair');
    check(await focused(page) === 'tr-pair' || /tr-/.test(await focused(page)), `focus: ${await focused(page)}`);
    const [stays, goes] = (await page.$$eval('[id^="tr-keep-"]', (all) => all.map((one) => Number(one.id.slice(8))))).sort((a, b) => a - b);
    check(/lado a lado/.test(await page.textContent('#tr-pair')) && /igual/.test(await page.textContent('#tr-pair')), await page.textContent('#tr-pair'));
    await page.click(`#tr-keep-${stays}`);
    const form = `merge-${goes}-${stays}`;
    await page.click(`#tr-${form}-save`);
    check(/por qué/.test(await fault(page, form)), await fault(page, form));
    await small(page, 'two side by side');
    await fill(page, form, { reason: 'mismo documento' });
    await page.click(`#tr-${form}-save`);
    await page.waitForSelector('[id^="tr-undo-"]');
    check(/ahora la/.test(await page.textContent('.tr-said')) && await page.locator('#tr-pair').count() === 0, await page.textContent('.tr-said'));
    const [merge] = await ask('show=merges');
    check(merge.person === goes && merge.into === stays && merge.undone === false && merge.by === 'Zoë Núñez', JSON.stringify(merge));
    if (!mock) {
      check((await ask(`show=contacts&person=${stays}`)).length === 2, 'no contact is lost');
    }
    await page.click(`#tr-undo-${merge.step}`);
    await fill(page, `undo-${merge.step}`, { reason: 'su hermano' });
    await page.click(`#tr-undo-${merge.step}-save`);
    await page.waitForFunction((id) => !document.querySelector(`button#tr-undo-${id}`), merge.step);
    check((await ask('show=merges'))[0].undone === true, 'apart again');
    if (!mock) {
      check((await ask(`show=contacts&person=${goes}`)).length === 1, 'each with its contact');
    }
    await page.click('#tr-candidates');
    await fill(page, 'candidates', { person: mock ? '12' : String(goes) });
    await page.click('#tr-candidates-save');
    await page.waitForSelector('[id^="tr-candidate-"]');
    const [a, b] = (await page.$eval('[id^="tr-candidate-"]', (one) => one.id.slice(13))).split('-');
    await page.click(`#tr-candidate-${a}-${b}`);
    await page.waitForSelector('#tr-different');
    await page.click('#tr-different');
    await fill(page, `different-${a}-${b}`, { reason: 'gemelos' });
    await page.click(`#tr-different-${a}-${b}-save`);
    await page.waitForFunction(() => /son dos/.test(document.querySelector('.tr-said').textContent));
    check(!(await ask('show=duplicates')).some((one) => [one.person, one.other].sort().join() === [Number(a), Number(b)].sort().join()), 'the pair is not asked again');
    await page.close();
  });

  fresh('tracing: names are shown for a reason where the node is served for case workers, and nowhere kept', async (context, control) => {
    if (control) {
      control.tracing.names = true;
    } else if (!(await (await fetch(`${base}/api/v1/tracing`)).json()).meta.names) {
      return; // served for readers
    } else {
      const entry = { entry: `named-${Date.now()}`, kind: 'contact', source_case: (await ask('show=cases&most=1'))[0].id, fields: { given: 'Íñigo', family: 'Zubizarreta', last: dayBefore(await nodeToday(), 1) } };
      const said = await (await fetch(`${base}/api/v1/tracing/entries`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ by: 'Zoë', entries: [entry] }) })).json();
      check(said.rows[0].includes('taken'), JSON.stringify(said));
    }
    const page = await openAt(context, 'contacts', 'es');
    await page.waitForSelector('#tr-names-show');
    await page.fill('#tr-names-by', 'Zoë Núñez');
    await page.click('#tr-names-show');
    check(/para qué/.test(await page.textContent('#tr-names-fault')) && await focused(page) === 'tr-names-reason', await page.textContent('#tr-names-fault'));
    await small(page, 'names');
    await page.fill('#tr-names-reason', 'ronda de llamadas');
    await page.click('#tr-names-show');
    await page.waitForSelector('#tr-names-hide');
    await quiet(page);
    const name = 'Íñigo Zubizarreta';
    check((await page.textContent('.tr-table')).includes(name), await page.textContent('.tr-table'));
    if (control) {
      check(control.tracing.asked.length === 1 && control.tracing.asked[0].reason === 'ronda de llamadas' && control.tracing.asked[0].persons.length === 100, JSON.stringify(control.tracing.asked).slice(0, 300));
    }
    const left = await page.evaluate(async () => {
      const answers = await caches.open('vigia-answers-1');
      const texts = await Promise.all((await answers.keys()).map(async (key) => (await answers.match(key)).text()));
      return texts.concat(Object.values(localStorage)).join('\n');
    });
    check(!left.includes(name) && left.length > 0, 'a name is kept on the device');
    if (control) { // and on the list that is printed
      await part(page, 'day');
      await page.selectOption('#tr-officer', 'Luis');
      await page.waitForSelector('.tr-person');
      await quiet(page);
      if (await page.locator('#tr-names-show').count() > 0) {
        await page.click('#tr-names-show');
        await page.waitForFunction(() => !document.querySelector('#tr-names-show'));
        await quiet(page);
      }
      check(/Íñigo Zubizarreta.*300\d+, Calle 1/.test(await page.textContent('.tr-sheet tbody')), await page.textContent('.tr-sheet'));
      await part(page, 'contacts');
    }
    await page.click('#tr-names-hide');
    await quiet(page);
    check(!(await page.textContent('.tr-table')).includes(name), 'hidden again');
    await page.close();
  });

  if (!mock) {
    return;
  }

  test('tracing: a contact that is entered without a connection waits, closed or not, and is entered once', async () => {
    const { context, close } = await openProfile({ width: 390, height: 800 });
    const { control } = mock;
    control.tracing = new Tracing(control.tracing.today);
    try {
      let page = await openAt(context, 'cases');
      await page.click('#tr-add-40');
      await fill(page, 'contact-40', { given: 'Luis', last: control.tracing.today, by: 'Zoë Núñez' });
      fail(true);
      control.posts = 'lost';
      await page.click('#tr-contact-40-save');
      await page.waitForFunction(() => /1 entry waiting.*Contact of case 40.*No connection/.test(document.querySelector('.tr-wait')?.textContent ?? ''));
      check((await stored(page)).length === 1 && control.tracing.rows.size === 0, 'kept here, not there');
      check(!(await page.textContent('.tr')).includes('Luis Núñez') && !(await page.textContent('.tr-wait')).includes('Luis'), 'nobody is named on the screen');
      await sound(page);
      await page.close();
      control.posts = 'unheard';
      page = await open(context, `lang=en&dataset=${dataset}`); // opened later, at another tab: the node takes it, and the page does not hear it
      for (let left = 100; control.tracing.rows.size === 0; left--) {
        check(left > 0, 'it does not go');
        await page.waitForTimeout(100);
      }
      control.posts = '';
      await page.waitForFunction(() => !Object.keys(localStorage).some((key) => key.startsWith('vigia-row-')), null, { timeout: 20000 });
      const entries = control.tracing.told.flatMap((body) => body.entries);
      check(control.tracing.rows.size === 1 && entries.length >= 2 && new Set(entries.map((one) => one.entry)).size === 1, `rows ${control.tracing.rows.size}, entries ${entries.length}`);
      check(entries[0].source_case === 40 && entries[0].fields.given === 'Luis' && control.tracing.contacts.filter((one) => one.id > 130).length === 1, JSON.stringify(entries[0]));
      fail(false);
      await page.close();
      page = await openAt(context, 'contacts');
      await page.click('#tr-contact-new');
      await fill(page, 'contact-0', { case: '77', given: 'Eva', last: control.tracing.today });
      await page.click('#tr-contact-0-save');
      await page.waitForSelector('div.tr-refused');
      check(/did not take .Contact of case 77.*there is no case 77/.test(await page.textContent('div.tr-refused')), await page.textContent('div.tr-refused'));
      await page.click('div.tr-refused button');
      check((await stored(page)).length === 0 && await page.locator('div.tr-refused').count() === 0, 'put away by hand');
      await page.close();
    } finally {
      fail(false);
      Object.assign(control, { posts: '', tracing: new Tracing(control.tracing.today) });
      await close();
    }
  });

  fresh('tracing: without a connection nothing is decided of persons, and a reader is asked for no names', async (context, control) => {
    const page = await openAt(context, 'duplicates');
    check(await page.locator('.tr-names').count() === 0, 'no names for readers');
    await page.click('#tr-pair-12-5');
    await page.waitForSelector('#tr-different');
    await page.click('#tr-different');
    await fill(page, 'different-12-5', { reason: 'sisters', by: 'Ana' });
    fail(true);
    control.posts = 'refused';
    await page.click('#tr-different-12-5-save');
    await page.waitForFunction(() => /another process is writing/.test(document.querySelector('#tr-different-12-5-fault')?.textContent ?? ''));
    check(await page.inputValue('#tr-different-12-5-reason') === 'sisters' && control.tracing.duplicates.length === 2, 'what was typed stays');
    control.posts = '';
    fail(false);
    await page.click('#tr-different-12-5-save');
    await page.waitForFunction(() => /are two/.test(document.querySelector('.tr-said').textContent));
    check(control.tracing.duplicates.length === 1, 'decided');
    await page.close();
  });
}
