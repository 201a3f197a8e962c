// Kept plans for the stand-in server: one of ventilators and doses between three places and a store, and what-ifs that are answered by a simple rule.
const DAY = 86400000;
const table = (columns, rows, meta = {}) => ({ columns, rows, meta });
const MOVES = ['resource', 'leaves', 'arrives', 'from', 'to', 'amount', 'cost', 'avoided', 'from_unmet_before', 'from_unmet', 'to_unmet_before', 'to_unmet', 'binds', 'reason'];
const ACCOUNT = ['resource', 'plan', 'needed', 'unmet', 'tail_unmet', 'worst_coverage', 'worst_place', 'gini', 'moved', 'movements', 'cost', 'best_possible_worst_coverage', 'least_possible_objective'];
const TITLES = { ventilator: 'ventilators', vaccine_dose: 'vaccine doses' };
const STORE = 'Central store';

export class Plans {
  constructor(today) {
    this.today = today;
    this.empty = false;
    this.many = 0;
    this.large = false; // kept without the price of fairness
    this.limited = false; // within a budget that two resources share
    this.together = false; // the doses serve the ventilators
    this.asked = [];
    this.made = []; // what was ordered
    this.names = ['Relief', 'Older'];
  }

  take(text) {
    const order = JSON.parse(text);
    if (order.action === 'remove') {
      this.names = this.names.filter((name) => name !== order.name);
      return [200, { name: order.name, removed: true }];
    }
    this.made.push(order);
    if (order.places.includes('XV-02')) {
      return [400, 'usage_error', 'no hospital of XV-02 reports patients that can be forecast'];
    }
    this.names = [order.name, ...this.names.filter((name) => name !== order.name)];
    return [200, { name: order.name, left_out: 'XV-06 (cannot be forecast)' }];
  }

  iso(ahead) {
    return new Date(Date.parse(this.today) + ahead * DAY).toISOString().slice(0, 10);
  }

  moves() {
    const row = (resource, period, from, to, amount, binds, before, after) => [resource, this.iso(7 * period), this.iso(7 * period + 7), from, to, amount, 3 * amount, binds === 'enough' ? 0 : 1.5, 0, 0.6, before, after, binds, ''];
    const rows = [row('ventilator', 0, STORE, 'XV-01', 12, 'given', 30, 9), row('ventilator', 0, 'XV-02', 'XV-01', 3, 'own_need', 30, 9), row('ventilator', 1, 'XV-02', 'XV-03', 2, 'way', 6, 3), row('vaccine_dose', 0, STORE, 'XV-03', 5000, 'enough', 9000, 0)];
    for (let i = 0; i < this.many; i++) {
      rows.push(row('ventilator', 2, 'XV-03', 'XV-02', 1, 'minimum', 4, 3));
    }
    return rows;
  }

  tables() {
    const account = (resource, plan, needed, unmet, worst, place, gini, moved) => [resource, plan, needed, unmet, 2 * unmet, worst, place, gini, moved, moved > 0 ? 3 : 0, 3 * moved, null, null];
    const coverage = ['resource', 'place', 'needed', 'coverage', 'unmet', 'coverage_nothing_moves', 'unmet_nothing_moves', 'coverage_per_head', 'unmet_per_head', 'coverage_by_shortage', 'unmet_by_shortage'];
    const places = (resource) => [[resource, 'XV-01', 90, 0.9, 9, 0.66, 30, 0.8, 18, 0.85, 14], [resource, 'XV-02', 60, 0.95, 3, 1, 0, 0.97, 2, 0.8, 12], [resource, 'XV-03', 30, 0.4, 18, 0.2, 24, 0.3, 21, 0.5, 15], [resource, STORE, 0, null, 0, null, 0, null, 0, null, 0]];
    const unmet = (resource) => [[resource, 'XV-01', this.iso(0), 30, 10, 6, 5, 'too_late'], [resource, 'XV-01', this.iso(7), 30, 10, 3, 9, 'all_needed'], [resource, 'XV-02', this.iso(7), 20, 0, 3, 9, 'no_way'], [resource, 'XV-03', this.iso(14), 10, 8, 18, 2, 'way'], [resource, 'XV-03', this.iso(0), 10, 8, 0, 10, null]];
    return {
      movements: table(MOVES, this.moves()), coverage: table(coverage, [...places('ventilator'), ...places('vaccine_dose')]), unmet: table(['resource', 'place', 'date', 'needed', 'unmet_before', 'unmet', 'at_hand', 'why'], unmet('ventilator')),
      summary: table(ACCOUNT, ['ventilator', 'vaccine_dose'].flatMap((one) => [account(one, 'plan', 180, 30, 0.4, 'XV-03', 0.12, 17), account(one, 'nothing_moves', 180, 54, 0.2, 'XV-03', 0.31, 0), account(one, 'per_head', 180, 41, 0.3, 'XV-03', 0.2, 30), account(one, 'by_shortage', 180, 41, 0.5, 'XV-03', 0.1, 40)])),
      ...(this.limited ? { limits: table(['limit', 'most'], [['budget', 9]]) } : {}),
      ...(this.large ? {} : { fairness: table(['resource', 'plan', 'chosen', 'unmet', 'worst_coverage', 'worst_place', 'gini', 'moved', 'movements', 'cost'], [['ventilator', 'least_unmet', true, 30, 0.4, 'XV-03', 0.12, 17, 3, 51], ['ventilator', 'fairest', false, 36, 0.7, 'XV-03', 0.02, 25, 5, 75], ['vaccine_dose', 'least_unmet', true, 30, 0.4, 'XV-03', 0.12, 17, 3, 51], ['vaccine_dose', 'fairest', false, 30, 0.4, 'XV-03', 0.12, 17, 3, 51],
        ...(this.limited ? [['*', 'least_unmet', true, 60, null, null, null, 34, 6, 102], ['*', 'fairest', false, 67.5, null, null, null, 42, 8, 126]] : [])]) }),
    };
  }

