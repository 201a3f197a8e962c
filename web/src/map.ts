// The map: world shapes for countries, imported shapes where there are any, circles for places that the shapes leave out, and a
// grid of tiles where nothing has a shape. Every place is a button; one of them takes the tab key and the arrows walk between them.
import { ask, url } from './api';
import { h, s, show } from './dom';
import { change, number, pValue, rate, t } from './i18n';
import type { Places } from './places';
import { colourScale, type ColourScale } from './scale';
import { ALARMS, type Row } from './situation';
import type { Indicator } from './state';

declare const VIGIA_WORLD: string;

interface World { scale: number; countries: Record<string, [string, number, number, number, number]>; others: string }
interface Feature { id: string; properties: { code?: string } | null; geometry: { type: string; coordinates: unknown } | null }

type Box = [number, number, number, number];
interface Item { code: string; kind: 'path' | 'circle' | 'tile'; d: string; x: number; y: number; size: number }
export interface Shapes { items: Item[]; box: Box; background: string[]; kind: 'world' | 'shapes' | 'tiles' }

/** Equal Earth (Savric, Patterson, Jenny 2018), for places without a shape on the world map. */
function equalEarth(longitude: number, latitude: number, scale: number): [number, number] {
  const a = [1.340264, -0.081106, 0.000893, 0.003796];
  const theta = Math.asin((Math.sqrt(3) / 2) * Math.sin((latitude * Math.PI) / 180));
  const t2 = theta * theta;
  const t6 = t2 * t2 * t2;
  const lambda = (longitude * Math.PI) / 180;
  const x = (2 * Math.sqrt(3) * lambda * Math.cos(theta)) / (3 * (9 * a[3] * t6 * t2 + 7 * a[2] * t6 + 3 * a[1] * t2 + a[0]));
  return [x * scale, -(a[3] * t6 * t2 * theta + a[2] * t6 * theta + a[1] * t2 * theta + a[0] * theta) * scale];
}

function grow(box: Box, x0: number, y0: number, x1: number, y1: number): void {
  box[0] = Math.min(box[0], x0);
  box[1] = Math.min(box[1], y0);
  box[2] = Math.max(box[2], x1);
  box[3] = Math.max(box[3], y1);
}

async function worldShapes(codes: string[], places: Places): Promise<Shapes | null> {
  const world = await ask<World>(VIGIA_WORLD);
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  const items: Item[] = [];
  const drawn = new Set(codes);
  for (const code of codes) {
    const shape = world.countries[code];
    const place = places.find(code);
    if (shape) {
      grow(box, shape[1], shape[2], shape[3], shape[4]);
      items.push({ code, kind: 'path', d: shape[0], x: (shape[1] + shape[3]) / 2, y: (shape[2] + shape[4]) / 2, size: 0 });
    } else if (place && Number.isFinite(place.latitude) && Number.isFinite(place.longitude)) {
      const [x, y] = equalEarth(place.longitude, place.latitude, world.scale);
      grow(box, x - 20, y - 20, x + 20, y + 20);
      items.push({ code, kind: 'circle', d: '', x, y, size: 10 });
    }
  }
  if (items.length === 0) {
    return null;
  }
  const span = Math.max(box[2] - box[0], box[3] - box[1]);
  for (const item of items) {
    item.size *= Math.max(0.35, span / 1100);
  }
  const background = Object.entries(world.countries).filter(([code]) => !drawn.has(code)).map(([, shape]) => shape[0]);
  return { items, box, background: [...background, world.others], kind: 'world' };
}

function ringsOf(geometry: Feature['geometry']): number[][][] {
  if (geometry?.type === 'Polygon') {
    return geometry.coordinates as number[][][];
  }
  return geometry?.type === 'MultiPolygon' ? (geometry.coordinates as number[][][][]).flat() : [];
}

