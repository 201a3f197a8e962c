// Drawing a tree of genomes: branches of one colour in one stroke, nothing that is out of sight, and what is smaller than a pixel as one line. The same walk makes the SVG.
import { COLOURS, OTHER, type Axis, type Painting, type Tree } from './genomes-data';
import { date, number, t } from './i18n';
import { dateTicks, niceTicks } from './scale';

export interface Inks { ink: string; soft: string; line: string; ground: string; fade: string; other: string; accent: string; colours: string[]; ramp: string[] }
export interface Window { top: number; rows: number; from: number; to: number } // rows and values of the axis in sight
export interface Picture { tree: Tree; painting: Painting; axis: Axis; lit: Uint8Array | null; selected: number; hovered: number }
export const HEAD = 24;
const EDGE = 10;
const NAMES = 116; // px for names at the right
const NAME_ROW = 11; // px of a row from which names are written
const FADED = 1000;

export function inks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const value = (name: string): string => style.getPropertyValue(name).trim();
  return { ink: value('--ink'), soft: value('--soft'), line: value('--line'), ground: value('--panel'), fade: value('--g-fade'), other: value('--g-other'), accent: value('--accent-soft'),
    colours: Array.from({ length: COLOURS }, (_, i) => value(`--g${i}`)), ramp: [0, 1, 2, 3, 4].map((i) => value(`--r${i}`)) };
}

/** On white paper, whatever the screen. */
export const PAPER: Inks = { ink: '#16252b', soft: '#4d5c62', line: '#d7dcd8', ground: '#ffffff', fade: '#dfe3e1', other: '#8b979b', accent: '#e0eeec',
  colours: ['#1f6f8b', '#c9741a', '#5b4a9c', '#3f8f4f', '#a8447e', '#8a6d1f', '#b04a3a', '#2f5fb3', '#6f8a16', '#94508f', '#1d8f8a', '#5a5148'], ramp: ['#8fc4d8', '#4998a8', '#2a678b', '#7a4a86', '#a8344e'] };

function mix(a: string, b: string, share: number): string {
  const part = (text: string, i: number): number => parseInt(text.slice(1 + 2 * i, 3 + 2 * i), 16);
  return `#${[0, 1, 2].map((i) => Math.round(part(a, i) + (part(b, i) - part(a, i)) * share).toString(16).padStart(2, '0')).join('')}`;
}

export function inkOf(colour: number, with_: Inks): string {
  if (colour === OTHER) {
    return with_.other;
  }
  if (colour === FADED) {
    return with_.fade;
  }
  if (colour >= 100) {
    const at = ((colour - 100) / 255) * (with_.ramp.length - 1);
    const i = Math.min(with_.ramp.length - 2, Math.floor(at));
    return mix(with_.ramp[i], with_.ramp[i + 1], at - i);
  }
  return with_.colours[colour] ?? with_.other;
}

/** What both a canvas and an SVG can do. lines: x1, y1, x2, y2, ... */
export interface Pen {
  lines(points: number[], colour: string, width: number): void;
  dots(points: number[], radius: number, colour: string): void;
  box(x: number, y: number, width: number, height: number, colour: string): void;
  ring(x: number, y: number, radius: number, colour: string): void;
  text(x: number, y: number, text: string, colour: string, anchor: 'start' | 'middle' | 'end'): void;
}

export function canvasPen(context: CanvasRenderingContext2D): Pen {
  return {
    lines(points, colour, width) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      for (let i = 0; i < points.length; i += 4) {
        context.moveTo(points[i], points[i + 1]);
        context.lineTo(points[i + 2], points[i + 3]);
      }
      context.stroke();
    },
    dots(points, radius, colour) {
      context.fillStyle = colour;
      context.beginPath();
      for (let i = 0; i < points.length; i += 2) {
        context.moveTo(points[i] + radius, points[i + 1]);
        context.arc(points[i], points[i + 1], radius, 0, 7);
      }
      context.fill();
    },
    box(x, y, width, height, colour) {
      context.fillStyle = colour;
      context.fillRect(x, y, width, height);
    },
    ring(x, y, radius, colour) {
      context.strokeStyle = colour;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(x, y, radius, 0, 7);
      context.stroke();
    },
    text(x, y, text, colour, anchor) {
      context.fillStyle = colour;
      context.font = '11px system-ui, sans-serif';
      context.textAlign = anchor === 'middle' ? 'center' : anchor;
      context.fillText(text, x, y);
    },
  };
}

