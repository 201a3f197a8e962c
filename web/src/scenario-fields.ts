// What a scenario file can say, as far as the editor shows it: keys with their bounds and the program's defaults (src/intake/scenario/settings.c has them all), by kind of bar.
import type { Block, Value } from './scenario-file';

/** share: 0 to 1, shown in percent. whole: without decimals. The rest name what stands in the file. */
export type FieldKind = 'share' | 'number' | 'whole' | 'word' | 'layers' | 'places' | 'ages' | 'band' | 'variant' | 'product' | 'flag';
export interface Field {
  key: string;
  kind: FieldKind;
  low?: number;
  high?: number;
  step?: number;
  otherwise?: Value; // the program's default; none: it may be left empty, and then there is no limit or it is the program's own
  words?: readonly string[];
  more?: boolean; // seldom needed: folded away
  when?: (block: Block) => boolean;
}

export const LAYERS = ['household', 'school', 'work', 'community', 'travel'] as const;
export const TRIGGERS = ['none', 'cases', 'admissions', 'icu'] as const;
export const REGIONS = ['country', 'parent', 'municipality'] as const;
/** Whom a measure is for. */
export const AGE_BANDS: Record<string, string[]> = { all: [], school: ['5-19'], work: ['20-64'], old: ['65+'] };
export const AGE_ORDERS: Record<string, string[]> = { old: ['75+', '60-74', '40-59', '20-39'], young: ['20-39', '40-59', '60-74', '75+'], all: [] };

/** What can be added: a kind of the program with what it begins with. Strengths are round numbers to begin from, not estimates. */
export interface Preset { id: string; group: 'contacts' | 'cases' | 'vaccines' | 'arrivals'; section: 'measure' | 'campaign' | 'lot' | 'import' | 'disease'; set: Record<string, Value> }
export const PRESETS: Preset[] = [
  { id: 'masks', group: 'contacts', section: 'measure', set: { kind: 'masks', strength: 0.3 } },
  { id: 'school-closing', group: 'contacts', section: 'measure', set: { kind: 'school-closing', strength: 0.9 } },
  { id: 'work-closing', group: 'contacts', section: 'measure', set: { kind: 'work-closing', strength: 0.5 } },
  { id: 'gatherings', group: 'contacts', section: 'measure', set: { kind: 'gatherings', strength: 0.5 } },
  { id: 'stay-at-home', group: 'contacts', section: 'measure', set: { kind: 'stay-at-home', strength: 0.6 } },
  { id: 'contacts', group: 'contacts', section: 'measure', set: { kind: 'contacts', layers: ['work', 'community'], strength: 0.5 } },
  { id: 'travel-limits', group: 'contacts', section: 'measure', set: { kind: 'travel-limits', strength: 0.7 } },
  { id: 'cordon', group: 'contacts', section: 'measure', set: { kind: 'cordon', strength: 0.9 } },
  { id: 'isolation', group: 'cases', section: 'measure', set: { kind: 'isolation', compliance: 0.5 } },
  { id: 'quarantine', group: 'cases', section: 'measure', set: { kind: 'tracing', compliance: 0.5, household_share: 0.8, traced_share: 0 } },
  { id: 'tracing', group: 'cases', section: 'measure', set: { kind: 'tracing', compliance: 0.5, household_share: 0.9, traced_share: 0.5, capacity_per_100k: 10 } },
  { id: 'app', group: 'cases', section: 'measure', set: { kind: 'tracing', compliance: 0.5, household_share: 0, traced_share: 0, app_uptake: 0.3 } },
  { id: 'vaccination', group: 'vaccines', section: 'campaign', set: { per_day_percent: 0.5, ages: AGE_ORDERS.old, uptake: 0.8 } },
  { id: 'lot', group: 'vaccines', section: 'lot', set: { percent: 10 } },
  { id: 'import', group: 'arrivals', section: 'import', set: { per_day: 2 } },
  { id: 'variant', group: 'arrivals', section: 'import', set: { per_day: 2 } },
  { id: 'season', group: 'arrivals', section: 'disease', set: { season_amplitude: 0.2 } }, // of all scenarios: there is one weather
];
export const GROUPS = ['contacts', 'cases', 'vaccines', 'arrivals'] as const;

