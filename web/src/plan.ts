// Plans that the node keeps: who gives what to whom and why, on the map, beside simple rules, with what stays unmet, what more would change, and transfer orders to print.
import { ApiError, askTable, receive, Table, url, type Query } from './api';
import type { DetailContext } from './detail';
import { h, picker, s, show, useStyle, type Child } from './dom';
import { csvLink, dataTable, figure, note } from './figure';
import { currentLanguage, date, number, percent, rate, t, useMore, type Language } from './i18n';
import { askPlan, numberOf, Plan, rowsOf, RULES, type PlanRow } from './plan-data';
import { makePart } from './plan-make';
import { planMap } from './plan-map';
import { print, sheet } from './plan-orders';

declare const VIGIA_PLAN: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_PLAN_STYLE: string;

const ROWS = 200;
const CHART_ROWS = 60;
const ROW = 24; // px
const wanted = { name: '', resource: '' };
const onPhone = (): boolean => matchMedia('(max-width: 620px)').matches;
const asked = { place: '', amount: '10', member: '' };

export async function planPart(context: DetailContext, items: PlanRow[], redraw: () => void): Promise<Child[]> {
  await Promise.all([useMore(JSON.parse(VIGIA_PLAN) as Record<Language, string>), useStyle(VIGIA_PLAN_STYLE)]);
  const plans = rowsOf(await askTable('/plans', {}, context.signal));
  const titleOf = (resource: string): string => String(items.find((item) => item.item === resource)?.title ?? resource);
  wanted.name = plans.some((one) => one.name === wanted.name) ? wanted.name : String(plans[0]?.name ?? '');
  const making = await makePart(context, plans.map((one) => String(one.name)), wanted.name, titleOf, (name) => { wanted.name = name; }, redraw);
  if (plans.length === 0) {
    return [note(t('plan.title'), t('plan.none'), [h('pre', {}, 'vigia plan --node NODE --census DATASET --ways ways.csv --keep NAME')]), making];
  }
  const [told, movements] = await Promise.all([askPlan(wanted.name, context.signal), askTable('/plans', { name: wanted.name, show: 'movements', language: currentLanguage() }, context.signal)]);
  const serving = told.plan.resources.flatMap((one) => one.members ?? []);
  const resources = told.plan.resources.filter((one) => !serving.includes(one.resource));
  wanted.resource = resources.some((one) => one.resource === wanted.resource) ? wanted.resource : resources[0].resource;
  const plan = new Plan(told, wanted.resource, context);
  const orders = rowsOf(movements).filter((row) => row.resource === plan.resource || plan.members.includes(String(row.resource)));
  return [
    h('div.tools.pl-pickers', {}, picker('pl-name', t('plan.pick'), plans.map((one): [string, string] => [String(one.name), String(one.name)]), wanted.name, (name) => { wanted.name = name; redraw(); }),
      picker('pl-resource', t('plan.resource'), resources.map(({ resource }): [string, string] => [resource, titleOf(resource)]), wanted.resource, (resource) => { wanted.resource = resource; redraw(); })),
    making, ...head(plan, titleOf(plan.resource)), compare(plan), planMap(plan, context), coverage(plan), movementsSection(plan, orders, told.exercise), unmet(plan), whatIf(plan, context, titleOf),
    h('details.method', {}, h('summary', {}, t('plan.method')), [plan.exact ? 'paths' : 'paths.near', 'reason', plan.limited ? 'limits.shared' : 'limits', ...(plan.members.length > 0 ? ['together'] : [])].map((one) => h('p', {}, t(`plan.method.${one}`, { members: plan.members.map(titleOf).join(', ') })))),
    sheet(plan, orders, told.exercise ? t('plan.sheet.exercise') : ''),
  ];
}

const unitOf = (plan: Plan): string => t(plan.reusable ? 'plan.unit.average' : 'plan.unit.sum');
const stillText = (plan: Plan): string => t(plan.exact && !plan.told.plan.meta.nobody_worse ? 'plan.says.still' : 'plan.says.still.rules');
const met = (row: PlanRow | undefined): number => 1 - numberOf(row?.unmet) / numberOf(row?.needed);

/** On a phone, where a table of sentences would be a word wide: one paragraph a row. */
const cards = (rows: { head: Child; text: Child }[]): HTMLElement => h('ul.pl-cards', {}, rows.map(({ head: first, text }) => h('li', {}, h('strong', {}, first), h('span', {}, text))));

