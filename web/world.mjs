// World shapes for the page: countries of world-atlas (Natural Earth 1:110m) projected once to Equal Earth (Savric, Patterson,
// Jenny 2018) and written as SVG paths in whole units, keyed by ISO 3166-1 alpha-2. The page then needs no projection library.
import { geoEqualEarth, geoPath } from 'd3-geo';
import { feature } from 'topojson-client';

export const WORLD_WIDTH = 2700;
const MAP_SCALE = WORLD_WIDTH / 5.4133; // Equal Earth is 5.4133 radii wide

// data/places/countries.csv: the three first columns are plain; names with commas come later.
function alphaByNumeric(countriesCsv) {
  const table = new Map();
  for (const line of countriesCsv.split('\n').slice(1)) {
    const [alpha2, , numeric] = line.split(',');
    if (numeric) {
      table.set(numeric, alpha2);
    }
  }
  return table;
}

// Rings as relative moves in whole units; points that fall together are dropped, rings under three points vanish.
function compactPath(path) {
  const rings = path.match(/M[^M]*/g) ?? [];
  let text = '';
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    const points = [];
    for (const pair of ring.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)) {
      const x = Math.round(Number(pair[1]));
      const y = Math.round(Number(pair[2]));
      const last = points[points.length - 1];
      if (!last || last[0] !== x || last[1] !== y) {
        points.push([x, y]);
      }
    }
    if (points.length < 4) {
      continue;
    }
    let [x, y] = points[0];
    text += `M${x} ${y}l`;
    let moves = '';
    for (const [nextX, nextY] of points.slice(1)) {
      const dx = nextX - x;
      const dy = nextY - y;
      moves += (moves && dx >= 0 ? ' ' : '') + dx + (dy >= 0 ? ' ' : '') + dy;
      [x, y] = [nextX, nextY];
    }
    text += moves + 'z';
    for (const [px, py] of points) {
      box[0] = Math.min(box[0], px);
      box[1] = Math.min(box[1], py);
      box[2] = Math.max(box[2], px);
      box[3] = Math.max(box[3], py);
    }
  }
  return text ? { d: text, box } : null;
}

export function makeWorld(atlas, countriesCsv) {
  const alpha = alphaByNumeric(countriesCsv);
  const projection = geoEqualEarth().scale(MAP_SCALE).translate([0, 0]).precision(0);
  const toPath = geoPath(projection).digits(1);
  const countries = {};
  const others = [];
  for (const country of feature(atlas, atlas.objects.countries).features) {
    if (country.id === '010') {
      continue; // Antarctica
    }
    const compact = compactPath(toPath(country) ?? '');
    const code = country.id === undefined ? (country.properties.name === 'Kosovo' ? 'XK' : undefined) : alpha.get(country.id);
    if (compact && code) {
      countries[code] = [compact.d, ...compact.box];
    } else if (compact) {
      others.push(compact.d);
    }
  }
  return { scale: Math.round(MAP_SCALE * 1000) / 1000, countries, others: others.join('') };
}
