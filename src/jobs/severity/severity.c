/*
 * The job of severity: which dataset, which measures of cases and deaths, which delay between them, and what is published of a disease.
 */
#include "jobs/severity/internal.h"

#include "model/disease/disease.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <string.h>

void vg_severity_request_init(struct vg_severity_request *severity)
{
    *severity = (struct vg_severity_request){.delay_mean_days = NAN, .delay_sd_days = NAN, .mean_error = 0.1, .sd_error = 0.2, .rolling_days = 7};
}

void severity_say(struct severity_work *work, const char *sentence)
{
    for (size_t i = 0; sentence != NULL && i < work->limits->n; i++) {
        if (strcmp(work->limits->sentences[i], sentence) == 0) {
            return;
        }
    }
    if (sentence != NULL && work->limits->n < VG_MEASURES_LIMITS_MOST) {
        work->limits->sentences[work->limits->n++] = sentence;
    }
}

void severity_estimate_columns(struct vg_table *table, const char *value, const char *low, const char *high)
{
    vg_table_add_column(table, value, VG_COLUMN_DOUBLE);
    vg_table_add_column(table, low, VG_COLUMN_DOUBLE);
    vg_table_add_column(table, high, VG_COLUMN_DOUBLE);
}

void severity_estimate_cells(struct vg_table *table, const struct vg_severity_estimate *estimate)
{
    vg_table_double(table, job_rounded(estimate->value, 5, false));
    vg_table_double(table, job_rounded(estimate->low, 5, false));
    vg_table_double(table, job_rounded(estimate->high, 5, false));
}

/* ---------------------------------------------------------------- measures */

static bool by_report(const struct vg_measure *measure)
{
    return strcmp(measure->by, "report") == 0 || strcmp(measure->by, "notification") == 0;
}

/* The first of these of the dataset, or the user's. */
static const struct vg_measure *find(const struct vg_measure **measures, size_t n, const char *wanted, const char *what, int reported)
{
    static const char *const events[] = {"onset", "death", "date", "diagnosis", "sample"};
    for (size_t i = 0; i < n; i++) {
        if (wanted != NULL && strcmp(measures[i]->name, wanted) == 0) {
            return measures[i];
        }
    }
    for (size_t e = 0; wanted == NULL && reported == 0 && e < sizeof events / sizeof *events; e++) {
        for (size_t i = 0; i < n; i++) {
            if (strcmp(measures[i]->what, what) == 0 && strcmp(measures[i]->by, events[e]) == 0) {
                return measures[i];
            }
        }
    }
    for (size_t i = 0; wanted == NULL && i < n; i++) {
        if (strcmp(measures[i]->what, what) == 0 && measures[i]->kind == VG_MEASURE_FLOW && (reported < 0 || by_report(measures[i]) == (reported == 1))) {
            return measures[i];
        }
    }
    return NULL;
}

static vg_status no_measure(struct severity_work *work, const struct vg_measure **measures, size_t n, const char *what, const char *wanted)
{
    struct vg_buffer names;
    vg_buffer_init(&names, 500);
    for (size_t i = 0; i < n; i++) {
        vg_buffer_format(&names, "%s%s", i == 0 ? "" : ", ", measures[i]->name);
    }
    vg_status status = vg_fail(work->error, wanted != NULL ? VG_NOT_FOUND : VG_DATA_ERROR, "%s: there is no measure of %s%s%s; there is %s", work->dataset.name,
                               what, wanted == NULL ? "" : " named ", wanted == NULL ? "" : wanted, names.size == 0 ? "none" : names.data);
    vg_buffer_release(&names);
    return status;
}

