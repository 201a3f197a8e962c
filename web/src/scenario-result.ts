// Everything that is known of a simulation, in the order of the questions: will beds be too few, where, when and how surely; what changes against the reference; who bears it; how it goes through time
// and space; what restriction buys; how well the past is met; and what it all rests on.
import { url } from './api';
import type { DetailContext } from './detail';
import { h, segments, show, type Child } from './dom';
import { dataTable } from './figure';
import { date, number, percent, t } from './i18n';
import { moment } from './moment';
import { NO_PLACE, type Results } from './scenario-answer';
import { ageChart, courseChart, tradeChart, transmissionChart, type CourseOf, type View } from './scenario-charts';
import { fileName } from './scenario-export';
import { diseaseName, select } from './scenario-form';
import { timeMap } from './scenario-map';
import { bearers, differences, shortage, totals } from './scenario-tables';

declare const VIGIA_SCENARIO_SOURCES: string;
interface Sources { course: string[][]; vaccines: string[][]; cross: string[][]; households: string[][]; sources: string[] }

const view: View = { place: NO_PLACE, log: false, hidden: new Set() }; // kept while simulations come and go

function courses(results: Results): HTMLElement {
  const element = h('section');
  const places = results.parts ? results.places : [];
  const all: CourseOf[] = [
    { target: 'inc inf', title: t('scenario.chart.inf') }, { target: 'inc case', title: t('scenario.chart.case'), observed: 'cases' },
      { target: 'inc hosp', title: t('scenario.chart.hosp'), observed: 'admissions' },
    { target: 'occ icu', title: t('scenario.chart.icu'), beds: true }, { target: 'inc icu', title: t('scenario.chart.icu.new'), observed: 'icu' },
      { target: 'inc without icu', title: t('scenario.chart.without') },
    { target: 'inc death', title: t('scenario.chart.death'), observed: 'deaths' }];
  const fitted = new Set(results.file.calibration?.observed ?? []);
  const beds = results.answer.scenarios.some((one) => one.icu_beds !== null);
  const wanted = all.filter((one) => (one.target === 'inc case' ? fitted.has('cases') : one.target === 'inc icu' ? fitted.has('icu') : one.target === 'inc without icu' ? beds : true));
  const draw = (): void => {
    view.hidden = new Set([...view.hidden].filter((i) => results.names.length > 2 && i < results.names.length));
    view.place = view.place === NO_PLACE || places.includes(view.place) ? view.place : NO_PLACE;
    show(element, h('div.sc-view', {},
      places.length > 0 ? select('sc-place', t('scenario.view.place'), [[NO_PLACE, results.nameOfPlace(NO_PLACE)], ...places.map((code): [string, string] => [code, results.nameOfPlace(code)])],
        view.place, (code) => { view.place = code; draw(); }) : null,
      segments(t('scenario.view.scale'), 'sc-scale', [['linear', t('scenario.view.linear')], ['log', t('scenario.view.log')]], view.log ? 'log' : 'linear',
        (scale) => { view.log = scale === 'log'; draw(); }),
      results.names.length < 3 ? null : h('div.sc-shown', { role: 'group', 'aria-label': t('scenario.view.shown') },
        results.names.map((name, i) => h(`button.small.sc-of-${i % 4}`, { type: 'button', id: `sc-shown-${i}`, 'aria-pressed': String(!view.hidden.has(i)), onclick: () => {
        view.hidden[view.hidden.has(i) ? 'delete' : 'add'](i);
        draw();
      } }, h(`span.swatch.sc-line${i % 4}`, { 'aria-hidden': 'true' }), name)))),
    h('div.sc-charts', {}, wanted.map((one) => courseChart(results, one, view)), tradeChart(results)));
  };
  draw();
  return element;
}

/* ---------------------------------------------------------------------------------------------------------- the fit */

function fit(results: Results): Child {
  const found = results.file.calibration;
  if (!found) {
    return null;
  }
  const three = (values: [number, number, number], of: (value: number) => string): string => t('scenario.fit.range', { n: of(values[0]), low: of(values[1]), high: of(values[2]) });
  const facts: [string, string][] = [
    [t('scenario.fit.reported'), three(found.reported_interval, (v) => percent(v))], [t('scenario.fit.infected'), three(found.infected_interval, (v) => percent(v, 1))],
    [t('scenario.fit.begin'), number(found.infections_per_day_at_start, 1)], ...(found.run_gap === undefined ? [] : [[t('scenario.fit.gap'), percent(found.run_gap)] as [string, string]]),
  ];
  return h('section', {}, h('h4', {}, t('scenario.fit')), h('p.small-print', {}, t('scenario.fit.help')),
    h('div.sc-charts', {}, transmissionChart(results), h('dl.about', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]))));
}

/* ---------------------------------------------------------------------------------------------------------- provenance */

