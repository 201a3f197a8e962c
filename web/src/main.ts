// The page of a node: reads the view from the address, asks the server, and draws. Each part of the page is drawn again only when
// what it shows has changed; a part that fails says so and can be tried again without the others.
import { ApiError, ask, askTable, url, watchConnection, type Dataset, type DatasetMeasure, type NodeAnswer, type Query, type Table } from './api';
import { drawDetail, groupText, measureText, statusNote } from './detail';
import { h, picker, show, type Child } from './dom';
import { change, currentLanguage, date, isLanguage, number, percent, rate, t, useLanguage } from './i18n';
import { drawAsOf, drawPickers, languagePicker, searchBox } from './header';
import { drawMap, findShapes, markChosen, shortName, type Shapes } from './map';
import { Places } from './places';
import { says } from './says';
import { readRows, sentence, trendClass, type Row } from './situation';
import { INDICATORS, readView, TABS, TABS_WITHOUT_COUNTS, writeView, type Indicator, type Tab, type View } from './state';
import { drawTable } from './table';

/** In place of a dataset where the node has none: tracing, genomes, stocks and scenarios do without. */
const NO_COUNTS: Dataset = { name: '', title: '', disease: null, country: null, nature: 'real', kind: 'counts', source: null, licence: null, note: null, n_rows: 0, first_date: null, last_date: null, first_known: null, last_known: null, step_days: 1, measures: [], groups: [], levels: [] };

class Page {
  private view: View = readView(location.search);
  private node!: NodeAnswer;
  private dataset!: Dataset;
  private places = new Places(null);
  private tracedPlaces: Table | null = null; // of a node without counts
  private heldTab: Tab = 'tracing'; // of a node without counts: what it opens with
  private rows: Row[] = [];
  private level = '';
  private shapes: Shapes | null = null;
  private focusRow: Row | null = null; // the row of what the closer look shows, where the table does not hold it
  private situationReady: Promise<void> = Promise.resolve();
  private readonly loading = new Map<string, AbortController>();
  private readonly root = document.getElementById('page') as HTMLElement;
  private parts: Record<string, HTMLElement> = {};
  private readonly markSheet = new CSSStyleSheet(); // the mark of invented data, without an inline style

  async start(): Promise<void> {
    try {
      const [, node] = await Promise.all([useLanguage(this.view.lang), ask<NodeAnswer>(url('/node'))]);
      this.node = node;
    } catch (problem) {
      await useLanguage(this.view.lang).catch(() => undefined);
      show(this.root, h('main', { id: 'main' }, this.failure(problem, () => void this.start())));
      return;
    }
    document.adoptedStyleSheets = [this.markSheet];
    window.addEventListener('popstate', () => void this.go(readView(location.search), 'none'));
    this.drawShell();
    if (this.node.datasets.length === 0) { // places that tracing and stocks name; without them, there are none to search
      [this.tracedPlaces, this.heldTab] = await Promise.all([askTable('/places', {}).catch(() => null), this.findHeldTab()]);
    }
    await this.go(this.view, 'replace', true);
  }

  /** The first tab with something in it, of a node that holds no counts: of a laboratory its genomes, of a warehouse its stocks. */
  private async findHeldTab(): Promise<Tab> {
    const [traced, genomes, stock] = await Promise.all(['/tracing', '/genomes', '/stock'].map((path) => askTable(path, {}).catch(() => null)));
    const traces = Number(traced?.meta.cases ?? 0) + Number(traced?.meta.contacts ?? 0) > 0;
    return traces ? 'tracing' : genomes?.rows.length ? 'genomes' : stock?.rows.length ? 'stock' : 'tracing';
  }

  /* ------------------------------------------------------------------------------------------------------------ view */

  private readonly update = (patch: Partial<View>): void => {
    void this.go({ ...this.view, ...patch }, 'push');
  };