/* ---------------------------------------------------------------------------------------------------------------- head */

function head(plan: Plan, title: string): Child[] {
  const [best, still] = [plan.of('plan'), plan.of('nothing_moves')];
  const { meta } = plan.told.plan;
  const rules = [t(plan.fairest ? 'plan.rule.fairest' : 'plan.rule.least'), meta.nobody_worse ? t('plan.rule.nobody') : '', numberOf(meta.tail_weight) > 0 ? t('plan.rule.tail') : ''].filter(Boolean).join(' ');
  const tile = (name: string, value: string, under: string): Child => h('div.tile', {}, h('dt', {}, t(`plan.tile.${name}`)), h('dd', {}, h('span.tile-value', {}, value), h('span.tile-under', {}, under)));
  const before = (value: string): string => t('plan.tile.before', { value });
  return [
    h('p.summary', {}, h('strong', {}, title), '. ', t(plan.reusable ? 'plan.says.average' : 'plan.says.sum', { needed: plan.amount(best?.needed), before: plan.amount(still?.unmet), after: plan.amount(best?.unmet) }), ' ',
      numberOf(best?.moved) > 0 ? t('plan.says.moves', { n: number(numberOf(best?.movements)), moved: number(numberOf(best?.moved)) }) : stillText(plan), ' ', rules),
    h('dl.tiles.pl-tiles', {}, tile('met', percent(met(best)), before(percent(met(still)))), tile('lacking', plan.amount(best?.unmet), before(plan.amount(still?.unmet))),
      tile('worst', percent(numberOf(best?.worst_coverage)), best?.worst_place ? plan.name(best.worst_place) : ''), tile('gini', number(numberOf(best?.gini), 2), before(number(numberOf(still?.gini), 2))),
      tile('moved', number(numberOf(best?.moved)), t('plan.tile.cost', { cost: number(numberOf(best?.cost)) }))),
    h('p.small-print', {}, t('plan.kept', { date: date(plan.told.kept.slice(0, 10)), from: plan.day(0), to: plan.day(plan.dates.length - 1), n: number(plan.dates.length), paths: number(numberOf(meta.paths as number)) }),
      meta.ledger_day ? ` ${t('plan.ledger', { date: date(String(meta.ledger_day)) })}` : ''),
  ];
}

/* ------------------------------------------------------------------------------------------------- beside simple rules */

/** What it costs to serve the worst-served place first, in a sentence. */
function fairnessText(plan: Plan): string {
  const [least, fair] = ['least_unmet', 'fairest'].map((name) => plan.rows('fairness').find((row) => row.plan === name));
  if (!least || !fair) {
    return t('plan.fairness.unknown');
  }
  if (plan.shared) { // others pay for it, too
    const [all, allFair] = ['least_unmet', 'fairest'].map((name) => numberOf(plan.all('fairness').find((row) => row.plan === name)?.unmet));
    const told = { low: percent(numberOf(least.worst_coverage)), high: percent(numberOf(fair.worst_coverage)), more: number(allFair - all, 1) };
    return Math.abs(allFair - all) < 0.05 ? t('plan.fairness.free', told) : t(plan.fairest ? 'plan.fairness.paid.shared' : 'plan.fairness.price.shared', told);
  }
  const more = numberOf(fair.unmet) - numberOf(least.unmet);
  const shares = { low: percent(numberOf(least.worst_coverage)), high: percent(numberOf(fair.worst_coverage)), more: plan.amount(more), unit: unitOf(plan) };
  return more < 0.005 ? t('plan.fairness.free', shares) : t(plan.fairest ? 'plan.fairness.paid' : 'plan.fairness.price', shares);
}

function compare(plan: Plan): Child {
  const known = RULES.filter((rule) => plan.of(rule));
  const rows = known.map((rule): Child[] => {
    const row = plan.of(rule) as PlanRow;
    return [t(`plan.name.${rule}`), percent(met(row)), plan.amount(row.unmet), percent(numberOf(row.worst_coverage)), row.worst_place ? plan.name(row.worst_place) : '–', number(numberOf(row.gini), 2), number(numberOf(row.moved)), number(numberOf(row.cost))];
  });
  return h('section.pl-section', {}, h('h4', {}, t('plan.compare')), h('p.summary', {}, fairnessText(plan)),
    dataTable({ heads: ['rule', 'met', 'lacking', 'worst', 'worstplace', 'gini', 'moved', 'cost'].map((name) => t(`plan.head.${name}`)), rows }, t('plan.compare')), h('p.small-print', {}, t('plan.gini'), plan.limited ? ` ${t('plan.compare.limits')}` : ''));
}

