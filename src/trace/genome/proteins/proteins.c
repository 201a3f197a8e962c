/*
 * Differences into changes of proteins. Each thread keeps the reference's coding sequences as sets of bases; a genome's differences are written into them, the codons
 * they touch translated, and the reference's bases put back. Where there is a gap, a block of whole codons around it is translated and set against the reference's.
 */
#include "trace/genome/proteins/proteins.h"

#include <stdlib.h>
#include <string.h>

#define PEPTIDE_SHOWN 400U   /* amino acids of an insertion that are told */

struct coded {
    const struct vg_coding_sequence *coding;
    const uint8_t *bases;    /* [length] in the order of translation, without the phase */
    const char *acids;       /* [length / 3] */
    uint32_t length;
};

struct vg_proteins {
    struct vg_genome_reference reference;
    struct coded *coded;
    uint32_t n_coded;
};

/* A difference in the order of a coding sequence. */
struct event {
    uint32_t at, length;     /* of an insertion: length 0, before `at` */
    uint8_t base;
    const struct vg_genome_insertion *insertion;
};

struct growing {
    void *items;
    size_t n, capacity;
};

struct vg_proteins_room {
    uint8_t **bases;         /* [coding][length]: the reference's, but while a genome is looked at */
    uint32_t n_coded;
    struct growing events, changes, shifts, stops, letters;
};

/* -------------------------------------------------------------- translation */

static char acid_of(unsigned a, unsigned b, unsigned c)
{
    /* By first, second, third base in the order A, C, G, T. */
    static const char acids[65] = "KNKNTTTTRSRSIIMIQHQHPPPPRRRRLLLLEDEDAAAAGGGGVVVV*Y*YSSSS*CWCLFLF";
    return acids[16 * a + 4 * b + c];
}

char vg_translate(const uint8_t bases[3])
{
    char acid = 0;
    if (bases[0] > VG_BASE_ANY || bases[1] > VG_BASE_ANY || bases[2] > VG_BASE_ANY) {
        return 'X';
    }
    for (unsigned a = 0; a < 4; a++) {
        for (unsigned b = 0; b < 4 && (bases[0] >> a & 1) != 0; b++) {
            for (unsigned c = 0; c < 4 && (bases[1] >> b & 1) != 0; c++) {
                char here = (bases[2] >> c & 1) != 0 ? acid_of(a, b, c) : acid;
                if (acid != 0 && here != 0 && here != acid) {
                    return 'X';
                }
                acid = here == 0 ? acid : here;
            }
        }
    }
    return acid == 0 ? 'X' : acid;
}

/* -------------------------------------------------------------- preparation */

static bool prepare(const struct vg_genome_reference *reference, const struct vg_coding_sequence *coding, struct vg_arena *arena, struct coded *coded)
{
    uint32_t whole = coding->length + coding->phase, n = 0;
    uint8_t *bases = vg_arena_alloc(arena, (size_t)whole + 1, 1);
    char *acids = vg_arena_alloc(arena, (size_t)whole / 3 + 1, 1);
    if (bases == NULL || acids == NULL) {
        return false;
    }
    for (uint32_t k = 0; k < coding->n_ranges; k++) {
        const struct vg_genome_range *range = &coding->ranges[k];
        for (uint32_t i = 0; i < range->end - range->begin; i++) {
            uint8_t base = vg_base_set_of_letter(reference->letters[coding->reverse ? range->end - 1 - i : range->begin + i]);
            bases[n++] = coding->reverse ? vg_base_complement(base) : base;
        }
    }
    *coded = (struct coded){coding, bases + coding->phase, acids, coding->length};
    for (uint32_t c = 0; c < coding->length / 3; c++) {
        acids[c] = vg_translate(coded->bases + 3 * (size_t)c);
    }
    return true;
}

