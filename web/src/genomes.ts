// The genomes tab: the tree of the node's genomes, drawn and read with the map and the weeks; which lineages grow; and how often the virus came into a place.
import { ask, askTable, url, ApiError, type Query, type Table } from './api';
import type { DetailContext } from './detail';
import { freshId, h, picker, segments, show, useStyle, type Child } from './dom';
import { dataTable, note } from './figure';
import { commonMutations, paint, spotOf, statesAt, Tree, type Axis, type ColourBy, type Painting, type Spot, type TreeDocument } from './genomes-data';
import { axisText, inkOf, inks, type Picture, type Window } from './genomes-draw';
import { treeExport } from './genomes-export';
import { introductionsPart } from './genomes-introductions';
import { lineagesPart } from './genomes-lineages';
import { makeStage, type Stage } from './genomes-stage';
import { date, dayOf, fold, number, t, useMore, type Language } from './i18n';

declare const VIGIA_GENOMES: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_GENOMES_STYLE: string;

const PARTS = ['tree', 'lineages', 'introductions'] as const;
type Part = (typeof PARTS)[number];
const LISTED = 100;
interface Around { node?: string; sample?: string; lineage?: string }
interface Wanted { set: string; part: Part; axis: Axis; colour: ColourBy; mutation: string; search: string; from: string; to: string; around: Around }
const wanted: Wanted = { set: '', part: 'tree', axis: 'time', colour: 'lineage', mutation: '', search: '', from: '', to: '', around: {} };
let loaded: { key: string; made: string; tree: Tree } | null = null; // another place or colour asks for nothing
let window_: Window | null = null;
let selected = -1;
let stop = new AbortController(); // of the drawing before
let asked = ''; // a node that another part asked to be shown

export async function genomesTab(context: DetailContext): Promise<Child[]> {
  const [sets] = await Promise.all([askTable('/genomes', {}, context.signal), useMore(JSON.parse(VIGIA_GENOMES) as Record<Language, string>), useStyle(VIGIA_GENOMES_STYLE)]);
  await context.row; // and with it the places' names
  const names = sets.texts('set');
  if (names.length === 0) {
    return [note(t('genomes.title'), t('genomes.none'), [h('pre', {}, 'vigia align sequences.fasta --dataset FOLDER --node NODE --metadata metadata.csv\nvigia place --node NODE TREE\nvigia lineages calls --node NODE --tree TREE')])];
  }
  if (!names.includes(wanted.set)) {
    Object.assign(wanted, { set: names[0], around: {}, search: '' });
    [window_, selected] = [null, -1];
  }
  const host = h('div.gn.figure');
  const [head, body] = [h('div'), h('div.gn-body')];
  let turn = 0;
  const redraw = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    light(context, null);
    show(head, ...headOf(context, sets, redrawAll));
    body.classList.add('waiting');
    let children: Child[];
    try {
      children = await partOf(context, sets, redrawAll);
    } catch (problem) {
      if (context.signal.aborted) {
        return;
      }
      children = [h('section.error', { role: 'alert' }, h('p', {}, t(problem instanceof ApiError && problem.status === 'not_found' ? 'genomes.notfound' : 'genomes.failed')), h('p.small-print', { lang: 'en' }, problem instanceof Error ? problem.message : ''),
        h('button', { type: 'button', id: 'gn-again', onclick: () => { wanted.around = {}; asked = ''; redrawAll(); } }, t('genomes.again')))];
    }
    if (mine === turn) {
      body.classList.remove('waiting');
      show(body, ...children);
    }
  };
  const redrawAll = (): void => { void redraw(); };
  host.append(head, body);
  await redraw();
  return [host];
}

