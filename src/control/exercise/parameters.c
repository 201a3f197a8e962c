/*
 * The parameters of an exercise: one table of fields with bounds, default and meaning, from which the scenario file is read and
 * printed. What is printed without meanings is canonical: its hash names the scenario.
 */
#include "control/exercise/exercise.h"

#include <math.h>
#include <string.h>

#define FIELD(section, name, usual, low, high, meaning) {section, #name, offsetof(struct vg_exercise_parameters, name), usual, low, high, meaning}

const struct vg_exercise_field vg_exercise_fields[] = {
    FIELD("world", days, 200, 30, 1000, "days of the outbreak"),
    FIELD("world", persons, 400000, 2000, 60000000, "people of the country, each of them simulated"),
    FIELD("world", counterfactuals, 1, 0, 2, "simulated once more without any measure (1), and without each (2), to tell what they averted"),
    FIELD("epidemic", reproduction_number, 2.4, 0.2, 20, "of the first variant, nobody immune, no measures"),
    FIELD("epidemic", dispersion, 0.5, 0, 100, "k of the infectiousness of persons; 0: all alike"),
    FIELD("epidemic", imports, 24, 1, 100000, "persons infected elsewhere, in the first two weeks"),
    FIELD("epidemic", variant_day, 110, 0, 1000, "first day of a second variant, brought by a quarter as many; after the last day: none"),
    FIELD("epidemic", variant_transmissibility, 1.35, 0.1, 10, "of the second variant, over the first"),
    FIELD("epidemic", variant_escape, 0.25, 0, 1, "share of the protection by the first variant that the second evades"),
    FIELD("epidemic", app_uptake, 0.25, 0, 1, "share of people over 9 years with the exposure app"),
    FIELD("finding", ascertainment_first, 0.30, 0, 1, "share of the symptomatic who are tested, at first"),
    FIELD("finding", ascertainment_last, 0.50, 0, 1, "and in the end: laboratories are added"),
    FIELD("finding", ascertainment_day, 70, 0, 1000, "day on which half of the way is gone (logistic, 12 days)"),
    FIELD("finding", ascertainment_place_sd, 0.15, 0, 1, "spread of its logarithm between municipalities"),
    FIELD("finding", ascertainment_young, 0.6, 0, 2, "factor under 15 years: milder, seldom tested"),
    FIELD("finding", ascertainment_old, 1.25, 0, 2, "factor from 65 years on"),
    FIELD("finding", ascertainment_hospital, 0.92, 0, 1, "share of the admitted, not found before, who are tested in hospital"),
    FIELD("finding", ascertainment_asymptomatic, 0.1, 0, 1, "factor of those without symptoms (contacts, screening)"),
    FIELD("finding", test_sensitivity, 0.95, 0, 1, "positive where the swab holds enough (cycle threshold below 38)"),
    FIELD("finding", test_specificity, 0.998, 0.5, 1, "negative where there is no infection"),
    FIELD("finding", background_tests_per_100k, 40, 0, 5000, "tests a working day of people ill with something else"),
    FIELD("delays", seek_days, 2.8, 0, 20, "from onset to swab, mean (gamma, sd 0.8 of it)"),
    FIELD("delays", laboratory_days, 1.4, 0, 20, "from swab to result, mean"),
    FIELD("delays", report_days_first, 3.6, 0, 30, "from result to the record, mean, at first"),
    FIELD("delays", report_days_last, 1.8, 0, 30, "and in the end"),
    FIELD("delays", report_days_sd, 2.0, 0, 30, "its spread"),
    FIELD("delays", late_share, 0.03, 0, 1, "share that takes weeks"),
    FIELD("delays", late_days, 20, 0, 60, "how many days more, mean (sd half of it)"),
    FIELD("delays", typing_capacity_per_100k, 140, 1, 100000, "rows that a province's clerks type a day; the rest waits"),
    FIELD("delays", backlog_share, 0.85, 0, 1, "share of a province's reports that is held back before the backlog day"),
    FIELD("delays", backlog_day, 95, 0, 1000, "day on which they all arrive"),
    FIELD("delays", backlog_days, 12, 0, 60, "length of the time held back"),
    FIELD("delays", publication_lag_days, 1, 0, 30, "from the record to publication"),
    FIELD("delays", publication_sundays, 0, 0, 1, "1: published on Sundays and holidays too"),
    FIELD("errors", missing_onset, 0.42, 0, 1, "share of cases with symptoms whose onset is blank at first; provinces differ by a few per cent"),
    FIELD("errors", onset_filled, 0.25, 0, 1, "share of these that is asked for later, mean 12 days"),
    FIELD("errors", wrong_municipality, 0.02, 0, 1, "share written down in another municipality of the province"),
    FIELD("errors", wrong_corrected, 0.5, 0, 1, "share of these that is put right, mean 15 days"),
    FIELD("errors", duplicate, 0.012, 0, 0.5, "share entered twice under two numbers"),
    FIELD("errors", duplicate_found, 0.5, 0, 1, "share of duplicates that is withdrawn, mean 14 days"),
    FIELD("errors", false_positive_found, 0.3, 0, 1, "share of false positives that is withdrawn, mean 18 days"),
    FIELD("errors", missing_age, 0.01, 0, 1, "share without age"),
    FIELD("errors", missing_sex, 0.005, 0, 1, "share without sex"),
    FIELD("errors", weekly_places, 0.15, 0, 1, "share of municipalities whose daily counts come once a week"),
    FIELD("errors", correction_days, 30, 0, 400, "days between clean-ups of the daily counts (negative numbers); 0: none"),
    FIELD("tracing", traced_per_100k, 8, 0, 10000, "cases a day that a municipality's tracers can interview"),
    FIELD("tracing", refusal, 0.2, 0, 1, "share of cases who do not answer"),
    FIELD("tracing", recall_household, 0.95, 0, 1, "share of contacts of the household that are named"),
    FIELD("tracing", recall_school, 0.5, 0, 1, "of school"),
    FIELD("tracing", recall_work, 0.5, 0, 1, "of work"),
    FIELD("tracing", recall_community, 0.15, 0, 1, "of the community and of journeys: most are strangers"),
    FIELD("hospitals", ward_beds_per_100k, 110, 0, 5000, "beds of wards for these patients"),
    FIELD("hospitals", icu_beds_per_100k, 9, 0, 1000, "beds of intensive care"),
    FIELD("hospitals", census_late, 0.2, 0, 1, "share of hospitals that count one to three days late"),
    FIELD("hospitals", census_missing, 0.04, 0, 1, "share of counts that never come; more on Sundays"),
    FIELD("hospitals", death_found, 0.9, 0, 1, "share of deaths of the infected that the register puts down to the disease"),
    FIELD("hospitals", death_days, 9, 0, 60, "from death to registration, mean"),
    FIELD("hospitals", death_days_sd, 8, 0, 60, "its spread"),
    FIELD("hospitals", other_deaths_per_1000, 6.5, 0, 50, "deaths of all other causes a year"),
    FIELD("vaccination", vaccine_day, 80, 0, 1000, "first day of a vaccine of one dose, the oldest first; after the last day: none"),
    FIELD("vaccination", vaccine_doses_per_100k, 250, 0, 100000, "doses a day"),
    FIELD("vaccination", vaccine_uptake, 0.8, 0, 1, "share who accept; nobody under 20 is asked"),
    FIELD("vaccination", vaccine_infection, 0.5, 0, 1, "protection against infection, losing half of itself in 200 days"),
    FIELD("vaccination", vaccine_disease, 0.3, 0, 1, "of the infected, against symptoms"),
    FIELD("vaccination", vaccine_severe, 0.6, 0, 1, "of the ill, against admission"),
    FIELD("vaccination", vaccine_delay, 14, 0, 60, "days until it protects"),
    FIELD("vaccination", vaccine_unknown, 0.15, 0, 1, "share of cases whose doses are not written down"),
    FIELD("genomes", genome_length, 29903, 1000, VG_EXERCISE_GENOME_MAX, "letters of the invented reference"),
    FIELD("genomes", mutations_per_site_year, 0.0009, 0, 0.1, "clock rate"),
    FIELD("genomes", sequenced_share, 0.08, 0, 1, "of positive swabs with a cycle threshold below 30"),
    FIELD("genomes", sequencing_days, 14, 0, 60, "from swab to sequence, mean"),
    FIELD("genomes", sequencing_days_sd, 7, 0, 60, "its spread"),
    FIELD("genomes", sequencing_errors, 0.15, 0, 100, "wrong letters a sequence, mean"),
    FIELD("genomes", dropout_runs, 2.5, 0, 100, "runs of N a sequence, mean; 250 letters each"),
    FIELD("genomes", mixed_labels, 0.005, 0, 0.5, "share of sequences that carry another sample's label"),
    FIELD("others", wastewater_sd, 0.35, 0, 3, "spread of the logarithm of a measured load"),
    FIELD("others", serosurvey_persons, 600, 0, 100000, "blood samples a province and round, every 60 days"),
    FIELD("others", antibody_sensitivity, 0.9, 0, 1, "positive where there was an infection 14 days before or earlier"),
    FIELD("others", antibody_specificity, 0.985, 0, 1, "negative where there was none"),
    {NULL, NULL, 0, 0, 0, 0, NULL},
};

