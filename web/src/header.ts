// The top of the page: which data, which measure, which language, and as known on which day; and the search for a place.
import type { Dataset, NodeAnswer } from './api';
import { groupText, measureText } from './detail';
import { h, option, picker, show } from './dom';
import { date, dayOf, isoOf, LANGUAGE_NAMES, LANGUAGES, t, type Language } from './i18n';
import type { Place, Places } from './places';
import type { View } from './state';

/** A dataset in the list: real ones plain, the others with the word in front. */
function datasetText(dataset: Dataset): string {
  return dataset.nature === 'real' ? dataset.title : `${t(`nature.${dataset.nature}`)}: ${dataset.title}`;
}

export interface HeaderSpec {
  view: View;
  node: NodeAnswer;
  dataset: Dataset;
  update: (patch: Partial<View>) => void;
}

function datasetPicker(spec: HeaderSpec): HTMLElement {
  const natures: Dataset['nature'][] = ['real', 'simulated', 'historic'];
  return h('div.field.wide', {},
    h('label', { for: 'dataset' }, t('dataset.label')),
    h('select', { id: 'dataset', onchange: (event: Event) => spec.update({ dataset: (event.target as HTMLSelectElement).value, measure: '', group: '', level: '', place: '', asOf: '', sort: '', page: 1, step: '' }) },
      natures.map((nature) => {
        const list = spec.node.datasets.filter((dataset) => dataset.nature === nature);
        return list.length === 0 ? null : h('optgroup', { label: t(`nature.${nature}.group`) }, list.map((dataset) => option(dataset.name, datasetText(dataset), dataset.name === spec.dataset.name)));
      })));
}

export function languagePicker(lang: Language, update: (patch: Partial<View>) => void): HTMLElement {
  return h('div.field', {},
    h('label', { for: 'lang' }, t('language.label')),
    h('select', { id: 'lang', onchange: (event: Event) => update({ lang: (event.target as HTMLSelectElement).value as Language }) },
      LANGUAGES.map((code) => h('option', { value: code, lang: code, selected: code === lang }, LANGUAGE_NAMES[code]))));
}

export function drawPickers(container: HTMLElement, spec: HeaderSpec): void {
  const { view, dataset } = spec;
  const measure = view.measure || dataset.measures[0]?.name || '';
  const levels = dataset.levels;
  const groups = ['all', ...dataset.groups.filter((g) => g !== 'all')];
  show(container,
    datasetPicker(spec),
    dataset.measures.length > 0 ? picker('measure', t('measure.label'), dataset.measures.map((m): [string, string] => [m.name, measureText(m)]), measure, (value) => spec.update({ measure: value })) : null,
    groups.length > 1 ? picker('group', t('group.label'), groups.map((g): [string, string] => [g, groupText(g)]), view.group || 'all', (value) => spec.update({ group: value === 'all' ? '' : value })) : null,
    levels.length > 1 ? picker('level', t('level.label'), levels.map((l): [string, string] => [l, t(`level.${l}`)]), view.level, (value) => spec.update({ level: value, page: 1 })) : null);
}

/* ------------------------------------------------------------------------------------------------------ as-of slider */

