/*
 * Amino acids of a tree's branches, against whole proteins read from whole sequences and against Nextclade's own; and Auspice JSON against what its schema (nextstrain/augur,
 * schema-export-v2 with schema-annotations and schema-auspice-config-v2) asks for.
 */
#include "genome_files.h"

#include "intake/genome/genome.h"
#include "trace/genome/proteins/proteins.h"

#include <jansson.h>

/* Two strands, a sequence within another, a ribosome that slips back, a phase, a rest of two bases, names that JSON's keys may not have. */
static const char genes[] = "x\t.\tCDS\t3\t26\t.\t+\t0\tID=a;Name=A\nx\t.\tCDS\t5\t19\t.\t+\t1\tID=b;Name=2K%20b/1\nx\t.\tCDS\t20\t55\t.\t-\t0\tID=c;Name=C\n"
                            "x\t.\tCDS\t10\t30\t.\t+\t0\tID=d;Name=1ab\nx\t.\tCDS\t30\t62\t.\t+\t0\tID=d;Name=1ab\nx\t.\tCDS\t40\t66\t.\t+\t0\tID=e;Name=2K%20b.1\n"
                            "x\t.\tCDS\t8\t14\t.\t-\t0\tID=f;Name=nuc\nx\t.\tCDS\t30\t41\t.\t-\t2\tID=f;Name=nuc\n";

static uint8_t *sets_of_nodes(const struct vg_tree *tree)
{
    uint8_t *bases = malloc((size_t)tree->n_nodes * tree->length);
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        for (uint32_t p = 0; p < tree->length; p++) {
            bases[(size_t)v * tree->length + p] = v == 0 ? vg_base_set_of_letter(tree->reference[p]) : bases[(size_t)tree->parent[v] * tree->length + p];
        }
        for (uint32_t m = tree->mutation_start[v]; m < tree->mutation_start[v + 1]; m++) {
            bases[(size_t)v * tree->length + vg_mutation_site(tree->mutations[m])] = (uint8_t)(1u << vg_mutation_to(tree->mutations[m]));
        }
    }
    return bases;
}

/* The letters in the order of translation, one by one. */
static size_t read_protein(const struct vg_coding_sequence *coding, const uint8_t *bases, char *acids)
{
    uint8_t letters[400];
    size_t n = 0, n_acids = 0;
    for (uint32_t k = 0; k < coding->n_ranges; k++) {
        for (uint32_t i = coding->ranges[k].begin; i < coding->ranges[k].end; i++) {
            uint32_t at = coding->reverse ? coding->ranges[k].end - 1 - (i - coding->ranges[k].begin) : i;
            letters[n++] = coding->reverse ? vg_base_complement(bases[at]) : bases[at];
        }
    }
    for (size_t i = coding->phase; i + 3 <= n; i += 3) {
        acids[n_acids++] = vg_translate(letters + i);
    }
    return n_acids;
}

static void check_acids(const struct vg_tree *tree, const struct vg_tree_acids *acids, const uint8_t *reference)
{
    uint8_t *bases = sets_of_nodes(tree);
    char above[140], here[140];
    size_t n_seen = 0;
    for (uint32_t v = 0; v < tree->n_nodes; v++) {
        uint32_t at = acids->start[v];
        for (uint32_t c = 0; c < acids->annotation->n_coding; c++) {
            const struct vg_coding_sequence *coding = &acids->annotation->coding[c];
            size_t n = read_protein(coding, v == 0 ? reference : bases + (size_t)tree->parent[v] * tree->length, above);
            assert_int_equal(read_protein(coding, bases + (size_t)v * tree->length, here), n);
            for (uint32_t i = 0; i < n; i++) {
                if (above[i] != here[i] && above[i] != 'X' && here[i] != 'X') {
                    assert_true(at < acids->start[v + 1]);
                    const struct vg_acid_change *change = &acids->changes[at++];
                    assert_true(change->coding == c && change->codon == i && change->from == above[i] && change->to == here[i]);
                    n_seen++;
                }
            }
        }
        assert_int_equal(at, acids->start[v + 1]);
    }
    assert_true(n_seen > tree->n_mutations / 4 || tree->n_nodes < 20); /* the annotation covers most sites */
    free(bases);
}

static void read_genes(const struct vg_tree *tree, struct vg_arena *arena, struct vg_genome_annotation *annotation)
{
    struct vg_error error = {0};
    struct vg_genome_reference reference = {vg_text_from(""), tree->reference, tree->length};
    vg_assert_ok(vg_annotation_parse("genes", vg_text_from(genes), &reference, arena, annotation, &error), error);
    assert_int_equal(annotation->n_coding, 6);
}