vg_status vg_proteins_new(const struct vg_genome_reference *reference, const struct vg_genome_annotation *annotation, struct vg_arena *arena,
                          struct vg_proteins **proteins_out, struct vg_error *error)
{
    struct vg_proteins *proteins = VG_ARENA_ARRAY(arena, struct vg_proteins, 1);
    struct coded *coded = VG_ARENA_ARRAY(arena, struct coded, annotation->n_coding + 1);
    if (proteins == NULL || coded == NULL) {
        return vg_fail_memory(error, sizeof *proteins);
    }
    *proteins = (struct vg_proteins){*reference, coded, annotation->n_coding};
    for (uint32_t c = 0; c < annotation->n_coding; c++) {
        const struct vg_coding_sequence *coding = &annotation->coding[c];
        uint64_t sum = 0;
        for (uint32_t k = 0; k < coding->n_ranges; k++) {
            if (coding->ranges[k].begin >= coding->ranges[k].end || coding->ranges[k].end > reference->length) {
                return vg_fail(error, VG_DATA_ERROR, "the coding sequence %.*s lies beyond the reference", (int)coding->name.size, coding->name.data);
            }
            sum += coding->ranges[k].end - coding->ranges[k].begin;
        }
        if (sum != (uint64_t)coding->length + coding->phase) {
            return vg_fail(error, VG_DATA_ERROR, "the coding sequence %.*s is not as long as its ranges", (int)coding->name.size, coding->name.data);
        }
        if (!prepare(reference, coding, arena, &coded[c])) {
            return vg_fail_memory(error, coding->length);
        }
    }
    *proteins_out = proteins;
    return VG_OK;
}

const char *vg_proteins_reference(const struct vg_proteins *proteins, uint32_t coding, uint32_t *n_codons)
{
    VG_ASSERT(coding < proteins->n_coded);
    *n_codons = proteins->coded[coding].length / 3;
    return proteins->coded[coding].acids;
}

struct vg_proteins_room *vg_proteins_room_new(const struct vg_proteins *proteins)
{
    struct vg_proteins_room *room = calloc(1, sizeof *room);
    if (room == NULL || (room->bases = calloc((size_t)proteins->n_coded + 1, sizeof *room->bases)) == NULL) {
        free(room);
        return NULL;
    }
    room->n_coded = proteins->n_coded;
    for (uint32_t c = 0; c < proteins->n_coded; c++) {
        room->bases[c] = malloc((size_t)proteins->coded[c].length + 1);
        if (room->bases[c] == NULL) {
            vg_proteins_room_free(room);
            return NULL;
        }
        memcpy(room->bases[c], proteins->coded[c].bases, proteins->coded[c].length);
    }
    return room;
}

void vg_proteins_room_free(struct vg_proteins_room *room)
{
    if (room != NULL) {
        for (uint32_t c = 0; c < room->n_coded; c++) {
            free(room->bases[c]);
        }
        free(room->bases);
        free(room->events.items);
        free(room->changes.items);
        free(room->shifts.items);
        free(room->stops.items);
        free(room->letters.items);
        free(room);
    }
}

/* ------------------------------------------------------------------- events */

/* Room for one more item of size bytes, counted; NULL without memory. */
static void *push(struct growing *growing, size_t size)
{
    if (growing->n == growing->capacity) {
        size_t capacity = 2 * growing->capacity + 64;
        void *items = realloc(growing->items, capacity * size);
        if (items == NULL) {
            return NULL;
        }
        growing->items = items;
        growing->capacity = capacity;
    }
    return (char *)growing->items + growing->n++ * size;
}

struct look {
    const struct vg_proteins *proteins;
    struct vg_proteins_room *room;
    const struct vg_genome *genome;
    struct vg_protein_report *report;
    const struct coded *coded;
    uint32_t index;
    uint8_t *bases;
    bool failed;
};

static void add_event(struct look *look, int64_t at, int64_t end, uint8_t base, const struct vg_genome_insertion *insertion)
{
    int64_t phase = look->coded->coding->phase;
    at = at < phase ? (insertion != NULL ? -1 : 0) : at - phase;
    end -= phase;
    end = end > (int64_t)look->coded->length ? (int64_t)look->coded->length : end;
    if (at < 0 || (insertion == NULL && at >= end) || (insertion != NULL && (at == 0 || at >= (int64_t)look->coded->length))) {
        return;
    }
    struct event *event = push(&look->room->events, sizeof *event);
    if (event == NULL) {
        look->failed = true;
        return;
    }
    *event = (struct event){(uint32_t)at, insertion != NULL ? 0 : (uint32_t)(end - at), base, insertion};
}

