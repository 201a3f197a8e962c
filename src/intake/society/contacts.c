/*
 * Contact matrices: the long form of Prem et al. 2021 and the wide one of socialmixr and contactdata. Ages are gathered first, cells laid out when all bands are known.
 */
#include "intake/society/walk.h"

#include <math.h>
#include <string.h>

struct cell { int participant_low, participant_high, contact_low, contact_high; uint8_t setting; double contacts; uint64_t line; };

enum long_column { PARTICIPANT, CONTACT, VALUE, SETTING, COUNTRY, SUBSET, LONG_COLUMNS };

struct gathering {
    const struct vg_contacts_wanted *wanted;
    struct vg_arena *arena;
    struct walk_column columns[LONG_COLUMNS];
    struct cell *cells;
    size_t n_cells, capacity;
    struct vg_text first_country;      /* of files where none was asked for */
    size_t n_columns, first_column;    /* wide: columns of contacts, and the first of them */
    int low[VG_AGE_BANDS_MAX], high[VG_AGE_BANDS_MAX];
    size_t n_rows;
};

static vg_status keep(struct gathering *g, const struct cell *cell, struct vg_error *error)
{
    if (g->n_cells == g->capacity) {
        size_t capacity = g->capacity == 0 ? 1024 : 2 * g->capacity;
        struct cell *more = VG_ARENA_ARRAY(g->arena, struct cell, capacity);
        if (more == NULL) {
            return vg_fail_memory(error, capacity * sizeof *more);
        }
        if (g->n_cells > 0) {
            memcpy(more, g->cells, g->n_cells * sizeof *more);
        }
        g->cells = more;
        g->capacity = capacity;
    }
    if (g->n_cells >= (size_t)VG_SETTING_COUNT * VG_AGE_BANDS_MAX * VG_AGE_BANDS_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "more cells than %d settings of %d ages have", VG_SETTING_COUNT, VG_AGE_BANDS_MAX);
    }
    g->cells[g->n_cells++] = *cell;
    return VG_OK;
}

static vg_status take_band(const char *column, struct vg_text text, int *low, int *high, struct vg_error *error)
{
    return vg_age_band_parse(text, low, high)
               ? VG_OK
               : vg_fail(error, VG_DATA_ERROR, "column %.*s: found \"%.*s\", expected ages such as 0-4, [0,5) or 75+", (int)strcspn(column, "|"), column, text.size > 60 ? 60 : (int)text.size, text.data);
}

/* ------------------------------------------------------------------- long */

/* Whether the line is of the country and subset asked for. */
static vg_status is_wanted(struct gathering *g, const struct walk_row *row, bool *wanted, struct vg_error *error)
{
    struct vg_text country = walk_cell(row, &g->columns[COUNTRY]), subset = walk_cell(row, &g->columns[SUBSET]);
    const char *asked = g->wanted->subset == NULL ? "overall" : g->wanted->subset;
    *wanted = true;
    if (g->columns[SUBSET].at != WALK_NONE && !vg_text_fold_equal(subset, vg_text_from(asked))) {
        *wanted = false;
    } else if (g->columns[COUNTRY].at != WALK_NONE && g->wanted->country != NULL) {
        *wanted = vg_text_fold_equal(country, vg_text_from(g->wanted->country));
    } else if (g->columns[COUNTRY].at != WALK_NONE) {
        if (g->first_country.data == NULL) {
            g->first_country = vg_text_of(vg_arena_copy_bytes(g->arena, country.data, country.size), country.size);
        }
        if (g->first_country.data != NULL && !vg_text_equal(country, g->first_country)) {
            return vg_fail(error, VG_NEEDS_CHOICE, "the file has several countries (%.*s, %.*s): say which", (int)g->first_country.size, g->first_country.data, (int)country.size, country.data);
        }
    }
    return VG_OK;
}

