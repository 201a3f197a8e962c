/*
 * What really happened in the example, as tables: by place and day, by case, the reporting delay by month, and a list
 * of everything that was spoilt on purpose. Estimates and the data-quality report are held against these.
 */
#include "control/example_internal.h"

#include <math.h>
#include <string.h>

static const char *const flag_names[VG_EXAMPLE_FLAGS] = {
    "onset_lost", "name_variant", "code_lost", "onset_wrong_year", "death_before_onset", "age_impossible",  "age_lost",
    "sex_lost",   "age_rounded",  "repeated",  "entered_twice",    "in_batch",           "held_by_silence", "late_laboratory"};

const char *vg_example_flag_name(unsigned bit)
{
    VG_ASSERT(bit < VG_EXAMPLE_FLAGS);
    return flag_names[bit];
}

static vg_status finish(const struct vg_table *table, struct vg_error *error)
{
    return table->failed ? vg_fail_memory(error, table->n_rows * table->n_columns * 16) : VG_OK;
}

/* What is summed over the places of a province or the country. [day] */
struct daily {
    double expected[VG_EXAMPLE_DAYS], met[VG_EXAMPLE_DAYS], infections[VG_EXAMPLE_DAYS], imports[VG_EXAMPLE_DAYS];
    double onsets[VG_EXAMPLE_DAYS], smooth_onsets[VG_EXAMPLE_DAYS], cases_onset[VG_EXAMPLE_DAYS],
        cases_reported[VG_EXAMPLE_DAYS];
};

static void count_cases(const struct vg_example *example, int32_t as_of, struct daily *of_municipality)
{
    for (size_t i = 0; i < example->n_cases; i++) {
        const struct vg_example_case *one = &example->cases[i];
        if (one->asymptomatic || one->onset > example->end)
            continue;
        struct daily *daily = &of_municipality[one->municipality];
        daily->cases_onset[one->onset - example->start]++;
        daily->cases_reported[one->onset - example->start] += one->report <= as_of;
    }
}

static void fill_municipality(const struct vg_example *example, size_t municipality, struct daily *daily)
{
    double incubation[VG_EXAMPLE_GENERATION_DAYS];
    for (int s = 0; s < VG_EXAMPLE_GENERATION_DAYS; s++)
        incubation[s] = vg_example_incubation_share(s);
    for (int day = 0; day < VG_EXAMPLE_DAYS; day++) {
        size_t at = vg_example_at(municipality, day);
        daily->expected[day] = example->expected[at];
        daily->met[day] = example->rt[at] > 0 ? example->expected[at] / example->rt[at] : 0;
        daily->infections[day] = example->infections[at];
        daily->imports[day] = example->imports[at];
        daily->onsets[day] = example->onsets[at];
        for (int s = 0; s < VG_EXAMPLE_GENERATION_DAYS && s <= day; s++)
            daily->smooth_onsets[day] += VG_EXAMPLE_SYMPTOMATIC_SHARE * incubation[s] * example->infections[at - (size_t)s];
    }
}

static void add_daily(struct daily *sum, const struct daily *part)
{
    double *to = (double *)sum;
    const double *from = (const double *)part;
    for (size_t i = 0; i < sizeof(struct daily) / sizeof(double); i++)
        to[i] += from[i];
}

static double onset_ratio(const struct vg_example *example, const struct daily *daily, int day)
{
    double pressure = 0;
    for (int s = 1; s < VG_EXAMPLE_GENERATION_DAYS && s <= day; s++)
        pressure += example->generation[s] * daily->smooth_onsets[day - s];
    return day < 21 || pressure < 0.5 ? NAN : daily->smooth_onsets[day] / pressure;
}

static void put_daily(struct vg_table *table, const struct vg_example *example, const char *code, const struct daily *daily)
{
    char place_code[16];
    if (strcmp(code, VG_EXAMPLE_COUNTRY) == 0)
        snprintf(place_code, sizeof place_code, "%s", code);
    else
        snprintf(place_code, sizeof place_code, VG_EXAMPLE_COUNTRY "-%s", code);
    for (int day = 0; day < VG_EXAMPLE_DAYS; day++) {
        vg_table_text(table, place_code);
        vg_table_date(table, example->start + day);
        vg_table_double(table, daily->met[day] > 0 ? daily->expected[day] / daily->met[day] : NAN);
        vg_table_double(table, onset_ratio(example, daily, day));
        vg_table_integer(table, (int64_t)daily->infections[day]);
        vg_table_integer(table, (int64_t)daily->imports[day]);
        vg_table_integer(table, (int64_t)daily->onsets[day]);
        vg_table_integer(table, (int64_t)daily->cases_onset[day]);
        vg_table_integer(table, (int64_t)daily->cases_reported[day]);
    }
}

