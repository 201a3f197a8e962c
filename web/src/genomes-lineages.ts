// Which lineages grow: their shares by week as stacked areas, with the numbers and intervals behind them, and the advantage of each over the others.
import { askTable, type Query, type Table } from './api';
import { optional, type DetailContext } from './detail';
import { h, s, segments, type Child } from './dom';
import { csvLink, dataTable, figure, note } from './figure';
import { COLOURS, groupNames, groupText, OTHER } from './genomes-data';
import { inkOf, inks } from './genomes-draw';
import { date, dayOf, interval, number, percent, rate, t, days } from './i18n';
import { dateTicks } from './scale';

const wanted: { shares: 'share' | 'observed' } = { shares: 'share' };

const RARE = 'other'; // what the server calls those that have no ancestor to be counted with
const lineageText = (name: string): string => (name === RARE ? t('genomes.other') : name);

interface Week { day: number; forecast: boolean; total: number; share: Map<string, number>; observed: Map<string, number> }
interface Shares { weeks: Week[]; names: string[]; genomes: Map<string, number> }

function sharesOf(table: Table): Shares {
  const at = Object.fromEntries(table.columns.map((name, i) => [name, i]));
  const weeks = new Map<string, Week>();
  const genomes = new Map<string, number>();
  for (const row of table.rows) {
    const key = String(row[at.week]);
    const week = weeks.get(key) ?? { day: dayOf(key), forecast: row[at.forecast] === true, total: (row[at.total] as number | null) ?? 0, share: new Map(), observed: new Map() };
    const lineage = row[at.lineage] === RARE ? '' : String(row[at.lineage]);
    week.share.set(lineage, (row[at.share] as number | null) ?? 0);
    week.observed.set(lineage, (row[at.observed] as number | null) ?? 0);
    genomes.set(lineage, (genomes.get(lineage) ?? 0) + ((row[at.genomes] as number | null) ?? 0));
    weeks.set(key, week);
  }
  return { weeks: [...weeks.values()].sort((a, b) => a.day - b.day), names: [...genomes.keys()].filter(Boolean), genomes };
}

/** Lineages in at most twelve areas, those of one family beside each other. */
function areasOf(shares: Shares): { into: Map<string, string>; areas: string[]; colour: Map<string, number> } {
  const into = groupNames(shares.genomes, COLOURS);
  const sums = new Map<string, number>();
  into.forEach((to, name) => sums.set(to, (sums.get(to) ?? 0) + (shares.genomes.get(name) ?? 0)));
  const ranked = [...sums.keys()].filter(Boolean).sort((a, b) => (sums.get(b) as number) - (sums.get(a) as number));
  return { into, areas: [...sums.keys()].sort(), colour: new Map(ranked.map((name, i) => [name, i])) };
}

function stacked(shares: Shares, width: number, label: string, onReadout: (text: string) => void): SVGElement {
  const height = width < 500 ? 240 : 320;
  const [left, right, top, bottom] = [44, 12, 18, 24];
  const { into, areas, colour } = areasOf(shares);
  const used = wanted.shares === 'share' ? shares.weeks : shares.weeks.filter((week) => week.total > 0);
  const with_ = inks();
  const [first, last] = [used[0].day, used[used.length - 1].day + 7];
  const x = (day: number): number => left + ((day - first) / (last - first)) * (width - left - right);
  const y = (share: number): number => top + (1 - share) * (height - top - bottom);
  const base = used.map(() => 0);
  const paths = areas.map((area) => {
    const upper = used.map((week, i) => base[i] + [...week[wanted.shares]].reduce((sum, [name, share]) => sum + (into.get(name) === area ? share : 0), 0));
    const edge = (values: number[]): [number, number][] => (used.length === 1 ? [[x(first), y(values[0])], [x(last), y(values[0])]] : used.map((week, i) => [x(week.day + 3.5), y(values[i])]));
    const points = [...edge(upper), ...edge([...base]).reverse()];
    upper.forEach((value, i) => { base[i] = value; });
    return s('path', { d: `M${points.map(([px, py]) => `${px.toFixed(1)} ${py.toFixed(1)}`).join('L')}Z`, fill: inkOf(colour.get(area) ?? OTHER, with_), stroke: with_.ground, 'stroke-width': 0.7 });
  });
  const ahead = used.find((week) => week.forecast);
  const svg = s('svg.chart', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    paths,
    [0, 0.25, 0.5, 0.75, 1].map((share) => [s('line.grid', { x1: left, x2: width - right, y1: y(share), y2: y(share) }), s('text.tick', { x: left - 6, y: y(share) + 4, 'text-anchor': 'end' }, percent(share))]),
    dateTicks(first, last, width - left - right).map((tick) => s('text.tick', { x: Math.max(left + 12, Math.min(x(tick.at), width - 24)).toFixed(1), y: height - 7, 'text-anchor': 'middle' }, tick.text)),
    ahead ? [s('line.vertical', { x1: x(ahead.day), x2: x(ahead.day), y1: top, y2: height - bottom }), s('text.vertical-text', { x: x(ahead.day) + 2, y: top - 4, 'text-anchor': 'middle' }, t('genomes.shares.ahead'))] : null);
  svg.addEventListener('pointermove', (event) => {
    const bounds = svg.getBoundingClientRect();
    const day = first + (((event as PointerEvent).clientX - bounds.left) * (width / bounds.width) - left) / (width - left - right) * (last - first);
    const week = used.find((one) => day >= one.day && day < one.day + 7);
    const most = week ? areas.map((area): [string, number] => [area, [...week[wanted.shares]].reduce((sum, [name, share]) => sum + (into.get(name) === area ? share : 0), 0)]).sort((a, b) => b[1] - a[1]).slice(0, 4) : [];
    onReadout(week ? `${date(week.day)}: ${most.map(([name, share]) => `${groupText(name, into)} ${percent(share)}`).join(' · ')}${week.forecast ? '' : ` · ${t('genomes.shares.n', { n: number(week.total) })}`}` : '');
  });
  svg.addEventListener('pointerleave', () => onReadout(''));
  return svg;
}

