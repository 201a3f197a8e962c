// The editor of a study: where it starts from, what spreads there, and beside each other the scenarios, each with its time line, its chosen bar in numbers, and its beds.
import { h, option, show, type Child } from './dom';
import { compareText, currentLanguage, date, days as dayCount, number, percent, t } from './i18n';
import { AGE_ORDERS, fieldsOf, GROUPS, PRESETS, SHARED, type Preset, type SharedField } from './scenario-fields';
import { Day, type Block } from './scenario-file';
import { boxes, dateField, diseaseName, field, folded, numberField, placeNames, select, textField, type FieldContext } from './scenario-form';
import { groupsForm } from './scenario-groups';
import { timeLine } from './scenario-line';
import { COUNTRIES, DISEASES, endsOf, MOST_ITEMS, MOST_SCENARIOS, nextSunday, OBSERVED, presetOf, PRODUCTS, type NodeStart, type Scenario, type Study } from './scenario-plan';

export interface EditorSpec {
  study: Study;
  chosen: { scenario: Scenario; item: Block | null } | null; // null: the season
  node: NodeStart | null; // of the place that the study starts from, where it was asked
  here: string; // name of the place that the page shows; '': there is none to start from
  busy: boolean; // the node is being asked
  placeName: (code: string) => string;
  changed: () => void;
  say: (text: string) => void;
  fromNode: (level?: string) => void; // of the place that the page shows, or, with a level, of the study's own
  plain: () => void;
}

const RUNS = [10, 20, 40, 100, 200];
const WEEKS = [13, 26, 39, 52, 78, 104];

/* -------------------------------------------------------------------------------------------------------------- place */

/** How a bar is called: by its name, else by what it is. */
export const itemName = (item: Block): string => item.text('name') || t(`scenario.kind.${presetOf(item)?.id ?? 'contacts'}`);

function countryPicker({ study, changed }: EditorSpec): HTMLElement {
  const names = new Intl.DisplayNames([currentLanguage()], { type: 'region' });
  const choices = [...new Set([...COUNTRIES, study.country])].filter((code) => /^[A-Z]{2}$/.test(code)).map((code): [string, string] => [code, names.of(code) ?? code]).sort((a,
    b) => compareText(a[1], b[1]));
  return select('sc-country', t('scenario.country'), choices, study.country, (code) => { study.block('place').set('country', code); changed(); });
}

function factsOfStart(spec: EditorSpec): Child {
  const { study } = spec;
  const observed = study.observed;
  const kinds = OBSERVED.filter((kind) => observed?.kinds[kind]).map((kind) => t(`scenario.observed.${kind}`));
  const origin = study.origin;
  const levels = spec.node?.levels ?? [];
  const known = origin ? spec.placeName(origin.place) : '';
  const name = origin && known !== origin.place ? known : study.name; // the names of places may not be there yet
  return h('div.sc-start', {},
    h('p', {}, origin ? t('scenario.start.node', { name, date: date(origin.as_of) }) : t('scenario.start.file'), ' ',
      observed ? t('scenario.start.counts', { kinds: new Intl.ListFormat(currentLanguage(), { type: 'conjunction' }).format(kinds), from: date(study.start), to: date(study.today - 1) }) : '',
      ' ', study.units.length > 1 ? t('scenario.start.parts', { n: number(study.units.length), people: number(study.population) })
        : t('scenario.start.people', { people: number(study.population) })),
    kinds.length === 0 && origin ? h('p.remark', {}, t('scenario.start.nocounts')) : null,
    spec.node && spec.node.without_population > 0 ? h('p.remark', {}, t('scenario.start.unknown', { n: number(spec.node.without_population) })) : null,
    h('div.sc-buttons', {},
      origin && (levels.length > 1 || (levels.length === 1 && study.units.length > 1))
        ? select('sc-level', t('scenario.level'), [...levels.map((one): [string, string] => [one.level, t('scenario.level.of', { level: t(`level.${one.level}`), n: number(one.parts) })]),
        ['none', t('scenario.level.none')]], origin.level, (level) => spec.fromNode(level)) : null,
      origin ? h('button.small', { type: 'button', id: 'sc-renew', disabled: spec.busy, onclick: () => spec.fromNode(origin.level) }, t('scenario.renew')) : null,
      h('button.small', { type: 'button', id: 'sc-plain', onclick: () => spec.plain() }, t('scenario.plain'))));
}

