// The stock tab: what places have and for how long it lasts, which lots expire, what nobody told, and the entry of what came, went or was counted.
import { ApiError, askTable, failure, Table, url, type Query } from './api';
import type { DetailContext } from './detail';
import { h, picker, segments, show, useStyle, type Child } from './dom';
import { csvLink, dataTable, note } from './figure';
import { currentLanguage, date, has, number, t, useMore, type Language } from './i18n';
import { planPart } from './plan'; // not a piece of its own: one more set of what shares what would cut what the first view loads in two

declare const VIGIA_STOCK: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_STOCK_STYLE: string;

const PARTS = ['table', 'orders', 'expiry', 'missing', 'plan', 'entry'] as const;
type Part = (typeof PARTS)[number];
const EVENTS = ['received', 'used', 'moved', 'lost', 'counted'] as const;
const ROWS = 200;
const SOON_DAYS = 14;
const EXPIRY_DAYS = 30;
const NAME_KEPT_AS = 'vigia-stock-by';

type Cell = string | number | boolean | null;
type Row = Record<string, Cell>;
interface Wanted { part: Part; item: string; level: string }
const wanted: Wanted = { part: 'table', item: '', level: '' };
const FIELDS = ['event', 'item', 'amount', 'place', 'facility', 'to_place', 'to_facility', 'lot', 'expiry', 'in_use', 'date', 'note', 'by'] as const;
type Field = (typeof FIELDS)[number];
interface Draft { values: Record<Field, string>; entry: string; day: string; fault: string; detail: string; wrong: Field | ''; said: string; saving: boolean }
let draft: Draft | null = null;

const rowsOf = (table: Table): Row[] => table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i): [string, Cell] => [name, cells[i] as Cell])));
const unitOf = (row: Row): string => (has(`stock.unit.${row.unit}`) ? t(`stock.unit.${row.unit}`) : String(row.unit ?? ''));
const amountOf = (value: Cell, row: Row): string => (typeof value === 'number' ? `${number(value, Number.isInteger(value) ? 0 : 1)} ${unitOf(row)}` : '–');
const placeOf = (context: DetailContext, row: Row): Child => [context.placeNameOf(String(row.place)), row.facility ? h('span.above', {}, ` ${row.facility}`) : ''];

export async function stockTab(context: DetailContext): Promise<Child[]> {
  await Promise.all([useMore(JSON.parse(VIGIA_STOCK) as Record<Language, string>), useStyle(VIGIA_STOCK_STYLE)]);
  await context.row; // and with it the places' names
  const items = rowsOf(await askTable('/stock', { show: 'items', language: currentLanguage() }, context.signal));
  const head = h('div');
  const body = h('div.st-body');
  let turn = 0;
  const redraw = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    show(head, ...headOf(context, items, redrawAll));
    body.classList.add('waiting');
    let children: Child[];
    try {
      children = await partOf(context, items, redrawAll);
    } catch (problem) {
      if (context.signal.aborted) {
        return;
      }
      children = [h('section.error', { role: 'alert' }, h('p', {}, t('stock.fail.load')), h('p.small-print', { lang: 'en' }, problem instanceof Error ? problem.message : ''),
        h('button', { type: 'button', id: 'st-again', onclick: redrawAll }, t('stock.again')))];
    }
    if (mine === turn) {
      body.classList.remove('waiting');
      show(body, ...children);
    }
  };
  const redrawAll = (): void => { void redraw(); };
  await redraw();
  return [h('div.st.figure', {}, head, body)];
}

/* ---------------------------------------------------------------------------------------------------------------- head */

const levelOf = (context: DetailContext): string => wanted.level || (context.dataset.levels.includes('admin1') ? 'admin1' : 'place');

function headOf(context: DetailContext, items: Row[], redraw: () => void): Child[] {
  const levels = ['facility', 'place', ...['admin2', 'admin1', 'country'].filter((level) => context.dataset.levels.includes(level))];
  const { place } = context.view;
  return [
    h('div.figure-head', {}, h('h3', {}, t(wanted.part === 'plan' ? 'stock.part.plan' : 'stock.title')),
      h('div.tools.st-parts', {}, segments(t('stock.part.label'), 'st-part', PARTS.map((part) => [part, t(`stock.part.${part}`)]), wanted.part, (part) => { wanted.part = part as Part; redraw(); }))),
    wanted.part === 'entry' || wanted.part === 'plan' ? null : h('div.tools.st-filters', {},
      picker('st-item', t('stock.item'), [['', t('stock.item.all')], ...items.map((item): [string, string] => [String(item.item), String(item.title)])], wanted.item, (item) => { wanted.item = item; redraw(); }),
      wanted.part === 'expiry' || wanted.part === 'orders' ? null : picker('st-level', t('stock.level'), levels.map((level): [string, string] => [level, t(`stock.level.${level}`)]), levelOf(context), (level) => { wanted.level = level; redraw(); })),
    place && wanted.part !== 'plan' ? h('p.remark', {}, t('stock.place', { place: context.placeNameOf(place) })) : null,
  ];
}

