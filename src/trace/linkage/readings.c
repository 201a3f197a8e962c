/*
 * Readings of Chinese characters without tones, and words written in them. ü is read as u: passports write it as u, v or yu.
 */
#include "trace/linkage/internal.h"

#include <string.h>

#include "trace/linkage/readings.inc"

#define FIRST 0x4E00
#define N_READINGS (sizeof readings / sizeof *readings)
#define N_SYLLABLES (sizeof syllables / sizeof *syllables)
#define LONGEST 6

uint16_t linkage_reading(uint32_t character)
{
    return character >= FIRST && character - FIRST < N_READINGS ? readings[character - FIRST] : 0;
}

const char *linkage_syllable(uint16_t reading)
{
    return reading < N_SYLLABLES ? syllables[reading] : NULL;
}

static uint16_t find(const char *text, size_t size)
{
    size_t low = 1, high = N_SYLLABLES;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strncmp(syllables[middle], text, size);
        order = order == 0 && syllables[middle][size] != '\0' ? 1 : order;
        if (order == 0) {
            return (uint16_t)middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 0;
}

/* Longest syllables first; goes back where the rest cannot be split. */
static size_t split_from(const char *word, uint16_t *out, size_t room)
{
    if (*word == '\0') {
        return 0;
    }
    size_t length = strnlen(word, LONGEST);
    for (; room > 0 && length > 0; length--) {
        uint16_t reading = find(word, length);
        if (reading != 0) {
            *out = reading;
            if (word[length] == '\0') {
                return 1;
            }
            size_t rest = split_from(word + length, out + 1, room - 1);
            if (rest > 0) {
                return rest + 1;
            }
        }
    }
    return 0;
}

/*
 * Most names of other languages cannot be readings by their letters alone: within a syllable a consonant follows another in zh, ch, sh, ng and hm only, and syllables end in a vowel or in
 * m, n, g or r.
 */
static bool may_be_reading(const char *word, size_t size)
{
    static const char ends[] = "aeioumngr", vowels[] = "aeiou";
    for (size_t i = 0; i + 1 < size; i++) {
        bool two = strchr(vowels, word[i]) == NULL && strchr(vowels, word[i + 1]) == NULL;
        bool inside = (word[i + 1] == 'h' && strchr("zcs", word[i]) != NULL) || (word[i + 1] == 'm' && word[i] == 'h');
        if (two && !inside && strchr(ends, word[i]) == NULL) {
            return false;
        }
    }
    return size > 0 && strchr(ends, word[size - 1]) != NULL;
}

/* lv, lyu, nv, nyu: lu, nu; within the word only where asked, as n may end the syllable before: yunyun, and sanyuan. */
static size_t plain_of(const char *word, bool within, char plain[VG_LINKAGE_TOKEN_BYTES])
{
    size_t n = 0;
    for (const char *c = word; *c != '\0' && n + 1 < VG_LINKAGE_TOKEN_BYTES; c++) {
        bool after = n > 0 && (plain[n - 1] == 'l' || plain[n - 1] == 'n');
        if (after && *c == 'y' && c[1] == 'u' && (within || n == 1)) {
            continue;
        }
        plain[n++] = after && *c == 'v' ? 'u' : *c;
    }
    plain[n] = '\0';
    return n;
}

size_t linkage_split(const char *word, uint16_t out[VG_LINKAGE_SYLLABLES])
{
    char plain[VG_LINKAGE_TOKEN_BYTES];
    size_t found = 0;
    for (int within = 0; found == 0 && within < 2; within++) {
        size_t n = plain_of(word, within == 1, plain);
        found = may_be_reading(plain, n) ? split_from(plain, out, VG_LINKAGE_SYLLABLES) : 0;
    }
    return found;
}

int linkage_distance(const char *a, const char *b)
{
    size_t na = strlen(a), nb = strlen(b), same = 0;
    while (a[same] != '\0' && a[same] == b[same]) {
        same++;
    }
    if (na == nb && same == na) {
        return 0;
    }
    if (na == nb) {
        bool changed = strcmp(a + same + 1, b + same + 1) == 0;
        bool swapped = same + 1 < na && a[same] == b[same + 1] && a[same + 1] == b[same] && strcmp(a + same + 2, b + same + 2) == 0;
        return changed || swapped ? 1 : 2;
    }
    if (na + 1 == nb) {
        return strcmp(a + same, b + same + 1) == 0 ? 1 : 2;
    }
    return nb + 1 == na && strcmp(a + same + 1, b + same) == 0 ? 1 : 2;
}
