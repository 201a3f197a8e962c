// The places of a dataset: names in the chosen language, parents, coordinates.
import type { Table } from './api';
import { currentLanguage, fold } from './i18n';

export interface Place {
  code: string;
  name: string;
  parent: string;
  level: string;
  population: number;
  latitude: number;
  longitude: number;
  folded: string; // every known name, for the search
}

export class Places {
  private readonly byCode = new Map<string, Place>();
  readonly all: Place[];

  constructor(table: Table | null) {
    const rows = table ? table.rows : [];
    const at = (name: string): number => (table ? table.index(name) : -1);
    const [code, name, own, parent, level, population, latitude, longitude] =
      ['code', 'name', `name_${currentLanguage()}`, 'parent', 'level', 'population', 'latitude', 'longitude'].map(at);
    const names = ['name', 'name_es', 'name_pt', 'name_en', 'name_fr', 'name_zh'].map(at);
    const numeric = (value: unknown): number => (typeof value === 'number' ? value : NaN);
    this.all = rows.map((row) => ({
      code: String(row[code]),
      name: String(row[own] || row[name] || row[code]),
      parent: String(row[parent] ?? ''),
      level: String(row[level] ?? ''),
      population: numeric(row[population]),
      latitude: numeric(row[latitude]),
      longitude: numeric(row[longitude]),
      folded: fold([row[code], ...new Set(names.map((i) => row[i]).filter(Boolean))].join(' | ')),
    }));
    for (const place of this.all) {
      this.byCode.set(place.code, place);
    }
  }

  find(code: string): Place | undefined {
    return this.byCode.get(code);
  }

  name(code: string, otherwise = code): string {
    return this.byCode.get(code)?.name ?? otherwise;
  }

  /** "Cauca, Colombia": the names above a place, nearest first. */
  above(code: string): string {
    const names: string[] = [];
    let parent = this.byCode.get(code)?.parent ?? '';
    while (parent && names.length < 4) {
      const place = this.byCode.get(parent);
      names.push(place?.name ?? parent);
      parent = place?.parent ?? '';
    }
    return names.join(', ');
  }

  /** Whether the code is the place itself or lies below it. */
  within(code: string, above: string): boolean {
    let at = code;
    for (let up = 0; at && at !== above && up < 5; up++) {
      at = this.byCode.get(at)?.parent ?? '';
    }
    return at === above;
  }

  /** Places whose names hold every word; names that begin with the first one come first. */
  search(text: string, limit: number): Place[] {
    const words = fold(text).split(/\s+/).filter(Boolean);
    if (words.length === 0) {
      return [];
    }
    const found = this.all.filter((place) => words.every((word) => place.folded.includes(word)));
    const rank = (place: Place): number => (fold(place.name).startsWith(words[0]) ? 0 : place.folded.includes(` ${words[0]}`) ? 1 : 2);
    return found.sort((a, b) => rank(a) - rank(b) || a.name.length - b.name.length || (a.name < b.name ? -1 : 1)).slice(0, limit);
  }
}
