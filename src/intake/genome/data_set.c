/*
 * A data set's folder: which of its files are there, read one after the other.
 */
#include "intake/genome/genome.h"

#include "intake/reader.h"

#include <string.h>
#include <sys/stat.h>

#define TEXT_BYTES_MAX ((uint64_t)64 << 20)

static bool is_file(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && !S_ISDIR(facts.st_mode);
}

/* folder/name as it is, or compressed; NULL: not there. */
static const char *find_file(struct vg_arena *arena, const char *folder, const char *name)
{
    static const char *const endings[] = {"", ".gz", ".zst"};
    for (size_t k = 0; name != NULL && k < sizeof endings / sizeof *endings; k++) {
        const char *path = vg_arena_format(arena, "%s/%s%s", folder, name, endings[k]);
        if (path != NULL && is_file(path)) {
            return path;
        }
    }
    return NULL;
}

/* The whole file, decompressed, with a NUL behind it. */
static vg_status read_text(const char *path, struct vg_arena *arena, struct vg_text *text, struct vg_error *error)
{
    struct vg_file_map map = {0};
    struct vg_reader_kind kind;
    struct vg_source *source = NULL;
    struct vg_buffer all;
    vg_buffer_init(&all, 0);
    vg_status status = vg_file_map_open(path, &map, error);
    if (status != VG_OK) {
        return status;
    }
    status = vg_reader_kind_of(path, map.data, map.size, &kind, error);
    if (status == VG_OK) {
        status = vg_source_open(path, kind.compression, map.data, map.size, TEXT_BYTES_MAX, &source, error);
    }
    for (size_t got = 1; status == VG_OK && got > 0;) {
        status = vg_buffer_reserve(&all, 1 << 16) ? vg_source_read(source, all.data + all.size, 1 << 16, &got, error) : vg_fail_memory(error, 1 << 16);
        all.size += status == VG_OK ? got : 0;
    }
    if (status == VG_OK) {
        text->size = all.size;
        text->data = vg_arena_copy_bytes(arena, all.size == 0 ? "" : all.data, all.size);
        status = text->data == NULL ? vg_fail_memory(error, all.size) : VG_OK;
    }
    vg_source_close(source);
    vg_file_map_close(&map);
    vg_buffer_release(&all);
    return status;
}

static vg_status take_reference(const char *path, const struct vg_fasta_record *record, struct vg_arena *arena, struct vg_genome_reference *reference, struct vg_error *error)
{
    struct vg_fasta_fault fault;
    size_t length = 0;
    char *letters = vg_arena_alloc(arena, record->body.size + 33, 1), *name = vg_arena_copy_bytes(arena, record->name.data, record->name.size);
    if (letters == NULL || name == NULL) {
        return vg_fail_memory(error, record->body.size);
    }
    if (!record->too_long && !vg_fasta_letters(record, letters, &length, &fault)) {
        if (fault.amino_acids) {
            return vg_fail(error, VG_DATA_ERROR, "%s, line %llu, column %llu: these are amino acids (\"%c\" is no base), and the reference's nucleotides were expected", path,
                           (unsigned long long)fault.line, (unsigned long long)fault.column, fault.found);
        }
        return vg_fail(error, VG_DATA_ERROR, "%s, line %llu, column %llu: a base was expected, found the byte %u%s%c", path, (unsigned long long)fault.line,
                       (unsigned long long)fault.column, fault.found, fault.found > 32 && fault.found < 127 ? ", " : "",
                       fault.found > 32 && fault.found < 127 ? fault.found : ' ');
    }
    if (record->too_long || length == 0 || length > VG_GENOME_LENGTH_MAX) {
        return vg_fail(error, VG_DATA_ERROR, "%s: a reference has 1 to %u letters, this one %llu%s", path, VG_GENOME_LENGTH_MAX,
                       (unsigned long long)(record->too_long ? record->bytes : length), record->too_long ? " and more" : "");
    }
    for (size_t i = 0; i < length; i++) {
        letters[i] = vg_base_is_certain(vg_base_set_of_letter(letters[i])) ? letters[i] : 'N'; /* what is not certain of the reference is not known */
    }
    letters[length] = '\0';
    *reference = (struct vg_genome_reference){vg_text_of(name, record->name.size), letters, (uint32_t)length};
    return VG_OK;
}

