// The tracing tab: an officer's day with the entry of visits, whom to reach first and where cases may have been infected, the list of contacts, and the indicators.
// Nobody is named here: persons and contacts are numbers, as the node's accounts that may see names are not there yet.
import { ApiError, askTable, connected, type Query, type Table } from './api';
import type { DetailContext } from './detail';
import { daysSince, keepPage, keptAt, leave, lookAfterLists } from './device';
import { h, picker, segments, show, useStyle, type Child } from './dom';
import { csvLink, dataTable, note } from './figure';
import { date, days, has, isoOf, dayOf as dayNumber, number, percent, plural, t, useMore, currentLanguage, type Language } from './i18n';
import { moment } from './moment';
import { drawDay, later, sheet, type DayView } from './tracing-day';
import { personText, rowsOf, word, type Row } from './tracing-words';
import { waiting } from './visits';

declare const VIGIA_TRACING: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_TRACING_STYLE: string;

const PARTS = ['day', 'first', 'contacts', 'cases', 'indicators'] as const;
type Part = (typeof PARTS)[number];
const STATUSES = ['open', 'completed', 'became_case', 'lost', 'refused', 'dropped'];
const CLASSES = ['suspected', 'probable', 'confirmed', 'discarded'];
const ROWS = 100;
const PERIODS = ['7', '30', '90'];
const OFFICER_KEPT_AS = 'vigia-officer'; // a device is one officer's

interface Wanted { part: Part; officer: string | null; date: string; status: string; class: string; page: number; period: string }
const wanted: Wanted = { part: 'day', officer: null, date: '', status: '', class: '', page: 0, period: '30' };
let current: { host: HTMLElement; redraw: () => void } | null = null;

export async function tracingTab(context: DetailContext): Promise<Child[]> {
  await Promise.all([useMore(JSON.parse(VIGIA_TRACING) as Record<Language, string>), useStyle(VIGIA_TRACING_STYLE), lookAfterLists()]);
  const officers = await askTable('/tracing', {}, context.signal);
  await context.row; // and with it the places' names
  if (!(Number(officers.meta.contacts) > 0 || Number(officers.meta.cases) > 0) && waiting().length === 0) {
    return [note(t('tracing.title'), t('tracing.none'))];
  }
  const host = h('div.tr.figure');
  const body = h('div.tr-body');
  const head = h('div');
  let turn = 0;
  const redraw = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    show(head, ...headOf(context, officers, redrawAll));
    body.classList.add('waiting');
    let children: Child[];
    try {
      children = await partOf(context, officers, redrawAll);
    } catch (problem) {
      if (context.signal.aborted) {
        return;
      }
      children = [h('section.error', { role: 'alert' }, h('p', {}, problem instanceof ApiError && problem.http === 0 ? t('tracing.unreachable') : t('tracing.failed')),
        h('p.small-print', {}, problem instanceof Error ? problem.message : ''), h('button', { type: 'button', id: 'tr-again', onclick: redrawAll }, t('tracing.again')))];
    }
    if (mine === turn) {
      body.classList.remove('waiting');
      show(body, ...children);
    }
  };
  const redrawAll = (): void => { void redraw(); };
  current = { host, redraw: redrawAll };
  host.append(head, body);
  await redraw();
  return [host];
}

/* ---------------------------------------------------------------------------------------------------------------- head */

function officerOf(officers: Table): string {
  const names = officers.texts('officer');
  if (wanted.officer === null) {
    try {
      wanted.officer = localStorage.getItem(OFFICER_KEPT_AS) ?? '';
    } catch {
      wanted.officer = '';
    }
  }
  return names.includes(wanted.officer) ? wanted.officer : '';
}

function chooseOfficer(name: string): void {
  wanted.officer = name;
  wanted.page = 0;
  try {
    localStorage.setItem(OFFICER_KEPT_AS, name);
  } catch {
    // it is chosen again next time
  }
}

