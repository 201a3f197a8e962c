/*
 * On which branches deletions and insertions came and went, by the fewest events, each gap by itself. The cost of a node's having the gap less that of its not having it is
 * the sum over its children of the same, cut to [-1, 1] (Fitch 1971 in Sankoff's form for two states); it is needed only for nodes above those that are known to have it, and
 * only as far up as it is not 1. So nothing is done for most of the tree: of a child that leads to none of those it matters alone whether anybody below is known not to have it.
 */
#include "trace/genome/tree/internal.h"

#include <stdlib.h>
#include <string.h>

enum { HAS = INT32_MIN, LACKS = INT32_MAX }; /* in `excess`, of nodes of which it is known or settled */

struct finding {
    const struct vg_tree *tree;
    const struct vg_gap_witness *known;  /* [n_known] by node */
    size_t n_known;
    const uint8_t *masked;
    uint32_t *unread_start;              /* [n_known + 1] of each witness: pairs in unread */
    struct list32 unread;                /* begin, end; apart from each other, by site */
    struct list32 mask;                  /* the same of masked sites */
    struct vg_dictionary keys;           /* of gaps: position, length, letters */
    struct vg_tree_gap *gaps;            /* [keys.count] letters: in `letters` */
    size_t gap_capacity;
    struct vg_buffer letters, key;
    struct list32 gap_of, witness_of;    /* who has what, by witness */
    uint32_t *same;                      /* [keys.count] what a gap is called as, by its place for witnesses that keep theirs, else by what it leaves */
    uint32_t *n_of, *n_given;            /* [keys.count] witnesses; those that keep theirs */
    uint32_t *holder_start, *holders;    /* of each gap: nodes, in order */
    /* The gap at hand. */
    uint32_t gap, stamp_now;
    uint32_t *stamp;                     /* [n_nodes] the node is looked at, for the gap with this stamp */
    int32_t *excess;                     /* [n_nodes] see above; HAS, LACKS */
    struct list32 heap, looked;          /* nodes to be looked at, the last in preorder on top; those that were */
    struct loose_event *events;
    size_t n_events, event_capacity;
    struct vg_arena scratch;
};

/* ---------------------------------------------------------------- witnesses */

/* Two lists of pairs as one, what overlaps or touches joined. */
static bool join(const uint32_t *a, size_t n_a, const uint32_t *b, size_t n_b, struct list32 *out, size_t first)
{
    for (size_t i = 0, j = 0; i < n_a || j < n_b;) {
        bool from_a = j == n_b || (i < n_a && a[i] <= b[j]);
        uint32_t begin = from_a ? a[i] : b[j], end = from_a ? a[i + 1] : b[j + 1];
        i += from_a ? 2 : 0;
        j += from_a ? 0 : 2;
        if (out->n > first && out->items[out->n - 1] >= begin) {
            out->items[out->n - 1] = out->items[out->n - 1] > end ? out->items[out->n - 1] : end;
        } else if (!list32_add(out, begin) || !list32_add(out, end)) {
            return false;
        }
    }
    return true;
}

static bool list_mask(struct finding *finding)
{
    uint32_t n = finding->masked == NULL ? 0 : finding->tree->length;
    bool fine = true;
    for (uint32_t site = 0; fine && site < n; site++) {
        if (finding->masked[site] != 0) {
            uint32_t begin = site;
            while (site < n && finding->masked[site] != 0) {
                site++;
            }
            fine = list32_add(&finding->mask, begin) && list32_add(&finding->mask, site);
        }
    }
    return fine;
}

/* The first pair of the witness that ends at or behind the site; its end where there is none. */
static size_t unread_at(const struct finding *finding, size_t witness, uint32_t site)
{
    size_t low = finding->unread_start[witness] / 2, high = finding->unread_start[witness + 1] / 2;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (finding->unread.items[2 * middle + 1] < site) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return 2 * low;
}

/* Whether what is not read of the witness has or touches one of the sites [begin, end). */
static bool touches_unread(const struct finding *finding, size_t witness, uint32_t begin, uint32_t end)
{
    size_t at = unread_at(finding, witness, begin);
    return at < finding->unread_start[witness + 1] && finding->unread.items[at] <= end;
}

