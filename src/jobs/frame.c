/*
 * Whole tables for analyses that look at people one by one, and their columns as numbers for regressions.
 */
#include "jobs/frame.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LEVELS_MOST 60
#define NUMBERS_MOST 10000000

static vg_status take_batch(struct job_frame *frame, const struct vg_row_batch *batch, size_t *cell_capacity, size_t *line_capacity)
{
    for (size_t row = 0; row < batch->n_rows; row++) {
        if (frame->n_rows == NUMBERS_MOST) {
            return vg_fail(frame->error, VG_LIMIT_EXCEEDED, "%s: more than %d rows", frame->path, NUMBERS_MOST);
        }
        struct vg_text *cells = vg_arena_room(frame->arena, frame->cells, frame->n_rows, cell_capacity, frame->n_columns * sizeof *cells);
        uint64_t *lines = vg_arena_room(frame->arena, frame->lines, frame->n_rows, line_capacity, sizeof *lines);
        if (cells == NULL || lines == NULL) {
            return vg_fail_memory(frame->error, 0);
        }
        frame->cells = cells;
        frame->lines = lines;
        for (size_t column = 0; column < frame->n_columns; column++) {
            struct vg_text cell = vg_text_trim(batch->cells[row * batch->n_columns + column]);
            char *copy = cell.size == 0 ? NULL : vg_arena_copy_bytes(frame->arena, cell.data, cell.size);
            if (cell.size > 0 && copy == NULL) {
                return vg_fail_memory(frame->error, cell.size);
            }
            frame->cells[frame->n_rows * frame->n_columns + column] = vg_text_of(cell.size == 0 ? "" : copy, cell.size);
        }
        frame->lines[frame->n_rows++] = batch->lines[row];
    }
    return VG_OK;
}

