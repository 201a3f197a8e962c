// The drawings of a simulation: courses with their fans and what was observed, age groups, transmission that was found, and restriction against deaths. Each can be taken out of the page.
import { drawChart, type Layer } from './chart';
import { finiteMax } from './detail';
import { h, s, type Child } from './dom';
import { figure, type DataTable, type LegendItem } from './figure';
import { compact, date, interval, isoOf, number, percent, t } from './i18n';
import { dateTicks, niceTicks } from './scale';
import { NO_PLACE, shown, shownRate, type Course, type Results } from './scenario-answer';
import { download, type Numbers } from './scenario-export';

export interface ChartSpec {
  id: string; title: string; summary: string; legend: LegendItem[]; method: Child[]; controls?: Child[];
  draw: (width: number, onReadout: (text: string) => void) => Element;
  table: () => DataTable; data: () => Numbers;
}

/** A figure that can be saved as SVG, PNG and CSV with its measures. */
export function chart(results: Results, spec: ChartSpec): HTMLElement {
  const element: HTMLElement = figure({
    ...spec, csv: [], draw: (width, onReadout) => spec.draw(Math.max(240, width), onReadout),
    controls: [...(spec.controls ?? []), (['svg', 'png', 'csv'] as const).map((kind) => h('button.small', {
      type: 'button', id: `${kind}-${spec.id}`, title: t(`scenario.export.${kind}`), 'aria-label': `${spec.title}: ${t(`scenario.export.${kind}`)}`,
      onclick: () => void download(kind, { id: spec.id, title: spec.title, summary: spec.summary, legend: spec.legend, data: spec.data, drawings: () => {
        const now = element.querySelector<SVGElement>('.stage svg') ?? (spec.draw(720, () => undefined) as SVGElement);
        return [{ caption: '', svg: now }];
      } }, results),
    }, kind.toUpperCase()))],
  });
  element.classList.add('sc-figure');
  return element;
}

const line = (i: number): string => `sc${i % 4}`;
export const marks = (results: Results): LegendItem[] => results.names.map((text, i) => ({ className: `sc-line${i % 4}`, text }));

/* ------------------------------------------------------------------------------------------------------------ courses */

export interface CourseOf { target: string; title: string; beds?: boolean; observed?: 'cases' | 'admissions' | 'icu' | 'deaths' }
export interface View { place: string; log: boolean; hidden: Set<number> } // hidden: scenarios that the reader put away

function topOf(courses: (Course | null)[], more: number[]): number {
  const middle = finiteMax(...courses.map((one) => one?.q50 ?? []), more);
  const half = finiteMax(...courses.map((one) => one?.q75 ?? []));
  const wide = finiteMax(...courses.map((one) => (one && one.q975.length > 0 ? one.q975 : one?.q50 ?? [])));
  return Math.max(1, middle * 1.15, half * 1.05, Math.min(wide * 1.05, middle * 2.5));
}