function placeForm(spec: EditorSpec, context: FieldContext): Child {
  const { study, changed } = spec;
  const place = study.block('place');
  const plain = !study.calibrated && study.units.length === 0;
  const weeks = Math.round(study.projected / 7);
  return [
    plain ? null : factsOfStart(spec),
    spec.here !== '' && study.origin === null ? h('p', {}, h('button', { type: 'button', id: 'sc-from-node', disabled: spec.busy, onclick: () => spec.fromNode() },
      t('scenario.fromnode', { name: spec.here }))) : null,
    h('div.sc-form', { role: 'group', 'aria-label': t('scenario.place') },
      textField('sc-title', t('scenario.name'), study.name, (name) => { study.name = name; changed(); }),
      countryPicker(spec),
      plain ? numberField('sc-population', t('scenario.population'), Number.isFinite(study.population) ? study.population : null, { low: 100, high: 1e9, whole: true },
        (n) => { place.set('population', n ?? 100000); changed(); }) : null,
      study.calibrated ? null : dateField('sc-first', t('scenario.start'), study.start, -25567, 47482, (day) => { study.moveStart(nextSunday(day)); changed(); }),
      select('sc-days', t('scenario.days'), [...new Set([...WEEKS, weeks])].sort((a, b) => a - b).map((n): [string, string] => [String(n * 7), t('scenario.weeks', { n: number(n) })]),
        String(weeks * 7), (days) => { study.projected = Number(days); changed(); }),
      diseasePicker(spec), field('sc-r0', SHARED.disease[0], study.block('disease'), context),
      plain ? field('sc-seeds', SHARED.start[0], study.block('start'), context) : null,
      select('sc-runs', t('scenario.runs'), [...new Set([...RUNS, study.runs])].sort((a, b) => a - b).map((n): [string, string] => [String(n), number(n)]), String(study.runs),
        (n) => { study.runs = Number(n); changed(); })),
  ];
}

function diseasePicker({ study, changed }: EditorSpec): HTMLElement {
  const disease = study.block('disease');
  const name = disease.text('name') || 'covid19';
  return select('sc-disease', t('scenario.disease'), [...new Set([...DISEASES.map((one) => one.name), name])].map((one): [string, string] => [one, diseaseName(one)]), name, (one) => {
    disease.set('name', one).set('variants', undefined).set('r0', ({ covid19: 2.5, influenza_pandemic: 1.5, measles: 15 } as Record<string, number>)[one] ?? 2);
    changed();
  });
}

function sharedFields(fields: SharedField[], spec: EditorSpec, context: FieldContext): Child[] {
  const plain = !spec.study.calibrated;
  return fields.filter((one) => (one.fit ? !plain : one.plain ? plain : true)).map((one) => field(`sc-${one.section}-${one.key}`, one, spec.study.block(one.section), context));
}

/** What the whole study assumes, folded away. */
function assumptions(spec: EditorSpec, context: FieldContext): Child {
  const { study, changed } = spec;
  const disease = study.block('disease');
  const variants = DISEASES.find((one) => one.name === (disease.text('name') || 'covid19'))?.variants ?? [];
  return [
    folded('sc-of-disease', t('scenario.section.disease'), variants.length > 1
      ? boxes('sc-variant', t('scenario.variants'), variants.map((name): [string, string] => [name, diseaseName(name)]), study.variants.length > 0 ? study.variants : [variants[0]], (chosen) => {
      disease.set('variants', chosen.length > 0 && chosen.join() !== variants[0] ? chosen : undefined);
      changed();
    }) : null, sharedFields(SHARED.disease.slice(1), spec, context)),
    folded('sc-of-start', t('scenario.section.start'), sharedFields(SHARED.start, spec, context).slice(study.calibrated || study.units.length > 0 ? 0 : 1)),
    folded('sc-of-people', t('scenario.section.people'), sharedFields(SHARED.people, spec, context)),
    folded('sc-of-groups', t('scenario.section.groups'), groupsForm(context)),
  ];
}

/* ------------------------------------------------------------------------------------------------------------ a bar */

