/*
 * Parameters of alignment and quality control: Nextclade's pathogen.json (docs.nextstrain.org, "Pathogen configuration"), and Vigía's own quality.toml. What a file
 * does not name keeps its value.
 */
#include "intake/genome/genome.h"

#include "intake/scenario/toml.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum kind { INTEGER, SITES, NUMBER, SWITCH };
struct key {
    const char *section, *name;     /* in pathogen.json */
    const char *own_section, *own;  /* in quality.toml */
    enum kind kind;
    bool align;                     /* in vg_align_parameters, else in vg_quality_parameters */
    size_t offset;
    double low, high;
};
#define ALIGN(name_, own_, kind_, field, low_, high_) {"alignmentParams", name_, "align", own_, kind_, true, offsetof(struct vg_align_parameters, field), low_, high_}
#define QUALITY(section_, name_, own_, kind_, field, low_, high_) {section_, name_, "quality", own_, kind_, false, offsetof(struct vg_quality_parameters, field), low_, high_}

static const struct key keys[] = {
    ALIGN("scoreMatch", "match", INTEGER, match, 1, 100),
    ALIGN("penaltyMismatch", "mismatch", INTEGER, mismatch, 0, 100),
    ALIGN("penaltyGapOpen", "gap_open", INTEGER, gap_open, 0, 100),
    ALIGN("penaltyGapOpenInFrame", "gap_open_in_frame", INTEGER, gap_open_in_frame, 0, 100),
    ALIGN("penaltyGapOpenOutOfFrame", "gap_open_out_of_frame", INTEGER, gap_open_out_of_frame, 0, 100),
    ALIGN("penaltyGapExtend", "gap_extend", INTEGER, gap_extend, 0, 100),
    ALIGN("minLength", "least_length", SITES, least_length, 0, 1e9),
    ALIGN("minSeedCover", "least_cover", NUMBER, least_cover, 0, 1),
    ALIGN("retryReverseComplement", "reverse_too", SWITCH, reverse_too, 0, 0),
    QUALITY("missingData", "enabled", "missing", SWITCH, missing, 0, 0),
    QUALITY("missingData", "scoreBias", "missing_bias", NUMBER, missing_bias, 0, 1e9),
    QUALITY("missingData", "missingDataThreshold", "missing_span", NUMBER, missing_span, 1e-3, 1e9),
    QUALITY("mixedSites", "enabled", "mixed", SWITCH, mixed, 0, 0),
    QUALITY("mixedSites", "mixedSitesThreshold", "mixed_most", NUMBER, mixed_most, 1e-3, 1e9),
    QUALITY("privateMutations", "enabled", "private", SWITCH, private_changes, 0, 0),
    QUALITY("privateMutations", "typical", "private_typical", NUMBER, private_typical, 0, 1e9),
    QUALITY("privateMutations", "cutoff", "private_cutoff", NUMBER, private_cutoff, 1e-3, 1e9),
    QUALITY("privateMutations", "weightReversionSubstitutions", "private_reversion_weight", NUMBER, private_reversion_weight, 0, 1e6),
    QUALITY("privateMutations", "weightLabeledSubstitutions", "private_labelled_weight", NUMBER, private_labelled_weight, 0, 1e6),
    QUALITY("privateMutations", "weightUnlabeledSubstitutions", "private_other_weight", NUMBER, private_other_weight, 0, 1e6),
    QUALITY("snpClusters", "enabled", "clusters", SWITCH, clusters, 0, 0),
    QUALITY("snpClusters", "windowSize", "cluster_window", SITES, cluster_window, 1, 1e6),
    QUALITY("snpClusters", "clusterCutOff", "cluster_cutoff", SITES, cluster_cutoff, 1, 1e6),
    QUALITY("snpClusters", "scoreWeight", "cluster_weight", NUMBER, cluster_weight, 0, 1e6),
    QUALITY("frameShifts", "enabled", "frame_shifts", SWITCH, frame_shifts, 0, 0),
    QUALITY("frameShifts", "scoreWeight", "frame_shift_weight", NUMBER, frame_shift_weight, 0, 1e6),
    QUALITY("stopCodons", "enabled", "stop_codons", SWITCH, stop_codons, 0, 0),
    QUALITY("stopCodons", "scoreWeight", "stop_codon_weight", NUMBER, stop_codon_weight, 0, 1e6),
};
#define N_KEYS (sizeof keys / sizeof *keys)

