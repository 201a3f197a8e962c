/*
 * A person as it is compared: words of its names folded and sounded, Chinese characters read, documents and telephone cleaned; and the search codes.
 */
#include "trace/linkage/internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ------------------------------------------------------------------- sound */

static bool is_vowel(char c)
{
    return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' || c == 'y';
}

/* One or two letters at *at as they sound; moves on behind them. '\0': silent. */
static char sound_at(const char **at, bool first)
{
    char c = (*at)[0], next = (*at)[1];
    bool soft = next == 'e' || next == 'i' || next == 'y';
    (*at)++;
    switch (c) {
    case 'c':
        *at += next == 'h' || (next == 'k') ? 1 : 0;
        return next == 'h' ? 'x' : soft ? 's' : 'k';
    case 'q':
        *at += next == 'u' ? 1 : 0;
        return 'k';
    case 'g':
        *at += next == 'u' && ((*at)[1] == 'e' || (*at)[1] == 'i') ? 1 : 0;
        return soft ? 'j' : 'g';
    case 'x': /* Ximena, Alexandra; Felix */
        return next == '\0' ? 's' : 'j';
    case 'z':
        return 's';
    case 'v':
        return 'b';
    case 'w':
        return 'o';
    case 's':
        *at += next == 'h' ? 1 : 0;
        return next == 'h' ? 'x' : 's';
    case 'p':
        *at += next == 'h' ? 1 : 0;
        return next == 'h' ? 'f' : 'p';
    case 't':
        *at += next == 'h' ? 1 : 0;
        return 't';
    case 'l': /* Guillermo, Guilherme */
        *at += next == 'l' || next == 'h' ? 1 : 0;
        return (next == 'l' || next == 'h') && (*at)[0] != '\0' ? 'e' : 'l';
    case 'm': /* Joaquim, Joaquin */
        return next == 'b' || next == 'p' || next == '\0' ? 'n' : 'm';
    case 'h':
        return '\0';
    case 'i':
    case 'y':
        return 'e';
    case 'u':
        return 'o';
    default:
        return c >= 'a' && c <= 'z' ? c : first ? c : '\0';
    }
}

void vg_linkage_sound(const char *word, char out[VG_LINKAGE_TOKEN_BYTES])
{
    size_t n = 0;
    const char *at = word;
    while (*at != '\0' && n + 1 < VG_LINKAGE_TOKEN_BYTES) {
        char c = sound_at(&at, at == word);
        if (c != '\0' && (n == 0 || out[n - 1] != c)) {
            out[n++] = c;
        }
    }
    while (n > 3 && is_vowel(out[n - 1]) && is_vowel(out[n - 2])) { /* -ia, -ea, -ao: only one of them */
        n--;
    }
    out[n] = '\0';
}

/* ------------------------------------------------------------------- names */

static const char *const particles[] = {"de", "del", "la", "las", "los", "da", "do", "das", "dos", "e", "y", "di", "van", "von", "el", "al"};
static const struct { const char *shorter, *whole; } shortened[] = {{"ma", "maria"}, {"fco", "francisco"}, {"gpe", "guadalupe"}, {"jse", "jose"}, {"hdez", "hernandez"},
                                                                    {"fdez", "fernandez"}, {"glez", "gonzalez"}, {"mtz", "martinez"}, {"rdz", "rodriguez"}};
#define LONGEST_PARTICLE 3
#define LONGEST_SHORTENED 4
static const char *const double_surnames[] = {"欧阳", "歐陽", "司马", "司馬", "诸葛", "諸葛", "上官", "皇甫", "夏侯", "司徒", "尉迟", "公孙", "公孫", "慕容", "端木", "令狐", "东方", "東方"};

static void add_token(struct vg_linkage_form *form, const char *word, size_t size, bool given, bool family)
{
    if (form->n_tokens == VG_LINKAGE_TOKENS || size == 0) {
        return;
    }
    struct vg_linkage_token *token = &form->tokens[form->n_tokens];
    *token = (struct vg_linkage_token){.given = given, .family = family};
    size = size < VG_LINKAGE_TOKEN_BYTES ? size : VG_LINKAGE_TOKEN_BYTES - 1;
    memcpy(token->text, word, size);
    for (size_t i = 0; size <= LONGEST_PARTICLE && i < sizeof particles / sizeof *particles; i++) {
        if (strcmp(token->text, particles[i]) == 0) {
            return;
        }
    }
    for (size_t i = 0; size <= LONGEST_SHORTENED && i < sizeof shortened / sizeof *shortened; i++) {
        if (strcmp(token->text, shortened[i].shorter) == 0) {
            (void)snprintf(token->text, sizeof token->text, "%s", shortened[i].whole);
        }
    }
    vg_linkage_sound(token->text, token->sound);
    if (token->sound[0] == '\0') {
        memcpy(token->sound, token->text, sizeof token->sound);
    }
    form->n_tokens++;
}

