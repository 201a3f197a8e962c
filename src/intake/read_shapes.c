/*
 * GeoJSON: the geometry of each feature goes to the place that one of its properties names, by code or by name. Coordinates are rounded to three
 * decimals (about 100 m), which is more than a map on a page can show.
 */
#include "intake/profile_internal.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void round_coordinates(json_t *value)
{
    size_t i = 0;
    json_t *item = NULL;
    json_array_foreach(value, i, item)
    {
        if (json_is_number(item)) {
            (void)json_array_set_new(value, i, json_real(round(json_number_value(item) * 1000) / 1000));
        } else {
            round_coordinates(item);
        }
    }
}

static uint32_t place_named(struct intake_work *work, uint32_t country, struct vg_text text)
{
    uint32_t place = vg_place_list_find_code(work->places, text);
    if (place == VG_PLACE_NONE && country != VG_PLACE_NONE) {
        char code[128];
        int size = snprintf(code, sizeof code, "%s-%.*s", work->places->places[country].code, (int)(text.size < 90 ? text.size : 90), text.data);
        place = vg_place_list_find_code(work->places, vg_text_of(code, (size_t)size));
        place = place == VG_PLACE_NONE ? vg_place_list_find_name(work->places, country, text) : place;
    }
    return place == VG_PLACE_NONE ? vg_place_list_find_name(work->places, VG_PLACE_NONE, text) : place;
}

static struct vg_text text_of(const json_t *value, char number[32])
{
    if (json_is_string(value)) {
        return vg_text_trim(vg_text_of(json_string_value(value), json_string_length(value)));
    }
    if (json_is_integer(value)) {
        return vg_text_of(number, (size_t)snprintf(number, 32, "%lld", (long long)json_integer_value(value)));
    }
    return vg_text_of("", 0);
}

/* Properties that usually hold codes first, then whatever names a place. The country of a feature narrows the search. */
static uint32_t place_of_feature(struct intake_work *work, const json_t *feature)
{
    static const char *const codes[] = {"code", "iso_3166_2", "ISO3166-2", "shapeISO", "hasc", "iso_a2", "ISO_A2", "adm1_code", "codigo", "cod_dpto", "CD_GEOCUF", "codarea", "cvegeo", "CVE_ENT", "ubigeo", "dpto"};
    const json_t *properties = json_object_get(feature, "properties");
    char number[32];
    uint32_t country = VG_PLACE_NONE;
    uint32_t place = VG_PLACE_NONE;
    static const char *const countries[] = {"iso_a2", "ISO_A2", "adm0_a3", "iso_a3", "country", "shapeGroup", "admin"};
    for (size_t i = 0; i < sizeof countries / sizeof *countries && country == VG_PLACE_NONE; i++) {
        struct vg_text text = text_of(json_object_get(properties, countries[i]), number);
        if (text.size > 0) {
            country = vg_place_list_find_code(work->places, text);
            country = country == VG_PLACE_NONE ? vg_place_list_find_name(work->places, VG_PLACE_NONE, text) : country;
        }
    }
    if (country == VG_PLACE_NONE && work->country != NULL) {
        country = vg_place_list_find_code(work->places, vg_text_from(work->country));
    }
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        struct vg_text text = text_of(json_object_get(properties, codes[i]), number);
        uint32_t found = text.size == 0 ? VG_PLACE_NONE : place_named(work, country, text);
        if (found != VG_PLACE_NONE && found != country) {
            return found;
        }
        place = place == VG_PLACE_NONE ? found : place;
    }
    struct vg_text id = text_of(json_object_get(feature, "id"), number);
    if (id.size > 0) {
        uint32_t found = place_named(work, country, id);
        place = found != VG_PLACE_NONE ? found : place;
    }
    const char *key = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)properties, key, value)
    {
        struct vg_text text = text_of(value, number);
        bool is_name = strcasestr(key, "name") != NULL || strcasestr(key, "nom") != NULL || strcmp(key, "NM_UF") == 0;
        uint32_t found = is_name && text.size > 0 ? place_named(work, country, text) : VG_PLACE_NONE;
        if (found != VG_PLACE_NONE && found != country) {
            return found;
        }
    }
    return place;
}

static vg_status take_feature(struct intake_work *work, const json_t *feature, size_t number)
{
    struct vg_intake_result *result = work->result;
    json_t *geometry = json_object_get(feature, "geometry");
    const json_t *type = json_object_get(geometry, "type");
    result->rows_read++;
    uint32_t place = place_of_feature(work, feature);
    bool is_area = json_is_string(type) && (strcmp(json_string_value(type), "Polygon") == 0 || strcmp(json_string_value(type), "MultiPolygon") == 0);
    if (place == VG_PLACE_NONE || !is_area) {
        result->rows_rejected++;
        if (result->n_notes < 20) {
            intake_note(work, "feature %zu: %s", number, is_area ? "none of its properties names a known place" : "it is no polygon");
        }
        return VG_OK;
    }
    round_coordinates(json_object_get(geometry, "coordinates"));
    char *text = json_dumps(geometry, JSON_COMPACT | JSON_REAL_PRECISION(8));
    if (text == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    result->shapes[result->n_shapes++] = (struct vg_shape){place, vg_arena_copy(work->arena, text)};
    free(text);
    result->rows_taken++;
    return work->arena->failed ? vg_fail_memory(work->error, 0) : VG_OK;
}

vg_status intake_read_shapes(const char *name, const void *data, size_t size, struct intake_work *work)
{
    json_error_t reason;
    json_t *root = json_loadb(data, size, 0, &reason);
    if (root == NULL) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s, line %d, column %d: this is no valid GeoJSON: %s", name, reason.line, reason.column, reason.text);
    }
    const json_t *features = json_object_get(root, "features");
    vg_status status = VG_OK;
    if (!json_is_array(features)) {
        status = vg_fail(work->error, VG_DATA_ERROR, "%s: a GeoJSON FeatureCollection was expected (an object with \"features\")", name);
    } else {
        size_t i = 0;
        json_t *feature = NULL;
        work->result->shapes = VG_ARENA_ARRAY(work->arena, struct vg_shape, json_array_size(features) + 1);
        status = work->result->shapes == NULL ? vg_fail_memory(work->error, 0) : VG_OK;
        json_array_foreach(features, i, feature)
        {
            status = status == VG_OK ? take_feature(work, feature, i + 1) : status;
        }
    }
    if (status == VG_OK && work->result->n_shapes == 0) {
        status = vg_fail(work->error, VG_DATA_ERROR, "%s: none of its %zu features could be matched with a known place; import the list of places first", name, json_array_size(features));
    }
    json_decref(root);
    return status;
}
