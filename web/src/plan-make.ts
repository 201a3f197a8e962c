// A plan is made on the page: whose patients, of what, for which places and weeks, by which ways; the node works it out and keeps it.
import { ApiError, ask, askTable, failure, url, type Dataset, type NodeAnswer } from './api';
import type { DetailContext } from './detail';
import { h, picker, segments, show, type Child } from './dom';
import { currentLanguage, has, t } from './i18n';

const NEEDS = ['ventilator', 'oxygen_m3', 'icu', 'ward'] as const;
const PATIENTS = ['ward_patients', 'icu_patients', 'ventilated_patients'];
const NUMBERS = ['neighbours', 'km_per_day', 'border_days', 'capacity'] as const;
const SECONDS = 60;
type Numbers = (typeof NUMBERS)[number];

interface Draft {
  name: string; dataset: string; level: string; resources: string[]; share: string; weeks: string; places: string[]; by: 'distance' | 'list'; ways: string; numbers: Record<Numbers, string>; budget: string; weekly: string; weights: Record<string, string>; rule: 'least' | 'fairest'; nobody: boolean; replace: boolean;
  fault: string; detail: string; said: string; busy: boolean; open: boolean;
}
const draft: Draft = { name: '', dataset: '', level: '', resources: ['ventilator', 'oxygen_m3'], share: '', weeks: '4', places: [], by: 'distance', ways: 'from,to,days,cost,capacity\n', numbers: { neighbours: '4', km_per_day: '400', border_days: '2', capacity: '' }, budget: '', weekly: '', weights: {},
  rule: 'least', nobody: false, replace: false, fault: '', detail: '', said: '', busy: false, open: false };

async function post(body: Record<string, unknown>): Promise<{ left_out?: string | null }> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), SECONDS * 1000);
  try {
    const response = await fetch(url('/plans'), { method: 'POST', cache: 'no-store', headers: { 'Content-Type': 'application/json' }, signal: controller.signal, body: JSON.stringify(body) });
    if (!response.ok) {
      throw await failure(response);
    }
    return await response.json() as { left_out?: string | null };
  } catch (problem) {
    throw problem instanceof ApiError ? problem : new ApiError('unreachable', 0, problem instanceof Error ? problem.message : '');
  } finally {
    clearTimeout(timer);
  }
}

const hasPatients = (dataset: Dataset): boolean => dataset.measures.some((measure) => PATIENTS.includes(measure.name));
const countsVentilated = (dataset: Dataset): boolean => dataset.measures.some((measure) => measure.name === 'ventilated_patients');
const levelsOf = (dataset: Dataset): string[] => ['admin1', 'admin2', 'country'].filter((level) => dataset.levels.includes(level));

const amountOf = (text: string): number | null => (text.trim() === '' ? null : Number(text.replace(',', '.')));
/** Resources that share a budget, and so need weights. */
const sharing = (): string[] => (draft.budget.trim() + draft.weekly.trim() === '' || draft.resources.length < 2 ? [] : draft.resources);

