// An officer's day: whom to visit, a form for each visit that needs no connection, how far what was entered is on its way, and the sheet that is printed.
import { Table, type Query } from './api';
import { h, picker, show, type Child } from './dom';
import { csvLink } from './figure';
import { date, dayOf, days, isoOf, number, plural, t } from './i18n';
import { faultText } from './tracing-rows';
import { personText, reachedAt, rowsOf, symptomText, word, type Row } from './tracing-words';
import { newEntry } from './queue';
import { ownName, rename, NAME_LENGTH } from './own-name';
import { lastVisit, SEEN, visits, type Seen, type Visit } from './visits';

export interface DayView { officer: string; day: string; table: Table; query: Query; placeNameOf: (code: string) => string; isCurrent: () => boolean; order: (row: Row) => void; mark: string }

const SYMPTOMS = ['fever', 'cough', 'breathless', 'sore_throat', 'headache', 'muscle_pain', 'vomiting', 'diarrhoea', 'rash', 'bleeding', 'other'];
const CASES = ['suspected', 'probable', 'confirmed'];
const SHOWN_AT_ONCE = 150; // persons: a telephone draws no thousands

/** What a person has begun to enter; its key is made with it, so that sending it twice is sending it once. */
interface Draft { entry: string; seen: Seen | ''; symptoms: Set<string>; temperature: string; case: string; onset: string; fault: string; field: string }
const drafts = new Map<string, Draft>(); // by contact and day
/** What is known of a contact that is to be visited, in a few words. */
function facts(row: Row): string {
  const left = Number(row.days_left);
  return [row.last ? t('tracing.day.last', { date: date(row.last as string, 'day'), n: number(Number(row.day_number)) }) : '', left === 0 ? t('tracing.day.lastday') : t('tracing.day.left', { days: days(left) }),
    row.last_seen ? t('tracing.day.seen', { date: date(row.last_seen as string, 'day') }) : t('tracing.day.unseen'), row.order ? `${word('order', String(row.order))}${row.order_until ? ` – ${date(row.order_until as string, 'day')}` : ''}` : '',
    row.help ? t('tracing.day.help', { help: String(row.help) }) : ''].filter(Boolean).join(' · ');
}

function alarmText(row: Row): string {
  const temperature = typeof row.temperature === 'number' ? t('tracing.degrees', { n: number(row.temperature, 1) }) : '';
  return [symptomText(String(row.symptoms ?? '')), temperature].filter(Boolean).join(', ');
}

/* ---------------------------------------------------------------------------------------------------------------- list */

/** The list so many days later, as far as it can be told without the node: whose follow-up has ended is not on it, and nobody has been seen yet. */
export function later(table: Table, elapsed: number): Table {
  if (elapsed === 0) {
    return table;
  }
  const shift: Record<string, (cell: number) => number> = { day_number: (n) => n + elapsed, days_left: (n) => n - elapsed, days_unseen: (n) => n + elapsed };
  const left = table.index('days_left');
  const rows = table.rows.filter((row) => Number(row[left]) >= elapsed).map((row) => row.map((cell, i) => (table.columns[i] === 'visited' ? false : typeof cell === 'number' && shift[table.columns[i]] ? shift[table.columns[i]](cell) : cell)));
  return new Table({ columns: table.columns, rows, meta: { ...table.meta, day: isoOf(dayOf(String(table.meta.day)) + elapsed) } });
}