function kindPicker(item: Block, id: string, changed: () => void): Child {
  const now = presetOf(item);
  const kin = PRESETS.filter((preset) => preset.section === 'measure');
  if (item.name !== 'measure') {
    return null;
  }
  return select(id, t('scenario.kind'), kin.map((preset): [string, string] => [preset.id, t(`scenario.kind.${preset.id}`)]), now?.id ?? 'contacts', (name) => {
    const preset = kin.find((one) => one.id === name) as Preset;
    const named = PRESETS.some((one) => item.text('name') === t(`scenario.kind.${one.id}`)); // it had the kind's own name
    fieldsOf(item).filter((one) => one.kind !== 'places' && !one.key.startsWith('trigger') && one.key !== 'minimum_days').forEach((one) => item.set(one.key, undefined));
    Object.entries(preset.set).forEach(([key, value]) => item.set(key, value));
    if (named) {
      item.set('name', t(`scenario.kind.${preset.id}`));
    }
    changed();
  });
}

function itemForm(spec: EditorSpec, context: FieldContext, scenario: Scenario, item: Block, index: number): HTMLElement {
  const { study, changed } = spec;
  const id = (name: string): string => `sc-${name}-${index}`;
  const short: Record<string, string> = { per_day_percent: 'perday', fade_in_days: 'fade' };
  const fields = fieldsOf(item);
  const drawn = (more: boolean): Child[] => fields.filter((one) => (one.more ?? false) === more).map((one) => field(id(short[one.key] ?? one.key), one, item, context));
  const [from, to] = [study.from(item), study.to(item)];
  const [first, last] = endsOf(item);
  return h('div.sc-form.sc-measure', { role: 'group', 'aria-label': itemName(item) },
    textField(id('name'), t('scenario.name'), itemName(item), (name) => { item.set('name', name); changed(); }),
    kindPicker(item, id('kind'), changed),
    dateField(id('from'), t(`scenario.${first}`), from, study.start, to, (day) => { item.set(first, new Day(day)); changed(); }),
    dateField(id('to'), t(`scenario.${last}`), to, from, Math.max(to, study.last), (day) => { item.set(last, new Day(day)); changed(); }),
    item.name === 'lot' ? h('p.small-print.sc-wide', {}, t('scenario.lot.all')) : null,
    drawn(false), fields.some((one) => one.more) ? folded(id('more'), t('scenario.settings'), drawn(true)) : null,
    h('div.sc-buttons', {}, h('button.small', {
      type: 'button', id: id('remove'), onclick: () => {
        scenario.items = scenario.items.filter((other) => other !== item);
        spec.chosen = null;
        changed();
        document.getElementById(`sc-add-${index}`)?.focus();
      },
    }, t('scenario.remove'))));
}

/** The season is of all scenarios: there is one weather. */
function seasonForm(spec: EditorSpec, context: FieldContext, index: number): HTMLElement {
  const disease = spec.study.block('disease');
  const fields = SHARED.disease.filter((one) => one.key.startsWith('season_'));
  return h('div.sc-form.sc-measure', { role: 'group', 'aria-label': t('scenario.kind.season') }, h('p.small-print.sc-wide', {}, t('scenario.season.all')),
    fields.map((one) => field(`sc-${one.key}-${index}`, one, disease, context)),
    h('div.sc-buttons', {}, h('button.small', { type: 'button', id: `sc-remove-${index}`, onclick: () => {
      fields.forEach((one) => disease.set(one.key, undefined));
      spec.chosen = null;
      spec.changed();
      document.getElementById(`sc-add-${index}`)?.focus();
    } }, t('scenario.remove'))));
}

/** With no more decimals than it has. */
const plain = (value: number): string => number(value, Number.isInteger(value) ? 0 : Number.isInteger(Number((value * 10).toFixed(6))) ? 1 : 2);

