// What came out of a simulation: fans of the scenarios over each other, totals and differences between paired runs with their intervals, who bears it by age, and all that it rests on.
import { Table, type Cell } from './api';
import { drawChart, type Layer } from './chart';
import { finiteMax } from './detail';
import { h, type Child } from './dom';
import { dataTable, figure, type LegendItem } from './figure';
import { compact, date, dayOf, interval, moment, number, percent, t } from './i18n';
import { dateTicks } from './scale';
import { restrictionDays, type Study } from './scenario-plan';

export interface Series { scenario: string; target: string; location: string; values: Record<string, (number | null)[]> }
export interface Answer {
  origin_date: string; step_days: number; scenarios: { name: string; title: string | null; persons: number; ward_beds: number | null; icu_beds: number | null }[]; horizons: number[]; series: Series[];
  summary: { columns: string[]; rows: Cell[][] };
  meta: { program: string; runs_done: number; runs: number; people_scale: number; cancelled: boolean; files: { file: string; persons: number; r0: number; scenario: string }[] };
}
export interface Simulation {
  id: string; state: 'waiting' | 'running' | 'cancelled' | 'failed' | 'kept'; name: string; message?: string; progress?: number; doing?: string; runs_done?: number; runs?: number; people_scale?: number;
  kept_at?: string; program?: string; data_version?: number; seed?: number; parameters?: { texts: string[]; note: unknown } | null; answer?: Answer | null;
}

interface Sum { mean: number; q025: number; q50: number; q975: number; lower: number; runs: number }
const numbers = (list: (number | null)[] | undefined): number[] => (list ?? []).map((v) => (v === null ? NaN : v));

/** Names of a coarse answer say that it is one: cut back to the scenario's own. */
function indexOf(answer: Answer, name: string): number {
  const whole = answer.scenarios.findIndex((s) => s.name === name);
  return whole >= 0 ? whole : answer.scenarios.findIndex((s) => name.startsWith(`${s.name} (coarse`));
}

/** Last day of each step: a day, or the Saturday of a week. */
export function stepEnds(answer: Answer): number[] {
  const origin = dayOf(answer.origin_date);
  return answer.horizons.map((horizon) => {
    const first = origin + (horizon - 1) * answer.step_days;
    return answer.step_days === 7 ? first + ((9 - (first % 7)) % 7) : first;
  });
}

class Results {
  private readonly sums = new Map<string, Sum>();
  readonly ages: string[] = [];

  constructor(readonly answer: Answer) {
    const table = new Table(answer.summary);
    const [scenario, reference, target, age] = ['scenario_id', 'reference_id', 'target', 'age_group'].map((name) => table.texts(name));
    const [mean, q025, q50, q975, lower, runs] = ['mean', 'q025', 'q50', 'q975', 'share_lower', 'runs'].map((name) => table.numbers(name));
    const everybody = age[0];
    scenario.forEach((name, i) => {
      const group = age[i] === everybody ? '' : age[i].replace(/-130$/, '+').replace('-', '–');
      if (group && !this.ages.includes(group)) {
        this.ages.push(group);
      }
      this.sums.set([indexOf(answer, name), reference[i] ? 'against' : 'alone', target[i], group].join('|'), { mean: mean[i], q025: q025[i], q50: q50[i], q975: q975[i], lower: lower[i], runs: runs[i] });
    });
  }

  sum(scenario: number, target: string, against = false, age = ''): Sum | null {
    return this.sums.get([scenario, against ? 'against' : 'alone', target, age].join('|')) ?? null;
  }

  series(scenario: number, target: string): Series | null {
    return this.answer.series.find((s) => s.target === target && indexOf(this.answer, s.scenario) === scenario) ?? null;
  }
}

const shown = (value: number): string => number(Math.abs(value) >= 1000 ? Number(value.toPrecision(3)) : Math.round(value));
const withInterval = (sum: Sum | null): Child => (sum ? [shown(sum.q50), ' ', h('span.sc-interval', {}, t('scenario.within', { low: shown(sum.q025), high: shown(sum.q975) }))] : '–');
const marks = (answer: Answer): LegendItem[] => answer.scenarios.map((s, i) => ({ className: `sc-line${i}`, text: s.name }));

/* ------------------------------------------------------------------------------------------------------------ charts */

interface ChartOf { target: string; title: string; capacity?: (number | null)[] }

