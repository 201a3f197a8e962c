// What a simulation answered, read: series of the whole with their quantiles, those of its parts, and the summary of totals, peaks and paired differences. No drawing here.
import { Table, type Cell } from './api';
import { dayOf, number } from './i18n';
import type { Study } from './scenario-plan';

export interface Series { scenario: string; target: string; location: string; values: Record<string, (number | null)[]> }
export interface Calibration {
  blocks: number; block_days: number; last_r: number; r: [number, number, number][]; reported: number; reported_interval: [number, number,
    number]; infected_share: number; infected_interval: [number, number, number];
  infections_per_day_at_start: number; odds_of_admission: number; risk_of_death: number; observed: string[]; rounds: number; worst_gap?: number; run_gap?: number;
}
export interface AnswerFile {
  file: string; persons: number; municipalities: number; tables_hash: string; r0: number; scenario: string; calibration?: Calibration;
  ages?: { age: string; persons: number }[]; groups?: { group: string; persons: number; contacts: number; severity: number }[]; locations?: { code: string; persons: number; beds: boolean }[];
}
export interface Answer {
  origin_date: string; step_days: number; scenarios: { name: string; title: string | null; persons: number; ward_beds: number | null; icu_beds: number | null }[]; horizons: number[]; series: Series[];
  summary: { columns: string[]; rows: Cell[][] };
  meta: { program: string; runs_done: number; runs: number; people_scale: number; cancelled: boolean; files: AnswerFile[] };
}
export interface Parts { horizons: number[]; series: { scenario: string; target: string; locations: string[]; q50: (number | null)[][]; q025?: (number | null)[][]; q975?: (number | null)[][] }[]; summary: { columns: string[]; rows: Cell[][] } }
export interface Simulation {
  id: string; state: 'waiting' | 'running' | 'cancelled' | 'failed' | 'kept'; name: string; message?: string; progress?: number; doing?: string; runs_done?: number; runs?: number; people_scale?: number;
  kept_at?: string; program?: string; data_version?: number; seed?: number; parameters?: { texts: string[]; note: unknown } | null; answer?: Answer | null;
}
export interface Sum { mean: number; q025: number; q50: number; q975: number; lower: number; runs: number }
/** One line with its fans; a level that is not known is empty. */
export interface Course { q025: number[]; q10: number[]; q25: number[]; q50: number[]; q75: number[]; q90: number[]; q975: number[] }

const numbers = (list: (number | null)[] | undefined): number[] => (list ?? []).map((value) => (value === null ? NaN : value));
export const NO_PLACE = ''; // the whole

export class Results {
  private readonly sums = new Map<string, Sum>();
  readonly ages: string[] = []; // as shown: "75+"
  readonly groups: string[]; // of people, by their names, as `age` of the sums
  readonly whole: string; // code
  readonly file: AnswerFile;
  private readonly persons = new Map<string, number>();
  private readonly agePersons = new Map<string, number>();

  constructor(readonly simulation: Simulation, readonly answer: Answer, readonly parts: Parts | null, readonly study: Study | null, readonly placeName: (code: string) => string) {
    this.file = answer.meta.files[0];
    this.whole = answer.series[0]?.location ?? this.file.locations?.[0]?.code ?? '';
    this.file.locations?.forEach(({ code, persons }) => this.persons.set(code, persons));
    this.groups = (this.file.groups ?? []).map((one) => one.group);
    this.file.groups?.forEach(({ group, persons }) => this.agePersons.set(group, persons));
    this.file.ages?.forEach(({ age, persons }) => this.agePersons.set(this.shownAge(age), persons));
    this.read(new Table(answer.summary));
    if (parts) {
      this.read(new Table(parts.summary));
    }
  }

  private shownAge(age: string): string {
    return age.replace(/-130$/, '+').replace('-', '–');
  }

  private read(table: Table): void {
    const [scenario, reference, target, location, age] = ['scenario_id', 'reference_id', 'target', 'location', 'age_group'].map((name) => table.texts(name));
    const [mean, q025, q50, q975, lower, runs] = ['mean', 'q025', 'q50', 'q975', 'share_lower', 'runs'].map((name) => table.numbers(name));
    scenario.forEach((name, i) => {
      const group = age[i] === '0-130' ? '' : this.groups.includes(age[i]) ? age[i] : this.shownAge(age[i]);
      if (group && !this.ages.includes(group) && !this.groups.includes(group)) {
        this.ages.push(group);
      }
      const place = location[i] === this.whole ? NO_PLACE : location[i];
      this.sums.set([this.indexOf(name), reference[i] ? 'against' : 'alone', target[i], place, group].join('|'),
        { mean: mean[i], q025: q025[i], q50: q50[i], q975: q975[i], lower: lower[i], runs: runs[i] });
    });
  }