export function drawAsOf(container: HTMLElement, spec: HeaderSpec): void {
  const { view, dataset } = spec;
  const first = dataset.first_known ? dayOf(dataset.first_known) : NaN;
  const last = dataset.last_known ? dayOf(dataset.last_known) : NaN;
  if (!(last > first)) {
    show(container, h('p.asof-none', {}, Number.isFinite(last) ? t('asof.single', { date: date(last) }) : t('asof.unknown')));
    return;
  }
  const day = view.asOf ? Math.max(first, Math.min(last, dayOf(view.asOf))) : last;
  const output = h('output', { for: 'asof' }, view.asOf ? date(day) : t('asof.now', { date: date(last) }));
  let timer = 0;
  const choose = (value: number): void => spec.update({ asOf: value >= last ? '' : isoOf(Math.max(first, value)) });
  const field = h<HTMLInputElement>('input', { type: 'date', id: 'asof-date', 'aria-label': t('asof.date'), min: isoOf(first), max: isoOf(last), value: isoOf(day),
    onchange: (event: Event) => {
      const value = (event.target as HTMLInputElement).value;
      if (value) {
        choose(dayOf(value));
      }
    } });
  const slider = h<HTMLInputElement>('input', { type: 'range', id: 'asof', min: first, max: last, step: 1, value: day, 'aria-valuetext': date(day),
    oninput: (event: Event) => {
      const value = Number((event.target as HTMLInputElement).value);
      output.textContent = value >= last ? t('asof.now', { date: date(last) }) : date(value);
      field.value = isoOf(value);
      slider.setAttribute('aria-valuetext', date(value));
      clearTimeout(timer);
      timer = window.setTimeout(() => choose(value), 350);
    } });
  show(container,
    h('label', { for: 'asof' }, t('asof.label')), slider, output, field,
    h('button.small', { type: 'button', id: 'asof-now', disabled: !view.asOf, onclick: () => choose(last) }, t('asof.button')));
}

/* ------------------------------------------------------------------------------------------- search (WAI-ARIA combobox) */

const SHOWN = 12;

export interface SearchSpec {
  places: () => Places;
  choose: (code: string) => void;
}

export function searchBox(spec: SearchSpec): HTMLElement {
  const list = h('ul.options', { id: 'search-list', role: 'listbox', 'aria-label': t('search.results'), hidden: true });
  const said = h('p.hidden', { role: 'status' });
  let found: Place[] = [];
  let active = -1;
  const mark = (): void => {
    [...list.children].forEach((element, i) => {
      element.setAttribute('aria-selected', String(i === active));
      if (i === active) {
        element.scrollIntoView({ block: 'nearest' });
      }
    });
    if (active >= 0) {
      input.setAttribute('aria-activedescendant', `search-${active}`);
    } else {
      input.removeAttribute('aria-activedescendant');
    }
  };
  const close = (): void => {
    list.hidden = true;
    active = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  };
  const take = (place: Place): void => {
    input.value = '';
    close();
    spec.choose(place.code);
  };
  const look = (): void => {
    found = spec.places().search(input.value, SHOWN);
    active = -1;
    show(list, found.map((place, i) => h('li', { id: `search-${i}`, role: 'option', 'aria-selected': 'false',
      onpointerdown: (event: Event) => { event.preventDefault(); take(place); } },
    h('span', {}, place.name), h('span.above', {}, spec.places().above(place.code) || t(`level.${place.level}`)))));
    list.hidden = found.length === 0;
    input.setAttribute('aria-expanded', String(found.length > 0));
    said.textContent = input.value.trim() ? t('search.found', { n: String(found.length) }) : '';
    mark();
  };
  const keys = (event: KeyboardEvent): void => {
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && found.length > 0) {
      event.preventDefault();
      if (list.hidden) {
        look();
      }
      const step = event.key === 'ArrowDown' ? 1 : -1;
      active = active < 0 ? (step > 0 ? 0 : found.length - 1) : (active + step + found.length) % found.length;
      mark();
    } else if (event.key === 'Enter' && found.length > 0 && !list.hidden) {
      event.preventDefault();
      take(found[Math.max(0, active)]);
    } else if (event.key === 'Escape') {
      if (list.hidden) {
        input.value = '';
      }
      close();
    }
  };
  const input = h<HTMLInputElement>('input', { id: 'search', type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false', 'aria-expanded': 'false', 'aria-controls': 'search-list',
    'aria-autocomplete': 'list', placeholder: t('search.hint'), oninput: look, onkeydown: keys, onblur: close });
  return h('div.field.search', {}, h('label', { for: 'search' }, t('search.label')), input, list, said);
}

