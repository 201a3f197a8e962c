// The alarms that the node keeps: listed with all that was done with each, and taken from state to state by people. A step is shown at once, marked as
// being saved, and taken back with the server's reason where it was refused. What is typed stays until it is saved, whatever is drawn anew meanwhile.
import { ApiError, ask, receive, Table, url, type Query } from './api';
import { groupText, measureText, weekText, type DetailContext } from './detail';
import { freshId, h, picker, show, type Child } from './dom';
import { weekSystem } from './epiweek';
import { csvLink } from './figure';
import { date, dayOf, has, number, pValue, t } from './i18n';
import { moment } from './moment';
import { NAME_LENGTH, ownName, rename, typeName } from './own-name';
import { KEPT_FILTERS, type KeptFilter } from './state';

const ACTIONS: Record<State, readonly Action[]> = { open: ['acknowledge', 'assign', 'close'], acknowledged: ['assign', 'close'], closed: ['reopen'] };
const DONE = { acknowledge: 'acknowledged', assign: 'assigned', close: 'closed', reopen: 'reopened' } as const; // as the audit calls them
const AFTER: Record<Action, State | null> = { acknowledge: 'acknowledged', assign: null, close: 'closed', reopen: 'open' };
const NEEDS_NOTE: readonly Action[] = ['close', 'reopen'];
const SHOWN_AT_ONCE = 40;
const NOTE_LENGTH = 2000;
const PROGRAM = 'vigia'; // who finds alarms

type State = 'open' | 'acknowledged' | 'closed';
type Action = keyof typeof DONE;
interface Step { at: string; by: string; action: string; to: string; note: string }
interface Alarm {
  id: number; state: State; measure: string; group: string; code: string; name: string; method: string; from: string; date: string; stepDays: number; count: number; expected: number; threshold: number;
  score: number; p: number; places: string[]; assignee: string; foundAt: string; history: Step[];
}
/** What a person has begun to write about an alarm. */
interface Draft { action: Action | null; to: string; note: string; field: string; fault: string; detail: string }
interface Card { element: HTMLElement; alarm: Alarm; saving: boolean; said: string }

const drafts = new Map<number, Draft>();
let cards = new Map<number, Card>(); // those on the page

function readAlarms(table: Table): Alarm[] {
  const history = new Map<number, Step[]>();
  for (const step of (table.meta.history as (Step & { alarm: number })[] | undefined) ?? []) {
    history.set(step.alarm, [...(history.get(step.alarm) ?? []), step]);
  }
  const text = (column: string): string[] => table.texts(column);
  const [state, measure, group, code, placeName, method, from, last, places, assignee, foundAt] = ['state', 'measure', 'group', 'code', 'name', 'method', 'from', 'date', 'places', 'assignee', 'found_at'].map(text);
  const [id, stepDays, count, expected, threshold, score, p] = ['id', 'step_days', 'count', 'expected', 'threshold', 'score', 'p_value'].map((column) => table.numbers(column));
  return id.map((_, i): Alarm => ({
    id: id[i], state: state[i] in ACTIONS ? (state[i] as State) : 'open', measure: measure[i], group: group[i], code: code[i], name: placeName[i], method: method[i], from: from[i], date: last[i], stepDays: stepDays[i], count: count[i],
    expected: expected[i], threshold: threshold[i], score: score[i], p: p[i], places: places[i].split(' ').filter(Boolean), assignee: assignee[i], foundAt: foundAt[i], history: history.get(id[i]) ?? [],
  }));
}

/** Asks without the answers of before: what was changed or may have been is to be known as it is now. */
async function talk(path: string, query: Query, body?: object): Promise<Table> {
  return new Table((await receive(url(path, query), body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {})).body as ConstructorParameters<typeof Table>[0]);
}

function errorOf(problem: unknown): ApiError {
  return problem instanceof ApiError ? problem : new ApiError('system_error', 0, problem instanceof Error ? problem.message : String(problem));
}

function faultText(error: ApiError): string {
  return t(`kept.fail.${error.http === 422 ? 'state' : error.http === 503 ? 'busy' : error.http === 0 ? 'unsure' : 'other'}`);
}

/* ------------------------------------------------------------------------------------------------------------- steps */

