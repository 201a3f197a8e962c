/*
 * The example as its ministry publishes it: line list, hospital census and list of places, as known on a given day.
 * The errors of the clerks, decided in example_cases.c, become visible here.
 */
#include "control/example_internal.h"

#include <string.h>

/* A death is in the file three days later, an admission the next day. */
enum { DEATH_KNOWN_AFTER_DAYS = 3, ADMISSION_KNOWN_AFTER_DAYS = 1, NAME_BYTES = 96 };

static vg_status finish(const struct vg_table *table, struct vg_error *error)
{
    return table->failed ? vg_fail_memory(error, table->n_rows * table->n_columns * 16) : VG_OK;
}

static int32_t known(int32_t date, int32_t as_of, int after_days)
{
    return date == VG_DATE_NONE || date + after_days > as_of ? VG_DATE_NONE : date;
}

/* U+00C0..U+00FF without their marks, for UTF-8 bytes C3 80..C3 BF. */
static const char plain_letters[] = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYTsaaaaaaaceeeeiiiidnooooo/ouuuuyty";

/* kind 0: CAPITALS WITHOUT MARKS; 1: small letters without marks; 2: as it is, with blanks behind. */
static void spoil_name(const char *name, unsigned kind, char out[NAME_BYTES])
{
    size_t n = 0;
    for (size_t i = 0; name[i] && n + 4 < NAME_BYTES; i++) {
        unsigned char c = (unsigned char)name[i];
        if (kind < 2 && c == 0xC3 && name[i + 1])
            c = (unsigned char)plain_letters[(unsigned char)name[++i] - 0x80];
        if (kind == 0 && c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        if (kind == 1 && c >= 'A' && c <= 'Z')
            c = (unsigned char)(c - 'A' + 'a');
        out[n++] = (char)c;
    }
    if (kind == 2) {
        out[n++] = ' ';
        out[n++] = ' ';
    }
    out[n] = '\0';
}

static void put_place(struct vg_table *table, const struct vg_example *example, const struct vg_example_case *one,
                      size_t number)
{
    const struct vg_example_place *municipality = &example->municipalities[one->municipality];
    const struct vg_example_place *province = &example->provinces[example->province_of[one->municipality]];
    char spoilt[NAME_BYTES];
    vg_table_text(table, province->code);
    vg_table_text(table, province->name);
    vg_table_text(table, one->flags & VG_EXAMPLE_CODE_LOST ? NULL : municipality->code);
    if (one->flags & VG_EXAMPLE_NAME_VARIANT)
        spoil_name(municipality->name, (unsigned)(number % 3), spoilt);
    vg_table_text(table, one->flags & VG_EXAMPLE_NAME_VARIANT ? spoilt : municipality->name);
}

static void put_person(struct vg_table *table, const struct vg_example_case *one)
{
    vg_table_text(table, one->flags & VG_EXAMPLE_SEX_LOST ? NULL : one->sex == VG_SEX_FEMALE ? "F" : "M");
    if (one->flags & VG_EXAMPLE_AGE_LOST)
        vg_table_missing(table);
    else if (one->flags & VG_EXAMPLE_AGE_IMPOSSIBLE)
        vg_table_integer(table, 199);
    else if (one->flags & VG_EXAMPLE_AGE_ROUNDED)
        vg_table_integer(table, (one->age_years + 5) / 10 * 10);
    else
        vg_table_integer(table, one->age_years);
}

static int32_t one_year_later(int32_t date)
{
    int year, month, day;
    vg_date_to_civil(date, &year, &month, &day);
    int32_t later = vg_date_from_civil(year + 1, month, day);
    return later == VG_DATE_NONE ? date + 365 : later; /* 29 February */
}

static void put_row(struct vg_table *table, const struct vg_example *example, size_t index, size_t number, int32_t as_of)
{
    static const char *const severity_words[] = {"", "asintomático", "leve", "moderado", "grave", "crítico"};
    const struct vg_example_case *one = &example->cases[index];
    int32_t admission = known(one->admission, as_of, ADMISSION_KNOWN_AFTER_DAYS);
    int32_t icu = known(one->icu, as_of, ADMISSION_KNOWN_AFTER_DAYS);
    int32_t death = known(one->death, as_of, DEATH_KNOWN_AFTER_DAYS), recovery = known(one->recovery, as_of, 0);
    uint8_t severity = one->severity;
    char id[VG_EXAMPLE_ID_BYTES];
    if (severity == VG_SEVERITY_CRITICAL && icu == VG_DATE_NONE)
        severity = VG_SEVERITY_SEVERE;
    if (severity == VG_SEVERITY_SEVERE && admission == VG_DATE_NONE && death == VG_DATE_NONE)
        severity = VG_SEVERITY_MODERATE;
    vg_example_case_id(number, id);
    vg_table_text(table, id);
    put_place(table, example, one, index);
    put_person(table, one);
    bool no_onset = one->asymptomatic || (one->flags & VG_EXAMPLE_ONSET_LOST);
    vg_table_date(table, no_onset                                   ? VG_DATE_NONE
                         : one->flags & VG_EXAMPLE_ONSET_WRONG_YEAR ? one_year_later(one->onset)
                                                                    : one->onset);
    vg_table_date(table, one->notification);
    vg_table_date(table, one->report);
    vg_table_text(table, severity_words[severity]);
    vg_table_date(table, admission);
    vg_table_date(table, icu);
    vg_table_text(table, death != VG_DATE_NONE ? "fallecido" : recovery != VG_DATE_NONE ? "recuperado" : "activo");
    vg_table_date(table, recovery);
    vg_table_date(table, death != VG_DATE_NONE && (one->flags & VG_EXAMPLE_DEATH_BEFORE_ONSET) ? one->onset - 30 : death);
}

vg_status vg_control_example_line_list(const struct vg_example *example, int32_t as_of, struct vg_table *table,
                                       struct vg_error *error)
{
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {
        {"id_caso", VG_COLUMN_TEXT},
        {"codigo_provincia", VG_COLUMN_TEXT},
        {"provincia", VG_COLUMN_TEXT},
        {"codigo_municipio", VG_COLUMN_TEXT},
        {"municipio", VG_COLUMN_TEXT},
        {"sexo", VG_COLUMN_TEXT},
        {"edad", VG_COLUMN_INTEGER},
        {"fecha_inicio_sintomas", VG_COLUMN_DATE},
        {"fecha_notificacion", VG_COLUMN_DATE},
        {"fecha_reporte", VG_COLUMN_DATE},
        {"gravedad", VG_COLUMN_TEXT},
        {"fecha_hospitalizacion", VG_COLUMN_DATE},
        {"fecha_uci", VG_COLUMN_DATE},
        {"estado", VG_COLUMN_TEXT},
        {"fecha_recuperacion", VG_COLUMN_DATE},
        {"fecha_muerte", VG_COLUMN_DATE},
    };
    for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    for (size_t i = 0; i < example->n_cases && example->cases[i].report <= as_of; i++) {
        put_row(table, example, i, i, as_of);
        if (example->cases[i].flags & VG_EXAMPLE_REPEATED)
            put_row(table, example, i, i, as_of);
        if (example->cases[i].flags & VG_EXAMPLE_ENTERED_TWICE)
            put_row(table, example, i, example->n_cases + i, as_of);
    }
    return finish(table, error);
}

struct census {
    double ward[VG_EXAMPLE_DAYS], intensive[VG_EXAMPLE_DAYS], admissions[VG_EXAMPLE_DAYS];
};

static void add_stay(double days[VG_EXAMPLE_DAYS], int32_t from, int32_t until, int32_t start)
{
    for (int32_t date = from < start ? start : from; date < until && date - start < VG_EXAMPLE_DAYS; date++)
        days[date - start]++;
}

/* A patient counts on each day on which the night is spent in the ward, or in the unit. */
static void count_census(const struct vg_example *example, size_t province, struct census *census)
{
    memset(census, 0, sizeof *census);
    for (size_t i = 0; i < example->n_cases; i++) {
        const struct vg_example_case *one = &example->cases[i];
        if (one->admission == VG_DATE_NONE || example->province_of[one->municipality] != province)
            continue;
        add_stay(census->admissions, one->admission, one->admission + 1, example->start);
        if (one->icu == VG_DATE_NONE) {
            add_stay(census->ward, one->admission, one->discharge, example->start);
        } else {
            add_stay(census->ward, one->admission, one->icu, example->start);
            add_stay(census->intensive, one->icu, one->icu_out, example->start);
            add_stay(census->ward, one->icu_out, one->discharge, example->start);
        }
    }
}

vg_status vg_control_example_census(const struct vg_example *example, int32_t as_of, struct vg_table *table,
                                    struct vg_error *error)
{
    struct census census;
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "place_code", VG_COLUMN_TEXT);
    vg_table_add_column(table, "place", VG_COLUMN_TEXT);
    static const char *const counts[] = {"ward_patients", "icu_patients", "ward_beds", "icu_beds", "admissions"};
    for (size_t i = 0; i < 5; i++)
        vg_table_add_column(table, counts[i], VG_COLUMN_INTEGER);
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++) {
        char code[16];
        snprintf(code, sizeof code, VG_EXAMPLE_COUNTRY "-%s", example->provinces[p].code);
        count_census(example, p, &census);
        for (int day = 0; day < VG_EXAMPLE_DAYS && example->start + day <= as_of; day++) {
            bool silent = p == 4 && vg_date_weekday(example->start + day) == 0; /* the plateau does not count on Sundays */
            vg_table_date(table, example->start + day);
            vg_table_text(table, code);
            vg_table_text(table, example->provinces[p].name);
            const double values[5] = {census.ward[day], census.intensive[day], 3.0e-4 * example->provinces[p].population,
                                      3.0e-5 * example->provinces[p].population, census.admissions[day]};
            for (size_t i = 0; i < 5; i++) {
                if (silent && i != 2 && i != 3)
                    vg_table_missing(table);
                else
                    vg_table_integer(table, (int64_t)values[i]);
            }
        }
    }
    return finish(table, error);
}

