/*
 * Checkpoints: what a day needs of the days before it, as bytes of this machine's order, closed by a hash. Everything else
 * follows from the input, which the one who resumes gives again.
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAGIC 0x34504B4341474956U /* "VIGACKP4" */
#define PIECE_WORDS 4096

struct head {
    uint64_t magic, key, population_seed, n_persons, pending;
    uint32_t n_ages, n_variants, n_municipalities, n_regions, n_measures, n_campaigns, n_lots, n_entries, n_groups, mode, ring;
    int32_t day;
};

struct writer {
    bool (*write)(void *context, const void *data, size_t size);
    void *context;
    uint64_t hash;
    bool failed;
};
struct reader {
    bool (*read)(void *context, void *data, size_t size);
    void *context;
    uint64_t hash;
    bool failed;
};

static void put_bytes(struct writer *w, const void *data, size_t size)
{
    if (!w->failed && size > 0) {
        w->hash = vg_hash_bytes(data, size, w->hash);
        w->failed = !w->write(w->context, data, size);
    }
}

static void get_bytes(struct reader *r, void *data, size_t size)
{
    if (!r->failed && size > 0) {
        r->failed = !r->read(r->context, data, size);
        r->hash = r->failed ? 0 : vg_hash_bytes(data, size, r->hash);
    }
}

static struct head head_of(const struct vg_epidemic *e)
{
    struct head head;
    memset(&head, 0, sizeof head); /* padding is written too */
    head.magic = MAGIC;
    head.key = e->key;
    head.population_seed = e->p->seed;
    head.n_persons = e->n_persons;
    head.pending = e->pending;
    head.n_ages = (uint32_t)e->n_ages;
    head.n_variants = (uint32_t)e->n_variants;
    head.n_municipalities = (uint32_t)e->n_municipalities;
    head.n_regions = (uint32_t)e->n_regions;
    head.n_measures = (uint32_t)e->input.n_measures;
    head.n_campaigns = (uint32_t)e->input.n_campaigns;
    head.n_lots = (uint32_t)e->input.n_lots;
    head.n_entries = (uint32_t)e->p->n_entries;
    head.n_groups = (uint32_t)e->n_groups;
    head.mode = e->input.mode;
    head.ring = e->ring;
    head.day = e->day;
    return head;
}

static uint32_t list_length(const struct vg_epidemic *e, const struct list *list)
{
    uint32_t n = 0;
    for (uint32_t chunk = list->first; chunk != 0; chunk = chunk_at(&e->chunks, chunk)[CHUNK_NEXT]) {
        n += chunk == list->last ? list->fill : CHUNK_SMALL;
    }
    return n;
}

/* In a file day goes before block. */
static struct list *list_in_file(const struct vg_epidemic *e, struct list *lists, size_t i)
{
    return calendar(e, lists, (uint32_t)(i / e->n_blocks), i % e->n_blocks);
}

static void put_lists(const struct vg_epidemic *e, struct list *lists, struct writer *w)
{
    for (size_t i = 0; i < e->ring * e->n_blocks; i++) {
        const struct list *list = list_in_file(e, lists, i);
        uint32_t n = list_length(e, list);
        put_bytes(w, &n, sizeof n);
        for (uint32_t chunk = list->first; chunk != 0; chunk = chunk_at(&e->chunks, chunk)[CHUNK_NEXT]) {
            put_bytes(w, chunk_at(&e->chunks, chunk) + 2, (chunk == list->last ? list->fill : CHUNK_SMALL) * sizeof(uint32_t));
        }
    }
}

struct piece {
    void *data;
    size_t size;
};

/* The arrays that a day changes. */
static size_t pieces_of(const struct vg_epidemic *e, struct piece pieces[6])
{
    size_t m = e->n_municipalities;
    pieces[0] = (struct piece){e->ward, 2 * e->n_regions * sizeof(uint32_t)};
    pieces[1] = (struct piece){e->observed, 14 * m * sizeof(uint32_t)};
    pieces[2] = (struct piece){e->given, e->input.n_campaigns * m * e->n_classes * e->n_ages * sizeof(uint32_t)};
    pieces[3] = (struct piece){e->stock_used, e->input.n_campaigns * m * sizeof(uint32_t)};
    pieces[4] = (struct piece){e->in_force_since, e->input.n_measures * m * sizeof(int16_t)};
    pieces[5] = (struct piece){e->lot_used, e->input.n_lots * m * sizeof(uint32_t)};
    return 6;
}

/* Contact-exact mode: which contacts took place. */
static void put_kept(const struct vg_epidemic *e, struct writer *w)
{
    for (int32_t day = e->input.first_day; day < e->day && e->kept != NULL; day++) {
        uint8_t there = e->kept[day] != NULL ? 1 : 0;
        put_bytes(w, &there, 1);
        put_bytes(w, e->kept[day], there ? kept_row_bytes(e) : 0);
    }
    put_bytes(w, e->away, e->away == NULL ? 0 : away_bytes(e));
}

static void get_kept(struct vg_epidemic *e, struct reader *r)
{
    for (int32_t day = e->input.first_day; day < e->day && e->kept != NULL && !r->failed; day++) {
        uint8_t there = 0;
        get_bytes(r, &there, 1);
        uint16_t *row = there == 1 ? kept_row_of(e, day) : NULL;
        r->failed = r->failed || there > 1 || (there == 1 && row == NULL);
        get_bytes(r, row, there == 1 ? kept_row_bytes(e) : 0);
    }
    get_bytes(r, e->away, e->away == NULL ? 0 : away_bytes(e));
}