/* Events with events and reports with reports, where the dataset has both. */
static vg_status choose_measures(struct severity_work *work)
{
    const struct vg_measure **measures = NULL;
    const char *wanted = work->request->measure, *wanted_deaths = work->severity->deaths_measure;
    size_t n = 0;
    vg_status status = vg_store_measures(work->store, work->dataset.name, work->arena, &measures, &n, work->error);
    if (status != VG_OK) {
        return status;
    }
    for (int reported = 0; wanted == NULL && wanted_deaths == NULL && reported <= 1 && (work->cases == NULL || work->deaths == NULL); reported++) {
        work->cases = find(measures, n, NULL, "cases", reported);
        work->deaths = find(measures, n, NULL, "deaths", reported);
    }
    work->cases = work->cases == NULL || wanted != NULL ? find(measures, n, wanted, "cases", -1) : work->cases;
    if (work->cases != NULL && work->deaths == NULL) {
        work->deaths = wanted_deaths == NULL ? find(measures, n, NULL, "deaths", by_report(work->cases) ? 1 : 0) : NULL;
        work->deaths = work->deaths == NULL ? find(measures, n, wanted_deaths, "deaths", -1) : work->deaths;
    }
    if (work->cases == NULL || work->deaths == NULL) {
        return no_measure(work, measures, n, work->cases == NULL ? "cases" : "deaths", work->cases == NULL ? wanted : wanted_deaths);
    }
    if (by_report(work->cases) != by_report(work->deaths)) {
        severity_say(work, vg_arena_format(work->arena,
                                           "MIXED DATES: %s are by the date of the %s and %s by the date of the %s. Ratios of such series mean little: the "
                                           "same epidemic can give a quarter of the true one. "
                                           "Take both by event or both by report (--measure, --deaths).",
                                           work->cases->name, work->cases->by, work->deaths->name, work->deaths->by));
    }
    return VG_OK;
}

/* ------------------------------------------------------------------- delay */

static vg_status parse_delay(struct severity_work *work, const char *text)
{
    const char *colon = strchr(text, ':'), *comma = colon == NULL ? NULL : strchr(colon, ',');
    enum vg_interval_family family = VG_INTERVAL_GAMMA;
    double a = 0, b = 0;
    bool reads = comma != NULL && vg_interval_family_from_name(vg_text_of(text, (size_t)(colon - text)), &family) && family != VG_INTERVAL_NORMAL &&
                 vg_parse_double(vg_text_of(colon + 1, (size_t)(comma - colon - 1)), '.', &a) && vg_parse_double(vg_text_from(comma + 1), '.', &b);
    if (!reads || !(b > 0) || !(family == VG_INTERVAL_LOGNORMAL || a > 0) || !(fabs(a) < 1e4) || !(b < 1e4)) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--delay: \"%s\" is not gamma:SHAPE,SCALE, weibull:SHAPE,SCALE or lognormal:LOGMEAN,LOGSD", text);
    }
    work->delay = vg_interval_law_given(family, a, b);
    work->delay_source = "given";
    return VG_OK;
}

static vg_status choose_delay(struct severity_work *work)
{
    const struct vg_severity_request *severity = work->severity;
    enum vg_interval_family family = VG_INTERVAL_GAMMA;
    struct vg_disease_facts facts;
    const char *disease = work->request->disease != NULL ? work->request->disease : work->dataset.disease;
    if (severity->delay != NULL) {
        return parse_delay(work, severity->delay);
    }
    if (severity->delay_family != NULL && (!vg_interval_family_from_name(vg_text_from(severity->delay_family), &family) || family == VG_INTERVAL_NORMAL)) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--delay-family is gamma, lognormal or weibull, not \"%s\"", severity->delay_family);
    }
    if (!isnan(severity->delay_mean_days) && !isnan(severity->delay_sd_days)) {
        work->delay = vg_interval_law_of(family, severity->delay_mean_days, severity->delay_sd_days);
        work->delay_source = "given";
        return VG_OK;
    }
    if (disease == NULL || *disease == '\0' || vg_disease_shipped(vg_text_from(disease), &facts, NULL) != VG_OK || isnan(facts.course.onset_to_death.mean)) {
        return vg_fail(work->error, VG_USAGE_ERROR,
                       "how long it takes from a case to its death must be said: --delay gamma:2.4,3.33 (or lognormal:, weibull:), --delay-mean and "
                       "--delay-sd, or --disease of which it is known (covid19)");
    }
    work->delay = vg_interval_law_of(family, facts.course.onset_to_death.mean, facts.course.onset_to_death.sd);
    work->delay_source = vg_arena_format(work->arena, "%s, onset to death, data/control/natural_history.csv", facts.course.disease);
    if (work->cases != NULL && by_report(work->cases)) {
        severity_say(work, vg_arena_format(work->arena,
                                           "The delay is from onset to death, and cases are by the date of the %s, which is later: the corrected ratio is too "
                                           "high where reports take long. Give your own --delay-mean and --delay-sd.",
                                           work->cases->by));
    }
    return VG_OK;
}