static const char *const layer_names[] = {"household", "school", "work", "community", "travel"};

static double *field_value(struct vg_exercise_parameters *parameters, const struct vg_exercise_field *field)
{
    return (double *)(void *)((char *)parameters + field->offset);
}

void vg_exercise_defaults(struct vg_exercise_parameters *parameters)
{
    *parameters = (struct vg_exercise_parameters){.seed = 20210205, .first_date = vg_date_from_civil(2021, 1, 4)};
    for (const struct vg_exercise_field *field = vg_exercise_fields; field->name != NULL; field++)
        *field_value(parameters, field) = field->usual;
    const uint32_t school = 1u << VG_LAYER_SCHOOL, near = 1u << VG_LAYER_WORK | 1u << VG_LAYER_COMMUNITY, all = near | 1u << VG_LAYER_TRAVEL;
    const struct vg_exercise_measure measures[] = {
        {45, 104, school, 0.95, 1, ""}, {48, 104, all, 0.65, 0.85, ""}, {105, 199, near, 0.5, 0.8, ""}, {105, 199, school, 0.5, 1, ""}, {141, 182, all, 0.45, 0.8, ""}};
    parameters->n_measures = sizeof measures / sizeof *measures;
    memcpy(parameters->measures, measures, sizeof measures);
}