function draftOf(id: number): Draft {
  const draft = drafts.get(id) ?? { action: null, to: '', note: '', field: '', fault: '', detail: '' };
  drafts.set(id, draft);
  return draft;
}

function focusOn(id: string, otherwise: HTMLElement): void {
  const found = document.getElementById(id) as HTMLButtonElement | null;
  (found && !found.disabled ? found : otherwise).focus();
}

function openForm(context: DetailContext, card: Card, action: Action): void {
  const draft = draftOf(card.alarm.id);
  Object.assign(draft, { action: draft.action === action ? null : action, field: '', fault: '', detail: '' });
  card.said = '';
  drawCard(context, card);
  focusOn(draft.action === null ? `kept-${action}-${card.alarm.id}` : `kept-${ownName() === '' ? 'by' : action === 'assign' ? 'to' : 'note'}-${card.alarm.id}`, card.element);
}

function closeForm(context: DetailContext, card: Card): void {
  const draft = draftOf(card.alarm.id);
  const { action } = draft;
  Object.assign(draft, { action: null, field: '', fault: '', detail: '' });
  drawCard(context, card);
  focusOn(`kept-${action}-${card.alarm.id}`, card.element);
}

/** The first field that lacks something, or ''. */
function lacking(draft: Draft): string {
  return ownName().trim() === '' ? 'by' : draft.action === 'assign' && draft.to.trim() === '' ? 'to' : draft.action !== null && NEEDS_NOTE.includes(draft.action) && draft.note.trim() === '' ? 'note' : '';
}

function afterStep(alarm: Alarm, action: Action, step: Step): Alarm {
  return { ...alarm, state: AFTER[action] ?? alarm.state, assignee: action === 'assign' ? step.to : alarm.assignee, history: [...alarm.history, step] };
}

/** Whether the alarm, asked for again, holds the step as its newest: a step may have been saved although its answer never came. */
function holds(now: Alarm, before: Alarm, step: Step): boolean {
  const last = now.history[now.history.length - 1];
  return now.history.length > before.history.length && last.by === step.by && last.action === step.action && (last.note ?? '') === step.note;
}

async function submit(context: DetailContext, card: Card): Promise<void> {
  const before = card.alarm;
  const draft = draftOf(before.id);
  const { action } = draft;
  if (card.saving || action === null) {
    return;
  }
  const field = lacking(draft);
  if (field) {
    Object.assign(draft, { field, fault: t(`kept.need.${field}`), detail: '' });
    drawCard(context, card);
    focusOn(`kept-${field}-${before.id}`, card.element);
    return;
  }
  rename(ownName().trim());
  const step: Step = { at: '', by: ownName(), action: DONE[action], to: action === 'assign' ? draft.to.trim() : '', note: draft.note.trim() };
  Object.assign(card, { alarm: afterStep(before, action, step), saving: true, said: t('kept.saving') });
  drawCard(context, card);
  card.element.focus();
  let now: Alarm | null = null;
  let error: ApiError | null = null;
  try {
    now = readAlarms(await talk(`/alarms/${before.id}`, {}, { action, by: step.by, ...(step.to ? { to: step.to } : {}), ...(step.note ? { note: step.note } : {}) }))[0];
  } catch (problem) {
    error = errorOf(problem);
    now = error.http === 422 || error.http === 0 || error.http >= 500 ? await talk(`/alarms/${before.id}`, {}).then((table) => readAlarms(table)[0]).catch(() => null) : null;
    error = now && error.http === 0 && holds(now, before, step) ? null : error;
  }
  finish(context, cards.get(before.id) ?? card, now ?? before, error);
}

function finish(context: DetailContext, card: Card, alarm: Alarm, error: ApiError | null): void {
  const draft = draftOf(alarm.id);
  const focused = card.element.contains(document.activeElement) || document.activeElement === document.body;
  Object.assign(card, { alarm, saving: false, said: error ? '' : t('kept.saved') });
  if (error) {
    Object.assign(draft, { field: '', fault: faultText(error), detail: error.message });
  } else {
    drafts.delete(alarm.id);
  }
  drawCard(context, card);
  if (focused) {
    focusOn(error ? `kept-send-${alarm.id}` : '', card.element);
  }
}

