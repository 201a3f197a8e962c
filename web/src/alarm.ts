// Whether the newest counts are more than the past lets expect: in words, over the last steps, and as the endemic channel of the present year.
import { askTable, type DatasetMeasure, type Query, type Table } from './api';
import { drawChart, type Layer } from './chart';
import { finiteMax, measureText, optional, statusNote, weekText, type DetailContext } from './detail';
import { h, type Child } from './dom';
import { weekSystem } from './epiweek';
import { dataTable, figure, note } from './figure';
import { compact, date, dayOf, has, number, opening, percent, pValue, t } from './i18n';
import { dateTicks } from './scale';
import { keptSection } from './kept';
import { ALARMS, type Row } from './situation';

const ZONES = ['success', 'safety', 'alert', 'epidemic'] as const;
const JUDGED_DAYS = 56;
const JUDGED_WEEKS = 26;
const MOST_PLACES = 50;

/** Alarms are about what was reported: the measure of the same things by date of report, where there is one. */
function reportsOf(context: DetailContext): DatasetMeasure {
  const { measure } = context;
  return measure.delayed ? context.dataset.measures.find((m) => m.what === measure.what && !m.delayed && m.kind === 'flow') ?? measure : measure;
}

function methodText(table: Table): string {
  const name = String(table.meta.method);
  return t('judged.method', { method: has(`judged.${name}`) ? t(`judged.${name}`) : name, rate: percent((table.meta.false_discovery_rate as number | undefined) ?? 0.05) });
}

/** The last steps of one place with what was expected of them. */
function judgedFigure(context: DetailContext, table: Table, measure: DatasetMeasure, row: Row | null, query: Query): HTMLElement {
  const order = table.rows.map((_, i) => i).sort((a, b) => (table.texts('date')[a] < table.texts('date')[b] ? -1 : 1));
  const pick = <T>(list: T[]): T[] => order.map((i) => list[i]);
  const days = pick(table.texts('date').map(dayOf));
  const [count, expected, threshold, p] = ['count', 'expected', 'threshold', 'p_value'].map((name) => pick(table.numbers(name)));
  const alarms = pick(table.rows.map((cells) => cells[table.index('alarm')] === true));
  const status = pick(table.texts('status'));
  const last = days.length - 1;
  if (!status.includes('ok')) {
    return note(t('judged.title'), statusNote(status[last] ?? 'too_short'));
  }
  const step = Number(table.meta.step_days ?? 1);
  const system = weekSystem(context.dataset.country, step === 7 ? days[0] : undefined);
  const when = (i: number): string => (step === 7 ? t('judged.week', { date: date(days[i]), week: weekText(days[i], system) }) : date(days[i]));
  const text = (i: number): string => (status[i] === 'ok'
    ? t('judged.says', { when: when(i), count: number(count[i]), expected: number(expected[i], expected[i] < 10 ? 1 : 0), threshold: number(threshold[i], threshold[i] < 10 ? 1 : 0), p: pValue(p[i]) })
    : `${when(i)}: ${statusNote(status[i])}`);
  const verdict = row?.alarm ? t(`says.alarm.${row.alarm}`) : alarms[last] ? t('says.alarm.above') : status[last] === 'ok' ? t('says.alarm.none') : '';
  const summary = `${opening(text(last))} ${verdict ? t('says.sentence', { place: context.placeName(), text: verdict }) : ''} ${t('judged.number', { n: number(alarms.filter(Boolean).length), steps: number(days.length) })}`;
  const only = (wanted: boolean): number[] => count.map((value, i) => (alarms[i] === wanted ? value : NaN));
  const middle = days.map((day) => day + step / 2);
  return figure({
    id: 'judged', title: `${t('judged.title')} · ${context.placeName()}`, summary, csv: [{ path: '/alarm', query }],
    legend: [{ className: 'bar-reported', text: measureText(measure) }, { className: 'bar-alarm', text: t('judged.legend.alarm') },
      { className: 'expected-line', text: t('judged.legend.expected') }, { className: 'threshold-line', text: t('judged.legend.threshold') }],
    method: [methodText(table), t('judged.discovery', { rate: percent((table.meta.false_discovery_rate as number | undefined) ?? 0.05) })],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 220 : 260, start: days[0], end: days[last] + step, top: Math.max(1, finiteMax(count, threshold)) * 1.06, ticks: dateTicks, yText: compact,
      layers: [{ kind: 'bars', x: days, high: only(false), className: 'bar-reported', width: step }, { kind: 'bars', x: days, high: only(true), className: 'bar-alarm', width: step },
        { kind: 'line', x: middle, y: expected, className: 'expected-line' }, { kind: 'line', x: middle, y: threshold, className: 'threshold-line' }],
      label: `${t('judged.title')}. ${summary}`, readout: (x) => { const i = Math.floor((x - days[0]) / step); return i >= 0 && i <= last ? text(i) : ''; }, onReadout,
    }),
    table: () => ({
      heads: [step === 7 ? t('head.week') : t('head.date'), t('head.reported'), t('judged.legend.expected'), t('judged.legend.threshold'), t('judged.head.p'), t('judged.legend.alarm')],
      rows: days.map((_, i) => [when(i), number(count[i]), number(expected[i], 1), number(threshold[i], 1), pValue(p[i]), alarms[i] ? t('judged.yes') : '–']).reverse(),
    }),
  });
}