/** What is sent; or which field is wrong. */
function orderOf(dataset: Dataset, existing: string[]): { order: Record<string, unknown> } | { wrong: string } {
  const numbers = Object.fromEntries(NUMBERS.map((name) => [name, draft.numbers[name].trim() === '' ? null : Number(draft.numbers[name].replace(',', '.'))]));
  const share = draft.share.trim() === '' ? null : Number(draft.share.replace(',', '.')) / 100;
  const wrong = draft.name.trim() === '' ? 'name' : existing.includes(draft.name.trim()) && !draft.replace ? 'taken' : draft.resources.length === 0 ? 'resources' : share !== null && !(share >= 0 && share <= 1) ? 'share'
    : draft.resources.includes('ventilator') && share === null && !countsVentilated(dataset) ? 'share' : draft.places.length === 1 ? 'places' : draft.by === 'distance' ? NUMBERS.find((name) => (numbers[name] === null ? name !== 'capacity' : !(Number(numbers[name]) >= 0))) ?? ''
      : draft.ways.trim().split('\n').length < 2 ? 'ways' : '';
  const money = [amountOf(draft.budget), amountOf(draft.weekly)];
  const weights = Object.fromEntries(sharing().map((resource) => [resource, amountOf(draft.weights[resource] ?? '')]));
  const fault = wrong || (money.some((amount) => amount !== null && !(amount >= 0)) ? 'budget' : Object.values(weights).some((weight) => !(Number(weight) > 0)) ? 'weights' : '');
  if (fault) {
    return { wrong: fault };
  }
  const ways = draft.by === 'list' ? { ways: `${draft.ways.trim()}\n` } : { ...numbers, neighbours: Math.round(Number(numbers.neighbours)) };
  return { order: { action: 'make', name: draft.name.trim(), replace: draft.replace, dataset: dataset.name, level: draft.level, resources: draft.resources, weeks: Number(draft.weeks), ventilated_share: share, places: draft.places, fairest: draft.rule === 'fairest',
    nobody_worse: draft.nobody, budget: money[0], period_budget: money[1], weights: sharing().length > 0 ? weights : null, language: currentLanguage(), ...ways } };
}

const field = (id: string, input: HTMLElement): HTMLElement => h('div.field', {}, h('label', { for: id }, t(`plan.make.${id.slice(3)}`)), input);
function text(id: string, value: string, change: (value: string) => void, attributes: Record<string, string | number | boolean> = {}): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'text', autocomplete: 'off', ...attributes, oninput: (event: Event) => change((event.target as HTMLInputElement).value) });
  input.value = value;
  return field(id, input);
}
function tick(id: string, label: string, on: boolean, change: (on: boolean) => void): HTMLElement {
  const input = h<HTMLInputElement>('input', { id, type: 'checkbox', onchange: (event: Event) => change((event.target as HTMLInputElement).checked) });
  input.checked = on;
  return h('label.pl-tick', { for: id }, input, ' ', label);
}
const toggled = (list: string[], one: string, on: boolean): string[] => (on ? [...list.filter((other) => other !== one), one] : list.filter((other) => other !== one));

/** Which places: asked for when it is opened; none ticked is all. */
function placesPart(context: DetailContext, dataset: Dataset): HTMLElement {
  const list = h('div.pl-ticks');
  const head = h('summary', {});
  const retell = (): void => { head.textContent = draft.places.length === 0 ? t('plan.make.places.all') : t('plan.make.places.some', { n: draft.places.length }); };
  let asked = false;
  const open = async (event: Event): Promise<void> => {
    if (asked || !(event.target as HTMLDetailsElement).open) {
      return;
    }
    asked = true;
    try {
      const measure = dataset.measures.find((one) => PATIENTS.includes(one.name));
      const codes = (await askTable('/places', { dataset: dataset.name, measure: measure?.name, level: draft.level }, context.signal)).texts('code');
      const named = codes.map((code): [string, string] => [code, context.placeNameOf(code)]).sort((a, b) => a[1].localeCompare(b[1], currentLanguage()));
      show(list, ...named.map(([code, name]) => tick(`pl-place-${code}`, name, draft.places.includes(code), (on) => { draft.places = toggled(draft.places, code, on); retell(); })));
    } catch (problem) {
      asked = false;
      show(list, h('p.error', { role: 'alert' }, problem instanceof Error ? problem.message : ''));
    }
  };
  retell();
  return h('details.pl-places', { ontoggle: (event: Event) => void open(event) }, head, list);
}

