// Rows of tracing that were entered here, of any kind but visits, on their way to the node (queue.ts), and what it said of those that it took since the page was opened.
import { makeQueue, type Item } from './queue';

export const KINDS = ['case', 'contact', 'event', 'attendance', 'order'] as const;
export type RowKind = (typeof KINDS)[number];
/** id: of the row that is changed; source: the case whose contact it is. label: what it is in a few words without names, as the list of what waits says it. */
export interface Told extends Item { kind: RowKind; fields: Record<string, string>; id?: number; source?: number; label: string }
export interface Taken { told: Told; id: number; person: number; duplicate: number; probability: number }

const DONE_MOST = 20;
export const taken: Taken[] = []; // newest first

export const rows = makeQueue<Told>({
  prefix: 'vigia-row-', path: '/tracing/entries', list: 'entries',
  sound: (row) => KINDS.includes(row.kind) && typeof row.fields === 'object' && row.fields !== null && typeof row.label === 'string',
  told: ({ entry, kind, id, source, fields }) => ({ entry, kind, ...(id ? { id } : {}), ...(source ? { source_case: source } : {}), fields: Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')) }),
  taken: (told, row) => {
    taken.unshift({ told: { ...told, fields: {} }, id: Number(row.id), person: Number(row.person), duplicate: Number(row.duplicate ?? 0), probability: Number(row.probability ?? 0) }); // without what names
    taken.length = Math.min(taken.length, DONE_MOST);
  },
});
