/*
 * Fellegi and Sunter's weight of a pair. Chances m and u are written where they are used: m from what is usual in registers of tracing (one document in ten mistyped or of another
 * kind, one birthday in fourteen not written the same), u from how such things are spread in a population.
 */
#include "trace/linkage/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define USUAL_SHARE 0.003   /* of persons who bear a name of which nothing is known */
#define LEAST_SHARE 1e-5
#define PRIOR 0.1           /* of persons who are in the register twice */

struct tally {
    double weight;
    char *pattern;
    size_t room, used;
};

static double bits(double m, double u)
{
    return log2(m / u);
}

static void say(struct tally *tally, double weight, const char *word)
{
    tally->weight += weight;
    if (word != NULL) { /* of every pair that is compared, so without the printer */
        size_t size = strlen(word), comma = tally->used == 0 ? 0 : 2;
        if (tally->used + comma + size < tally->room) {
            memcpy(tally->pattern + tally->used, ", ", comma);
            memcpy(tally->pattern + tally->used + comma, word, size + 1);
            tally->used += comma + size;
        }
    }
}

/* ------------------------------------------------------------------- names */

static double share_of(const struct vg_linkage_token *a, const struct vg_linkage_token *b)
{
    double share = fmax(a->share, b->share);
    return share <= 0 ? USUAL_SHARE : fmax(share, LEAST_SHARE);
}

/* What it says that two words agree as they do; 0: they do not. *exact: letter by letter. */
static double agreement(const struct vg_linkage_token *a, const struct vg_linkage_token *b, bool *exact)
{
    double share = share_of(a, b);
    size_t length_a = strlen(a->text), length_b = strlen(b->text), shorter = length_a < length_b ? length_a : length_b;
    bool first = a->text[0] == b->text[0];
    *exact = first && length_a == length_b && memcmp(a->text, b->text, length_a) == 0;
    if (*exact && shorter > 1) {
        return bits(0.80, share);
    }
    if (a->sound[0] == b->sound[0] && a->sound[0] != '\0' && a->sound[1] != '\0' && strcmp(a->sound, b->sound) == 0) {
        return bits(0.10, fmin(share, 0.05));
    }
    if (shorter >= 4 && length_a <= length_b + 1 && length_b <= length_a + 1 && linkage_distance(a->text, b->text) == 1) {
        return bits(0.08, fmin(5 * share, 0.05));
    }
    if (first && (shorter == 1 || shorter >= 3) && memcmp(a->text, b->text, shorter) == 0) { /* an initial, or Alex for Alexander */
        return shorter == 1 ? 0.5 : 1.5;
    }
    return 0;
}

struct alignment { size_t exact, near, given, family; double gain; bool used_a[VG_LINKAGE_TOKENS], used_b[VG_LINKAGE_TOKENS]; };

/* The best pair of words first, then the best of the rest. */
static void align(const struct vg_linkage_form *a, const struct vg_linkage_form *b, struct alignment *out)
{
    double gains[VG_LINKAGE_TOKENS][VG_LINKAGE_TOKENS];
    bool exacts[VG_LINKAGE_TOKENS][VG_LINKAGE_TOKENS];
    *out = (struct alignment){0};
    for (size_t i = 0; i < a->n_tokens; i++) {
        for (size_t k = 0; k < b->n_tokens; k++) {
            gains[i][k] = agreement(&a->tokens[i], &b->tokens[k], &exacts[i][k]);
        }
    }
    for (;;) {
        size_t best_i = 0, best_k = 0;
        double best = 0;
        for (size_t i = 0; i < a->n_tokens; i++) {
            for (size_t k = 0; k < b->n_tokens && !out->used_a[i]; k++) {
                if (!out->used_b[k] && gains[i][k] > best) {
                    best = gains[i][k];
                    best_i = i;
                    best_k = k;
                }
            }
        }
        if (best <= 0) {
            return;
        }
        out->used_a[best_i] = out->used_b[best_k] = true;
        out->gain += best;
        out->exact += exacts[best_i][best_k] ? 1 : 0;
        out->near += exacts[best_i][best_k] ? 0 : 1;
        out->given += a->tokens[best_i].given || b->tokens[best_k].given ? 1 : 0;
        out->family += a->tokens[best_i].family || b->tokens[best_k].family ? 1 : 0;
    }
}

