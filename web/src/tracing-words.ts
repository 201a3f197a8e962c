// What the parts of the tracing tab say in the same way.
import type { Table } from './api';
import { has, t } from './i18n';

export type Row = Record<string, unknown>;

export function rowsOf(table: Table): Row[] {
  return table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i) => [name, cells[i]])));
}

export function word(kind: string, value: string): string {
  return value && has(`tracing.${kind}.${value}`) ? t(`tracing.${kind}.${value}`) : value;
}

/** What identifies persons, as far as it was shown (tracing-names.ts): in memory, and nowhere else. */
export const shown = new Map<number, Row>();

export function identityOf(person: unknown): Row | null {
  return shown.get(Number(person)) ?? null;
}

function fullName(person: unknown): string {
  const row = identityOf(person);
  return row ? [row.given, row.family, row.other_names].filter(Boolean).join(' ') : '';
}

/** Where a person is reached, for the list that is printed. */
export function reachedAt(person: unknown): string {
  const row = identityOf(person);
  return row ? [fullName(person), row.telephone, row.address].filter(Boolean).join(', ') : '';
}

/** "Person 12, woman, 1985", with the name where it is shown. */
export function personText(row: Row): string {
  return [t('tracing.person', { n: String(row.person) }), fullName(row.person), row.sex ? word('sex', String(row.sex)) : '', row.birth_year ? t('tracing.born', { year: String(row.birth_year) }) : ''].filter(Boolean).join(', ');
}

export function symptomText(symptoms: string): string {
  return symptoms.split(',').filter(Boolean).map((one) => word('symptom', one)).join(', ');
}
