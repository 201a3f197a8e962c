// The parts of a place through time, one map a scenario under the same scale: infections per 100,000 a week, or the share of intensive care beds in use. A slider and a play button go through the weeks.
import { h, s, show, type Child } from './dom';
import { legendList } from './figure';
import { date, isoOf, number, percent, t } from './i18n';
import type { DetailContext } from './detail';
import type { Shapes } from './map';
import { Table } from './api';
import { colourScale } from './scale';
import type { Results } from './scenario-answer';
import { download } from './scenario-export';
import { select } from './scenario-form';

type Kit = DetailContext['kit'];
const FRAME_MS = 550;
const LOAD_CLASSES = ['s0', 's1', 's2', 's4', 'd4'];
const LOAD_BREAKS = [0.25, 0.5, 0.75, 0.95];
type Metric = 'inf' | 'death' | 'icu';
let metric: Metric = 'inf';

/** Coordinates are in the study's own file, so the map needs no node. */
async function shapesOf(results: Results, country: string, { findShapes, Places }: Kit): Promise<Shapes> {
  const known = new Map((results.study?.parts() ?? []).map((part) => [part.code, part]));
  const rows = results.units.map((code) => { const part = known.get(code); return [code, results.nameOfPlace(code), part?.parent ?? null, 'admin2', part?.population ?? null,
    part?.latitude ?? null, part?.longitude ?? null]; });
  return findShapes(results.units, country, new Places(new Table({ columns: ['code', 'name', 'parent', 'level', 'population', 'latitude', 'longitude'], rows })));
}

/** Values by scenario, place and step; NaN where it is not known. */
function valuesOf(results: Results, of: Metric): number[][][] {
  const target = of === 'icu' ? 'occ icu' : `inc ${of}`;
  return results.names.map((_, i) => results.units.map((place) => {
    const course = results.course(i, target, place)?.q50 ?? [];
    const per = of === 'icu' ? results.bedsOf(i, place) ?? NaN : (results.personsOf(place) / 1e5) * (results.answer.step_days / 7);
    return course.map((value) => value / per);
  }));
}

export function timeMap(results: Results, country: string, kit: Kit): Child {
  const metrics: Metric[] = (['inf', 'death', 'icu'] as const).filter((one) => valuesOf(results, one).some((places) => places.some((steps) => steps.some(Number.isFinite))));
  const { ends, origin } = results;
  const first = Math.max(0, ends.findIndex((end) => end >= origin));
  if (results.units.length < 2 || metrics.length === 0) {
    return null;
  }
  metric = metrics.includes(metric) ? metric : metrics[0];
  const section = h('section.sc-map-section');
  void shapesOf(results, country, kit).then((shapes) => drawSection(section, results, shapes, metrics, first, kit.shortName));
  return section;
}

