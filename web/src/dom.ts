// Making elements. Styles that depend on data go through the CSS object model or SVG attributes, never through style="...":
// the page's content security policy allows no inline styles.

export type Child = Node | string | number | null | undefined | false | Child[];
type Handler = (event: any) => void;
type Attributes = Record<string, string | number | boolean | null | undefined | Handler>;

const SVG = 'http://www.w3.org/2000/svg';

function append(element: Element, children: Child[]): void {
  for (const child of children) {
    if (Array.isArray(child)) {
      append(element, child);
    } else if (child !== null && child !== undefined && child !== false) {
      element.append(child instanceof Node ? child : String(child));
    }
  }
}

function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') {
      element.addEventListener(name.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : String(value));
    }
  }
  append(element, children);
  return element;
}

/** An HTML element from "tag.class.class"; attributes named on... are listeners. */
export function h<E extends HTMLElement = HTMLElement>(spec: string, attributes: Attributes = {}, ...children: Child[]): E {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElement(tag) as E;
  if (classes.length > 0) {
    element.className = classes.join(' ');
  }
  return fill(element, attributes, children);
}

/** An SVG element, in the same way. */
export function s(spec: string, attributes: Attributes = {}, ...children: Child[]): SVGElement {
  const [tag, ...classes] = spec.split('.');
  const element = document.createElementNS(SVG, tag) as SVGElement;
  if (classes.length > 0) {
    element.setAttribute('class', classes.join(' '));
  }
  return fill(element, attributes, children);
}

/** Replaces what is in the element; keeps the focus where an element of the same id comes back. */
export function show(element: Element, ...children: Child[]): void {
  const focused = document.activeElement;
  const id = focused && element.contains(focused) ? focused.id : '';
  element.replaceChildren();
  append(element, children);
  if (id) {
    document.getElementById(id)?.focus({ preventScroll: true });
  }
}

export function option(value: string, text: string, selected: boolean): HTMLElement {
  return h('option', { value, selected }, text);
}

/** A labelled select. */
export function picker(id: string, label: string, choices: [string, string][], value: string, choose: (value: string) => void): HTMLElement {
  return h('div.field', {},
    h('label', { for: id }, label),
    h<HTMLSelectElement>('select', { id, onchange: (event: Event) => choose((event.target as HTMLSelectElement).value) },
      choices.map(([key, text]) => option(key, text, key === value))));
}

/** Buttons of which one is pressed. */
export function segments(label: string, idPrefix: string, choices: [string, string][], value: string, choose: (value: string) => void): HTMLElement {
  return h('div.segments', { role: 'group', 'aria-label': label },
    choices.map(([key, text]) => h('button', {
      type: 'button', id: `${idPrefix}-${key}`, 'aria-pressed': key === value ? 'true' : 'false', onclick: () => choose(key),
    }, text)));
}

/** A style sheet that only parts of the page need, once; without it these parts still say all that they say. */
export function useStyle(address: string): Promise<void> {
  return new Promise((done) => {
    if (document.querySelector(`link[href="${address}"]`)) {
      done();
      return;
    }
    const link = h('link', { rel: 'stylesheet', href: address, onload: () => done(), onerror: () => { link.remove(); done(); } });
    document.head.append(link);
  });
}

let lastNumber = 0;
export function freshId(prefix: string): string {
  lastNumber += 1;
  return `${prefix}-${lastNumber}`;
}