export function drawDay(view: DayView): Child[] {
  const rows = rowsOf(view.table);
  const items = new Map(rows.map((row) => [Number(row.contact), h('li.tr-person', { id: `tr-person-${String(row.contact)}`, tabindex: -1 })]));
  const queue = h('div.tr-queue', { role: 'status' });
  const summary = h('p.summary');
  const drawQueue = (): void => {
    const list = visits.waiting();
    show(queue, ...queueOf(list, new Set(items.keys()), view));
    const visited = rows.filter((row) => row.visited === true || ['saved', 'waiting'].includes(lastVisit(Number(row.contact), view.day, list)?.state ?? '')).length;
    show(summary, rows.length === 0 ? t('tracing.day.none', { officer: view.officer, date: date(view.day) }) : t('tracing.day.summary', { n: number(rows.length), date: date(view.day), visited: number(visited), alerts: number(rows.filter((row) => row.alert === true).length) }));
  };
  const draw = (row: Row): void => drawPerson(view, row, items.get(Number(row.contact)) as HTMLElement, () => draw(row));
  const said = new Map<number, string>();
  visits.watch(() => { // forms that are open stay as they are: only what changed is drawn
    if (!view.isCurrent() || !queue.isConnected) {
      return;
    }
    const list = visits.waiting();
    drawQueue();
    for (const row of rows) {
      const last = lastVisit(Number(row.contact), view.day, list);
      const now = last ? `${last.state} ${last.visit.entry}` : '';
      if (now !== (said.get(Number(row.contact)) ?? '')) {
        said.set(Number(row.contact), now);
        draw(row);
      }
    }
  });
  rows.slice(0, SHOWN_AT_ONCE).forEach(draw);
  const list = h('ul.tr-day', {}, rows.slice(0, SHOWN_AT_ONCE).map((row) => items.get(Number(row.contact)) as HTMLElement));
  const more = h('button', { type: 'button', id: 'tr-all', onclick: () => {
    rows.slice(SHOWN_AT_ONCE).forEach(draw);
    list.append(...rows.slice(SHOWN_AT_ONCE).map((row) => items.get(Number(row.contact)) as HTMLElement));
    more.remove();
    items.get(Number(rows[SHOWN_AT_ONCE].contact))?.focus();
  } }, t('tracing.day.all', { n: number(rows.length) }));
  for (const row of rows) {
    const last = lastVisit(Number(row.contact), view.day);
    said.set(Number(row.contact), last ? `${last.state} ${last.visit.entry}` : '');
  }
  drawQueue();
  void visits.send();
  const by = h<HTMLInputElement>('input', { id: 'tr-by', type: 'text', value: ownName(), maxlength: NAME_LENGTH, autocomplete: 'name', onchange: () => { rename(by.value.trim()); by.removeAttribute('aria-invalid'); } });
  return [h('div.tr-screen', {},
    h('div.figure-head', {}, summary, h('div.tools', {}, h('button.small', { type: 'button', id: 'tr-print', disabled: rows.length === 0, onclick: print }, t('tracing.print')), csvLink({ path: '/tracing', query: view.query }))),
    h('div.tr-by', {}, h('div.field', {}, h('label', { for: 'tr-by' }, t('tracing.by')), by)),
    queue, list, rows.length > SHOWN_AT_ONCE ? more : null,
    h('details.method', {}, h('summary', {}, t('tracing.method')), h('p', {}, t('tracing.day.method')), h('p', {}, t('tracing.names'))))];
}

function queueOf(list: Visit[], here: Set<number>, view: DayView): Child[] {
  const wait = list.filter((visit) => !visit.reason);
  const refused = list.filter((visit) => visit.reason && !(here.has(visit.contact) && visit.day === view.day)); // those of this list stand beside their contact
  return [
    wait.length > 0 ? h('div.tr-wait', {}, h('p', {}, h('strong', {}, plural('tracing.waiting', wait.length, { n: number(wait.length) })), ` ${faultText(visits.fault())}`,
      visits.isKept() ? '' : ` ${t('tracing.notkept')}`), h('button.small', { type: 'button', id: 'tr-send', onclick: () => void visits.send() }, t('tracing.send'))) : null,
    refused.map((visit) => h('div.tr-refused', {}, h('p', {}, t('tracing.refused.of', { n: visit.contact, date: date(visit.day) }), h('span.small-print', {}, ` ${visit.reason}`)), dropButton(visit))),
  ];
}

function dropButton(visit: Visit): HTMLElement {
  return h('button.small', { type: 'button', id: `tr-drop-${visit.entry}`, onclick: () => visits.drop(visit.entry) }, t('tracing.drop'));
}

function visitText(visit: Visit): string {
  return [t(`tracing.seen.${visit.seen}`), visit.temperature === null ? '' : t('tracing.degrees', { n: number(visit.temperature, 1) }), symptomText(visit.symptoms), visit.case ? word('class', visit.case) : ''].filter(Boolean).join(', ');
}

