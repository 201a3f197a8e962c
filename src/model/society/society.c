/*
 * Age bands and their names, pyramids by single year, household sizes, settings. Sources of the shipped tables: data/README.md.
 */
#include "model/society/society.h"

#include "data_embedded.h"
#include "model/shipped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OPEN_BAND_RATIO 0.88
#define HOUSEHOLD_DISPERSION 4.0

struct vg_age_bands vg_age_bands_regular(int width_years, int last_years)
{
    VG_ASSERT(width_years > 0 && last_years >= 0 && last_years < VG_AGE_YEARS && last_years % width_years == 0);
    struct vg_age_bands bands = {.count = 0};
    for (int low = 0; low <= last_years; low += width_years) {
        bands.lower_years[bands.count++] = low;
    }
    return bands;
}

bool vg_age_bands_equal(const struct vg_age_bands *a, const struct vg_age_bands *b)
{
    return a->count == b->count && memcmp(a->lower_years, b->lower_years, a->count * sizeof *a->lower_years) == 0;
}

bool vg_age_bands_valid(const struct vg_age_bands *bands)
{
    if (bands->count == 0 || bands->count > VG_AGE_BANDS_MAX || bands->lower_years[0] != 0) {
        return false;
    }
    for (size_t i = 1; i < bands->count; i++) {
        if (bands->lower_years[i] <= bands->lower_years[i - 1] || bands->lower_years[i] >= VG_AGE_YEARS) {
            return false;
        }
    }
    return true;
}

size_t vg_age_band_of(const struct vg_age_bands *bands, int age_years)
{
    size_t band = 0;
    while (band + 1 < bands->count && age_years >= bands->lower_years[band + 1]) {
        band++;
    }
    return band;
}

size_t vg_age_band_print(const struct vg_age_bands *bands, size_t band, char out[VG_AGE_BAND_TEXT_BYTES])
{
    int low = bands->lower_years[band];
    int size = band + 1 == bands->count ? snprintf(out, VG_AGE_BAND_TEXT_BYTES, "%d+", low)
                                        : snprintf(out, VG_AGE_BAND_TEXT_BYTES, "%d-%d", low, bands->lower_years[band + 1] - 1);
    return (size_t)size;
}

static bool take_year(struct vg_text *rest, int *year)
{
    size_t digits = 0;
    int value = 0;
    while (digits < rest->size && digits < 3 && rest->data[digits] >= '0' && rest->data[digits] <= '9') {
        value = value * 10 + (rest->data[digits++] - '0');
    }
    *rest = vg_text_of(rest->data + digits, rest->size - digits);
    *year = value;
    return digits > 0;
}

static bool take_mark(struct vg_text *rest, const char *mark)
{
    size_t size = strlen(mark);
    if (rest->size < size || memcmp(rest->data, mark, size) != 0) {
        return false;
    }
    *rest = vg_text_of(rest->data + size, rest->size - size);
    return true;
}

/* "years" after the ages, in the languages of statistical offices. */
static struct vg_text without_years(struct vg_text text)
{
    static const char *const words[] = {" years", " year", " yrs", " a\u00f1os", " anos", " ans", "\u5c81"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i]);
        if (text.size > size && memcmp(text.data + text.size - size, words[i], size) == 0) {
            return vg_text_trim(vg_text_of(text.data, text.size - size));
        }
    }
    return text;
}

bool vg_age_band_parse(struct vg_text text, int *low_years, int *high_years)
{
    static const char *const between[] = {" to ", " a ", "-", "_", ",", "\xe2\x80\x93"};
    static const char *const open[] = {"+", " and over", " and older", " plus", "_plus", ",Inf)", ",Inf]", ", Inf)", "-Inf", "+)", " y m\u00e1s", " y mas",
                                        " o m\u00e1s", " o mas", " e mais", " ou mais", " et plus", " a\u00f1os y m\u00e1s", " anos e mais", " anos ou mais", " ans et plus", "\u5c81\u53ca\u4ee5\u4e0a"};
    struct vg_text rest = without_years(vg_text_trim(text));
    bool interval = take_mark(&rest, "[");
    int low, high = -1;
    if (!interval) {
        (void)take_mark(&rest, "X");
    }
    if (!take_year(&rest, &low)) {
        return false;
    }
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        if (vg_text_equals(rest, open[i])) {
            *low_years = low;
            *high_years = -1;
            return low < VG_AGE_YEARS;
        }
    }
    if (rest.size == 0) {
        *low_years = *high_years = low;
        return low < VG_AGE_YEARS && !interval;
    }
    size_t i = 0;
    while (i < sizeof between / sizeof *between && !take_mark(&rest, between[i])) {
        i++;
    }
    rest = vg_text_trim(rest);
    if (i == sizeof between / sizeof *between || !take_year(&rest, &high)) {
        return false;
    }
    if (interval) {
        high -= vg_text_equals(rest, ")") ? 1 : 0;
        if (!vg_text_equals(rest, ")") && !vg_text_equals(rest, "]")) {
            return false;
        }
    } else if (rest.size > 0) {
        return false;
    }
    *low_years = low;
    *high_years = high;
    return low < VG_AGE_YEARS && high >= low;
}

