/*
 * Deletions and insertions as events of a tree: kept in order, taken out of files that have them a site at a time, checked, and told as the genome of each node.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

/* -------------------------------------------------------------------- order */

struct keyed_gap {
    struct vg_tree_gap gap;
    const char *letters;   /* NULL: a deletion */
    size_t event;
};

static int by_gap(const void *a, const void *b)
{
    const struct keyed_gap *x = a, *y = b;
    if (x->gap.position != y->gap.position) {
        return x->gap.position < y->gap.position ? -1 : 1;
    }
    if ((x->letters == NULL) != (y->letters == NULL)) {
        return x->letters != NULL ? -1 : 1;
    }
    if (x->gap.length != y->gap.length || x->letters == NULL) {
        return x->gap.length < y->gap.length ? -1 : x->gap.length > y->gap.length;
    }
    return memcmp(x->letters, y->letters, x->gap.length);
}

static struct keyed_gap key_of(struct vg_tree_gap gap, const char *letters, size_t event)
{
    return (struct keyed_gap){gap, gap.letters == VG_TREE_NONE ? NULL : letters + gap.letters, event};
}

static int by_node(const void *a, const void *b)
{
    const struct vg_gap_event *x = a, *y = b;
    return x->node != y->node ? (x->node < y->node ? -1 : 1) : x->change < y->change ? -1 : x->change > y->change;
}

/* sorted: of n events. Each gap once, with its letters behind those of the one before. */
static bool number_gaps(struct vg_tree *tree, const struct keyed_gap *sorted, const struct loose_event *events, size_t n)
{
    struct vg_arena *arena = &tree->memory->arena;
    size_t n_gaps = 0, n_letters = 0;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || by_gap(&sorted[i - 1], &sorted[i]) != 0) {
            n_gaps++;
            n_letters += sorted[i].letters == NULL ? 0 : sorted[i].gap.length;
        }
    }
    struct vg_tree_gap *gaps = VG_ARENA_ARRAY(arena, struct vg_tree_gap, n_gaps + 1);
    struct vg_gap_event *numbered = VG_ARENA_ARRAY(arena, struct vg_gap_event, n + 1);
    char *letters = vg_arena_alloc(arena, n_letters + 1, 1);
    if (gaps == NULL || numbered == NULL || letters == NULL || n_letters >= VG_TREE_NONE) {
        return false;
    }
    size_t gap = 0, filled = 0;
    for (size_t i = 0; i < n; i++) {
        gap += i > 0 && by_gap(&sorted[i - 1], &sorted[i]) != 0 ? 1 : 0;
        if (i == 0 || by_gap(&sorted[i - 1], &sorted[i]) != 0) {
            gaps[gap] = sorted[i].gap;
            if (sorted[i].letters != NULL) {
                memcpy(letters + filled, sorted[i].letters, sorted[i].gap.length);
                gaps[gap].letters = (uint32_t)filled;
                filled += sorted[i].gap.length;
            }
        }
        numbered[i] = (struct vg_gap_event){events[sorted[i].event].node, vg_gap_change((uint32_t)gap, events[sorted[i].event].gained)};
    }
    qsort(numbered, n, sizeof *numbered, by_node);
    tree->gaps = gaps;
    tree->gap_letters = letters;
    tree->gap_events = numbered;
    tree->n_gaps = (uint32_t)n_gaps;
    tree->n_gap_events = (uint32_t)n;
    return true;
}

bool gaps_put(struct vg_tree *tree, const struct loose_event *events, size_t n, const char *letters)
{
    tree->n_gaps = tree->n_gap_events = 0;
    tree->gaps = NULL;
    tree->gap_letters = NULL;
    tree->gap_events = NULL;
    if (n == 0) {
        return true;
    }
    struct keyed_gap *sorted = n > INT32_MAX ? NULL : malloc(n * sizeof *sorted);
    if (sorted == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        sorted[i] = key_of(events[i].gap, letters, i);
    }
    qsort(sorted, n, sizeof *sorted, by_gap);
    bool done = number_gaps(tree, sorted, events, n);
    free(sorted);
    return done;
}

/* --------------------------------------------------------------------- sites */