const triggered = (block: Block): boolean => block.text('trigger') !== '' && block.text('trigger') !== 'none';
const PLACES: Field = { key: 'places', kind: 'places' };
const AGES: Field = { key: 'ages', kind: 'band' };
const STRENGTH: Field[] = [{ key: 'strength', kind: 'share', otherwise: 1 }, { key: 'compliance', kind: 'share', otherwise: 1 }];
const TRIGGER: Field[] = [
  { key: 'trigger', kind: 'word', words: TRIGGERS, otherwise: 'none' },
  { key: 'trigger_of', kind: 'word', words: REGIONS, otherwise: 'municipality', when: (block) => ['cases', 'admissions'].includes(block.text('trigger')) },
  { key: 'trigger_on', kind: 'number', low: 0, high: 1e6, when: triggered },
  { key: 'trigger_off', kind: 'number', low: 0, high: 1e6, when: triggered },
  { key: 'minimum_days', kind: 'whole', low: 1, high: 4094, otherwise: 14, when: triggered },
];
const FADING: Field[] = [
  { key: 'fade_in_days', kind: 'whole', low: 0, high: 400, otherwise: 0, more: true },
  { key: 'fade_out_days', kind: 'whole', low: 0, high: 400, otherwise: 0, more: true },
  { key: 'fatigue_per_day', kind: 'number', low: 0, high: 1, step: 0.001, otherwise: 0, more: true },
];
const AWAY: Field[] = [{ key: 'delay_days', kind: 'whole', low: 0, high: 60, otherwise: 1 }, { key: 'duration_days', kind: 'whole', low: 1, high: 60, otherwise: 10, more: true }];
const MEASURES: Record<string, Field[]> = {
  contacts: [{ key: 'layers', kind: 'layers' }, ...STRENGTH, AGES, PLACES, ...TRIGGER, ...FADING],
  cordon: [...STRENGTH, PLACES, ...TRIGGER, ...FADING],
  isolation: [{ key: 'compliance', kind: 'share', otherwise: 1 }, ...AWAY, AGES, PLACES, ...TRIGGER],
  tracing: [
    { key: 'compliance', kind: 'share', otherwise: 1 }, { key: 'household_share', kind: 'share', otherwise: 0.9 }, { key: 'traced_share', kind: 'share', otherwise: 0.5 },
    { key: 'capacity_per_100k', kind: 'number', low: 0, high: 1e6, otherwise: 0 }, { key: 'delay_days', kind: 'whole', low: 0, high: 60, otherwise: 1 },
      { key: 'app_uptake', kind: 'share', otherwise: 0 }, AGES, PLACES, ...TRIGGER,
    { key: 'sensitivity', kind: 'share', otherwise: 0.85, more: true }, { key: 'contact_days', kind: 'whole', low: 0, high: 21, otherwise: 3, more: true },
    { key: 'quarantine_days', kind: 'whole', low: 1, high: 60, otherwise: 10, more: true }, { key: 'duration_days', kind: 'whole', low: 1, high: 60, otherwise: 10, more: true },
  ],
};
const CAMPAIGN: Field[] = [
  { key: 'product', kind: 'product' }, { key: 'dose', kind: 'whole', low: 1, high: 3, otherwise: 1 }, { key: 'per_day_percent', kind: 'number', low: 0, high: 100, step: 0.05, otherwise: 0.5 },
  { key: 'stock_percent', kind: 'number', low: 0, high: 1000, step: 1 }, { key: 'ages', kind: 'ages' }, { key: 'uptake', kind: 'share', otherwise: 0.8 },
  { key: 'interval_days', kind: 'whole', low: 0, high: 1000, otherwise: 28, when: (block) => (block.number('dose') || 1) > 1 }, PLACES,
];
const LOT: Field[] = [{ key: 'product', kind: 'product' }, { key: 'percent', kind: 'number', low: 0, high: 1000, step: 1, otherwise: 1 }, PLACES];
const IMPORT: Field[] = [{ key: 'per_day', kind: 'number', low: 0, high: 1e8, step: 0.1, otherwise: 1 }, { key: 'variant', kind: 'variant' }, PLACES];

