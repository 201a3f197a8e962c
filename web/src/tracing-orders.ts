// Orders of quarantine and isolation: those in force, giving one, and lifting it before its end.
import { askTable, type Query } from './api';
import { h, picker, type Child } from './dom';
import { csvLink } from './figure';
import { date, dayOf, isoOf, number, plural, t } from './i18n';
import { rows } from './rows';
import { choicesOf, heads, known, rowButton, scrolled, type Desk } from './tracing-desk';
import type { Field, Form } from './tracing-form';
import { personText, rowsOf, type Row } from './tracing-words';

const KINDS = ['quarantine_home', 'quarantine_facility', 'isolation_home', 'isolation_facility', 'work_ban'];
const USUAL_DAYS = 14;
const ROWS = 100;
const wanted = { force: true, page: 0 };

/** person 0: it is asked for; until: where the follow-up has an end. */
export function orderForm(desk: Desk, person: number, until = ''): Form {
  return {
    id: `order-${person}`,
    title: person > 0 ? t('tracing.order.give.to', { n: person }) : t('tracing.order.give'),
    save: t('tracing.order.save'),
    fields: [...(person > 0 ? [] : [{ name: 'person', label: t('tracing.form.person'), kind: 'number' } as Field]), { name: 'kind', label: t('tracing.form.order'), kind: 'choice', choices: choicesOf('order', KINDS) },
      { name: 'first', label: t('tracing.form.from'), kind: 'date', value: desk.today }, { name: 'last', label: t('tracing.form.until'), kind: 'date', value: until >= desk.today ? until : isoOf(dayOf(desk.today) + USUAL_DAYS - 1) },
      { name: 'help', label: t('tracing.form.help') }, { name: 'officer', label: t('tracing.form.officer'), value: desk.officer, more: true }],
    wrong: (values) => (person === 0 && !/^[1-9]\d*$/.test(values.person) ? ['person', t('tracing.form.need.person')] : values.kind === '' ? ['kind', t('tracing.form.need.order')] : values.first === '' ? ['first', t('tracing.form.need.day')]
      : values.last === '' ? ['last', t('tracing.form.need.day')] : values.last < values.first ? ['last', t('tracing.form.need.until')] : null),
    done: (values, by, entry) => {
      const whom = person || Number(values.person);
      rows.add({ entry, by, at: Date.now(), reason: '', kind: 'order', fields: { ...values, person: String(whom) }, label: t('tracing.row.order', { kind: known('order', values.kind), n: whom }) });
    },
  };
}

function liftForm(desk: Desk, order: Row): Form {
  const id = Number(order.id);
  return {
    id: `lift-${id}`,
    title: t('tracing.order.lift.of', { n: id, person: String(order.person) }),
    hint: t('tracing.order.lift.hint'),
    save: t('tracing.order.lift'),
    fields: [{ name: 'ended', label: t('tracing.form.ended'), kind: 'date', value: desk.today }],
    wrong: (values) => (values.ended === '' ? ['ended', t('tracing.form.need.day')] : values.ended < String(order.first ?? '') ? ['ended', t('tracing.form.need.until')] : null),
    done: (values, by, entry) => { rows.add({ entry, by, at: Date.now(), reason: '', kind: 'order', id, fields: values, label: t('tracing.row.lifted', { n: id }) }); },
  };
}

function stateOf(row: Row, today: string): string {
  return row.ended && String(row.ended) <= today ? 'lifted' : row.first && String(row.first) > today ? 'ahead' : row.last && String(row.last) < today ? 'over' : 'force';
}

export async function ordersPart(desk: Desk): Promise<Child[]> {
  const query: Query = { show: 'orders', officer: desk.officer, status: wanted.force ? 'force' : null, most: ROWS, skip: wanted.page * ROWS || null };
  const table = await askTable('/tracing', query, desk.context.signal);
  const list = rowsOf(table);
  const total = Number(table.meta.total);
  list.forEach((row) => desk.persons.add(Number(row.person)));
  const body = list.map((row): Child[] => {
    const state = stateOf(row, desk.today);
    const id = Number(row.id);
    return [String(id), personText(row), state === 'force' || state === 'ahead' ? rowButton(`tr-lift-${id}`, t('tracing.order.lift'), t('tracing.order.lift.of', { n: id, person: String(row.person) }), () => desk.open(liftForm(desk, row), `tr-lift-${id}`)) : '–',
      known('order', row.kind), `${date(row.first as string | null, 'day')} – ${date(row.last as string | null)}`, h(`span.tr-status${state === 'force' ? '.tr-status-open' : ''}`, {}, t(`tracing.order.state.${state}`, { date: date(row.ended as string | null) })), String(row.help ?? '–'), String(row.officer ?? '–')];
  });
  const turn = (by: number): void => { wanted.page += by; desk.redraw(); };
  return [
    h('div.tools.tr-actions', {}, picker('tr-force', t('tracing.status'), [['', t('tracing.order.inforce')], ['all', t('tracing.order.all')]], wanted.force ? '' : 'all', (choice) => { wanted.force = choice === ''; wanted.page = 0; desk.redraw(); }),
      h('button', { type: 'button', id: 'tr-order-new', onclick: () => desk.open(orderForm(desk, 0), 'tr-order-new') }, t('tracing.order.give'))),
    h('div.figure-head', {}, h('p.summary', {}, body.length === 0 ? t(wanted.force ? 'tracing.orders.none.force' : 'tracing.orders.none') : plural('tracing.orders.summary', total, { n: number(total) })), h('div.tools', {}, csvLink({ path: '/tracing', query: { ...query, most: 5000, skip: null } }))),
    body.length > 0 ? scrolled(heads(['order', 'who', 'action', 'kind', 'when', 'status', 'help', 'officer']), body, t('tracing.part.orders')) : null,
    total > ROWS ? h('div.pager', {}, h('button.small', { type: 'button', id: 'tr-before', disabled: wanted.page === 0, onclick: () => turn(-1) }, t('tracing.page.before')),
      h('button.small', { type: 'button', id: 'tr-next', disabled: (wanted.page + 1) * ROWS >= total, onclick: () => turn(1) }, t('tracing.page.next'))) : null,
  ];
}
