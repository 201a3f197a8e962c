// What is odd in the data, and which files it came from.
import { ask, askTable, url, Table } from './api';
import { measureText, type DetailContext } from './detail';
import { h, type Child } from './dom';
import { csvLink, dataTable, note } from './figure';
import { date, has, number, percent, rate, t } from './i18n';
import { moment } from './moment';

const SEVERITIES = ['error', 'warning', 'info'] as const;

interface Finding {
  code: string; severity: string; field: string; other: string; place: string; date: string;
  count: number; total: number; share: number; value: number; low: number; high: number; detail: string;
}

function readFindings(table: Table): Finding[] {
  const text = (name: string): string[] => table.texts(name);
  const [code, severity, field, other, place, day, detail] = ['code', 'severity', 'field', 'field_other', 'place', 'date', 'detail'].map(text);
  const [count, total, share, value, low, high] = ['count', 'total', 'share', 'value', 'low', 'high'].map((name) => table.numbers(name));
  return code.map((_, i): Finding => ({
    code: code[i], severity: severity[i], field: field[i], other: other[i], place: place[i], date: day[i], count: count[i], total: total[i],
    share: share[i], value: value[i], low: low[i], high: high[i], detail: detail[i],
  }));
}

/** A column or measure in words where it is one of the model's; else as it is called in the data. */
function fieldText(name: string, context: DetailContext): string {
  const measure = context.dataset.measures.find((one) => one.name === name);
  return !name ? t('field.all') : has(`field.${name}`) ? t(`field.${name}`) : measure ? measureText(measure) : name;
}

function findingText(finding: Finding, context: DetailContext): string {
  const key = `finding.${finding.code}`;
  if (!has(key)) {
    return finding.detail || finding.code;
  }
  const text = t(key, {
    field: fieldText(finding.field, context), other: fieldText(finding.other, context), place: finding.place ? context.placeNameOf(finding.place) : t('place.all'), date: date(finding.date),
    count: number(finding.count), total: number(finding.total), share: percent(finding.share, finding.share < 0.1 ? 1 : 0),
    value: rate(finding.value), low: rate(finding.low), high: rate(finding.high), day: number(finding.value), usual: percent(finding.value, finding.value < 0.1 ? 1 : 0),
  });
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

const SHOWN_FIRST = 60;

function findingItem(finding: Finding, context: DetailContext): HTMLElement {
  return h('li.finding', {}, h('p', {}, findingText(finding, context)),
    finding.detail && has(`finding.${finding.code}`) ? h('details', {}, h('summary', {}, t('error.detail')), h('p', { lang: 'en' }, finding.detail)) : null);
}

export async function qualityTab(context: DetailContext): Promise<Child[]> {
  const query = { dataset: context.dataset.name, place: context.view.place, as_of: context.view.asOf };
  const table = await askTable('/quality', query, context.signal);
  const findings = readFindings(table);
  const counts = SEVERITIES.map((severity) => findings.filter((finding) => finding.severity === severity).length);
  const head = h('div.figure-head', {}, h('h3', {}, `${t('quality.title')} · ${context.placeName()}`), h('div.tools', {}, csvLink({ path: '/quality', query })));
  if (findings.length === 0) {
    return [head, h('p.summary', {}, t('quality.none'))];
  }
  return [head,
    h('p.summary', {}, t('quality.summary', { errors: number(counts[0]), warnings: number(counts[1]), infos: number(counts[2]) })),
    SEVERITIES.map((severity, i) => {
      const list = findings.filter((finding) => finding.severity === severity);
      const rest = list.slice(SHOWN_FIRST);
      return list.length === 0 ? null : h(`section.findings.severity-${severity}`, {},
        h('h4', {}, h('span.mark', { 'aria-hidden': 'true' }, ['✕', '!', 'i'][i]), `${t(`severity.${severity}`)} (${number(list.length)})`),
        h('ul', {}, list.slice(0, SHOWN_FIRST).map((finding) => findingItem(finding, context))),
        rest.length > 0 ? h('details', {}, h('summary', {}, t('quality.more', { n: number(rest.length) })), h('ul', {}, rest.slice(0, 1000).map((finding) => findingItem(finding, context)))) : null);
    }),
    h('details.method', {}, h('summary', {}, t('figure.method')), h('p', {}, t('quality.method')))];
}

export async function importsTab(context: DetailContext): Promise<Child[]> {
  const all = new Table(await ask(url('/imports', { dataset: context.dataset.name }), context.signal));
  const at = Object.fromEntries(all.columns.map((name, i) => [name, i]));
  const { rows } = all;
  const { dataset } = context;
  const facts: [string, string | null][] = [
    ['imports.source', dataset.source], ['imports.licence', dataset.licence], ['imports.note', dataset.note],
    ['imports.span', dataset.first_date && dataset.last_date ? `${date(dataset.first_date)} – ${date(dataset.last_date)}` : null],
    ['imports.known', dataset.first_known && dataset.last_known ? `${date(dataset.first_known)} – ${date(dataset.last_known)}` : null],
    ['imports.rows', number(dataset.n_rows)],
  ];
  const about = h('dl.about', {}, facts.filter(([, text]) => text).map(([key, text]) => [h('dt', {}, t(key)), h('dd', {}, text)]));
  const head = h('div.figure-head', {}, h('h3', {}, t('imports.title')), h('div.tools', {}, csvLink({ path: '/imports', query: { dataset: context.dataset.name } })));
  if (rows.length === 0) {
    return [head, about, note(t('imports.files'), t('imports.none'))];
  }
  const num = (row: unknown[], name: string): string => number(row[at[name]] as number | null);
  return [head, about,
    h('p.summary', {}, t('imports.summary', { n: number(rows.length) })),
    dataTable({
      heads: ['file', 'when', 'published', 'profile', 'read', 'rejected', 'new', 'changed', 'withdrawn', 'unchanged', 'hash'].map((name) => t(`imports.${name}`)),
      rows: rows.map((row) => [String(row[at.file_name] ?? ''), moment(row[at.imported_at] as string), date(row[at.published] as string), String(row[at.profile] ?? '–'),
        num(row, 'rows_read'), num(row, 'rows_rejected'), num(row, 'rows_new'), num(row, 'rows_changed'), num(row, 'rows_withdrawn'), num(row, 'rows_unchanged'), String(row[at.file_hash] ?? '').slice(0, 12)]),
    }, t('imports.files'))];
}
