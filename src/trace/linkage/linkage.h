/*
 * trace/linkage: whether two records are of one person, by names, documents, dates of birth, telephone, sex and place that may be misspelt, swapped or missing.
 *
 * The model is Fellegi and Sunter's (JASA 1969): each thing compared falls into a level (equal, swapped, one letter off, different ...), and adds log2(m / u) to the weight, m being
 * how often that level is seen in records of one person, u in records of two. Of names u is how many bear them, so that a rare name in common says more than a frequent one (Winkler
 * 1989). What members of one household have in common (surnames, telephone, place, twins their birthday) says little where the given names are different, and is held down then.
 * The weight and the prior odds give the probability.
 *
 * Names are compared as bags of words without accents and particles, in any order, by spelling, by how they sound in Spanish and Portuguese (Gonzáles, Gonsález; Xavier, Javier; Thiago,
 * Tiago), and within one typing error. Chinese names are compared by characters, and by readings without tones in any order and joined in any way (王小明, Wang Xiaoming, Xiao Ming Wang).
 *
 * Pure: texts in, numbers out. Search codes (blocking) are texts that two records of one person have in common with high probability, and two strangers hardly ever.
 */
#ifndef VG_TRACE_LINKAGE_H
#define VG_TRACE_LINKAGE_H

#include "trace/trace.h"

struct vg_linkage_person {
    const char *given, *family, *other;       /* NULL: unknown; the whole name may stand in one of them */
    const char *documents[2], *telephone, *place;
    int32_t birth;                            /* VG_DATE_NONE: unknown */
    int64_t birth_year;                       /* 0: unknown; may be a year off where it comes from an age */
    enum vg_sex sex;
};

#define VG_LINKAGE_TOKENS 8
#define VG_LINKAGE_SYLLABLES 8
#define VG_LINKAGE_TOKEN_BYTES 24
#define VG_LINKAGE_CODES 32
#define VG_LINKAGE_CODE_BYTES 64

/* One word of a name. share: of persons who bear a name that sounds so, set by the caller; 0: not known. */
struct vg_linkage_token { char text[VG_LINKAGE_TOKEN_BYTES], sound[VG_LINKAGE_TOKEN_BYTES]; bool family, given; double share; };
/* A person as it is compared. Holds no pointers. */
struct vg_linkage_form {
    struct vg_linkage_token tokens[VG_LINKAGE_TOKENS];
    size_t n_tokens;
    uint16_t characters[VG_LINKAGE_SYLLABLES], syllables[VG_LINKAGE_SYLLABLES]; /* Chinese ones in the name's order; readings sorted */
    size_t n_characters, n_syllables;         /* of syllables also where a Latin name could be one; else 0 */
    char documents[2][VG_LINKAGE_TOKEN_BYTES], telephone[12], place[24];
    int32_t birth;
    int64_t birth_year;
    enum vg_sex sex;
};
void vg_linkage_prepare(const struct vg_linkage_person *person, struct vg_linkage_form *form);

/* How a word sounds: folded ASCII letters in, at most VG_LINKAGE_TOKEN_BYTES with the NUL out. */
void vg_linkage_sound(const char *word, char out[VG_LINKAGE_TOKEN_BYTES]);

/* Search codes, and what each says: 4 a document, 2 a birthday with a name, 1 a name with a year, a whole name, a telephone. Pairs whose common codes sum to 2 are worth comparing. */
struct vg_linkage_codes { char texts[VG_LINKAGE_CODES][VG_LINKAGE_CODE_BYTES]; uint8_t says[VG_LINKAGE_CODES]; size_t n; };
void vg_linkage_make_codes(const struct vg_linkage_form *form, struct vg_linkage_codes *codes);
#define VG_LINKAGE_WORTH 2
/* Sum of what the codes of a set of bits say. */
unsigned vg_linkage_says(const struct vg_linkage_codes *codes, uint32_t bits);

struct vg_linkage_match { double weight, probability; char pattern[96]; }; /* weight in bits, without the prior; pattern names what agrees, not how it reads */
/* n_persons: among how many the pair was looked for; the prior odds are 1 to 10 times so many. */
void vg_linkage_compare(const struct vg_linkage_form *a, const struct vg_linkage_form *b, double n_persons, struct vg_linkage_match *match);

#endif
