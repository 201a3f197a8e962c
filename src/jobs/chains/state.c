/*
 * Where the chains of a run ended, as a file, so that a new day of cases is absorbed without starting over. Cases older than two generations and a delay stay
 * as they were.
 */
#include "jobs/chains/internal.h"

#include <math.h>
#include <string.h>

#define ALL "all"

struct state_reader {
    struct chains_run *run;
    struct vg_reader *reader;
    const char *path;
    size_t chain, name, infector, infected, generations, value;
    struct vg_chain_state *state;
    float *kept;
    uint8_t *seen;      /* [n] cases that the file has */
    double *parameters; /* [n_chains * VG_CHAIN_PARAMETERS] */
};

static uint32_t find_case(const struct chains_run *run, struct vg_text id)
{
    uint32_t name = vg_dictionary_find(&run->input.names, id);
    return name == VG_DICTIONARY_NONE ? VG_CHAIN_NONE : run->input.place_of[name];
}

/* A probability of the law of a case: a candidate that is no longer in the list counts as not listed. */
static void take_law(struct state_reader *in, uint32_t i, struct vg_text infector, double probability)
{
    const struct vg_chain_candidates *candidates = &in->run->candidates;
    size_t start = candidates->starts[i], n = candidates->starts[i + 1] - start, at = n + 1;
    uint32_t by = find_case(in->run, infector);
    at = vg_text_equals(infector, "outside") ? n : at;
    for (size_t k = 0; by != VG_CHAIN_NONE && k < n; k++) {
        at = candidates->list[start + k].infector == by ? k : at;
    }
    in->kept[start + 2 * i + at] += (float)probability;
}

static vg_status take_state(struct state_reader *in, const struct vg_text *cells, uint64_t line)
{
    struct vg_text chain_cell = vg_reader_cell(cells, in->chain), id = vg_reader_cell(cells, in->name), infector = vg_reader_cell(cells, in->infector);
    int64_t chain = -1, day = 0, generations = 0;
    double value = 0;
    bool law = vg_text_equals(chain_cell, ALL), has_value = vg_parse_double(vg_reader_cell(cells, in->value), '.', &value);
    uint32_t i = find_case(in->run, id);
    if (!law && (!vg_parse_integer(chain_cell, &chain) || chain < 1 || chain > (int64_t)in->state->n_chains)) {
        return vg_reader_bad_cell(in->reader, line, in->chain, chain_cell, "a chain's number, as many as this run has,", in->run->error);
    }
    if (law) {
        if (i != VG_CHAIN_NONE && has_value) {
            take_law(in, i, infector, value);
        }
        return VG_OK;
    }
    if (id.size == 0) {
        for (size_t k = 0; k < VG_CHAIN_PARAMETERS; k++) {
            if ((has_value || k == VG_CHAIN_DISPERSION) && vg_text_equals(infector, vg_chains_parameter_name((enum vg_chain_parameter)k))) {
                in->parameters[(size_t)(chain - 1) * VG_CHAIN_PARAMETERS + k] = has_value ? value : INFINITY; /* none: numbers of infected were Poisson */
            }
        }
        return VG_OK;
    }
    if (!vg_parse_integer(vg_reader_cell(cells, in->infected), &day) || day < INT32_MIN / 2 || day > INT32_MAX / 2 ||
        !vg_parse_integer(vg_reader_cell(cells, in->generations), &generations) || generations < 1 || generations > (int64_t)in->run->model.generations_most) {
        return vg_reader_bad_cell(in->reader, line, in->infected, vg_reader_cell(cells, in->infected), "a day, and generations as this run allows,",
                                  in->run->error);
    }
    if (i != VG_CHAIN_NONE) {
        uint32_t by = vg_text_equals(infector, "outside") ? VG_CHAIN_NONE : find_case(in->run, infector);
        size_t at = (size_t)(chain - 1) * in->state->n + i;
        in->state->infected[at] = (int32_t)day;
        in->state->generations[at] = (uint8_t)generations;
        in->state->infector[at] = by == VG_CHAIN_NONE && !vg_text_equals(infector, "outside") ? VG_CHAIN_UNLISTED : by;
        in->seen[i] = 1;
    }
    return VG_OK;
}

