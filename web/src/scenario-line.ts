// The time line of one scenario: a bar a measure, campaign or arrival, moved and stretched with mouse, finger or arrow keys. A bar has three handles, each a slider for screen readers: its first
// day, the whole, its last day. What is behind today is shaded; a bar that waits for a trigger is hatched.
import { h, s, show } from './dom';
import { date, DAY, percent, t } from './i18n';
import { dateTicks } from './scale';
import { Day, type Block } from './scenario-file';
import { endsOf, type Scenario, type Study } from './scenario-plan';

type Part = 'from' | 'whole' | 'to';
interface Span { from: number; to: number }
export interface LineSpec {
  study: Study;
  scenario: Scenario;
  index: number; // of the scenario
  chosen: Block | null;
  name: (item: Block) => string;
  brief: (item: Block) => string; // what it does, in a few words
  choose: (item: Block) => void;
  moving: (item: Block) => void; // while it is dragged
  moved: () => void; // let go
  seasonChosen: boolean; // its numbers are open
  chooseSeason: () => void;
  seasonMoving: (day: number) => void;
}

/** The span with one end or all of it shifted; it stays within the days that are simulated and keeps a day at least. */
export function shifted(span: Span, part: Part, days: number, first: number, last: number): Span {
  const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
  if (part === 'whole') {
    const by = clamp(days, Math.min(0, first - span.from), Math.max(0, last - span.to));
    return { from: span.from + by, to: span.to + by };
  }
  return part === 'from' ? { from: clamp(span.from + days, first, span.to), to: span.to } : { from: span.from, to: clamp(span.to + days, span.from, last) };
}

function keyDays(event: KeyboardEvent): number {
  const step = event.shiftKey ? 7 : 1;
  return ({ ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -28, PageUp: 28, Home: -1e6, End: 1e6 } as Record<string, number>)[event.key] ?? 0;
}

const spanText = (span: Span): string => t('scenario.span', { from: date(span.from), to: date(span.to) });

function bar(spec: LineSpec, item: Block, row: number, lane: HTMLElement): HTMLElement {
  const { study } = spec;
  const id = (part: Part): string => `bar-${spec.index}-${row}-${part}`;
  const trigger = item.text('trigger');
  const element = h(`div.sc-bar.is-${item.name}${trigger !== '' && trigger !== 'none' ? '.waits' : ''}${item === spec.chosen ? '.chosen' : ''}`);
  const now = (): Span => ({ from: study.from(item), to: study.to(item) });
  const handles = (['from', 'whole', 'to'] as const).map((part) => ({ part,
    handle: h(`div.sc-handle.sc-${part}`, { role: 'slider', tabindex: 0, id: id(part), 'aria-orientation': 'horizontal' }) }));
  const draw = (): void => {
    const span = now();
    const left = Math.max(0, span.from - study.start);
    element.style.left = `${(Math.min(study.days - 1, left) / study.days) * 100}%`;
    element.style.width = `${(Math.max(1, Math.min(study.days, span.to + 1 - study.start) - left) / study.days) * 100}%`;
    handles.forEach(({ part, handle }) => {
      const value = part === 'to' ? span.to : span.from;
      const facts: Record<string, string | number> = {
        'aria-valuemin': study.start, 'aria-valuemax': study.last, 'aria-valuenow': value, 'aria-valuetext': part === 'whole' ? spanText(span) : date(value),
        'aria-label': `${spec.name(item)}: ${t(part === 'whole' ? 'scenario.bar.whole' : `scenario.${endsOf(item)[part === 'from' ? 0 : 1]}`)}`,
      };
      Object.entries(facts).forEach(([name, text]) => handle.setAttribute(name, String(text)));
    });
  };
  const put = (span: Span): boolean => {
    const before = now();
    if (span.from === before.from && span.to === before.to) {
      return false;
    }
    (['from', 'to'] as const).filter((key) => span[key] !== before[key]).forEach((key) => item.set(endsOf(item)[key === 'from' ? 0 : 1], new Day(span[key]))); // an end that is not said stays so
    draw();
    spec.moving(item);
    return true;
  };
  for (const { part, handle } of handles) {
    handle.addEventListener('keydown', (event) => {
      const days = keyDays(event);
      if (days !== 0) {
        event.preventDefault();
        put(shifted(now(), part, days, study.start, study.last));
        spec.moved();
      } else if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        spec.choose(item);
      }
    });
    handle.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) {
        return;
      }
      event.preventDefault();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      const begun = { x: event.clientX, span: now() };
      let dragged = false;
      const move = (at: PointerEvent): void => {
        dragged = dragged || Math.abs(at.clientX - begun.x) > 3;
        if (dragged) {
          put(shifted(begun.span, part, Math.round(((at.clientX - begun.x) / Math.max(1, lane.clientWidth)) * study.days), study.start, study.last));
        }
      };
      const end = (): void => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', end);
        handle.removeEventListener('pointercancel', end);
        if (dragged) {
          spec.moved();
        } else {
          spec.choose(item);
        }
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', end);
      handle.addEventListener('pointercancel', end);
    });
  }
  show(element, handles.map(({ handle }) => handle));
  draw();
  return element;
}

const YEAR = 365.25;
const dayOfYear = (day: number): number => day - Math.round(Date.UTC(new Date(day * DAY).getUTCFullYear(), 0, 1) / DAY);

