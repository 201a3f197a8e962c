// Forms of the tracing tab: labelled fields, of which those that are seldom needed are folded away, and who enters it; what was typed stays until it is saved or put away.
import { h, show, type Child } from './dom';
import { t } from './i18n';
import { NAME_LENGTH, ownName, rename } from './own-name';
import { newEntry } from './queue';

export type Values = Record<string, string>;
export interface Field { name: string; label: string; kind?: 'text' | 'date' | 'number' | 'tel' | 'choice'; choices?: [string, string][]; value?: string; max?: string; length?: number; placeholder?: string; more?: boolean }
export interface Form {
  id: string; // of its elements and of what was typed
  title: string;
  hint?: string;
  fields: Field[];
  save: string;
  wrong: (values: Values) => [string, string] | null; // a field, and what it needs
  done: (values: Values, by: string, entry: string) => void | Promise<void>;
}

interface Draft { entry: string; values: Values; more: boolean }
const drafts = new Map<string, Draft>();
const TEXT_LENGTH = 200;

function inputOf(form: Form, field: Field, draft: Draft): HTMLInputElement | HTMLSelectElement {
  const id = `tr-${form.id}-${field.name}`;
  const value = draft.values[field.name] ?? field.value ?? '';
  const kept = (event: Event): void => { draft.values[field.name] = (event.target as HTMLInputElement).value; };
  if (field.kind === 'choice') {
    return h<HTMLSelectElement>('select', { id, onchange: kept }, (field.choices ?? []).map(([key, text]) => h('option', { value: key, selected: key === value }, text)));
  }
  return h<HTMLInputElement>('input', { id, type: field.kind === 'date' ? 'date' : field.kind === 'tel' ? 'tel' : 'text', inputmode: field.kind === 'number' ? 'numeric' : null, value, max: field.max, placeholder: field.placeholder, autocomplete: 'off',
    maxlength: field.kind === 'date' ? null : field.length ?? TEXT_LENGTH, oninput: kept });
}

/** close: puts the form away; what was typed goes with it unless it is kept. */
export function drawForm(form: Form, close: () => void): HTMLElement {
  const draft = drafts.get(form.id) ?? { entry: newEntry(), values: {}, more: false };
  drafts.set(form.id, draft);
  const inputs = new Map<string, HTMLInputElement | HTMLSelectElement>(form.fields.map((field) => [field.name, inputOf(form, field, draft)]));
  const by = h<HTMLInputElement>('input', { id: `tr-${form.id}-by`, type: 'text', value: ownName(), maxlength: NAME_LENGTH, autocomplete: 'name' });
  inputs.set('by', by);
  const faultId = `tr-${form.id}-fault`;
  const fault = h('p.error', { id: faultId, role: 'alert', hidden: true });
  const button = h<HTMLButtonElement>('button.primary', { type: 'submit', id: `tr-${form.id}-save` }, form.save);
  const fieldOf = (field: Field): Child => h('div.field', {}, h('label', { for: `tr-${form.id}-${field.name}` }, field.label), inputs.get(field.name));
  const more = form.fields.filter((field) => field.more);
  const folded = more.length === 0 ? null : h<HTMLDetailsElement>('details.tr-more', { open: draft.more, ontoggle: () => { draft.more = (folded as HTMLDetailsElement).open; } }, h('summary', {}, t('tracing.form.more')), h('div.tr-fields', {}, more.map(fieldOf)));
  const put = (): void => { drafts.delete(form.id); close(); };

  const refuse = (name: string, text: string): void => {
    fault.hidden = false;
    show(fault, text);
    const input = inputs.get(name);
    if (form.fields.some((field) => field.name === name && field.more) && folded) {
      folded.open = true;
    }
    input?.setAttribute('aria-invalid', 'true');
    input?.setAttribute('aria-describedby', faultId);
    (input ?? button).focus();
  };
  const submit = async (): Promise<void> => {
    for (const input of inputs.values()) {
      input.removeAttribute('aria-invalid');
      input.removeAttribute('aria-describedby');
    }
    fault.hidden = true;
    const values = Object.fromEntries(form.fields.map((field) => [field.name, inputs.get(field.name)?.value.trim() ?? '']));
    const wrong = form.wrong(values) ?? (by.value.trim() === '' ? ['by', t('tracing.form.need.by')] : null);
    if (wrong || button.disabled) {
      return wrong ? refuse(wrong[0], wrong[1]) : undefined;
    }
    rename(by.value.trim());
    button.disabled = true;
    try {
      await form.done(values, by.value.trim(), draft.entry);
      put();
    } catch (problem) {
      button.disabled = false;
      refuse('', problem instanceof Error && problem.message ? problem.message : t('tracing.failed'));
    }
  };
  return h('form.tr-form.tr-row-form', { id: `tr-${form.id}`, 'aria-label': form.title, novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); void submit(); },
    onkeydown: (event: KeyboardEvent) => { if (event.key === 'Escape') { event.stopPropagation(); put(); } } },
    h('h4', {}, form.title), form.hint ? h('p.small-print', {}, form.hint) : null, h('div.tr-fields', {}, form.fields.filter((field) => !field.more).map(fieldOf), h('div.field', {}, h('label', { for: by.id }, t('tracing.form.by')), by)), folded, fault,
    h('div.tr-buttons', {}, button, h('button', { type: 'button', id: `tr-${form.id}-cancel`, onclick: put }, t('tracing.form.cancel'))));
}

/** A year or a day of birth; null where it is neither. */
export function birthOf(text: string): Values | null {
  return text === '' ? {} : /^(19|20)\d\d$/.test(text) ? { birth_year: text } : /^(19|20)\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) ? { birth: text } : null;
}