static vg_status take_long(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct gathering *g = context;
    struct cell cell = {.line = row->line};
    enum vg_setting setting = (enum vg_setting)(g->wanted->setting < 0 ? 0 : g->wanted->setting);
    bool wanted;
    vg_status status = is_wanted(g, row, &wanted, error);
    if (status != VG_OK || !wanted) {
        return status;
    }
    if (g->columns[SETTING].at != WALK_NONE) {
        struct vg_text name = walk_cell(row, &g->columns[SETTING]);
        if (vg_text_fold_equal(name, vg_text_from("all")) || vg_text_fold_equal(name, vg_text_from("total"))) {
            return VG_OK;
        }
        if (!vg_setting_from_name(name, &setting)) {
            return vg_fail(error, VG_DATA_ERROR, "column %.*s: found \"%.*s\", expected home, school, work, other or all", (int)strcspn(g->columns[SETTING].names, "|"), g->columns[SETTING].names, (int)name.size, name.data);
        }
        if (g->wanted->setting >= 0 && (int)setting != g->wanted->setting) {
            return VG_OK;
        }
    }
    cell.setting = (uint8_t)setting;
    status = take_band(g->columns[PARTICIPANT].names, walk_cell(row, &g->columns[PARTICIPANT]), &cell.participant_low, &cell.participant_high, error);
    if (status == VG_OK) {
        status = take_band(g->columns[CONTACT].names, walk_cell(row, &g->columns[CONTACT]), &cell.contact_low, &cell.contact_high, error);
    }
    if (status == VG_OK) {
        status = walk_number(row, &g->columns[VALUE], 0.0, WALK_CONTACTS_MOST, &cell.contacts, error);
    }
    return status == VG_OK ? keep(g, &cell, error) : status;
}

/* ------------------------------------------------------------------- wide */

static vg_status take_wide(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct gathering *g = context;
    int low, high;
    if (g->n_rows == g->n_columns) {
        return vg_fail(error, VG_DATA_ERROR, "found more rows than the %zu ages of the columns", g->n_columns);
    }
    low = g->low[g->n_rows];
    high = g->high[g->n_rows];
    if (g->first_column == 1) {
        struct vg_text label = vg_text_trim(row->cells[0]);
        int64_t number;
        /* Files out of R often have row numbers, or names like the columns', instead of ages. */
        bool counts = vg_parse_integer(label, &number) && number == (int64_t)g->n_rows + 1;
        if (!counts && label.size > 0) {
            vg_status status = take_band("1", label, &low, &high, error);
            if (status != VG_OK) {
                return status;
            }
        }
    }
    for (size_t column = 0; column < g->n_columns; column++) {
        struct cell cell = {low, high, g->low[column], g->high[column], (uint8_t)g->wanted->setting, 0.0, row->line};
        char name[32];
        (void)snprintf(name, sizeof name, "%zu", g->first_column + column + 1);
        vg_status status = walk_parse(name, row->cells[g->first_column + column], 0.0, WALK_CONTACTS_MOST, &cell.contacts, error);
        if (status == VG_OK) {
            status = keep(g, &cell, error);
        }
        if (status != VG_OK) {
            return status;
        }
    }
    g->n_rows++;
    return VG_OK;
}

/* V1 .. V16 or X1 .. X16, as R names columns that have no name. */
static bool is_numbered(struct vg_text heading, size_t number)
{
    int64_t value;
    return heading.size > 1 && (heading.data[0] == 'V' || heading.data[0] == 'X') && vg_parse_integer(vg_text_of(heading.data + 1, heading.size - 1), &value) && value == (int64_t)number;
}