/** What a bar does in a few words, beside its name. */
export function briefOf(item: Block, names: Map<string, string>): string {
  const words: string[] = [];
  const strength = item.number('strength');
  const compliance = item.number('compliance');
  if (item.name === 'campaign') {
    const order = Object.keys(AGE_ORDERS).find((name) => AGE_ORDERS[name].join() === item.texts('ages').join());
    words.push(t('scenario.brief.doses', { n: plain(item.number('per_day_percent') || 0.5) }), order ? t(`scenario.order.${order}`) : item.texts('ages').join(', '), item.text('group'));
  } else if (item.name === 'lot') {
    words.push(t('scenario.brief.lot', { n: plain(item.number('percent') || 1) }), PRODUCTS.find((one) => one.name === item.text('product'))?.title ?? item.text('product'));
  } else if (item.name === 'import') {
    words.push(t('scenario.brief.import', { n: plain(item.number('per_day') || 1) }), ...(item.text('variant') ? [diseaseName(item.text('variant'))] : []));
  } else if (['isolation', 'tracing'].includes(item.text('kind'))) {
    words.push(percent(Number.isFinite(compliance) ? compliance : 1));
    if (item.number('app_uptake') > 0) {
      words.push(t('scenario.brief.app', { n: percent(item.number('app_uptake')) }));
    }
    if (item.number('capacity_per_100k') > 0) {
      words.push(t('scenario.brief.capacity', { n: plain(item.number('capacity_per_100k')) }));
    }
  } else {
    words.push(percent((Number.isFinite(strength) ? strength : 1) * (Number.isFinite(compliance) ? compliance : 1)));
  }
  const trigger = item.text('trigger');
  if (trigger !== '' && trigger !== 'none') {
    words.push(t(`scenario.brief.${trigger}`, { n: trigger === 'icu' ? percent(item.number('trigger_on')) : plain(item.number('trigger_on')) }));
  }
  const places = item.texts('places');
  if (places.length > 0) {
    words.push(places.length <= 2 ? places.map((code) => names.get(code) ?? code).join(', ') : t('scenario.brief.places', { n: number(places.length) }));
  }
  return words.filter(Boolean).join(' · ');
}

function addItem(spec: EditorSpec, scenario: Scenario, preset: Preset): void {
  const { study } = spec;
  const disease = study.block('disease').text('name') || 'covid19';
  const name = t(`scenario.kind.${preset.id}`);
  if (preset.section === 'disease') {
    const from = Math.round(Date.UTC(new Date(study.today * 86400000).getUTCFullYear(), 0, 1) / 86400000);
    study.block('disease').set('season_amplitude', study.season?.amplitude ?? 0.2).set('season_peak_day', study.season?.peak ?? (study.today + Math.floor(study.projected / 2) - from) % 365);
    spec.chosen = { scenario, item: null };
  } else if (preset.section === 'campaign') {
    const product = PRODUCTS.find((one) => one.diseases.includes(disease)) ?? PRODUCTS[0];
    const item = study.add(scenario, preset, name, { product: product.name });
    const second = study.from(item) + product.days;
    if (product.doses > 1 && second < study.last) {
      study.add(scenario, preset, t('scenario.kind.second', { name: itemName(item) }),
        { product: product.name, dose: 2, interval_days: product.days, from: new Day(second), to: new Day(Math.min(study.last, study.to(item) + product.days)) });
    }
    spec.chosen = { scenario, item };
  } else if (preset.section === 'lot') {
    const given = scenario.items.find((item) => item.name === 'campaign')?.text('product'); // a lot of what is given
    const product = given || (PRODUCTS.find((one) => one.diseases.includes(disease)) ?? PRODUCTS[0]).name;
    spec.chosen = { scenario, item: study.add(scenario, preset, name, { product }) };
  } else {
    const variants = DISEASES.find((one) => one.name === disease)?.variants ?? [];
    const variant = preset.id === 'variant' ? variants.find((one) => !study.variants.includes(one) && one !== variants[0]) ?? variants[variants.length - 1] : '';
    if (variant && !study.variants.includes(variant)) {
      study.block('disease').set('variants', [...(study.variants.length > 0 ? study.variants : [variants[0]]), variant]);
    }
    spec.chosen = { scenario, item: study.add(scenario, preset, variant ? t('scenario.kind.arrives', { name: diseaseName(variant) }) : name, variant ? { variant } : {}) };
  }
  spec.changed();
}

/* ----------------------------------------------------------------------------------------------------------- scenario */

