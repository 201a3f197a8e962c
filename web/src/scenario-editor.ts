// The editor of a study: the place and what spreads there, and beside each other up to four scenarios, each with its time line, its chosen measure in numbers, and its beds.
import { freshId, h, option, picker, show, type Child } from './dom';
import { compareText, currentLanguage, date, dayOf, isoOf, number, percent, t } from './i18n';
import { timeLine } from './scenario-line';
import { COUNTRIES, KINDS, MOST_MEASURES, MOST_SCENARIOS, newMeasure, nextSunday, ORDERS, PRODUCTS, STRENGTHS, type Kind, type Measure, type Order, type Scenario, type Study } from './scenario-plan';

export interface EditorSpec { study: Study; chosen: { scenario: Scenario; measure: Measure } | null; changed: () => void; say: (text: string) => void }

const RUNS = [10, 20, 40, 100, 200];

function field(label: string, input: HTMLElement, under: Child = null): HTMLElement {
  const id = input.id || freshId('sc-field');
  input.id = id;
  return h(`div.field${under ? '.sc-told' : ''}`, {}, h('label', { for: id }, label), input, under);
}

function numberField(id: string, label: string, value: number | null, bounds: { min: number; max: number; step?: number | 'any' }, set: (value: number | null) => void, empty = false): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'number', inputmode: 'decimal', ...{ min: bounds.min, max: bounds.max, step: bounds.step ?? 'any' }, value: value ?? '', placeholder: empty ? t('scenario.nolimit') : null });
  input.addEventListener('change', () => {
    const typed = input.value.trim() === '' ? NaN : Number(input.value);
    if (Number.isFinite(typed)) {
      set(Math.min(bounds.max, Math.max(bounds.min, typed)));
    } else if (empty) {
      set(null);
    } else {
      input.value = String(value ?? '');
    }
  });
  return field(label, input);
}

function textField(id: string, label: string, value: string, set: (value: string) => void): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'text', maxlength: 80, value, autocomplete: 'off' });
  input.addEventListener('change', () => {
    if (input.value.trim() !== '') {
      set(input.value.trim());
    }
    input.value = input.value.trim() || value;
  });
  return field(label, input);
}

function dateField(id: string, label: string, day: number, low: number, high: number, set: (day: number) => void): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'date', value: isoOf(day), min: isoOf(low), max: isoOf(high) });
  input.addEventListener('change', () => {
    const typed = /^\d{4}-\d\d-\d\d$/.test(input.value) ? dayOf(input.value) : NaN;
    if (Number.isFinite(typed)) {
      set(Math.min(high, Math.max(low, typed)));
    } else {
      input.value = isoOf(day);
    }
  });
  return field(label, input);
}

function shareField(id: string, label: string, value: number, set: (value: number) => void): HTMLElement {
  const told = h('output.sc-share', { for: id }, percent(value));
  const input = h<HTMLInputElement>('input', { id, type: 'range', min: 0, max: 100, step: 5, value: Math.round(value * 100), 'aria-valuetext': percent(value) });
  input.addEventListener('input', () => {
    told.textContent = percent(Number(input.value) / 100);
    input.setAttribute('aria-valuetext', told.textContent);
  });
  input.addEventListener('change', () => set(Number(input.value) / 100));
  return field(label, input, told);
}

/* -------------------------------------------------------------------------------------------------------------- place */

function countryPicker(study: Study, changed: () => void): HTMLElement {
  const names = new Intl.DisplayNames([currentLanguage()], { type: 'region' });
  const choices = COUNTRIES.map((code): [string, string] => [code, names.of(code) ?? code]).sort((a, b) => compareText(a[1], b[1]));
  return picker('sc-country', t('scenario.country'), choices, study.country, (code) => { study.country = code; changed(); });
}

/** The measures keep their distance to the start when it moves, and end with the days that are simulated. */
function moveStart(study: Study, start: number, days: number): void {
  const by = start - study.start;
  Object.assign(study, { start, days });
  const last = start + days - 1;
  for (const measure of study.scenarios.flatMap((s) => s.measures)) {
    measure.from = Math.min(last, measure.from + by);
    measure.to = Math.max(measure.from, Math.min(last, measure.to + by));
  }
}