/* ------------------------------------------------------------------------------------------------------------ coverage */

function coverage(plan: Plan): Child {
  const rows = plan.rows('coverage').filter((row) => typeof row.coverage === 'number').sort((a, b) => numberOf(a.coverage) - numberOf(b.coverage));
  const keys = { plan: 'coverage', nothing_moves: 'coverage_nothing_moves', per_head: 'coverage_per_head', by_shortage: 'coverage_by_shortage' };
  const rules = RULES.filter((rule) => plan.of(rule));
  const better = rows.filter((row) => numberOf(row.coverage) > numberOf(row.coverage_nothing_moves) + 1e-9).length;
  const worse = rows.filter((row) => numberOf(row.coverage) < numberOf(row.coverage_nothing_moves) - 1e-9).length;
  const summary = t('plan.coverage.says', { n: number(rows.length), better: number(better), worse: number(worse) });
  return figure({
    id: 'plan-coverage', title: t('plan.coverage'), summary: rows.length > CHART_ROWS ? `${summary} ${t('plan.coverage.first', { n: number(CHART_ROWS) })}` : summary,
    csv: [{ path: '/plans', query: { name: plan.told.name, show: 'coverage' } }], legend: rules.map((rule) => ({ className: `pl-dot.pl-${rule}`, text: t(`plan.name.${rule}`) })), method: [t('plan.coverage.method')],
    draw: (width) => {
      const left = Math.min(170, width * 0.36);
      const [right, top] = [14, 22];
      const shown = rows.slice(0, CHART_ROWS);
      const height = top + shown.length * ROW + 8;
      const x = (share: number): number => left + share * (width - left - right);
      const fits = Math.floor(left / 7.2);
      const dot = (rule: string, row: PlanRow, y: number): SVGElement | null => {
        const share = numberOf(row[keys[rule as keyof typeof keys]]);
        return !Number.isFinite(share) ? null : rule === 'per_head' ? s(`path.pl-${rule}`, { d: `M${x(share).toFixed(1)} ${y - 6}v12` }) : rule === 'by_shortage' ? s(`path.pl-${rule}`, { d: `M${(x(share) - 4).toFixed(1)} ${y + 4}l4 -8l4 8z` })
          : s(`circle.pl-${rule}`, { cx: x(share).toFixed(1), cy: y, r: 5 });
      };
      return s('svg.chart', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': `${t('plan.coverage')}. ${summary}` },
        (width < 460 ? [0, 0.5, 1] : [0, 0.25, 0.5, 0.75, 1]).map((share) => [s('line.grid', { x1: x(share), x2: x(share), y1: top - 4, y2: height - 6 }), s('text.tick', { x: x(share), y: 12, 'text-anchor': share === 1 ? 'end' : 'middle' }, percent(share))]),
        shown.map((row, i) => {
          const y = top + i * ROW + ROW / 2;
          const name = plan.name(row.place);
          return s('g', {}, s('title', {}, `${name}: ${rules.map((rule) => `${t(`plan.name.${rule}`)} ${percent(numberOf(row[keys[rule]]))}`).join(', ')}`),
            s('text.tick.pl-label', { x: left - 10, y: y + 4, 'text-anchor': 'end' }, [...name].length > fits ? `${[...name].slice(0, fits - 1).join('')}…` : name),
            s('line.pl-from', { x1: x(numberOf(row.coverage_nothing_moves)).toFixed(1), x2: x(numberOf(row.coverage)).toFixed(1), y1: y, y2: y }), [...rules].reverse().map((rule) => dot(rule, row, y)));
        }));
    },
    table: () => ({ heads: [t('plan.head.place'), t('plan.head.needed'), ...rules.map((rule) => t(`plan.name.${rule}`))], rows: rows.map((row) => [plan.name(row.place), plan.amount(row.needed), ...rules.map((rule) => percent(numberOf(row[keys[rule]])))]) }),
  });
}

/* ----------------------------------------------------------------------------------------------------------- movements */

