/*
 * Pyramids, household sizes, municipalities with their people by age, and flows between them.
 */
#include "intake/society/walk.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------------- pyramids */

struct pyramid_reading {
    struct walk_column columns[2];
    int high[VG_AGE_YEARS];            /* by first year; -2 none, -1 open */
    double people[VG_AGE_YEARS];
};

static vg_status take_age(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct pyramid_reading *reading = context;
    struct vg_text text = walk_cell(row, &reading->columns[0]);
    int low, high;
    double people;
    if (!vg_age_band_parse(text, &low, &high)) {
        return vg_fail(error, VG_DATA_ERROR, "column age: found \"%.*s\", expected ages such as 0-4, 17 or 80+", text.size > 60 ? 60 : (int)text.size, text.data);
    }
    vg_status status = walk_number(row, &reading->columns[1], 0.0, WALK_PEOPLE_MOST, &people, error);
    if (status != VG_OK) {
        return status;
    }
    if (reading->high[low] != -2 && reading->high[low] != high) {
        return vg_fail(error, VG_DATA_ERROR, "column age: ages from %d ended elsewhere in an earlier line", low);
    }
    reading->high[low] = high;
    reading->people[low] += people;
    return VG_OK;
}

vg_status vg_intake_read_age_pyramid(const struct vg_table_source *source, struct vg_age_pyramid *pyramid, struct vg_error *error)
{
    struct pyramid_reading reading = {.columns = {{"age|age_group|edad|idade|grupo_edad|grupo_etario|faixa_etaria|ages", true, WALK_NONE}, {"population|persons|people|poblacion|populacao|count|value|total", true, WALK_NONE}}};
    struct vg_age_bands bands = {.count = 0};
    double people[VG_AGE_BANDS_MAX];
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        reading.high[age] = -2;
    }
    vg_status status = walk_table(source, reading.columns, 2, take_age, &reading, error);
    if (status != VG_OK) {
        return status;
    }
    for (int age = 0, next = 0; age < VG_AGE_YEARS; age++) {
        if (reading.high[age] == -2) {
            continue;
        }
        if (age != next) {
            return vg_fail(error, VG_DATA_ERROR, "%s: found nobody from %d years on, expected ages without gaps or overlap from 0 (the next is %d)", source->path, next, age);
        }
        next = reading.high[age] < 0 ? -1 : reading.high[age] + 1;
        people[bands.count] = reading.people[age];
        bands.lower_years[bands.count++] = age;
    }
    vg_age_pyramid_from_bands(&bands, people, pyramid);
    return vg_age_pyramid_total(pyramid) > 0.0 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s: found nobody, expected people", source->path);
}

/* -------------------------------------------------------------- households */

#define LARGER_HOUSEHOLDS 0.6

struct sizes_reading {
    struct walk_column columns[2];
    double households[VG_HOUSEHOLD_SIZE_MAX + 1];
    bool seen[VG_HOUSEHOLD_SIZE_MAX + 1];
    int open;                          /* size of the "7+" line, 0 none */
};

static vg_status take_size(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct sizes_reading *reading = context;
    struct vg_text text = walk_cell(row, &reading->columns[0]);
    int low, high;
    double households;
    if (!vg_age_band_parse(text, &low, &high) || low < 1 || low > VG_HOUSEHOLD_SIZE_MAX || (high >= 0 && high != low)) {
        return vg_fail(error, VG_DATA_ERROR, "column size: found \"%.*s\", expected 1 to %d persons, or the last as 7+", text.size > 60 ? 60 : (int)text.size, text.data, VG_HOUSEHOLD_SIZE_MAX);
    }
    vg_status status = walk_number(row, &reading->columns[1], 0.0, WALK_PEOPLE_MOST, &households, error);
    if (status != VG_OK) {
        return status;
    }
    if (reading->seen[low] || (reading->open > 0 && (low > reading->open || high < 0))) {
        return vg_fail(error, VG_DATA_ERROR, "column size: found \"%.*s\", but an earlier line has that size", (int)text.size, text.data);
    }
    reading->seen[low] = true;
    reading->households[low] = households;
    reading->open = high < 0 ? low : reading->open;
    return VG_OK;
}

