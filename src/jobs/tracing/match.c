/*
 * Persons compared with all others: search codes find who may be the same, those that share enough of them are opened and compared, one other after the next so that each is opened once.
 */
#include "jobs/tracing/internal.h"

#include <stdlib.h>
#include <string.h>

/*
 * A weak code (names with a year, a whole name) that more persons bear is not followed. It loses nothing: of N persons b share it, so that it says at most log2(N / b) bits; a birthday
 * one digit off, sex and place add 7.2, and the prior asks for log2(10 N). Above b = 15 only a document, telephone or birthday in common can make it probable, which are codes themselves.
 */
#define WEAK_BEARERS_MOST 20

/* Bits: two of one case number are one person but for a number in a hundred that was mistyped; with given and family names that differ the weight is below that, with a sex that does it is not. */
#define MAY_BE_LEAST (-6)

struct tracing_matcher {
    struct vg_tracing_work *work;
    struct vg_store *store;
    struct vg_arena arena;
    struct vg_tracing_lookup *lookup;
    struct vg_buffer added;          /* of struct added, sorted by person once the search begins */
    struct vg_dictionary sounds;
    struct vg_buffer shares;         /* of double, by index in sounds; below 0: not asked yet */
    double n_persons;
    size_t n_compared;
    const struct brief *briefs;      /* [n_briefs], while pairs are looked for */
    size_t n_briefs;
    bool looking;                    /* the one that was added is only looked for */
};

struct added { int64_t person; struct vg_linkage_form form; uint8_t says[VG_LINKAGE_CODES]; };

/*
 * What of it tells whether a pair is worth comparing. A large import has millions of pairs in the order of the others, so that those who were added come in any order: here a hundred thousand of
 * them fit into the second cache, where their forms would be a miss a pair.
 */
struct brief { int64_t person; uint32_t strong /* bits of codes that are worth it by themselves */, at /* in added */; };

void tracing_form(const struct vg_identity *identity, int64_t birth_year, int sex, const char *place, struct vg_linkage_form *form)
{
    const char *const *texts = identity->texts;
    struct vg_linkage_person person = {texts[VG_IDENTITY_GIVEN], texts[VG_IDENTITY_FAMILY], texts[VG_IDENTITY_OTHER], {texts[VG_IDENTITY_DOCUMENT], texts[VG_IDENTITY_DOCUMENT_2]},
                                       texts[VG_IDENTITY_TELEPHONE], place, identity->birth, birth_year, (enum vg_sex)sex};
    vg_linkage_prepare(&person, form);
}

void tracing_search_texts(const struct vg_linkage_form *form, struct vg_linkage_codes *codes, struct vg_search_texts *texts)
{
    vg_linkage_make_codes(form, codes);
    texts->n_codes = codes->n;
    texts->n_names = form->n_tokens;
    for (size_t i = 0; i < codes->n; i++) {
        texts->codes[i] = vg_text_from(codes->texts[i]);
        texts->most[i] = codes->says[i] > 1 ? 0 : WEAK_BEARERS_MOST;
    }
    for (size_t i = 0; i < form->n_tokens; i++) {
        texts->names[i] = vg_text_from(form->tokens[i].sound);
    }
}

vg_status tracing_matcher_open(struct vg_tracing_work *work, struct vg_store *store, struct tracing_matcher **out, struct vg_error *error)
{
    struct tracing_matcher *matcher = calloc(1, sizeof *matcher);
    *out = matcher;
    if (matcher == NULL) {
        return vg_fail_memory(error, sizeof *matcher);
    }
    matcher->work = work;
    matcher->store = store;
    vg_arena_init(&matcher->arena, 0);
    vg_buffer_init(&matcher->added, 0);
    vg_buffer_init(&matcher->shares, 0);
    vg_dictionary_init(&matcher->sounds, &matcher->arena);
    return vg_tracing_lookup_open(store, &matcher->lookup, error);
}

void tracing_matcher_close(struct tracing_matcher *matcher)
{
    if (matcher == NULL) {
        return;
    }
    vg_tracing_lookup_close(matcher->lookup);
    vg_buffer_release(&matcher->added);
    vg_buffer_release(&matcher->shares);
    vg_arena_release(&matcher->arena);
    free(matcher);
}

size_t tracing_matcher_compared(const struct tracing_matcher *matcher)
{
    return matcher->n_compared;
}

vg_status tracing_matcher_add(struct tracing_matcher *matcher, const struct vg_tracing_person *person, const struct vg_identity *identity, struct vg_error *error)
{
    struct added added = {.person = person->id};
    struct vg_linkage_codes codes;
    struct vg_search_texts texts;
    tracing_form(identity, person->birth_year, person->sex, person->place, &added.form);
    tracing_search_texts(&added.form, &codes, &texts);
    memcpy(added.says, codes.says, codes.n);
    vg_buffer_append(&matcher->added, &added, sizeof added);
    return matcher->added.failed ? vg_fail_memory(error, matcher->added.size) : vg_tracing_set_identity(matcher->work, person->id, identity, &texts, error);
}