vg_status vg_control_example_truth(const struct vg_example *example, int32_t as_of, struct vg_table *table,
                                   struct vg_error *error)
{
    static const char *const counts[] = {"infections", "imports", "onsets", "cases_onset", "cases_reported"};
    const size_t n =
        1 + VG_EXAMPLE_PROVINCES + VG_EXAMPLE_MUNICIPALITIES; /* the country, then the provinces, then the municipalities */
    struct vg_arena scratch;
    vg_status status = VG_OK;
    vg_arena_init(&scratch, 0);
    struct daily *daily = VG_ARENA_ARRAY(&scratch, struct daily, n);
    if (!daily) {
        status = vg_fail_memory(error, n * sizeof *daily);
        goto done;
    }
    struct daily *of_municipality = daily + 1 + VG_EXAMPLE_PROVINCES;
    count_cases(example, as_of, of_municipality);
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++) {
        fill_municipality(example, m, &of_municipality[m]);
        add_daily(&daily[1 + example->province_of[m]], &of_municipality[m]);
        add_daily(&daily[0], &of_municipality[m]);
    }
    vg_table_add_column(table, "place_code", VG_COLUMN_TEXT);
    vg_table_add_column(table, "date", VG_COLUMN_DATE);
    vg_table_add_column(table, "rt", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "rt_onset", VG_COLUMN_DOUBLE);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        vg_table_add_column(table, counts[i], VG_COLUMN_INTEGER);
    put_daily(table, example, VG_EXAMPLE_COUNTRY, &daily[0]);
    for (size_t p = 0; p < VG_EXAMPLE_PROVINCES; p++)
        put_daily(table, example, example->provinces[p].code, &daily[1 + p]);
    for (size_t m = 0; m < VG_EXAMPLE_MUNICIPALITIES; m++)
        put_daily(table, example, example->municipalities[m].code, &of_municipality[m]);
    status = finish(table, error);
done:
    vg_arena_release(&scratch);
    return status;
}

vg_status vg_control_example_case_truth(const struct vg_example *example, struct vg_table *table, struct vg_error *error)
{
    vg_table_add_column(table, "id_caso", VG_COLUMN_TEXT);
    vg_table_add_column(table, "place_code", VG_COLUMN_TEXT);
    vg_table_add_column(table, "infection_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "onset_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "report_date", VG_COLUMN_DATE);
    vg_table_add_column(table, "asymptomatic", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "age", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "errors", VG_COLUMN_TEXT);
    for (size_t i = 0; i < example->n_cases; i++) {
        const struct vg_example_case *one = &example->cases[i];
        char id[VG_EXAMPLE_ID_BYTES], code[16], errors[256];
        size_t used = 0;
        errors[0] = '\0';
        for (unsigned bit = 0; bit < VG_EXAMPLE_FLAGS; bit++) /* all names together are shorter than the buffer */
            if (one->flags >> bit & 1)
                used += (size_t)snprintf(errors + used, sizeof errors - used, "%s%s", used ? " " : "", flag_names[bit]);
        vg_example_case_id(i, id);
        snprintf(code, sizeof code, VG_EXAMPLE_COUNTRY "-%s", example->municipalities[one->municipality].code);
        vg_table_text(table, id);
        vg_table_text(table, code);
        vg_table_date(table, one->infection);
        vg_table_date(table, one->onset);
        vg_table_date(table, one->report);
        vg_table_boolean(table, one->asymptomatic);
        vg_table_integer(table, one->age_years);
        vg_table_text(table, errors[0] ? errors : NULL);
    }
    return finish(table, error);
}

enum { LONGEST_DELAY_DAYS = 400, MONTHS = 16 };

static int quantile_of(const size_t histogram[LONGEST_DELAY_DAYS + 1], size_t total, double share)
{
    size_t seen = 0;
    int days = 0;
    while (days < LONGEST_DELAY_DAYS && (double)(seen += histogram[days]) < share * (double)total)
        days++;
    return days;
}

static void put_delay_month(struct vg_table *table, const char *month, const size_t histogram[LONGEST_DELAY_DAYS + 1])
{
    size_t total = 0;
    double sum = 0, squares = 0;
    for (int days = 0; days <= LONGEST_DELAY_DAYS; days++) {
        total += histogram[days];
        sum += (double)histogram[days] * days;
        squares += (double)histogram[days] * days * days;
    }
    if (total == 0)
        return;
    double mean = sum / (double)total;
    vg_table_text(table, month);
    vg_table_integer(table, (int64_t)total);
    vg_table_double(table, mean);
    vg_table_double(table, sqrt(fmax(squares / (double)total - mean * mean, 0)));
    vg_table_integer(table, quantile_of(histogram, total, 0.5));
    vg_table_integer(table, quantile_of(histogram, total, 0.9));
}

