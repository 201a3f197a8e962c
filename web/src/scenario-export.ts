// A figure taken out of the page: as SVG or PNG with its title, legend, measures on their time line and where it is from, or its numbers as CSV with the same in remarks. Colours and lines are written
// into the drawing itself, so that it looks alike in any program.
import { s } from './dom';
import { date, isoOf, t } from './i18n';
import { saveFile } from './save';
import { itemName, briefOf } from './scenario-editor';
import type { Results } from './scenario-answer';
import { dateTicks } from './scale';
import { placeNames } from './scenario-form';

export interface Numbers { heads: string[]; rows: (string | number)[][] }
export interface Exported { id: string; title: string; summary: string; legend: { className: string; text: string }[]; data: () => Numbers; drawings: () => { caption: string; svg: SVGElement }[] }

const LETTER = 6.6; // about, of small text
const STYLES = ['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'stroke-linecap', 'stroke-opacity', 'opacity', 'font-size', 'font-weight', 'font-family',
  'display', 'visibility', 'paint-order'];

/** A copy that needs no style sheet. */
function copyStyled(element: Element): SVGElement {
  const copy = element.cloneNode(true) as SVGElement;
  const from = [element, ...element.querySelectorAll('*')];
  [copy, ...copy.querySelectorAll('*')].forEach((target, i) => {
    const style = getComputedStyle(from[i]);
    STYLES.forEach((name) => {
      const value = style.getPropertyValue(name);
      if (value !== '' && !(name === 'fill' && target.getAttribute('fill')?.startsWith('url('))) {
        target.setAttribute(name, value);
      }
    });
    ['class', 'style', 'tabindex', 'role', 'aria-label'].forEach((name) => target.removeAttribute(name));
  });
  return copy;
}

/** Colour and opacity of a legend's mark. */
function markOf(className: string): { colour: string; opacity: string } {
  const probe = document.createElement('span');
  probe.className = `swatch ${className.replaceAll('.', ' ')}`;
  document.querySelector('.sc-results')?.append(probe);
  const { backgroundColor: colour, opacity } = getComputedStyle(probe);
  probe.remove();
  return { colour, opacity };
}

const colourOf = (className: string): string => markOf(className).colour;

function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/(?<=[\s、。，；：])/)) {
    const last = lines.length - 1;
    if (last >= 0 && (lines[last] + word).trimEnd().length <= letters) {
      lines[last] += word;
    } else {
      lines.push(word);
    }
  }
  return lines.map((line) => line.trimEnd());
}

/** Where it is from, in one line. */
export function provenanceLine(results: Results): string {
  const { answer, simulation } = results;
  return [t('scenario.projection'), results.study?.name ?? simulation.name, answer.meta.program,
    t('scenario.export.runs', { n: Math.round(answer.meta.runs_done / Math.max(1, answer.scenarios.length)) }),
    simulation.seed === undefined ? '' : `${t('scenario.from.seed')} ${simulation.seed}`, simulation.id, date(Math.floor(Date.now() / 86400000))].filter(Boolean).join(' · ');
}

interface Paper { width: number; y: number; ink: string; soft: string; faint: string; parts: SVGElement[] }

function write(paper: Paper, text: string, options: { size?: number; weight?: number; colour?: string; x?: number } = {}): void {
  const size = options.size ?? 12;
  for (const line of wrapped(text, Math.floor((paper.width - 32) / (LETTER * size / 12)))) {
    paper.y += size * 1.35;
    paper.parts.push(s('text', { x: options.x ?? 16, y: paper.y.toFixed(1), 'font-size': size, 'font-weight': options.weight ?? 400, fill: options.colour ?? paper.ink }, line));
  }
}

function writeLegend(paper: Paper, items: { className: string; text: string }[]): void {
  let x = 16;
  paper.y += 20;
  for (const item of items) {
    const wide = 22 + item.text.length * LETTER + 14;
    if (x > 16 && x + wide > paper.width - 16) {
      x = 16;
      paper.y += 17;
    }
    paper.parts.push(s('rect', { x, y: paper.y - 9, width: 14, height: 10, rx: 2, fill: markOf(item.className).colour, opacity: markOf(item.className).opacity }),
      s('text', { x: x + 20, y: paper.y, 'font-size': 12, fill: paper.ink }, item.text));
    x += wide;
  }
}

/** The bars of every scenario under each other, with the dates. */
function writeMeasures(paper: Paper, results: Results): void {
  const { study } = results;
  if (!study) {
    return;
  }
  const names = placeNames(study, results.placeName);
  const left = Math.min(330, paper.width * 0.45);
  const plot = paper.width - left - 20;
  const px = (day: number): number => left + ((day - study.start) / study.days) * plot;
  paper.y += 6;
  write(paper, t('scenario.export.measures'), { weight: 650 });
  study.scenarios.slice(0, results.names.length).forEach((scenario, i) => {
    paper.y += 19;
    paper.parts.push(s('rect', { x: 16, y: paper.y - 10, width: 10, height: 10, rx: 2, fill: colourOf(`sc-line${i % 4}`) }),
      s('text', { x: 32, y: paper.y, 'font-size': 12, 'font-weight': 600, fill: paper.ink }, study.nameOf(scenario)));
    if (scenario.items.length === 0) {
      paper.parts.push(s('text', { x: left, y: paper.y, 'font-size': 11, fill: paper.soft }, t('scenario.nothing')));
    }
    for (const item of scenario.items) {
      paper.y += 16;
      const [from, to] = [Math.max(study.start, study.from(item)), Math.min(study.last, study.to(item)) + 1];
      const label = `${itemName(item)} · ${briefOf(item, names)}`;
      const room = Math.floor((left - 40) / 5.8);
      paper.parts.push(s('text', { x: 32, y: paper.y, 'font-size': 10.5, fill: paper.soft }, label.length > room ? `${label.slice(0, room - 1)}…` : label),
        s('rect', { x: left, y: paper.y - 9, width: plot, height: 11, fill: paper.faint }),
          s('rect', { x: px(from).toFixed(1), y: paper.y - 8, width: Math.max(2, px(to) - px(from)).toFixed(1), height: 9, rx: 2, fill: colourOf(`sc-line${i % 4}`) }));
    }
  });
  paper.y += 16;
  dateTicks(study.start, study.start + study.days, plot).forEach((tick) => paper.parts.push(s('text', { x: px(tick.at).toFixed(1), y: paper.y, 'font-size': 10, fill: paper.soft }, tick.text)));
}

