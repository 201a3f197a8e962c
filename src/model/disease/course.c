/*
 * The natural history of a disease and its variants, put together from lines of a table with one figure each. What may stand in a line is the vocabulary below.
 */
#include "model/disease/disease.h"

#include "data_embedded.h"
#include "model/shipped.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

enum scope { OF_DISEASE, BY_AGE, OF_VARIANT, OF_BOTH };
struct word { const char *name; enum scope scope; double low, high; size_t at; size_t variant_at; };
#define COURSE(field) offsetof(struct vg_course, field)
#define VARIANT(field) offsetof(struct vg_variant_facts, field)
#define DAYS(name, field) {name "_mean_days", OF_DISEASE, 0, 200, COURSE(field.mean), 0}, {name "_sd_days", OF_DISEASE, 0, 200, COURSE(field.sd), 0}

static const struct word words[] = {
    {"reproduction_number", OF_DISEASE, 0, 40, COURSE(reproduction_number), 0},
    {"dispersion_k", OF_DISEASE, 0.001, 1e6, COURSE(dispersion_k), 0},
    {"generation_time_mean_days", OF_BOTH, 0.5, 60, COURSE(generation_time.mean), VARIANT(generation_time.mean)},
    {"generation_time_sd_days", OF_BOTH, 0, 60, COURSE(generation_time.sd), VARIANT(generation_time.sd)},
    {"incubation_mean_days", OF_BOTH, 0, 60, COURSE(incubation.mean), VARIANT(incubation.mean)},
    {"incubation_sd_days", OF_BOTH, 0, 60, COURSE(incubation.sd), VARIANT(incubation.sd)},
    DAYS("onset_to_admission", onset_to_admission), DAYS("admission_to_icu", admission_to_icu), DAYS("ward_stay", ward_stay), DAYS("icu_stay", icu_stay),
    DAYS("ward_to_death", ward_to_death), DAYS("icu_to_death", icu_to_death), DAYS("onset_to_death", onset_to_death),
    {"asymptomatic_infectiousness", OF_DISEASE, 0, 10, COURSE(asymptomatic_infectiousness), 0},
    {"icu_fatality", OF_DISEASE, 0, 1, COURSE(icu_fatality), 0},
    {"season_amplitude", OF_DISEASE, 0, 1, COURSE(season_amplitude), 0},
    {"season_peak_day", OF_DISEASE, 0, 366, COURSE(season_peak_day), 0},
    {"susceptibility", BY_AGE, 0, 100, COURSE(susceptibility), 0},
    {"infectiousness", BY_AGE, 0, 100, COURSE(infectiousness), 0},
    {"symptomatic_share", BY_AGE, 0, 1, COURSE(symptomatic_share), 0},
    {"admission_share", BY_AGE, 0, 1, COURSE(admission_share), 0},
    {"icu_share", BY_AGE, 0, 1, COURSE(icu_share), 0},
    {"fatality", BY_AGE, 0, 1, COURSE(fatality), 0},
    {"relative_transmissibility", OF_VARIANT, 0, 100, 0, VARIANT(relative_transmissibility)},
    {"relative_admission", OF_VARIANT, 0, 100, 0, VARIANT(relative_admission)},
    {"relative_fatality", OF_VARIANT, 0, 100, 0, VARIANT(relative_fatality)},
};
#define N_WORDS (sizeof words / sizeof *words)
_Static_assert(N_WORDS <= VG_COURSE_PARAMETERS, "the builder marks what it has seen of each word");

static double *field_at(void *base, size_t offset) { return (double *)(void *)((char *)base + offset); }

static void all_unknown(double *first, size_t bytes)
{
    for (size_t i = 0; i < bytes / sizeof(double); i++) {
        first[i] = NAN;
    }
}

/* covid19_omicron_ba5 is of covid19_omicron and of covid19; every name is of itself. */
static bool of_family(struct vg_text name, struct vg_text family)
{
    return name.size >= family.size && memcmp(name.data, family.data, family.size) == 0 && (name.size == family.size || name.data[family.size] == '_');
}

static bool keep_name(struct vg_text name, char out[64])
{
    if (name.size == 0 || name.size >= 64) {
        return false;
    }
    memcpy(out, name.data, name.size);
    out[name.size] = '\0';
    return true;
}