vg_status job_frame_open(const char *path, struct vg_arena *arena, struct job_frame *frame, struct vg_error *error)
{
    struct vg_row_batch batch;
    size_t cell_capacity = 0, line_capacity = 0;
    *frame = (struct job_frame){.arena = arena, .error = error, .path = path};
    vg_status status = vg_reader_open(path, NULL, &frame->reader, error);
    if (status != VG_OK) {
        return status;
    }
    frame->n_columns = vg_reader_column_count(frame->reader);
    while (status == VG_OK) {
        status = vg_reader_next(frame->reader, &batch, error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        status = take_batch(frame, &batch, &cell_capacity, &line_capacity);
    }
    if (status == VG_OK && frame->n_rows == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: there are headings and no rows", path);
    }
    if (status != VG_OK) {
        job_frame_close(frame);
    }
    return status;
}

void job_frame_close(struct job_frame *frame)
{
    vg_reader_close(frame->reader);
    frame->reader = NULL;
}

bool job_frame_blank(struct vg_text cell)
{
    return cell.size == 0 || vg_text_equals(cell, "NA") || vg_text_equals(cell, "N/A") || vg_text_equals(cell, "NaN") || vg_text_equals(cell, "NULL") ||
           vg_text_equals(cell, "-");
}

vg_status job_frame_bad(const struct job_frame *frame, size_t row, size_t column, const char *expected)
{
    return vg_reader_bad_cell(frame->reader, frame->lines[row], column, job_frame_cell(frame, row, column), expected, frame->error);
}

vg_status job_frame_find(const struct job_frame *frame, const char *option, const char *wanted, const char *usual, size_t *column)
{
    *column = vg_reader_find_column(frame->reader, wanted != NULL ? wanted : usual == NULL ? "" : usual);
    if (wanted == NULL || *column != VG_READER_NO_COLUMN) {
        return VG_OK;
    }
    struct vg_buffer names;
    vg_buffer_init(&names, 400);
    for (size_t i = 0; i < frame->n_columns; i++) {
        struct vg_text heading = vg_reader_heading(frame->reader, i);
        vg_buffer_format(&names, "%s%.*s", i == 0 ? "" : ", ", (int)heading.size, heading.data);
    }
    vg_status status = vg_fail(frame->error, VG_USAGE_ERROR, "--%s: %s has no column \"%.60s\"; it has %s", option, frame->path, wanted,
                               names.data == NULL ? "none" : names.data);
    vg_buffer_release(&names);
    return status;
}

vg_status job_frame_numbers(const struct job_frame *frame, size_t column, double low, double high, const char *expected, double **values)
{
    *values = VG_ARENA_ARRAY(frame->arena, double, frame->n_rows);
    if (*values == NULL) {
        return vg_fail_memory(frame->error, frame->n_rows * sizeof **values);
    }
    for (size_t row = 0; row < frame->n_rows; row++) {
        struct vg_text cell = job_frame_cell(frame, row, column);
        double *value = &(*values)[row];
        *value = NAN;
        if (!job_frame_blank(cell) && (!vg_parse_double(cell, '.', value) || !(*value >= low) || !(*value <= high))) {
            return job_frame_bad(frame, row, column, expected);
        }
    }
    return VG_OK;
}

/* 2021-01-31, also with a time behind it, or 20210131. */
static bool parse_date(struct vg_text cell, int32_t *date)
{
    int64_t number = 0;
    if (cell.size > 10 && (cell.data[10] == ' ' || cell.data[10] == 'T')) {
        cell.size = 10;
    }
    if (vg_date_parse_iso(cell, date)) {
        return true;
    }
    if (cell.size != 8 || !vg_parse_integer(cell, &number) || number < 0) {
        return false;
    }
    *date = vg_date_from_civil((int)(number / 10000), (int)(number / 100 % 100), (int)(number % 100));
    return *date != VG_DATE_NONE;
}

vg_status job_frame_dates(const struct job_frame *frame, size_t column, int32_t **values)
{
    *values = VG_ARENA_ARRAY(frame->arena, int32_t, frame->n_rows);
    if (*values == NULL) {
        return vg_fail_memory(frame->error, frame->n_rows * sizeof **values);
    }
    for (size_t row = 0; row < frame->n_rows; row++) {
        struct vg_text cell = job_frame_cell(frame, row, column);
        (*values)[row] = VG_DATE_NONE;
        if (!job_frame_blank(cell) && !parse_date(cell, &(*values)[row])) {
            return job_frame_bad(frame, row, column, "a date like 2021-01-31");
        }
    }
    return VG_OK;
}

static bool among(struct vg_text cell, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (vg_text_fold_equal(cell, vg_text_from(*words))) {
            return true;
        }
    }
    return false;
}

vg_status job_frame_yes_no(const struct job_frame *frame, size_t column, uint8_t **values)
{
    static const char *const yes[] = {"1",        "yes",     "y",        "true",      "positive",   "pos",     "case",     "died",
                                      "dead",     "death",   "deceased", "treated",   "vaccinated", "si",      "sí",       "positivo",
                                      "positiva", "muerto",  "muerta",   "fallecido", "fallecida",  "tratado", "vacunado", "vacunada",
                                      "sim",      "s",       "óbito",    "vacinado",  "vacinada",   "oui",     "positif",  "positive",
                                      "décédé",   "vacciné", "vaccinée", "是",        "阳性",       "死亡",    NULL};
    static const char *const no[] = {
        "0",       "no",       "n",        "false",       "negative",  "neg",         "control",     "alive", "survived", "untreated",    "unvaccinated",
        "none",    "negativo", "negativa", "vivo",        "viva",      "no vacunado", "no vacunada", "não",   "nao",      "não vacinado", "non",
        "négatif", "négative", "vivant",   "non vacciné", "recovered", "u",           "否",          "阴性",  NULL};
    *values = VG_ARENA_ARRAY(frame->arena, uint8_t, frame->n_rows);
    if (*values == NULL) {
        return vg_fail_memory(frame->error, frame->n_rows);
    }
    for (size_t row = 0; row < frame->n_rows; row++) {
        struct vg_text cell = job_frame_cell(frame, row, column);
        bool is_yes = among(cell, yes), is_no = among(cell, no);
        if (!job_frame_blank(cell) && !is_yes && !is_no) {
            return job_frame_bad(frame, row, column, "1 or 0, yes or no, positive or negative");
        }
        (*values)[row] = is_yes ? 1 : is_no ? 0 : 2;
    }
    return VG_OK;
}

