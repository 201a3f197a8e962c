// What was entered here on its way to the node. Each item is written to the browser's storage under a key of its own before it is sent, and leaves it only when the node has answered for it
// by that key; the node takes a key once. So nothing is lost with a connection, a closed page or an answer that was not heard, and nothing is entered twice.
import { ApiError, receive, Table, url } from './api';

/** reason: why the node does not take it; '' while it waits. */
export interface Item { entry: string; by: string; at: number; reason: string }
export interface Kind<T extends Item> {
  prefix: string; // of the keys in storage
  path: string; // where the node takes them
  list: string; // what they are called there
  sound: (item: T) => boolean; // whether what storage holds is such an item
  told: (item: T) => Record<string, unknown>; // as the node is told
  taken: (item: T, row: Record<string, unknown>) => void; // the node has it, and says so
}
export interface Queue<T extends Item> {
  /** All that the node has not taken, oldest first. */
  waiting: () => T[];
  add: (item: T) => void;
  drop: (entry: string) => void;
  /** Sends what waits, and tries again later where that fails; asked for anew it tries at once. */
  send: () => Promise<void>;
  /** Why the last attempt did not succeed. */
  fault: () => string;
  /** Whether this browser keeps what waits when the page is closed. */
  isKept: () => boolean;
  watch: (listener: () => void) => void;
}

const AT_ONCE = 25;
const TIME_LIMIT_MS = 20000;
const FIRST_PAUSE_MS = 2000;
const LONGEST_PAUSE_MS = 60000;

/** 128 random bits: also where randomUUID is not to be had. */
export function newEntry(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function makeQueue<T extends Item>(kind: Kind<T>): Queue<T> {
  const inMemory = new Map<string, T>(); // what storage did not take
  let onChange: () => void = () => undefined;
  let sending = false;
  let again = false; // asked for while it was sending
  let pause = FIRST_PAUSE_MS;
  let timer = 0;
  let batch = AT_ONCE;
  let fault = '';

  const parse = (text: string | null): T | null => {
    try {
      const item = JSON.parse(text ?? 'null') as T | null;
      return item && typeof item.entry === 'string' && typeof item.by === 'string' && kind.sound(item) ? item : null;
    } catch {
      return null;
    }
  };

  const waiting = (): T[] => {
    const list = [...inMemory.values()];
    try {
      for (let i = 0; i < localStorage.length; i++) {
        const key = localStorage.key(i) as string;
        const item = key.startsWith(kind.prefix) ? parse(localStorage.getItem(key)) : null;
        if (item && !inMemory.has(item.entry)) {
          list.push(item);
        }
      }
    } catch {
      // storage may be forbidden
    }
    return list.sort((a, b) => a.at - b.at || (a.entry < b.entry ? -1 : 1));
  };

  const write = (item: T): void => {
    try {
      localStorage.setItem(kind.prefix + item.entry, JSON.stringify(item));
      inMemory.delete(item.entry);
    } catch {
      inMemory.set(item.entry, item);
    }
  };

  const erase = (entry: string): void => {
    inMemory.delete(entry);
    try {
      localStorage.removeItem(kind.prefix + entry);
    } catch {
      // as above
    }
  };

  const post = async (items: T[]): Promise<Table> => {
    const { body } = await receive(url(kind.path), { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ by: items[0].by, [kind.list]: items.map(kind.told) }) }, TIME_LIMIT_MS);
    const { columns, rows } = body as Pick<Table, 'columns' | 'rows'>;
    return new Table({ columns, rows });
  };

  /** Takes the node's word for each entry that it names; how many these were. What it does not name goes on waiting: a page of some other network's may have answered. */
  const settle = (items: T[], answer: Table): number => {
    const rows = answer.rows.map((cells) => Object.fromEntries(answer.columns.map((name, i) => [name, cells[i]])));
    let settled = 0;
    for (const item of items) {
      const row = rows.find((one) => one.entry === item.entry);
      if (!row || !['taken', 'known', 'refused'].includes(String(row.state))) {
        continue;
      }
      settled++;
      if (row.state === 'refused') {
        write({ ...item, reason: String(row.reason || '?') });
      } else {
        kind.taken(item, row);
        erase(item.entry);
      }
    }
    return settled;
  };

  /** One attempt with the oldest that wait; whether it is worth going on at once. */
  const attempt = async (): Promise<boolean> => {
    const list = waiting().filter((item) => !item.reason);
    const items = list.filter((item) => item.by === list[0].by).slice(0, batch);
    if (items.length === 0) {
      return false;
    }
    try {
      if (settle(items, await post(items)) === 0) {
        throw new ApiError('unreachable', 0, '');
      }
      fault = '';
      batch = AT_ONCE;
      return list.length > items.length;
    } catch (problem) {
      const error = problem instanceof ApiError ? problem : new ApiError('unreachable', 0, problem instanceof Error ? problem.message : '');
      if ((error.http === 400 || error.http === 413) && items.length > 1) {
        batch = 1; // one of them keeps the others out: each by itself
        return true;
      }
      if (error.http === 400 || error.http === 413) {
        write({ ...items[0], reason: error.message || '?' });
        return true;
      }
      fault = error.http === 0 ? 'unreachable' : error.http === 503 ? 'busy' : error.message || 'other';
      throw error;
    }
  };

  const send = async (): Promise<void> => {
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
      timer = window.setTimeout(() => void send(), pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    } finally {
      sending = false;
    }
    onChange();
  };

  /** At once when the connection is back or the person is. */
  const nudge = (): void => {
    if (document.visibilityState !== 'hidden' && waiting().some((item) => !item.reason)) {
      pause = FIRST_PAUSE_MS;
      void send();
    }
  };
  window.addEventListener('online', nudge);
  window.addEventListener('pageshow', nudge);
  document.addEventListener('visibilitychange', nudge);
  window.addEventListener('storage', (event) => { if (event.key?.startsWith(kind.prefix)) { onChange(); } });
  window.addEventListener('beforeunload', (event) => { if (inMemory.size > 0) { event.preventDefault(); } });
  void send();
  return { waiting, send, fault: () => fault, isKept: () => inMemory.size === 0, watch: (listener) => { onChange = listener; },
    add: (item) => { write(item); onChange(); void send(); }, drop: (entry) => { erase(entry); onChange(); } };
}