function placeForm({ study, changed }: EditorSpec): HTMLElement {
  const set = <K extends keyof Study>(key: K) => (value: Study[K] | null): void => {
    if (value !== null) {
      study[key] = value;
      changed();
    }
  };
  const whole = (key: 'population') => (value: number | null): void => set(key)(value === null ? null : Math.round(value));
  return h('div.sc-form', { role: 'group', 'aria-label': t('scenario.place') },
    textField('sc-title', t('scenario.name'), study.name, set('name')),
    countryPicker(study, changed),
    numberField('sc-population', t('scenario.population'), study.population, { min: 100, max: 1e9, step: 1 }, whole('population')),
    dateField('sc-first', t('scenario.start'), study.start, -25567, 47482, (day) => { moveStart(study, nextSunday(day), study.days); changed(); }),
    picker('sc-days', t('scenario.days'), [...new Set([91, 182, 364, 546, 728, study.days])].sort((a, b) => a - b).map((days): [string, string] => [String(days), t('scenario.weeks', { n: number(Math.round(days / 7)) })]), String(study.days),
      (days) => { moveStart(study, study.start, Number(days)); changed(); }),
    numberField('sc-r0', t('scenario.r0'), study.r0, { min: 0.1, max: 20, step: 0.1 }, set('r0')),
    numberField('sc-seeds', t('scenario.seeds'), study.seeds, { min: 0, max: 1e6 }, set('seeds')),
    shareField('sc-immune', t('scenario.immune'), study.immune, set('immune')),
    picker('sc-runs', t('scenario.runs'), [...new Set([...RUNS, study.runs])].sort((a, b) => a - b).map((n): [string, string] => [String(n), number(n)]), String(study.runs), (n) => set('runs')(Number(n))));
}

/* ------------------------------------------------------------------------------------------------------------ measure */

function kindPicker(measure: Measure, id: string, changed: () => void): HTMLElement {
  return picker(id, t('scenario.kind'), KINDS.map((kind): [string, string] => [kind, t(`scenario.kind.${kind}`)]), measure.kind, (kind) => {
    const named = KINDS.some((known) => measure.name === t(`scenario.kind.${known}`)); // it had the kind's own name
    Object.assign(measure, { kind: kind as Kind, strength: STRENGTHS[kind as Kind] }, named ? { name: t(`scenario.kind.${kind}`) } : {});
    changed();
  });
}

function measureForm(spec: EditorSpec, scenario: Scenario, measure: Measure, index: number): HTMLElement {
  const { study, changed } = spec;
  const [first, last] = [study.start, study.start + study.days - 1];
  const id = (name: string): string => `sc-${name}-${index}`;
  const set = <K extends keyof Measure>(key: K) => (value: Measure[K] | null): void => {
    if (value !== null) {
      measure[key] = value;
      changed();
    }
  };
  const strength = t(measure.kind === 'vaccination' ? 'scenario.uptake' : measure.kind === 'isolation' || measure.kind === 'tracing' ? 'scenario.taking' : 'scenario.strength');
  const contacts = !['vaccination', 'isolation', 'tracing'].includes(measure.kind);
  return h('div.sc-form.sc-measure', { role: 'group', 'aria-label': measure.name },
    textField(id('name'), t('scenario.name'), measure.name, set('name')),
    kindPicker(measure, id('kind'), changed),
    dateField(id('from'), t('scenario.from'), measure.from, first, measure.to, set('from')),
    dateField(id('to'), t('scenario.to'), measure.to, measure.from, last, set('to')),
    shareField(id('strength'), strength, measure.strength, set('strength')),
    contacts ? shareField(id('compliance'), t('scenario.compliance'), measure.compliance, set('compliance')) : null,
    contacts ? numberField(id('fade'), t('scenario.fade'), measure.fade, { min: 0, max: 90, step: 1 }, (value) => set('fade')(value === null ? null : Math.round(value))) : null,
    measure.kind === 'vaccination' ? [
      picker(id('product'), t('scenario.product'), PRODUCTS.map(([name, title]): [string, string] => [name, title]), measure.product, set('product')),
      numberField(id('perday'), t('scenario.perday'), measure.perDay, { min: 0.01, max: 20, step: 0.05 }, set('perDay')),
      picker(id('order'), t('scenario.order'), ORDERS.map((order): [string, string] => [order, t(`scenario.order.${order}`)]), measure.order, (order) => set('order')(order as Order)),
    ] : null,
    h('div.sc-buttons', {}, h('button.small', {
      type: 'button', id: id('remove'), onclick: () => {
        scenario.measures = scenario.measures.filter((other) => other !== measure);
        spec.chosen = null;
        changed();
        document.getElementById(`sc-add-${index}`)?.focus();
      },
    }, t('scenario.remove'))));
}

