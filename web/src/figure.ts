// The frame of every chart: title, what it says in a sentence, the drawing or its numbers as a table, links to the same numbers as CSV,
// and how they were made.
import { url, type Query } from './api';
import { freshId, h, show, type Child } from './dom';
import { t } from './i18n';

export interface CsvSource { path: string; query: Query; label?: string }
export interface LegendItem { className: string; text: string }
export interface DataTable { heads: string[]; rows: Child[][] }

export interface FigureSpec {
  id: string;
  title: string;
  summary: string;
  method: Child[];
  csv: CsvSource[];
  legend?: LegendItem[];
  controls?: Child[];
  draw: (width: number, onReadout: (text: string) => void) => Element;
  table: () => DataTable;
}

export function csvLink(source: CsvSource): HTMLElement {
  return h('a.csv', { href: url(source.path, { ...source.query, format: 'csv' }), download: true, title: t('figure.csv.title') },
    source.label ? `CSV: ${source.label}` : 'CSV');
}

export function dataTable(data: DataTable, caption: string): HTMLElement {
  return h('div.scroll', { tabindex: 0, role: 'region', 'aria-label': caption },
    h('table.data', {}, h('caption.hidden', {}, caption),
      h('thead', {}, h('tr', {}, data.heads.map((head) => h('th', { scope: 'col' }, head)))),
      h('tbody', {}, data.rows.map((row) => h('tr', {}, row.map((cell, i) => (i === 0 ? h('th', { scope: 'row' }, cell) : h('td', {}, cell))))))));
}

export function legendList(items: LegendItem[]): HTMLElement {
  return h('ul.legend', {}, items.map((item) => h('li', {}, h(`span.swatch.${item.className}`, { 'aria-hidden': 'true' }), item.text)));
}

const asTable = new Set<string>(); // figures that the reader switched to their table

export function figure(spec: FigureSpec): HTMLElement {
  const titleId = freshId('figure');
  const readout = h('p.readout', { 'aria-hidden': 'true' });
  const stage = h('div.stage');
  let lastWidth = 0;
  const paint = (): void => {
    const width = Math.floor(stage.clientWidth);
    if (asTable.has(spec.id)) {
      show(stage, dataTable(spec.table(), spec.title));
    } else if (width > 0) {
      lastWidth = width;
      show(stage, spec.draw(width, (text) => { readout.textContent = text; }));
    }
  };
  const toggle = h('button.small', {
    type: 'button', id: `table-${spec.id}`, 'aria-pressed': asTable.has(spec.id) ? 'true' : 'false',
    onclick: () => {
      const pressed = !asTable.has(spec.id);
      if (pressed) {
        asTable.add(spec.id);
      } else {
        asTable.delete(spec.id);
      }
      toggle.setAttribute('aria-pressed', String(pressed));
      paint();
    },
  }, t('figure.table'));
  new ResizeObserver(() => {
    if (!asTable.has(spec.id) && Math.abs(stage.clientWidth - lastWidth) > 1) {
      paint();
    }
  }).observe(stage);
  return h('figure.figure', { 'aria-labelledby': titleId, onrepaint: paint },
    h('div.figure-head', {},
      h('h3', { id: titleId }, spec.title),
      h('div.tools', {}, spec.controls ?? [], toggle, spec.csv.map(csvLink))),
    h('p.summary', {}, spec.summary),
    spec.legend ? legendList(spec.legend) : null,
    readout, stage,
    h('details.method', {}, h('summary', {}, t('figure.method')), spec.method.map((paragraph) => h('p', {}, paragraph))));
}

/** Instead of a chart that would be empty: why there is nothing to draw. */
export function note(title: string, text: string, extra: Child[] = []): HTMLElement {
  return h('section.note', {}, h('h3', {}, title), h('p', {}, text), extra);
}
