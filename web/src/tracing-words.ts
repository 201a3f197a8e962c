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

/** "Person 12, woman, 1985". */
export function personText(row: Row): string {
  return [t('tracing.person', { n: String(row.person) }), row.sex ? word('sex', String(row.sex)) : '', row.birth_year ? t('tracing.born', { year: String(row.birth_year) }) : ''].filter(Boolean).join(', ');
}

export function symptomText(symptoms: string): string {
  return symptoms.split(',').filter(Boolean).map((one) => word('symptom', one)).join(', ');
}