export function csvOf(spec: Exported, results: Results): string {
  const cell = (value: string | number): string => (typeof value === 'number' ? (Number.isFinite(value) ? String(value) : '') : /[",\n#]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const remarks = [spec.title, provenanceLine(results)];
  const { study } = results;
  if (study) {
    const names = placeNames(study, results.placeName);
    study.scenarios.slice(0, results.names.length).forEach((scenario) => remarks.push(`${study.nameOf(scenario)}: ${scenario.items.length === 0 ? t('scenario.nothing')
      : scenario.items.map((item) => `${itemName(item)} ${isoOf(study.from(item))}/${isoOf(study.to(item))} (${briefOf(item, names)})`).join('; ')}`));
  }
  const { heads, rows } = spec.data();
  return [...remarks.map((text) => `# ${text.replaceAll('\n', ' ')}`), heads.map(cell).join(','), ...rows.map((row) => row.map(cell).join(','))].join('\n') + '\n';
}

/** The whole sheet as one drawing; its numbers are in its metadata. */
export function svgOf(spec: Exported, results: Results): SVGElement {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const drawings = spec.drawings();
  const sizes = drawings.map(({ svg }) => ({ width: Number(svg.getAttribute('width')) || svg.getBoundingClientRect().width || 600, height: Number(svg.getAttribute('height'))
    || svg.getBoundingClientRect().height || 300 }));
  const paper: Paper = { width: Math.max(600, ...sizes.map((size) => (size.width + 16) * (drawings.length > 1 ? 2 : 1) + 16)), y: 8, ink: colour('--ink'), soft: colour('--soft'),
    faint: colour('--faint'), parts: [] };
  write(paper, spec.title, { size: 16, weight: 650 });
  write(paper, spec.summary, { colour: paper.soft });
  writeLegend(paper, spec.legend);
  paper.y += 8;
  const abreast = drawings.length > 1 ? 2 : 1; // maps stand two by two
  for (let row = 0; row < drawings.length; row += abreast) {
    const top = paper.y;
    const inRow = drawings.slice(row, row + abreast);
    inRow.forEach(({ caption, svg }, i) => {
      const x = 16 + (i * (paper.width - 16)) / abreast;
      paper.y = top;
      if (caption !== '') {
        write(paper, caption, { weight: 600, x });
        paper.y += 6;
      }
      const copy = copyStyled(svg);
      const box = svg.getAttribute('viewBox');
      Object.entries({ x, y: paper.y, ...sizes[row + i], ...(box ? { viewBox: box } : {}) }).forEach(([name, value]) => copy.setAttribute(name, String(value)));
      paper.parts.push(copy);
    });
    paper.y += Math.max(...inRow.map((_, i) => sizes[row + i].height)) + 6;
  }
  writeMeasures(paper, results);
  paper.y += 8;
  write(paper, provenanceLine(results), { size: 10.5, colour: paper.soft });
  const height = Math.ceil(paper.y + 14);
  const sheet = s('svg', { xmlns: 'http://www.w3.org/2000/svg', width: paper.width, height, viewBox: `0 0 ${paper.width} ${height}`, 'font-family': 'system-ui, sans-serif' },
    s('title', {}, spec.title), s('metadata', {}, csvOf(spec, results)), s('rect', { width: paper.width, height, fill: colour('--panel') }), paper.parts);
  return sheet;
}

export function fileName(...parts: string[]): string {
  return parts.map((part) => part.normalize('NFKD').replace(/\p{M}/gu, '').replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-+|-+$/g, '').toLowerCase()).filter(Boolean).join('-') || 'scenario';
}

export async function pngOf(svg: SVGElement, scale = 2): Promise<Blob | null> {
  const image = new Image();
  const loaded = new Promise((done, failed) => { image.onload = done; image.onerror = failed; });
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await loaded;
  const canvas = document.createElement('canvas');
  canvas.width = image.width * scale;
  canvas.height = image.height * scale;
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, 'image/png'); });
}

export async function download(kind: 'svg' | 'png' | 'csv', spec: Exported, results: Results): Promise<void> {
  const name = `${fileName(results.study?.name ?? results.simulation.name, spec.title)}.${kind}`;
  if (kind === 'csv') {
    saveFile(name, new Blob([csvOf(spec, results)], { type: 'text/csv;charset=utf-8' }));
    return;
  }
  const sheet = svgOf(spec, results);
  const content = kind === 'png' ? await pngOf(sheet) : new Blob(['<?xml version="1.0" encoding="UTF-8"?>\n', new XMLSerializer().serializeToString(sheet)], { type: 'image/svg+xml' });
  if (content) {
    saveFile(name, content);
  }
}
