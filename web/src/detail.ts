// The closer look at one place (or the whole dataset): a tab each for the curve with its nowcast, forecast and former forecasts, the reproduction number, and
// those of more.ts, which are loaded when they are opened.
import type { findShapes, shortName } from './map';
import type { Places } from './places';
import { askTable, Table, type Dataset, type DatasetMeasure, type Query } from './api';
import { drawChart, type Layer } from './chart';
import { h, segments, picker, useStyle, type Child } from './dom';
import { epiweek, weekSystem, type WeekSystem } from './epiweek';
import { figure, note, type LegendItem } from './figure';
import { compact, date, dayOf, interval, isoOf, number, percent, t, useMore } from './i18n';
import { dateTicks } from './scale';
import type { Row } from './situation';
import { SPANS, type Span, type View } from './state';

export interface DetailContext {
  view: View;
  dataset: Dataset;
  measure: DatasetMeasure;
  placeName: () => string; // known once the places are there
  row: Promise<Row | null>;
  update: (patch: Partial<View>) => void;
  placeNameOf: (code: string) => string;
  within: (code: string, above: string) => boolean;
  kit: { findShapes: typeof findShapes; shortName: typeof shortName; Places: typeof Places }; // of the first view, lent to the parts that come later
  signal: AbortSignal;
}

declare const VIGIA_MORE_STYLE: string;

const FAN = [['q025', 'q975', 'fan95'], ['q05', 'q95', 'fan90'], ['q25', 'q75', 'fan50']] as const;

function stepOf(context: DetailContext): 'day' | 'week' {
  return context.dataset.step_days === 7 ? 'week' : context.view.step || 'day';
}

export function seriesQuery(context: DetailContext, extra: Query = {}): Query {
  const { view, dataset, measure } = context;
  return { dataset: dataset.name, measure: measure.name, place: view.place, group: view.group, as_of: view.asOf, ...extra };
}

/** The first day shown: so many days before the newest of the data. */
export function fromOf(context: DetailContext): string {
  const { view, dataset } = context;
  const newest = [view.asOf, dataset.last_date].filter((d): d is string => !!d).sort()[0];
  return view.span === 'all' || !newest ? '' : isoOf(dayOf(newest) - Number(view.span) + 1);
}

export function measureText(measure: { what: string; by: string; kind: string }): string {
  const what = t(`what.${measure.what}`);
  return measure.kind !== 'flow' ? what : t('measure.pattern', { what, by: t(`by.${measure.by}`) });
}

export function groupText(group: string): string {
  if (group === 'all' || group === '') {
    return t('group.all');
  }
  return group.split('/').map((part) => {
    const [kind, value = ''] = part.split(':');
    if (kind === 'sex') {
      return t(`sex.${value}`);
    }
    return kind === 'age' ? t('group.age', { age: value.replace('-', '–') }) : value || part;
  }).join(', ');
}

export function weekText(day: number, system: WeekSystem): string {
  const { year, week } = epiweek(day, system);
  return t('epiweek', { week: number(week), year: String(year) });
}

export function spanPicker(context: DetailContext): HTMLElement {
  return picker('span', t('span.label'), SPANS.map((span): [string, string] => [span, t(`span.${span}`)]), context.view.span, (span) => context.update({ span: span as Span }));
}

function stepPicker(context: DetailContext): HTMLElement | null {
  return context.dataset.step_days === 7 ? null
    : segments(t('step.label'), 'step', [['day', t('step.day')], ['week', t('step.week')]], stepOf(context), (step) => context.update({ step: step === 'week' ? 'week' : '' }));
}

export function statusNote(status: string): string {
  return t(`status.${status}`) === `status.${status}` ? t('status.unknown', { status }) : t(`status.${status}`);
}

interface Fan { x: number[]; middle: number[]; bounds: Record<string, number[]> }

function readFan(table: Table | null, shift: number): Fan {
  const bounds: Record<string, number[]> = {};
  for (const name of ['q025', 'q05', 'q25', 'q75', 'q95', 'q975']) {
    bounds[name] = table ? table.numbers(name) : [];
  }
  return { x: table ? table.texts('date').map((iso) => dayOf(iso) + shift) : [], middle: table ? table.numbers('q50') : [], bounds };
}

