/*
 * How good the situation's rows are, by rolling origins on a node's own vintages: the newest week's expected final count and the next week's, in the quick way
 * and by the generative model, as was known on the day, against what is known at the end. WIS of median and 95 % interval, and the same of log(count + 1), in
 * which a small place counts as much as a large one.
 *
 *     situation_rolling NODE DATASET MEASURE LEVEL FIRST_DATE LAST_DATE STRIDE_DAYS
 *
 * LAST_DATE should be so old that its reports have come.
 */
#include "jobs/jobs.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { EXPECTED, AHEAD, TARGETS };
enum { QUICK, MODEL, METHODS };
static const char *const methods[METHODS] = {"quick", "renewal"};
static const char *const targets[TARGETS] = {"the newest week's final count", "the next week"};
static const char *const columns[TARGETS][3] = {{"expected_low", "expected_last_7_days", "expected_high"}, {"next_low", "next_7_days", "next_high"}};

struct tally {
    double wis, log_wis, width;
    size_t n, inside;
};

struct rolling {
    struct vg_store *store;
    const char *dataset, *measure, *level;
    struct vg_series_matrix truth;
    struct tally tallies[TARGETS][METHODS];
    double seconds[METHODS];
    size_t n_origins, n_rows, n_by_model;
};

static const struct vg_column *column_of(const struct vg_table *table, const char *name)
{
    for (size_t i = 0; i < table->n_columns; i++) {
        if (strcmp(table->columns[i].name, name) == 0) {
            return &table->columns[i];
        }
    }
    return NULL;
}

/* What is known at the end of the 7 days or the week that ends (or begins, of weeks) with a step; NaN outside the series. */
static double truth_of(const struct vg_series_matrix *truth, size_t row, int64_t newest)
{
    double sum = 0;
    for (int64_t step = newest; step > newest - (truth->step_days == 7 ? 1 : 7); step--) {
        if (step < 0 || step >= (int64_t)truth->n_steps) {
            return NAN;
        }
        double value = truth->values[row * truth->n_steps + (size_t)step];
        sum += isnan(value) ? 0 : value;
    }
    return sum;
}

static void add(struct tally *tally, const double said[3], double truth)
{
    static const double levels[3] = {0.025, 0.5, 0.975};
    double logs[3];
    for (size_t i = 0; i < 3; i++) {
        logs[i] = log1p(fmax(said[i], 0));
    }
    tally->wis += vg_monitor_wis(levels, said, 3, truth);
    tally->log_wis += vg_monitor_wis(levels, logs, 3, log1p(fmax(truth, 0)));
    tally->width += said[2] - said[0];
    tally->inside += truth >= said[0] - 1e-9 && truth <= said[2] + 1e-9 ? 1 : 0;
    tally->n++;
}

static double value_at(const struct vg_column *column, size_t row)
{
    return column == NULL || column->missing[row] ? NAN : column->values.doubles[row];
}

/* Rows of both methods whose target has a figure in both. */
static void compare(struct rolling *r, const struct vg_table *const tables[METHODS], int64_t newest)
{
    const struct vg_place_list *places = vg_store_place_list(r->store);
    const struct vg_column *codes[METHODS] = {column_of(tables[QUICK], "code"), column_of(tables[MODEL], "code")};
    for (size_t row = 0; row < tables[MODEL]->n_rows; row++) {
        const struct vg_text code = codes[MODEL]->values.texts[row], method = column_of(tables[MODEL], "method")->values.texts[row];
        size_t other = 0, at = 0;
        while (other < tables[QUICK]->n_rows && !vg_text_equal(codes[QUICK]->values.texts[other], code)) {
            other++;
        }
        while (at < r->truth.n_places && r->truth.place[at] != vg_place_list_find_code(places, code)) {
            at++;
        }
        r->n_rows++;
        if (other == tables[QUICK]->n_rows || at == r->truth.n_places || !vg_text_equals(method, "renewal")) {
            continue;
        }
        r->n_by_model++;
        for (int target = 0; target < TARGETS; target++) {
            double truth = truth_of(&r->truth, at, newest + (target == AHEAD ? (r->truth.step_days == 7 ? 1 : 7) : 0)), said[METHODS][3];
            bool known = !isnan(truth);
            for (int m = 0; m < METHODS; m++) {
                for (size_t i = 0; i < 3; i++) {
                    said[m][i] = value_at(column_of(tables[m], columns[target][i]), m == QUICK ? other : row);
                    known = known && !isnan(said[m][i]);
                }
            }
            for (int m = 0; known && m < METHODS; m++) {
                add(&r->tallies[target][m], said[m], truth);
            }
        }
    }
}

