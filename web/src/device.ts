// What the tracing tab leaves on a device: the page itself, so that it opens without a connection (worker.ts), and the last lists (api.ts), with their age. Lists are kept for some days
// and go when a person leaves the device; visits that the node has not taken stay, as nothing else has them.
import { ANSWERS, kept, url, type Query } from './api';

export type Readiness = 'ready' | 'insecure' | 'failed';

const LONGEST_WAIT_MS = 60000;
const LISTS = 'vigia-lists'; // there are lists on this device
const OWN = ['vigia-officer', 'vigia-name', LISTS];
const DAY_MS = 86400000;
const HOUR_MS = 3600000;
const DAYS_KEPT = 3;

const loaded = (): string[] => [...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name)).filter((one) => one.origin === location.origin).map((one) => one.pathname))];

function tell(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = (event) => resolve(event.data === true);
    setTimeout(() => resolve(false), LONGEST_WAIT_MS);
    worker.postMessage(loaded(), [channel.port2]);
  });
}

/** The worker that answers for the page; null where none comes. `serviceWorker.ready` waits for ever for one whose files could not be fetched. */
function working(registration: ServiceWorkerRegistration): Promise<ServiceWorker | null> {
  return new Promise((resolve) => {
    const coming = registration.installing;
    coming?.addEventListener('statechange', () => coming.state === 'redundant' && resolve(registration.active));
    setTimeout(() => resolve(registration.active), LONGEST_WAIT_MS);
    void navigator.serviceWorker.ready.then(({ active }) => resolve(active));
  });
}

let readiness: Promise<Readiness> | null = null;

/** Sees to it that the page opens without a connection from now on. A browser allows that over https alone, and on the node's own computer. */
export function keepPage(): Promise<Readiness> {
  readiness ??= (async (): Promise<Readiness> => {
    if (!('serviceWorker' in navigator)) {
      return 'insecure';
    }
    const worker = await navigator.serviceWorker.register('/worker.js').then(working).catch(() => null);
    if (worker && await tell(worker)) {
      return 'ready';
    }
    readiness = null; // asked again the next time
    return 'failed';
  })();
  return readiness;
}

async function answers(): Promise<Cache | null> {
  return 'caches' in window ? caches.open(ANSWERS).catch(() => null) : null;
}

/** When the answer to a question was received; null where none is kept. */
export async function keptAt(path: string, query: Query): Promise<number | null> {
  const response = await (await answers())?.match(url(path, query));
  const at = Number(response?.headers.get('X-Kept'));
  return at > 0 ? at : null;
}

/** Midnights on this device since then. */
export function daysSince(at: number): number {
  const midnight = (time: number): number => new Date(time).setHours(0, 0, 0, 0);
  return Math.max(0, Math.round((midnight(Date.now()) - midnight(at)) / DAY_MS));
}

const isOldList = (address: string, at: number): boolean => address.includes('/tracing') && !(daysSince(at) <= DAYS_KEPT);

/** In memory too, which holds what storage did not take. */
async function dropOld(): Promise<void> {
  for (const [address, { at }] of kept) {
    if (isOldList(address, at)) {
      kept.delete(address);
    }
  }
  const store = await answers();
  for (const request of (await store?.keys()) ?? []) {
    if (isOldList(request.url, Number((await store?.match(request))?.headers.get('X-Kept')))) {
      await store?.delete(request);
    }
  }
}

let looking = 0;

/** Lists of persons are not kept for longer than they serve, in a page that stays open either. The mark of it has every later page look after them, whichever tab it shows (main.ts). */
export async function lookAfterLists(): Promise<void> {
  try {
    localStorage.setItem(LISTS, '');
  } catch {
    // what storage does not take is not kept there
  }
  looking ||= window.setInterval(() => void dropOld().catch(() => undefined), HOUR_MS);
  await dropOld().catch(() => undefined);
}

/** Of the person who leaves nothing stays here but what the node has not taken yet. The page is loaded anew, for what it has in memory. */
export async function leave(language: string): Promise<void> {
  try {
    OWN.forEach((key) => localStorage.removeItem(key));
    await caches.delete(ANSWERS);
  } catch {
    // what is forbidden was not kept either
  }
  location.replace(`/?lang=${language}`);
}

try {
  if (localStorage.getItem(LISTS) !== null) {
    void lookAfterLists();
  }
} catch {
  // storage may be forbidden
}
