// Reporting delays: how much is reported within so many days, and how that changed from one reference period to the next.
import { askTable, type Query, type Table } from './api';
import { drawChart } from './chart';
import { optional, seriesQuery, statusNote, finiteMax, type DetailContext } from './detail';
import { type Child } from './dom';
import { figure, note } from './figure';
import { date, dayOf, interval, number, percent, t } from './i18n';
import { dateTicks } from './scale';

/** Delays are whole steps, unless the server says more. */
function steps(value: number): string {
  return number(value, Number.isInteger(value) ? 0 : 1);
}

export async function delaysTab(context: DetailContext, from: string, controls: Child[]): Promise<Child[]> {
  if (!context.measure.delayed) {
    return [note(t('delays.title'), t('delays.notdelayed'))];
  }
  const query = seriesQuery(context);
  const timed = { ...query, from, through: 'time' };
  const [table, time] = await Promise.all([optional(askTable('/delays', query, context.signal)), optional(askTable('/delays', timed, context.signal))]);
  await context.row; // and with it the places' names
  const status = table?.meta.status ?? 'no_delays';
  if (!table || status !== 'ok' || table.rows.length === 0) {
    return [note(t('delays.title'), statusNote(status))];
  }
  const [delay, share, low, high] = ['delay', 'share_reported', 'low', 'high'].map((name) => table.numbers(name));
  const weekly = (table.meta.step_days ?? context.dataset.step_days) === 7;
  const unit = weekly ? t('unit.weeks') : t('unit.days');
  const summary = t('delays.summary', { median: steps(table.meta.median as number), q90: steps(table.meta.q90 as number), unit, place: context.placeName() });
  const last = delay[delay.length - 1] + 1;
  const text = (i: number): string => t('delays.readout', { delay: number(delay[i]), unit, share: percent(share[i], 1), low: percent(low[i], 1), high: percent(high[i], 1) });
  return [figure({
    id: 'delays', title: `${t('delays.title')} · ${context.placeName()}`, summary,
    csv: [{ path: '/delays', query, label: t('csv.delays') }, { path: '/triangle', query, label: t('csv.triangle') }],
    legend: [{ className: 'bar-reported', text: t('delays.legend.share') }, { className: 'fan.delay', text: t('delays.legend.band') }],
    method: [t('delays.method'), t('fan.explained95')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 220 : 280, start: 0, end: last, top: 1, yText: (v) => percent(v),
      ticks: (start, end, room) => {
        const step = Math.max(1, Math.ceil((end - start) / Math.max(2, room / 50)));
        return Array.from({ length: Math.ceil((end - start) / step) }, (_, i) => ({ at: i * step + 0.5, text: number(i * step) }));
      },
      layers: [{ kind: 'bars', x: delay, high: share, className: 'bar-reported', width: 1 }, { kind: 'band', x: delay.map((d) => d + 0.5), low, high, className: 'delay.fan95' },
        { kind: 'line', x: delay.map((d) => d + 0.5), y: share, className: 'delay-line' }],
      label: `${t('delays.title')}. ${summary}`, readout: (x) => { const i = delay.indexOf(Math.floor(x)); return i < 0 ? '' : text(i); }, onReadout,
    }),
    table: () => ({ heads: [`${t('head.delay')} (${unit})`, t('head.share'), t('head.interval95')], rows: delay.map((d, i) => [number(d), percent(share[i], 1), interval(low[i], high[i], (v) => percent(v, 1))]) }),
  }), throughTime(context, time, timed, weekly, controls)];
}

/** Median and nine in ten by reference period, and the share within a week. */
function throughTime(context: DetailContext, table: Table | null, query: Query, weekly: boolean, controls: Child[]): HTMLElement {
  const [median, q90, share, low, high, reports] = ['median', 'q90', 'share_7_days', 'low', 'high', 'n_reports'].map((name) => (table ? table.numbers(name) : []));
  const ends = table ? table.texts('date').map(dayOf) : [];
  const starts = table ? table.texts('window_start').map(dayOf) : [];
  const known = ends.map((_, i) => i).filter((i) => Number.isFinite(median[i]));
  if (known.length < 2) {
    return note(t('through.title'), t('through.none'), controls);
  }
  const unit = weekly ? t('unit.weeks') : t('unit.days');
  const [first, last] = [known[0], known[known.length - 1]];
  const period = (i: number): string => t('through.period', { from: date(starts[i]), to: date(ends[i] + (weekly ? 6 : 0)) });
  const says = (i: number): string => t('through.says', { period: period(i), median: steps(median[i]), q90: steps(q90[i]), unit, share: percent(share[i]) });
  const summary = `${says(last)} ${says(first)}`;
  const x = ends.map((day) => day + (weekly ? 7 : 1));
  const text = (i: number): string => `${says(i)} ${t('through.reports', { n: number(reports[i]) })}`;
  const spacing = ends[1] - ends[0];
  return figure({
    id: 'through', title: `${t('through.title')} · ${context.placeName()}`, summary, controls, csv: [{ path: '/delays', query }],
    legend: [{ className: 'delay-line', text: t('through.legend.median') }, { className: 'late-line', text: t('through.legend.q90') }],
    method: [t(weekly ? 'through.method.week' : 'through.method.day'), t('through.method.newest')],
    draw: (width, onReadout) => drawChart({
      width, height: width < 500 ? 200 : 240, start: x[0] - spacing / 2, end: x[x.length - 1] + spacing / 2, top: Math.max(1, finiteMax(q90)) * 1.06, yText: (v) => number(v, v % 1 === 0 ? 0 : 1), ticks: dateTicks,
      layers: [{ kind: 'line', x, y: q90, className: 'late-line' }, { kind: 'line', x, y: median, className: 'delay-line' }],
      label: `${t('through.title')}. ${summary}`, readout: (at) => { const i = Math.round((at - x[0]) / spacing); return Number.isFinite(median[i]) ? text(i) : ''; }, onReadout,
    }),
    table: () => ({
      heads: [t('through.head.period'), t('through.head.reports'), `${t('through.legend.median')} (${unit})`, `${t('through.legend.q90')} (${unit})`, t('through.head.share'), t('head.interval95')],
      rows: ends.map((_, i) => [period(i), number(reports[i]), number(median[i]), number(q90[i]), percent(share[i], 1), interval(low[i], high[i], (v) => percent(v, 1))]).reverse(),
    }),
  });
}
