// Fields of the editor: a label and an input each, bound to a key of a block of the file. What is typed is brought within bounds; a key that is left as the program has it stays out of the file.
import { freshId, h, option, type Child } from './dom';
import { compareText, dayOf, has, isoOf, number, percent, t } from './i18n';
import { AGE_BANDS, AGE_ORDERS, LAYERS, type Field } from './scenario-fields';
import { valueText, type Block, type Value } from './scenario-file';
import { DISEASES, PRODUCTS, type Study } from './scenario-plan';

export function labelled(label: string, input: HTMLElement, under: Child = null): HTMLElement {
  const id = input.id || freshId('sc-field');
  input.id = id;
  return h(`div.field${under ? '.sc-told' : ''}`, {}, h('label', { for: id }, label), input, under);
}

export function numberField(id: string, label: string, value: number | null, bounds: { low?: number; high?: number; step?: number; whole?: boolean; empty?: string },
  set: (value: number | null) => void): HTMLElement {
  const { low = -1e300, high = 1e300 } = bounds;
  const input = h<HTMLInputElement>('input', { id, type: 'number', inputmode: 'decimal', min: bounds.low, max: bounds.high, step: bounds.whole ? bounds.step ?? 1 : 'any', value: value ?? '',
    placeholder: bounds.empty ?? null });
  input.addEventListener('change', () => {
    const typed = input.value.trim() === '' ? NaN : Number(input.value);
    if (Number.isFinite(typed)) {
      const kept = Math.min(high, Math.max(low, typed));
      set(bounds.whole ? Math.round(kept) : kept);
    } else if (bounds.empty !== undefined) {
      set(null);
    } else {
      input.value = String(value ?? '');
    }
  });
  return labelled(label, input);
}

export function textField(id: string, label: string, value: string, set: (value: string) => void): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'text', maxlength: 80, value, autocomplete: 'off' });
  input.addEventListener('change', () => {
    const typed = input.value.replace(/[\u0000-\u001f\u007f]/g, ' ').trim();
    if (typed !== '') {
      set(typed);
    }
    input.value = typed || value;
  });
  return labelled(label, input);
}

export function dateField(id: string, label: string, day: number, low: number, high: number, set: (day: number) => void): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'date', value: isoOf(day), min: isoOf(low), max: isoOf(high) });
  input.addEventListener('change', () => {
    const typed = /^\d{4}-\d\d-\d\d$/.test(input.value) ? dayOf(input.value) : NaN;
    if (Number.isFinite(typed)) {
      set(Math.min(high, Math.max(low, typed)));
    } else {
      input.value = isoOf(day);
    }
  });
  return labelled(label, input);
}

export function shareField(id: string, label: string, value: number, set: (value: number) => void, step = 5): HTMLElement {
  const shown = (share: number): string => percent(share, Math.round(share * 100) === Number((share * 100).toFixed(6)) ? 0 : 1);
  const told = h('output.sc-share', { for: id }, shown(value));
  const input = h<HTMLInputElement>('input', { id, type: 'range', min: 0, max: 100, step: Number.isInteger(Number((value * 100 / step).toFixed(6))) ? step : 'any',
    value: Number((value * 100).toFixed(6)), 'aria-valuetext': shown(value) });
  input.addEventListener('input', () => {
    told.textContent = shown(Number(input.value) / 100);
    input.setAttribute('aria-valuetext', told.textContent);
  });
  input.addEventListener('change', () => set(Number((Number(input.value) / 100).toFixed(4))));
  return labelled(label, input, told);
}

export function select(id: string, label: string, choices: [string, string][], value: string, set: (value: string) => void): HTMLElement {
  const input = h<HTMLSelectElement>('select', { id }, choices.map(([key, text]) => option(key, text, key === value)));
  input.addEventListener('change', () => set(input.value));
  return labelled(label, input);
}

