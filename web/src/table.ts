// The ranked table of places: sortable, a hundred rows a page, each place a button.
import { h, s, show } from './dom';
import { change, compareText, interval, number, pValue, percent, rate, t } from './i18n';
import { csvLink } from './figure';
import type { Query } from './api';
import { ALARMS, sentence, trendClass, type Row } from './situation';

const ROWS_A_PAGE = 100;
const NOT_IN_PRINT = ['change', 'attention', 'days_silent', 'total']; // paper is narrow, and the others say the same

export interface TableSpec {
  rows: Row[];
  sort: string;
  page: number;
  selected: string;
  name: (row: Row) => string;
  choose: (code: string) => void;
  onSort: (sort: string) => void;
  onPage: (page: number) => void;
  query: Query;
  delayed: boolean;
  hasPopulation: boolean;
  weekly: boolean;
}

interface Column {
  key: string;
  numeric: boolean;
  value: (row: Row) => number | string;
  cell: (row: Row) => (Node | string)[] | string;
}

function sparkline(text: string): SVGElement {
  const values = text.split(' ').map((v) => (v === '-' || v === '' ? NaN : Number(v)));
  const top = Math.max(1, ...values.filter(Number.isFinite));
  const width = 90;
  const height = 22;
  const step = width / Math.max(1, values.length);
  let path = '';
  values.forEach((value, i) => {
    if (value > 0) {
      path += `M${(i * step).toFixed(1)} ${height}v-${((value / top) * height).toFixed(1)}h${(step * 0.85).toFixed(1)}v${((value / top) * height).toFixed(1)}z`;
    }
  });
  return s('svg.spark', { viewBox: `0 0 ${width} ${height}`, width, height, 'aria-hidden': 'true' }, s('path', { d: path }));
}

function withInterval(value: string, range: string): (Node | string)[] {
  return range === '–' ? [value] : [value, h('span.range', {}, range)];
}

const MOST_GROWTH = 10; // more than tenfold a week is noise whose digits only take room

function growth(log: number): string {
  const ratio = Math.exp(log);
  return ratio > MOST_GROWTH ? `> ${change(MOST_GROWTH)}` : change(ratio);
}

function columnsOf(spec: TableSpec): Column[] {
  const someModel = hasModel(spec.rows);
  const columns: Column[] = [
    { key: 'name', numeric: false, value: (row) => spec.name(row), cell: (row) => spec.name(row) },
    { key: 'last_7_days', numeric: true, value: (row) => row.last7, cell: (row) => number(row.last7) },
    { key: 'expected_last_7_days', numeric: true, value: (row) => row.expected, cell: (row) => withInterval(number(row.expected), interval(row.expectedLow, row.expectedHigh, (v) => number(v))) },
    { key: 'next_7_days', numeric: true, value: (row) => row.next, cell: (row) => withInterval(number(row.next), interval(row.nextLow, row.nextHigh, (v) => number(v))) },
    { key: 'incidence_per_100k', numeric: true, value: (row) => row.incidence, cell: (row) => rate(row.incidence) },
    { key: 'growth_rate_per_day', numeric: true, value: (row) => row.growth, cell: (row) => withInterval(Number.isFinite(row.growth) ? growth(Math.log(row.growth)) : change(NaN), Number.isFinite(row.growthLow) ? `${growth(7 * row.growthLow)} … ${growth(7 * row.growthHigh)}` : '–') },
    { key: 'change', numeric: true, value: (row) => row.change, cell: (row) => change(row.change) },
    { key: 'rt_median', numeric: true, value: (row) => row.rt, cell: (row) => withInterval(`${someModel && !row.byModel && Number.isFinite(row.rt) ? '≈ ' : ''}${number(row.rt, 2)}`, interval(row.rtLow, row.rtHigh, (v) => number(v, 2))) },
    { key: 'alarm', numeric: true, value: alarmRank, cell: alarmCell },
    { key: 'attention', numeric: true, value: (row) => row.attention, cell: (row) => [meter(row.attention), number(row.attention, 2)] },
    { key: 'days_silent', numeric: true, value: (row) => row.daysSilent, cell: (row) => number(row.daysSilent) },
    { key: 'status', numeric: false, value: (row) => sentence(row), cell: (row) => [h(`span.trend.${trendClass(row)}`, { 'aria-hidden': 'true' }), sentence(row)] },
    { key: 'total', numeric: true, value: (row) => row.total, cell: (row) => number(row.total) },
    { key: 'case_fatality', numeric: true, value: (row) => row.fatality, cell: (row) => percent(row.fatality, 1) },
  ];
  const someFinite = (value: (row: Row) => number): boolean => spec.rows.some((row) => Number.isFinite(value(row)));
  return columns.filter((column) => (column.key !== 'change' || !spec.delayed) && (column.key !== 'next_7_days' || someFinite((row) => row.next)) &&
    (column.key !== 'alarm' || spec.rows.some((row) => row.alarm !== '')) && (column.key !== 'expected_last_7_days' || (spec.delayed && someFinite((row) => row.expected))) &&
    (column.key !== 'incidence_per_100k' || spec.hasPopulation) && (column.key !== 'rt_median' || someFinite((row) => row.rt)) &&
    (column.key !== 'case_fatality' || someFinite((row) => row.fatality)));
}

/** Whether some rows come from the renewal model; those that do not are then marked. */
function hasModel(rows: Row[]): boolean {
  return rows.some((row) => row.byModel);
}

/** Orders by what is said of the alarm, then by how improbable the count is. */
function alarmRank(row: Row): number {
  return row.alarm === '' ? NaN : ALARMS.indexOf(row.alarm) + 1 - Math.min(1, Number.isFinite(row.alarmP) ? row.alarmP : 1);
}

