// A record of tracing for the stand-in server: some contacts of two officers, and the visits that were posted, each entry once.
const DAY = 86400000;
const SEEN = ['not_seen', 'in_person', 'telephone', 'app', 'refused'];
const table = (columns, rows, meta = {}) => ({ columns, rows, meta });

export class Tracing {
  constructor(today) {
    this.today = today;
    this.visits = new Map(); // by entry
    this.posts = []; // bodies as they came
    this.empty = false;
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
    const found = all.filter((row) => (!query.get('officer') || row[7] === query.get('officer')) && (!query.get('status') || row[2] === query.get('status')) && (!query.get('place') || row[6].startsWith(query.get('place'))));
    return table(columns, found, { kind: 'case', total: found.length, most: 100, skip: 0 });
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
    if (this.empty) {
      return table(['officer', 'open'], [], { today: this.today, cases: 0, contacts: 0 });
    }
    switch (show) {
      case 'officers': return table(['officer', 'open'], ['Ana', 'Luis'].map((name) => [name, open.filter((one) => one.officer === name).length]), { day: this.today, today: this.today, cases: 40, contacts: this.contacts.length });
      case 'day': return this.day(officer, query.get('date') ?? this.today);
      case 'contacts': return this.list(query);
      case 'cases': return this.cases(query);
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