function fanLayers(fan: Fan, className: string): Layer[] {
  return FAN.map(([low, high, depth]) => ({ kind: 'band', x: fan.x, low: fan.bounds[low], high: fan.bounds[high], className: `${className}.${depth}` }));
}

/** The part of a nowcast where it says more than the reports: from the first step with an interval of some width. */
function openPart(table: Table): Table {
  const low = table.numbers('q025');
  const high = table.numbers('q975');
  const first = low.findIndex((value, i) => high[i] - value > 0.5);
  return new Table({ columns: table.columns, rows: first < 0 ? [] : table.rows.slice(Math.max(0, first)), meta: table.meta });
}

export function finiteMax(...lists: number[][]): number {
  let top = 0;
  for (const list of lists) {
    for (const value of list) {
      if (value > top && Number.isFinite(value)) {
        top = value;
      }
    }
  }
  return top;
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + (Number.isFinite(value) ? value : 0), 0);
}

/* ------------------------------------------------------------------------------------------------------------- curve */

export async function optional(promise: Promise<Table>): Promise<Table | null> {
  return promise.catch((problem) => {
    if (problem?.http === 422 || problem?.http === 404) {
      return null; // an analysis that the data do not allow leaves the facts standing
    }
    throw problem;
  });
}

interface Curve {
  dates: number[]; values: number[]; mean: number[]; pending: number[];
  nowcast: Table | null; nowcastOpen: Table | null; forecast: Table | null; stepDays: number; system: WeekSystem;
}

/** The forecast's fan begins where the nowcast's ends (or with the newest count), so that both read as one. */
function joinFans(curve: Curve, nowcastFan: Fan, forecastFan: Fan): Fan {
  if (forecastFan.x.length === 0) {
    return forecastFan;
  }
  const from = nowcastFan.x.length - 1;
  const newest = curve.dates.length - 1;
  const value = (name: string): number => (from >= 0 ? nowcastFan.bounds[name][from] : curve.values[newest]);
  const x = from >= 0 ? nowcastFan.x[from] : curve.dates[newest] + curve.stepDays / 2;
  if (!(x < forecastFan.x[0]) || !Number.isFinite(value('q25'))) {
    return forecastFan;
  }
  return {
    x: [x, ...forecastFan.x], middle: [from >= 0 ? nowcastFan.middle[from] : value('q50'), ...forecastFan.middle],
    bounds: Object.fromEntries(Object.entries(forecastFan.bounds).map(([name, list]) => [name, [value(name), ...list]])),
  };
}

/** One fan a former forecast, from the first step that is shown. */
function formerFans(table: Table | null, shift: number, start: number): Fan[] {
  const origins = table ? table.texts('origin') : [];
  return [...new Set(origins)].map((origin) => {
    const rows = (table as Table).rows.filter((_, i) => origins[i] === origin && dayOf((table as Table).texts('date')[i]) >= start);
    return readFan(new Table({ columns: (table as Table).columns, rows }), shift);
  }).filter((fan) => fan.x.length > 0);
}

/** How good the former forecasts were, in words. */
function formerSummary(table: Table, weekly: boolean): string {
  const { n_forecasts: n, n_scored: scored, inside_50: half, inside_95: most, relative_wis: relative, baseline } = table.meta as Record<string, number>;
  if (!(scored > 0)) {
    return t('former.unscored', { n: number(n) });
  }
  const parts = [t(weekly ? 'former.summary.week' : 'former.summary.day', { n: number(n), scored: number(scored), half: percent(half), most: percent(most) })];
  if (Number.isFinite(relative)) {
    parts.push(t(String(baseline) === 'naive' ? 'former.relative.naive' : 'former.relative.last', { relative: number(relative, 2) }));
  }
  return parts.join(' ');
}

/** The 7-day mean up to the first day of which more than a twentieth is still to come: after it, the mean would only seem to fall. */
function meanOfComplete(mean: number[], values: number[], pending: number[]): number[] {
  const first = pending.findIndex((expected, i) => expected * 0.95 > (values[i] || 0));
  return first < 0 ? mean : mean.map((value, i) => (i < first ? value : NaN));
}

