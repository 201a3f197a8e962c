// The scenario tab: a study is edited, run by the server in the background with its progress and early answers, kept in the node, and shared as a link or a file.
import { ApiError, askTable, failure, url, type Query } from './api';
import type { DetailContext } from './detail';
import { h, show, useStyle, type Child } from './dom';
import { dayOf, number, percent, plural, t, useMore, type Language } from './i18n';
import { moment } from './moment';
import type { Places } from './places';
import { saveFile } from './save';
import { Results, type Parts, type Simulation } from './scenario-answer';
import { drawEditor, type EditorSpec } from './scenario-editor';
import { fileName } from './scenario-export';
import { PRESETS, type Preset } from './scenario-fields';
import { newStudy, pack, soundStudy, studyOfTexts, unpack, type NodeStart, type Study } from './scenario-plan';
import { resultsOf } from './scenario-result';

declare const VIGIA_SCENARIO: string; // JSON: an object would be put where the first view loads it
declare const VIGIA_SCENARIO_STYLE: string;

const LOOK_EVERY_MS = 700;
const DRAFT = 'vigia-scenario-file';
const FIT_DAYS = 140; // counts of so many last days are fitted
const LINK_LETTERS = 7500; // what mail and chat programs carry
interface Limits { scenarios: number; runs: number; days: number; persons: number; person_runs: number }
interface Listed { simulations: Simulation[]; limits: Limits }

let study: Study | null = null; // what is being edited, kept over changes of tab
let node: NodeStart | null = null; // where it starts from, as the node said
let wanted = ''; // the simulation that is shown or waited for
let last: Simulation | null = null; // as it was last seen, with its answer
let parts: { of: string; parts: Parts | null } = { of: '', parts: null }; // of the simulation that is shown
let current: ScenarioTab | null = null; // the one on the page
let linkFault = '';
let places: Places | null = null; // names; the page's own may still be on their way

async function talk<T>(path: string, query: Query = {}, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(url(path, query), { cache: 'no-store', ...(body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {}) });
  } catch (problem) {
    throw new ApiError('unreachable', 0, problem instanceof Error ? problem.message : '');
  }
  if (!response.ok) {
    throw await failure(response);
  }
  return response.json() as Promise<T>;
}

function remembered(): Study | null {
  try {
    return soundStudy(localStorage.getItem(DRAFT));
  } catch {
    return null; // storage may be forbidden
  }
}

function remember(now: Study): void {
  try {
    localStorage.setItem(DRAFT, now.text());
  } catch {
    // as above, or the file is too large for it
  }
}

/** What a link left out because the node has it: parts and counts. */
async function refilled(sent: Study): Promise<Study> {
  const { origin } = sent;
  if (origin && sent.units.length === 0 && sent.calibrated) {
    node = await talk<NodeStart>('/scenario', { dataset: origin.dataset, place: origin.place, level: origin.level, as_of: origin.as_of });
    sent.refill(node);
  }
  return sent;
}

/** What a link brought: a study and perhaps a simulation that the node keeps. The fragment never leaves the browser, and is used once. */
async function fromLink(): Promise<void> {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const [letters, run] = [fragment.get('scenario'), fragment.get('run')];
  if (!letters && !run) {
    return;
  }
  history.replaceState(null, '', location.pathname + location.search);
  wanted = /^[0-9a-f]{16}$/.test(run ?? '') ? (run as string) : '';
  last = null;
  try {
    const sent = letters ? soundStudy(await unpack(letters)) : null;
    study = sent ? await refilled(sent) : study;
    linkFault = letters && !sent ? t('scenario.nolink') : '';
  } catch {
    linkFault = t('scenario.nonode');
  }
}