static bool add_holder(struct finding *finding, size_t witness, uint32_t position, uint32_t length, const char *letters)
{
    size_t before = finding->keys.count;
    vg_buffer_clear(&finding->key);
    vg_buffer_append(&finding->key, &position, sizeof position);
    vg_buffer_append(&finding->key, &length, sizeof length);
    vg_buffer_append(&finding->key, letters == NULL ? "" : letters, letters == NULL ? 0 : length);
    uint32_t gap = vg_dictionary_add(&finding->keys, vg_text_of(finding->key.data, finding->key.size));
    if (finding->key.failed || gap == VG_DICTIONARY_NONE) {
        return false;
    }
    if (finding->keys.count > before) {
        struct vg_tree_gap *gaps = vg_arena_room(&finding->scratch, finding->gaps, gap, &finding->gap_capacity, sizeof *gaps);
        if (gaps == NULL) {
            return false;
        }
        finding->gaps = gaps;
        gaps[gap] = (struct vg_tree_gap){position, length, letters == NULL ? VG_TREE_NONE : (uint32_t)finding->letters.size};
        vg_buffer_append(&finding->letters, letters == NULL ? "" : letters, letters == NULL ? 0 : length);
    }
    return !finding->letters.failed && list32_add(&finding->gap_of, gap) && list32_add(&finding->witness_of, (uint32_t)witness);
}

static bool all_certain(const struct vg_genome_insertion *insertion)
{
    bool certain = true;
    for (uint32_t i = 0; i < insertion->length; i++) {
        certain &= vg_base_is_certain(vg_base_set_of_letter(insertion->letters[i]));
    }
    return certain;
}

/*
 * Sites of which the witness tells nothing: N, what is masked, a place where letters come between of which not all are known, and what is deleted beside one of these.
 */
static bool list_unread(struct finding *finding, size_t witness, struct list32 *own, struct list32 *core)
{
    const struct vg_genome *genome = finding->known[witness].genome;
    uint32_t length = finding->tree->length;
    bool fine = true, masks = !finding->known[witness].as_told;
    own->n = core->n = 0;
    for (uint32_t i = 0, k = 0; fine && (i < genome->n_differences || k < genome->n_insertions);) {
        bool inserted = i == genome->n_differences || (k < genome->n_insertions && genome->insertions[k].position < genome->differences[i].position);
        const struct vg_genome_difference *one = inserted ? NULL : &genome->differences[i++];
        const struct vg_genome_insertion *between = inserted ? &genome->insertions[k++] : NULL;
        if (one != NULL && one->base == VG_BASE_ANY && one->position < length) {
            fine = list32_add(own, one->position) && list32_add(own, one->position + one->length < length ? one->position + one->length : length);
        } else if (between != NULL && !all_certain(between) && between->position < length) {
            fine = list32_add(own, between->position) && list32_add(own, between->position + 1);
        }
    }
    fine = fine && join(own->items, own->n, finding->mask.items, masks ? finding->mask.n : 0, core, 0);
    own->n = 0;
    for (uint32_t i = 0, c = 0; fine && i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        while (c < core->n && core->items[c + 1] < one->position) {
            c += 2;
        }
        if (one->base == VG_BASE_DELETED && c < core->n && core->items[c] <= one->position + one->length && one->position < length) {
            fine = list32_add(own, one->position) && list32_add(own, one->position + one->length < length ? one->position + one->length : length);
        }
    }
    return fine && join(core->items, core->n, own->items, own->n, &finding->unread, finding->unread.n);
}