static bool read_wide_headings(const struct vg_reader *reader, struct gathering *g)
{
    size_t n = vg_reader_column_count(reader);
    for (g->first_column = 0; g->first_column < 2; g->first_column++) {
        size_t k = 0, numbered = 0;
        g->n_columns = n > g->first_column ? n - g->first_column : 0;
        if (g->n_columns == 0 || g->n_columns > VG_AGE_BANDS_MAX) {
            continue;
        }
        for (k = 0; k < g->n_columns; k++) {
            struct vg_text heading = vg_reader_heading(reader, g->first_column + k);
            numbered += is_numbered(heading, k + 1);
            if (!vg_age_band_parse(heading, &g->low[k], &g->high[k])) {
                g->low[k] = -1;
            }
        }
        if (numbered == 16 && g->n_columns == 16) {
            for (k = 0; k < 16; k++) {
                g->low[k] = (int)k * 5;
                g->high[k] = k == 15 ? -1 : (int)k * 5 + 4;
            }
            return true;
        }
        for (k = 0; k < g->n_columns && g->low[k] >= 0; k++) {
        }
        if (k == g->n_columns && numbered < k) {
            return true;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ laying */

/* Bands in order, without gaps, from 0; the last is open, or ends the ages that the file knows. */
static vg_status bands_of(const struct gathering *g, struct vg_age_bands *bands, struct vg_error *error)
{
    bool starts[VG_AGE_YEARS] = {false};
    int high_of[VG_AGE_YEARS];
    for (size_t k = 0; k < g->n_cells; k++) {
        const struct cell *cell = &g->cells[k];
        const int lows[2] = {cell->participant_low, cell->contact_low}, highs[2] = {cell->participant_high, cell->contact_high};
        for (int side = 0; side < 2; side++) {
            if (starts[lows[side]] && high_of[lows[side]] != highs[side]) {
                return vg_fail(error, VG_DATA_ERROR, "ages from %d end at %d in one line and at %d in another", lows[side], high_of[lows[side]], highs[side]);
            }
            starts[lows[side]] = true;
            high_of[lows[side]] = highs[side];
        }
    }
    *bands = (struct vg_age_bands){.count = 0};
    int next = 0;
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        if (!starts[age]) {
            continue;
        }
        if (age != next) {
            return vg_fail(error, VG_DATA_ERROR, "found no band from %d years on, expected ages without gaps or overlap from 0 (the next is %d)", next, age);
        }
        bands->lower_years[bands->count++] = age;
        next = high_of[age] < 0 ? -1 : high_of[age] + 1;
    }
    return VG_OK;
}

static vg_status lay_cells(const struct gathering *g, struct vg_contact_matrices *matrices, bool given[VG_SETTING_COUNT], struct vg_error *error)
{
    size_t n = matrices->bands.count, n_seen[VG_SETTING_COUNT] = {0};
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        for (size_t cell = 0; cell < n * n && !given[setting]; cell++) {
            matrices->contacts[setting][cell] = NAN;
        }
    }
    for (size_t k = 0; k < g->n_cells; k++) {
        const struct cell *cell = &g->cells[k];
        if (given[cell->setting]) {
            return vg_fail(error, VG_DATA_ERROR, "contacts at %s were given before", vg_setting_name((enum vg_setting)cell->setting));
        }
        double *at = &matrices->contacts[cell->setting][vg_age_band_of(&matrices->bands, cell->participant_low) * n + vg_age_band_of(&matrices->bands, cell->contact_low)];
        if (!isnan(*at)) {
            return vg_fail(error, VG_DATA_ERROR, "line %llu: contacts at %s of the ages from %d with those from %d stand in an earlier line", (unsigned long long)cell->line,
                           vg_setting_name((enum vg_setting)cell->setting), cell->participant_low, cell->contact_low);
        }
        *at = cell->contacts;
        n_seen[cell->setting]++;
    }
    for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
        if (n_seen[setting] > 0 && n_seen[setting] < n * n) {
            return vg_fail(error, VG_DATA_ERROR, "found %zu cells of contacts at %s, expected %zu (%zu ages with %zu)", n_seen[setting], vg_setting_name((enum vg_setting)setting), n * n, n, n);
        }
        for (size_t cell = 0; cell < n * n && !given[setting] && n_seen[setting] == 0; cell++) {
            matrices->contacts[setting][cell] = 0.0;
        }
        given[setting] = given[setting] || n_seen[setting] > 0;
    }
    return VG_OK;
}

