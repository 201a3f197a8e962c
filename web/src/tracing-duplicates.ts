// Persons who may be one: the likely pairs and the candidates of a person, side by side with what agrees and what differs; merged, or told apart, for a reason, and merges undone.
import { askTable, type Query, type Table } from './api';
import { h, show, type Child } from './dom';
import { csvLink } from './figure';
import { date, number, plural, t } from './i18n';
import { moment } from './moment';
import { chance, heads, known, rowButton, scrolled, type Desk } from './tracing-desk';
import type { Form } from './tracing-form';
import { askPersons, birthText } from './tracing-names';
import { identityOf, rowsOf, type Row } from './tracing-words';

interface Pair { person: number; other: number; probability: number | null; pattern: string }
const AGREES: Record<string, string> = { // as the program says what agrees
  'names the same': 'names_same', 'names read the same': 'names_read', 'family names': 'family', 'names alike': 'names_alike', 'names in part': 'names_part', 'year of birth': 'year', birthday: 'birthday', 'birthday swapped': 'birthday_swapped',
  'birthday one digit off': 'birthday_digit', document: 'document', 'document one sign off': 'document_sign', telephone: 'telephone',
};
let pair: Pair | null = null; // the one that is looked at
let found: { person: number; pairs: Pair[] } | null = null; // the candidates of a person

const pairsOf = (table: Table, of = 0): Pair[] => rowsOf(table).map((row) => ({ person: of || Number(row.person), other: Number(row.other), probability: Number(row.probability), pattern: String(row.pattern ?? '') }));
const isPair = (a: Pair, b: Pair | null): boolean => b !== null && [a.person, a.other].sort().join() === [b.person, b.other].sort().join();

function patternText(pattern: string): string {
  return pattern.split(', ').filter(Boolean).map((one) => (one in AGREES ? t(`tracing.agree.${AGREES[one]}`) : one)).join(', ');
}

/** Opened from elsewhere: these two. */
export function lookAt(person: number, other: number): void {
  pair = { person, other, probability: null, pattern: '' };
}

function candidatesForm(desk: Desk): Form {
  return {
    id: 'candidates',
    title: t('tracing.dup.search'),
    hint: t('tracing.dup.search.hint'),
    save: t('tracing.dup.search.go'),
    fields: [{ name: 'person', label: t('tracing.form.person'), kind: 'number' }],
    wrong: (values) => (/^[1-9]\d*$/.test(values.person) ? null : ['person', t('tracing.form.need.person')]),
    done: async (values, by) => {
      const person = Number(values.person);
      found = { person, pairs: pairsOf(await askPersons({ by, action: 'candidates', person }), person) };
      desk.redraw();
    },
  };
}

type Decision = { action: 'merge' | 'different'; person: number; other: number } | { action: 'undo'; step: number };

/** What is decided wants a reason and a name, and is told to the node at once: without a connection nothing is decided. */
function decisionForm(desk: Desk, decision: Decision, title: string, hint: string): Form {
  return {
    id: decision.action === 'undo' ? `undo-${decision.step}` : `${decision.action}-${decision.person}-${decision.other}`,
    title,
    hint: `${hint} ${t('tracing.dup.reason.hint')}`,
    save: t(`tracing.dup.do.${decision.action}`),
    fields: [{ name: 'reason', label: t('tracing.dup.reason') }],
    wrong: (values) => (values.reason === '' ? ['reason', t('tracing.dup.need.reason')] : null),
    done: async (values, by) => {
      const [row] = rowsOf(await askPersons({ ...decision, by, reason: values.reason }));
      pair = null;
      found = null;
      const said = decision.action === 'undo' ? t('tracing.dup.undone', { step: decision.step })
        : decision.action === 'merge' ? t('tracing.dup.merged', { person: decision.person, other: decision.other, step: String(row.step) }) : t('tracing.dup.told', { person: decision.person, other: decision.other });
      desk.say(row.note ? `${said} ${t('tracing.dup.twocases')}` : said);
      desk.redraw();
    },
  };
}

/* --------------------------------------------------------------------------------------------------------- side by side */

const same = (a: string, b: string): string => (a === '' || b === '' ? 'open' : a === b ? 'same' : 'differs');
const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));
const folded = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trim();