/** Imported shapes, in a plain projection with the middle latitude true. */
async function importedShapes(codes: string[], parent: string | null): Promise<Shapes | null> {
  const collection = await ask<{ features: Feature[] }>(url('/shapes', { parent }));
  const wanted = new Set(codes);
  const features = collection.features.map((f) => ({ code: f.properties?.code ?? f.id, rings: ringsOf(f.geometry) })).filter((f) => wanted.has(f.code) && f.rings.length > 0);
  if (features.length < codes.length / 3) {
    return null;
  }
  const sphere: Box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const feature of features) {
    for (const ring of feature.rings) {
      for (const [longitude, latitude] of ring) {
        grow(sphere, longitude, latitude, longitude, latitude);
      }
    }
  }
  const shrink = Math.cos((((sphere[1] + sphere[3]) / 2) * Math.PI) / 180);
  const scale = 1000 / Math.max((sphere[2] - sphere[0]) * shrink, sphere[3] - sphere[1], 1e-6);
  const px = (longitude: number): number => (longitude - sphere[0]) * shrink * scale;
  const py = (latitude: number): number => (sphere[3] - latitude) * scale;
  const items = features.map((feature): Item => {
    const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
    const d = feature.rings.map((ring) => {
      let path = '';
      let last = '';
      for (const [longitude, latitude] of ring) {
        const x = px(longitude);
        const y = py(latitude);
        grow(box, x, y, x, y);
        const point = `${x.toFixed(1)} ${y.toFixed(1)}`;
        if (point !== last) {
          path += (path ? 'L' : 'M') + point;
          last = point;
        }
      }
      return `${path}z`;
    }).join('');
    return { code: feature.code, kind: 'path', d, x: (box[0] + box[2]) / 2, y: (box[1] + box[3]) / 2, size: 0 };
  });
  return { items, box: [0, 0, px(sphere[2]), py(sphere[1])], background: [], kind: 'shapes' };
}

/** Tiles near where the places are: each takes the free cell nearest to its own, the ones in the middle first. */
function tileShapes(codes: string[], places: Places): Shapes {
  const located = codes.map((code) => places.find(code)).filter((p) => p && Number.isFinite(p.latitude) && Number.isFinite(p.longitude)).length;
  const distinct = new Set(codes.map((code) => places.find(code)).map((p) => `${p?.latitude},${p?.longitude}`)).size;
  const useCoordinates = codes.length > 1 && located === codes.length && distinct > codes.length * 0.7;
  const taken = new Set<string>();
  const cells: { code: string; column: number; row: number }[] = [];
  if (useCoordinates) {
    const points = codes.map((code) => places.find(code) as { latitude: number; longitude: number });
    const south = Math.min(...points.map((p) => p.latitude));
    const west = Math.min(...points.map((p) => p.longitude));
    const height = Math.max(...points.map((p) => p.latitude)) - south || 1;
    const width = (Math.max(...points.map((p) => p.longitude)) - west || 1) * Math.cos(((south + height / 2) * Math.PI) / 180);
    const aspect = Math.min(2.2, Math.max(0.6, width / height));
    const rows = Math.max(1, Math.round(Math.sqrt((codes.length * 1.25) / aspect)));
    const columns = Math.max(1, Math.round(rows * aspect));
    const wish = points.map((p) => [((p.longitude - west) / (width / Math.cos(((south + height / 2) * Math.PI) / 180))) * (columns - 1), ((south + height - p.latitude) / height) * (rows - 1)]);
    const order = codes.map((_, i) => i).sort((a, b) => Math.hypot(wish[a][0] - columns / 2, wish[a][1] - rows / 2) - Math.hypot(wish[b][0] - columns / 2, wish[b][1] - rows / 2));
    for (const i of order) {
      const [x, y] = wish[i];
      let best: [number, number] | null = null;
      let bestDistance = Infinity;
      for (let radius = 0; best === null || radius <= bestDistance + 1; radius++) {
        for (let dy = -radius; dy <= radius; dy++) {
          for (let dx = -radius; dx <= radius; dx += Math.abs(dy) === radius ? 1 : 2 * radius || 1) {
            const cell: [number, number] = [Math.round(x) + dx, Math.round(y) + dy];
            const distance = Math.hypot(cell[0] - x, cell[1] - y);
            if (distance < bestDistance && !taken.has(cell.join())) {
              best = cell;
              bestDistance = distance;
            }
          }
        }
      }
      taken.add((best as [number, number]).join());
      cells.push({ code: codes[i], column: (best as [number, number])[0], row: (best as [number, number])[1] });
    }
  } else {
    const columns = Math.max(1, Math.ceil(Math.sqrt(codes.length * 1.5)));
    [...codes].sort((a, b) => (places.name(a) < places.name(b) ? -1 : 1)).forEach((code, i) => cells.push({ code, column: i % columns, row: Math.floor(i / columns) }));
  }
  const size = 40;
  const box: Box = [Infinity, Infinity, -Infinity, -Infinity];
  const items = cells.map((cell): Item => {
    const x = cell.column * size;
    const y = cell.row * size;
    grow(box, x, y, x + size, y + size);
    return { code: cell.code, kind: 'tile', d: '', x: x + size / 2, y: y + size / 2, size };
  });
  const [middle, needed] = [(box[0] + box[2]) / 2, size * 5.5]; // a few tiles stay small
  grow(box, middle - needed / 2, box[1], middle + needed / 2, box[3]);
  return { items, box, background: [], kind: 'tiles' };
}