static void test_whole_proteins(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct vg_error error = {0};
        struct vg_arena arena;
        struct vg_genome_annotation annotation;
        struct vg_tree_acids acids;
        struct vg_tree *tree = small_tree(seed > 8 ? 12 : 80, 70, seed);
        uint8_t reference[70], mutates[70] = {0};
        vg_arena_init(&arena, 0);
        for (uint32_t m = 0; m < tree->n_mutations; m++) {
            mutates[vg_mutation_site(tree->mutations[m])] = 1;
        }
        for (uint32_t p = 0; p < 70; p++) { /* UShER's form knows mutated sites alone: what else is not known hides codons, and no more */
            ((char *)(uintptr_t)tree->reference)[p] = seed > 8 && p % 3 == 0 && mutates[p] == 0 ? 'N' : tree->reference[p];
            reference[p] = vg_base_set_of_letter(tree->reference[p]);
        }
        read_genes(tree, &arena, &annotation);
        vg_assert_ok(vg_tree_acids_new(tree, &annotation, &arena, &acids, &error), error);
        check_acids(tree, &acids, reference);
        vg_tree_free(tree);
        vg_arena_release(&arena);
    }
}

static void test_refusals(void **state)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_genome_range range = {5, 71};
    struct vg_coding_sequence coding = {.name = vg_text_from("S"), .ranges = &range, .n_ranges = 1, .length = 66};
    struct vg_genome_annotation annotation = {&coding, 1};
    struct vg_tree_acids acids;
    struct vg_tree *tree = small_tree(20, 70, 3);
    (void)state;
    vg_arena_init(&arena, 0);
    assert_int_equal(vg_tree_acids_new(tree, &annotation, &arena, &acids, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "S lies beyond the tree's 70 sites"));
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

/* What is kept of an annotation is the annotation. */
static void test_kept_annotation(void **state)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_genome_annotation first, second;
    struct vg_buffer text;
    struct vg_tree *tree = small_tree(20, 70, 3);
    struct vg_genome_reference reference = {vg_text_from("a b;c"), tree->reference, tree->length};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&text, 0);
    read_genes(tree, &arena, &first);
    vg_annotation_put(&first, &reference, &text);
    vg_assert_ok(vg_annotation_parse("kept", vg_text_of(text.data, text.size), &reference, &arena, &second, &error), error);
    assert_int_equal(second.n_coding, first.n_coding);
    for (uint32_t c = 0; c < first.n_coding; c++) {
        const struct vg_coding_sequence *a = &first.coding[c], *b = &second.coding[c];
        assert_true(vg_text_equal(a->name, b->name) && a->length == b->length && a->phase == b->phase && a->reverse == b->reverse && a->n_ranges == b->n_ranges);
        assert_memory_equal(a->ranges, b->ranges, a->n_ranges * sizeof *a->ranges);
    }
    vg_buffer_release(&text);
    vg_tree_free(tree);
    vg_arena_release(&arena);
}

/* ------------------------------------------------------------------- schema */

static bool letters_of(const char *text, const char *allowed) { return *text != '\0' && text[strspn(text, allowed)] == '\0'; }
#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool is_change(const char *text, const char *letters)
{
    size_t size = strlen(text), digits = size > 2 ? strspn(text + 1, "0123456789") : 0;
    return digits > 0 && digits == size - 2 && strchr(letters, text[0]) != NULL && strchr(letters, text[size - 1]) != NULL;
}

static void only_keys(const json_t *object, const char *keys) /* "a b c" */
{
    const char *key;
    json_t *value;
    assert_true(json_is_object(object));
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        const char *found = strstr(keys, key);
        size_t size = strlen(key);
        if (found == NULL || (found != keys && found[-1] != ' ') || (found[size] != ' ' && found[size] != '\0')) {
            fail_msg("a key that the schema does not have: %s", key);
        }
    }
}

