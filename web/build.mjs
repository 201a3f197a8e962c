// Builds the page and, where a second argument is given, the C file that embeds it:
//   node build.mjs OUTPUT_FOLDER [ASSETS_C_FILE]
// Files are named by a hash of their content, so the server may call them immutable. No network is used.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { makeWorld } from './world.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const outputFolder = process.argv[2] ?? join(here, 'dist');
const assetsFile = process.argv[3];
const languages = ['es', 'pt', 'en', 'fr', 'zh'];
const assets = [];

function hashOf(data) {
  return createHash('sha256').update(data).digest('hex').slice(0, 12);
}

function add(path, mediaType, data, immutable) {
  const bytes = Buffer.from(data);
  const zipped = gzipSync(bytes, { level: 9 });
  assets.push({ path, mediaType, bytes, zipped: zipped.length < bytes.length * 0.9 ? zipped : null, immutable });
  return path;
}

function addHashed(folder, name, extension, mediaType, data) {
  return add(`${folder}${name}.${hashOf(data)}.${extension}`, mediaType, data, true);
}

// Texts that only parts of src/more.ts and the tab of Rt use are a catalogue of their own, asked for when one of these parts is opened.
const MORE = /^((chains|channel|delays|field|finding|imports|judged|kept|pyramid|quality|rt|severity|through)\.|(csv\.(delays|triangle)|fan\.explained95|head\.(age|delay|share)|unit\.(days|weeks)|status\.no_ages)$)/;
const SCENARIO = /^scenario\./; // and those of the scenario tab another one
const TRACING = /^tracing\./; // as those of the tracing tab
const GENOMES = /^genomes\./; // and of the genomes tab
const STOCK = /^stock\./; // and of the stock tab
const PLAN = /^plan\./; // and of plans in it
const catalogues = {};
const more = {};
const scenario = {};
const tracing = {};
const genomes = {};
const stock = {};
const plan = {};
for (const language of languages) {
  const texts = Object.entries(JSON.parse(readFileSync(join(here, 'i18n', `${language}.json`), 'utf8')));
  const put = (name, wanted) => addHashed('/i18n/', name, 'json', 'application/json; charset=utf-8', JSON.stringify(Object.fromEntries(texts.filter(([key]) => wanted(key)))));
  catalogues[language] = put(language, (key) => !MORE.test(key) && !SCENARIO.test(key) && !TRACING.test(key) && !STOCK.test(key) && !PLAN.test(key) && !GENOMES.test(key));
  more[language] = put(`${language}-more`, (key) => MORE.test(key));
  scenario[language] = put(`${language}-scenario`, (key) => SCENARIO.test(key));
  tracing[language] = put(`${language}-tracing`, (key) => TRACING.test(key));
  stock[language] = put(`${language}-stock`, (key) => STOCK.test(key));
  plan[language] = put(`${language}-plan`, (key) => PLAN.test(key) || STOCK.test(key)); // one catalogue beside the first is in use at a time
  genomes[language] = put(`${language}-genomes`, (key) => GENOMES.test(key));
}
const countries = readFileSync(join(here, '..', 'data', 'places', 'countries.csv'), 'utf8');
const atlas = JSON.parse(readFileSync(join(here, 'node_modules', 'world-atlas', 'countries-110m.json'), 'utf8'));
const world = addHashed('/', 'world', 'json', 'application/json; charset=utf-8', JSON.stringify(makeWorld(atlas, countries)));

/** Countries whose people the program can make, diseases with their variants, and vaccines with what they protect from: from the tables that it ships. */
function scenarioFacts() {
  const lines = (name) => readFileSync(join(here, '..', 'data', 'control', name), 'utf8').trim().split('\n').slice(1).map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((cell) => cell.replace(/,$/, '').replace(/^"|"$/g, '')));
  const households = new Set(lines('household_sizes.csv').map(([country]) => country));
  const names = [...new Set(lines('natural_history.csv').map(([disease]) => disease))];
  const bases = names.filter((name) => !names.some((other) => name.startsWith(`${other}_`)));
  const vaccines = lines('vaccines.csv');
  return {
    countries: lines('age_pyramids.csv').map(([country]) => country).filter((country) => households.has(country)),
    products: lines('vaccine_products.csv').filter(([, , platform]) => platform).map(([name, title, , doses, days]) => ({ name, title, doses: Number(doses), days: Number(days),
      diseases: bases.filter((base) => vaccines.some(([product, , against]) => product === name && against.startsWith(base))) })),
    diseases: bases.map((name) => ({ name, variants: names.filter((other) => other === name || other.startsWith(`${name}_`)) })),
  };
}