static struct vg_variant_facts *variant_of(struct vg_disease_facts *facts, struct vg_text name, bool add)
{
    for (size_t i = 0; i < facts->n_variants; i++) {
        if (vg_text_equals(name, facts->variants[i].name)) {
            return &facts->variants[i];
        }
    }
    if (!add || facts->n_variants == VG_DISEASE_VARIANTS_MAX) {
        return NULL;
    }
    struct vg_variant_facts *variant = &facts->variants[facts->n_variants];
    if (!keep_name(name, variant->name)) {
        return NULL;
    }
    variant->relative_transmissibility = variant->relative_admission = variant->relative_fatality = NAN;
    variant->generation_time = variant->incubation = (struct vg_days_law){NAN, NAN};
    facts->n_variants++;
    return variant;
}

vg_status vg_disease_builder_start(struct vg_disease_builder *builder, struct vg_text disease, struct vg_error *error)
{
    memset(builder, 0, sizeof *builder);
    all_unknown(&builder->facts.course.reproduction_number, sizeof builder->facts.course - offsetof(struct vg_course, reproduction_number));
    if (!keep_name(disease, builder->wanted) || variant_of(&builder->facts, disease, true) == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "a disease's name has 1 to 63 letters");
    }
    (void)keep_name(disease, builder->facts.course.disease);
    return VG_OK;
}

static vg_status parse_number(const char *column, struct vg_text text, double low, double high, double *value, struct vg_error *error)
{
    struct vg_text trimmed = vg_text_trim(text);
    if (!vg_parse_double(trimmed, '.', value) || !(*value >= low && *value <= high)) {
        return vg_fail(error, VG_DATA_ERROR, "column %s: found \"%.*s\", expected a number from %g to %g", column, (int)trimmed.size, trimmed.data, low, high);
    }
    return VG_OK;
}

/* low and high, where given, must hold the value between them; a source must be named. */
static vg_status check_evidence(double value, struct vg_text low, struct vg_text high, struct vg_text source, struct vg_error *error)
{
    double bound;
    if (vg_text_trim(low).size > 0 && (!vg_parse_double(vg_text_trim(low), '.', &bound) || bound > value)) {
        return vg_fail(error, VG_DATA_ERROR, "column low: found \"%.*s\", expected nothing or a number up to the value %g", (int)low.size, low.data, value);
    }
    if (vg_text_trim(high).size > 0 && (!vg_parse_double(vg_text_trim(high), '.', &bound) || bound < value)) {
        return vg_fail(error, VG_DATA_ERROR, "column high: found \"%.*s\", expected nothing or a number from the value %g on", (int)high.size, high.data, value);
    }
    return vg_text_trim(source).size > 0 ? VG_OK : vg_fail(error, VG_DATA_ERROR, "column source: found nothing, expected whose figure it is");
}

static vg_status set_ages(struct vg_disease_builder *builder, size_t word, struct vg_text ages, double value, struct vg_error *error)
{
    int low = 0, high = -1;
    struct vg_text trimmed = vg_text_trim(ages);
    if (trimmed.size > 0 && !vg_age_band_parse(trimmed, &low, &high)) {
        return vg_fail(error, VG_DATA_ERROR, "column ages: found \"%.*s\", expected nothing, or years like 20-29 or 80+", (int)trimmed.size, trimmed.data);
    }
    double *by_age = field_at(&builder->facts.course, words[word].at);
    for (int age = low; age < VG_AGE_YEARS && (high < 0 || age <= high); age++) {
        if (builder->age_seen[word][age]) {
            return vg_fail(error, VG_DATA_ERROR, "column ages: found \"%.*s\", but %s at %d years stands in an earlier line", (int)trimmed.size, trimmed.data, words[word].name, age);
        }
        builder->age_seen[word][age] = true;
        by_age[age] = value;
    }
    return VG_OK;
}