static void check_annotations(const json_t *annotations, long length)
{
    const char *name;
    json_t *one;
    assert_int_equal(json_integer_value(json_object_get(json_object_get(annotations, "nuc"), "start")), 1);
    json_object_foreach((json_t *)(uintptr_t)annotations, name, one) {
        const json_t *segments = json_object_get(one, "segments");
        const char *strand = json_string_value(json_object_get(one, "strand"));
        assert_true(letters_of(name, ALNUM "_-")); /* of annotations and of mutations, whose patterns differ */
        assert_true(strand != NULL && (strcmp(strand, "+") == 0 || (strcmp(strand, "-") == 0 && strcmp(name, "nuc") != 0)));
        for (size_t k = 0; k < (segments == NULL ? 1 : json_array_size(segments)); k++) {
            const json_t *range = segments == NULL ? one : json_array_get(segments, k);
            json_int_t start = json_integer_value(json_object_get(range, "start")), end = json_integer_value(json_object_get(range, "end"));
            assert_true(start >= 1 && end >= 2 && start <= end && end <= length);
        }
    }
}

static void check_colorings(const json_t *meta)
{
    const json_t *colorings = json_object_get(meta, "colorings"), *by = json_object_get(json_object_get(meta, "display_defaults"), "color_by");
    bool found = by == NULL;
    for (size_t i = 0; i < json_array_size(colorings); i++) {
        const json_t *one = json_array_get(colorings, i);
        const char *type = json_string_value(json_object_get(one, "type")), *key = json_string_value(json_object_get(one, "key"));
        only_keys(one, "key title type");
        assert_non_null(type);
        assert_non_null(key);
        assert_string_not_equal(key, "none");
        assert_true(strcmp(type, "continuous") == 0 || strcmp(type, "temporal") == 0 || strcmp(type, "categorical") == 0);
        found = found || json_equal(by, json_object_get(one, "key"));
    }
    assert_true(json_array_size(colorings) > 0 && found);
}

static void check_meta(const json_t *meta, long length)
{
    const char *updated = json_string_value(json_object_get(meta, "updated")), *measure = json_string_value(json_object_get(json_object_get(meta, "display_defaults"), "distance_measure"));
    only_keys(meta, "title updated panels colorings filters genome_annotations display_defaults extensions");
    only_keys(json_object_get(meta, "display_defaults"), "distance_measure color_by");
    assert_true(updated != NULL && strlen(updated) == 10 && updated[4] == '-' && updated[7] == '-' && strspn(updated, "0123456789-") == 10);
    assert_true(json_array_size(json_object_get(meta, "panels")) > 0);
    assert_true(measure != NULL && (strcmp(measure, "div") == 0 || strcmp(measure, "num_date") == 0));
    check_annotations(json_object_get(meta, "genome_annotations"), length);
    check_colorings(meta);
}

static void check_attributes(const json_t *attributes)
{
    const char *key;
    json_t *one;
    assert_true(json_is_number(json_object_get(attributes, "div")));
    json_object_foreach((json_t *)(uintptr_t)attributes, key, one) {
        const json_t *value = json_object_get(one, "value");
        assert_string_not_equal(key, "none");
        if (strcmp(key, "accession") == 0 || strcmp(key, "url") == 0) {
            assert_true(json_is_string(one));
        } else if (strcmp(key, "div") != 0) {
            assert_true(json_is_string(value) || json_is_number(value));
        }
        if (strcmp(key, "num_date") == 0) {
            const json_t *confidence = json_object_get(one, "confidence");
            assert_true(json_is_number(value));
            assert_true(confidence == NULL || (json_array_size(confidence) == 2 && json_is_number(json_array_get(confidence, 0)) && json_is_number(json_array_get(confidence, 1))));
        }
    }
}

static size_t check_branch(const json_t *branch, const json_t *annotations)
{
    const char *key;
    json_t *one;
    size_t n_acids = 0;
    json_object_foreach(json_object_get(branch, "mutations"), key, one) {
        bool nucleotides = strcmp(key, "nuc") == 0;
        assert_non_null(json_object_get(annotations, key));
        assert_true(json_is_array(one) && json_array_size(one) > 0);
        for (size_t i = 0; i < json_array_size(one); i++) {
            assert_true(is_change(json_string_value(json_array_get(one, i)), nucleotides ? "ACGT-" : "ABCDEFGHIJKLMNOPQRSTUVWXYZ*-"));
        }
        n_acids += nucleotides ? 0 : json_array_size(one);
    }
    json_object_foreach(json_object_get(branch, "labels"), key, one) {
        assert_true(letters_of(key, ALNUM) && strcmp(key, "none") != 0 && json_is_string(one));
    }
    return n_acids;
}

