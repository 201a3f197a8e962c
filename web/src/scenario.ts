// The scenario tab: a study is edited, run by the server in the background with its progress and early answers, kept in the node, and shared as a link or a file.
import { ApiError, failure, url } from './api';
import type { DetailContext } from './detail';
import { h, show, useStyle, type Child } from './dom';
import { dayOf, moment, number, percent, plural, t, useMore, type Language } from './i18n';
import { drawEditor, type EditorSpec } from './scenario-editor';
import { decodeStudy, encodeStudy, newStudy, soundStudy, textOf, type Study } from './scenario-plan';
import { resultsOf, type Simulation } from './scenario-result';

declare const VIGIA_SCENARIO: Record<Language, string>;
declare const VIGIA_SCENARIO_STYLE: string;

const LOOK_EVERY_MS = 700;
const DRAFT = 'vigia-scenario';
interface Limits { scenarios: number; runs: number; days: number; persons: number; person_runs: number }
interface Listed { simulations: Simulation[]; limits: Limits }

let study: Study | null = null; // what is being edited, kept over changes of tab
let wanted = ''; // the simulation that is shown or waited for
let last: Simulation | null = null; // as it was last seen, with its answer
let current: ScenarioTab | null = null; // the one on the page

async function talk<T>(path: string, query: Record<string, string> = {}, body?: object): Promise<T> {
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
    return soundStudy(JSON.parse(localStorage.getItem(DRAFT) ?? 'null'));
  } catch {
    return null; // storage may be forbidden
  }
}

function remember(current: Study): void {
  try {
    localStorage.setItem(DRAFT, JSON.stringify(current));
  } catch {
    // as above
  }
}

/** What a link brought: a study and perhaps a simulation that the node keeps. The fragment never leaves the browser, and is used once. */
async function fromLink(): Promise<void> {
  const parts = new URLSearchParams(location.hash.slice(1));
  const letters = parts.get('study');
  if (letters) {
    study = (await decodeStudy(letters)) ?? study;
    wanted = /^[0-9a-f]{16}$/.test(parts.get('run') ?? '') ? (parts.get('run') as string) : '';
    last = null;
    history.replaceState(null, '', location.pathname + location.search);
  }
}

async function begin(context: DetailContext): Promise<Study> {
  const row = context.view.place ? await context.row.catch(() => null) : null;
  const country = /^[A-Z]{2}/.exec(context.view.place || context.dataset.country || '')?.[0] ?? '';
  const population = row && row.population >= 100 ? Math.round(row.population) : 100000;
  const start = context.dataset.last_date ? dayOf(context.dataset.last_date) + 1 : Math.floor(Date.now() / 86400000);
  return newStudy({ study: row ? context.placeName() : t('scenario.new'), without: t('scenario.without'), with: t('scenario.with'), measure: t('scenario.kind.stay-at-home') }, country, population, start);
}