static void set_value(const struct key *key, struct vg_genome_data_set *set, double number, bool flag)
{
    char *at = (key->align ? (char *)&set->align : (char *)&set->quality) + key->offset;
    if (key->kind == SWITCH) {
        memcpy(at, &flag, sizeof flag);
    } else if (key->kind == INTEGER) {
        int value = (int)number;
        memcpy(at, &value, sizeof value);
    } else if (key->kind == SITES) {
        uint32_t value = (uint32_t)number;
        memcpy(at, &value, sizeof value);
    } else {
        memcpy(at, &number, sizeof number);
    }
}

static bool in_bounds(const struct key *key, double number)
{
    return number >= key->low && number <= key->high && (key->kind == NUMBER || number == floor(number));
}

/* ------------------------------------------------------------- pathogen.json */

struct pathogen {
    const char *name;
    struct vg_arena *arena;
    struct vg_genome_data_set *set;
    struct vg_error *error;
};

static vg_status set_key(const struct pathogen *p, const struct key *key, const json_t *value)
{
    if (key->kind == SWITCH) {
        if (!json_is_boolean(value)) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s: %s.%s should be true or false", p->name, key->section, key->name);
        }
        set_value(key, p->set, 0, json_is_true(value));
        return VG_OK;
    }
    if (!json_is_number(value) || !in_bounds(key, json_number_value(value))) {
        return vg_fail(p->error, VG_DATA_ERROR, "%s: %s.%s should be %s from %g to %g", p->name, key->section, key->name, key->kind == NUMBER ? "a number" : "a whole number",
                       key->low, key->high);
    }
    set_value(key, p->set, json_number_value(value), false);
    return VG_OK;
}

static vg_status set_keys(const struct pathogen *p, const json_t *align, const json_t *quality)
{
    vg_status status = VG_OK;
    for (size_t k = 0; k < N_KEYS && status == VG_OK; k++) {
        const json_t *section = keys[k].align ? align : json_object_get(quality, keys[k].section), *value = json_object_get(section, keys[k].name);
        if (value != NULL) {
            status = set_key(p, &keys[k], value);
        } else if (section != NULL && !keys[k].align && strcmp(keys[k].name, "enabled") == 0) {
            set_value(&keys[k], p->set, 0, true); /* a rule that is described is on */
        }
    }
    return status;
}

static struct vg_text copy_text(struct vg_arena *arena, const json_t *value)
{
    const char *copy = json_is_string(value) ? vg_arena_copy_bytes(arena, json_string_value(value), json_string_length(value)) : NULL;
    return vg_text_of(copy, copy == NULL ? 0 : json_string_length(value));
}