export function courseChart(results: Results, { target, title, beds, observed }: CourseOf, view: View): HTMLElement | null {
  const { answer } = results;
  const courses = results.names.map((_, i) => (view.hidden.has(i) ? null : results.course(i, target, view.place)));
  if (courses.every((one) => !one)) {
    return null;
  }
  const { ends, origin } = results;
  const step = answer.step_days;
  const x = ends.map((day) => day + 1 - step / 2);
  const points = view.place === NO_PLACE && observed ? results.observed(observed) : [];
  const capacity = beds ? results.names.map((_, i) => results.bedsOf(i, view.place)) : [];
  const limits = [...new Set(capacity.filter((one): one is number => one !== null))];
  const middle = courses.map((one) => one?.q50 ?? []);
  const ahead = ends.map((end) => end >= origin);
  const peak = (i: number): number => middle[i].reduce((best, value, at) => (ahead[at] && value > (middle[i][best] ?? -1) ? at : best), ahead.indexOf(true));
  const range = (i: number, at: number): { low: string; high: string } => ({ low: shown(courses[i]?.q025[at] ?? NaN), high: shown(courses[i]?.q975[at] ?? NaN) });
  const peaks = results.names.map((name, i) => { const at = peak(i); return courses[i] && at >= 0
    ? t('scenario.peak', { name, date: date(ends[at], 'day'), n: shown(middle[i][at]), ...range(i, at) }) : ''; }).filter(Boolean);
  const summary = [t('scenario.peaks', { peaks: peaks.join('; ') }), ...limits.map((n) => t('scenario.capacity', { n: number(n, n < 10 ? 1 : 0) })), points.some(Number.isFinite)
    ? t('scenario.points') : ''].filter(Boolean).join(' ');
  const y = (value: number): number => (view.log ? Math.log10(Math.max(1, value)) : value);
  const scaled = (list: number[]): number[] => list.map((value) => (Number.isFinite(value) ? y(value) : NaN));
  const layers: Layer[] = courses.flatMap((one, i): Layer[] => (one ? ([['q025', 'q975', 'fan95'], ['q10', 'q90', 'fan80'],
    ['q25', 'q75', 'fan50']] as const).filter(([low]) => one[low].length > 0)
    .map(([low, high, depth]) => ({ kind: 'band', x, low: scaled(one[low]), high: scaled(one[high]), className: `sc-fan.${depth}.${line(i)}` })) : []));
  const lines = courses.map((one, i): Layer => ({ kind: 'line', x, y: scaled(one?.q50 ?? []), className: `sc-median.${line(i)}` }));
  const held = limits.map((value): Layer => ({ kind: 'line', x: [Math.max(x[0], origin), x[x.length - 1]], y: [y(value), y(value)], className: 'sc-capacity' }));
  const dots: Layer[] = points.some(Number.isFinite) ? [{ kind: 'line', x: x.flatMap((at) => [at, at, at]), y: points.flatMap((value) => [y(value), y(value), NaN]), className: 'sc-dots' }] : [];
  const top = Math.max(topOf(courses, points), limits.length > 0 && Math.max(...limits) < topOf(courses, points) * 2 ? Math.max(...limits) * 1.1 : 0);
  const readout = (at: number): string => `${date(ends[at])} · ${results.names.flatMap((name, i) => (courses[i] ? [`${name}: ${shown(middle[i][at])} (${range(i, at).low}–${range(i, at).high})`] : [])).join(' · ')}${Number.isFinite(points[at]) ? ` · ${t('scenario.points.legend')}: ${shown(points[at])}` : ''}`;
  const past = origin > ends[0] - step + 1;
  return chart(results, {
    id: `sc-${target.replaceAll(' ', '-')}`, title: view.place === NO_PLACE ? title : `${title} · ${results.nameOfPlace(view.place)}`, summary,
    legend: [...marks(results).filter((_, i) => courses[i]), { className: 'sc-fan.fan95.sc0', text: t(view.place === NO_PLACE ? 'scenario.fan' : 'scenario.fan.part') },
      ...(dots.length > 0 ? [{ className: 'sc-dots', text: t('scenario.points.legend') }] : []),
      ...(limits.length > 0 ? [{ className: 'sc-capacity', text: t('scenario.capacity.legend') }] : [])],
    method: [t('scenario.method'), t('scenario.method.paired')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 220 : 250, start: ends[0] + 1 - step, end: ends[ends.length - 1] + 1, top: y(top), ticks: dateTicks, layers: [...layers, ...held, ...lines, ...dots],
        label: `${title}. ${summary}`,
      yText: (value) => (view.log ? (Number.isInteger(value) ? compact(10 ** value) : '') : compact(value)), verticals: past ? [{ at: origin, text: t('scenario.today') }] : [],
      readout: (at) => { const i = ends.findIndex((end) => at < end + 1); return i < 0 ? '' : readout(i); }, onReadout,
    }),
    table: () => ({ heads: [t('head.date'), ...results.names.flatMap((name) => [name, t('head.interval95')]), ...(dots.length > 0 ? [t('scenario.points.legend')] : [])],
      rows: ends.map((end, at) => [date(end), ...courses.flatMap((one, i) => [shown(middle[i][at]), interval(one?.q025[at], one?.q975[at], (value) => shown(value as number))]),
        ...(dots.length > 0 ? [number(points[at])] : [])]) }),
    data: () => ({ heads: ['week_ending', 'scenario', 'q025', 'q10', 'q25', 'q50', 'q75', 'q90', 'q975', 'beds', 'observed'],
      rows: ends.flatMap((end, at) => courses.map((one, i) => [isoOf(end), results.names[i],
        ...(['q025', 'q10', 'q25', 'q50', 'q75', 'q90', 'q975'] as const).map((name) => one?.[name][at] ?? NaN), capacity[i] ?? NaN, points[at] ?? NaN])) }),
  });
}

/* --------------------------------------------------------------------------------------------------------------- ages */

