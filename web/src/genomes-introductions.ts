// How often the virus came into each place, when, from where and what became of it.
import { askTable, type Query, type Table } from './api';
import { optional, type DetailContext } from './detail';
import { h, type Child } from './dom';
import { dataTable, note } from './figure';
import { exportBox } from './genomes-export';
import { date, interval, number, percent, t } from './i18n';

const ROWS = 100;
type Cells = Record<string, string | number | boolean | null>;
const rowsOf = (table: Table): Cells[] => table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i) => [name, cells[i]])));

function span(from: unknown, to: unknown): string {
  const [a, b] = [from, to].map((day) => (typeof day === 'string' ? date(day) : ''));
  return a && b && a !== b ? `${a} – ${b}` : a || b || '–';
}

/** By the Markov model where there is one, else by the tree's neighbours; unsure where the two do not agree. */
function origin(row: Cells, nameOf: (code: string) => string): Child {
  const [near, model] = [row.origin, row.model_origin].map((code) => (code ? String(code) : ''));
  if (!near && !model) {
    return t('genomes.origin.unknown');
  }
  const parts = model ? [`${nameOf(model)} (${percent(row.model_probability as number | null)})`] : [`${nameOf(near)} (${percent(row.origin_confidence as number | null)})`];
  if (model && near && near !== model) {
    parts.push(t('genomes.origin.or', { place: nameOf(near), p: percent(row.origin_confidence as number | null) }));
  }
  return parts.join('; ');
}

export async function introductionsPart(context: DetailContext, set: string, showNode: (name: string) => void): Promise<Child[]> {
  const query: Query = { dataset: set, level: context.view.level };
  const [summary, table] = await Promise.all(['summary', 'introductions'].map((show) => optional(askTable('/introductions', { ...query, show }, context.signal))));
  if (!summary || !table) {
    return [note(t('genomes.introductions.title'), t('genomes.introductions.none'))];
  }
  const place = context.view.place;
  const nameOf = (code: string): string => context.placeNameOf(code);
  const within = (code: unknown): boolean => !place || context.within(String(code), place);
  const regions = rowsOf(summary).filter((row) => within(row.region));
  const shown = rowsOf(table).filter((row) => within(row.region)).sort((a, b) => Number(b.active) - Number(a.active) || Number(b.leaves) - Number(a.leaves));
  if (regions.length === 0) {
    return [note(t('genomes.introductions.title'), t('genomes.introductions.elsewhere', { place: context.placeName() }))];
  }
  const add = (name: string): number => regions.reduce((sum, row) => sum + Number(row[name] ?? 0), 0);
  const biggest = shown.reduce((best, row) => (Number(row.leaves) > Number(best.leaves) ? row : best), shown[0]);
  const said = t('genomes.introductions.summary', { n: number(add('clusters')), active: number(regions.every((row) => row.active === null) ? null : add('active')), singles: number(add('singles')), place: place ? context.placeName() : t('genomes.place.all'), biggest: number(Number(biggest?.leaves ?? 0)), where: biggest ? nameOf(String(biggest.region)) : '–' });
  const byRegion = regions.map((row): Child[] => [nameOf(String(row.region)), number(row.leaves as number), number(row.clusters as number), `${number(row.fewest as number)}–${number(row.most as number)}`,
    `${number(row.expected as number | null, 1)}${row.expected_low === null ? '' : ` (${interval(row.expected_low as number, row.expected_high as number, (v) => number(v, 1))})`}`, number(row.singles as number), number(row.active as number | null)]);
  const rows = shown.slice(0, ROWS).map((row): Child[] => [
    h('button.link', { type: 'button', title: t('genomes.introductions.show'), onclick: () => showNode(String(row.node)) }, `${nameOf(String(row.region))} ${number(row.introduction as number)}`), number(row.leaves as number), span(row.from, row.to), origin(row, nameOf),
    span(row.first_sample, row.last_sample), row.active === null ? '–' : t(row.active ? 'genomes.introductions.active' : 'genomes.introductions.over'), row.growth === null ? '–' : `× ${number(row.growth as number, 2)}`, number(row.exports as number)]);
  const heads = (names: string[]): string[] => names.map((name) => t(`genomes.head.${name}`));
  return [h('figure.figure', { 'aria-label': t('genomes.introductions.title') },
    h('div.figure-head', {}, h('h3', {}, `${t('genomes.introductions.title')} · ${place ? context.placeName() : t('genomes.place.all')}`)),
    h('p.summary', {}, said),
    dataTable({ heads: heads(['region', 'genomes', 'clusters', 'range', 'expected', 'singles', 'active']), rows: byRegion }, t('genomes.introductions.regions')),
    h('h4.gn-sub', {}, t('genomes.introductions.each')),
    dataTable({ heads: heads(['introduction', 'genomes', 'came', 'origin', 'samples', 'state', 'growth2', 'exports']), rows }, t('genomes.introductions.each')),
    shown.length > rows.length ? h('p.remark', {}, t('genomes.introductions.more', { n: number(rows.length), all: number(shown.length) })) : null,
    context.view.asOf ? h('p.remark', {}, t('genomes.introductions.now', { date: date(context.view.asOf) })) : null,
    exportBox([['introductions', 'genomes.introductions.csv'], ['summary', 'genomes.introductions.csv.summary']].map(([show, text]) => ({ id: show, text: `CSV: ${t(text)}`, path: '/introductions', query: { ...query, show, format: 'csv' } }))),
    h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('genomes.introductions.method')), h('p', {}, t('genomes.introductions.limits'))))];
}