static bool take_witness(struct finding *finding, size_t witness, struct list32 *own, struct list32 *core)
{
    const struct vg_gap_witness *known = &finding->known[witness];
    const struct vg_genome *genome = known->genome;
    uint32_t length = finding->tree->length;
    finding->unread_start[witness] = (uint32_t)finding->unread.n;
    bool fine = list_unread(finding, witness, own, core);
    finding->unread_start[witness + 1] = (uint32_t)finding->unread.n;
    for (uint32_t i = 0; fine && !known->no_deletions && i < genome->n_differences; i++) {
        const struct vg_genome_difference *one = &genome->differences[i];
        if (one->base == VG_BASE_DELETED && one->position < length && one->length <= length - one->position && !touches_unread(finding, witness, one->position, one->position + one->length)) {
            fine = add_holder(finding, witness, one->position, one->length, NULL);
        }
    }
    for (uint32_t i = 0; fine && !known->no_insertions && i < genome->n_insertions; i++) {
        const struct vg_genome_insertion *one = &genome->insertions[i];
        if (one->position <= length && one->length > 0 && all_certain(one) && !touches_unread(finding, witness, one->position, one->position)) {
            fine = add_holder(finding, witness, one->position, one->length, one->letters);
        }
    }
    return fine;
}

static const char *letters_of(const struct finding *finding, uint32_t gap)
{
    return finding->gaps[gap].letters == VG_TREE_NONE ? NULL : finding->letters.data + finding->gaps[gap].letters;
}

/* Of two gaps that are the same the one by which both are called. */
static uint32_t better(const struct finding *finding, uint32_t a, uint32_t b)
{
    bool given_a = finding->n_given[a] > 0, given_b = finding->n_given[b] > 0;
    if (given_a != given_b) {
        return given_a ? a : b;
    }
    if (finding->n_of[a] != finding->n_of[b]) {
        return finding->n_of[a] > finding->n_of[b] ? a : b;
    }
    return finding->gaps[a].position < finding->gaps[b].position ? a : b;
}

/* Gaps that leave the same of the reference are called the same. */
static bool name_gaps(struct finding *finding)
{
    uint32_t n_gaps = (uint32_t)finding->keys.count;
    struct vg_dictionary classes;
    vg_dictionary_init(&classes, &finding->scratch);
    finding->same = VG_ARENA_ARRAY(&finding->scratch, uint32_t, (size_t)n_gaps + 1);
    finding->n_of = VG_ARENA_ARRAY(&finding->scratch, uint32_t, (size_t)n_gaps + 1);
    finding->n_given = VG_ARENA_ARRAY(&finding->scratch, uint32_t, (size_t)n_gaps + 1);
    uint32_t *class_of = VG_ARENA_ARRAY(&finding->scratch, uint32_t, (size_t)n_gaps + 1), *best = VG_ARENA_ARRAY(&finding->scratch, uint32_t, (size_t)n_gaps + 1);
    if (finding->scratch.failed) {
        return false;
    }
    for (size_t i = 0; i < finding->gap_of.n; i++) {
        finding->n_of[finding->gap_of.items[i]]++;
        finding->n_given[finding->gap_of.items[i]] += finding->known[finding->witness_of.items[i]].as_told ? 1 : 0;
    }
    for (uint32_t gap = 0; gap < n_gaps; gap++) {
        size_t before = classes.count;
        gap_key(finding->tree, finding->gaps[gap].position, finding->gaps[gap].length, letters_of(finding, gap), &finding->key);
        class_of[gap] = finding->key.failed ? VG_DICTIONARY_NONE : vg_dictionary_add(&classes, vg_text_of(finding->key.data, finding->key.size));
        if (class_of[gap] == VG_DICTIONARY_NONE) {
            return false;
        }
        best[class_of[gap]] = classes.count > before ? gap : better(finding, best[class_of[gap]], gap);
    }
    for (uint32_t gap = 0; gap < n_gaps; gap++) {
        finding->same[gap] = best[class_of[gap]];
    }
    return true;
}

/* From where to where a gap may be moved to be called the same; sites that it touches are the same number. */
static void span_of(const struct finding *finding, uint32_t gap, uint32_t *begin, uint32_t *end)
{
    const struct vg_tree_gap *from = &finding->gaps[gap], *to = &finding->gaps[finding->same[gap]];
    uint32_t length = from->letters == VG_TREE_NONE ? from->length : 0;
    *begin = from->position < to->position ? from->position : to->position;
    *end = (from->position < to->position ? to->position : from->position) + length;
}

