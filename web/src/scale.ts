// Ticks and colour classes.
import { change, date, DAY, number, t } from './i18n';
import { ALARMS } from './situation';
import type { Indicator } from './state';

/** Round steps of 1, 2 or 5 times a power of ten from 0 to at least `top`. */
export function niceTicks(top: number, wanted: number): number[] {
  if (!(top > 0)) {
    return [0, 1];
  }
  const raw = top / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= raw) as number;
  const ticks: number[] = [];
  for (let i = 0; i * step <= top * 1.0001 || ticks.length < 2; i++) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

export interface Tick { at: number; text: string }

/** Ticks of a date axis: days, months or years, so that `width` pixels hold them. */
export function dateTicks(start: number, end: number, width: number): Tick[] {
  const room = Math.max(2, Math.floor(width / 70));
  const days = end - start;
  const ticks: Tick[] = [];
  if (days <= 31 * room && days / 7 <= room * 1.5) {
    const step = 7 * Math.max(1, Math.ceil(days / 7 / room));
    for (let day = start; day < end; day += step) {
      ticks.push({ at: day, text: date(day, 'day') });
    }
    return ticks;
  }
  const months = days / 30.44;
  const step = [1, 2, 3, 6, 12, 24, 60, 120].find((candidate) => months / candidate <= room) ?? 240;
  const first = new Date(start * DAY);
  let month = first.getUTCFullYear() * 12 + first.getUTCMonth();
  month = Math.ceil(month / step) * step;
  for (;; month += step) {
    const day = Math.round(Date.UTC(Math.floor(month / 12), month % 12, 1) / DAY);
    if (day >= end) {
      break;
    }
    if (day >= start) {
      const year = String(Math.floor(month / 12));
      ticks.push({ at: day, text: step >= 12 ? year : month % 12 === 0 || ticks.length === 0 ? `${date(day, 'month')} ${year}` : date(day, 'month') });
    }
  }
  return ticks.length > 1 ? ticks : [{ at: start, text: date(start, 'day') }, { at: end - 1, text: date(end - 1, 'day') }].slice(0, days > 1 ? 2 : 1);
}

export interface ColourClass { className: string; label: string }
export interface ColourScale {
  classes: ColourClass[];
  classOf: (value: number) => string;
}

const DIVERGING = ['d0', 'd1', 'd2', 'd3', 'd4'];

function fromBreaks(breaks: number[], names: string[], show: (value: number) => string, lowest = '', between = '–'): ColourScale {
  const classes = names.map((className, i) => ({
    className,
    label: i === 0 ? lowest || `< ${show(breaks[0])}` : i === breaks.length ? `≥ ${show(breaks[i - 1])}` : `${show(breaks[i - 1])}${between}${show(breaks[i])}`,
  }));
  return { classes, classOf: (value) => names[breaks.filter((b) => value >= b).length] };
}

/** Five breaks at round numbers (1, 2, 5 times powers of ten) near the quantiles of the values. */
function roundBreaks(values: number[]): number[] {
  const sorted = values.filter((v) => v > 0).sort((a, b) => a - b);
  const round = (v: number): number => {
    const power = 10 ** Math.floor(Math.log10(v));
    return Number(([1, 2, 5, 10].reduce((best, m) => (Math.abs(Math.log(m * power / v)) < Math.abs(Math.log(best * power / v)) ? m : best), 1) * power).toPrecision(3));
  };
  const breaks = [0.1, 0.3, 0.5, 0.7, 0.9].map((q) => round(sorted[Math.floor(q * (sorted.length - 1))] ?? 1));
  const distinct = [...new Set(breaks)];
  for (let next = distinct[distinct.length - 1]; distinct.length < 5;) {
    next = round(next * 2.1);
    distinct.push(next);
  }
  return distinct.sort((a, b) => a - b);
}

export function colourScale(indicator: Indicator, values: number[]): ColourScale {
  const plain = (value: number): string => number(value, value < 1 ? 1 : 0);
  switch (indicator) {
    case 'incidence':
    case 'ahead': {
      const breaks = roundBreaks(values);
      return fromBreaks(breaks, ['s0', 's1', 's2', 's3', 's4', 's5'], (v) => number(v, v >= 1 ? 0 : Math.min(6, Math.ceil(-Math.log10(v) - 1e-9))));
    }
    case 'alarm':
      return { classes: ['s0', 'd3', 'd4'].map((className, i) => ({ className, label: t(`alarm.${ALARMS[i]}`) })), classOf: (value) => ['s0', 'd3', 'd4'][value] };
    case 'growth':
    case 'change':
      return fromBreaks([0.5, 0.8, 1.25, 2], DIVERGING, change, '', ' … ');
    case 'rt':
      return fromBreaks([0.7, 0.9, 1.1, 1.4], DIVERGING, (v) => number(v, 1));
    case 'attention':
      return fromBreaks([0.2, 0.4, 0.6, 0.8], ['s0', 's1', 's2', 's4', 's5'], plain);
    case 'silence':
      return fromBreaks([1, 4, 8, 15], ['s0', 's1', 's2', 's4', 's5'], (v) => number(v), t('map.silence.none'));
  }
}
