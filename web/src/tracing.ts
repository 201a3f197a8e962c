// The tracing tab: an officer's day with the entry of visits, whom to reach first and where cases may have been infected, the lists of contacts and cases, events, orders, who may be there twice,
// and the indicators. Persons are numbers, and named only where the node is served for case workers, for a reason that it keeps (tracing-names.ts).
import { ApiError, askTable, connected, type Query, type Table } from './api';
import type { DetailContext } from './detail';
import { daysSince, keepPage, keptAt, leave, lookAfterLists } from './device';
import { h, picker, segments, show, useStyle, type Child } from './dom';
import { csvLink } from './figure';
import { date, days, has, isoOf, dayOf as dayNumber, number, percent, plural, t, useMore, currentLanguage, type Language } from './i18n';
import { moment } from './moment';
import { rows } from './rows';
import { caseForm, CLASSES } from './tracing-case';
import { contactForm } from './tracing-contact';
import { drawDay, later, sheet, type DayView } from './tracing-day';
import { heads, known, rowButton, scrolled, type Desk } from './tracing-desk';
import { duplicatesPart, lookAt } from './tracing-duplicates';
import { eventsPart } from './tracing-events';
import { drawForm, type Form } from './tracing-form';
import { drawNames } from './tracing-names';
import { orderForm, ordersPart } from './tracing-orders';
import { drawRows } from './tracing-rows';
import { personText, rowsOf, word, type Row } from './tracing-words';
import { visits } from './visits';

declare const VIGIA_TRACING: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_TRACING_STYLE: string;

const PARTS = ['day', 'first', 'contacts', 'cases', 'events', 'orders', 'duplicates', 'indicators'] as const;
type Part = (typeof PARTS)[number];
const STATUSES = ['open', 'completed', 'became_case', 'lost', 'refused', 'dropped'];
const ROWS = 100;
const PERIODS = ['7', '30', '90'];
const OFFICER_KEPT_AS = 'vigia-officer'; // a device is one officer's

interface Wanted { part: Part; officer: string | null; date: string; status: string; class: string; page: number; period: string }
const wanted: Wanted = { part: 'day', officer: null, date: '', status: '', class: '', page: 0, period: '30' };
let current: { host: HTMLElement; signal: AbortSignal } | null = null;

export async function tracingTab(context: DetailContext): Promise<Child[]> {
  await Promise.all([useMore(JSON.parse(VIGIA_TRACING) as Record<Language, string>), useStyle(VIGIA_TRACING_STYLE), lookAfterLists()]);
  const officers = await askTable('/tracing', {}, context.signal);
  await context.row; // and with it the places' names
  const empty = !(Number(officers.meta.contacts) > 0 || Number(officers.meta.cases) > 0) && visits.waiting().length === 0;
  wanted.part = empty ? 'cases' : wanted.part; // a record begins with a case
  const host = h('div.tr.figure');
  const [head, queue, panel, named, said, body] = [h('div'), h('div.tr-queue', { role: 'status' }), h('div.tr-panel'), h('div'), h('p.tr-said', { role: 'status' }), h('div.tr-body')];
  let turn = 0;
  const desk: Desk = {
    context, today: String(officers.meta.today), officer: '', officers: officers.texts('officer'), persons: new Set(), redraw: () => redrawAll(), say: (text) => show(said, text),
    open: (form, opener) => openForm(panel, form, opener),
  };
  const redraw = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    if (opened.part !== wanted.part) { // what was typed stays for when the form is opened again
      Object.assign(opened, { part: wanted.part });
      show(panel);
      show(said);
    }
    desk.officer = officerOf(officers);
    desk.persons.clear();
    show(head, ...headOf(context, officers, redrawAll));
    body.classList.add('waiting');
    let children: Child[];
    try {
      children = await partOf(desk, officers);
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
      if (officers.meta.names === true) {
        drawNames(named, desk.persons, redrawAll);
      }
    }
  };
  const redrawAll = (): void => { void redraw(); };
  current = { host, signal: context.signal };
  let left = rows.waiting().length;
  const drawQueue = (): void => drawRows(queue, (person, other) => { lookAt(person, other); wanted.part = 'duplicates'; redrawAll(); });
  rows.watch(() => {
    const now = rows.waiting().length;
    drawQueue();
    if (now < left && current?.host === host && wanted.part !== 'day') {
      redrawAll(); // the node has more than was shown
    }
    left = now;
  });
  drawQueue();
  opened.part = wanted.part;
  host.append(...(empty ? [h('p.remark', {}, t('tracing.none'))] : []), head, queue, panel, said, named, body);
  await redraw();
  return [host];
}