function drawSection(section: HTMLElement, results: Results, shapes: Shapes, metrics: Metric[], first: number, shortName: Kit['shortName']): void {
  const { ends } = results;
  const title = t('scenario.map');
  const grid = h('div.sc-maps');
  const told = h('output.sc-week', { for: 'sc-week' });
  const summary = h('p.summary');
  const legend = h('div');
  const slider = h<HTMLInputElement>('input', { type: 'range', id: 'sc-week', min: 0, max: ends.length - 1, step: 1, value: first, 'aria-label': t('scenario.map.week') });
  let timer = 0;
  let values = valuesOf(results, metric);
  const indexOf = new Map(results.units.map((code, i) => [code, i]));
  const scale = (): { classes: { className: string; label: string }[]; classOf: (value: number) => string } => (metric === 'icu'
    ? { classes: LOAD_CLASSES.map((className, i) => ({ className, label: i === 0 ? `< ${percent(LOAD_BREAKS[0])}` : i === LOAD_BREAKS.length ? `≥ ${percent(LOAD_BREAKS[i - 1])}`
      : `${percent(LOAD_BREAKS[i - 1])}–${percent(LOAD_BREAKS[i])}` })), classOf: (value) => LOAD_CLASSES[LOAD_BREAKS.filter((b) => value >= b).length] }
    : colourScale('incidence', values.flat(2).filter((value) => value > 0)));
  const shownValue = (value: number): string => (!Number.isFinite(value) ? '–' : metric === 'icu' ? percent(value) : number(value, value < 10 ? 1 : 0));
  const maps = results.names.map((name, i) => {
    const box = shapes.box;
    const pad = Math.max(box[2] - box[0], box[3] - box[1]) * 0.02 + 2;
    const items = shapes.items.filter((item) => indexOf.has(item.code)).map((item) => ({ code: item.code, element: item.kind === 'path' ? s('path', { d: item.d }) : item.kind === 'circle'
      ? s('circle', { cx: item.x.toFixed(1), cy: item.y.toFixed(1), r: item.size.toFixed(1) })
      : s('rect', { x: item.x - item.size / 2 + 1, y: item.y - item.size / 2 + 1, width: item.size - 2, height: item.size - 2, rx: 3 }), title: s('title') }));
    items.forEach(({ element, title: text }) => element.append(text));
    const names = shapes.kind === 'tiles' && items.length <= 120 ? shapes.items.filter((item) => indexOf.has(item.code)).map((item) => s('text.sc-tile',
      { x: item.x, y: item.y + 4, 'text-anchor': 'middle', 'aria-hidden': 'true' }, shortName(results.nameOfPlace(item.code)))) : [];
    const svg = s('svg.sc-map', { viewBox: [box[0] - pad, box[1] - pad, box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad].map((v) => v.toFixed(1)).join(' '), role: 'img' },
      items.map(({ element }) => element), names);
    const worst = h('span.small-print');
    return { name, i, svg, items, worst, figure: h('figure', {}, h('figcaption', {}, h(`span.swatch.sc-line${i % 4}`, { 'aria-hidden': 'true' }), name), svg, worst) };
  });
  const paint = (): void => {
    const step = Number(slider.value);
    const colours = scale();
    told.textContent = t('scenario.map.to', { date: date(ends[step]) });
    slider.setAttribute('aria-valuetext', told.textContent);
    for (const map of maps) {
      map.svg.querySelectorAll('text').forEach((text, i) => { const value = values[map.i][indexOf.get(map.items[i].code) as number]?.[step] ?? NaN; text.setAttribute('class',
        `sc-tile on-${Number.isFinite(value) ? colours.classOf(value) : 'none'}`); });
      let worst = { code: '', value: -1 };
      for (const { code, element, title: text } of map.items) {
        const value = values[map.i][indexOf.get(code) as number]?.[step] ?? NaN;
        element.setAttribute('class', Number.isFinite(value) ? colours.classOf(value) : 'sc-none');
        text.textContent = `${results.nameOfPlace(code)}: ${shownValue(value)}`;
        worst = value > worst.value ? { code, value } : worst;
      }
      map.worst.textContent = worst.code === '' ? '' : t('scenario.map.most', { name: results.nameOfPlace(worst.code), value: shownValue(worst.value) });
      map.svg.setAttribute('aria-label', `${map.name}, ${told.textContent}. ${map.worst.textContent}`);
    }
  };
  const stop = (): void => {
    clearInterval(timer);
    timer = 0;
    play.textContent = t('scenario.map.play');
    play.setAttribute('aria-pressed', 'false');
  };
  const play = h('button.small', { type: 'button', id: 'sc-play', 'aria-pressed': 'false', onclick: () => {
    if (timer !== 0) {
      stop();
      return;
    }
    play.textContent = t('scenario.map.pause');
    play.setAttribute('aria-pressed', 'true');
    slider.value = Number(slider.value) >= ends.length - 1 ? String(first) : slider.value;
    timer = window.setInterval(() => {
      if (!section.isConnected || Number(slider.value) >= ends.length - 1) {
        stop();
        return;
      }
      slider.value = String(Number(slider.value) + 1);
      paint();
    }, FRAME_MS);
  } }, t('scenario.map.play'));
  slider.addEventListener('input', () => { stop(); paint(); });
  const redraw = (): void => {
    values = valuesOf(results, metric);
    summary.textContent = t(`scenario.map.says.${metric}`);
    show(legend, legendList(scale().classes.map(({ className, label }) => ({ className: `sc-shade.${className}`, text: label }))));
    paint();
  };
  const exported = (kind: 'svg' | 'png' | 'csv') => (): void => void download(kind, {
    id: 'sc-map', title: `${title} · ${told.textContent ?? ''}`, summary: summary.textContent ?? '',
      legend: scale().classes.map(({ className, label }) => ({ className: `sc-shade.${className}`, text: label })),
    drawings: () => maps.map((map) => ({ caption: map.name, svg: map.svg })),
    data: () => ({ heads: ['week_ending', 'scenario', 'place', 'name', metric === 'icu' ? 'share_of_beds' : 'per_100k_a_week'],
      rows: ends.flatMap((end, step) => results.names.flatMap((name, i) => results.units.map((place, p) => [isoOf(end), name, place, results.nameOfPlace(place), values[i][p]?.[step] ?? NaN]))) }),
  }, results);
  show(section, h('div.figure-head', {}, h('h3', {}, title), h('div.tools', {},
    (['svg', 'png', 'csv'] as const).map((kind) => h('button.small', { type: 'button', id: `${kind}-sc-map`, title: t(`scenario.export.${kind}`),
    'aria-label': `${title}: ${t(`scenario.export.${kind}`)}`, onclick: exported(kind) }, kind.toUpperCase())))),
    summary,
    h('div.sc-map-tools', {}, metrics.length > 1 ? select('sc-metric', t('scenario.map.what'), metrics.map((one): [string, string] => [one, t(`scenario.map.${one}`)]), metric,
      (one) => { metric = one as Metric; redraw(); }) : null, play, h('label.sc-slider', { for: 'sc-week' }, slider), told),
    legend, grid);
  show(grid, maps.map((map) => map.figure));
  redraw();
}
