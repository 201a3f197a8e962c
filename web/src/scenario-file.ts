// The file of `vigia simulate` read and written: the same part of TOML as the program's own reader takes. Whatever is not changed keeps its words, its order and the remarks around it, so that a
// file that was opened here and saved again differs by what was edited and by nothing else.

/** A date among values: days since 1970-01-01. */
export class Day {
  constructor(readonly day: number) {}
}
export type Value = string | number | boolean | Day | Value[];

/** One key: `head` and `raw` are how it and its value are written, `before` the remarks above it, `after` what stands behind it on its line. */
interface Entry { key: string; value: Value; head: string; raw: string; before: string; after: string }

export class FileFault extends Error {
  constructor(readonly line: number) {
    super(`line ${line}`);
  }
}

const DAY_MS = 86400000;
const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
const keyText = (key: string): string => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key));

export function valueText(value: Value): string {
  if (value instanceof Day) {
    return dayText(value.day);
  }
  return Array.isArray(value) ? `[${value.map(valueText).join(', ')}]` : typeof value === 'string' ? JSON.stringify(value).replace(/\u007f/g, '\\u007F') : String(value);
}

/** A heading with its keys; the keys before the first heading are a block without a name. */
export class Block {
  entries: Entry[] = [];
  before = ''; // remarks above the heading
  heading = ''; // as written; '' before the first one
  after = ''; // behind the heading
  order = 0; // where it stood in its file
  made = false; // it was looked for and is not in the file: empty it stays out

  constructor(readonly name: string, readonly repeated: boolean) {
    this.heading = name === '' ? '' : repeated ? `[[${name}]]` : `[${name}]`;
  }

  private find(key: string): Entry | undefined {
    return this.entries.find((entry) => entry.key === key);
  }

  get(key: string): Value | undefined {
    return this.find(key)?.value;
  }

  text(key: string): string {
    const value = this.get(key);
    return typeof value === 'string' ? value : '';
  }

  /** NaN where it is not given. */
  number(key: string): number {
    const value = this.get(key);
    return value instanceof Day ? value.day : typeof value === 'number' ? value : NaN;
  }

  texts(key: string): string[] {
    const value = this.get(key);
    return typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
  }

  numbers(key: string): number[] {
    const value = this.get(key);
    return Array.isArray(value) ? value.map((item) => (typeof item === 'number' ? item : NaN)) : [];
  }

  /** undefined takes the key away. What is the same already stays as it is written. */
  set(key: string, value: Value | undefined): this {
    const entry = this.find(key);
    if (value === undefined) {
      this.entries = this.entries.filter((other) => other !== entry);
    } else if (!entry) {
      this.entries.push({ key, value, head: `${keyText(key)} = `, raw: valueText(value), before: '', after: '\n' });
    } else if (valueText(entry.value) !== valueText(value)) {
      Object.assign(entry, { value, raw: valueText(value) });
    }
    return this;
  }

  clone(): Block {
    const copy = new Block(this.name, this.repeated);
    Object.assign(copy, { before: this.before, heading: this.heading, after: this.after, order: this.order, made: this.made, entries: this.entries.map((entry) => ({ ...entry })) });
    return copy;
  }

  /** What it says, however it is written: two blocks that say the same are the same. */
  content(without = ''): string {
    return `${this.name}\n${this.entries.filter((entry) => entry.key !== without).map((entry) => `${entry.key}=${valueText(entry.value)}`).sort().join('\n')}`;
  }

  /** Its lines, the last of which may lack its end. */
  lines(): string[] {
    return [this.before + this.heading + this.after, ...this.entries.map((entry) => entry.before + entry.head + entry.raw + entry.after)];
  }
}

export interface ScenarioFile { blocks: Block[]; end: string }

/** The reader goes along the text once; `at` is where it is. */
class Reader {
  at = 0;

  constructor(private readonly source: string) {}

  get done(): boolean {
    return this.at >= this.source.length;
  }

  fault(): FileFault {
    return new FileFault(this.source.slice(0, this.at).split('\n').length);
  }

  peek(text: string): boolean {
    return this.source.startsWith(text, this.at);
  }

  take(pattern: RegExp): string {
    const sticky = new RegExp(pattern.source, 'y');
    sticky.lastIndex = this.at;
    const found = sticky.exec(this.source)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  from(start: number): string {
    return this.source.slice(start, this.at);
  }

  expect(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === '') {
      throw this.fault();
    }
    return found;
  }
}