function headOf(context: DetailContext, sets: Table, redraw: () => void): Child[] {
  const at = sets.texts('set').indexOf(wanted.set);
  const count = (name: string): number => sets.numbers(name)[at];
  const [first, last] = [sets.texts('first_date')[at], sets.texts('last_date')[at]];
  return [
    h('div.figure-head', {}, h('h3', {}, `${t('genomes.title')} · ${wanted.set}`),
      h('div.tools', {}, sets.rows.length > 1 ? picker('gn-set', t('genomes.set'), sets.texts('set').map((name): [string, string] => [name, name]), wanted.set,
        (set) => { Object.assign(wanted, { set, around: {}, search: '', from: '', to: '' }); [window_, selected] = [null, -1]; redraw(); }) : null,
      segments(t('genomes.part'), 'gn-part', PARTS.map((part): [string, string] => [part, t(`genomes.part.${part}`)]), wanted.part, (part) => { wanted.part = part as Part; redraw(); }))),
    h('p.summary', {}, t(count('dated') === 0 ? 'genomes.summary.undated' : 'genomes.summary', { n: number(count('genomes')), from: date(first), to: date(last), dated: number(count('dated')), called: number(count('with_lineage')) }), sets.rows[at][sets.index('invented')] === true && context.dataset.nature !== 'simulated' ? h('strong.gn-invented', {}, ` ${t('nature.simulated.mark')}`) : ''),
  ];
}

async function partOf(context: DetailContext, sets: Table, redraw: () => void): Promise<Child[]> {
  if (wanted.part === 'lineages') {
    return lineagesPart(context, wanted.set, redraw);
  }
  const at = sets.texts('set').indexOf(wanted.set);
  const made = sets.texts('tree_made')[at];
  if (!made) {
    return [note(t(`genomes.part.${wanted.part}`), t('genomes.notree'), [h('pre', {}, `vigia place --node NODE --set ${wanted.set} TREE`)])];
  }
  if (wanted.part === 'introductions') {
    return introductionsPart(context, wanted.set, (name) => { Object.assign(wanted, { part: 'tree', around: {}, search: '' }); asked = name; redraw(); });
  }
  const query: Query = { dataset: wanted.set, level: context.view.level, ...wanted.around };
  const key = url('/tree', query);
  if (!loaded || loaded.key !== key || loaded.made !== made) {
    loaded = { key, made, tree: new Tree(await ask<TreeDocument>(key, context.signal)) };
    [window_, selected] = [null, -1];
  }
  if (asked && loaded.tree.find(asked) < 0 && !wanted.around.node) { // it is not in the part that was thinned
    wanted.around = { node: asked };
    return partOf(context, sets, redraw);
  }
  return treePart(context, loaded.tree, query, redraw);
}

/* ---------------------------------------------------------------------------------------------------------------- tree */

/** Which tips the place, the weeks and the search are about; null: all. */
function litOf(context: DetailContext, tree: Tree): { lit: Uint8Array | null; n: number } {
  const { place, asOf } = context.view;
  const [from, to] = [wanted.from ? dayOf(wanted.from) : -Infinity, Math.min(wanted.to ? dayOf(wanted.to) : Infinity, asOf ? dayOf(asOf) : Infinity)];
  const sought = fold(wanted.search.trim());
  if (!place && from === -Infinity && to === Infinity && !sought) {
    return { lit: null, n: tree.tips.length };
  }
  const lit = new Uint8Array(tree.size);
  const within = tree.doc.places.map((code) => !place || context.within(code, place));
  const spot = sought && spotOf(wanted.search);
  const states = spot && spot.to ? statesAt(tree, spot) : null; // S:N501Y, 21765-21770: who has it
  const ofLineage = tree.doc.lineages.map((name) => fold(name) === sought || fold(name).startsWith(`${sought}.`));
  let n = 0;
  for (const v of tree.tips) {
    const { place: places, date: dates, lineage, name } = tree.doc;
    const day = dates[v];
    const fits = (!place || (places[v] !== null && within[places[v] as number])) && ((from === -Infinity && to === Infinity) || (day !== null && day >= from && day <= to))
      && (!sought || fold(name[v]).includes(sought) || (states !== null && states[v] === (spot as Spot).to) || (lineage[v] !== null && ofLineage[lineage[v] as number]));
    lit[v] = fits ? 1 : 0;
    n += lit[v];
  }
  for (let i = tree.order.length - 1; i >= 0; i--) { // the way to what is lit is lit
    const v = tree.order[i];
    if (lit[v] && v > 0) {
      lit[tree.doc.parent[v]] = 1;
    }
  }
  return { lit, n };
}

/** Marks the places of a clade on the map; null: none. */
function light(context: DetailContext, codes: Set<string> | null): void {
  for (const element of document.querySelectorAll<SVGElement>('.map-body g.place')) {
    const own = element.dataset.code ?? '';
    element.classList.toggle('gn-lit', codes !== null && [...codes].some((code) => context.within(code, own)));
  }
}