function headOf(context: DetailContext, officers: Table, redraw: () => void): Child[] {
  const { meta } = officers;
  const open = officers.numbers('open').reduce((sum, n) => sum + n, 0);
  const names = officers.texts('officer');
  const everybody: [string, string] = ['', t(wanted.part === 'day' ? 'tracing.officer.choose' : 'tracing.officer.all')];
  const place = context.view.place;
  return [
    h('div.figure-head', {}, h('h3', {}, t('tracing.title')),
      h('div.tools.tr-parts', {}, segments(t('tracing.part.label'), 'tr-part', PARTS.map((part) => [part, t(`tracing.part.${part}`)]), wanted.part, (part) => { wanted.part = part as Part; wanted.page = 0; redraw(); }))),
    h('p.summary', {}, t('tracing.summary', { cases: number(Number(meta.cases)), contacts: number(Number(meta.contacts)), open: number(open) }),
      ` ${wanted.part === 'day' ? '' : place ? t('tracing.place', { place: context.placeNameOf(place) }) : t('tracing.place.all')}`),
    h('div.tools.tr-filters', {},
      wanted.part === 'indicators' ? picker('tr-period', t('tracing.period'), PERIODS.map((n): [string, string] => [n, days(Number(n))]), wanted.period, (n) => { wanted.period = n; redraw(); })
        : picker('tr-officer', t('tracing.officer'), [everybody, ...names.map((name, i): [string, string] => [name, isList() ? name : `${name} (${number(officers.numbers('open')[i])})`])], officerOf(officers),
          (name) => { chooseOfficer(name); redraw(); }),
      wanted.part === 'contacts' ? picker('tr-status', t('tracing.status'), [['', t('tracing.status.all')], ...STATUSES.map((status): [string, string] => [status, t(`tracing.status.${status}`)])], wanted.status,
        (status) => { wanted.status = status; wanted.page = 0; redraw(); }) : null,
      wanted.part === 'cases' ? picker('tr-class', t('tracing.status'), [['', t('tracing.status.all')], ...CLASSES.map((one): [string, string] => [one, word('class', one)])], wanted.class, (one) => { wanted.class = one; wanted.page = 0; redraw(); }) : null,
      isList() ? null : h('div.field', {}, h('label', { for: 'tr-date' }, t(wanted.part === 'indicators' ? 'tracing.date.until' : 'tracing.date')),
        h<HTMLInputElement>('input', { type: 'date', id: 'tr-date', value: dayOf(officers), max: String(meta.today), onchange: (event: Event) => { wanted.date = (event.target as HTMLInputElement).value; redraw(); } }))),
  ];
}

const isList = (): boolean => wanted.part === 'contacts' || wanted.part === 'cases';
const dayOf = (officers: Table): string => wanted.date || String(officers.meta.today);

async function partOf(context: DetailContext, officers: Table, redraw: () => void): Promise<Child[]> {
  switch (wanted.part) {
    case 'day': return dayPart(context, officers, redraw);
    case 'first': return firstPart(context, officers);
    case 'contacts': return contactsPart(context, officers, redraw);
    case 'cases': return casesPart(context, officers, redraw);
    default: return indicatorsPart(context, officers);
  }
}

/* ----------------------------------------------------------------------------------------------------------------- day */

async function dayPart(context: DetailContext, officers: Table, redraw: () => void): Promise<Child[]> {
  const officer = officerOf(officers);
  if (!officer) {
    return [h('p.remark', {}, t('tracing.day.choose'))];
  }
  const query: Query = { show: 'day', officer, date: wanted.date };
  let table = await askTable('/tracing', query, context.signal);
  const at = connected ? null : await keptAt('/tracing', query);
  if (at !== null && !wanted.date) {
    table = later(table, daysSince(at)); // a list of yesterday is of today's visits, too
  }
  const view: DayView = { officer, day: String(table.meta.day ?? dayOf(officers)), table, query, placeNameOf: (code) => (code ? context.placeNameOf(code) : '–'), isCurrent: () => current?.redraw === redraw,
    mark: context.dataset.nature === 'simulated' ? t('nature.simulated.mark') : '' };
  return [at === null ? null : h('p.remark.tr-old', { role: 'status' }, t('tracing.old', { when: moment(new Date(at).toISOString()) })), ...drawDay(view), sheet(view), device()];
}

/** Whether the page will open without a connection, and the way to leave a device that others use, too. */
function device(): HTMLElement {
  const state = h('span', { role: 'status' });
  void keepPage().then((readiness) => show(state, t(`tracing.device.${readiness}`)));
  return h('div.tr-device', {}, h('p', {}, state, ` ${t('tracing.device.shared')}`), h('button.small', { type: 'button', id: 'tr-leave', onclick: () => void leave(currentLanguage()) }, t('tracing.leave')));
}

