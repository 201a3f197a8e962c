// Transfer orders, one a movement, with lines to sign: only on paper.
import { h, type Child } from './dom';
import { date, number, t } from './i18n';
import type { Plan, PlanRow } from './plan-data';

export function print(): void {
  const root = document.documentElement;
  root.classList.add('pl-printing');
  window.addEventListener('afterprint', () => root.classList.remove('pl-printing'), { once: true });
  window.print();
}

const dayText = (value: unknown): string => (typeof value === 'number' ? number(value) : date(String(value ?? '')));

/** The orders of the rows, in their order. */
export function sheet(plan: Plan, rows: PlanRow[], mark: string): HTMLElement {
  const line = (name: string, value: Child): Child => [h('dt', {}, t(`plan.sheet.${name}`)), h('dd', {}, value)];
  const sign = (name: string): Child => h('div.pl-sign', {}, h('span', {}, t(`plan.sheet.${name}`)), h('span.pl-blank'), h('span', {}, t('plan.sheet.signature')), h('span.pl-blank'), h('span', {}, t('plan.sheet.date')), h('span.pl-blank.pl-short'));
  return h('section.pl-sheet', { 'aria-hidden': 'true' }, rows.map((row) => h('article.pl-order', {},
    h('h2', {}, t('plan.sheet.title', { n: number(Number(row.number)) }), mark ? h('span.pl-mark', {}, ` ${mark}`) : null),
    h('dl', {}, line('what', String(row.title)), line('amount', h('strong', {}, number(Number(row.amount)))), line('from', `${row.from_name} (${row.from})`), line('to', `${row.to_name} (${row.to})`),
      line('leaves', dayText(row.leaves)), line('arrives', dayText(row.arrives)), line('reason', String(row.reason))),
    sign('released'), sign('received'),
    h('p', {}, t('plan.sheet.plan', { name: plan.told.name, date: date(plan.told.kept.slice(0, 10)) })))));
}