vg_status vg_disease_builder_course(struct vg_disease_builder *builder, const struct vg_course_row *row, struct vg_error *error)
{
    struct vg_text disease = vg_text_trim(row->disease), parameter = vg_text_trim(row->parameter), wanted = vg_text_from(builder->wanted);
    size_t word = 0;
    double value;
    if (!of_family(disease, wanted)) {
        return VG_OK;
    }
    while (word < N_WORDS && !vg_text_equals(parameter, words[word].name)) {
        word++;
    }
    if (word == N_WORDS) {
        return vg_fail(error, VG_DATA_ERROR, "column parameter: found \"%.*s\", expected a name that docs/mixing.md lists", (int)parameter.size, parameter.data);
    }
    vg_status status = parse_number("value", row->value, words[word].low, words[word].high, &value, error);
    if (status == VG_OK) {
        status = check_evidence(value, row->low, row->high, row->source, error);
    }
    if (status != VG_OK) {
        return status;
    }
    bool itself = disease.size == wanted.size, for_variant = words[word].scope == OF_VARIANT || (words[word].scope == OF_BOTH && !itself);
    if (words[word].scope == BY_AGE && itself) {
        return set_ages(builder, word, row->ages, value, error);
    }
    if (vg_text_trim(row->ages).size > 0) {
        return vg_fail(error, VG_DATA_ERROR, "column ages: found \"%.*s\", expected nothing: %s is not given by age", (int)row->ages.size, row->ages.data, words[word].name);
    }
    if (!itself && !for_variant) {
        return vg_fail(error, VG_DATA_ERROR, "column disease: found \"%.*s\", expected \"%s\": %s is not given by variant", (int)disease.size, disease.data, builder->wanted, words[word].name);
    }
    struct vg_variant_facts *variant = variant_of(&builder->facts, disease, true);
    if (variant == NULL) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "column disease: found \"%.*s\", but there are %d variants already", (int)disease.size, disease.data, VG_DISEASE_VARIANTS_MAX);
    }
    bool *seen = &builder->variant_seen[variant - builder->facts.variants][word];
    if (*seen) {
        return vg_fail(error, VG_DATA_ERROR, "column parameter: %s of %s stands in an earlier line", words[word].name, variant->name);
    }
    *seen = true;
    *field_at(for_variant ? (void *)variant : (void *)&builder->facts.course, for_variant ? words[word].variant_at : words[word].at) = value;
    return VG_OK;
}

vg_status vg_disease_builder_cross(struct vg_disease_builder *builder, const struct vg_cross_row *row, struct vg_error *error)
{
    struct vg_text immune_by = vg_text_trim(row->immune_by), against = vg_text_trim(row->against), wanted = vg_text_from(builder->wanted);
    double kept;
    if (!of_family(immune_by, wanted) || !of_family(against, wanted)) {
        return VG_OK;
    }
    vg_status status = parse_number("kept", row->kept, 0.0, 1.0, &kept, error);
    if (status == VG_OK) {
        status = check_evidence(kept, vg_text_of(NULL, 0), vg_text_of(NULL, 0), row->source, error);
    }
    if (status != VG_OK) {
        return status;
    }
    const struct vg_variant_facts *by = variant_of(&builder->facts, immune_by, false);
    struct vg_variant_facts *challenger = variant_of(&builder->facts, against, false);
    if (by == NULL || challenger == NULL) {
        struct vg_text unknown = by == NULL ? immune_by : against;
        return vg_fail(error, VG_DATA_ERROR, "column %s: found \"%.*s\", expected a variant that the natural history has", by == NULL ? "immune_by" : "against", (int)unknown.size, unknown.data);
    }
    size_t from = (size_t)(by - builder->facts.variants), to = (size_t)(challenger - builder->facts.variants);
    if (builder->kept_seen[to][from]) {
        return vg_fail(error, VG_DATA_ERROR, "columns immune_by and against: %s against %s stands in an earlier line", by->name, challenger->name);
    }
    builder->kept_seen[to][from] = true;
    challenger->kept[from] = kept;
    return VG_OK;
}

/* ------------------------------------------------------------------ finish */

/* Itself is 1; the other way round where only that is known; 1 where nothing is. */
static void fill_kept(struct vg_disease_builder *builder)
{
    struct vg_disease_facts *facts = &builder->facts;
    for (size_t to = 0; to < facts->n_variants; to++) {
        for (size_t from = 0; from < facts->n_variants; from++) {
            if (to == from) {
                facts->variants[to].kept[from] = 1.0;
            } else if (!builder->kept_seen[to][from]) {
                facts->variants[to].kept[from] = builder->kept_seen[from][to] ? facts->variants[from].kept[to] : 1.0;
            }
        }
    }
}