function download(name: string, text: string): HTMLElement {
  return h('a', { href: URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' })), download: name }, name);
}

/** The program's own numbers for this disease, its variants, vaccines and country, each with its source; fetched when it is opened. */
function parameterTable(results: Results): HTMLElement {
  const { study } = results;
  const element = h<HTMLDetailsElement>('details', {}, h('summary', {}, t('scenario.parameters')));
  element.addEventListener('toggle', () => {
    if (element.open && element.children.length === 1) {
      const place = h('div', {}, h('p.small-print', {}, t('scenario.loading')));
      element.append(place);
      void fetch(VIGIA_SCENARIO_SOURCES).then((response) => response.json() as Promise<Sources>).then((known) => {
        const disease = study?.block('disease').text('name') || 'covid19';
        const variants = study?.variants ?? [];
        const products = new Set(study?.scenarios.flatMap((scenario) => scenario.items.map((item) => item.text('product'))).filter(Boolean) ?? []);
        const course = known.course.filter(([name]) => name === disease
          || variants.includes(name)).map(([name, parameter, ages, value, interval, source]) => [`${diseaseName(name)}: ${parameter.replaceAll('_', ' ')}`, ages, value, interval,
          known.sources[Number(source)]]);
        const vaccines = known.vaccines.filter(([product, , against]) => products.has(product)
          && against.startsWith(disease)).map(([product, dose, against, what, day, value, source]) => [`${product} ${dose}: ${what}, ${diseaseName(against)}`,
          t('scenario.parameters.day', { n: day }), value, '', known.sources[Number(source)]]);
        const households = known.households.filter(([country]) => country === study?.country).map(([country, mean, source]) => [t('scenario.f.household_size'), country, mean, '',
          known.sources[Number(source)]]);
        const cross = known.cross.filter(([by, against]) => variants.includes(by)
          && variants.includes(against)).map(([by, against, kept, source]) => [`${diseaseName(by)} → ${diseaseName(against)}`, '', kept, '', known.sources[Number(source)]]);
        show(place, dataTable({ heads: [t('scenario.parameters.name'), t('scenario.parameters.of'), t('scenario.parameters.value'), t('scenario.parameters.range'),
          t('scenario.parameters.source')], rows: [...course, ...cross, ...vaccines, ...households] }, t('scenario.parameters')));
      });
    }
  });
  return element;
}

function provenance(results: Results): HTMLElement {
  const { simulation, answer } = results;
  const { meta } = answer;
  const origin = results.study?.origin ?? null;
  const texts = simulation.parameters?.texts ?? [];
  const facts: [string, Child][] = [
    [t('scenario.from.program'), simulation.program ? `vigia ${simulation.program}` : meta.program], [t('scenario.from.runs'), `${number(meta.runs_done)} / ${number(meta.runs)}`],
    [t('scenario.from.seed'), simulation.seed === undefined ? String(results.study?.block('').number('seed') || 1) : String(simulation.seed)],
      [t('scenario.from.people'), number(results.file.persons)],
    ...(origin ? [[t('scenario.from.place'), t('scenario.from.place.of',
      { dataset: origin.dataset, place: results.placeName(origin.place), code: origin.place, date: date(origin.as_of) })] as [string, Child]] : []),
    [t('scenario.from.id'), simulation.id], [t('scenario.from.kept'), simulation.kept_at ? moment(simulation.kept_at) : t('scenario.from.notkept')],
      [t('scenario.from.tables'), results.file.tables_hash ?? '–'],
    [t('scenario.from.data'), simulation.data_version === undefined ? '–' : String(simulation.data_version)],
  ];
  const fitted = results.file.calibration !== undefined;
  return h('section.sc-origin', {}, h('h4', {}, t('scenario.assumptions')),
    h('ul.sc-list', {}, ['people', 'disease', 'measures', 'behaviour', fitted ? 'fit' : 'start', 'beds'].map((key) => h('li', {}, t(`scenario.assume.${key}`)))),
    h('dl.about', {}, facts.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)])),
    results.kept ? h('p', {}, t('scenario.rows'), ' ', h('a.csv', { href: url(`/simulations/${simulation.id}`, { part: 'rows' }), download: true }, t('scenario.rows.all')), ' · ',
      h('a.csv', { href: url(`/simulations/${simulation.id}`, { part: 'summary' }), download: true }, t('scenario.rows.summary'))) : null,
    parameterTable(results),
    h('p.small-print', {}, t('scenario.files')),
    texts.map((text, i) => h('details', {}, h('summary', {}, `${fileName(simulation.name || 'scenario')}${texts.length > 1 ? `-${i + 1}` : ''}.toml`),
      h('p', {}, download(`${fileName(simulation.name || 'scenario')}${texts.length > 1 ? `-${i + 1}` : ''}.toml`, text)), h('pre', { tabindex: 0, lang: 'en' }, text))),
    meta.files.map((file, i) => h('details', {}, h('summary', {}, t('scenario.infull', { n: number(i + 1) })), h('pre', { tabindex: 0, lang: 'en' }, file.scenario))));
}

export function resultsOf(results: Results, kit: DetailContext['kit']): Child[] {
  const { answer, simulation } = results;
  const { meta } = answer;
  const coarse = meta.people_scale < 1 ? t('scenario.coarse', { n: number(Math.round(1 / meta.people_scale)) }) : meta.runs_done < meta.runs
    ? t('scenario.early', { n: number(meta.runs_done), runs: number(meta.runs) }) : '';
  return [
    h('h3', {}, simulation.name || t('scenario.results')), h('p.sc-warning', {}, h('strong', {}, t('scenario.projection')), ' ', t('scenario.projection.why')),
    coarse ? h('p.remark', {}, coarse) : null,
    shortage(results), h(`div.${results.names.length > 2 ? 'sc-stack' : 'sc-pair'}`, {}, totals(results), differences(results)), courses(results), timeMap(results, results.study?.country ?? '', kit),
    bearers(results), h('div.sc-charts', {}, ageChart(results, 'total inf', t('scenario.per100k', { what: t('scenario.sum.inf') })),
      ageChart(results, 'total death', t('scenario.per100k', { what: t('scenario.sum.death') }))),
    fit(results), provenance(results),
  ];
}