vg_status vg_control_example_delay_truth(const struct vg_example *example, struct vg_table *table, struct vg_error *error)
{
    size_t histograms[MONTHS][LONGEST_DELAY_DAYS + 1] = {0};
    int first_year, first_month, year, month, day;
    vg_date_to_civil(example->start, &first_year, &first_month, &day);
    for (size_t i = 0; i < example->n_cases; i++) {
        const struct vg_example_case *one = &example->cases[i];
        if (one->asymptomatic || one->onset > example->end)
            continue;
        vg_date_to_civil(one->onset, &year, &month, &day);
        int delay = one->report - one->onset;
        histograms[(year - first_year) * 12 + month - first_month][delay < LONGEST_DELAY_DAYS ? delay : LONGEST_DELAY_DAYS]++;
    }
    vg_table_add_column(table, "month", VG_COLUMN_TEXT);
    vg_table_add_column(table, "cases", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "mean_days", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "sd_days", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "median_days", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "p90_days", VG_COLUMN_INTEGER);
    for (int m = 0; m < MONTHS; m++) {
        char name[24];
        snprintf(name, sizeof name, "%04d-%02d", first_year + (first_month - 1 + m) / 12, (first_month - 1 + m) % 12 + 1);
        put_delay_month(table, name, histograms[m]);
    }
    return finish(table, error);
}

static void put_note(struct vg_table *table, const char *kind, int64_t count, const char *note)
{
    vg_table_text(table, kind);
    vg_table_integer(table, count);
    vg_table_text(table, note);
}

vg_status vg_control_example_imperfections(const struct vg_example *example, int32_t as_of, struct vg_table *table,
                                           struct vg_error *error)
{
    static const char *const notes[VG_EXAMPLE_FLAGS] = {"fecha_inicio_sintomas blank though there were symptoms",
                                                        "municipio without accents, in capitals, or padded",
                                                        "codigo_municipio blank, name kept",
                                                        "fecha_inicio_sintomas one year late, after the report",
                                                        "fecha_muerte 30 days before the onset",
                                                        "edad 199",
                                                        "edad blank",
                                                        "sexo blank",
                                                        "edad rounded to the nearest ten",
                                                        "the row stands twice",
                                                        "once more under another id_caso",
                                                        "held back and reported on the batch day",
                                                        "not in this file: the municipality fell silent",
                                                        "report delayed by a late laboratory"};
    int64_t counts[VG_EXAMPLE_FLAGS] = {0}, asymptomatic = 0, cases = 0;
    char day[VG_DATE_TEXT_BYTES], text[128];
    for (size_t i = 0; i < example->n_cases; i++) {
        const struct vg_example_case *one = &example->cases[i];
        bool in_file = one->report <= as_of;
        cases += in_file;
        asymptomatic += in_file && one->asymptomatic;
        for (unsigned bit = 0; bit < VG_EXAMPLE_FLAGS; bit++) {
            unsigned flag = 1u << bit;
            bool seen = flag == VG_EXAMPLE_HELD_BY_SILENCE ? !in_file : in_file;
            if (flag == VG_EXAMPLE_DEATH_BEFORE_ONSET)
                seen = seen && one->death != VG_DATE_NONE && one->death + 3 <= as_of;
            counts[bit] += seen && (one->flags & flag);
        }
    }
    vg_table_add_column(table, "kind", VG_COLUMN_TEXT);
    vg_table_add_column(table, "count", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "note", VG_COLUMN_TEXT);
    put_note(table, "cases", cases, "different cases in the file");
    put_note(table, "asymptomatic", asymptomatic, "rightly without fecha_inicio_sintomas");
    for (unsigned bit = 0; bit < VG_EXAMPLE_FLAGS; bit++)
        put_note(table, flag_names[bit], counts[bit], notes[bit]);
    vg_date_print(example->batch_day, day);
    snprintf(text, sizeof text, "%s, %s", example->provinces[example->batch_province].name, day);
    put_note(table, "batch_day", 1, text);
    vg_date_print(example->silent_from, day);
    snprintf(text, sizeof text, "%s, from %s", example->municipalities[example->silent_municipality].name, day);
    put_note(table, "silent_reporter", 1, text);
    for (int32_t date = example->start; date <= example->end; date++) {
        if (!vg_control_example_holiday(date))
            continue;
        vg_date_print(date, day);
        put_note(table, "holiday", 1, day);
    }
    return finish(table, error);
}
