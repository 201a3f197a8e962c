// The time line of one scenario: a bar a measure, moved and stretched with mouse, finger or arrow keys. A bar has three handles, each a slider for screen readers: its first day, the whole, its last day.
import { h, show } from './dom';
import { date, t } from './i18n';
import { dateTicks } from './scale';
import type { Measure, Scenario, Study } from './scenario-plan';

type Part = 'from' | 'whole' | 'to';
export interface LineSpec {
  study: Study;
  scenario: Scenario;
  index: number; // of the scenario
  chosen: Measure | null;
  choose: (measure: Measure) => void;
  moving: (measure: Measure) => void; // while it is dragged
  moved: () => void; // let go
}

/** The measure with one end or all of it shifted; it stays within the days that are simulated and keeps a day at least. */
export function shifted(measure: Measure, part: Part, days: number, study: Study): { from: number; to: number } {
  const [first, last] = [study.start, study.start + study.days - 1];
  const clamp = (value: number, low: number, high: number): number => Math.max(low, Math.min(high, value));
  if (part === 'whole') {
    const by = clamp(days, first - measure.from, last - measure.to);
    return { from: measure.from + by, to: measure.to + by };
  }
  return part === 'from' ? { from: clamp(measure.from + days, first, measure.to), to: measure.to } : { from: measure.from, to: clamp(measure.to + days, measure.from, last) };
}

function keyDays(event: KeyboardEvent): number {
  const step = event.shiftKey ? 7 : 1;
  return ({ ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageDown: -28, PageUp: 28, Home: -1e6, End: 1e6 } as Record<string, number>)[event.key] ?? 0;
}

function place(element: HTMLElement, measure: Measure, study: Study): void {
  element.style.left = `${((measure.from - study.start) / study.days) * 100}%`;
  element.style.width = `${((measure.to - measure.from + 1) / study.days) * 100}%`;
}

function spanText(measure: Measure): string {
  return t('scenario.span', { from: date(measure.from), to: date(measure.to) });
}

function label(handle: HTMLElement, measure: Measure, part: Part, study: Study): void {
  const value = part === 'to' ? measure.to : measure.from;
  const facts: Record<string, string | number> = {
    'aria-valuemin': study.start, 'aria-valuemax': study.start + study.days - 1, 'aria-valuenow': value, 'aria-valuetext': part === 'whole' ? spanText(measure) : date(value),
    'aria-label': `${measure.name}: ${t(part === 'whole' ? 'scenario.bar.whole' : part === 'from' ? 'scenario.from' : 'scenario.to')}`,
  };
  Object.entries(facts).forEach(([name, text]) => handle.setAttribute(name, String(text)));
}

function bar(spec: LineSpec, measure: Measure, row: number, lane: HTMLElement): HTMLElement {
  const { study } = spec;
  const id = (part: Part): string => `bar-${spec.index}-${row}-${part}`;
  const element = h(`div.sc-bar.kind-${measure.kind}${measure === spec.chosen ? '.chosen' : ''}`);
  const handles = (['from', 'whole', 'to'] as const).map((part) => {
    const handle = h(`div.sc-handle.sc-${part}`, { role: 'slider', tabindex: 0, id: id(part), 'aria-orientation': 'horizontal' });
    label(handle, measure, part, study);
    return { part, handle };
  });
  const redraw = (): void => {
    place(element, measure, study);
    handles.forEach(({ part, handle }) => label(handle, measure, part, study));
    spec.moving(measure);
  };
  for (const { part, handle } of handles) {
    handle.addEventListener('keydown', (event) => {
      const days = keyDays(event);
      if (days !== 0) {
        event.preventDefault();
        Object.assign(measure, shifted(measure, part, days, study));
        redraw();
        spec.moved();
      } else if (event.key === 'Enter' || event.key === ' ') {
        event.preventDefault();
        spec.choose(measure);
      }
    });
    handle.addEventListener('pointerdown', (event) => {
      if (event.button !== 0) {
        return;
      }
      event.preventDefault();
      handle.focus({ preventScroll: true });
      handle.setPointerCapture(event.pointerId);
      const begun = { x: event.clientX, from: measure.from, to: measure.to };
      let dragged = false;
      const move = (now: PointerEvent): void => {
        const days = Math.round(((now.clientX - begun.x) / Math.max(1, lane.clientWidth)) * study.days);
        dragged = dragged || Math.abs(now.clientX - begun.x) > 3;
        const next = shifted({ ...measure, from: begun.from, to: begun.to }, part, days, study);
        if (dragged && (next.from !== measure.from || next.to !== measure.to)) {
          Object.assign(measure, next);
          redraw();
        }
      };
      const end = (): void => {
        handle.removeEventListener('pointermove', move);
        handle.removeEventListener('pointerup', end);
        handle.removeEventListener('pointercancel', end);
        if (dragged) {
          spec.moved();
        } else {
          spec.choose(measure);
        }
      };
      handle.addEventListener('pointermove', move);
      handle.addEventListener('pointerup', end);
      handle.addEventListener('pointercancel', end);
    });
  }
  show(element, handles[0].handle, handles[1].handle, handles[2].handle);
  place(element, measure, study);
  return element;
}

/** The lanes with their bars, and the dates below. */
export function timeLine(spec: LineSpec): HTMLElement {
  const { study, scenario } = spec;
  const lanes = scenario.measures.map((measure, row) => {
    const lane = h('div.sc-lane');
    lane.append(bar(spec, measure, row, lane));
    return h('li', {}, h(`button.link.sc-name${measure === spec.chosen ? '.chosen' : ''}`, { type: 'button', id: `choose-${spec.index}-${row}`, 'aria-expanded': String(measure === spec.chosen), onclick: () => spec.choose(measure) }, measure.name), lane);
  });
  const axis = h('div.sc-axis', { 'aria-hidden': 'true' });
  dateTicks(study.start, study.start + study.days, matchMedia('(max-width: 620px)').matches ? 240 : 420).forEach((tick) => {
    const mark = h('span', {}, tick.text);
    mark.style.left = `${((tick.at - study.start) / study.days) * 100}%`;
    axis.append(mark);
  });
  return h('div.sc-line', { role: 'group', 'aria-label': t('scenario.line', { name: scenario.name }) }, lanes.length > 0 ? h('ul.sc-lanes', {}, lanes) : h('p.small-print', {}, t('scenario.nothing')), axis);
}
