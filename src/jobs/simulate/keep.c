/*
 * Finished runs and saved states in a folder. Names hold a hash of everything that the figures follow from: what was made from other inputs, or by
 * another program, is not found and so not taken.
 */
#include "jobs/simulate/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_MAGIC 0x314E555247495645ULL

struct run_head { uint64_t magic, hash, run, n_values, values_hash; };

uint64_t simulate_run_hash(const struct simulated_file *file, size_t variation, double people_scale, struct vg_arena *arena, struct vg_error *error)
{
    struct vg_scenario plain;
    vg_status status = simulate_variation(&file->scenario, variation, arena, &plain, error);
    struct vg_scenario_measure *measures = calloc(plain.n_measures + 1, sizeof *measures);
    struct vg_scenario_campaign *campaigns = calloc(plain.n_campaigns + 1, sizeof *campaigns);
    struct vg_scenario_lot *lots = calloc(plain.n_lots + 1, sizeof *lots);
    struct vg_buffer text;
    const uint64_t numbers[] = {vg_program_identity(), file->tables_hash, (uint64_t)(people_scale * 1e12)};
    uint64_t hash = 0;
    vg_buffer_init(&text, 0);
    if (status == VG_OK && measures != NULL && campaigns != NULL && lots != NULL) {
        plain.n_measures = plain.n_campaigns = plain.n_lots = plain.n_variations = 0;
        for (size_t i = 0; i < file->scenario.n_measures; i++) {
            if (vg_scenario_holds(&file->scenario, variation, file->scenario.measures[i].name)) {
                measures[plain.n_measures++] = file->scenario.measures[i];
            }
        }
        for (size_t i = 0; i < file->scenario.n_campaigns; i++) {
            if (vg_scenario_holds(&file->scenario, variation, file->scenario.campaigns[i].name)) {
                campaigns[plain.n_campaigns++] = file->scenario.campaigns[i];
            }
        }
        for (size_t i = 0; i < file->scenario.n_lots; i++) {
            const char *name = file->scenario.lots[i].name;
            if (name == NULL || vg_scenario_holds(&file->scenario, variation, name)) {
                lots[plain.n_lots] = file->scenario.lots[i];
                lots[plain.n_lots++].name = NULL;
            }
        }
        plain.lots = lots;
        plain.measures = measures;
        plain.campaigns = campaigns;
        plain.name = plain.title = NULL;
        for (size_t i = 0; i < plain.n_imports; i++) {
            plain.imports[i].name = NULL;
        }
        plain.runs = file->calibration == NULL ? 0 : plain.runs; /* a calibration hands out as many histories as there are runs */
        plain.output.quantiles.count = 0;
        plain.output.samples = 0;
        vg_intake_scenario_print(&plain, &text);
        hash = vg_hash_bytes(numbers, sizeof numbers, vg_hash_bytes(text.data == NULL ? "" : text.data, text.size, 0));
    }
    if (status != VG_OK || text.failed || measures == NULL || campaigns == NULL || lots == NULL) {
        (void)vg_fail_memory(error, text.size);
        hash = 0;
    }
    vg_buffer_release(&text);
    free(measures);
    free(campaigns);
    free(lots);
    return hash;
}

vg_status simulate_keep_open(const struct simulate_keep *keep, struct vg_error *error)
{
    if (keep->folder == NULL || mkdir(keep->folder, 0777) == 0 || errno == EEXIST) {
        return VG_OK;
    }
    return vg_fail_errno(error, errno, "the folder %s cannot be made", keep->folder);
}

static void run_path(const struct simulate_keep *keep, uint64_t hash, size_t run, const char *ending, char path[1024])
{
    (void)snprintf(path, 1024, "%s/%016llx-%05zu.%s", keep->folder, (unsigned long long)hash, run + 1, ending);
}

bool simulate_keep_load(const struct simulate_keep *keep, uint64_t hash, size_t run, uint32_t *values, size_t n_values)
{
    char path[1024];
    struct run_head head;
    if (keep->folder == NULL) {
        return false;
    }
    run_path(keep, hash, run, "run", path);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    bool good = fread(&head, sizeof head, 1, file) == 1 && head.magic == RUN_MAGIC && head.hash == hash && head.run == run && head.n_values == n_values &&
                fread(values, sizeof *values, n_values, file) == n_values && fgetc(file) == EOF && vg_hash_bytes(values, n_values * sizeof *values, 0) == head.values_hash;
    (void)fclose(file);
    return good;
}

vg_status simulate_keep_store(const struct simulate_keep *keep, uint64_t hash, size_t run, const uint32_t *values, size_t n_values, struct vg_error *error)
{
    char path[1024];
    struct vg_buffer bytes;
    struct run_head head = {RUN_MAGIC, hash, run, n_values, vg_hash_bytes(values, n_values * sizeof *values, 0)};
    if (keep->folder == NULL) {
        return VG_OK;
    }
    run_path(keep, hash, run, "run", path);
    vg_buffer_init(&bytes, 0);
    vg_buffer_append(&bytes, &head, sizeof head);
    vg_buffer_append(&bytes, values, n_values * sizeof *values);
    vg_status status = bytes.failed ? vg_fail_memory(error, n_values * sizeof *values) : vg_file_write_atomic(path, bytes.data, bytes.size, error);
    vg_buffer_release(&bytes);
    return status;
}

/* ------------------------------------------------------------------ states */

void simulate_state_name(const struct simulate_keep *keep, uint64_t hash, size_t run, struct simulate_state *state)
{
    *state = (struct simulate_state){.file = NULL};
    run_path(keep, hash, run, "state", state->path);
    (void)snprintf(state->temporary, sizeof state->temporary, "%s.part", state->path);
}

bool simulate_state_begin(struct simulate_state *state)
{
    simulate_state_close(state);
    state->file = fopen(state->temporary, "wb");
    state->failed = state->file == NULL;
    return !state->failed;
}

bool simulate_state_write(struct simulate_state *state, const void *data, size_t size)
{
    state->failed = state->failed || fwrite(data, 1, size, state->file) != size;
    return !state->failed;
}

bool simulate_state_end(struct simulate_state *state)
{
    bool good = !state->failed && fflush(state->file) == 0 && fsync(fileno(state->file)) == 0;
    simulate_state_close(state);
    return good && rename(state->temporary, state->path) == 0;
}

bool simulate_state_open(struct simulate_state *state)
{
    state->file = fopen(state->path, "rb");
    return state->file != NULL;
}

bool simulate_state_read(struct simulate_state *state, void *data, size_t size)
{
    return fread(data, 1, size, state->file) == size;
}

void simulate_state_close(struct simulate_state *state)
{
    if (state->file != NULL) {
        (void)fclose(state->file);
        state->file = NULL;
    }
}

void simulate_state_remove(const struct simulate_state *state)
{
    (void)unlink(state->path);
    (void)unlink(state->temporary);
}
