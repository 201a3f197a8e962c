/*
 * Names of the model's terms, both ways, and the list of measures. One table each.
 */
#include "model/model.h"

#include <string.h>

const double vg_quantile_levels[VG_QUANTILE_COUNT] = {0.025, 0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95, 0.975};

static const char *const level_names[VG_LEVEL_COUNT] = {"world", "country", "admin1", "admin2", "other"};
static const char *const language_codes[VG_LANGUAGE_COUNT] = {"es", "pt", "en", "fr", "zh"};
static const char *const case_date_names[VG_CASE_DATE_COUNT] = {"onset",  "notification", "sample", "diagnosis", "report",
                                                                "admission", "icu", "recovery", "death"};
static const char *const sex_names[VG_SEX_COUNT] = {"unknown", "female", "male", "other"};
static const char *const class_names[VG_CLASS_COUNT] = {"unknown", "suspected", "probable", "confirmed", "discarded"};
static const char *const outcome_names[VG_OUTCOME_COUNT] = {"unknown", "alive", "recovered", "died", "died_other"};
static const char *const severity_names[VG_SEVERITY_COUNT] = {"unknown", "asymptomatic", "mild", "moderate", "severe", "critical"};
static const char *const status_names[VG_SERIES_STATUS_COUNT] = {"ok",     "too_short",     "too_few",  "no_delays",
                                                                 "silent", "not_converged", "bad_input"};

static const char *name_at(const char *const *names, size_t count, size_t index)
{
    VG_ASSERT(index < count);
    return names[index];
}

/* The index of name, or count if it is none of them. */
static size_t index_of(const char *const *names, size_t count, struct vg_text name)
{
    size_t index = 0;
    while (index < count && !vg_text_equals(name, names[index])) {
        index++;
    }
    return index;
}

const char *vg_place_level_name(enum vg_place_level level)
{
    return name_at(level_names, VG_LEVEL_COUNT, (size_t)level);
}

bool vg_place_level_from_name(struct vg_text name, enum vg_place_level *level)
{
    size_t index = index_of(level_names, VG_LEVEL_COUNT, name);
    if (index < VG_LEVEL_COUNT) {
        *level = (enum vg_place_level)index;
    }
    return index < VG_LEVEL_COUNT;
}

const char *vg_language_code(enum vg_language language)
{
    return name_at(language_codes, VG_LANGUAGE_COUNT, (size_t)language);
}

bool vg_language_from_code(struct vg_text code, enum vg_language *language)
{
    size_t index = index_of(language_codes, VG_LANGUAGE_COUNT, code);
    if (index < VG_LANGUAGE_COUNT) {
        *language = (enum vg_language)index;
    }
    return index < VG_LANGUAGE_COUNT;
}

const char *vg_case_date_name(enum vg_case_date date)
{
    return name_at(case_date_names, VG_CASE_DATE_COUNT, (size_t)date);
}

bool vg_case_date_from_name(struct vg_text name, enum vg_case_date *date)
{
    size_t index = index_of(case_date_names, VG_CASE_DATE_COUNT, name);
    if (index < VG_CASE_DATE_COUNT) {
        *date = (enum vg_case_date)index;
    }
    return index < VG_CASE_DATE_COUNT;
}

const char *vg_sex_name(enum vg_sex sex)
{
    return name_at(sex_names, VG_SEX_COUNT, (size_t)sex);
}

bool vg_sex_from_name(struct vg_text name, enum vg_sex *sex)
{
    size_t index = index_of(sex_names, VG_SEX_COUNT, name);
    if (index < VG_SEX_COUNT) {
        *sex = (enum vg_sex)index;
    }
    return index < VG_SEX_COUNT;
}

const char *vg_case_class_name(enum vg_case_class class)
{
    return name_at(class_names, VG_CLASS_COUNT, (size_t)class);
}

bool vg_case_class_from_name(struct vg_text name, enum vg_case_class *class)
{
    size_t index = index_of(class_names, VG_CLASS_COUNT, name);
    if (index < VG_CLASS_COUNT) {
        *class = (enum vg_case_class)index;
    }
    return index < VG_CLASS_COUNT;
}

const char *vg_outcome_name(enum vg_outcome outcome)
{
    return name_at(outcome_names, VG_OUTCOME_COUNT, (size_t)outcome);
}

bool vg_outcome_from_name(struct vg_text name, enum vg_outcome *outcome)
{
    size_t index = index_of(outcome_names, VG_OUTCOME_COUNT, name);
    if (index < VG_OUTCOME_COUNT) {
        *outcome = (enum vg_outcome)index;
    }
    return index < VG_OUTCOME_COUNT;
}