vg_status tracing_matcher_look(struct tracing_matcher *matcher, const struct vg_tracing_person *person, const struct vg_identity *identity, struct vg_error *error)
{
    struct added added = {.person = person->id};
    struct vg_linkage_codes codes;
    tracing_form(identity, person->birth_year, person->sex, person->place, &added.form);
    vg_linkage_make_codes(&added.form, &codes);
    memcpy(added.says, codes.says, codes.n);
    vg_buffer_append(&matcher->added, &added, sizeof added);
    matcher->looking = true;
    return matcher->added.failed ? vg_fail_memory(error, matcher->added.size) : VG_OK;
}

/* Who shares codes with those that were added, or with the one that is looked for. */
static vg_status share_codes(struct tracing_matcher *matcher, struct vg_arena *arena, struct vg_shared_codes **shared, size_t *n_shared, struct vg_error *error)
{
    struct vg_linkage_codes codes;
    struct vg_search_texts texts;
    const struct added *first = (const struct added *)(const void *)matcher->added.data;
    if (!matcher->looking) {
        return vg_tracing_work_candidates(matcher->work, arena, shared, n_shared, error); /* writes the counts of names, too */
    }
    tracing_search_texts(&first->form, &codes, &texts);
    return vg_tracing_candidates(matcher->store, first->person, &texts, arena, shared, n_shared, error);
}

/* Shares of persons who bear names that sound so, asked once a sound. */
static vg_status fill_shares(struct tracing_matcher *matcher, struct vg_linkage_form *form, struct vg_error *error)
{
    const double unasked = -1;
    for (size_t i = 0; i < form->n_tokens; i++) {
        struct vg_text sound = vg_text_from(form->tokens[i].sound);
        uint32_t index = vg_dictionary_add(&matcher->sounds, sound);
        if (index == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, 0);
        }
        while (matcher->shares.size / sizeof unasked <= index && !matcher->shares.failed) {
            vg_buffer_append(&matcher->shares, &unasked, sizeof unasked);
        }
        if (matcher->shares.failed) {
            return vg_fail_memory(error, matcher->shares.size);
        }
        double *share = (double *)(void *)matcher->shares.data + index, count = 0;
        if (*share < 0) {
            vg_status status = vg_tracing_name_counts(matcher->store, &sound, 1, &count, error);
            if (status != VG_OK) {
                return status;
            }
            /* As if every name had been seen twice among a thousand persons before: a small register knows little of how rare a name is. */
            *share = (count + 2) / (matcher->n_persons + 1000);
        }
        form->tokens[i].share = *share;
    }
    return VG_OK;
}

static int by_person(const void *a, const void *b)
{
    const struct added *x = a, *y = b;
    return x->person < y->person ? -1 : x->person > y->person;
}

static int by_brief_person(const void *a, const void *b)
{
    const struct brief *x = a, *y = b;
    return x->person < y->person ? -1 : x->person > y->person;
}

static const struct brief *find_brief(const struct tracing_matcher *matcher, int64_t person)
{
    const struct brief *all = matcher->briefs;
    size_t n = matcher->n_briefs;
    if (n == 0 || person < all[0].person || person > all[n - 1].person) {
        return NULL;
    }
    size_t at = (size_t)(person - all[0].person); /* where new persons have followed each other */
    if (at < n && all[at].person == person) {
        return &all[at];
    }
    const struct brief key = {.person = person};
    return bsearch(&key, all, n, sizeof key, by_brief_person);
}

/* Of those added, sorted by person. Valid until the arena is released. */
static vg_status make_briefs(struct tracing_matcher *matcher, struct vg_arena *arena, struct vg_error *error)
{
    const struct added *all = (const struct added *)(const void *)matcher->added.data;
    size_t n = matcher->added.size / sizeof *all;
    struct brief *briefs = VG_ARENA_ARRAY(arena, struct brief, n + 1);
    if (briefs == NULL || n > UINT32_MAX) {
        return vg_fail_memory(error, n * sizeof *briefs);
    }
    for (size_t i = 0; i < n; i++) {
        briefs[i] = (struct brief){all[i].person, 0, (uint32_t)i};
        for (int code = 0; code < VG_LINKAGE_CODES; code++) {
            briefs[i].strong |= all[i].says[code] >= VG_LINKAGE_WORTH ? UINT32_C(1) << code : 0;
        }
    }
    matcher->briefs = briefs;
    matcher->n_briefs = n;
    return VG_OK;
}

/* As the node knows the person, without the shares of its names. */
static vg_status open_form(struct tracing_matcher *matcher, int64_t person, struct vg_linkage_form *form, struct vg_error *error)
{
    struct vg_brief_person brief;
    struct vg_identity identity;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    vg_status status = vg_tracing_look_person(matcher->lookup, person, &brief, error);
    if (status == VG_OK) {
        status = vg_tracing_open_identity(matcher->work, person, &scratch, &identity, error);
    }
    if (status == VG_OK) {
        tracing_form(&identity, brief.birth_year, brief.sex, brief.place, form);
    }
    vg_arena_release(&scratch);
    return status;
}