function movementsSection(plan: Plan, orders: PlanRow[], exercise: boolean): Child {
  const query: Query = { name: plan.told.name, show: 'movements', language: currentLanguage() };
  const day = (value: unknown): string => (typeof value === 'number' ? number(value) : date(String(value ?? '')));
  const element = onPhone() ? cards(orders.slice(0, ROWS).map((row) => ({ head: `${number(numberOf(row.number))}. ${t('plan.map.arrow', { from: String(row.from_name), to: String(row.to_name), n: number(numberOf(row.amount)) })}`,
    text: [`${t('plan.head.leaves')} ${day(row.leaves)}, ${t('plan.head.arrives').toLocaleLowerCase(currentLanguage())} ${day(row.arrives)}. `, String(row.reason)] }))) : dataTable({ heads: ['number', 'leaves', 'from', 'to', 'amount', 'arrives', 'why'].map((name) => t(`plan.head.${name}`)),
    rows: orders.slice(0, ROWS).map((row): Child[] => [number(numberOf(row.number)), day(row.leaves), String(row.from_name), String(row.to_name), number(numberOf(row.amount)), day(row.arrives), h('span.pl-reason', {}, String(row.reason))]) }, t('plan.movements'));
  element.classList.toggle('pl-movements', !onPhone());
  return h('section.pl-section', {}, h('div.figure-head', {}, h('h4', {}, t('plan.movements')),
    h('div.tools', {}, h('button.small', { type: 'button', id: 'pl-print', disabled: orders.length === 0, onclick: print }, t('plan.print')), csvLink({ path: '/plans', query }), h('a.csv', { href: url('/plans', { ...query, format: 'xlsx' }), download: true }, 'Excel'))),
    orders.length === 0 ? h('p.remark', {}, stillText(plan)) : element, orders.length > ROWS ? h('p.small-print', {}, t('plan.more', { n: number(ROWS), all: number(orders.length) })) : null,
    exercise ? h('p.small-print', {}, t('plan.sheet.exercise')) : null);
}

/* --------------------------------------------------------------------------------------------------------------- unmet */

function unmet(plan: Plan): Child {
  const byPlace = new Map<string, { lacking: number; needed: number; why: Map<string, string[]> }>();
  for (const row of plan.rows('unmet')) {
    const place = byPlace.get(String(row.place)) ?? { lacking: 0, needed: 0, why: new Map<string, string[]>() };
    place.lacking += numberOf(row.unmet);
    place.needed += numberOf(row.needed);
    if (row.why) {
      place.why.set(String(row.why), [...(place.why.get(String(row.why)) ?? []), typeof row.date === 'string' ? date(row.date, 'day') : String(row.date)]);
    }
    byPlace.set(String(row.place), place);
  }
  const rows = [...byPlace].filter(([, { lacking }]) => lacking > 1e-9).sort((a, b) => b[1].lacking - a[1].lacking);
  const whyOf = (why: Map<string, string[]>): string => [...why].map(([one, days]) => `${t(`plan.why.${one}`)} (${days.join(', ')})`).join('; ');
  const element = onPhone() ? cards(rows.slice(0, ROWS).map(([place, told]) => ({ head: `${plan.name(place)}: ${plan.amount(told.lacking)} (${percent(told.lacking / told.needed)})`, text: whyOf(told.why) })))
    : dataTable({ heads: ['place', 'lacking', 'share', 'why'].map((name) => t(`plan.head.${name}`)),
      rows: rows.slice(0, ROWS).map(([place, told]): Child[] => [plan.name(place), plan.amount(told.lacking), percent(told.lacking / told.needed), h('span.pl-reason', {}, whyOf(told.why))]) }, t('plan.unmet'));
  element.classList.toggle('pl-movements', !onPhone());
  return h('section.pl-section', {}, h('div.figure-head', {}, h('h4', {}, t('plan.unmet')), h('div.tools', {}, csvLink({ path: '/plans', query: { name: plan.told.name, show: 'unmet' } }))),
    h('p.summary', {}, rows.length === 0 ? t('plan.unmet.none') : t('plan.unmet.says', { n: number(rows.length), unit: unitOf(plan) })), rows.length === 0 ? null : element);
}

/* ------------------------------------------------------------------------------------------------------------- what if */

interface Totals { unmet: number; worst_coverage: number | null; moved: number }

