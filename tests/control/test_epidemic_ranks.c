/*
 * One run on several ranks gives the bytes of one: first with threads as ranks, which needs nothing, then with mpiexec and three processes where there is an MPI.
 */
#include "everything_world.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DAYS 90
#define RANKS_MOST 8

/* Ranks that are threads: each shows what it has, all look, all go on. */
struct meeting_room {
    pthread_barrier_t barrier;
    unsigned count;
    const void *shown[RANKS_MOST];
    const size_t *bytes[RANKS_MOST];
};
struct seat {
    struct meeting_room *room;
    unsigned rank;
};

static bool add_up_threads(void *context, uint32_t *values, size_t n)
{
    const struct seat *seat = context;
    uint32_t *sums = calloc(n + 1, sizeof *sums);
    seat->room->shown[seat->rank] = values;
    (void)pthread_barrier_wait(&seat->room->barrier);
    for (unsigned r = 0; r < seat->room->count; r++) {
        for (size_t i = 0; i < n; i++) {
            sums[i] += ((const uint32_t *)seat->room->shown[r])[i];
        }
    }
    (void)pthread_barrier_wait(&seat->room->barrier);
    memcpy(values, sums, n * sizeof *sums);
    free(sums);
    return true;
}

static bool exchange_threads(void *context, const void *sent, const size_t *sent_bytes, void **received, size_t *received_bytes)
{
    const struct seat *seat = context;
    struct meeting_room *room = seat->room;
    size_t all = 0;
    room->shown[seat->rank] = sent;
    room->bytes[seat->rank] = sent_bytes;
    (void)pthread_barrier_wait(&room->barrier);
    for (unsigned r = 0; r < room->count; r++) {
        received_bytes[r] = room->bytes[r][seat->rank];
        all += received_bytes[r];
    }
    *received = malloc(all + 1);
    all = 0;
    for (unsigned r = 0; r < room->count; r++) {
        size_t before = 0;
        for (unsigned to = 0; to < seat->rank; to++) {
            before += room->bytes[r][to];
        }
        if (received_bytes[r] > 0) {
            memcpy((char *)*received + all, (const char *)room->shown[r] + before, received_bytes[r]);
        }
        all += received_bytes[r];
    }
    (void)pthread_barrier_wait(&room->barrier);
    return true;
}

struct rank_run {
    struct seat seat;
    struct vg_ranks ranks;
    struct world own;
    uint64_t steps_hash;
    unsigned threads;
    bool failed;
};

static void keep_steps(void *context, const struct vg_step *steps, size_t n)
{
    struct world *own = context;
    struct rank_run *run = (struct rank_run *)((char *)own - offsetof(struct rank_run, own));
    for (size_t i = 0; i < n; i++) {
        uint32_t fields[6] = {steps[i].person, (uint32_t)steps[i].day, (uint32_t)steps[i].until, steps[i].kind, steps[i].bed, steps[i].dead};
        run->steps_hash = vg_hash_bytes(fields, sizeof fields, run->steps_hash);
    }
}

/* No assertion on a thread: what went wrong is told to the one who waits. */
static void *run_rank(void *context)
{
    struct rank_run *run = context;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    struct vg_pool *pool = vg_pool_new(run->threads);
    run->failed = vg_epidemic_new(&run->own.input, pool, &epidemic, &error) != VG_OK;
    for (int day = 0; day < DAYS && !run->failed && !vg_epidemic_over(epidemic); day++) {
        run->failed = vg_epidemic_advance(epidemic, 1, &error) != VG_OK;
    }
    vg_epidemic_free(epidemic);
    vg_pool_free(pool);
    return NULL;
}

static struct rank_run runs[RANKS_MOST];

static void run_ranks(unsigned count, unsigned threads)
{
    struct meeting_room room = {.count = count};
    pthread_t thread[RANKS_MOST];
    (void)pthread_barrier_init(&room.barrier, NULL, count);
    for (unsigned r = 0; r < count; r++) {
        free(runs[r].own.log);
        runs[r] = (struct rank_run){.seat = {&room, r}, .ranks = {.rank = r, .count = count, .add_up = add_up_threads, .exchange = exchange_threads}, .own = w, .threads = threads};
        runs[r].ranks.context = &runs[r].seat;
        runs[r].own.input.context = &runs[r].own;
        runs[r].own.input.ranks = &runs[r].ranks;
        runs[r].own.input.on_infections = keep_infections;
        runs[r].own.input.on_steps = keep_steps;
    }
    for (unsigned r = 0; r < count; r++) {
        assert_int_equal(pthread_create(&thread[r], NULL, run_rank, &runs[r]), 0);
    }
    for (unsigned r = 0; r < count; r++) {
        (void)pthread_join(thread[r], NULL);
        assert_false(runs[r].failed);
    }
    (void)pthread_barrier_destroy(&room.barrier);
}