const safe = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function svgPen(parts: string[]): Pen {
  const fixed = (value: number): string => String(Math.round(value * 10) / 10);
  return {
    lines(points, colour, width) {
      let d = '';
      for (let i = 0; i < points.length; i += 4) {
        d += `M${fixed(points[i])} ${fixed(points[i + 1])}L${fixed(points[i + 2])} ${fixed(points[i + 3])}`;
      }
      parts.push(`<path d="${d}" fill="none" stroke="${colour}" stroke-width="${width}"/>`);
    },
    dots(points, radius, colour) {
      for (let i = 0; i < points.length; i += 2) {
        parts.push(`<circle cx="${fixed(points[i])}" cy="${fixed(points[i + 1])}" r="${fixed(radius)}" fill="${colour}"/>`);
      }
    },
    box(x, y, width, height, colour) { parts.push(`<rect x="${fixed(x)}" y="${fixed(y)}" width="${fixed(width)}" height="${fixed(height)}" fill="${colour}"/>`); },
    ring(x, y, radius, colour) { parts.push(`<circle cx="${fixed(x)}" cy="${fixed(y)}" r="${fixed(radius)}" fill="none" stroke="${colour}" stroke-width="2"/>`); },
    text(x, y, text, colour, anchor) { parts.push(`<text x="${fixed(x)}" y="${fixed(y)}" font-size="11" font-family="sans-serif" fill="${colour}" text-anchor="${anchor}">${safe(text)}</text>`); },
  };
}

/** Where rows and values of the axis are on a drawing of that size. */
export class Frame {
  readonly row: number; // px
  readonly right: number;

  constructor(readonly window: Window, readonly width: number, readonly height: number) {
    this.row = (height - HEAD - EDGE) / window.rows;
    this.right = width - (this.row >= NAME_ROW && width > 420 ? NAMES : EDGE);
  }

  x(value: number): number {
    return EDGE + ((value - this.window.from) / (this.window.to - this.window.from || 1)) * (this.right - EDGE);
  }

  y(row: number): number {
    return HEAD + (row + 0.5 - this.window.top) * this.row;
  }

  rowAt(y: number): number {
    return (y - HEAD) / this.row + this.window.top - 0.5;
  }

  valueAt(x: number): number {
    return this.window.from + ((x - EDGE) / (this.right - EDGE)) * (this.window.to - this.window.from);
  }

  get writes(): boolean {
    return this.right < this.width - EDGE;
  }
}

/** The whole tree. */
export function whole(tree: Tree, axis: Axis): Window {
  const [from, to] = [tree.x(0, axis), tree.reaches(0, axis)];
  return { top: 0, rows: Math.max(1, tree.tips.length), from, to: to > from ? to + (to - from) * 0.01 : from + 1 };
}

function drawAxis(pen: Pen, frame: Frame, picture: Picture, with_: Inks): void {
  const { from, to } = frame.window;
  const time = picture.axis === 'time' && picture.tree.hasTime;
  const steps = Math.max(2, Math.floor((frame.right - EDGE) / 90));
  const base = time ? 0 : Math.ceil(from);
  const ticks = time ? dateTicks(Math.ceil(from), Math.max(Math.ceil(from) + 2, Math.floor(to)), frame.right - EDGE) : niceTicks(Math.max(1, to - base), steps).map((at) => Math.round(at) + base)
    .filter((at, i, all) => at <= to && all.indexOf(at) === i).map((at) => ({ at, text: number(at) }));
  for (const tick of ticks) {
    const x = frame.x(tick.at);
    if (x >= EDGE - 1 && x <= frame.right + 1) {
      pen.lines([x, HEAD - 4, x, frame.height - EDGE / 2], with_.line, 1);
      pen.text(Math.max(EDGE + 12, Math.min(x, frame.width - 24)), 13, tick.text, with_.soft, 'middle');
    }
  }
}