function joinCurve(context: DetailContext, series: Table, nowcast: Table | null, forecast: Table | null): Curve {
  const dates = series.texts('date').map(dayOf);
  const values = series.numbers('value');
  const pending = values.map(() => NaN);
  const nowcastOpen = nowcast && (nowcast.meta.status ?? 'ok') === 'ok' && nowcast.rows.length > 0 ? openPart(nowcast) : null;
  if (nowcastOpen) {
    const at = new Map(dates.map((day, i) => [day, i]));
    const middle = nowcastOpen.numbers('q50');
    nowcastOpen.texts('date').forEach((iso, i) => {
      const index = at.get(dayOf(iso));
      if (index !== undefined && middle[i] > (values[index] || 0)) {
        pending[index] = middle[i];
      }
    });
  }
  const stepDays = stepOf(context) === 'week' ? 7 : 1;
  const system = weekSystem(context.dataset.country, stepDays === 7 ? dates[0] : undefined);
  return { dates, values, mean: meanOfComplete(series.numbers('mean_7'), values, pending), pending, nowcast, nowcastOpen, forecast, stepDays, system };
}

function curveSummary(context: DetailContext, curve: Curve, row: Row | null): string {
  const { measure } = context;
  const first = curve.dates.findIndex((_, i) => Number.isFinite(curve.values[i]));
  const parts = [t('curve.summary.total', {
    measure: measureText(measure), place: context.placeName(), from: date(curve.dates[Math.max(0, first)]), to: date(curve.dates[curve.dates.length - 1]), n: number(sum(curve.values)),
  })];
  if (row && Number.isFinite(row.last7)) {
    parts.push(t(context.dataset.step_days === 7 ? 'curve.summary.lastweek' : 'curve.summary.last', { n: number(row.last7) }));
    if (Number.isFinite(row.expected) && Number.isFinite(row.expectedLow)) {
      parts.push(t('curve.summary.expected', { n: number(row.expected), low: number(row.expectedLow), high: number(row.expectedHigh) }));
    }
  }
  return parts.join(' ');
}

function curveTop(curve: Curve, forecastFan: Fan, former: Fan[]): number {
  const solid = finiteMax(curve.values, curve.pending, curve.mean, forecastFan.middle);
  const wide = finiteMax(solid === 0 ? [1] : [], curve.nowcastOpen ? curve.nowcastOpen.numbers('q95') : [], forecastFan.bounds.q75, ...former.map((fan) => fan.bounds.q75));
  const top = Math.max(solid, Math.min(wide, solid * 2), 1);
  return top * 1.04;
}

function curveReadout(curve: Curve, forecastFan: Fan): (x: number) => string {
  const nowcastAt = new Map((curve.nowcastOpen ? curve.nowcastOpen.texts('date') : []).map((iso, i) => [dayOf(iso), i]));
  const [q50, low, high] = ['q50', 'q025', 'q975'].map((name) => (curve.nowcastOpen ? curve.nowcastOpen.numbers(name) : []));
  const half = curve.stepDays / 2;
  return (x) => {
    const index = curve.dates.length === 0 ? -1 : Math.floor((x - curve.dates[0]) / curve.stepDays);
    if (index >= 0 && index < curve.dates.length) {
      const day = curve.dates[index];
      const parts = [`${date(day)} · ${weekText(day, curve.system)}: ${t('curve.readout.reported', { n: number(curve.values[index]) })}`];
      const open = nowcastAt.get(day);
      if (open !== undefined) {
        parts.push(t('curve.readout.expected', { n: number(q50[open]), low: number(low[open]), high: number(high[open]) }));
      }
      return parts.join('; ');
    }
    const ahead = forecastFan.x.findIndex((at) => x >= at - half && x < at + half);
    return ahead < 0 ? '' : `${date(Math.round(forecastFan.x[ahead] - half))}: ${t('curve.readout.forecast', {
      n: number(forecastFan.middle[ahead]), low: number(forecastFan.bounds.q025[ahead]), high: number(forecastFan.bounds.q975[ahead]) })}`;
  };
}

