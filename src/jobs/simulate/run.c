/*
 * One run of one scenario: by day on the engine's clock, may be stopped, saved and gone on with; then its days are added up to the steps that are asked for, and what only days can
 * tell is noted beside them: when beds were first too few, and how many days of restriction people bore.
 */
#include "jobs/simulate/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SAVE_SECONDS 120
#define WINDOW_DAYS 7              /* that a trigger looks at, as the engine has it */

static const char *const count_names[VG_KEPT_KINDS] = {
    [VG_COUNT_INFECTIONS] = "inc inf", [VG_COUNT_REINFECTIONS] = "inc reinf", [VG_COUNT_ONSETS] = "inc onset", [VG_COUNT_REPORTED] = "inc case", [VG_COUNT_ADMISSIONS] = "inc hosp",
    [VG_COUNT_ICU] = "inc icu", [VG_COUNT_DEATHS] = "inc death", [VG_COUNT_DOSES] = "inc dose", [VG_COUNT_QUARANTINED] = "inc quarantine", [VG_KEPT_WARD] = "occ ward",
    [VG_KEPT_ICU] = "occ icu", [VG_KEPT_WITHOUT_WARD] = "inc without ward", [VG_KEPT_WITHOUT_ICU] = "inc without icu", [VG_KEPT_DOSES_LOST] = "inc dose lost"};

/* ------------------------------------------------------- variation, layouts */

vg_status simulate_variation(const struct vg_scenario *scenario, size_t variation, struct vg_arena *arena, struct vg_scenario *own, struct vg_error *error)
{
    const struct vg_scenario_variation *v = &scenario->variations[variation];
    *own = *scenario;
    own->hospital.ward_beds_per_100k = isnan(v->ward_beds_per_100k) ? scenario->hospital.ward_beds_per_100k : v->ward_beds_per_100k;
    own->hospital.icu_beds_per_100k = isnan(v->icu_beds_per_100k) ? scenario->hospital.icu_beds_per_100k : v->icu_beds_per_100k;
    own->imports = VG_ARENA_ARRAY(arena, struct vg_scenario_import, scenario->n_imports + 1);
    if (own->imports == NULL) {
        return vg_fail_memory(error, scenario->n_imports * sizeof *own->imports);
    }
    for (size_t i = 0; i < scenario->n_imports; i++) {
        const struct vg_scenario_import *import = &scenario->imports[i];
        own->imports[i] = *import;
        if (import->name != NULL && !vg_scenario_holds(scenario, variation, import->name)) {
            own->imports[i].per_day = 0; /* it keeps its number, from which the draws of the others follow */
        }
    }
    return VG_OK;
}

static bool holds(const struct vg_text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->items[i], text) == 0) {
            return true;
        }
    }
    return false;
}

static void add_text(struct vg_text_list *list, const char *text)
{
    if (!holds(list, text)) {
        list->items[list->count++] = text;
    }
}

static const char *level_of_beds(const struct vg_scenario *scenario)
{
    static const char *const levels[] = {"country", "parent", "municipality"};
    return levels[scenario->hospital.region];
}

/* By day, and with what the triggers of measures look at. */
static vg_status daily_layout(struct simulated_file *file, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_scenario daily = file->scenario;
    const struct vg_scenario_output *asked = &file->scenario.output;
    daily.output.step = VG_SCENARIO_DAY;
    daily.output.targets = (struct vg_text_list){VG_ARENA_ARRAY(arena, const char *, asked->targets.count + VG_KEPT_KINDS + 3), 0};
    daily.output.places = (struct vg_text_list){VG_ARENA_ARRAY(arena, const char *, asked->places.count + 4), 0};
    if (daily.output.targets.items == NULL || daily.output.places.items == NULL) {
        return vg_fail_memory(error, 0);
    }
    for (int series = 0; series < VG_KEPT_KINDS; series++) {
        if (file->layout.series_slot[series] >= 0) {
            add_text(&daily.output.targets, count_names[series]);
        }
    }
    for (size_t i = 0; i < asked->places.count; i++) {
        add_text(&daily.output.places, asked->places.items[i]);
    }
    for (size_t i = 0; i < file->scenario.n_measures; i++) {
        const struct vg_scenario_measure *m = &file->scenario.measures[i];
        if (m->trigger != VG_SCENARIO_ALWAYS) {
            add_text(&daily.output.targets, m->trigger == VG_SCENARIO_ON_CASES ? "inc case" : m->trigger == VG_SCENARIO_ON_ADMISSIONS ? "inc hosp" : "occ icu");
            add_text(&daily.output.places, m->trigger == VG_SCENARIO_ON_ICU ? level_of_beds(&file->scenario) : "municipality");
        }
    }
    return vg_control_layout_new(&daily, file->world, arena, &file->days, error);
}