function fanChart(results: Results, id: string, { target, title, capacity }: ChartOf): HTMLElement | null {
  const { answer } = results;
  const series = answer.scenarios.map((_, i) => results.series(i, target));
  if (series.every((one) => !one)) {
    return null;
  }
  const ends = stepEnds(answer);
  const x = ends.map((day) => day + 1 - answer.step_days / 2);
  const middle = series.map((one) => numbers(one?.values['0.5']));
  const low = series.map((one) => numbers(one?.values['0.025']));
  const high = series.map((one) => numbers(one?.values['0.975']));
  const limits = [...new Set((capacity ?? []).filter((beds): beds is number => beds !== null))];
  const peak = (i: number): number => middle[i].reduce((best, value, at) => (value > (middle[i][best] ?? -1) ? at : best), 0);
  const summary = answer.scenarios.map((s, i) => t('scenario.peak', { name: s.name, date: date(ends[peak(i)]), n: shown(middle[i][peak(i)]), low: shown(low[i][peak(i)]), high: shown(high[i][peak(i)]) })).join(' ');
  const top = Math.max(1, finiteMax(...middle) * 1.25, Math.min(finiteMax(...high) * 1.05, finiteMax(...middle) * 2.5));
  const text = (at: number): string => `${date(ends[at])} · ${answer.scenarios.map((s, i) => `${s.name}: ${shown(middle[i][at])} (${shown(low[i][at])}–${shown(high[i][at])})`).join(' · ')}`;
  const layers = answer.scenarios.flatMap((_, i): Layer[] => [
    { kind: 'band', x, low: low[i], high: high[i], className: `sc-fan.fan95.sc${i}` },
    { kind: 'band', x, low: numbers(series[i]?.values['0.25']), high: numbers(series[i]?.values['0.75']), className: `sc-fan.fan50.sc${i}` },
  ]);
  const lines = answer.scenarios.map((_, i): Layer => ({ kind: 'line', x, y: middle[i], className: `sc-median.sc${i}` }));
  const beds = limits.map((value): Layer => ({ kind: 'line', x: [x[0], x[x.length - 1]], y: [value, value], className: 'sc-capacity' }));
  return figure({
    id: `sc-${target.replaceAll(' ', '-')}`, title, summary: [summary, ...limits.map((value) => t('scenario.capacity', { n: number(value, value < 10 ? 1 : 0) }))].join(' '),
    csv: id ? [{ path: `/simulations/${id}`, query: { part: 'rows' } }] : [],
    legend: [...marks(answer), { className: 'sc-fan.fan95.sc0', text: t('scenario.fan') }, ...(limits.length > 0 ? [{ className: 'sc-capacity', text: t('scenario.capacity.legend') }] : [])],
    method: [t('scenario.method'), t('scenario.method.paired')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 210 : 240, start: ends[0] + 1 - answer.step_days, end: ends[ends.length - 1] + 1, top: Math.max(top, limits.length > 0 && Math.max(...limits) < top * 2 ? Math.max(...limits) * 1.1 : 0), ticks: dateTicks,
      yText: (v) => compact(v), layers: [...layers, ...beds, ...lines], label: `${title}. ${summary}`,
      readout: (at) => { const step = ends.findIndex((end) => at < end + 1); return step < 0 ? '' : text(step); }, onReadout,
    }),
    table: () => ({ heads: [t('head.date'), ...answer.scenarios.flatMap((s) => [s.name, t('head.interval95')])], rows: ends.map((end, at) => [date(end), ...answer.scenarios.flatMap((_, i) => [shown(middle[i][at]), interval(low[i][at], high[i][at], (v) => shown(v as number))])]) }),
  });
}

/* ------------------------------------------------------------------------------------------------------------ tables */

const ROWS: [string, string][] = [['total inf', 'scenario.sum.inf'], ['total hosp', 'scenario.sum.hosp'], ['peak icu', 'scenario.sum.icu'], ['total without icu', 'scenario.sum.without'], ['total death', 'scenario.sum.death']];

function totals(results: Results, study: Study | null): HTMLElement {
  const { answer } = results;
  const rows: Child[][] = ROWS.filter(([target]) => results.sum(0, target)).map(([target, key]) => [t(key), ...answer.scenarios.map((_, i) => withInterval(results.sum(i, target)))]);
  if (study && study.scenarios.length === answer.scenarios.length) {
    rows.push([t('scenario.sum.days'), ...study.scenarios.map((s) => number(restrictionDays(s)))]);
  }
  return h('section', {}, h('h4', {}, t('scenario.totals')), h('p.small-print', {}, t('scenario.totals.help')), dataTable({ heads: [t('scenario.what'), ...answer.scenarios.map((s) => s.name)], rows }, t('scenario.totals')));
}