static vg_status parse_baseline(struct severity_work *work)
{
    const char *text = work->severity->baseline;
    double numbers[3] = {NAN, NAN, NAN};
    size_t n = 0;
    for (const char *at = text; at != NULL && n < 3; n++) {
        const char *end = strchr(at, ',');
        if (!vg_parse_double(vg_text_of(at, end == NULL ? strlen(at) : (size_t)(end - at)), '.', &numbers[n]) || !(numbers[n] > 0 && numbers[n] <= 1)) {
            break;
        }
        at = end == NULL ? NULL : end + 1;
    }
    if (text != NULL && n != 1 && n != 3) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--baseline: \"%s\" is not a ratio such as 0.014, nor a ratio with its interval such as 0.014,0.012,0.016",
                       text);
    }
    work->baseline = (struct vg_severity_estimate){numbers[0], n == 3 ? numbers[1] : numbers[0], n == 3 ? numbers[2] : numbers[0]};
    return VG_OK;
}

/* ---------------------------------------------------------------- defaults */

static void put_default(struct vg_table *table, const char *disease, const char *name, const char *ages, double value)
{
    if (!isnan(value)) {
        vg_table_text(table, disease);
        vg_table_text(table, name);
        vg_table_text(table, ages);
        vg_table_double(table, value);
        vg_table_text(table, "data/control/natural_history.csv");
    }
}

static vg_status defaults(struct severity_work *work)
{
    struct vg_table *table = &work->answer->table;
    struct vg_disease_facts facts;
    const char *disease = work->request->disease == NULL ? "covid19" : work->request->disease;
    vg_status status = vg_disease_shipped(vg_text_from(disease), &facts, work->error);
    if (status != VG_OK) {
        return status;
    }
    const struct vg_course *course = &facts.course;
    const struct {
        const char *mean, *sd;
        struct vg_days_law law;
    } days[] = {{"onset_to_admission_mean_days", "onset_to_admission_sd_days", course->onset_to_admission},
                {"admission_to_icu_mean_days", "admission_to_icu_sd_days", course->admission_to_icu},
                {"ward_stay_mean_days", "ward_stay_sd_days", course->ward_stay},
                {"icu_stay_mean_days", "icu_stay_sd_days", course->icu_stay},
                {"ward_to_death_mean_days", "ward_to_death_sd_days", course->ward_to_death},
                {"icu_to_death_mean_days", "icu_to_death_sd_days", course->icu_to_death},
                {"onset_to_death_mean_days", "onset_to_death_sd_days", course->onset_to_death}};
    const struct {
        const char *name;
        const double *by_age;
    } shares[] = {{"admission_share_of_infections", course->admission_share},
                  {"icu_share_of_admissions", course->icu_share},
                  {"fatality_of_infections", course->fatality}};
    static const char *const columns[] = {"disease", "parameter", "ages", "value", "source"};
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, columns[i], i == 3 ? VG_COLUMN_DOUBLE : VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < sizeof days / sizeof *days; i++) {
        put_default(table, course->disease, days[i].mean, NULL, days[i].law.mean);
        put_default(table, course->disease, days[i].sd, NULL, days[i].law.sd);
    }
    put_default(table, course->disease, "icu_fatality", NULL, course->icu_fatality);
    for (size_t i = 0; i < sizeof shares / sizeof *shares; i++) {
        for (int age = 0; age <= 80; age += 10) {
            put_default(table, course->disease, shares[i].name, vg_arena_format(work->arena, age == 80 ? "%d+" : "%d-%d", age, age + 9), shares[i].by_age[age]);
        }
    }
    vg_buffer_char(&work->answer->meta, '{');
    job_meta_text(&work->answer->meta, "disease", course->disease);
    return work->arena->failed ? vg_fail_memory(work->error, 0) : VG_OK;
}

/* --------------------------------------------------------------------- job */