static size_t left_over(const struct vg_linkage_form *form, const bool *used, bool family)
{
    size_t n = 0;
    for (size_t i = 0; i < form->n_tokens; i++) {
        n += !used[i] && (family ? form->tokens[i].family : form->tokens[i].given) ? 1 : 0;
    }
    return n;
}

/* Of Chinese names: the same readings in any order, and the same characters. */
static double syllables_say(const struct vg_linkage_form *a, const struct vg_linkage_form *b, bool *same_characters)
{
    size_t n = a->n_syllables;
    *same_characters = false;
    if (n < 2 || n != b->n_syllables || memcmp(a->syllables, b->syllables, n * sizeof *a->syllables) != 0) {
        return 0;
    }
    bool both = a->n_characters > 0 && b->n_characters > 0;
    *same_characters = both && a->n_characters == b->n_characters && memcmp(a->characters, b->characters, a->n_characters * sizeof *a->characters) == 0;
    double by_sound = n == 2 ? 7 : 10; /* a reading of three has about 1 in 1,000 to 10,000, one of two 1 in 100 to 1,000 */
    return *same_characters ? by_sound + 4 : both ? by_sound - 3 : by_sound;
}

enum names { NAMES_UNKNOWN, NAMES_AGREE, NAMES_PARTLY, NAMES_GIVEN_DIFFER, NAMES_DIFFER };

static enum names compare_names(const struct vg_linkage_form *a, const struct vg_linkage_form *b, struct tally *tally)
{
    struct alignment words;
    bool same_characters = false;
    if (a->n_tokens == 0 || b->n_tokens == 0) {
        return NAMES_UNKNOWN;
    }
    align(a, b, &words);
    double chinese = syllables_say(a, b, &same_characters);
    size_t given_a = left_over(a, words.used_a, false), given_b = left_over(b, words.used_b, false);
    size_t family_a = left_over(a, words.used_a, true), family_b = left_over(b, words.used_b, true);
    if (chinese > 0 && (chinese > words.gain || a->n_characters + b->n_characters > 0)) {
        say(tally, chinese, same_characters ? "names the same" : "names read the same");
        return NAMES_AGREE;
    }
    size_t matched = words.exact + words.near, longest = a->n_tokens > b->n_tokens ? a->n_tokens : b->n_tokens;
    if (matched == 0) {
        say(tally, -10, NULL);
        return NAMES_DIFFER;
    }
    bool given_differ = given_a > 0 && given_b > 0 && words.given == 0, family_differ = family_a > 0 && family_b > 0 && words.family == 0;
    double against = (given_differ ? 8 : given_a > 0 && given_b > 0 ? 2 : 0) + (family_differ ? 6 : family_a > 0 && family_b > 0 ? 2 : 0) + 0.5 * (double)(longest - matched);
    if (given_differ) { /* brothers, sisters, twins: what the family has in common says no more */
        say(tally, fmin(words.gain, 4) - against, "family names");
        return NAMES_GIVEN_DIFFER;
    }
    bool whole = matched == longest;
    say(tally, words.gain - against, whole && words.near == 0 ? "names the same" : whole ? "names alike" : "names in part");
    return whole ? NAMES_AGREE : NAMES_PARTLY;
}

/* ------------------------------------------------------------- other things */

static bool one_slip(int32_t a, int32_t b)
{
    char texts[2][VG_DATE_TEXT_BYTES];
    (void)vg_date_print(a, texts[0]);
    (void)vg_date_print(b, texts[1]);
    return linkage_distance(texts[0], texts[1]) == 1;
}