static void fill_law(struct vg_text disease, struct vg_days_law *law,
                     vg_status (*known)(struct vg_text, struct vg_disease_interval *, struct vg_error *))
{
    struct vg_disease_interval interval;
    if ((isnan(law->mean) || isnan(law->sd)) && known(disease, &interval, NULL) == VG_OK) {
        *law = (struct vg_days_law){isnan(law->mean) ? interval.mean.value : law->mean, isnan(law->sd) ? interval.sd.value : law->sd};
    }
}

static void fill_variants(struct vg_disease_facts *facts)
{
    for (size_t i = 0; i < facts->n_variants; i++) {
        struct vg_variant_facts *variant = &facts->variants[i];
        struct vg_text name = vg_text_from(variant->name);
        /* The nearest of the family that has the figure; the disease itself is of every family. */
        double *own[] = {&variant->relative_transmissibility, &variant->relative_admission, &variant->relative_fatality};
        for (size_t k = 0; k < sizeof own / sizeof *own; k++) {
            size_t nearest = 0;
            bool unknown = isnan(*own[k]);
            for (size_t j = 0; j < facts->n_variants && unknown; j++) {
                const double theirs[] = {facts->variants[j].relative_transmissibility, facts->variants[j].relative_admission, facts->variants[j].relative_fatality};
                size_t length = strlen(facts->variants[j].name);
                if (j != i && !isnan(theirs[k]) && length >= nearest && of_family(name, vg_text_from(facts->variants[j].name))) {
                    nearest = length;
                    *own[k] = theirs[k];
                }
            }
            *own[k] = isnan(*own[k]) ? 1.0 : *own[k];
        }
        if (i == 0) {
            variant->generation_time = facts->course.generation_time;
            variant->incubation = facts->course.incubation;
        } else {
            fill_law(name, &variant->generation_time, vg_disease_generation_time);
            fill_law(name, &variant->incubation, vg_disease_incubation);
            variant->generation_time = isnan(variant->generation_time.mean) || isnan(variant->generation_time.sd) ? facts->course.generation_time : variant->generation_time;
            variant->incubation = isnan(variant->incubation.mean) || isnan(variant->incubation.sd) ? facts->course.incubation : variant->incubation;
        }
    }
}

static void fill_ages(struct vg_course *course)
{
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        course->susceptibility[age] = isnan(course->susceptibility[age]) ? 1.0 : course->susceptibility[age];
        course->infectiousness[age] = isnan(course->infectiousness[age]) ? 1.0 : course->infectiousness[age];
    }
}

static vg_status check_complete(const struct vg_disease_builder *builder, struct vg_error *error)
{
    const struct vg_course *course = &builder->facts.course;
    for (size_t word = 0; word < N_WORDS; word++) {
        bool some = false;
        int gap = -1;
        for (int age = 0; age < VG_AGE_YEARS && words[word].scope == BY_AGE; age++) {
            some = some || builder->age_seen[word][age];
            gap = builder->age_seen[word][age] || gap >= 0 ? gap : age;
        }
        if (some && gap >= 0) {
            return vg_fail(error, VG_DATA_ERROR, "%s of %s is given for some ages, but not for %d years", words[word].name, builder->wanted, gap);
        }
    }
    if (isnan(course->generation_time.mean) || isnan(course->generation_time.sd)) {
        return vg_fail(error, VG_DATA_ERROR, "the generation time of %s is not known: give generation_time_mean_days and generation_time_sd_days", builder->wanted);
    }
    for (int age = 0; age < VG_AGE_YEARS; age++) {
        if (course->admission_share[age] > course->symptomatic_share[age]) {
            return vg_fail(error, VG_DATA_ERROR, "at %d years more infections of %s are admitted (%g) than have symptoms (%g)", age, builder->wanted, course->admission_share[age], course->symptomatic_share[age]);
        }
    }
    return VG_OK;
}