function sharesTable(table: Table): { heads: string[]; rows: Child[][] } {
  const at = Object.fromEntries(table.columns.map((name, i) => [name, i]));
  const share = (value: unknown): string => percent(value as number | null, 1);
  const rows = table.rows.filter((row) => (row[at.genomes] as number | null) !== 0 || (row[at.share] as number) >= 0.005).map((row): Child[] => [
    date(String(row[at.week])), lineageText(String(row[at.lineage])), row[at.forecast] ? t('genomes.shares.ahead') : number(row[at.genomes] as number | null), row[at.forecast] ? '–' : number(row[at.total] as number | null), share(row[at.observed]),
    interval(row[at.observed_low] as number | null, row[at.observed_high] as number | null, share), share(row[at.share]), interval(row[at.share_low] as number | null, row[at.share_high] as number | null, share)]).reverse();
  return { heads: ['week', 'lineage', 'genomes', 'total', 'observed', 'interval', 'model', 'interval'].map((key) => t(`genomes.head.${key}`)), rows };
}

/** A dot with its interval, 0 in the middle, as wide as the widest. */
function whisker(value: number, low: number, high: number, most: number): SVGElement {
  const x = (v: number): number => 60 + (Math.max(-most, Math.min(most, v)) / most) * 56;
  return s('svg.gn-whisker', { viewBox: '0 0 120 16', width: 120, height: 16, 'aria-hidden': 'true' }, s('line.gn-zero', { x1: 60, x2: 60, y1: 1, y2: 15 }), s('line.gn-range', { x1: x(low), x2: x(high), y1: 8, y2: 8 }), s('circle.gn-dot', { cx: x(value), cy: 8, r: 3.5 }));
}

/** Ends that may be below 0, where a dash between would be read as another minus. */
const ends = (low: number, high: number, text: (v: number | null | undefined) => string): string => (Number.isFinite(low) && Number.isFinite(high) ? ` (${text(low)} … ${text(high)})` : '');

function growthTable(growth: Table, alarms: Table | null): Child[] {
  const at = Object.fromEntries(growth.columns.map((name, i) => [name, i]));
  const raised = new Map((alarms ? alarms.rows : []).filter((row) => row[alarms?.index('raised') as number] === true).map((row) => [String(row[alarms?.index('name') as number]), String(row[alarms?.index('why') as number])]));
  const value = (row: (string | number | boolean | null)[], name: string): number => (typeof row[at[name]] === 'number' ? (row[at[name]] as number) : NaN);
  const sorted = [...growth.rows].sort((a, b) => value(b, 'growth_per_week') - value(a, 'growth_per_week'));
  const most = Math.max(0.1, ...sorted.slice(0, 40).flatMap((row) => [Math.abs(value(row, 'growth_low')), Math.abs(value(row, 'growth_high'))]).filter(Number.isFinite));
  const ratio = (v: number | null | undefined): string => number(v ?? null, 2);
  const rows = sorted.map((row): Child[] => {
    const name = String(row[at.lineage]);
    const there = value(row, 'there');
    return [h('span', {}, lineageText(name), raised.has(name) ? [' ', h('span.badge.gn-alarm', {}, t('genomes.growth.alarm'))] : '', there < 0.95 ? [' ', h('span.badge', {}, t('genomes.growth.there', { share: percent(there, 0) }))] : ''), number(value(row, 'genomes')), `${percent(value(row, 'share'), 1)} (${interval(value(row, 'share_low'), value(row, 'share_high'), (v) => percent(v, 1))})`,
      h('span.gn-growth', {}, whisker(value(row, 'growth_per_week'), value(row, 'growth_low'), value(row, 'growth_high'), most), ` ${rate(value(row, 'growth_per_week'))}${ends(value(row, 'growth_low'), value(row, 'growth_high'), rate)}`),
      percent(value(row, 'probability'), 0), value(row, 'doubling_days') < 400 ? days(Math.round(value(row, 'doubling_days'))) : '–',
      `${ratio(value(row, 'per_generation'))} (${interval(value(row, 'per_generation_low'), value(row, 'per_generation_high'), ratio)})`,
      Number.isFinite(value(row, 'dominant_days')) ? (value(row, 'dominant_days') <= 0 ? t('genomes.growth.dominant') : `${days(Math.round(value(row, 'dominant_days')))}${ends(value(row, 'dominant_low'), value(row, 'dominant_high'), (v) => number(v))}`) : '–'];
  });
  return [dataTable({ heads: ['lineage', 'genomes', 'share', 'growth', 'probability', 'doubling', 'advantage', 'dominant'].map((key) => t(`genomes.head.${key}`)), rows }, t('genomes.growth.title'))];
}