vg_status vg_intake_read_household_sizes(const struct vg_table_source *source, struct vg_household_sizes *sizes, struct vg_error *error)
{
    struct sizes_reading reading = {.columns = {{"size|persons|household_size|tamano|tamanho|personas|moradores", true, WALK_NONE}, {"households|share|number|hogares|domicilios|count|value", true, WALK_NONE}}};
    double sum = 0.0, mean = 0.0;
    vg_status status = walk_table(source, reading.columns, 2, take_size, &reading, error);
    if (status != VG_OK) {
        return status;
    }
    for (int size = 1; reading.open > 0 && size <= VG_HOUSEHOLD_SIZE_MAX; size++) {
        if (size > reading.open && reading.seen[size]) {
            return vg_fail(error, VG_DATA_ERROR, "%s: found size %d beside %d+, which holds it", source->path, size, reading.open);
        }
    }
    if (reading.open > 0) {
        double all = reading.households[reading.open], weight = 1.0, weights = 0.0;
        for (int size = reading.open; size <= VG_HOUSEHOLD_SIZE_MAX; size++, weight *= LARGER_HOUSEHOLDS) {
            weights += weight;
        }
        weight = 1.0;
        for (int size = reading.open; size <= VG_HOUSEHOLD_SIZE_MAX; size++, weight *= LARGER_HOUSEHOLDS) {
            reading.households[size] = all * weight / weights;
        }
    }
    for (int size = 1; size <= VG_HOUSEHOLD_SIZE_MAX; size++) {
        sum += reading.households[size];
        mean += reading.households[size] * size;
    }
    if (!(sum > 0.0)) {
        return vg_fail(error, VG_DATA_ERROR, "%s: found no households, expected some", source->path);
    }
    sizes->share[0] = 0.0;
    for (int size = 1; size <= VG_HOUSEHOLD_SIZE_MAX; size++) {
        sizes->share[size] = reading.households[size] / sum;
    }
    sizes->mean = mean / sum;
    return VG_OK;
}

/* ---------------------------------------------------------- municipalities */

enum municipality_column { CODE, NAME, POPULATION, PARENT, LATITUDE, LONGITUDE, HOUSEHOLD_SIZE, MUNICIPALITY_COLUMNS };

struct municipality_reading {
    struct walk_column columns[MUNICIPALITY_COLUMNS];
    struct vg_arena *arena;
    struct vg_municipality_list *list;
    struct vg_dictionary codes;
    size_t capacity;
    size_t age_column[VG_AGE_BANDS_MAX];
};

/* Columns named as bands, or "age" and a band. */
static vg_status find_ages(const struct walk *walk, struct municipality_reading *reading, struct vg_error *error)
{
    struct vg_age_bands *bands = &reading->list->bands;
    int next = 0;
    bands->count = 0;
    for (size_t column = 0; column < vg_reader_column_count(walk->reader); column++) {
        struct vg_text heading = vg_reader_heading(walk->reader, column);
        bool aged = heading.size > 4 && (memcmp(heading.data, "age ", 4) == 0 || memcmp(heading.data, "age_", 4) == 0);
        int low, high;
        if (!vg_age_band_parse(aged ? vg_text_of(heading.data + 4, heading.size - 4) : heading, &low, &high)) {
            continue;
        }
        if (low != next || bands->count == VG_AGE_BANDS_MAX) {
            return vg_fail(error, VG_DATA_ERROR, "%s: found the column %.*s, expected ages from %d on, in order and without gaps", walk->path, (int)heading.size, heading.data, next);
        }
        next = high < 0 ? -1 : high + 1;
        reading->age_column[bands->count] = column;
        bands->lower_years[bands->count++] = low;
    }
    return VG_OK;
}

static bool room_for_one(struct municipality_reading *reading)
{
    struct vg_municipality_list *list = reading->list;
    if (list->count < reading->capacity) {
        return true;
    }
    size_t capacity = reading->capacity == 0 ? 256 : 2 * reading->capacity;
    struct vg_municipality *items = VG_ARENA_ARRAY(reading->arena, struct vg_municipality, capacity);
    double *shares = list->bands.count > 0 ? VG_ARENA_ARRAY(reading->arena, double, capacity * list->bands.count) : NULL;
    if (items == NULL || (list->bands.count > 0 && shares == NULL)) {
        return false;
    }
    if (list->count > 0) {
        memcpy(items, list->items, list->count * sizeof *items);
        if (shares != NULL) {
            memcpy(shares, list->age_share, list->count * list->bands.count * sizeof *shares);
        }
    }
    list->items = items;
    list->age_share = shares;
    reading->capacity = capacity;
    return true;
}

