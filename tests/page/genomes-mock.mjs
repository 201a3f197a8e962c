// A node's genomes for the stand-in server: a tree of 10,000 tips that grew through time from place to place, with the shapes of docs/api.md, /genomes, /tree, /introductions and /lineages.
const TIPS = 10000;

function grow(random, day0, places) {
  const nodes = [{ parent: -1, time: day0, place: 0, lineage: 0, mutations: '', tip: false, children: [] }];
  const lineages = ['A'];
  const open = [0];
  let tips = 0;
  while (tips < TIPS) {
    const at = open[Math.floor(random() ** 0.7 * open.length)];
    const parent = nodes[at];
    const tip = random() < 0.62 || parent.time > day0 + 240;
    const changes = random() < 0.75 ? 1 + Math.floor(random() * 2) : 0;
    const mutations = Array.from({ length: changes }, () => `${'ACGT'[Math.floor(random() * 4)]}${1 + Math.floor(random() * 29000)}${'ACGT'[Math.floor(random() * 4)]}`).filter((m) => m[0] !== m.at(-1));
    let { lineage } = parent;
    if (!tip && lineages.length < 40 && random() < 0.02) {
      lineages.push(`${lineages[lineage]}.${lineages.filter((name) => name.startsWith(`${lineages[lineage]}.`)).length + 1}`);
      lineage = lineages.length - 1;
    }
    nodes.push({ parent: at, time: Math.min(day0 + 260, parent.time + 3 + Math.floor(random() * 25)), place: random() < 0.05 ? Math.floor(random() * places.length) : parent.place, lineage, mutations: mutations.join(','), tip, children: [] });
    parent.children.push(nodes.length - 1);
    tips += tip ? 1 : 0;
    if (!tip) {
      open.push(nodes.length - 1);
    }
  }
  return { nodes, lineages };
}

