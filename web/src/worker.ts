// The page without a connection (W3C Service Workers): keeps the page's own files, which are the same for everybody, and gives them when the node cannot. What the node answers under /api
// never passes through here: the page itself keeps its last answers and says that they are old (api.ts), visits wait in the browser's storage (visits.ts).
// A store is of one version of the page. The next version fills its own before the old one goes, and goes to work when no page of the old one is open any more.
declare const VIGIA_SHELL: string[]; // what no part of the page opens without
declare const VIGIA_PAGE: string; // names the content of "/"
declare const VIGIA_FILES: string[]; // all files of this version; all but "/" are named by their content

interface Extended extends Event { waitUntil(promise: Promise<unknown>): void }
interface Asked extends Extended { request: Request; respondWith(response: Promise<Response>): void }
interface Said extends Extended { data: unknown; ports: readonly MessagePort[] }
interface Worker { location: Location; clients: { claim(): Promise<void> }; addEventListener<E>(type: string, listener: (event: E) => void): void }

const worker = self as unknown as Worker;
const STORE = `vigia-page-${hash(VIGIA_FILES.join() + VIGIA_PAGE)}`;
const PATIENCE_MS = 4000;

/** FNV-1a: names a version; nobody is kept out by it. */
function hash(text: string): string {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    state = Math.imul(state ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return state.toString(36);
}

const isNamed = (path: string): boolean => path !== '/' && VIGIA_FILES.includes(path);
/** What stays the same of a file's name from version to version. */
const plainName = (path: string): string => path.replace(/\.[^./]+(\.\w+)$/, '$1');

async function fill(): Promise<void> {
  const store = await caches.open(STORE);
  const before = new Set<string>(); // what was used so far, such as the texts of a language
  for (const name of await caches.keys()) {
    if (name.startsWith('vigia-page-') && name !== STORE) {
      (await (await caches.open(name)).keys()).forEach((request) => before.add(plainName(new URL(request.url).pathname)));
    }
  }
  const wanted = VIGIA_FILES.filter((path) => VIGIA_SHELL.includes(path) || (isNamed(path) && before.has(plainName(path))));
  await store.addAll(wanted.map((path) => new Request(path, path === '/' ? { cache: 'reload' } : {})));
}

async function clear(): Promise<void> {
  await Promise.all((await caches.keys()).filter((name) => name.startsWith('vigia-page-') && name !== STORE).map((name) => caches.delete(name)));
  await worker.clients.claim();
}

/** The node's page, and where it does not come in time the one that is kept. */
async function openPage(request: Request): Promise<Response> {
  const own = caches.open(STORE).then((store) => store.match('/'));
  const asked = fetch(request).then((response) => (response.ok || response.type === 'opaqueredirect' ? response : own.then((kept) => kept ?? response)));
  const late = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), PATIENCE_MS));
  try {
    return await Promise.race([asked, late]) ?? await own ?? await asked;
  } catch (problem) {
    const kept = await own;
    if (!kept) {
      throw problem;
    }
    return kept;
  }
}

async function openFile(request: Request, path: string): Promise<Response> {
  const store = await caches.open(STORE);
  const kept = await store.match(path);
  if (kept) {
    return kept;
  }
  const response = await fetch(request);
  if (response.ok) {
    await store.put(path, response.clone()).catch(() => undefined); // no room: the next time it is fetched again
  }
  return response;
}

worker.addEventListener<Extended>('install', (event) => event.waitUntil(fill()));
worker.addEventListener<Extended>('activate', (event) => event.waitUntil(clear()));
worker.addEventListener<Asked>('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== worker.location.origin) {
    return;
  }
  if (request.mode === 'navigate' && address.pathname === '/') {
    event.respondWith(openPage(request));
  } else if (isNamed(address.pathname)) {
    event.respondWith(openFile(request, address.pathname));
  }
});

/** A page names the files that it has loaded; the answer is whether all are kept. */
worker.addEventListener<Said>('message', (event) => {
  const paths = Array.isArray(event.data) ? event.data.filter((path): path is string => typeof path === 'string' && isNamed(path)) : [];
  event.waitUntil(Promise.all(paths.map(async (path) => (await openFile(new Request(path), path)).ok)).then((all) => all.every(Boolean), () => false).then((done) => event.ports[0]?.postMessage(done)));
});