vg_status vg_reference_read(const char *path, struct vg_arena *arena, struct vg_genome_reference *reference, struct vg_error *error)
{
    struct vg_fasta *fasta = NULL;
    struct vg_fasta_batch batch = {NULL, 0};
    vg_status status = vg_fasta_open(path, false, &fasta, error);
    if (status == VG_OK) {
        status = vg_fasta_next(fasta, 1, 1, &batch, error);
    }
    if (status == VG_OK) {
        status = take_reference(path, &batch.records[0], arena, reference, error);
    }
    if (status == VG_OK) {
        status = vg_fasta_next(fasta, 1, 1, &batch, error);
    }
    if (status == VG_OK && batch.n_records > 0) {
        status = vg_fail(error, VG_DATA_ERROR, "%s, line %llu: a second sequence; a reference is one (a virus in segments has a data set for each)", path,
                         (unsigned long long)batch.records[0].line);
    }
    vg_fasta_close(fasta);
    return status;
}

vg_status vg_annotation_read(const char *path, const struct vg_genome_reference *reference, struct vg_arena *arena, struct vg_genome_annotation *annotation,
                             struct vg_error *error)
{
    struct vg_text text;
    vg_status status = read_text(path, arena, &text, error);
    return status == VG_OK ? vg_annotation_parse(path, text, reference, arena, annotation, error) : status;
}

static vg_status read_parameters(const char *folder, struct vg_arena *arena, struct vg_genome_data_set *set, const char **annotation, const char **tree, struct vg_error *error)
{
    const char *pathogen = find_file(arena, folder, "pathogen.json"), *own = find_file(arena, folder, "quality.toml");
    struct vg_text text;
    vg_status status = VG_OK;
    if (pathogen != NULL) {
        status = read_text(pathogen, arena, &text, error);
        if (status == VG_OK) {
            status = vg_pathogen_parse(pathogen, text, arena, set, annotation, tree, error);
        }
    }
    if (status == VG_OK && own != NULL) {
        status = read_text(own, arena, &text, error);
        if (status == VG_OK) {
            status = vg_quality_parse(own, text, arena, set, error);
        }
    }
    return status;
}

static const char *find_first(struct vg_arena *arena, const char *folder, const char *named, const char *const *names)
{
    const char *path = find_file(arena, folder, named);
    for (; path == NULL && *names != NULL; names++) {
        path = find_file(arena, folder, *names);
    }
    return path;
}

vg_status vg_data_set_read(const char *folder, struct vg_arena *arena, struct vg_genome_data_set *set, struct vg_error *error)
{
    static const char *const annotations[] = {"genome_annotation.gff3", "annotation.gff3", "genome_annotation.gff", "annotation.gff", NULL};
    static const char *const trees[] = {"tree.pb", "tree.json", "tree.nwk", "tree.jsonl", NULL};
    const char *annotation = NULL, *tree = NULL, *reference = find_file(arena, folder, "reference.fasta");
    *set = (struct vg_genome_data_set){.name = vg_text_from(folder)};
    vg_align_parameters_init(&set->align);
    vg_quality_parameters_init(&set->quality);
    if (reference == NULL) {
        return vg_fail(error, VG_NOT_FOUND, "%s is no data set of a virus: there is no reference.fasta in it", folder);
    }
    vg_status status = vg_reference_read(reference, arena, &set->reference, error);
    if (status == VG_OK) {
        status = read_parameters(folder, arena, set, &annotation, &tree, error);
    }
    annotation = find_first(arena, folder, annotation, annotations);
    if (status == VG_OK && annotation != NULL) {
        status = vg_annotation_read(annotation, &set->reference, arena, &set->annotation, error);
    }
    set->tree_path = find_first(arena, folder, tree, trees);
    return status;
}