/** In words what the intervals allow: surely less, surely more, or not to be told apart. */
function verdict(sum: Sum): string {
  const runs = { n: number(Math.round(sum.lower * sum.runs)), runs: number(sum.runs) };
  if (sum.q025 === 0 && sum.q975 === 0) {
    return t('scenario.equal');
  }
  return t(sum.q975 < 0 ? 'scenario.less' : sum.q025 > 0 ? 'scenario.more' : 'scenario.unclear', runs);
}

function differences(results: Results, study: Study | null): Child {
  const { answer } = results;
  const rows: Child[][] = answer.scenarios.slice(1).flatMap((s, i) => ROWS.map(([target, key]): [Sum | null, string] => [results.sum(i + 1, target, true), key]).filter((pair): pair is [Sum, string] => pair[0] !== null)
    .map(([sum, key]) => [`${s.name}: ${t(key)}`, withInterval(sum), verdict(sum)]));
  const reference = answer.scenarios[0].name;
  const traded = !study || study.scenarios.length !== answer.scenarios.length ? [] : study.scenarios.slice(1).map((s, i) => ({ s, days: restrictionDays(s) - restrictionDays(study.scenarios[0]), deaths: results.sum(i + 1, 'total death', true) }))
    .filter(({ days, deaths }) => days > 0 && deaths !== null && deaths.q975 < 0);
  return rows.length === 0 ? null : h('section', {}, h('h4', {}, t('scenario.differences', { name: reference })), h('p.small-print', {}, t('scenario.differences.help')),
    dataTable({ heads: [t('scenario.what'), t('scenario.difference'), t('scenario.verdict')], rows }, t('scenario.differences', { name: reference })),
    traded.map(({ s, days, deaths }) => h('p', {}, t('scenario.trade', { name: s.name, days: number(days), deaths: shown(-(deaths as Sum).q50), low: shown(-(deaths as Sum).q975), high: shown(-(deaths as Sum).q025) }))));
}

/** When intensive care is first too small, in so many of the runs. */
function shortage(results: Results): Child {
  const { answer } = results;
  const ends = stepEnds(answer);
  const says = answer.scenarios.flatMap((s, i) => {
    const sum = results.sum(i, 'total without icu');
    if (s.icu_beds === null || !sum) {
      return [];
    }
    const without = numbers(results.series(i, 'inc without icu')?.values['0.5']);
    const first = without.findIndex((value) => value > 0);
    return [h('li', {}, sum.q975 <= 0 ? t('scenario.icu.never', { name: s.name }) : first < 0 ? t('scenario.icu.some', { name: s.name }) : t('scenario.icu.full', { name: s.name, date: date(ends[first] - answer.step_days + 1), n: shown(sum.q50), low: shown(sum.q025), high: shown(sum.q975) }))];
  });
  return says.length === 0 ? null : h('ul.sc-says', {}, says);
}

function byAge(results: Results, target: string, title: string): Child {
  const { answer, ages } = results;
  if (ages.length === 0 || !results.sum(0, target, false, ages[0])) {
    return null;
  }
  const value = (scenario: number, age: string): Sum | null => results.sum(scenario, target, false, age);
  const n = answer.scenarios.length;
  const width = 0.8 / n;
  const layers = answer.scenarios.flatMap((_, i): Layer[] => {
    const x = ages.map((__, a) => a + 0.1 + i * width);
    return [{ kind: 'bars', x, high: ages.map((age) => value(i, age)?.q50 ?? NaN), width: width * 0.92, className: `sc-bars.sc${i}` },
      { kind: 'bars', x: x.map((at) => at + width * 0.4), low: ages.map((age) => value(i, age)?.q025 ?? NaN), high: ages.map((age) => value(i, age)?.q975 ?? NaN), width: width * 0.12, className: 'sc-whisker' }];
  });
  const share = (i: number): string => { const all = ages.map((age) => value(i, age)?.mean ?? 0); const sum = all.reduce((a, b) => a + b, 0); return sum > 0 ? percent(all[all.length - 1] / sum) : '–'; };
  const summary = answer.scenarios.map((s, i) => t('scenario.age.says', { name: s.name, age: ages[ages.length - 1], share: share(i) })).join(' ');
  return figure({
    id: `sc-age-${target.replaceAll(' ', '-')}`, title, summary, csv: [], legend: marks(answer), method: [t('scenario.age.method'), t('scenario.method')],
    draw: (wide) => drawChart({
      width: wide, height: 220, start: 0, end: ages.length, top: Math.max(1, finiteMax(...answer.scenarios.map((_, i) => ages.map((age) => value(i, age)?.q975 ?? 0)))), yText: (v) => compact(v), layers, label: `${title}. ${summary}`,
      ticks: () => ages.map((age, a) => ({ at: a + 0.5, text: age })),
    }),
    table: () => ({ heads: [t('scenario.age'), ...answer.scenarios.flatMap((s) => [s.name, t('head.interval95')])], rows: ages.map((age) => [age, ...answer.scenarios.flatMap((_, i) => { const sum = value(i, age); return [sum ? shown(sum.q50) : '–', sum ? interval(sum.q025, sum.q975, (v) => shown(v as number)) : '–']; })]) }),
  });
}