static size_t check_node(const json_t *node, const json_t *annotations)
{
    const json_t *children = json_object_get(node, "children");
    size_t n = check_branch(json_object_get(node, "branch_attrs"), annotations);
    only_keys(node, "name node_attrs branch_attrs children");
    assert_true(json_is_string(json_object_get(node, "name")));
    assert_true(children == NULL || json_array_size(children) > 0);
    check_attributes(json_object_get(node, "node_attrs"));
    for (size_t i = 0; i < json_array_size(children); i++) {
        n += check_node(json_array_get(children, i), annotations);
    }
    return n;
}

static json_t *written(const struct vg_tree *tree, const struct vg_tree_acids *acids, struct vg_buffer *out)
{
    struct vg_error error = {0};
    json_error_t fault;
    struct vg_tree_write_options options = {.title = "a \"tree\"", .updated = 19000, .acids = acids};
    struct vg_tree_sink sink = vg_tree_sink_of(out);
    vg_assert_ok(vg_tree_write(tree, VG_TREE_AUSPICE, &options, &sink, &error), error);
    json_t *json = json_loadb(out->data, out->size, JSON_REJECT_DUPLICATES, &fault);
    if (json == NULL) {
        fail_msg("%s at %d", fault.text, fault.position);
    }
    return json;
}

static void test_auspice_schema(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        struct vg_error error = {0};
        struct vg_arena arena;
        struct vg_genome_annotation annotation;
        struct vg_tree_acids acids;
        struct vg_buffer out;
        struct vg_tree *tree = small_tree(60, 70, seed), dressed = *tree, *again;
        double years[3][60];
        uint32_t codes[60];
        struct vg_text words[2] = {vg_text_from("x/1"), vg_text_from("y \"2\"")};
        struct vg_tree_column columns[8];
        static const char *const names[] = {"num_date", "num_date_low", "num_date_high"};
        for (uint32_t i = 0; i < 3; i++) {
            for (uint32_t v = 0; v < 60; v++) {
                years[i][v] = seed == 2 && v == 7 ? NAN : 2020 + v / 100.0 + (i == 1 ? -0.01 : i == 2 ? 0.02 : 0);
                codes[v] = v % 3 == 2 ? VG_TREE_NONE : v % 3;
            }
            columns[i] = (struct vg_tree_column){.name = vg_text_from(names[i]), .numbers = years[i]};
        }
        columns[3] = (struct vg_tree_column){.name = vg_text_from("accession"), .codes = codes, .values = words, .n_values = 2};
        columns[4] = (struct vg_tree_column){.name = vg_text_from("lineage"), .is_clade = seed > 3, .codes = codes, .values = words, .n_values = 2};
        columns[5] = (struct vg_tree_column){.name = vg_text_from("none"), .codes = codes, .values = words, .n_values = 2};
        dressed.columns = columns;
        dressed.n_columns = 6;
        vg_arena_init(&arena, 0);
        vg_buffer_init(&out, 0);
        read_genes(tree, &arena, &annotation);
        vg_assert_ok(vg_tree_acids_new(tree, &annotation, &arena, &acids, &error), error);
        json_t *json = written(&dressed, seed == 1 ? NULL : &acids, &out);
        const json_t *meta = json_object_get(json, "meta");
        only_keys(json, "version meta root_sequence tree");
        assert_string_equal(json_string_value(json_object_get(json, "version")), "v2");
        check_meta(meta, 70);
        assert_int_equal(check_node(json_object_get(json, "tree"), json_object_get(meta, "genome_annotations")), seed == 1 ? 0 : acids.start[60]);
        assert_int_equal(json_object_size(json_object_get(json, "root_sequence")), seed == 1 ? 1 : 7);
        assert_string_equal(json_string_value(json_object_get(json_object_get(meta, "display_defaults"), "distance_measure")), seed == 2 ? "div" : "num_date");
        /* Dates keep their intervals. */
        struct vg_text at = {out.data, out.size};
        struct vg_tree_source source = vg_tree_source_of(&at, "auspice");
        vg_assert_ok(vg_tree_read(VG_TREE_AUSPICE, &source, &again, &error), error);
        for (uint32_t i = 0; i < 3; i++) {
            const struct vg_tree_column *column = vg_tree_column(again, names[i]);
            assert_non_null(column);
            for (uint32_t v = 0; v < 60; v++) {
                assert_true(isnan(years[i][v]) ? isnan(column->numbers[v]) : fabs(column->numbers[v] - years[i][v]) < 1e-9);
            }
        }
        vg_tree_free(again);
        json_decref(json);
        vg_buffer_release(&out);
        vg_arena_release(&arena);
        vg_tree_free(tree);
    }
}