static void print_measure(const struct vg_exercise_parameters *parameters, const struct vg_exercise_measure *measure, struct vg_buffer *out)
{
    char date[VG_DATE_TEXT_BYTES];
    const int32_t days[2] = {measure->first_day, measure->last_day};
    bool first = true;
    vg_buffer_text(out, "measure =");
    for (size_t i = 0; i < 2; i++) {
        (void)vg_date_print(parameters->first_date + days[i], date);
        vg_buffer_format(out, " %s", date);
    }
    for (size_t layer = 0; layer < sizeof layer_names / sizeof *layer_names; layer++) {
        if (measure->layers & 1u << layer) {
            vg_buffer_format(out, "%s%s", first ? " " : "+", layer_names[layer]);
            first = false;
        }
    }
    vg_buffer_char(out, ' ');
    vg_buffer_double(out, measure->strength);
    vg_buffer_char(out, ' ');
    vg_buffer_double(out, measure->compliance);
    vg_buffer_format(out, "%s%s\n", measure->place[0] == '\0' ? "" : " ", measure->place);
}

void vg_exercise_print(const struct vg_exercise_parameters *parameters, bool meanings, struct vg_buffer *out)
{
    const char *section = "";
    char date[VG_DATE_TEXT_BYTES];
    (void)vg_date_print(parameters->first_date, date);
    vg_buffer_format(out, "seed = %llu\nfirst_date = %s\n", (unsigned long long)parameters->seed, date);
    for (const struct vg_exercise_field *field = vg_exercise_fields; field->name != NULL; field++) {
        if (strcmp(section, field->section) != 0)
            vg_buffer_format(out, "\n[%s]\n", section = field->section);
        if (meanings)
            vg_buffer_format(out, "# %s (%g to %g)\n", field->meaning, field->low, field->high);
        vg_buffer_format(out, "%s = ", field->name);
        vg_buffer_double(out, *(const double *)(const void *)((const char *)parameters + field->offset));
        vg_buffer_char(out, '\n');
    }
    vg_buffer_text(out, "\n[measures]\n");
    if (meanings)
        vg_buffer_text(out, "# from, to, layers, strength, compliance, place (none: everywhere)\n");
    if (parameters->n_measures == 0)
        vg_buffer_text(out, "measure = none\n");
    for (size_t i = 0; i < parameters->n_measures; i++)
        print_measure(parameters, &parameters->measures[i], out);
}