/* ------------------------------------------------------------------------------------------------------------- cards */

function placeText(context: DetailContext, alarm: Alarm): string {
  const known = context.placeNameOf(alarm.code);
  return alarm.code ? (known === alarm.code && alarm.name ? alarm.name : known) : t('place.all');
}

function spanText(context: DetailContext, alarm: Alarm): string {
  const one = (iso: string): string => (alarm.stepDays === 7 ? t('judged.week', { date: date(iso), week: weekText(dayOf(iso), weekSystem(context.dataset.country, dayOf(iso))) }) : date(iso));
  return alarm.from && alarm.from !== alarm.date ? `${date(alarm.from)} – ${one(alarm.date)}` : one(alarm.date);
}

function stateText(alarm: Alarm): string {
  const since = [...alarm.history].reverse().find((step) => (alarm.state === 'open' ? ['found', 'reopened'].includes(step.action) : step.action === alarm.state));
  const when = moment(since ? since.at : alarm.foundAt);
  return `${t(`kept.since.${alarm.state}`, { when, name: since?.by ?? '' })} ${alarm.assignee ? t('kept.with', { name: alarm.assignee }) : alarm.state === 'closed' ? '' : t('kept.nobody')}`;
}

function facts(context: DetailContext, alarm: Alarm): Child {
  const measure = context.dataset.measures.find((m) => m.name === alarm.measure);
  const digits = (value: number): number => (Number.isInteger(value) || Math.abs(value) >= 10 ? 0 : 1);
  const list: [string, string, string?][] = [
    [t('head.reported'), number(alarm.count)], [t('judged.legend.expected'), number(alarm.expected, digits(alarm.expected))], [t('judged.legend.threshold'), number(alarm.threshold, digits(alarm.threshold))],
    [t('kept.strength'), number(alarm.score, alarm.score < 10 ? 2 : 0), t('kept.strength.title')], [t('judged.head.p'), pValue(alarm.p)], [t('kept.method'), has(`judged.${alarm.method}`) ? t(`judged.${alarm.method}`) : alarm.method],
  ];
  const what = [measure ? measureText(measure) : alarm.measure, alarm.group && alarm.group !== 'all' ? groupText(alarm.group) : ''].filter(Boolean).join(', ');
  return [h('p.kept-what', {}, `${what} · ${spanText(context, alarm)}`), h('dl.kept-facts', {}, list.filter(([, value]) => value !== '–').map(([label, value, title]) => h('div', { title }, h('dt', {}, label), h('dd', {}, value)))),
    alarm.places.length > 1 ? h('p.kept-what', {}, t('kept.cluster', { places: alarm.places.map((code) => context.placeNameOf(code)).join(', ') })) : null];
}

/** What the program noted of the counts, in the reader's language; a person's note as it was written. */
function noteOf(step: Step): HTMLElement | null {
  const [, day, count, , expected] = (step.by === PROGRAM && /^(\d{4}-\d\d-\d\d): ([\d.e+-]+)( where ([\d.e+-]+) were expected)?$/.exec(step.note ?? '')) || [];
  const digits = (text: string): number => (Number.isInteger(Number(text)) || Number(text) >= 10 ? 0 : 1);
  const text = !day ? step.note : t(expected ? 'kept.program.expected' : 'kept.program.count', { date: date(day), count: number(Number(count), digits(count)), expected: number(Number(expected), digits(expected)) });
  return text ? h('p.kept-note', {}, text) : null;
}

function historyList(alarm: Alarm): HTMLElement {
  const key = (step: Step): string => `kept.event.${step.action}`;
  return h('details.kept-history', {}, h('summary', {}, t('kept.history', { n: number(alarm.history.length) })),
    h('ol', {}, alarm.history.map((step) => h('li', {},
      h('span.kept-when', {}, step.at ? moment(step.at) : t('kept.saving')), ` · ${has(key(step)) ? t(key(step), { to: step.to }) : step.action} · ${step.by === PROGRAM ? 'Vigía' : step.by}`, noteOf(step)))));
}