/* Sites as bits; runs are found a word at a time. */
static void mark_sites(uint64_t *bits, uint32_t begin, uint32_t end, bool on)
{
    for (uint32_t at = begin; at < end;) {
        uint32_t first = at & 63, n = 64 - first < end - at ? 64 - first : end - at;
        uint64_t mask = (n == 64 ? ~(uint64_t)0 : ((uint64_t)1 << n) - 1) << first;
        bits[at >> 6] = on ? bits[at >> 6] | mask : bits[at >> 6] & ~mask;
        at += n;
    }
}

/* The first site from `from` on, and before `end`, that is marked, or, where on is false, is not; end: none. */
static uint32_t next_site(const uint64_t *bits, uint32_t from, uint32_t end, bool on)
{
    while (from < end) {
        uint64_t word = (on ? bits[from >> 6] : ~bits[from >> 6]) >> (from & 63);
        if (word != 0) {
            uint32_t found = from + (uint32_t)__builtin_ctzll(word);
            return found < end ? found : end;
        }
        from = (from | 63) + 1;
    }
    return end;
}

/* Where the run of marked sites begins that the marked site is in. */
static uint32_t run_begin(const uint64_t *bits, uint32_t site)
{
    while (true) {
        uint64_t word = ~bits[site >> 6] << (63 - (site & 63));
        if (word != 0) {
            return site + 1 - (uint32_t)__builtin_clzll(word);
        }
        if (site < 64) {
            return 0;
        }
        site = (site & ~63u) - 1;
    }
}

/* ------------------------------------------------------------------- settle */

struct settling {
    struct parts *parts;
    struct vg_tree *tree;
    uint64_t *deleted;        /* at the node that the walk is at */
    uint8_t *there;           /* of insertions, by number */
    uint32_t *number;         /* [parts->n_gaps] of insertions */
    uint32_t *of_event;       /* [capacity] the same, of events */
    struct loose_event *events;
    size_t n, capacity;
    struct list32 nodes, firsts; /* of the way down: nodes with events, and their first ones */
    struct vg_arena scratch;
};

static bool add_event(struct settling *settling, uint32_t node, struct vg_tree_gap gap, uint32_t number, bool gained)
{
    if (settling->n == settling->capacity) {
        size_t capacity = settling->capacity == 0 ? 256 : 2 * settling->capacity;
        struct loose_event *events = realloc(settling->events, capacity * sizeof *events);
        settling->events = events == NULL ? settling->events : events;
        uint32_t *numbers = realloc(settling->of_event, capacity * sizeof *numbers);
        settling->of_event = numbers == NULL ? settling->of_event : numbers;
        if (events == NULL || numbers == NULL) {
            return false;
        }
        settling->capacity = capacity;
    }
    settling->of_event[settling->n] = number;
    settling->events[settling->n++] = (struct loose_event){gap, node, gained};
    return true;
}

/* Events [first, n) done, or undone: what goes before what comes. */
static void apply(struct settling *settling, size_t first, size_t n, bool undo)
{
    for (int come = 0; come < 2; come++) {
        for (size_t i = first; i < n; i++) {
            const struct loose_event *one = &settling->events[i];
            bool comes = one->gained != undo;
            if (comes != (come == 1)) {
                continue;
            }
            if (one->gap.letters != VG_TREE_NONE) {
                settling->there[settling->of_event[i]] = comes;
            } else {
                mark_sites(settling->deleted, one->gap.position, one->gap.position + one->gap.length, comes);
            }
        }
    }
}