/** Boxes of which any number is ticked. */
export function boxes(id: string, label: string, choices: [string, string][], chosen: string[], set: (chosen: string[]) => void): HTMLElement {
  return h('fieldset.sc-boxes', {}, h('legend', {}, label), choices.map(([key, text], i) => {
    const input = h<HTMLInputElement>('input', { type: 'checkbox', id: `${id}-${i}`, checked: chosen.includes(key) });
    input.addEventListener('change', () => set(choices.map(([other]) => other).filter((other) => (other === key ? input.checked : chosen.includes(other)))));
    return h('label', { for: `${id}-${i}` }, input, text);
  }));
}

/* ------------------------------------------------------------------------------------------------------------- places */

/** Units and what they belong to, by code. */
export function placeNames(study: Study, nameOf: (code: string) => string): Map<string, string> {
  const names = new Map<string, string>();
  const units = study.units;
  [...new Set(units.map((unit) => unit.parent))].filter((code) => code !== '' && code !== study.code).forEach((code) => names.set(code, nameOf(code)));
  units.forEach((unit) => names.set(unit.code, unit.name));
  return names;
}

/** Chosen places as buttons that take them away, and a field that finds more. None chosen: everywhere. */
function placesField(id: string, label: string, names: Map<string, string>, chosen: string[], set: (codes: string[]) => void): HTMLElement {
  const entries = [...names].sort((a, b) => compareText(a[1], b[1]));
  const twice = new Set(entries.filter(([, name], i) => entries[i + 1]?.[1] === name || entries[i - 1]?.[1] === name).map(([, name]) => name));
  const text = ([code, name]: [string, string]): string => (twice.has(name) ? `${name} (${code})` : name);
  const input = h<HTMLInputElement>('input', { id, type: 'text', list: `${id}-list`, autocomplete: 'off', placeholder: chosen.length === 0 ? t('scenario.everywhere')
    : t('scenario.places.more') });
  input.addEventListener('change', () => {
    const found = entries.find((entry) => text(entry).localeCompare(input.value.trim(), undefined, { sensitivity: 'base' }) === 0 || entry[0] === input.value.trim());
    input.setAttribute('aria-invalid', String(!found && input.value.trim() !== ''));
    if (found && !chosen.includes(found[0])) {
      set([...chosen, found[0]]);
    }
  });
  return h('div.field.sc-places', {}, h('label', { for: id }, label),
    chosen.length > 0 ? h('ul.sc-chips', {}, chosen.map((code, i) => h('li', {},
      h('button.small', { type: 'button', id: `${id}-${i}`, 'aria-label': t('scenario.places.drop', { name: names.get(code) ?? code }),
      onclick: () => set(chosen.filter((other) => other !== code)) },
      names.get(code) ?? code, h('span', { 'aria-hidden': 'true' }, ' ×'))))) : null,
    input, h('datalist', { id: `${id}-list` }, entries.filter(([code]) => !chosen.includes(code)).map((entry) => h('option', { value: text(entry) }))));
}

/* -------------------------------------------------------------------------------------------------------- any field */

const NAMES = new Map<string, string>([['covid19', 'COVID-19'], ['covid19_alpha', 'Alpha'], ['covid19_gamma', 'Gamma'], ['covid19_delta', 'Delta'], ['covid19_omicron', 'Omicron'],
  ['covid19_omicron_ba5', 'Omicron BA.5']]);
/** A disease or a variant as people call it. */
export function diseaseName(name: string): string {
  return has(`scenario.disease.${name}`) ? t(`scenario.disease.${name}`) : NAMES.get(name) ?? name;
}

export interface FieldContext { study: Study; names: Map<string, string>; changed: () => void }

/** Age groups as people type them: "5-17, 65+". */
export function bandsOf(typed: string): string[] {
  return typed.split(/[,;]\s*/).map((band) => band.trim().replace('–', '-')).filter((band) => /^\d{1,3}(-\d{1,3}|\+)?$/.test(band));
}