  /** What the node can show for a view: unknown names fall back to the defaults. */
  private settle(view: View): View {
    const dataset = this.node.datasets.find((d) => d.name === view.dataset) ?? this.node.datasets[0];
    if (!dataset) {
      return { ...view, dataset: '', tab: this.tabs().includes(view.tab) ? view.tab : this.heldTab };
    }
    return {
      ...view,
      dataset: dataset.name,
      measure: dataset.measures.some((m) => m.name === view.measure) ? view.measure : '',
      group: view.group !== 'all' && dataset.groups.includes(view.group) ? view.group : '',
      level: dataset.levels.includes(view.level) ? view.level : '',
      show: view.show === 'change' && (dataset.measures.find((m) => m.name === view.measure) ?? dataset.measures[0])?.delayed ? 'growth' : view.show,
    };
  }

  private async go(wanted: View, history: 'push' | 'replace' | 'none', first = false): Promise<void> {
    const before = this.view;
    const view = this.settle(wanted);
    this.view = view;
    if (view.lang !== currentLanguage()) {
      try {
        await useLanguage(view.lang);
      } catch {
        this.view = { ...view, lang: currentLanguage() };
      }
    }
    const address = writeView(this.view);
    if (history === 'push' && address !== location.search) {
      window.history.pushState(null, '', address);
    } else if (history === 'replace') {
      window.history.replaceState(null, '', address + location.hash);
    }
    const changed = (...names: (keyof View)[]): boolean => first || names.some((name) => before[name] !== view[name]);
    if (changed('lang') && !first) {
      this.drawShell();
    }
    this.dataset = this.node.datasets.find((d) => d.name === view.dataset) ?? NO_COUNTS;
    this.drawTitle();
    if (this.dataset === NO_COUNTS) {
      this.drawWithoutCounts(changed);
    } else {
      this.draw(changed, first);
    }
  }

  private drawWithoutCounts(changed: (...names: (keyof View)[]) => boolean): void {
    if (changed('lang')) {
      this.parts.overview.hidden = this.parts.asOf.hidden = true;
      this.places = new Places(this.tracedPlaces);
      this.parts.search.hidden = this.places.all.length === 0;
      show(this.parts.banner, h('section.note', {}, h('h2', {}, t('empty.title')), h('p', {}, t('empty.text')), h('pre', {}, 'vigia import FILE')));
    }
    if (changed('tab', 'lang')) {
      this.drawTabs();
    }
    if (changed('tab', 'lang', 'place')) {
      void this.loadDetail(true);
    }
  }

  private draw(changed: (...names: (keyof View)[]) => boolean, first: boolean): void {
    const facts: (keyof View)[] = ['dataset', 'measure', 'group', 'level', 'asOf', 'lang'];
    if (changed('dataset', 'lang')) {
      this.drawBanner();
    }
    if (changed('dataset', 'lang', 'measure', 'group', 'level')) {
      this.drawPickers();
    }
    if (changed('dataset', 'lang', 'asOf')) {
      drawAsOf(this.parts.asOf, this.headerSpec());
    }
    if (changed(...facts)) {
      this.situationReady = this.loadSituation(changed('dataset', 'lang', 'level'));
    } else if (changed('show', 'place', 'sort', 'page')) {
      if (changed('show')) {
        this.drawMapPart();
      } else if (changed('place')) {
        markChosen(this.parts.map, this.view.place);
      }
      this.drawTablePart();
    }
    if (changed('tab', 'lang')) {
      this.drawTabs();
    }
    if (changed(...facts, 'place', 'tab', 'step', 'span', 'alarms')) {
      void this.loadDetail(first || changed('dataset', 'measure', 'group', 'asOf', 'place', 'lang'));
    }
  }

  private headerSpec(): { view: View; node: NodeAnswer; dataset: Dataset; update: (patch: Partial<View>) => void } {
    return { view: { ...this.view, level: this.view.level || this.level }, node: this.node, dataset: this.dataset, update: this.update };
  }

  private measure(): DatasetMeasure {
    return this.dataset.measures.find((m) => m.name === this.view.measure) ?? this.dataset.measures[0] ?? { name: '', what: 'cases', by: 'report', kind: 'flow', delayed: false };
  }