function scenarioCard(spec: EditorSpec, context: FieldContext, scenario: Scenario, index: number): HTMLElement {
  const { study, changed } = spec;
  const name = study.nameOf(scenario);
  const chosen = spec.chosen?.scenario === scenario ? spec.chosen.item : null;
  const line = timeLine({
    study, scenario, index, chosen, name: itemName, brief: (item) => briefOf(item, context.names),
    choose: (item) => { spec.chosen = spec.chosen !== null && spec.chosen.item === item ? null : { scenario, item }; changed(); },
    moving: (item) => spec.say(`${itemName(item)}: ${t('scenario.span', { from: date(study.from(item)), to: date(study.to(item)) })} (${dayCount(study.to(item) - study.from(item) + 1)})`),
    moved: changed, seasonChosen: spec.chosen?.scenario === scenario && spec.chosen.item === null,
    chooseSeason: () => { spec.chosen = spec.chosen?.scenario === scenario && spec.chosen.item === null ? null : { scenario, item: null }; changed(); },
    seasonMoving: (day) => spec.say(`${t('scenario.season.peak')}: ${date(day)}`),
  });
  const beds = (kind: 'ward' | 'icu', id: string): HTMLElement => numberField(id, t(`scenario.${kind}`), study.beds(scenario, kind), { low: 0, high: 1e5, empty: t('scenario.nolimit') },
    (value) => { study.setBeds(scenario, kind, value); changed(); });
  const adder = h<HTMLSelectElement>('select', { id: `sc-add-${index}`, 'aria-label': t('scenario.add.of', { name }), disabled: scenario.items.length >= MOST_ITEMS },
    option('', t('scenario.add'), true),
    GROUPS.map((group) => h('optgroup', { label: t(`scenario.group.${group}`) },
      PRESETS.filter((preset) => preset.group === group).map((preset) => option(preset.id, t(`scenario.kind.${preset.id}`), false)))));
  adder.addEventListener('change', () => {
    const preset = PRESETS.find((one) => one.id === adder.value);
    if (preset) {
      addItem(spec, scenario, preset);
    }
  });
  return h(`section.sc-card.sc-of-${index % 4}`, { 'aria-label': name },
    h('div.sc-card-head', {}, h(`span.sc-mark.sc${index % 4}`, { 'aria-hidden': 'true' }),
      textField(`sc-name-of-${index}`, index === 0 ? t('scenario.reference') : t('scenario.other', { n: number(index + 1) }), name, (typed) => { study.rename(scenario, typed); changed(); })),
    line, chosen ? itemForm(spec, context, scenario, chosen, index) : spec.chosen?.scenario === scenario && study.season ? seasonForm(spec, context, index) : null,
    h('div.sc-form', {}, h('div.field.sc-adder', {}, adder), beds('ward', `sc-wards-${index}`), beds('icu', `sc-icu-${index}`)),
    h('div.sc-buttons', {},
      study.scenarios.length < MOST_SCENARIOS ? h('button.small', {
        type: 'button', id: `sc-copy-${index}`, onclick: () => {
          study.copy(scenario, t('scenario.copy', { name }).slice(0, 80));
          changed();
          document.getElementById(`sc-name-of-${study.scenarios.length - 1}`)?.focus();
        },
      }, t('scenario.duplicate')) : null,
      study.scenarios.length > 1 ? h('button.small', {
        type: 'button', id: `sc-drop-${index}`, onclick: () => {
          study.drop(scenario);
          spec.chosen = spec.chosen?.scenario === scenario ? null : spec.chosen;
          changed();
          document.getElementById('sc-name-of-0')?.focus();
        },
      }, t('scenario.drop')) : null));
}

/** Draws the editor anew; what has the focus keeps it. */
export function drawEditor(element: HTMLElement, spec: EditorSpec): void {
  const context: FieldContext = { study: spec.study, names: placeNames(spec.study, spec.placeName), changed: spec.changed };
  show(element,
    h('h3', {}, t('scenario.place')), placeForm(spec, context), h('div.sc-folded', {}, assumptions(spec, context)),
    h('h3', {}, t('scenario.scenarios')), h('p.small-print', {}, t('scenario.help')),
    h('div.sc-cards', {}, spec.study.scenarios.map((scenario, index) => scenarioCard(spec, context, scenario, index))));
}