function plainStudy(context: DetailContext, population: number): Study {
  const country = /^[A-Z]{2}/.exec(context.view.place || context.dataset.country || '')?.[0] ?? '';
  const start = context.dataset.last_date ? dayOf(context.dataset.last_date) + 1 : Math.floor(Date.now() / 86400000);
  const made = newStudy({ study: context.view.place ? context.placeName() : t('scenario.new'), without: t('scenario.without'), with: t('scenario.with') }, country, population, start);
  made.add(made.scenarios[1], PRESETS.find((preset) => preset.id === 'stay-at-home') as Preset, t('scenario.kind.stay-at-home'));
  return made;
}

/** From the situation of the chosen place where there is one; else a place of so many people. */
async function begin(context: DetailContext): Promise<Study> {
  const row = context.view.place ? await context.row.catch(() => null) : null;
  const made = plainStudy(context, row && row.population >= 100 ? Math.round(row.population) : 100000);
  node = null;
  if (context.view.place) {
    try {
      node = await talk<NodeStart>('/scenario', { dataset: context.dataset.name, place: context.view.place, as_of: context.view.asOf });
      takeNode(made, node);
    } catch {
      node = null; // people or counts are not known there: the study says what it is
    }
  }
  return made;
}

function takeNode(into: Study, from: NodeStart): void {
  into.takeSituation(from, into.country || from.country, FIT_DAYS);
  into.name = from.name;
  if (into.nameOf(into.scenarios[0]) === t('scenario.without')) {
    into.rename(into.scenarios[0], t('scenario.asitis')); // what is in force is part of the transmission that is found
  }
}

class ScenarioTab {
  private readonly editor = h('div.sc-editor');
  private readonly run = h('div.sc-run');
  private readonly said = h('p.sc-said', { role: 'status' });
  private readonly results = h('div.sc-results', { 'aria-label': t('scenario.results'), role: 'region', tabindex: -1 });
  private readonly saved = h('div.sc-saved');
  private readonly spec: EditorSpec;
  private limits: Limits | null = null;
  private following = false;
  private busy = '';
  private fault = '';
  private faultDetail = '';

  constructor(private readonly context: DetailContext, private study: Study) {
    this.spec = {
      study, chosen: null, node, here: '', busy: false, placeName: (code) => this.nameOf(code), changed: () => this.changed(), say: (text) => { this.said.textContent = text; },
      fromNode: (level) => void this.fromNode(level), plain: () => this.plain(),
    };
    this.fault = linkFault;
    linkFault = '';
  }

  elements(): Child[] {
    current = this;
    this.redraw();
    this.drawResults();
    void this.loadList();
    void this.follow();
    return [h('div.sc', {}, h('p.sc-warning', {}, h('strong', {}, t('scenario.projection')), ' ', t('scenario.projection.what')), this.editor, this.run, this.said, this.results, this.saved)];
  }

  private nameOf(code: string): string {
    return places?.find(code)?.name ?? this.context.placeNameOf(code);
  }

  private get alive(): boolean {
    return current === this && !this.context.signal.aborted;
  }

  private changed(): void {
    remember(this.study);
    this.fault = '';
    this.redraw();
  }

  private redraw(): void {
    const { view, dataset } = this.context;
    const here = view.place || dataset.country || '';
    this.spec.here = here !== '' && this.study.origin?.place !== here ? this.nameOf(here) : '';
    drawEditor(this.editor, this.spec);
    this.drawRun();
  }

  private load(next: Study): void {
    study = this.study = this.spec.study = next;
    this.spec.chosen = null;
    this.spec.node = node;
    remember(next);
    this.redraw();
  }

  /* ----------------------------------------------------------------------------------------------------- its beginning */

  private async fromNode(level?: string): Promise<void> {
    const { origin } = this.study;
    const own = level !== undefined && origin;
    const { view, dataset } = this.context;
    this.spec.busy = true;
    this.redraw();
    try {
      const from = await talk<NodeStart>('/scenario', { dataset: own ? own.dataset : dataset.name, place: own ? own.place : view.place, level, as_of: view.asOf });
      this.spec.busy = false;
      node = this.spec.node = from;
      if (own) {
        this.study.takeSituation(from, this.study.country, FIT_DAYS);
      } else {
        takeNode(this.study, from);
      }
      this.changed();
      this.said.textContent = t('scenario.started', { name: from.name });
    } catch (problem) {
      this.spec.busy = false;
      this.redraw();
      this.fail(problem, t('scenario.fail.start'));
    }
  }