export async function findShapes(codes: string[], country: string | null, places: Places): Promise<Shapes> {
  if (codes.length > 0 && codes.every((code) => /^[A-Z]{2}$/.test(code))) {
    const world = await worldShapes(codes, places).catch(() => null);
    if (world && world.items.length > codes.length / 3) {
      return world;
    }
  }
  const imported = await importedShapes(codes, country || null).catch(() => null);
  return imported ?? tileShapes(codes, places);
}

export function indicatorValue(row: Row, indicator: Indicator): number {
  switch (indicator) {
    case 'incidence': return row.incidence;
    case 'ahead': return row.ahead;
    case 'growth': return row.growth;
    case 'change': return row.change;
    case 'rt': return row.rt;
    case 'alarm': return row.alarm === '' ? NaN : ALARMS.indexOf(row.alarm);
    case 'attention': return row.attention;
    case 'silence': return row.daysSilent;
  }
}

export function indicatorText(row: Row, indicator: Indicator): string {
  if (row.silent && indicator !== 'attention' && indicator !== 'silence') {
    return t('status.silent');
  }
  const value = indicatorValue(row, indicator);
  switch (indicator) {
    case 'incidence': return rate(value);
    case 'ahead': return !Number.isFinite(row.next) ? t('map.nodata') : `${number(row.next)} (${t('interval95', { low: number(row.nextLow), high: number(row.nextHigh) })})`;
    case 'growth': return change(value);
    case 'change': return change(value);
    case 'alarm': return row.alarm === '' ? t('alarm.unknown') : `${t(`alarm.${row.alarm}`)} (${pValue(row.alarmP)})`;
    case 'rt': return number(value, 2);
    case 'attention': return number(value, 2);
    case 'silence': return number(value);
  }
}

export interface MapSpec {
  rows: Row[];
  shapes: Shapes;
  indicator: Indicator;
  selected: string;
  name: (code: string) => string;
  choose: (code: string) => void;
}

export function shortName(name: string): string {
  const wide = /[\u3400-\u9fff]/.test(name);
  return wide ? [...name].slice(0, 2).join('') : [...name.replace(/^(El|La|Los|Las|São|San|Santa|Saint|The)\s+/i, '')].slice(0, 4).join('');
}

function neighbour(items: Item[], from: Item, key: string): Item | null {
  const [dx, dy] = ({ ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] } as Record<string, [number, number]>)[key];
  let best: Item | null = null;
  let bestCost = Infinity;
  for (const item of items) {
    const along = (item.x - from.x) * dx + (item.y - from.y) * dy;
    const across = Math.abs((item.x - from.x) * dy) + Math.abs((item.y - from.y) * dx);
    const cost = along + 2.5 * across;
    if (item !== from && along > 0.01 && cost < bestCost) {
      best = item;
      bestCost = cost;
    }
  }
  return best;
}

function viewBox(box: Box): string {
  const pad = Math.max(box[2] - box[0], box[3] - box[1]) * 0.03 + 2;
  return [box[0] - pad, box[1] - pad, box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad].map((v) => v.toFixed(1)).join(' ');
}