function textField(card: Card, key: 'by' | 'to' | 'note', label: string, value: string, input: (value: string) => void): HTMLElement {
  const draft = draftOf(card.alarm.id);
  const id = `kept-${key}-${card.alarm.id}`;
  const wrong = draft.field === key;
  const attributes = {
    id, name: key, maxlength: key === 'note' ? NOTE_LENGTH : NAME_LENGTH, autocomplete: key === 'by' ? 'name' : 'off', 'aria-invalid': wrong ? 'true' : null, 'aria-describedby': wrong ? `kept-fault-${card.alarm.id}` : null,
    list: key === 'to' ? 'kept-names' : null, oninput: (event: Event) => input((event.target as HTMLInputElement).value),
  };
  const field = key === 'note' ? h<HTMLTextAreaElement>('textarea', { ...attributes, rows: 2 }) : h<HTMLInputElement>('input', { ...attributes, type: 'text' });
  field.value = value;
  return h(`div.field.kept-field-${key}`, {}, h('label', { for: id }, label), field);
}

function form(context: DetailContext, card: Card, draft: Draft, action: Action): HTMLElement {
  const { id } = card.alarm;
  const possible = ACTIONS[card.alarm.state].includes(action);
  return h('form.kept-form', {
    'aria-label': t('kept.do.of', { action: t(`kept.do.${action}`), place: placeText(context, card.alarm) }), novalidate: true,
    onsubmit: (event: Event) => { event.preventDefault(); void submit(context, card); },
    onkeydown: (event: KeyboardEvent) => { if (event.key === 'Escape') { event.stopPropagation(); closeForm(context, card); } },
  },
    textField(card, 'by', t('kept.name'), ownName(), typeName),
    action === 'assign' ? textField(card, 'to', t('kept.to'), draft.to, (value) => { draft.to = value; }) : null,
    textField(card, 'note', t(NEEDS_NOTE.includes(action) ? 'kept.note' : 'kept.note.optional'), draft.note, (value) => { draft.note = value; }),
    draft.fault ? h('div.error', { role: 'alert', id: `kept-fault-${id}` }, h('p', {}, draft.fault), draft.detail ? h('p.small-print', { lang: 'en' }, draft.detail) : null) : null,
    h('div.kept-buttons', {},
      h('button.small.primary', { type: 'submit', id: `kept-send-${id}`, disabled: !possible }, t(`kept.do.${action}`)),
      h('button.small', { type: 'button', id: `kept-cancel-${id}`, onclick: () => closeForm(context, card) }, t('kept.cancel'))));
}

function drawCard(context: DetailContext, card: Card): void {
  const { alarm } = card;
  const draft = drafts.get(alarm.id);
  const wasOpen = card.element.querySelector<HTMLDetailsElement>('.kept-history')?.open ?? false;
  const place = placeText(context, alarm);
  const history = historyList(alarm) as HTMLDetailsElement;
  history.open = wasOpen;
  card.element.className = `kept kept-${alarm.state}${card.saving ? ' waiting' : ''}`;
  show(card.element,
    h('div.kept-head', {}, h('span.badge', {}, t(`kept.${alarm.state}`)),
      h('h4', {}, alarm.code ? h('button.link', { type: 'button', id: `kept-place-${alarm.id}`, onclick: () => context.update({ place: alarm.code }) }, place) : place), h('span.kept-number', {}, `№ ${alarm.id}`)),
    facts(context, alarm), h('p.kept-state', {}, card.saving ? '' : stateText(alarm)),
    h('div.kept-buttons', {}, card.saving ? null : ACTIONS[alarm.state].map((action) => h('button.small', {
      type: 'button', id: `kept-${action}-${alarm.id}`, 'aria-label': t('kept.do.of', { action: t(`kept.do.${action}`), place }), 'aria-expanded': String(draft?.action === action), onclick: () => openForm(context, card, action),
    }, t(`kept.do.${action}`))), h('span.kept-said', { role: 'status' }, card.said)),
    draft?.action && !card.saving ? form(context, card, draft, draft.action) : null, history);
}

/* -------------------------------------------------------------------------------------------------------------- list */