const opened: { part: Part } = { part: 'day' };

/** One form at a time, above what it is about. */
function openForm(panel: HTMLElement, form: Form, opener: string): void {
  show(panel, drawForm(form, () => {
    show(panel);
    (document.getElementById(opener) ?? document.getElementById(`tr-part-${wanted.part}`))?.focus();
  }));
  panel.querySelector<HTMLElement>('input, select')?.focus();
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
      ` ${['day', 'orders', 'duplicates'].includes(wanted.part) ? '' : place ? t('tracing.place', { place: context.placeNameOf(place) }) : t('tracing.place.all')}`),
    wanted.part === 'duplicates' ? null : h('div.tools.tr-filters', {},
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

const isList = (): boolean => ['contacts', 'cases', 'events', 'orders'].includes(wanted.part);
const dayOf = (officers: Table): string => wanted.date || String(officers.meta.today);

async function partOf(desk: Desk, officers: Table): Promise<Child[]> {
  switch (wanted.part) {
    case 'day': return dayPart(desk, officers);
    case 'first': return firstPart(desk.context, officers);
    case 'contacts': return contactsPart(desk);
    case 'cases': return casesPart(desk);
    case 'events': return eventsPart(desk);
    case 'orders': return ordersPart(desk);
    case 'duplicates': return duplicatesPart(desk);
    default: return indicatorsPart(desk.context, officers);
  }
}

/* ----------------------------------------------------------------------------------------------------------------- day */

async function dayPart(desk: Desk, officers: Table): Promise<Child[]> {
  const { context, officer } = desk;
  if (!officer) {
    return [h('p.remark', {}, t('tracing.day.choose'))];
  }
  const query: Query = { show: 'day', officer, date: wanted.date };
  let table = await askTable('/tracing', query, context.signal);
  const at = connected ? null : await keptAt('/tracing', query);
  if (at !== null && !wanted.date) {
    table = later(table, daysSince(at)); // a list of yesterday is of today's visits, too
  }
  const view: DayView = { officer, day: String(table.meta.day ?? dayOf(officers)), table, query, placeNameOf: (code) => (code ? context.placeNameOf(code) : '–'), isCurrent: () => desk.context.signal === current?.signal,
    order: (row) => desk.open(orderForm(desk, Number(row.person), isoOf(dayNumber(String(table.meta.day)) + Number(row.days_left))), `tr-order-${String(row.contact)}`), mark: context.dataset.nature === 'simulated' ? t('nature.simulated.mark') : '' };
  rowsOf(table).forEach((row) => desk.persons.add(Number(row.person)));
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

async function firstPart(context: DetailContext, officers: Table): Promise<Child[]> {
  const query: Query = { show: 'forward', officer: officerOf(officers), place: context.view.place, date: wanted.date };
  const back: Query = { ...query, show: 'backward', most: 25 };
  const [forward, backward] = await Promise.all([askTable('/tracing', query, context.signal), askTable('/tracing', back, context.signal)]);
  const today = dayOf(officers);
  const forwardRows = rowsOf(forward).map((row, i): Child[] => [`${number(i + 1)}.`, String(row.contact), reason(row, today), number(row.preventable as number, 2), percent(row.infected as number), percent(row.ahead as number),
    String(row.person), row.source ? String(row.source) : t('tracing.unknown')]);
  const backRows = rowsOf(backward).map((row, i): Child[] => [`${number(i + 1)}.`, t(row.what === 'event' ? 'tracing.back.event' : 'tracing.back.person', { n: String(row.id) }),
    row.first === row.last || !row.first ? date(row.last as string) : `${date(row.first as string, 'day')} – ${date(row.last as string)}`, number(row.cases as number, 1), percent(row.probability as number), number(row.others as number, 1), number(row.preventable as number, 2)]);
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

/** A page of a list, with how many there are, all as CSV, and the way to the next. */
function listOf(desk: Desk, part: 'contacts' | 'cases', query: Query, table: Table, names: string[], list: Child[][]): Child[] {
  const total = Number(table.meta.total);
  const more = table.meta.more_than_total === true; // so many were counted, and there are others
  const turn = (by: number): void => { wanted.page += by; desk.redraw(); };
  return [
    h('div.figure-head', {}, h('p.summary', {}, total === 0 ? t(`tracing.${part}.none`) : t(`tracing.${part}.summary`, { from: number(wanted.page * ROWS + 1), to: number(wanted.page * ROWS + list.length), n: `${more ? '> ' : ''}${number(total)}` })),
      h('div.tools', {}, csvLink({ path: '/tracing', query: { ...query, most: 5000, skip: null } }))),
    list.length > 0 ? scrolled(heads(names), list, t(`tracing.part.${part}`)) : null,
    total > ROWS ? h('div.pager', {}, h('button.small', { type: 'button', id: 'tr-before', disabled: wanted.page === 0, onclick: () => turn(-1) }, t('tracing.page.before')),
      h('button.small', { type: 'button', id: 'tr-next', disabled: more ? list.length < ROWS : (wanted.page + 1) * ROWS >= total, onclick: () => turn(1) }, t('tracing.page.next'))) : null,
  ];
}

async function casesPart(desk: Desk): Promise<Child[]> {
  const { context } = desk;
  const query: Query = { show: 'cases', officer: desk.officer, status: wanted.class, place: context.view.place, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, context.signal);
  const list = rowsOf(table).map((row): Child[] => {
    const id = `tr-add-${String(row.id)}`;
    desk.persons.add(Number(row.person));
    return [String(row.id), personText(row), rowButton(id, t('tracing.contact.add'), t('tracing.contact.add.of', { n: String(row.id) }), () => desk.open(contactForm(desk, Number(row.id)), id)), known('class', row.class), date(row.onset as string | null), date(row.report as string | null), known('setting', row.setting),
      row.from_contact ? t('tracing.contact', { n: String(row.from_contact) }) : '–', row.place ? context.placeNameOf(String(row.place)) : '–', String(row.officer ?? '–')];
  });
  return [h('div.tools.tr-actions', {}, h('button', { type: 'button', id: 'tr-case-new', onclick: () => desk.open(caseForm(desk), 'tr-case-new') }, t('tracing.case.add'))),
    ...listOf(desk, 'cases', query, table, ['case', 'who', 'action', 'status', 'onset', 'report', 'setting', 'from', 'place', 'officer'], list)];
}

async function contactsPart(desk: Desk): Promise<Child[]> {
  const { context } = desk;
  const query: Query = { show: 'contacts', officer: desk.officer, status: wanted.status, place: context.view.place, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, context.signal);
  const list = rowsOf(table).map((row): Child[] => {
    const id = `tr-order-${String(row.id)}`;
    desk.persons.add(Number(row.person));
    const give = rowButton(id, t('tracing.order.short'), t('tracing.order.give.to', { n: String(row.person) }), () => desk.open(orderForm(desk, Number(row.person), String(row.follow_until ?? '')), id));
    return [String(row.id), personText(row), give, row.source ? String(row.source) : row.event ? t('tracing.back.event', { n: String(row.event) }) : t('tracing.unknown'), date(row.last as string | null), known('proximity', row.proximity), known('setting', row.setting),
      h(`span.tr-status.tr-status-${String(row.status)}`, {}, word('status', String(row.status))), date(row.follow_until as string | null), row.place ? context.placeNameOf(String(row.place)) : '–', String(row.officer ?? '–')];
  });
  return [h('div.tools.tr-actions', {}, h('button', { type: 'button', id: 'tr-contact-new', onclick: () => desk.open(contactForm(desk, 0), 'tr-contact-new') }, t('tracing.contact.add'))),
    ...listOf(desk, 'contacts', query, table, ['contact', 'who', 'action', 'source', 'last', 'proximity', 'setting', 'status', 'until', 'place', 'officer'], list)];
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
