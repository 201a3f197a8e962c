/*
 * The example's kept plan: who gives ventilators and oxygen to whom in the exercise's provinces over four weeks. Needs are what vigia demand sees in its hospitals' patients, stocks those of its
 * ledger; the ways between neighbouring provinces are invented.
 */
#include "jobs/example/internal.h"

#include "jobs/plan/plan.h"

#include <math.h>
#include <string.h>

#define PLAN_NAME "Ventilators and oxygen, four weeks"
#define NEIGHBOURS 3
#define WEEKLY_CAPACITY 6000           /* m³ of oxygen on one way; of ventilators there are never so many */
#define VENTILATED_SHARE 0.6           /* as the ledger counts those in use */
#define EARTH_RADIUS_KM 6371.0
#define RADIANS (3.14159265358979323846 / 180.0)

static double kilometres(const struct vg_place *a, const struct vg_place *b)
{
    const double latitude = sin((b->latitude - a->latitude) * RADIANS / 2.0), longitude = sin((b->longitude - a->longitude) * RADIANS / 2.0);
    const double h = latitude * latitude + cos(a->latitude * RADIANS) * cos(b->latitude * RADIANS) * longitude * longitude;
    return 2.0 * EARTH_RADIUS_KM * asin(sqrt(fmin(1.0, h)));
}

/* Each place of the needs and its nearest others: a day within a country, three across a border. A pair is written from the one of lower number where both are near each other. */
static void write_ways(const struct vg_place_list *places, const uint32_t *planned, size_t n, struct vg_buffer *csv)
{
    vg_buffer_text(csv, "from,to,days,cost,capacity\n");
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            const struct vg_place *from = &places->places[planned[i]], *to = &places->places[planned[j]];
            const double apart = kilometres(from, to);
            size_t nearer = 0;
            for (size_t k = 0; k < n; k++) {
                nearer += k != i && k != j && kilometres(from, &places->places[planned[k]]) < apart;
            }
            if (i != j && nearer < NEIGHBOURS) {
                vg_buffer_format(csv, "%s,%s,%d,%.1f,%d\n", from->code, to->code, from->parent == to->parent ? 1 : 3, 1.0 + apart / 50.0, WEEKLY_CAPACITY);
            }
        }
    }
}

/* The places in the first column of the needs. */
static size_t planned_places(const struct vg_place_list *places, const struct vg_buffer *needs, uint32_t *planned, size_t most)
{
    size_t n = 0;
    const char *end = needs->data + needs->size;
    for (const char *line = memchr(needs->data, '\n', needs->size); line != NULL && line + 1 < end; line = memchr(line + 1, '\n', (size_t)(end - line - 1))) {
        const char *comma = memchr(line + 1, ',', (size_t)(end - line - 1));
        const uint32_t place = comma == NULL ? VG_PLACE_NONE : vg_place_list_find_code(places, vg_text_of(line + 1, (size_t)(comma - line - 1)));
        bool known = place == VG_PLACE_NONE || isnan(places->places[place].latitude);
        for (size_t k = 0; k < n; k++) {
            known = known || planned[k] == place;
        }
        if (!known && n < most) {
            planned[n++] = place;
        }
    }
    return n;
}

vg_status example_plan(struct vg_store *store, struct vg_error *error)
{
    enum { PLACES_MOST = 64 };
    static const char *const only[] = {"ventilator", "oxygen_m3"};
    const struct vg_plan_census census = {.dataset = EXAMPLE_CENSUS, .level = VG_LEVEL_ADMIN1, .ventilated_share = VENTILATED_SHARE};
    uint32_t planned[PLACES_MOST];
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_plan_request request;
    struct vg_buffer needs, people, ways;
    const char *left_out = NULL;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_plan_request_init(&request);
    vg_buffer_init(&needs, 0);
    vg_buffer_init(&people, 0);
    vg_buffer_init(&ways, 0);
    vg_status status = vg_job_plan_census(store, &census, &arena, &needs, &people, &left_out, error);
    if (status == VG_OK) {
        const struct vg_place_list *places = vg_store_place_list(store);
        write_ways(places, planned, planned_places(places, &needs, planned, PLACES_MOST), &ways);
        const struct vg_given_file files[] = {{"needs", needs.data, needs.size}, {"people", people.data, people.size}, {"ways", ways.data, ways.size}};
        request.needs_path = "needs";
        request.population_path = people.size > 0 ? "people" : NULL;
        request.ways_path = "ways";
        request.ledger = store;
        request.only = only;
        request.n_only = 2;
        request.files = files;
        request.n_files = 3;
        status = needs.failed || ways.failed ? vg_fail_memory(error, needs.size) : vg_job_plan_keep(&request, store, PLAN_NAME, true, NULL, &arena, &answer, error);
    }
    vg_buffer_release(&ways);
    vg_buffer_release(&people);
    vg_buffer_release(&needs);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}
