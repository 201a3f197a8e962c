// What a person wants to try: one place, up to four scenarios of dated measures, vaccination and beds. Written as the texts that `vigia simulate` reads, one a scenario with one seed, so
// that their runs are paired; kept as JSON for files and links.
import { DAY, isoOf } from './i18n';

declare const VIGIA_SCENARIO_FACTS: { countries: string[]; products: [string, string, number, number][] };

export const COUNTRIES = VIGIA_SCENARIO_FACTS.countries;
/** name, title, doses, days between them */
export const PRODUCTS = VIGIA_SCENARIO_FACTS.products;
export const KINDS = ['masks', 'school-closing', 'work-closing', 'gatherings', 'stay-at-home', 'isolation', 'tracing', 'vaccination'] as const;
export type Kind = (typeof KINDS)[number];
export const ORDERS = ['old', 'young', 'all'] as const;
export type Order = (typeof ORDERS)[number];
export const AGES = ['0-19', '20-39', '40-59', '60-74', '75+'] as const;
export const MOST_SCENARIOS = 4;
export const MOST_MEASURES = 12;
const QUANTILES = [0.025, 0.25, 0.5, 0.75, 0.975];
const TARGETS = ['inc inf', 'inc hosp', 'inc icu', 'inc death', 'occ icu', 'inc without icu'];
/** What a measure takes away unless told otherwise: round numbers to begin from, not estimates. */
export const STRENGTHS: Record<Kind, number> = { masks: 0.3, 'school-closing': 0.9, 'work-closing': 0.5, gatherings: 0.5, 'stay-at-home': 0.6, isolation: 0.5, tracing: 0.5, vaccination: 0.8 };

/** A bar on the time line. strength: share of contacts taken away from those who comply; of isolation and tracing who does it; of vaccination who accepts. Days since 1970-01-01. */
export interface Measure { name: string; kind: Kind; from: number; to: number; strength: number; compliance: number; fade: number; product: string; perDay: number; order: Order }
export interface Scenario { name: string; measures: Measure[]; wards: number | null; icu: number | null }
export interface Study {
  name: string; country: string; population: number; start: number; days: number; r0: number; seeds: number; immune: number; runs: number; seed: number; scenarios: Scenario[];
}

export function newMeasure(kind: Kind, name: string, study: Study): Measure {
  const from = study.start + Math.min(28, Math.floor(study.days / 5));
  return { name, kind, from, to: Math.min(study.start + study.days - 1, from + 41), strength: STRENGTHS[kind], compliance: 1, fade: 0, product: PRODUCTS[0][0], perDay: 0.5, order: 'old' };
}

/** Weeks are Sunday to Saturday: from a Sunday on, so that none is cut. */
export function nextSunday(day: number): number {
  return day + ((3 - (day % 7) + 7) % 7);
}

export function newStudy(names: { study: string; without: string; with: string; measure: string }, country: string, population: number, start: number): Study {
  const study: Study = {
    name: names.study, country: COUNTRIES.includes(country) ? country : COUNTRIES[0], population, start: nextSunday(start), days: 182, r0: 2.5, seeds: 10, immune: 0, runs: 40, seed: 1,
    scenarios: [{ name: names.without, measures: [], wards: 120, icu: 10 }, { name: names.with, measures: [], wards: 120, icu: 10 }],
  };
  study.scenarios[1].measures.push(newMeasure('stay-at-home', names.measure, study));
  return study;
}

/* ------------------------------------------------------------------------------------------------------------ checks */

const within = (value: unknown, low: number, high: number, otherwise: number): number => (typeof value === 'number' && Number.isFinite(value) ? Math.min(high, Math.max(low, value)) : otherwise);
const whole = (value: unknown, low: number, high: number, otherwise: number): number => Math.round(within(value, low, high, otherwise));
const text = (value: unknown, otherwise: string): string => (typeof value === 'string' && value.trim() !== '' ? value.replace(/[\u0000-\u001f\u007f]/g, ' ').slice(0, 80) : otherwise);
const oneOf = <T extends string>(choices: readonly T[], value: unknown, otherwise: T): T => (choices.includes(value as T) ? (value as T) : otherwise);

function soundMeasure(raw: Partial<Measure>, study: Study): Measure {
  const kind = oneOf(KINDS, raw.kind, 'masks');
  const last = study.start + study.days - 1;
  const from = whole(raw.from, study.start, last, study.start);
  return {
    kind, from, name: text(raw.name, kind), to: whole(raw.to, from, last, last), strength: within(raw.strength, 0, 1, STRENGTHS[kind]), compliance: within(raw.compliance, 0, 1, 1), fade: whole(raw.fade, 0, 90, 0),
    product: oneOf(PRODUCTS.map(([name]) => name), raw.product, PRODUCTS[0][0]), perDay: within(raw.perDay, 0.01, 20, 0.5), order: oneOf(ORDERS, raw.order, 'old'),
  };
}

/** Names by which texts and answers tell apart; the second of a kind gets a number. */
function unique(names: string[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let free = name;
    for (let n = 2; seen.has(free); n++) {
      free = `${name} ${n}`;
    }
    seen.add(free);
    return free;
  });
}