function describe(context: DetailContext, tree: Tree, v: number): string {
  const { doc } = tree;
  const mutations = doc.mutations[v] ? doc.mutations[v].split(',') : [];
  const acids = doc.acids[v] ? doc.acids[v].split(',') : [];
  const gaps = (doc.gaps[v] ?? '').split(',').filter((one) => one && one[0] !== '?');
  const events = (sign: string): string[] => (doc.gap_events[v] ?? '').split(',').filter((one) => one[0] === sign).map((one) => one.slice(1));
  const short = (all: string[]): string => (all.length > 8 ? `${all.slice(0, 8).join(', ')} … (${number(all.length)})` : all.join(', '));
  const place = tree.word('places', 'place', v);
  const range = doc.time_low && doc.time_high && doc.time_low[v] !== null && !tree.isTip[v] ? ` (${date(doc.time_low[v] as number)} – ${date(doc.time_high[v] as number)})` : '';
  const parts = tree.isTip[v]
    ? [doc.name[v], doc.date[v] === null ? t('genomes.undated') : date(doc.date[v]), place ? context.placeNameOf(place) : '', tree.word('lineages', 'lineage', v), tree.word('providers', 'provider', v), doc.own[v] ? '' : t('genomes.foreign')]
    : [t('genomes.clade', { n: number(tree.high[v] - tree.low[v] + 1) }), tree.hasTime ? `${t('genomes.clade.root')} ${date((doc.time as number[])[v])}${range}` : '', tree.word('lineages', 'lineage', v)];
  return [...parts, mutations.length > 0 ? `${t('genomes.branch')} ${short(mutations)}` : t('genomes.branch.none'), acids.length > 0 ? `${t('genomes.acids')} ${short(acids)}` : '', events('+').length > 0 ? `${t('genomes.gap_events')} ${short(events('+'))}` : '', events('-').length > 0 ? `${t('genomes.gap_lost')} ${short(events('-'))}` : '', gaps.length > 0 ? `${t('genomes.gaps')} ${short(gaps)}` : ''].filter(Boolean).join(' · ');
}