export function makeGenomes({ random, table, isoOf, places, last }) {
  const codes = places.filter((p) => p.level === 'admin2').map((p) => p.code);
  const provinces = [...new Set(codes.map((code) => places.find((p) => p.code === code).parent))];
  const { nodes, lineages } = grow(random(77), last - 270, codes);
  const hasTips = new Array(nodes.length).fill(false);
  for (let v = nodes.length - 1; v >= 0; v--) {
    hasTips[v] = nodes[v].tip || nodes[v].children.some((child) => hasTips[child]);
  }
  const order = []; // preorder, without branches that lead nowhere
  for (const stack = [0]; stack.length > 0;) {
    const v = stack.pop();
    order.push(v);
    stack.push(...nodes[v].children.filter((child) => hasTips[child]).reverse());
  }
  const number = new Map(order.map((v, i) => [v, i]));
  const named = (v) => (nodes[v].tip ? `G${String(v).padStart(5, '0')}` : `node_${number.get(v) + 1}`);
  const laboratories = ['Instituto Nacional', 'Laboratorio Central'];

  // Every mutation of nucleotides changes a made amino acid of S; one genome in three lacks 21765-21770, with S:H69-, one in seven was not read there.
  const acidsOf = (v) => nodes[v].mutations.split(',').filter(Boolean).map((m) => `S:${m[0] === 'A' ? 'N' : 'D'}${1 + (Number(m.slice(1, -1)) % 1200)}${m.at(-1) === 'G' ? 'Y' : 'G'}`).join(',');
  // A clade lacks 6513-6515 from its own branch on.
  const under = (v) => { const found = []; for (const stack = [v]; stack.length > 0;) { const at = stack.pop(); found.push(at); stack.push(...nodes[at].children.filter((child) => hasTips[child])); } return found; };
  const clade = order.find((v) => { const n = nodes[v].tip ? 0 : under(v).filter((one) => nodes[one].tip).length; return n >= 5 && n <= 60; });
  const within = new Set(under(clade));
  const gapsOf = (v) => [v % 3 === 0 ? '21765-21770,28273,S:H69-' : v % 7 === 0 ? '?21765-21770' : '', within.has(v) ? '6513-6515' : ''].filter(Boolean).join(',');
  const eventsOf = (v) => [v === clade ? '+6513-6515' : '', nodes[v].tip && v % 3 === 0 ? '+21765-21770,+S:H69-,+28273' : ''].filter(Boolean).join(',');

  const documentOf = (wantedNodes, cut, leftOut = 0) => {
    const index = new Map(wantedNodes.map((v, i) => [v, i]));
    const of = (pick) => wantedNodes.map(pick);
    const time = of((v) => nodes[v].time);
    const tips = wantedNodes.filter((v) => nodes[v].tip).length;
    return { set: 'sars-cov-2', exercise: 'EXERCISE', made: '2026-11-20T10:00:00Z', kept: { mutations_per_year: 27.4, mutations_per_year_low: 25.1, mutations_per_year_high: 29.9, leaves: TIPS }, cut, wanted: tips + leftOut, leaves: tips, left_out: leftOut, level: 'admin1',
      parent: of((v) => (index.has(nodes[v].parent) ? index.get(nodes[v].parent) : -1)), name: of(named), mutations: of((v) => nodes[v].mutations), acids: of((v) => acidsOf(v)), gaps: of((v) => (nodes[v].tip ? gapsOf(v) : null)), gap_events: of(eventsOf), time, time_low: time.map((t) => t - 9), time_high: time.map((t) => t + 6),
      date: of((v) => (nodes[v].tip ? nodes[v].time : null)), own: of((v) => (nodes[v].tip ? 1 : 0)), lineage: of((v) => nodes[v].lineage), place: of((v) => (nodes[v].tip ? nodes[v].place : null)),
      region: of((v) => (nodes[v].tip ? provinces.indexOf(places.find((p) => p.code === codes[nodes[v].place]).parent) : null)), provider: of((v) => (nodes[v].tip ? v % 2 : null)), quality: of(() => null), leaves_below: of(() => 1),
      lineages, places: codes, regions: provinces, providers: laboratories, qualities: [] };
  };
  const below = (v) => { const found = []; for (const stack = [v]; stack.length > 0;) { const at = stack.pop(); found.push(at); stack.push(...nodes[at].children.filter((child) => hasTips[child]).reverse()); } return found; };
  const whole = documentOf(order, 'whole');
  const restricted = (v) => nodes[v].tip && v % 50 === 1;

  const tree = (query) => {
    let [wanted, cut] = [order, 'whole'];
    const name = query.get('node') ?? query.get('sample');
    if (name) {
      const v = order.find((one) => named(one) === name);
      if (v === undefined) {
        return { problem: [404, 'not_found', `the tree has no leaf and no node ${name}`] };
      }
      wanted = below(query.has('node') ? v : nodes[nodes[v].parent].parent >= 0 ? nodes[nodes[v].parent].parent : 0);
      cut = query.has('node') ? 'node' : 'sample';
    }
    const use = query.get('use') ?? 'here';
    const refused = use === 'here' || (use === 'partner' && query.get('agreement') === 'PABS-7') ? [] : wanted.filter(restricted);
    if (refused.length > 0 && query.get('allowed_only') !== 'yes') {
      return { problem: [422, 'data_error', `nothing goes out: the terms of ${refused.length} genomes forbid it. The first is ${named(refused[0])}: its licence (restricted) is for partners alone`] };
    }
    const left = new Set(refused);
    wanted = wanted.filter((v) => !left.has(v));
    const form = query.get('form') ?? 'page';
    const tips = wanted.filter((v) => nodes[v].tip);
    switch (form) {
      case 'auspice': return { file: JSON.stringify({ version: 'v2', meta: { title: 'EXERCISE' }, tree: { name: 'root' } }), type: 'application/json; charset=utf-8', name: 'vigia-exercise-sars-cov-2.json' };
      case 'newick': return { file: `(${tips.map(named).join(',')});\n`, type: 'text/x-nh; charset=utf-8', name: 'vigia-exercise-sars-cov-2.nwk' };
      case 'csv': return { file: `name,exercise\n${tips.map((v) => `${named(v)},EXERCISE · 演习`).join('\n')}\n`, type: 'text/csv; charset=utf-8', name: 'vigia-exercise-sars-cov-2.csv' };
      default: return cut === 'whole' && refused.length === 0 ? whole : documentOf(wanted, cut, refused.length);
    }
  };

  const introductions = (query) => {
    if (query.get('use') === 'public' && query.get('allowed_only') !== 'yes') {
      return { problem: [422, 'data_error', 'nothing goes out: the terms of 7 genomes forbid it. The first is G00001: its licence (restricted) is for partners alone'] };
    }
    const clusters = order.filter((v) => !nodes[v].tip && v > 0 && nodes[v].place !== nodes[nodes[v].parent].place).slice(0, 150);
    const region = (place) => places.find((p) => p.code === codes[place]).parent;
    const summary = (meta) => table(['region', 'leaves', 'introductions', 'introductions_low', 'introductions_high', 'introductions_q25', 'introductions_q75', 'singles', 'active', 'cases', 'sampled', 'unseen', 'clusters', 'fewest', 'most'],
        provinces.map((code, i) => [code, 1500 + i, 20 + i, 15 + i, 26 + i, 18 + i, 22 + i, 7, 4, i % 2 ? null : 21000, i % 2 ? null : 0.071, i % 2 ? null : 12.6, 18 + i, 12 + i, 25 + i]), meta);
    if (query.get('show') === 'summary') {
      return summary({ introductions: clusters.length });
    }
    return table(['region', 'introduction', 'node', 'leaves', 'support', 'came', 'came_low', 'came_high', 'origin', 'origin_probability', 'second', 'second_probability', 'first_sample', 'last_sample', 'active', 'growth', 'source', 'exports'], clusters.map((v, i) => [
      region(nodes[v].place), i + 1, named(v), below(v).filter((one) => nodes[one].tip).length, 0.9, isoOf(nodes[v].time), isoOf(nodes[nodes[v].parent].time - 3), isoOf(nodes[v].time + 2), i % 7 ? region(nodes[nodes[v].parent].place) : 'elsewhere', 0.7,
      i % 5 ? provinces[(i + 1) % provinces.length] : null, i % 5 ? 0.21 : null, isoOf(nodes[v].time + 4), isoOf(last - (i % 40)), i % 40 <= 21, i % 3 ? 1.4 : null, i > 3 ? 2 : null, i % 4]), { introductions: clusters.length, summary: summary({}) });
  };

  const lineagesTable = (query) => {
    const place = query.get('place') ?? 'all';
    if (place !== 'all' && !provinces.includes(place)) {
      return table(['place'], [], {});
    }
    const names = [...lineages.slice(0, 15), 'other'];
    if (query.get('show') === 'growth') {
      return table(['place', 'lineage', 'genomes', 'share', 'share_low', 'share_high', 'advantage_per_week', 'advantage_low', 'advantage_high', 'per_generation', 'per_generation_low', 'per_generation_high', 'growth_per_week', 'growth_low', 'growth_high', 'probability', 'doubling_days', 'dominant_days', 'dominant_low', 'dominant_high', 'dominant_probability', 'there'],
        names.map((name, i) => [place, name, 100 + i, 0.05, 0.03, 0.08, 0.3 - i / 20, 0.1 - i / 20, 0.5 - i / 20, 1.2 - i / 50, 1.1 - i / 50, 1.3 - i / 50, 0.4 - i / 20, 0.2 - i / 20, 0.6 - i / 20, i < 5 ? 0.99 : 0.2, i < 8 ? 12 + i : null, i ? null : 30, i ? null : 20, i ? null : 44, 0.5, place !== 'all' && i === 4 ? 0.3 : 1]), { pivot: 'A', generation_days: 4.8 });
    }
    if (query.get('show') === 'alarms') {
      return table(['kind', 'name', 'raised', 'genomes', 'sources', 'share', 'growth_per_week', 'growth_low', 'growth_high', 'probability', 'since_seen', 'doubling_days', 'why'], [['lineage', names[1], true, 100, 3, 0.05, 0.4, 0.2, 0.6, 0.99, 0.99, 12, 'its odds double in 12 days']], {});
    }
    const rows = Array.from({ length: 26 }, (_, w) => names.map((name, i) => {
      const weight = names.map((__, k) => Math.exp((0.3 - k / 10) * (w - 12) / 6 - k / 9));
      const share = weight[i] / weight.reduce((sum, x) => sum + x, 0);
      const ahead = w > 21;
      return [place, isoOf(last - 180 + 7 * w - ((last - 180 + 3) % 7)), ahead, name, ahead ? null : Math.round(share * 200), ahead ? null : 200, ahead ? null : share, ahead ? null : share * 0.8, ahead ? null : Math.min(1, share * 1.2), share, share * 0.85, Math.min(1, share * 1.15)];
    })).flat();
    return table(['place', 'week', 'forecast', 'lineage', 'genomes', 'total', 'observed', 'observed_low', 'observed_high', 'share', 'share_low', 'share_high'], rows, {});
  };

  return {
    '/genomes': () => table(['set', 'reference', 'length', 'genomes', 'dated', 'with_place', 'with_lineage', 'first_date', 'last_date', 'leaves', 'tree_made', 'invented'],
      [['sars-cov-2', 'XV/reference/invented', 29903, TIPS, TIPS, TIPS, TIPS, isoOf(last - 260), isoOf(last), TIPS, '2026-11-20T10:00:00Z', true], ['dengue-1', 'DENV-1', 10735, 12, 12, 12, 0, isoOf(last - 40), isoOf(last), null, null, false]], { sets: 2 }),
    '/tree': tree, '/introductions': introductions, '/lineages': lineagesTable,
  };
}
