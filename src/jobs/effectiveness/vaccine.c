/*
 * Effectiveness of a vaccine from a file: which design, and the two that need no follow-up, test-negative and screening.
 */
#include "jobs/effectiveness/internal.h"
#include "jobs/measures_effect/measures_effect.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.959963984540054
#define RESULT_USUAL "test_result|result|outcome|case|resultado|resultado_prueba|resultat"
#define VACCINATED_USUAL "vaccinated|vaccination_status|vaccine_status|vaccination|doses|exposure|vacunado|estado_vacunal|vacinado|vaccine"
#define COVERAGE_USUAL "coverage|ppv|population_vaccinated|vaccine_coverage|cobertura|couverture"
#define DEFAULT_DELAY 14
#define COVARIATES_MOST 40

/* ------------------------------------------------------------ what is shared */

struct vaccine_row vaccine_row_new(const char *by, const char *effect, const char *group)
{
    return (struct vaccine_row){.by = by,
                                .effect = effect,
                                .group = group,
                                .from_day = NAN,
                                .to_day = NAN,
                                .n = {NAN, NAN},
                                .events = {NAN, NAN},
                                .effectiveness = NAN,
                                .low = NAN,
                                .high = NAN,
                                .p_proportional = NAN};
}

void vaccine_columns(struct vg_table *table)
{
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {{"design", VG_COLUMN_TEXT},
                   {"by", VG_COLUMN_TEXT},
                   {"effect", VG_COLUMN_TEXT},
                   {"group", VG_COLUMN_TEXT},
                   {"from_day", VG_COLUMN_DOUBLE},
                   {"to_day", VG_COLUMN_DOUBLE},
                   {"n_vaccinated", VG_COLUMN_DOUBLE},
                   {"n_unvaccinated", VG_COLUMN_DOUBLE},
                   {"events_vaccinated", VG_COLUMN_DOUBLE},
                   {"events_unvaccinated", VG_COLUMN_DOUBLE},
                   {"effectiveness", VG_COLUMN_DOUBLE},
                   {"low", VG_COLUMN_DOUBLE},
                   {"high", VG_COLUMN_DOUBLE},
                   {"p_constant", VG_COLUMN_DOUBLE},
                   {"status", VG_COLUMN_TEXT}};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
}

void vaccine_put(struct vg_table *table, const char *design, const struct vaccine_row *row)
{
    vg_table_text(table, design);
    vg_table_text(table, row->by);
    vg_table_text(table, row->effect);
    vg_table_text(table, row->group);
    const double numbers[] = {row->from_day,  row->to_day,        row->n[1], row->n[0], row->events[1],
                              row->events[0], row->effectiveness, row->low,  row->high, row->p_proportional};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_double(table, isfinite(numbers[i]) ? job_rounded(numbers[i], 6, true) : NAN);
    }
    vg_table_text(table, vg_effect_status_name(row->status));
}

void effect_limit(struct vg_measures_limits *limits, const char *sentence)
{
    if (sentence != NULL && limits->n < VG_MEASURES_LIMITS_MOST) {
        limits->sentences[limits->n++] = sentence;
    }
}

void effect_limit_general_end(struct vg_measures_limits *limits)
{
    limits->n_general = limits->n;
}

vg_status effect_finish(struct vg_answer *answer, const struct vg_measures_limits *limits, struct vg_error *error)
{
    struct vg_buffer *meta = &answer->meta;
    job_meta_limits(meta, limits);
    vg_buffer_char(meta, '}');
    return meta->failed || answer->table.failed ? vg_fail_memory(error, 0) : VG_OK;
}

vg_status effect_days(const char *option, const char *list, double *days, size_t most, size_t *n, struct vg_error *error)
{
    *n = 0;
    while (list != NULL && *list != '\0') {
        const char *end = strchr(list, ',');
        struct vg_text text = vg_text_of(list, end == NULL ? strlen(list) : (size_t)(end - list));
        if (*n == most || !vg_parse_double(text, '.', &days[*n]) || !(days[*n] > 0) || !(days[*n] < 1e5) || (*n > 0 && days[*n] <= days[*n - 1])) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%.*s\" is not the next of at most %zu rising numbers of days", option, (int)text.size, text.data,
                           most);
        }
        (*n)++;
        list = end == NULL ? NULL : end + 1;
    }
    return VG_OK;
}

