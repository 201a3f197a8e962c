// A part of the node's tree of genomes as arrays: who descends from whom, where each node is drawn, what is known of it, and which colour says so.
import { date, t } from './i18n';

/** What GET /tree says: a value a node, in preorder; words are indices in the lists. */
export interface TreeDocument {
  set: string; exercise?: string; made: string | null; cut: 'whole' | 'node' | 'sample' | 'lineage'; wanted: number; leaves: number; left_out: number; level: string;
  kept: { mutations_per_year?: number | null; mutations_per_year_low?: number | null; mutations_per_year_high?: number | null; leaves?: number; clock?: string } | null;
  parent: number[]; name: string[]; mutations: string[]; acids: string[]; gaps: (string | null)[]; gap_events: string[]; time: (number | null)[] | null; time_low: (number | null)[] | null; time_high: (number | null)[] | null; date: (number | null)[]; own: number[];
  lineage: (number | null)[]; place: (number | null)[]; region: (number | null)[]; provider: (number | null)[]; quality: (number | null)[]; leaves_below: number[];
  lineages: string[]; places: string[]; regions: string[]; providers: string[]; qualities: string[];
}
export type Axis = 'time' | 'divergence';
export type ColourBy = 'lineage' | 'place' | 'date' | 'mutation';
export const OTHER = -1;
export const COLOURS = 12; // --g0 .. --g11

export class Tree {
  readonly size: number;
  readonly tips: number[] = []; // from above
  readonly isTip: Uint8Array;
  readonly children: number[][];
  readonly y: Float64Array; // rows; of a branching point the middle of its children
  readonly low: Float64Array; // the rows of its tips
  readonly high: Float64Array;
  readonly depth: Float64Array; // mutations from the root
  readonly hasTime: boolean;
  private readonly reach: Record<Axis, Float64Array>; // the farthest tip below
  readonly order: number[] = []; // as it is drawn: parents first, from above

  constructor(readonly doc: TreeDocument) {
    const n = doc.parent.length;
    this.size = n;
    this.isTip = new Uint8Array(n).fill(1);
    this.children = Array.from({ length: n }, () => []);
    this.depth = new Float64Array(n);
    this.hasTime = !!doc.time && doc.time.every((day) => day !== null);
    const below = new Uint32Array(n);
    for (let v = 0; v < n; v++) {
      const parent = doc.parent[v];
      if (parent >= 0) {
        this.isTip[parent] = 0;
        this.children[parent].push(v);
        this.depth[v] = this.depth[parent] + (doc.mutations[v] ? doc.mutations[v].split(',').length : 0);
      }
    }
    for (let v = n - 1; v >= 0; v--) {
      below[v] += this.isTip[v];
      if (v > 0) {
        below[doc.parent[v]] += below[v];
      }
    }
    this.children.forEach((list) => list.sort((a, b) => below[a] - below[b] || a - b)); // small ones above: the eye follows the trunk
    [this.y, this.low, this.high] = [new Float64Array(n), new Float64Array(n), new Float64Array(n)];
    for (const stack = [0]; stack.length > 0;) {
      const v = stack.pop() as number;
      this.order.push(v);
      if (this.isTip[v]) {
        this.y[v] = this.low[v] = this.high[v] = this.tips.length;
        this.tips.push(v);
      }
      for (let i = this.children[v].length - 1; i >= 0; i--) {
        stack.push(this.children[v][i]);
      }
    }
    this.reach = { time: new Float64Array(n), divergence: new Float64Array(n) };
    for (let i = n - 1; i >= 0; i--) {
      const v = this.order[i];
      const list = this.children[v];
      if (list.length > 0) {
        [this.low[v], this.high[v]] = [this.low[list[0]], this.high[list[list.length - 1]]];
        this.y[v] = (this.y[list[0]] + this.y[list[list.length - 1]]) / 2;
      }
      for (const axis of ['time', 'divergence'] as const) {
        this.reach[axis][v] = list.reduce((most, child) => Math.max(most, this.reach[axis][child]), this.x(v, axis));
      }
    }
  }

  x(v: number, axis: Axis): number {
    return axis === 'time' && this.hasTime ? (this.doc.time as number[])[v] : this.depth[v];
  }

