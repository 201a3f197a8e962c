// The drawn tree as something to work with: zoomed and moved by wheel, finger, buttons and keys, read by pointing, chosen by a click. What is drawn anew is one frame a change.
import { canvasPen, draw, Frame, inks, nodeAt, whole, type Picture, type Window } from './genomes-draw';
import { freshId, h } from './dom';
import { t } from './i18n';

export interface Stage {
  element: HTMLElement;
  repaint: () => void;
  choose: (v: number, reveal: boolean) => void;
  zoom: (factor: number) => void;
  all: () => void;
  window: () => Window;
}
export interface StageSpec {
  picture: () => Picture;
  signal: AbortSignal;
  start: Window | null;
  label: string;
  describe: (v: number) => string;
  onHover: (v: number) => void;
  onChoose: (v: number) => void;
  onOpen: (v: number) => void;
  onMove: (window: Window) => void;
}
const LEAST_ROWS = 6;

export function makeStage(spec: StageSpec): Stage {
  const canvas = h<HTMLCanvasElement>('canvas.gn-canvas', { 'aria-hidden': 'true' });
  const id = freshId('genomes-node');
  const live = h('p.hidden', { id, 'aria-live': 'polite' });
  const box = h('div.gn-stage', { tabindex: 0, role: 'application', 'aria-label': `${spec.label} ${t('genomes.keys')}`, 'aria-describedby': id }, canvas);
  let at: Window = spec.start ?? whole(spec.picture().tree, spec.picture().axis);
  let asked = false;
  const tips = (): number => Math.max(1, spec.picture().tree.tips.length);
  const frame = (): Frame => new Frame(at, box.clientWidth, box.clientHeight);
  const paint = (): void => {
    asked = false;
    const [width, height, scale] = [box.clientWidth, box.clientHeight, window.devicePixelRatio || 1];
    const context = canvas.getContext('2d');
    if (!context || width === 0) {
      return;
    }
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
    }
    const colours = inks();
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.fillStyle = colours.ground;
    context.fillRect(0, 0, width, height);
    const begun = performance.now();
    const lines = draw(canvasPen(context), spec.picture(), frame(), colours);
    box.dataset.lines = String(lines);
    box.dataset.ms = (performance.now() - begun).toFixed(1);
  };
  const later = (): void => { if (!asked) { asked = true; requestAnimationFrame(paint); } };
  const settle = (next: Window): void => {
    const full = whole(spec.picture().tree, spec.picture().axis);
    const rows = Math.max(Math.min(LEAST_ROWS, tips()), Math.min(next.rows, tips()));
    const span = Math.max((full.to - full.from) / 200, Math.min(next.to - next.from, full.to - full.from));
    const from = Math.max(full.from, Math.min(next.from, full.to - span));
    at = { rows, top: Math.max(0, Math.min(next.top, tips() - rows)), from, to: from + span };
    box.classList.toggle('gn-zoomed', rows < tips());
    spec.onMove(at);
    later();
  };
  const zoomAt = (factor: number, row: number): void => settle({ ...at, rows: at.rows / factor, top: row - (row - at.top) / factor });
  const stretch = (factor: number, value: number): void => settle({ ...at, from: value - (value - at.from) / factor, to: value + (at.to - value) / factor });
  const choose = (v: number, reveal: boolean): void => {
    spec.onChoose(v);
    if (v >= 0) {
      live.textContent = spec.describe(v);
      const { tree, axis } = spec.picture();
      const x = tree.x(v, axis);
      if (reveal && (tree.y[v] < at.top || tree.y[v] > at.top + at.rows - 1)) {
        settle({ ...at, top: tree.y[v] - at.rows / 2 });
      }
      if (reveal && (x < at.from || x > at.to)) {
        settle({ ...at, from: x - (at.to - at.from) / 2, to: x + (at.to - at.from) / 2 });
      }
    }
    later();
  };
  const place = (event: MouseEvent): [number, number] => { const bounds = box.getBoundingClientRect(); return [event.clientX - bounds.left, event.clientY - bounds.top]; };

  /* ------------------------------------------------------------------------------------------------------- pointers */
  const down = new Map<number, [number, number]>();
  let moved = 0;
  box.addEventListener('pointerdown', (event) => {
    down.set(event.pointerId, place(event));
    moved = down.size > 1 ? Infinity : 0;
  });
  box.addEventListener('pointermove', (event) => {
    const now = place(event);
    const before = down.get(event.pointerId);
    if (!before) {
      spec.onHover(nodeAt(spec.picture(), frame(), ...now));
      later();
      return;
    }
    const one = frame();
    if (down.size === 2) {
      const other = [...down].find(([pointer]) => pointer !== event.pointerId)?.[1] as [number, number];
      const [wasFar, isFar] = [Math.abs(before[1] - other[1]), Math.abs(now[1] - other[1])];
      if (wasFar > 12 && isFar > 12) {
        zoomAt(isFar / wasFar, one.rowAt((now[1] + other[1]) / 2));
      }
    } else if (moved > 4 || Math.hypot(now[0] - before[0], now[1] - before[1]) > 4) {
      if (!box.hasPointerCapture(event.pointerId)) {
        box.setPointerCapture(event.pointerId);
      }
      const values = ((before[0] - now[0]) / (one.right - 10)) * (at.to - at.from);
      settle({ ...at, top: at.top + (before[1] - now[1]) / one.row, from: at.from + values, to: at.to + values });
      moved = Infinity;
    } else {
      return; // so far it is a click
    }
    down.set(event.pointerId, now);
  });
  const up = (event: PointerEvent): void => {
    if (down.delete(event.pointerId) && event.type === 'pointerup' && moved === 0) {
      choose(nodeAt(spec.picture(), frame(), ...place(event)), false);
    }
  };
  box.addEventListener('pointerup', up);
  box.addEventListener('pointercancel', up);
  box.addEventListener('pointerleave', () => { spec.onHover(-1); later(); });
  box.addEventListener('dblclick', (event) => { const v = nodeAt(spec.picture(), frame(), ...place(event)); if (v >= 0) { spec.onOpen(v); } });
  box.addEventListener('wheel', (event) => {
    const [x, y] = place(event);
    const one = frame();
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      const factor = Math.exp(-(event.deltaY || event.deltaX) * 0.004); // Shift turns some wheels
      if (event.shiftKey) {
        stretch(factor, one.valueAt(x));
      } else {
        zoomAt(factor, one.rowAt(y));
      }
    } else if (at.rows < tips() && ((event.deltaY < 0 && at.top > 0) || (event.deltaY > 0 && at.top + at.rows < tips() - 1e-6))) { // at its ends the page goes on
      event.preventDefault();
      settle({ ...at, top: at.top + event.deltaY / one.row });
    }
  }, { passive: false });

  /* ----------------------------------------------------------------------------------------------------------- keys */
  const step = (key: string): number => {
    const { tree, selected } = spec.picture();
    if (selected < 0) {
      return 0;
    }
    const row = tree.y[selected];
    switch (key) {
      case 'ArrowLeft': return Math.max(0, tree.doc.parent[selected]);
      case 'ArrowRight': return tree.children[selected][0] ?? selected;
      case 'ArrowUp': return tree.tips[Math.max(0, Math.ceil(row) - 1)];
      case 'ArrowDown': return tree.tips[Math.min(tree.tips.length - 1, Math.floor(row) + 1)];
      case 'Home': return tree.tips[0];
      default: return tree.tips[tree.tips.length - 1];
    }
  };
  box.addEventListener('keydown', (event) => {
    const middle = at.top + at.rows / 2;
    const { selected, tree } = spec.picture();
    const centre = selected >= 0 ? tree.y[selected] : middle;
    const actions: Record<string, () => void> = {
      '+': () => zoomAt(1.5, centre), '=': () => zoomAt(1.5, centre), '-': () => zoomAt(1 / 1.5, centre), 0: () => settle(whole(tree, spec.picture().axis)),
      PageDown: () => settle({ ...at, top: at.top + at.rows * 0.9 }), PageUp: () => settle({ ...at, top: at.top - at.rows * 0.9 }),
      Enter: () => { if (selected >= 0) { spec.onOpen(selected); } }, Escape: () => choose(-1, false),
    };
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End']) {
      actions[key] = () => choose(step(key), true);
    }
    if (actions[event.key] && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      actions[event.key]();
    }
  });
  new ResizeObserver(later).observe(box);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', later, { signal: spec.signal });
  box.classList.toggle('gn-zoomed', at.rows < tips());
  return {
    element: h('div', {}, live, box), repaint: later, choose, window: () => at,
    zoom: (factor) => { const { selected, tree } = spec.picture(); zoomAt(factor, selected >= 0 ? tree.y[selected] : at.top + at.rows / 2); },
    all: () => settle(whole(spec.picture().tree, spec.picture().axis)),
  };
}