bool job_frame_is_number(const struct job_frame *frame, size_t column)
{
    size_t n = 0;
    double value = 0;
    for (size_t row = 0; row < frame->n_rows; row++) {
        struct vg_text cell = job_frame_cell(frame, row, column);
        if (!job_frame_blank(cell) && !vg_parse_double(cell, '.', &value)) {
            return false;
        }
        n += job_frame_blank(cell) ? 0 : 1;
    }
    return n > 0;
}

bool job_frame_is_date(const struct job_frame *frame, size_t column)
{
    size_t n = 0;
    int32_t date = 0;
    for (size_t row = 0; row < frame->n_rows; row++) {
        struct vg_text cell = job_frame_cell(frame, row, column);
        if (!job_frame_blank(cell) && (!parse_date(cell, &date) || cell.size < 8)) {
            return false;
        }
        n += job_frame_blank(cell) ? 0 : 1;
    }
    return n > 0;
}

/* ------------------------------------------------------------------- levels */

struct named {
    struct vg_text name;
    uint32_t first;
    double order;
};

static int compare_named(const void *a, const void *b)
{
    const struct named *left = a, *right = b;
    if (left->order != right->order) {
        return left->order < right->order ? -1 : 1;
    }
    return vg_text_compare(left->name, right->name);
}

/* What a cell is called: its text, its band, or its month; false if it is blank. */
static vg_status level_name(const struct job_frame *frame, size_t row, size_t column, double band, bool month, struct vg_text *name, double *order)
{
    struct vg_text cell = job_frame_cell(frame, row, column);
    int32_t date = VG_DATE_NONE;
    double value = 0;
    int year = 0, number = 0, day = 0;
    *name = cell;
    *order = 0;
    if (job_frame_blank(cell)) {
        name->size = 0;
        return VG_OK;
    }
    if (month) {
        if (!parse_date(cell, &date)) {
            return job_frame_bad(frame, row, column, "a date like 2021-01-31");
        }
        vg_date_to_civil(date, &year, &number, &day);
        *name = vg_text_from(vg_arena_format(frame->arena, "%04d-%02d", year, number));
    } else if (band > 0) {
        if (!vg_parse_double(cell, '.', &value) || !isfinite(value)) {
            return job_frame_bad(frame, row, column, "a number");
        }
        *order = floor(value / band) * band;
        *name = vg_text_from(vg_arena_format(frame->arena, "%g-%g", *order, *order + band));
    } else if (vg_parse_double(cell, '.', &value)) {
        *order = value;
    }
    return VG_OK;
}

