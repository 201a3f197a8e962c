// Events with who attended: making one, adding people, and turning those who attended where a case was into contacts.
import { askTable, type Query } from './api';
import { h, type Child } from './dom';
import { csvLink } from './figure';
import { date, number, plural, t } from './i18n';
import { newEntry } from './queue';
import { rows } from './rows';
import { knownField, morePersonFields, personFields, personOf, SETTINGS, whoIsWrong } from './tracing-contact';
import { choicesOf, heads, known, rowButton, scrolled, type Desk } from './tracing-desk';
import type { Field, Form } from './tracing-form';
import { personText, rowsOf, type Row } from './tracing-words';

const ROWS = 100;
const wanted = { event: 0, label: '', page: 0 };
const chosen = new Map<string, boolean>(); // whether somebody is to be made a contact, by event and person, where it was said; else whoever was with a case

function eventForm(desk: Desk): Form {
  const { place } = desk.context.view;
  return {
    id: 'event',
    title: t('tracing.event.new'),
    hint: t('tracing.event.hint'),
    save: t('tracing.event.save'),
    fields: [{ name: 'label', label: t('tracing.form.label') }, { name: 'setting', label: t('tracing.form.setting'), kind: 'choice', choices: choicesOf('setting', SETTINGS) }, { name: 'first', label: t('tracing.form.from'), kind: 'date' },
      { name: 'last', label: t('tracing.form.until'), kind: 'date' }, { name: 'people', label: t('tracing.form.people'), kind: 'number', more: true },
      ...(place ? [{ name: 'place', label: t('tracing.form.place'), kind: 'choice', value: place, choices: [[place, desk.context.placeNameOf(place)], ['', t('tracing.form.notsaid')]], more: true } as Field] : []), { name: 'officer', label: t('tracing.form.officer'), value: desk.officer, more: true }],
    wrong: (values) => (values.label === '' ? ['label', t('tracing.form.need.label')] : values.first === '' ? ['first', t('tracing.form.need.day')] : values.last !== '' && values.last < values.first ? ['last', t('tracing.form.need.until')]
      : !/^\d*$/.test(values.people) ? ['people', t('tracing.form.need.number')] : null),
    done: (values, by, entry) => { rows.add({ entry, by, at: Date.now(), reason: '', kind: 'event', fields: { ...values, last: values.last || values.first }, label: t('tracing.row.event', { label: values.label }) }); },
  };
}

function attendanceForm(desk: Desk, event: number): Form {
  return {
    id: `attendance-${event}`,
    title: t('tracing.event.add.to', { n: event }),
    hint: t('tracing.event.add.hint'),
    save: t('tracing.event.add'),
    fields: [knownField(false), ...personFields(), { name: 'first', label: t('tracing.form.from'), kind: 'date', max: desk.today, more: true }, { name: 'last', label: t('tracing.form.until'), kind: 'date', max: desk.today, more: true },
      ...morePersonFields()],
    wrong: (values) => whoIsWrong(values) ?? (values.last !== '' && values.last < values.first ? ['last', t('tracing.form.need.until')] : null),
    done: (values, by, entry) => { rows.add({ entry, by, at: Date.now(), reason: '', kind: 'attendance', fields: { ...personOf(values), event: String(event) }, label: t('tracing.row.attendance', { n: event }) }); },
  };
}

/* ---------------------------------------------------------------------------------------------------------------- list */

const daysText = (row: Row): string => (!row.last || row.first === row.last ? date(row.first as string | null) : `${date(row.first as string, 'day')} – ${date(row.last as string)}`);

async function list(desk: Desk): Promise<Child[]> {
  const query: Query = { show: 'events', officer: desk.officer, place: desk.context.view.place, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, desk.context.signal);
  const total = Number(table.meta.total);
  const turn = (by: number): void => { wanted.page += by; desk.redraw(); };
  const body = rowsOf(table).map((row): Child[] => [String(row.id), String(row.label ?? '–'),
    rowButton(`tr-event-${String(row.id)}`, t('tracing.event.open'), t('tracing.event.open.of', { n: String(row.id) }), () => { Object.assign(wanted, { event: Number(row.id), label: String(row.label ?? '') }); desk.redraw(); }),
    daysText(row), known('setting', row.setting), row.place ? desk.context.placeNameOf(String(row.place)) : '–', String(row.officer ?? '–')]);
  return [
    h('div.tools.tr-actions', {}, h('button', { type: 'button', id: 'tr-event-new', onclick: () => desk.open(eventForm(desk), 'tr-event-new') }, t('tracing.event.new'))),
    h('div.figure-head', {}, h('p.summary', {}, total === 0 ? t('tracing.events.none') : t('tracing.events.summary', { from: number(wanted.page * ROWS + 1), to: number(wanted.page * ROWS + body.length), n: number(total) })),
      h('div.tools', {}, csvLink({ path: '/tracing', query: { ...query, most: 5000, skip: null } }))),
    body.length > 0 ? scrolled(heads(['event', 'label', 'action', 'when', 'setting', 'place', 'officer']), body, t('tracing.part.events')) : null,
    total > ROWS ? h('div.pager', {}, h('button.small', { type: 'button', id: 'tr-before', disabled: wanted.page === 0, onclick: () => turn(-1) }, t('tracing.page.before')),
      h('button.small', { type: 'button', id: 'tr-next', disabled: (wanted.page + 1) * ROWS >= total, onclick: () => turn(1) }, t('tracing.page.next'))) : null,
  ];
}