/** The season as a wave, with a handle on its peak: one slider, moved like a bar, for all scenarios. */
function seasonLane(spec: LineSpec, shade: HTMLElement | null): HTMLElement {
  const { study } = spec;
  const lane = h('div.sc-lane.sc-season', {}, shade);
  const handle = h('div.sc-handle.sc-peak', { role: 'slider', tabindex: 0, id: `season-${spec.index}`, 'aria-orientation': 'horizontal' });
  const wave = s('svg.sc-wave', { viewBox: `0 0 ${study.days} 100`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  const peakDate = (peak: number): number => { const first = study.start + ((peak - dayOfYear(study.start)) % YEAR + YEAR) % YEAR; return Math.round(first < study.today
    && first + YEAR <= study.last ? first + YEAR : first); };
  const draw = (): void => {
    const { amplitude = 0, peak = 0 } = study.season ?? {};
    const at = Math.min(study.last, peakDate(peak));
    const height = (day: number): number => 50 - 42 * Math.min(1, amplitude / 0.5) * Math.cos((2 * Math.PI * (dayOfYear(study.start + day) - peak)) / YEAR);
    wave.replaceChildren(s('path', { d: `M0 100${Array.from({ length: 61 }, (_, i) => `L${((i * study.days) / 60).toFixed(1)} ${height((i * study.days) / 60).toFixed(1)}`).join('')}L${study.days} 100z` }));
    handle.style.left = `${((at - study.start) / study.days) * 100}%`;
    Object.entries({ 'aria-valuemin': study.start, 'aria-valuemax': study.last, 'aria-valuenow': at, 'aria-valuetext': date(at, 'day'),
      'aria-label': t('scenario.season.peak') }).forEach(([name, text]) => handle.setAttribute(name, String(text)));
  };
  const put = (day: number): void => {
    const kept = Math.max(study.start, Math.min(study.last, day));
    study.block('disease').set('season_peak_day', Math.min(366, dayOfYear(kept)));
    draw();
    spec.seasonMoving(kept);
  };
  handle.addEventListener('keydown', (event) => {
    const days = keyDays(event);
    if (days !== 0) {
      event.preventDefault();
      put(peakDate(study.season?.peak ?? 0) + days);
      spec.moved();
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      spec.chooseSeason();
    }
  });
  handle.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) {
      return;
    }
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const begun = { x: event.clientX, day: peakDate(study.season?.peak ?? 0) };
    let dragged = false;
    const move = (at: PointerEvent): void => {
      dragged = dragged || Math.abs(at.clientX - begun.x) > 3;
      if (dragged) {
        put(begun.day + Math.round(((at.clientX - begun.x) / Math.max(1, lane.clientWidth)) * study.days));
      }
    };
    const end = (): void => {
      ['pointermove', 'pointerup', 'pointercancel'].forEach((name) => handle.removeEventListener(name, name === 'pointermove' ? move as EventListener : end));
      (dragged ? spec.moved : spec.chooseSeason)();
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
  });
  lane.append(wave, handle);
  draw();
  return h('li', {}, h('div.sc-lane-head', {},
    h(`button.link.sc-name${spec.seasonChosen ? '.chosen' : ''}`, { type: 'button', id: `choose-season-${spec.index}`, 'aria-expanded': String(spec.seasonChosen), onclick: spec.chooseSeason },
      t('scenario.kind.season')),
    h('span.sc-brief', {}, t('scenario.brief.season', { n: percent(study.season?.amplitude ?? 0) }))), lane);
}

/** Where the past ends on the lanes, in percent; 0: there is none. */
function pastOf(study: Study): number {
  return Math.max(0, Math.min(100, ((study.today - study.start) / study.days) * 100));
}

/** The lanes with their bars, and the dates below. */
export function timeLine(spec: LineSpec): HTMLElement {
  const { study, scenario } = spec;
  const past = pastOf(study);
  const shade = (): HTMLElement | null => {
    const element = past > 0 ? h('div.sc-past', { 'aria-hidden': 'true' }) : null;
    element?.style.setProperty('width', `${past}%`);
    return element;
  };
  const lanes = scenario.items.map((item, row) => {
    const lane = h('div.sc-lane', {}, shade());
    lane.append(bar(spec, item, row, lane));
    return h('li', {}, h('div.sc-lane-head', {},
      h(`button.link.sc-name${item === spec.chosen ? '.chosen' : ''}`,
        { type: 'button', id: `choose-${spec.index}-${row}`, 'aria-expanded': String(item === spec.chosen), onclick: () => spec.choose(item) }, spec.name(item)),
      h('span.sc-brief', {}, spec.brief(item))), lane);
  });
  if (study.season) {
    lanes.push(seasonLane(spec, shade()));
  }
  const axis = h('div.sc-axis', { 'aria-hidden': 'true' });
  const ticks = dateTicks(study.start, study.start + study.days, matchMedia('(max-width: 620px)').matches ? 240 : 420);
  ticks.filter((tick) => tick.at - study.start < study.days * 0.94 && (past === 0 || Math.abs(((tick.at - study.start) / study.days) * 100 - past) > 9)).forEach((tick) => {
    const mark = h('span', {}, tick.text);
    mark.style.left = `${((tick.at - study.start) / study.days) * 100}%`;
    axis.append(mark);
  });
  if (past > 0 && past < 100) {
    const mark = h('span.sc-today', {}, t('scenario.today'));
    mark.style.left = `${past}%`;
    axis.append(mark);
  }
  return h('div.sc-line', { role: 'group', 'aria-label': t('scenario.line', { name: study.nameOf(scenario) }) }, lanes.length > 0 ? h('ul.sc-lanes', {}, lanes)
    : h('p.small-print', {}, t('scenario.nothing')), axis);
}
