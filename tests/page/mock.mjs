// A stand-in for the server: the page's built files and /api/v1 with invented but plausible numbers in the exact shapes of
// docs/api.md, so that the page can be tested alone, with faults and sizes that a real node does not have at hand.
//   node mock.mjs DIST_FOLDER [PORT]
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { makeGenomes } from './genomes-mock.mjs';
import { Plans } from './plan-mock.mjs';
import { Stock } from './stock-mock.mjs';
import { Tracing } from './tracing-mock.mjs';

const DAY = 86400000;
const dayOf = (iso) => Math.round(Date.parse(`${iso}T00:00:00Z`) / DAY);
const isoOf = (day) => new Date(day * DAY).toISOString().slice(0, 10);
const LAST = dayOf('2026-11-20');
const POLICY = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const QUANTILES = ['q025', 'q05', 'q10', 'q25', 'q50', 'q75', 'q90', 'q95', 'q975'];
const Z = [-1.96, -1.645, -1.282, -0.674, 0, 0.674, 1.282, 1.645, 1.96];

function random(seed) { // mulberry32
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
const seedOf = (text) => createHash('sha256').update(text).digest().readUInt32LE(0);

const measure = (name, what, by, delayed, kind = 'flow') => ({ name, what, by, kind, delayed });
const dataset = (name, title, nature, kind, more) => ({
  name, title, disease: 'example', country: null, nature, kind, source: 'made for the tests', licence: 'CC0', note: 'Numbers made by the test server.', n_rows: 81234,
  first_date: '2026-03-21', last_date: isoOf(LAST), first_known: '2026-03-25', last_known: isoOf(LAST), step_days: 1,
  measures: [measure('cases_onset', 'cases', 'onset', true), measure('cases_report', 'cases', 'report', false), measure('deaths_date', 'deaths', 'death', true), measure('icu_beds', 'icu_beds', 'report', false, 'stock')],
  groups: ['all'], levels: ['admin2'], ...more,
});
const datasets = [
  dataset('vallemar', 'Vallemar 2026', 'simulated', 'cases', { country: 'XV', groups: ['sex:female', 'sex:male', 'age:60-79', 'age:60-79/sex:female'], levels: ['country', 'admin1', 'admin2'] }),
  dataset('owid', 'Países, casos diarios', 'real', 'counts', { levels: ['country'], measures: [measure('cases_report', 'cases', 'report', false), measure('deaths_report', 'deaths', 'report', false)] }),
  dataset('sars', 'SARS, Hong Kong 2003', 'historic', 'cases', { country: 'HK', first_date: '2003-02-15', last_date: '2003-06-11', first_known: '2003-06-12', last_known: '2003-06-12', levels: ['country'], measures: [measure('cases_onset', 'cases', 'onset', true)] }),
  dataset('weekly', 'Dengue, semanas', 'real', 'counts', { country: 'BR', step_days: 7, levels: ['admin1'], measures: [measure('cases_onset', 'cases', 'onset', true)] }),
  dataset('many', 'Cinco mil municipios', 'simulated', 'cases', { country: 'XV', levels: ['admin2'] }),
  dataset('shapes', 'Con mapa importado', 'real', 'cases', { country: 'XV', levels: ['admin1'], measures: [measure('cases_onset', 'cases', 'onset', true), measure('cases_report', 'cases', 'report', false), measure('deaths_date', 'deaths', 'death', true), measure('icu_beds', 'icu_beds', 'report', false, 'stock'), measure('icu_patients', 'icu_patients', 'report', false, 'stock')] }),
];

const countryLines = readFileSync(fileURLToPath(new URL('../../data/places/countries.csv', import.meta.url)), 'utf8').trim().split('\n').slice(1);
function countries() {
  return countryLines.map((line) => {
    const cells = line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((c) => c.replace(/,$/, '').replace(/^"|"$/g, ''));
    return { code: cells[0], name: cells[5], names: [3, 4, 5, 6, 7].map((i) => cells[i] || null), parent: null, level: 'country', population: Number(cells[9]) || null, latitude: cells[10] ? Number(cells[10]) : null, longitude: cells[11] ? Number(cells[11]) : null };
  });
}
const NAMES = ['Puerto Alegría', 'San Jerónimo', 'Villa Ñuble', 'Río Claro', 'Corazón', 'Äspera', 'Nueva Bahía', 'El Mirador', 'Las Palmas', 'Quebrada Honda', 'Tres Cruces', 'Monte Azul'];
function vallemar(n) {
  const places = [{ code: 'XV', name: 'Vallemar', parent: null, level: 'country', population: 4e6, latitude: -30, longitude: -110 }];
  const provinces = 6;
  for (let p = 0; p < provinces; p++) {
    places.push({ code: `XV-0${p + 1}`, name: `Provincia ${NAMES[p]}`, parent: 'XV', level: 'admin1', population: 650000, latitude: -30 + (p % 3), longitude: -111 + Math.floor(p / 3) * 2 });
  }
  const draw = random(7);
  for (let i = 0; i < n; i++) {
    const p = i % provinces;
    places.push({ code: `XV-0${p + 1}${String(i + 1).padStart(n > 99 ? 4 : 2, '0')}`, name: `${NAMES[i % NAMES.length]}${i >= NAMES.length ? ` ${Math.floor(i / NAMES.length) + 1}` : ''}`, parent: `XV-0${p + 1}`, level: 'admin2',
      population: Math.round(20000 + draw() * 200000), latitude: -30 + (p % 3) + draw() * 0.9, longitude: -111 + Math.floor(p / 3) * 2 + draw() * 1.8 });
  }
  return places.map((place) => ({ names: [null, null, null, null, null], ...place }));
}
const STATES = ['AC', 'AL', 'AM', 'AP', 'BA', 'CE', 'DF', 'ES', 'GO', 'MA', 'MG', 'MS', 'MT', 'PA', 'PB', 'PE', 'PI', 'PR', 'RJ', 'RN', 'RO', 'RR', 'RS', 'SC', 'SE', 'SP', 'TO'];
const placesOf = {
  vallemar: vallemar(36), owid: countries(), many: vallemar(5000), shapes: vallemar(0),
  sars: countries().filter((c) => c.code === 'HK'),
  weekly: STATES.map((s, i) => ({ code: `BR-${s}`, name: `Estado ${s}`, names: [null, null, null, null, null], parent: 'BR', level: 'admin1', population: 5e6 + i * 1e5, latitude: null, longitude: null })),
};

/* ----------------------------------------------------------------------------------------------------------- numbers */

const levelDefault = (d) => (d.levels.length > 1 ? (d.name === 'vallemar' ? 'admin1' : d.levels[0]) : d.levels[0]);
function settings(query) {
  const d = datasets.find((x) => x.name === query.get('dataset')) ?? datasets[0];
  const m = d.measures.find((x) => x.name === query.get('measure')) ?? d.measures[0];
  const asOf = query.get('as_of') ? Math.min(dayOf(query.get('as_of')), dayOf(d.last_known)) : dayOf(d.last_known);
  const step = d.step_days === 7 || query.get('step') === 'week' ? 7 : 1;
  return { d, m, asOf, step };
}
function curve(d, place, asOf, step, delayed) {
  const draw = random(seedOf(`${d.name}${place}`));
  const first = dayOf(d.first_date);
  const newest = Math.min(dayOf(d.last_date), asOf);
  const size = (20 + draw() * 300) * (place ? 1 : 8);
  const peak = 0.4 + draw() * 0.6;
  const silent = place && draw() < 0.08;
  const days = [];
  for (let day = first; day <= newest; day++) {
    const x = (day - first) / (dayOf(d.last_date) - first);
    const truth = size * Math.exp(-((x - peak) ** 2) / 0.05) * (0.75 + 0.5 * draw()) * ([0, 6].includes((day + 4) % 7) ? 0.6 : 1.1);
    const share = delayed ? 1 - Math.exp(-(asOf - day + 0.7) / 4) : 1;
    const reported = Math.round(truth * share);
    days.push({ day, truth: Math.round(truth), reported: silent && day > newest - 12 ? null : draw() < 0.01 ? null : reported });
  }
  if (step === 1) {
    return { days, silent };
  }
  const weeks = [];
  const start = first - ((((first + 4) % 7) + 7) % 7);
  for (const entry of days) {
    const at = Math.floor((entry.day - start) / 7);
    weeks[at] ??= { day: start + at * 7, truth: 0, reported: 0 };
    weeks[at].truth += entry.truth;
    weeks[at].reported += entry.reported ?? 0;
  }
  return { days: weeks, silent };
}
const messy = (x) => x * 1.0000000001234567;
function quantiles(middle, sd) {
  return Z.map((z) => Math.max(0, messy(middle + z * sd)));
}
const within = (query, day) => (!query.get('from') || day >= dayOf(query.get('from'))) && (!query.get('to') || day <= dayOf(query.get('to')));
const sum = (list) => list.reduce((a, b) => a + (b ?? 0), 0);

function situation(query) {
  const { d, m, asOf, step } = settings(query);
  const level = query.get('level') || levelDefault(d);
  const places = placesOf[d.name].filter((p) => p.level === level && (!query.get('parent') || p.parent === query.get('parent')));
  const rows = places.map((place) => {
    const { days, silent } = curve(d, place.code, asOf, d.step_days, m.delayed);
    const window = d.step_days === 7 ? 1 : 7;
    const values = days.map((x) => x.reported);
    const last = silent ? null : sum(values.slice(-window));
    const previous = sum(values.slice(-2 * window, -window));
    const expected = sum(days.slice(-window).map((x) => x.truth));
    const growth = previous > 0 && last > 0 ? Math.log(expected / previous) / 7 : null;
    const few = sum(values.slice(-21)) < 5;
    const draw = random(seedOf(place.code));
    const next = silent || few ? null : expected * (growth ? Math.exp(growth * 7) : 1);
    const p = silent || m.kind === 'stock' || few ? null : draw() ** 3;
    const rt = step === 1 && !silent && !few ? Math.exp((growth ?? 0) * 5) : null;
    return [place.code, place.name, place.population, sum(values), last, previous, last !== null && previous > 0 ? messy(last / previous) : null,
      last !== null && place.population ? messy(last / place.population * 1e5) : null, growth, growth === null ? null : growth - 0.02, growth === null ? null : growth + 0.02, growth ? Math.LN2 / growth : null,
      rt, rt && rt * 0.9, rt && rt * 1.12, m.delayed && last !== null ? expected : null, m.delayed && last !== null ? expected * 0.85 : null, m.delayed && last !== null ? expected * 1.2 : null,
      m.delayed && last !== null && place.population ? expected / place.population * 1e5 : null,
      d.kind === 'cases' ? 0.0123 : null, d.kind === 'cases' ? 0.011 : null, d.kind === 'cases' ? 0.0134 : null, silent ? 12 : Math.floor(draw() * 2), isoOf(asOf - (silent ? 12 : 0)),
      silent ? 'silent' : few ? 'too_few' : 'ok', messy(silent ? 0.72 : Math.min(1, Math.max(0, 0.5 + (growth ?? 0) * 4))), values.slice(places.length > 120 ? -21 : -56).map((v) => (v === null || v === undefined ? '-' : Number(v.toPrecision(2)))).join(' '),
      ...[next, next && next * 0.7, next && next * 1.4].map((v) => v && Number(v.toPrecision(3))), p === null ? null : p < 0.05, p === null ? null : p < 0.01, p && 1 / p / 100, p, silent || few ? 'quick' : 'renewal']
      .map((cell) => (typeof cell === 'number' && !Number.isInteger(cell) ? Number(cell.toPrecision(3)) : cell));
  });
  rows.sort((a, b) => b[25] - a[25]);
  return table(['code', 'name', 'population', 'total', 'last_7_days', 'previous_7_days', 'change', 'incidence_per_100k', 'growth_rate_per_day', 'growth_low', 'growth_high', 'doubling_time_days', 'rt_median', 'rt_low', 'rt_high',
    'expected_last_7_days', 'expected_low', 'expected_high', 'expected_incidence_per_100k', 'case_fatality', 'case_fatality_low', 'case_fatality_high', 'days_silent', 'last_date', 'status', 'attention', 'sparkline', 'next_7_days', 'next_low', 'next_high', 'alarm', 'alarm_notable', 'alarm_score', 'alarm_p_value', 'method'], rows, { as_of: isoOf(asOf), level, alarm_method: m.kind === 'stock' ? null : 'ears_c2' });
}

/** Weeks of the present year among the zones of invented former years. */
function channel(d, place) {
  const draw = random(seedOf(`channel ${place}`));
  const rows = Array.from({ length: 53 }, (_, i) => {
    const middle = 400 + 300 * Math.cos(i / 8);
    const count = i < 46 ? Math.round(middle * (0.4 + draw() * 1.1)) : null;
    const [low, high] = [middle * 0.8, middle * 1.2];
    return [place, place, 2026, i + 1, i < 46 ? isoOf(LAST - (45 - i) * 7) : null, count, low, middle, high, count === null ? 'unknown' : count <= low ? 'success' : count <= middle ? 'safety' : count <= high ? 'alert' : 'epidemic', 6];
  });
  return table(['code', 'name', 'year', 'week', 'date', 'count', 'low', 'middle', 'high', 'zone', 'n_years'], d.step_days === 7 && !failing(new URLSearchParams({ place })) ? rows : [], { method: 'channel', step_days: 7, false_discovery_rate: 0.05 });
}

/** Newest steps of one place, or the newest step of each place; what alarm says in the situation holds for the newest. */
function judged(query) {
  const { d, m, asOf } = settings(query);
  const place = query.get('place');
  const step = d.step_days;
  if (query.get('method') === 'channel') {
    return channel(d, place ?? '');
  }
  const codes = place ? [place] : placesOf[d.name].filter((p) => p.level === (query.get('level') || levelDefault(d))).map((p) => p.code);
  const rows = codes.flatMap((code) => {
    const { days } = curve(d, code, asOf, step, m.delayed);
    const draw = random(seedOf(code));
    return days.slice(-Number(query.get('newest') ?? 1)).reverse().map((x) => {
      const p = draw() ** 3;
      const expected = (x.reported ?? 0) * (0.6 + p);
      return [code, code, failing(query) ? 'too_few' : 'ok', isoOf(x.day), x.reported, messy(expected), messy(expected * 1.4), 1 / p / 100, p, p < 0.05, p < 0.01];
    });
  }).sort((a, b) => a[8] - b[8]);
  return table(['code', 'name', 'status', 'date', 'count', 'expected', 'threshold', 'score', 'p_value', 'alarm', 'notable'], rows, { method: step === 7 ? 'farrington' : 'ears_c2', step_days: step, false_discovery_rate: 0.05 });
}

/** Forecasts made one, two, three and four horizons ago. */
function hindcast(query) {
  const { d, m, asOf, step } = settings(query);
  const { days } = curve(d, query.get('place') ?? '', asOf, step, m.delayed);
  const horizon = step === 7 ? 4 : 28;
  const rows = [];
  for (let back = 4; back >= 1 && !failing(query); back--) {
    const at = days.length - 1 - back * horizon;
    for (let ahead = 1; ahead <= horizon && at >= 0; ahead++) {
      const middle = days[at].truth * 0.995 ** ahead;
      rows.push([isoOf(days[at].day), isoOf(days[at + ahead].day), ahead, ...quantiles(middle, (0.1 + 0.02 * ahead) * middle + 1).map((v) => Number(v.toPrecision(3))), days[at + ahead].reported, ahead < horizon - 3 || back > 1]);
    }
  }
  const n = rows.filter((row) => row[13]).length;
  const inside = (low, high) => rows.filter((row) => row[13] && row[12] >= row[low] && row[12] <= row[high]).length / n;
  return table(['origin', 'date', 'horizon', ...QUANTILES, 'observed', 'scored'], rows, { as_of: isoOf(asOf), status: rows.length > 0 ? 'ok' : 'too_short', known: 'as_of', horizon, n_forecasts: new Set(rows.map((row) => row[0])).size, n_scored: n,
    inside_50: n > 0 ? inside(6, 8) : null, inside_95: n > 0 ? inside(3, 11) : null, wis: n > 0 ? 12.3 : null, baseline: step === 7 ? 'hub_baseline' : 'naive', baseline_wis: n > 0 ? 15.2 : null, relative_wis: n > 0 ? 0.8092 : null });
}

/* ------------------------------------------------------------------------------------------------------ kept alarms */

/** What was found before the page came, worked on by nobody, by one and to the end; rules as the node has them. */
export class KeptAlarms {
  constructor() {
    this.alarms = [];
    this.history = [];
    this.found('vallemar', 'XV-0101', 'ears_c2', { p_value: 0.0004, score: 2.4 });
    this.found('vallemar', 'XV-0202', 'ears_c3', { expected: null, score: null, p_value: null });
    this.found('vallemar', 'XV-0303', 'scan_adjusted', { places: 'XV-0303 XV-0309', from: isoOf(LAST - 4), threshold: null });
    this.found('weekly', 'BR-BA', 'farrington', { step_days: 7 });
    this.step(2, { action: 'acknowledge', by: 'Ana', note: 'asked the laboratory' });
    this.step(3, { action: 'close', by: 'Luis', note: 'a backlog was typed in' });
  }

  log(alarm, action, by, to = null, note = null) {
    const at = new Date((LAST + 0.4) * DAY + this.history.length * 60000).toISOString().replace(/\.\d+Z/, 'Z');
    this.history.push({ alarm, at, by, action, to, note, data_version: 3 });
    return at;
  }

  found(dataset, code, method, more = {}) {
    const id = this.alarms.length + 1;
    const at = this.log(id, 'found', 'vigia', null, `${isoOf(LAST)}: 12${more.expected === null ? '' : ' where 3.142 were expected'}`);
    this.alarms.push({ id, state: 'open', dataset, measure: 'cases_report', group: 'all', code, name: code, method, from: isoOf(LAST), date: isoOf(LAST), step_days: 1, count: 12, expected: 3.14159, threshold: 7.5, score: 1.9,
      p_value: 0.012, places: null, assignee: null, found_at: at, changed_at: at, data_version: 3, ...more });
  }

  /** null, or [status, name, message]. */
  step(id, { action, by, to = null, note = null }) {
    const alarm = this.alarms.find((one) => one.id === id);
    const allowed = { acknowledge: ['open'], assign: ['open', 'acknowledged'], close: ['open', 'acknowledged'], reopen: ['closed'] }[action];
    if (!alarm || !allowed) {
      return alarm ? [400, 'usage_error', 'action is acknowledge, assign, close or reopen'] : [404, 'not_found', `there is no alarm ${id}`];
    }
    if (!by || (action === 'assign' && !to) || (['close', 'reopen'].includes(action) && !note)) {
      return [400, 'usage_error', 'by, to or note is missing'];
    }
    if (!allowed.includes(alarm.state)) {
      return [422, 'data_error', `alarm ${id} is ${alarm.state} already by ${this.history.filter((one) => one.alarm === id).pop().by}`];
    }
    alarm.state = { acknowledge: 'acknowledged', assign: alarm.state, close: 'closed', reopen: 'open' }[action];
    alarm.assignee = action === 'assign' ? to : alarm.assignee;
    alarm.changed_at = this.log(id, { acknowledge: 'acknowledged', assign: 'assigned', close: 'closed', reopen: 'reopened' }[action], by, to, note);
    return null;
  }

  keep(query) {
    const known = this.alarms.some((one) => one.code === 'XV-0107');
    if (!known) {
      this.found(query.get('dataset'), 'XV-0107', 'ears_c2');
    }
    return table(['judged', 'found', 'new', 'went_on', 'reopened', 'known'], [[36, 1, known ? 0 : 1, 0, 0, known ? 1 : 0]]);
  }

  table(query, id) {
    const chosen = this.alarms.filter((one) => (!id || one.id === id) && ['dataset', 'state'].every((name) => !query.get(name) || one[name] === query.get(name)) && (!query.get('place') || one.code === query.get('place')));
    const events = (one) => this.history.filter((event) => event.alarm === one.id);
    const columns = Object.keys(this.alarms[0]);
    return table([...columns, 'n_events'], chosen.map((one) => [...columns.map((name) => one[name]), events(one).length]), { history: chosen.flatMap(events) });
  }
}

/* ------------------------------------------------------------------------------------------------------- simulations */

/** The blocks of a scenario file, as far as this stand-in looks: [{name, keys: {key: value}}]. */
function blocksOf(text) {
  const value = (raw) => (/^\[/.test(raw) ? JSON.parse(raw.replace(/(\d{4}-\d\d-\d\d)/g, '"$1"')) : /^"/.test(raw) ? JSON.parse(raw) : /^\d{4}-\d\d-\d\d$/.test(raw) ? raw : raw === 'true' || raw === 'false' ? raw === 'true' : Number(raw));
  const blocks = [{ name: '', keys: {} }];
  for (const line of text.split('\n')) {
    const heading = /^\[\[?([\w-]+)\]/.exec(line);
    const entry = /^([\w-]+) = (.*)$/.exec(line);
    if (heading) {
      blocks.push({ name: heading[1], keys: {} });
    } else if (entry) {
      blocks[blocks.length - 1].keys[entry[1]] = value(entry[2]);
    }
  }
  return blocks;
}

/** The server's simulations: one runs for some looks, then it is kept. Numbers are made of the texts, in the shapes of docs/api.md. */
export class Simulations {
  constructor() {
    this.all = [];
    this.looksToRun = 4;
  }

  /** What a text asks for. */
  plan(text) {
    const blocks = blocksOf(text);
    const one = (name) => blocks.find((block) => block.name === name)?.keys ?? {};
    const many = (name) => blocks.filter((block) => block.name === name).map((block) => block.keys);
    const [top, place, hospital, calibration] = [one(''), one('place'), one('hospital'), one('calibration')];
    const units = many('municipality');
    const lists = ['cases', 'admissions', 'icu', 'deaths'].filter((kind) => calibration[kind]);
    const start = dayOf(top.start);
    const until = Math.max(0, ...lists.map((kind) => calibration[kind].reduce((last, v, i) => (v >= 0 ? i + 1 : last), 0)));
    const items = [...many('measure'), ...many('campaign'), ...many('import')];
    const scenarios = many('scenario').map((s) => ({ name: s.name, held: items.filter((item) => !(s.without ?? []).includes(item.name) && (!s.only || s.only.includes(item.name))), icu: s.icu_beds_per_100k ?? hospital.icu_beds_per_100k ?? null }));
    return { start, today: start + until, weeks: Math.floor(top.days / 7), code: place.code ?? place.country, persons: units.length > 0 ? units.reduce((n, unit) => n + unit.population, 0) : place.population, units,
      parents: [...new Set(units.map((unit) => unit.parent).filter((parent) => parent && parent !== place.code))], lists, bedsOf: hospital.beds_of ?? 'country', runs: top.runs, scenarios, groups: many('group') };
  }

  answer(texts, scale, looks) {
    const plan = this.plan(texts[0]);
    const { weeks, persons, code } = plan;
    const past = Math.ceil((plan.today - plan.start) / 7);
    const scenarios = plan.scenarios.map((s) => ({ name: s.name, title: null, persons, ward_beds: null, icu_beds: s.icu === null ? null : s.icu * persons / 1e5 }));
    const power = plan.scenarios.map((s) => 0.7 ** s.held.length);
    const size = { 'inc inf': 1, 'inc case': 0.3, 'inc hosp': 0.03, 'inc icu': 0.006, 'inc death': 0.008, 'occ icu': 0.01, 'inc without icu': 0.002 };
    const at = (i, target, week, q, people) => people * 0.06 * size[target] * (week < past ? 1 : power[i]) * Math.exp(-((week - weeks / 2) ** 2) / (weeks * 0.9)) * (0.6 + 0.8 * q);
    const levels = [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975];
    const called = (name) => (scale < 1 ? `${name} (coarse: 1 of ${1 / scale} people)` : name);
    const numbers = (i, target, q, people) => Array.from({ length: weeks }, (_, week) => Number(at(i, target, week, q, people).toPrecision(5)));
    const series = scenarios.flatMap((s, i) => Object.keys(size).map((target) => ({ scenario: called(s.name), target, location: code, values: Object.fromEntries([['mean', 0.5], ...levels.map((q) => [String(q), q])].map(([name, q]) => [name, numbers(i, target, q, persons)])) })));
    const locations = [{ code, persons, beds: true }, ...plan.parents.map((parent) => ({ code: parent, persons: plan.units.filter((unit) => unit.parent === parent).reduce((n, unit) => n + unit.population, 0), beds: plan.bedsOf !== 'country' })),
      ...(plan.units.length > 1 ? plan.units.map((unit) => ({ code: unit.code, persons: unit.population, beds: plan.bedsOf === 'municipality' })) : [])];
    const ages = [['0-19', 0.3], ['20-39', 0.3], ['40-59', 0.25], ['60-74', 0.1], ['75-130', 0.05]].map(([age, share]) => ({ age, persons: Math.round(persons * share) }));
    const parts = locations.slice(1);
    const groups = plan.groups.length === 0 ? {} : { groups: plan.groups.map((group) => ({ group: group.name, persons: Math.round(persons * [group.share_percent].flat()[0] / 100), contacts: group.contacts ?? 1, severity: group.severity ?? 1 })) };
    const done = Math.min(looks, 40);
    const fit = plan.lists.length === 0 ? {} : { calibration: { blocks: 3, block_days: 14, last_r: 1.2, r: [[1.4, 1.1, 1.7], [1.1, 0.9, 1.3], [1.2, 0.9, 1.6]], reported: 0.3, reported_interval: [0.3, 0.2, 0.4], infected_share: 0.05, infected_interval: [0.05, 0.04, 0.07], infections_per_day_at_start: 12, odds_of_admission: 1, risk_of_death: 1, observed: plan.lists, rounds: 2, worst_gap: 0.1, run_gap: 0.08 } };
    return {
      document: { origin_date: isoOf(plan.today), step_days: 7, scenarios, horizons: Array.from({ length: weeks }, (_, w) => w + 1 - past), series, summary: this.summary(plan, [locations[0]], ages, called, at),
        meta: { program: 'vigia 0.1.0', note: 'projections under assumptions, not forecasts', runs_done: scale < 1 ? 16 : done * scenarios.length, runs: 40 * scenarios.length, people_scale: scale, cancelled: false,
          files: [{ file: '1.toml', persons, municipalities: Math.max(1, plan.units.length), tables_hash: '0011223344556677', r0: 2.5, ages, ...groups, locations, ...fit, scenario: texts[0] }] } },
      places: { horizons: Array.from({ length: weeks }, (_, w) => w + 1 - past), summary: this.summary(plan, parts, [], called, at),
        series: scenarios.flatMap((s, i) => ['inc inf', 'inc hosp', 'inc death', 'occ icu'].map((target) => { const here = parts.filter((part) => target !== 'occ icu' || part.beds); return { scenario: called(s.name), target, locations: here.map((part) => part.code), q50: here.map((part) => numbers(i, target, 0.5, part.persons)), q025: here.map((part) => numbers(i, target, 0.025, part.persons)), q975: here.map((part) => numbers(i, target, 0.975, part.persons)) }; })) } };
  }

  summary(plan, locations, ages, called, at) {
    const rows = [];
    const totals = { 'total inf': 'inc inf', 'total case': 'inc case', 'total hosp': 'inc hosp', 'total death': 'inc death', 'total without icu': 'inc without icu', 'peak icu': 'occ icu' };
    const spread = [0.8, 0.85, 0.9, 1, 1.1, 1.15, 1.2];
    const line = (i, reference, target, place, age, value) => [called(plan.scenarios[i].name), reference === null ? null : called(reference), target, place, age, 40, value, Math.abs(value) / 5, ...(value < 0 ? [...spread].reverse() : spread).map((f) => value * f), reference === null ? null : value < 0 ? 1 : 0];
    plan.scenarios.forEach((s, i) => locations.forEach((location) => {
      const bare = location.beds ? [] : ['total without icu', 'peak icu'];
      Object.entries(totals).filter(([target]) => !bare.includes(target)).forEach(([target, of]) => {
        const total = (k, people) => { const list = Array.from({ length: plan.weeks }, (_, week) => at(k, of, week, 0.5, people)); return target.startsWith('peak') ? Math.max(...list) : list.reduce((a, b) => a + b, 0); };
        [['0-130', 1], ...(target.startsWith('peak') || target.includes('without') ? [] : ages.map(({ age }, a) => [age, target === 'total death' ? [0.01, 0.04, 0.15, 0.3, 0.5][a] : [0.3, 0.3, 0.25, 0.1, 0.05][a]])), ...(ages.length === 0 || target.startsWith('peak') || target.includes('without') ? [] : plan.groups.map((group) => [group.name, 0.07]))].forEach(([age, share]) => {
          rows.push(line(i, null, target, location.code, age, total(i, location.persons) * share));
          if (i > 0) {
            rows.push(line(i, plan.scenarios[0].name, target, location.code, age, (total(i, location.persons) - total(0, location.persons)) * share));
          }
        });
      });
      if (location.beds && s.icu !== null) {
        rows.push([called(s.name), null, 'any without icu', location.code, '0-130', 40, 0.8, null, null, null, null, null, null, null, null, null], [called(s.name), null, 'first without icu', location.code, '0-130', 32, 30, 6, 12, 18, 24, 30, 36, 44, 60, null]);
      }
      const restricted = s.held.filter((item) => item.kind && !['masks', 'isolation', 'tracing'].includes(item.kind)).length * 20;
      rows.push(line(i, null, 'total restriction', location.code, '0-130', restricted), ...(i > 0 ? [line(i, plan.scenarios[0].name, 'total restriction', location.code, '0-130', restricted)] : []));
    }));
    return { columns: ['scenario_id', 'reference_id', 'target', 'location', 'age_group', 'runs', 'mean', 'sd', 'q025', 'q10', 'q25', 'q50', 'q75', 'q90', 'q975', 'share_lower'], rows };
  }

  head(one) {
    return one.state === 'kept' ? { id: one.id, state: 'kept', kept_at: '2026-11-20T10:00:00Z', program: '0.1.0 0011223344556677', data_version: 3, seed: 1, name: one.name, runs: 80 }
      : { id: one.id, state: one.state, name: one.name, asked_at: '2026-11-20T10:00:00Z', doing: one.looks < 2 ? 'coarse' : 'runs', progress: one.looks / this.looksToRun, runs_done: [0, 16][one.looks] ?? one.looks, runs: 80, people_scale: one.looks === 1 ? 0.1 : 1, message: one.message ?? '' };
  }

  ask(request, address, text) { // [status, body] or [status, name, message]
    const id = address.pathname.split('/')[4];
    const one = this.all.find((known) => known.id === id);
    const body = text ? JSON.parse(text) : null;
    if (request.method === 'POST' && !id) {
      const made = createHash('sha256').update(body.texts.join('\0')).digest('hex').slice(0, 16);
      if (this.busy) {
        return [503, 'busy', '4 simulations are waiting already'];
      }
      this.all = [...this.all.filter((known) => known.id !== made || known.state === 'kept')];
      if (!this.all.some((known) => known.id === made)) {
        this.all.push({ id: made, name: body.name, texts: body.texts, note: body.note, state: 'running', looks: 0 });
      }
      const now = this.all.find((known) => known.id === made);
      return [200, { ...this.head(now), parameters: { texts: now.texts, note: now.note }, answer: null }];
    }
    if (!id) {
      return [200, { simulations: this.all.map((known) => this.head(known)), limits: { scenarios: 8, runs: 400, days: 1500, persons: 6e7, person_runs: 1.2e9 } }];
    }
    if (!one) {
      return [404, 'not_found', `there is no simulation ${id}`];
    }
    if (body?.action === 'delete') {
      this.all = this.all.filter((known) => known !== one);
      return [200, { simulations: [], limits: {} }];
    }
    if (body?.action === 'cancel') {
      one.state = 'cancelled';
    }
    if (one.state === 'running' && address.searchParams.get('part') === 'state') {
      one.looks += 1;
      one.state = one.looks > this.looksToRun ? 'kept' : 'running';
    }
    const answer = one.looks === 0 ? null : this.answer(one.texts, one.looks < 2 ? 0.1 : 1, one.state === 'kept' ? 40 : one.looks);
    const whole = { ...this.head(one), parameters: { name: one.name, texts: one.texts, note: one.note ?? null }, answer: answer?.document ?? null };
    const part = address.searchParams.get('part');
    return part === 'state' ? [200, this.head(one)] : part === 'places' ? [200, answer?.places ?? null] : [200, whole];
  }
}

function table(columns, rows, meta = {}) {
  return { columns, rows, meta: { data_version: 3, ...meta } };
}

const remembered = new Map(); // situations, so that tests of the page's speed do not measure this server's
function remember(query, body) {
  remembered.set(query.toString(), body);
  return body;
}

const failing = (query) => query.get('place')?.endsWith('05'); // one place of each province has too little for the analyses

const routes = {
  '/node': () => ({ program: 'vigia', version: '0.1.0', data_version: 3, today: isoOf(LAST), datasets }),
  '/places': (query) => {
    const { d } = settings(query);
    const rows = placesOf[d.name].filter((p) => !query.get('level') || p.level === query.get('level')).map((p) => [p.code, p.name, ...p.names, p.parent, p.level, p.population, p.latitude, p.longitude]);
    return table(['code', 'name', 'name_es', 'name_pt', 'name_en', 'name_fr', 'name_zh', 'parent', 'level', 'population', 'latitude', 'longitude'], rows);
  },
  '/shapes': () => {
    const square = (x, y) => [[[x, y], [x + 1.2, y + 0.1], [x + 1, y + 0.9], [x - 0.1, y + 1], [x, y]]];
    return { type: 'FeatureCollection', features: placesOf.shapes.filter((p) => p.level === 'admin1').map((p) => ({ type: 'Feature', id: p.code, properties: { code: p.code }, geometry: { type: 'Polygon', coordinates: square(p.longitude, p.latitude) } }))
      .map((f) => f) };
  },
  '/situation': (query) => remembered.get(query.toString()) ?? remember(query, situation(query)),
  '/series': (query) => {
    const { d, m, asOf, step } = settings(query);
    const { days } = curve(d, query.get('place') ?? '', asOf, step, m.delayed);
    const rows = days.map((x, i) => {
      const window = days.slice(Math.max(0, i - 6), i + 1).map((y) => y.reported).filter((v) => v !== null);
      return [isoOf(x.day), x.reported, window.length > 3 || step === 7 ? messy(sum(window) / window.length) : null];
    }).filter((_, i) => within(query, days[i].day));
    return table(['date', 'value', 'mean_7'], rows, { as_of: isoOf(asOf), step_days: step });
  },
  '/nowcast': (query) => {
    const { d, m, asOf, step } = settings(query);
    const { days } = curve(d, query.get('place') ?? '', asOf, step, m.delayed);
    const status = !m.delayed ? 'no_delays' : failing(query) ? 'too_few' : 'ok';
    const rows = status !== 'ok' ? [] : days.filter((x) => within(query, x.day)).map((x) => {
      const missing = x.truth - (x.reported ?? 0);
      return [isoOf(x.day), x.reported, messy(x.truth), ...quantiles(x.truth, missing > 0.5 ? 0.6 * Math.sqrt(missing) + missing * 0.25 : 0)];
    });
    return table(['date', 'reported', 'mean', ...QUANTILES], rows, { as_of: isoOf(asOf), status, sum_steps: 7 });
  },
  '/delays': (query) => {
    const { d, m, asOf, step } = settings(query);
    const status = !m.delayed || d.name === 'sars' ? 'no_delays' : 'ok';
    if (query.get('through') === 'time') {
      const windows = status !== 'ok' ? [] : Array.from({ length: 30 }, (_, i) => { const end = asOf - (29 - i) * 7; const share = 0.5 + 0.2 * Math.sin(i / 6);
        return [isoOf(end), isoOf(end - 27), 400 + i, Math.round(4 + 2 * Math.cos(i / 6)), Math.round(12 + 4 * Math.cos(i / 6)), messy(share), share - 0.04, share + 0.04, 'ok']; }).filter((row) => within(query, dayOf(row[0])));
      return table(['date', 'window_start', 'n_reports', 'median', 'q90', 'share_7_days', 'low', 'high', 'status'], windows, { as_of: isoOf(asOf), status, median: 2.8, q90: 9.1, mean: 4, step_days: step });
    }
    const rows = status !== 'ok' ? [] : Array.from({ length: 29 }, (_, i) => { const p = 1 - Math.exp(-(i + 0.7) / 4); return [i, messy(p), Math.max(0, p - 0.06 * (1 - p)), Math.min(1, p + 0.05 * (1 - p))]; });
    return table(['delay', 'share_reported', 'low', 'high'], rows, { as_of: isoOf(asOf), status, median: 2.8, q90: 9.1, mean: 4, step_days: step });
  },
  '/rt': (query) => {
    const { d, m, asOf, step } = settings(query);
    const status = step === 7 ? 'too_short' : failing(query) ? 'too_few' : m.kind === 'stock' ? 'bad_input' : 'ok';
    const { days } = curve(d, query.get('place') ?? '', asOf, 1, m.delayed);
    const rows = status !== 'ok' ? [] : days.slice(8).filter((x) => within(query, x.day)).map((x, i) => {
      const r = 1 + 0.6 * Math.cos(i / 30);
      return [isoOf(x.day), isoOf(x.day - 6), messy(r), 0.1, ...quantiles(r, 0.04 + 12 / (x.truth + 60))];
    });
    return table(['date', 'window_start', 'mean', 'sd', ...QUANTILES], rows, { as_of: isoOf(asOf), status, window_days: 7, serial_interval: { mean: 5, sd: 2, source: 'stated truth of the example' } });
  },
  '/forecast': (query) => {
    const { d, m, asOf, step } = settings(query);
    const { days } = curve(d, query.get('place') ?? '', asOf, step, m.delayed);
    const status = failing(query) ? 'too_few' : 'ok';
    const last = days[days.length - 1];
    const horizon = step === 7 ? 4 : 28;
    const rows = status !== 'ok' ? [] : Array.from({ length: horizon }, (_, i) => { const middle = last.truth * 0.99 ** i; return [isoOf(last.day + (i + 1) * step), i + 1, messy(middle), ...quantiles(middle, (0.1 + 0.03 * i) * middle + 1)]; });
    return table(['date', 'horizon', 'mean', ...QUANTILES], rows, { as_of: isoOf(asOf), status, method: 'exponential_smoothing' });
  },
  '/hindcast': hindcast,
  '/alarm': judged,
  '/triangle': () => table(['reference_date', 'report_date', 'increment'], [['2026-11-18', '2026-11-19', 3]]),
  '/pyramid': (query) => {
    const { d } = settings(query);
    const rows = [];
    if (d.kind === 'cases') {
      const draw = random(seedOf(`pyramid ${query.get('place')}`));
      for (let age = 0; age <= 100; age += 5) {
        for (const sex of ['female', 'male', 'unknown']) {
          const n = Math.round((sex === 'unknown' ? 3 : 400) * Math.exp(-((age - 35) ** 2) / 900) * (0.7 + draw() * 0.6));
          const died = Math.round(n * Math.exp((age - 95) / 15));
          rows.push([age, age === 100 ? null : age + 4, sex, 'died', died], [age, age === 100 ? null : age + 4, sex, 'recovered', n - died]);
        }
      }
      rows.push([null, null, 'male', 'unknown', 17]);
    }
    return table(['age_from', 'age_to', 'sex', 'outcome', 'count'], rows.filter((r) => r[4] > 0), { status: d.kind === 'cases' ? 'ok' : 'no_ages' });
  },
  '/quality': (query) => {
    const { d, asOf } = settings(query);
    const place = placesOf[d.name][Math.min(3, placesOf[d.name].length - 1)].code;
    const codes = ['completeness', 'completeness_place', 'timeliness', 'date_order', 'future_date', 'old_date', 'duplicate', 'duplicate_content', 'digit_preference', 'date_heaping', 'age_range',
      'outcome_inconsistent', 'silent_reporter', 'batch_day', 'weekday_pattern', 'falling_total', 'missing_days', 'zero_after_positive', 'downward_revision', 'something_new'];
    const rows = d.name === 'sars' ? [] : codes.map((code, i) => [code, ['info', 'warning', 'error'][i % 3], 'onset', 'report', i % 2 ? place : null, isoOf(asOf - i), 12 + i, 400, (12 + i) / 400, 3.4, 1, 6.25, `English sentence for ${code}.`]);
    return table(['code', 'severity', 'field', 'field_other', 'place', 'date', 'count', 'total', 'share', 'value', 'low', 'high', 'detail'], rows);
  },
  '/scenario': (query) => {
    const { d, asOf } = settings(query);
    const place = placesOf[d.name].find((p) => p.code === (query.get('place') || d.country));
    const inside = (p, code) => p.parent === code || placesOf[d.name].find((q) => q.code === p.parent)?.parent === code;
    const of = (level) => placesOf[d.name].filter((p) => p.level === level && p.population && inside(p, place.code));
    const levels = ['admin1', 'admin2'].map((level) => ({ level, parts: of(level).length, population: sum(of(level).map((p) => p.population)) })).filter((one) => one.parts >= 2);
    const level = query.get('level') || levels[levels.length - 1]?.level || 'none';
    const parts = level === 'none' ? [place] : of(level);
    const { days } = curve(d, place.code, asOf, 1, false);
    const last = days.slice(-300);
    return { data_version: 3, as_of: isoOf(asOf), dataset: d.name, disease: d.disease, place: place.code, name: place.name, country: d.country ?? place.code, levels, level, population: sum(parts.map((p) => p.population)), without_population: 0,
      parts: { columns: ['code', 'name', 'parent', 'population', 'latitude', 'longitude'], rows: parts.map((p) => [p.code, p.name, p.parent, p.population, p.latitude, p.longitude]) },
      counts: { from: isoOf(last[0].day), cases_before: 0, cases: last.map((x) => x.reported ?? -1), deaths: last.map((x, i) => (i > last.length - 15 ? -1 : Math.round((x.reported ?? 0) * 0.01))) }, measures: { cases: 'cases_report', deaths: 'deaths_date' } };
  },
  /* 5,000 cases in chains; every ninth is of nobody listed. */
  '/chains': (query) => {
    const settings = ['household', 'work', 'school', 'gathering', null];
    const rows = Array.from({ length: 5000 }, (_, k) => {
      const id = k + 1;
      const alone = k % 9 === 0;
      const infector = alone ? null : id - 1 - (k % 3 === 2 ? 1 : 0);
      const told = !alone && k % 2 === 0;
      return [id, isoOf(18628 + Math.floor(k / 60) + (k % 9) * 2), 'onset', k % 2 ? 'XV-01' : 'XV-0101', told ? settings[k % 4] : null, id - (k % 9), infector, alone ? (k % 18 ? 'outside' : 'not listed') : null,
        alone ? 0.7 : told ? 0.95 : 0.6, told, alone || k < 3 ? null : id - 3, alone || k < 3 ? null : 0.03, null, null, alone ? 0.7 : 0.01, 0.02, alone ? 1.1 : 0.4, k % 9 === 8 ? 0 : 1, (k % 50) / 100, ['BA.2', 'BA.2.12', null, 'XBB.1.5'][Math.floor(k / 9) % 4]];
    });
    return { ...table(['case', 'day', 'day_of', 'place', 'setting', 'chain', 'infector', 'unknown', 'support', 'contact', 'second', 'second_support', 'third', 'third_support', 'outside', 'not_listed',
      'entropy', 'infected', 'interview_gain', 'lineage'], rows), meta: { disease: 'covid19', cases: rows.length, contacts: 2300, method: query.get('method') ?? 'instant', reproduction: 1.1 } };
  },
  '/imports': (query) => table(['id', 'dataset', 'file_name', 'file_hash', 'profile', 'imported_at', 'published', 'rows_read', 'rows_rejected', 'rows_new', 'rows_changed', 'rows_withdrawn', 'rows_unchanged'],
    datasets.slice(0, 4).filter((d) => !query.has('dataset') || d.name === query.get('dataset')).map((d, i) => [i + 1, d.name, `${d.name}_2026-11-20.csv`, createHash('sha256').update(d.name).digest('hex'), 'generic', '2026-11-20T09:12:00Z', '2026-11-20', 81300, 66, 81234, 0, 0, 0])),
};
Object.assign(routes, makeGenomes({ random, table, isoOf, places: placesOf.vallemar, last: LAST }));
const known = 'node sample lineage tips form use agreement allowed_only show dataset measure place group as_of from to step level parent format delays horizon method window reported si_mean si_sd shape seed through origins newest alpha state'.split(' ');

function csvOf(body) {
  const cell = (v) => (v === null ? '' : /[",\n]/.test(String(v)) ? `"${String(v).replaceAll('"', '""')}"` : String(v));
  return [body.columns, ...body.rows].map((row) => row.map(cell).join(',')).join('\n') + '\n';
}

/** The files of a version are named by their content; of the next one that a test asks for, all have other names. */
const NAMED = /\b([\w-]+\.[0-9A-Za-z]{8,12})(\.(?:js|css|json|svg))\b/g;

/**
 * control.next: the page is of a next version; control.missing: a file whose address holds this is not found; control.half: of each answer of the API the end does not come;
 * control.fail: every API answer is an error; control.delayMs: each API answer waits so long; control.posts: what becomes of what is posted: 'refused' (busy), 'lost' (the connection breaks
 * before it is done), 'unheard' (after it) or 'portal' (of visits: a page of another network answers).
 */
export function startMock(dist, port = 0) {
  const control = { fail: false, delayMs: 0, empty: false, posts: '', alarms: new KeptAlarms(), simulations: new Simulations(), tracing: new Tracing(isoOf(LAST)), stock: new Stock(isoOf(LAST)), plans: new Plans(isoOf(LAST)), requests: [], next: false, missing: '', half: false, genomes: '' };
  const types = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', json: 'application/json; charset=utf-8', svg: 'image/svg+xml', html: 'text/html; charset=utf-8' };
  const server = createServer((request, response) => {
    const address = new URL(request.url, 'http://mock');
    const headers = { 'Content-Security-Policy': POLICY, 'X-Content-Type-Options': 'nosniff', 'Referrer-Policy': 'no-referrer', Vary: 'Accept-Encoding' };
    const send = (status, type, text, more = {}) => {
      const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
      Object.assign(headers, { 'Content-Type': type, ...(more['Cache-Control'] === 'no-store' ? {} : { ETag: etag }) }, more);
      if (status === 200 && request.headers['if-none-match'] === etag) {
        response.writeHead(304, headers).end();
        return;
      }
      if (control.half && request.url.startsWith('/api/')) {
        response.writeHead(status, headers).write(text.slice(0, text.length / 2));
        return;
      }
      const zipped = /gzip/.test(request.headers['accept-encoding'] ?? '') && text.length > 400;
      response.writeHead(status, zipped ? { ...headers, 'Content-Encoding': 'gzip' } : headers).end(zipped ? gzipSync(text) : text);
    };
    control.requests.push(request.url);
    const error = (status, name, message) => send(status, types.json, JSON.stringify({ error: { status: name, message } }), { 'Cache-Control': 'no-store' });
    if (/^\/api\/v1\/simulations(\/[0-9a-f]{16})?$/.test(address.pathname)) {
      let text = '';
      request.on('data', (chunk) => { text += chunk; });
      request.on('end', () => setTimeout(() => {
        if (control.fail) {
          return error(500, 'system_error', 'the disk is gone');
        }
        if (address.searchParams.get('format') === 'csv' || ['rows', 'summary'].includes(address.searchParams.get('part'))) {
          return send(200, 'text/csv; charset=utf-8', 'origin_date,scenario_id,target,horizon\n', { 'Cache-Control': 'no-store' });
        }
        const [status, body, message] = control.simulations.ask(request, address, text);
        return status === 200 ? send(200, types.json, JSON.stringify(body), { 'Cache-Control': 'no-store' }) : error(status, body, message);
      }, control.delayMs));
      return;
    }
    if (/^\/api\/v1\/alarms(\/\d+)?$/.test(address.pathname)) {
      const id = Number(address.pathname.split('/')[4] ?? 0);
      const answer = (body) => { const csv = address.searchParams.get('format') === 'csv'; send(200, csv ? 'text/csv; charset=utf-8' : types.json, csv ? csvOf(body) : JSON.stringify(body), { 'Cache-Control': 'no-store' }); };
      if (request.method !== 'POST') {
        setTimeout(() => (control.fail ? error(500, 'system_error', 'the disk is gone') : answer(control.alarms.table(address.searchParams, id))), control.delayMs);
        return;
      }
      let text = '';
      request.on('data', (chunk) => { text += chunk; });
      request.on('end', () => setTimeout(() => {
        if (control.posts === 'refused' || control.posts === 'lost') {
          return control.posts === 'lost' ? request.socket.destroy() : error(503, 'busy', 'another process is writing to the node');
        }
        const body = JSON.parse(text);
        const kept = id === 0 ? control.alarms.keep(address.searchParams) : null;
        const wrong = /^application\/json/.test(request.headers['content-type'] ?? '') ? (kept ? null : control.alarms.step(id, body)) : [415, 'usage_error', 'JSON is wanted'];
        return control.posts === 'unheard' ? request.socket.destroy() : wrong ? error(...wrong) : answer(kept ?? control.alarms.table(new URLSearchParams(), id));
      }, control.delayMs));
      return;
    }
    if (/^\/api\/v1\/(tracing(\/(followups|entries|persons))?|stock)$/.test(address.pathname)) {
      const kept = address.pathname.endsWith('stock') ? control.stock : control.tracing;
      let text = '';
      request.on('data', (chunk) => { text += chunk; });
      request.on('end', () => setTimeout(() => {
        const csv = address.searchParams.get('format') === 'csv';
        const answer = (body) => send(200, csv ? 'text/csv; charset=utf-8' : types.json, csv ? csvOf(body) : JSON.stringify(body), { 'Cache-Control': 'no-store' });
        if (control.fail) {
          return error(500, 'system_error', 'the disk is gone');
        }
        if (request.method !== 'POST') {
          return answer(kept.ask(address.searchParams));
        }
        if (control.posts === 'refused' || control.posts === 'lost') {
          return control.posts === 'lost' ? request.socket.destroy() : error(503, 'busy', 'another process is writing to the node');
        }
        if (control.posts === 'portal') {
          return send(200, types.html, '<html><body>Welcome to the café: log in</body></html>', { 'Cache-Control': 'no-store' });
        }
        const [status, body, message] = /^application\/json/.test(request.headers['content-type'] ?? '') ? (address.pathname.endsWith('entries') ? kept.takeRows(text) : address.pathname.endsWith('persons') ? kept.takePersons(text) : kept.take(text)) : [415, 'usage_error', 'JSON is wanted'];
        return control.posts === 'unheard' ? request.socket.destroy() : status === 200 ? answer(body) : error(status, body, message);
      }, control.delayMs));
      return;
    }
    if (address.pathname === '/api/v1/plans' && request.method === 'POST') {
      let text = '';
      request.on('data', (chunk) => { text += chunk; });
      request.on('end', () => setTimeout(() => {
        const [status, body, message] = control.fail ? [500, 'system_error', 'the disk is gone'] : control.plans.take(text);
        return status === 200 ? send(200, types.json, JSON.stringify(body), { 'Cache-Control': 'no-store' }) : error(status, body, message);
      }, control.delayMs));
      return;
    }
    if (/^\/api\/v1\/plans?$/.test(address.pathname)) {
      setTimeout(() => {
        const csv = address.searchParams.get('format') === 'csv';
        const [status, body, message] = control.fail ? [500, 'system_error', 'the disk is gone'] : control.plans.ask(address.pathname.endsWith('plan'), address.searchParams);
        return status === 200 ? send(200, csv ? 'text/csv; charset=utf-8' : types.json, csv ? csvOf(body) : JSON.stringify(body), { 'Cache-Control': 'no-store' }) : error(status, body, message);
      }, control.delayMs);
      return;
    }
    if (address.pathname.startsWith('/api/v1/')) {
      const route = routes[address.pathname.slice(7)];
      const unknown = [...address.searchParams.keys()].find((key) => !known.includes(key));
      setTimeout(() => {
        if (control.fail && address.pathname !== '/api/v1/node') {
          error(500, 'system_error', 'the disk is gone');
        } else if (!route) {
          error(404, 'not_found', 'nothing here');
        } else if (unknown) {
          error(400, 'usage_error', `no parameter ${unknown}`);
        } else {
          if (control.genomes === 'none' && address.pathname === '/api/v1/genomes') {
            return send(200, types.json, JSON.stringify({ ...routes['/genomes'](), rows: [] }), { 'Cache-Control': 'no-store' });
          }
          const body = control.empty && address.pathname === '/api/v1/node' ? { ...routes['/node'](), datasets: [] } : route(address.searchParams);
          const csv = address.searchParams.get('format') === 'csv';
          if (body.problem || body.file) {
            return body.problem ? error(...body.problem) : send(200, body.type, body.file, { 'Cache-Control': 'no-store', 'Content-Disposition': `attachment; filename="${body.name}"` });
          }
          send(200, csv ? 'text/csv; charset=utf-8' : types.json, csv ? csvOf(body) : JSON.stringify(body), { 'Cache-Control': 'private, no-cache' });
        }
      }, control.delayMs);
      return;
    }
    const plain = address.pathname.replace(/-next(\.\w+)$/, '$1');
    const file = join(dist, plain === '/' ? 'index.html' : plain);
    if (!existsSync(file) || plain.includes('..') || (control.missing && plain.includes(control.missing))) {
      error(404, 'not_found', 'no such file');
      return;
    }
    const changes = ['/', '/worker.js'].includes(plain);
    const next = changes ? control.next : plain !== address.pathname;
    const text = readFileSync(file, 'utf8');
    send(200, types[file.split('.').pop()] ?? 'application/octet-stream', next ? text.replace(NAMED, '$1-next$2') : text, { 'Cache-Control': changes ? 'no-cache' : 'public, max-age=31536000, immutable' });
  });
  return new Promise((resolve) => {
    let at = port;
    server.listen(port, '127.0.0.1', () => { at = server.address().port; resolve({ base: `http://127.0.0.1:${at}`, control, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections?.(); }),
      again: () => new Promise((done) => { server.listen(at, '127.0.0.1', done); }) }); });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const mock = await startMock(process.argv[2], Number(process.argv[3] ?? 0));
  console.log(mock.base);
}