/* Chinese characters of a text, and what else it has, each folded. */
static size_t characters_of(const char *text, uint32_t *out, size_t room)
{
    const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
    size_t n = 0;
    utf8proc_int32_t c;
    while (*at != 0) {
        utf8proc_ssize_t length = utf8proc_iterate(at, -1, &c);
        if (length <= 0) {
            break;
        }
        at += length;
        if (c >= 0x3400 && c < 0x9FFF && n < room) {
            out[n++] = (uint32_t)c;
        }
    }
    return n;
}

/* The readings of some characters, joined, as one word. */
static void add_readings(struct vg_linkage_form *form, const uint32_t *characters, size_t n, bool given, bool family)
{
    char word[VG_LINKAGE_TOKEN_BYTES] = "";
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        const char *syllable = linkage_syllable(linkage_reading(characters[i]));
        length += (size_t)snprintf(word + length, sizeof word - length, "%s", syllable == NULL ? "" : syllable);
        length = length < sizeof word ? length : sizeof word - 1;
        if (form->n_characters < VG_LINKAGE_SYLLABLES) {
            form->characters[form->n_characters++] = (uint16_t)characters[i];
        }
    }
    add_token(form, word, length, given, family);
}

static bool has_double_surname(const char *text)
{
    for (size_t i = 0; i < sizeof double_surnames / sizeof *double_surnames; i++) {
        if (strncmp(text, double_surnames[i], strlen(double_surnames[i])) == 0) {
            return true;
        }
    }
    return false;
}

static void add_name(struct vg_linkage_form *form, const char *text, bool given, bool family, bool alone)
{
    char folded[256], plain[512];
    uint32_t characters[VG_LINKAGE_SYLLABLES];
    if (text == NULL) {
        return;
    }
    size_t n = characters_of(text, characters, VG_LINKAGE_SYLLABLES);
    if (n > 0) {
        size_t surname = !alone || n < 2 ? 0 : has_double_surname(text) && n > 2 ? 2 : 1;
        if (surname > 0) {
            add_readings(form, characters, surname, false, true);
        }
        add_readings(form, characters + surname, n - surname, surname > 0 || given, surname == 0 && family);
        return;
    }
    /* ç sounds as s wherever it stands, which folding would forget. */
    size_t at = 0;
    for (const char *c = text; *c != '\0' && at + 2 < sizeof plain; c++) {
        bool cedilla = (unsigned char)c[0] == 0xC3 && ((unsigned char)c[1] == 0xA7 || (unsigned char)c[1] == 0x87);
        plain[at++] = cedilla ? 's' : *c;
        c += cedilla ? 1 : 0;
    }
    plain[at] = '\0';
    for (const char *word = plain; *word != '\0';) {
        size_t size = strcspn(word, " \t-.,;/()_");
        add_token(form, folded, vg_text_fold(vg_text_of(word, size), folded, sizeof folded), given, family);
        word += size + (word[size] != '\0' ? 1 : 0);
    }
}