async function partOf(context: DetailContext, items: Row[], redraw: () => void): Promise<Child[]> {
  switch (wanted.part) {
    case 'table': return tablePart(context);
    case 'orders': return ordersPart(context);
    case 'expiry': return expiryPart(context);
    case 'missing': return missingPart(context);
    case 'plan': return planPart(context, items, redraw);
    default: return entryPart(context, items, redraw);
  }
}

const queryOf = (context: DetailContext, more: Query): Query => ({ place: context.view.place, item: wanted.item, language: currentLanguage(), ...more });
const emptyNote = (): HTMLElement => note(t('stock.title'), t('stock.none'), [h('pre', {}, 'vigia stock import FILE --node NODE')]);

/** The same rows to take away. */
const files = (query: Query): HTMLElement[] => [csvLink({ path: '/stock', query }), h('a.csv', { href: url('/stock', { ...query, format: 'xlsx' }), download: true }, 'Excel')];

/** A table that scrolls by itself; of many rows the first. */
function rowsTable(heads: string[], rows: Child[][], caption: string): Child[] {
  const element = dataTable({ heads: heads.map((name) => t(`stock.head.${name}`)), rows: rows.slice(0, ROWS) }, caption);
  element.classList.add('st-table');
  return [element, rows.length > ROWS ? h('p.small-print', {}, t('stock.more', { n: number(ROWS), all: number(rows.length) })) : null];
}

/* --------------------------------------------------------------------------------------------------------------- table */

/** What is below zero, empty or runs out first comes first; then that of which it is not known; then what lasts. */
function urgency(row: Row): number {
  return row.status === 'negative' ? -2 : row.status === 'empty' ? -1 : typeof row.cover_days === 'number' ? row.cover_days : row.status === 'long' ? 1e6 : row.status === 'reusable' ? 1e7 : 1e5;
}

function coverText(row: Row, horizon: number): string {
  if (typeof row.cover_days !== 'number') {
    return row.status === 'long' ? t('stock.cover.over', { n: number(horizon) }) : '–';
  }
  const end = (value: Cell): string => (typeof value === 'number' ? number(value) : t('stock.cover.over', { n: number(horizon) }));
  return t('stock.cover.interval', { days: number(row.cover_days), low: end(row.cover_low), high: end(row.cover_high) });
}

async function tablePart(context: DetailContext): Promise<Child[]> {
  const query = queryOf(context, { show: 'stock', level: levelOf(context) });
  const [table, lots, gaps] = await Promise.all([askTable('/stock', query, context.signal), askTable('/stock', queryOf(context, { show: 'expiry', horizon: EXPIRY_DAYS }), context.signal),
    askTable('/stock', queryOf(context, { show: 'missing' }), context.signal)]);
  const rows = rowsOf(table).sort((a, b) => urgency(a) - urgency(b));
  if (rows.length === 0) {
    return [emptyNote()];
  }
  const horizon = Number(table.meta.horizon_days);
  const soon = rows.filter((row) => ['negative', 'empty'].includes(String(row.status)) || (typeof row.cover_days === 'number' && row.cover_days < SOON_DAYS)).length;
  const tile = (name: string, n: number, under: string): Child => h(`div.tile${n > 0 ? '.st-alert' : ''}`, {}, h('dt', {}, t(`stock.tile.${name}`)), h('dd', {}, h('span.tile-value', {}, number(n)), h('span.tile-under', {}, under)));
  const body = rows.map((row): Child[] => [placeOf(context, row), String(row.title), h('span.st-amount', {}, amountOf(row.usable, row), Number(row.on_way) > 0 ? h('span.above', {}, ` ${t('stock.onway', { n: number(row.on_way as number) })}`) : ''), typeof row.in_use === 'number' ? number(row.in_use) : typeof row.per_day === 'number' ? t('stock.perday', { n: number(row.per_day, row.per_day < 10 ? 1 : 0) }) : '–',
    coverText(row, horizon), date(row.runs_out as string | null), [row.expired ? t('stock.expired', { n: number(row.expired as number) }) : '', row.expiring ? t('stock.expiring', { n: number(row.expiring as number) }) : ''].filter(Boolean).join(', ') || '–',
    h(`span.st-status.st-status-${String(row.status)}`, {}, t(`stock.status.${row.status}`)), date((row.last as string | null) ?? null)]);
  return [
    h('div.figure-head', {}, h('p.summary', {}, t('stock.summary', { date: date(String(table.meta.day)) })), h('div.tools', {}, files(query))),
    h('dl.tiles.st-tiles', {}, tile('short', soon, t('stock.tile.of', { n: number(rows.length) })), tile('expiring', lots.rows.length, t('stock.tile.lots')), tile('missing', gaps.rows.length, t('stock.tile.gaps'))),
    ...rowsTable(['place', 'item', 'usable', 'use', 'cover', 'runsout', 'expiring', 'status', 'last'], body, t('stock.part.table')),
    h('details.method', {}, h('summary', {}, t('stock.method')), h('p', {}, t('stock.method.cover', { n: number(Number(table.meta.window_days)) })), h('p', {}, t('stock.method.ledger'))),
  ];
}

