// Who infected whom among the traced cases: one row a case on a time axis, an arc from the likeliest infector, drawn as strongly as it is supported. Only the rows in sight are
// painted, so that thousands of cases scroll smoothly; what is drawn leaves as SVG, PNG or CSV.
import { askTable, type Query, type Table } from './api';
import { optional, type DetailContext } from './detail';
import { freshId, h, picker, segments, show, type Child } from './dom';
import { csvLink, dataTable, legendList, note } from './figure';
import { date, dayOf, number, percent, t } from './i18n';
import { saveFile } from './save';
import { dateTicks } from './scale';

const ROW = 16; // px
const HEAD = 26;
const LEFT = 12;
const RIGHT = 150;
const MOST_PNG = 16000; // px of height that browsers draw
const HUES = ['#1f6f8b', '#c9741a', '#5b4a9c', '#3f8f4f', '#a8447e', '#8a6d1f', '#4d5c62', '#b04a3a', '#2a678b', '#7a8f1f', '#94508f', '#1d8f8a'];

interface Case {
  id: number; day: number; dayOf: string; place: string; setting: string; lineage: string; chain: number; infector: number; unknown: string; support: number; contact: boolean;
  others: [number, number][]; outside: number; notListed: number; entropy: number; infected: number; gain: number;
}
interface Placed { one: Case; row: number; parent: Placed | null }
type Colour = 'setting' | 'place' | 'lineage' | 'chain';
interface Wanted { method: 'instant' | 'mcmc'; colour: Colour; setting: string; lineage: string; least: number; reported: string; alone: boolean }

const SHARES = ['0.1', '0.25', '0.5', '0.75', '0.95'];
const wanted: Wanted = { method: 'instant', colour: 'setting', setting: '', lineage: '', least: 0, reported: '', alone: false };

function casesOf(table: Table): Case[] {
  const at = Object.fromEntries(table.columns.map((name, i) => [name, i]));
  return table.rows.map((row) => ({
    id: row[at.case] as number, day: dayOf(row[at.day] as string), dayOf: String(row[at.day_of]), place: String(row[at.place] ?? ''), setting: String(row[at.setting] ?? ''), lineage: String(row[at.lineage] ?? ''),
    chain: row[at.chain] as number, infector: (row[at.infector] as number | null) ?? 0, unknown: String(row[at.unknown] ?? ''), support: row[at.support] as number,
    contact: row[at.contact] === true, others: ([['second', 'second_support'], ['third', 'third_support']] as const)
      .flatMap(([who, how]): [number, number][] => (row[at[who]] === null ? [] : [[row[at[who]] as number, row[at[how]] as number]])),
    outside: row[at.outside] as number, notListed: row[at.not_listed] as number, entropy: row[at.entropy] as number, infected: row[at.infected] as number, gain: row[at.interview_gain] as number,
  }));
}

/** Chains by size, each with whom a case infected below it. A link of too little support is not followed: what hangs on it is a chain of its own. */
function place(cases: Case[]): Placed[] {
  const followed = (one: Case): number => (one.infector && one.support >= wanted.least ? one.infector : 0);
  const kept = cases.filter((one) => (!wanted.setting || one.setting === wanted.setting) && (!wanted.lineage || one.lineage === wanted.lineage || one.lineage.startsWith(`${wanted.lineage}.`)));
  const known = new Map(kept.map((one) => [one.id, one]));
  const below = new Map<number, Case[]>();
  const roots: Case[] = [];
  for (const one of kept) {
    const infector = followed(one);
    if (known.has(infector)) {
      below.set(infector, [...(below.get(infector) ?? []), one]);
    } else {
      roots.push(one);
    }
  }
  const size = new Map<number, number>();
  for (const one of [...kept].sort((a, b) => b.day - a.day || b.id - a.id)) { // who was infected comes after the infector, so sizes are ready from below
    const count = (parent: Case): number => size.get(parent.id) ?? 1 + (below.get(parent.id) ?? []).reduce((sum, child) => sum + count(child), 0);
    size.set(one.id, count(one));
  }
  roots.sort((a, b) => (size.get(b.id) ?? 1) - (size.get(a.id) ?? 1) || a.day - b.day || a.id - b.id);
  const placed: Placed[] = [];
  for (const root of roots.filter((one) => wanted.alone || (size.get(one.id) ?? 1) > 1)) {
    const stack: [Case, Placed | null][] = [[root, null]];
    while (stack.length > 0) {
      const [one, parent] = stack.pop() as [Case, Placed | null];
      const here: Placed = { one, row: placed.length, parent };
      placed.push(here);
      for (const child of [...(below.get(one.id) ?? [])].sort((a, b) => b.day - a.day || b.id - a.id)) {
        stack.push([child, here]);
      }
    }
  }
  return placed;
}

