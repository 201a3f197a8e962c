// The movements of a plan as arrows on the map, thicker where more goes, of all periods or of one; places in the colour of the share of their need that is met.
import { Table } from './api';
import type { DetailContext } from './detail';
import { h, s, show, type Child } from './dom';
import { legendList } from './figure';
import { number, percent, t } from './i18n';
import type { Shapes } from './map';
import { numberOf, type Plan, type PlanRow } from './plan-data';

const CLASSES = ['s0', 's1', 's2', 's3', 's4'];
const BREAKS = [0.25, 0.5, 0.75, 0.95];
const ALL = -1;
const ARROWS_MOST = 200; // more hide each other
const THIN = 2; // of a map 1000 wide
const THICK = 14;

const classOf = (share: number): string => (Number.isFinite(share) ? CLASSES[BREAKS.filter((b) => share >= b).length] : 'pl-store');

/** Places that the node knows stand where they are; where it knows too few of them all stand in a row. */
async function shapesOf(plan: Plan, context: DetailContext): Promise<{ shapes: Shapes; keyOf: Map<string, string> }> {
  const known = plan.told.places.filter((one) => one.code);
  const drawn = known.length > 1 ? known : plan.told.places;
  const keyOf = new Map(drawn.map((one) => [one.code ?? one.place, one.place]));
  const rows = drawn.map((one) => [one.code ?? one.place, plan.name(one.place), one.above ?? null, '', null, one.latitude ?? null, one.longitude ?? null]);
  const countries = new Set(drawn.map((one) => (one.code ?? '').split('-')[0]));
  const table = new Table({ columns: ['code', 'name', 'parent', 'level', 'population', 'latitude', 'longitude'], rows });
  return { shapes: await context.kit.findShapes([...keyOf.keys()], countries.size === 1 ? [...countries][0] : null, new context.kit.Places(table)), keyOf };
}

interface Arrow { from: string; to: string; amount: number }

/** What leaves in a period, added up between each two places. */
export function arrowsOf(plan: Plan, movements: PlanRow[], period: number): Arrow[] {
  const sums = new Map<string, Arrow>();
  for (const row of movements.filter((one) => period === ALL || one.leaves === plan.dates[period])) {
    const key = JSON.stringify([row.from, row.to]);
    const arrow = sums.get(key) ?? { from: String(row.from), to: String(row.to), amount: 0 };
    arrow.amount += numberOf(row.amount);
    sums.set(key, arrow);
  }
  return [...sums.values()].sort((a, b) => b.amount - a.amount);
}

/** From middle to middle, bent to the right so that there and back stand apart, with its head short of the middle. */
function drawArrow(from: { x: number; y: number }, to: { x: number; y: number }, width: number, scale: number, title: string): SVGElement {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const bend = length * 0.16;
  const control = { x: (from.x + to.x) / 2 - uy * bend, y: (from.y + to.y) / 2 + ux * bend };
  const head = width * 1.5 + 6 * scale;
  const toward = Math.hypot(to.x - control.x, to.y - control.y) || 1;
  const [hx, hy] = [(to.x - control.x) / toward, (to.y - control.y) / toward];
  const base = { x: to.x - hx * head, y: to.y - hy * head };
  const side = head * 0.62;
  const at = (x: number, y: number): string => `${x.toFixed(1)} ${y.toFixed(1)}`;
  return s('g.pl-arrow', { 'stroke-width': width.toFixed(1) }, s('title', {}, title),
    s('path.pl-line', { d: `M${at(from.x, from.y)}Q${at(control.x, control.y)} ${at(base.x, base.y)}` }),
    s('path.pl-head', { d: `M${at(to.x, to.y)}L${at(base.x - hy * side, base.y + hx * side)}L${at(base.x + hy * side, base.y - hx * side)}z` }));
}