static vg_status find_dataset(struct severity_work *work)
{
    struct vg_dataset *datasets = NULL;
    size_t n = 0;
    if (work->severity->path == NULL && work->request->dataset != NULL) {
        return vg_store_dataset_find(work->store, work->request->dataset, work->arena, &work->dataset, work->error);
    }
    vg_status status = vg_store_datasets(work->store, work->arena, &datasets, &n, work->error);
    if (status == VG_OK && n == 0) {
        return vg_fail(work->error, VG_NOT_FOUND, "there is no data: neither counts nor cases");
    }
    if (status == VG_OK) {
        work->dataset = datasets[0];
        work->answer->simulated = work->dataset.nature == VG_NATURE_SIMULATED;
    }
    return status;
}

static vg_status answer_of_store(struct severity_work *work, const char *show)
{
    bool people = strcmp(show, "risks") == 0 || strcmp(show, "stays") == 0 || strcmp(show, "weekly") == 0;
    vg_status status = find_dataset(work);
    if (status == VG_OK && people && work->dataset.kind != VG_DATASET_CASES) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s holds counts: %s need a line list, one row a case", work->dataset.name, show);
    }
    vg_buffer_char(&work->answer->meta, '{');
    vg_buffer_text(&work->answer->meta, "\"dataset\":");
    vg_buffer_json_string(&work->answer->meta, work->dataset.name == NULL ? "" : work->dataset.name,
                          work->dataset.name == NULL ? 0 : strlen(work->dataset.name));
    if (status == VG_OK && people) {
        return strcmp(show, "risks") == 0 ? severity_risks(work) : severity_stays(work, strcmp(show, "weekly") == 0);
    }
    status = status == VG_OK ? choose_measures(work) : status;
    status = status == VG_OK ? choose_delay(work) : status;
    status = status == VG_OK ? parse_baseline(work) : status;
    if (status == VG_OK) {
        job_meta_text(&work->answer->meta, "cases", work->cases->name);
        job_meta_text(&work->answer->meta, "deaths", work->deaths->name);
        job_meta_text(&work->answer->meta, "delay", vg_interval_family_name(work->delay.family));
        job_meta_number(&work->answer->meta, "delay_mean_days", work->delay.mean);
        job_meta_number(&work->answer->meta, "delay_sd_days", vg_interval_sd(&work->delay));
        job_meta_text(&work->answer->meta, "delay_source", work->delay_source);
        status = severity_series(work);
    }
    return status;
}

static vg_status finish(struct severity_work *work)
{
    struct vg_buffer *meta = &work->answer->meta;
    job_meta_limits(meta, work->limits);
    vg_buffer_char(meta, '}');
    return meta->failed || work->answer->table.failed ? vg_fail_memory(work->error, 0) : VG_OK;
}

vg_status vg_job_severity(struct vg_store *store, const struct vg_request *request, const struct vg_severity_request *severity, struct vg_arena *arena,
                          struct vg_answer *answer, struct vg_measures_limits *limits, struct vg_error *error)
{
    static const char *const known[] = {"ratio", "rolling", "course", "risks", "stays", "weekly", "defaults"};
    struct severity_work work = {
        .store = store, .request = request, .severity = severity, .arena = arena, .answer = answer, .limits = limits, .error = error, .as_of = request->as_of};
    struct job_file_node node = {.store = NULL};
    const char *show = severity->show == NULL ? "ratio" : severity->show;
    bool is_known = false;
    limits->n = limits->n_general = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        is_known = is_known || strcmp(show, known[i]) == 0;
    }
    if (!is_known) {
        return vg_fail(error, VG_USAGE_ERROR, "--show is ratio, rolling, course, risks, stays, weekly or defaults, not \"%.40s\"", show);
    }
    vg_status status = VG_OK;
    if (strcmp(show, "defaults") == 0) {
        status = defaults(&work);
    } else if (severity->stay != NULL) {
        status = severity->path == NULL || (strcmp(show, "stays") != 0 && strcmp(show, "weekly") != 0)
                     ? vg_fail(error, VG_USAGE_ERROR, "--stay names columns of a file, for --show stays or weekly")
                     : severity_stay_columns(&work, strcmp(show, "weekly") == 0);
    } else {
        if (store == NULL) {
            status = job_open_file(severity->path, request->places_path, severity->intake, arena, &node, error);
            if (status != VG_OK) {
                return status;
            }
            work.store = node.store;
        }
        status = answer_of_store(&work, show);
        if (store == NULL) {
            job_close_file(&node);
        }
    }
    return status == VG_OK ? finish(&work) : status;
}