function curveLayers(context: DetailContext, curve: Curve, nowcastFan: Fan, forecastFan: Fan, former: Fan[]): { layers: Layer[]; legend: LegendItem[] } {
  const flow = context.measure.kind === 'flow';
  const half = curve.stepDays / 2;
  const layers: Layer[] = [];
  const legend: LegendItem[] = [];
  const mean: Layer = { kind: 'line', x: curve.dates.map((day) => day + half), y: curve.mean, className: 'mean-line' };
  if (flow) {
    layers.push({ kind: 'bars', x: curve.dates, high: curve.values, className: 'bar-reported', width: curve.stepDays });
    legend.push({ className: 'bar-reported', text: t('curve.legend.reported') });
  } else {
    layers.push({ kind: 'line', x: curve.dates.map((day) => day + half), y: curve.values, className: 'value-line' });
    legend.push({ className: 'value-line', text: t('curve.legend.value') });
  }
  if (curve.pending.some(Number.isFinite)) {
    layers.push({ kind: 'bars', x: curve.dates, low: curve.values.map((v) => v || 0), high: curve.pending, className: 'bar-pending', width: curve.stepDays });
    legend.push({ className: 'bar-pending', text: t('curve.legend.pending') });
  }
  if (former.length > 0) {
    layers.push(...former.flatMap((fan) => [...fanLayers(fan, 'former').filter((_, i) => i !== 1), { kind: 'line', x: fan.x, y: fan.middle, className: 'former-line' } as Layer]));
    legend.push({ className: 'fan.former', text: t('former.legend') });
  }
  if (nowcastFan.x.length > 0) {
    layers.push(...fanLayers(nowcastFan, 'nowcast'), { kind: 'line', x: nowcastFan.x, y: nowcastFan.middle, className: 'nowcast-line' });
    legend.push({ className: 'fan.nowcast', text: t('curve.legend.nowcast') });
  }
  if (forecastFan.x.length > 0) {
    const joined = joinFans(curve, nowcastFan, forecastFan);
    layers.push(...fanLayers(joined, 'forecast'), { kind: 'line', x: joined.x, y: joined.middle, className: 'forecast-line' });
    legend.push({ className: 'fan.forecast', text: t('curve.legend.forecast') });
  }
  if (flow && curve.stepDays === 1) {
    layers.push(mean);
    legend.push({ className: 'mean-line', text: t('curve.legend.mean') });
  }
  return { layers, legend };
}

let formerHidden = false; // the reader does not want the former forecasts

function formerSwitch(): HTMLElement {
  const button = h('button.small', { type: 'button', id: 'former', 'aria-pressed': String(!formerHidden), onclick: () => {
    formerHidden = !formerHidden;
    button.setAttribute('aria-pressed', String(!formerHidden));
    button.dispatchEvent(new Event('repaint', { bubbles: true }));
  } }, t('former.switch'));
  return button;
}

function curveTable(curve: Curve): { heads: string[]; rows: string[][] } {
  const open = curve.nowcastOpen;
  const at = new Map((open ? open.texts('date') : []).map((iso, i) => [dayOf(iso), i]));
  const [q50, low, high] = ['q50', 'q025', 'q975'].map((name) => (open ? open.numbers(name) : []));
  const rows = curve.dates.map((day, i) => {
    const n = at.get(day);
    return [date(day), weekText(day, curve.system), number(curve.values[i]), n === undefined ? '–' : number(q50[n]), n === undefined ? '–' : interval(low[n], high[n], (v) => number(v)), number(curve.mean[i], 1)];
  }).reverse();
  const ahead = curve.forecast && curve.forecast.meta.status === 'ok' ? curve.forecast : null;
  if (ahead) {
    const [middle, f025, f975] = ['q50', 'q025', 'q975'].map((name) => ahead.numbers(name));
    ahead.texts('date').forEach((iso, i) => rows.unshift([`${date(iso)} (${t('curve.forecast.mark')})`, weekText(dayOf(iso), curve.system), '–', number(middle[i]), interval(f025[i], f975[i], (v) => number(v)), '–']));
  }
  return { heads: [t('head.date'), t('head.week'), t('head.reported'), t('head.expected'), t('head.interval95'), t('head.mean7')], rows };
}