vg_status simulate_layouts(struct simulated_file *file, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_dictionary codes;
    file->world->country = file->scenario.place.code == NULL ? file->world->country : file->scenario.place.code;
    vg_status status = vg_control_layout_new(&file->scenario, file->world, arena, &file->layout, error);
    if (status == VG_OK) {
        status = daily_layout(file, arena, error);
    }
    if (status != VG_OK) {
        return status;
    }
    vg_dictionary_init(&codes, arena);
    file->place_in_days = VG_ARENA_ARRAY(arena, uint32_t, file->layout.n_places);
    for (size_t i = 0; i < file->days.n_places; i++) {
        (void)vg_dictionary_add(&codes, vg_text_from(file->days.places[i].code)); /* numbered as the places are, as no code stands twice */
    }
    for (size_t i = 0; file->place_in_days != NULL && i < file->layout.n_places; i++) {
        file->place_in_days[i] = vg_dictionary_find(&codes, vg_text_from(file->layout.places[i].code));
    }
    return arena->failed ? vg_fail_memory(error, file->layout.n_places * sizeof(uint32_t)) : VG_OK;
}

size_t simulate_kept_values(const struct simulated_file *file)
{
    return file->layout.n_values + SIMULATE_NOTES * file->layout.n_places;
}

/* ------------------------------------------------------------- restriction */

/* A run's days of what a measure is triggered by; the engine's own rules (control/epidemic_measures.c) held against them. */
struct watching {
    const struct simulated_file *file;
    const struct vg_epidemic_input *input;
    const uint32_t *days;          /* values of the daily layout */
    int32_t lead;
};

static const uint32_t *daily(const struct watching *w, enum vg_scenario_series series, uint32_t place)
{
    const struct vg_scenario_layout *l = &w->file->days;
    return place == UINT32_MAX || l->series_slot[series] < 0 ? NULL : w->days + ((size_t)l->series_slot[series] * l->n_places + place) * l->n_ages * l->n_steps;
}

/* What the trigger sees on the morning of a day of the run. */
static double indicator(const struct watching *w, const struct vg_intervention *m, size_t municipality, int32_t day)
{
    const uint32_t *first = vg_population_first(w->file->world->population);
    if (m->trigger == VG_TRIGGER_ICU) {
        uint32_t region = w->file->world->region[municipality];
        uint32_t beds = w->input->hospital.icu_beds == NULL ? 0 : w->input->hospital.icu_beds[region];
        const uint32_t *in_beds = daily(w, VG_KEPT_ICU, w->file->days.region_place[3 * region + (size_t)w->file->scenario.hospital.region]);
        return beds == 0 || in_beds == NULL || day == 0 ? 0 : (double)in_beds[day - 1] / beds;
    }
    enum vg_scenario_series series = (enum vg_scenario_series)(m->trigger == VG_TRIGGER_CASES ? VG_COUNT_REPORTED : VG_COUNT_ADMISSIONS);
    double sum = 0;
    double people = 0;
    for (size_t one = m->trigger_region == NULL ? municipality : 0; one < (m->trigger_region == NULL ? municipality + 1 : w->file->world->n_municipalities); one++) {
        if (m->trigger_region != NULL && m->trigger_region[one] != m->trigger_region[municipality]) {
            continue;
        }
        const uint32_t *counts = daily(w, series, w->file->days.place_of[3 * one + 2]);
        for (int32_t before = 1; counts != NULL && before <= WINDOW_DAYS && before <= day; before++) {
            sum += counts[day - before];
        }
        people += first[one + 1] - first[one];
    }
    return people > 0 ? sum * 100000 / people : 0;
}

static double strength_of(const struct vg_intervention *m, int32_t since, int32_t day)
{
    double strength = m->strength * m->compliance;
    if (m->fade_in_days > 0 && day - since < m->fade_in_days) {
        strength *= (day - since + 1.0) / (m->fade_in_days + 1.0);
    }
    if (m->fade_out_days > 0 && m->last_day - day < m->fade_out_days) {
        strength *= (m->last_day - day + 1.0) / (m->fade_out_days + 1.0);
    }
    return strength / (1 + m->fatigue_per_day * (day - since));
}