/** Of each age group, per 100,000 of it. */
export function ageChart(results: Results, target: string, title: string): HTMLElement | null {
  const { ages } = results;
  if (ages.length === 0 || !results.sum(0, target, { age: ages[0] })) {
    return null;
  }
  const rate = (i: number, age: string, level: 'q025' | 'q50' | 'q975'): number => ((results.sum(i, target, { age })?.[level] ?? NaN) / results.personsOfAge(age)) * 1e5;
  const n = results.names.length;
  const width = 0.8 / n;
  const layers = results.names.flatMap((_, i): Layer[] => {
    const x = ages.map((__, a) => a + 0.1 + i * width);
    return [{ kind: 'bars', x, high: ages.map((age) => rate(i, age, 'q50')), width: width * 0.92, className: `sc-bars.${line(i)}` },
      { kind: 'bars', x: x.map((at) => at + width * 0.4), low: ages.map((age) => rate(i, age, 'q025')), high: ages.map((age) => rate(i, age, 'q975')), width: width * 0.12,
        className: 'sc-whisker' }];
  });
  const share = (i: number): string => { const all = ages.map((age) => results.sum(i, target, { age })?.mean ?? 0); const sum = all.reduce((a, b) => a + b, 0); return sum > 0
    ? percent(all[all.length - 1] / sum) : '–'; };
  const summary = results.names.map((name, i) => t('scenario.age.says', { name, age: ages[ages.length - 1], share: share(i) })).join(' ');
  const top = Math.max(1, finiteMax(...results.names.map((_, i) => ages.map((age) => rate(i, age, 'q975')))));
  return chart(results, {
    id: `sc-age-${target.replaceAll(' ', '-')}`, title, summary, legend: marks(results), method: [t('scenario.age.method'), t('scenario.method')],
    draw: (wide) => drawChart({ width: wide, height: 230, start: 0, end: ages.length, top, yText: (v) => compact(v), layers, label: `${title}. ${summary}`,
      ticks: () => ages.map((age, a) => ({ at: a + 0.5, text: age })) }),
    table: () => ({ heads: [t('scenario.age'), ...results.names.flatMap((name) => [name, t('head.interval95')])],
      rows: ages.map((age) => [age, ...results.names.flatMap((_, i) => [shownRate(rate(i, age, 'q50')), interval(rate(i, age, 'q025'), rate(i, age, 'q975'), (v) => shownRate(v as number))])]) }),
    data: () => ({ heads: ['age', 'scenario', 'persons', 'per_100k_q025', 'per_100k_q50', 'per_100k_q975'],
      rows: ages.flatMap((age) => results.names.map((name, i) => [age, name, results.personsOfAge(age), rate(i, age, 'q025'), rate(i, age, 'q50'), rate(i, age, 'q975')])) }),
  });
}

/* ---------------------------------------------------------------------------------------------------------- trade-off */