vg_status vg_disease_builder_finish(struct vg_disease_builder *builder, struct vg_disease_facts *facts, struct vg_error *error)
{
    struct vg_course *course = &builder->facts.course;
    struct vg_text disease = vg_text_from(builder->wanted);
    struct vg_epidemiological_fact fact;
    fill_law(disease, &course->generation_time, vg_disease_generation_time);
    fill_law(disease, &course->incubation, vg_disease_incubation);
    if (isnan(course->reproduction_number) && vg_epidemiological_parameter(disease, "reproduction_number", &fact, NULL) == VG_OK) {
        course->reproduction_number = fact.value;
    }
    if (isnan(course->dispersion_k) && vg_epidemiological_parameter(disease, "dispersion_k", &fact, NULL) == VG_OK) {
        course->dispersion_k = fact.value;
    }
    vg_status status = check_complete(builder, error);
    if (status != VG_OK) {
        return status;
    }
    fill_ages(course);
    fill_variants(&builder->facts);
    fill_kept(builder);
    *facts = builder->facts;
    return VG_OK;
}

size_t vg_disease_variant(const struct vg_disease_facts *facts, struct vg_text name)
{
    for (size_t i = 0; i < facts->n_variants; i++) {
        const char *full = facts->variants[i].name;
        size_t family = strlen(facts->course.disease);
        bool bare = i > 0 && vg_text_equals(name, full + family + 1);
        if (bare || vg_text_equals(name, full) || vg_epidemiological_same_disease(name, vg_text_from(full))) {
            return i;
        }
    }
    return VG_DISEASE_VARIANTS_MAX;
}

/* ----------------------------------------------------------------- shipped */

/* Whether the table has the disease, and which it has. */
static vg_status look_for(const char *wanted, bool *known, char *names, size_t names_bytes, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    size_t used = 0;
    struct vg_text last = {"", 0};
    vg_status status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, "natural_history.csv", &rows, error);
    while (status == VG_OK && vg_shipped_next(&rows)) {
        *known = *known || vg_text_equals(rows.cells[0], wanted);
        if (!of_family(rows.cells[0], last)) {
            last = rows.cells[0];
            int wrote = snprintf(names + used, names_bytes - used, "%s%.*s", used > 0 ? ", " : "", (int)last.size, last.data);
            used += wrote > 0 && (size_t)wrote < names_bytes - used ? (size_t)wrote : 0;
        }
    }
    return status;
}

static vg_status take_courses(struct vg_disease_builder *builder, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    vg_status status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, "natural_history.csv", &rows, error);
    while (status == VG_OK && vg_shipped_next(&rows)) {
        const struct vg_text *cells = rows.cells;
        VG_ASSERT(rows.n_columns == 10);
        const struct vg_course_row row = {cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[7]};
        status = vg_disease_builder_course(builder, &row, error);
    }
    return status;
}

vg_status vg_disease_shipped(struct vg_text disease, struct vg_disease_facts *facts, struct vg_error *error)
{
    struct vg_disease_builder builder;
    struct vg_shipped_rows rows;
    struct vg_epidemiological_fact fact;
    char names[256] = "";
    bool known = false;
    size_t cursor = 0;
    struct vg_text canonical = disease;
    while (vg_epidemiological_next(&cursor, &fact)) { /* its name in the tables, from whatever it is called */
        if (vg_epidemiological_same_disease(disease, fact.disease)) {
            canonical = fact.disease;
            break;
        }
    }
    vg_status status = vg_disease_builder_start(&builder, canonical, error);
    if (status == VG_OK) {
        status = look_for(builder.wanted, &known, names, sizeof names, error);
    }
    if (status == VG_OK && !known) {
        return vg_fail(error, VG_NOT_FOUND, "the program carries no course of \"%.*s\"; it has %s", (int)disease.size, disease.data, names);
    }
    status = status == VG_OK ? take_courses(&builder, error) : status;
    if (status == VG_OK) {
        status = vg_shipped_open(vg_embedded_control, vg_embedded_control_count, "cross_immunity.csv", &rows, error);
    }
    while (status == VG_OK && vg_shipped_next(&rows)) {
        VG_ASSERT(rows.n_columns == 6);
        const struct vg_cross_row row = {rows.cells[0], rows.cells[1], rows.cells[2], rows.cells[3]};
        status = vg_disease_builder_cross(&builder, &row, error);
    }
    return status == VG_OK ? vg_disease_builder_finish(&builder, facts, error) : status;
}