/* ----------------------------------------------------------- test-negative */

struct tested {
    size_t result, exposure, date;
    uint8_t *positive;
    uint32_t *level; /* [n_rows] 0 the reference; UINT32_MAX: left out */
    size_t n_levels;
    const char **name;
    struct job_design design;
    size_t n_unclear;
};

/* Levels of a column of words or numbers, the reference first. */
static vg_status levels_of(struct vaccine_work *work, struct tested *tested)
{
    static const char *const usual[] = {"0",           "no",           "n",   "none", "unvaccinated", "u",   "never",  "false", "no vacunado",
                                        "no vacunada", "não vacinado", "nao", "não",  "non vacciné",  "non", "未接种", NULL};
    struct job_levels levels;
    size_t reference = SIZE_MAX;
    vg_status status = job_frame_levels(&work->frame, tested->exposure, 0, false, &levels);
    for (size_t level = 0; status == VG_OK && level < levels.n; level++) {
        bool is = work->request->reference != NULL && vg_text_fold_equal(levels.names[level], vg_text_from(work->request->reference));
        for (size_t i = 0; work->request->reference == NULL && usual[i] != NULL; i++) {
            is = is || vg_text_fold_equal(levels.names[level], vg_text_from(usual[i]));
        }
        reference = is && reference == SIZE_MAX ? level : reference;
    }
    if (status == VG_OK && (reference == SIZE_MAX || levels.n < 2 || levels.n > 12)) {
        struct vg_text heading = vg_reader_heading(work->frame.reader, tested->exposure);
        return vg_fail(work->error, VG_DATA_ERROR, "%s, column %.*s: %s", work->frame.path, (int)heading.size, heading.data,
                       levels.n > 12  ? "more than 12 different values; a date of vaccination needs the date of the test beside it (--date)"
                       : levels.n < 2 ? "everybody has the same, so nobody can be compared"
                                      : "none of its values means unvaccinated; name it with --reference");
    }
    tested->n_levels = status == VG_OK ? levels.n : 0;
    tested->name = VG_ARENA_ARRAY(work->arena, const char *, tested->n_levels + 1);
    for (size_t level = 0; status == VG_OK && tested->name != NULL && level < levels.n; level++) {
        size_t at = level == reference ? 0 : level < reference ? level + 1 : level;
        tested->name[at] = vg_arena_copy_bytes(work->arena, levels.names[level].data, levels.names[level].size);
    }
    for (size_t row = 0; status == VG_OK && row < work->frame.n_rows; row++) {
        uint32_t own = levels.of[row];
        tested->level[row] = own == UINT32_MAX || own > reference ? own : own == reference ? 0 : own + 1;
    }
    return status == VG_OK && work->arena->failed ? vg_fail_memory(work->error, 0) : status;
}

