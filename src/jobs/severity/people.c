/*
 * Severity of line lists: risks of death, admission and intensive care by age with cases that are not over, and lengths of stay with patients who are still in.
 */
#include "jobs/severity/internal.h"

#include <math.h>
#include <string.h>

#define BAND_DEFAULT 20
#define AGE_TOP 90
#define WEEKLY_WINDOW 28
#define LONGEST_DAYS 3000

/* ------------------------------------------------------------------ people */

static vg_status read_cases(struct severity_work *work, struct vg_case_table *cases)
{
    const struct vg_cube_filter filter = {.dataset = work->dataset.name, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = work->request->as_of};
    int32_t newest = VG_DATE_NONE;
    vg_status status = vg_store_case_table(work->store, &filter, work->arena, cases, work->error);
    for (size_t d = 0; status == VG_OK && d < VG_CASE_DATE_COUNT; d++) {
        for (size_t i = 0; cases->dates[d] != NULL && i < cases->n_cases; i++) {
            newest = cases->dates[d][i] > newest ? cases->dates[d][i] : newest;
        }
    }
    work->as_of = work->request->as_of == VG_DATE_NONE ? newest : work->request->as_of;
    return status;
}

static int32_t date_of(const struct vg_case_table *cases, enum vg_case_date kind, size_t i)
{
    return cases->dates[kind] == NULL ? VG_DATE_NONE : cases->dates[kind][i];
}

static int32_t begin_of(const struct vg_case_table *cases, size_t i)
{
    static const enum vg_case_date order[] = {VG_CASE_ONSET, VG_CASE_SAMPLE, VG_CASE_DIAGNOSIS, VG_CASE_NOTIFICATION, VG_CASE_REPORT};
    for (size_t k = 0; k < sizeof order / sizeof *order; k++) {
        if (date_of(cases, order[k], i) != VG_DATE_NONE) {
            return date_of(cases, order[k], i);
        }
    }
    return VG_DATE_NONE;
}

static bool counts(const struct severity_work *work, const struct vg_case_table *cases, size_t i, int32_t from)
{
    bool discarded = cases->class != NULL && cases->class[i] == VG_CLASS_DISCARDED;
    bool within = from != VG_DATE_NONE && from <= work->as_of && (work->request->from == VG_DATE_NONE || from >= work->request->from) &&
                  (work->request->to == VG_DATE_NONE || from <= work->request->to);
    const struct vg_place_list *places = vg_store_place_list(work->store);
    if (work->request->place != NULL && cases->place != NULL && places != NULL) {
        uint32_t wanted = vg_place_list_find_code(places, vg_text_from(work->request->place));
        within = within && wanted != VG_PLACE_NONE && cases->place[i] != VG_PLACE_NONE && vg_place_list_within(places, cases->place[i], wanted);
    }
    return within && !discarded;
}

/* How the way of a case from one date to an event went: which end, after how many days. */
static uint8_t end_of(const struct severity_work *work, const struct vg_case_table *cases, size_t i, int32_t from, int32_t event, bool of_death, double *days)
{
    uint8_t outcome = cases->outcome == NULL ? VG_OUTCOME_UNKNOWN : cases->outcome[i];
    int32_t death = date_of(cases, VG_CASE_DEATH, i), recovery = date_of(cases, VG_CASE_RECOVERY, i), other = VG_DATE_NONE;
    bool died_otherwise = outcome == VG_OUTCOME_DIED_OTHER;
    other = recovery;
    if (!of_death || died_otherwise) {
        other = death != VG_DATE_NONE && (other == VG_DATE_NONE || death < other) ? death : other;
    }
    event = of_death && died_otherwise ? VG_DATE_NONE : event;
    if (event != VG_DATE_NONE && event <= work->as_of && (other == VG_DATE_NONE || event <= other)) {
        *days = (double)event - from;
        return VG_END_EVENT;
    }
    if (other != VG_DATE_NONE && other <= work->as_of) {
        *days = (double)other - from;
        return VG_END_OTHER;
    }
    *days = (double)work->as_of - from;
    return VG_END_OPEN;
}

struct question {
    const char *name;
    enum vg_case_date event;
    bool from_admission;
};
static const struct question questions[] = {{"death", VG_CASE_DEATH, false},
                                            {"admission", VG_CASE_ADMISSION, false},
                                            {"icu", VG_CASE_ICU, false},
                                            {"icu_of_admitted", VG_CASE_ICU, true},
                                            {"death_of_admitted", VG_CASE_DEATH, true}};