static uint32_t first_difference(const struct vg_genome *genome, uint32_t position)
{
    uint32_t low = 0, high = genome->n_differences;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct vg_genome_difference *difference = &genome->differences[middle];
        if (difference->position + difference->length > position) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static int by_place(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return x->at != y->at ? (x->at < y->at ? -1 : 1) : x->length < y->length ? -1 : x->length > y->length;
}

/* Differences and insertions of one range, whose first base has the place `offset` in the order of translation. */
static void events_of_range(struct look *look, const struct vg_genome_range *range, uint32_t offset)
{
    bool reverse = look->coded->coding->reverse;
    const struct vg_genome *genome = look->genome;
    for (uint32_t i = first_difference(genome, range->begin); i < genome->n_differences && genome->differences[i].position < range->end; i++) {
        const struct vg_genome_difference *d = &genome->differences[i];
        uint32_t from = d->position > range->begin ? d->position : range->begin, to = d->position + d->length < range->end ? d->position + d->length : range->end;
        int64_t at = (int64_t)offset + (reverse ? range->end - to : from - range->begin);
        add_event(look, at, at + (to - from), reverse ? vg_base_complement(d->base) : d->base, NULL);
    }
    for (uint32_t i = 0; i < genome->n_insertions; i++) {
        const struct vg_genome_insertion *insertion = &genome->insertions[i];
        if (insertion->position > range->begin && insertion->position < range->end) {
            int64_t at = (int64_t)offset + (reverse ? range->end - insertion->position : insertion->position - range->begin);
            add_event(look, at, at, 0, insertion);
        }
    }
}

static void find_events(struct look *look)
{
    const struct vg_coding_sequence *coding = look->coded->coding;
    uint32_t offset = 0;
    look->room->events.n = 0;
    for (uint32_t k = 0; k < coding->n_ranges; k++) {
        events_of_range(look, &coding->ranges[k], offset);
        offset += coding->ranges[k].end - coding->ranges[k].begin;
    }
    if (look->room->events.n > 1 && (coding->reverse || look->genome->n_insertions > 0)) {
        qsort(look->room->events.items, look->room->events.n, sizeof(struct event), by_place);
    }
}

/* ------------------------------------------------------------------ changes */

static void add_change(struct look *look, struct vg_protein_change change)
{
    struct vg_protein_change *kept = push(&look->room->changes, sizeof change);
    if (kept == NULL) {
        look->failed = true;
        return;
    }
    change.coding = look->index;
    *kept = change;
    look->report->substitutions += change.kind == VG_PROTEIN_SUBSTITUTION;
    look->report->deletions += change.kind == VG_PROTEIN_DELETION;
    look->report->insertions += change.kind == VG_PROTEIN_INSERTION;
}

static void add_place(struct look *look, struct growing *growing, uint32_t begin, uint32_t end)
{
    struct vg_protein_place *place = push(growing, sizeof *place);
    if (place == NULL) {
        look->failed = true;
        return;
    }
    *place = (struct vg_protein_place){look->index, begin, end};
}

static void compare_acid(struct look *look, uint32_t codon, char acid)
{
    char reference = look->coded->acids[codon];
    look->report->unknown += acid == 'X';
    if (acid == 'X' || acid == reference || reference == 'X') {
        return;
    }
    add_change(look, (struct vg_protein_change){.kind = VG_PROTEIN_SUBSTITUTION, .codon = codon, .reference = reference, .changed = acid});
    if (acid == '*' && codon + 1 < look->coded->length / 3) {
        add_place(look, &look->room->stops, codon, codon + 1);
    }
}

/* Codons that differences without gaps touch; *done: codons before it are behind us. */
static void plain_codons(struct look *look, const struct event *event, uint32_t *done)
{
    uint32_t last = (event->at + event->length - 1) / 3, n = look->coded->length / 3;
    for (uint32_t codon = event->at / 3 > *done ? event->at / 3 : *done; codon <= last && codon < n; codon++) {
        if (event->base == VG_BASE_ANY && 3 * codon >= event->at && 3 * codon + 3 <= event->at + event->length) {
            look->report->unknown++;
        } else {
            compare_acid(look, codon, vg_translate(look->bases + 3 * (size_t)codon));
        }
        *done = codon + 1;
    }
}

/* ------------------------------------------------------------------- blocks */

/* The codons [begin, end) around a gap or several, and what is read there. */
struct block {
    uint32_t begin, end;
    uint32_t shifted_first, shifted_end; /* bases read in another frame: [first, end); equal: none */
    size_t last_event;                   /* behind the block's last */
};

static bool is_gap(const struct event *event)
{
    return event->insertion != NULL || event->base == VG_BASE_DELETED;
}

static bool add_letter(struct look *look, uint8_t base)
{
    uint8_t *letter = push(&look->room->letters, 1);
    look->failed = look->failed || letter == NULL;
    if (letter != NULL) {
        *letter = base;
    }
    return letter != NULL;
}

static void add_inserted(struct look *look, const struct vg_genome_insertion *insertion)
{
    bool reverse = look->coded->coding->reverse;
    for (uint32_t i = 0; i < insertion->length; i++) {
        uint8_t base = vg_base_set_of_letter(insertion->letters[reverse ? insertion->length - 1 - i : i]);
        add_letter(look, reverse ? vg_base_complement(base) : base);
    }
}

/* The first event behind block `first` that reaches beyond its end; `consumed`: insertions before it are in the block. */
static size_t event_behind(const struct look *look, size_t first, size_t consumed, uint32_t end)
{
    const struct event *events = look->room->events.items;
    size_t i = first + 1;
    while (i < look->room->events.n && (events[i].insertion != NULL ? i < consumed : events[i].at + events[i].length <= end)) {
        i++;
    }
    return i;
}

/* Reads from the codon of the first gap until codons begin together again: all letters into room->letters. */
static struct block read_block(struct look *look, size_t first, uint32_t not_before)
{
    const struct event *events = look->room->events.items;
    size_t n = look->room->events.n, next = first;
    uint32_t begin = events[first].at / 3 > not_before ? events[first].at / 3 : not_before, at = 3 * begin, whole = look->coded->length / 3 * 3;
    struct block block = {.begin = begin, .shifted_first = UINT32_MAX};
    int shift = 0;
    look->room->letters.n = 0;
    while (at < whole && !look->failed) {
        bool together = at % 3 == 0 && shift == 0 && next > first && at >= events[first].at + events[first].length && look->bases[at] != VG_BASE_DELETED;
        if (together) {
            break;
        }
        if (next < n && events[next].at <= at) {
            if (events[next].insertion != NULL && events[next].at == at) {
                add_inserted(look, events[next].insertion);
                shift = (shift + (int)(events[next].insertion->length % 3)) % 3;
            }
            next++;
            continue;
        }
        if (look->bases[at] == VG_BASE_DELETED) {
            shift = (shift + 2) % 3;
        } else {
            add_letter(look, look->bases[at]);
            if (shift != 0) {
                block.shifted_first = block.shifted_first == UINT32_MAX ? at : block.shifted_first;
                block.shifted_end = at + 1;
            }
        }
        at++;
    }
    block.end = at / 3;
    block.last_event = event_behind(look, first, next, at);
    return block;
}

/* Sets one gap into the shorter of two peptides where most stays the same: returns how many stand before it. */
static uint32_t best_split(const char *longer, uint32_t n_longer, const char *shorter, uint32_t n_shorter)
{
    uint32_t gap = n_longer - n_shorter, best = 0;
    int64_t score = 0, best_score;
    for (uint32_t i = 0; i < n_shorter; i++) {
        score += shorter[i] == longer[i + gap];
    }
    best_score = score;
    for (uint32_t split = 1; split <= n_shorter; split++) {
        score += (shorter[split - 1] == longer[split - 1]) - (shorter[split - 1] == longer[split - 1 + gap]);
        if (score > best_score) {
            best_score = score;
            best = split;
        }
    }
    return best;
}

static void take_insertion(struct look *look, const struct block *block, const char *peptide, uint32_t before, uint32_t n_inserted)
{
    uint32_t size = n_inserted < PEPTIDE_SHOWN ? n_inserted : PEPTIDE_SHOWN;
    add_change(look, (struct vg_protein_change){.kind = VG_PROTEIN_INSERTION, .codon = block->begin + before - 1, .inserted = peptide + before, .n_inserted = size});
}

static void take_block(struct look *look, const struct block *block, struct vg_arena *arena)
{
    uint32_t n_reference = block->end - block->begin, n_read = (uint32_t)(look->room->letters.n / 3);
    const char *reference = look->coded->acids + block->begin;
    const uint8_t *letters = look->room->letters.items;
    if (block->shifted_first < block->shifted_end) {
        add_place(look, &look->room->shifts, block->shifted_first / 3, (block->shifted_end + 2) / 3);
        look->report->unknown += n_reference;
        return;
    }
    char *peptide = vg_arena_alloc(arena, (size_t)n_read + 1, 1);
    if (peptide == NULL) {
        look->failed = true;
        return;
    }
    for (uint32_t i = 0; i < n_read; i++) {
        peptide[i] = vg_translate(letters + 3 * (size_t)i);
    }
    bool shorter = n_read < n_reference;
    uint32_t gap = shorter ? n_reference - n_read : n_read - n_reference, before = shorter ? best_split(reference, n_reference, peptide, n_read)
                                                                                            : best_split(peptide, n_read, reference, n_reference);
    for (uint32_t i = 0; i < n_reference; i++) {
        if (!shorter && i == before && gap > 0) {
            take_insertion(look, block, peptide, before, gap);
        }
        if (shorter && i >= before && i < before + gap) {
            add_change(look, (struct vg_protein_change){.kind = VG_PROTEIN_DELETION, .codon = block->begin + i, .reference = reference[i], .changed = '-'});
        } else {
            compare_acid(look, block->begin + i, peptide[shorter ? (i < before ? i : i - gap) : (i < before ? i : i + gap)]);
        }
    }
    if (!shorter && before == n_reference && gap > 0) {
        take_insertion(look, block, peptide, before, gap);
    }
}

/* -------------------------------------------------------------------- whole */

static void write_bases(struct look *look, bool back)
{
    const struct event *events = look->room->events.items;
    for (size_t i = 0; i < look->room->events.n; i++) {
        if (events[i].insertion == NULL && back) {
            memcpy(look->bases + events[i].at, look->coded->bases + events[i].at, events[i].length);
        } else if (events[i].insertion == NULL) {
            memset(look->bases + events[i].at, events[i].base, events[i].length);
        }
    }
}

static void look_at(struct look *look, struct vg_arena *arena)
{
    uint32_t done = 0;
    find_events(look);
    if (look->room->events.n == 0 || look->failed) {
        return;
    }
    write_bases(look, false);
    const struct event *events = look->room->events.items;
    for (size_t i = 0; i < look->room->events.n && !look->failed;) {
        /* A gap further on in the codon that this difference touches takes it along. */
        size_t gap = i;
        while (gap < look->room->events.n && !is_gap(&events[gap]) && gap - i < 3) {
            gap++;
        }
        bool near = gap < look->room->events.n && is_gap(&events[gap]) && gap != i && events[gap].at / 3 <= (events[i].at + events[i].length - 1) / 3 &&
                    (events[gap].length > 0 || events[gap].at % 3 != 0);
        if (!is_gap(&events[i])) {
            uint32_t stop = near ? events[gap].at / 3 : UINT32_MAX;
            struct event part = events[i];
            if (near && part.at + part.length > 3 * stop) {
                part.length = part.at < 3 * stop ? 3 * stop - part.at : 0;
            }
            if (part.length > 0) {
                plain_codons(look, &part, &done);
            }
            i++;
            continue;
        }
        if (events[i].length > 0 ? events[i].at + events[i].length <= 3 * done : events[i].at < 3 * done) {
            i++;
            continue;
        }
        struct block block = read_block(look, i, done);
        if (!look->failed && (block.end > block.begin || look->room->letters.n > 0)) {
            take_block(look, &block, arena);
        }
        done = block.end > done ? block.end : done;
        i = block.last_event;
    }
    write_bases(look, true);
}

static const void *copy_out(struct vg_arena *arena, const struct growing *growing, size_t size, bool *failed)
{
    void *copy = vg_arena_alloc(arena, growing->n + 1, size);
    *failed = *failed || copy == NULL;
    if (copy != NULL && growing->n > 0) {
        memcpy(copy, growing->items, growing->n * size);
    }
    return copy;
}

bool vg_proteins_report(const struct vg_proteins *proteins, struct vg_proteins_room *room, const struct vg_genome *genome, struct vg_arena *arena,
                        struct vg_protein_report *report)
{
    struct look look = {.proteins = proteins, .room = room, .genome = genome, .report = report};
    *report = (struct vg_protein_report){0};
    room->changes.n = room->shifts.n = room->stops.n = 0;
    for (uint32_t c = 0; c < proteins->n_coded && !look.failed; c++) {
        look.coded = &proteins->coded[c];
        look.index = c;
        look.bases = room->bases[c];
        look_at(&look, arena);
    }
    report->n_changes = (uint32_t)room->changes.n;
    report->n_frame_shifts = (uint32_t)room->shifts.n;
    report->n_stop_codons = (uint32_t)room->stops.n;
    report->changes = copy_out(arena, &room->changes, sizeof *report->changes, &look.failed);
    report->frame_shifts = copy_out(arena, &room->shifts, sizeof *report->frame_shifts, &look.failed);
    report->stop_codons = copy_out(arena, &room->stops, sizeof *report->stop_codons, &look.failed);
    return !look.failed;
}
