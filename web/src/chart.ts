// Charts over time (or over delay) as SVG: bars, bands, lines, ticks, a mark for the day of the data. Numbers come in as arrays and
// leave as one path a layer, so a thousand points cost a few milliseconds.
import { s } from './dom';
import { niceTicks, type Tick } from './scale';

export type Layer =
  | { kind: 'bars'; x: number[]; low?: number[]; high: number[]; className: string; width: number }
  | { kind: 'band'; x: number[]; low: number[]; high: number[]; className: string }
  | { kind: 'line'; x: number[]; y: number[]; className: string };

export interface ChartSpec {
  width: number;
  height: number;
  start: number; // left end of the x axis
  end: number;
  top: number; // highest y shown
  ticks: (start: number, end: number, width: number) => Tick[];
  yText: (value: number) => string;
  layers: Layer[];
  label: string; // for screen readers
  verticals?: { at: number; text: string }[];
  reference?: number; // a horizontal line
  readout?: (x: number) => string; // what the pointer is over
  onReadout?: (text: string) => void;
}

const EDGE = { top: 14, right: 10, bottom: 24, left: 44 };
const DIGIT_WIDTH = 7; // about, of a tick's text
let clipNumber = 0;

function pathOfBand(layer: Extract<Layer, { kind: 'band' }>, px: (x: number) => string, py: (y: number) => string): string {
  let path = '';
  let run: number[] = [];
  const flush = (): void => {
    if (run.length > 0) {
      const up = run.map((i) => `${px(layer.x[i])} ${py(layer.high[i])}`);
      const down = run.map((i) => `${px(layer.x[i])} ${py(layer.low[i])}`).reverse();
      path += `M${[...up, ...down].join('L')}z`;
    }
    run = [];
  };
  layer.x.forEach((_, i) => (Number.isFinite(layer.low[i]) && Number.isFinite(layer.high[i]) ? run.push(i) : flush()));
  flush();
  return path;
}

function pathOfLine(layer: Extract<Layer, { kind: 'line' }>, px: (x: number) => string, py: (y: number) => string): string {
  let path = '';
  let pen = 'M';
  layer.x.forEach((x, i) => {
    if (Number.isFinite(layer.y[i])) {
      path += `${pen}${px(x)} ${py(layer.y[i])}`;
      pen = 'L';
    } else {
      pen = 'M';
    }
  });
  return path;
}

function pathOfBars(layer: Extract<Layer, { kind: 'bars' }>, scale: (x: number) => number, py: (y: number) => string, plotWidth: number, count: number): string {
  const gap = plotWidth / Math.max(1, count) > 5 ? 1 : 0;
  let path = '';
  layer.x.forEach((x, i) => {
    const low = layer.low ? layer.low[i] : 0;
    if (Number.isFinite(layer.high[i]) && layer.high[i] !== low) {
      const left = scale(x).toFixed(1);
      const right = (scale(x + layer.width) - gap).toFixed(1);
      path += `M${left} ${py(low)}V${py(layer.high[i])}H${right}V${py(low)}z`;
    }
  });
  return path;
}

/** The drawing. Its text alternative is `label`; the numbers themselves are in the figure's data table. */
export function drawChart(spec: ChartSpec): SVGElement {
  const { width, height } = spec;
  const yTicks = niceTicks(spec.top, height < 180 ? 3 : 5);
  const margin = { ...EDGE, left: Math.max(EDGE.left, DIGIT_WIDTH * Math.max(...yTicks.map((value) => spec.yText(value).length)) + 10) };
  const plotWidth = width - margin.left - margin.right;
  const plotHeight = height - margin.top - margin.bottom;
  const scaleX = (x: number): number => margin.left + ((x - spec.start) / (spec.end - spec.start)) * plotWidth;
  const top = !(spec.top > 0) || yTicks[yTicks.length - 1] <= spec.top * 1.02 ? yTicks[yTicks.length - 1] : spec.top; // where all is zero there is still an axis
  const scaleY = (y: number): number => margin.top + plotHeight - (Math.max(-top, Math.min(y, top * 3)) / top) * plotHeight;
  const px = (x: number): string => scaleX(x).toFixed(1);
  const py = (y: number): string => scaleY(y).toFixed(1);
  const clip = `clip-${++clipNumber}`;
  const drawn = spec.layers.map((layer) => {
    const path = layer.kind === 'bars' ? pathOfBars(layer, scaleX, py, plotWidth, (spec.end - spec.start) / layer.width)
      : layer.kind === 'band' ? pathOfBand(layer, px, py) : pathOfLine(layer, px, py);
    return s(`path.${layer.className}`, { d: path });
  });
  const cursor = s('line.cursor', { y1: margin.top, y2: margin.top + plotHeight, x1: -10, x2: -10 });
  const svg = s('svg.chart', { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': spec.label },
    s('clipPath', { id: clip }, s('rect', { x: margin.left, y: margin.top - 4, width: plotWidth, height: plotHeight + 4 })),
    yTicks.filter((value) => value <= top * 1.001).map((value) => [
      s('line.grid', { x1: margin.left, x2: width - margin.right, y1: py(value), y2: py(value) }),
      s('text.tick', { x: margin.left - 6, y: (scaleY(value) + 4).toFixed(1), 'text-anchor': 'end' }, spec.yText(value)),
    ]),
    spec.ticks(spec.start, spec.end, plotWidth).map((tick) => [
      s('line.grid', { x1: px(tick.at), x2: px(tick.at), y1: margin.top + plotHeight, y2: margin.top + plotHeight + 4 }),
      s('text.tick', { x: Math.min(scaleX(tick.at), width - 14).toFixed(1), y: height - 7, 'text-anchor': scaleX(tick.at) < margin.left + 20 ? 'start' : scaleX(tick.at) > width - 30 ? 'end' : 'middle' }, tick.text),
    ]),
    s('g', { 'clip-path': `url(#${clip})` }, drawn),
    spec.reference === undefined ? null : s('line.reference', { x1: margin.left, x2: width - margin.right, y1: py(spec.reference), y2: py(spec.reference) }),
    (spec.verticals ?? []).filter((v) => v.at >= spec.start && v.at <= spec.end).map((v) => [
      s('line.vertical', { x1: px(v.at), x2: px(v.at), y1: margin.top, y2: margin.top + plotHeight }),
      s('text.vertical-text', { x: (scaleX(v.at) + (scaleX(v.at) > width * 0.6 ? -4 : 4)).toFixed(1), y: margin.top - 3, 'text-anchor': scaleX(v.at) > width * 0.6 ? 'end' : 'start' }, v.text),
    ]),
    s('line.axis', { x1: margin.left, x2: width - margin.right, y1: margin.top + plotHeight, y2: margin.top + plotHeight }),
    cursor);
  if (spec.readout && spec.onReadout) {
    const { readout, onReadout } = spec;
    svg.addEventListener('pointermove', (event) => {
      const box = svg.getBoundingClientRect();
      const at = ((event as PointerEvent).clientX - box.left) * (width / box.width);
      const x = spec.start + ((at - margin.left) / plotWidth) * (spec.end - spec.start);
      if (x >= spec.start && x < spec.end) {
        cursor.setAttribute('x1', at.toFixed(1));
        cursor.setAttribute('x2', at.toFixed(1));
        onReadout(readout(x));
      }
    });
    svg.addEventListener('pointerleave', () => {
      cursor.setAttribute('x1', '-10');
      cursor.setAttribute('x2', '-10');
      onReadout('');
    });
  }
  return svg;
}