function drawPerson(view: DayView, row: Row, item: HTMLElement, redraw: () => void): void {
  const contact = Number(row.contact);
  const last = lastVisit(contact, view.day);
  const draft = drafts.get(`${contact} ${view.day}`);
  const state = last?.state ?? (row.visited === true ? 'saved' : '');
  const alarm = alarmText(row);
  item.className = `tr-person${row.alert === true ? ' tr-alert' : ''}${state ? ` tr-${state}` : ''}`;
  show(item,
    h('div.tr-line', {},
      h('div.tr-who', {}, h('h4', {}, personText(row), h('span.above', {}, ` ${t('tracing.contact', { n: contact })} · ${view.placeNameOf(String(row.place ?? ''))}`)),
        row.alert === true ? h('p.tr-alarm', {}, t('tracing.alert'), alarm ? `: ${alarm}` : '') : null,
        h('p.tr-facts', {}, facts(row)),
        state ? h('p.tr-state', {}, h('span.badge', {}, t(`tracing.state.${state}`)), last ? ` ${visitText(last.visit)}` : '', last?.state === 'refused' ? h('span.small-print', {}, ` ${last.visit.reason}`) : '') : null),
      h('div.tr-buttons', {}, last?.state === 'refused' ? dropButton(last.visit) : null,
        h('button', { type: 'button', id: `tr-enter-${contact}`, 'aria-expanded': String(!!draft), onclick: () => toggle(view, contact, redraw) }, t(draft ? 'tracing.close' : state === 'saved' || state === 'waiting' ? 'tracing.correct' : 'tracing.enter')),
        h('button', { type: 'button', id: `tr-order-${contact}`, 'aria-label': t('tracing.order.give.to', { n: String(row.person) }), onclick: () => view.order(row) }, t('tracing.order.short')))),
    draft ? formOf(view, contact, draft, redraw) : null);
}

/* ---------------------------------------------------------------------------------------------------------------- form */

function toggle(view: DayView, contact: number, redraw: () => void): void {
  const key = `${contact} ${view.day}`;
  if (!drafts.delete(key)) {
    drafts.set(key, { entry: newEntry(), seen: '', symptoms: new Set(), temperature: '', case: '', onset: '', fault: '', field: '' });
  }
  redraw();
  document.getElementById(drafts.has(key) ? `tr-seen-${contact}-in_person` : `tr-enter-${contact}`)?.focus();
}

function formOf(view: DayView, contact: number, draft: Draft, redraw: () => void): HTMLElement {
  const asked = draft.seen === 'in_person' || draft.seen === 'telephone';
  const faultId = `tr-fault-${contact}`;
  const radios = h('fieldset.tr-choice', { 'aria-describedby': draft.field === 'seen' ? faultId : null }, h('legend', {}, t('tracing.seen')), SEEN.map((seen) => h('label', {},
    h('input', { type: 'radio', name: `tr-seen-${contact}`, id: `tr-seen-${contact}-${seen}`, value: seen, checked: draft.seen === seen, onchange: () => { draft.seen = seen; draft.fault = ''; redraw(); } }), t(`tracing.seen.${seen}`))));
  const temperature = h<HTMLInputElement>('input', { type: 'text', inputmode: 'decimal', id: `tr-temperature-${contact}`, value: draft.temperature, autocomplete: 'off', size: 6, placeholder: number(36.6, 1), 'aria-invalid': draft.field === 'temperature' ? 'true' : null,
    'aria-describedby': draft.field === 'temperature' ? faultId : null, oninput: () => { draft.temperature = temperature.value; } });
  const symptoms = h('fieldset.tr-choice', {}, h('legend', {}, t('tracing.symptoms')), SYMPTOMS.map((one) => h('label', {},
    h('input', { type: 'checkbox', id: `tr-symptom-${contact}-${one}`, checked: draft.symptoms.has(one), onchange: (event: Event) => { if ((event.target as HTMLInputElement).checked) { draft.symptoms.add(one); } else { draft.symptoms.delete(one); } } }), t(`tracing.symptom.${one}`))));
  return h('form.tr-form', { novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); save(view, contact, draft, redraw); } },
    radios, asked ? [h('div.field', {}, h('label', { for: `tr-temperature-${contact}` }, t('tracing.temperature')), temperature), symptoms, ...caseFields(view, contact, draft, redraw)] : null,
    draft.fault ? h('p.error', { id: faultId, role: 'alert' }, draft.fault) : null,
    h('button.primary', { type: 'submit', id: `tr-save-${contact}` }, t('tracing.save')));
}