vg_status job_frame_levels(const struct job_frame *frame, size_t column, double band, bool month, struct job_levels *levels)
{
    struct vg_dictionary dictionary;
    struct named *named = VG_ARENA_ARRAY(frame->arena, struct named, frame->n_rows + 1);
    vg_dictionary_init(&dictionary, frame->arena);
    *levels = (struct job_levels){.of = VG_ARENA_ARRAY(frame->arena, uint32_t, frame->n_rows)};
    for (size_t row = 0; named != NULL && levels->of != NULL && row < frame->n_rows; row++) {
        struct vg_text name;
        double order = 0;
        vg_status status = level_name(frame, row, column, band, month, &name, &order);
        if (status != VG_OK) {
            return status;
        }
        levels->of[row] = name.size == 0 ? UINT32_MAX : vg_dictionary_add(&dictionary, name);
        if (name.size > 0 && dictionary.count > levels->n) {
            named[levels->n] = (struct named){dictionary.keys[levels->n], (uint32_t)levels->n, order};
            levels->n++;
        }
    }
    levels->names = VG_ARENA_ARRAY(frame->arena, struct vg_text, levels->n + 1);
    levels->counts = VG_ARENA_ARRAY(frame->arena, double, levels->n + 1);
    uint32_t *place = VG_ARENA_ARRAY(frame->arena, uint32_t, levels->n + 1);
    if (frame->arena->failed) {
        return vg_fail_memory(frame->error, frame->n_rows * sizeof *named);
    }
    qsort(named, levels->n, sizeof *named, compare_named);
    for (size_t i = 0; i < levels->n; i++) {
        place[named[i].first] = (uint32_t)i;
        levels->names[i] = named[i].name;
    }
    for (size_t row = 0; row < frame->n_rows; row++) {
        if (levels->of[row] != UINT32_MAX) {
            levels->of[row] = place[levels->of[row]];
            levels->counts[levels->of[row]]++;
        }
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- design */

struct term {
    size_t column;
    double band;
    bool month;
};

/* The next name of a list: "age/10", "date/month", "sex". False at the end. */
static vg_status next_term(const struct job_frame *frame, const char *option, const char **list, struct term *term, bool *more)
{
    const char *end = strchr(*list, ',');
    struct vg_text text = vg_text_trim(vg_text_of(*list, end == NULL ? strlen(*list) : (size_t)(end - *list)));
    *term = (struct term){.band = 0};
    *more = text.size > 0;
    if (!*more) {
        return **list == '\0' ? VG_OK : vg_fail(frame->error, VG_USAGE_ERROR, "--%s: a name is missing between commas", option);
    }
    *list = end == NULL ? *list + strlen(*list) : end + 1;
    const char *slash = memchr(text.data, '/', text.size);
    struct vg_text how = slash == NULL ? vg_text_of("", 0) : vg_text_of(slash + 1, (size_t)(text.data + text.size - slash - 1));
    struct vg_text name = vg_text_of(text.data, slash == NULL ? text.size : (size_t)(slash - text.data));
    const char *copy = vg_arena_copy_bytes(frame->arena, name.data, name.size);
    if (copy == NULL) {
        return vg_fail_memory(frame->error, name.size);
    }
    term->month = vg_text_equals(how, "month");
    if (slash != NULL && !term->month && (!vg_parse_double(how, '.', &term->band) || !(term->band > 0))) {
        return vg_fail(frame->error, VG_USAGE_ERROR, "--%s: after / comes a width of bands or \"month\", not \"%.*s\"", option, (int)how.size, how.data);
    }
    return job_frame_find(frame, option, copy, NULL, &term->column);
}

static const char *heading_of(const struct job_frame *frame, size_t column)
{
    struct vg_text heading = vg_reader_heading(frame->reader, column);
    return vg_arena_copy_bytes(frame->arena, heading.data, heading.size);
}

struct part {
    const char *name;
    double *values;
};

static vg_status number_part(const struct job_frame *frame, const struct term *term, uint8_t *usable, struct part *part)
{
    part->name = heading_of(frame, term->column);
    vg_status status = job_frame_numbers(frame, term->column, -1e15, 1e15, "a number", &part->values);
    for (size_t row = 0; status == VG_OK && row < frame->n_rows; row++) {
        if (isnan(part->values[row])) {
            usable[row] = 0;
            part->values[row] = 0;
        }
    }
    return status;
}

static vg_status text_parts(const struct job_frame *frame, const char *option, const struct term *term, uint8_t *usable, struct part *parts, size_t most,
                            size_t *p)
{
    struct job_levels levels;
    vg_status status = job_frame_levels(frame, term->column, term->band, term->month, &levels);
    if (status != VG_OK) {
        return status;
    }
    const char *name = heading_of(frame, term->column);
    if (levels.n > LEVELS_MOST || *p + levels.n > most + 1) {
        return vg_fail(frame->error, VG_USAGE_ERROR,
                       "--%s: column %s has %zu different values, too many to adjust for; a number may be put in bands (%s/10), a date in months (%s/month)",
                       option, name == NULL ? "" : name, levels.n, name == NULL ? "" : name, name == NULL ? "" : name);
    }
    size_t commonest = 0;
    for (size_t level = 1; level < levels.n; level++) {
        commonest = levels.counts[level] > levels.counts[commonest] ? level : commonest;
    }
    for (size_t level = 0; level < levels.n; level++) {
        if (level == commonest) {
            continue;
        }
        struct part *part = &parts[(*p)++];
        part->values = VG_ARENA_ARRAY(frame->arena, double, frame->n_rows);
        part->name = vg_arena_format(frame->arena, "%s=%.*s", name == NULL ? "" : name, (int)levels.names[level].size, levels.names[level].data);
        for (size_t row = 0; part->values != NULL && row < frame->n_rows; row++) {
            part->values[row] = levels.of[row] == level ? 1 : 0;
        }
    }
    for (size_t row = 0; row < frame->n_rows; row++) {
        usable[row] = levels.of[row] == UINT32_MAX ? 0 : usable[row];
    }
    return frame->arena->failed ? vg_fail_memory(frame->error, frame->n_rows * sizeof(double)) : VG_OK;
}

vg_status job_frame_design(const struct job_frame *frame, const char *option, const char *list, size_t most, uint8_t *usable, struct job_design *design)
{
    struct part *parts = VG_ARENA_ARRAY(frame->arena, struct part, most + LEVELS_MOST + 1);
    struct term term;
    bool more = true;
    vg_status status = parts == NULL ? vg_fail_memory(frame->error, most * sizeof *parts) : VG_OK;
    *design = (struct job_design){.p = 0};
    while (status == VG_OK && list != NULL) {
        status = next_term(frame, option, &list, &term, &more);
        if (status != VG_OK || !more) {
            break;
        }
        if (term.band == 0 && !term.month && job_frame_is_number(frame, term.column)) {
            status = design->p >= most ? vg_fail(frame->error, VG_USAGE_ERROR, "--%s: at most %zu columns", option, most)
                                       : number_part(frame, &term, usable, &parts[design->p++]);
        } else {
            status = text_parts(frame, option, &term, usable, parts, most, &design->p);
        }
    }
    design->names = VG_ARENA_ARRAY(frame->arena, const char *, design->p + 1);
    design->x = VG_ARENA_ARRAY(frame->arena, double, frame->n_rows * design->p + 1);
    if (status == VG_OK && frame->arena->failed) {
        return vg_fail_memory(frame->error, frame->n_rows * design->p * sizeof(double));
    }
    for (size_t j = 0; status == VG_OK && j < design->p; j++) {
        design->names[j] = parts[j].name;
        for (size_t row = 0; row < frame->n_rows; row++) {
            design->x[row * design->p + j] = parts[j].values[row];
        }
    }
    return status;
}

vg_status job_frame_key(const struct job_frame *frame, const char *option, const char *list, uint8_t *usable, uint32_t **keys, size_t *n_keys)
{
    struct vg_dictionary dictionary;
    struct term term;
    bool more = true;
    vg_status status = VG_OK;
    *keys = VG_ARENA_ARRAY(frame->arena, uint32_t, frame->n_rows);
    *n_keys = 1;
    if (*keys == NULL) {
        return vg_fail_memory(frame->error, frame->n_rows * sizeof **keys);
    }
    while (status == VG_OK && list != NULL) {
        struct job_levels levels;
        status = next_term(frame, option, &list, &term, &more);
        if (status != VG_OK || !more) {
            break;
        }
        status = job_frame_levels(frame, term.column, term.band, term.month, &levels);
        vg_dictionary_init(&dictionary, frame->arena);
        for (size_t row = 0; status == VG_OK && row < frame->n_rows; row++) {
            uint32_t both[2] = {(*keys)[row], levels.of[row]};
            usable[row] = levels.of[row] == UINT32_MAX ? 0 : usable[row];
            (*keys)[row] = vg_dictionary_add(&dictionary, vg_text_of((const char *)both, sizeof both));
        }
        *n_keys = dictionary.count;
        status = status == VG_OK && frame->arena->failed ? vg_fail_memory(frame->error, 0) : status;
    }
    return status;
}
