// Visits to contacts on their way to the node. Each is written to the browser's storage under a key of its own before it is sent, and leaves it only when the node has answered for it by
// that key; the node takes a key once. So nothing is lost with a connection, a closed page or an answer that was not heard, and nothing is entered twice.
import { ApiError, receive, Table, url } from './api';

export const SEEN = ['in_person', 'telephone', 'not_seen', 'refused'] as const;
export type Seen = (typeof SEEN)[number];
export interface Visit {
  entry: string; contact: number; day: string; seen: Seen; symptoms: string; temperature: number | null; by: string; at: number;
  case?: string; onset?: string; // the contact is such a case now, in the same step
  reason: string; // why the node does not take it; '' while it waits
}

const PREFIX = 'vigia-visit-';
const AT_ONCE = 25;
const TIME_LIMIT_MS = 20000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60000;

const inMemory = new Map<string, Visit>(); // what storage did not take
const done = new Map<string, Visit>(); // taken by the node since the page was opened, by contact and day
let onChange: () => void = () => undefined;
let sending = false;
let again = false; // asked for while it was sending
let pause = FIRST_PAUSE_MS;
let timer = 0;
let batch = AT_ONCE;
let fault = ''; // why the last attempt did not succeed

/** 128 random bits: also where randomUUID is not to be had. */
export function newEntry(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function sound(visit: Visit | null): visit is Visit {
  return !!visit && typeof visit.entry === 'string' && typeof visit.contact === 'number' && typeof visit.day === 'string' && typeof visit.by === 'string' && SEEN.includes(visit.seen);
}

/** All that the node has not taken, oldest first. */
export function waiting(): Visit[] {
  const list = [...inMemory.values()];
  try {
    for (let i = 0; i < localStorage.length; i++) {
      const key = localStorage.key(i) as string;
      if (key.startsWith(PREFIX)) {
        const visit = parse(localStorage.getItem(key));
        if (sound(visit) && !inMemory.has(visit.entry)) {
          list.push(visit);
        }
      }
    }
  } catch {
    // storage may be forbidden
  }
  return list.sort((a, b) => a.at - b.at || (a.entry < b.entry ? -1 : 1));
}

function parse(text: string | null): Visit | null {
  try {
    return JSON.parse(text ?? 'null') as Visit | null;
  } catch {
    return null;
  }
}

function write(visit: Visit): boolean {
  try {
    localStorage.setItem(PREFIX + visit.entry, JSON.stringify(visit));
    inMemory.delete(visit.entry);
    return true;
  } catch {
    inMemory.set(visit.entry, visit);
    return false;
  }
}

function erase(entry: string): void {
  inMemory.delete(entry);
  try {
    localStorage.removeItem(PREFIX + entry);
  } catch {
    // as above
  }
}

const slot = (contact: number, day: string): string => `${contact} ${day}`;

/** What was entered here last of a contact on a day: waiting, refused, or taken since the page was opened. */
export function lastVisit(contact: number, day: string, list: Visit[] = waiting()): { visit: Visit; state: 'waiting' | 'refused' | 'saved' } | null {
  const own = list.filter((visit) => visit.contact === contact && visit.day === day).pop();
  const saved = done.get(slot(contact, day));
  if (own && !(saved && saved.at > own.at)) {
    return { visit: own, state: own.reason ? 'refused' : 'waiting' };
  }
  return saved ? { visit: saved, state: 'saved' } : null;
}

export function lastFault(): string {
  return fault;
}

/** Whether this browser keeps what waits when the page is closed. */
export function isKept(): boolean {
  return inMemory.size === 0;
}

export function watchVisits(listener: () => void): void {
  onChange = listener;
}

export function addVisit(visit: Visit): void {
  write(visit);
  onChange();
  void sendVisits();
}

export function dropVisit(entry: string): void {
  erase(entry);
  onChange();
}

async function post(visits: Visit[]): Promise<Table> {
  const followups = visits.map(({ entry, contact, day, seen, symptoms, temperature, case: become, onset }) => ({ entry, contact, day, seen, ...(symptoms ? { symptoms } : {}), ...(temperature === null ? {} : { temperature }),
    ...(become ? { case: become, ...(onset ? { onset } : {}) } : {}) }));
  const { body } = await receive(url('/tracing/followups'), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ by: visits[0].by, followups }) }, TIME_LIMIT_MS);
  const { columns, rows } = body as Pick<Table, 'columns' | 'rows'>;
  return new Table({ columns, rows });
}

/** Takes the node's word for each entry that it names; how many these were. What it does not name goes on waiting: a page of some other network's may have answered. */
function settle(visits: Visit[], answer: Table): number {
  const [entries, states, reasons] = ['entry', 'state', 'reason'].map((name) => answer.texts(name));
  let settled = 0;
  for (const visit of visits) {
    const at = entries.indexOf(visit.entry);
    if (at < 0 || !['taken', 'known', 'refused'].includes(states[at])) {
      continue;
    }
    settled++;
    if (states[at] === 'refused') {
      write({ ...visit, reason: reasons[at] || '?' });
    } else {
      const before = done.get(slot(visit.contact, visit.day));
      if (!before || before.at <= visit.at) {
        done.set(slot(visit.contact, visit.day), visit);
      }
      erase(visit.entry);
    }
  }
  return settled;
}

/** One attempt with the oldest that wait; whether it is worth going on at once. */
async function attempt(): Promise<boolean> {
  const list = waiting().filter((visit) => !visit.reason);
  const visits = list.filter((visit) => visit.by === list[0].by).slice(0, batch);
  if (visits.length === 0) {
    return false;
  }
  try {
    if (settle(visits, await post(visits)) === 0) {
      throw new ApiError('unreachable', 0, '');
    }
    fault = '';
    batch = AT_ONCE;
    return list.length > visits.length;
  } catch (problem) {
    const error = problem instanceof ApiError ? problem : new ApiError('unreachable', 0, problem instanceof Error ? problem.message : '');
    if ((error.http === 400 || error.http === 413) && visits.length > 1) {
      batch = 1; // one of them keeps the others out: each by itself
      return true;
    }
    if (error.http === 400 || error.http === 413) {
      write({ ...visits[0], reason: error.message || '?' });
      return true;
    }
    fault = error.http === 0 ? 'unreachable' : error.http === 503 ? 'busy' : error.message || 'other';
    throw error;
  }
}

/** Sends what waits, and tries again later where that fails; asked for anew it tries at once. */
export async function sendVisits(): Promise<void> {
  if (sending) {
    again = true;
    return;
  }
  sending = true;
  clearTimeout(timer);
  try {
    do {
      again = false;
      while (await attempt()) {
        onChange();
      }
    } while (again);
    pause = FIRST_PAUSE_MS;
  } catch {
    timer = window.setTimeout(() => void sendVisits(), pause * (0.75 + Math.random() / 2));
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  } finally {
    sending = false;
  }
  onChange();
}

/** At once when the connection is back or the person is. */
function nudge(): void {
  if (document.visibilityState !== 'hidden' && waiting().some((visit) => !visit.reason)) {
    pause = FIRST_PAUSE_MS;
    void sendVisits();
  }
}
window.addEventListener('online', nudge);
window.addEventListener('pageshow', nudge);
document.addEventListener('visibilitychange', nudge);
window.addEventListener('storage', (event) => { if (event.key?.startsWith(PREFIX)) { onChange(); } });
window.addEventListener('beforeunload', (event) => { if (inMemory.size > 0) { event.preventDefault(); } });
void sendVisits();