static vg_status work_origin(struct rolling *r, int32_t as_of, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answers[METHODS];
    vg_status status = VG_OK;
    vg_arena_init(&arena, 0);
    for (int m = 0; m < METHODS; m++) {
        struct vg_request request;
        struct timespec begin, end;
        vg_request_init(&request);
        request.dataset = r->dataset;
        request.measure = r->measure;
        request.level = r->level;
        request.as_of = as_of;
        request.method = methods[m];
        vg_answer_init(&answers[m], &arena);
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
        status = status == VG_OK ? vg_job_situation(r->store, &request, &arena, &answers[m], error) : status;
        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
        r->seconds[m] += (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    }
    const struct vg_cube_filter filter = {.dataset = r->dataset, .measure = r->measure, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = as_of};
    struct vg_series then = {0};
    status = status == VG_OK ? vg_store_series(r->store, &filter, &arena, &then, error) : status;
    if (status == VG_OK) {
        const struct vg_table *const tables[METHODS] = {&answers[QUICK].table, &answers[MODEL].table};
        compare(r, tables, ((int64_t)then.start - r->truth.start) / then.step_days + (int64_t)then.n_values - 1);
        r->n_origins++;
    }
    for (int m = 0; m < METHODS; m++) {
        vg_answer_release(&answers[m]);
    }
    vg_arena_release(&arena);
    return status;
}

static void print(const struct rolling *r)
{
    printf("%s, %s, %s: %zu origins, %zu rows, %zu of them by the model; processor time an origin quick %.3f s, renewal %.3f s\n", r->dataset, r->measure, r->level, r->n_origins, r->n_rows,
           r->n_by_model, r->seconds[QUICK] / (double)r->n_origins, r->seconds[MODEL] / (double)r->n_origins);
    for (int target = 0; target < TARGETS; target++) {
        for (int m = 0; m < METHODS; m++) {
            const struct tally *t = &r->tallies[target][m];
            double n = (double)t->n;
            if (t->n > 0) {
                printf("  %-30s %-8s n %6zu  WIS %9.3f  of logs %.4f  95 %% holds %.1f  width %.1f\n", targets[target], methods[m], t->n, t->wis / n, t->log_wis / n, 100 * (double)t->inside / n,
                       t->width / n);
            }
        }
    }
}

int main(int n_arguments, char **arguments)
{
    struct rolling r = {0};
    struct vg_arena arena;
    struct vg_error error = {0};
    int32_t first = 0, last = 0;
    enum vg_place_level level = VG_LEVEL_OTHER;
    int stride = n_arguments == 8 ? atoi(arguments[7]) : 0;
    if (stride < 1 || !vg_place_level_from_name(vg_text_from(arguments[4]), &level) || !vg_date_parse_iso(vg_text_from(arguments[5]), &first) ||
        !vg_date_parse_iso(vg_text_from(arguments[6]), &last)) {
        (void)fprintf(stderr, "situation_rolling NODE DATASET MEASURE LEVEL FIRST_DATE LAST_DATE STRIDE_DAYS\n");
        return 2;
    }
    vg_arena_init(&arena, 0);
    r.dataset = arguments[2];
    r.measure = arguments[3];
    r.level = arguments[4];
    const struct vg_cube_filter filter = {.dataset = r.dataset, .measure = r.measure, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .as_of = VG_DATE_NONE};
    vg_status status = vg_store_open(arguments[1], VG_STORE_READ, &r.store, &error);
    status = status == VG_OK ? vg_store_series_by_place(r.store, &filter, level, &arena, &r.truth, &error) : status;
    for (int32_t as_of = first; status == VG_OK && as_of <= last; as_of += stride) {
        status = work_origin(&r, as_of, &error);
    }
    if (status == VG_OK) {
        print(&r);
    } else {
        (void)fprintf(stderr, "%s\n", error.message);
    }
    vg_store_close(r.store);
    vg_arena_release(&arena);
    return status == VG_OK ? 0 : 1;
}
