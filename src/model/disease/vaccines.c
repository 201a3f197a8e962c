/*
 * What vaccines and former infections protect from, by dose, variant and days since: curves through published figures.
 */
#include "model/disease/disease.h"

#include "data_embedded.h"
#include "model/shipped.h"

#include <math.h>
#include <string.h>

static const char *const kind_names[VG_AGAINST_COUNT] = {"infection", "disease", "severe", "death"};

const char *vg_protection_kind_name(enum vg_protection_kind kind) { return kind_names[kind]; }

void vg_vaccines_start(struct vg_vaccines *vaccines, struct vg_arena *arena) { *vaccines = (struct vg_vaccines){.arena = arena}; }

static bool keep_text(struct vg_text text, char *out, size_t capacity)
{
    if (text.size >= capacity) {
        return false;
    }
    if (text.size > 0) {
        memcpy(out, text.data, text.size);
    }
    out[text.size] = '\0';
    return true;
}

static vg_status take_whole(const char *column, struct vg_text text, int64_t low, int64_t high, int *value, struct vg_error *error)
{
    int64_t number;
    struct vg_text trimmed = vg_text_trim(text);
    if (!vg_parse_integer(trimmed, &number) || number < low || number > high) {
        return vg_fail(error, VG_DATA_ERROR, "column %s: found \"%.*s\", expected a whole number from %d to %d", column, (int)trimmed.size, trimmed.data, (int)low, (int)high);
    }
    *value = (int)number;
    return VG_OK;
}

size_t vg_vaccines_product(const struct vg_vaccines *vaccines, struct vg_text name)
{
    for (size_t i = 0; i < vaccines->n_products; i++) {
        if (vg_text_equals(name, vaccines->products[i].name)) {
            return i;
        }
    }
    return VG_VACCINE_PRODUCTS_MAX;
}

vg_status vg_vaccines_add_product(struct vg_vaccines *vaccines, const struct vg_product_row *row, struct vg_error *error)
{
    struct vg_text name = vg_text_trim(row->product);
    struct vg_vaccine_facts facts = {.doses = 0};
    if (vaccines->n_products == VG_VACCINE_PRODUCTS_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "more than %d products", VG_VACCINE_PRODUCTS_MAX);
    }
    if (name.size == 0 || vg_vaccines_product(vaccines, name) < VG_VACCINE_PRODUCTS_MAX || !keep_text(name, facts.name, sizeof facts.name)) {
        return vg_fail(error, VG_DATA_ERROR, "column product: found \"%.*s\", expected a name of up to 31 letters that no other line has", (int)name.size, name.data);
    }
    if (!keep_text(vg_text_trim(row->title), facts.title, sizeof facts.title) || !keep_text(vg_text_trim(row->platform), facts.platform, sizeof facts.platform)) {
        return vg_fail(error, VG_DATA_ERROR, "columns title and platform: expected at most 95 and 31 letters");
    }
    vg_status status = take_whole("doses", row->doses, 1, 9, &facts.doses, error);
    if (status == VG_OK) {
        status = take_whole("interval_days", row->interval_days, 0, 10000, &facts.interval_days, error);
    }
    if (status == VG_OK) {
        vaccines->products[vaccines->n_products++] = facts;
    }
    return status;
}

static struct vg_protection_curve *curve_of(struct vg_vaccines *vaccines, const struct vg_protection_curve *like)
{
    for (size_t i = 0; i < vaccines->n_curves; i++) {
        struct vg_protection_curve *curve = &vaccines->curves[i];
        if (curve->product == like->product && curve->dose == like->dose && curve->kind == like->kind && strcmp(curve->disease, like->disease) == 0) {
            return curve;
        }
    }
    if (vaccines->n_curves == vaccines->curve_capacity) {
        size_t capacity = vaccines->curve_capacity == 0 ? 64 : 2 * vaccines->curve_capacity;
        struct vg_protection_curve *more = VG_ARENA_ARRAY(vaccines->arena, struct vg_protection_curve, capacity);
        if (more == NULL) {
            return NULL;
        }
        if (vaccines->n_curves > 0) {
            memcpy(more, vaccines->curves, vaccines->n_curves * sizeof *more);
        }
        vaccines->curves = more;
        vaccines->curve_capacity = capacity;
    }
    vaccines->curves[vaccines->n_curves] = *like;
    return &vaccines->curves[vaccines->n_curves++];
}

static vg_status take_key(const struct vg_vaccines *vaccines, const struct vg_vaccine_row *row, struct vg_protection_curve *key, struct vg_error *error)
{
    struct vg_text product = vg_text_trim(row->product), disease = vg_text_trim(row->disease), against = vg_text_trim(row->against);
    size_t index = vg_vaccines_product(vaccines, product), kind = 0;
    int dose;
    if (index == VG_VACCINE_PRODUCTS_MAX) {
        return vg_fail(error, VG_DATA_ERROR, "column product: found \"%.*s\", expected a product of the table of products", (int)product.size, product.data);
    }
    while (kind < VG_AGAINST_COUNT && !vg_text_equals(against, kind_names[kind])) {
        kind++;
    }
    if (kind == VG_AGAINST_COUNT) {
        return vg_fail(error, VG_DATA_ERROR, "column against: found \"%.*s\", expected infection, disease, severe or death", (int)against.size, against.data);
    }
    if (disease.size == 0 || !keep_text(disease, key->disease, sizeof key->disease)) {
        return vg_fail(error, VG_DATA_ERROR, "column disease: found \"%.*s\", expected a disease or variant", (int)disease.size, disease.data);
    }
    vg_status status = take_whole("dose", row->dose, 1, 9, &dose, error);
    key->product = (uint8_t)index;
    key->kind = (uint8_t)kind;
    key->dose = status == VG_OK ? (uint8_t)dose : 0;
    return status;
}