vg_status vg_epidemic_save(const struct vg_epidemic *e, bool (*write)(void *context, const void *data, size_t size),
                           void *context, struct vg_error *error)
{
    if (ranks_many(e)) {
        return vg_fail(error, VG_USAGE_ERROR, "a run on several ranks cannot be saved");
    }
    struct writer w = {.write = write, .context = context};
    struct head head = head_of(e);
    put_bytes(&w, &head, sizeof head);
    for (size_t i = 0; i < e->n_persons; i += PIECE_WORDS) {
        put_bytes(&w, e->words + i, (e->n_persons - i < PIECE_WORDS ? e->n_persons - i : PIECE_WORDS) * sizeof *e->words);
    }
    struct piece pieces[6];
    size_t n = pieces_of(e, pieces);
    for (size_t i = 0; i < n; i++) {
        put_bytes(&w, pieces[i].data, pieces[i].size);
    }
    put_kept(e, &w);
    put_lists(e, e->contacts, &w);
    put_lists(e, e->courses, &w);
    uint64_t hash = w.hash;
    put_bytes(&w, &hash, sizeof hash);
    return w.failed ? vg_fail(error, VG_SYSTEM_ERROR, "the checkpoint could not be written") : VG_OK;
}

/* laid: the word as the population has it. Who somebody is cannot change, and what happened must be of this input. */
static bool word_possible(const struct vg_epidemic *e, uint64_t word, uint64_t laid)
{
    return word_entry(word) == word_entry(laid) && word_infected(word) <= (uint32_t)e->day + 1 &&
           word_dosed(word) <= (uint32_t)e->day + 1 && word_variant(word) < e->n_variants &&
           (word_doses(word) == 0 ? word_product(word) == 0 : word_product(word) < e->input.disease->n_products);
}

static bool item_possible(const struct vg_epidemic *e, bool course, uint32_t item, size_t block)
{
    if ((block << BLOCK_BITS | (item & (BLOCK_PERSONS - 1))) >= e->n_persons) {
        return false;
    }
    unsigned kind = item >> 17 & 7;
    return !course || (kind <= COURSE_RESULT && (kind != COURSE_RESULT || item >> 20 < e->input.n_measures));
}

static void get_lists(struct vg_epidemic *e, struct list *lists, bool course, struct reader *r)
{
    for (size_t i = 0; i < e->ring * e->n_blocks && !r->failed; i++) {
        uint32_t n = 0;
        get_bytes(r, &n, sizeof n);
        uint32_t items[CHUNK_SMALL];
        for (uint32_t done = 0; done < n && !r->failed;) {
            uint32_t now = n - done < CHUNK_SMALL ? n - done : CHUNK_SMALL;
            get_bytes(r, items, now * sizeof *items);
            for (uint32_t j = 0; j < now && !r->failed; j++) {
                r->failed = !item_possible(e, course, items[j], i % e->n_blocks);
                list_add_small(&e->chunks, list_in_file(e, lists, i), items[j], 0);
            }
            done += now;
            r->failed = r->failed || atomic_load(&e->chunks.failed);
        }
    }
}

static void get_words(struct vg_epidemic *e, struct reader *r)
{
    uint64_t words[PIECE_WORDS];
    for (size_t i = 0; i < e->n_persons && !r->failed; i += PIECE_WORDS) {
        size_t n = e->n_persons - i < PIECE_WORDS ? e->n_persons - i : PIECE_WORDS;
        get_bytes(r, words, n * sizeof *words);
        for (size_t j = 0; j < n && !r->failed; j++) {
            r->failed = !word_possible(e, words[j], e->words[i + j]);
            e->words[i + j] = words[j];
        }
    }
}

static void get_state(struct vg_epidemic *e, struct reader *r)
{
    get_words(e, r);
    struct piece pieces[6];
    size_t n = pieces_of(e, pieces);
    for (size_t i = 0; i < n; i++) {
        get_bytes(r, pieces[i].data, pieces[i].size);
    }
    get_kept(e, r);
    get_lists(e, e->contacts, false, r);
    get_lists(e, e->courses, true, r);
}

vg_status vg_epidemic_resume(struct vg_epidemic *e, bool (*read)(void *context, void *data, size_t size), void *context,
                             struct vg_error *error)
{
    struct reader r = {.read = read, .context = context};
    struct head head;
    struct head mine = head_of(e);
    if (ranks_many(e)) {
        return vg_fail(error, VG_USAGE_ERROR, "a run on several ranks cannot be resumed");
    }
    if (e->day != e->input.first_day || e->pending != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "a checkpoint is read into an epidemic that has not begun");
    }
    get_bytes(&r, &head, sizeof head);
    if (!r.failed) {
        mine.day = head.day;
        mine.pending = head.pending;
    }
    if (r.failed || memcmp(&mine, &head, sizeof head) != 0 || head.day < e->input.first_day || head.day > VG_ENGINE_DAYS_MAX) {
        return vg_fail(error, VG_DATA_ERROR, "this is no checkpoint of a run with this input");
    }
    e->day = head.day;
    e->pending = head.pending;
    get_state(e, &r);
    uint64_t expected = r.hash;
    uint64_t found = 0;
    get_bytes(&r, &found, sizeof found);
    if (r.failed || found != expected) {
        atomic_store(&e->chunks.failed, true); /* half read: only to be freed */
        return vg_fail(error, VG_DATA_ERROR, "the checkpoint is incomplete or damaged");
    }
    return VG_OK;
}
