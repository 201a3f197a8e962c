// What is known of a place in one sentence, clause by clause: how many, how it spreads, what comes next, whether that is unusual. Every number is one of
// the API's; each language orders the words in its own catalogue.
import type { DatasetMeasure } from './api';
import { date, days, number, percent, plural, t } from './i18n';
import type { Row } from './situation';

export interface SaysContext {
  place: string; // with the group, where one is chosen
  measure: DatasetMeasure;
  weekly: boolean;
}

/** "between 410 and 530"; one number where both are the same. */
function range(low: number, high: number, digits = 0): string {
  const [a, b] = [number(low, digits), number(high, digits)];
  return a === b ? a : t('range', { low: a, high: b });
}

function count(what: string, low: number, high: number): string {
  return plural(`count.${what}`, Math.round(high), { n: range(low, high) });
}

function howMany(row: Row, context: SaysContext): string {
  const { measure, weekly } = context;
  const by = t(`by.${measure.by}`);
  if (measure.kind !== 'flow') {
    return Number.isFinite(row.last7) ? t('says.stock', { count: count(measure.what, row.last7, row.last7) }) : '';
  }
  const period = t(weekly ? 'period.week' : 'period.days');
  if (measure.delayed && Number.isFinite(row.expectedLow) && row.expected > 0) {
    const open = 1 - row.last7 / row.expected;
    const text = t('says.estimated', { count: count(measure.what, row.expectedLow, row.expectedHigh), by, period });
    return Number.isFinite(open) ? text + (open >= 0.005 ? t('says.open', { share: percent(open) }) : t('says.complete')) : text;
  }
  return Number.isFinite(row.last7) ? t('says.reported', { count: count(measure.what, row.last7, row.last7), by, period }) : '';
}

/** An Rt interval with as many decimals as it takes to tell its ends apart. */
function rtRange(row: Row): string {
  const digits = [1, 2, 3].find((d) => number(row.rtLow, d) !== number(row.rtHigh, d)) ?? 2;
  return range(row.rtLow, row.rtHigh, digits);
}

function spread(row: Row, context: SaysContext): string {
  if (Number.isFinite(row.rtLow)) {
    const trend = t(row.rtLow > 1 ? 'trend.up' : row.rtHigh < 1 ? 'trend.down' : 'trend.open');
    const cases = context.measure.what === 'cases' || context.measure.what === 'suspected';
    return t(cases ? 'says.infects' : 'says.rt', { range: rtRange(row), trend });
  }
  if (row.status === 'too_few') {
    return t('says.few');
  }
  const doubling = Math.abs(row.doubling);
  const said = doubling < 365 ? days(doubling, doubling < 10 ? 1 : 0) : '';
  if (row.growthLow > 0) {
    return said ? t('says.doubling', { days: said }) : t('says.up');
  }
  if (row.growthHigh < 0) {
    return said ? t('says.halving', { days: said }) : t('says.down');
  }
  return Number.isFinite(row.growthLow) ? t('says.steady') : '';
}

export function says(row: Row, context: SaysContext): string {
  const clauses: string[] = [];
  if (row.silent) {
    clauses.push(row.lastDate ? t('says.silent', { date: date(row.lastDate), days: days(row.daysSilent) }) : t('says.never'));
  } else {
    clauses.push(howMany(row, context), spread(row, context));
    if (Number.isFinite(row.nextLow)) {
      const key = context.measure.kind !== 'flow' ? 'says.next.stock' : context.weekly ? 'says.next.week' : 'says.next.days';
      clauses.push(t(key, { count: count(context.measure.what, row.nextLow, row.nextHigh) }));
    }
    clauses.push(row.alarm === '' ? '' : t(`says.alarm.${row.alarm}`));
  }
  const said = clauses.filter(Boolean);
  return said.length === 0 ? '' : t('says.sentence', { place: context.place, text: said.join(t('says.join')) });
}