/* Cases that were there, whose infected would long have shown by the newest day that was there too. */
static void freeze(const struct state_reader *in, uint8_t *frozen)
{
    const struct vg_chain_model *model = &in->run->model;
    const struct vg_chain_case *cases = in->run->input.data.cases;
    double generation = 0, shown = 0;
    int32_t newest = INT32_MIN;
    for (size_t day = 0; day < VG_CHAIN_GENERATION_MAX; day++) {
        generation += (double)day * model->generation[day];
        shown += (double)day * model->shown[VG_CHAIN_REPORT][day];
    }
    for (size_t i = 0; i < in->run->input.data.n; i++) {
        newest = in->seen[i] != 0 && cases[i].day > newest ? cases[i].day : newest;
    }
    for (size_t i = 0; i < in->run->input.data.n; i++) {
        frozen[i] = in->seen[i] != 0 && (double)newest - cases[i].day > 2 * generation + shown;
    }
}

static vg_status new_state(struct chains_run *run, struct state_reader *in)
{
    size_t n = run->input.data.n, n_chains = (size_t)run->request->n_chains;
    *in->state = (struct vg_chain_state){n,
                                         n_chains,
                                         VG_ARENA_ARRAY(run->arena, int32_t, n * n_chains),
                                         VG_ARENA_ARRAY(run->arena, uint32_t, n * n_chains),
                                         VG_ARENA_ARRAY(run->arena, uint8_t, n * n_chains),
                                         VG_ARENA_ARRAY(run->arena, struct vg_chain_parameters, n_chains)};
    in->seen = VG_ARENA_ARRAY(run->arena, uint8_t, n);
    if (run->arena->failed) {
        return vg_fail_memory(run->error, n * n_chains * 9);
    }
    in->parameters = (double *)in->state->parameters;
    const struct vg_chain_parameters usual = {1e-4, 0.8, 0.5, 0.01, 0.6, 1, 0.7, 0.1, 0.3};
    for (size_t c = 0; c < n_chains; c++) {
        in->state->parameters[c] = usual;
        in->state->parameters[c].dispersion = run->request->poisson ? INFINITY : usual.dispersion;
        for (size_t i = 0; i < n; i++) { /* new cases begin as if there were no state */
            in->state->infected[c * n + i] = INT32_MIN / 2;
            in->state->infector[c * n + i] = VG_CHAIN_NONE;
            in->state->generations[c * n + i] = 1;
        }
    }
    return VG_OK;
}

vg_status chains_read_state(struct chains_run *run, struct vg_chain_state *state, uint8_t *frozen, float *kept, bool *found)
{
    struct state_reader in = {.run = run, .path = run->request->state_path, .state = state, .kept = kept};
    struct vg_row_batch batch;
    *found = vg_file_exists(in.path);
    if (!*found) {
        return VG_OK;
    }
    vg_status status = new_state(run, &in);
    if (status == VG_OK) {
        status = vg_reader_open(in.path, NULL, &in.reader, run->error);
    }
    if (status != VG_OK) {
        return status;
    }
    size_t *const columns[] = {&in.chain, &in.name, &in.infector, &in.infected, &in.generations, &in.value};
    static const char *const headings[] = {"chain", "case", "infector", "infected", "generations", "value"};
    for (size_t k = 0; status == VG_OK && k < 6; k++) {
        *columns[k] = vg_reader_find_column(in.reader, headings[k]);
        status = *columns[k] != VG_READER_NO_COLUMN
                     ? VG_OK
                     : vg_fail(run->error, VG_DATA_ERROR, "%s is no state of vigia chains: it has no column %s", in.path, headings[k]);
    }
    while (status == VG_OK) {
        status = vg_reader_next(in.reader, &batch, run->error);
        if (status != VG_OK || batch.n_rows == 0) {
            break;
        }
        for (size_t row = 0; status == VG_OK && row < batch.n_rows; row++) {
            status = take_state(&in, batch.cells + row * batch.n_columns, batch.lines[row]);
        }
    }
    vg_reader_close(in.reader);
    if (status == VG_OK) {
        freeze(&in, frozen);
    }
    return status;
}