static vg_status optional_number(const struct municipality_reading *reading, const struct walk_row *row, enum municipality_column column, double low, double high, double *value, struct vg_error *error)
{
    *value = NAN;
    return walk_cell(row, &reading->columns[column]).size == 0 ? VG_OK : walk_number(row, &reading->columns[column], low, high, value, error);
}

static vg_status take_shares(const struct municipality_reading *reading, const struct walk_row *row, double *shares, struct vg_error *error)
{
    size_t n = reading->list->bands.count, blank = 0;
    double sum = 0.0;
    for (size_t band = 0; band < n; band++) {
        struct vg_text cell = vg_text_trim(row->cells[reading->age_column[band]]);
        shares[band] = NAN;
        if (cell.size == 0) {
            blank++;
            continue;
        }
        char name[VG_AGE_BAND_TEXT_BYTES];
        (void)vg_age_band_print(&reading->list->bands, band, name);
        vg_status status = walk_parse(name, cell, 0.0, WALK_PEOPLE_MOST, &shares[band], error);
        if (status != VG_OK) {
            return status;
        }
        sum += shares[band];
    }
    if (blank == n) {
        return VG_OK;
    }
    if (blank > 0 || !(sum > 0.0)) {
        return vg_fail(error, VG_DATA_ERROR, "ages: found %zu of %zu filled, with %g people, expected all or none", n - blank, n, sum);
    }
    for (size_t band = 0; band < n; band++) {
        shares[band] /= sum;
    }
    return VG_OK;
}

static vg_status take_municipality(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct municipality_reading *reading = context;
    struct vg_municipality_list *list = reading->list;
    struct vg_municipality item = {.code = NULL};
    struct vg_text code = walk_cell(row, &reading->columns[CODE]), name = walk_cell(row, &reading->columns[NAME]), parent = walk_cell(row, &reading->columns[PARENT]);
    if (code.size == 0 || vg_dictionary_find(&reading->codes, code) != VG_DICTIONARY_NONE) {
        return vg_fail(error, VG_DATA_ERROR, "column code: found \"%.*s\", expected a code that no other line has", (int)code.size, code.data);
    }
    vg_status status = optional_number(reading, row, POPULATION, 0.0, WALK_PEOPLE_MOST, &item.population, error); /* of units above others */
    status = status == VG_OK ? optional_number(reading, row, LATITUDE, -90.0, 90.0, &item.latitude, error) : status;
    status = status == VG_OK ? optional_number(reading, row, LONGITUDE, -180.0, 180.0, &item.longitude, error) : status;
    status = status == VG_OK ? optional_number(reading, row, HOUSEHOLD_SIZE, 1.0, 12.0, &item.mean_household_size, error) : status;
    if (status != VG_OK) {
        return status;
    }
    item.code = vg_arena_copy_bytes(reading->arena, code.data, code.size);
    item.name = vg_arena_copy_bytes(reading->arena, name.size > 0 ? name.data : code.data, name.size > 0 ? name.size : code.size);
    item.parent = parent.size > 0 ? vg_arena_copy_bytes(reading->arena, parent.data, parent.size) : NULL;
    if (!room_for_one(reading) || reading->arena->failed || vg_dictionary_add(&reading->codes, code) == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, sizeof item);
    }
    list->items[list->count++] = item;
    return list->bands.count == 0 ? VG_OK : take_shares(reading, row, list->age_share + (list->count - 1) * list->bands.count, error);
}