/* -------------------------------------------------------------------------------------------------------------- orders */

/** What left one place and has not come to another yet; what is late comes first. */
async function ordersPart(context: DetailContext): Promise<Child[]> {
  const query = queryOf(context, { show: 'orders' });
  const table = await askTable('/stock', query, context.signal);
  const late = (row: Row): boolean => row.state === 'late';
  const rows = rowsOf(table).sort((a, b) => Number(late(b)) - Number(late(a)) || String(a.due ?? '9').localeCompare(String(b.due ?? '9')));
  const end = (row: Row, which: 'from' | 'to'): Child => [context.placeNameOf(String(row[which])), row[`${which}_facility`] ? h('span.above', {}, ` ${row[`${which}_facility`]}`) : ''];
  return [
    h('div.figure-head', {}, h('p.summary', {}, rows.length === 0 ? t('stock.orders.none') : t('stock.orders.summary', { n: number(rows.length), late: number(rows.filter(late).length), date: date(String(table.meta.day)) })), h('div.tools', {}, files(query))),
    ...(rows.length === 0 ? [] : rowsTable(['order', 'item', 'from', 'to', 'sent', 'due', 'onway', 'orderstate', 'note'], rows.map((row): Child[] => [String(row.order), String(row.title), end(row, 'from'), end(row, 'to'), date(row.date as string | null), row.due ? date(row.due as string) : t('stock.orders.undated'),
      h('span.st-amount', {}, amountOf(row.on_way, row)), h(`span.st-status${late(row) ? '.st-status-negative' : ''}`, {}, t(late(row) ? 'stock.orders.late' : 'stock.orders.on_way')), String(row.note ?? '')]), t('stock.part.orders'))),
    h('details.method', {}, h('summary', {}, t('stock.method')), h('p', {}, t('stock.method.orders'))),
  ];
}

/* -------------------------------------------------------------------------------------------------------------- expiry */

async function expiryPart(context: DetailContext): Promise<Child[]> {
  const query = queryOf(context, { show: 'expiry', horizon: 90 });
  const table = await askTable('/stock', query, context.signal);
  const rows = rowsOf(table).sort((a, b) => Number(a.days_left) - Number(b.days_left));
  const left = (row: Row): string => t(Number(row.days_left) < 0 ? 'stock.expiry.ago' : 'stock.expiry.left', { n: number(Math.abs(Number(row.days_left))) });
  return [
    h('div.figure-head', {}, h('p.summary', {}, rows.length === 0 ? t('stock.expiry.none') : t('stock.expiry.summary', { date: date(String(table.meta.day)) })), h('div.tools', {}, files(query))),
    ...(rows.length === 0 ? [] : rowsTable(['place', 'item', 'lot', 'expiry', 'days', 'amount', 'unused'], rows.map((row): Child[] => [placeOf(context, row), String(row.title), String(row.lot ?? '–'), date(row.expiry as string), left(row), amountOf(row.amount, row),
      typeof row.unused === 'number' ? number(row.unused) : '–']), t('stock.part.expiry'))),
    h('details.method', {}, h('summary', {}, t('stock.method')), h('p', {}, t('stock.method.expiry'))),
  ];
}

