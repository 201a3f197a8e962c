/*
 * What the program knows from the start, read from the tables embedded in it: places (ISO 3166 with national codes). Sources
 * of the figures: data/README.md.
 */
#include "model/shipped.h"

#include "data_embedded.h"

#include <math.h>
#include <string.h>

vg_status vg_shipped_open(const struct vg_embedded_file *files, size_t n_files, const char *name, struct vg_shipped_rows *rows, struct vg_error *error)
{
    for (size_t i = 0; i < n_files; i++) {
        if (strcmp(files[i].name, name) != 0) {
            continue;
        }
        const char *data = (const char *)files[i].data;
        *rows = (struct vg_shipped_rows){.at = data, .end = data + files[i].size, .n_columns = 0};
        if (!vg_shipped_next(rows)) {
            break;
        }
        return VG_OK;
    }
    return vg_fail(error, VG_SYSTEM_ERROR, "the program was built without its table %s", name);
}

static struct vg_text take_cell(struct vg_shipped_rows *rows)
{
    bool quoted = rows->at < rows->end && *rows->at == '"';
    const char *start = rows->at + quoted;
    const char *stop = start;
    while (stop < rows->end && (quoted ? *stop != '"' : *stop != ',' && *stop != '\n')) {
        stop++;
    }
    rows->at = quoted && stop < rows->end ? stop + 1 : stop;
    return vg_text_of(start, (size_t)(stop - start));
}

bool vg_shipped_next(struct vg_shipped_rows *rows)
{
    size_t n = 0;
    if (rows->at >= rows->end) {
        return false;
    }
    for (;;) {
        if (n == VG_SHIPPED_COLUMNS) {
            return false;
        }
        rows->cells[n++] = take_cell(rows);
        if (rows->at >= rows->end || *rows->at == '\n') {
            break;
        }
        if (*rows->at != ',') {
            return false;
        }
        rows->at++;
    }
    rows->at += rows->at < rows->end;
    if (rows->n_columns == 0) {
        rows->n_columns = n;
    }
    return n == rows->n_columns;
}

static double number_or_unknown(struct vg_text text)
{
    double value;
    return text.size > 0 && vg_parse_double(text, '.', &value) ? value : NAN;
}

static const char *text_or_null(struct vg_arena *scratch, struct vg_text text)
{
    return text.size == 0 ? NULL : vg_arena_copy_bytes(scratch, text.data, text.size);
}

/* code,alpha3,numeric,name_es,name_pt,name_en,name_fr,name_zh,alternative_names,population,latitude,longitude */
static uint32_t add_country(struct vg_place_list *list, struct vg_arena *scratch, const struct vg_text *cells)
{
    static const enum vg_language column_language[5] = {VG_ES, VG_PT, VG_EN, VG_FR, VG_ZH};
    struct vg_place place = {.parent = VG_PLACE_NONE, .level = VG_LEVEL_COUNTRY, .population = number_or_unknown(cells[9]),
                             .latitude = number_or_unknown(cells[10]), .longitude = number_or_unknown(cells[11])};
    place.code = text_or_null(scratch, cells[0]);
    for (size_t i = 0; i < 5; i++) {
        place.names[column_language[i]] = text_or_null(scratch, cells[3 + i]);
    }
    place.name = place.names[VG_EN];
    place.alternative_names = vg_arena_format(scratch, "%.*s|%.*s%s%.*s", (int)cells[1].size, cells[1].data, (int)cells[2].size, cells[2].data,
                                              cells[8].size > 0 ? "|" : "", (int)cells[8].size, cells[8].data);
    return scratch->failed ? VG_PLACE_NONE : vg_place_list_add(list, &place);
}

/* code,name,name_en,name_zh,alternative_names,population,latitude,longitude */
static uint32_t add_admin1(struct vg_place_list *list, struct vg_arena *scratch, const struct vg_text *cells)
{
    struct vg_place place = {.level = VG_LEVEL_ADMIN1, .population = number_or_unknown(cells[5]),
                             .latitude = number_or_unknown(cells[6]), .longitude = number_or_unknown(cells[7])};
    place.parent = vg_place_list_find_code(list, vg_text_of(cells[0].data, 2));
    place.code = text_or_null(scratch, cells[0]);
    place.name = text_or_null(scratch, cells[1]);
    place.names[VG_EN] = text_or_null(scratch, cells[2]);
    place.names[VG_ZH] = text_or_null(scratch, cells[3]);
    if (place.names[VG_ZH] != NULL) { /* written in Chinese where it is: the others read the name in Latin letters */
        place.names[VG_ES] = place.names[VG_PT] = place.names[VG_FR] = place.names[VG_EN];
    }
    place.alternative_names = text_or_null(scratch, cells[4]);
    return scratch->failed || place.parent == VG_PLACE_NONE ? VG_PLACE_NONE : vg_place_list_add(list, &place);
}

vg_status vg_places_load_shipped(struct vg_place_list *list, struct vg_error *error)
{
    static const struct { const char *name; size_t n_columns; uint32_t (*add)(struct vg_place_list *, struct vg_arena *, const struct vg_text *); } tables[] = {
        {"countries.csv", 12, add_country}, {"admin1.csv", 8, add_admin1}};
    struct vg_arena scratch;
    vg_status status = VG_OK;
    vg_arena_init(&scratch, 0);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == VG_OK; i++) {
        struct vg_shipped_rows rows;
        status = vg_shipped_open(vg_embedded_places, vg_embedded_places_count, tables[i].name, &rows, error);
        while (status == VG_OK && vg_shipped_next(&rows)) {
            VG_ASSERT(rows.n_columns == tables[i].n_columns);
            if (tables[i].add(list, &scratch, rows.cells) == VG_PLACE_NONE) {
                status = vg_fail_memory(error, 0);
            }
        }
    }
    vg_arena_release(&scratch);
    return status;
}
