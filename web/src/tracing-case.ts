// A case in one step: who it is, of which class, when it fell ill and was reported. It goes into the list of cases, and needs no connection; with it a record begins.
import { date, t } from './i18n';
import { rows } from './rows';
import { knownField, morePersonFields, personFields, personOf, SETTINGS, whoIsWrong } from './tracing-contact';
import { choicesOf, type Desk } from './tracing-desk';
import type { Field, Form } from './tracing-form';
import { word } from './tracing-words';

export const CLASSES = ['suspected', 'probable', 'confirmed', 'discarded'];
const OF_NEW_CASES = ['confirmed', 'probable', 'suspected'];

export function caseForm(desk: Desk): Form {
  const { place } = desk.context.view;
  const day = (name: string, label: string, more: boolean, value = ''): Field => ({ name, label, kind: 'date', max: desk.today, value, more });
  return {
    id: 'case',
    title: t('tracing.case.add'),
    hint: t('tracing.case.hint'),
    save: t('tracing.case.save'),
    fields: [...personFields().filter((field) => field.name !== 'note'), { name: 'class', label: t('tracing.status'), kind: 'choice', choices: OF_NEW_CASES.map((one): [string, string] => [one, word('class', one)]) },
      day('onset', t('tracing.head.onset'), false), day('report', t('tracing.head.report'), false, desk.today), day('sample', t('tracing.form.sample'), true), { name: 'setting', label: t('tracing.head.setting'), kind: 'choice', choices: choicesOf('setting', SETTINGS), more: true },
      knownField(true), ...morePersonFields(), ...(place ? [{ name: 'place', label: t('tracing.form.place'), kind: 'choice', value: place, choices: [[place, desk.context.placeNameOf(place)], ['', t('tracing.form.notsaid')]], more: true } as Field] : []),
      { name: 'officer', label: t('tracing.form.officer'), value: desk.officer, more: true }, day('added', t('tracing.form.added'), true)],
    wrong: (values) => {
      const late = ['onset', 'report', 'sample', 'added'].find((name) => values[name] > desk.today);
      return whoIsWrong({ note: '', ...values }) ?? (late ? [late, t('tracing.form.need.past')] : values.onset === '' && values.report === '' && values.sample === '' ? ['report', t('tracing.form.need.day')]
        : values.report !== '' && values.onset > values.report ? ['onset', t('tracing.form.need.onset')] : null);
    },
    done: (values, by, entry) => {
      rows.add({ entry, by, at: Date.now(), reason: '', kind: 'case', fields: personOf(values), label: t('tracing.row.case', { class: word('class', values.class), day: date(values.onset || values.report || values.sample) }) });
    },
  };
}