const REMARKS = /(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*/; // empty lines and remarks
const BETWEEN = /(?:[ \t\r\n]|#[^\n]*)*/; // within a list
const LINE_END = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/;

function readText(reader: Reader): string {
  if (reader.peek('"""') || reader.peek("'''")) {
    throw reader.fault();
  }
  if (reader.peek("'")) {
    return reader.expect(/'[^'\n]*'/).slice(1, -1);
  }
  const quoted = reader.expect(/"(?:[^"\\\n]|\\.)*"/);
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)/g, (_, escape: string) => {
    if (escape.length > 1) {
      return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(escape.slice(1), 16)));
    }
    const plain = ({ b: '\b', t: '\t', n: '\n', f: '\f', r: '\r', '"': '"', '\\': '\\' } as Record<string, string>)[escape];
    if (plain === undefined) {
      throw reader.fault();
    }
    return plain;
  });
}

function readValue(reader: Reader, depth = 0): Value {
  if (reader.peek('"') || reader.peek("'")) {
    return readText(reader);
  }
  if (reader.peek('[')) {
    if (depth > 3) {
      throw reader.fault();
    }
    const items: Value[] = [];
    reader.expect(/\[/);
    for (;;) {
      reader.take(BETWEEN);
      if (reader.take(/\]/)) {
        return items;
      }
      items.push(readValue(reader, depth + 1));
      reader.take(BETWEEN);
      if (!reader.take(/,/) && !reader.peek(']')) {
        throw reader.fault();
      }
    }
  }
  const plain = reader.expect(/[^\s,\]#]+/);
  if (plain === 'true' || plain === 'false') {
    return plain === 'true';
  }
  if (/^\d{4}-\d\d-\d\d$/.test(plain) && Number.isFinite(Date.parse(plain))) {
    return new Day(Math.round(Date.parse(plain) / DAY_MS));
  }
  const number = Number(plain.replace(/(?<=\d)_(?=\d)/g, ''));
  if (!/^[+\-.0-9]/.test(plain) || !Number.isFinite(number)) {
    throw reader.fault();
  }
  return number;
}

function readHeading(reader: Reader, order: number, before: string): Block {
  const start = reader.at;
  const repeated = reader.expect(/\[\[?/).length === 2;
  reader.take(/[ \t]*/);
  const name = reader.peek('"') || reader.peek("'") ? readText(reader) : reader.expect(/[\w-]+/);
  reader.take(/[ \t]*/);
  reader.expect(repeated ? /\]\]/ : /\]/);
  const block = new Block(name, repeated);
  Object.assign(block, { before, order, heading: reader.from(start) });
  block.after = reader.take(LINE_END);
  if (block.after === '' && !reader.done) {
    throw reader.fault();
  }
  return block;
}

/** Throws a FileFault with the line that is not understood. */
export function readFile(source: string): ScenarioFile {
  const reader = new Reader(source.replace(/^\ufeff/, ''));
  const blocks = [new Block('', false)];
  for (;;) {
    const before = reader.take(REMARKS);
    const tail = reader.take(/#[^\n]*$/);
    if (reader.done) {
      return { blocks, end: before + tail };
    }
    if (reader.peek('[')) {
      blocks.push(readHeading(reader, blocks.length, before));
      continue;
    }
    const block = blocks[blocks.length - 1];
    const begin = reader.at;
    const key = reader.peek('"') || reader.peek("'") ? readText(reader) : reader.expect(/[\w-]+/);
    reader.expect(/[ \t]*=[ \t]*/);
    const head = reader.from(begin);
    const start = reader.at;
    const value = readValue(reader);
    const raw = reader.from(start);
    const after = reader.take(LINE_END);
    if ((after === '' && !reader.done) || block.get(key) !== undefined) {
      throw reader.fault();
    }
    block.entries.push({ key, value, head, raw, before, after });
  }
}

export function writeFile(file: ScenarioFile): string {
  const lines = file.blocks.flatMap((block) => block.lines()).filter((line) => line !== '');
  return lines.map((line, i) => (i + 1 < lines.length && !line.endsWith('\n') ? `${line}\n` : line)).join('') + file.end;
}