function alarmCell(row: Row): (Node | string)[] {
  return row.alarm === '' ? ['–'] : [h(`span.alarm-${row.alarm}`, {}, t(`alarm.${row.alarm}`)), ...(Number.isFinite(row.alarmP) ? [h('span.range', {}, pValue(row.alarmP))] : [])];
}

function meter(value: number): SVGElement {
  return s('svg.meter', { viewBox: '0 0 40 8', width: 40, height: 8, 'aria-hidden': 'true' },
    s('rect.meter-ground', { width: 40, height: 8, rx: 2 }), s('rect.meter-value', { width: (40 * Math.max(0, Math.min(1, value || 0))).toFixed(1), height: 8, rx: 2 }));
}

export function sortRows(rows: Row[], columns: { key: string; value: (row: Row) => number | string }[], sort: string): Row[] {
  const down = sort.startsWith('-');
  const column = columns.find((c) => c.key === (down ? sort.slice(1) : sort));
  if (!column) {
    return rows; // as the server ranked them
  }
  const keyed = rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort((a, b) => {
    if (typeof a.value === 'string' || typeof b.value === 'string') {
      return compareText(String(a.value), String(b.value)) * (down ? -1 : 1);
    }
    const missing = Number(Number.isNaN(a.value)) - Number(Number.isNaN(b.value)); // what is not known stays at the end
    return missing || (a.value - b.value) * (down ? -1 : 1);
  });
  return keyed.map((entry) => entry.row);
}

function printClass(column: Column): string {
  return NOT_IN_PRINT.includes(column.key) ? '.no-print' : '';
}

function headCell(column: Column, spec: TableSpec): HTMLElement {
  const active = spec.sort === column.key ? 'ascending' : spec.sort === `-${column.key}` ? 'descending' : spec.sort === '' && column.key === 'attention' ? 'descending' : null;
  const next = active === 'descending' ? column.key : active === 'ascending' ? `-${column.key}` : column.numeric ? `-${column.key}` : column.key;
  const label = spec.weekly && ['last_7_days', 'next_7_days'].includes(column.key) ? t(column.key === 'last_7_days' ? 'column.last_week' : 'column.next_week') : t(`column.${column.key}`);
  return h(`th${column.numeric ? '.number' : ''}${printClass(column)}`, { scope: 'col', 'aria-sort': active },
    h('button.sort', { type: 'button', id: `sort-${column.key}`, title: t(`column.${column.key}.title`), onclick: () => spec.onSort(next) }, label,
      h('span.arrow', { 'aria-hidden': 'true' }, active === 'descending' ? '▼' : active === 'ascending' ? '▲' : '')));
}

function bodyRow(row: Row, columns: Column[], spec: TableSpec, rank: number): HTMLElement {
  const chosen = row.code === spec.selected;
  return h(`tr${chosen ? '.chosen' : ''}`, {},
    columns.flatMap((column) => (column.key === 'name'
      ? [h('th.place-name', { scope: 'row' }, h('span.rank', { 'aria-hidden': 'true' }, number(rank)),
        h('button.link', { type: 'button', id: `place-${row.code}`, 'aria-pressed': chosen ? 'true' : 'false', onclick: () => spec.choose(row.code) }, spec.name(row))),
      h('td', {}, sparkline(row.sparkline))]
      : [h(`td${column.numeric ? '.number' : '.words'}${printClass(column)}`, {}, column.cell(row))])));
}

export function drawTable(container: HTMLElement, spec: TableSpec): void {
  const columns = columnsOf(spec);
  const sorted = sortRows(spec.rows, columns, spec.sort);
  const pages = Math.max(1, Math.ceil(sorted.length / ROWS_A_PAGE));
  const page = Math.min(spec.page, pages);
  const first = (page - 1) * ROWS_A_PAGE;
  const steps = Math.max(0, ...spec.rows.map((row) => (row.sparkline ? row.sparkline.split(' ').length : 0)));
  const scrolled = container.querySelector('.scroll');
  const [left, top] = scrolled ? [scrolled.scrollLeft, scrolled.scrollTop] : [0, 0];
  show(container,
    h('div.scroll.ranked', { tabindex: 0, role: 'region', 'aria-label': t('table.caption') },
      h('table.places', {}, h('caption.hidden', {}, t('table.caption')),
        h('thead', {}, h('tr', {}, columns.flatMap((column) => (column.key === 'name'
          ? [headCell(column, spec), h('th', { scope: 'col' }, t(spec.weekly ? 'column.sparkline.week' : 'column.sparkline', { n: number(steps) }))] : [headCell(column, spec)])))),
        h('tbody', {}, sorted.slice(first, first + ROWS_A_PAGE).map((row, i) => bodyRow(row, columns, spec, first + i + 1))))),
    h('div.table-foot', {},
      pages > 1 ? h('nav.pager', { 'aria-label': t('table.pages') },
        h('button.small', { type: 'button', id: 'page-before', disabled: page === 1, onclick: () => spec.onPage(page - 1) }, t('table.before')),
        h('span', {}, t('table.page', { page: number(page), pages: number(pages) })),
        h('button.small', { type: 'button', id: 'page-after', disabled: page === pages, onclick: () => spec.onPage(page + 1) }, t('table.after'))) : null,
      h('span', {}, t('table.count', { n: number(sorted.length) })),
      hasModel(spec.rows) ? h('span', {}, t('table.model')) : null,
      spec.rows.some((row) => row.silent) ? h('span', {}, t('table.silence')) : null,
      csvLink({ path: '/situation', query: spec.query })));
  const box = container.querySelector('.scroll');
  if (box && scrolled) {
    box.scrollLeft = left;
    box.scrollTop = top;
  }
}