/** Whether who was seen is a case now, and since when: it is one in the same step. */
function caseFields(view: DayView, contact: number, draft: Draft, redraw: () => void): Child[] {
  const onset = h<HTMLInputElement>('input', { type: 'date', id: `tr-onset-${contact}`, value: draft.onset, max: view.day, 'aria-invalid': draft.field === 'onset' ? 'true' : null, 'aria-describedby': draft.field === 'onset' ? `tr-fault-${contact}` : null,
    oninput: () => { draft.onset = onset.value; } });
  return [picker(`tr-case-${contact}`, t('tracing.case'), [['', t('tracing.case.no')], ...CASES.map((one): [string, string] => [one, word('class', one)])], draft.case, (one) => { draft.case = one; redraw(); document.getElementById(`tr-case-${contact}`)?.focus(); }),
    draft.case ? h('div.field', {}, h('label', { for: `tr-onset-${contact}` }, t('tracing.onset')), onset) : null];
}

/** NaN where it is none; null where none was taken. */
function degrees(text: string): number | null {
  const plain = text.trim().replace(',', '.').replace(/\s*°?\s*C?$/i, '');
  return plain === '' ? null : /^\d{2}(\.\d{1,2})?$/.test(plain) && Number(plain) >= 30 && Number(plain) <= 45 ? Number(plain) : NaN;
}

function save(view: DayView, contact: number, draft: Draft, redraw: () => void): void {
  const asked = draft.seen === 'in_person' || draft.seen === 'telephone';
  const temperature = asked ? degrees(draft.temperature) : null;
  const by = (document.getElementById('tr-by') as HTMLInputElement | null)?.value.trim() || ownName();
  const field = draft.seen === '' ? 'seen' : Number.isNaN(temperature) ? 'temperature' : asked && draft.case && draft.onset > view.day ? 'onset' : by === '' ? 'by' : '';
  if (field || draft.seen === '') {
    Object.assign(draft, { field, fault: t(`tracing.need.${field}`) });
    redraw();
    const input = document.getElementById(field === 'by' ? 'tr-by' : field === 'seen' ? `tr-seen-${contact}-in_person` : `tr-${field}-${contact}`);
    if (field === 'by') {
      input?.setAttribute('aria-invalid', 'true');
    }
    input?.focus();
    return;
  }
  rename(by);
  drafts.delete(`${contact} ${view.day}`);
  visits.add({ entry: draft.entry, contact, day: view.day, seen: draft.seen, symptoms: asked ? [...draft.symptoms].join(',') : '', temperature, by, at: Date.now(), reason: '', ...(asked && draft.case ? { case: draft.case, onset: draft.onset } : {}) });
  redraw();
  document.getElementById(`tr-enter-${contact}`)?.focus();
}

/* --------------------------------------------------------------------------------------------------------------- print */

function print(): void {
  const root = document.documentElement;
  root.classList.add('tr-printing');
  window.addEventListener('afterprint', () => root.classList.remove('tr-printing'), { once: true });
  window.print();
}

/** One line a person with boxes to tick, only on paper. */
export function sheet(view: DayView): HTMLElement {
  const box = (text: string): Child => h('span.tr-box', {}, text);
  return h('section.tr-sheet', { 'aria-hidden': 'true' },
    h('h2', {}, `${view.officer} · ${date(view.day)} · ${number(view.table.rows.length)}`, view.mark ? h('span.tr-mark', {}, ` ${view.mark}`) : null),
    h('table', {}, h('thead', {}, h('tr', {}, ['rank', 'who', 'place', 'state', 'seen', 'temperature', 'symptoms'].map((head) => h('th', {}, t(`tracing.sheet.${head}`))))),
      h('tbody', {}, rowsOf(view.table).map((row, i) => h('tr', {}, h('td', {}, `${number(i + 1)}`),
        h('td', {}, `${String(row.contact)} / ${String(row.person)}${row.sex ? `, ${word('sex', String(row.sex))}` : ''}${row.birth_year ? `, ${String(row.birth_year)}` : ''}`, reachedAt(row.person) ? h('div', {}, reachedAt(row.person)) : null), h('td', {}, view.placeNameOf(String(row.place ?? ''))),
        h('td', {}, t('tracing.sheet.day', { n: number(Number(row.day_number)), left: number(Number(row.days_left)) }), row.alert === true ? h('strong', {}, ` ! ${alarmText(row)}`) : null, row.help ? ` ${String(row.help)}` : null),
        h('td', {}, row.visited === true ? t('tracing.state.saved') : SEEN.map((seen) => box(t(`tracing.seen.${seen}`)))), h('td', {}, h('span.tr-blank')), h('td', {}, ['fever', 'cough', 'other'].map((one) => box(t(`tracing.symptom.${one}`))), h('span.tr-blank')))))),
    h('p', {}, t('tracing.names')));
}