/* As Taxonium's viewer finds the base of a node: the nearest mutation of the site, going up to the root. X: none. */
static char viewer_base(json_t *const *lines, json_t *kinds, size_t node, uint32_t site)
{
    for (;;) {
        json_t *list = json_object_get(lines[node], "mutations");
        for (size_t i = 0; i < json_array_size(list); i++) {
            json_t *kind = json_array_get(kinds, (size_t)json_integer_value(json_array_get(list, i)));
            assert_int_equal(json_integer_value(json_object_get(kind, "mutation_id")), json_integer_value(json_array_get(list, i)));
            if (strcmp(json_string_value(json_object_get(kind, "gene")), "nt") == 0 && json_integer_value(json_object_get(kind, "residue_pos")) == site + 1) {
                return json_string_value(json_object_get(kind, "new_residue"))[0];
            }
        }
        size_t parent = (size_t)json_integer_value(json_object_get(lines[node], "parent_id"));
        if (parent == node) {
            return 'X';
        }
        node = parent;
    }
}

/* Leaves stand at 0, 1, 2, ..., which the viewer scales; whoever is asked has the base that the tree says, changed or not. */
static void check_as_viewed(const struct vg_tree *tree, json_t *const *lines, json_t *kinds)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_tree_names *names;
    char *seen = calloc(tree->length, 1);
    uint32_t leaf = 0;
    vg_arena_init(&arena, 0);
    vg_assert_ok(vg_tree_names_new(tree, &names, &error), error);
    for (uint32_t m = 0; m < tree->n_mutations; m++) {
        seen[vg_mutation_site(tree->mutations[m])] = 1;
    }
    for (uint32_t i = 0; i < tree->n_nodes; i++) {
        const char *name = json_string_value(json_object_get(lines[i], "name"));
        uint32_t v = vg_tree_names_find(names, vg_text_from(name));
        v = v == VG_TREE_NONE && strncmp(name, "node_", 5) == 0 ? (uint32_t)strtoul(name + 5, NULL, 10) - 1 : v;
        assert_true(v < tree->n_nodes);
        if (vg_tree_is_leaf(tree, v)) {
            assert_true(json_number_value(json_object_get(lines[i], "y")) == leaf++);
        }
        assert_null(json_object_get(lines[i], "x_time")); /* the tree has no dates */
        for (uint32_t site = 0; site < tree->length; site++) {
            char base = viewer_base(lines, kinds, i, site), own = tree->reference[site];
            for (uint32_t at = v;; at = tree->parent[at]) {
                uint32_t m = tree->mutation_start[at];
                while (m < tree->mutation_start[at + 1] && vg_mutation_site(tree->mutations[m]) != site) {
                    m++;
                }
                if (m < tree->mutation_start[at + 1]) {
                    own = "ACGT"[vg_mutation_to(tree->mutations[m])];
                    break;
                }
                if (at == 0) {
                    break;
                }
            }
            assert_int_equal(base, seen[site] ? own : 'X');
        }
    }
    free(seen);
    vg_tree_names_free(names);
    vg_arena_release(&arena);
}