  private factsQuery(): Query {
    return { dataset: this.dataset.name, measure: this.measure().name, group: this.view.group, as_of: this.view.asOf };
  }

  /** Of counts that come late the weekly change is that of the trend, which is the growth; alarms and forecasts of sums need new cases. */
  private indicators(): Indicator[] {
    const { delayed, kind } = this.measure();
    return INDICATORS.filter((i) => !(i === 'change' && delayed) && !(i === 'alarm' && kind !== 'flow'));
  }

  private readonly choosePlace = (code: string): void => {
    this.update({ place: code === this.view.place ? '' : code });
  };

  private placeName(): string {
    return this.view.place ? this.nameOf(this.view.place) : t('place.all');
  }

  private readonly nameOf = (code: string): string => this.places.find(code)?.name ?? this.rows.find((row) => row.code === code)?.name ?? code;

  /* ----------------------------------------------------------------------------------------------------------- shell */

  private drawShell(): void {
    const part = (name: string, element: HTMLElement): HTMLElement => {
      this.parts[name] = element;
      return element;
    };
    show(this.root,
      h('a.skip', { href: '#detail', onclick: (event: Event) => { event.preventDefault(); this.parts.detailTitle.focus(); this.parts.detailTitle.scrollIntoView(); } }, t('skip')),
      h('header.bar', {},
        h('div.bar-line', {},
          h('p.brand', {}, h('span.brand-mark', { 'aria-hidden': 'true' }), 'Vigía'),
          part('pickers', h('div.pickers')),
          part('search', searchBox({ places: () => this.places, choose: (code) => this.update({ place: code }) })),
          languagePicker(this.view.lang, this.update)),
        part('asOf', h('div.asof', { role: 'group', 'aria-label': t('asof.group') }))),
      part('connection', h('div', { role: 'status' })),
      h('main', { id: 'main' },
        part('title', h('h1.hidden', {}, 'Vigía')),
        part('banner', h('div')),
        part('figures', h('section.figures', { 'aria-label': t('figures.title') })),
        part('overview', h('div.overview', {},
          h('section.panel.map-panel', { 'aria-labelledby': 'map-title' },
            h('div.panel-head', {}, h('h2', { id: 'map-title' }, t('map.title')), part('indicator', h('div'))), part('map', h('div.map-body'))),
          h('section.panel.table-panel', { 'aria-labelledby': 'table-title' },
            h('div.panel-head', {}, h('h2', { id: 'table-title' }, t('table.title')), part('tableNote', h('p.panel-note'))), part('table', h('div'))))),
        h('section.panel.detail', { 'aria-labelledby': 'detail' },
          h('div.panel-head', {}, part('detailTitle', h('h2', { id: 'detail', tabindex: -1 })), part('detailTools', h('div.tools'))),
          part('tabs', h('div.tabs', { role: 'tablist', 'aria-label': t('tabs.label') })),
          part('detail', h('div.tab-panel', { id: 'tab-panel', role: 'tabpanel', tabindex: 0 })))),
      h('footer.foot', {}, h('p', {}, t('foot.text', { version: this.node.version })), part('link', h('p'))));
    this.drawLink();
    watchConnection((connected) => this.drawConnection(connected));
  }

  /** Invented data say so over every view, in every chart and on every printed page, whatever part of the page somebody copies. */
  private mark(): string {
    return this.dataset.nature === 'simulated' ? t('nature.simulated.mark') : '';
  }

  private drawTitle(): void {
    const parts = [this.mark(), this.dataset.title, this.view.place ? this.placeName() : ''].filter(Boolean).join(' · ');
    document.title = parts ? `${parts} · Vigía` : 'Vigía';
    this.parts.title.textContent = this.dataset === NO_COUNTS ? 'Vigía' : `${this.dataset.title}: ${measureText(this.measure())}`;
  }

  private drawPickers(): void {
    drawPickers(this.parts.pickers, this.headerSpec());
    show(this.parts.indicator, picker('indicator', t('indicator.label'), this.indicators().map((i): [string, string] => [i, t(`indicator.${i}`)]), this.view.show,
      (value) => this.update({ show: value as Indicator })));
  }