struct ask {
    double *days;
    uint8_t *end;
    size_t n, n_undated;
};

static void ask_of(const struct severity_work *work, const struct vg_case_table *cases, const struct question *question, int64_t low, int64_t high,
                   struct ask *ask)
{
    ask->n = ask->n_undated = 0;
    for (size_t i = 0; i < cases->n_cases; i++) {
        int32_t from = question->from_admission ? date_of(cases, VG_CASE_ADMISSION, i) : begin_of(cases, i);
        int16_t age = cases->age_years == NULL ? VG_AGE_UNKNOWN : cases->age_years[i];
        if (!counts(work, cases, i, from) || (low >= 0 && (age < low || age > high))) {
            continue;
        }
        uint8_t outcome = cases->outcome == NULL ? VG_OUTCOME_UNKNOWN : cases->outcome[i];
        bool undated = (outcome == VG_OUTCOME_DIED && date_of(cases, VG_CASE_DEATH, i) == VG_DATE_NONE) ||
                       (outcome == VG_OUTCOME_RECOVERED && date_of(cases, VG_CASE_RECOVERY, i) == VG_DATE_NONE);
        double days = 0;
        uint8_t end = end_of(work, cases, i, from, date_of(cases, question->event, i), question->event == VG_CASE_DEATH, &days);
        if (days < 0 || days > LONGEST_DAYS) {
            continue; /* an end before the beginning is an error of typing, which vigia check names */
        }
        if (undated && end == VG_END_OPEN) {
            /* Over, nobody says when: at the latest now. */
            ask->n_undated++;
            end = question->event == VG_CASE_DEATH && outcome == VG_OUTCOME_DIED ? VG_END_EVENT : VG_END_OTHER;
        }
        ask->days[ask->n] = days;
        ask->end[ask->n++] = end;
    }
}

static vg_status put_risk(struct severity_work *work, const struct question *question, int64_t low, int64_t high, struct ask *ask)
{
    struct vg_table *table = &work->answer->table;
    struct vg_severity_risk risk;
    struct vg_arena scratch;
    vg_arena_init(&scratch, 0);
    vg_status status = vg_severity_competing(ask->days, ask->end, ask->n, &scratch, &risk, work->error);
    vg_arena_release(&scratch);
    if (status != VG_OK || (ask->n == 0 && low >= 0)) {
        return status;
    }
    vg_table_text(table, question->name);
    vg_table_text(table, low < 0 ? "all" : vg_arena_format(work->arena, high >= 120 ? "%lld+" : "%lld-%lld", (long long)low, (long long)high));
    const double numbers[] = {risk.n, risk.events, risk.others, risk.open};
    for (size_t i = 0; i < 4; i++) {
        vg_table_double(table, numbers[i]);
    }
    severity_estimate_cells(table, &risk.known);
    severity_estimate_cells(table, &risk.risk);
    vg_table_text(table, vg_severity_status_name(risk.status));
    return VG_OK;
}

static bool any_date(const struct vg_case_table *cases, enum vg_case_date kind)
{
    for (size_t i = 0; cases->dates[kind] != NULL && i < cases->n_cases; i++) {
        if (cases->dates[kind][i] != VG_DATE_NONE) {
            return true;
        }
    }
    return false;
}