function bandField(id: string, label: string, block: Block, set: (value: Value | undefined) => void): Child {
  const ages = block.texts('ages');
  const band = Object.keys(AGE_BANDS).find((name) => AGE_BANDS[name].join() === ages.join()) ?? 'own';
  return [
    select(id, label, [...Object.keys(AGE_BANDS), 'own'].map((name): [string, string] => [name, t(`scenario.band.${name}`)]), band,
      (name) => set(name === 'own' ? ['60+'] : AGE_BANDS[name].length > 0 ? AGE_BANDS[name] : undefined)),
    band === 'own' ? textField(`${id}-own`, t('scenario.band.typed'), ages.join(', '), (typed) => {
      const bands = bandsOf(typed);
      set(bands.length > 0 ? bands : undefined);
    }) : null,
  ];
}

/** Turns as people type them: ages, groups of people by their names, and ages of a group: "health workers, at risk: 60+, 40-59". */
function turnsOf(typed: string, groups: string[]): string[] {
  return typed.split(/[,;]\s*/).map((turn) => turn.trim()).flatMap((turn) => {
    const [name, ages] = turn.split(/\s*:\s*/, 2);
    const group = groups.find((one) => one.toLowerCase() === name.toLowerCase());
    const bands = bandsOf(group === undefined ? turn : ages ?? '');
    return group === undefined ? bands : ages === undefined ? [group] : bands.map((band) => `${group}: ${band}`);
  });
}

function orderField(id: string, label: string, { study }: FieldContext, block: Block, set: (value: Value | undefined) => void): Child {
  const ages = block.texts('ages');
  const groups = study.groups.map((group) => group.text('name'));
  const orders: Record<string, string[]> = { ...AGE_ORDERS, ...Object.fromEntries(groups.map((name, i) => [`group ${i}`, [name, ...AGE_ORDERS.old]])) };
  const order = Object.keys(orders).find((name) => orders[name].join() === ages.join()) ?? 'own';
  return [
    select(id, label, [...Object.keys(orders), 'own'].map((name): [string, string] => [name, name.startsWith('group ') ? t('scenario.order.group', { name: orders[name][0] })
      : t(`scenario.order.${name}`)]), order, (name) => set(name === 'own' ? ['60+', '40-59', '20-39'] : orders[name].length > 0 ? orders[name] : undefined)),
    order === 'own' ? textField(`${id}-own`, t(groups.length > 0 ? 'scenario.order.groups' : 'scenario.order.typed'), ages.join(', '), (typed) => {
      const bands = turnsOf(typed, groups);
      set(bands.length > 0 ? bands : undefined);
    }) : null,
  ];
}

function variantField(id: string, label: string, { study }: FieldContext, block: Block, set: (value: Value | undefined) => void): HTMLElement {
  const disease = study.block('disease');
  const all = DISEASES.find((one) => one.name === (disease.text('name') || 'covid19'))?.variants ?? [];
  const first = study.variants[0] ?? all[0] ?? '';
  return select(id, label, [...new Set([...study.variants, ...all, block.text('variant')])].filter(Boolean).map((name): [string, string] => [name, diseaseName(name)]), block.text('variant')
    || first, (name) => {
    if (name !== first && !study.variants.includes(name)) {
      disease.set('variants', [...(study.variants.length > 0 ? study.variants : [first]), name]);
    }
    set(name === first ? undefined : name);
  });
}

