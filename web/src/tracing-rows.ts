// What was entered here of contacts, events and orders: what waits, what the node did not take, and what it has taken, with whom somebody new may be.
import { h, show, type Child } from './dom';
import { plural, number, t } from './i18n';
import { rows, taken, type Told } from './rows';
import { chance } from './tracing-desk';

/** Of a queue of any kind: how many wait, and why they do. */
export function faultText(fault: string): string {
  return fault === '' ? t('tracing.sending') : fault === 'unreachable' ? t('tracing.offline') : fault === 'busy' ? t('tracing.busy') : fault;
}

export function drawRows(host: HTMLElement, compare: (person: number, other: number) => void): void {
  const list = rows.waiting();
  const wait = list.filter((row) => !row.reason);
  const drop = (row: Told): HTMLElement => h('button.small', { type: 'button', id: `tr-row-drop-${row.entry}`, onclick: () => rows.drop(row.entry) }, t('tracing.drop'));
  const done = taken.slice(0, 3).map((row): Child => h('div.tr-taken', {}, h('p', {}, t('tracing.row.taken', { what: row.told.label, n: row.id }),
    row.duplicate > 0 ? ` ${t('tracing.row.duplicate', { person: row.person, other: row.duplicate, p: chance(row.probability) })}` : ''),
  row.duplicate > 0 ? h('button.small', { type: 'button', id: `tr-compare-${row.person}`, onclick: () => compare(row.person, row.duplicate) }, t('tracing.dup.compare')) : null));
  show(host,
    wait.length > 0 ? h('div.tr-wait', {}, h('p', {}, h('strong', {}, plural('tracing.rows', wait.length, { n: number(wait.length) })), ` ${wait.map((row) => row.label).join('; ')}. ${faultText(rows.fault())}`, rows.isKept() ? '' : ` ${t('tracing.notkept')}`),
      h('button.small', { type: 'button', id: 'tr-rows-send', onclick: () => void rows.send() }, t('tracing.send'))) : null,
    list.filter((row) => row.reason).map((row) => h('div.tr-refused', {}, h('p', {}, t('tracing.row.refused', { what: row.label }), h('span.small-print', { lang: 'en' }, ` ${row.reason}`)), drop(row))),
    done.length > 0 ? h('div.tr-done', {}, done, h('button.small', { type: 'button', id: 'tr-rows-seen', onclick: () => { taken.length = 0; drawRows(host, compare); } }, t('tracing.row.seen'))) : null);
}