/** The fields of a bar, by what it is. */
export function fieldsOf(item: Block): Field[] {
  const kind = item.text('kind');
  return item.name === 'campaign' ? CAMPAIGN : item.name === 'lot' ? LOT : item.name === 'import' ? IMPORT : kind === '' ? MEASURES.contacts : MEASURES[kind] ?? [...STRENGTH, AGES, PLACES, ...TRIGGER, ...FADING];
}

/** Of the whole study, by section of the file. `fit`: only where the start is fitted to counts. */
export interface SharedField extends Field { section: string; fit?: boolean; plain?: boolean }
export const SHARED: Record<'disease' | 'start' | 'people', SharedField[]> = {
  disease: [
    { section: 'disease', key: 'r0', kind: 'number', low: 0, high: 50, step: 0.1 },
    { section: 'disease', key: 'dispersion', kind: 'number', low: 0, high: 1000, step: 0.1 },
    { section: 'disease', key: 'season_amplitude', kind: 'share' },
    { section: 'disease', key: 'season_peak_day', kind: 'whole', low: 0, high: 366 },
  ],
  start: [
    { section: 'start', key: 'infections_per_day', kind: 'number', low: 0, high: 1e8, otherwise: 0, plain: true },
    { section: 'start', key: 'days', kind: 'whole', low: 1, high: 400, otherwise: 7, plain: true },
    { section: 'start', key: 'immune_share', kind: 'share', otherwise: 0 },
    { section: 'start', key: 'immune_days', kind: 'whole', low: 1, high: 2000, otherwise: 180 },
    { section: 'observation', key: 'reported', kind: 'share', otherwise: 0.3 },
    { section: 'observation', key: 'delay_mean_days', kind: 'number', low: 0, high: 60, step: 0.5, otherwise: 5 },
    { section: 'calibration', key: 'estimate_reporting', kind: 'flag', otherwise: true, fit: true },
    { section: 'calibration', key: 'estimate_severity', kind: 'flag', otherwise: false, fit: true },
    { section: 'calibration', key: 'block_days', kind: 'whole', low: 7, high: 56, otherwise: 14, fit: true },
    { section: 'calibration', key: 'change_sd', kind: 'number', low: 0.01, high: 2, step: 0.05, otherwise: 0.2, fit: true },
    { section: 'calibration', key: 'run_rounds', kind: 'whole', low: 0, high: 20, otherwise: 4, fit: true },
  ],
  people: [
    { section: 'place', key: 'household_size', kind: 'number', low: 1, high: 12, step: 0.1 },
    { section: 'place', key: 'school_size', kind: 'number', low: 2, high: 5000, otherwise: 25 },
    { section: 'place', key: 'work_size', kind: 'number', low: 2, high: 5000, otherwise: 12 },
    { section: 'place', key: 'commuting_share', kind: 'share', otherwise: 0.2 },
    { section: 'place', key: 'travel_share', kind: 'share', otherwise: 0.1 },
    { section: 'hospital', key: 'beds_of', kind: 'word', words: REGIONS, otherwise: 'country' },
    { section: 'hospital', key: 'death_without_ward', kind: 'number', low: 1, high: 100, step: 0.1, otherwise: 1.5 },
    { section: 'hospital', key: 'death_without_icu', kind: 'number', low: 1, high: 100, step: 0.1, otherwise: 2 },
  ],
};