/* ------------------------------------------------------------------------------------------------------------- drawing */

/** What both a canvas and an SVG can do. */
interface Pen {
  line(points: [number, number][], colour: string, width: number, opacity: number, dash: boolean): void;
  dot(x: number, y: number, radius: number, fill: string, ring: string): void;
  text(x: number, y: number, text: string, colour: string, anchor: 'start' | 'middle' | 'end'): void;
}

function canvasPen(context: CanvasRenderingContext2D): Pen {
  return {
    line(points, colour, width, opacity, dash) {
      context.globalAlpha = opacity;
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.setLineDash(dash ? [3, 3] : []);
      context.beginPath();
      points.forEach(([x, y], i) => (i === 0 ? context.moveTo(x, y) : context.lineTo(x, y)));
      context.stroke();
      context.globalAlpha = 1;
    },
    dot(x, y, radius, fill, ring) {
      context.setLineDash([]);
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.fillStyle = fill;
      context.fill();
      if (ring) {
        context.strokeStyle = ring;
        context.lineWidth = 2;
        context.stroke();
      }
    },
    text(x, y, text, colour, anchor) {
      context.fillStyle = colour;
      context.font = '11px system-ui, sans-serif';
      context.textAlign = anchor === 'middle' ? 'center' : anchor;
      context.fillText(text, x, y);
    },
  };
}