static vg_status take_share(const char *column, struct vg_text text, double low, double high, double *value, struct vg_error *error)
{
    struct vg_text trimmed = vg_text_trim(text);
    if (!vg_parse_double(trimmed, '.', value) || !(*value >= low && *value <= high)) {
        return vg_fail(error, VG_DATA_ERROR, "column %s: found \"%.*s\", expected a number from %g to %g", column, (int)trimmed.size, trimmed.data, low, high);
    }
    return VG_OK;
}

static vg_status check_bounds(const struct vg_vaccine_row *row, double protection, struct vg_error *error)
{
    double bound;
    vg_status status = VG_OK;
    if (vg_text_trim(row->low).size > 0) {
        status = take_share("low", row->low, -10.0, protection, &bound, error);
    }
    if (status == VG_OK && vg_text_trim(row->high).size > 0) {
        status = take_share("high", row->high, protection, 1.0, &bound, error);
    }
    if (status == VG_OK && vg_text_trim(row->source).size == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "column source: found nothing, expected whose figure it is");
    }
    return status;
}

vg_status vg_vaccines_add(struct vg_vaccines *vaccines, const struct vg_vaccine_row *row, struct vg_error *error)
{
    struct vg_protection_curve key = {.n_points = 0};
    double days, protection;
    vg_status status = take_key(vaccines, row, &key, error);
    if (status == VG_OK) {
        status = take_share("days", row->days, 0.0, 20000.0, &days, error);
    }
    if (status == VG_OK) {
        status = take_share("protection", row->protection, 0.0, 1.0, &protection, error);
    }
    if (status == VG_OK) {
        status = check_bounds(row, protection, error);
    }
    if (status != VG_OK) {
        return status;
    }
    struct vg_protection_curve *curve = curve_of(vaccines, &key);
    if (curve == NULL) {
        return vg_fail_memory(error, sizeof *curve);
    }
    if (curve->n_points == VG_PROTECTION_POINTS_MAX || (curve->n_points > 0 && curve->days[curve->n_points - 1] >= days)) {
        return vg_fail(error, VG_DATA_ERROR, "column days: found %g, expected more than in the line before of the same product, dose, disease and outcome, and at most %d such lines", days, VG_PROTECTION_POINTS_MAX);
    }
    curve->days[curve->n_points] = days;
    curve->protection[curve->n_points++] = protection;
    return VG_OK;
}

vg_status vg_vaccines_shipped(struct vg_arena *arena, struct vg_vaccines *vaccines, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    vg_vaccines_start(vaccines, arena);
    vg_status status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, "vaccine_products.csv", &rows, error);
    while (status == VG_OK && vg_shipped_next(&rows)) {
        VG_ASSERT(rows.n_columns == 7);
        const struct vg_product_row row = {rows.cells[0], rows.cells[1], rows.cells[2], rows.cells[3], rows.cells[4]};
        status = vg_vaccines_add_product(vaccines, &row, error);
    }
    if (status == VG_OK) {
        status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, "vaccines.csv", &rows, error);
    }
    while (status == VG_OK && vg_shipped_next(&rows)) {
        const struct vg_text *cells = rows.cells;
        VG_ASSERT(rows.n_columns == 11);
        const struct vg_vaccine_row row = {cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8]};
        status = vg_vaccines_add(vaccines, &row, error);
    }
    return status;
}

/* ------------------------------------------------------------------ asking */

const struct vg_protection_curve *vg_vaccines_find(const struct vg_vaccines *vaccines, size_t product, int dose, struct vg_text variant, enum vg_protection_kind kind)
{
    for (int given = dose; given >= 1; given--) {
        struct vg_text name = variant;
        while (name.size > 0) {
            for (size_t i = 0; i < vaccines->n_curves; i++) {
                const struct vg_protection_curve *curve = &vaccines->curves[i];
                if (curve->product == product && curve->dose == given && curve->kind == kind && vg_text_equals(name, curve->disease)) {
                    return curve;
                }
            }
            while (name.size > 0 && name.data[name.size - 1] != '_') {
                name.size--;
            }
            name.size -= name.size > 0;
        }
    }
    return NULL;
}

double vg_protection_at(const struct vg_protection_curve *curve, double days)
{
    size_t last = curve->n_points - 1, k = 0;
    if (days <= curve->days[0]) {
        return curve->protection[0];
    }
    while (k < last && days > curve->days[k + 1]) {
        k++;
    }
    if (k == last) {
        return curve->protection[last];
    }
    double along = (days - curve->days[k]) / (curve->days[k + 1] - curve->days[k]);
    return curve->protection[k] + along * (curve->protection[k + 1] - curve->protection[k]);
}