/** Returns how many lines were drawn. */
export function draw(pen: Pen, picture: Picture, frame: Frame, with_: Inks): number {
  const { tree, painting, axis, lit, selected } = picture;
  const lines = new Map<number, number[]>();
  const dots = new Map<number, number[]>();
  const put = (map: Map<number, number[]>, colour: number, ...points: number[]): void => { const list = map.get(colour); if (list) { list.push(...points); } else { map.set(colour, points); } };
  const [bottom, top] = [frame.window.top + frame.window.rows, frame.window.top - 1];
  const withDots = frame.row >= 3;
  const names: number[] = [];
  let n = 0;
  if (selected >= 0) {
    pen.box(Math.max(0, frame.x(tree.x(selected, axis)) - 4), frame.y(tree.low[selected] - 0.5), frame.width, Math.max(2, (tree.high[selected] - tree.low[selected] + 1) * frame.row), with_.accent);
  }
  drawAxis(pen, frame, picture, with_);
  for (const stack = [0]; stack.length > 0;) {
    const v = stack.pop() as number;
    if (tree.low[v] > bottom || tree.high[v] < top) {
      continue;
    }
    const colour = lit && !lit[v] ? FADED : painting.colour[v];
    const parent = tree.doc.parent[v];
    const [x, y] = [frame.x(tree.x(v, axis)), frame.y(tree.y[v])];
    const from = parent < 0 ? x - 6 : frame.x(tree.x(parent, axis));
    const small = !tree.isTip[v] && (tree.high[v] - tree.low[v] + 1) * frame.row < 0.9;
    put(lines, colour, from, y, small ? frame.x(tree.reaches(v, axis)) : x, y);
    n += 1;
    if (small) {
      continue;
    }
    if (tree.isTip[v]) {
      if (withDots) {
        put(dots, colour, x, y);
      }
      if (frame.writes && y > HEAD - 4) {
        names.push(v);
      }
      continue;
    }
    const list = tree.children[v];
    put(lines, colour, x, frame.y(tree.y[list[0]]), x, frame.y(tree.y[list[list.length - 1]]));
    for (let i = list.length - 1; i >= 0; i--) {
      stack.push(list[i]);
    }
  }
  const faintFirst = <T>(map: Map<number, T>): [number, T][] => [...map].sort((a, b) => Number(b[0] === FADED) - Number(a[0] === FADED));
  const width = frame.row > 6 ? 1.6 : 1;
  faintFirst(lines).forEach(([colour, points]) => pen.lines(points, inkOf(colour, with_), width));
  faintFirst(dots).forEach(([colour, points]) => pen.dots(points, Math.min(4, frame.row * 0.4), inkOf(colour, with_)));
  for (const v of names) {
    pen.text(Math.min(frame.x(tree.x(v, axis)) + 7, frame.right + 4), frame.y(tree.y[v]) + 4, tree.doc.name[v].slice(0, 20), lit && !lit[v] ? with_.fade : with_.ink, 'start');
  }
  for (const v of [picture.hovered, selected]) {
    if (v >= 0) {
      pen.ring(frame.x(tree.x(v, axis)), frame.y(tree.y[v]), 5.5, with_.ink);
    }
  }
  return n;
}

/** The node whose branch or point is nearest, within some pixels; -1: none. */
export function nodeAt(picture: Picture, frame: Frame, x: number, y: number): number {
  const { tree, axis } = picture;
  const row = frame.rowAt(y);
  const margin = Math.max(1, 8 / frame.row);
  let best = -1;
  let least = 12;
  for (const stack = [0]; stack.length > 0;) {
    const v = stack.pop() as number;
    if (tree.low[v] > row + margin || tree.high[v] < row - margin) {
      continue;
    }
    const parent = tree.doc.parent[v];
    const [vx, vy] = [frame.x(tree.x(v, axis)), frame.y(tree.y[v])];
    const from = parent < 0 ? vx : frame.x(tree.x(parent, axis));
    const along = x < from ? from - x : x > vx ? x - vx : 0;
    const list = tree.children[v];
    const across = list.length > 0 && Math.abs(x - vx) < 4 && y >= frame.y(tree.y[list[0]]) && y <= frame.y(tree.y[list[list.length - 1]]) ? 3 : Infinity; // its upright line
    const distance = Math.min(across, Math.hypot(along, (y - vy) * 1.2) + (tree.isTip[v] ? 0 : 0.5));
    if (distance < least) {
      [best, least] = [v, distance];
    }
    if ((tree.high[v] - tree.low[v] + 1) * frame.row >= 0.9) {
      stack.push(...list);
    }
  }
  return best;
}

export function axisText(picture: Picture, v: number): string {
  return picture.axis === 'time' && picture.tree.hasTime ? `${t('genomes.clade.root')} ${date(Math.round(picture.tree.x(v, 'time')))}` : `${t('genomes.head.mutations')}: ${number(picture.tree.depth[v])}`;
}
