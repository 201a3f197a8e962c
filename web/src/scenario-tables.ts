// Tables of a simulation: when intensive care is too small and how surely, totals, differences between paired runs, and who bears it by age and by place.
import { h, show, type Child } from './dom';
import { dataTable } from './figure';
import { compareText, date, number, percent, plural, t } from './i18n';
import { saveFile } from './save';
import { NO_PLACE, shown, shownRate, type Results, type Sum } from './scenario-answer';
import { fileName } from './scenario-export';
import { select } from './scenario-form';

const FEW = 10; // rows that a long table shows before it is asked for all

export const withInterval = (sum: Sum | null, show_: (value: number) => string = shown): Child => (sum
  ? [show_(sum.q50), ' ', h('span.sc-interval', {}, t('scenario.within', { low: show_(sum.q025), high: show_(sum.q975) }))] : '–');

function csvButton(id: string, title: string, name: string, heads: string[], rows: (string | number)[][]): HTMLElement {
  const cell = (value: string | number): string => (typeof value === 'number' ? (Number.isFinite(value) ? String(value) : '') : /[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return h('button.small', { type: 'button', id, title: t('scenario.export.csv'), 'aria-label': `${title}: ${t('scenario.export.csv')}`,
    onclick: () => saveFile(`${fileName(name, title)}.csv`, new Blob([[heads, ...rows].map((row) => row.map(cell).join(',')).join('\n'), '\n'], { type: 'text/csv;charset=utf-8' })) }, 'CSV');
}

/** A long table: the first rows, and all when asked for. */
function longTable(id: string, caption: string, heads: string[], rows: Child[][]): HTMLElement {
  const place = h('div');
  const draw = (all: boolean): void => show(place, dataTable({ heads, rows: all ? rows : rows.slice(0, FEW) }, caption),
    rows.length > FEW ? h('button.small', { type: 'button', id, onclick: () => draw(!all) }, all ? t('scenario.fewer') : t('scenario.all', { n: number(rows.length) })) : null);
  draw(false);
  return place;
}

/* ------------------------------------------------------------------------------------------------------ too few beds */

const dayText = (results: Results, days: number): string => date(results.origin + Math.round(days), 'day');

function overflowCell(results: Results, i: number, place: string): Child {
  const any = results.sum(i, 'any without icu', { place });
  const first = results.sum(i, 'first without icu', { place });
  if (!any) {
    return '–';
  }
  return any.mean === 0 || !first ? percent(any.mean) : [percent(any.mean), ' · ', dayText(results, first.q50), ' ',
    h('span.sc-interval', {}, t('scenario.within', { low: dayText(results, first.q025), high: dayText(results, first.q975) }))];
}

/** In words for the whole, then place by place where beds are not shared by all. */
export function shortage(results: Results): Child {
  const says = results.names.flatMap((name, i) => {
    const any = results.sum(i, 'any without icu');
    const first = results.sum(i, 'first without icu');
    const without = results.sum(i, 'total without icu');
    if (results.answer.scenarios[i].icu_beds === null || !any || !without) {
      return [];
    }
    return [h('li', {}, any.mean === 0 || !first ? t('scenario.icu.never', { name, runs: number(any.runs) })
      : t(any.mean < 0.5 ? 'scenario.icu.some' : 'scenario.icu.full', { name, share: percent(any.mean), date: dayText(results, first.q50), low: dayText(results, first.q025),
        high: dayText(results, first.q975), n: shown(without.q50), from: shown(without.q025), to: shown(without.q975) }))];
  });
  const places = results.places.filter((place) => results.hasBeds(place) && results.sum(0, 'any without icu', { place }));
  const likely = (place: string): number => Math.max(...results.names.map((_, i) => results.sum(i, 'any without icu', { place })?.mean ?? 0));
  const soon = (place: string): number => Math.min(...results.names.map((_, i) => results.sum(i, 'first without icu', { place })?.q50 ?? Infinity));
  const sorted = places.map((place) => ({ place, likely: likely(place), soon: soon(place) })).sort((a, b) => b.likely - a.likely || a.soon - b.soon
    || compareText(results.nameOfPlace(a.place), results.nameOfPlace(b.place)));
  const title = t('scenario.over.title');
  return says.length === 0 ? null : h('section', {}, h('h4', {}, t('scenario.over')), h('ul.sc-says', {}, says),
    sorted.length === 0 ? null : [h('div.sc-table-head', {}, h('p.small-print', {}, t('scenario.over.help')),
      csvButton('csv-over', title, results.study?.name ?? '', ['place', 'name', 'scenario', 'icu_beds', 'probability', 'first_day_q025', 'first_day_q50', 'first_day_q975'],
      sorted.flatMap(({ place }) => results.names.map((name, i) => { const first = results.sum(i, 'first without icu',
        { place }); const iso = (days: number | undefined): string => (days === undefined ? '' : new Date((results.origin + Math.round(days)) * 86400000).toISOString().slice(0, 10));
        return [place, results.nameOfPlace(place), name, results.bedsOf(i, place) ?? NaN, results.sum(i, 'any without icu', { place })?.mean ?? NaN, iso(first?.q025), iso(first?.q50),
          iso(first?.q975)]; })))),
      longTable('sc-over-all', title, [t('scenario.over.place'), t('scenario.over.beds'), ...results.names],
        sorted.map(({ place }) => [results.nameOfPlace(place), number(results.bedsOf(0, place), (results.bedsOf(0, place) ?? 10) < 10 ? 1 : 0),
        ...results.names.map((_, i) => overflowCell(results, i, place))]))]);
}

/* ---------------------------------------------------------------------------------------------------- totals, differences */

const ROWS: [string, string][] = [['total inf', 'scenario.sum.inf'], ['total hosp', 'scenario.sum.hosp'], ['peak icu', 'scenario.sum.icu'], ['total without icu', 'scenario.sum.without'],
  ['total death', 'scenario.sum.death'], ['total restriction', 'scenario.sum.days']];
const shownBy = (target: string) => (target === 'total restriction' ? (value: number): string => number(value, 1) : shown);

export function totals(results: Results): HTMLElement {
  const rows: Child[][] = ROWS.filter(([target]) => results.sum(0, target)).map(([target, key]) => [t(key), ...results.names.map((_, i) => withInterval(results.sum(i, target), shownBy(target)))]);
  return h('section', {}, h('h4', {}, t('scenario.totals')), h('div.sc-table-head', {}, h('p.small-print', {}, t('scenario.totals.help')),
    csvButton('csv-totals', t('scenario.totals'), results.study?.name ?? '', ['what', 'scenario', 'mean', 'q025', 'q50', 'q975'],
      ROWS.flatMap(([target]) => results.names.map((name, i) => { const sum = results.sum(i, target); return [target, name, sum?.mean ?? NaN, sum?.q025 ?? NaN, sum?.q50 ?? NaN,
      sum?.q975 ?? NaN]; })))),
    dataTable({ heads: [t('scenario.what'), ...results.names], rows }, t('scenario.totals')));
}

/** In words what the intervals allow: surely less, surely more, or not to be told apart. */
function verdict(sum: Sum): string {
  const runs = { n: number(Math.round(sum.lower * sum.runs)), runs: number(sum.runs) };
  if (sum.q025 === 0 && sum.q975 === 0) {
    return t('scenario.equal');
  }
  return t(sum.q975 < 0 ? 'scenario.less' : sum.q025 > 0 ? 'scenario.more' : sum.q975 === 0 ? 'scenario.notmore' : 'scenario.unclear', runs);
}

/** A column a scenario: its difference to the first, and what may be said of it. */
export function differences(results: Results): Child {
  const others = results.names.slice(1);
  const against = (target: string, k: number): Sum | null => results.sum(k + 1, target, { against: true });
  const rows = ROWS.filter(([target]) => others.some((_, k) => against(target, k) !== null));
  const title = t('scenario.differences', { name: results.names[0] });
  const cell = (target: string, sum: Sum | null): Child => (sum ? [withInterval(sum, shownBy(target)), h('span.sc-verdict', {}, target === 'total restriction' ? '' : verdict(sum))] : '–');
  return rows.length === 0 ? null : h('section', {}, h('h4', {}, title), h('div.sc-table-head', {}, h('p.small-print', {}, t('scenario.differences.help')),
    csvButton('csv-differences', title, results.study?.name ?? '', ['what', 'scenario', 'reference', 'runs', 'mean', 'q025', 'q50', 'q975', 'share_lower'],
      rows.flatMap(([target]) => others.map((name, k) => { const sum = against(target, k); return [target, name, results.names[0], sum?.runs ?? NaN, sum?.mean ?? NaN, sum?.q025 ?? NaN,
        sum?.q50 ?? NaN, sum?.q975 ?? NaN, sum?.lower ?? NaN]; })))),
    dataTable({ heads: [t('scenario.what'), ...others], rows: rows.map(([target, key]) => [t(key), ...others.map((_, k) => cell(target, against(target, k)))]) }, title));
}

/* ---------------------------------------------------------------------------------------------------------- who bears it */

const BORNE: [string, string][] = [['total inf', 'scenario.sum.inf'], ['total hosp', 'scenario.sum.hosp'], ['total death', 'scenario.sum.death'], ['total without icu', 'scenario.sum.without'],
  ['total restriction', 'scenario.sum.days']];
let borne = 'total inf';

function scaled(sum: Sum | null, by: number): Sum | null {
  return sum && { ...sum, mean: sum.mean * by, q025: sum.q025 * by, q50: sum.q50 * by, q975: sum.q975 * by };
}

/** By age, by group of people and by place, per 100,000 of them; what others change against the first beside it. */
export function bearers(results: Results): HTMLElement {
  const element = h('section');
  const draw = (): void => {
    const groups = [...results.ages.map((age) => ({ key: `age ${age}`, name: t('scenario.ages', { age }), persons: results.personsOfAge(age), options: { age } })),
      ...results.groups.map((group) => ({ key: `group ${group}`, name: group, persons: results.personsOfAge(group), options: { age: group } })),
      ...results.places.map((place) => ({ key: place, name: results.nameOfPlace(place), persons: results.personsOf(place), options: { place } }))];
    const factor = (persons: number): number => (borne === 'total restriction' ? 1 : 1e5 / persons);
    const found = groups.filter((group) => results.sum(0, borne, group.options) && group.persons > 0).map((group) => ({ ...group,
      alone: results.names.map((_, i) => scaled(results.sum(i, borne, group.options), factor(group.persons))),
        against: results.names.slice(1).map((_, k) => scaled(results.sum(k + 1, borne, { ...group.options, against: true }), factor(group.persons))) }));
    const ages = found.filter((group) => group.key.startsWith('age '));
    const people = found.filter((group) => group.key.startsWith('group '));
    const places = found.filter((group) => !group.key.startsWith('age ') && !group.key.startsWith('group ')).sort((a, b) => (b.alone[0]?.q50 ?? 0) - (a.alone[0]?.q50 ?? 0));
    const heads = [t('scenario.people'), ...results.names, ...results.names.slice(1).map((name) => t('scenario.change.of', { name }))];
    const row = (group: (typeof found)[number]): Child[] => [group.name, number(group.persons), ...group.alone.map((sum) => withInterval(sum, shownRate)),
      ...group.against.map((sum) => withInterval(sum, shownRate))];
    const title = t('scenario.bears');
    show(element, h('h4', {}, title), h('div.sc-table-head', {},
      select('sc-borne', t('scenario.bears.what'), BORNE.filter(([target]) => results.sum(0, target)).map(([target, key]): [string, string] => [target,
        t(target === 'total restriction' ? key : 'scenario.per100k', { what: t(key) })]), borne, (target) => { borne = target; draw(); }),
      csvButton('csv-bears', title, results.study?.name ?? '', ['group', 'name', 'persons', 'what', 'scenario', 'per_100k_q025', 'per_100k_q50', 'per_100k_q975', 'difference_q025',
        'difference_q50', 'difference_q975'],
        found.flatMap((group) => results.names.map((name, i) => { const [sum, change] = [group.alone[i], i > 0 ? group.against[i - 1] : null]; return [group.key, group.name, group.persons, borne,
          name, sum?.q025 ?? NaN, sum?.q50 ?? NaN, sum?.q975 ?? NaN, change?.q025 ?? NaN, change?.q50 ?? NaN, change?.q975 ?? NaN]; })))),
      ages.length > 0 ? dataTable({ heads: [t('scenario.age'), ...heads], rows: ages.map(row) }, `${title}: ${t('scenario.age')}`) : null,
      people.length > 0 ? dataTable({ heads: [t('scenario.section.groups'), ...heads], rows: people.map(row) }, `${title}: ${t('scenario.section.groups')}`) : null,
      places.length > 0 ? [h('p.small-print.sc-gap', {}, plural('scenario.bears.places', places.length, { n: number(places.length) })),
        longTable('sc-bears-all', `${title}: ${t('scenario.over.place')}`, [t('scenario.over.place'), ...heads], places.map(row))] : null);
  };
  draw();
  return element;
}

export { NO_PLACE };
