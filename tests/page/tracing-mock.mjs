// A record of tracing for the stand-in server: some contacts of two officers, and the visits that were posted, each entry once.
const DAY = 86400000;
const SEEN = ['not_seen', 'in_person', 'telephone', 'app', 'refused'];
const table = (columns, rows, meta = {}) => ({ columns, rows, meta });

export class Tracing {
  constructor(today) {
    this.today = today;
    this.visits = new Map(); // by entry
    this.posts = []; // bodies as they came, of visits
    this.rows = new Map(); // what was told beside visits, by entry
    this.told = []; // bodies of it
    this.names = false; // whether it is served for case workers
    this.asked = []; // what was asked and decided of persons
    this.events = [];
    this.attendances = [];
    this.orders = [];
    this.duplicates = [[12, 5, 0.9991, 'names alike, birthday, document one sign off'], [31, 30, 0.62, 'names in part, year of birth']];
    this.merges = [];
    this.empty = false;
    this.newCases = []; // that were told, newest first
    const iso = (ago) => new Date(Date.parse(today) - ago * DAY).toISOString().slice(0, 10);
    const statuses = ['open', 'open', 'open', 'open', 'completed', 'became_case', 'lost', 'refused', 'dropped'];
    this.contacts = Array.from({ length: 130 }, (_, i) => ({
      id: 130 - i, source: i % 7 === 6 ? null : 900 + (i % 9), person: 400 + i, event: i % 7 === 6 ? 3 : null, first: iso(i % 12), last: iso(i % 10), setting: ['household', 'work', 'unknown', 'school'][i % 4], proximity: ['touch', 'close', 'room', 'unknown'][i % 4], minutes: null,
      certainty: 'medium', found: 'forward', status: i < 5 ? 'open' : statuses[i % statuses.length], follow_until: iso((i % 10) - 14), place: ['XV-0101', 'XV-0202'][i % 2], officer: i % 5 === 4 ? 'Luis' : 'Ana', became_case: null, added: iso(i % 10), birth_year: 1950 + (i % 60), sex: i % 2 ? 'male' : 'female',
    }));
  }

  cases(query) {
    const columns = ['id', 'person', 'class', 'onset', 'report', 'setting', 'place', 'officer', 'from_contact', 'birth_year', 'sex'];
    const classes = ['confirmed', 'probable', 'suspected', 'unknown', 'discarded'];
    const all = Array.from({ length: 40 }, (_, i) => [40 - i, 900 + i, classes[i % 5], i % 3 ? this.today : null, this.today, ['household', 'unknown'][i % 2], ['XV-0101', 'XV-0202'][i % 2], i % 4 ? 'Ana' : 'Luis', i % 6 ? null : 100 + i, 1950 + i, 'female']);
    const found = [...this.newCases, ...(this.empty ? [] : all)].filter((row) => (!query.get('officer') || row[7] === query.get('officer')) && (!query.get('status') || row[2] === query.get('status')) && (!query.get('place') || row[6].startsWith(query.get('place'))));
    return table(columns, found, { kind: 'case', total: found.length, most: 100, skip: 0 });
  }

  listOf(all, query) {
    const found = all.filter((one) => ['officer', 'person', 'event'].every((name) => !query.get(name) || String(one[name]) === query.get(name)) && (!query.get('status') || ((!one.last || one.last >= this.today) && (!one.ended || one.ended > this.today))));
    return table(Object.keys(all[0] ?? { id: 0 }), found.map((one) => Object.values(one)), { total: found.length, more_than_total: false });
  }

  person(id) {
    return { birth_year: 1950 + (id % 60), sex: id % 2 ? 'male' : 'female' };
  }

