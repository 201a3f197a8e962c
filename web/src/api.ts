// Asking the server. Every answer has an ETag; the last answer to each question is kept, so the same question costs an empty
// 304, and when the server does not answer the last numbers can still be shown (and are said to be old).

export const BASE = '/api/v1';
export type Query = Record<string, string | number | null | undefined>;
export type Cell = string | number | boolean | null;

export interface Meta {
  status?: string;
  as_of?: string | null;
  data_version?: number;
  step_days?: number;
  level?: string;
  [name: string]: unknown;
}

/** A table of the API, read by column name. */
export class Table {
  readonly columns: string[];
  readonly rows: Cell[][];
  readonly meta: Meta;

  constructor(body: { columns: string[]; rows: Cell[][]; meta?: Meta }) {
    this.columns = body.columns;
    this.rows = body.rows;
    this.meta = body.meta ?? {};
  }

  index(name: string): number {
    return this.columns.indexOf(name);
  }

  numbers(name: string): number[] {
    const at = this.index(name);
    return this.rows.map((row) => (typeof row[at] === 'number' ? (row[at] as number) : NaN));
  }

  texts(name: string): string[] {
    const at = this.index(name);
    return this.rows.map((row) => (row[at] === null || row[at] === undefined ? '' : String(row[at])));
  }
}

export interface DatasetMeasure { name: string; what: string; by: string; kind: string; delayed: boolean }
export interface Dataset {
  name: string; title: string; disease: string | null; country: string | null; nature: 'real' | 'simulated' | 'historic';
  kind: 'cases' | 'counts'; source: string | null; licence: string | null; note: string | null; n_rows: number;
  first_date: string | null; last_date: string | null; first_known: string | null; last_known: string | null; step_days: number;
  measures: DatasetMeasure[]; groups: string[]; levels: string[];
}
export interface NodeAnswer { program: string; version: string; data_version: number; today: string; datasets: Dataset[] }

export class ApiError extends Error {
  readonly status: string;
  readonly http: number;
  constructor(status: string, http: number, message: string) {
    super(message);
    this.status = status;
    this.http = http;
  }
}

export function url(path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') {
      parameters.set(name, String(value));
    }
  }
  const text = parameters.toString();
  return `${BASE}${path}${text ? `?${text}` : ''}`;
}

const KEPT_ANSWERS = 60;
interface Kept { etag: string; body: unknown; at: number } // at: when it was received
export const kept = new Map<string, Kept>();
/** Where the last answers are, each with the time it was received (X-Kept). */
export const ANSWERS = 'vigia-answers-1';
export let connected = true;
let onConnection: (connected: boolean) => void = () => undefined;

export function watchConnection(listener: (connected: boolean) => void): void {
  onConnection = listener;
  listener(connected);
}

function setConnected(value: boolean): void {
  if (value !== connected) {
    connected = value;
    onConnection(value);
  }
}

async function openStore(): Promise<Cache | null> {
  try {
    return 'caches' in window ? await caches.open(ANSWERS) : null;
  } catch {
    return null; // private windows and full disks: the page works without
  }
}

async function keep(address: string, etag: string, body: unknown): Promise<void> {
  const at = Date.now();
  kept.delete(address);
  kept.set(address, { etag, body, at });
  if (kept.size > KEPT_ANSWERS) {
    kept.delete(kept.keys().next().value as string);
  }
  const store = /\/(tree|introductions)\b/.test(address) ? null : await openStore(); // names of genomes that may not leave
  try {
    if (store) {
      await store.put(address, new Response(JSON.stringify(body), { headers: { ETag: etag, 'X-Kept': String(at) } }));
      const addresses = (await store.keys()).filter((old) => !old.url.endsWith('/node')); // without which no view opens
      await Promise.all(addresses.slice(0, Math.max(0, addresses.length - KEPT_ANSWERS)).map((old) => store.delete(old)));
    }
  } catch {
    // no room: only the memory of this page keeps it
  }
}

async function recall(address: string): Promise<Kept | null> {
  const inMemory = kept.get(address);
  if (inMemory) {
    return inMemory;
  }
  const store = await openStore();
  const response = store ? await store.match(address) : undefined;
  if (!response) {
    return null;
  }
  const answer = { etag: response.headers.get('ETag') ?? '', body: await response.json() as unknown, at: Number(response.headers.get('X-Kept')) };
  kept.set(address, answer);
  return answer;
}

/** What the server says of a request that it did not answer. */
export async function failure(response: Response): Promise<ApiError> {
  try {
    const body = await response.json() as { error: { status: string; message: string } };
    return new ApiError(body.error.status, response.status, body.error.message);
  } catch {
    return new ApiError('system_error', response.status, `HTTP ${response.status}`);
  }
}

const TIME_LIMIT_MS = 60000;
const PATIENCE_MS = 8000; // on a bad line, with what the visits of a day need at hand

/** Asks, and takes the answer in whole within the time: a connection may break, or another network's page come, at any byte of it. body is null of what was not changed (304). */
export async function receive(address: string, init: RequestInit, limitMs = TIME_LIMIT_MS, signal?: AbortSignal): Promise<{ response: Response; body: unknown }> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  const timer = setTimeout(stop, limitMs);
  signal?.addEventListener('abort', stop);
  try {
    const response = await fetch(address, { cache: 'no-store', ...init, signal: controller.signal });
    if (response.ok || response.status === 304) {
      return { response, body: response.ok ? await response.json() : null };
    }
    throw await failure(response);
  } catch (problem) {
    throw problem instanceof ApiError || signal?.aborted ? problem : new ApiError('unreachable', 0, String(problem));
  } finally {
    clearTimeout(timer);
  }
}

export async function ask<T>(address: string, signal?: AbortSignal): Promise<T> {
  const before = await recall(address).catch(() => null);
  try {
    const { response, body } = await receive(address, { headers: before?.etag ? { 'If-None-Match': before.etag } : {} }, before && /\/(node|tracing)\b/.test(address) ? PATIENCE_MS : TIME_LIMIT_MS, signal);
    setConnected(true);
    if (before && !response.ok) { // 304
      return before.body as T;
    }
    void keep(address, response.headers.get('ETag') ?? '', body);
    return body as T;
  } catch (problem) {
    if (problem instanceof ApiError) {
      setConnected(problem.http > 0);
      if (before && !problem.http) {
        return before.body as T;
      }
    }
    throw problem;
  }
}

export async function askTable(path: string, query: Query, signal?: AbortSignal): Promise<Table> {
  return new Table(await ask(url(path, query), signal));
}