/* The codons of ignoredFrameShifts (with ranges) or ignoredStopCodons (single ones), both from 0. */
static vg_status known_codons(const struct pathogen *p, const json_t *list, const char *what, const struct vg_codon_range **ranges, uint32_t *n)
{
    size_t count = json_array_size(list);
    if (list == NULL || count == 0) {
        return VG_OK;
    }
    struct vg_codon_range *out = VG_ARENA_ARRAY(p->arena, struct vg_codon_range, count);
    if (out == NULL) {
        return vg_fail_memory(p->error, count * sizeof *out);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(list, i), *range = json_object_get(item, "codonRange"), *codon = json_object_get(item, "codon");
        const json_t *begin = range == NULL ? codon : json_object_get(range, "begin"), *end = json_object_get(range, "end"), *coding = json_object_get(item, "cdsName");
        coding = coding == NULL ? json_object_get(item, "geneName") : coding;
        out[i].coding = copy_text(p->arena, coding);
        json_int_t first = json_integer_value(begin), last = range == NULL ? first + 1 : json_integer_value(end);
        if (out[i].coding.data == NULL || !json_is_integer(begin) || (range != NULL && !json_is_integer(end)) || first < 0 || last < first || last > INT32_MAX) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s: item %zu of %s should have cdsName and codonRange {begin, end} or codon", p->name, i + 1, what);
        }
        out[i].begin = (uint32_t)first;
        out[i].end = (uint32_t)last;
    }
    *ranges = out;
    *n = (uint32_t)count;
    return VG_OK;
}

static int by_place(const void *a, const void *b)
{
    const struct vg_labelled_change *x = a, *y = b;
    return x->position != y->position ? (x->position < y->position ? -1 : 1) : (int)x->base - (int)y->base;
}

/* "241T" (or "C241T"): the site and what it becomes. */
static bool read_change(struct vg_text text, struct vg_labelled_change *change)
{
    int64_t position;
    size_t skip = text.size > 0 && vg_base_set_of_letter(text.data[0]) != 0 ? 1 : 0;
    if (text.size < skip + 2 || !vg_parse_integer(vg_text_of(text.data + skip, text.size - skip - 1), &position) || position < 1 || position > VG_GENOME_LENGTH_MAX) {
        return false;
    }
    change->position = (uint32_t)position - 1;
    change->base = vg_base_set_of_letter(text.data[text.size - 1]);
    return change->base != 0;
}

static struct vg_text join_labels(struct vg_arena *arena, const json_t *labels)
{
    struct vg_buffer all;
    vg_buffer_init(&all, 1 << 16);
    for (size_t i = 0; i < json_array_size(labels); i++) {
        const char *label = json_string_value(json_array_get(labels, i));
        if (label != NULL) {
            vg_buffer_text(&all, all.size == 0 ? "" : ",");
            vg_buffer_text(&all, label);
        }
    }
    struct vg_text text = vg_text_of(vg_arena_copy_bytes(arena, all.data == NULL ? "" : all.data, all.size), all.size);
    vg_buffer_release(&all);
    return text;
}

static vg_status labelled_changes(const struct pathogen *p, json_t *map)
{
    size_t count = json_object_size(map), n = 0;
    const char *key;
    json_t *labels;
    if (count == 0) {
        return VG_OK;
    }
    struct vg_labelled_change *out = VG_ARENA_ARRAY(p->arena, struct vg_labelled_change, count);
    if (out == NULL) {
        return vg_fail_memory(p->error, count * sizeof *out);
    }
    json_object_foreach(map, key, labels) {
        if (!read_change(vg_text_from(key), &out[n])) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s: \"%.40s\" in mutLabels should be a site and a base, such as 241T", p->name, key);
        }
        out[n++].labels = join_labels(p->arena, labels);
    }
    qsort(out, n, sizeof *out, by_place);
    p->set->quality.labelled = out;
    p->set->quality.n_labelled = (uint32_t)n;
    return VG_OK;
}

/*
 * Presets stand for parameters of Nextclade's own search; what of them matters here is how little of a genome may be found by words. Its side of a gap is not that of the gap's sites: with
 * "right" it takes the first of equally good places (the gaps of SARS-CoV-2's tree, whose data set says so, are at 21765, 28271 and 28362 and not behind), with "left" the last.
 */