/** Every number that a scenario rests on beside what is typed, with its source: shown with the results. */
function scenarioSources() {
  const table = (name) => { const [heads, ...rows] = readFileSync(join(here, '..', 'data', 'control', name), 'utf8').trim().split('\n').map((line) => line.match(/("([^"]|"")*"|[^,]*)(,|$)/g).map((cell) => cell.replace(/,$/, '').replace(/^"|"$/g, '').replaceAll('""', '"')));
    return rows.map((cells) => Object.fromEntries(heads.map((head, i) => [head, cells[i] ?? '']))); };
  const sources = [];
  const numbered = (row) => { const text = [row.source, row.doi ? `doi:${row.doi}` : ''].filter(Boolean).join(' '); if (!sources.includes(text)) { sources.push(text); } return sources.indexOf(text); };
  return {
    course: table('natural_history.csv').map((row) => [row.disease, row.parameter, row.ages, row.value, row.low && `${row.low}–${row.high}`, numbered(row)]),
    vaccines: table('vaccines.csv').map((row) => [row.product, row.dose, row.disease, row.against, row.days, row.protection, numbered(row)]),
    cross: table('cross_immunity.csv').map((row) => [row.immune_by, row.against, row.kept, numbered(row)]),
    households: table('household_sizes.csv').map((row) => [row.country, row.mean_size, numbered(row)]),
    sources,
  };
}
const sourcesAddress = addHashed('/assets/', 'scenario-sources', 'json', 'application/json; charset=utf-8', JSON.stringify(scenarioSources()));

/** The built files, the entry's own first. */
async function bundle(entry, options) {
  const result = await build({
    entryPoints: [join(here, 'src', entry)],
    absWorkingDir: here,
    bundle: true,
    minify: true,
    write: false,
    legalComments: 'none',
    logLevel: 'warning',
    ...options,
  });
  return result.outputFiles.map((file) => ({ name: basename(file.path), text: file.text })).sort((a, b) => Number(b.name.startsWith('app.')) - Number(a.name.startsWith('app.')));
}

// The script is cut where it is loaded later; the names are esbuild's own hashes, so that the pieces can name each other.
const [moreStyle] = await bundle('more.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const moreStyleAddress = addHashed('/assets/', 'more', 'css', 'text/css; charset=utf-8', moreStyle.text);
const [scenarioStyle] = await bundle('scenario.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const scenarioStyleAddress = addHashed('/assets/', 'scenario', 'css', 'text/css; charset=utf-8', scenarioStyle.text);
const [tracingStyle] = await bundle('tracing.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const tracingStyleAddress = addHashed('/assets/', 'tracing', 'css', 'text/css; charset=utf-8', tracingStyle.text);
const [genomesStyle] = await bundle('genomes.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const genomesStyleAddress = addHashed('/assets/', 'genomes', 'css', 'text/css; charset=utf-8', genomesStyle.text);
const [stockStyle] = await bundle('stock.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const stockStyleAddress = addHashed('/assets/', 'stock', 'css', 'text/css; charset=utf-8', stockStyle.text);
const [planStyle] = await bundle('plan.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const planStyleAddress = addHashed('/assets/', 'plan', 'css', 'text/css; charset=utf-8', planStyle.text);
const textOf = (value) => JSON.stringify(JSON.stringify(value)); // a text stays in the file that names it; objects would all go where the first view loads them
const scripts = await bundle('main.ts', {
  format: 'esm',
  target: 'es2020',
  splitting: true,
  outdir: outputFolder,
  entryNames: 'app.[hash]',
  chunkNames: '[name].[hash]',
  define: { VIGIA_CATALOGUES: JSON.stringify(catalogues), VIGIA_MORE: JSON.stringify(more), VIGIA_MORE_STYLE: JSON.stringify(moreStyleAddress), VIGIA_WORLD: JSON.stringify(world), VIGIA_SCENARIO: textOf(scenario),
    VIGIA_SCENARIO_STYLE: JSON.stringify(scenarioStyleAddress), VIGIA_SCENARIO_FACTS: textOf(scenarioFacts()), VIGIA_SCENARIO_SOURCES: JSON.stringify(sourcesAddress),
    VIGIA_TRACING: textOf(tracing), VIGIA_TRACING_STYLE: JSON.stringify(tracingStyleAddress), VIGIA_GENOMES: textOf(genomes), VIGIA_GENOMES_STYLE: JSON.stringify(genomesStyleAddress),
    VIGIA_STOCK: textOf(stock), VIGIA_STOCK_STYLE: JSON.stringify(stockStyleAddress), VIGIA_PLAN: textOf(plan), VIGIA_PLAN_STYLE: JSON.stringify(planStyleAddress) },
});
for (const script of scripts) {
  add(`/assets/${script.name}`, 'text/javascript; charset=utf-8', script.text, true);
}
const preloads = [...scripts[0].text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, name]) => `<link rel="modulepreload" href="/assets/${name}">`);
const [style] = await bundle('page.css', { target: ['chrome100', 'firefox100', 'safari15'] });
const icon = readFileSync(join(here, 'src', 'icon.svg'), 'utf8').replace(/>\s+</g, '><').trim();

const page = readFileSync(join(here, 'src', 'index.html'), 'utf8')
  .replace('@SCRIPT@', `/assets/${scripts[0].name}`)
  .replace('@PRELOADS@', [...new Set(preloads)].join(''))
  .replace('@STYLE@', addHashed('/assets/', 'app', 'css', 'text/css; charset=utf-8', style.text))
  .replace('@ICON@', addHashed('/assets/', 'icon', 'svg', 'image/svg+xml', icon));
add('/', 'text/html; charset=utf-8', page, false);

// The worker that gives the page without a connection: its address stays, and what it says changes with any file of the page.
const shell = ['/', ...scripts.filter((script) => !/^(scenario|genomes)/.test(script.name)).map((script) => `/assets/${script.name}`), ...assets.map(({ path }) => path).filter((path) => /^\/assets\/(app|icon|more|tracing)\.\w+\.(css|svg)$/.test(path))];
const [offline] = await bundle('worker.ts', { format: 'iife', target: 'es2020', define: { VIGIA_SHELL: JSON.stringify(shell), VIGIA_FILES: JSON.stringify(assets.map(({ path }) => path).sort()), VIGIA_PAGE: JSON.stringify(hashOf(page)) } });
add('/worker.js', 'text/javascript; charset=utf-8', offline.text, false);

rmSync(outputFolder, { recursive: true, force: true });
for (const asset of assets) {
  const file = join(outputFolder, asset.path === '/' ? 'index.html' : asset.path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, asset.bytes);
}

function arrayOf(name, bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 32) {
    lines.push('    ' + Array.from(bytes.subarray(at, at + 32)).join(',') + ',');
  }
  return `static const unsigned char ${name}[] = {\n${lines.join('\n')}\n};\n`;
}

function makeC() {
  const parts = ['/* Made by web/build.mjs: the files of the page. */\n#include "serve/assets.h"\n\n'];
  const rows = [];
  assets.sort((a, b) => (a.path < b.path ? -1 : 1));
  assets.forEach((asset, index) => {
    parts.push(arrayOf(`data_${index}`, asset.bytes));
    if (asset.zipped) {
      parts.push(arrayOf(`gzip_${index}`, asset.zipped));
    }
    const zipped = asset.zipped ? `gzip_${index}, sizeof gzip_${index}` : '0, 0';
    rows.push(`    {"${asset.path}", "${asset.mediaType}", data_${index}, sizeof data_${index}, ${zipped}, ${asset.immutable}},\n`);
  });
  parts.push('\nconst struct vg_asset vg_assets[] = {\n', ...rows, '};\n');
  parts.push('const size_t vg_asset_count = sizeof vg_assets / sizeof *vg_assets;\n');
  return parts.join('');
}

if (assetsFile) {
  writeFileSync(assetsFile, makeC());
}