/* Rows that others name as what they belong to are units above them, not municipalities. */
static bool part_units(const struct municipality_reading *reading)
{
    struct vg_municipality_list *list = reading->list;
    bool *above = VG_ARENA_ARRAY(reading->arena, bool, list->count + 1);
    list->units = VG_ARENA_ARRAY(reading->arena, struct vg_municipality, list->count + 1);
    if (above == NULL || list->units == NULL) {
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        uint32_t parent = list->items[i].parent == NULL ? VG_DICTIONARY_NONE : vg_dictionary_find(&reading->codes, vg_text_from(list->items[i].parent));
        above[parent == VG_DICTIONARY_NONE || parent == i ? list->count : parent] = true;
    }
    size_t kept = 0, n = list->bands.count;
    for (size_t i = 0; i < list->count; i++) {
        if (above[i]) {
            list->units[list->n_units++] = list->items[i];
            continue;
        }
        list->items[kept] = list->items[i];
        if (n > 0) {
            memmove(list->age_share + kept * n, list->age_share + i * n, n * sizeof *list->age_share);
        }
        kept++;
    }
    list->count = kept;
    return true;
}

vg_status vg_intake_read_municipalities(const struct vg_table_source *source, struct vg_arena *arena, struct vg_municipality_list *list, struct vg_error *error)
{
    struct municipality_reading reading = {
        .columns = {{"code|codigo|municipality_code|cod_mpio|ibge|divipola|cve_mun|id", true, WALK_NONE}, {"name|nombre|nome|municipality|municipio", false, WALK_NONE},
                    {"population|poblacion|populacao|persons", true, WALK_NONE}, {"parent|department|state|province|departamento|estado|provincia|uf", false, WALK_NONE},
                    {"latitude|lat|latitud", false, WALK_NONE}, {"longitude|lon|long|lng|longitud", false, WALK_NONE}, {"household_size|mean_household_size", false, WALK_NONE}},
        .arena = arena, .list = list};
    struct walk walk;
    *list = (struct vg_municipality_list){.count = 0};
    vg_dictionary_init(&reading.codes, arena);
    vg_status status = walk_open(source, &walk, error);
    if (status == VG_OK) {
        status = walk_columns(&walk, reading.columns, MUNICIPALITY_COLUMNS, error);
    }
    if (status == VG_OK) {
        status = find_ages(&walk, &reading, error);
    }
    if (status == VG_OK) {
        status = walk_rows(&walk, take_municipality, &reading, error);
    }
    walk_close(&walk);
    if (status == VG_OK && !part_units(&reading)) {
        return vg_fail_memory(error, list->count * sizeof *list->units);
    }
    for (size_t i = 0; status == VG_OK && i < list->count; i++) {
        if (isnan(list->items[i].population)) {
            status = vg_fail(error, VG_DATA_ERROR, "%s: found no population of %s, expected one, as no other line belongs to it", source->path, list->items[i].code);
        }
    }
    return status;
}

/* ------------------------------------------------------------------- flows */

struct flow_reading {
    struct walk_column columns[3];
    struct vg_arena *arena;
    struct vg_flow_table *flows;
    struct vg_dictionary codes;
    size_t capacity;
};

static bool room_for_flow(struct flow_reading *reading)
{
    struct vg_flow_table *flows = reading->flows;
    if (flows->n_flows < reading->capacity) {
        return true;
    }
    size_t capacity = reading->capacity == 0 ? 1024 : 2 * reading->capacity;
    struct vg_flow_table more = {VG_ARENA_ARRAY(reading->arena, uint32_t, capacity), VG_ARENA_ARRAY(reading->arena, uint32_t, capacity), VG_ARENA_ARRAY(reading->arena, double, capacity), flows->n_flows};
    if (more.origin == NULL || more.destination == NULL || more.persons == NULL) {
        return false;
    }
    if (flows->n_flows > 0) {
        memcpy(more.origin, flows->origin, flows->n_flows * sizeof *more.origin);
        memcpy(more.destination, flows->destination, flows->n_flows * sizeof *more.destination);
        memcpy(more.persons, flows->persons, flows->n_flows * sizeof *more.persons);
    }
    *flows = more;
    reading->capacity = capacity;
    return true;
}