  document(name) {
    return { name, kept: `${this.today}T10:00:00Z`, program: '0.0 mock', exercise: true, places: [{ place: 'XV-01', code: 'XV-01', above: 'XV', latitude: 1, longitude: -30 }, { place: 'XV-02', code: 'XV-02', above: 'XV', latitude: 2, longitude: -31 },
      { place: 'XV-03', code: 'XV-03', above: 'XV', latitude: 3, longitude: -30 }, { place: STORE }],
    plan: { meta: { analysis: 'plan', periods: 3, step_days: 7, places: 4, paths: 20, ledger_day: this.today, fairest: Number(name === 'Older'), nobody_worse: Number(name === 'Older'), tail_weight: 0 }, dates: [0, 7, 14].map((ahead) => this.iso(ahead)), places: ['XV-01', 'XV-02', 'XV-03', STORE],
      resources: [{ resource: 'ventilator', reusable: true, ...(this.together ? { members: ['vaccine_dose'] } : {}) }, { resource: 'vaccine_dose', reusable: this.together }], tables: this.tables() } };
  }

  orders(language) {
    const columns = ['number', ...MOVES.flatMap((name) => (name === 'resource' ? [name, 'title'] : name === 'from' || name === 'to' ? [name, `${name}_name`] : [name]))];
    return table(columns, this.moves().map((row, i) => [i + 1, ...MOVES.flatMap((name, k) => (name === 'resource' ? [row[k], TITLES[row[k]]] : name === 'from' || name === 'to' ? [row[k], `<b>${row[k]}</b>`] : name === 'reason' ? [`${language}: why ${row[12]}`] : [row[k]]))]), { name: 'Relief' });
  }

  whatIf(text, name) {
    const [place, resource, amount] = text.split(',');
    this.asked.push(text);
    const n = Number(amount);
    if (n < -100) {
      return [400, 'usage_error', `what if: ${place} has 10 ${resource} then`];
    }
    if (n > 500) {
      return [422, 'data_error', 'what --must asks cannot be'];
    }
    const total = (unmet) => ({ unmet, worst_coverage: 0.4 + Math.max(0, n) / 100, gini: 0.1, moved: 17, cost: 51 });
    return [200, table(['resource', 'place', 'name', 'needed', 'unmet', 'unmet_what_if', 'gained'], [[resource, place, `Name of ${place}`, 90, 9, 9 - n * 0.6, n * 0.6], [resource, 'XV-03', 'Name of XV-03', 30, 18, 18 + 0.3, -0.3]], { analysis: 'plan', warm: true, plan: total(30), changed: total(name === 'Older' ? 30 + n * 0.6 : 30 - n * 0.6 + 0.3) })];
  }

  ask(document, query) {
    const name = query.get('name');
    if (!document && !name) {
      return [200, table(['name', 'kept', 'first', 'last', 'resources', 'places', 'paths', 'movements', 'fairest', 'bytes'], (this.empty ? [] : this.names).map((one, i) => [one, `${this.today}T0${9 - i}:00:00Z`, this.iso(0), this.iso(14), 'ventilator, vaccine_dose', 4, 20, 4, false, 9000]))];
    }
    if (!this.names.includes(name)) {
      return [404, 'not_found', `the node keeps no plan "${name}"`];
    }
    return document ? [200, this.document(name)] : query.get('what_if') ? this.whatIf(query.get('what_if'), name) : query.get('show') === 'movements' ? [200, this.orders(query.get('language'))] : [200, this.tables()[query.get('show')]];
  }
}