  /** Rows, once each: [status, body] or [status, name, message]. */
  takeRows(text) {
    const { by, entries } = JSON.parse(text);
    this.told.push({ by, entries });
    if (!by || !entries.every((one) => /^[\w-]{8,64}$/.test(one.entry) && Object.values(one.fields).every((value) => typeof value === 'string' && value !== ''))) {
      return [400, 'usage_error', 'the body is not entries'];
    }
    const rows = entries.map((one) => {
      const before = this.rows.get(one.entry);
      const refused = (reason) => [one.entry, one.kind, 'refused', reason, null, null, 0, null, null];
      if (before) {
        return [one.entry, one.kind, 'known', null, before.id, before.person, 0, null, null];
      }
      const { fields } = one;
      if (one.source_case && !(one.source_case <= 40)) {
        return refused(`there is no case ${one.source_case}`);
      }
      const person = Number(fields.person ?? 700 + this.rows.size);
      const like = fields.family === 'Mamani' ? 5 : null;
      let id = one.id ?? 0;
      if (one.kind === 'case') {
        id = 41 + this.newCases.length;
        this.newCases.unshift([id, person, fields.class ?? 'unknown', fields.onset ?? null, fields.report ?? null, fields.setting ?? null, fields.place ?? 'XV-0101', fields.officer ?? null, null, fields.birth_year ?? null, fields.sex ?? null]);
      } else if (one.kind === 'contact') {
        id = Math.max(...this.contacts.map((contact) => contact.id)) + 1;
        this.contacts.unshift({ ...this.contacts[0], id, person, source: one.source_case ? 900 : null, event: fields.event ? Number(fields.event) : null, first: null, last: fields.last ?? this.today, setting: fields.setting ?? 'unknown', proximity: fields.proximity ?? 'unknown', status: 'open',
          follow_until: this.today, officer: fields.officer ?? 'Ana', added: fields.added ?? this.today });
      } else if (one.kind === 'event') {
        id = this.events.length + 1;
        this.events.unshift({ id, label: fields.label, setting: fields.setting ?? null, place: fields.place ?? null, first: fields.first, last: fields.last ?? null, people: null, officer: fields.officer ?? null, added: this.today });
      } else if (one.kind === 'attendance') {
        id = this.attendances.length + 1;
        this.attendances.push({ id, event: Number(fields.event), person, first: fields.first ?? null, last: fields.last ?? null });
      } else if (one.kind === 'order' && one.id) {
        Object.assign(this.orders.find((order) => order.id === one.id), fields);
      } else {
        id = this.orders.length + 1;
        this.orders.unshift({ id, person, kind: fields.kind, first: fields.first, last: fields.last, ended: null, help: fields.help ?? null, officer: fields.officer ?? null, ...this.person(person) });
      }
      this.rows.set(one.entry, { ...one, by, id, person });
      return [one.entry, one.kind, 'taken', null, id, person, like ? 1 : 0, like, like ? 0.987 : null];
    });
    return [200, table(['entry', 'kind', 'state', 'reason', 'id', 'person', 'duplicates', 'duplicate', 'probability'], rows)];
  }

  /** What is asked and decided of persons. */
  takePersons(text) {
    const body = JSON.parse(text);
    this.asked.push(body);
    if (!body.by || (body.action !== 'candidates' && !body.reason)) {
      return [400, 'usage_error', 'this needs a name and a reason'];
    }
    switch (body.action) {
      case 'names':
        return !this.names ? [400, 'usage_error', `only a case worker may do that, and ${body.by} is here as reader`]
          : [200, table(['person', 'given', 'family', 'other_names', 'document', 'document_2', 'telephone', 'address', 'note', 'birth'], body.persons.map((id) => [id, 'Íñigo', id % 2 ? `Zubizarreta ${id}` : 'Zubizarreta', null, null, null, `300${id}`, 'Calle 1', null, '1970-05-06']))];
      case 'candidates':
        return [200, table(['other', 'probability', 'pattern'], body.person === 12 ? [[5, 0.9991, 'names alike, birthday, document one sign off']] : [])];
      case 'merge': case 'different':
        this.duplicates = this.duplicates.filter(([a, b]) => [a, b].sort().join() !== [body.person, body.other].sort().join());
        if (body.action === 'merge') {
          this.merges.unshift([77 + this.merges.length, `${this.today}T10:00:00Z`, body.by, body.person, body.other, false]);
        }
        return [200, table(['what', 'person', 'other', 'step', 'note'], [[body.action === 'merge' ? 'merged' : 'different', body.person, body.other, body.action === 'merge' ? this.merges[0][0] : null, null]])];
      default: {
        const step = this.merges.find((one) => one[0] === body.step && !one[5]);
        if (!step) {
          return [422, 'data_error', `the merging ${body.step} was undone already`];
        }
        step[5] = true;
        return [200, table(['what', 'person', 'other', 'step', 'note'], [['undone', null, 5, body.step, null]])];
      }
    }
  }

  visitsOf(contact, day) {
    return [...this.visits.values()].filter((visit) => visit.contact === contact && visit.day === day);
  }

  day(officer, day) {
    const columns = ['contact', 'person', 'birth_year', 'sex', 'place', 'last', 'day_number', 'days_left', 'last_seen', 'days_unseen', 'symptoms', 'temperature', 'alert', 'visited', 'order', 'order_until', 'help'];
    const rows = this.contacts.filter((one) => one.officer === officer && one.status === 'open').map((one) => {
      const last = this.visitsOf(one.id, day).filter((visit) => ['in_person', 'telephone', 'app'].includes(visit.seen)).pop();
      const ill = one.id === 130 || (last && (last.symptoms || last.temperature >= 38));
      const number = (Date.parse(day) - Date.parse(one.last)) / DAY;
      return [one.id, one.person, one.birth_year, one.sex, one.place, one.last, number, 14 - number, last ? day : null, last ? 0 : 3, last?.symptoms ?? (one.id === 130 ? 'fever,cough' : null), last?.temperature ?? (one.id === 130 ? 38.6 : null), !!ill, !!last,
        one.id === 129 ? 'quarantine_home' : null, one.id === 129 ? one.follow_until : null, one.id === 129 ? 'food' : null];
    });
    return table(columns, rows.sort((a, b) => Number(b[12]) - Number(a[12])), { officer, day });
  }