  private drawBanner(): void {
    const { nature, note, source } = this.dataset;
    this.markSheet.replaceSync(`:root { --mark: ${this.mark() ? JSON.stringify(this.mark()) : 'none'}; }`);
    show(this.parts.banner, h(`div.banner.nature-${nature}`, {},
      h('span.badge', {}, t(`nature.${nature}`)),
      h('p', {}, h('strong', {}, this.dataset.title), ' ', nature === 'real' ? '' : t(`nature.${nature}.text`), nature === 'real' || !note ? '' : ' ',
        note ? h('span', { lang: 'en' }, note) : '', source ? [' ', h('span.source', {}, t('nature.source', { source }))] : '')));
  }

  private drawConnection(connected: boolean): void {
    show(this.parts.connection, connected ? null : h('p.offline', {}, t('error.offline'), ' ', h('button.small', { type: 'button', onclick: () => void this.reload() }, t('error.retry'))));
  }

  private reload(): void {
    if (this.dataset !== NO_COUNTS) {
      this.situationReady = this.loadSituation(true);
    }
    void this.loadDetail(true);
  }

  private drawLink(): void {
    const said = h('span', { role: 'status' });
    show(this.parts.link, h('button.small', { type: 'button', id: 'copy-link', onclick: () => void this.copyLink(said) }, t('link.copy')), ' ', said);
  }