/** The endemic channel: the present year among the zones that former years make. */
function channelFigure(context: DetailContext, table: Table | null, measure: DatasetMeasure, query: Query): HTMLElement {
  const [week, count, low, middle, high, years, year] = ['week', 'count', 'low', 'middle', 'high', 'n_years', 'year'].map((name) => (table ? table.numbers(name) : []));
  const zone = table ? table.texts('zone') : [];
  const limited = week.filter((_, i) => Number.isFinite(high[i])).length;
  if (!table || limited < 2) {
    return note(t('channel.title'), t('channel.none'));
  }
  const top = Math.max(1, finiteMax(count, high)) * 1.15;
  let last = count.length - 1;
  while (last > 0 && !Number.isFinite(count[last])) {
    last--;
  }
  const inZone = (i: number): string => t(`channel.${zone[i] || 'unknown'}`);
  const text = (i: number): string => t('channel.says', { week: t('epiweek', { week: number(week[i]), year: String(year[i]) }), count: number(count[i]), zone: inZone(i), low: number(low[i], low[i] < 10 ? 1 : 0), middle: number(middle[i], middle[i] < 10 ? 1 : 0), high: number(high[i], high[i] < 10 ? 1 : 0) });
  const epidemic = zone.filter((name) => name === 'epidemic').length;
  const summary = `${text(last)} ${t('channel.weeks', { n: number(epidemic), years: number(finiteMax(years)) })}`;
  const band = (name: string, from: number[], to: number[]): Layer => ({ kind: 'band', x: week, low: from, high: to, className: `zone.zone-${name}` });
  const zero = week.map((_, i) => (Number.isFinite(low[i]) ? 0 : NaN));
  const roof = week.map((_, i) => (Number.isFinite(high[i]) ? top * 1.1 : NaN));
  return figure({
    id: 'channel', title: `${t('channel.title')} · ${context.placeName()}`, summary, csv: [{ path: '/alarm', query }],
    legend: [...ZONES.map((name) => ({ className: `zone-${name}`, text: t(`channel.${name}`) })), { className: 'present-line', text: `${String(year[last])}: ${measureText(measure)}` }],
    method: [t('channel.method'), t('channel.weeks.method')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 240 : 300, start: week[0], end: week[week.length - 1], top, yText: compact,
      ticks: (start, end, room) => { const each = Math.max(1, Math.ceil((end - start) / Math.max(2, room / 45))); return week.filter((w) => (w - 1) % each === 0).map((w) => ({ at: w, text: number(w) })); },
      layers: [band('success', zero, low), band('safety', low, middle), band('alert', middle, high), band('epidemic', high, roof), { kind: 'line', x: week, y: count, className: 'present-line' }],
      label: `${t('channel.title')}. ${summary}`, readout: (x) => { const i = week.indexOf(Math.round(x)); return i < 0 ? '' : text(i); }, onReadout,
    }),
    table: () => ({
      heads: [t('head.week'), String(year[last]), t('channel.zone'), t('channel.success'), t('channel.safety'), t('channel.alert'), t('channel.years')],
      rows: week.map((w, i) => [number(w), number(count[i]), inZone(i), `≤ ${number(low[i], 1)}`, `≤ ${number(middle[i], 1)}`, `≤ ${number(high[i], 1)}`, number(years[i])]),
    }),
  });
}