/* ------------------------------------------------------------------------------------------------------ whom to reach */

/** Why a contact stands where it does, in words. */
function reason(row: Row, today: string): string {
  const ago = Math.max(0, dayNumber(today) - dayNumber(String(row.last)));
  const parts = [row.symptoms === true ? t('tracing.reason.symptoms') : '', row.proximity ? word('proximity', String(row.proximity)) : '', row.setting && row.setting !== 'unknown' ? word('setting', String(row.setting)) : '',
    row.last ? (ago === 0 ? t('tracing.reason.today') : t('tracing.reason.ago', { days: days(ago) })) : ''];
  return parts.filter(Boolean).join(' · ');
}

const scrolled = (heads: string[], rows: Child[][], caption: string): HTMLElement => { const element = dataTable({ heads, rows }, caption); element.classList.add('tr-table'); return element; };

async function firstPart(context: DetailContext, officers: Table): Promise<Child[]> {
  const query: Query = { show: 'forward', officer: officerOf(officers), place: context.view.place, date: wanted.date };
  const back: Query = { ...query, show: 'backward', most: 25 };
  const [forward, backward] = await Promise.all([askTable('/tracing', query, context.signal), askTable('/tracing', back, context.signal)]);
  const today = dayOf(officers);
  const forwardRows = rowsOf(forward).map((row, i): Child[] => [`${number(i + 1)}.`, String(row.contact), reason(row, today), number(row.preventable as number, 2), percent(row.infected as number), percent(row.ahead as number),
    String(row.person), row.source ? String(row.source) : t('tracing.unknown')]);
  const backRows = rowsOf(backward).map((row, i): Child[] => [`${number(i + 1)}.`, t(row.what === 'event' ? 'tracing.back.event' : 'tracing.back.person', { n: String(row.id) }),
    row.first === row.last || !row.first ? date(row.last as string) : `${date(row.first as string, 'day')} – ${date(row.last as string)}`, number(row.cases as number, 1), percent(row.probability as number), number(row.others as number, 1), number(row.preventable as number, 2)]);
  const heads = (names: string[]): string[] => names.map((name) => t(`tracing.head.${name}`));
  return [
    h('section.tr-section', {}, h('div.figure-head', {}, h('h4', {}, t('tracing.forward.title')), h('div.tools', {}, csvLink({ path: '/tracing', query }))),
      h('p.summary', {}, forward.rows.length === 0 ? t('tracing.forward.none') : t('tracing.forward.summary', { shown: number(forward.rows.length), n: number(Number(forward.meta.contacts)), sum: number(Number(forward.meta.preventable), 1) })),
      forwardRows.length > 0 ? scrolled(heads(['rank', 'contact', 'reason', 'preventable', 'infected', 'ahead', 'person', 'source']), forwardRows, t('tracing.forward.title')) : null),
    h('section.tr-section', {}, h('div.figure-head', {}, h('h4', {}, t('tracing.backward.title')), h('div.tools', {}, csvLink({ path: '/tracing', query: back }))),
      h('p.summary', {}, backRows.length === 0 ? t('tracing.backward.none') : t('tracing.backward.summary')),
      backRows.length > 0 ? scrolled(heads(['rank', 'what', 'when', 'cases', 'probability', 'others', 'preventable']), backRows, t('tracing.backward.title')) : null),
    h('details.method', {}, h('summary', {}, t('tracing.method')), h('p', {}, t('tracing.forward.method', { r: number(Number(forward.meta.reproduction), 1), generation: number(Number(forward.meta.generation_mean_days), 1) })), h('p', {}, t('tracing.backward.method'))),
  ];
}

/* -------------------------------------------------------------------------------------------------- contacts and cases */

const known = (kind: string, value: unknown): string => (value && value !== 'unknown' ? word(kind, String(value)) : '–');

