// Visits to contacts on their way to the node (queue.ts).
import { makeQueue, type Item } from './queue';

export const SEEN = ['in_person', 'telephone', 'not_seen', 'refused'] as const;
export type Seen = (typeof SEEN)[number];
export interface Visit extends Item {
  contact: number; day: string; seen: Seen; symptoms: string; temperature: number | null;
  case?: string; onset?: string; // the contact is such a case now, in the same step
}

const done = new Map<string, Visit>(); // taken by the node since the page was opened, by contact and day
const slot = (contact: number, day: string): string => `${contact} ${day}`;

export const visits = makeQueue<Visit>({
  prefix: 'vigia-visit-', path: '/tracing/followups', list: 'followups',
  sound: (visit) => typeof visit.contact === 'number' && typeof visit.day === 'string' && SEEN.includes(visit.seen),
  told: ({ entry, contact, day, seen, symptoms, temperature, case: become, onset }) => ({ entry, contact, day, seen, ...(symptoms ? { symptoms } : {}), ...(temperature === null ? {} : { temperature }),
    ...(become ? { case: become, ...(onset ? { onset } : {}) } : {}) }),
  taken: (visit) => {
    const before = done.get(slot(visit.contact, visit.day));
    if (!before || before.at <= visit.at) {
      done.set(slot(visit.contact, visit.day), visit);
    }
  },
});

/** What was entered here last of a contact on a day: waiting, refused, or taken since the page was opened. */
export function lastVisit(contact: number, day: string, list: Visit[] = visits.waiting()): { visit: Visit; state: 'waiting' | 'refused' | 'saved' } | null {
  const own = list.filter((visit) => visit.contact === contact && visit.day === day).pop();
  const saved = done.get(slot(contact, day));
  if (own && !(saved && saved.at > own.at)) {
    return { visit: own, state: own.reason ? 'refused' : 'waiting' };
  }
  return saved ? { visit: saved, state: 'saved' } : null;
}