function answerOf(plan: Plan, body: Table, place: string, amount: number): Child[] {
  const { meta } = body;
  const [before, after] = [meta.plan as Totals, meta.changed as Totals];
  const gained = before.unmet - after.unmet;
  // By other rules than the least unmet need, more somewhere may mean more lacking in all.
  const sentence = amount >= 0 ? (gained > -1e-9 ? 'plan.whatif.more' : 'plan.whatif.more.loss') : gained < 1e-9 ? 'plan.whatif.fewer' : 'plan.whatif.fewer.gain';
  const rows = rowsOf(body).sort((a, b) => Math.abs(numberOf(b.gained)) - Math.abs(numberOf(a.gained)));
  return [
    h('p.summary', {}, t(sentence, { n: number(Math.abs(amount)), place: plan.name(place), gained: plan.amount(Math.abs(gained)), unit: unitOf(plan), low: percent(before.worst_coverage), high: percent(after.worst_coverage) })),
    rows.length === 0 ? null : dataTable({ heads: ['place', 'gains', 'now', 'then'].map((name) => t(`plan.head.${name}`)),
      rows: rows.slice(0, ROWS).map((row): Child[] => [String(row.name), h(`span.pl-gain${numberOf(row.gained) < -1e-9 ? '.pl-loss' : ''}`, {}, signed(plan, row)), plan.amount(row.unmet), plan.amount(row.unmet_what_if)]) }, t('plan.whatif')),
  ];
}

function signed(plan: Plan, row: PlanRow): string {
  const gain = numberOf(row.gained);
  return Math.abs(gain) < 1e-9 ? rate(0) : `${gain > 0 ? '+' : '−'}${plan.amount(Math.abs(gain))}`;
}

function whatIf(plan: Plan, context: DetailContext, titleOf: (resource: string) => string): Child {
  const answer = h('div.pl-answer', { role: 'status' });
  const places = plan.told.places.map(({ place }): [string, string] => [place, plan.name(place)]).sort((a, b) => a[1].localeCompare(b[1], currentLanguage()));
  const members = plan.members.map((member): [string, string] => [member, titleOf(member)]);
  asked.member = plan.members.includes(asked.member) ? asked.member : plan.members[0] ?? '';
  asked.place = places.some(([place]) => place === asked.place) ? asked.place : places[0][0];
  const button = h<HTMLButtonElement>('button.primary', { type: 'submit', id: 'pl-ask' }, t('plan.whatif.ask'));
  const input = h<HTMLInputElement>('input', { id: 'pl-amount', type: 'number', step: 1, inputmode: 'numeric', oninput: (event: Event) => { asked.amount = (event.target as HTMLInputElement).value; } });
  input.value = asked.amount;
  const send = async (): Promise<void> => {
    const amount = Number(asked.amount);
    if (!Number.isInteger(amount) || amount === 0 || asked.amount.trim() === '') {
      show(answer, h('p.error', { role: 'alert' }, t('plan.whatif.whole')));
      return;
    }
    button.disabled = true;
    answer.classList.add('waiting');
    const { place } = asked;
    try {
      const { body } = await receive(url('/plans', { name: plan.told.name, what_if: `${place},${asked.member || plan.resource},${amount}`, language: currentLanguage() }), {}, undefined, context.signal);
      show(answer, ...answerOf(plan, new Table(body as ConstructorParameters<typeof Table>[0]), place, amount));
    } catch (problem) {
      if (!context.signal.aborted) {
        show(answer, h('div.error', { role: 'alert' }, h('p', {}, t(problem instanceof ApiError && [400, 422].includes(problem.http) ? 'plan.whatif.not' : 'plan.whatif.fail')), h('p.small-print', { lang: 'en' }, problem instanceof Error ? problem.message : '')));
      }
    }
    answer.classList.remove('waiting');
    button.disabled = false;
  };
  return h('section.pl-section', {}, h('h4', {}, t('plan.whatif')), h('p.summary', {}, t('plan.whatif.explain')),
    h('form.pl-form', { 'aria-label': t('plan.whatif'), novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); void send(); } },
      h('div.field', {}, h('label', { for: 'pl-amount' }, t('plan.whatif.amount')), input), members.length > 0 ? picker('pl-member', t('plan.resource'), members, asked.member, (member) => { asked.member = member; }) : null, picker('pl-place', t('plan.whatif.place'), places, asked.place, (place) => { asked.place = place; }), button), answer);
}