/* ---------------------------------------------------------------- pyramids */

void vg_age_pyramid_from_bands(const struct vg_age_bands *bands, const double *population, struct vg_age_pyramid *pyramid)
{
    VG_ASSERT(vg_age_bands_valid(bands));
    for (size_t band = 0; band < bands->count; band++) {
        bool last = band + 1 == bands->count;
        int low = bands->lower_years[band], end = last ? VG_AGE_YEARS : bands->lower_years[band + 1];
        double ratio = last ? OPEN_BAND_RATIO : 1.0, weight = 1.0, sum = 0.0;
        for (int age = low; age < end; age++, weight *= ratio) {
            sum += weight;
        }
        weight = 1.0;
        for (int age = low; age < end; age++, weight *= ratio) {
            pyramid->population[age] = population[band] * weight / sum;
        }
    }
}

void vg_age_pyramid_group(const struct vg_age_pyramid *pyramid, const struct vg_age_bands *bands, double *population)
{
    memset(population, 0, bands->count * sizeof *population);
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        population[vg_age_band_of(bands, age)] += pyramid->population[age];
    }
}

double vg_age_pyramid_total(const struct vg_age_pyramid *pyramid)
{
    double total = 0.0;
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        total += pyramid->population[age];
    }
    return total;
}

/* -------------------------------------------------------------- households */

static double fill_sizes(double wanted_mean, double share[VG_HOUSEHOLD_SIZE_MAX + 1])
{
    double sum = 0.0, mean = 0.0;
    share[0] = 0.0;
    for (int persons = 1; persons <= VG_HOUSEHOLD_SIZE_MAX; persons++) {
        share[persons] = wanted_mean > 1.0 ? exp(vg_negative_binomial_log_pmf(persons - 1, wanted_mean - 1.0, HOUSEHOLD_DISPERSION)) : persons == 1;
        sum += share[persons];
        mean += share[persons] * persons;
    }
    for (int persons = 1; persons <= VG_HOUSEHOLD_SIZE_MAX; persons++) {
        share[persons] /= sum;
    }
    return mean / sum;
}

bool vg_household_sizes_from_mean(double mean, struct vg_household_sizes *sizes)
{
    if (!(mean >= 1.0 && mean <= 12.0)) {
        return false;
    }
    /* Cutting lowers the mean a little; a few steps of asking for more bring it back. */
    double ask = mean;
    for (int step = 0; step < 60; step++) {
        double got = fill_sizes(ask, sizes->share);
        ask += mean - got;
    }
    sizes->mean = mean;
    return true;
}

/* ---------------------------------------------------------------- settings */

static const char *const setting_names[VG_SETTING_COUNT] = {"home", "school", "work", "other"};

const char *vg_setting_name(enum vg_setting setting) { return setting_names[setting]; }

bool vg_setting_from_name(struct vg_text name, enum vg_setting *setting)
{
    static const struct { const char *name; enum vg_setting setting; } names[] = {
        {"home", VG_SETTING_HOME}, {"household", VG_SETTING_HOME}, {"house", VG_SETTING_HOME}, {"hogar", VG_SETTING_HOME}, {"domicilio", VG_SETTING_HOME},
        {"school", VG_SETTING_SCHOOL}, {"escuela", VG_SETTING_SCHOOL}, {"escola", VG_SETTING_SCHOOL},
        {"work", VG_SETTING_WORK}, {"workplace", VG_SETTING_WORK}, {"trabajo", VG_SETTING_WORK}, {"trabalho", VG_SETTING_WORK},
        {"other", VG_SETTING_OTHER}, {"others", VG_SETTING_OTHER}, {"other locations", VG_SETTING_OTHER}, {"other_locations", VG_SETTING_OTHER},
        {"community", VG_SETTING_OTHER}, {"otro", VG_SETTING_OTHER}, {"otros", VG_SETTING_OTHER}, {"outros", VG_SETTING_OTHER},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (vg_text_fold_equal(name, vg_text_from(names[i].name))) {
            *setting = names[i].setting;
            return true;
        }
    }
    return false;
}

