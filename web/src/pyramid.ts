// Age and sex with outcome: men to the left, women to the right, those who died darker. What has no age or sex is said in words.
import { askTable, type Table } from './api';
import type { DetailContext } from './detail';
import { h, s, type Child } from './dom';
import { figure, note } from './figure';
import { compact, number, percent, t } from './i18n';
import { niceTicks } from './scale';

interface Band { from: number; to: number; text: string; male: number; maleDied: number; female: number; femaleDied: number }
interface Pyramid { bands: Band[]; noAge: number; noSex: number; total: number; died: number }

function readPyramid(table: Table): Pyramid {
  const [from, to, count] = ['age_from', 'age_to', 'count'].map((name) => table.numbers(name));
  const [sex, outcome] = ['sex', 'outcome'].map((name) => table.texts(name));
  const bands = new Map<number, Band>();
  const result: Pyramid = { bands: [], noAge: 0, noSex: 0, total: 0, died: 0 };
  count.forEach((n, i) => {
    const died = outcome[i] === 'died';
    result.total += n;
    result.died += died ? n : 0;
    if (Number.isNaN(from[i])) {
      result.noAge += n;
    } else if (sex[i] !== 'male' && sex[i] !== 'female') {
      result.noSex += n;
    } else {
      const text = Number.isNaN(to[i]) ? t('pyramid.open', { from: number(from[i]) }) : from[i] === to[i] ? number(from[i]) : `${number(from[i])}–${number(to[i])}`;
      const band = bands.get(from[i]) ?? { from: from[i], to: to[i], text, male: 0, maleDied: 0, female: 0, femaleDied: 0 };
      if (sex[i] === 'male') {
        band.male += n;
        band.maleDied += died ? n : 0;
      } else {
        band.female += n;
        band.femaleDied += died ? n : 0;
      }
      bands.set(from[i], band);
    }
  });
  const found = [...bands.values()].sort((a, b) => b.from - a.from);
  const width = found.length > 1 ? found[found.length - 2].from - found[found.length - 1].from : 5;
  for (let i = 0; i + 1 < found.length; i++) { // empty bands in between keep their place
    if (found[i].from - found[i + 1].from > width && found.length < 60) {
      const from = found[i].from - width;
      found.splice(i + 1, 0, { from, to: from + width - 1, text: `${number(from)}–${number(from + width - 1)}`, male: 0, maleDied: 0, female: 0, femaleDied: 0 });
    }
  }
  result.bands = found;
  return result;
}

function drawPyramid(pyramid: Pyramid, width: number, label: string, onReadout: (text: string) => void): SVGElement {
  const rowHeight = 19;
  const middle = 68;
  const side = (width - middle) / 2 - 6;
  const top = Math.max(1, ...pyramid.bands.flatMap((band) => [band.male, band.female]));
  const ticks = niceTicks(top, width < 500 ? 2 : 4).filter((v) => v <= top);
  const scale = (n: number): number => (n / top) * side;
  const left = width / 2 - middle / 2;
  const right = width / 2 + middle / 2;
  const height = pyramid.bands.length * rowHeight + 44;
  const bar = (x: number, y: number, w: number, className: string): SVGElement | null => (w > 0 ? s(`rect.${className}`, { x: x.toFixed(1), y, width: w.toFixed(1), height: rowHeight - 3 }) : null);
  return s('svg.chart', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': label },
    s('text.side', { x: left - 4, y: 13, 'text-anchor': 'end' }, t('sex.male')),
    s('text.side', { x: right + 4, y: 13 }, t('sex.female')),
    ticks.map((v) => [
      s('line.grid', { x1: (left - scale(v)).toFixed(1), x2: (left - scale(v)).toFixed(1), y1: 20, y2: height - 20 }),
      s('line.grid', { x1: (right + scale(v)).toFixed(1), x2: (right + scale(v)).toFixed(1), y1: 20, y2: height - 20 }),
      s('text.tick', { x: Math.max(14, left - scale(v)).toFixed(1), y: height - 6, 'text-anchor': 'middle' }, compact(v)),
      s('text.tick', { x: Math.min(width - 14, right + scale(v)).toFixed(1), y: height - 6, 'text-anchor': 'middle' }, compact(v)),
    ]),
    pyramid.bands.map((band, i) => {
      const y = 22 + i * rowHeight;
      const text = t('pyramid.readout', { age: band.text, male: number(band.male), maleDied: number(band.maleDied), female: number(band.female), femaleDied: number(band.femaleDied) });
      return s('g.pyramid-row', { onpointerenter: () => onReadout(text), onpointerleave: () => onReadout('') },
        s('rect.catch', { x: 0, y: y - 1, width, height: rowHeight }),
        bar(left - scale(band.male), y, scale(band.male), 'male'), bar(left - scale(band.maleDied), y, scale(band.maleDied), 'died'),
        s('text.tick', { x: width / 2, y: y + 13, 'text-anchor': 'middle' }, band.text),
        bar(right, y, scale(band.female), 'female'), bar(right, y, scale(band.femaleDied), 'died'));
    }));
}

export async function pyramidTab(context: DetailContext, from: string, controls: Child[]): Promise<Child[]> {
  if (context.dataset.kind !== 'cases') {
    return [note(t('pyramid.title'), t('pyramid.counts'))];
  }
  const { view, dataset } = context;
  const query = { dataset: dataset.name, measure: context.measure.name, place: view.place, group: view.group, as_of: view.asOf, from };
  const table = await askTable('/pyramid', query, context.signal);
  const pyramid = readPyramid(table);
  if (pyramid.total === 0 || pyramid.bands.length === 0) {
    return [note(t('pyramid.title'), t('pyramid.none'), controls)];
  }
  const peak = [...pyramid.bands].sort((a, b) => b.male + b.female - a.male - a.female)[0];
  const women = pyramid.bands.reduce((n, band) => n + band.female, 0);
  const both = pyramid.bands.reduce((n, band) => n + band.female + band.male, 0);
  const summary = `${t('pyramid.summary', { n: number(pyramid.total), age: peak.text, women: percent(women / both), died: number(pyramid.died) })} ${t('pyramid.unknown', { noAge: number(pyramid.noAge), noSex: number(pyramid.noSex) })}`;
  return [figure({
    id: 'pyramid', title: `${t('pyramid.title')} · ${context.placeName()}`, summary, controls,
    csv: [{ path: '/pyramid', query }],
    legend: [{ className: 'male', text: t('sex.male') }, { className: 'female', text: t('sex.female') }, { className: 'died', text: t('pyramid.died') }],
    method: [t('pyramid.method')],
    draw: (width, onReadout) => drawPyramid(pyramid, width, `${t('pyramid.title')}. ${summary}`, onReadout),
    table: () => ({
      heads: [t('head.age'), t('sex.male'), `${t('sex.male')}: ${t('pyramid.died')}`, t('sex.female'), `${t('sex.female')}: ${t('pyramid.died')}`],
      rows: pyramid.bands.map((band) => [band.text, number(band.male), number(band.maleDied), number(band.female), number(band.femaleDied)]),
    }),
  }), h('p.small-print', {}, t('pyramid.note'))];
}