/* ---------------------------------------------------------------------------------------------------------- provenance */

function fileName(name: string, i: number): string {
  return `${name.normalize('NFKD').replace(/[^\w-]+/g, '-').replace(/^-+|-+$/g, '').toLowerCase() || 'scenario'}-${i + 1}.toml`;
}

function provenance(simulation: Simulation, answer: Answer): HTMLElement {
  const { meta } = answer;
  const facts: [string, Child][] = [
    [t('scenario.from.program'), simulation.program ? `vigia ${simulation.program}` : meta.program], [t('scenario.from.runs'), `${number(meta.runs_done)} / ${number(meta.runs)}`],
    [t('scenario.from.seed'), simulation.seed === undefined ? '–' : String(simulation.seed)], [t('scenario.from.people'), number(meta.files[0]?.persons)],
    [t('scenario.from.id'), simulation.id], [t('scenario.from.kept'), simulation.kept_at ? moment(simulation.kept_at) : t('scenario.from.notkept')],
    [t('scenario.from.data'), simulation.data_version === undefined ? '–' : String(simulation.data_version)],
  ];
  return h('section.sc-origin', {}, h('h4', {}, t('scenario.assumptions')),
    h('ul.sc-list', {}, ['people', 'disease', 'measures', 'behaviour', 'start'].map((key) => h('li', {}, t(`scenario.assume.${key}`)))),
    h('dl.about', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    h('p.small-print', {}, t('scenario.files')),
    (simulation.parameters?.texts ?? []).map((text, i) => h('details', {}, h('summary', {}, answer.scenarios[i]?.name ?? String(i + 1)),
      h('p', {}, h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/plain' })), download: fileName(simulation.name, i) }, fileName(simulation.name, i))), h('pre', { tabindex: 0, lang: 'en' }, text))));
}

/** Everything that is known of a simulation that has an answer, early or last. */
export function resultsOf(simulation: Simulation, study: Study | null): Child[] {
  const answer = simulation.answer as Answer;
  const results = new Results(answer);
  const kept = simulation.state === 'kept' ? simulation.id : '';
  const coarse = answer.meta.people_scale < 1 ? t('scenario.coarse', { n: number(Math.round(1 / answer.meta.people_scale)) }) : answer.meta.runs_done < answer.meta.runs ? t('scenario.early', { n: number(answer.meta.runs_done), runs: number(answer.meta.runs) }) : '';
  const charts: ChartOf[] = [{ target: 'inc inf', title: t('scenario.chart.inf') }, { target: 'inc hosp', title: t('scenario.chart.hosp') },
    { target: 'occ icu', title: t('scenario.chart.icu'), capacity: answer.scenarios.map((s) => s.icu_beds) },
    ...(answer.scenarios.some((s) => s.icu_beds !== null) ? [{ target: 'inc without icu', title: t('scenario.chart.without') }] : []), { target: 'inc death', title: t('scenario.chart.death') }];
  return [
    h('h3', {}, simulation.name || t('scenario.results')), h('p.sc-warning', {}, h('strong', {}, t('scenario.projection')), ' ', t('scenario.projection.why')),
    coarse ? h('p.remark', {}, coarse) : null, shortage(results), totals(results, study), differences(results, study),
    h('div.sc-charts', {}, charts.map((chart) => fanChart(results, kept, chart))),
    h('h4', {}, t('scenario.bears')), h('div.sc-charts', {}, byAge(results, 'total inf', t('scenario.sum.inf')), byAge(results, 'total death', t('scenario.sum.death'))),
    provenance(simulation, answer),
  ];
}