export function drawMap(container: HTMLElement, spec: MapSpec): void {
  const rows = new Map(spec.rows.map((row) => [row.code, row]));
  const scale: ColourScale = colourScale(spec.indicator, spec.rows.map((row) => indicatorValue(row, spec.indicator)).filter(Number.isFinite));
  const items = spec.shapes.items.filter((item) => rows.has(item.code));
  const elements = new Map<Item, SVGElement>();
  const tip = h('p.map-tip', { 'aria-hidden': 'true' }, t('map.hint'));
  const describe = (item: Item): string => `${spec.name(item.code)}: ${indicatorText(rows.get(item.code) as Row, spec.indicator)}`;
  const labels = spec.shapes.kind === 'tiles' && items.length <= 120;
  const draw = (item: Item, first: boolean): SVGElement => {
    const row = rows.get(item.code) as Row;
    const value = indicatorValue(row, spec.indicator);
    const hatched = !Number.isFinite(value) || (row.silent && spec.indicator !== 'silence' && spec.indicator !== 'attention');
    const className = hatched ? 'none' : scale.classOf(value);
    const fill = hatched ? { fill: 'url(#hatch)' } : {};
    const shape = item.kind === 'path' ? s(`path.${className}`, { d: item.d, ...fill })
      : item.kind === 'circle' ? s(`circle.${className}`, { cx: item.x.toFixed(1), cy: item.y.toFixed(1), r: item.size.toFixed(1), ...fill })
        : s(`rect.${className}`, { x: item.x - item.size / 2 + 1, y: item.y - item.size / 2 + 1, width: item.size - 2, height: item.size - 2, rx: 3, ...fill });
    return s(`g.place${item.code === spec.selected ? '.chosen' : ''}`, {
      role: 'button', tabindex: first ? 0 : -1, 'aria-label': describe(item), 'aria-pressed': item.code === spec.selected ? 'true' : 'false', 'data-code': item.code,
    }, shape, labels ? s(`text.tile-name.on-${className}`, { x: item.x, y: item.y + 4, 'text-anchor': 'middle', 'aria-hidden': 'true' }, shortName(spec.name(item.code))) : null);
  };
  const start = items.find((item) => item.code === spec.selected) ?? items[0];
  const order = items.filter((item) => item.code !== spec.selected).concat(items.filter((item) => item.code === spec.selected));
  for (const item of order) {
    elements.set(item, draw(item, item === start));
  }
  const byElement = new Map([...elements].map(([item, element]) => [element as Element, item]));
  const itemOf = (event: Event): Item | undefined => {
    const group = (event.target as Element).closest('g.place');
    return group ? byElement.get(group) : undefined;
  };
  const choose = (event: Event): void => {
    const item = itemOf(event);
    if (item) {
      spec.choose(item.code);
    }
  };
  const keys = (event: KeyboardEvent): void => {
    const item = itemOf(event);
    if (!item) {
      return;
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      spec.choose(item.code);
    } else if (event.key.startsWith('Arrow')) {
      event.preventDefault();
      const next = neighbour(items, item, event.key);
      if (next) {
        elements.get(item)?.setAttribute('tabindex', '-1');
        elements.get(next)?.setAttribute('tabindex', '0');
        elements.get(next)?.focus();
      }
    }
  };
  const svg = s('svg.map', { viewBox: viewBox(spec.shapes.box), role: 'group', 'aria-label': t(`map.label.${spec.shapes.kind}`, { indicator: t(`indicator.${spec.indicator}`) }),
    onclick: choose, onkeydown: keys,
    onpointerover: (event: Event) => { const item = itemOf(event); tip.textContent = item ? describe(item) : t('map.hint'); },
    onfocusin: (event: Event) => { const item = itemOf(event); tip.textContent = item ? describe(item) : t('map.hint'); } },
  s('pattern', { id: 'hatch', width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: `rotate(45) scale(${((spec.shapes.box[2] - spec.shapes.box[0]) / 500).toFixed(2)})` },
    s('rect.hatch-ground', { width: 6, height: 6 }), s('rect.hatch-line', { width: 2, height: 6 })),
  spec.shapes.background.length > 0 ? s('path.land', { d: spec.shapes.background.join('') }) : null,
  [...elements.values()]);
  show(container, tip, svg,
    h('ul.legend', { 'aria-label': t('map.legend', { indicator: t(`indicator.${spec.indicator}`) }) },
      scale.classes.map((entry) => h('li', {}, h(`span.swatch.${entry.className}`, { 'aria-hidden': 'true' }), entry.label)),
      h('li', {}, h('span.swatch.hatch', { 'aria-hidden': 'true' }), t('map.nodata'))),
    items.length < spec.rows.length ? h('p.small-print', {}, t('map.without', { n: number(spec.rows.length - items.length) })) : null);
}

/** Marks another place as the chosen one, without drawing anew. */
export function markChosen(container: HTMLElement, code: string): void {
  const focused = document.activeElement;
  for (const old of container.querySelectorAll('g.place.chosen')) {
    old.classList.remove('chosen');
    old.setAttribute('aria-pressed', 'false');
  }
  const place = code ? container.querySelector<SVGElement>(`g.place[data-code="${CSS.escape(code)}"]`) : null;
  if (place) {
    for (const stop of container.querySelectorAll('g.place[tabindex="0"]')) {
      stop.setAttribute('tabindex', '-1');
    }
    place.classList.add('chosen');
    place.setAttribute('aria-pressed', 'true');
    place.setAttribute('tabindex', '0');
    place.parentNode?.append(place); // its outline lies over its neighbours
    if (focused === place) {
      place.focus();
    }
  }
}