static void ranks_change_nothing(void **state)
{
    (void)state;
    static const unsigned counts[][2] = {{1, 1}, {3, 1}, {8, 2}}; /* ranks, threads of each; eight are more than towns */
    for (int mode = 0; mode < 2; mode++) {
        uint64_t expected = 0, expected_steps = 0;
        struct world whole;
        prepare_all_with(mode == 0 ? VG_CONTACTS_THINNED : VG_CONTACTS_EXACT, true);
        for (size_t i = 0; i < (mode == 0 ? 3U : 2U); i++) {
            run_ranks(counts[i][0], counts[i][1]);
            if (i == 0) {
                whole = runs[0].own;
                expected = runs[0].own.hash;
                expected_steps = runs[0].steps_hash;
                assert_true(total(&whole, VG_COUNT_INFECTIONS) > 10000 && total(&whole, VG_COUNT_QUARANTINED) > 1000 && total(&whole, VG_COUNT_DOSES) > 10000 && whole.without_icu > 0);
            }
            assert_true(runs[0].own.hash == expected);
            assert_true(runs[0].steps_hash == expected_steps);
            for (unsigned r = 0; r < counts[i][0]; r++) { /* each has everybody's counts; only the first is told of persons */
                assert_memory_equal(runs[r].own.counts, whole.counts, sizeof whole.counts);
                assert_memory_equal(runs[r].own.group_counts, whole.group_counts, sizeof whole.group_counts);
                assert_memory_equal(runs[r].own.icu_patients, whole.icu_patients, sizeof whole.icu_patients);
                assert_true(r == 0 || runs[r].own.n_log == 0);
            }
        }
        release_world(&w);
    }
    for (unsigned r = 0; r < RANKS_MOST; r++) {
        free(runs[r].own.log);
        runs[r].own.log = NULL;
    }
}

static bool nowhere(void *context, const void *data, size_t size)
{
    (void)context;
    (void)data;
    (void)size;
    return true;
}

/* What several ranks cannot do is said. */
static void a_checkpoint_is_of_one_rank(void **state)
{
    (void)state;
    struct vg_error error;
    struct vg_epidemic *epidemic = NULL;
    struct vg_ranks two = {.rank = 1, .count = 2};
    prepare_all(VG_CONTACTS_THINNED);
    w.input.ranks = &two;
    vg_assert_ok(vg_epidemic_new(&w.input, NULL, &epidemic, &error), error);
    assert_int_equal(vg_epidemic_save(epidemic, nowhere, NULL, &error), VG_USAGE_ERROR);
    assert_non_null(strstr(error.message, "several ranks"));
    vg_epidemic_free(epidemic);
    release_world(&w);
}

static void under_mpiexec(int processes, char *line, size_t size)
{
    char command[4352];
    (void)snprintf(command, sizeof command, "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 timeout 120 mpiexec -n %d '%s/tests/ranks_mpi' 2>&1", processes, getenv("VIGIA_BUILD"));
    FILE *out = popen(command, "r");
    assert_non_null(out);
    line[0] = 0;
    bool read = fgets(line, (int)size, out) != NULL;
    int status = pclose(out);
    if (!read || status != 0) {
        print_message("# %s: status %d, \"%s\"\n", command, status, line);
    }
    assert_true(read && status == 0);
}

static void mpi_changes_nothing(void **state)
{
    (void)state;
    char program[4160], one[128], three[128];
    const char *build = getenv("VIGIA_BUILD");
    (void)snprintf(program, sizeof program, "%s/tests/ranks_mpi", build == NULL ? "" : build);
    if (build == NULL || access(program, X_OK) != 0 || system("mpiexec --version > /dev/null 2>&1") != 0) {
        print_message("skipped: built without MPI, or no mpiexec (packages mpich, libmpich-dev)\n");
        skip();
    }
    under_mpiexec(1, one, sizeof one);
    under_mpiexec(3, three, sizeof three);
    assert_true(strlen(one) > 10 && strncmp(one, "1 rank", 6) == 0 && strncmp(three, "3 rank", 6) == 0);
    assert_string_equal(strchr(one, ':'), strchr(three, ':'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_change_nothing),
        cmocka_unit_test(a_checkpoint_is_of_one_rank),
        vg_statistics(mpi_changes_nothing), /* the library of MPI is not made for sanitizers */
    };
    return vg_run_group_tests("epidemic_ranks", tests, NULL, NULL);
}