async function curveTab(context: DetailContext): Promise<Child[]> {
  const step = stepOf(context);
  const from = fromOf(context);
  const query = seriesQuery(context, { step: context.dataset.step_days === 7 ? '' : step });
  const flow = context.measure.kind === 'flow';
  const [series, nowcast, forecast, hindcast] = await Promise.all([
    askTable('/series', { ...query, from }, context.signal),
    context.measure.delayed ? optional(askTable('/nowcast', { ...query, from }, context.signal)) : null,
    flow ? optional(askTable('/forecast', query, context.signal)) : null,
    flow ? optional(askTable('/hindcast', query, context.signal)) : null,
  ]);
  const former = hindcast && hindcast.rows.length > 0 ? hindcast : null;
  const controls = [former ? formerSwitch() : null, stepPicker(context), spanPicker(context)];
  const row = await context.row;
  const curve = joinCurve(context, series, nowcast, forecast);
  if (curve.dates.length === 0 || !curve.values.some(Number.isFinite)) {
    return [note(t('curve.title'), t('curve.empty'), controls)];
  }
  const shift = curve.stepDays / 2;
  const nowcastFan = readFan(curve.nowcastOpen, shift);
  const usableForecast = forecast && forecast.meta.status === 'ok' && forecast.rows.length > 0 ? forecast : null;
  const forecastFan = readFan(usableForecast, shift);
  const fans = formerFans(former, shift, curve.dates[0]);
  const { legend } = curveLayers(context, curve, nowcastFan, forecastFan, fans);
  const start = curve.dates[0];
  const newest = curve.dates[curve.dates.length - 1] + curve.stepDays;
  const end = Math.max(newest, (forecastFan.x[forecastFan.x.length - 1] ?? 0) + shift);
  const method: Child[] = [t('curve.method.bars'), t('fan.explained')];
  const remarks: string[] = [];
  if (context.measure.delayed && nowcast && nowcast.meta.status && nowcast.meta.status !== 'ok') {
    remarks.push(`${t('curve.nonowcast')} ${statusNote(nowcast.meta.status)}`);
  } else if (context.measure.delayed) {
    method.push(t('curve.method.nowcast'));
  } else if (flow) {
    method.push(t('curve.method.notdelayed'));
  }
  if (usableForecast) {
    method.push(t('curve.method.forecast'));
  } else if (flow) {
    remarks.push(`${t('curve.noforecast')} ${statusNote(forecast?.meta.status ?? 'too_short')}`);
  }
  if (former) {
    method.push(t(former.meta.known === 'as_of' ? 'former.method.as_of' : 'former.method.to'), t('former.method.score'));
  }
  const summary = [curveSummary(context, curve, row), former ? formerSummary(former, curve.stepDays === 7) : ''].filter(Boolean).join(' ');
  const readout = curveReadout(curve, forecastFan);
  return [
    figure({
      id: 'curve', title: `${t('curve.title')} · ${context.placeName()}`, summary, method, legend, controls,
      csv: [
        { path: '/series', query: { ...query, from }, label: t('csv.series') },
        ...(curve.nowcastOpen ? [{ path: '/nowcast', query: { ...query, from }, label: t('csv.nowcast') }] : []),
        ...(usableForecast ? [{ path: '/forecast', query, label: t('csv.forecast') }] : []),
        ...(former ? [{ path: '/hindcast', query, label: t('csv.hindcast') }] : []),
      ],
      draw: (width, onReadout) => drawChart({
        width, height: width < 500 ? 240 : 320, start, end, top: curveTop(curve, forecastFan, formerHidden ? [] : fans), ticks: dateTicks, yText: compact,
        layers: curveLayers(context, curve, nowcastFan, forecastFan, formerHidden ? [] : fans).layers,
        label: `${t('curve.title')}. ${summary}`, verticals: usableForecast || curve.nowcastOpen ? [{ at: newest, text: t('curve.asof', { date: date(newest - curve.stepDays, 'day') }) }] : [],
        readout, onReadout,
      }),
      table: () => curveTable(curve),
    }),
    remarks.map((remark) => h('p.remark', {}, remark)),
  ];
}

/* ---------------------------------------------------------------------------------------------------------------- Rt */