/* Whether a gap of one witness, [first, end) of gap_of, would meet another of its gaps on the way: then it would not leave the same. */
static bool would_meet(const struct finding *finding, size_t first, size_t end)
{
    bool meet = false;
    for (size_t i = first; i < end; i++) {
        uint32_t a = finding->gap_of.items[i], begin, behind;
        span_of(finding, a, &begin, &behind);
        for (size_t j = first; j < i; j++) {
            uint32_t b = finding->gap_of.items[j], other, other_end;
            span_of(finding, b, &other, &other_end);
            meet |= (finding->same[a] != a || finding->same[b] != b) && begin <= other_end && other <= behind;
        }
    }
    return meet;
}

/* Witnesses that keep their gaps' places, or could not tell them apart elsewhere, stay with them. */
static void call_the_same(struct finding *finding)
{
    for (size_t first = 0, end; first < finding->gap_of.n; first = end) {
        uint32_t witness = finding->witness_of.items[first];
        for (end = first + 1; end < finding->gap_of.n && finding->witness_of.items[end] == witness; end++) {
        }
        bool stays = finding->known[witness].as_told || would_meet(finding, first, end);
        for (size_t i = first; !stays && i < end; i++) {
            finding->gap_of.items[i] = finding->same[finding->gap_of.items[i]];
        }
    }
}

/* Of each gap the nodes that have it, in order. */
static bool sort_holders(struct finding *finding)
{
    size_t n_gaps = finding->keys.count;
    if (n_gaps > INT32_MAX || !name_gaps(finding)) {
        return false;
    }
    call_the_same(finding);
    finding->holder_start = VG_ARENA_ARRAY(&finding->scratch, uint32_t, n_gaps + 2);
    finding->holders = malloc((finding->gap_of.n + 1) * sizeof *finding->holders);
    if (finding->holder_start == NULL || finding->holders == NULL) {
        return false;
    }
    for (size_t i = 0; i < finding->gap_of.n; i++) {
        finding->holder_start[finding->gap_of.items[i] + 2]++;
    }
    for (size_t g = 0; g < n_gaps; g++) {
        finding->holder_start[g + 2] += finding->holder_start[g + 1];
    }
    for (size_t i = 0; i < finding->gap_of.n; i++) {
        finding->holders[finding->holder_start[finding->gap_of.items[i] + 1]++] = finding->known[finding->witness_of.items[i]].node;
    }
    return true;
}

/* ------------------------------------------------------------------- heap */

static bool push(struct finding *finding, uint32_t node)
{
    struct list32 *heap = &finding->heap;
    if (!list32_add(heap, node)) {
        return false;
    }
    for (size_t at = heap->n - 1; at > 0 && heap->items[(at - 1) / 2] < node; at = (at - 1) / 2) {
        heap->items[at] = heap->items[(at - 1) / 2];
        heap->items[(at - 1) / 2] = node;
    }
    return true;
}

static uint32_t pop(struct finding *finding)
{
    struct list32 *heap = &finding->heap;
    uint32_t top = heap->items[0], moved = heap->items[--heap->n];
    size_t at = 0;
    while (2 * at + 1 < heap->n) {
        size_t child = 2 * at + 1;
        child += child + 1 < heap->n && heap->items[child + 1] > heap->items[child] ? 1 : 0;
        if (heap->items[child] <= moved) {
            break;
        }
        heap->items[at] = heap->items[child];
        at = child;
    }
    heap->items[at] = moved;
    return top;
}

/* -------------------------------------------------------------------- costs */