vg_status severity_risks(struct severity_work *work)
{
    static const char *const columns[] = {"risk_of", "ages", "n", "events", "others", "open"};
    struct vg_case_table cases = {0};
    struct vg_table *table = &work->answer->table;
    int64_t width = work->severity->age_width > 0 ? work->severity->age_width : BAND_DEFAULT;
    vg_status status = read_cases(work, &cases);
    struct ask ask = {VG_ARENA_ARRAY(work->arena, double, cases.n_cases + 1), VG_ARENA_ARRAY(work->arena, uint8_t, cases.n_cases + 1), 0, 0};
    if (status == VG_OK && work->arena->failed) {
        return vg_fail_memory(work->error, 0);
    }
    for (size_t i = 0; i < 6; i++) {
        vg_table_add_column(table, columns[i], i < 2 ? VG_COLUMN_TEXT : VG_COLUMN_DOUBLE);
    }
    severity_estimate_columns(table, "known", "known_low", "known_high");
    severity_estimate_columns(table, "risk", "low", "high");
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    size_t n_undated = 0, n_asked = 0;
    for (size_t q = 0; status == VG_OK && q < sizeof questions / sizeof *questions; q++) {
        if (!any_date(&cases, questions[q].event) || (questions[q].from_admission && !any_date(&cases, VG_CASE_ADMISSION))) {
            continue;
        }
        n_asked++;
        ask_of(work, &cases, &questions[q], -1, -1, &ask);
        n_undated = ask.n_undated > n_undated ? ask.n_undated : n_undated;
        status = put_risk(work, &questions[q], -1, -1, &ask);
        for (int64_t low = 0; status == VG_OK && low <= AGE_TOP; low += width) {
            int64_t high = low + width > AGE_TOP ? 120 : low + width - 1;
            ask_of(work, &cases, &questions[q], low, high, &ask);
            status = put_risk(work, &questions[q], low, high, &ask);
        }
    }
    if (status == VG_OK && n_asked == 0) {
        return vg_fail(work->error, VG_DATA_ERROR, "the line list has no date of death, admission or intensive care");
    }
    severity_say(work, "`known` is of cases that are over and is biased while an epidemic grows, mostly upwards where deaths come sooner than recoveries; "
                       "`risk` counts those not over yet as they will be expected to end.");
    if (n_undated > 0) {
        severity_say(work, vg_arena_format(work->arena, "%zu cases are over with no date of it; they count as over on the newest day.", n_undated));
    }
    if (status == VG_OK && !any_date(&cases, VG_CASE_RECOVERY)) {
        severity_say(work, "The list has no dates of recovery: nobody but the dead is ever over, so a risk of death comes out as 1. Import dates of recovery "
                           "or discharge, or use --show ratio.");
    }
    job_meta_date(&work->answer->meta, "as_of", work->as_of);
    return status;
}

/* -------------------------------------------------------------------- stays */

struct stay_set {
    const char *name, *ages;
    struct vg_stay *stays;
    size_t n;
};

static void stay_columns(struct vg_table *table)
{
    static const char *const texts[] = {"stay", "ages"}, *const numbers[] = {"n", "still_in", "km_median", "km_mean"};
    for (size_t i = 0; i < 2; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    vg_table_add_column(table, "as_of", VG_COLUMN_DATE);
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "family", VG_COLUMN_TEXT);
    severity_estimate_columns(table, "a", "b", "aic");
    severity_estimate_columns(table, "mean", "mean_low", "mean_high");
    severity_estimate_columns(table, "sd", "sd_low", "sd_high");
    severity_estimate_columns(table, "median", "q90", "km_distance");
    vg_table_add_column(table, "lost", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "best", VG_COLUMN_BOOLEAN);
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
}

static void put_fit(struct severity_work *work, const struct stay_set *set, int32_t as_of, const struct vg_stay_estimate *found, size_t f)
{
    struct vg_table *table = &work->answer->table;
    const struct vg_stay_fit *fit = &found->fits[f];
    bool known = found->status != VG_SEVERITY_TOO_FEW;
    const double numbers[] = {fit->law.a,
                              fit->law.b,
                              fit->aic,
                              fit->law.mean,
                              fit->mean_low,
                              fit->mean_high,
                              vg_interval_sd(&fit->law),
                              fit->sd_low,
                              fit->sd_high,
                              fit->median,
                              fit->q90,
                              f == found->best ? found->distance : NAN,
                              work->severity->unrecorded ? fit->lost : NAN};
    vg_table_text(table, set->name);
    vg_table_text(table, set->ages);
    vg_table_date(table, as_of);
    vg_table_double(table, (double)found->n);
    vg_table_double(table, (double)found->n_open);
    vg_table_double(table, found->median);
    vg_table_double(table, job_rounded(found->mean, 5, false));
    vg_table_text(table, known ? vg_interval_family_name(fit->law.family) : NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        vg_table_double(table, known ? job_rounded(numbers[i], 5, false) : NAN);
    }
    vg_table_boolean(table, known && f == found->best);
    vg_table_text(table, vg_severity_status_name(found->status));
}