  reaches(v: number, axis: Axis): number {
    return this.reach[axis][v];
  }

  /** All tips below, or itself. */
  tipsBelow(v: number): number[] {
    return this.tips.slice(this.low[v], this.high[v] + 1);
  }

  word(list: 'lineages' | 'providers' | 'qualities' | 'places' | 'regions', of: 'lineage' | 'provider' | 'quality' | 'place' | 'region', v: number): string {
    const at = this.doc[of][v];
    return at === null ? '' : this.doc[list][at];
  }

  find(name: string): number {
    return this.doc.name.indexOf(name);
  }
}

/** Names with dots: rare ones are counted with the nearest ancestor that is there, until there are so many; then the rarest are others. */
export function groupNames(counts: Map<string, number>, most: number): Map<string, string> {
  const sums = new Map(counts);
  const into = new Map([...counts.keys()].map((name) => [name, name]));
  const parentOf = (name: string): string => name.split('.').slice(0, -1).join('.');
  while ([...sums.keys()].filter(Boolean).length > most) {
    const [rarest, n] = [...sums].filter(([name]) => name).reduce((best, one) => (one[1] < best[1] || (one[1] === best[1] && one[0].length > best[0].length) ? one : best));
    let parent = parentOf(rarest);
    const alone = ![...sums.keys()].some((name) => name !== rarest && (name === parent || parentOf(name) === parent));
    parent = alone && parentOf(parent) ? parentOf(parent) : parent;
    into.forEach((to, name) => { if (to === rarest) { into.set(name, parent); } });
    sums.delete(rarest);
    sums.set(parent, (sums.get(parent) ?? 0) + n);
  }
  return into;
}

/** V.1.* where others are counted with it. */
export function groupText(name: string, into: Map<string, string>): string {
  return !name ? t('genomes.other') : [...into].some(([one, to]) => to === name && one !== name) ? `${name}.*` : name;
}

export interface Legend { colour: number; text: string }
export interface Painting {
  colour: Int16Array; // [size]: 0 .. COLOURS - 1, OTHER, or 100 + 0 .. 255 of a ramp
  legend: Legend[];
}
const RAMP = 100;

/** A node has the colour that all that descends from it have, if it is one. */
function upward(tree: Tree, colour: Int16Array): void {
  for (let i = tree.order.length - 1; i >= 0; i--) {
    const v = tree.order[i];
    const list = tree.children[v];
    if (list.length > 0) {
      colour[v] = list.every((child) => colour[child] === colour[list[0]]) ? colour[list[0]] : OTHER;
    }
  }
}

function byWords(tree: Tree, wordOf: (v: number) => string, textOf: (word: string, into: Map<string, string>) => string, grouped: boolean): Painting {
  const counts = new Map<string, number>();
  tree.tips.forEach((v) => counts.set(wordOf(v), (counts.get(wordOf(v)) ?? 0) + 1));
  const into = grouped ? groupNames(counts, COLOURS) : new Map([...counts.keys()].map((name) => [name, name]));
  const sums = new Map<string, number>();
  counts.forEach((n, name) => { const to = into.get(name) ?? ''; sums.set(to, (sums.get(to) ?? 0) + n); });
  const shown = [...sums].filter(([name]) => name !== '').sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, COLOURS).map(([name]) => name);
  const index = new Map(shown.map((name, i) => [name, i]));
  const colour = new Int16Array(tree.size).fill(OTHER);
  tree.tips.forEach((v) => { colour[v] = index.get(into.get(wordOf(v)) ?? '') ?? OTHER; });
  upward(tree, colour);
  const more = tree.tips.some((v) => colour[v] === OTHER);
  return { colour, legend: [...shown.map((name, i) => ({ colour: i, text: textOf(name, into) })).sort((a, b) => (grouped ? (a.text < b.text ? -1 : 1) : a.colour - b.colour)), ...(more ? [{ colour: OTHER, text: t('genomes.other') }] : [])] };
}