/** A page of a list, with how many there are, all as CSV, and the way to the next. */
function listOf(part: 'contacts' | 'cases', query: Query, table: Table, heads: string[], rows: Child[][], redraw: () => void): Child[] {
  const total = Number(table.meta.total);
  const more = table.meta.more_than_total === true; // so many were counted, and there are others
  const turn = (by: number): void => { wanted.page += by; redraw(); };
  return [
    h('div.figure-head', {}, h('p.summary', {}, total === 0 ? t(`tracing.${part}.none`) : t(`tracing.${part}.summary`, { from: number(wanted.page * ROWS + 1), to: number(wanted.page * ROWS + rows.length), n: `${more ? '> ' : ''}${number(total)}` })),
      h('div.tools', {}, csvLink({ path: '/tracing', query: { ...query, most: 5000, skip: null } }))),
    rows.length > 0 ? scrolled(heads.map((name) => t(`tracing.head.${name}`)), rows, t(`tracing.part.${part}`)) : null,
    total > ROWS ? h('div.pager', {}, h('button.small', { type: 'button', id: 'tr-before', disabled: wanted.page === 0, onclick: () => turn(-1) }, t('tracing.page.before')),
      h('button.small', { type: 'button', id: 'tr-next', disabled: more ? rows.length < ROWS : (wanted.page + 1) * ROWS >= total, onclick: () => turn(1) }, t('tracing.page.next'))) : null,
  ];
}

async function casesPart(context: DetailContext, officers: Table, redraw: () => void): Promise<Child[]> {
  const query: Query = { show: 'cases', officer: officerOf(officers), status: wanted.class, place: context.view.place, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, context.signal);
  const rows = rowsOf(table).map((row): Child[] => [String(row.id), personText(row), known('class', row.class), date(row.onset as string | null), date(row.report as string | null), known('setting', row.setting),
    row.from_contact ? t('tracing.contact', { n: String(row.from_contact) }) : '–', row.place ? context.placeNameOf(String(row.place)) : '–', String(row.officer ?? '–')]);
  return listOf('cases', query, table, ['case', 'who', 'status', 'onset', 'report', 'setting', 'from', 'place', 'officer'], rows, redraw);
}

async function contactsPart(context: DetailContext, officers: Table, redraw: () => void): Promise<Child[]> {
  const query: Query = { show: 'contacts', officer: officerOf(officers), status: wanted.status, place: context.view.place, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, context.signal);
  const rows = rowsOf(table).map((row): Child[] => [String(row.id), personText(row), row.source ? String(row.source) : row.event ? t('tracing.back.event', { n: String(row.event) }) : t('tracing.unknown'), date(row.last as string | null),
    known('proximity', row.proximity), known('setting', row.setting),
    h(`span.tr-status.tr-status-${String(row.status)}`, {}, word('status', String(row.status))), date(row.follow_until as string | null), row.place ? context.placeNameOf(String(row.place)) : '–', String(row.officer ?? '–')]);
  return listOf('contacts', query, table, ['contact', 'who', 'source', 'last', 'proximity', 'setting', 'status', 'until', 'place', 'officer'], rows, redraw);
}

/* ---------------------------------------------------------------------------------------------------------- indicators */

async function indicatorsPart(context: DetailContext, officers: Table): Promise<Child[]> {
  const to = dayOf(officers);
  const from = isoOf(dayNumber(to) - Number(wanted.period) + 1);
  const query: Query = { show: 'indicators', place: context.view.place, from, to };
  const table = await askTable('/tracing', query, context.signal);
  const tile = (row: Row): Child => {
    const name = String(row.indicator);
    const [value, over, under] = [row.value, row.numerator, row.denominator].map((cell) => (typeof cell === 'number' ? cell : NaN));
    const text = name.startsWith('days_') ? days(value, 1) : name === 'contacts_per_case' ? number(value, 1) : percent(value);
    return h('div.tile', {}, h('dt', {}, t(`tracing.indicator.${name}`)), h('dd', {}, h('span.tile-value', {}, text),
      h('span.tile-under', {}, Number.isFinite(under) ? t('tracing.indicator.of', { n: number(over), total: number(under) }) : '', has(`tracing.aim.${name}`) ? ` ${t(`tracing.aim.${name}`)}` : '')));
  };
  const listed = Number(rowsOf(table)[0]?.denominator ?? 0);
  return [
    h('div.figure-head', {}, h('p.summary', {}, t('tracing.indicators.summary', { from: date(from), to: date(to) }), ` ${plural('tracing.indicators.cases', listed, { n: number(listed) })}`), h('div.tools', {}, csvLink({ path: '/tracing', query }))),
    h('dl.tiles.tr-tiles', {}, rowsOf(table).map(tile)),
    h('details.method', {}, h('summary', {}, t('tracing.method')), h('p', {}, t('tracing.indicators.method'))),
  ];
}
