// A contact of a case in one step: who it is, when, where and how near they met. It goes into the list of contacts, and needs no connection.
import { t } from './i18n';
import { rows } from './rows';
import { choicesOf, type Desk } from './tracing-desk';
import { birthOf, type Field, type Form, type Values } from './tracing-form';

export const SETTINGS = ['household', 'work', 'school', 'health_care', 'care_home', 'transport', 'gathering', 'worship', 'funeral', 'trade', 'prison', 'other'];
const PROXIMITIES = ['fluids', 'touch', 'objects', 'close', 'room', 'place'];
const CERTAINTIES = ['low', 'medium', 'high'];
const SEXES = ['female', 'male', 'other'];

const label = (name: string): string => t(`tracing.form.${name}`);

/** Who somebody is that the node does not know yet. */
export function personFields(): Field[] {
  return [{ name: 'given', label: label('given') }, { name: 'family', label: label('family') }, { name: 'telephone', label: label('telephone'), kind: 'tel' }, { name: 'note', label: label('note') }];
}
export function morePersonFields(): Field[] {
  return [{ name: 'birth', label: label('birth'), placeholder: '1980-02-28 / 1980', more: true }, { name: 'sex', label: label('sex'), kind: 'choice', choices: choicesOf('sex', SEXES), more: true }, { name: 'document', label: label('document'), more: true },
    { name: 'address', label: label('address'), more: true }];
}

/** Somebody who is on record, by number, instead. */
export const knownField = (more: boolean): Field => ({ name: 'person', label: label('person.known'), kind: 'number', more });

/** Whether it is said who it is: by number, or by name. */
export function whoIsWrong(values: Values): [string, string] | null {
  const named = ['given', 'family', 'telephone', 'note', 'birth', 'sex', 'document', 'address'].some((name) => values[name] !== '');
  return !/^([1-9]\d*)?$/.test(values.person) ? ['person', label('need.person')] : values.person !== '' && named ? ['person', label('need.either')] : values.person === '' && values.given === '' && values.family === '' ? ['given', label('need.name')]
    : birthOf(values.birth) === null ? ['birth', label('need.birth')] : null;
}

/** Fields of a person as the node takes them. */
export function personOf({ birth, ...values }: Values): Values {
  return { ...values, ...birthOf(birth ?? '') };
}

/** of: the case; 0: it is asked for. */
export function contactForm(desk: Desk, of: number): Form {
  return {
    id: `contact-${of}`,
    title: of > 0 ? t('tracing.contact.add.of', { n: of }) : t('tracing.contact.add'),
    hint: t('tracing.contact.hint'),
    save: t('tracing.contact.save'),
    fields: [...(of > 0 ? [] : [{ name: 'case', label: t('tracing.form.case'), kind: 'number' } as Field]), ...personFields(),
      { name: 'last', label: t('tracing.form.last'), kind: 'date', max: desk.today }, { name: 'setting', label: t('tracing.form.setting'), kind: 'choice', choices: choicesOf('setting', SETTINGS) },
      { name: 'proximity', label: t('tracing.form.proximity'), kind: 'choice', choices: choicesOf('proximity', PROXIMITIES) }, { name: 'certainty', label: t('tracing.form.certainty'), kind: 'choice', choices: choicesOf('certainty', CERTAINTIES) },
      { name: 'first', label: t('tracing.form.first'), kind: 'date', max: desk.today, more: true }, { name: 'minutes', label: t('tracing.form.minutes'), kind: 'number', more: true }, knownField(true), ...morePersonFields(),
      { name: 'officer', label: t('tracing.form.officer'), more: true }, { name: 'added', label: t('tracing.form.added'), kind: 'date', max: desk.today, more: true }],
    wrong: (values) => (of === 0 && !/^[1-9]\d*$/.test(values.case) ? ['case', t('tracing.form.need.case')] : whoIsWrong(values) ?? (values.last === '' ? ['last', t('tracing.form.need.last')] : values.last > desk.today ? ['last', t('tracing.form.need.past')] : values.first > values.last ? ['first', t('tracing.form.need.first')]
        : !/^\d*$/.test(values.minutes) ? ['minutes', t('tracing.form.need.minutes')] : values.added > desk.today ? ['added', t('tracing.form.need.past')] : null)),
    done: (values, by, entry) => {
      const source = of || Number(values.case);
      const { case: asked, ...fields } = values;
      rows.add({ entry, by, at: Date.now(), reason: '', kind: 'contact', source, fields: personOf(fields), label: t('tracing.row.contact', { n: source }) });
    },
  };
}
