// What a person wants to try, as the file that `vigia simulate` reads: one place, and scenarios that hold dated measures, vaccinations and arrivals. On the page every scenario has its bars for
// itself; in the file what is alike stands once, and each scenario names what it leaves out. Runs of all scenarios are paired.
import { PRESETS, type Preset } from './scenario-fields';
import { Block, Day, readFile, writeFile, type Value } from './scenario-file';
import { DAY, isoOf } from './i18n';

declare const VIGIA_SCENARIO_FACTS: string;
interface Facts { countries: string[]; products: { name: string; title: string; doses: number; days: number; diseases: string[] }[]; diseases: { name: string; variants: string[] }[] }

export const { countries: COUNTRIES, products: PRODUCTS, diseases: DISEASES } = JSON.parse(VIGIA_SCENARIO_FACTS) as Facts;
export const MOST_SCENARIOS = 4; // beside each other; a file may have more
export const MOST_ITEMS = 40;
export const MOST_GROUPS = 8;
const NO_LIMIT = 1e5; // beds per 100,000: one for everybody
const BEDS = { ward: 120, icu: 10 }; // to begin with
const ITEMS = ['measure', 'campaign', 'lot', 'import'];
const SECTIONS = ['', 'place', 'municipality', 'group', 'disease', 'start', 'import', 'measure', 'campaign', 'lot', 'hospital', 'observation', 'output', 'calibration',
  'scenario']; // as they follow each other in a file
export const AGES = ['0-19', '20-39', '40-59', '60-74', '75+'];
const TARGETS = ['inc inf', 'inc case', 'inc hosp', 'inc icu', 'inc death', 'occ icu', 'inc without icu'];
const LEVELS = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];
export const OBSERVED = ['cases', 'admissions', 'icu', 'deaths'] as const;

/** A place of the node, as /scenario tells it. */
export interface NodeStart {
  data_version: number; as_of: string; dataset: string; disease: string | null; place: string; name: string; country: string; levels: { level: string; parts: number; population: number }[]; level: string;
  population: number; without_population: number; parts: { rows: [string, string, string | null, number, number | null, number | null][] };
  counts: { from: string | null; cases_before: number } & Partial<Record<(typeof OBSERVED)[number], number[]>>; measures: Partial<Record<(typeof OBSERVED)[number],
    string>>; beds?: { ward: number | null; icu: number | null };
}
/** Which place of a node the counts are of; kept in a remark of the file. */
export interface Origin { dataset: string; place: string; level: string; as_of: string }
export interface Unit { code: string; name: string; parent: string; population: number }
export interface Scenario { block: Block; items: Block[] }

/** The keys of a bar's first and last day: a lot comes and expires. */
export const endsOf = (item: Block): [string, string] => (item.name === 'lot' ? ['arrives', 'expires'] : ['from', 'to']);

/** Weeks are Sunday to Saturday: from a Sunday on, so that none is cut. */
export function nextSunday(day: number): number {
  return day + ((3 - (day % 7) + 7) % 7);
}

function unique(name: string, taken: (name: string) => boolean): string {
  let free = name;
  for (let n = 2; taken(free); n++) {
    free = `${name} ${n}`;
  }
  return free;
}

export class Study {
  scenarios: Scenario[] = [];

  constructor(private shared: Block[], private idle: Block[], private end: string, private implicit: boolean) {}

  /* --------------------------------------------------------------------------------------------------- what it says */

  /** The block of that name, made where it is not there yet. */
  block(name: string): Block {
    const known = this.shared.find((block) => block.name === name && !block.repeated);
    if (known) {
      return known;
    }
    const block = new Block(name, false);
    Object.assign(block, { before: '\n', after: '\n', order: this.orderOf(name), made: true });
    this.shared.push(block);
    return block;
  }

  private look(name: string, key: string): number {
    return this.shared.find((block) => block.name === name && !block.repeated)?.number(key) ?? NaN;
  }