function drawing(plan: Plan, context: DetailContext, { shapes, keyOf }: { shapes: Shapes; keyOf: Map<string, string> }, arrows: Arrow[], most: number, label: string): SVGElement {
  const { box } = shapes;
  const span = Math.max(box[2] - box[0], box[3] - box[1]);
  const pad = span * 0.03 + 2;
  const scale = span / 1000;
  const share = new Map(plan.rows('coverage').map((row) => [String(row.place), numberOf(row.coverage)]));
  const places = shapes.items.map((item) => {
    const key = keyOf.get(item.code) as string;
    const className = classOf(share.get(key) ?? NaN);
    const text = `${plan.name(key)}: ${share.has(key) && Number.isFinite(share.get(key)) ? percent(share.get(key)) : t('plan.map.store')}`;
    const shape = item.kind === 'path' ? s(`path.${className}`, { d: item.d }) : item.kind === 'circle' ? s(`circle.${className}`, { cx: item.x, cy: item.y, r: item.size })
      : s(`rect.${className}`, { x: item.x - item.size / 2 + 1, y: item.y - item.size / 2 + 1, width: item.size - 2, height: item.size - 2, rx: 3 });
    shape.append(s('title', {}, text));
    const name = shapes.kind === 'tiles' && shapes.items.length <= 120 ? s(`text.pl-tile.on-${className}`, { x: item.x, y: item.y + item.size * 0.36, 'text-anchor': 'middle', 'aria-hidden': 'true' }, context.kit.shortName(plan.name(key))) : null;
    return { shape, name };
  });
  const middle = new Map(shapes.items.map((item) => [keyOf.get(item.code) as string, item]));
  const drawn = arrows.slice(0, ARROWS_MOST).filter((arrow) => middle.has(arrow.from) && middle.has(arrow.to)).map((arrow) => drawArrow(middle.get(arrow.from) as { x: number; y: number }, middle.get(arrow.to) as { x: number; y: number },
    (THIN + (THICK - THIN) * (arrow.amount / most)) * scale, scale, t('plan.map.arrow', { from: plan.name(arrow.from), to: plan.name(arrow.to), n: number(arrow.amount) })));
  return s('svg.pl-map', { viewBox: [box[0] - pad, box[1] - pad, box[2] - box[0] + 2 * pad, box[3] - box[1] + 2 * pad].map((v) => v.toFixed(1)).join(' '), role: 'img', 'aria-label': label },
    places.map(({ shape }) => shape), drawn, places.map(({ name }) => name));
}

export function planMap(plan: Plan, context: DetailContext): Child {
  const movements = plan.rows('movements');
  if (movements.length === 0) {
    return null;
  }
  const stage = h('div.pl-stage');
  const told = h('output.pl-period', { for: 'pl-period' });
  const says = h('p.summary');
  const list = h('ul.pl-list');
  const last = plan.dates.length - 1;
  const slider = h<HTMLInputElement>('input', { type: 'range', id: 'pl-period', min: ALL, max: last, step: 1, value: ALL, 'aria-label': t('plan.map.period') });
  const most = Math.max(1, ...arrowsOf(plan, movements, ALL).map((arrow) => arrow.amount));
  let found: { shapes: Shapes; keyOf: Map<string, string> } | null = null;
  const paint = (): void => {
    const period = Number(slider.value);
    const arrows = arrowsOf(plan, movements, period);
    told.textContent = period === ALL ? t('plan.map.all') : t('plan.map.leaving', { date: plan.day(period) });
    slider.setAttribute('aria-valuetext', told.textContent);
    const onMap = new Set(found?.keyOf.values() ?? []);
    const missing = found ? arrows.filter((arrow) => !onMap.has(arrow.from) || !onMap.has(arrow.to)).length : 0;
    says.textContent = `${t(arrows.length === 0 ? 'plan.map.nothing' : 'plan.map.says', { n: number(arrows.length), moved: number(arrows.reduce((sum, arrow) => sum + arrow.amount, 0)) })}${missing > 0 ? ` ${t('plan.map.missing', { n: number(missing) })}` : ''}${arrows.length > ARROWS_MOST ? ` ${t('plan.map.largest', { n: number(ARROWS_MOST) })}` : ''}`;
    show(list, arrows.slice(0, 6).map((arrow) => h('li', {}, t('plan.map.arrow', { from: plan.name(arrow.from), to: plan.name(arrow.to), n: number(arrow.amount) }))),
      arrows.length > 6 ? h('li', {}, t('plan.map.more', { n: number(arrows.length - 6) })) : null);
    if (found) {
      show(stage, drawing(plan, context, found, arrows, most, `${t('plan.map.title')}. ${told.textContent}. ${says.textContent}`));
    }
  };
  slider.addEventListener('input', paint);
  void shapesOf(plan, context).then((shapes) => { found = shapes; paint(); });
  paint();
  const legend = [...CLASSES.map((className, i) => ({ className: `pl-shade.${className}`, text: i === 0 ? `< ${percent(BREAKS[0])}` : i === BREAKS.length ? `≥ ${percent(BREAKS[i - 1])}` : `${percent(BREAKS[i - 1])}–${percent(BREAKS[i])}` })),
    { className: 'pl-shade.pl-store', text: t('plan.map.store') }];
  return h('section.pl-section', {}, h('h4', {}, t('plan.map.title')), says,
    h('div.pl-tools', {}, h('label.pl-slider', { for: 'pl-period' }, slider), told), h('p.small-print', {}, t('plan.map.legend')), legendList(legend), h('div.pl-maps', {}, stage, list));
}
