// Names of persons on the screen: shown where the node is served for case workers, for a reason that it keeps, held in this page's memory alone.
import { receive, Table, url } from './api';
import { h, show } from './dom';
import { date, plural, number, t } from './i18n';
import { NAME_LENGTH, ownName, rename } from './own-name';
import { rowsOf, shown, type Row } from './tracing-words';

const AT_ONCE = 500; // the node shows no more at a time
const REASON_LENGTH = 200;
let reason = '';

/** What is asked or decided of persons. */
export async function askPersons(body: Record<string, unknown>): Promise<Table> {
  const { body: answer } = await receive(url('/tracing/persons'), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });
  return new Table(answer as Pick<Table, 'columns' | 'rows'>);
}

export function birthText(row: Row | null): string {
  return row?.birth ? date(String(row.birth)) : '';
}

/** The bar that asks for the names of those on the screen, or puts them away. */
export function drawNames(host: HTMLElement, persons: Set<number>, redraw: () => void): void {
  const missing = [...persons].filter((person) => !shown.has(person)).slice(0, AT_ONCE);
  if (persons.size === 0) {
    show(host);
    return;
  }
  const hide = h('button.small', { type: 'button', id: 'tr-names-hide', onclick: () => { shown.clear(); redraw(); } }, t('tracing.names.hide'));
  if (missing.length === 0) {
    show(host, h('div.tr-names', {}, h('p', {}, t('tracing.names.shown')), hide));
    return;
  }
  const why = h<HTMLInputElement>('input', { id: 'tr-names-reason', type: 'text', value: reason, maxlength: REASON_LENGTH, autocomplete: 'off' });
  const by = h<HTMLInputElement>('input', { id: 'tr-names-by', type: 'text', value: ownName(), maxlength: NAME_LENGTH, autocomplete: 'name' });
  const fault = h('p.error', { id: 'tr-names-fault', role: 'alert', hidden: true });
  const refuse = (input: HTMLInputElement | null, text: string): void => {
    fault.hidden = false;
    show(fault, text);
    input?.setAttribute('aria-invalid', 'true');
    input?.setAttribute('aria-describedby', 'tr-names-fault');
    input?.focus();
  };
  const ask = async (): Promise<void> => {
    const missed = by.value.trim() === '' ? by : why.value.trim() === '' ? why : null;
    if (missed) {
      refuse(missed, t(missed === by ? 'tracing.form.need.by' : 'tracing.names.need'));
      return;
    }
    rename(by.value.trim());
    reason = why.value.trim();
    try {
      for (const row of rowsOf(await askPersons({ by: by.value.trim(), action: 'names', persons: missing, reason }))) {
        shown.set(Number(row.person), row);
      }
      redraw();
    } catch (problem) {
      refuse(null, problem instanceof Error ? problem.message : t('tracing.failed'));
    }
  };
  show(host, h('form.tr-names', { novalidate: true, 'aria-label': t('tracing.names.title'), onsubmit: (event: Event) => { event.preventDefault(); void ask(); } },
    h('div.field', {}, h('label', { for: 'tr-names-by' }, t('tracing.form.by')), by), h('div.field', {}, h('label', { for: 'tr-names-reason' }, t('tracing.names.reason')), why),
    h('button', { type: 'submit', id: 'tr-names-show' }, plural('tracing.names.show', missing.length, { n: number(missing.length) })), shown.size > 0 ? hide : null, fault));
}
