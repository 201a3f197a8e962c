// What the parts of the tracing tab have in common: whose desk it is, tables, and how a form is opened.
import type { DetailContext } from './detail';
import { h, type Child } from './dom';
import { dataTable } from './figure';
import { percent, t } from './i18n';
import type { Form } from './tracing-form';
import { word } from './tracing-words';

export interface Desk {
  context: DetailContext;
  today: string;
  officer: string; // the one that is chosen; '' none
  officers: string[];
  redraw: () => void;
  open: (form: Form, opener: string) => void; // opener: the id of what was pressed, which has the focus again afterwards
  persons: Set<number>; // those on the screen, whose names may be asked for
  say: (text: string) => void;
}

export function scrolled(heads: string[], rows: Child[][], caption: string): HTMLElement {
  const element = dataTable({ heads, rows }, caption);
  element.classList.add('tr-table');
  return element;
}

export const heads = (names: string[]): string[] => names.map((name) => t(`tracing.head.${name}`));
export const known = (kind: string, value: unknown): string => (value && value !== 'unknown' ? word(kind, String(value)) : '–');
export const choicesOf = (kind: string, words: readonly string[]): [string, string][] => [['', t('tracing.form.notsaid')], ...words.map((one): [string, string] => [one, word(kind, one)])];

/** A button in a row, which says of which row it is to whoever does not see it. */
export function rowButton(id: string, text: string, whole: string, press: () => void): HTMLElement {
  return h('button.small', { type: 'button', id, 'aria-label': whole, onclick: press }, text);
}

/** Nothing is certain. */
export const chance = (p: number | null): string => (p !== null && p > 0.9994 ? `> ${percent(0.999, 1)}` : percent(p ?? NaN, 1));