function waysPart(redraw: () => void): Child[] {
  const choose = segments(t('plan.make.by'), 'pl-by', [['distance', t('plan.make.by.distance')], ['list', t('plan.make.by.list')]], draft.by, (by) => { draft.by = by as Draft['by']; redraw(); });
  if (draft.by === 'distance') {
    return [choose, ...NUMBERS.map((name) => text(`pl-${name}`, draft.numbers[name], (value) => { draft.numbers[name] = value; }, { inputmode: 'decimal' }))];
  }
  const area = h<HTMLTextAreaElement>('textarea', { id: 'pl-ways', rows: 6, spellcheck: false, oninput: (event: Event) => { draft.ways = (event.target as HTMLTextAreaElement).value; } });
  area.value = draft.ways;
  return [choose, h('div.field.pl-wide', {}, h('label', { for: 'pl-ways' }, t('plan.make.ways')), area, h('p.small-print', {}, t('plan.make.ways.explain')))];
}

/** What transport may cost, and what the resources that share it weigh. */
function budgetPart(titleOf: (resource: string) => string): HTMLElement {
  const weights = h('div.pl-weights');
  const retell = (): void => show(weights, ...sharing().map((resource) => {
    const input = h<HTMLInputElement>('input', { id: `pl-weight-${resource}`, type: 'text', inputmode: 'decimal', autocomplete: 'off', oninput: (event: Event) => { draft.weights[resource] = (event.target as HTMLInputElement).value; } });
    input.value = draft.weights[resource] ?? '';
    return h('div.field', {}, h('label', { for: input.id }, t('plan.make.weight', { resource: titleOf(resource) })), input);
  }), sharing().length > 0 ? h('p.small-print', {}, t('plan.make.weight.explain')) : null);
  retell();
  return h('fieldset.pl-wide', {}, h('legend', {}, t('plan.make.money')),
    text('pl-budget', draft.budget, (value) => { draft.budget = value; retell(); }, { inputmode: 'decimal' }), text('pl-weekly', draft.weekly, (value) => { draft.weekly = value; retell(); }, { inputmode: 'decimal' }),
    h('p.small-print', {}, t(draft.by === 'distance' ? 'plan.make.money.distance' : 'plan.make.money.list')), weights);
}

async function make(dataset: Dataset, existing: string[], redraw: () => void, made: (name: string) => void): Promise<void> {
  const sent = orderOf(dataset, existing);
  draft.said = '';
  draft.detail = '';
  draft.fault = 'wrong' in sent ? t(`plan.make.wrong.${['name', 'taken', 'resources', 'share', 'places', 'ways', 'budget', 'weights'].includes(sent.wrong) ? sent.wrong : 'number'}`) : '';
  if ('wrong' in sent) {
    redraw();
    return;
  }
  draft.busy = true;
  redraw();
  try {
    const { left_out: leftOut } = await post(sent.order);
    draft.busy = false;
    draft.said = t('plan.make.done', { name: draft.name.trim() });
    draft.detail = leftOut ?? '';
    made(draft.name.trim());
    draft.name = '';
    draft.replace = false;
    draft.open = false;
  } catch (problem) {
    draft.busy = false;
    draft.fault = t(problem instanceof ApiError && problem.http >= 400 && problem.http < 500 ? 'plan.make.not' : 'plan.whatif.fail');
    draft.detail = problem instanceof Error ? problem.message : '';
  }
  redraw();
}