/* Vaccinated by a date: so many days before the test or more; who is in between is neither. */
static vg_status levels_by_date(struct vaccine_work *work, struct tested *tested)
{
    static const char *const names[] = {"unvaccinated", "vaccinated"};
    int32_t *dose = NULL, *test = NULL, delay = (int32_t)(work->request->has_delay ? work->request->delay_days : DEFAULT_DELAY);
    vg_status status = job_frame_dates(&work->frame, tested->exposure, &dose);
    status = status == VG_OK ? job_frame_dates(&work->frame, tested->date, &test) : status;
    for (size_t row = 0; status == VG_OK && row < work->frame.n_rows; row++) {
        bool none = dose[row] == VG_DATE_NONE || (test[row] != VG_DATE_NONE && dose[row] > test[row]);
        tested->level[row] = test[row] == VG_DATE_NONE ? UINT32_MAX : none ? 0 : (int64_t)test[row] - dose[row] >= delay ? 1 : UINT32_MAX;
        tested->n_unclear += tested->level[row] == UINT32_MAX ? 1 : 0;
    }
    tested->n_levels = 2;
    tested->name = VG_ARENA_ARRAY(work->arena, const char *, 2);
    if (status == VG_OK && tested->name == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    memcpy(tested->name, names, sizeof names);
    return status;
}

static vg_status read_tested(struct vaccine_work *work, struct tested *tested)
{
    const struct vg_vaccine_request *request = work->request;
    vg_status status = job_frame_find(&work->frame, "outcome", request->outcome, RESULT_USUAL, &tested->result);
    status = status == VG_OK ? job_frame_find(&work->frame, "exposure", request->exposure, VACCINATED_USUAL "|vaccination_date|vaccine_date", &tested->exposure)
                             : status;
    status = status == VG_OK ? job_frame_find(&work->frame, "date", request->date, "test_date|date|sample_date|fecha|data", &tested->date) : status;
    if (status == VG_OK && (tested->result == VG_READER_NO_COLUMN || tested->exposure == VG_READER_NO_COLUMN)) {
        return vg_fail(work->error, VG_DATA_ERROR,
                       "%s: a test-negative design needs a column with the result of the test (--outcome) and one with vaccination (--exposure)",
                       work->frame.path);
    }
    status = status == VG_OK ? job_frame_yes_no(&work->frame, tested->result, &tested->positive) : status;
    tested->level = VG_ARENA_ARRAY(work->arena, uint32_t, work->frame.n_rows);
    if (status == VG_OK && tested->level == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    if (status == VG_OK && tested->date != VG_READER_NO_COLUMN && job_frame_is_date(&work->frame, tested->exposure)) {
        status = levels_by_date(work, tested);
    } else if (status == VG_OK) {
        status = levels_of(work, tested);
    }
    return status == VG_OK ? job_frame_design(&work->frame, "adjust", request->adjust, COVARIATES_MOST, work->usable, &tested->design) : status;
}

/* One regression of the people of one group; adjusted or not. beta of level k stands at 1 + (k - 1). */
static vg_status fit_tested(struct vaccine_work *work, const struct tested *tested, uint32_t by, bool adjusted, struct vg_logistic_fit *fit,
                            double counts[2][16])
{
    size_t n_rows = work->frame.n_rows, q = tested->n_levels - 1, p = q + (adjusted ? tested->design.p : 0), n = 0;
    double *x = VG_ARENA_ARRAY(work->arena, double, n_rows *p + 1), *y = VG_ARENA_ARRAY(work->arena, double, n_rows + 1);
    if (x == NULL || y == NULL) {
        return vg_fail_memory(work->error, n_rows * p * sizeof(double));
    }
    memset(counts, 0, sizeof(double) * 2 * 16);
    for (size_t row = 0; row < n_rows; row++) {
        if (!work->usable[row] || tested->positive[row] > 1 || tested->level[row] == UINT32_MAX || (work->by.n > 0 && work->by.of[row] != by)) {
            continue;
        }
        y[n] = tested->positive[row];
        counts[tested->positive[row]][tested->level[row]]++;
        for (size_t k = 0; k < q; k++) {
            x[n * p + k] = tested->level[row] == k + 1 ? 1 : 0;
        }
        for (size_t j = 0; j < p - q; j++) {
            x[n * p + q + j] = tested->design.x[row * tested->design.p + j];
        }
        n++;
    }
    bool any[2] = {false, false};
    for (size_t k = 0; k < tested->n_levels; k++) {
        any[0] = any[0] || counts[0][k] > 0;
        any[1] = any[1] || counts[1][k] > 0;
    }
    if (!any[0] || !any[1] || n <= p + 1) {
        *fit = (struct vg_logistic_fit){.status = VG_EFFECT_TOO_FEW};
        return VG_OK;
    }
    const struct vg_logistic_data data = {.n = n, .p = p, .x = x, .cases = y};
    return vg_effectiveness_logistic(&data, work->arena, fit, work->error);
}

static void put_tested(struct vaccine_work *work, const struct tested *tested, const char *by, bool adjusted, const struct vg_logistic_fit *fit,
                       double counts[2][16])
{
    size_t p = 1 + tested->n_levels - 1 + (adjusted ? tested->design.p : 0);
    for (size_t k = 1; k < tested->n_levels; k++) {
        struct vaccine_row row = vaccine_row_new(by, adjusted ? "odds_adjusted" : "odds_crude", tested->name[k]);
        row.n[0] = counts[0][0] + counts[1][0];
        row.n[1] = counts[0][k] + counts[1][k];
        row.events[0] = counts[1][0];
        row.events[1] = counts[1][k];
        bool empty = counts[0][0] == 0 || counts[1][0] == 0 || counts[0][k] == 0 || counts[1][k] == 0;
        row.status = row.n[1] == 0 || row.n[0] == 0 ? VG_EFFECT_TOO_FEW : empty ? VG_EFFECT_NO_EVENTS : fit->status;
        if (row.status == VG_EFFECT_OK) {
            double spread = Z95 * sqrt(fit->covariance[k * p + k]);
            row.effectiveness = 1 - exp(fit->beta[k]);
            row.low = 1 - exp(fit->beta[k] + spread);
            row.high = 1 - exp(fit->beta[k] - spread);
        }
        vaccine_put(&work->answer->table, "test-negative", &row);
    }
}

static void say_tested(struct vaccine_work *work, const struct tested *tested, size_t n_left_out)
{
    effect_limit(work->limits, "Vaccinated and unvaccinated go to be tested alike when they have the same complaints, and both kinds of result come from the "
                               "same places and weeks (adjust for the date of the test).");
    effect_limit(work->limits,
                 "The vaccine does nothing against the other infections that the test-negative have, and a wrong test result is as likely with it as without.");
    effect_limit(work->limits, "It is effectiveness against being ill enough to be tested and found positive, and says nothing of spread to others.");
    effect_limit_general_end(work->limits);
    if (tested->design.p == 0) {
        effect_limit(work->limits, "Nothing is adjusted for (--adjust age,sex,date/month): whoever is vaccinated first is usually also exposed otherwise.");
    }
    if (n_left_out > 0) {
        effect_limit(work->limits,
                     vg_arena_format(work->arena,
                                     "%zu rows are left out: no result, no vaccination status, a dose of the last days before the test, or a blank covariate.",
                                     n_left_out));
    }
}

static vg_status test_negative(struct vaccine_work *work)
{
    struct tested tested = {.n_levels = 0};
    double counts[2][16], used = 0;
    vg_status status = read_tested(work, &tested);
    if (status == VG_OK && tested.n_levels > 13) {
        return vg_fail(work->error, VG_DATA_ERROR, "%s: too many kinds of vaccination", work->frame.path);
    }
    size_t n_by = work->by.n == 0 ? 1 : work->by.n;
    for (uint32_t by = 0; status == VG_OK && by < n_by; by++) {
        const char *name = work->by.n == 0 ? NULL : vg_arena_copy_bytes(work->arena, work->by.names[by].data, work->by.names[by].size);
        for (int adjusted = tested.design.p > 0 ? 1 : 0; status == VG_OK && adjusted >= 0; adjusted--) {
            struct vg_logistic_fit fit;
            status = fit_tested(work, &tested, by, adjusted, &fit, counts);
            if (status == VG_OK) {
                put_tested(work, &tested, name, adjusted, &fit, counts);
            }
        }
        for (size_t k = 0; status == VG_OK && k < tested.n_levels; k++) {
            used += counts[0][k] + counts[1][k];
        }
    }
    if (status == VG_OK) {
        say_tested(work, &tested, work->frame.n_rows - (size_t)used);
    }
    return status;
}

/* ---------------------------------------------------------------- screening */

static vg_status screened_rows(struct vaccine_work *work, struct vg_screening_row *rows)
{
    const struct job_frame *frame = &work->frame;
    size_t columns[3];
    double *values[3], largest = 0;
    static const char *const usual[3] = {"cases|n_cases|casos|cas|total_cases",
                                         "vaccinated_cases|cases_vaccinated|casos_vacunados|casos_vacinados|cas_vaccines", COVERAGE_USUAL};
    for (size_t k = 0; k < 3; k++) {
        columns[k] = vg_reader_find_column(frame->reader, usual[k]);
        if (columns[k] == VG_READER_NO_COLUMN) {
            return vg_fail(work->error, VG_DATA_ERROR, "%s: the screening method needs columns cases, vaccinated_cases and coverage", frame->path);
        }
        vg_status status =
            job_frame_numbers(frame, columns[k], 0, k == 2 ? 100 : 1e12, k == 2 ? "a coverage from 0 to 1, or to 100 %" : "a number of cases", &values[k]);
        if (status != VG_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < frame->n_rows; i++) {
        largest = fmax(largest, values[2][i]);
    }
    for (size_t i = 0; i < frame->n_rows; i++) {
        rows[i] = (struct vg_screening_row){values[0][i], values[1][i], largest > 1 ? values[2][i] / 100 : values[2][i]};
        if (isnan(rows[i].cases)) {
            return job_frame_bad(frame, i, columns[0], "a number of cases");
        }
        if (!(rows[i].vaccinated_cases <= rows[i].cases)) {
            return job_frame_bad(frame, i, columns[1], "a number that is not above cases");
        }
        if (!(rows[i].coverage > 0 && rows[i].coverage < 1)) {
            return job_frame_bad(frame, i, columns[2], "a coverage above 0 and below 1 (100 %)");
        }
    }
    return VG_OK;
}

static vg_status screening(struct vaccine_work *work)
{
    const struct job_frame *frame = &work->frame;
    struct vg_screening_row *rows = VG_ARENA_ARRAY(work->arena, struct vg_screening_row, frame->n_rows + 1);
    struct vg_screening out;
    double sum[2] = {0, 0};
    size_t stratum = vg_reader_find_column(frame->reader, "stratum|age_group|group|age|place|week|grupo|estrato|edad|strate");
    vg_status status = rows == NULL ? vg_fail_memory(work->error, 0) : screened_rows(work, rows);
    for (size_t i = 0; status == VG_OK && i <= frame->n_rows; i++) {
        bool all = i == frame->n_rows;
        if (all) {
            status = vg_effectiveness_screening(rows, frame->n_rows, work->arena, &out, work->error);
        } else {
            vg_effectiveness_screening_one(&rows[i], &out);
            sum[0] += rows[i].cases - rows[i].vaccinated_cases;
            sum[1] += rows[i].vaccinated_cases;
        }
        struct vg_text name = all || stratum == VG_READER_NO_COLUMN ? vg_text_of("", 0) : job_frame_cell(frame, i, stratum);
        struct vaccine_row row =
            vaccine_row_new(name.size == 0 ? NULL : vg_arena_copy_bytes(work->arena, name.data, name.size), all ? "odds_pooled" : "odds_stratum", "vaccinated");
        row.events[0] = all ? sum[0] : rows[i].cases - rows[i].vaccinated_cases;
        row.events[1] = all ? sum[1] : rows[i].vaccinated_cases;
        row.effectiveness = out.effect;
        row.low = out.low;
        row.high = out.high;
        row.p_proportional = out.p_value;
        row.status = out.status;
        if (status == VG_OK) {
            vaccine_put(&work->answer->table, "screening", &row);
        }
    }
    effect_limit(work->limits, "The coverage is that of the very people among whom the cases arose: the same ages, places and weeks. An error of a few points "
                               "of coverage moves the effectiveness a lot where coverage is high.");
    effect_limit(work->limits, "Cases are found, and their vaccination known, alike whether vaccinated or not.");
    effect_limit(work->limits,
                 "Nothing but the strata is adjusted for: use it to see whether something is amiss, and a cohort or a test-negative study to know how much.");
    effect_limit_general_end(work->limits);
    if (status == VG_OK && out.status == VG_EFFECT_UNLIKE_STRATA) {
        effect_limit(
            work->limits,
            vg_arena_format(work->arena, "The strata disagree more than chance lets them (p = %.3g): read the strata and not the pooled number.", out.p_value));
    }
    return status;
}

/* ------------------------------------------------------------------ designs */

static vg_status design_of(const struct vaccine_work *work, const char **design)
{
    const struct vg_reader *reader = work->frame.reader;
    static const char *const known[] = {"cohort", "never", "person-time", "unmatched", "test-negative", "screening"};
    *design = work->request->design;
    for (size_t i = 0; *design != NULL && i < sizeof known / sizeof *known; i++) {
        if (strcmp(*design, known[i]) == 0) {
            return VG_OK;
        }
    }
    if (*design != NULL) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--design is cohort, never, person-time, unmatched, test-negative or screening, not \"%.40s\"", *design);
    }
    *design = vg_reader_find_column(reader, COVERAGE_USUAL) != VG_READER_NO_COLUMN                                             ? "screening"
              : vg_reader_find_column(reader, "test_result|result|resultado|resultado_prueba|resultat") != VG_READER_NO_COLUMN ? "test-negative"
                                                                                                                               : "cohort";
    return VG_OK;
}

static vg_status by_levels(struct vaccine_work *work)
{
    size_t column = VG_READER_NO_COLUMN;
    double band = 0;
    const char *by = work->request->by, *slash = by == NULL ? NULL : strchr(by, '/');
    if (by == NULL) {
        return VG_OK;
    }
    const char *name = slash == NULL ? by : vg_arena_copy_bytes(work->arena, by, (size_t)(slash - by));
    bool month = slash != NULL && strcmp(slash + 1, "month") == 0;
    if (slash != NULL && !month && (!vg_parse_double(vg_text_from(slash + 1), '.', &band) || !(band > 0))) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--by: after / comes a width of bands or \"month\", not \"%s\"", slash + 1);
    }
    vg_status status = job_frame_find(&work->frame, "by", name, NULL, &column);
    status = status == VG_OK ? job_frame_levels(&work->frame, column, band, month, &work->by) : status;
    return status == VG_OK && work->by.n > 60
               ? vg_fail(work->error, VG_USAGE_ERROR, "--by: %zu different values; at most 60 (a number may be put in bands: %s/10)", work->by.n, by)
               : status;
}