/* The other of a pair as it is compared: one of those added, or opened. */
static vg_status form_of(struct tracing_matcher *matcher, int64_t person, struct vg_linkage_form *form, struct vg_error *error)
{
    const struct brief *brief = find_brief(matcher, person);
    if (brief != NULL) {
        *form = ((const struct added *)(const void *)matcher->added.data)[brief->at].form;
        return VG_OK;
    }
    vg_status status = open_form(matcher, person, form, error);
    return status == VG_OK ? fill_shares(matcher, form, error) : status;
}

vg_status tracing_matcher_may_be(struct tracing_matcher *matcher, const struct vg_tracing_person *told, const struct vg_identity *identity, int64_t person, bool *may_be, struct vg_error *error)
{
    struct vg_linkage_form a, b;
    struct vg_linkage_match match;
    vg_status status = open_form(matcher, person, &b, error);
    if (status == VG_OK) {
        tracing_form(identity, told->birth_year, told->sex, told->place, &a);
        vg_linkage_compare(&a, &b, 1, &match);
        *may_be = match.weight > MAY_BE_LEAST;
    }
    return status;
}

static int by_probability(const void *a, const void *b)
{
    const struct vg_duplicate *x = a, *y = b;
    return x->probability != y->probability ? (x->probability > y->probability ? -1 : 1) : x->person != y->person ? (x->person < y->person ? -1 : 1) : (x->other > y->other) - (x->other < y->other);
}

/* Every code says at least 1. */
_Static_assert(VG_LINKAGE_WORTH == 2, "two codes are worth comparing, whatever they say");
static bool is_worth(const struct brief *brief, uint32_t codes)
{
    return (codes & brief->strong) != 0 || (codes & (codes - 1)) != 0;
}

static vg_status compare_all(struct tracing_matcher *matcher, const struct vg_shared_codes *shared, size_t n, double least, struct vg_arena *arena, struct vg_buffer *pairs,
                             struct vg_error *error)
{
    const struct added *all = (const struct added *)(const void *)matcher->added.data;
    struct vg_linkage_form other = {0};
    int64_t open = 0;
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const struct brief *brief = find_brief(matcher, shared[i].person);
        struct vg_linkage_match match;
        if (brief == NULL || !is_worth(brief, shared[i].codes)) {
            continue;
        }
        const struct added *added = &all[brief->at];
        if (open != shared[i].other) {
            open = shared[i].other;
            status = form_of(matcher, open, &other, error);
        }
        if (status != VG_OK) {
            break;
        }
        vg_linkage_compare(&added->form, &other, matcher->n_persons, &match);
        matcher->n_compared++;
        if (match.probability >= least) {
            struct vg_duplicate pair = {shared[i].person, shared[i].other, match.probability, VG_DUPLICATE_OPEN, vg_arena_copy(arena, match.pattern)};
            vg_buffer_append(pairs, &pair, sizeof pair);
        }
    }
    return status;
}

vg_status tracing_matcher_find(struct tracing_matcher *matcher, double least, bool keep, struct vg_arena *arena, struct vg_duplicate **pairs, size_t *n_pairs, struct vg_error *error)
{
    struct vg_shared_codes *shared = NULL;
    struct vg_buffer found;
    struct vg_arena scratch;
    struct added *added = (struct added *)(void *)matcher->added.data;
    size_t n_shared = 0, n_added = matcher->added.size / sizeof *added;
    *n_pairs = 0;
    vg_arena_init(&scratch, 0);
    vg_buffer_init(&found, 0);
    bool sorted = true; /* new ones come in the order of their numbers */
    for (size_t i = 1; sorted && i < n_added; i++) {
        sorted = added[i - 1].person <= added[i].person;
    }
    if (!sorted) {
        qsort(added, n_added, sizeof *added, by_person);
    }
    vg_status status = make_briefs(matcher, &scratch, error);
    if (status == VG_OK) {
        status = share_codes(matcher, &scratch, &shared, &n_shared, error);
    }
    if (status == VG_OK) {
        status = vg_tracing_persons_with_identity(matcher->store, &matcher->n_persons, error);
    }
    for (size_t i = 0; status == VG_OK && i < n_added; i++) {
        status = fill_shares(matcher, &added[i].form, error);
    }
    if (status == VG_OK) {
        status = compare_all(matcher, shared, n_shared, least, arena, &found, error);
    }
    *n_pairs = found.size / sizeof **pairs;
    *pairs = VG_ARENA_ARRAY(arena, struct vg_duplicate, *n_pairs + 1);
    if (status == VG_OK && (*pairs == NULL || found.failed || arena->failed)) {
        status = vg_fail_memory(error, found.size);
    }
    if (status == VG_OK && *n_pairs > 0) {
        memcpy(*pairs, found.data, found.size);
        qsort(*pairs, *n_pairs, sizeof **pairs, by_probability);
    }
    for (size_t i = 0; status == VG_OK && keep && i < *n_pairs; i++) {
        status = vg_tracing_put_duplicate(matcher->work, &(*pairs)[i], error);
    }
    matcher->briefs = NULL;
    matcher->n_briefs = 0;
    vg_buffer_release(&found);
    vg_arena_release(&scratch);
    return status;
}
