// A kept plan as the page asks for it: what was decided, for which places and dates, and what simple rules would have come to.
import { ask, url, type Cell } from './api';
import type { DetailContext } from './detail';
import { date, number, rate } from './i18n';

interface PlanPlace { place: string; code?: string; above?: string | null; latitude?: number | null; longitude?: number | null }
interface Kept { columns: string[]; rows: Cell[][] }
interface PlanDocument {
  name: string; kept: string; program: string; exercise: boolean; places: PlanPlace[];
  plan: { meta: Record<string, number | boolean | string | null>; dates: (string | number)[]; places: string[]; resources: { resource: string; reusable: boolean; members?: string[] }[]; tables: Record<string, Kept> };
}
export type PlanRow = Record<string, Cell>;
export const RULES = ['plan', 'nothing_moves', 'per_head', 'by_shortage'] as const;
export type Rule = (typeof RULES)[number];

export const rowsOf = (table: { columns: string[]; rows: Cell[][] }): PlanRow[] => table.rows.map((cells) => Object.fromEntries(table.columns.map((name, i): [string, Cell] => [name, cells[i]])));
export const numberOf = (value: Cell | undefined): number => (typeof value === 'number' ? value : NaN);

/** One plan, seen for one of its resources. */
export class Plan {
  private readonly byPlace: Map<string, PlanPlace>;

  constructor(readonly told: PlanDocument, readonly resource: string, private readonly context: DetailContext) {
    this.byPlace = new Map(told.places.map((one) => [one.place, one]));
  }

  get dates(): (string | number)[] { return this.told.plan.dates; }
  get reusable(): boolean { return this.told.plan.resources.some((one) => one.resource === this.resource && one.reusable); }
  get fairest(): boolean { return Boolean(this.told.plan.meta.fairest); }
  /** What serves it together, where it is several resources; these move. */
  get members(): string[] { return this.told.plan.resources.find((one) => one.resource === this.resource)?.members ?? []; }
  /** With others within limits, where what one has another may lack. */
  get shared(): boolean { return this.limited && this.told.plan.resources.length - this.told.plan.resources.reduce((sum, one) => sum + (one.members?.length ?? 0), 0) > 1; }
  get limited(): boolean { return Boolean(this.told.plan.tables.limits); }
  /** One flow of its own, and so the best there is. */
  get exact(): boolean { return !this.limited && this.members.length === 0 && !this.fairest && !(numberOf(this.told.plan.meta.tail_weight) > 0); }

  /** Rows of a table that are of this resource; none where the plan was kept without it. */
  rows(show: string): PlanRow[] {
    const table = this.told.plan.tables[show];
    return table ? rowsOf(table).filter((row) => row.resource === this.resource || (show === 'movements' && this.members.includes(String(row.resource)))) : [];
  }

  /** Rows that are of all resources together. */
  all(show: string): PlanRow[] {
    const table = this.told.plan.tables[show];
    return table ? rowsOf(table).filter((row) => row.resource === '*') : [];
  }

  of(rule: Rule): PlanRow | undefined {
    const found = this.rows('summary').find((row) => row.plan === rule);
    const table = this.told.plan.tables.summary;
    if (!found || !table || this.members.length === 0) {
      return found;
    }
    const moving = rowsOf(table).filter((row) => row.plan === rule && this.members.includes(String(row.resource)));
    const sum = (name: string): number => moving.reduce((all, row) => all + (numberOf(row[name]) || 0), 0);
    return { ...found, moved: sum('moved'), movements: sum('movements'), cost: sum('cost') };
  }

  code(place: string): string | undefined { return this.byPlace.get(place)?.code; }
  find(place: string): PlanPlace | undefined { return this.byPlace.get(place); }

  name(place: Cell | undefined): string {
    const code = this.code(String(place ?? ''));
    return code ? this.context.placeNameOf(code) : String(place ?? '');
  }

  /** Of what serves again the average of the periods, of what is used up the sum. */
  amount(units: Cell | undefined): string {
    return this.reusable ? rate(numberOf(units) / this.dates.length) : number(numberOf(units), 0);
  }

  day(period: number): string {
    const day = this.dates[period];
    return typeof day === 'string' ? date(day) : number(day);
  }
}

export async function askPlan(name: string, signal: AbortSignal): Promise<PlanDocument> {
  return ask<PlanDocument>(url('/plan', { name }), signal);
}