/* The first witness at or behind the node. */
static size_t witness_from(const struct finding *finding, uint32_t node)
{
    size_t low = 0, high = finding->n_known;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (finding->known[middle].node < node) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_looked_at(const struct finding *finding, uint32_t node)
{
    return finding->stamp[node] == finding->stamp_now;
}

/* Whether the witness, which is not known to have the gap, is known not to have it. */
static bool is_known_without(const struct finding *finding, size_t witness)
{
    const struct vg_tree_gap *gap = &finding->gaps[finding->gap];
    bool inserted = gap->letters != VG_TREE_NONE;
    if (inserted) {
        return !finding->known[witness].no_insertions && !touches_unread(finding, witness, gap->position, gap->position);
    }
    size_t at = unread_at(finding, witness, gap->position + gap->length); /* all of it not read: it may be so */
    return !finding->known[witness].no_deletions && (at >= finding->unread_start[witness + 1] || finding->unread.items[at] > gap->position);
}

/* Whether anybody from the node down, which leads to nobody whose having it counts, is known not to have the gap. */
static bool lacks_below(const struct finding *finding, uint32_t node)
{
    for (size_t w = witness_from(finding, node); w < finding->n_known && finding->known[w].node < finding->tree->end[node]; w++) {
        uint32_t at = finding->known[w].node;
        if (!(is_looked_at(finding, at) && finding->excess[at] == HAS) && is_known_without(finding, w)) {
            return true;
        }
    }
    return false;
}

/* What the node's own children add: of those that are looked at -1 is added already, and 1 counts here; it ends where the sum is above 0. */
static void weigh(struct finding *finding, uint32_t node)
{
    size_t w = witness_from(finding, node);
    if (w < finding->n_known && finding->known[w].node == node && is_known_without(finding, w)) {
        finding->excess[node] = LACKS;
        return;
    }
    for (uint32_t child = node + 1; child < finding->tree->end[node] && finding->excess[node] <= 0; child = finding->tree->end[child]) {
        bool against = is_looked_at(finding, child) ? finding->excess[child] > 0 : lacks_below(finding, child);
        finding->excess[node] += against ? 1 : 0;
    }
}

static bool look_at(struct finding *finding, uint32_t node, int32_t excess)
{
    if (is_looked_at(finding, node)) {
        finding->excess[node] += finding->excess[node] == HAS ? 0 : excess;
        return true;
    }
    finding->stamp[node] = finding->stamp_now;
    finding->excess[node] = excess;
    return push(finding, node);
}

/* -------------------------------------------------------------------- events */

static bool add_event(struct finding *finding, uint32_t node, bool gained)
{
    if (finding->n_events == finding->event_capacity) {
        size_t capacity = finding->event_capacity == 0 ? 1024 : finding->event_capacity + finding->event_capacity / 2;
        struct loose_event *events = realloc(finding->events, capacity * sizeof *events);
        if (events == NULL) {
            return false;
        }
        finding->events = events;
        finding->event_capacity = capacity;
    }
    finding->events[finding->n_events++] = (struct loose_event){finding->gaps[finding->gap], node, gained};
    return true;
}

/* From the root on: a node has it if both ways its parent may be leave nothing as cheap. excess becomes HAS or LACKS. */
static bool settle(struct finding *finding, uint32_t node)
{
    const struct vg_tree *tree = finding->tree;
    uint32_t parent = tree->parent[node];
    bool above = parent != VG_TREE_NONE && is_looked_at(finding, parent) && finding->excess[parent] == HAS, fine = true;
    bool has = finding->excess[node] <= (above ? 0 : -2);
    finding->excess[node] = has ? HAS : LACKS;
    fine = has == above || add_event(finding, node, has);
    for (uint32_t child = node + 1; has && fine && child < tree->end[node]; child = tree->end[child]) {
        if (!is_looked_at(finding, child) && lacks_below(finding, child)) {
            fine = add_event(finding, child, false);
        }
    }
    return fine;
}

static bool find_one(struct finding *finding)
{
    uint32_t first = finding->holder_start[finding->gap], end = finding->holder_start[finding->gap + 1];
    bool fine = true;
    finding->stamp_now++;
    finding->looked.n = 0;
    for (uint32_t i = first; fine && i < end; i++) {
        fine = look_at(finding, finding->holders[i], HAS);
    }
    while (fine && finding->heap.n > 0) {
        uint32_t node = pop(finding), parent = finding->tree->parent[node];
        if (finding->excess[node] != HAS) {
            weigh(finding, node);
        }
        fine = list32_add(&finding->looked, node);
        if (fine && parent != VG_TREE_NONE && finding->excess[node] <= 0) {
            fine = look_at(finding, parent, finding->excess[node] < 0 ? -1 : 0);
        }
    }
    for (size_t i = finding->looked.n; fine && i-- > 0;) {
        fine = settle(finding, finding->looked.items[i]);
    }
    return fine;
}

/* ---------------------------------------------------------------------- all */

static bool find_all(struct finding *finding)
{
    struct list32 own = {0}, core = {0};
    size_t n_nodes = finding->tree->n_nodes;
    bool fine = list_mask(finding);
    finding->unread_start = malloc((finding->n_known + 1) * sizeof *finding->unread_start);
    fine = fine && finding->unread_start != NULL;
    for (size_t w = 0; fine && w < finding->n_known; w++) {
        VG_ASSERT(finding->known[w].node < n_nodes && (w == 0 || finding->known[w - 1].node < finding->known[w].node));
        fine = take_witness(finding, w, &own, &core);
    }
    list32_free(&own);
    list32_free(&core);
    if (!fine || finding->keys.count == 0) {
        return fine;
    }
    finding->stamp = calloc(n_nodes, sizeof *finding->stamp);
    finding->excess = malloc(n_nodes * sizeof *finding->excess);
    fine = sort_holders(finding) && finding->stamp != NULL && finding->excess != NULL;
    for (finding->gap = 0; fine && finding->gap < finding->keys.count; finding->gap++) {
        fine = find_one(finding);
    }
    return fine;
}

/* Of a node as lines: deletions that overlap or touch as one. */
static void put_union(struct parts *parts, uint32_t node, const struct vg_genome *genome, bool gained)
{
    for (uint32_t i = 0, next; i < genome->n_differences; i = next) {
        uint32_t begin = genome->differences[i].position, end = begin + genome->differences[i].length;
        for (next = i + 1; next < genome->n_differences && genome->differences[next].position <= end; next++) {
            uint32_t behind = genome->differences[next].position + genome->differences[next].length;
            end = behind > end ? behind : end;
        }
        parts_gap(parts, node, begin, end - begin, vg_text_of(NULL, 0), gained);
    }
}

/*
 * Gaps are found one by one. Where one is called by another place than a genome has it at, and what is beside it was not read, two of them may touch at a node above: then they
 * are one there, and the events are those of what is deleted at each node.
 */
static bool part_touching(struct vg_tree *tree)
{
    static const struct vg_genome nothing = {.n_differences = 0};
    const struct vg_genome **genomes;
    struct vg_error error = {0};
    struct vg_arena arena;
    struct parts parts;
    size_t n_letters = 0;
    uint64_t n_repaired = tree->n_repaired;
    bool fits = false;
    for (uint32_t gap = 0; gap < tree->n_gaps; gap++) {
        n_letters += tree->gaps[gap].letters == VG_TREE_NONE ? 0 : tree->gaps[gap].length;
    }
    if (!gaps_check(tree, n_letters, &fits) || fits) {
        return fits;
    }
    vg_arena_init(&arena, 0);
    parts_init(&parts);
    bool fine = vg_tree_gap_genomes(tree, &arena, &genomes, &error) == VG_OK;
    for (uint32_t i = 0; fine && i < tree->n_gap_events; i++) {
        const struct vg_gap_event *one = &tree->gap_events[i];
        const struct vg_tree_gap *gap = &tree->gaps[vg_gap_of(one)];
        if (i == 0 || one[-1].node != one->node) {
            put_union(&parts, one->node, one->node == 0 ? &nothing : genomes[tree->parent[one->node]], false);
            put_union(&parts, one->node, genomes[one->node], true);
        }
        if (gap->letters != VG_TREE_NONE) {
            parts_gap(&parts, one->node, gap->position, 0, vg_text_of(tree->gap_letters + gap->letters, gap->length), vg_gap_is_gained(one));
        }
    }
    fine = fine && parts.failure.status == VG_OK && gaps_settle(&parts, tree);
    tree->n_repaired = n_repaired;
    parts_release(&parts);
    vg_arena_release(&arena);
    return fine;
}

vg_status vg_tree_find_gaps(struct vg_tree *tree, const struct vg_gap_witness *known, size_t n, const uint8_t *masked, struct vg_error *error)
{
    struct finding finding = {.tree = tree, .known = known, .n_known = n, .masked = masked};
    vg_arena_init(&finding.scratch, 0);
    vg_dictionary_init(&finding.keys, &finding.scratch);
    vg_buffer_init(&finding.letters, UINT32_MAX - 1u);
    vg_buffer_init(&finding.key, 0);
    bool fine = find_all(&finding) && gaps_put(tree, finding.events, finding.n_events, finding.letters.data) && part_touching(tree);
    free(finding.unread_start);
    free(finding.holders);
    free(finding.stamp);
    free(finding.excess);
    free(finding.events);
    list32_free(&finding.unread);
    list32_free(&finding.mask);
    list32_free(&finding.gap_of);
    list32_free(&finding.witness_of);
    list32_free(&finding.heap);
    list32_free(&finding.looked);
    vg_buffer_release(&finding.letters);
    vg_buffer_release(&finding.key);
    vg_arena_release(&finding.scratch);
    return fine ? VG_OK : vg_fail_memory(error, (size_t)tree->n_nodes * 8);
}

/* ------------------------------------------------------------------ columns */

/* What each word of the column says: [n_values] lists in the arena; NULL where it is something else. */
static const struct vg_gap_list **read_words(const struct vg_tree_column *column, struct vg_arena *arena)
{
    const struct vg_gap_list **lists = VG_ARENA_ARRAY(arena, const struct vg_gap_list *, (size_t)column->n_values + 1);
    for (uint32_t i = 0; lists != NULL && i < column->n_values; i++) {
        struct vg_gap_list *list = VG_ARENA_ARRAY(arena, struct vg_gap_list, 1);
        lists[i] = list != NULL && vg_gap_list_read(column->values[i], arena, list) ? list : NULL;
    }
    return lists;
}

static const struct vg_gap_list *list_of(const struct vg_tree_column *column, const struct vg_gap_list **lists, uint32_t v)
{
    return column == NULL || column->codes[v] == VG_TREE_NONE ? NULL : lists[column->codes[v]];
}

vg_status vg_tree_find_gaps_of_columns(struct vg_tree *tree, struct vg_error *error)
{
    const struct vg_tree_column *columns[2] = {vg_tree_column(tree, "deletions"), vg_tree_column(tree, "insertions")};
    const struct vg_gap_list **lists[2] = {NULL, NULL};
    struct vg_arena arena;
    size_t n = 0;
    for (int k = 0; k < 2; k++) {
        columns[k] = columns[k] != NULL && columns[k]->codes != NULL ? columns[k] : NULL;
    }
    if (columns[0] == NULL && columns[1] == NULL) {
        return VG_OK;
    }
    vg_arena_init(&arena, 0);
    struct vg_gap_witness *known = VG_ARENA_ARRAY(&arena, struct vg_gap_witness, (size_t)tree->n_leaves + 1);
    for (int k = 0; k < 2; k++) {
        lists[k] = columns[k] == NULL ? NULL : read_words(columns[k], &arena);
    }
    for (uint32_t v = 0; !arena.failed && v < tree->n_nodes; v++) {
        const struct vg_gap_list *deletions = vg_tree_is_leaf(tree, v) ? list_of(columns[0], lists[0], v) : NULL, *insertions = vg_tree_is_leaf(tree, v) ? list_of(columns[1], lists[1], v) : NULL;
        if (deletions != NULL || insertions != NULL) {
            struct vg_genome *genome = VG_ARENA_ARRAY(&arena, struct vg_genome, 1);
            known[n++] = (struct vg_gap_witness){.node = v, .genome = genome, .no_deletions = deletions == NULL, .no_insertions = insertions == NULL};
            if (genome != NULL && deletions != NULL) {
                genome->differences = deletions->deletions;
                genome->n_differences = (uint32_t)deletions->n_deletions;
            }
            if (genome != NULL && insertions != NULL) {
                genome->insertions = insertions->insertions;
                genome->n_insertions = (uint32_t)insertions->n_insertions;
            }
        }
    }
    vg_status status = arena.failed ? vg_fail_memory(error, (size_t)tree->n_leaves * sizeof *known) : vg_tree_find_gaps(tree, known, n, NULL, error);
    vg_arena_release(&arena);
    return status;
}