function legend(shares: Shares): HTMLElement {
  const { into, areas, colour } = areasOf(shares);
  const with_ = inks();
  return h('ul.legend', {}, areas.map((area) => { const swatch = h('span.swatch', { 'aria-hidden': 'true' }); swatch.style.background = inkOf(colour.get(area) ?? OTHER, with_); return h('li', {}, swatch, groupText(area, into)); }));
}

export async function lineagesPart(context: DetailContext, set: string, redraw: () => void): Promise<Child[]> {
  const query: Query = { dataset: set, level: context.view.level, as_of: context.view.asOf };
  const ofPlace = async (show: string, place: string): Promise<Table | null> => optional(askTable('/lineages', { ...query, show, place }, context.signal));
  let place = context.view.place || 'all';
  let frequencies = await ofPlace('frequencies', place);
  const elsewhere = place !== 'all' && (!frequencies || frequencies.rows.length === 0);
  if (elsewhere) {
    place = 'all';
    frequencies = await ofPlace('frequencies', place);
  }
  const [growth, alarms] = await Promise.all([ofPlace('growth', place), place === 'all' ? optional(askTable('/lineages', { ...query, show: 'alarms' }, context.signal)) : null]);
  if (!frequencies || frequencies.rows.length === 0 || !growth) {
    return [note(t('genomes.shares.title'), t('genomes.shares.none'))];
  }
  const shares = sharesOf(frequencies);
  const meta = growth.meta as { pivot?: string; generation_days?: number };
  const up = growth.rows.filter((row) => (row[growth.index('growth_low')] as number) > 0).map((row) => String(row[growth.index('lineage')])).filter((one) => one !== RARE);
  const name = place === 'all' ? t('genomes.place.all') : context.placeNameOf(place);
  const summary = [t('genomes.shares.summary', { n: number([...shares.genomes.values()].reduce((sum, n) => sum + n, 0)), lineages: number(shares.names.length), from: date(shares.weeks[0].day), place: name }),
    up.length > 0 ? t('genomes.growth.up', { names: up.slice(0, 6).join(', ') }) : t('genomes.growth.none'), elsewhere ? t('genomes.shares.elsewhere', { place: context.placeName() }) : ''].filter(Boolean).join(' ');
  const areas = figure({
    id: 'genomes-shares', title: `${t('genomes.shares.title')} · ${name}`, summary,
    controls: [segments(t('genomes.shares.kind'), 'gn-shares', [['share', t('genomes.shares.model')], ['observed', t('genomes.shares.observed')]], wanted.shares, (kind) => { wanted.shares = kind as typeof wanted.shares; redraw(); })],
    csv: [{ path: '/lineages', query: { ...query, show: 'frequencies', place, use: 'public' } }], method: [t('genomes.shares.method'), t('genomes.shares.group')],
    draw: (width, onReadout) => stacked(shares, width, `${t('genomes.shares.title')}. ${summary}`, onReadout),
    table: () => sharesTable(frequencies as Table),
  });
  areas.querySelector('.readout')?.before(legend(shares));
  return [
    areas,
    h('figure.figure', { 'aria-label': t('genomes.growth.title') },
      h('div.figure-head', {}, h('h3', {}, `${t('genomes.growth.title')} · ${name}`), h('div.tools', {}, csvLink({ path: '/lineages', query: { ...query, show: 'growth', place, use: 'public' } }))),
      growthTable(growth, alarms),
      h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('genomes.growth.method', { pivot: meta.pivot ?? '–', generation: number(meta.generation_days ?? 4.8, 1) })), h('p', {}, t('genomes.growth.limits')))),
  ];
}