vg_status vg_job_vaccine(const struct vg_vaccine_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_measures_limits *limits,
                         struct vg_error *error)
{
    struct vaccine_work work = {.request = request, .arena = arena, .answer = answer, .limits = limits, .error = error};
    const char *design = NULL;
    limits->n = limits->n_general = 0;
    vg_status status = job_frame_open(request->path, arena, &work.frame, error);
    if (status != VG_OK) {
        return status;
    }
    work.usable = VG_ARENA_ARRAY(arena, uint8_t, work.frame.n_rows);
    status = work.usable == NULL ? vg_fail_memory(error, work.frame.n_rows) : design_of(&work, &design);
    if (status == VG_OK) {
        memset(work.usable, 1, work.frame.n_rows);
        status = by_levels(&work);
    }
    bool cohort = status == VG_OK && strcmp(design, "test-negative") != 0 && strcmp(design, "screening") != 0;
    if (status == VG_OK && !cohort) {
        vaccine_columns(&answer->table);
        status = request->show != NULL && strcmp(request->show, "effects") != 0
                     ? vg_fail(error, VG_USAGE_ERROR, "--show %s: of the design %s there are effects only", request->show, design)
                 : strcmp(design, "screening") == 0 ? screening(&work)
                                                    : test_negative(&work);
    } else if (status == VG_OK) {
        status = vaccine_cohort(&work,
                                strcmp(design, "cohort") == 0      ? VG_COHORT_MATCHED
                                : strcmp(design, "never") == 0     ? VG_COHORT_NEVER
                                : strcmp(design, "unmatched") == 0 ? VG_COHORT_UNMATCHED
                                                                   : VG_COHORT_PERSON_TIME,
                                design);
    }
    job_frame_close(&work.frame);
    return status == VG_OK ? effect_finish(answer, limits, error) : status;
}
