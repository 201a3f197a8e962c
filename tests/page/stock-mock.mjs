// A stock ledger for the stand-in server: some positions of two places, and the entries that were posted, each once.
const DAY = 86400000;
const NAMES = ['place', 'facility', 'item', 'title', 'category', 'unit'];
const table = (columns, rows, meta = {}) => ({ columns, rows, meta });
const ITEMS = [['ward', 'ward beds', 'beds', 'beds', true, false, true], ['icu', 'intensive-care beds', 'beds', 'beds', true, false, true], ['ventilator', 'ventilators', 'equipment', 'units', true, false, true],
  ['oxygen_m3', 'oxygen (m³)', 'oxygen', 'm3', false, false, true], ['respirator', 'N95 or FFP2 respirators', 'protection', 'pieces', false, false, false], ['vaccine_dose', 'vaccine doses', 'doses', 'doses', false, true, false]];

export class Stock {
  constructor(today) {
    this.today = today;
    this.entries = new Map(); // by entry
    this.posts = [];
    this.empty = false;
    this.many = 0;
    this.refuse = '';
  }

  iso(ahead) {
    return new Date(Date.parse(this.today) + ahead * DAY).toISOString().slice(0, 10);
  }

  static names(place, facility, item) {
    const [name, title, category, unit] = ITEMS.find(([one]) => one === item);
    return [place, facility, name, title, category, unit];
  }

  rows() {
    const row = (place, facility, item, amount, more) => [...Stock.names(place, facility, item), amount, more.usable ?? amount, more.expired ?? 0, more.expiring ?? 0, more.in_use ?? null, more.counted ?? null, this.today, more.per_day ?? null, ...(more.cover ?? [null, null, null]),
      more.cover ? this.iso(1 + Math.floor(more.cover[1])) : null, more.unused ?? null, more.status];
    const rows = [row('XV-01', null, 'icu', 120, { in_use: 97, counted: this.today, status: 'reusable' }), row('XV-01', null, 'respirator', 4000, { per_day: 120, cover: [25.5, 33.3, 41], status: 'ok' }), row('XV-01', null, 'oxygen_m3', 900, { per_day: 310.5, cover: [2.1, 2.9, 3.9], status: 'ok' }),
      row('XV-02', null, 'vaccine_dose', 900, { usable: 700, expired: 200, expiring: 300, per_day: 8, cover: [60, 88, 140], unused: 120, status: 'ok' }), row('XV-02', 'Hospital «Niño»', 'respirator', -5, { status: 'negative' }), row('XV-02', null, 'oxygen_m3', 50000, { per_day: 12, status: 'long' }),
      row('XV-03', null, 'respirator', 10, { status: 'few_days' })];
    for (let i = 0; i < this.many; i++) {
      rows.push(row('XV-03', `Centro ${i}`, 'respirator', i, { status: 'no_use' }));
    }
    return rows;
  }

  ask(query) {
    const show = query.get('show') ?? 'stock';
    const meta = { show, day: this.today, today: this.today, window_days: 28, horizon_days: 180 };
    const wanted = (rows) => (this.empty ? [] : rows.filter((row) => (!query.get('item') || row[2] === query.get('item')) && (!query.get('place') || String(row[0]).startsWith(query.get('place')))));
    switch (show) {
      case 'items': return table(['item', 'title', 'category', 'unit', 'reusable', 'lots', 'asked'], ITEMS, meta);
      case 'stock': return table([...NAMES, 'amount', 'usable', 'expired', 'expiring', 'in_use', 'counted', 'last', 'per_day', 'cover_low', 'cover_days', 'cover_high', 'runs_out', 'expires_unused', 'status'], wanted(this.rows()), meta);
      case 'expiry': return table([...NAMES, 'lot', 'expiry', 'days_left', 'amount', 'unused'], wanted([[...Stock.names('XV-02', null, 'vaccine_dose'), 'A1', this.iso(-4), -4, 200, 200], [...Stock.names('XV-02', null, 'vaccine_dose'), 'B7', this.iso(20), 20, 300, null]]), meta);
      case 'missing': return table([...NAMES, 'state', 'last'], wanted([[...Stock.names('XV-01', null, 'ventilator'), 'never', null], [...Stock.names('XV-02', null, 'icu'), 'old', this.iso(-45)], [...Stock.names('XV-03', null, 'ward'), 'in_use', this.iso(-2)]]), meta);
      case 'orders': return table(['order', 'item', 'title', 'unit', 'from', 'from_facility', 'to', 'to_facility', 'date', 'due', 'amount', 'arrived', 'returned', 'missing', 'on_way', 'last', 'state', 'note', 'by'], this.empty ? [] : [[1, 'respirator', 'N95 or FFP2 respirators', 'pieces', 'XV-01', null, 'XV-02', 'Hospital «Niño»', this.iso(-1), this.iso(3), 200, 0, 0, 0, 200, this.iso(-1), 'on_way', '<b>plane</b>', 'Ana'],
        [2, 'vaccine_dose', 'vaccine doses', 'doses', 'XV-02', null, 'XV-03', null, this.iso(-9), this.iso(-2), 90, 30, 0, 0, 60, this.iso(-2), 'late', null, 'Ana']], meta);
      case 'lots': return table([...NAMES, 'lot', 'expiry', 'days_left', 'amount'], wanted([[...Stock.names('XV-01', 'Hospital «Niño»', 'respirator'), null, null, null, 10]]), meta);
      default: return table(['id', 'date', 'place', 'facility', 'item', 'event', 'amount', 'lot', 'expiry', 'counted', 'in_use', 'reverses', 'other', 'note', 'by', 'at', 'source'],
        (this.empty ? [] : [...this.entries.values()].reverse().map((one, i) => [100 - i, one.date ?? this.today, one.place, one.facility ?? null, one.item, one.event, Number(one.amount), one.lot ?? null, null, null, null, null, null, one.note ?? null, one.by, `${this.today}T10:00:00Z`, null])
          .concat([[2, this.today, 'XV-01', null, 'respirator', 'received', 4000, null, null, null, null, 1, null, null, 'Ana', `${this.today}T09:00:00Z`, 'stock.csv'], [1, this.today, 'XV-01', null, 'respirator', 'sent', -10, null, null, null, null, null, null, '<b>truck</b>', 'Ana', `${this.today}T08:00:00Z`, null]])), { ...meta, total: 2 + this.entries.size });
    }
  }

  take(text) {
    this.posts.push(text);
    const { by, entries } = JSON.parse(text);
    if (this.refuse) {
      return [422, 'data_error', this.refuse];
    }
    const rows = entries.map((one) => {
      const already = this.entries.has(one.entry);
      this.entries.set(one.entry, this.entries.get(one.entry) ?? { ...one, by });
      return [one.event, one.item, one.place, already ? 0 : 1, already ? null : 100, already];
    });
    return [200, table(['event', 'item', 'place', 'rows', 'first', 'already'], rows, {})];
  }
}
