// How often the virus came into each place, when, from where and what became of it.
import { ApiError, askTable, Table, type Query } from './api';
import { optional, type DetailContext } from './detail';
import { h, type Child } from './dom';
import { dataTable, note } from './figure';
import { exportBox } from './genomes-export';
import { date, number, percent, t } from './i18n';

const ROWS = 100;
type Cells = Record<string, string | number | boolean | null>;
const rowsOf = (table: Table): Cells[] => table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i) => [name, cells[i]])));

function span(from: unknown, to: unknown): string {
  const [a, b] = [from, to].map((day) => (typeof day === 'string' ? date(day) : ''));
  return a && b && a !== b ? `${a} – ${b}` : a || b || '–';
}

/** The likeliest origin and the next one, each with its probability. */
function origin(row: Cells, nameOf: (code: string) => string): Child {
  const said = [['origin', 'origin_probability'], ['second', 'second_probability']].filter(([key]) => row[key]).map(([key, p]) => `${row[key] === 'elsewhere' ? t('genomes.origin.elsewhere') : nameOf(String(row[key]))} ${percent(row[p] as number | null)}`);
  return said.length > 0 ? said.join('; ') : t('genomes.origin.unknown');
}

/** The number and its 95 % interval; of one that cannot be told a dash. */
function withInterval(middle: unknown, low: unknown, high: unknown, print: (value: unknown) => string): string {
  return middle === null || middle === undefined ? '–' : low === null || high === null ? print(middle) : `${print(middle)} (${print(low)}–${print(high)})`;
}

export async function introductionsPart(context: DetailContext, set: string, showNode: (name: string) => void): Promise<Child[]> {
  const query: Query = { dataset: set, level: context.view.level, as_of: context.view.asOf ?? '' };
  const table = await optional(askTable('/introductions', { ...query, show: 'introductions' }, context.signal)).catch((problem) => {
    if (problem instanceof ApiError && problem.http === 413) {
      return null; // too many genomes to draw from while one waits; the summary has what is counted without
    }
    throw problem;
  });
  const summary = table ? new Table({ ...table.meta.summary as ConstructorParameters<typeof Table>[0], meta: table.meta }) /* of the same histories */ : await optional(askTable('/introductions', { ...query, show: 'summary' }, context.signal));
  if (!summary || (!table && !summary.meta.without_intervals)) {
    return [note(t('genomes.introductions.title'), t('genomes.introductions.none'))];
  }
  const place = context.view.place;
  const nameOf = (code: string): string => context.placeNameOf(code);
  const within = (code: unknown): boolean => !place || context.within(String(code), place);
  const regions = rowsOf(summary).filter((row) => within(row.region));
  const whole = (value: unknown): string => number(value as number | null);
  const title = `${t('genomes.introductions.title')} · ${place ? context.placeName() : t('genomes.place.all')}`;
  if (!table && regions.length > 0) {
    const range = (row: Cells): string => (row.fewest === row.most ? whole(row.most) : `${whole(row.fewest)}–${whole(row.most)}`);
    return [h('figure.figure', { 'aria-label': t('genomes.introductions.title') },
      h('div.figure-head', {}, h('h3', {}, title)),
      h('p.remark', {}, t('genomes.introductions.without'), ' (', h('span', { lang: 'en' }, String(summary.meta.without_intervals)), ')'),
      dataTable({ heads: [t('genomes.head.region'), t('genomes.head.genomes'), t('genomes.introductions.title')], rows: regions.map((row): Child[] => [nameOf(String(row.region)), whole(row.leaves), range(row)]) }, t('genomes.introductions.regions')))];
  }
  const shown = (table ? rowsOf(table) : []).filter((row) => within(row.region)).sort((a, b) => Number(b.active) - Number(a.active) || Number(b.leaves) - Number(a.leaves));
  if (regions.length === 0) {
    return [note(t('genomes.introductions.title'), t('genomes.introductions.elsewhere', { place: context.placeName() }))];
  }
  const add = (name: string): number => regions.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  const biggest = shown.reduce((best, row) => (Number(row.leaves) > Number(best.leaves) ? row : best), shown[0]);
  const undated = regions.every((row) => row.active === null);
  const said = t(undated ? 'genomes.introductions.undated' : 'genomes.introductions.summary', { n: number(add('introductions')), active: number(undated ? null : add('active')), singles: number(add('singles')), place: place ? context.placeName() : t('genomes.place.all'), biggest: number(Number(biggest?.leaves ?? 0)), where: biggest ? nameOf(String(biggest.region)) : '–' });
  const day = (value: unknown): string => (typeof value === 'string' ? date(value) : '–');
  const byRegion = regions.map((row): Child[] => [nameOf(String(row.region)), whole(row.leaves), withInterval(row.introductions, row.introductions_low, row.introductions_high, whole),
    row.introductions === null ? '–' : `${whole(row.introductions_q25)}–${whole(row.introductions_q75)}`, percent(row.sampled as number | null), row.unseen === null ? '–' : `≈ ${number(Math.round(row.unseen as number))}`, whole(row.singles), whole(row.active)]);
  const rows = shown.slice(0, ROWS).map((row): Child[] => [
    h('button.link', { type: 'button', title: t('genomes.introductions.show'), onclick: () => showNode(String(row.node)) }, `${nameOf(String(row.region))} ${whole(row.introduction)}`), whole(row.leaves), withInterval(row.came, row.came_low, row.came_high, day), origin(row, nameOf),
    span(row.first_sample, row.last_sample), row.active === null ? '–' : t(row.active ? 'genomes.introductions.active' : 'genomes.introductions.over'), row.growth === null ? '–' : `× ${number(row.growth as number, 2)}`, whole(row.exports), percent(row.support as number | null)]);
  const weighted = regions.some((row) => row.cases !== null);
  const heads = (names: string[]): string[] => names.map((name) => t(`genomes.head.${name}`));
  return [h('figure.figure', { 'aria-label': t('genomes.introductions.title') },
    h('div.figure-head', {}, h('h3', {}, title)),
    h('p.summary', {}, said),
    dataTable({ heads: heads(['region', 'genomes', 'clusters', 'half', 'sampled', 'unseen', 'singles', 'active']), rows: byRegion }, t('genomes.introductions.regions')),
    h('h4.gn-sub', {}, t('genomes.introductions.each')),
    dataTable({ heads: heads(['introduction', 'genomes', 'came', 'origin', 'samples', 'state', 'growth2', 'exports', 'support']), rows }, t('genomes.introductions.each')),
    shown.length > rows.length ? h('p.remark', {}, t('genomes.introductions.more', { n: number(rows.length), all: number(shown.length) })) : null,
    h('p.remark', {}, t(!weighted ? 'genomes.introductions.equal' : summary.meta.cases_by === 'week' ? 'genomes.introductions.weighted.weekly' : 'genomes.introductions.weighted'), weighted && summary.meta.cases_of ? ` (${String(summary.meta.cases_of)})` : ''),
    context.view.asOf ? h('p.remark', {}, t('genomes.introductions.then', { date: date(context.view.asOf) })) : null,
    exportBox([['introductions', 'genomes.introductions.csv'], ['summary', 'genomes.introductions.csv.summary']].map(([show, text]) => ({ id: show, text: `CSV: ${t(text)}`, path: '/introductions', query: { ...query, show, format: 'csv' } }))),
    h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('genomes.introductions.method')), h('p', {}, t('genomes.introductions.limits'))))];
}