static vg_status take_flow(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct flow_reading *reading = context;
    uint32_t ends[2];
    double persons;
    for (size_t end = 0; end < 2; end++) {
        struct vg_text code = walk_cell(row, &reading->columns[end]);
        ends[end] = vg_dictionary_find(&reading->codes, code);
        if (ends[end] == VG_DICTIONARY_NONE) {
            return vg_fail(error, VG_DATA_ERROR, "column %s: found \"%.*s\", expected the code of a municipality", end == 0 ? "origin" : "destination", code.size > 60 ? 60 : (int)code.size, code.data);
        }
    }
    vg_status status = walk_number(row, &reading->columns[2], 0.0, WALK_PEOPLE_MOST, &persons, error);
    if (status != VG_OK) {
        return status;
    }
    if (!room_for_flow(reading)) {
        return vg_fail_memory(error, 2 * reading->capacity * sizeof(double));
    }
    struct vg_flow_table *flows = reading->flows;
    flows->origin[flows->n_flows] = ends[0];
    flows->destination[flows->n_flows] = ends[1];
    flows->persons[flows->n_flows++] = persons;
    return VG_OK;
}

vg_status vg_intake_read_flows(const struct vg_table_source *source, const struct vg_municipality_list *list, struct vg_arena *arena, struct vg_flow_table *flows, struct vg_error *error)
{
    struct flow_reading reading = {.columns = {{"origin|from|origen|origem|residence", true, WALK_NONE}, {"destination|to|destino|work", true, WALK_NONE}, {"persons|flow|commuters|personas|pessoas|count|value", true, WALK_NONE}},
                                   .arena = arena, .flows = flows};
    *flows = (struct vg_flow_table){.n_flows = 0};
    vg_dictionary_init(&reading.codes, arena);
    for (size_t i = 0; i < list->count; i++) {
        if (vg_dictionary_add(&reading.codes, vg_text_from(list->items[i].code)) == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, list->count);
        }
    }
    return walk_table(source, reading.columns, 3, take_flow, &reading, error);
}

/* ------------------------------------------------------------------ shares */

struct share_reading {
    struct walk_column columns[2];
    const struct vg_municipality_list *list;
    struct vg_dictionary codes;
    size_t *people;    /* [list->count] how many municipalities the row has that a place's share is from: the fewest count */
    double *percent;
    struct vg_arena *arena;
};

static vg_status take_share(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct share_reading *reading = context;
    struct vg_text cell = walk_cell(row, &reading->columns[0]);
    double percent;
    size_t before = reading->codes.count, within = 0;
    const char *code = vg_arena_copy_bytes(reading->arena, cell.data, cell.size);
    if (code == NULL || vg_dictionary_add(&reading->codes, cell) == VG_DICTIONARY_NONE) {
        return vg_fail_memory(error, cell.size);
    }
    for (size_t m = 0; m < reading->list->count; m++) {
        within += vg_municipality_within(reading->list, m, code) ? 1 : 0;
    }
    if (within == 0 || reading->codes.count == before) {
        return vg_fail(error, VG_DATA_ERROR, "column code: found \"%.*s\", expected %s", cell.size > 60 ? 60 : (int)cell.size, cell.data,
                       within == 0 ? "the code of a municipality or of a unit above" : "each code once");
    }
    vg_status status = walk_number(row, &reading->columns[1], 0.0, 100.0, &percent, error);
    for (size_t m = 0; status == VG_OK && m < reading->list->count; m++) {
        bool own = strcmp(reading->list->items[m].code, code) == 0;
        size_t people = own ? 0 : within; /* a unit of fewer municipalities is nearer */
        if ((own || vg_municipality_within(reading->list, m, code)) && people < reading->people[m]) {
            reading->people[m] = people;
            reading->percent[m] = percent;
        }
    }
    return status;
}

vg_status vg_intake_read_shares(const struct vg_table_source *source, const struct vg_municipality_list *list, struct vg_arena *arena, double *percent, struct vg_error *error)
{
    struct share_reading reading = {.columns = {{"code|municipality|place|location|codigo", true, WALK_NONE}, {"share_percent|percent|porcentaje|percentual|pourcentage", true, WALK_NONE}},
                                    .list = list, .people = VG_ARENA_ARRAY(arena, size_t, list->count), .percent = percent, .arena = arena};
    vg_dictionary_init(&reading.codes, arena);
    if (reading.people == NULL) {
        return vg_fail_memory(error, list->count * sizeof *reading.people);
    }
    for (size_t m = 0; m < list->count; m++) {
        reading.people[m] = SIZE_MAX;
        percent[m] = NAN;
    }
    return walk_table(source, reading.columns, 2, take_share, &reading, error);
}