static void apply_preset(const json_t *align, struct vg_align_parameters *parameters)
{
    const char *preset = json_string_value(json_object_get(align, "alignmentPreset")), *side = json_string_value(json_object_get(align, "gapAlignmentSide"));
    if (preset != NULL && (strcmp(preset, "high-diversity") == 0 || strcmp(preset, "moderate-diversity") == 0 || strcmp(preset, "short-sequences") == 0)) {
        parameters->least_cover = 0.1;
    }
    if (side != NULL) {
        parameters->gaps_right = strcmp(side, "left") == 0;
    }
}

static vg_status fill_pathogen(const struct pathogen *p, const json_t *root, const char **annotation_file, const char **tree_file)
{
    const json_t *align = json_object_get(root, "alignmentParams"), *quality = json_object_get(root, "qc"), *files = json_object_get(root, "files");
    struct vg_quality_parameters *q = &p->set->quality;
    apply_preset(align, &p->set->align);
    vg_status status = set_keys(p, align, quality);
    if (status == VG_OK) {
        status = known_codons(p, json_object_get(json_object_get(quality, "frameShifts"), "ignoredFrameShifts"), "ignoredFrameShifts", &q->known_frame_shifts, &q->n_known_frame_shifts);
    }
    if (status == VG_OK) {
        status = known_codons(p, json_object_get(json_object_get(quality, "stopCodons"), "ignoredStopCodons"), "ignoredStopCodons", &q->known_stop_codons, &q->n_known_stop_codons);
    }
    if (status == VG_OK) {
        status = labelled_changes(p, json_object_get(json_object_get(root, "mutLabels"), "nucMutLabelMap"));
    }
    struct vg_text name = copy_text(p->arena, json_object_get(json_object_get(root, "attributes"), "name"));
    p->set->name = name.size > 0 ? name : p->set->name;
    *annotation_file = copy_text(p->arena, json_object_get(files, "genomeAnnotation")).data;
    *tree_file = copy_text(p->arena, json_object_get(files, "treeJson")).data;
    return status;
}

vg_status vg_pathogen_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, const char **annotation_file,
                            const char **tree_file, struct vg_error *error)
{
    json_error_t fault;
    json_t *root = json_loadb(text.size == 0 ? "" : text.data, text.size, JSON_REJECT_DUPLICATES, &fault);
    *annotation_file = *tree_file = NULL;
    if (root == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s is no JSON: line %d, column %d: %s", name, fault.line, fault.column, fault.text);
    }
    struct pathogen pathogen = {name, arena, set, error};
    vg_status status = json_is_object(root) ? fill_pathogen(&pathogen, root, annotation_file, tree_file) : vg_fail(error, VG_DATA_ERROR, "%s should be an object { ... }", name);
    json_decref(root);
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

/* -------------------------------------------------------------- quality.toml */

/* "ORF3a:257-276": codons from 1, both included; "ORF8:27": one. */
static bool read_codons(const char *text, struct vg_codon_range *range)
{
    const char *colon = strrchr(text, ':'), *dash = colon == NULL ? NULL : strchr(colon, '-');
    int64_t first, last;
    if (colon == NULL || colon == text || !vg_parse_integer(vg_text_of(colon + 1, dash == NULL ? strlen(colon + 1) : (size_t)(dash - colon - 1)), &first)) {
        return false;
    }
    last = first;
    if ((dash != NULL && !vg_parse_integer(vg_text_from(dash + 1), &last)) || first < 1 || last < first || last > INT32_MAX) {
        return false;
    }
    *range = (struct vg_codon_range){vg_text_of(text, (size_t)(colon - text)), (uint32_t)first - 1, (uint32_t)last};
    return true;
}

static vg_status own_list(const struct pathogen *p, const struct toml_entry *entry)
{
    const struct toml_value *value = &entry->value;
    bool shifts = strcmp(entry->key, "known_frame_shifts") == 0, labelled = strcmp(entry->key, "labelled") == 0;
    size_t n = value->kind == TOML_ARRAY ? value->n_items : 0;
    struct vg_codon_range *ranges = VG_ARENA_ARRAY(p->arena, struct vg_codon_range, n + 1);
    struct vg_labelled_change *changes = VG_ARENA_ARRAY(p->arena, struct vg_labelled_change, n + 1);
    if (ranges == NULL || changes == NULL) {
        return vg_fail_memory(p->error, n * sizeof *ranges);
    }
    for (size_t i = 0; i < n; i++) {
        const struct toml_value *item = &value->items[i];
        bool fine = item->kind == TOML_TEXT && (labelled ? read_change(vg_text_from(item->text), &changes[i]) : read_codons(item->text, &ranges[i]));
        if (!fine) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s", p->name, item->line, item->column,
                           labelled ? "a site and a base are expected, such as \"241T\"" : "codons are expected, such as \"ORF3a:257-276\" or \"ORF8:27\"");
        }
    }
    if (value->kind != TOML_ARRAY) {
        return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u: %s should be a list [ ... ]", p->name, entry->line, entry->key);
    }
    struct vg_quality_parameters *q = &p->set->quality;
    if (labelled) {
        qsort(changes, n, sizeof *changes, by_place);
        q->labelled = changes;
        q->n_labelled = (uint32_t)n;
    } else if (shifts) {
        q->known_frame_shifts = ranges;
        q->n_known_frame_shifts = (uint32_t)n;
    } else {
        q->known_stop_codons = ranges;
        q->n_known_stop_codons = (uint32_t)n;
    }
    return VG_OK;
}