function treePart(context: DetailContext, tree: Tree, query: Query, redraw: () => void): Child[] {
  const nameOf = (code: string): string => (code ? context.placeNameOf(code) : '–');
  const { lit, n: nLit } = litOf(context, tree);
  const axis: Axis = tree.hasTime ? wanted.axis : 'divergence';
  let painting: Painting = paint(tree, wanted.colour, wanted.mutation, nameOf);
  const picture: Picture = { tree, painting, axis, lit, selected, hovered: -1 };
  const readout = h('p.readout.gn-readout', { 'aria-hidden': 'true' });
  const clade = h('div.gn-clade');
  const list = h('div');
  const legend = h('div');
  const isLineage = !!wanted.search && tree.doc.lineages.some((name) => name === wanted.search || name.startsWith(`${wanted.search}.`));
  const narrowing = Object.values(wanted.around).some(Boolean);
  const { around } = wanted;
  const saidOf = (doc: TreeDocument): string => { // of a sample that did not go along nothing is said
    const hidden = doc.cut === 'sample' && !doc.name.includes(around.sample ?? '');
    return t(`genomes.tree.${hidden ? 'whole' : doc.cut}`, { n: number(doc.leaves), all: number(doc.wanted), what: around.lineage ?? around.sample ?? '' });
  };
  const said = saidOf(tree.doc);
  const label = `${t('genomes.tree.title')}. ${said}`;

  const drawLegend = (): void => {
    const with_ = inks();
    show(legend, h('ul.legend', {}, painting.legend.map((entry) => { const swatch = h('span.swatch', { 'aria-hidden': 'true' }); swatch.style.background = inkOf(entry.colour, with_); return h('li', {}, swatch, entry.text); }),
      lit ? h('li', {}, t('genomes.lit', { n: number(nLit) })) : null));
  };
  const drawList = (): void => {
    const at = stage.window();
    const inSight = tree.tips.filter((v) => tree.y[v] >= at.top - 0.5 && tree.y[v] < at.top + at.rows && (!lit || lit[v]) && (selected < 0 || tree.isTip[selected] || (tree.y[v] >= tree.low[selected] && tree.y[v] <= tree.high[selected])));
    const rows = inSight.slice(0, LISTED).map((v): Child[] => [h('button.link', { type: 'button', onclick: () => { stage.choose(v, true); drawClade(); } }, tree.doc.name[v]), tree.doc.date[v] === null ? '–' : date(tree.doc.date[v]), nameOf(tree.word('places', 'place', v)),
      tree.word('lineages', 'lineage', v) || '–', tree.word('providers', 'provider', v) || '–', number(tree.depth[v])]);
    show(list, dataTable({ heads: ['name', 'date', 'place', 'lineage', 'provider', 'mutations'].map((name) => t(`genomes.head.${name}`)), rows }, t('genomes.list')), inSight.length > rows.length ? h('p.small-print', {}, t('genomes.list.more', { n: number(rows.length), all: number(inSight.length) })) : null);
  };
  const details = h<HTMLDetailsElement>('details.method', { id: 'gn-list', ontoggle: () => { if (details.open) { drawList(); } } }, h('summary', {}, t('genomes.list')), list);
  const open = (v: number): void => {
    if (v >= 0 && !tree.isTip[v]) {
      Object.assign(wanted, { around: { node: tree.doc.name[v] }, search: '' });
      redraw();
    }
  };
  const drawClade = (): void => {
    const v = selected;
    if (v < 0) {
      show(clade);
      light(context, null);
      return;
    }
    const tips = tree.tipsBelow(v);
    const counts = new Map<string, number>();
    tips.forEach((tip) => { const code = tree.word('regions', 'region', tip); if (code) { counts.set(code, (counts.get(code) ?? 0) + 1); } });
    const days = tips.map((tip) => tree.doc.date[tip]).filter((day): day is number => day !== null);
    light(context, new Set(tips.map((tip) => tree.word('places', 'place', tip)).filter(Boolean)));
    const places = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 6).map(([code, n]) => (tips.length > 1 ? `${nameOf(code)} ${number(n)}` : nameOf(code))).join(', ');
    show(clade, h('p', {}, h('strong', {}, tree.isTip[v] ? tree.doc.name[v] : t('genomes.clade', { n: number(tips.length) })), ` · ${days.length > 0 ? (days.length > 1 ? `${date(Math.min(...days))} – ${date(Math.max(...days))}` : date(days[0])) : t('genomes.undated')}${places ? ` · ${places}` : ''}${tree.isTip[v] ? '' : ` · ${axisText(picture, v)}`}`),
      h('div.tools', {}, tree.isTip[v] ? h('button.small', { type: 'button', id: 'gn-around', onclick: () => { Object.assign(wanted, { around: { sample: tree.doc.name[v] }, search: '' }); redraw(); } }, t('genomes.around'))
        : h('button.small', { type: 'button', id: 'gn-open', onclick: () => open(v) }, t('genomes.open')),
      h('button.small', { type: 'button', id: 'gn-unselect', onclick: () => { stage.choose(-1, false); } }, t('genomes.unselect'))));
  };
  stop.abort();
  stop = new AbortController();
  const stage: Stage = makeStage({
    picture: () => picture, signal: stop.signal, start: window_, label, describe: (v) => describe(context, tree, v), onOpen: open,
    onHover: (v) => { picture.hovered = v; if (v >= 0) { readout.textContent = describe(context, tree, v); } },
    onChoose: (v) => { selected = picture.selected = v; readout.textContent = v >= 0 ? describe(context, tree, v) : ''; drawClade(); if (details.open) { drawList(); } },
    onMove: (at) => { window_ = at; if (details.open) { drawList(); } },
  });
  /** A name that is drawn is chosen; what is in no drawn name and no lineage is asked for as a part of its own; else what fits is lit. */
  const seek = (text: string): void => {
    wanted.search = text.trim();
    if (tree.find(wanted.search) >= 0) {
      asked = wanted.search;
    } else if (wanted.search && !spotOf(wanted.search)?.to && litOf(context, tree).n === 0) {
      wanted.around = tree.doc.lineages.includes(wanted.search) ? { lineage: wanted.search } : { sample: wanted.search };
    }
    redraw();
  };
  const mutations = freshId('mutations');
  const day = (id: 'from' | 'to'): HTMLElement => h('div.field', {}, h('label', { for: `gn-${id}` }, t(`genomes.${id}`)),
    h('input', { type: 'date', id: `gn-${id}`, value: wanted[id], onchange: (event: Event) => { wanted[id] = (event.target as HTMLInputElement).value; redraw(); } }));
  const repaint = (): void => { painting = picture.painting = paint(tree, wanted.colour, wanted.mutation, nameOf); drawLegend(); stage.repaint(); };
  drawLegend();
  drawClade();
  if (asked) {
    const v = tree.find(asked);
    asked = '';
    stage.choose(v, true);
  } else if (selected >= 0) {
    readout.textContent = describe(context, tree, selected);
  }
  const rate = tree.doc.kept?.mutations_per_year;
  return [
    h('p.summary', {}, said, tree.doc.left_out > 0 ? ` ${t('genomes.export.left', { n: number(tree.doc.left_out) })}` : '',
      rate ? ` ${t('genomes.clock', { rate: number(rate, 1), low: number(tree.doc.kept?.mutations_per_year_low ?? null, 1), high: number(tree.doc.kept?.mutations_per_year_high ?? null, 1) })}` : '', tree.hasTime ? '' : ` ${t('genomes.noclock')}`),
    h('div.tools.gn-tools', {},
      tree.hasTime ? segments(t('genomes.axis'), 'gn-axis', (['time', 'divergence'] as const).map((key): [string, string] => [key, t(`genomes.axis.${key}`)]), axis, (key) => { wanted.axis = key as Axis; window_ = null; redraw(); }) : null,
      picker('gn-colour', t('genomes.colour'), (['lineage', 'place', 'date', 'mutation'] as const).map((key): [string, string] => [key, t(`genomes.colour.${key}`)]), wanted.colour, (key) => { wanted.colour = key as ColourBy; redraw(); }),
      wanted.colour === 'mutation' ? h('div.field', {}, h('label', { for: 'gn-mutation' }, t('genomes.mutation')),
        h('input', { id: 'gn-mutation', list: mutations, value: wanted.mutation, size: 10, placeholder: tree.doc.acids.length > 0 ? 'S:N501Y' : 'A23403G', spellcheck: 'false', oninput: (event: Event) => { wanted.mutation = (event.target as HTMLInputElement).value; if (!wanted.mutation || spotOf(wanted.mutation) !== null) { repaint(); } } }),
        h('datalist', { id: mutations }, commonMutations(tree, 60).map((name) => h('option', { value: name })))) : null,
      h('div.field', {}, h('label', { for: 'gn-search' }, t('genomes.search')),
        h('input', { type: 'search', id: 'gn-search', value: wanted.search, size: 14, spellcheck: 'false', onchange: (event: Event) => seek((event.target as HTMLInputElement).value) })),
      day('from'), day('to')),
    legend,
    isLineage ? h('div.tools', {}, h('button.small', { type: 'button', id: 'gn-lineage', onclick: () => { Object.assign(wanted, { around: { lineage: wanted.search }, search: '' }); redraw(); } }, t('genomes.lineage.alone', { name: wanted.search }))) : null,
    narrowing ? h('div.tools', {}, h('button.small', { type: 'button', id: 'gn-whole', onclick: () => { Object.assign(wanted, { around: {}, search: '' }); redraw(); } }, t('genomes.whole'))) : null,
    h('div.gn-frame', {}, stage.element, h('div.gn-zoom', { role: 'group', 'aria-label': t('genomes.zoom') },
      h('button', { type: 'button', id: 'gn-in', 'aria-label': t('genomes.zoom.in'), onclick: () => stage.zoom(1.6) }, '+'), h('button', { type: 'button', id: 'gn-out', 'aria-label': t('genomes.zoom.out'), onclick: () => stage.zoom(1 / 1.6) }, '−'),
      h('button', { type: 'button', id: 'gn-all', 'aria-label': t('genomes.zoom.all'), onclick: () => stage.all() }, '⤢'))),
    readout, clade, details,
    treeExport({ query, axis: () => axis, colour: () => wanted.colour, mutation: () => wanted.mutation, nameOf, title: (doc) => `${t('genomes.title')} · ${doc.set} · ${saidOf(doc)}` }),
    h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('genomes.tree.method')), h('p', {}, t('genomes.tree.limits'))),
  ];

}