/* ----------------------------------------------------------------------------------------------------------- one event */

const isCase = (row: Row): boolean => row.case !== null && row.class !== 'discarded';

function makeContacts(desk: Desk, event: number, persons: number[]): Form {
  return {
    id: `made-${event}`,
    title: plural('tracing.event.make', persons.length, { n: number(persons.length) }),
    hint: t('tracing.event.make.hint'),
    save: plural('tracing.event.make', persons.length, { n: number(persons.length) }),
    fields: [{ name: 'proximity', label: t('tracing.form.proximity'), kind: 'choice', choices: choicesOf('proximity', ['touch', 'close', 'room', 'place']) }, { name: 'officer', label: t('tracing.form.officer'), value: desk.officer }],
    wrong: () => null,
    done: (values, by) => {
      persons.forEach((person) => chosen.delete(`${event} ${person}`));
      persons.forEach((person, i) => rows.add({ entry: newEntry(), by, at: Date.now() + i, reason: '', kind: 'contact', fields: { ...values, event: String(event), person: String(person) }, label: t('tracing.row.attendee', { n: event, person }) }));
    },
  };
}

async function one(desk: Desk): Promise<Child[]> {
  const event = wanted.event;
  const query: Query = { show: 'attendees', event };
  const table = await askTable('/tracing', query, desk.context.signal);
  const people = rowsOf(table);
  const cases = people.filter(isCase).length;
  people.forEach((row) => desk.persons.add(Number(row.person)));
  const open = people.filter((row) => !isCase(row) && row.contact === null).map((row) => Number(row.person));
  const isPicked = (person: number): boolean => chosen.get(`${event} ${person}`) ?? cases > 0;
  const make = h<HTMLButtonElement>('button.primary', { type: 'button', id: 'tr-make', onclick: () => desk.open(makeContacts(desk, event, open.filter(isPicked)), 'tr-make') });
  const count = (): void => {
    const n = open.filter(isPicked).length;
    make.disabled = n === 0;
    make.textContent = plural('tracing.event.make', n, { n: number(n) });
  };
  count();
  const stateOf = (row: Row): Child => (row.contact !== null ? t('tracing.event.listed', { n: String(row.contact), status: known('status', row.status) }) : isCase(row) ? t('tracing.event.case', { n: String(row.case), class: known('class', row.class), date: date(row.onset as string | null) }) : '–');
  const body = people.map((row): Child[] => {
    const person = Number(row.person);
    const tick = open.includes(person) ? h<HTMLInputElement>('input', { type: 'checkbox', id: `tr-pick-${person}`, 'aria-label': t('tracing.event.pick', { n: person }), checked: isPicked(person), onchange: (change: Event) => {
      chosen.set(`${event} ${person}`, (change.target as HTMLInputElement).checked);
      count();
    } }) : '';
    return [personText(row), tick, stateOf(row), row.first || row.last ? daysText({ first: row.first ?? row.last, last: row.last }) : '–'];
  });
  return [
    h('div.tools.tr-actions', {}, h('button', { type: 'button', id: 'tr-events-back', onclick: () => { wanted.event = 0; desk.redraw(); } }, t('tracing.event.back')),
      h('button', { type: 'button', id: 'tr-attendance-new', onclick: () => desk.open(attendanceForm(desk, event), 'tr-attendance-new') }, t('tracing.event.add'))),
    h('h4', { id: 'tr-event-title' }, `${t('tracing.back.event', { n: event })}${wanted.label ? `: ${wanted.label}` : ''}`),
    h('div.figure-head', {}, h('p.summary', {}, people.length === 0 ? t('tracing.event.empty') : `${plural('tracing.event.people', people.length, { n: number(people.length) })} ${plural('tracing.event.cases', cases, { n: number(cases) })}`), h('div.tools', {}, csvLink({ path: '/tracing', query }))),
    body.length > 0 ? scrolled(heads(['who', 'pick', 'status', 'when']), body, t('tracing.back.event', { n: event })) : null,
    open.length > 0 ? h('div.tr-make', {}, make, cases === 0 ? h('p.remark', {}, t('tracing.event.nocase')) : null) : null,
  ];
}

export async function eventsPart(desk: Desk): Promise<Child[]> {
  return wanted.event > 0 ? one(desk) : list(desk);
}