/* Days in force from `from` on, each with its strength. Days of measures count from the engine's first. */
static double days_of_measure(const struct watching *w, const struct vg_intervention *m, size_t municipality, int32_t from)
{
    double sum = 0;
    int32_t since = m->trigger == VG_TRIGGER_NONE ? m->first_day : -1;
    int32_t last = m->last_day - w->lead < w->file->scenario.days ? m->last_day : w->lead + w->file->scenario.days - 1;
    for (int32_t day = m->first_day < w->lead ? w->lead : m->first_day; day <= last; day++) {
        if (m->trigger != VG_TRIGGER_NONE) {
            double now = indicator(w, m, municipality, day - w->lead);
            since = since < 0 ? (now >= m->trigger_on ? day : -1) : now < m->trigger_off && day - since >= m->minimum_days ? -1 : since;
        }
        sum += day - w->lead >= from && (m->trigger == VG_TRIGGER_NONE || since >= 0) ? strength_of(m, since, day) : 0;
    }
    return sum;
}

/* Of a municipality's people, those of the measure's ages: who bears it. */
static double share_of_ages(const struct watching *w, const struct vg_intervention *m, uint32_t municipality)
{
    double of_ages = 0;
    double all = 0;
    for (uint32_t a = 0; a < w->file->world->n_ages; a++) {
        double people = vg_population_count(w->file->world->population, municipality, a);
        of_ages += m->ages == 0 || (m->ages >> a & 1) != 0 ? people : 0;
        all += people;
    }
    return all > 0 ? of_ages / all : 0;
}

static bool keeps_apart(const struct vg_scenario_measure *m)
{
    return m->kind != VG_SCENARIO_MASKS && m->kind != VG_SCENARIO_ISOLATION && m->kind != VG_SCENARIO_TRACING;
}

/* Of every municipality, from the first projected day on. The scenario's own measures are the last ones of the input, behind the history's. */
static void note_restriction(const struct watching *w, size_t variation, double *days, double *restriction)
{
    const struct vg_scenario *scenario = &w->file->scenario;
    size_t held = 0;
    for (size_t i = 0; i < scenario->n_measures; i++) {
        held += vg_scenario_holds(scenario, variation, scenario->measures[i].name) ? 1 : 0;
    }
    const struct vg_intervention *own = w->input->measures + (w->input->n_measures - held);
    for (size_t i = 0; i < scenario->n_measures; i++) {
        if (!vg_scenario_holds(scenario, variation, scenario->measures[i].name)) {
            continue;
        }
        const int32_t from = w->file->layout.origin - scenario->start;
        for (size_t m = 0; keeps_apart(&scenario->measures[i]) && m < w->file->world->n_municipalities; m++) {
            bool there = own->where == NULL || own->where[m] != 0;
            /* A region's days are worked out once, for the first of its municipalities. */
            bool again = own->trigger_region != NULL && own->trigger_region[m] != m;
            days[m] = again ? days[own->trigger_region[m]] : there || own->trigger_region != NULL ? days_of_measure(w, own, m, from) : 0;
            restriction[m] += there ? share_of_ages(w, own, (uint32_t)m) * days[m] : 0;
        }
        own++;
    }
}

/* A place has what its municipalities have, by their people; kept in thousandths of a day. */
static vg_status place_restriction(const struct simulated_file *file, const double *restriction, uint32_t *out, struct vg_error *error)
{
    const struct vg_scenario_layout *l = &file->layout;
    const uint32_t *first = vg_population_first(file->world->population);
    double *sums = calloc(2 * l->n_places, sizeof *sums);
    if (sums == NULL) {
        return vg_fail_memory(error, 2 * l->n_places * sizeof *sums);
    }
    for (size_t i = 0; i < 3 * file->world->n_municipalities; i++) {
        if (l->place_of[i] != UINT32_MAX) {
            double persons = first[i / 3 + 1] - first[i / 3];
            sums[2 * l->place_of[i]] += persons;
            sums[2 * l->place_of[i] + 1] += persons * restriction[i / 3];
        }
    }
    for (size_t place = 0; place < l->n_places; place++) {
        out[place] = sums[2 * place] > 0 ? (uint32_t)(1000 * sums[2 * place + 1] / sums[2 * place] + 0.5) : 0;
    }
    free(sums);
    return VG_OK;
}

/* ------------------------------------------------------------ days to steps */

static bool is_highest(int series)
{
    return series == VG_KEPT_WARD || series == VG_KEPT_ICU;
}