/** A study from outside (a link, a file, an old draft) made whole: what is missing or beyond bounds gets the nearest that works. null: it is none. */
export function soundStudy(raw: unknown): Study | null {
  const from = raw as Partial<Study> | null;
  if (!from || typeof from !== 'object' || !Array.isArray(from.scenarios) || from.scenarios.length === 0) {
    return null;
  }
  const beds = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) && value >= 0 ? Math.min(value, 1e5) : null);
  const study: Study = {
    name: text(from.name, '–'), country: oneOf(COUNTRIES, from.country, COUNTRIES[0]), population: whole(from.population, 100, 1e9, 100000), start: whole(from.start, -25567, 47482, Math.floor(Date.now() / DAY)),
    days: whole(from.days, 14, 1460, 182), r0: within(from.r0, 0.1, 20, 2.5), seeds: within(from.seeds, 0, 1e6, 10), immune: within(from.immune, 0, 1, 0), runs: whole(from.runs, 2, 400, 40),
    seed: whole(from.seed, 0, 4e15, 1), scenarios: [],
  };
  study.start = nextSunday(study.start);
  study.scenarios = from.scenarios.slice(0, MOST_SCENARIOS).map((scenario, i) => ({
    name: text(scenario?.name, String(i + 1)), wards: beds(scenario?.wards), icu: beds(scenario?.icu),
    measures: (Array.isArray(scenario?.measures) ? scenario.measures : []).slice(0, MOST_MEASURES).map((measure) => soundMeasure(measure ?? {}, study)),
  }));
  unique(study.scenarios.map((s) => s.name)).forEach((name, i) => { study.scenarios[i].name = name; });
  for (const scenario of study.scenarios) {
    unique(scenario.measures.map((m) => m.name)).forEach((name, i) => { scenario.measures[i].name = name; });
  }
  return study;
}

/* ------------------------------------------------------------------------------------------------------------- texts */

const quoted = (value: string): string => JSON.stringify(value);
const AGES_OF: Record<Order, string> = { old: '["75+", "60-74", "40-59", "20-39"]', young: '["20-39", "40-59", "60-74", "75+"]', all: '' };

function campaignText(measure: Measure, last: number): string {
  const [, , doses, interval] = PRODUCTS.find(([name]) => name === measure.product) ?? PRODUCTS[0];
  const lines: string[] = [];
  for (let dose = 1; dose <= doses; dose++) {
    const wait = (dose - 1) * interval;
    if (measure.from + wait <= last) {
      lines.push('', '[[campaign]]', `name = ${quoted(dose === 1 ? measure.name : `${measure.name} (${dose})`)}`, `product = ${quoted(measure.product)}`, `dose = ${dose}`, ...(wait > 0 ? [`interval_days = ${interval}`] : []),
        `from = ${isoOf(measure.from + wait)}`, `to = ${isoOf(Math.min(last, measure.to + wait))}`, `per_day_percent = ${measure.perDay}`, ...(AGES_OF[measure.order] ? [`ages = ${AGES_OF[measure.order]}`] : []), `uptake = ${measure.strength}`);
    }
  }
  return lines.join('\n');
}

function measureText(measure: Measure): string {
  const byPeople = measure.kind === 'isolation' || measure.kind === 'tracing';
  return ['', '[[measure]]', `name = ${quoted(measure.name)}`, `kind = ${quoted(measure.kind)}`, `from = ${isoOf(measure.from)}`, `to = ${isoOf(measure.to)}`,
    ...(byPeople ? [`compliance = ${measure.strength}`] : [`strength = ${measure.strength}`, `compliance = ${measure.compliance}`]),
    ...(measure.fade > 0 && !byPeople ? [`fade_in_days = ${measure.fade}`, `fade_out_days = ${measure.fade}`] : [])].join('\n');
}

/** The file of one scenario, for `vigia simulate`. */
export function textOf(study: Study, scenario: Scenario): string {
  const last = study.start + study.days - 1;
  return [`name = ${quoted(study.name)}`, `start = ${isoOf(study.start)}`, `days = ${study.days}`, `seed = ${study.seed}`, `runs = ${study.runs}`,
    '', '[place]', `country = ${quoted(study.country)}`, `population = ${study.population}`, '', '[disease]', `r0 = ${study.r0}`,
    '', '[start]', `infections_per_day = ${study.seeds}`, `immune_share = ${study.immune}`,
    '', '[hospital]', ...(scenario.wards === null ? [] : [`ward_beds_per_100k = ${scenario.wards}`]), ...(scenario.icu === null ? [] : [`icu_beds_per_100k = ${scenario.icu}`]),
    ...scenario.measures.map((measure) => (measure.kind === 'vaccination' ? campaignText(measure, last) : measureText(measure))),
    '', '[output]', `targets = ${JSON.stringify(TARGETS)}`, `ages = ${JSON.stringify(AGES)}`, `quantiles = ${JSON.stringify(QUANTILES)}`,
    '', '[[scenario]]', `name = ${quoted(scenario.name)}`, ''].join('\n');
}

/** Days with each measure times how much it takes away from how many: what people bear, in whole days of everybody. Vaccination, isolation and tracing of the ill do not count. */
export function restrictionDays(scenario: Scenario): number {
  return scenario.measures.filter((m) => !['vaccination', 'isolation', 'tracing', 'masks'].includes(m.kind)).reduce((sum, m) => sum + (m.to - m.from + 1) * m.strength * m.compliance, 0);
}

/* ------------------------------------------------------------------------------------------------------------- links */

async function through(bytes: Uint8Array<ArrayBuffer>, stream: CompressionStream | DecompressionStream): Promise<Uint8Array> {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());
}

/** Small enough for an address: packed JSON in the letters that need no escape. */
export async function encodeStudy(study: Study): Promise<string> {
  const packed = await through(new TextEncoder().encode(JSON.stringify(study)), new CompressionStream('deflate-raw'));
  return btoa(String.fromCharCode(...packed)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export async function decodeStudy(letters: string): Promise<Study | null> {
  try {
    const bytes = Uint8Array.from(atob(letters.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
    return soundStudy(JSON.parse(new TextDecoder().decode(await through(bytes, new DecompressionStream('deflate-raw')))));
  } catch {
    return null; // cut short on the way, or not of this page
  }
}