/* Runs of deleted sites that have or touch one of those that the node's lines name, as events. */
static bool add_runs(struct settling *settling, uint32_t node, const struct parts_gap *lines, size_t n, bool gained)
{
    uint32_t length = settling->tree->length, behind = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t from = lines[i].position > 0 ? lines[i].position - 1 : 0, to = lines[i].position + lines[i].length + 1 < length ? lines[i].position + lines[i].length + 1 : length;
        from = from < behind ? behind : from;
        for (uint32_t site = next_site(settling->deleted, from, to, true); lines[i].letters == VG_TREE_NONE && site < to; site = next_site(settling->deleted, behind, to, true)) {
            uint32_t begin = run_begin(settling->deleted, site);
            behind = next_site(settling->deleted, site, length, false);
            if (!add_event(settling, node, (struct vg_tree_gap){begin, behind - begin, VG_TREE_NONE}, 0, gained)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_same_run(const struct loose_event *a, const struct loose_event *b)
{
    return a->gap.letters == VG_TREE_NONE && b->gap.letters == VG_TREE_NONE && a->gap.position == b->gap.position && a->gap.length == b->gap.length;
}

/* Runs that are there before and after are no events. Both lists are by position. */
static void drop_unchanged(struct settling *settling, size_t first, size_t middle)
{
    size_t n = first, j = middle;
    for (size_t i = first; i < middle; i++) {
        while (j < settling->n && settling->events[j].gap.position < settling->events[i].gap.position) {
            j++;
        }
        if (j < settling->n && is_same_run(&settling->events[i], &settling->events[j])) {
            settling->events[j].gap.length = 0;
            settling->events[i].gap.length = 0;
        }
    }
    for (size_t i = first; i < settling->n; i++) {
        if (settling->events[i].gap.length > 0) {
            settling->of_event[n] = settling->of_event[i];
            settling->events[n++] = settling->events[i];
        }
    }
    settling->n = n;
}

/* Whether every site of the line is as it says already. */
static bool says_nothing(const struct settling *settling, const struct parts_gap *line)
{
    return next_site(settling->deleted, line->position, line->position + line->length, !line->gained) == line->position + line->length;
}

static bool settle_node(struct settling *settling, const struct parts_gap *lines, size_t n)
{
    uint32_t node = lines[0].node;
    size_t first = settling->n;
    bool fine = list32_add(&settling->nodes, node) && list32_add(&settling->firsts, (uint32_t)first) && add_runs(settling, node, lines, n, false);
    size_t middle = settling->n;
    for (size_t k = 0; k < 2 * n; k++) { /* what goes before what comes: a run may become another one over some of its sites */
        size_t i = k % n;
        if (lines[i].letters == VG_TREE_NONE && lines[i].gained == (k >= n)) {
            settling->parts->n_repaired += says_nothing(settling, &lines[i]) ? 1 : 0;
            mark_sites(settling->deleted, lines[i].position, lines[i].position + lines[i].length, lines[i].gained);
        }
    }
    fine = fine && add_runs(settling, node, lines, n, true);
    if (fine) {
        drop_unchanged(settling, first, middle);
    }
    for (size_t i = 0; fine && i < n; i++) {
        uint32_t number = settling->number[&lines[i] - settling->parts->gaps];
        if (lines[i].letters == VG_TREE_NONE) {
            continue;
        }
        if (settling->there[number] == lines[i].gained) {
            settling->parts->n_repaired++;
            continue;
        }
        settling->there[number] = lines[i].gained;
        fine = add_event(settling, node, (struct vg_tree_gap){lines[i].position, lines[i].length, lines[i].letters}, number, lines[i].gained);
    }
    return fine;
}

/* Insertions of one place and letters have one number. */
static bool number_insertions(struct settling *settling)
{
    const struct parts *parts = settling->parts;
    struct vg_dictionary known;
    struct vg_buffer key;
    vg_dictionary_init(&known, &settling->scratch);
    vg_buffer_init(&key, 0);
    bool fine = true;
    for (size_t i = 0; fine && i < parts->n_gaps; i++) {
        if (parts->gaps[i].letters != VG_TREE_NONE) {
            vg_buffer_clear(&key);
            vg_buffer_append(&key, &parts->gaps[i].position, sizeof parts->gaps[i].position);
            vg_buffer_append(&key, parts->gap_letters.data + parts->gaps[i].letters, parts->gaps[i].length);
            settling->number[i] = vg_dictionary_add(&known, vg_text_of(key.data, key.size));
            fine = !key.failed && settling->number[i] != VG_DICTIONARY_NONE;
        }
    }
    vg_buffer_release(&key);
    settling->there = VG_ARENA_ARRAY(&settling->scratch, uint8_t, known.count + 1);
    return fine && settling->there != NULL;
}

static int by_node_and_site(const void *a, const void *b)
{
    const struct parts_gap *x = a, *y = b;
    if (x->node != y->node || x->position != y->position) {
        return x->node != y->node ? (x->node < y->node ? -1 : 1) : x->position < y->position ? -1 : 1;
    }
    return x->gained != y->gained ? (x->gained ? 1 : -1) : x->letters < y->letters ? -1 : x->letters > y->letters; /* the same for any order of the file */
}

bool gaps_settle(struct parts *parts, struct vg_tree *tree)
{
    struct settling settling = {.parts = parts, .tree = tree};
    if (parts->n_gaps == 0) {
        return true;
    }
    vg_arena_init(&settling.scratch, 0);
    qsort(parts->gaps, parts->n_gaps, sizeof *parts->gaps, by_node_and_site);
    settling.deleted = VG_ARENA_ARRAY(&settling.scratch, uint64_t, tree->length / 64 + 1);
    settling.number = VG_ARENA_ARRAY(&settling.scratch, uint32_t, parts->n_gaps);
    bool fine = settling.deleted != NULL && settling.number != NULL && number_insertions(&settling);
    for (size_t i = 0, next; fine && i < parts->n_gaps; i = next) {
        uint32_t node = parts->gaps[i].node;
        for (next = i + 1; next < parts->n_gaps && parts->gaps[next].node == node; next++) {
        }
        while (settling.nodes.n > 0 && tree->end[settling.nodes.items[settling.nodes.n - 1]] <= node) { /* the way does not lead there: back */
            uint32_t left = settling.nodes.items[--settling.nodes.n], begin = settling.firsts.items[--settling.firsts.n], end = begin;
            while (end < settling.n && settling.events[end].node == left) {
                end++;
            }
            apply(&settling, begin, end, true);
        }
        fine = settle_node(&settling, &parts->gaps[i], next - i);
    }
    fine = fine && gaps_put(tree, settling.events, settling.n, parts->gap_letters.data);
    tree->n_repaired = parts->n_repaired;
    free(settling.events);
    free(settling.of_event);
    list32_free(&settling.nodes);
    list32_free(&settling.firsts);
    vg_arena_release(&settling.scratch);
    return fine;
}

/* -------------------------------------------------------------------- check */

static bool gaps_in_order(const struct vg_tree *tree, size_t n_letters)
{
    size_t filled = 0;
    for (uint32_t i = 0; i < tree->n_gaps; i++) {
        const struct vg_tree_gap *one = &tree->gaps[i];
        bool inserted = one->letters != VG_TREE_NONE;
        if (one->length == 0 || one->position > tree->length || (!inserted && one->length > tree->length - one->position) ||
            (inserted && (one->letters != filled || one->length > n_letters - filled))) {
            return false;
        }
        filled += inserted ? one->length : 0;
        for (uint32_t k = 0; inserted && k < one->length; k++) {
            char letter = tree->gap_letters[one->letters + k];
            if (letter < 'A' || letter > 'Z' || vg_base_set_of_letter(letter) == 0) {
                return false;
            }
        }
        struct keyed_gap before = i == 0 ? key_of(*one, tree->gap_letters, 0) : key_of(tree->gaps[i - 1], tree->gap_letters, 0), here = key_of(*one, tree->gap_letters, 0);
        if (i > 0 && by_gap(&before, &here) >= 0) {
            return false;
        }
    }
    return filled == n_letters;
}

struct checking {
    const struct vg_tree *tree;
    uint64_t *deleted, *there;
};

/* What goes must be there, what comes must not, and must touch no other deletion. */
static bool change(struct checking *checking, uint32_t first, uint32_t end, bool undo)
{
    const struct vg_tree *tree = checking->tree;
    bool fits = true;
    for (int come = 0; come < 2; come++) {
        for (uint32_t i = first; fits && i < end; i++) {
            uint32_t gap = vg_gap_of(&tree->gap_events[i]);
            const struct vg_tree_gap *one = &tree->gaps[gap];
            uint64_t bit = (uint64_t)1 << (gap & 63);
            bool comes = vg_gap_is_gained(&tree->gap_events[i]) != undo;
            if (comes != (come == 1)) {
                continue;
            }
            fits = ((checking->there[gap >> 6] & bit) != 0) != comes;
            if (one->letters == VG_TREE_NONE && fits) {
                uint32_t from = one->position == 0 ? 0 : one->position - 1, behind = one->position + one->length, to = behind < tree->length ? behind + 1 : behind;
                fits = !comes || undo || next_site(checking->deleted, from, to, true) == to;
                mark_sites(checking->deleted, one->position, behind, comes);
            }
            checking->there[gap >> 6] ^= bit;
        }
    }
    return fits;
}

static bool events_fit(struct checking *checking, struct list32 *firsts)
{
    const struct vg_tree *tree = checking->tree;
    bool fits = true;
    for (uint32_t i = 0, next; fits && i < tree->n_gap_events; i = next) {
        uint32_t node = tree->gap_events[i].node;
        for (next = i + 1; next < tree->n_gap_events && tree->gap_events[next].node == node; next++) {
        }
        while (firsts->n > 0 && tree->end[tree->gap_events[firsts->items[firsts->n - 1]].node] <= node) {
            uint32_t first = firsts->items[--firsts->n], end = first;
            while (end < i && tree->gap_events[end].node == tree->gap_events[first].node) {
                end++;
            }
            (void)change(checking, first, end, true);
        }
        fits = change(checking, i, next, false) && list32_add(firsts, i);
    }
    return fits;
}

bool gaps_check(const struct vg_tree *tree, size_t n_letters, bool *fits)
{
    struct checking checking = {.tree = tree};
    struct list32 firsts = {0};
    struct vg_arena arena;
    *fits = (tree->n_gaps == 0) == (tree->n_gap_events == 0) && tree->n_gaps <= INT32_MAX && gaps_in_order(tree, n_letters);
    for (uint32_t i = 0; *fits && i < tree->n_gap_events; i++) {
        const struct vg_gap_event *one = &tree->gap_events[i];
        *fits = one->node < tree->n_nodes && vg_gap_of(one) < tree->n_gaps &&
                (i == 0 || one[-1].node < one->node || (one[-1].node == one->node && vg_gap_of(&one[-1]) < vg_gap_of(one)));
    }
    vg_arena_init(&arena, 0);
    checking.deleted = VG_ARENA_ARRAY(&arena, uint64_t, tree->length / 64 + 1);
    checking.there = VG_ARENA_ARRAY(&arena, uint64_t, tree->n_gaps / 64 + 1);
    bool done = checking.deleted != NULL && checking.there != NULL;
    uint32_t used = 0; /* each gap must be of some event */
    for (uint32_t i = 0; *fits && done && i < tree->n_gap_events; i++) {
        uint32_t gap = vg_gap_of(&tree->gap_events[i]);
        used += (checking.there[gap >> 6] >> (gap & 63) & 1) == 0 ? 1 : 0;
        checking.there[gap >> 6] |= (uint64_t)1 << (gap & 63);
    }
    if (done) {
        memset(checking.there, 0, (tree->n_gaps / 64 + 1) * sizeof *checking.there);
    }
    *fits = *fits && done && used == tree->n_gaps && events_fit(&checking, &firsts);
    list32_free(&firsts);
    vg_arena_release(&arena);
    return done;
}

/* ---------------------------------------------------------------- questions */

uint32_t vg_tree_gap_events_of(const struct vg_tree *tree, uint32_t node, uint32_t *end)
{
    uint32_t low = 0, high = tree->n_gap_events;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (tree->gap_events[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (*end = low; *end < tree->n_gap_events && tree->gap_events[*end].node == node; (*end)++) {
    }
    return low;
}

void vg_tree_gap_put(const struct vg_tree *tree, uint32_t gap, struct vg_buffer *out)
{
    const struct vg_tree_gap *one = &tree->gaps[gap];
    if (one->letters == VG_TREE_NONE) {
        vg_genome_put_sites(one->position, one->length, out);
    } else {
        vg_buffer_format(out, "%u:", one->position);
        vg_buffer_append(out, tree->gap_letters + one->letters, one->length);
    }
}

static bool read_one(struct vg_text text, struct vg_arena *arena, struct vg_gap_list *list)
{
    const char *colon = memchr(text.data, ':', text.size), *dash = memchr(text.data, '-', text.size);
    int64_t first, last;
    if (colon == NULL) {
        size_t size = dash == NULL ? text.size : (size_t)(dash - text.data);
        struct vg_text to = dash == NULL ? text : vg_text_of(dash + 1, text.size - size - 1);
        if (!vg_parse_integer(vg_text_of(text.data, size), &first) || !vg_parse_integer(to, &last) || first < 1 || last < first || last > VG_GENOME_LENGTH_MAX) {
            return false;
        }
        struct vg_genome_difference *deletions = vg_arena_room(arena, list->deletions, list->n_deletions, &list->deletion_capacity, sizeof *deletions);
        list->deletions = deletions == NULL ? list->deletions : deletions;
        if (deletions != NULL) {
            deletions[list->n_deletions++] = (struct vg_genome_difference){(uint32_t)first - 1, (uint32_t)(last - first + 1), VG_BASE_DELETED};
        }
        return deletions != NULL;
    }
    size_t at = (size_t)(colon - text.data), n = text.size - at - 1;
    char *letters = vg_arena_copy_bytes(arena, colon + 1, n);
    bool fine = letters != NULL && n > 0 && n <= VG_GENOME_LENGTH_MAX && vg_parse_integer(vg_text_of(text.data, at), &first) && first >= 0 && first <= VG_GENOME_LENGTH_MAX;
    for (size_t i = 0; fine && i < n; i++) {
        letters[i] = letters[i] >= 'a' && letters[i] <= 'z' ? (char)(letters[i] - 32) : letters[i];
        fine = letters[i] >= 'A' && letters[i] <= 'Z' && vg_base_set_of_letter(letters[i]) != 0;
    }
    struct vg_genome_insertion *insertions = fine ? vg_arena_room(arena, list->insertions, list->n_insertions, &list->insertion_capacity, sizeof *insertions) : NULL;
    list->insertions = insertions == NULL ? list->insertions : insertions;
    if (insertions != NULL) {
        insertions[list->n_insertions++] = (struct vg_genome_insertion){(uint32_t)first, (uint32_t)n, letters};
    }
    return insertions != NULL;
}

static int by_position(const void *a, const void *b)
{
    const struct vg_genome_difference *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

static int by_insertion(const void *a, const void *b)
{
    const struct vg_genome_insertion *x = a, *y = b;
    return x->position < y->position ? -1 : x->position > y->position;
}

bool vg_gap_list_read(struct vg_text text, struct vg_arena *arena, struct vg_gap_list *list)
{
    size_t n = 0;
    for (size_t at = 0; at < text.size;) {
        const char *comma = memchr(text.data + at, ',', text.size - at);
        size_t end = comma == NULL ? text.size : (size_t)(comma - text.data);
        struct vg_text one = vg_text_trim(vg_text_of(text.data + at, end - at));
        if (one.size > 0 && !vg_text_equals(one, "none") && !read_one(one, arena, list)) {
            return false;
        }
        at = end + 1;
    }
    if (list->n_deletions > 1) {
        qsort(list->deletions, list->n_deletions, sizeof *list->deletions, by_position);
    }
    if (list->n_insertions > 1) {
        qsort(list->insertions, list->n_insertions, sizeof *list->insertions, by_insertion);
    }
    for (size_t i = 0; i < list->n_deletions; i++) { /* what touches is one */
        struct vg_genome_difference *before = n == 0 ? NULL : &list->deletions[n - 1], one = list->deletions[i];
        if (before != NULL && before->position + before->length >= one.position) {
            uint32_t end = one.position + one.length, was = before->position + before->length;
            before->length = (end > was ? end : was) - before->position;
        } else {
            list->deletions[n++] = one;
        }
    }
    list->n_deletions = n;
    for (size_t i = 1; i < list->n_insertions; i++) {
        if (list->insertions[i].position == list->insertions[i - 1].position) {
            return false; /* two at one place */
        }
    }
    return true;
}

void gap_key(const struct vg_tree *tree, uint32_t position, uint32_t length, const char *letters, struct vg_buffer *key)
{
    const char *reference = tree->reference;
    uint32_t turned = 0; /* letters go round by so many */
    while (position > 0 && position <= tree->length && reference[position - 1] != 'N' &&
           reference[position - 1] == (letters == NULL ? reference[position + length - 1] : letters[(length - 1 - turned % length)])) {
        position--;
        turned++;
    }
    vg_buffer_clear(key);
    vg_buffer_append(key, &position, sizeof position);
    vg_buffer_append(key, &length, sizeof length);
    if (letters != NULL) {
        turned %= length;
        vg_buffer_append(key, letters + length - turned, turned);
        vg_buffer_append(key, letters, length - turned);
    }
}

vg_status vg_gap_index_new(const struct vg_tree *tree, struct vg_arena *arena, struct vg_gap_index *index, struct vg_error *error)
{
    uint32_t *events = VG_ARENA_ARRAY(arena, uint32_t, (size_t)tree->n_gaps + 1);
    struct vg_buffer key;
    vg_buffer_init(&key, 0);
    *index = (struct vg_gap_index){.tree = tree, .gaps = VG_ARENA_ARRAY(arena, uint32_t, (size_t)tree->n_gaps + 1)};
    vg_dictionary_init(&index->keys, arena);
    for (uint32_t i = 0; events != NULL && i < tree->n_gap_events; i++) {
        events[vg_gap_of(&tree->gap_events[i])]++;
    }
    for (uint32_t gap = 0; !arena->failed && gap < tree->n_gaps; gap++) {
        const struct vg_tree_gap *one = &tree->gaps[gap];
        size_t before = index->keys.count;
        gap_key(tree, one->position, one->length, one->letters == VG_TREE_NONE ? NULL : tree->gap_letters + one->letters, &key);
        uint32_t code = vg_dictionary_add(&index->keys, vg_text_of(key.data, key.size));
        if (code != VG_DICTIONARY_NONE && (index->keys.count > before || events[gap] > events[index->gaps[code]])) {
            index->gaps[code] = gap;
        }
    }
    bool fine = !key.failed && !arena->failed;
    vg_buffer_release(&key);
    return fine ? VG_OK : vg_fail_memory(error, tree->n_gaps * sizeof *events);
}

uint32_t vg_gap_index_find(const struct vg_gap_index *index, uint32_t position, uint32_t length, const char *letters)
{
    struct vg_buffer key;
    uint32_t length_of_reference = index->tree->length;
    if (length == 0 || position > length_of_reference || (letters == NULL && length > length_of_reference - position)) {
        return VG_TREE_NONE;
    }
    vg_buffer_init(&key, 0);
    gap_key(index->tree, position, length, letters, &key);
    uint32_t code = key.failed ? VG_DICTIONARY_NONE : vg_dictionary_find(&index->keys, vg_text_of(key.data, key.size));
    vg_buffer_release(&key);
    return code == VG_DICTIONARY_NONE ? VG_TREE_NONE : index->gaps[code];
}

size_t vg_gap_index_list(const struct vg_gap_index *index, const struct vg_genome *genome, uint32_t *gaps, size_t most)
{
    size_t n = 0;
    for (uint32_t i = 0; i < genome->n_differences && n < most; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        bool unread = (i > 0 && one[-1].base == VG_BASE_ANY && one[-1].position + one[-1].length == one->position) ||
                      (i + 1 < genome->n_differences && one[1].base == VG_BASE_ANY && one->position + one->length == one[1].position);
        uint32_t gap = one->base == VG_BASE_DELETED && !unread ? vg_gap_index_find(index, one->position, one->length, NULL) : VG_TREE_NONE;
        if (gap != VG_TREE_NONE) {
            gaps[n++] = gap;
        }
    }
    for (uint32_t i = 0; i < genome->n_insertions && n < most; i++) {
        uint32_t gap = vg_gap_index_find(index, genome->insertions[i].position, genome->insertions[i].length, genome->insertions[i].letters);
        if (gap != VG_TREE_NONE) {
            gaps[n++] = gap;
        }
    }
    return n;
}

static bool node_has(const struct vg_tree *tree, const struct vg_genome *node, uint32_t gap)
{
    const struct vg_tree_gap *one = &tree->gaps[gap];
    bool has = false;
    for (uint32_t i = 0; one->letters == VG_TREE_NONE && i < node->n_differences; i++) {
        has |= node->differences[i].position == one->position && node->differences[i].length == one->length;
    }
    for (uint32_t i = 0; one->letters != VG_TREE_NONE && i < node->n_insertions; i++) {
        has |= node->insertions[i].letters == tree->gap_letters + one->letters;
    }
    return has;
}

uint32_t vg_gap_index_shared(const struct vg_gap_index *index, const struct vg_genome *node, const uint32_t *gaps, size_t n)
{
    uint32_t shared = 0;
    for (size_t i = 0; i < n; i++) {
        shared += node_has(index->tree, node, gaps[i]) ? 1 : 0;
    }
    return shared;
}

uint32_t vg_tree_gap_find(const struct vg_tree *tree, struct vg_text text)
{
    struct vg_gap_list list = {0};
    struct vg_arena arena;
    uint32_t low = 0, high = tree->n_gaps;
    vg_arena_init(&arena, 0);
    bool fine = vg_gap_list_read(text, &arena, &list) && list.n_deletions + list.n_insertions == 1;
    struct keyed_gap wanted = {.letters = NULL};
    if (fine && list.n_deletions == 1) {
        wanted.gap = (struct vg_tree_gap){list.deletions[0].position, list.deletions[0].length, VG_TREE_NONE};
    } else if (fine) {
        wanted = (struct keyed_gap){.gap = {list.insertions[0].position, list.insertions[0].length, 0}, .letters = list.insertions[0].letters};
    }
    while (fine && low < high) {
        uint32_t middle = low + (high - low) / 2;
        struct keyed_gap here = key_of(tree->gaps[middle], tree->gap_letters, 0);
        if (by_gap(&here, &wanted) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct keyed_gap here = low < tree->n_gaps ? key_of(tree->gaps[low], tree->gap_letters, 0) : wanted;
    bool found = fine && low < tree->n_gaps && by_gap(&here, &wanted) == 0;
    vg_arena_release(&arena);
    return found ? low : VG_TREE_NONE;
}

/* The genome above with the events [first, end). */
static struct vg_genome *changed_genome(const struct vg_tree *tree, const struct vg_genome *above, uint32_t first, uint32_t end, struct vg_arena *arena)
{
    struct vg_genome *genome = VG_ARENA_ARRAY(arena, struct vg_genome, 1);
    struct vg_genome_difference *differences = VG_ARENA_ARRAY(arena, struct vg_genome_difference, (size_t)above->n_differences + (end - first) + 1);
    struct vg_genome_insertion *insertions = VG_ARENA_ARRAY(arena, struct vg_genome_insertion, (size_t)above->n_insertions + (end - first) + 1);
    if (genome == NULL || differences == NULL || insertions == NULL) {
        return NULL;
    }
    uint32_t d = 0, n = 0, k = 0, m = 0; /* of above, of the new one; deletions, insertions */
    for (uint32_t i = first; i < end; i++) {
        const struct vg_tree_gap *gap = &tree->gaps[vg_gap_of(&tree->gap_events[i])];
        bool gained = vg_gap_is_gained(&tree->gap_events[i]);
        if (gap->letters == VG_TREE_NONE) {
            while (d < above->n_differences && (above->differences[d].position < gap->position ||
                                                (above->differences[d].position == gap->position && above->differences[d].length < gap->length))) {
                differences[n++] = above->differences[d++];
            }
            if (gained) {
                differences[n++] = (struct vg_genome_difference){gap->position, gap->length, VG_BASE_DELETED};
            } else {
                d += d < above->n_differences && above->differences[d].position == gap->position && above->differences[d].length == gap->length ? 1 : 0;
            }
            continue;
        }
        const char *letters = tree->gap_letters + gap->letters;
        while (k < above->n_insertions && (above->insertions[k].position < gap->position || (above->insertions[k].position == gap->position && above->insertions[k].letters < letters))) {
            insertions[m++] = above->insertions[k++];
        }
        if (gained) {
            insertions[m++] = (struct vg_genome_insertion){gap->position, gap->length, letters};
        } else {
            k += k < above->n_insertions && above->insertions[k].letters == letters ? 1 : 0;
        }
    }
    while (d < above->n_differences) {
        differences[n++] = above->differences[d++];
    }
    while (k < above->n_insertions) {
        insertions[m++] = above->insertions[k++];
    }
    *genome = (struct vg_genome){.differences = differences, .insertions = insertions, .n_differences = n, .n_insertions = m};
    return genome;
}

vg_status vg_tree_gap_genomes(const struct vg_tree *tree, struct vg_arena *arena, const struct vg_genome ***out, struct vg_error *error)
{
    const struct vg_genome **genomes = VG_ARENA_ARRAY(arena, const struct vg_genome *, (size_t)tree->n_nodes + 1);
    const struct vg_genome *none = VG_ARENA_ARRAY(arena, struct vg_genome, 1);
    uint32_t at = 0;
    *out = genomes;
    for (uint32_t v = 0; genomes != NULL && none != NULL && v < tree->n_nodes; v++) {
        uint32_t first = at;
        while (at < tree->n_gap_events && tree->gap_events[at].node == v) {
            at++;
        }
        genomes[v] = v == 0 ? none : genomes[tree->parent[v]];
        genomes[v] = first == at || genomes[v] == NULL ? genomes[v] : changed_genome(tree, genomes[v], first, at, arena);
    }
    return arena->failed ? vg_fail_memory(error, (size_t)tree->n_nodes * sizeof *genomes) : VG_OK;
}