/* ------------------------------------------------------------------------------------------------------------- missing */

async function missingPart(context: DetailContext): Promise<Child[]> {
  const level = levelOf(context);
  const query = queryOf(context, { show: 'missing', level: level === 'facility' || level === 'place' ? '' : level });
  const table = await askTable('/stock', query, context.signal);
  const rows = rowsOf(table).filter((row) => !wanted.item || row.item === wanted.item);
  return [
    h('div.figure-head', {}, h('p.summary', {}, rows.length === 0 ? t('stock.missing.none') : t('stock.missing.summary', { n: number(rows.length) })), h('div.tools', {}, files(query))),
    ...(rows.length === 0 ? [] : rowsTable(['place', 'item', 'state', 'last'], rows.map((row): Child[] => [placeOf(context, row), String(row.title), t(`stock.state.${row.state}`), date((row.last as string | null) ?? null)]), t('stock.part.missing'))),
  ];
}

/* --------------------------------------------------------------------------------------------------------------- entry */

function freshEntry(): string {
  return [...crypto.getRandomValues(new Uint8Array(12))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

function emptyDraft(context: DetailContext): Draft {
  let by = '';
  try {
    by = localStorage.getItem(NAME_KEPT_AS) ?? '';
  } catch {
    // typed again then
  }
  const values = Object.fromEntries(FIELDS.map((field) => [field, ''])) as Record<Field, string>;
  return { values: { ...values, event: 'received', by, place: context.view.place, date: '' }, entry: freshEntry(), day: '', fault: '', detail: '', wrong: '', said: '', saving: false };
}

/** What the form asks for, by what happened and of which item. */
function fieldsFor(values: Record<Field, string>, item: Row | undefined): Field[] {
  const { event } = values;
  const lots = item?.lots === true;
  return ['event', 'item', 'amount', event === 'counted' && item?.reusable === true ? 'in_use' : null, 'place', 'facility', event === 'moved' ? 'to_place' : null, event === 'moved' ? 'to_facility' : null, lots ? 'lot' : null,
    lots && (event === 'received' || event === 'counted') ? 'expiry' : null, 'date', 'note', 'by'].filter((field): field is Field => field !== null);
}

async function post(entry: Record<string, string>, by: string): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), 20000);
  let response: Response;
  try {
    response = await fetch(url('/stock'), { method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json' }, signal: controller.signal, body: JSON.stringify({ by, entries: [entry] }) });
  } catch (problem) {
    throw new ApiError('unreachable', 0, problem instanceof Error ? problem.message : '');
  } finally {
    clearTimeout(timer);
  }
  if (!response.ok) {
    throw await failure(response);
  }
}

async function save(context: DetailContext, items: Row[], redraw: () => void): Promise<void> {
  const own = draft as Draft;
  const item = items.find((one) => one.item === own.values.item);
  const asked = fieldsFor(own.values, item);
  const needed: Field[] = ['item', 'amount', 'place', ...(own.values.event === 'moved' ? ['to_place' as const] : []), 'by'];
  own.wrong = needed.find((field) => !own.values[field].trim()) ?? '';
  own.said = '';
  own.fault = own.wrong ? t('stock.entry.needed', { field: t(`stock.entry.${own.wrong}`) }) : '';
  own.detail = '';
  if (own.wrong) {
    redraw();
    return;
  }
  own.saving = true;
  redraw();
  try {
    localStorage.setItem(NAME_KEPT_AS, own.values.by.trim());
  } catch {
    // typed again next time
  }
  try {
    const entry = Object.fromEntries(asked.filter((field) => field !== 'by' && own.values[field].trim()).map((field) => [field, own.values[field].trim()]));
    own.day ||= new Date().toISOString().slice(0, 10); // sent again tomorrow it is the same entry
    await post({ ...entry, date: entry.date ?? own.day, entry: own.entry }, own.values.by.trim());
    const text = `${t(`stock.event.${own.values.event}`)}: ${own.values.amount} ${item ? `${unitOf(item)}, ${item.title}` : own.values.item}`;
    draft = { ...emptyDraft(context), said: t('stock.entry.saved', { text }) };
    draft.values = { ...draft.values, event: own.values.event, place: own.values.place, facility: own.values.facility, date: own.values.date };
  } catch (problem) {
    const error = problem instanceof ApiError ? problem : new ApiError('system_error', 0, String(problem));
    own.saving = false;
    own.fault = t(`stock.fail.${error.http === 422 || error.http === 400 ? 'state' : error.http === 503 ? 'busy' : error.http === 0 ? 'unsure' : 'other'}`);
    own.detail = error.message;
    if (/told otherwise/.test(error.message)) { // it is kept as it was first sent; what is sent next is another one
      Object.assign(own, { entry: freshEntry(), day: '' });
    }
  }
  redraw();
}

function inputOf(own: Draft, field: Field, items: Row[], redraw: () => void): HTMLElement {
  const id = `st-${field}`;
  const set = (value: string): void => { own.values[field] = value; };
  if (field === 'event' || field === 'item') {
    const choices = field === 'event' ? EVENTS.map((event): [string, string] => [event, t(`stock.event.${event}`)]) : [['', t('stock.entry.choose')] as [string, string], ...items.map((item): [string, string] => [String(item.item), `${item.title}`])];
    return picker(id, t(`stock.entry.${field}`), choices, own.values[field], (value) => { set(value); redraw(); });
  }
  const attributes = {
    id, type: field === 'date' || field === 'expiry' ? 'date' : 'text', autocomplete: field === 'by' ? 'name' : 'off', inputmode: field === 'amount' || field === 'in_use' ? 'decimal' : null, maxlength: field === 'note' ? 400 : 100,
    'aria-invalid': own.wrong === field ? 'true' : null, 'aria-describedby': own.wrong === field ? 'st-fault' : null, list: field === 'place' || field === 'to_place' ? 'st-places' : field === 'facility' || field === 'to_facility' ? 'st-facilities' : null,
    oninput: (event: Event) => set((event.target as HTMLInputElement).value),
  };
  const input = h<HTMLInputElement>('input', attributes);
  input.value = own.values[field];
  return h('div.field', {}, h('label', { for: id }, t(`stock.entry.${field}`)), input);
}

async function entryPart(context: DetailContext, items: Row[], redraw: () => void): Promise<Child[]> {
  const query: Query = { show: 'movements', place: context.view.place, most: 25, language: currentLanguage() };
  const [movements, lots] = await Promise.all([askTable('/stock', query, context.signal), askTable('/stock', { show: 'lots', language: currentLanguage() }, context.signal)]);
  draft ??= emptyDraft(context);
  const own = draft;
  const item = items.find((one) => one.item === own.values.item);
  const known = rowsOf(lots);
  const options = (values: Cell[]): HTMLElement[] => [...new Set(values.filter((value): value is string => typeof value === 'string' && value !== ''))].map((value) => h('option', { value }));
  const titleOf = (name: Cell): string => String(items.find((one) => one.item === name)?.title ?? name);
  const rows = rowsOf(movements).map((row): Child[] => [date(row.date as string), placeOf(context, row), titleOf(row.item), row.reverses ? t('stock.event.reversed', { n: String(row.reverses) }) : t(`stock.event.${row.event}`), number(row.amount as number, Number.isInteger(row.amount) ? 0 : 1),
    String(row.lot ?? '–'), String(row.by ?? '–'), String(row.note ?? '–'), String(row.id)]);
  return [
    h('form.st-form', { 'aria-label': t('stock.entry.title'), novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); void save(context, items, redraw); } },
      fieldsFor(own.values, item).map((field) => inputOf(own, field, items, redraw)),
      item ? h('p.small-print.st-unit', {}, t('stock.entry.unit', { unit: unitOf(item) })) : null,
      own.fault ? h('div.error', { role: 'alert', id: 'st-fault' }, h('p', {}, own.fault), own.detail ? h('p.small-print', { lang: 'en' }, own.detail) : null) : null,
      h('div.st-buttons', {}, h('button.primary', { type: 'submit', id: 'st-save', disabled: own.saving }, t(own.saving ? 'stock.entry.saving' : 'stock.entry.save')), h('span.st-said', { role: 'status' }, own.said))),
    h('datalist', { id: 'st-places' }, options(known.map((row) => row.place))), h('datalist', { id: 'st-facilities' }, options(known.map((row) => row.facility))),
    h('div.figure-head', {}, h('h4', {}, t('stock.movements.title')), h('div.tools', {}, files({ ...query, most: 5000 }))),
    rows.length === 0 ? h('p.remark', {}, t('stock.movements.none')) : rowsTable(['date', 'place', 'item', 'event', 'amount', 'lot', 'by', 'note', 'row'], rows, t('stock.movements.title')),
  ];
}