  private plain(): void {
    const { population } = this.study;
    this.study.makePlain(Number.isFinite(population) ? Math.round(population) : 100000);
    node = this.spec.node = null;
    this.changed();
    document.getElementById('sc-population')?.focus();
  }

  /* ------------------------------------------------------------------------------------------------------------ run */

  private tooMuch(): string {
    const { limits } = this;
    const { population, runs, scenarios, files } = this.study;
    if (files.length > 0) {
      return t('scenario.namesfiles', { files: files.join(', ') });
    }
    return !limits || !Number.isFinite(population) ? '' : population > limits.persons ? t('scenario.toobig', { n: number(limits.persons) })
      : population * runs * scenarios.length > limits.person_runs ? t('scenario.toomuch', { n: number(Math.max(1, Math.floor(limits.person_runs / population / scenarios.length))) }) : '';
  }

  private progressText(live: Simulation): string {
    const share = percent(live.progress ?? 0);
    return live.state === 'waiting' ? t('scenario.waiting') : live.doing === 'runs' ? t('scenario.running', { share }) : live.doing === 'calibration' ? t('scenario.running.fit', { share })
      : t(live.doing === 'coarse' ? 'scenario.running.coarse' : 'scenario.running.world');
  }

  private drawRun(): void {
    const live = last && last.id === wanted && (last.state === 'waiting' || last.state === 'running') ? last : null;
    const refused = this.tooMuch();
    show(this.run,
      h('div.sc-buttons', {},
        h('button.primary', { type: 'button', id: 'sc-go', disabled: live !== null || this.busy !== '' || refused !== '', onclick: () => void this.start() }, t('scenario.run')),
        live ? h('button.small', { type: 'button', id: 'sc-cancel', onclick: () => void this.cancel() }, t('scenario.cancel')) : null,
        h('button.small', { type: 'button', id: 'sc-link', onclick: () => void this.copyLink() }, t('scenario.link')),
        h('button.small', { type: 'button', id: 'sc-save', onclick: () => this.saveFile() }, t('scenario.save')),
        this.fileField(),
        h('button.small', { type: 'button', id: 'sc-new', onclick: () => void begin(this.context).then((next) => this.load(next)) }, t('scenario.anew'))),
      refused ? h('p.remark', {}, refused) : null,
      live ? h('div.sc-progress', {}, h('progress', { max: 1, value: live.state === 'waiting' ? null : (live.progress ?? 0), 'aria-label': t('scenario.progress') }),
        h('span', {}, this.progressText(live))) : null,
      this.fault ? h('div.error', { role: 'alert' }, h('p', {}, this.fault), this.faultDetail ? h('p.small-print', { lang: 'en' }, this.faultDetail) : null) : null);
  }

  private fail(problem: unknown, text = ''): void {
    const error = problem instanceof ApiError ? problem : new ApiError('system_error', 0, String(problem));
    this.fault = text || t(error.http === 503 ? 'scenario.fail.busy' : error.http === 413 ? 'scenario.fail.limit' : error.http === 404 ? 'scenario.fail.gone' : error.http === 0
      ? 'error.unreachable' : 'scenario.fail.other');
    this.faultDetail = error.message;
    this.drawRun();
  }

  private async start(): Promise<void> {
    this.busy = 'start';
    this.fault = '';
    this.drawRun();
    try {
      const taken = await talk<Simulation>('/simulations', {}, { action: 'start', name: this.study.name.slice(0, 80), texts: [this.study.runText()] });
      wanted = taken.id;
      last = taken.state === 'kept' ? null : taken; // what was run before is fetched as when it ends
      this.busy = '';
      this.said.textContent = '';
      this.drawRun();
      document.getElementById('sc-cancel')?.focus();
      this.drawResults();
      await this.follow();
    } catch (problem) {
      this.busy = '';
      this.fail(problem);
    }
  }

