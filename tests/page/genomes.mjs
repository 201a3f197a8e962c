// Tests of the genomes tab: against the stand-in server with 10,000 tips, and against a running node with the example.
import { readFileSync } from 'node:fs';

export function genomesTests({ test, check, open, openBrowser, sound, overflow, base, mock, languages, widths, node, fail }) {
  const dataset = encodeURIComponent(node.datasets[0].name);
  const address = (lang = 'en', more = '') => `lang=${lang}&dataset=${dataset}&tab=genomes${more}`;
  const quiet = async (page) => page.waitForFunction(() => document.querySelector('.gn-body') && !document.querySelector('.gn-body.waiting'));
  const drawn = async (page) => page.waitForFunction(() => Number(document.querySelector('.gn-stage')?.dataset.lines) > 0);
  const openTree = async (context, lang, more) => { const page = await open(context, address(lang, more)); await quiet(page); await drawn(page); return page; };
  const part = async (page, name) => { await page.click(`#gn-part-${name}`); await quiet(page); };
  const readout = (page) => page.locator('.gn-readout').innerText();
  const lines = (page) => page.$eval('.gn-stage', (box) => Number(box.dataset.lines));
  const summary = (page) => page.locator('.gn-body .summary').first().innerText();
  const frame = (page) => page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); }));

  test('genomes: every part in every language, on every width, without a text that is missing', async ({ context }) => {
    for (const lang of mock ? languages : ['pt']) {
      const page = await openTree(context, lang);
      for (const name of ['tree', 'lineages', 'introductions']) {
        await part(page, name);
        await page.evaluate(() => { document.querySelectorAll('.gn details').forEach((one) => { one.open = true; }); });
        for (const width of widths) {
          await page.setViewportSize({ width, height: 900 });
          await page.waitForTimeout(80);
          check(await overflow(page) === '', `${lang} ${name} at ${width}: ${await overflow(page)}`);
          if ((width === 320 && lang === 'es') || (width === 1280 && (lang === 'zh' || !mock))) {
            await sound(page, `${lang} ${name} at ${width}`, { colours: width === 1280 && mock ? 'not' : 'too' });
          }
        }
        check(!/genomes\.[a-z]|NaN|undefined|null/.test(await page.textContent('.gn')), `${lang} ${name}: ${(await page.textContent('.gn')).match(/.{40}(genomes\.[a-z]|NaN|undefined|null).{20}/)?.[0]}`);
      }
      await page.close();
    }
  });

  test('genomes: dark colours pass axe, too', async () => {
    const { context, close } = await openBrowser({ width: 1280, height: 900 }, { colorScheme: 'dark' });
    const page = await openTree(context, 'en');
    for (const name of ['tree', 'lineages', 'introductions']) {
      await part(page, name);
      await sound(page, name, { colours: 'alone' });
    }
    await close();
  });

  test('genomes: a tree of thousands of tips is drawn, zoomed and moved smoothly', async ({ context }) => {
    const page = await openTree(context);
    const tips = Number((await summary(page)).replace(/,/g, '').match(/\d+/)[0]);
    check(tips >= (mock ? 10000 : 500), `${tips} tips: ${await summary(page)}`);
    const colours = await page.$eval('.gn-canvas', (canvas) => { const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); const seen = new Set(); for (let i = 0; i < data.length; i += 4) { seen.add(`${data[i] >> 5},${data[i + 1] >> 5},${data[i + 2] >> 5}`); } return seen.size; });
    check(colours > 6, `drawn in colours: ${colours}`);
    const { frames, draws } = await page.evaluate(async () => {
      const box = document.querySelector('.gn-stage');
      const bounds = box.getBoundingClientRect();
      const result = { frames: [], draws: [] };
      for (let i = 0; i < 60; i++) { // of the whole tree, then zoomed and moved
        const begun = performance.now();
        if (i < 30) {
          box.dispatchEvent(new KeyboardEvent('keydown', { key: i === 0 ? '0' : 'ArrowDown', bubbles: true }));
        } else {
          box.dispatchEvent(new WheelEvent('wheel', { deltaY: i < 45 ? -60 : 60, ctrlKey: i < 40 || i > 50, clientX: bounds.left + 300, clientY: bounds.top + 200 + (i % 7) * 30, bubbles: true, cancelable: true }));
        }
        await new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
        result.frames.push(performance.now() - begun);
        result.draws.push(Number(box.dataset.ms));
      }
      return result;
    });
    const sorted = (list) => [...list].sort((a, b) => a - b);
    const said = (list) => `${sorted(list)[15].toFixed(1)} ms (median of 30), ${sorted(list)[29].toFixed(1)} ms at most`;
    const [median, worst] = [sorted(frames)[30], sorted(frames)[59]];
    console.log(`# genomes: ${tips} tips, a frame of all ${said(frames.slice(0, 30))}, of which drawing ${said(draws.slice(0, 30))}; zoomed ${said(frames.slice(30))}`);
    check(median < 120 && worst < 1000, `frames: median ${median} ms, worst ${worst} ms`);
    await page.click('#gn-all');
    await frame(page);
    const all = await lines(page);
    for (let i = 0; i < 6; i++) {
      await page.click('#gn-in');
    }
    await frame(page);
    check(await lines(page) < all, `zoomed in, less is drawn: ${await lines(page)} of ${all}`);
    await page.click('#gn-all');
    await frame(page);
    check(await lines(page) === all, 'and all again');
    await page.close();
  });

  test('genomes: a node is read by pointer, chosen by click and keys, shown alone, and marks its places on the map', async ({ context }) => {
    const page = await openTree(context);
    const box = page.locator('.gn-stage');
    await box.focus();
    await page.keyboard.press('ArrowDown');
    const rootless = await readout(page);
    await page.click('#gn-list summary');
    await page.locator('#gn-list button.link').nth(3).click();
    check(/branch/.test(await readout(page)) && await readout(page) !== rootless, `a tip of the list: ${await readout(page)}`);
    const tip = (await readout(page)).split(' · ')[0];
    if (mock) { // what comes on its own branch is told apart from all that it lacks
      const named = await page.$$eval('#gn-list button.link', (all) => all.map((one) => one.textContent.match(/G(\d{5})/)?.[1] ?? ''));
      for (const own of [true, false]) {
        const at = named.findIndex((number) => number !== '' && (Number(number) % 3 === 0) === own);
        await page.locator('#gn-list button.link').nth(at).click();
        check(at >= 0 && /on the branch: 21765-21770, S:H69-, 28273/.test(await readout(page)) === own && /in it: 21765-21770/.test(await readout(page)) === own, `${own}: ${await readout(page)}`);
      }
      await page.locator('#gn-list button.link').nth(3).click();
    }
    await box.focus();
    await page.keyboard.press('ArrowLeft');
    check(/^Clade of \d/.test(await readout(page)), `its parent: ${await readout(page)}`);
    await page.keyboard.press('ArrowLeft');
    const size = Number((await readout(page)).replace(/,/g, '').match(/Clade of (\d+)/)[1]);
    check(await page.locator('.map-body g.place.gn-lit').count() >= 1, 'its places are marked on the map');
    check((await page.textContent('.gn-clade')).includes(`Clade of ${size.toLocaleString('en')}`), await page.textContent('.gn-clade'));
    await page.keyboard.press('Enter');
    await page.waitForSelector('#gn-whole');
    await quiet(page);
    await drawn(page);
    check(new RegExp(`^${size.toLocaleString('en')} of ${size.toLocaleString('en')} genomes of the chosen clade`).test(await summary(page)), await summary(page));
    await page.click('#gn-whole');
    await page.waitForFunction(() => !document.querySelector('#gn-whole'));
    await quiet(page);
    await drawn(page);
    await page.fill('#gn-search', tip);
    await page.keyboard.press('Enter');
    await page.waitForFunction((name) => document.querySelector('.gn-readout')?.textContent.startsWith(name), tip);
    await page.click('#gn-around');
    await page.waitForSelector('#gn-whole');
    await quiet(page);
    check((await summary(page)).includes(tip), `around ${tip}: ${await summary(page)}`);
    await page.fill('#gn-search', 'nobody/at/all');
    await page.keyboard.press('Enter');
    fail(true); // the question for a name that is nowhere is refused, and the browser writes that down
    await page.waitForSelector('#gn-again');
    check(/not in the tree/.test(await page.textContent('.gn-body')), await page.textContent('.gn-body'));
    await page.click('#gn-again');
    await drawn(page);
    fail(false);
    const bounds = await box.boundingBox();
    await page.mouse.move(bounds.x + bounds.width * 0.5, bounds.y + bounds.height * 0.5);
    for (let i = 0; i < 40 && (await readout(page)) === ''; i++) {
      await page.mouse.move(bounds.x + bounds.width * 0.5, bounds.y + bounds.height * (0.3 + i / 100));
    }
    check((await readout(page)).length > 10, 'pointing tells');
    await page.close();
  });

  test('genomes: place, weeks, search and colours are of the tips', async ({ context }) => {
    const page = await openTree(context);
    const legend = () => page.locator('.gn-body .legend').first().innerText();
    const lit = async () => Number((await legend()).replace(/,/g, '').match(/(\d+) genomes highlighted/)?.[1] ?? -1);
    const tips = Number((await summary(page)).replace(/,/g, '').match(/\d+/)[0]);
    check(await lit() === -1, 'all is as it is');
    await page.locator('.map-body g.place').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
    const ofPlace = await lit();
    check(ofPlace > 0 && ofPlace < tips, `of the place: ${ofPlace} of ${tips}`);
    await page.click('#clear-place');
    await page.waitForFunction(() => document.querySelector('.gn-stage') && !/highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
    await quiet(page);
    const dates = (await page.locator('.gn .summary').first().innerText()).match(/\d+ \w+ \d{4}/g).map((text) => Date.parse(`${text} UTC`));
    const middle = new Date((dates[0] + dates[1]) / 2).toISOString().slice(0, 10);
    await page.fill('#gn-to', middle);
    await page.locator('#gn-to').dispatchEvent('change');
    await quiet(page);
    const early = await lit();
    await page.fill('#gn-to', '');
    await page.fill('#gn-from', new Date(Date.parse(middle) + 86400000).toISOString().slice(0, 10));
    await page.locator('#gn-to').dispatchEvent('change');
    await page.locator('#gn-from').dispatchEvent('change');
    await quiet(page);
    check(early > 0 && await lit() > 0 && early + await lit() === tips, `${early} until ${middle}, ${await lit()} after, of ${tips}`);
    await page.fill('#gn-from', '');
    await page.locator('#gn-from').dispatchEvent('change');
    await quiet(page);
    const by = {};
    for (const colour of ['lineage', 'place', 'date']) {
      await page.selectOption('#gn-colour', colour);
      await quiet(page);
      by[colour] = await legend();
      check(by[colour].split('\n').length >= 3, `${colour}: ${by[colour]}`);
    }
    await page.selectOption('#gn-colour', 'mutation');
    await quiet(page);
    const mutation = await page.$eval('.gn-tools datalist option', (one) => one.value);
    await page.fill('#gn-mutation', mutation);
    const counts = (await legend()).split('\n').map((line) => Number(line.match(/\((\d+)\)/)?.[1]));
    check(counts.length >= 2 && counts.reduce((sum, n) => sum + n, 0) === tips, `${mutation}: ${await legend()}`);
    if (mock) { // amino acids come first; who has one is found by its name too; deletions come on branches
      check(/^S:[ND]\d+[YG]$/.test(mutation), mutation);
      const having = Number((await legend()).match(new RegExp(`: ${mutation.at(-1)} \\((\\d+)\\)`))?.[1]);
      await page.fill('#gn-search', mutation.toLowerCase());
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => /highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
      check(having > 0 && await lit() === having, `${mutation}: ${having} in the legend, ${await lit()} found`);
      await page.fill('#gn-search', '');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => !/highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
      await page.fill('#gn-mutation', '21765-21770');
      const states = await legend();
      check(/has it \(/.test(states) && /has it not \(/.test(states) && /not read/.test(states), states);
      await page.fill('#gn-mutation', '6513-6515'); // from one branch on
      const clade = Number((await legend()).match(/: has it \((\d+)\)/)?.[1]);
      check(clade >= 5 && clade <= 60 && !/not read/.test(await legend()), await legend());
      await page.fill('#gn-search', '6513-6515');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => /highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
      check(await lit() === clade, `${clade} in the legend, ${await lit()} found`);
      await page.fill('#gn-search', '');
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => !/highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
      await page.fill('#gn-mutation', '28273-28273'); // of one site, which is written as 28273
      check(/has it \(/.test(await legend()), await legend());
      await page.fill('#gn-mutation', '28273');
      check(/: - \(/.test(await legend()), await legend());
      await page.fill('#gn-mutation', 's:69');
      check(/: - \(/.test(await legend()), await legend()); // S:H69- of the deletion
    }
    await page.fill('#gn-mutation', '29902');
    check(/Nothing changes|:/.test(await legend()), await legend());
    await page.selectOption('#gn-colour', 'lineage');
    await quiet(page);
    await page.fill('#gn-search', by.lineage.split('\n')[1].replace('.*', ''));
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /highlighted/.test(document.querySelector('.gn-body .legend')?.textContent ?? ''));
    const ofLineage = await lit();
    check(ofLineage > 0 && ofLineage < tips, `a lineage with its descendants: ${ofLineage}`);
    if (!mock) { // the stand-in does not know lineages of its own
      await page.click('#gn-lineage');
      await page.waitForSelector('#gn-whole');
      await quiet(page);
      await drawn(page);
      check(Number((await summary(page)).replace(/,/g, '').match(/\d+/)[0]) === ofLineage, `alone: ${await summary(page)}`);
      await page.click('#gn-whole');
      await quiet(page);
    }
    await page.click('#gn-axis-divergence');
    await quiet(page);
    await drawn(page);
    await page.close();
  });

  test('genomes: lineages by week with intervals, growth, and introductions that lead into the tree', async ({ context }) => {
    const page = await openTree(context);
    await part(page, 'lineages');
    const areas = await page.locator('.gn-body svg.chart path[fill]').count();
    check(areas >= 3 && areas <= 14, `${areas} areas`);
    await page.click('#gn-shares-observed');
    await quiet(page);
    check(await page.locator('.gn-body svg.chart path[fill]').count() === areas, 'observed shares');
    await page.click('#gn-shares-share');
    await quiet(page);
    await page.click('#table-genomes-shares');
    const cells = await page.locator('.gn-body .stage table').innerText();
    check(/%–/.test(cells) && (!mock || /\tothers\t/.test(cells)) && !/\tother\t/.test(cells), 'intervals in the table, and others in the page\'s language');
    await page.click('#table-genomes-shares');
    const growth = await page.locator('.gn-body figure').last().locator('tbody tr').allInnerTexts();
    check(growth.length >= 3 && growth.every((row) => /…/.test(row)), `growth: ${growth[0]}`);
    check(await page.locator('.gn-body .gn-whisker').count() === growth.length, 'a whisker each');
    for (const link of await page.$$eval('.gn a.csv', (list) => list.map((a) => a.href))) {
      check((await (await fetch(link)).text()).startsWith('place,'), link);
    }
    if (mock) { // alarms are raised over all places together
      check(await page.locator('.gn-body .gn-alarm').count() === 1, 'an alarm of all places');
      await page.locator('.map-body g.place').first().focus();
      await page.keyboard.press('Enter');
      await page.waitForFunction(() => document.querySelector('.gn-body h3') && !/all places/i.test(document.querySelector('.gn-body h3').textContent));
      await quiet(page);
      check(await page.locator('.gn-body .gn-alarm').count() === 0, 'and not of one');
      check((await page.locator('.gn-body tbody .badge').allInnerTexts()).join().includes('30'), 'how probably a lineage is there at all');
      await page.click('#clear-place');
      await quiet(page);
    }
    await part(page, 'introductions');
    check(await page.locator('.gn a.csv').count() === 0, 'no way around the terms');
    check(/introductions seen/.test(await summary(page)), await summary(page));
    const numbers = await page.locator('.gn-body table').first().locator('tbody tr').evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
    check(numbers.some((row) => row.some((cell) => /^\d+ \(\d+–\d+\)$/.test(cell))), `a number with its interval: ${numbers[0]}`);
    check(await page.locator('.gn-body .remark').filter({ hasText: /unequal sampling/ }).count() === 1, 'whether sampling is corrected for');
    const each = await page.locator('.gn-body table').nth(1).locator('tbody tr').evaluateAll((rows) => rows.map((row) => row.textContent));
    check(each.some((text) => /\d\s?%/.test(text)), `origins with probabilities: ${each[0]}`);
    if (mock) {
      check(each.some((text) => /outside the tree/.test(text)), 'from elsewhere');
    }
    const tables = await page.locator('.gn-body table').count();
    check(tables === 2, `${tables} tables`);
    const row = page.locator('.gn-body table').nth(1).locator('tbody tr').nth(1);
    const size = (await row.locator('td').first().innerText()).replace(/,/g, '');
    await row.locator('button.link').click();
    await drawn(page);
    await quiet(page);
    const clade = (await page.textContent('.gn-clade')).replace(/,/g, '');
    check(Number(clade.match(/Clade of (\d+)/)?.[1] ?? 1) >= Number(size), `${size} genomes, ${clade}`);
    await page.close();
  });

  test('genomes: what is drawn is taken away in four forms, and not where terms forbid it', async () => {
    const { context, close } = await openBrowser(undefined, { acceptDownloads: true });
    const page = await openTree(context);
    await page.click('#gn-export summary');
    fail(true); // a refusal is an answer that the browser writes down
    for (const form of ['auspice', 'svg']) {
      await page.click(`#gn-save-${form}`);
      await page.waitForSelector('#gn-export .error');
      check(/nothing was downloaded/.test(await page.textContent('#gn-export .error')) && /licence|allowed/.test(await page.textContent('#gn-export .error')), await page.textContent('#gn-export .error'));
    }
    fail(false);
    const take = async (form) => { const [download] = await Promise.all([page.waitForEvent('download'), page.click(`#gn-save-${form}`)]); return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') }; };
    await page.check('#gn-allowed-only');
    const csv = await take('csv');
    await page.uncheck('#gn-allowed-only');
    await page.click('#gn-use-here');
    const all = await take('csv');
    check(/exercise.*\.csv$/.test(all.name) && all.text.trim().split('\n')[1].endsWith('演习'), `${all.name}: ${all.text.slice(0, 200)}`);
    check(csv.text.split('\n').length < all.text.split('\n').length && csv.text.split('\n').length > 10, 'some were left out');
    const auspice = await take('auspice');
    check(JSON.parse(auspice.text).version === 'v2' && /EXERCISE/.test(JSON.parse(auspice.text).meta.title) && /\.json$/.test(auspice.name), auspice.name);
    const newick = await take('newick');
    check(/^\(.*\);?\s*$/s.test(newick.text.trim()) || /;$/.test(newick.text.trim()), newick.text.slice(-60));
    const svg = await take('svg');
    check(svg.text.startsWith('<?xml') && svg.text.includes('Exercise: invented data') && (svg.text.match(/<path/g) ?? []).length > 5, svg.text.slice(0, 300));
    const hidden = all.text.trim().split('\n').slice(1).map((row) => row.split(',')[0]).find((name) => !csv.text.includes(name));
    await page.fill('#gn-search', hidden);
    await page.keyboard.press('Enter');
    await page.waitForSelector('#gn-around');
    await page.click('#gn-around');
    await page.waitForFunction((name) => document.querySelector('.gn-body .summary')?.textContent.includes(`nearest to ${name}`), hidden);
    await page.click('#gn-export summary');
    await page.click('#gn-use-public');
    await page.check('#gn-allowed-only');
    const without = await take('svg');
    check(!without.text.includes(hidden) && /<title>[^<]*\d/.test(without.text), `${hidden}: ${without.text.match(/<title>[^<]*/)?.[0]}`);
    await page.click('#gn-whole');
    await page.waitForFunction(() => !document.querySelector('#gn-whole'));
    await part(page, 'introductions');
    await page.click('#gn-export summary');
    await page.uncheck('#gn-allowed-only');
    fail(true);
    await page.click('#gn-save-introductions');
    await page.waitForSelector('#gn-export .error');
    check(/nothing was downloaded/.test(await page.textContent('#gn-export .error')), await page.textContent('#gn-export .error'));
    fail(false);
    await page.check('#gn-allowed-only');
    check((await take('introductions')).text.startsWith('region,introduction,node') && (await take('summary')).text.startsWith('region,leaves'), 'both tables');
    const kept = await page.evaluate(async () => (await (await caches.open('vigia-answers-1')).keys()).map((one) => one.url));
    check(kept.some((one) => one.includes('/genomes')) && !kept.some((one) => /\/(tree|introductions)/.test(one)), `kept: ${kept}`);
    await part(page, 'tree');
    await drawn(page);
    await page.click('#gn-export summary');
    await page.click('#gn-use-partner');
    await page.fill('#gn-agreement', mock ? 'PABS-7' : 'PABS-XO-1');
    if (mock) {
      await take('newick');
    }
    await sound(page);
    await close();
  });

  if (mock) {
    test('genomes: an introduction whose node is gone does not bar the way to the whole tree', async ({ context }) => {
      const page = await openTree(context, 'en', '&as_of=2026-01-01');
      await page.route('**/introductions?*show=introductions*', async (route) => {
        check(new URL(route.request().url()).searchParams.get('as_of') === '2026-01-01', 'asked as of the day');
        const response = await route.fetch();
        const body = await response.json();
        const at = body.columns.indexOf('node');
        await route.fulfill({ response, json: { ...body, rows: body.rows.map((row) => row.map((cell, i) => (i === at ? 'node_999999' : cell))) } });
      });
      await part(page, 'introductions');
      check(/sampled after/.test(await page.textContent('.gn-body')), 'says which genomes count');
      fail(true);
      await page.locator('.gn-body table').nth(1).locator('button.link').first().click();
      await page.click('#gn-again');
      await drawn(page);
      await quiet(page);
      fail(false);
      check(await page.locator('.gn-stage').count() === 1 && await page.locator('#gn-whole').count() === 0, 'the whole tree');
      await page.close();
    });

    test('genomes: a set without a tree, a node without genomes, and a server that fails', async ({ context }) => {
      const page = await openTree(context);
      await page.selectOption('#gn-set', 'dengue-1');
      await quiet(page);
      check(/vigia place --node NODE --set dengue-1/.test(await page.textContent('.gn-body')), await page.textContent('.gn-body'));
      await page.selectOption('#gn-set', 'sars-cov-2');
      await quiet(page);
      await drawn(page);
      await part(page, 'lineages');
      fail(true);
      mock.control.fail = true;
      await part(page, 'introductions');
      check(/lacks places or dates|could not be loaded/.test(await page.textContent('.gn-body')), await page.textContent('.gn-body'));
      mock.control.fail = false;
      fail(false);
      await page.close();
      mock.control.genomes = 'none';
      const empty = await open(context, address());
      check(/vigia align/.test(await empty.textContent('#tab-panel')), await empty.textContent('#tab-panel'));
      mock.control.genomes = '';
      await empty.close();
    });
  }
}