  private get top(): Block {
    return this.shared[0];
  }

  get name(): string {
    return this.top.text('name') || this.top.text('title');
  }

  set name(name: string) {
    this.top.set('name', name);
  }

  get start(): number {
    return this.top.number('start') || 0;
  }

  get days(): number {
    return this.top.number('days') || 180;
  }

  get last(): number {
    return this.start + this.days - 1;
  }

  get runs(): number {
    return this.top.number('runs') || 100;
  }

  get country(): string {
    return this.block('place').text('country');
  }

  get population(): number {
    const units = this.units;
    return units.length > 0 ? units.reduce((sum, unit) => sum + unit.population, 0) : this.look('place', 'population');
  }

  get units(): Unit[] {
    return this.shared.filter((block) => block.name === 'municipality').map((block) => ({ code: block.text('code'), name: block.text('name') || block.text('code'), parent: block.text('parent'),
      population: block.number('population') }));
  }

  /** With their coordinates, NaN where these are not known. */
  parts(): (Unit & { latitude: number; longitude: number })[] {
    const blocks = this.shared.filter((block) => block.name === 'municipality');
    return this.units.map((unit, i) => ({ ...unit, latitude: blocks[i].number('latitude'), longitude: blocks[i].number('longitude') }));
  }

  /** Code of the whole in the results. */
  get code(): string {
    return this.block('place').text('code') || this.country;
  }

  /** Transmission times 1 + amplitude on the peak's day of the year; null where nothing is said of it. */
  get season(): { amplitude: number; peak: number } | null {
    const [amplitude, peak] = [this.look('disease', 'season_amplitude'), this.look('disease', 'season_peak_day')];
    return amplitude > 0 ? { amplitude, peak: Number.isFinite(peak) ? peak : 0 } : null;
  }

  get variants(): string[] {
    return this.shared.find((block) => block.name === 'disease')?.texts('variants') ?? [];
  }

  get calibrated(): boolean {
    const block = this.shared.find((one) => one.name === 'calibration');
    return block !== undefined && (block.get('counts_from') !== undefined || block.text('observed') !== '' || block.text('node') !== '');
  }

  /** Counts by day from `from` on, NaN where nothing was reported. */
  get observed(): { from: number; kinds: Partial<Record<(typeof OBSERVED)[number], number[]>> } | null {
    const block = this.shared.find((one) => one.name === 'calibration');
    const from = block?.number('counts_from') ?? NaN;
    if (!block || !Number.isFinite(from)) {
      return null;
    }
    return { from, kinds: Object.fromEntries(OBSERVED.filter((kind) => block.numbers(kind).length > 0).map((kind) => [kind, block.numbers(kind).map((value) => (value < 0 ? NaN : value))])) };
  }

  /** First day that is projected: as it is said, else after the newest count, else the start. */
  get today(): number {
    const said = this.top.number('today');
    const observed = this.observed;
    if (Number.isFinite(said) || !observed) {
      return Number.isFinite(said) ? said : this.start;
    }
    return observed.from + Math.max(0, ...Object.values(observed.kinds).map((list) => list.reduce((last, value, day) => (Number.isFinite(value) ? day + 1 : last), 0)));
  }

  get origin(): Origin | null {
    const found = /^# node: (.+)$/m.exec(this.top.lines().join(''))?.[1];
    const query = new URLSearchParams(found ?? '');
    const text = (name: string): string => query.get(name) ?? '';
    return found ? { dataset: text('dataset'), place: text('place'), level: text('level'), as_of: text('as_of') } : null;
  }