async function rtTab(context: DetailContext): Promise<Child[]> {
  const from = fromOf(context);
  const query = seriesQuery(context, { from });
  const table = context.measure.kind !== 'flow' ? null : await optional(askTable('/rt', query, context.signal));
  const controls = [spanPicker(context)];
  const status = table?.meta.status ?? 'too_short';
  if (!table || status !== 'ok' || table.rows.length === 0) {
    const text = context.measure.kind !== 'flow' ? t('rt.stock') : context.dataset.step_days === 7 ? t('rt.weekly') : statusNote(status);
    return [note(t('rt.title'), text, controls)];
  }
  const fan = readFan(table, 0.5);
  const [low, high] = [table.numbers('q025'), table.numbers('q975')];
  const last = table.rows.length - 1;
  const system = weekSystem(context.dataset.country);
  const days = fan.x.map((x) => Math.floor(x));
  const verdict = low[last] > 1 ? t('rt.growing') : high[last] < 1 ? t('rt.falling') : t('rt.unclear');
  const summary = `${t('rt.summary', { date: date(days[last]), n: number(fan.middle[last], 2), low: number(low[last], 2), high: number(high[last], 2) })} ${verdict}`;
  const si = table.meta.serial_interval as { mean?: number; sd?: number; source?: string } | undefined;
  const top = Math.min(Math.max(2, finiteMax(fan.middle) * 1.15, Math.min(finiteMax(fan.bounds.q95), finiteMax(fan.middle) * 1.6)), 8);
  const text = (i: number): string => `${date(days[i])} · ${weekText(days[i], system)}: ${number(fan.middle[i], 2)} (${t('interval95', { low: number(low[i], 2), high: number(high[i], 2) })})`;
  return [figure({
    id: 'rt', title: `${t('rt.title')} · ${context.placeName()}`, summary, controls,
    csv: [{ path: '/rt', query }],
    legend: [{ className: 'fan.rt', text: t('fan.legend') }, { className: 'rt-line', text: t('rt.legend') }],
    method: [t('rt.method', { window: number((table.meta.window_days as number | undefined) ?? 7) }), si ? t('rt.si', { mean: number(si.mean, 1), sd: number(si.sd, 1), source: si.source || '–' }) : null,
      context.measure.delayed ? t('rt.delayed') : null, t('fan.explained')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 220 : 280, start: days[0], end: days[last] + 1, top, ticks: dateTicks, yText: (v) => number(v, 1),
      layers: [...fanLayers(fan, 'rt'), { kind: 'line', x: fan.x, y: fan.middle, className: 'rt-line' }], reference: 1, label: `${t('rt.title')}. ${summary}`,
      readout: (x) => { const i = days.indexOf(Math.floor(x)); return i < 0 ? '' : text(i); }, onReadout,
    }),
    table: () => ({
      heads: [t('head.date'), t('head.week'), t('head.median'), t('head.interval50'), t('head.interval95')],
      rows: days.map((day, i) => [date(day), weekText(day, system), number(fan.middle[i], 2), interval(fan.bounds.q25[i], fan.bounds.q75[i], (v) => number(v, 2)), interval(low[i], high[i], (v) => number(v, 2))]).reverse(),
    }),
  })];
}

/* -------------------------------------------------------------------------------------------------------- the others */

export async function drawDetail(context: DetailContext): Promise<Child[]> {
  switch (context.view.tab) {
    case 'curve': return curveTab(context);
    case 'rt': await useMore(); return rtTab(context);
    case 'genomes': return (await import('./genomes')).genomesTab(context);
    case 'scenario': return (await import('./scenario')).scenarioTab(context);
    default: break;
  }
  const [more] = await Promise.all([import('./more'), useMore(), useStyle(VIGIA_MORE_STYLE)]);
  switch (context.view.tab) {
    case 'alarm': return more.alarmTab(context);
    case 'delays': return more.delaysTab(context, fromOf(context), [spanPicker(context)]);
    case 'pyramid': return more.pyramidTab(context, fromOf(context), [spanPicker(context)]);
    case 'chains': return more.chainsTab(context);
    case 'tracing': return more.tracingTab(context);
    case 'stock': return more.stockTab(context);
    case 'quality': return more.qualityTab(context);
    default: return more.importsTab(context);
  }
}
