// The language: one catalogue a language, loaded when chosen; numbers and dates through Intl.

declare const VIGIA_CATALOGUES: Record<Language, string>;
declare const VIGIA_MORE: Record<Language, string>; // texts of parts that are loaded when they are opened

export const LANGUAGES = ['es', 'pt', 'en', 'fr', 'zh'] as const;
export type Language = (typeof LANGUAGES)[number];
export const LANGUAGE_NAMES: Record<Language, string> = { es: 'Español', pt: 'Português', en: 'English', fr: 'Français', zh: '中文' };
const LOCALES: Record<Language, string> = { es: 'es', pt: 'pt-BR', en: 'en-GB', fr: 'fr', zh: 'zh-CN' };

type Catalogue = Record<string, string>;
const catalogues = new Map<string, Promise<Catalogue>>(); // by address
let language: Language = 'es';
let catalogue: Catalogue = {};
const formats = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

export function currentLanguage(): Language {
  return language;
}

export function isLanguage(text: string | null | undefined): text is Language {
  return LANGUAGES.includes(text as Language);
}

/** The first of the browser's languages that there is a catalogue for. */
export function browserLanguage(): Language {
  for (const tag of navigator.languages ?? [navigator.language]) {
    const code = tag.slice(0, 2).toLowerCase();
    if (isLanguage(code)) {
      return code;
    }
  }
  return 'en';
}

async function fetchCatalogue(address: string): Promise<Catalogue> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new Error(`${address}: ${response.status}`);
  }
  return response.json() as Promise<Catalogue>;
}

function load(address: string): Promise<Catalogue> {
  let loading = catalogues.get(address);
  if (!loading) {
    loading = fetchCatalogue(address);
    catalogues.set(address, loading);
    loading.catch(() => catalogues.delete(address));
  }
  return loading;
}

export async function useLanguage(wanted: Language): Promise<void> {
  catalogue = await load(VIGIA_CATALOGUES[wanted]);
  language = wanted;
  formats.clear();
  document.documentElement.lang = wanted === 'zh' ? 'zh-Hans' : wanted;
}

/** The texts of parts that are not in the first view. */
export async function useMore(texts = VIGIA_MORE): Promise<void> {
  const wanted = language;
  const [first, more] = await Promise.all([load(VIGIA_CATALOGUES[wanted]), load(texts[wanted])]);
  if (wanted === language) {
    catalogue = { ...first, ...more };
  }
}

export type Parameters = Record<string, string | number>;

/** The text of a key with {name} replaced; a key that is missing shows itself. */
export function t(key: string, parameters: Parameters = {}): string {
  const text = catalogue[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in parameters ? String(parameters[name]) : whole));
}

/** The text for so many: key.one, key.other, as the language's plural rules choose. */
export function plural(key: string, n: number, parameters: Parameters): string {
  const form = `${key}.${new Intl.PluralRules(LOCALES[language]).select(n)}`;
  return t(has(form) ? form : `${key}.other`, parameters);
}

/** With a capital where it begins a sentence. */
export function opening(text: string): string {
  return text.charAt(0).toLocaleUpperCase(LOCALES[language]) + text.slice(1);
}

export function has(key: string): boolean {
  return key in catalogue;
}

function numberFormat(options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = JSON.stringify(options);
  let format = formats.get(key) as Intl.NumberFormat | undefined;
  if (!format) {
    format = new Intl.NumberFormat(LOCALES[language], options);
    formats.set(key, format);
  }
  return format;
}

export const NOTHING = '–';
export type Value = number | null | undefined;

function known(value: Value): value is number {
  return value !== null && value !== undefined && Number.isFinite(value);
}

export function number(value: Value, digits = 0): string {
  return known(value) ? numberFormat({ maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value) : NOTHING;
}

/** As many decimals as the size asks for: 0.12, 3.4, 57. */
export function rate(value: Value): string {
  return known(value) ? number(value, Math.abs(value) >= 100 || value === 0 ? 0 : Math.abs(value) >= 1 ? 1 : 2) : NOTHING;
}

export function compact(value: Value): string {
  return known(value) ? numberFormat({ notation: 'compact', maximumFractionDigits: 1 }).format(value) : NOTHING;
}

export function percent(value: Value, digits = 0): string {
  return known(value) ? numberFormat({ style: 'percent', maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value) : NOTHING;
}

/** "12 days", in the language's own plural. */
export function days(value: Value, digits = 0): string {
  return known(value) ? numberFormat({ style: 'unit', unit: 'day', unitDisplay: 'long', maximumFractionDigits: digits, minimumFractionDigits: digits }).format(value).replace(/(\d)(?=[\u3400-\u9fff])/, '$1 ') : NOTHING;
}

/** A p-value: not more digits than it deserves, and never 0. */
export function pValue(value: Value): string {
  return !known(value) ? NOTHING : value < 0.001 ? `p < ${number(0.001, 3)}` : `p = ${number(value, value < 0.1 ? 3 : 2)}`;
}

/** A ratio last/previous as a signed change: 1.25 is +25 %. */
export function change(ratio: Value): string {
  if (!known(ratio)) {
    return NOTHING;
  }
  const difference = Math.abs(ratio - 1) < 0.005 ? 0 : ratio - 1;
  return numberFormat({ style: 'percent', maximumFractionDigits: 0, signDisplay: 'exceptZero' }).format(difference);
}

/** "low–high" or nothing. */
export function interval(low: Value, high: Value, show: (value: Value) => string): string {
  return known(low) && known(high) ? `${show(low)}–${show(high)}` : NOTHING;
}

/* Dates are whole days since 1970-01-01, as in the program. */
export const DAY = 86400000;

export function dayOf(iso: string): number {
  return Math.round(Date.parse(`${iso}T00:00:00Z`) / DAY);
}

export function isoOf(day: number): string {
  return new Date(day * DAY).toISOString().slice(0, 10);
}

export function dateFormat(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `date ${JSON.stringify(options)}`;
  let format = formats.get(key) as Intl.DateTimeFormat | undefined;
  if (!format) {
    format = new Intl.DateTimeFormat(LOCALES[language], { timeZone: 'UTC', ...options });
    formats.set(key, format);
  }
  return format;
}

export function date(day: number | string | null | undefined, style: 'long' | 'short' | 'day' | 'month' = 'long'): string {
  if (day === null || day === undefined || day === '') {
    return NOTHING;
  }
  const options: Record<typeof style, Intl.DateTimeFormatOptions> = {
    long: { day: 'numeric', month: 'short', year: 'numeric' },
    short: { day: '2-digit', month: '2-digit', year: 'numeric' },
    day: { day: 'numeric', month: 'short' },
    month: { month: 'short' },
  };
  return dateFormat(options[style]).format(new Date((typeof day === 'string' ? dayOf(day) : day) * DAY));
}

export function compareText(a: string, b: string): number {
  return collator().compare(a, b);
}

let collators: [Language, Intl.Collator] | null = null;
function collator(): Intl.Collator {
  if (!collators || collators[0] !== language) {
    collators = [language, new Intl.Collator(LOCALES[language], { sensitivity: 'base', numeric: true })];
  }
  return collators[1];
}

/** For searching: no case, no accents. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}