/* ----------------------------------------------------------------- writing */

static void case_cell(struct vg_table *table, const struct chains_run *run, uint32_t i)
{
    if (i < VG_CHAIN_UNLISTED) {
        vg_table_text_slice(table, run->input.ids[i]);
    } else {
        vg_table_text(table, i == VG_CHAIN_NONE ? "outside" : "not listed");
    }
}

static void chain_cell(struct vg_table *table, size_t c)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%zu", c + 1);
    vg_table_text(table, text);
}

static void law_row(struct vg_table *table, const struct chains_run *run, uint32_t i, uint32_t by, float probability)
{
    if (probability > 0.0005F) {
        vg_table_text(table, ALL);
        vg_table_text_slice(table, run->input.ids[i]);
        case_cell(table, run, by);
        vg_table_missing(table);
        vg_table_missing(table);
        vg_table_double(table, job_rounded((double)probability, 5, false));
    }
}

static void fill_state(struct vg_table *table, const struct chains_run *run, const struct vg_chain_state *state)
{
    const struct vg_chain_candidates *candidates = &run->candidates;
    for (size_t c = 0; c < state->n_chains; c++) {
        const double *parameters = (const double *)&state->parameters[c];
        for (size_t k = 0; k < VG_CHAIN_PARAMETERS; k++) {
            chain_cell(table, c);
            vg_table_missing(table);
            vg_table_text(table, vg_chains_parameter_name((enum vg_chain_parameter)k));
            vg_table_missing(table);
            vg_table_missing(table);
            vg_table_double(table, isfinite(parameters[k]) ? parameters[k] : NAN);
        }
        for (uint32_t i = 0; i < state->n; i++) {
            chain_cell(table, c);
            vg_table_text_slice(table, run->input.ids[i]);
            case_cell(table, run, state->infector[c * state->n + i]);
            vg_table_integer(table, state->infected[c * state->n + i]);
            vg_table_integer(table, state->generations[c * state->n + i]);
            vg_table_missing(table);
        }
    }
    for (uint32_t i = 0; i < state->n; i++) {
        for (size_t k = candidates->starts[i]; k < candidates->starts[i + 1]; k++) {
            law_row(table, run, i, candidates->list[k].infector, run->posterior.support[k]);
        }
        law_row(table, run, i, VG_CHAIN_NONE, run->posterior.outside[i]);
        law_row(table, run, i, VG_CHAIN_UNLISTED, run->posterior.unlisted[i]);
    }
}

vg_status chains_write_state(struct chains_run *run, const struct vg_chain_state *state)
{
    static const struct {
        const char *name;
        enum vg_column_kind kind;
    } columns[] = {{"chain", VG_COLUMN_TEXT},       {"case", VG_COLUMN_TEXT},           {"infector", VG_COLUMN_TEXT},
                   {"infected", VG_COLUMN_INTEGER}, {"generations", VG_COLUMN_INTEGER}, {"value", VG_COLUMN_DOUBLE}};
    struct vg_arena arena;
    struct vg_table table;
    struct vg_buffer out;
    vg_arena_init(&arena, 0);
    vg_buffer_init(&out, 0);
    vg_table_init(&table, &arena);
    for (size_t k = 0; k < sizeof columns / sizeof *columns; k++) {
        vg_table_add_column(&table, columns[k].name, columns[k].kind);
    }
    fill_state(&table, run, state);
    vg_status status = vg_table_write(&table, VG_FORMAT_CSV, &out, run->error);
    if (status == VG_OK) {
        status = vg_file_write_atomic(run->request->state_path, out.data, out.size, run->error);
    }
    vg_buffer_release(&out);
    vg_arena_release(&arena);
    return status;
}