/** The same numbers give the same texts: by them one sees whether what is shown is what is edited. */
const textsOf = (current: Study): string[] => current.scenarios.map((scenario) => textOf(current, scenario));

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
    this.spec = { study, chosen: null, changed: () => this.changed(), say: (text) => { this.said.textContent = text; } };
  }

  elements(): Child[] {
    current = this;
    this.redraw();
    this.drawResults();
    void this.loadList();
    void this.follow();
    return [h('div.sc', {}, h('p.sc-warning', {}, h('strong', {}, t('scenario.projection')), ' ', t('scenario.projection.what')), this.editor, this.run, this.said, this.results, this.saved)];
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
    drawEditor(this.editor, this.spec);
    this.drawRun();
  }

  private load(next: Study): void {
    study = this.study = this.spec.study = next;
    this.spec.chosen = null;
    remember(next);
    this.redraw();
  }

  /* ------------------------------------------------------------------------------------------------------------ run */

  private tooMuch(): string {
    const { limits } = this;
    const asked = this.study.population * this.study.runs * this.study.scenarios.length;
    return !limits ? '' : this.study.population > limits.persons ? t('scenario.toobig', { n: number(limits.persons) })
      : asked > limits.person_runs ? t('scenario.toomuch', { n: number(Math.max(1, Math.floor(limits.person_runs / this.study.population / this.study.scenarios.length))) }) : '';
  }

  private drawRun(): void {
    const live = last && last.id === wanted && (last.state === 'waiting' || last.state === 'running') ? last : null;
    const refused = this.tooMuch();
    const told = !live ? '' : live.state === 'waiting' ? t('scenario.waiting') : live.doing === 'runs' ? t('scenario.running', { share: percent(live.progress ?? 0) }) : live.doing === 'coarse' ? t('scenario.running.coarse') : t('scenario.running.world');
    show(this.run,
      h('div.sc-buttons', {},
        h('button.primary', { type: 'button', id: 'sc-go', disabled: live !== null || this.busy !== '' || refused !== '', onclick: () => void this.start() }, t('scenario.run')),
        live ? h('button.small', { type: 'button', id: 'sc-cancel', onclick: () => void this.cancel() }, t('scenario.cancel')) : null,
        h('button.small', { type: 'button', id: 'sc-link', onclick: () => void this.copyLink() }, t('scenario.link')),
        h('button.small', { type: 'button', id: 'sc-save', onclick: () => this.saveFile() }, t('scenario.save')),
        this.fileField(),
        h('button.small', { type: 'button', id: 'sc-new', onclick: () => void begin(this.context).then((next) => this.load(next)) }, t('scenario.anew'))),
      refused ? h('p.remark', {}, refused) : null,
      live ? h('div.sc-progress', {}, h('progress', { max: 1, value: live.state === 'waiting' ? null : (live.progress ?? 0), 'aria-label': t('scenario.progress') }), h('span', {}, told)) : null,
      this.fault ? h('div.error', { role: 'alert' }, h('p', {}, this.fault), this.faultDetail ? h('p.small-print', { lang: 'en' }, this.faultDetail) : null) : null);
  }

  private fail(problem: unknown): void {
    const error = problem instanceof ApiError ? problem : new ApiError('system_error', 0, String(problem));
    this.fault = t(error.http === 503 ? 'scenario.fail.busy' : error.http === 413 ? 'scenario.fail.limit' : error.http === 404 ? 'scenario.fail.gone' : error.http === 0 ? 'error.unreachable' : 'scenario.fail.other');
    this.faultDetail = error.message;
    this.drawRun();
  }

  private async start(): Promise<void> {
    this.busy = 'start';
    this.fault = '';
    this.drawRun();
    try {
      const taken = await talk<Simulation>('/simulations', {}, { action: 'start', name: this.study.name, texts: textsOf(this.study), note: this.study });
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
    if (!this.alive || id !== wanted) {
      return;
    }
    const drawn = before?.answer ?? null;
    last = now;
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
    const of = known ? soundStudy(known.parameters?.note) : null;
    show(this.results, known ? [known.parameters && JSON.stringify(known.parameters.texts) !== JSON.stringify(textsOf(this.study)) ? h('p.remark', {}, t('scenario.stale')) : null, resultsOf(known, of)] : null);
  }

  /* ---------------------------------------------------------------------------------------------------------- sharing */

  private async copyLink(): Promise<void> {
    const run = last?.id === wanted && last?.state === 'kept' ? `&run=${wanted}` : '';
    const link = `${location.origin}${location.pathname}?dataset=${encodeURIComponent(this.context.dataset.name)}&tab=scenario&lang=${this.context.view.lang}#study=${await encodeStudy(this.study)}${run}`;
    try {
      await navigator.clipboard.writeText(link);
      this.said.textContent = t('scenario.copied');
    } catch {
      show(this.said, h('a', { href: link }, link));
    }
  }

  private saveFile(): void {
    const address = URL.createObjectURL(new Blob([JSON.stringify({ vigia: 'scenario', version: 1, study: this.study }, null, 2)], { type: 'application/json' }));
    h('a', { href: address, download: `${this.study.name.replace(/[^\p{L}\p{N}]+/gu, '-') || 'scenario'}.vigia.json` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }

  private fileField(): HTMLElement {
    const input = h<HTMLInputElement>('input.hidden', { type: 'file', id: 'sc-file', accept: '.json,application/json', tabindex: -1, 'aria-hidden': 'true' });
    input.addEventListener('change', () => void this.openFile(input.files?.[0]));
    return h('span', {}, h('button.small', { type: 'button', id: 'sc-open', onclick: () => input.click() }, t('scenario.open')), input);
  }

  private async openFile(file: File | undefined): Promise<void> {
    let next: Study | null = null;
    try {
      next = soundStudy((JSON.parse(await (file as File).text()) as { study?: unknown }).study);
    } catch {
      next = null; // said below
    }
    if (next) {
      this.load(next);
      this.said.textContent = t('scenario.opened', { name: next.name });
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
      h('ul.sc-kept', {}, kept.map((one) => h('li', {}, h('button.link', { type: 'button', id: `sc-show-${one.id}`, onclick: () => void this.open(one.id) }, one.name || one.id), ' ', h('span.small-print', {}, moment(one.kept_at)), ' ',
        h('button.small', { type: 'button', 'aria-label': t('scenario.delete.of', { name: one.name || one.id }), onclick: (event: Event) => void this.remove(one, event.currentTarget as HTMLButtonElement) }, t('scenario.delete')))))]);
  }

  private async open(id: string): Promise<void> {
    try {
      wanted = id;
      last = await talk<Simulation>(`/simulations/${id}`);
      const next = soundStudy(last.parameters?.note);
      if (next) {
        this.load(next);
      }
      this.drawRun();
      this.drawResults();
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
  await Promise.all([fromLink(), useMore(VIGIA_SCENARIO), useStyle(VIGIA_SCENARIO_STYLE)]);
  study = study ?? remembered() ?? await begin(context);
  return new ScenarioTab(context, study).elements();
}