  private async cancel(): Promise<void> {
    try {
      await talk(`/simulations/${wanted}`, {}, { action: 'cancel' });
      await this.look();
      document.getElementById('sc-go')?.focus();
    } catch (problem) {
      this.fail(problem);
    }
  }

  /** Looks how far it is until it is done; asks for the answer only where there is a newer one. */
  private async follow(): Promise<void> {
    let missed = 0;
    if (current !== this) {
      await current?.follow(); // the tab was drawn anew meanwhile
      return;
    }
    if (this.following) {
      return;
    }
    this.following = true;
    while (this.alive && wanted && (last === null || last.id !== wanted || last.state === 'waiting' || last.state === 'running')) {
      try {
        await this.look();
        missed = 0;
      } catch (problem) {
        missed += 1;
        if (missed > 5 || (problem instanceof ApiError && problem.http === 404)) {
          wanted = '';
          last = null;
          this.fail(problem);
        }
      }
      if (missed > 0 || last?.state === 'waiting' || last?.state === 'running') {
        await new Promise((done) => { setTimeout(done, LOOK_EVERY_MS); });
      }
    }
    this.following = false;
  }

  private async look(): Promise<void> {
    const id = wanted;
    const head = await talk<Simulation>(`/simulations/${id}`, { part: 'state' });
    const before = last?.id === id ? last : null;
    const newer = !before || head.state === 'kept' || head.runs_done !== before.runs_done || head.people_scale !== before.people_scale || head.state !== before.state;
    const now = newer ? await talk<Simulation>(`/simulations/${id}`) : { ...before, ...head };
    const places = newer && (now.answer?.meta.files[0]?.locations?.length ?? 0) > 1 ? await talk<Parts | null>(`/simulations/${id}`, { part: 'places' }) : parts.of === id ? parts.parts : null;
    if (!this.alive || id !== wanted) {
      return;
    }
    const drawn = before?.answer ?? null;
    last = now;
    parts = { of: id, parts: places };
    this.drawRun();
    if (newer && (now.answer || drawn)) {
      this.drawResults();
    }
    if (now.state === 'kept' || now.state === 'cancelled' || now.state === 'failed') {
      this.said.textContent = t(`scenario.state.${now.state}`);
      if (now.state === 'failed') {
        this.fail(new ApiError('data_error', 422, now.message ?? ''));
      }
      void this.loadList();
    }
  }

  private drawResults(): void {
    const known = last && last.id === wanted && last.answer ? last : null;
    if (!known?.answer) {
      show(this.results);
      return;
    }
    const texts = known.parameters?.texts ?? [];
    const results = new Results(known, known.answer, parts.of === known.id ? parts.parts : null, studyOfTexts(texts), (code) => this.nameOf(code));
    show(this.results, texts.join() !== this.study.runText() ? h('p.remark', {}, t('scenario.stale')) : null, resultsOf(results, this.context.kit));
  }

  /* ---------------------------------------------------------------------------------------------------------- sharing */

  private async copyLink(): Promise<void> {
    const whole = await pack(this.study.text());
    const light = whole.length > LINK_LETTERS && this.study.origin !== null; // then the node is asked for parts and counts again
    const run = last?.id === wanted && last?.state === 'kept' && last.parameters?.texts.join() === this.study.runText() ? `&run=${wanted}` : '';
    const { origin } = this.study;
    const query = new URLSearchParams({ dataset: origin?.dataset ?? this.context.dataset.name, ...(origin ? { place: origin.place } : {}), tab: 'scenario', lang: this.context.view.lang });
    const link = `${location.origin}${location.pathname}?${query.toString()}#scenario=${light ? await pack(this.study.lightText()) : whole}${run}`;
    const told = t(light ? 'scenario.copied.light' : 'scenario.copied');
    try {
      await navigator.clipboard.writeText(link);
      this.said.textContent = told;
    } catch {
      show(this.said, h('a', { href: link }, link));
    }
  }