/** The form; made is called with the name of the plan that is kept now, and removed after one is gone. titleOf: of a resource. */
export async function makePart(context: DetailContext, existing: string[], chosen: string, titleOf: (resource: string) => string, made: (name: string) => void, again: () => void): Promise<Child> {
  const datasets = (await ask<NodeAnswer>(url('/node'), context.signal)).datasets.filter(hasPatients);
  const place = h('div');
  const draw = (): void => show(place, ...formOf());
  const remove = async (): Promise<void> => {
    if (!confirm(t('plan.make.remove.sure', { name: chosen }))) {
      return;
    }
    try {
      await post({ action: 'remove', name: chosen });
      draft.said = t('plan.make.removed', { name: chosen });
      draft.fault = '';
      again();
    } catch (problem) {
      draft.fault = t('plan.whatif.fail');
      draft.detail = problem instanceof Error ? problem.message : '';
      draw();
    }
  };
  function formOf(): Child[] {
    const told = [draft.said ? h('p.pl-said', { role: 'status' }, draft.said) : null, draft.said && draft.detail ? h('p.small-print', { lang: 'en' }, `${t('plan.make.leftout')} ${draft.detail}`) : null];
    if (datasets.length === 0) {
      return [...told, h('p.remark', {}, t('plan.make.nodata'))];
    }
    const dataset = datasets.find((one) => one.name === draft.dataset) ?? datasets[0];
    draft.dataset = dataset.name;
    draft.level = levelsOf(dataset).includes(draft.level) ? draft.level : levelsOf(dataset)[0];
    const resources = NEEDS.map((resource) => tick(`pl-res-${resource}`, titleOf(resource), draft.resources.includes(resource), (on) => { draft.resources = toggled(draft.resources, resource, on); draw(); }));
    const form = h('form.pl-form', { 'aria-label': t('plan.make'), novalidate: true, onsubmit: (event: Event) => { event.preventDefault(); void make(dataset, existing, draw, (name) => { made(name); again(); }); } },
      text('pl-title', draft.name, (value) => { draft.name = value; }, { maxlength: 100 }),
      datasets.length > 1 ? picker('pl-data', t('plan.make.data'), datasets.map((one): [string, string] => [one.name, one.title]), dataset.name, (name) => { draft.dataset = name; draft.places = []; draw(); }) : null,
      picker('pl-level', t('plan.make.level'), levelsOf(dataset).map((level): [string, string] => [level, has(`stock.level.${level}`) ? t(`stock.level.${level}`) : level]), draft.level, (level) => { draft.level = level; draft.places = []; draw(); }),
      picker('pl-weeks', t('plan.make.weeks'), ['1', '2', '3', '4'].map((n): [string, string] => [n, n]), draft.weeks, (n) => { draft.weeks = n; }),
      h('fieldset.pl-wide', {}, h('legend', {}, t('plan.make.resources')), resources),
      draft.resources.includes('ventilator') && !countsVentilated(dataset) ? text('pl-share', draft.share, (value) => { draft.share = value; }, { inputmode: 'decimal' }) : null,
      h('fieldset.pl-wide', {}, h('legend', {}, t('plan.make.places')), placesPart(context, dataset)),
      h('fieldset.pl-wide.pl-ways', {}, h('legend', {}, t('plan.make.how')), ...waysPart(draw)),
      budgetPart(titleOf),
      picker('pl-rule', t('plan.make.rule'), (['least', 'fairest'] as const).map((rule): [string, string] => [rule, t(`plan.make.rule.${rule}`)]), draft.rule, (rule) => { draft.rule = rule as Draft['rule']; }),
      tick('pl-nobody', t('plan.make.nobody'), draft.nobody, (on) => { draft.nobody = on; }),
      existing.length > 0 ? tick('pl-replace', t('plan.make.replace'), draft.replace, (on) => { draft.replace = on; }) : null,
      draft.fault ? h('div.error.pl-wide', { role: 'alert' }, h('p', {}, draft.fault), draft.detail ? h('p.small-print', { lang: 'en' }, draft.detail) : null) : null,
      h('button.primary', { type: 'submit', id: 'pl-make', disabled: draft.busy }, t(draft.busy ? 'plan.make.busy' : 'plan.make.go')),
      chosen ? h('button', { type: 'button', id: 'pl-remove', onclick: () => void remove() }, t('plan.make.remove', { name: chosen })) : null);
    const details = h<HTMLDetailsElement>('details.pl-make', { ontoggle: (event: Event) => { draft.open = (event.target as HTMLDetailsElement).open; } }, h('summary', {}, t('plan.make')), h('p.small-print', {}, t('plan.make.explain')), form);
    details.open = draft.open || existing.length === 0 || draft.busy || draft.fault !== '';
    return [...told, details];
  }
  draw();
  return place;
}