bool vg_contact_matrices_new(const struct vg_age_bands *bands, struct vg_arena *arena, struct vg_contact_matrices *matrices)
{
    *matrices = (struct vg_contact_matrices){.bands = *bands};
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        matrices->contacts[setting] = VG_ARENA_ARRAY(arena, double, bands->count * bands->count);
        if (matrices->contacts[setting] == NULL) {
            return false;
        }
    }
    return true;
}

void vg_contact_matrices_total(const struct vg_contact_matrices *matrices, double *total)
{
    size_t n_cells = matrices->bands.count * matrices->bands.count;
    for (size_t cell = 0; cell < n_cells; cell++) {
        total[cell] = 0.0;
        for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
            total[cell] += matrices->contacts[setting][cell];
        }
    }
}

/* ------------------------------------------------------------------ places */

#define UNITS_DEEP 8                   /* levels above a municipality; a circle of parents ends there */

struct ordered { const char *code; size_t index; };

static int compare_ordered(const void *a, const void *b)
{
    const struct ordered *one = a;
    const struct ordered *other = b;
    int order = strcmp(one->code, other->code);
    return order != 0 ? order : one->index < other->index ? -1 : one->index > other->index;
}

bool vg_municipality_sort(struct vg_municipality_list *list, struct vg_arena *arena)
{
    size_t n = list->count;
    size_t bands = list->age_share == NULL ? 0 : list->bands.count;
    struct ordered *order = VG_ARENA_ARRAY(arena, struct ordered, n + 1);
    struct vg_municipality *items = VG_ARENA_ARRAY(arena, struct vg_municipality, n + 1);
    double *shares = VG_ARENA_ARRAY(arena, double, n * bands + 1);
    if (order == NULL || items == NULL || shares == NULL) {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        order[i] = (struct ordered){list->items[i].code, i};
    }
    qsort(order, n, sizeof *order, compare_ordered);
    for (size_t i = 0; i < n; i++) {
        items[i] = list->items[order[i].index];
        if (bands > 0) {
            memcpy(shares + i * bands, list->age_share + order[i].index * bands, bands * sizeof *shares);
        }
    }
    list->items = items;
    list->age_share = bands > 0 ? shares : list->age_share;
    return true;
}

const struct vg_municipality *vg_municipality_unit(const struct vg_municipality_list *list, const char *code)
{
    for (size_t i = 0; code != NULL && i < list->n_units; i++) {
        if (strcmp(list->units[i].code, code) == 0) {
            return &list->units[i];
        }
    }
    return NULL;
}

bool vg_municipality_within(const struct vg_municipality_list *list, size_t municipality, const char *code)
{
    const struct vg_municipality *at = &list->items[municipality];
    for (int level = 0; at != NULL && level < UNITS_DEEP; level++) {
        if (strcmp(at->code, code) == 0 || (at->parent != NULL && strcmp(at->parent, code) == 0)) {
            return true;
        }
        at = vg_municipality_unit(list, at->parent);
    }
    return false;
}

/* ------------------------------------------------------------ shipped facts */

static vg_status find_country(const char *table, struct vg_text country, struct vg_shipped_rows *rows, const char *what, struct vg_error *error)
{
    vg_status status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, table, rows, error);
    if (status != VG_OK) {
        return status;
    }
    while (vg_shipped_next(rows)) {
        if (vg_text_equal(rows->cells[0], country)) {
            return VG_OK;
        }
    }
    return vg_fail(error, VG_NOT_FOUND, "the program carries no %s of \"%.*s\"; give your own table", what, (int)country.size, country.data);
}

vg_status vg_country_age_pyramid(struct vg_text country, struct vg_age_pyramid *pyramid, struct vg_error *error)
{
    const struct vg_age_bands bands = vg_age_bands_regular(5, 100);
    double population[VG_AGE_BANDS_MAX];
    struct vg_shipped_rows rows;
    vg_status status = find_country("age_pyramids.csv", country, &rows, "age pyramid", error);
    if (status != VG_OK) {
        return status;
    }
    VG_ASSERT(rows.n_columns == bands.count + 1);
    for (size_t band = 0; band < bands.count; band++) {
        bool number = vg_parse_double(rows.cells[band + 1], '.', &population[band]);
        VG_ASSERT(number);
        population[band] *= 1000.0;
    }
    vg_age_pyramid_from_bands(&bands, population, pyramid);
    return VG_OK;
}

vg_status vg_country_household_size(struct vg_text country, struct vg_household_fact *fact, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    vg_status status = find_country("household_sizes.csv", country, &rows, "mean household size", error);
    if (status != VG_OK) {
        return status;
    }
    VG_ASSERT(rows.n_columns == 4);
    bool number = vg_parse_double(rows.cells[1], '.', &fact->mean);
    VG_ASSERT(number);
    fact->source = rows.cells[2];
    fact->note = rows.cells[3];
    return VG_OK;
}