  list(query) {
    const found = this.contacts.filter((one) => (!query.get('officer') || one.officer === query.get('officer')) && (!query.get('status') || one.status === query.get('status')) && (!query.get('place') || one.place.startsWith(query.get('place'))));
    const [most, skip] = [Number(query.get('most') ?? 100), Number(query.get('skip') ?? 0)];
    return table(Object.keys(this.contacts[0]), found.slice(skip, skip + most).map((one) => Object.values(one)), { kind: 'contact', total: found.length, most, skip });
  }

  ask(query) {
    const show = query.get('show') ?? 'officers';
    const officer = query.get('officer') ?? '';
    const open = this.contacts.filter((one) => one.status === 'open');
    if (this.empty && show !== 'cases') {
      return table(['officer', 'open'], [], { today: this.today, cases: 0, contacts: 0 });
    }
    switch (show) {
      case 'officers': return table(['officer', 'open'], ['Ana', 'Luis'].map((name) => [name, open.filter((one) => one.officer === name).length]), { day: this.today, today: this.today, cases: 40, contacts: this.contacts.length, names: this.names });
      case 'day': return this.day(officer, query.get('date') ?? this.today);
      case 'contacts': return this.list(query);
      case 'cases': return this.cases(query);
      case 'events': return this.listOf(this.events, query);
      case 'orders': return this.listOf(this.orders, query);
      case 'attendees': return table(['id', 'person', 'birth_year', 'sex', 'first', 'last', 'case', 'class', 'onset', 'contact', 'status'], this.attendances.filter((one) => String(one.event) === query.get('event')).map((one) => {
        const contact = this.contacts.find((each) => each.person === one.person && each.event === one.event);
        const ill = one.person >= 900 && one.person < 940;
        return [one.id, one.person, this.person(one.person).birth_year, this.person(one.person).sex, one.first, one.last, ill ? 940 - one.person : null, ill ? 'confirmed' : null, ill ? this.today : null, contact?.id ?? null, contact?.status ?? null];
      }));
      case 'duplicates': return table(['person', 'other', 'probability', 'pattern'], this.duplicates);
      case 'merges': return table(['step', 'at', 'by', 'person', 'into', 'undone'], this.merges);
      case 'beside': return table(['person', 'birth_year', 'sex', 'place', 'added', 'cases', 'contacts', 'contacts_of', 'events', 'orders', 'case', 'class', 'onset', 'report'],
        ['person', 'other'].map((name, i) => [Number(query.get(name)), 1970, i ? 'male' : 'female', i ? null : 'XV-0101', this.today, i, 3 - i, 0, 1, 0, i ? 7 : null, i ? 'probable' : null, i ? this.today : null, null]));
      case 'forward': return table(['contact', 'person', 'source', 'last', 'proximity', 'setting', 'certainty', 'symptoms', 'infected', 'ahead', 'preventable'],
        open.filter((one) => !officer || one.officer === officer).map((one, i) => [one.id, one.person, one.source, one.last, one.proximity, one.setting, 'medium', i === 0, 0.31 / (i + 1), 0.8, 0.4 / (i + 1)]), { contacts: open.length, preventable: 1.23, reproduction: 2, generation_mean_days: 5 });
      case 'backward': return table(['what', 'id', 'first', 'last', 'cases', 'probability', 'others', 'preventable'], [['event', 3, this.today, this.today, 2.4, 0.93, 4.1, 1.2], ['person', 433, this.contacts[8].last, this.today, 1.1, 0.2, 3, 0.4]], { sources: 2 });
      default: return table(['indicator', 'numerator', 'denominator', 'value'], [['cases_with_contacts_listed', 30, 40, 0.75], ['contacts_per_case', 130, 40, 3.25], ['contacts_seen_daily', 9, 10, 0.9], ['contacts_completed', 4, 5, 0.8], ['contacts_lost', 1, 130, 1 / 130],
        ['contacts_with_symptoms', 2, 130, 2 / 130], ['contacts_that_became_cases', 3, 130, 3 / 130], ['cases_from_known_contacts', 0, 0, null], ['cases_traced_within_24h', 20, 40, 0.5], ['days_from_contact_to_listing', null, null, 3.4], ['days_from_report_to_listing', null, null, null]], {});
    }
  }

  /** As the node takes them: [status, body] or [status, name, message]. */
  take(text) {
    const body = JSON.parse(text);
    this.posts.push(body);
    if (!body.by || !Array.isArray(body.followups) || body.followups.some((one) => !/^[\w-]{8,64}$/.test(one.entry) || !SEEN.includes(one.seen) || 'id' in one)) {
      return [400, 'usage_error', 'the body is not visits'];
    }
    const rows = body.followups.map((one) => {
      if (this.visits.has(one.entry)) {
        return [one.entry, one.contact, 1, 'known', null];
      }
      if (!this.contacts.some((contact) => contact.id === one.contact)) {
        return [one.entry, one.contact, null, 'refused', `there is no contact ${one.contact}`];
      }
      this.visits.set(one.entry, { ...one, by: body.by });
      return [one.entry, one.contact, this.visits.size, 'taken', null];
    });
    return [200, table(['entry', 'contact', 'followup', 'state', 'reason'], rows)];
  }
}