/** Days of restriction against deaths averted: a mark a scenario, with where 95 of 100 runs lie both ways. */
export function tradeChart(results: Results): HTMLElement | null {
  const plain = (value: number): number => value + 0; // no minus before a zero
  const marksOf = results.names.map((name, i) => {
    const days = results.sum(i, 'total restriction');
    const deaths = i === 0 ? { q025: 0, q50: 0, q975: 0 } : results.sum(i, 'total death', { against: true });
    return { name, i, days, averted: deaths && { low: plain(-deaths.q975), middle: plain(-deaths.q50), high: plain(-deaths.q025) } };
  }).filter((one): one is typeof one & { days: NonNullable<(typeof one)['days']>; averted: NonNullable<(typeof one)['averted']> } => one.days !== null && one.averted !== null);
  if (marksOf.length < 2) {
    return null;
  }
  const title = t('scenario.tradeoff');
  const summary = marksOf.slice(1).map((one) => t('scenario.tradeoff.says',
    { name: one.name, days: number(one.days.q50, 1), deaths: shown(one.averted.middle), low: shown(one.averted.low), high: shown(one.averted.high) })).join(' ');
  const [least, most] = [Math.min(0, ...marksOf.map((one) => one.averted.low)), Math.max(1, ...marksOf.map((one) => one.averted.high))];
  const right = Math.max(1, ...marksOf.map((one) => one.days.q975)) * 1.15;
  const draw = (width: number): SVGElement => {
    const height = width < 500 ? 260 : 300;
    const edge = { left: 62, right: 16, top: 14, bottom: 42 };
    const px = (days: number): number => edge.left + (days / right) * (width - edge.left - edge.right);
    const py = (deaths: number): number => height - edge.bottom - ((deaths - least) / (most - least)) * (height - edge.top - edge.bottom);
    const yTicks = [...niceTicks(most, 4).filter((value) => value <= most * 1.001), ...niceTicks(-least, 3).filter((value) => value > 0 && value <= -least * 1.001).map((value) => -value)];
    return s('svg.chart', { width, height, viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}. ${summary}` },
      yTicks.map((value) => [s('line.grid', { x1: edge.left, x2: width - edge.right, y1: py(value).toFixed(1), y2: py(value).toFixed(1) }),
        s('text.tick', { x: edge.left - 6, y: (py(value) + 4).toFixed(1), 'text-anchor': 'end' }, compact(value))]),
      niceTicks(right, width < 500 ? 4 : 7).filter((value) => value <= right).map((value) => s('text.tick', { x: px(value).toFixed(1), y: height - edge.bottom + 16, 'text-anchor': 'middle' },
        number(value))),
      s('line.axis', { x1: edge.left, x2: width - edge.right, y1: py(0).toFixed(1), y2: py(0).toFixed(1) }),
      s('text.tick', { x: (edge.left + width - edge.right) / 2, y: height - 8, 'text-anchor': 'middle' }, t('scenario.tradeoff.x')),
      s('text.tick', { x: 14, y: height / 2, 'text-anchor': 'middle', transform: `rotate(-90 14 ${height / 2})` }, t('scenario.tradeoff.y')),
      marksOf.map((one) => {
        const [x, y] = [px(one.days.q50), py(one.averted.middle)];
        const left = x > width * 0.7;
        return s('g', {}, s(`line.sc-error.${line(one.i)}`, { x1: x.toFixed(1), x2: x.toFixed(1), y1: py(one.averted.low).toFixed(1), y2: py(one.averted.high).toFixed(1) }),
          s(`line.sc-error.${line(one.i)}`, { x1: px(one.days.q025).toFixed(1), x2: px(one.days.q975).toFixed(1), y1: y.toFixed(1), y2: y.toFixed(1) }),
            s(`circle.sc-point.${line(one.i)}`, { cx: x.toFixed(1), cy: y.toFixed(1), r: 6 }),
          s('text.sc-point-name', { x: (x + (left ? -10 : 10)).toFixed(1), y: (y - 9).toFixed(1), 'text-anchor': left ? 'end' : 'start' }, one.name));
      }));
  };
  return chart(results, {
    id: 'sc-trade', title, summary, legend: [], method: [t('scenario.tradeoff.method'), t('scenario.method')], draw,
    table: () => ({ heads: [t('scenario.what'), t('scenario.sum.days'), t('head.interval95'), t('scenario.tradeoff.y'), t('head.interval95')],
      rows: marksOf.map((one) => [one.name, number(one.days.q50, 1), interval(one.days.q025, one.days.q975, (v) => number(v, 1)), shown(one.averted.middle),
        interval(one.averted.low, one.averted.high, (v) => shown(v as number))]) }),
    data: () => ({ heads: ['scenario', 'restriction_days_q025', 'restriction_days_q50', 'restriction_days_q975', 'deaths_averted_q025', 'deaths_averted_q50', 'deaths_averted_q975'],
      rows: marksOf.map((one) => [one.name, one.days.q025, one.days.q50, one.days.q975, one.averted.low, one.averted.middle, one.averted.high]) }),
  });
}

/* -------------------------------------------------------------------------------------------------------- calibration */

/** R without immunity, block by block, as it was found. */
export function transmissionChart(results: Results): HTMLElement | null {
  const fit = results.file.calibration;
  const start = results.study?.start;
  if (!fit || start === undefined) {
    return null;
  }
  const from = fit.r.map((_, b) => start + b * fit.block_days);
  const to = from.map((day) => Math.min(day + fit.block_days, results.origin));
  const x = from.flatMap((day, b) => [day, to[b]]);
  const stairs = (level: number): number[] => fit.r.flatMap((block) => [block[level], block[level]]);
  const title = t('scenario.fit.r');
  const [mean, low, high] = fit.r[fit.r.length - 1];
  const summary = t('scenario.fit.says', { r: number(mean, 2), low: number(low, 2), high: number(high, 2) });
  const top = Math.min(finiteMax(stairs(0)) * 2, Math.max(1.5, finiteMax(stairs(2))));
  return chart(results, {
    id: 'sc-fit', title, summary, legend: [{ className: 'fan.rt', text: t('scenario.fit.interval') }, { className: 'rt-line', text: t('scenario.fit.mean') }],
      method: [t('scenario.fit.method'), t('scenario.fit.engine')],
    draw: (width) => drawChart({ width, height: 220, start, end: results.origin, top, ticks: dateTicks, yText: (v) => number(v, 1), reference: 1, label: `${title}. ${summary}`,
      layers: [{ kind: 'band', x, low: stairs(1), high: stairs(2), className: 'rt.fan95' }, { kind: 'line', x, y: stairs(0), className: 'rt-line' }] }),
    table: () => ({ heads: [t('head.date'), t('scenario.fit.mean'), t('head.interval95')],
      rows: fit.r.map((block, b) => [date(from[b]), number(block[0], 2), interval(block[1], block[2], (v) => number(v, 2))]) }),
    data: () => ({ heads: ['from', 'to', 'r_mean', 'r_q025', 'r_q975'], rows: fit.r.map((block, b) => [isoOf(from[b]), isoOf(to[b] - 1), ...block]) }),
  });
}