static vg_status lay_out(const struct gathering *g, struct vg_contact_matrices *matrices, bool given[VG_SETTING_COUNT], struct vg_error *error)
{
    struct vg_age_bands bands;
    if (g->n_cells == 0) {
        return vg_fail(error, VG_NOT_FOUND, "found no contacts of %s%s%s", g->wanted->country == NULL ? "any country" : g->wanted->country, g->wanted->subset == NULL ? "" : ", ",
                       g->wanted->subset == NULL ? "" : g->wanted->subset);
    }
    vg_status status = bands_of(g, &bands, error);
    if (status != VG_OK) {
        return status;
    }
    if (matrices->bands.count == 0) {
        for (size_t setting = 0; setting < VG_SETTING_COUNT; setting++) {
            given[setting] = false;
        }
        if (!vg_contact_matrices_new(&bands, g->arena, matrices)) {
            return vg_fail_memory(error, bands.count * bands.count * sizeof(double));
        }
    } else if (!vg_age_bands_equal(&bands, &matrices->bands)) {
        return vg_fail(error, VG_DATA_ERROR, "found %zu ages, expected the same %zu bands as in the file before", bands.count, matrices->bands.count);
    }
    return lay_cells(g, matrices, given, error);
}

/* In Prem et al. 2021 "setting" is overall, urban or rural and "location_contact" where people met; elsewhere "setting" is where they met. */
static vg_status gather_long(const struct walk *walk, struct gathering *g, struct vg_error *error)
{
    const struct walk_column columns[LONG_COLUMNS] = {
        {"participant_age|age_contactor|age_participant|part_age|age_group|participant", true, WALK_NONE},
        {"contact_age|age_cotactee|age_contactee|cnt_age|contact_age_group|contact", true, WALK_NONE},
        {"contacts|mean_number_of_contacts|mean_contacts|n_contacts|value|mean", true, WALK_NONE},
        {"location_contact|setting|place|where", g->wanted->setting < 0, WALK_NONE},
        {"iso3c|iso3|country|country_code|countryname", false, WALK_NONE},
        {"subset|setting", false, WALK_NONE}};
    memcpy(g->columns, columns, sizeof columns);
    vg_status status = walk_columns(walk, g->columns, LONG_COLUMNS, error);
    if (g->columns[SUBSET].at == g->columns[SETTING].at) {
        g->columns[SUBSET].at = WALK_NONE;
    }
    return status == VG_OK ? walk_rows(walk, take_long, g, error) : status;
}

vg_status vg_intake_read_contacts(const struct vg_table_source *source, const struct vg_contacts_wanted *wanted, struct vg_arena *arena, struct vg_contact_matrices *matrices,
                                  bool given[VG_SETTING_COUNT], struct vg_error *error)
{
    struct gathering g = {.wanted = wanted, .arena = arena};
    struct walk walk;
    VG_ASSERT(wanted->setting < VG_SETTING_COUNT);
    vg_status status = walk_open(source, &walk, error);
    if (status != VG_OK) {
        return status;
    }
    bool wide = read_wide_headings(walk.reader, &g);
    if (wide && wanted->setting < 0) {
        status = vg_fail(error, VG_NEEDS_CHOICE, "%s: a matrix of one setting: say which (home, school, work or other)", source->path);
    } else {
        status = wide ? walk_rows(&walk, take_wide, &g, error) : gather_long(&walk, &g, error);
    }
    walk_close(&walk);
    if (status == VG_OK) {
        status = lay_out(&g, matrices, given, error);
        if (status != VG_OK && error != NULL) {
            return vg_fail_context(error, "%s: ", source->path);
        }
    }
    return status;
}