/* All families of one set, or the best of each week. */
static vg_status put_stays(struct severity_work *work, const struct stay_set *set, bool weekly)
{
    struct vg_stay_estimate *found = VG_ARENA_ARRAY(work->arena, struct vg_stay_estimate, 1);
    int32_t first = INT32_MAX;
    if (found == NULL) {
        return vg_fail_memory(work->error, sizeof *found);
    }
    for (size_t i = 0; i < set->n; i++) {
        first = set->stays[i].from < first ? set->stays[i].from : first;
    }
    int64_t window = work->severity->window_days > 0 ? work->severity->window_days : weekly ? WEEKLY_WINDOW : 0;
    int64_t start = weekly && set->n > 0 ? (int64_t)work->as_of - ((int64_t)work->as_of - first - window) / 7 * 7 : work->as_of;
    for (int64_t as_of = start; as_of <= work->as_of; as_of += 7) {
        struct vg_arena scratch;
        const struct vg_stay_settings settings = {(int32_t)as_of, (int32_t)window, work->severity->unrecorded, work->severity->discharged_only};
        vg_arena_init(&scratch, 0);
        vg_status status = vg_severity_stay(set->stays, set->n, &settings, &scratch, found, work->error);
        vg_arena_release(&scratch);
        if (status != VG_OK) {
            return status;
        }
        if (!work->severity->unrecorded && as_of + 7 > work->as_of && found->n_long_open * 20 > found->n) {
            severity_say(work, vg_arena_format(work->arena,
                                               "%zu of %zu patients still in (%s) came over 60 days ago. Ends that nobody wrote down make stays look long: "
                                               "--unrecorded estimates their share.",
                                               found->n_long_open, found->n_open, set->name));
        }
        for (size_t f = 0; f < (weekly || found->status == VG_SEVERITY_TOO_FEW ? 1 : 3); f++) {
            put_fit(work, set, (int32_t)as_of, found, weekly && found->status != VG_SEVERITY_TOO_FEW ? found->best : f);
        }
    }
    return VG_OK;
}

static void say_of_stays(struct severity_work *work, size_t n_open, size_t n_backward)
{
    if (n_open == 0 && !work->severity->discharged_only) {
        severity_say(work,
                     "Nobody is still in. If the list holds patients only once they have left, the newest long stays are missing: say --discharged-only.");
    }
    if (n_backward > 0) {
        severity_say(work, vg_arena_format(work->arena, "%zu stays end before they begin and are left out.", n_backward));
    }
    severity_say(work, "`km_` is without a family (Kaplan-Meier); km_distance over about 0.05 says that the best family does not fit.");
}

vg_status severity_stays(struct severity_work *work, bool weekly)
{
    struct vg_case_table cases = {0};
    static const struct {
        const char *name;
        enum vg_case_date from;
    } kinds[] = {{"hospital", VG_CASE_ADMISSION}, {"from_icu_admission", VG_CASE_ICU}};
    int64_t width = work->severity->age_width;
    size_t n_open = 0, n_backward = 0, n_kinds = 0;
    vg_status status = read_cases(work, &cases);
    struct vg_stay *stays = VG_ARENA_ARRAY(work->arena, struct vg_stay, cases.n_cases + 1);
    if (status == VG_OK && stays == NULL) {
        return vg_fail_memory(work->error, 0);
    }
    stay_columns(&work->answer->table);
    for (size_t k = 0; status == VG_OK && k < 2; k++) {
        if (!any_date(&cases, kinds[k].from)) {
            continue;
        }
        n_kinds++;
        for (int64_t low = -1; status == VG_OK && low <= (width > 0 ? AGE_TOP : -1); low = low < 0 ? 0 : low + width) {
            int64_t high = low < 0 ? INT16_MAX : low + width > AGE_TOP ? 120 : low + width - 1;
            struct stay_set set = {
                kinds[k].name, low < 0 ? "all" : vg_arena_format(work->arena, high >= 120 ? "%lld+" : "%lld-%lld", (long long)low, (long long)high), stays, 0};
            for (size_t i = 0; i < cases.n_cases; i++) {
                int32_t from = date_of(&cases, kinds[k].from, i), death = date_of(&cases, VG_CASE_DEATH, i), recovery = date_of(&cases, VG_CASE_RECOVERY, i);
                int16_t age = cases.age_years == NULL ? VG_AGE_UNKNOWN : cases.age_years[i];
                int32_t to = death == VG_DATE_NONE || (recovery != VG_DATE_NONE && recovery < death) ? recovery : death;
                uint8_t outcome = cases.outcome == NULL ? VG_OUTCOME_UNKNOWN : cases.outcome[i];
                bool undated = to == VG_DATE_NONE && (outcome == VG_OUTCOME_DIED || outcome == VG_OUTCOME_DIED_OTHER || outcome == VG_OUTCOME_RECOVERED);
                if (!counts(work, &cases, i, from) || undated || (low >= 0 && (age < low || age > high))) {
                    continue;
                }
                if (to != VG_DATE_NONE && to < from) {
                    n_backward += low < 0 ? 1 : 0;
                    continue;
                }
                n_open += to == VG_DATE_NONE ? 1 : 0;
                stays[set.n++] = (struct vg_stay){from, to};
            }
            status = put_stays(work, &set, weekly);
        }
    }
    if (status == VG_OK && n_kinds == 0) {
        return vg_fail(work->error, VG_DATA_ERROR,
                       "the line list has no dates of admission; stays in a file of its own are read with --stay admission,discharge");
    }
    if (status == VG_OK) {
        say_of_stays(work, n_open, n_backward);
        job_meta_date(&work->answer->meta, "as_of", work->as_of);
    }
    return status;
}