function placeButton(context: DetailContext, code: string): HTMLElement {
  return h('button.link', { type: 'button', onclick: () => context.update({ place: code }) }, context.placeNameOf(code));
}

/** Of several places: those that stand out, most improbable first. */
function alarmList(context: DetailContext, table: Table, query: Query): Child[] {
  const [count, expected, threshold, p] = ['count', 'expected', 'threshold', 'p_value'].map((name) => table.numbers(name));
  const flag = (i: number, name: string): boolean => table.rows[i][table.index(name)] === true;
  const status = table.texts('status');
  const chosen = table.rows.map((_, i) => i).filter((i) => status[i] === 'ok' && flag(i, 'alarm'));
  const judged = status.filter((s) => s === 'ok').length;
  const heads = [t('column.name'), t('column.alarm'), t('judged.head.p'), t('head.date'), t('head.reported'), t('judged.legend.expected'), t('judged.legend.threshold')];
  const rows = chosen.slice(0, MOST_PLACES).map((i): Child[] => [placeButton(context, table.texts('code')[i]), t(`alarm.${flag(i, 'notable') ? ALARMS[2] : ALARMS[1]}`), pValue(p[i]), date(table.texts('date')[i]), number(count[i]),
    number(expected[i], 1), number(threshold[i], 1)]);
  return [h('section.figure', {},
    h('h3', {}, t('judged.places')), h('p.summary', {}, t('judged.summary', { n: number(chosen.length), judged: number(judged), all: number(status.length) })),
    rows.length > 0 ? dataTable({ heads, rows }, t('judged.places')) : null,
    h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, methodText(table)), h('p', {}, t('judged.discovery', { rate: percent((table.meta.false_discovery_rate as number | undefined) ?? 0.05) }))),
    h('a.csv', { href: `/api/v1/alarm?${new URLSearchParams(Object.entries({ ...query, format: 'csv' }).filter(([, v]) => v).map(([k, v]) => [k, String(v)])).toString()}`, download: true, title: t('figure.csv.title') }, 'CSV'))];
}

export async function alarmTab(context: DetailContext): Promise<Child[]> {
  const { view, dataset } = context;
  if (context.measure.kind !== 'flow') {
    return [note(t('judged.title'), t('judged.stock')), await keptSection(context, null)];
  }
  const measure = reportsOf(context);
  const row = await context.row;
  const place = view.place || row?.code || '';
  const facts: Query = { dataset: dataset.name, measure: measure.name, group: view.group, as_of: view.asOf };
  const all = { ...facts, level: view.level };
  const steps = { ...facts, place, newest: dataset.step_days === 7 ? JUDGED_WEEKS : JUDGED_DAYS };
  const channelQuery = { ...facts, place, method: 'channel' };
  const [judged, channel, places, kept] = await Promise.all([
    measure.delayed || !place ? null : optional(askTable('/alarm', steps, context.signal)),
    place ? optional(askTable('/alarm', channelQuery, context.signal)) : null,
    measure.delayed || view.place ? null : optional(askTable('/alarm', all, context.signal)),
    keptSection(context, measure.delayed || view.asOf ? null : all),
  ]);
  const several = places && places.rows.length > 1;
  return [
    measure.delayed ? note(t('judged.title'), t('judged.delayed')) : null,
    several ? [alarmList(context, places, all), kept] : null,
    judged && judged.rows.length > 0 ? judgedFigure(context, judged, measure, row, steps) : !measure.delayed && !several ? note(t('judged.title'), statusNote('too_short')) : null,
    several ? null : kept,
    place ? channelFigure(context, channel, measure, channelQuery) : null,
    measure.delayed && place ? h('p.remark', {}, t('channel.delayed')) : null,
  ];
}