static void compare_births(const struct vg_linkage_form *a, const struct vg_linkage_form *b, struct tally *tally)
{
    const double one_day = 1 / (365.25 * 60);
    if (a->birth_year == 0 || b->birth_year == 0) {
        return;
    }
    int64_t years = llabs(a->birth_year - b->birth_year);
    if (a->birth == VG_DATE_NONE || b->birth == VG_DATE_NONE) {
        say(tally, years == 0 ? bits(0.70, 0.016) : years == 1 ? bits(0.20, 0.033) : years == 2 ? bits(0.04, 0.033) : bits(0.06, 0.92), years == 0 ? "year of birth" : NULL);
        return;
    }
    int year[2], month[2], day[2];
    vg_date_to_civil(a->birth, &year[0], &month[0], &day[0]);
    vg_date_to_civil(b->birth, &year[1], &month[1], &day[1]);
    if (a->birth == b->birth) {
        say(tally, bits(0.93, one_day), "birthday");
    } else if (year[0] == year[1] && month[0] == day[1] && day[0] == month[1]) {
        say(tally, bits(0.02, 0.4 * one_day), "birthday swapped");
    } else if (one_slip(a->birth, b->birth)) {
        say(tally, bits(0.03, 35 * one_day), "birthday one digit off");
    } else {
        say(tally, years == 0 ? bits(0.01, 0.016) : bits(0.01, 0.98), NULL);
    }
}

/* Letters and digits of one document stand where they stand in the other: the same kind of document. */
static bool same_kind(const char *a, const char *b)
{
    size_t i = 0;
    for (; a[i] != '\0' && b[i] != '\0'; i++) {
        if ((a[i] <= '9') != (b[i] <= '9')) {
            return false;
        }
    }
    return a[i] == b[i];
}

static bool compare_documents(const struct vg_linkage_form *a, const struct vg_linkage_form *b, struct tally *tally)
{
    bool near = false, kind = false, both = false;
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 2; k++) {
            if (a->documents[i][0] == '\0' || b->documents[k][0] == '\0') {
                continue;
            }
            both = true;
            int distance = linkage_distance(a->documents[i], b->documents[k]);
            if (distance == 0) {
                say(tally, bits(0.90, 1e-6), "document");
                return true;
            }
            near = near || (distance == 1 && strlen(a->documents[i]) >= 6);
            kind = kind || same_kind(a->documents[i], b->documents[k]);
        }
    }
    if (both) {
        say(tally, near ? bits(0.06, 1e-5) : kind ? bits(0.03, 1) : bits(0.20, 1), near ? "document one sign off" : NULL);
    }
    return near;
}

void vg_linkage_compare(const struct vg_linkage_form *a, const struct vg_linkage_form *b, double n_persons, struct vg_linkage_match *match)
{
    *match = (struct vg_linkage_match){0};
    struct tally tally = {0, match->pattern, sizeof match->pattern, 0};
    enum names names = compare_names(a, b, &tally);
    bool household_alone = names == NAMES_GIVEN_DIFFER || names == NAMES_DIFFER;
    compare_births(a, b, &tally);
    (void)compare_documents(a, b, &tally);
    if (a->telephone[0] != '\0' && b->telephone[0] != '\0') {
        bool same = strcmp(a->telephone, b->telephone) == 0;
        say(&tally, same ? (household_alone ? 0 : 6) : -0.7, same ? "telephone" : NULL);
    }
    if (a->sex != VG_SEX_UNKNOWN && b->sex != VG_SEX_UNKNOWN) {
        say(&tally, a->sex == b->sex ? bits(0.98, 0.5) : bits(0.02, 0.5), NULL);
    }
    if (a->place[0] != '\0' && b->place[0] != '\0') {
        bool same = strcmp(a->place, b->place) == 0;
        say(&tally, same ? (household_alone ? 0 : 2) : -1, NULL);
    }
    match->weight = tally.weight;
    match->probability = 1 / (1 + exp2(-(match->weight + log2(PRIOR / fmax(n_persons, 10)))));
}