static void put_place_row(struct vg_table *table, const char *code, const struct vg_example_place *place, const char *parent,
                          const char *level)
{
    vg_table_text(table, code);
    vg_table_text(table, place->name);
    vg_table_text(table, parent);
    vg_table_text(table, level);
    vg_table_integer(table, (int64_t)place->population);
    vg_table_double(table, place->latitude);
    vg_table_double(table, place->longitude);
}

vg_status vg_control_example_places(const struct vg_example *example, struct vg_table *table, struct vg_error *error)
{
    static const char *const texts[] = {"code", "name", "parent", "level"};
    struct vg_example_place country = {.code = VG_EXAMPLE_COUNTRY, .name = "Vallemar", .latitude = -39, .longitude = -100};
    for (size_t i = 0; i < 4; i++)
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    vg_table_add_column(table, "population", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "latitude", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "longitude", VG_COLUMN_DOUBLE);
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++)
        country.population += example->provinces[p].population;
    put_place_row(table, VG_EXAMPLE_COUNTRY, &country, NULL, vg_place_level_name(VG_LEVEL_COUNTRY));
    for (size_t i = 0; i < VG_EXAMPLE_PROVINCES + VG_EXAMPLE_MUNICIPALITIES; i++) {
        bool is_province = i < VG_EXAMPLE_PROVINCES;
        size_t m = is_province ? 0 : i - VG_EXAMPLE_PROVINCES;
        const struct vg_example_place *place = is_province ? &example->provinces[i] : &example->municipalities[m];
        char code[16], parent[16];
        snprintf(code, sizeof code, VG_EXAMPLE_COUNTRY "-%s", place->code);
        snprintf(parent, sizeof parent, VG_EXAMPLE_COUNTRY "-%s", example->provinces[example->province_of[m]].code);
        put_place_row(table, code, place, is_province ? VG_EXAMPLE_COUNTRY : parent,
                      vg_place_level_name(is_province ? VG_LEVEL_ADMIN1 : VG_LEVEL_ADMIN2));
    }
    return finish(table, error);
}