  /** The link names all that the view rests on, the day of the data too, so that it shows the same numbers tomorrow. */
  private async copyLink(said: HTMLElement): Promise<void> {
    const asOf = this.view.asOf || this.dataset.last_known || '';
    const link = location.origin + location.pathname + writeView({ ...this.view, measure: this.measure().name, level: this.view.level || this.level, asOf });
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = t('link.copied', { date: date(asOf || this.node.today) });
    } catch {
      show(said, h('a', { href: link }, link));
    }
  }

  /* --------------------------------------------------------------------------------------------------- loading parts */

  private begin(name: string): AbortSignal {
    this.loading.get(name)?.abort();
    const controller = new AbortController();
    this.loading.set(name, controller);
    return controller.signal;
  }

  private failure(problem: unknown, retry: () => void): HTMLElement {
    const error = problem instanceof ApiError ? problem : new ApiError('system_error', 0, problem instanceof Error ? problem.message : String(problem));
    const text = error.status === 'unreachable' ? t('error.unreachable') : error.http === 404 || error.http === 400 ? t('error.request') : t('error.server');
    return h('div.error', { role: 'alert' }, h('p', {}, text),
      error.message ? h('details', {}, h('summary', {}, t('error.detail')), h('p', { lang: 'en' }, error.message)) : null,
      h('button.small', { type: 'button', onclick: retry }, t('error.retry')));
  }

  /** Grey blocks at once where there was nothing; a word when it takes long. */
  private waiting(element: HTMLElement, signal: AbortSignal, className: string): () => void {
    const empty = element.childElementCount === 0;
    if (empty) {
      show(element, h(`div.skeleton.${className}`, { 'aria-hidden': 'true' }));
    }
    element.setAttribute('aria-busy', 'true');
    const dim = window.setTimeout(() => element.classList.add('waiting'), 150);
    const slow = window.setTimeout(() => {
      if (!signal.aborted) {
        element.prepend(h('p.slow', { role: 'status' }, t('error.slow')));
      }
    }, 6000);
    return () => {
      clearTimeout(dim);
      clearTimeout(slow);
      element.querySelector('p.slow')?.remove();
      element.classList.remove('waiting');
      element.removeAttribute('aria-busy');
    };
  }

  private async loadSituation(withPlaces: boolean): Promise<void> {
    const signal = this.begin('situation');
    const ends = [this.waiting(this.parts.table, signal, 'tall'), this.waiting(this.parts.map, signal, 'tall')];
    const query = { ...this.factsQuery(), level: this.view.level };
    try {
      const [situation, places] = await Promise.all([
        askTable('/situation', query, signal),
        withPlaces ? askTable('/places', { dataset: this.dataset.name }, signal).catch((problem) => { if (signal.aborted) { throw problem; } return null; }) : null,
      ]);
      this.rows = readRows(situation, this.measure().delayed);
      this.level = situation.meta.level ?? this.view.level;
      if (withPlaces) {
        this.places = new Places(places);
        this.shapes = null;
      }
      if (!this.view.level) {
        this.drawPickers(); // the level the server chose
      }
      this.drawTitle();
      this.drawTablePart();
      await this.drawMapShapes(signal);
      if (withPlaces) {
        this.drawDetailHead();
      }
    } catch (problem) {
      if (!signal.aborted) {
        show(this.parts.table, this.failure(problem, () => void this.loadSituation(true)));
        show(this.parts.map);
        show(this.parts.figures);
      }
    } finally {
      ends.forEach((end) => end());
    }
  }

  private async drawMapShapes(signal: AbortSignal): Promise<void> {
    const codes = this.rows.map((row) => row.code);
    const known = new Set(this.shapes?.items.map((item) => item.code));
    if (!this.shapes || codes.some((code) => !known.has(code))) {
      this.shapes = await findShapes(codes, this.dataset.country, this.places);
    }
    if (!signal.aborted) {
      this.drawMapPart();
    }
  }

  private drawMapPart(): void {
    if (this.rows.length === 0 || !this.shapes) {
      show(this.parts.map, h('p.remark', {}, t('table.none')));
      return;
    }
    const focused = document.activeElement?.getAttribute('data-code');
    const { box } = this.shapes;
    this.parts.overview.classList.toggle('wide-map', (box[2] - box[0]) > 1.5 * (box[3] - box[1]));
    drawMap(this.parts.map, { rows: this.rows, shapes: this.shapes, indicator: this.view.show, selected: this.view.place, name: this.nameOf, choose: this.choosePlace });
    if (focused) {
      (this.parts.map.querySelector(`[data-code="${CSS.escape(focused)}"]`) as SVGElement | null)?.focus();
    }
  }

  private drawTablePart(): void {
    this.drawFigures();
    if (this.rows.length === 0) {
      show(this.parts.table, h('p.remark', {}, t('table.none')));
      return;
    }
    this.parts.tableNote.textContent = this.view.group ? groupText(this.view.group) : '';
    drawTable(this.parts.table, {
      rows: this.rows, sort: this.view.sort, page: this.view.page, selected: this.view.place, name: (row) => (row.code ? this.nameOf(row.code) : t('place.all')), choose: this.choosePlace,
      onSort: (sort) => this.update({ sort, page: 1 }), onPage: (page) => this.update({ page }), query: { ...this.factsQuery(), level: this.view.level || this.level },
      delayed: this.measure().delayed, hasPopulation: this.rows.some((row) => row.population > 0), weekly: this.dataset.step_days === 7,
    });
  }

  /* --------------------------------------------------------------------------------------------------- key figures */

  private figureTile(label: string, value: string, under: string, className = ''): HTMLElement {
    return h(`div.tile${className ? `.${className}` : ''}`, {}, h('dt', {}, label), h('dd', {}, h(`span.tile-value${value.length > 9 ? '.long' : ''}`, {}, value), under ? h('span.tile-under', {}, under) : null));
  }

  private placeTiles(row: Row): Child[] {
    const weekly = this.dataset.step_days === 7;
    return [
      this.figureTile(t(weekly ? 'column.last_week' : 'column.last_7_days'), number(row.last7), Number.isFinite(row.change) ? t(this.measure().delayed ? 'figures.trendchange' : 'figures.change', { change: change(row.change) }) : ''),
      Number.isFinite(row.expected) && this.measure().delayed ? this.figureTile(t('column.expected_last_7_days'), number(row.expected), t('interval95', { low: number(row.expectedLow), high: number(row.expectedHigh) })) : null,
      Number.isFinite(row.next) ? this.figureTile(t(weekly ? 'column.next_week' : 'column.next_7_days'), number(row.next), t('interval95', { low: number(row.nextLow), high: number(row.nextHigh) })) : null,
      Number.isFinite(row.incidence) ? this.figureTile(t('column.incidence_per_100k'), rate(row.incidence), t('figures.population', { n: number(row.population) })) : null,
      Number.isFinite(row.rt) ? this.figureTile(t('column.rt_median'), number(row.rt, 2), t('interval95', { low: number(row.rtLow, 2), high: number(row.rtHigh, 2) })) : null,
      Number.isFinite(row.fatality) ? this.figureTile(t('column.case_fatality'), percent(row.fatality, 1), t('interval95', { low: percent(row.fatalityLow, 1), high: percent(row.fatalityHigh, 1) })) : null,
      this.figureTile(t('figures.trend'), sentence(row) || '–', '', `words.${trendClass(row)}`),
    ];
  }

  /** The whole dataset: its own row where there is one, else sums over the places; and how many places go which way. */
  private wholeTiles(): Child[] {
    const total = (value: (row: Row) => number): number => this.rows.reduce((n, row) => n + (value(row) || 0), 0);
    const last = total((row) => row.last7);
    const previous = total((row) => row.previous7);
    const population = this.rows.every((row) => row.population > 0) ? total((row) => row.population) : NaN;
    const count = (test: (row: Row) => boolean): string => number(this.rows.filter(test).length);
    const of = t('figures.of', { n: number(this.rows.length) });
    const sums = [
      this.figureTile(t(this.dataset.step_days === 7 ? 'column.last_week' : 'column.last_7_days'), number(last), previous > 0 && !this.measure().delayed ? t('figures.change', { change: change(last / previous) }) : ''),
      population > 0 ? this.figureTile(t('column.incidence_per_100k'), rate((last / population) * 1e5), t('figures.population', { n: number(population) })) : null,
      this.figureTile(t('column.total'), number(total((row) => row.total)), ''),
    ];
    return [
      this.focusRow ? this.placeTiles(this.focusRow).slice(0, -1) : sums,
      this.rows.length < 2 ? null : [
        this.figureTile(t('figures.growing'), count((row) => !row.silent && row.growthLow > 0), of, 'trend-up'),
        this.figureTile(t('figures.falling'), count((row) => !row.silent && row.growthHigh < 0), of, 'trend-down'),
        this.figureTile(t('figures.silent'), count((row) => row.silent), of, 'trend-silent'),
        this.rows.some((row) => row.alarm !== '') ? this.figureTile(t('figures.alarms'), count((row) => row.alarm === 'notable'), of, 'trend-alarm') : null,
      ],
    ];
  }

  private drawFigures(): void {
    if (this.rows.length === 0 || (this.view.place && !this.focusRow)) {
      show(this.parts.figures);
      return;
    }
    const single = this.view.place || this.rows.length === 1 ? (this.focusRow ?? this.rows[0]) : null;
    const told = single ?? this.focusRow;
    const place = this.view.group ? t('says.group', { place: this.placeName(), group: groupText(this.view.group) }) : this.placeName();
    show(this.parts.figures, h('h2.figures-title', {}, this.placeName(), h('span.figures-measure', {}, measureText(this.measure()))),
      told ? h('p.says', {}, says(told, { place, measure: this.measure(), weekly: this.dataset.step_days === 7 })) : null, h('dl.tiles', {}, single ? this.placeTiles(single) : this.wholeTiles()));
  }

  /* ---------------------------------------------------------------------------------------------------------- detail */

  private tabs(): readonly Tab[] {
    return this.node.datasets.length > 0 ? TABS : TABS_WITHOUT_COUNTS;
  }

  private drawTabs(): void {
    const all = this.tabs();
    const tabs = all.map((tab) => h('button.tab', {
      type: 'button', role: 'tab', id: `tab-${tab}`, 'aria-selected': String(tab === this.view.tab), 'aria-controls': 'tab-panel', tabindex: tab === this.view.tab ? 0 : -1,
      onclick: () => this.update({ tab }),
    }, t(`tab.${tab}`)));
    show(this.parts.tabs, tabs);
    this.parts.tabs.onkeydown = (event) => {
      const at = all.indexOf((document.activeElement?.id ?? '').replace('tab-', '') as Tab);
      const next = event.key === 'ArrowRight' ? at + 1 : event.key === 'ArrowLeft' ? at - 1 : event.key === 'Home' ? 0 : event.key === 'End' ? all.length - 1 : NaN;
      if (at >= 0 && Number.isFinite(next)) {
        event.preventDefault();
        const tab = all[(next + all.length) % all.length];
        this.update({ tab });
        document.getElementById(`tab-${tab}`)?.focus();
      }
    };
    this.parts.detail.setAttribute('aria-labelledby', `tab-${this.view.tab}`);
  }

  private drawDetailHead(): void {
    const above = this.view.place ? this.places.above(this.view.place) : '';
    show(this.parts.detailTitle, this.placeName(), above ? h('span.above', {}, above) : null);
    show(this.parts.detailTools, this.view.place ? h('button.small', { type: 'button', id: 'clear-place', onclick: () => { this.update({ place: '' }); this.parts.detailTitle.focus(); } }, t('place.clear')) : null);
  }

  /** The situation of the place (or of the whole, where the data are of one country), from the table or by a question of its own. */
  private async rowInFocus(signal: AbortSignal): Promise<Row | null> {
    const { place } = this.view;
    const levels = this.dataset.levels;
    const ofLevel = async (level: string): Promise<Row[]> => readRows(await askTable('/situation', { ...this.factsQuery(), level }, signal), this.measure().delayed);
    const whole = !place && levels.length > 1 && levels.includes('country') ? ofLevel('country').catch(() => []) : null;
    await this.situationReady;
    let row: Row | null = null;
    if (place) {
      row = this.rows.find((r) => r.code === place) ?? null;
      const level = this.places.find(place)?.level ?? '';
      if (!row && level !== this.level && levels.includes(level)) {
        row = (await ofLevel(level).catch(() => [])).find((r) => r.code === place) ?? null;
      }
    } else {
      const rows = whole ? await whole : this.rows;
      row = rows.length === 1 ? rows[0] : null;
    }
    if (!signal.aborted) {
      this.focusRow = row;
      this.drawFigures();
    }
    return row;
  }

  private async loadDetail(whole: boolean): Promise<void> {
    const signal = this.begin('detail');
    if (whole || this.parts.detailTitle.childNodes.length === 0) {
      this.drawDetailHead();
    }
    const end = this.waiting(this.parts.detail, signal, 'tall');
    try {
      this.focusRow = this.view.place ? (this.rows.find((r) => r.code === this.view.place) ?? null) : whole ? null : this.focusRow;
      const row = this.rowInFocus(signal);
      const [children] = await Promise.all([drawDetail({
        view: this.view, dataset: this.dataset, measure: this.measure(), placeName: () => this.placeName(), row, update: this.update, placeNameOf: this.nameOf, within: (code, above) => this.places.within(code, above), signal, kit: { findShapes, shortName, Places },
      }), row]);
      if (!signal.aborted) {
        show(this.parts.detail, children);
      }
    } catch (problem) {
      if (!signal.aborted) {
        show(this.parts.detail, problem instanceof ApiError && problem.http === 422 ? h('p.remark', {}, statusNote('bad_input'), ' ', h('span', { lang: 'en' }, problem.message)) : this.failure(problem, () => void this.loadDetail(true)));
      }
    } finally {
      if (!signal.aborted) {
        end();
      }
    }
  }
}

if (isLanguage(new URLSearchParams(location.search).get('lang'))) {
  document.documentElement.lang = new URLSearchParams(location.search).get('lang') as string;
}
void new Page().start();
try {
  if (/vigia-(visit-|row-|lists)/.test(Object.keys(localStorage).join())) {
    void import('./more'); // visits and rows that were not sent (visits.ts, rows.ts), lists that are to go (device.ts)
  }
} catch {
  // storage may be forbidden
}