/* ------------------------------------------------------------------- reading */

struct reading {
    struct vg_exercise_parameters *parameters;
    const char *file;
    size_t line;
    struct vg_error *error;
    bool own_measures;
    struct { int32_t from, to; } dates[VG_EXERCISE_MEASURES_MAX]; /* the first date may be given after the measures */
};

static vg_status bad_line(const struct reading *reading, const char *what, struct vg_text value)
{
    return vg_fail(reading->error, VG_DATA_ERROR, "%s, line %zu: %s: \"%.*s\"", reading->file, reading->line, what, (int)(value.size < 60 ? value.size : 60),
                   value.data);
}

static struct vg_text next_word(struct vg_text *rest)
{
    struct vg_text word;
    *rest = vg_text_trim(*rest);
    size_t size = 0;
    while (size < rest->size && rest->data[size] != ' ' && rest->data[size] != '\t')
        size++;
    word = vg_text_of(rest->data, size);
    *rest = vg_text_of(rest->data + size, rest->size - size);
    return word;
}

static bool parse_layers(struct vg_text text, uint32_t *layers)
{
    *layers = 0;
    while (text.size > 0) {
        size_t size = 0, layer = 0;
        while (size < text.size && text.data[size] != '+')
            size++;
        while (layer < sizeof layer_names / sizeof *layer_names && !vg_text_equals(vg_text_of(text.data, size), layer_names[layer]))
            layer++;
        if (layer == sizeof layer_names / sizeof *layer_names)
            return false;
        *layers |= 1u << layer;
        size += size < text.size;
        text = vg_text_of(text.data + size, text.size - size);
    }
    return *layers != 0;
}

static bool is_code(struct vg_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '~' || c == '_'))
            return false;
    }
    return true;
}

static vg_status parse_measure(struct reading *reading, struct vg_text value)
{
    struct vg_exercise_parameters *parameters = reading->parameters;
    struct vg_text rest = value;
    struct vg_exercise_measure one = {0};
    if (!reading->own_measures)
        parameters->n_measures = 0;
    reading->own_measures = true;
    if (vg_text_equals(value, "none"))
        return VG_OK;
    if (parameters->n_measures == VG_EXERCISE_MEASURES_MAX)
        return bad_line(reading, "more measures than 16", value);
    int32_t from, to;
    if (!vg_date_parse_iso(next_word(&rest), &from) || !vg_date_parse_iso(next_word(&rest), &to) || from > to)
        return bad_line(reading, "a measure begins with two dates, YYYY-MM-DD, the earlier first", value);
    if (!parse_layers(next_word(&rest), &one.layers))
        return bad_line(reading, "the layers are household, school, work, community and travel, joined by +", value);
    if (!vg_parse_double(next_word(&rest), '.', &one.strength) || !vg_parse_double(next_word(&rest), '.', &one.compliance) || !(one.strength >= 0) ||
        !(one.strength <= 1) || !(one.compliance >= 0) || !(one.compliance <= 1))
        return bad_line(reading, "strength and compliance are numbers from 0 to 1", value);
    struct vg_text place = next_word(&rest);
    if (place.size >= sizeof one.place || vg_text_trim(rest).size > 0 || !is_code(place))
        return bad_line(reading, "after the compliance comes at most the code of one place", value);
    memcpy(one.place, place.data, place.size);
    reading->dates[parameters->n_measures].from = from;
    reading->dates[parameters->n_measures].to = to;
    parameters->measures[parameters->n_measures++] = one;
    return VG_OK;
}