  /** Names of a coarse answer say that it is one: cut back to the scenario's own. */
  indexOf(name: string): number {
    const { scenarios } = this.answer;
    const whole = scenarios.findIndex((one) => one.name === name);
    return whole >= 0 ? whole : scenarios.findIndex((one) => name.startsWith(`${one.name} (coarse`));
  }

  get names(): string[] {
    return this.answer.scenarios.map((one) => one.name);
  }

  get kept(): boolean {
    return this.simulation.state === 'kept';
  }

  sum(scenario: number, target: string, options: { against?: boolean; age?: string; place?: string } = {}): Sum | null {
    return this.sums.get([scenario, options.against ? 'against' : 'alone', target, options.place ?? NO_PLACE, options.age ?? ''].join('|')) ?? null;
  }

  /** Codes of the parts of which there is a course or a sum, without the whole. */
  get places(): string[] {
    return (this.file.locations ?? []).map((one) => one.code).filter((code) => code !== this.whole);
  }

  /** The finest of them: what a map shows. */
  get units(): string[] {
    const places = this.places;
    const units = new Set(this.study?.units.map((unit) => unit.code) ?? []);
    return units.size > 0 ? places.filter((code) => units.has(code)) : places;
  }

  nameOfPlace(code: string): string {
    return code === NO_PLACE || code === this.whole ? this.study?.name ?? code : this.study?.units.find((unit) => unit.code === code)?.name ?? this.placeName(code);
  }

  personsOf(place: string): number {
    return this.persons.get(place === NO_PLACE ? this.whole : place) ?? NaN;
  }

  personsOfAge(age: string): number {
    return this.agePersons.get(age) ?? NaN;
  }

  hasBeds(place: string): boolean {
    return this.file.locations?.find((one) => one.code === (place === NO_PLACE ? this.whole : place))?.beds ?? place === NO_PLACE;
  }

  /** Beds of intensive care there; null: no limit, or they are not counted there. */
  bedsOf(scenario: number, place: string): number | null {
    const beds = this.answer.scenarios[scenario].icu_beds;
    return beds === null || !this.hasBeds(place) ? null : place === NO_PLACE ? beds : (beds * this.personsOf(place)) / this.answer.scenarios[scenario].persons;
  }

  course(scenario: number, target: string, place = NO_PLACE): Course | null {
    const empty: Course = { q025: [], q10: [], q25: [], q50: [], q75: [], q90: [], q975: [] };
    if (place === NO_PLACE) {
      const series = this.answer.series.find((one) => one.target === target && this.indexOf(one.scenario) === scenario);
      const level = (name: string): number[] => numbers(series?.values[name]);
      return series ? { q025: level('0.025'), q10: level('0.1'), q25: level('0.25'), q50: level('0.5'), q75: level('0.75'), q90: level('0.9'), q975: level('0.975') } : null;
    }
    const series = this.parts?.series.find((one) => one.target === target && this.indexOf(one.scenario) === scenario);
    const at = series?.locations.indexOf(place) ?? -1;
    return series && at >= 0 ? { ...empty, q025: numbers(series.q025?.[at]), q50: numbers(series.q50[at]), q975: numbers(series.q975?.[at]) } : null;
  }

  /** Last day of each step: a day, or the Saturday of a week. */
  get ends(): number[] {
    const origin = dayOf(this.answer.origin_date);
    const { step_days: step, horizons } = this.answer;
    const first = origin + (step === 7 ? (9 - (((origin % 7) + 7) % 7)) % 7 : 0); // the step that holds the origin ends here
    return horizons.map((horizon) => first + (horizon - 1) * step);
  }

  get origin(): number {
    return dayOf(this.answer.origin_date);
  }

  /** What was observed, added up to the steps of the answer; NaN where days are missing. */
  observed(kind: 'cases' | 'admissions' | 'icu' | 'deaths'): number[] {
    const counts = this.study?.observed;
    const list = counts?.kinds[kind];
    if (!counts || !list) {
      return [];
    }
    return this.ends.map((end) => {
      const from = end - this.answer.step_days + 1 - counts.from;
      const days = Array.from({ length: this.answer.step_days }, (_, i) => list[from + i] ?? NaN);
      return days.reduce((sum, value) => sum + value, 0);
    });
  }
}

/** Three digits of a large number: more would be pretended. */
export const shown = (value: number): string => number(Math.abs(value) >= 1000 ? Number(value.toPrecision(3)) : Math.round(value) + 0);
/** Also of small ones: rates. */
export const shownRate = (value: number): string => (Math.abs(value) >= 100 ? shown(value) : number(value, Math.abs(value) >= 10 ? 0 : 1));