async function load(context: DetailContext): Promise<Alarm[]> {
  const wanted = context.view.alarms;
  const states = wanted === 'active' ? ['open', 'acknowledged'] : wanted === 'all' ? [''] : [wanted];
  const tables = await Promise.all(states.map(async (state) => new Table(await ask(url('/alarms', { dataset: context.dataset.name, state }), context.signal))));
  return tables.flatMap(readAlarms).sort((a, b) => (a.date === b.date ? b.id - a.id : a.date < b.date ? 1 : -1));
}

/** At the place, below it, or a cluster that it is in. */
function concerns(context: DetailContext, alarm: Alarm, place: string): boolean {
  return place === '' || [alarm.code, ...alarm.places].some((code) => context.within(code, place));
}

function drawList(context: DetailContext, body: HTMLElement, all: Alarm[], limit: number): void {
  const { place } = context.view;
  const shown = all.filter((alarm) => concerns(context, alarm, place));
  const codes = new Set([...all.map((alarm) => alarm.code), place]);
  codes.delete('');
  const choices = [...codes].map((code): [string, string] => [code, context.placeNameOf(code)]).sort((a, b) => (a[1] < b[1] ? -1 : 1));
  const names = new Set(all.flatMap((alarm) => alarm.history.flatMap((step) => [step.by, step.to ?? ''])).filter((one) => one && one !== PROGRAM));
  cards = new Map();
  const items = shown.slice(0, limit).map((alarm) => {
    const card: Card = { element: h('li', { tabindex: -1, id: `kept-${alarm.id}` }), alarm, saving: false, said: '' };
    cards.set(alarm.id, card);
    drawCard(context, card);
    return card.element;
  });
  show(body,
    h('div.tools', {},
      picker('kept-filter', t('kept.filter.state'), KEPT_FILTERS.map((one): [string, string] => [one, t(`kept.${one}`)]), context.view.alarms, (value) => context.update({ alarms: value as KeptFilter })),
      picker('kept-where', t('kept.filter.place'), [['', t('place.all')], ...choices], place, (value) => context.update({ place: value }))),
    h('p.summary', {}, shown.length > 0 ? t('kept.summary', { n: number(Math.min(limit, shown.length)), all: number(all.length) }) : t('kept.none')),
    h('datalist', { id: 'kept-names' }, [...names].map((one) => h('option', { value: one }))),
    items.length > 0 ? h('ul.kept-list', {}, items) : null,
    shown.length > limit ? h('button.small', { type: 'button', id: 'kept-more', onclick: () => drawList(context, body, all, limit + SHOWN_AT_ONCE) }, t('kept.more', { n: number(Math.min(SHOWN_AT_ONCE, shown.length - limit)) })) : null);
}

async function keep(context: DetailContext, query: Query, body: HTMLElement, said: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  show(said, t('kept.keeping'));
  try {
    const table = await talk('/alarms', query, { action: 'keep' });
    show(said, t('kept.done', Object.fromEntries(table.columns.map((column) => [column, number(table.numbers(column)[0])]))));
    drawList(context, body, await load(context), SHOWN_AT_ONCE);
  } catch (problem) {
    if (!context.signal.aborted) {
      const error = errorOf(problem);
      show(said, h('div.error', {}, h('p', {}, t('kept.fail.keep')), h('p.small-print', { lang: 'en' }, error.message)));
    }
  }
  button.disabled = false;
  button.focus();
}

/** keepQuery: what the present alarms are those of; null where there is nothing to judge, or the past is looked at. */
export async function keptSection(context: DetailContext, keepQuery: Query | null): Promise<HTMLElement> {
  const titleId = freshId('kept-title');
  const body = h('div');
  const said = h('div.kept-result', { role: 'status' });
  const button = h<HTMLButtonElement>('button.small', { type: 'button', id: 'kept-keep', onclick: () => { if (keepQuery) { void keep(context, keepQuery, body, said, button); } } }, t('kept.keep'));
  drawList(context, body, await load(context), SHOWN_AT_ONCE);
  return h('section.figure.kept-section', { 'aria-labelledby': titleId },
    h('div.figure-head', {}, h('h3', { id: titleId }, t('kept.title')), h('div.tools', {}, keepQuery ? button : null, csvLink({ path: '/alarms', query: { dataset: context.dataset.name } }))),
    said, body, h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('kept.about')), keepQuery ? h('p', {}, t('kept.about.keep')) : null));
}
