#!/usr/bin/env python3
# Writes src/trace/linkage/readings.inc: the reading of each Chinese character (U+4E00 to U+9FA5) without tones, as ICU's transliterator for names gives it
# (Han-Latin/Names, from Unicode's Unihan and CLDR data, Unicode licence). Needs libicui18n. Usage: make_readings.py > src/trace/linkage/readings.inc
import ctypes
import glob
import re

library_path = sorted(glob.glob('/usr/lib/*/libicui18n.so.*'))[0]
version = re.search(r'so\.(\d+)', library_path).group(1)
library = ctypes.CDLL(library_path)
open_transliterator = getattr(library, 'utrans_openU_' + version)
open_transliterator.restype = ctypes.c_void_p
transliterate = getattr(library, 'utrans_transUChars_' + version)


def utf16(text):
    return (ctypes.c_uint16 * (len(text) + 1))(*[ord(c) for c in text], 0)


error = ctypes.c_int(0)
rule = 'Han-Latin/Names; NFD; [:Nonspacing Mark:] Remove; NFC; Lower'
handle = open_transliterator(utf16(rule), len(rule), 0, None, 0, None, ctypes.byref(error))
assert error.value <= 0


def reading(character):
    room = 64
    buffer = (ctypes.c_uint16 * room)(ord(character))
    size, limit, fault = ctypes.c_int32(1), ctypes.c_int32(1), ctypes.c_int(0)
    transliterate(ctypes.c_void_p(handle), buffer, ctypes.byref(size), room, 0, ctypes.byref(limit), ctypes.byref(fault))
    text = ''.join(chr(c) for c in buffer[:size.value])
    return text if re.fullmatch('[a-z]+', text) else ''


readings = [reading(chr(c)) for c in range(0x4E00, 0x9FA6)]
syllables = sorted(set(readings) - {''})
number = {s: i + 1 for i, s in enumerate(syllables)}
number[''] = 0


def wrapped(cells):
    line = '   '
    for cell in cells:
        if len(line) + len(cell) + 2 > 160:
            print(line)
            line = '   '
        line += ' ' + cell + ','
    print(line)


print('/* Made by tools/make_readings.py from ICU (Unihan and CLDR data, Unicode licence): do not edit. */')
print('static const char *const syllables[] = {')
wrapped(['NULL'] + ['"%s"' % s for s in syllables])
print('};')
print('static const uint16_t readings[] = { /* of U+4E00 and what follows: which syllable, 0 none */')
wrapped([str(number[r]) for r in readings])
print('};')