static int by_reading(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Readings of the whole name: of its characters, else of its words where all of them can be split. */
static void add_syllables(struct vg_linkage_form *form)
{
    for (size_t i = 0; i < form->n_characters; i++) {
        form->syllables[form->n_syllables] = linkage_reading(form->characters[i]);
        form->n_syllables += form->syllables[form->n_syllables] != 0;
    }
    for (size_t i = 0; form->n_characters == 0 && i < form->n_tokens; i++) {
        uint16_t found[VG_LINKAGE_SYLLABLES];
        size_t n = linkage_split(form->tokens[i].text, found);
        if (n == 0 || form->n_syllables + n > VG_LINKAGE_SYLLABLES) {
            form->n_syllables = 0;
            return;
        }
        memcpy(form->syllables + form->n_syllables, found, n * sizeof *found);
        form->n_syllables += n;
    }
    qsort(form->syllables, form->n_syllables, sizeof *form->syllables, by_reading);
}

/* Letters and digits alone, in capitals, without leading zeros. */
static void clean(const char *text, char *out, size_t room)
{
    size_t n = 0;
    for (const char *c = text == NULL ? "" : text; *c != '\0' && n + 1 < room; c++) {
        char upper = *c >= 'a' && *c <= 'z' ? (char)(*c - 32) : *c;
        bool keeps = (upper >= 'A' && upper <= 'Z') || (upper >= '0' && upper <= '9');
        if (keeps && !(n == 0 && upper == '0')) {
            out[n++] = upper;
        }
    }
    out[n] = '\0';
}

/* The last eight digits: what countries and trunks write before them differs. */
static void clean_telephone(const char *text, char out[12])
{
    char digits[64];
    size_t n = 0;
    for (const char *c = text == NULL ? "" : text; *c != '\0' && n + 1 < sizeof digits; c++) {
        if (*c >= '0' && *c <= '9') {
            digits[n++] = *c;
        }
    }
    digits[n] = '\0';
    (void)snprintf(out, 12, "%s", n < 6 ? "" : n > 8 ? digits + n - 8 : digits);
}

void vg_linkage_prepare(const struct vg_linkage_person *person, struct vg_linkage_form *form)
{
    int month = 0, day = 0, year = 0;
    memset(form, 0, sizeof *form);
    bool alone = person->given == NULL || person->family == NULL;
    /* Chinese order: family first, so that characters stand as they are written. */
    add_name(form, person->family, false, true, alone);
    add_name(form, person->given, true, false, alone);
    add_name(form, person->other, false, false, false);
    add_syllables(form);
    clean(person->documents[0], form->documents[0], VG_LINKAGE_TOKEN_BYTES);
    clean(person->documents[1], form->documents[1], VG_LINKAGE_TOKEN_BYTES);
    clean_telephone(person->telephone, form->telephone);
    (void)snprintf(form->place, sizeof form->place, "%s", person->place == NULL ? "" : person->place);
    form->birth = person->birth;
    form->birth_year = person->birth_year;
    form->sex = person->sex;
    if (person->birth != VG_DATE_NONE) {
        vg_date_to_civil(person->birth, &year, &month, &day);
        form->birth_year = year;
    }
}

/* ------------------------------------------------------------------- codes */

static void add_code(struct vg_linkage_codes *codes, uint8_t says, const char *format, ...) VG_PRINTF(3, 4);

static void add_code(struct vg_linkage_codes *codes, uint8_t says, const char *format, ...)
{
    va_list arguments;
    if (codes->n == VG_LINKAGE_CODES) {
        return;
    }
    va_start(arguments, format);
    (void)vsnprintf(codes->texts[codes->n], VG_LINKAGE_CODE_BYTES, format, arguments);
    va_end(arguments);
    for (size_t i = 0; i < codes->n; i++) { /* "Juan Juan" */
        if (strcmp(codes->texts[i], codes->texts[codes->n]) == 0) {
            return;
        }
    }
    codes->says[codes->n++] = says;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_whole_names(const struct vg_linkage_form *form, struct vg_linkage_codes *codes)
{
    const char *sounds[VG_LINKAGE_TOKENS];
    char all[VG_LINKAGE_CODE_BYTES] = "";
    size_t length = 0;
    for (size_t i = 0; i < form->n_tokens; i++) {
        sounds[i] = form->tokens[i].sound;
    }
    qsort(sounds, form->n_tokens, sizeof *sounds, by_text);
    for (size_t i = 0; i < form->n_tokens && length < sizeof all; i++) {
        length += (size_t)snprintf(all + length, sizeof all - length, "%s.", sounds[i]);
    }
    if (form->n_tokens > 1) {
        add_code(codes, 1, "N%.60s", all);
    }
    length = 0;
    for (size_t i = 0; i < form->n_syllables && length < sizeof all; i++) {
        length += (size_t)snprintf(all + length, sizeof all - length, "%u.", (unsigned)form->syllables[i]);
    }
    if (form->n_syllables > 1) {
        add_code(codes, 2, "S%lld:%.50s", (long long)form->birth_year, all);
    }
}

/* The three words that are least often left out: first family name, first given name, then the next. */
static size_t choose_words(const struct vg_linkage_form *form, size_t chosen[3])
{
    size_t n = 0, given = 0;
    while (given < form->n_tokens && !form->tokens[given].given) {
        given++;
    }
    if (form->n_tokens > 0) {
        chosen[n++] = 0;
    }
    if (given > 0 && given < form->n_tokens) {
        chosen[n++] = given;
    }
    for (size_t i = 1; i < form->n_tokens && n < 3; i++) {
        if (i != given) {
            chosen[n++] = i;
        }
    }
    return n;
}

void vg_linkage_make_codes(const struct vg_linkage_form *form, struct vg_linkage_codes *codes)
{
    int year = 0, month = 0, day = 0;
    size_t words[3], few = choose_words(form, words);
    codes->n = 0;
    for (int i = 0; i < 2; i++) {
        if (strlen(form->documents[i]) >= 4) {
            add_code(codes, 4, "D%s", form->documents[i]);
        }
    }
    if (form->telephone[0] != '\0') {
        add_code(codes, 1, "T%s", form->telephone);
    }
    add_whole_names(form, codes);
    if (form->birth != VG_DATE_NONE) { /* day and month in either order are one code */
        vg_date_to_civil(form->birth, &year, &month, &day);
        for (size_t i = 0; i < few; i++) {
            add_code(codes, 2, "B%d-%d-%d:%s", year, day < month ? day : month, day < month ? month : day, form->tokens[words[i]].sound);
        }
    }
    if (form->birth_year > 0) { /* a year from an age may be one off: then it is the other two as well */
        int around = form->birth == VG_DATE_NONE ? 1 : 0;
        for (size_t i = 0; i < few; i++) {
            for (size_t k = i + 1; k < few; k++) {
                const char *a = form->tokens[words[i]].sound, *b = form->tokens[words[k]].sound;
                bool ordered = strcmp(a, b) <= 0;
                for (int shift = -around; shift <= around; shift++) {
                    add_code(codes, 1, "P%lld:%s.%s", (long long)form->birth_year + shift, ordered ? a : b, ordered ? b : a);
                }
            }
        }
    }
}

unsigned vg_linkage_says(const struct vg_linkage_codes *codes, uint32_t bits)
{
    unsigned sum = 0;
    for (size_t i = 0; i < codes->n; i++) {
        sum += (bits >> i & 1) != 0 ? codes->says[i] : 0;
    }
    return sum;
}