  private saveFile(): void {
    saveFile(`${fileName(this.study.name)}.toml`, new Blob([this.study.text()], { type: 'text/plain;charset=utf-8' }));
  }

  private fileField(): HTMLElement {
    const input = h<HTMLInputElement>('input.hidden', { type: 'file', id: 'sc-file', accept: '.toml,.txt,text/plain', tabindex: -1, 'aria-hidden': 'true' });
    input.addEventListener('change', () => void this.openFile(input.files?.[0]));
    return h('span', {}, h('button.small', { type: 'button', id: 'sc-open', onclick: () => input.click() }, t('scenario.open')), input);
  }

  private async openFile(file: File | undefined): Promise<void> {
    const text = file ? await file.text().catch(() => '') : '';
    const next = soundStudy(text);
    if (next) {
      node = null;
      this.load(next);
      this.said.textContent = t('scenario.opened', { name: next.name || file?.name || '' });
    } else {
      this.fault = t('scenario.nofile');
      this.faultDetail = '';
      this.drawRun();
    }
  }

  /* ------------------------------------------------------------------------------------------------------------- kept */

  private async loadList(): Promise<void> {
    try {
      const { simulations, limits } = await talk<Listed>('/simulations');
      if (this.alive) {
        this.limits = limits;
        this.drawRun();
        this.drawList(simulations);
      }
    } catch {
      show(this.saved); // the editor works without the list
    }
  }

  private drawList(simulations: Simulation[]): void {
    const kept = simulations.filter((one) => one.state === 'kept');
    show(this.saved, kept.length === 0 ? null : [h('h3', {}, t('scenario.kept')), h('p.small-print', {}, plural('scenario.kept.n', kept.length, { n: number(kept.length) })),
      h('ul.sc-kept', {}, kept.map((one) => h('li', {}, h('button.link', { type: 'button', id: `sc-show-${one.id}`, onclick: () => void this.open(one.id) }, one.name || one.id), ' ',
        h('span.small-print', {}, moment(one.kept_at)), ' ',
        h('button.small', { type: 'button', 'aria-label': t('scenario.delete.of', { name: one.name || one.id }),
          onclick: (event: Event) => void this.remove(one, event.currentTarget as HTMLButtonElement) }, t('scenario.delete')))))]);
  }

  private async open(id: string): Promise<void> {
    try {
      wanted = id;
      last = null;
      await this.look();
      const next = studyOfTexts((last as Simulation | null)?.parameters?.texts);
      if (next) {
        node = null;
        this.load(next);
        this.drawResults();
      }
      this.results.focus();
      this.results.scrollIntoView();
    } catch (problem) {
      this.fail(problem);
    }
  }

  /** Asks once more on the button itself before what is kept is deleted. */
  private async remove(one: Simulation, button: HTMLButtonElement): Promise<void> {
    if (button.dataset.sure !== 'yes') {
      button.dataset.sure = 'yes';
      button.textContent = t('scenario.delete.sure');
      return;
    }
    try {
      await talk(`/simulations/${one.id}`, {}, { action: 'delete' });
    } catch (problem) {
      this.fail(problem);
    }
    await this.loadList();
  }
}

export async function scenarioTab(context: DetailContext): Promise<Child[]> {
  const [table] = await Promise.all([askTable('/places', { dataset: context.dataset.name }).catch(() => null), useMore(JSON.parse(VIGIA_SCENARIO) as Record<Language, string>), useStyle(VIGIA_SCENARIO_STYLE)]);
  places = new context.kit.Places(table);
  await fromLink();
  if (!study && wanted) { // a link to what the node keeps alone
    const kept = await talk<Simulation>(`/simulations/${wanted}`).catch(() => null);
    study = studyOfTexts(kept?.parameters?.texts);
  }
  study = study ?? remembered() ?? await begin(context);
  return new ScenarioTab(context, study).elements();
}