function addMeasure(spec: EditorSpec, scenario: Scenario, kind: Kind): void {
  const used = new Set(scenario.measures.map((m) => m.name));
  const base = t(`scenario.kind.${kind}`);
  let name = base;
  for (let n = 2; used.has(name); n++) {
    name = `${base} ${n}`;
  }
  const measure = newMeasure(kind, name, spec.study);
  scenario.measures.push(measure);
  spec.chosen = { scenario, measure };
  spec.changed();
}

/* ----------------------------------------------------------------------------------------------------------- scenario */

function scenarioCard(spec: EditorSpec, scenario: Scenario, index: number): HTMLElement {
  const { study, changed } = spec;
  const chosen = spec.chosen?.scenario === scenario ? spec.chosen.measure : null;
  const form = chosen ? measureForm(spec, scenario, chosen, index) : null;
  const line = timeLine({
    study, scenario, index, chosen,
    choose: (measure) => { spec.chosen = spec.chosen?.measure === measure ? null : { scenario, measure }; changed(); },
    moving: (measure) => spec.say(`${measure.name}: ${t('scenario.span', { from: date(measure.from), to: date(measure.to) })}`),
    moved: changed,
  });
  const beds = (key: 'wards' | 'icu'): HTMLElement => numberField(`sc-${key}-${index}`, t(`scenario.${key}`), scenario[key], { min: 0, max: 1e5 }, (value) => { scenario[key] = value; changed(); }, true);
  const adder = h<HTMLSelectElement>('select', { id: `sc-add-${index}`, 'aria-label': t('scenario.add.of', { name: scenario.name }), disabled: scenario.measures.length >= MOST_MEASURES },
    option('', t('scenario.add'), true), KINDS.map((kind) => option(kind, t(`scenario.kind.${kind}`), false)));
  adder.addEventListener('change', () => {
    if (adder.value !== '') {
      addMeasure(spec, scenario, adder.value as Kind);
    }
  });
  return h(`section.sc-card.sc-of-${index}`, { 'aria-label': scenario.name },
    h('div.sc-card-head', {}, h(`span.sc-mark.sc${index}`, { 'aria-hidden': 'true' }),
      textField(`sc-name-of-${index}`, index === 0 ? t('scenario.reference') : t('scenario.other', { n: number(index + 1) }), scenario.name, (name) => {
        scenario.name = study.scenarios.some((other) => other !== scenario && other.name === name) ? `${name} ${index + 1}` : name;
        changed();
      })),
    line, form,
    h('div.sc-form', {}, h('div.field', {}, adder), beds('wards'), beds('icu')),
    h('div.sc-buttons', {},
      study.scenarios.length < MOST_SCENARIOS ? h('button.small', {
        type: 'button', id: `sc-copy-${index}`, onclick: () => {
          const copy: Scenario = { ...structuredClone(scenario), name: t('scenario.copy', { name: scenario.name }).slice(0, 80) };
          copy.name = study.scenarios.some((other) => other.name === copy.name) ? `${copy.name} ${study.scenarios.length + 1}` : copy.name;
          study.scenarios.push(copy);
          changed();
          document.getElementById(`sc-name-of-${study.scenarios.length - 1}`)?.focus();
        },
      }, t('scenario.duplicate')) : null,
      study.scenarios.length > 1 ? h('button.small', {
        type: 'button', id: `sc-drop-${index}`, onclick: () => {
          study.scenarios = study.scenarios.filter((other) => other !== scenario);
          spec.chosen = spec.chosen?.scenario === scenario ? null : spec.chosen;
          changed();
          document.getElementById('sc-name-of-0')?.focus();
        },
      }, t('scenario.drop')) : null));
}

/** Draws the editor anew; what has the focus keeps it. */
export function drawEditor(element: HTMLElement, spec: EditorSpec): void {
  show(element,
    h('h3', {}, t('scenario.place')), placeForm(spec),
    h('h3', {}, t('scenario.scenarios')), h('p.small-print', {}, t('scenario.help')),
    h('div.sc-cards', {}, spec.study.scenarios.map((scenario, index) => scenarioCard(spec, scenario, index))));
}
