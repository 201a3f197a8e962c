// Groups of people in the editor: who is told apart by something else than age, with shares and factors that only the user knows. They are the study's, as all scenarios have the same people.
import { h, type Child } from './dom';
import { number, t } from './i18n';
import type { Block, Value } from './scenario-file';
import { bandsOf, numberField, textField, type FieldContext } from './scenario-form';
import { MOST_GROUPS } from './scenario-plan';

/** One share in percent, or one for each of some ages: "4", "6; 15; 35". A comma is one of decimals. */
export function sharesOf(typed: string): number[] {
  return typed.split(/[;\s]+|,\s+/).filter((part) => part !== '').map((part) => Number(part.replace(',', '.').replace('%', '')));
}

function sharesField(id: string, group: Block, changed: () => void): HTMLElement {
  const shares = typeof group.get('share_percent') === 'number' ? [group.number('share_percent')] : group.numbers('share_percent');
  const field = textField(id, t('scenario.groups.share'), shares.map((share) => number(share, Number.isInteger(share) ? 0 : 2)).join('; '), (typed) => {
    const given = sharesOf(typed);
    const good = given.every((share) => share >= 0 && share <= 100) && (given.length === 1 || given.length === group.texts('ages').length);
    field.querySelector('input')?.setAttribute('aria-invalid', String(!good));
    if (good) {
      group.set('share_percent', given.length === 1 ? given[0] : given);
      changed();
    }
  });
  return field;
}

function groupForm({ study, changed }: FieldContext, group: Block, i: number): HTMLElement {
  const id = (name: string): string => `sc-group-${name}-${i}`;
  const name = group.text('name');
  const set = (key: string, value: Value | undefined): void => { group.set(key, value); changed(); };
  const factor = (key: string, high: number): HTMLElement => numberField(id(key), t(`scenario.groups.${key}`), group.number(key) || (group.get(key) === 0 ? 0 : 1), { low: 0, high },
    (value) => set(key, value === null || value === 1 ? undefined : value));
  const ages = h<HTMLInputElement>('input', { id: id('ages'), type: 'text', maxlength: 80, autocomplete: 'off', value: group.texts('ages').join(', '), placeholder: t('scenario.band.all') });
  ages.addEventListener('change', () => {
    const bands = bandsOf(ages.value);
    const shares = group.numbers('share_percent');
    group.set('ages', bands.length > 0 ? bands : undefined);
    if (shares.length > 1 && shares.length !== bands.length) {
      group.set('share_percent', shares[0]);
    }
    changed();
  });
  const missing = group.get('share_percent') === undefined && group.text('shares') === '';
  return h('div.sc-form.sc-measure.sc-wide', { role: 'group', 'aria-label': name },
    textField(id('name'), t('scenario.name'), name, (typed) => { study.renameGroup(group, typed); changed(); }),
    h('div.field', {}, h('label', { for: id('ages') }, t('scenario.groups.ages')), ages),
    sharesField(id('share'), group, changed), factor('contacts', 100), factor('severity', 1000),
    missing ? h('p.remark.sc-wide', {}, t('scenario.groups.missing')) : null,
    h('div.sc-buttons', {}, h('button.small', { type: 'button', id: id('remove'), onclick: () => {
      study.dropGroup(group);
      changed();
      document.getElementById('sc-group-add')?.focus();
    } }, t('scenario.groups.remove'))));
}

export function groupsForm(context: FieldContext): Child[] {
  const { study, changed } = context;
  return [h('p.small-print.sc-wide', {}, t('scenario.groups.help')), ...study.groups.map((group, i) => groupForm(context, group, i)),
    study.groups.length < MOST_GROUPS ? h('div.sc-buttons', {}, h('button.small', { type: 'button', id: 'sc-group-add', onclick: () => {
      study.addGroup(t('scenario.groups.new'));
      changed();
      document.getElementById(`sc-group-name-${study.groups.length - 1}`)?.focus();
    } }, t('scenario.groups.add'))) : null];
}