async function beside(desk: Desk, of: Pair): Promise<Child> {
  const query: Query = { show: 'beside', person: of.person, other: of.other };
  const [a, b] = rowsOf(await askTable('/tracing', query, desk.context.signal));
  if (!a || !b) {
    return h('p.remark', {}, t('tracing.failed'));
  }
  desk.persons.add(of.person).add(of.other);
  const [first, second] = [identityOf(of.person), identityOf(of.other)];
  const line = (name: string, cells: [string, string], compared = true): Child[] => {
    const verdict = compared ? same(folded(cells[0]), folded(cells[1])) : '';
    return [t(`tracing.beside.${name}`), cells[0] || '–', cells[1] || '–', verdict ? h(`span.tr-verdict.tr-verdict-${verdict}`, {}, t(`tracing.beside.is.${verdict}`)) : ''];
  };
  const both = (name: string, text: (row: Row) => string, compared = true): Child[] => line(name, [text(a), text(b)], compared);
  const named = (name: string): Child[] => line(name, [textOf(first?.[name]), textOf(second?.[name])]);
  const count = (name: string): Child[] => both(name, (row) => number(Number(row[name])), false);
  const body = [
    ...(first && second ? [...['given', 'family', 'other_names', 'document', 'telephone', 'address'].map(named), line('birth', [birthText(first), birthText(second)])] : []),
    both('birth_year', (row) => textOf(row.birth_year)), both('sex', (row) => (row.sex ? known('sex', row.sex) : '')), both('place', (row) => (row.place ? desk.context.placeNameOf(String(row.place)) : '')), both('added', (row) => date(row.added as string | null), false),
    both('case', (row) => (row.case ? [t('tracing.beside.case.n', { n: String(row.case) }), row.class ? known('class', row.class) : '', row.onset ? date(String(row.onset)) : ''].filter(Boolean).join(', ') : ''), false),
    count('cases'), count('contacts'), count('contacts_of'), count('events'), count('orders'),
  ];
  const keep = (stays: number, goes: number): Child => {
    const id = `tr-keep-${stays}`;
    const text = t('tracing.dup.keep', { n: stays });
    return h('button', { type: 'button', id, onclick: () => desk.open(decisionForm(desk, { action: 'merge', person: goes, other: stays }, t('tracing.dup.merge.title', { person: goes, other: stays }), t('tracing.dup.merge.hint', { person: goes, other: stays })), id) }, text);
  };
  const table = scrolled([t('tracing.beside.what'), t('tracing.person', { n: of.person }), t('tracing.person', { n: of.other }), t('tracing.beside.verdict')], body, t('tracing.beside.title', { person: of.person, other: of.other }));
  table.classList.add('tr-beside');
  return h('section.tr-section', { id: 'tr-pair', tabindex: -1 }, h('div.figure-head', {}, h('h4', { id: 'tr-pair-title' }, t('tracing.beside.title', { person: of.person, other: of.other })),
    h('button.small', { type: 'button', id: 'tr-pair-close', onclick: () => { pair = null; desk.redraw(); } }, t('tracing.close'))),
  of.pattern ? h('p.summary', {}, t('tracing.dup.agrees', { what: patternText(of.pattern), p: chance(of.probability) })) : null, table,
  h('div.tr-buttons', {}, keep(of.person, of.other), keep(of.other, of.person), h('button', { type: 'button', id: 'tr-different',
    onclick: () => desk.open(decisionForm(desk, { action: 'different', person: of.person, other: of.other }, t('tracing.dup.different.title', { person: of.person, other: of.other }), t('tracing.dup.different.hint')), 'tr-different') }, t('tracing.dup.different'))));
}

/* --------------------------------------------------------------------------------------------------------------- lists */

function pairTable(desk: Desk, pairs: Pair[], prefix: string, caption: string): Child {
  const choose = (one: Pair): void => { pair = one; desk.redraw(); };
  return scrolled(heads(['person', 'maybe', 'action', 'chance', 'agrees']), pairs.map((one): Child[] => [t('tracing.person', { n: one.person }), t('tracing.person', { n: one.other }),
    rowButton(`${prefix}-${one.person}-${one.other}`, t('tracing.dup.compare'), t('tracing.beside.title', { person: one.person, other: one.other }), () => choose(one)), chance(one.probability), patternText(one.pattern)]), caption);
}

export async function duplicatesPart(desk: Desk): Promise<Child[]> {
  const query: Query = { show: 'duplicates', most: 100 };
  const [table, merges] = await Promise.all([askTable('/tracing', query, desk.context.signal), askTable('/tracing', { show: 'merges' }, desk.context.signal)]);
  const pairs = pairsOf(table);
  pair = pair && pair.pattern === '' ? pairs.find((one) => isPair(one, pair)) ?? pair : pair;
  const done = rowsOf(merges);
  const looked = pair ? h('div') : null;
  if (pair && looked) {
    show(looked, await beside(desk, pair));
    queueMicrotask(() => { if (document.activeElement === document.body) { document.getElementById('tr-pair')?.focus(); } });
  }
  return [
    h('div.tools.tr-actions', {}, h('button', { type: 'button', id: 'tr-candidates', onclick: () => desk.open(candidatesForm(desk), 'tr-candidates') }, t('tracing.dup.search'))),
    looked,
    found ? h('section.tr-section', {}, h('h4', {}, t('tracing.dup.candidates', { n: found.person })), found.pairs.length === 0 ? h('p.summary', {}, t('tracing.dup.candidates.none')) : pairTable(desk, found.pairs, 'tr-candidate', t('tracing.dup.candidates', { n: found.person }))) : null,
    h('section.tr-section', {}, h('div.figure-head', {}, h('h4', {}, t('tracing.dup.title')), h('div.tools', {}, csvLink({ path: '/tracing', query: { ...query, most: 5000 } }))),
      h('p.summary', {}, pairs.length === 0 ? t('tracing.dup.none') : plural('tracing.dup.summary', pairs.length, { n: number(pairs.length) })), pairs.length > 0 ? pairTable(desk, pairs, 'tr-pair', t('tracing.dup.title')) : null),
    done.length > 0 ? h('section.tr-section', {}, h('h4', {}, t('tracing.dup.merges')), scrolled(heads(['step', 'merge', 'action', 'when', 'by']), done.map((row): Child[] => {
      const step = Number(row.step);
      return [String(step), t('tracing.dup.merge.row', { person: String(row.person), into: String(row.into) }), row.undone === true ? t('tracing.dup.wasundone')
        : rowButton(`tr-undo-${step}`, t('tracing.dup.do.undo'), t('tracing.dup.undo.title', { step }), () => desk.open(decisionForm(desk, { action: 'undo', step }, t('tracing.dup.undo.title', { step }), t('tracing.dup.undo.hint')), `tr-undo-${step}`)), moment(String(row.at)), String(row.by)];
    }), t('tracing.dup.merges'))) : null,
    h('details.method', {}, h('summary', {}, t('tracing.method')), h('p', {}, t('tracing.dup.method'))),
  ];
}