static vg_status own_key(const struct pathogen *p, const struct toml_table *table, const struct toml_entry *entry)
{
    const struct toml_value *value = &entry->value;
    bool quality = strcmp(table->name, "quality") == 0, align = strcmp(table->name, "align") == 0;
    if (table->name[0] == '\0' && strcmp(entry->key, "name") == 0 && value->kind == TOML_TEXT) {
        p->set->name = vg_text_from(value->text);
        return VG_OK;
    }
    if (quality && (strcmp(entry->key, "known_frame_shifts") == 0 || strcmp(entry->key, "known_stop_codons") == 0 || strcmp(entry->key, "labelled") == 0)) {
        return own_list(p, entry);
    }
    if (align && strcmp(entry->key, "gaps_right") == 0 && value->kind == TOML_BOOLEAN) {
        p->set->align.gaps_right = value->boolean;
        return VG_OK;
    }
    for (size_t k = 0; k < N_KEYS; k++) {
        if (strcmp(table->name, keys[k].own_section) != 0 || strcmp(entry->key, keys[k].own) != 0) {
            continue;
        }
        bool fine = keys[k].kind == SWITCH ? value->kind == TOML_BOOLEAN : value->kind == TOML_NUMBER && in_bounds(&keys[k], value->number);
        if (!fine && keys[k].kind == SWITCH) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s should be true or false", p->name, value->line, value->column, entry->key);
        }
        if (!fine) {
            return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s should be %s from %g to %g", p->name, value->line, value->column, entry->key,
                           keys[k].kind == NUMBER ? "a number" : "a whole number", keys[k].low, keys[k].high);
        }
        set_value(&keys[k], p->set, value->number, value->boolean);
        return VG_OK;
    }
    return vg_fail(p->error, VG_DATA_ERROR, "%s, line %u, column %u: %s is no key of [%s]; docs/genomes.md lists them", p->name, entry->line, entry->column, entry->key, table->name);
}

vg_status vg_quality_parse(const char *name, struct vg_text text, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error)
{
    struct toml_table *tables = NULL;
    struct pathogen pathogen = {name, arena, set, error};
    vg_status status = toml_parse(name, text, arena, &tables, error);
    for (const struct toml_table *table = tables; status == VG_OK && table != NULL; table = table->next) {
        for (const struct toml_entry *entry = table->first; status == VG_OK && entry != NULL; entry = entry->next) {
            status = own_key(&pathogen, table, entry);
        }
    }
    return status;
}