/* Beds in use: the most of a step; all else adds up, and stays at the highest where it would leave 32 bits. */
static void add_up(const struct simulated_file *file, const uint32_t *days, uint32_t *values)
{
    const struct vg_scenario_layout *l = &file->layout;
    const struct vg_scenario_layout *d = &file->days;
    memset(values, 0, l->n_values * sizeof *values);
    for (int series = 0; series < VG_KEPT_KINDS; series++) {
        for (size_t cell = 0; l->series_slot[series] >= 0 && cell < l->n_places * l->n_ages; cell++) {
            const uint32_t *from = days + (((size_t)d->series_slot[series] * d->n_places + file->place_in_days[cell / l->n_ages]) * d->n_ages + cell % l->n_ages) * d->n_steps;
            uint32_t *to = values + ((size_t)l->series_slot[series] * l->n_places * l->n_ages + cell) * l->n_steps;
            for (size_t day = (size_t)l->first_day; day < d->n_steps && (day - (size_t)l->first_day) / (size_t)l->step_days < l->n_steps; day++) {
                uint32_t *step = &to[(day - (size_t)l->first_day) / (size_t)l->step_days];
                *step = is_highest(series) ? (from[day] > *step ? from[day] : *step) : from[day] > UINT32_MAX - *step ? UINT32_MAX : *step + from[day];
            }
        }
    }
}

/* The first projected day on which somebody needs a bed and finds none. */
static void note_first(const struct simulated_file *file, const uint32_t *days, enum vg_scenario_series series, uint32_t *out)
{
    const struct vg_scenario_layout *d = &file->days;
    size_t origin = (size_t)(file->layout.origin - file->layout.start);
    for (size_t place = 0; place < file->layout.n_places; place++) {
        out[place] = SIMULATE_NEVER;
        if (d->series_slot[series] < 0 || !file->layout.places[place].has_beds) {
            continue;
        }
        const uint32_t *from = days + ((size_t)d->series_slot[series] * d->n_places + file->place_in_days[place]) * d->n_ages * d->n_steps;
        for (size_t day = origin; day < d->n_steps && out[place] == SIMULATE_NEVER; day++) {
            out[place] = from[day] > 0 ? (uint32_t)(day - origin) : SIMULATE_NEVER;
        }
    }
}

static vg_status note_run(const struct simulated_file *file, size_t variation, const struct vg_epidemic_input *input, const uint32_t *days, uint32_t *values, struct vg_error *error)
{
    const struct watching watching = {file, input, days, input->first_day};
    uint32_t *notes = values + file->layout.n_values;
    double *restriction = calloc(2 * file->world->n_municipalities, sizeof *restriction);
    if (restriction == NULL) {
        return vg_fail_memory(error, file->world->n_municipalities * sizeof *restriction);
    }
    add_up(file, days, values);
    note_first(file, days, VG_KEPT_WITHOUT_WARD, notes + SIMULATE_FIRST_WITHOUT_WARD * file->layout.n_places);
    note_first(file, days, VG_KEPT_WITHOUT_ICU, notes + SIMULATE_FIRST_WITHOUT_ICU * file->layout.n_places);
    note_restriction(&watching, variation, restriction + file->world->n_municipalities, restriction);
    vg_status status = place_restriction(file, restriction, notes + SIMULATE_RESTRICTION * file->layout.n_places, error);
    free(restriction);
    return status;
}

/* ------------------------------------------------------------------- a run */

struct one_run {
    struct simulation *simulation;
    struct simulate_state state;
    int32_t days_seen;
    int64_t saved_at;
};

static int64_t seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

void simulate_tell(struct simulation *s)
{
    if (pthread_mutex_trylock(&s->lock) == 0) {
        double fraction = s->days_all > 0 ? (double)atomic_load(&s->days_done) / s->days_all : 0;
        if (!vg_progress_report(s->progress, s->doing, fraction > 1 ? 1 : fraction)) {
            atomic_store(&s->stop, true);
        }
        (void)pthread_mutex_unlock(&s->lock);
    }
}
static enum vg_run_wish after_day(void *context, int32_t days_done, int32_t days)
{
    struct one_run *run = context;
    struct simulation *s = run->simulation;
    (void)atomic_fetch_add(&s->days_done, days_done - run->days_seen);
    run->days_seen = days_done;
    simulate_tell(s);
    if (atomic_load(&s->stop) && days_done < days) {
        return VG_RUN_STOP;
    }
    int64_t now = seconds_now();
    if (s->keep.folder != NULL && now - run->saved_at >= SAVE_SECONDS) {
        run->saved_at = now;
        return VG_RUN_SAVE;
    }
    return VG_RUN_GO_ON;
}

static bool begin_state(void *context)
{
    struct one_run *run = context;
    return simulate_state_begin(&run->state);
}

