// What is shown, taken away: the tree as Auspice JSON, Newick and CSV by the server, as SVG drawn here from what the server lets go; introductions as CSV. The terms of each genome are asked there, for the one who is to have it.
import { failure, url, type Query } from './api';
import { saveFile } from './save';
import { h, segments, show, type Child } from './dom';
import { paint, Tree, type Axis, type ColourBy, type TreeDocument } from './genomes-data';
import { draw, Frame, HEAD, inkOf, PAPER, svgPen, whole } from './genomes-draw';
import { number, t } from './i18n';

export type Use = 'public' | 'partner' | 'here';
const USES: Use[] = ['public', 'partner', 'here'];
const FORMS = [['auspice', 'Auspice JSON'], ['newick', 'Newick'], ['csv', 'CSV'], ['svg', 'SVG']] as const;
const wanted: { use: Use; agreement: string; allowedOnly: boolean } = { use: 'public', agreement: '', allowedOnly: false };

/** One file of a route whose answers hang on the genomes' terms; drawn: made here from the document. */
interface Form { id: string; text: string; path: string; query: Query; drawn?: (doc: TreeDocument) => string }
export interface TreeSpec { query: Query; axis: () => Axis; colour: () => ColourBy; mutation: () => string; nameOf: (code: string) => string; title: (doc: TreeDocument) => string }

function nameIn(response: Response, otherwise: string): string {
  return /filename="([^"]+)"/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? otherwise;
}

function svgOf(doc: TreeDocument, spec: TreeSpec): string {
  const [title, mark] = [spec.title(doc), doc.exercise ? t('nature.simulated.mark') : '']; // of what goes, not of what is shown
  const tree = new Tree(doc);
  const axis = spec.axis();
  const painting = paint(tree, spec.colour(), spec.mutation(), spec.nameOf);
  const named = tree.tips.length <= 1000;
  const width = 1200;
  const [above, height] = [40 + Math.ceil(painting.legend.length / 6) * 18, Math.max(240, HEAD + 12 + tree.tips.length * (named ? 13 : 3))];
  const [head, body]: [string[], string[]] = [[], []];
  const pen = svgPen(head);
  pen.text(10, 20, title, PAPER.ink, 'start');
  pen.text(width - 10, 20, mark, '#a3262a', 'end');
  painting.legend.forEach((entry, i) => {
    const [x, y] = [10 + (i % 6) * 196, 30 + Math.floor(i / 6) * 18];
    pen.box(x, y, 14, 11, inkOf(entry.colour, PAPER));
    pen.text(x + 19, y + 10, entry.text.slice(0, 28), PAPER.soft, 'start');
  });
  draw(svgPen(body), { tree, painting, axis, lit: null, selected: -1, hovered: -1 }, new Frame(whole(tree, axis), width, height), PAPER);
  const plain = (text: string): string => text.replace(/[&<>]/g, '');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${above + height}" viewBox="0 0 ${width} ${above + height}"><title>${plain(title)}</title><desc>${plain(mark)}</desc>`
    + `<rect width="100%" height="100%" fill="#fff"/>${head.join('')}<g transform="translate(0 ${above})">${body.join('')}</g></svg>`;
}

async function take(form: Form, said: HTMLElement): Promise<void> {
  const query: Query = { ...form.query, use: wanted.use, agreement: wanted.use === 'partner' ? wanted.agreement : '', allowed_only: wanted.allowedOnly ? 'yes' : '' };
  show(said, h('p', {}, t('genomes.export.asked')));
  try {
    const response = await fetch(url(form.path, query), { cache: 'no-store' });
    if (!response.ok) {
      const problem = await failure(response);
      show(said, h('div.error', { role: 'alert' }, h('p', {}, t(problem.status === 'data_error' ? 'genomes.export.refused' : 'genomes.failed')), h('p.small-print', { lang: 'en' }, problem.message)));
      return;
    }
    if (form.drawn) {
      const doc = await response.json() as TreeDocument;
      saveFile(`vigia-${doc.exercise ? 'exercise-' : ''}${doc.set}.svg`, new Blob([form.drawn(doc)], { type: 'image/svg+xml' }));
      show(said, h('p', {}, doc.left_out > 0 ? t('genomes.export.left', { n: number(doc.left_out) }) : t('genomes.export.saved')));
    } else {
      saveFile(nameIn(response, `vigia-genomes.${form.id}`), await response.blob());
      show(said, h('p', {}, t('genomes.export.saved')));
    }
  } catch {
    show(said, h('div.error', { role: 'alert' }, h('p', {}, t('genomes.failed'))));
  }
}

/** What can be taken away, and for whom. */
export function exportBox(forms: Form[]): HTMLElement {
  const said = h('div', { role: 'status' });
  const body = h('div');
  const redraw = (): void => {
    const agreement = wanted.use !== 'partner' ? null : h('div.field', {}, h('label', { for: 'gn-agreement' }, t('genomes.export.agreement')),
      h('input', { id: 'gn-agreement', value: wanted.agreement, oninput: (event: Event) => { wanted.agreement = (event.target as HTMLInputElement).value.trim(); } }));
    const children: Child[] = [
      h('div.tools', {}, h('span.gn-label', {}, t('genomes.export.use')), segments(t('genomes.export.use'), 'gn-use', USES.map((use): [string, string] => [use, t(`genomes.export.use.${use}`)]), wanted.use, (use) => { wanted.use = use as Use; show(said); redraw(); }), agreement,
        h('label.gn-check', {}, h('input', { type: 'checkbox', id: 'gn-allowed-only', checked: wanted.allowedOnly, onchange: (event: Event) => { wanted.allowedOnly = (event.target as HTMLInputElement).checked; } }), t('genomes.export.allowed'))),
      h('div.tools', {}, forms.map((form) => h('button.small', { type: 'button', id: `gn-save-${form.id}`, onclick: () => void take(form, said) }, form.text)))];
    show(body, ...children);
  };
  redraw();
  return h('details.method.gn-export', { id: 'gn-export' }, h('summary', {}, t('genomes.export')), h('p.small-print', {}, t('genomes.export.text')), body, said);
}

export function treeExport(spec: TreeSpec): HTMLElement {
  return exportBox(FORMS.map(([id, text]) => ({ id, text, path: '/tree', ...(id === 'svg' ? { query: spec.query, drawn: (doc: TreeDocument) => svgOf(doc, spec) } : { query: { ...spec.query, form: id } }) })));
}