  set origin(origin: Origin | null) {
    const first = this.top.entries[0];
    const remark = origin ? `# node: ${new URLSearchParams({ ...origin }).toString()}\n` : '';
    if (first) {
      first.before = remark + first.before.replace(/^# node: .+\n/m, '');
    }
  }

  /** Names of files that only `vigia simulate` may read. */
  get files(): string[] {
    const keys: [string, string][] = [['place', 'municipalities'], ['place', 'ages'], ['place', 'households'], ['disease', 'course'], ['disease', 'cross_immunity'], ['disease', 'products'],
      ['disease', 'vaccines'], ['calibration', 'observed'], ['calibration', 'node']];
    const block = (name: string): Block | undefined => this.shared.find((one) => one.name === name && !one.repeated);
    const flows = block('place')?.text('commuting') ?? '';
    return [...keys.map(([name, key]) => block(name)?.text(key) ?? ''), ...this.groups.map((group) => group.text('shares')), ...(block('place')?.texts('contacts') ?? []), ['', 'gravity', 'none'].includes(flows) ? '' : flows].filter(Boolean);
  }

  /* ---------------------------------------------------------------------------------------------------------- groups */

  get groups(): Block[] {
    return this.shared.filter((block) => block.name === 'group');
  }

  /** Without a share: how many belong to it is for the user to say. */
  addGroup(name: string): void {
    const group = this.fresh(new Block('group', true));
    this.shared.push(group);
    this.renameGroup(group, name);
  }

  /** A name without the marks that stand between ages, and the turns of campaigns that name it follow. */
  renameGroup(group: Block, typed: string): void {
    const plain = typed.replace(/[:,;]/g, ' ').replace(/\s+/g, ' ').trim();
    const name = unique(/^\d/.test(plain) || plain === '' ? `· ${plain}`.trim() : plain, (free) => this.groups.some((other) => other !== group && other.text('name') === free));
    this.turnsOf(group.text('name'), (turn) => turn.replace(group.text('name'), name));
    group.set('name', name);
  }

  dropGroup(group: Block): void {
    this.shared = this.shared.filter((block) => block !== group);
    this.turnsOf(group.text('name'), () => null);
  }

  /** Where campaigns name a group: by itself, or some of its ages. A campaign for the group alone becomes one for everybody. */
  private turnsOf(name: string, change: (turn: string) => string | null): void {
    for (const item of [...this.scenarios.flatMap((s) => s.items), ...this.idle].filter((one) => one.name === 'campaign' && name !== '')) {
      const ages = item.texts('ages').map((turn) => (turn === name || turn.startsWith(`${name}:`) ? change(turn) : turn)).filter((turn): turn is string => turn !== null);
      if (item.texts('ages').length > 0) {
        item.set('ages', ages.length > 0 ? ages : undefined);
      }
      if (item.text('group') === name) {
        item.set('group', change(name) ?? undefined);
      }
    }
  }

  /* ------------------------------------------------------------------------------------------------------- scenarios */

  nameOf(scenario: Scenario): string {
    return scenario.block.text('name') || this.name;
  }

  rename(scenario: Scenario, name: string): void {
    scenario.block.set('name', unique(name, (free) => this.scenarios.some((other) => other !== scenario && this.nameOf(other) === free)));
  }

  copy(scenario: Scenario, name: string): Scenario {
    const copy = { block: this.fresh(scenario.block.clone()), items: scenario.items.map((item) => item.clone()) };
    this.scenarios.push(copy);
    this.rename(copy, name);
    return copy;
  }

  drop(scenario: Scenario): void {
    this.scenarios = this.scenarios.filter((other) => other !== scenario);
  }

  beds(scenario: Scenario, kind: 'ward' | 'icu'): number | null {
    const key = `${kind}_beds_per_100k`;
    const own = scenario.block.number(key);
    const value = Number.isFinite(own) ? own : this.look('hospital', key);
    return Number.isFinite(value) && value < NO_LIMIT ? value : null;
  }

  /** Beds that all scenarios have stand once. */
  setBeds(scenario: Scenario, kind: 'ward' | 'icu', value: number | null): void {
    const key = `${kind}_beds_per_100k`;
    const wanted = this.scenarios.map((other) => (other === scenario ? value : this.beds(other, kind)));
    const alike = wanted.every((beds) => beds === wanted[0]);
    const shared = alike ? wanted[0] : wanted[0] ?? NO_LIMIT;
    this.block('hospital').set(key, shared ?? undefined);
    this.scenarios.forEach((other, i) => other.block.set(key, alike || wanted[i] === wanted[0] ? undefined : wanted[i] ?? NO_LIMIT));
  }

  from(item: Block): number {
    return item.number(endsOf(item)[0]) || this.start;
  }

  to(item: Block): number {
    return item.number(endsOf(item)[1]) || this.last;
  }

  /** A bar of its own, four weeks after today and six weeks long where there is room. */
  add(scenario: Scenario, preset: Preset, name: string, more: Record<string, Value | undefined> = {}): Block {
    const item = this.fresh(new Block(preset.section, true));
    const from = this.today + Math.min(28, Math.floor((this.last - this.today) / 5));
    const long = preset.section === 'measure' ? 41 : preset.section === 'import' ? 13 : 83;
    item.set('name', unique(name, (free) => scenario.items.some((other) => other.text('name') === free)));
    const [first, last] = endsOf(item);
    Object.entries({ ...preset.set, [first]: new Day(from), [last]: new Day(Math.min(this.last, from + long)), ...more }).forEach(([key, value]) => item.set(key, Array.isArray(value)
      && value.length === 0 ? undefined : value));
    scenario.items.push(item);
    return item;
  }

  private orderOf(name: string): number {
    const before = [...this.shared, ...this.idle, ...this.scenarios.flatMap((s) => [s.block, ...s.items])].filter((block) => SECTIONS.indexOf(block.name) <= SECTIONS.indexOf(name));
    return Math.max(0, ...before.map((block) => block.order)) + 0.001;
  }

  private fresh(block: Block): Block {
    block.before = '\n';
    block.after = '\n';
    block.order = this.orderOf(block.name);
    return block;
  }

  /* ------------------------------------------------------------------------------------------------------------ time */

  /** Bars keep their distance to the start when it moves. */
  moveStart(start: number): void {
    const by = start - this.start;
    this.top.set('start', new Day(start));
    for (const item of this.scenarios.flatMap((s) => s.items)) {
      endsOf(item).filter((key) => Number.isFinite(item.number(key))).forEach((key) => item.set(key, new Day(item.number(key) + by)));
    }
  }

  set projected(days: number) {
    this.top.set('days', this.today - this.start + days);
  }

  get projected(): number {
    return this.start + this.days - this.today;
  }

  set runs(runs: number) {
    this.top.set('runs', runs);
  }

  /* ------------------------------------------------------------------------------------------------------ as a file */

  private write(patched: Map<Block, Block>): string {
    const written = new Map<string, Block>(); // by what it says
    const names = new Map(this.idle.map((item) => [item.text('name'), item.content()])); // name -> what it says
    const held = this.scenarios.map((scenario) => scenario.items.map((item) => {
      const same = written.get(item.content());
      if (same) {
        return same;
      }
      const copy = item.clone();
      const name = item.text('name');
      if (name !== '' || !this.everywhere(item)) {
        copy.set('name', unique(names.has(name || item.name) || name === '' ? `${name || item.name} · ${this.nameOf(scenario)}` : name, (free) => names.has(free)));
        names.set(copy.text('name'), item.content());
        copy.before = [...written.values()].some((other) => other.order === copy.order) ? '\n' : copy.before; // a copy has no remarks of its own
      }
      written.set(item.content(), copy);
      return copy;
    }));
    const all = [...written.values(), ...this.idle].map((item) => item.text('name')).filter(Boolean);
    const tables = this.scenarios.map((scenario, i) => {
      const table = scenario.block.clone();
      const has = new Set(held[i].map((item) => item.text('name')));
      const [without, only] = [table.texts('without'), table.texts('only')];
      if (all.some((name) => has.has(name) !== (!without.includes(name) && (only.length === 0 || only.includes(name)))) || [...without, ...only].some((name) => !all.includes(name))) {
        const left = all.filter((name) => !has.has(name));
        table.set('only', undefined).set('without', left.length > 0 ? left : undefined);
      }
      return table;
    });
    const plain = this.implicit && tables.length === 1 && tables[0].entries.every((entry) => entry.key === 'name' && entry.value === this.name);
    const blocks = [...this.shared.map((block) => patched.get(block) ?? block).filter((block) => !block.made || block.entries.length > 0), ...written.values(), ...this.idle,
      ...(plain ? [] : tables)];
    return writeFile({ blocks: blocks.sort((a, b) => a.order - b.order), end: this.end });
  }

  private everywhere(item: Block): boolean {
    return ['lot', 'import'].includes(item.name) && this.scenarios.every((scenario) => scenario.items.some((other) => other.content() === item.content()));
  }

  /** The file, as it is saved. */
  text(): string {
    return this.write(new Map());
  }

  /** The file as it is run: with whatever the page draws among what comes out. */
  runText(): string {
    const output = this.block('output');
    const asked = output.clone();
    const units = this.units;
    const parents = new Set(units.map((unit) => unit.parent).filter((parent) => parent !== '' && parent !== this.code));
    const places = units.length < 2 ? ['country'] : parents.size > 1 ? ['country', 'parent', 'municipality'] : ['country', 'municipality'];
    const joined = (own: string[], needed: string[]): string[] => [...own, ...needed.filter((one) => !own.includes(one))];
    asked.set('targets', joined(asked.texts('targets'), TARGETS)).set('places', joined(['country'], joined(asked.texts('places'), places)));
    asked.set('ages', asked.texts('ages').length > 0 ? asked.texts('ages') : AGES).set('place_ages', false);
    asked.set('quantiles', [...new Set([...asked.numbers('quantiles'), ...LEVELS])].sort((a, b) => a - b));
    return this.write(new Map([[output, asked]]));
  }

  /** The same without what can be asked of the node again: parts and counts. */
  lightText(): string {
    const kept = this.shared;
    const calibration = this.block('calibration');
    const light = calibration.clone();
    OBSERVED.forEach((kind) => light.set(kind, undefined));
    this.shared = kept.filter((block) => block.name !== 'municipality');
    const text = this.write(new Map([[calibration, light]]));
    this.shared = kept;
    return text;
  }

  /** Place, counts and the days that they are fitted to, from what the node says; bars keep their distance to today. */
  takeSituation(node: NodeStart, country: string, fitDays: number): void {
    const counts = node.counts.from === null ? null : node.counts;
    const [before, projected] = [this.today, this.projected];
    const first = counts ? Math.round(Date.parse(`${counts.from}T00:00:00Z`) / DAY) : 0;
    const lists = counts ? listsOf(counts) : [];
    const until = first + untilOf(lists);
    const start = nextSunday(Math.max(first, until - fitDays));
    const skipped = start - first;
    const earlier = (counts?.cases_before ?? 0) + (counts?.cases ?? []).slice(0, skipped).reduce((sum, value) => sum + Math.max(0, value), 0);
    const reported = this.look('observation', 'reported') || 0.3;
    this.shared = this.shared.filter((block) => block.name !== 'calibration');
    this.block('place').set('population', undefined).set('country', country).set('code', node.place);
    this.putParts(node);
    this.top.set('start', new Day(start)).set('today', undefined);
    const calibration = this.block('calibration').set('counts_from', new Day(start));
    lists.forEach(([kind, list]) => calibration.set(kind, list.slice(skipped, until - first)));
    const share = Math.min(0.9, earlier / (reported * ILL_SHARE) / Math.max(1, node.population));
    this.block('start').set('immune_share', Number(share.toFixed(3)) || undefined);
    (['ward', 'icu'] as const).forEach((kind) => { // where nobody has said how many beds there are, the node's
      const known = node.beds?.[kind] ?? null;
      if (known !== null && this.look('hospital', `${kind}_beds_per_100k`) === BEDS[kind]) {
        this.block('hospital').set(`${kind}_beds_per_100k`, Number(((known / node.population) * 1e5).toPrecision(3)));
      }
    });
    const above = new Set(this.units.map((unit) => unit.parent)).size;
    this.block('hospital').set('beds_of', this.units.length < 2 ? undefined : above > 1 ? 'parent' : 'municipality'); // so that it can be told where beds are too few
    this.origin = { dataset: node.dataset, place: node.place, level: node.level, as_of: node.as_of };
    this.projected = projected;
    const by = this.today - before;
    for (const item of this.scenarios.flatMap((s) => s.items)) {
      endsOf(item).filter((key) => Number.isFinite(item.number(key))).forEach((key) => item.set(key, new Day(item.number(key) + by)));
    }
  }

  private putParts(node: NodeStart): void {
    const place = this.block('place');
    this.shared = this.shared.filter((block) => block.name !== 'municipality');
    node.parts.rows.forEach(([code, name, parent, population, latitude, longitude], i) => {
      const block = new Block('municipality', true).set('code', code).set('name', name).set('parent', parent ?? undefined).set('population', population).set('latitude',
        latitude ?? undefined).set('longitude', longitude ?? undefined);
      Object.assign(block, { before: '\n', after: '\n', order: place.order + 0.01 + i * 1e-6 });
      this.shared.push(block);
    });
  }

  /** Parts and counts back into a file that was sent without them, as they were known on its day. */
  refill(node: NodeStart): void {
    const { counts } = node;
    const calibration = this.block('calibration');
    this.putParts(node);
    const first = counts.from === null ? NaN : Math.round(Date.parse(`${counts.from}T00:00:00Z`) / DAY);
    const lists = listsOf(counts);
    const until = first + untilOf(lists);
    lists.forEach(([kind, list]) => calibration.set(kind, list.slice(Math.max(0, calibration.number('counts_from') - first), until - first)));
  }

  /** No fit: a place of so many people. */
  makePlain(population: number): void {
    this.shared = this.shared.filter((block) => block.name !== 'municipality' && block.name !== 'calibration');
    this.origin = null;
    const projected = this.projected;
    this.block('place').set('code', undefined).set('population', population);
    this.top.set('today', undefined);
    this.projected = projected;
    if (!(this.look('start', 'infections_per_day') > 0)) {
      this.block('start').set('infections_per_day', 10);
    }
  }
}

type Lists = (readonly [(typeof OBSERVED)[number], number[]])[];

/** Kinds of counts of which there are any. */
function listsOf(counts: NodeStart['counts']): Lists {
  return OBSERVED.map((kind) => [kind, counts[kind] ?? []] as const).filter(([, list]) => list.some((value) => value >= 0));
}

/** Days up to the newest count. */
function untilOf(lists: Lists): number {
  return Math.max(0, ...lists.map(([, list]) => list.reduce((last, value, day) => (value >= 0 ? day + 1 : last), 0)));
}

/** Of those infected, about how many fall ill: to guess from the cases before the fit how many are immune; shown and changed in the editor. */
const ILL_SHARE = 0.65;

/* ------------------------------------------------------------------------------------------------------------- read */

const isItem = (block: Block): boolean => block.repeated && ITEMS.includes(block.name);

/** Throws a FileFault where the text is no file of this kind. */
export function studyOf(source: string): Study {
  const { blocks, end } = readFile(source);
  const items = blocks.filter(isItem);
  const tables = blocks.filter((block) => block.repeated && block.name === 'scenario');
  const implicit = tables.length === 0;
  if (implicit) {
    const table = new Block('scenario', true).set('name', blocks[0].text('name') || blocks[0].text('title') || '–');
    Object.assign(table, { before: '\n', after: '\n', order: blocks.length });
    tables.push(table);
  }
  const holds = (table: Block, name: string): boolean => name === '' || (!table.texts('without').includes(name) && (table.texts('only').length === 0 || table.texts('only').includes(name)));
  const idle = items.filter((item) => !tables.some((table) => holds(table, item.text('name'))));
  const study = new Study(blocks.filter((block) => !isItem(block) && !(block.repeated && block.name === 'scenario')), idle, end, implicit);
  const known = new Set(items.map((item) => item.text('name')));
  study.scenarios = tables.map((block) => ({ block, items: items.filter((item) => holds(block, item.text('name'))).map((item) => {
    const copy = item.clone();
    const own = / · (.+)$/.exec(item.text('name')); // told apart when it was written: two scenarios call different things by one name
    return own && own[1] === block.text('name') && known.has(item.text('name').slice(0, own.index)) ? copy.set('name', item.text('name').slice(0, own.index)) : copy;
  }) }));
  return study;
}

/** The same; null where the text is none, or describes no place and days. */
export function soundStudy(source: unknown): Study | null {
  try {
    const study = typeof source === 'string' ? studyOf(source) : null;
    return study && study.start !== 0 && study.days >= 1 && study.days < 5000 && (study.country !== '' || study.files.length > 0) ? study : null;
  } catch {
    return null;
  }
}

export const presetOf = (item: Block): Preset | undefined => (item.name === 'measure' && item.text('kind') === 'tracing' && item.number('app_uptake') > 0 && item.number('traced_share') === 0
  ? PRESETS.find((p) => p.id === 'app')
  : item.name === 'measure' && item.text('kind') === 'tracing' && item.number('traced_share') === 0 ? PRESETS.find((p) => p.id === 'quarantine')
    : item.name === 'import' ? PRESETS.find((p) => p.id === (item.text('variant') === '' ? 'import' : 'variant')) : item.name === 'campaign' ? PRESETS.find((p) => p.id === 'vaccination')
      : item.name === 'lot' ? PRESETS.find((p) => p.id === 'lot')
      : PRESETS.find((p) => p.id === (item.text('kind') || 'contacts')));

export function newStudy(names: { study: string; without: string; with: string }, country: string, population: number, start: number): Study {
  const first = COUNTRIES.includes(country) ? country : COUNTRIES.includes('CO') ? 'CO' : COUNTRIES[0];
  return studyOf([`name = ${JSON.stringify(names.study)}`, `start = ${isoOf(nextSunday(start))}`, 'days = 182', 'seed = 1', 'runs = 40', '', '[place]', `country = ${JSON.stringify(first)}`,
    `population = ${population}`,
    '', '[disease]', 'name = "covid19"', 'r0 = 2.5', '', '[start]', 'infections_per_day = 10', '', '[hospital]', `ward_beds_per_100k = ${BEDS.ward}`, `icu_beds_per_100k = ${BEDS.icu}`,
    '', '[[scenario]]', `name = ${JSON.stringify(names.without)}`, '', '[[scenario]]', `name = ${JSON.stringify(names.with)}`, ''].join('\n'));
}

/** The texts of a simulation as one study: it has one; those of other origin are taken where they differ in scenarios alone. */
export function studyOfTexts(texts: string[] | undefined): Study | null {
  return texts && texts.length === 1 ? soundStudy(texts[0]) : null;
}

/* ------------------------------------------------------------------------------------------------------------- links */

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** Small enough for an address: the packed text in the letters that need no escape. */
export async function pack(text: string): Promise<string> {
  const packed = await through(new TextEncoder().encode(text), new CompressionStream('deflate-raw'));
  let letters = '';
  packed.forEach((byte) => { letters += String.fromCharCode(byte); });
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export async function unpack(letters: string): Promise<string | null> {
  try {
    const bytes = Uint8Array.from(atob(letters.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')));
  } catch {
    return null; // cut short on the way, or not of this page
  }
}