static bool write_state(void *context, const void *data, size_t size)
{
    struct one_run *run = context;
    return simulate_state_write(&run->state, data, size);
}

static bool end_state(void *context)
{
    struct one_run *run = context;
    return simulate_state_end(&run->state);
}

static bool read_state(void *context, void *data, size_t size)
{
    struct one_run *run = context;
    return simulate_state_read(&run->state, data, size);
}

/* From a saved state if there is a good one, else from the start. */
static vg_status run_or_resume(struct one_run *run, const struct simulated_file *file, const struct vg_epidemic_input *input, uint32_t *days, struct vg_pool *pool, struct vg_error *error)
{
    bool kept = run->simulation->keep.folder != NULL;
    struct vg_run_control control = {.context = run, .after_day = after_day, .write = kept ? write_state : NULL, .begin_write = begin_state, .end_write = end_state};
    if (kept && simulate_state_open(&run->state)) {
        control.read = read_state;
        vg_status status = vg_control_scenario_run(input, &file->days, file->scenario.days, pool, &control, days, error);
        simulate_state_close(&run->state);
        if (status != VG_DATA_ERROR) {
            return status;
        }
        control.read = NULL; /* a damaged state: as if it were not there */
    }
    vg_status status = vg_control_scenario_run(input, &file->days, file->scenario.days, pool, &control, days, error);
    simulate_state_close(&run->state);
    return status;
}

static void note_failure(struct simulation *s, vg_status status, const struct vg_error *error)
{
    (void)pthread_mutex_lock(&s->lock);
    if (s->status == VG_OK) {
        s->status = status;
        if (s->error != NULL) {
            *s->error = *error;
        }
    }
    (void)pthread_mutex_unlock(&s->lock);
    atomic_store(&s->stop, true);
}

static vg_status run_days(struct one_run *one, size_t scenario, size_t run, struct vg_pool *pool, uint32_t *values, struct vg_error *error)
{
    struct simulation *s = one->simulation;
    const struct simulated_file *file = &s->files[s->file_of[scenario]];
    const struct vg_scenario_history *history = file->calibration == NULL ? NULL : &file->calibration->draws[run];
    struct vg_arena arena;
    struct vg_epidemic_input input;
    struct vg_scenario own;
    uint32_t *days = malloc((file->days.n_values + 1) * sizeof *days);
    vg_arena_init(&arena, 0);
    vg_status status = days == NULL ? vg_fail_memory(error, file->days.n_values * sizeof *days) : simulate_variation(&file->scenario, s->variation_of[scenario], &arena, &own, error);
    if (status == VG_OK) {
        status = vg_control_scenario_input(&own, s->variation_of[scenario], file->world, history, run, &arena, &input, error);
    }
    if (status == VG_OK) {
        input.ranks = s->request->ranks;
        status = run_or_resume(one, file, &input, days, pool, error);
    }
    if (status == VG_OK) {
        status = note_run(file, s->variation_of[scenario], &input, days, values, error);
    }
    vg_arena_release(&arena);
    free(days);
    return status;
}

void simulate_run(struct simulation *s, size_t scenario, size_t run, struct vg_pool *pool)
{
    const struct simulated_file *file = &s->files[s->file_of[scenario]];
    struct one_run one = {.simulation = s, .saved_at = seconds_now()};
    struct vg_error error = {0};
    size_t n_values = simulate_kept_values(file);
    uint32_t *values = malloc((n_values + 1) * sizeof *values);
    vg_status status = values == NULL ? vg_fail_memory(&error, n_values * sizeof *values) : VG_OK;
    if (status == VG_OK && !simulate_keep_load(&s->keep, s->hashes[scenario], run, values, n_values)) {
        if (s->keep.folder != NULL) {
            simulate_state_name(&s->keep, s->hashes[scenario], run, &one.state);
        }
        status = run_days(&one, scenario, run, pool, values, &error);
        if (status == VG_OK) {
            status = simulate_keep_store(&s->keep, s->hashes[scenario], run, values, n_values, &error);
        }
        if (status == VG_OK && s->keep.folder != NULL) {
            simulate_state_remove(&one.state);
        }
    }
    if (status == VG_OK) {
        s->values[scenario * s->n_runs + run] = values;
        (void)atomic_fetch_add(&s->days_done, file->scenario.days - one.days_seen);
        return;
    }
    free(values);
    atomic_store(&s->stop, true); /* of several ranks, one may have been asked to stop and the others not */
    if (status != VG_CANCELLED) {
        note_failure(s, status, &error);
    }
}
