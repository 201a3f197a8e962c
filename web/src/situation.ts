// The situation: one row a place, from the API's table to words.
import type { Table } from './api';
import { date, number, t } from './i18n';

export interface Row {
  code: string; name: string; population: number; total: number; last7: number; previous7: number; change: number; incidence: number;
  growthLow: number; growthHigh: number; doubling: number; rt: number; rtLow: number; rtHigh: number;
  expected: number; expectedLow: number; expectedHigh: number; fatality: number; fatalityLow: number; fatalityHigh: number;
  daysSilent: number; lastDate: string; status: string; attention: number; sparkline: string; silent: boolean;
  growth: number; // a week, as a ratio, of the trend
  next: number; nextLow: number; nextHigh: number; // next 7 days or week
  ahead: number; // the same per 100,000, where the places have populations
  alarm: '' | 'none' | 'above' | 'notable'; // '' where nothing can be said
  alarmScore: number; alarmP: number;
  byModel: boolean; // Rt and what is expected come from the renewal model, not the quick way
}

export const ALARMS = ['none', 'above', 'notable'] as const;

/**
 * delayed: the newest days are incomplete, so the weekly change is the trend's (growth rate, corrected for what is not reported yet), not the
 * ratio of two reported weeks, of which the newer one would always seem to fall.
 */
export function readRows(table: Table, delayed: boolean): Row[] {
  const at = Object.fromEntries(table.columns.map((name, i) => [name, i]));
  const hasPopulation = table.numbers('population').some((value) => value > 0);
  return table.rows.map((cells): Row => {
    const num = (name: string): number => (typeof cells[at[name]] === 'number' ? (cells[at[name]] as number) : NaN);
    const text = (name: string): string => String(cells[at[name]] ?? '');
    return {
      code: text('code'), name: text('name'), population: num('population'), total: num('total'), last7: num('last_7_days'),
      previous7: num('previous_7_days'), change: delayed ? Math.exp(7 * num('growth_rate_per_day')) : num('change'), incidence: num('incidence_per_100k'), growthLow: num('growth_low'),
      growthHigh: num('growth_high'), doubling: num('doubling_time_days'), rt: num('rt_median'), rtLow: num('rt_low'), rtHigh: num('rt_high'),
      expected: num('expected_last_7_days'), expectedLow: num('expected_low'), expectedHigh: num('expected_high'), fatality: num('case_fatality'),
      fatalityLow: num('case_fatality_low'), fatalityHigh: num('case_fatality_high'), daysSilent: num('days_silent'), lastDate: text('last_date'),
      status: text('status'), attention: num('attention'), sparkline: text('sparkline'), silent: text('status') === 'silent',
      growth: Math.exp(7 * num('growth_rate_per_day')), next: num('next_7_days'), nextLow: num('next_low'), nextHigh: num('next_high'),
      ahead: hasPopulation ? (num('next_7_days') / num('population')) * 1e5 : num('next_7_days'),
      alarm: cells[at.alarm] === true ? (cells[at.alarm_notable] === true ? 'notable' : 'above') : cells[at.alarm] === false ? 'none' : '',
      alarmScore: num('alarm_score'), alarmP: num('alarm_p_value'), byModel: text('method') === 'renewal',
    };
  });
}

/** What a row says, in a sentence. */
export function sentence(row: Row): string {
  if (row.silent) {
    return row.lastDate ? t('situation.silent', { date: date(row.lastDate), days: number(row.daysSilent) }) : t('situation.never');
  }
  if (row.status !== 'ok') {
    return t(`status.${row.status}`);
  }
  if (row.growthLow > 0) {
    return row.doubling > 0 && row.doubling < 365 ? t('situation.doubling', { days: number(row.doubling, row.doubling < 10 ? 1 : 0) }) : t('situation.growing');
  }
  if (row.growthHigh < 0) {
    return row.doubling < 0 && row.doubling > -365 ? t('situation.halving', { days: number(-row.doubling, row.doubling > -10 ? 1 : 0) }) : t('situation.falling');
  }
  return Number.isFinite(row.growthLow) ? t('situation.steady') : '';
}

export function trendClass(row: Row): string {
  return row.silent ? 'trend-silent' : row.growthLow > 0 ? 'trend-up' : row.growthHigh < 0 ? 'trend-down' : 'trend-flat';
}