static vg_status parse_seed(const struct reading *reading, struct vg_text value)
{
    uint64_t seed = 0;
    bool good = value.size > 0 && value.size < 20;
    for (size_t i = 0; i < value.size && good; i++) {
        good = value.data[i] >= '0' && value.data[i] <= '9';
        seed = seed * 10 + (uint64_t)(value.data[i] - '0');
    }
    if (!good)
        return bad_line(reading, "the seed is a whole number of at most 19 digits", value);
    reading->parameters->seed = seed;
    return VG_OK;
}

static vg_status parse_field(struct reading *reading, struct vg_text name, struct vg_text value)
{
    double number;
    if (vg_text_equals(name, "seed"))
        return parse_seed(reading, value);
    if (vg_text_equals(name, "first_date"))
        return vg_date_parse_iso(value, &reading->parameters->first_date) && reading->parameters->first_date >= vg_date_from_civil(1900, 1, 1) &&
                       reading->parameters->first_date <= vg_date_from_civil(2199, 12, 31)
                   ? VG_OK
                   : bad_line(reading, "the first date is a day of 1900 to 2199, YYYY-MM-DD", value);
    if (vg_text_equals(name, "measure"))
        return parse_measure(reading, value);
    for (const struct vg_exercise_field *field = vg_exercise_fields; field->name != NULL; field++) {
        if (!vg_text_equals(name, field->name))
            continue;
        if (!vg_parse_double(value, '.', &number) || !(number >= field->low) || !(number <= field->high))
            return vg_fail(reading->error, VG_DATA_ERROR, "%s, line %zu: %s is \"%.*s\", but must be a number from %g to %g (%s)", reading->file, reading->line,
                           field->name, (int)(value.size < 40 ? value.size : 40), value.data, field->low, field->high, field->meaning);
        *field_value(reading->parameters, field) = number;
        return VG_OK;
    }
    return bad_line(reading, "no parameter has this name", name);
}

static vg_status parse_line(struct reading *reading, struct vg_text line)
{
    const char *hash = line.size == 0 ? NULL : memchr(line.data, '#', line.size);
    line = vg_text_trim(vg_text_of(line.data, hash == NULL ? line.size : (size_t)(hash - line.data)));
    if (line.size == 0 || line.data[0] == '[')
        return VG_OK;
    const char *equals = memchr(line.data, '=', line.size);
    if (equals == NULL)
        return bad_line(reading, "a line is name = value", line);
    size_t before = (size_t)(equals - line.data);
    return parse_field(reading, vg_text_trim(vg_text_of(line.data, before)), vg_text_trim(vg_text_of(equals + 1, line.size - before - 1)));
}

vg_status vg_exercise_parse(const char *file_name, const char *text, size_t size, struct vg_exercise_parameters *parameters, struct vg_error *error)
{
    struct reading reading = {.parameters = parameters, .file = file_name, .error = error};
    vg_status status = VG_OK;
    size_t at = 0;
    vg_exercise_defaults(parameters);
    while (status == VG_OK && at < size) {
        const char *newline = memchr(text + at, '\n', size - at);
        size_t length = newline == NULL ? size - at : (size_t)(newline - (text + at));
        reading.line++;
        status = parse_line(&reading, vg_text_of(text + at, length));
        at += length + 1;
    }
    for (size_t i = 0; i < parameters->n_measures && reading.own_measures; i++) {
        parameters->measures[i].first_day = reading.dates[i].from - parameters->first_date;
        parameters->measures[i].last_day = reading.dates[i].to - parameters->first_date;
    }
    return status;
}