vg_status severity_stay_columns(struct severity_work *work, bool weekly)
{
    struct job_frame frame;
    const char *text = work->severity->stay, *comma = strchr(text, ',');
    size_t columns[2] = {0, 0}, n_open = 0, n_backward = 0, n_blank = 0;
    int32_t *dates[2] = {NULL, NULL};
    if (comma == NULL || comma == text || comma[1] == '\0' || strchr(comma + 1, ',') != NULL) {
        return vg_fail(work->error, VG_USAGE_ERROR, "--stay: \"%s\" is not two columns, such as admission,discharge", text);
    }
    const char *names[2] = {vg_arena_copy_bytes(work->arena, text, (size_t)(comma - text)), comma + 1};
    vg_status status = job_frame_open(work->severity->path, work->arena, &frame, work->error);
    if (status != VG_OK) {
        return status;
    }
    for (size_t k = 0; status == VG_OK && k < 2; k++) {
        status = job_frame_find(&frame, "stay", names[k], NULL, &columns[k]);
        status = status == VG_OK ? job_frame_dates(&frame, columns[k], &dates[k]) : status;
    }
    struct stay_set set = {names[0], "all", VG_ARENA_ARRAY(work->arena, struct vg_stay, frame.n_rows + 1), 0};
    if (status == VG_OK && set.stays == NULL) {
        status = vg_fail_memory(work->error, 0);
    }
    int32_t newest = VG_DATE_NONE;
    for (size_t i = 0; status == VG_OK && i < frame.n_rows; i++) {
        newest = dates[0][i] > newest ? dates[0][i] : newest;
        newest = dates[1][i] > newest ? dates[1][i] : newest;
        bool backward = dates[0][i] != VG_DATE_NONE && dates[1][i] != VG_DATE_NONE && dates[1][i] < dates[0][i];
        n_backward += backward ? 1 : 0;
        n_blank += dates[0][i] == VG_DATE_NONE ? 1 : 0;
        if (!backward && dates[0][i] != VG_DATE_NONE) {
            n_open += dates[1][i] == VG_DATE_NONE ? 1 : 0;
            set.stays[set.n++] = (struct vg_stay){dates[0][i], dates[1][i]};
        }
    }
    job_frame_close(&frame);
    if (status == VG_OK) {
        work->as_of = work->request->as_of == VG_DATE_NONE ? newest : work->request->as_of;
        stay_columns(&work->answer->table);
        status = put_stays(work, &set, weekly);
    }
    if (status == VG_OK) {
        say_of_stays(work, n_open, n_backward);
        if (n_blank > 0) {
            severity_say(work, vg_arena_format(work->arena, "%zu rows have no beginning and are left out.", n_blank));
        }
        vg_buffer_char(&work->answer->meta, '{');
        vg_buffer_format(&work->answer->meta, "\"stays\":%zu", set.n);
        job_meta_date(&work->answer->meta, "as_of", work->as_of);
    }
    return status;
}