function byDate(tree: Tree): Painting {
  const days = tree.tips.map((v) => tree.doc.date[v]).filter((day): day is number => day !== null).sort((a, b) => a - b);
  const colour = new Int16Array(tree.size).fill(OTHER);
  const [first, last] = [days[0] ?? 0, days[days.length - 1] ?? 0];
  const of = (day: number): number => RAMP + Math.round((255 * (day - first)) / Math.max(1, last - first));
  tree.order.forEach((v) => {
    const day = tree.isTip[v] ? tree.doc.date[v] : tree.hasTime ? (tree.doc.time as number[])[v] : null;
    colour[v] = day === null ? OTHER : of(Math.max(first, Math.min(last, day)));
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(first + share * (last - first)));
  return { colour, legend: days.length === 0 ? [] : [...new Set(marks)].map((day) => ({ colour: of(day), text: date(day) })) };
}

/** What is looked at in every genome: a site, 23403, a codon, S:501, or what is deleted or inserted, 21765-21770, 22204:GAG; and what it should be, if that is said (A23403G, S:N501Y). */
export interface Spot { gene: string; site: number; to: string; gap: string; label: string }
export function spotOf(text: string): Spot | null {
  const plain = text.trim();
  const found = /^(?:([^:,?]+):)?([A-Z*])?(\d{1,6})([A-Z*-])?$/i.exec(plain);
  if (found && (found[1] || !/[^ACGTU-]/i.test(`${found[2] ?? ''}${found[4] ?? ''}`))) {
    const to = (found[4] ?? '').toUpperCase();
    return { gene: found[1] ?? '', site: Number(found[3]), to: found[1] ? to : to.replace('U', 'T'), gap: '', label: found[1] ? `${found[1]}:${found[3]}` : found[3] };
  }
  const gap = plain.replace(/^(\d+)-\1$/, '$1'); // one site is written as one
  return /^\d{1,6}-\d{1,6}$|^([^:,?]+:)?\d{1,6}:[A-Z*]+$/i.test(plain) ? { gene: '', site: 0, to: '+', gap, label: gap } : null;
}

/** Of each node whether it has what is looked at deleted or inserted, by what comes and goes on branches; null: no branch says anything of it. */
function followed(tree: Tree, fits: (one: string) => boolean): Uint8Array | null {
  const { gap_events: events, parent } = tree.doc;
  const has = new Uint8Array(tree.size);
  let any = false;
  tree.order.forEach((v) => {
    has[v] = v > 0 ? has[parent[v]] : 0;
    const here = events[v] ? events[v].split(',').filter((one) => fits(one.slice(1))) : [];
    if (here.length > 0) { // one run may go where another comes that has the site, too
      any = true;
      has[v] = here.some((one) => one[0] === '+') ? 1 : 0;
    }
  });
  return any ? has : null;
}

/** What of a list of gaps, 21765-21770 or S:H69-, is at the spot. */
function fitsOf(spot: Spot): (one: string) => boolean {
  if (spot.gap) {
    const gap = spot.gap.toUpperCase();
    return (one) => one.toUpperCase() === gap;
  }
  if (spot.gene) {
    const acid = new RegExp(`^${spot.gene.toUpperCase().replace(/[^A-Z0-9]/g, '\\$&')}:[A-Z*]${spot.site}-$`);
    return (one) => acid.test(one.toUpperCase());
  }
  return (one) => {
    const run = /^(\d+)(?:-(\d+))?$/.exec(one);
    return run !== null && Number(run[1]) <= spot.site && spot.site <= Number(run[2] ?? run[1]);
  };
}

/** A node has the deletion or insertion, has it not, or nobody knows ('?'): of the node's own genomes as they were read, of others as the branches say. */
function gapsAt(tree: Tree, spot: Spot): string[] {
  const fits = fitsOf(spot);
  const has = followed(tree, fits);
  return tree.doc.gaps.map((list, v) => {
    const own = list === null ? null : list.split(',');
    return own === null ? (has === null ? '?' : has[v] ? '+' : '-') : own.some(fits) ? '+' : own.includes(`?${spot.gap}`) ? '?' : '-';
  });
}

/** The base or amino acid of each node at a site: what the changes on the way there made of it; '' where it never changes. */
export function statesAt(tree: Tree, spot: Spot): string[] {
  if (spot.gap) {
    const gaps = gapsAt(tree, spot);
    return gaps.includes('+') ? gaps : gaps.map(() => '');
  }
  const key = spot.gene.toUpperCase();
  const pattern = new RegExp(key ? `(?:^|,)${key.replace(/[^A-Z0-9]/g, '\\$&')}:([A-Z*])${spot.site}([A-Z*])(?:,|$)` : `(?:^|,)([ACGT])${spot.site}([ACGT])(?:,|$)`);
  const changes = (key ? tree.doc.acids : tree.doc.mutations).map((text) => (text.includes(String(spot.site)) ? pattern.exec(key ? text.toUpperCase() : text) : null));
  const first = changes.find((change) => change);
  const bases = new Array<string>(tree.size).fill('');
  tree.order.forEach((v) => {
    const change = changes[v];
    bases[v] = change ? change[2] : v === 0 ? (first ? first[1] : '') : bases[tree.doc.parent[v]];
  });
  const fits = fitsOf(spot);
  const lacks = followed(tree, fits);
  tree.doc.gaps.forEach((list, v) => { if (list === null ? lacks !== null && lacks[v] : list.split(',').some(fits)) { bases[v] = '-'; } });
  return bases;
}

function byMutation(tree: Tree, text: string): Painting {
  const spot = spotOf(text);
  const colour = new Int16Array(tree.size).fill(OTHER);
  const bases = spot === null ? [] : statesAt(tree, spot);
  if (spot === null || !bases.some(Boolean)) {
    return { colour, legend: [{ colour: OTHER, text: t(spot === null ? 'genomes.mutation.none' : 'genomes.mutation.nowhere') }] };
  }
  const counts = new Map<string, number>();
  tree.tips.forEach((v) => counts.set(bases[v], (counts.get(bases[v]) ?? 0) + 1));
  const shown = [...counts].sort((a, b) => b[1] - a[1]).slice(0, COLOURS).map(([base]) => base);
  bases.forEach((base, v) => { colour[v] = shown.indexOf(base); });
  if ((spot.gap || bases.includes('-')) && followed(tree, fitsOf(spot)) === null) { // no branch says so
    upward(tree, colour);
  }
  return { colour, legend: shown.map((base, i) => ({ colour: i, text: t('genomes.mutation.base', { site: spot.label, base: spot.gap ? t(`genomes.gap.${base === '+' ? 'yes' : base === '-' ? 'no' : 'unknown'}`) : base || '–', n: counts.get(base) as number }) })) };
}

export function paint(tree: Tree, by: ColourBy, mutation: string, nameOf: (code: string) => string): Painting {
  switch (by) {
    case 'lineage': return byWords(tree, (v) => tree.word('lineages', 'lineage', v), groupText, true);
    case 'place': return byWords(tree, (v) => tree.word('regions', 'region', v), nameOf, false);
    case 'date': return byDate(tree);
    default: return byMutation(tree, mutation);
  }
}

/** The mutations on branches that most tips have below them, amino acids first, then the most frequent deletions and insertions, for choosing one. */
export function commonMutations(tree: Tree, most: number): string[] {
  const common = (add: (count: (list: string | null | undefined, n: number) => void) => void): string[] => {
    const counts = new Map<string, number>();
    add((list, n) => { if (list) { list.split(',').forEach((one) => counts.set(one, (counts.get(one) ?? 0) + n)); } });
    return [...counts].filter(([name, n]) => n > 1 && name[0] !== '?').sort((a, b) => b[1] - a[1]).slice(0, most).map(([name]) => name);
  };
  const onBranches = (lists: string[]): string[] => common((count) => tree.order.forEach((v) => { if (v > 0) { count(lists[v], tree.high[v] - tree.low[v] + 1); } }));
  const come = tree.doc.gap_events.map((list) => list.split(',').filter((one) => one[0] === '+').map((one) => one.slice(1)).join(','));
  return [...onBranches(tree.doc.acids), ...onBranches(tree.doc.mutations), ...(come.length > 0 ? onBranches(come) : common((count) => tree.tips.forEach((v) => count(tree.doc.gaps[v], 1))))];
}
