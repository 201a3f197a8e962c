/*
 * A small exercise on disk, made twice from one scenario: sealed, and in the open. For the suites that look into it.
 */
#ifndef VG_MADE_EXERCISE_H
#define VG_MADE_EXERCISE_H

#include "test_node.h"
#include "jobs/exercise/exercise.h"

#define PLACES                                                                                                                             \
    "code,name,parent,population,latitude,longitude\nXV,Vallemar,,,,\nXV-01,Costa,XV,,,\nXV-02,Valle,XV,,,\nXV-03,Sierra,XV,,,\n"                        \
    "XV-0101,Puerto,XV-01,9000,-38,-103\nXV-0102,Faro,XV-01,4000,-38.2,-103\nXV-0201,Santa,XV-02,7000,-38.4,-102.8\nXV-0202,Ceibal,XV-02,3000,-38.6,-102.6\n" \
    "XV-0301,Tolumbá,XV-03,5000,-38.1,-102.5\nXV-0302,Alerces,XV-03,2000,-38.3,-102.2\n"
#define SCENARIO                                                                                                                           \
    "start = 2021-01-04\ndays = 140\nseed = 11\n[place]\nlike = \"CO\"\nmunicipalities = \"places.csv\"\n[disease]\nr0 = 2.6\n"                     \
    "variants = [\"covid19\", \"covid19_gamma\"]\ndispersion = 0.5\n[start]\ninfections_per_day = 2\ndays = 12\n[[import]]\nfrom = 2021-03-05\nto = 2021-03-12\n"                                                  \
    "per_day = 1\nvariant = \"covid19_gamma\"\n[[measure]]\nname = \"fewer contacts\"\nkind = \"contacts\"\nlayers = [\"work\", \"community\", \"school\"]\nfrom = 2021-02-18\nto = 2021-05-01\nstrength = 0.5\n" \
    "compliance = 0.8\n[[measure]]\nname = \"isolation\"\nkind = \"isolation\"\ncompliance = 0.3\n[[campaign]]\nname = \"oldest first\"\nproduct = \"coronavac\"\nfrom = 2021-03-05\nages = [\"60+\", \"20-59\"]\n" \
    "[hospital]\nward_beds_per_100k = 110\nicu_beds_per_100k = 9\nbeds_of = \"parent\"\n[delays]\ntyping_per_100k = 2000\n[surveys]\nantibody_persons = 200\n"  \
    "[errors]\ntampered = 0.4\n[[outage]]\nplaces = [\"XV-02\"]\nfrom = 2021-03-20\nto = 2021-03-29\nshare = 0.8\n"                                        \
    "[[scenario]]\nname = \"what happens\"\n[[scenario]]\nname = \"no measures\"\nwithout = [\"fewer contacts\", \"isolation\"]\n"

struct state {
    char folder[64];
    char exercise[128], open_exercise[128], key[128], wrong_key[128], scenario[128];
    struct vg_arena arena;
    struct vg_error error;
};

static inline void write_text(const char *path, const char *text)
{
    struct vg_error error = {0};
    vg_assert_ok(vg_file_write_atomic(path, text, strlen(text), &error), error);
}

static inline vg_status make_exercise(struct state *state, const char *folder, const char *key, unsigned threads, uint64_t seed)
{
    struct vg_answer answer;
    struct vg_arena arena;
    struct vg_exercise_make_request request = {.scenario_path = state->scenario, .folder = folder, .key_path = key, .threads = threads, .has_seed = seed != 0, .seed = seed};
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = vg_job_exercise_make(&request, &arena, &answer, &state->error);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static inline int make_state(void **out)
{
    struct state *state = calloc(1, sizeof *state);
    (void)snprintf(state->folder, sizeof state->folder, "/tmp/vigia-exercise-XXXXXX");
    vg_arena_init(&state->arena, 0);
    *out = state;
    if (mkdtemp(state->folder) == NULL) {
        return -1;
    }
    (void)snprintf(state->exercise, sizeof state->exercise, "%s/sealed", state->folder);
    (void)snprintf(state->open_exercise, sizeof state->open_exercise, "%s/open", state->folder);
    (void)snprintf(state->key, sizeof state->key, "%s/key", state->folder);
    (void)snprintf(state->wrong_key, sizeof state->wrong_key, "%s/wrong-key", state->folder);
    (void)snprintf(state->scenario, sizeof state->scenario, "%s/scenario.toml", state->folder);
    write_text(state->key, "the controllers know this sentence\n");
    write_text(state->wrong_key, "the players only guess this sentence\n");
    write_text(state->scenario, SCENARIO);
    char places[128];
    (void)snprintf(places, sizeof places, "%s/places.csv", state->folder);
    write_text(places, PLACES);
    if (make_exercise(state, state->exercise, state->key, 1, 0) != VG_OK || make_exercise(state, state->open_exercise, NULL, 3, 0) != VG_OK) {
        print_error("%s\n", state->error.message);
        return -1;
    }
    return 0;
}

static inline int drop_state(void **out)
{
    struct state *state = *out;
    vg_arena_release(&state->arena);
    (void)nftw(state->folder, test_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(state);
    return 0;
}

static inline void read_file(struct state *state, const char *folder, const char *name, struct vg_buffer *out)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    vg_buffer_init(out, 0);
    vg_assert_ok(vg_file_read(path, 0, out, &state->error), state->error);
}

static inline vg_status release(struct state *state, const char *folder, const char *day, const char *key, char to[256])
{
    struct vg_answer answer;
    struct vg_exercise_release_request request = {.folder = folder, .to = to, .key_path = key};
    vg_answer_init(&answer, &state->arena);
    assert_true(vg_date_parse_iso(vg_text_from(day), &request.day));
    (void)snprintf(to, 256, "%s/release-%s-%d", state->folder, day, (int)(state->arena.used_bytes % 1000003));
    vg_status status = vg_job_exercise_release(&request, &state->arena, &answer, &state->error);
    vg_answer_release(&answer);
    return status;
}

#endif
