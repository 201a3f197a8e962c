// What the page shows, kept in the address so that a link reproduces it and back and forward work.
import { browserLanguage, isLanguage, type Language } from './i18n';

export const TABS = ['curve', 'rt', 'alarm', 'delays', 'pyramid', 'chains', 'genomes', 'tracing', 'stock', 'quality', 'imports', 'scenario'] as const;
export type Tab = (typeof TABS)[number];
export const TABS_WITHOUT_COUNTS: readonly Tab[] = ['tracing', 'genomes', 'stock', 'scenario']; // what a node shows that holds no counts
export const INDICATORS = ['incidence', 'ahead', 'growth', 'change', 'rt', 'alarm', 'attention', 'silence'] as const;
export type Indicator = (typeof INDICATORS)[number];
export const SPANS = ['90', '180', '365', 'all'] as const;
export type Span = (typeof SPANS)[number];

export const KEPT_FILTERS = ['active', 'open', 'acknowledged', 'closed', 'all'] as const;
export type KeptFilter = (typeof KEPT_FILTERS)[number];

export interface View {
  lang: Language;
  dataset: string;
  measure: string;
  group: string;
  level: string;
  place: string;
  asOf: string; // '' is now
  tab: Tab;
  show: Indicator;
  step: '' | 'day' | 'week';
  span: Span;
  alarms: KeptFilter; // which of the kept alarms
  sort: string; // column, with '-' in front for downwards
  page: number;
}

function oneOf<T extends string>(choices: readonly T[], value: string | null, otherwise: T): T {
  return choices.includes(value as T) ? (value as T) : otherwise;
}

export function readView(search: string): View {
  const query = new URLSearchParams(search);
  const text = (name: string): string => query.get(name) ?? '';
  const lang = query.get('lang');
  const asOf = text('as_of');
  return {
    lang: isLanguage(lang) ? lang : browserLanguage(),
    dataset: text('dataset'),
    measure: text('measure'),
    group: text('group'),
    level: text('level'),
    place: text('place'),
    asOf: /^\d{4}-\d{2}-\d{2}$/.test(asOf) && Number.isFinite(Date.parse(asOf)) ? asOf : '',
    tab: oneOf(TABS, query.get('tab'), 'curve'),
    show: oneOf(INDICATORS, query.get('show'), 'incidence'),
    step: oneOf(['day', 'week'] as const, query.get('step'), '' as never),
    span: oneOf(SPANS, query.get('span'), '180'),
    alarms: oneOf(KEPT_FILTERS, query.get('alarms'), 'active'),
    sort: /^-?[a-z0-9_]+$/.test(text('sort')) ? text('sort') : '',
    page: Math.max(1, Math.min(10000, Number.parseInt(text('page'), 10) || 1)),
  };
}

/** The query of a view; what is as by default is left out, save the language and the dataset. */
export function writeView(view: View): string {
  const query = new URLSearchParams();
  const put = (name: string, value: string, otherwise = ''): void => {
    if (value !== otherwise) {
      query.set(name, value);
    }
  };
  put('dataset', view.dataset);
  put('measure', view.measure);
  put('group', view.group);
  put('level', view.level);
  put('place', view.place);
  put('as_of', view.asOf);
  put('show', view.show, 'incidence');
  put('tab', view.tab, 'curve');
  put('step', view.step);
  put('span', view.span, '180');
  put('alarms', view.alarms, 'active');
  put('sort', view.sort);
  put('page', String(view.page), '1');
  put('lang', view.lang);
  return `?${query.toString()}`;
}