const char *vg_severity_name(enum vg_severity severity)
{
    return name_at(severity_names, VG_SEVERITY_COUNT, (size_t)severity);
}

bool vg_severity_from_name(struct vg_text name, enum vg_severity *severity)
{
    size_t index = index_of(severity_names, VG_SEVERITY_COUNT, name);
    if (index < VG_SEVERITY_COUNT) {
        *severity = (enum vg_severity)index;
    }
    return index < VG_SEVERITY_COUNT;
}

const char *vg_series_status_name(enum vg_series_status status)
{
    return name_at(status_names, VG_SERIES_STATUS_COUNT, (size_t)status);
}

/*
 * By-date measures of a line list come first, in the order of enum vg_case_date, so that vg_measure_of_case_date is a
 * look-up. New measures go to the end: the store keeps names, not indexes.
 */
static const struct vg_measure measures[] = {
    {"cases_onset", VG_MEASURE_FLOW, "cases", "onset", true},
    {"cases_notification", VG_MEASURE_FLOW, "cases", "notification", true},
    {"cases_sample", VG_MEASURE_FLOW, "cases", "sample", true},
    {"cases_diagnosis", VG_MEASURE_FLOW, "cases", "diagnosis", true},
    {"cases_report", VG_MEASURE_FLOW, "cases", "report", false},
    {"admissions_date", VG_MEASURE_FLOW, "admissions", "admission", true},
    {"icu_admissions_date", VG_MEASURE_FLOW, "icu_admissions", "icu", true},
    {"recovered_date", VG_MEASURE_FLOW, "recovered", "recovery", true},
    {"deaths_date", VG_MEASURE_FLOW, "deaths", "death", true},
    {"deaths_report", VG_MEASURE_FLOW, "deaths", "report", false},
    {"recovered_report", VG_MEASURE_FLOW, "recovered", "report", false},
    {"suspected_report", VG_MEASURE_FLOW, "suspected", "report", false},
    {"admissions_report", VG_MEASURE_FLOW, "admissions", "report", false},
    {"icu_admissions_report", VG_MEASURE_FLOW, "icu_admissions", "report", false},
    {"tests_report", VG_MEASURE_FLOW, "tests", "report", false},
    {"tests_positive_report", VG_MEASURE_FLOW, "tests_positive", "report", false},
    {"tests_sample", VG_MEASURE_FLOW, "tests", "sample", true},
    {"tests_positive_sample", VG_MEASURE_FLOW, "tests_positive", "sample", true},
    {"vaccinations_report", VG_MEASURE_FLOW, "vaccinations", "report", false},
    {"ward_patients", VG_MEASURE_STOCK, "ward_patients", "report", false},
    {"icu_patients", VG_MEASURE_STOCK, "icu_patients", "report", false},
    {"ventilated_patients", VG_MEASURE_STOCK, "ventilated_patients", "report", false},
    {"ward_beds", VG_MEASURE_STOCK, "ward_beds", "report", false},
    {"icu_beds", VG_MEASURE_STOCK, "icu_beds", "report", false},
    {"hospitalisations_positive_test", VG_MEASURE_FLOW, "admissions", "diagnosis", true},
    {"survey_tested", VG_MEASURE_FLOW, "survey_tested", "report", false},
    {"survey_positive", VG_MEASURE_FLOW, "survey_positive", "report", false},
    {"wastewater_load", VG_MEASURE_LEVEL, "wastewater_load", "sample", false},
};

const char *vg_measure_kind_name(enum vg_measure_kind kind)
{
    return kind == VG_MEASURE_FLOW ? "flow" : kind == VG_MEASURE_STOCK ? "stock" : "level";
}

size_t vg_measure_count(void)
{
    return sizeof measures / sizeof *measures;
}

const struct vg_measure *vg_measure_at(size_t index)
{
    VG_ASSERT(index < vg_measure_count());
    return &measures[index];
}

const struct vg_measure *vg_measure_find(struct vg_text name)
{
    for (size_t index = 0; index < vg_measure_count(); index++) {
        if (vg_text_equals(name, measures[index].name)) {
            return &measures[index];
        }
    }
    return NULL;
}

const struct vg_measure *vg_measure_of_case_date(enum vg_case_date date)
{
    VG_ASSERT((size_t)date < VG_CASE_DATE_COUNT);
    return &measures[date];
}