/** One field of a block. The label is that of the key, or of the key for this kind of bar. */
export function field(id: string, spec: Field, block: Block, context: FieldContext): Child {
  if (spec.when && !spec.when(block)) {
    return null;
  }
  const special = block.name === 'measure' ? (spec.key.startsWith('trigger_') ? block.text('trigger') : block.text('kind')) : '';
  const label = has(`scenario.f.${spec.key}.${special}`) ? t(`scenario.f.${spec.key}.${special}`) : t(`scenario.f.${spec.key}`);
  const set = (value: Value | undefined): void => {
    const known = block.get(spec.key);
    if (!(known === undefined && value !== undefined && spec.otherwise !== undefined && valueText(value) === valueText(spec.otherwise))) {
      block.set(spec.key, value);
    }
    context.changed();
  };
  const value = block.number(spec.key);
  const shown = Number.isFinite(value) ? value : typeof spec.otherwise === 'number' ? spec.otherwise : null;
  switch (spec.kind) {
    case 'share':
      return shareField(id, label, shown ?? 0, set);
    case 'number':
      return special === 'icu' ? shareField(id, label, shown ?? (spec.key === 'trigger_off' ? block.number('trigger_on') / 2 : 0.8), set)
        : numberField(id, label, shown, { low: spec.low, high: spec.high, step: spec.step,
          ...(spec.otherwise === undefined ? { empty: spec.key === 'trigger_off' ? number(block.number('trigger_on') / 2, 1) : t('scenario.unset') } : {}) }, (typed) => set(typed ?? undefined));
    case 'whole':
      return numberField(id, label, shown, { low: spec.low, high: spec.high, whole: true, ...(spec.otherwise === undefined ? { empty: t('scenario.unset') } : {}) },
        (typed) => set(typed ?? undefined));
    case 'word':
      return select(id, label, (spec.words ?? []).map((word): [string, string] => [word, t(`scenario.w.${spec.key}.${word}`)]), block.text(spec.key) || String(spec.otherwise), (word) => {
        if (spec.key === 'trigger' && word !== 'none') {
          block.set('trigger_on', ({ cases: 100, admissions: 5, icu: 0.8 } as Record<string, number>)[word]).set('trigger_off', undefined);
        } else if (spec.key === 'trigger') {
          ['trigger_of', 'trigger_on', 'trigger_off', 'minimum_days'].forEach((key) => block.set(key, undefined));
        }
        set(word === spec.otherwise ? undefined : word);
      });
    case 'layers':
      return boxes(id, label, LAYERS.map((layer): [string, string] => [layer, t(`scenario.layer.${layer}`)]), block.texts('layers'), (layers) => set(layers.length > 0 ? layers : ['community']));
    case 'places':
      return context.names.size < 2 && block.texts('places').length === 0 ? null
        : placesField(id, label, context.names, block.texts('places'), (codes) => set(codes.length > 0 ? codes : undefined));
    case 'band':
      return bandField(id, t('scenario.f.ages.measure'), block, set);
    case 'ages':
      return orderField(id, label, context, block, set);
    case 'product': {
      const disease = context.study.block('disease').text('name') || 'covid19';
      const fitting = PRODUCTS.filter((product) => product.diseases.includes(disease) || product.name === block.text('product'));
      return select(id, label, [...(block.text('product') === '' ? [['', t('scenario.unset')] as [string, string]] : []),
        ...fitting.map((product): [string, string] => [product.name, product.title])], block.text('product'), (name) => set(name || undefined));
    }
    case 'variant':
      return variantField(id, label, context, block, set);
    case 'flag': {
      const input = h<HTMLInputElement>('input', { type: 'checkbox', id, checked: typeof block.get(spec.key) === 'boolean' ? block.get(spec.key) === true : spec.otherwise === true });
      input.addEventListener('change', () => set(input.checked));
      return h('div.field.sc-flag', {}, h('label', { for: id }, input, label));
    }
  }
}

/** Fields below each other, the seldom needed ones folded away; what is open stays open. */
const opened = new Set<string>();
export function folded(id: string, title: string, ...children: Child[]): HTMLElement {
  const element = h<HTMLDetailsElement>('details.sc-more', { id, open: opened.has(id) }, h('summary', {}, title), h('div.sc-form', {}, children));
  element.addEventListener('toggle', () => { opened[element.open ? 'add' : 'delete'](id); });
  return element;
}