function svgPen(parts: string[]): Pen {
  const safe = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  return {
    line(points, colour, width, opacity, dash) {
      parts.push(`<path d="M${points.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-opacity="${opacity.toFixed(2)}"${dash ? ' stroke-dasharray="3 3"' : ''}/>`);
    },
    dot(x, y, radius, fill, ring) {
      parts.push(`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius}" fill="${fill}"${ring ? ` stroke="${ring}" stroke-width="2"` : ''}/>`);
    },
    text(x, y, text, colour, anchor) {
      parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="11" font-family="sans-serif" fill="${colour}" text-anchor="${anchor}">${safe(text)}</text>`);
    },
  };
}

class Drawing {
  readonly start: number;
  readonly end: number;
  private readonly hues = new Map<string, string>();
  selected = -1;

  constructor(readonly placed: Placed[], private readonly nameOf: (code: string) => string) {
    const days = placed.map(({ one }) => one.day);
    this.start = days.reduce((least, day) => Math.min(least, day), Infinity) - 3;
    this.end = days.reduce((most, day) => Math.max(most, day), -Infinity) + 2;
    const counts = new Map<string, number>();
    placed.forEach(({ one }) => counts.set(this.keyOf(one), (counts.get(this.keyOf(one)) ?? 0) + 1));
    [...counts].sort((a, b) => b[1] - a[1]).forEach(([key], i) => this.hues.set(key, key === '' ? '#8b979b' : HUES[i % HUES.length]));
  }

  private keyOf(one: Case): string {
    return wanted.colour === 'chain' ? String(one.chain) : one[wanted.colour];
  }

  legend(): { text: string; colour: string }[] {
    const textOf = (key: string): string => (wanted.colour === 'place' ? this.nameOf(key) : wanted.colour === 'chain' ? t('chains.case', { n: key }) : wanted.colour === 'lineage' && key ? key : t(`chains.setting.${key || 'unknown'}`));
    return [...this.hues].slice(0, 12).map(([key, colour]) => ({ colour, text: textOf(key) }));
  }

  height(): number {
    return HEAD + this.placed.length * ROW + 8;
  }

  x(day: number, width: number): number {
    return LEFT + 24 + ((day + 0.5 - this.start) / (this.end - this.start)) * (width - LEFT - RIGHT - 24);
  }

  y(row: number): number {
    return HEAD + row * ROW + ROW / 2;
  }

  /** The days, above the rows. */
  head(pen: Pen, width: number, colour: string): void {
    dateTicks(this.start, this.end, width - LEFT - RIGHT).forEach((tick) => pen.text(this.x(tick.at, width), 14, tick.text, colour, 'middle'));
  }

  /** The rows from `first` to before `last`, moved up by `above`. */
  paint(pen: Pen, width: number, first: number, last: number, above: number, ink: { ink: string; soft: string; line: string }): void {
    const bottom = Math.min(this.y(last), this.height()) - above;
    for (const tick of dateTicks(this.start, this.end, width - LEFT - RIGHT)) {
      pen.line([[this.x(tick.at, width), HEAD - 6], [this.x(tick.at, width), bottom]], ink.line, 1, 1, false);
    }
    for (const { one, row, parent } of this.placed) {
      const outOfSight = Math.max(row, parent?.row ?? row) < first || Math.min(row, parent?.row ?? row) >= last;
      if (outOfSight) {
        continue;
      }
      const [x, y] = [this.x(one.day, width), this.y(row) - above];
      if (parent) {
        const [px, py] = [this.x(parent.one.day, width), this.y(parent.row) - above];
        pen.line([[px, py], [px, y], [x, y]], one.contact ? ink.ink : ink.soft, one.contact ? 1.6 : 1, 0.15 + 0.85 * one.support, !one.contact);
      } else {
        pen.line([[x - 16, y], [x - 4, y]], ink.soft, 1, 0.9, true);
        pen.text(x - 18, y + 4, one.unknown === 'outside' && one.outside > 0.5 ? '→' : '?', ink.soft, 'end');
      }
    }
    for (const { one, row } of this.placed) {
      if (row >= first && row < last) {
        pen.dot(this.x(one.day, width), this.y(row) - above, one.infected >= 5 ? 5.5 : 4, this.hues.get(this.keyOf(one)) ?? '#888', row === this.selected ? ink.ink : '');
        pen.text(width - RIGHT + 10, this.y(row) + 4 - above, `${one.id} · ${this.nameOf(one.place)}`.slice(0, 24), ink.soft, 'start');
      }
    }
  }
}

/* ----------------------------------------------------------------------------------------------------------------- tab */

function says(one: Case, nameOf: (code: string) => string): string {
  const parts = [t('chains.case', { n: one.id }), `${date(one.day)} (${t(`chains.day.${one.dayOf}`)})`, nameOf(one.place), ...(one.lineage ? [one.lineage] : [])];
  if (one.infector) {
    parts.push(t(one.contact ? 'chains.says.contact' : 'chains.says.infector', { n: one.infector, p: percent(one.support) }));
  }
  parts.push(...one.others.map(([n, p]) => t('chains.says.else', { n, p: percent(p) })), t('chains.says.outside', { p: percent(one.outside) }), t('chains.says.unlisted', { p: percent(one.notListed) }),
    t('chains.says.infected', { n: number(one.infected) }));
  return parts.join(' · ');
}

function inks(): { ink: string; soft: string; line: string; ground: string } {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: value('--ink'), soft: value('--soft'), line: value('--line'), ground: value('--panel') };
}

/** The scrolled drawing: a canvas as large as the window on it, and the height of all rows behind. */
function stageOf(drawing: Drawing, summary: string, readout: HTMLElement, nameOf: (code: string) => string): HTMLElement {
  const canvas = h<HTMLCanvasElement>('canvas.ch-canvas', { 'aria-hidden': 'true' });
  const spacer = h('div.ch-spacer');
  const id = freshId('chains-row');
  const live = h('p.hidden', { id, 'aria-live': 'polite' });
  const scroller = h('div.ch-scroll', { tabindex: 0, role: 'application', 'aria-label': `${t('chains.title')}. ${summary} ${t('chains.keys')}`, 'aria-describedby': id }, canvas, spacer);
  let asked = false;
  const paint = (): void => {
    asked = false;
    const [width, height, scale] = [scroller.clientWidth, scroller.clientHeight, window.devicePixelRatio || 1];
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    canvas.style.marginBottom = `-${height}px`; // the rows' height is the spacer's alone
    const context = canvas.getContext('2d');
    if (!context || width === 0) {
      return;
    }
    const colours = inks();
    context.scale(scale, scale);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, width, height);
    const first = Math.max(0, Math.floor((scroller.scrollTop - ROW) / ROW));
    drawing.paint(canvasPen(context), width, first, first + Math.ceil(height / ROW) + 2, scroller.scrollTop, colours);
    context.fillStyle = colours.ground; // rows pass below the days
    context.fillRect(0, 0, width, HEAD - 6);
    drawing.head(canvasPen(context), width, colours.soft);
  };
  const later = (): void => { if (!asked) { asked = true; requestAnimationFrame(paint); } };
  const choose = (row: number, move: boolean): void => {
    if (row < 0 || row >= drawing.placed.length) {
      return;
    }
    drawing.selected = row;
    const text = says(drawing.placed[row].one, nameOf);
    readout.textContent = text;
    if (move) {
      live.textContent = text;
      const y = drawing.y(row);
      if (y < scroller.scrollTop + HEAD + ROW || y > scroller.scrollTop + scroller.clientHeight - ROW) {
        scroller.scrollTop = y - scroller.clientHeight / 2;
      }
    }
    later();
  };
  const rowAt = (event: MouseEvent): number => Math.floor((event.clientY - scroller.getBoundingClientRect().top + scroller.scrollTop - HEAD) / ROW);
  spacer.style.height = `${drawing.height()}px`;
  scroller.style.height = `${Math.min(520, drawing.height() + 2)}px`;
  scroller.addEventListener('scroll', later);
  scroller.addEventListener('pointermove', (event) => choose(rowAt(event), false));
  scroller.addEventListener('click', (event) => choose(rowAt(event), true));
  scroller.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -1e9, End: 1e9 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      choose(Math.max(0, Math.min(drawing.placed.length - 1, drawing.selected + step)), true);
    }
  });
  new ResizeObserver(later).observe(scroller);
  return h('div', {}, live, scroller);
}

export async function chainsTab(context: DetailContext): Promise<Child[]> {
  const host = h('div.ch');
  let turn = 0;
  const load = async (): Promise<void> => {
    turn += 1;
    const mine = turn;
    const query: Query = { place: context.view.place, method: wanted.method, reported: wanted.reported };
    const table = await optional(askTable('/chains', query, context.signal));
    await context.row; // and with it the places' names
    if (mine === turn) {
      show(host, ...drawn(context, table, query, again));
    }
  };
  const again = (): void => { // asked otherwise; the sampler takes seconds
    const chosen = document.activeElement?.id ?? '';
    host.setAttribute('aria-busy', 'true');
    host.classList.add('waiting');
    void load().catch((problem) => { if (!context.signal.aborted) { show(host, note(t('chains.title'), `${t('error.server')} ${problem instanceof Error ? problem.message : ''}`, [methodPicker(again)])); } }).finally(() => {
      host.removeAttribute('aria-busy');
      host.classList.remove('waiting');
      document.getElementById(chosen)?.focus();
    });
  };
  await load();
  return [host];
}

function drawn(context: DetailContext, table: Table | null, query: Query, again: () => void): Child[] {
  const nameOf = (code: string): string => (code ? context.placeNameOf(code) : '–');
  if (!table || table.rows.length === 0) {
    return [note(t('chains.title'), t(wanted.method === 'mcmc' ? 'chains.toomany' : 'chains.none'), wanted.method === 'mcmc' ? [methodPicker(again)] : [])];
  }
  const cases = casesOf(table);
  wanted.lineage = cases.some((one) => one.lineage === wanted.lineage) ? wanted.lineage : ''; // it may be of another place
  wanted.colour = wanted.colour === 'lineage' && !cases.some((one) => one.lineage) ? 'setting' : wanted.colour;
  const host = h('div');
  const redraw = (): void => show(host, ...parts(context, table, query, cases, nameOf, redraw, again));
  redraw();
  return [host];
}

function methodPicker(again: () => void): HTMLElement {
  return segments(t('chains.method.label'), 'chains-method', [['instant', t('chains.method.instant')], ['mcmc', t('chains.method.mcmc')]], wanted.method, (method) => {
    wanted.method = method as Wanted['method'];
    again();
  });
}

function parts(context: DetailContext, table: Table, query: Query, cases: Case[], nameOf: (code: string) => string, redraw: () => void, again: () => void): Child[] {
  const placed = place(cases);
  const drawing = new Drawing(placed, nameOf);
  const linked = cases.filter((one) => one.infector).length;
  const sure = cases.filter((one) => one.infector && one.support >= 0.9).length;
  const most = cases.reduce((best, one) => (one.infected > best.infected ? one : best), cases[0]);
  const summary = t('chains.summary', { n: number(cases.length), linked: number(linked), sure: number(sure), told: number(cases.filter((one) => one.contact).length), most: most.id, infected: number(most.infected) });
  const next = [...cases].sort((a, b) => b.gain - a.gain).slice(0, 5).filter((one) => one.gain > 0.05);
  const lineages = [...new Set(cases.map((one) => one.lineage))].filter(Boolean).sort();
  const settings = [...new Set(cases.map((one) => one.setting))].filter(Boolean).sort();
  const readout = h('p.readout', { 'aria-hidden': 'true' });
  const mark = context.dataset.nature === 'simulated' ? t('nature.simulated.mark') : '';
  const choose = <K extends keyof Wanted>(name: K) => (value: string): void => { wanted[name] = value as Wanted[K]; redraw(); };
  const tools = h('div.tools', {}, methodPicker(again),
    picker('chains-reported', t('chains.reported'), [['', t('chains.reported.unknown')], ...SHARES.map((share): [string, string] => [share, percent(Number(share))])], wanted.reported, (share) => { wanted.reported = share; again(); }),
    segments(t('chains.colour'), 'chains-colour', ([...(['setting', 'place'] as const), ...(lineages.length > 0 ? (['lineage'] as const) : []), 'chain' as const]).map((key) => [key, t(`chains.colour.${key}`)]), wanted.colour, choose('colour')),
    settings.length > 0 ? picker('chains-setting', t('chains.colour.setting'), [['', t('chains.all')], ...settings.map((key): [string, string] => [key, t(`chains.setting.${key}`)])], wanted.setting, choose('setting')) : null,
    lineages.length > 0 ? picker('chains-lineage', t('chains.colour.lineage'), [['', t('chains.all')], ...lineages.map((key): [string, string] => [key, key])], wanted.lineage, choose('lineage')) : null,
    picker('chains-least', t('chains.least'), ['0', '0.5', '0.9'].map((key) => [key, key === '0' ? t('chains.all') : `≥ ${percent(Number(key))}`]), String(wanted.least), (value) => { wanted.least = Number(value); redraw(); }),
    h('button.small', { type: 'button', id: 'chains-alone', 'aria-pressed': String(wanted.alone), onclick: () => { wanted.alone = !wanted.alone; redraw(); } }, t('chains.alone')),
    h('button.small', { type: 'button', id: 'chains-svg', onclick: () => saveSvg(drawing, summary, mark) }, 'SVG'),
    h('button.small', { type: 'button', id: 'chains-png', onclick: () => savePng(drawing, mark) }, 'PNG'),
    csvLink({ path: '/chains', query: { ...query, use: 'public' } }));
  const rows = placed.slice(0, 300).map(({ one }): Child[] => [String(one.id), date(one.day), nameOf(one.place), one.setting ? t(`chains.setting.${one.setting}`) : '–', ...(lineages.length > 0 ? [one.lineage || '–'] : []),
    one.infector ? String(one.infector) : t(one.unknown === 'outside' ? 'chains.outside' : 'chains.unlisted'), percent(one.support), number(one.infected)]);
  return [
    h('figure.figure', { 'aria-label': t('chains.title') },
      h('div.figure-head', {}, h('h3', {}, `${t('chains.title')} · ${context.placeName()}`), tools),
      h('p.summary', {}, summary, table.meta.reproduction ? ` ${t('chains.reproduction', { r: number(table.meta.reproduction as number, 2), disease: String(table.meta.disease) })}` : ''),
      next.length > 0 ? h('p.summary', {}, t('chains.interview', { cases: next.map((one) => String(one.id)).join(', ') })) : null,
      h('ul.legend', {}, drawing.legend().map(({ text, colour }) => { const swatch = h('span.swatch', { 'aria-hidden': 'true' }); swatch.style.background = colour; return h('li', {}, swatch, text); })),
      legendList([{ className: 'ch-told', text: t('chains.legend.told') }, { className: 'ch-likely', text: t('chains.legend.likely') }]),
      readout,
      placed.length > 0 ? stageOf(drawing, summary, readout, nameOf) : h('p.remark', {}, t('chains.nolinks')),
      h('details.method', {}, h('summary', {}, t('figure.table')), dataTable({ heads: ['case', 'day', 'place', 'setting', ...(lineages.length > 0 ? ['lineage'] : []), 'infector', 'support', 'infected'].map((key) => t(`chains.head.${key}`)), rows }, t('chains.title')),
        placed.length > rows.length ? h('p.remark', {}, t('chains.more', { n: number(rows.length) })) : null),
      h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('chains.method')), h('p', {}, t('chains.limits')))),
  ];
}

function saveSvg(drawing: Drawing, summary: string, mark: string): void {
  const [width, height, pieces] = [1200, drawing.height(), [] as string[]];
  const colours = { ink: '#16252b', soft: '#4d5c62', line: '#d7dcd8' };
  drawing.paint(svgPen(pieces), width, 0, drawing.placed.length, 0, colours);
  drawing.head(svgPen(pieces), width, colours.soft);
  svgPen(pieces).text(width - 10, 14, mark, '#a3262a', 'end');
  const body = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"><title>${t('chains.title')}</title><desc>${summary.replace(/[&<>]/g, '')}</desc><rect width="100%" height="100%" fill="#fff"/>${pieces.join('')}</svg>`;
  saveFile('vigia-chains.svg', new Blob([`<?xml version="1.0" encoding="UTF-8"?>\n${body}`], { type: 'image/svg+xml' }));
}

function savePng(drawing: Drawing, mark: string): void {
  const [width, height] = [1200, Math.min(MOST_PNG, drawing.height())];
  const canvas = h<HTMLCanvasElement>('canvas', { width, height });
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = '#fff';
    context.fillRect(0, 0, width, height);
    drawing.paint(canvasPen(context), width, 0, Math.floor((height - HEAD - 8) / ROW), 0, { ink: '#16252b', soft: '#4d5c62', line: '#d7dcd8' });
    drawing.head(canvasPen(context), width, '#4d5c62');
    canvasPen(context).text(width - 10, 14, mark, '#a3262a', 'end');
    const drawn = Math.floor((height - HEAD - 8) / ROW);
    if (drawn < drawing.placed.length) {
      canvasPen(context).text(width - 10, height - 6, t('chains.png.cut', { n: number(drawn), all: number(drawing.placed.length) }), '#4d5c62', 'end');
    }
    canvas.toBlob((blob) => { if (blob) { saveFile('vigia-chains.png', blob); } }, 'image/png');
  }
}