/* Taxonium has amino acids beside nucleotides, and reads as before. */
static void test_taxonium(void **state)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_genome_annotation annotation;
    struct vg_tree_acids acids;
    struct vg_buffer out;
    struct vg_tree *tree = small_tree(60, 70, 5), *again;
    struct vg_tree_write_options options = {.updated = 19000, .acids = &acids};
    struct vg_tree_sink sink = vg_tree_sink_of(&out);
    size_t n_acids = 0, n = 0, n_roots = 0, line = 0;
    json_t *kinds = NULL, *lines[61] = {NULL};
    (void)state;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&out, 0);
    read_genes(tree, &arena, &annotation);
    vg_assert_ok(vg_tree_acids_new(tree, &annotation, &arena, &acids, &error), error);
    vg_assert_ok(vg_tree_write(tree, VG_TREE_TAXONIUM, &options, &sink, &error), error);
    struct vg_text at = {out.data, out.size};
    struct vg_tree_source source = vg_tree_source_of(&at, "taxonium");
    vg_assert_ok(vg_tree_read(VG_TREE_TAXONIUM, &source, &again, &error), error);
    assert_int_equal(again->n_mutations, tree->n_mutations);
    for (char *next = out.data; *next != '\0'; line++) {
        char *end = strchr(next, '\n');
        json_t *json = json_loadb(next, (size_t)(end - next), 0, NULL);
        assert_non_null(json);
        next = end + 1;
        if (line == 0) {
            kinds = json_incref(json_object_get(json, "mutations"));
        }
        for (size_t i = 0; line > 0 && i < json_array_size(json_object_get(json, "mutations")); i++, n++) {
            const json_t *kind = json_array_get(kinds, (size_t)json_integer_value(json_array_get(json_object_get(json, "mutations"), i)));
            assert_non_null(kind);
            n_acids += strcmp(json_string_value(json_object_get(kind, "type")), "aa") == 0;
            n_roots += strcmp(json_string_value(json_object_get(kind, "previous_residue")), "X") == 0;
        }
        assert_true(line <= 60);
        lines[line] = json;
    }
    assert_int_equal(n_acids, acids.start[60]);
    assert_true(n_roots > 0);
    assert_int_equal(n, acids.start[60] + tree->n_mutations + n_roots);
    check_as_viewed(tree, lines + 1, kinds);
    for (uint32_t m = 0; m < tree->n_mutations; m++) { /* the root's bases are a reference to whoever reads it */
        uint32_t site = vg_mutation_site(tree->mutations[m]);
        assert_int_equal(again->reference[site], tree->reference[site]);
    }
    assert_int_equal(again->n_ignored, 0);
    for (size_t i = 0; i < line; i++) {
        json_decref(lines[i]);
    }
    json_decref(kinds);
    vg_tree_free(again);
    vg_tree_free(tree);
    vg_buffer_release(&out);
    vg_arena_release(&arena);
}

/* Nextclade's dengue tree tells the amino acids of all branches, by another program. */
static void test_real_tree(void **state)
{
    char tree_path[4096], gene_path[4096];
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_genome_annotation annotation;
    struct vg_tree_acids acids;
    struct vg_buffer name, list;
    size_t size, n = 0;
    (void)state;
    vg_shared_or_skip("genomes/dengue/tree.json.gz", tree_path);
    vg_shared_or_skip("genomes/dengue/genome_annotation.gff3", gene_path);
    struct vg_tree *tree = genome_tree(tree_path, VG_TREE_AUSPICE);
    struct vg_genome_reference reference = {tree->reference_name, tree->reference, tree->length};
    char *bytes = genome_file(tree_path, &size);
    json_t *json = json_loadb(bytes, size, 0, NULL), **open = malloc(sizeof *open * ((size_t)tree->n_nodes + 1));
    size_t n_open = 0;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&name, 0);
    vg_buffer_init(&list, 0);
    vg_assert_ok(vg_annotation_read(gene_path, &reference, &arena, &annotation, &error), error);
    vg_assert_ok(vg_tree_acids_new(tree, &annotation, &arena, &acids, &error), error);
    open[n_open++] = json_object_get(json, "tree");
    for (uint32_t v = 0; v < tree->n_nodes; v++) { /* in the file's order */
        const json_t *node = open[--n_open], *children = json_object_get(node, "children"), *mutations = json_object_get(json_object_get(node, "branch_attrs"), "mutations");
        const char *gene;
        json_t *one;
        uint32_t told = 0;
        for (size_t i = json_array_size(children); i-- > 0;) {
            open[n_open++] = json_array_get(children, i);
        }
        vg_buffer_clear(&list);
        for (uint32_t i = acids.start[v]; i < acids.start[v + 1]; i++) {
            vg_buffer_char(&list, ' ');
            vg_acid_change_put(&annotation, &acids.changes[i], &list);
            vg_buffer_char(&list, ' ');
        }
        json_object_foreach((json_t *)(uintptr_t)mutations, gene, one) {
            for (size_t i = 0; strcmp(gene, "nuc") != 0 && i < json_array_size(one); i++, told++) {
                vg_buffer_clear(&name);
                vg_buffer_format(&name, " %s:%s ", gene, json_string_value(json_array_get(one, i)));
                assert_true(list.size > 0 && strstr(list.data, name.data) != NULL);
            }
        }
        assert_int_equal(told, acids.start[v + 1] - acids.start[v]);
        n += told;
    }
    assert_int_equal(n, 12095);
    free(open);
    free(bytes);
    json_decref(json);
    vg_buffer_release(&name);
    vg_buffer_release(&list);
    vg_arena_release(&arena);
    vg_tree_free(tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_proteins), cmocka_unit_test(test_refusals), cmocka_unit_test(test_kept_annotation),
        cmocka_unit_test(test_auspice_schema), cmocka_unit_test(test_taxonium), cmocka_unit_test(test_real_tree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
