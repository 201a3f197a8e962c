/*
 * A run: checks its input, makes the tables, lays out the words, and goes from day to day (see epidemic_internal.h for the
 * passes).
 */
#include "control/epidemic_internal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define RING_DAYS 128U /* longer than incubation and profile together */

static vg_status check_measure(const struct vg_epidemic_input *input, size_t i, struct vg_error *error)
{
    const struct vg_intervention *m = &input->measures[i];
    bool shares = m->strength >= 0 && m->strength <= 1 && m->compliance >= 0 && m->compliance <= 1 && m->fatigue_per_day >= 0 &&
                  m->sensitivity >= 0 && m->sensitivity <= 1 && m->app_uptake >= 0 && m->app_uptake <= 1 &&
                  m->household_share >= 0 && m->household_share <= 1;
    for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
        shares = shares && m->traced_share[layer] >= 0 && m->traced_share[layer] <= 1;
    }
    bool days = m->delay_days >= 0 && m->delay_days < (int32_t)RING_DAYS && m->duration_days >= 0 && m->duration_days < 1000 &&
                m->quarantine_days >= 0 && m->quarantine_days < 1000 && m->contact_days >= 0 && m->contact_days < 100;
    if (m->kind > VG_INTERVENTION_TRACING || !shares || !days || (m->kind == VG_INTERVENTION_TRACING && m->contact_days < 1)) {
        return vg_fail(error, VG_USAGE_ERROR, "measure %zu: a share is not between 0 and 1, or a number of days is not allowed",
                       i);
    }
    for (size_t town = 0; m->trigger_region != NULL && town < input->population->n_municipalities; town++) {
        if (m->trigger_region[town] >= input->population->n_municipalities) {
            return vg_fail(error, VG_USAGE_ERROR, "measure %zu: trigger region %u of municipality %zu is not there", i, m->trigger_region[town], town);
        }
    }
    if (m->ages >> input->disease->n_ages != 0 || (m->ages != 0 && m->kind == VG_INTERVENTION_CORDON)) {
        return vg_fail(error, VG_USAGE_ERROR, "measure %zu: its ages are not there, or it is a cordon, which is for all ages", i);
    }
    return VG_OK;
}

static vg_status check_scenario(const struct vg_epidemic_input *input, struct vg_error *error)
{
    size_t n = input->population->n_municipalities;
    for (size_t i = 0; i < input->n_imports; i++) {
        if (input->imports[i].municipality >= n || input->imports[i].variant >= input->disease->n_variants) {
            return vg_fail(error, VG_USAGE_ERROR, "import %zu: municipality %u or variant %u is not there", i,
                           input->imports[i].municipality, input->imports[i].variant);
        }
    }
    if (input->n_measures > VG_INTERVENTIONS_MAX || input->n_campaigns > VG_CAMPAIGNS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "%zu measures and %zu campaigns are too many", input->n_measures,
                       input->n_campaigns);
    }
    for (size_t i = 0; i < input->n_measures; i++) {
        vg_status status = check_measure(input, i, error);
        if (status != VG_OK) {
            return status;
        }
    }
    for (size_t i = 0; i < input->n_campaigns; i++) {
        const struct vg_campaign *c = &input->campaigns[i];
        if (c->product >= input->disease->n_products || c->dose < 1 || c->dose > VG_DOSES_MAX || c->interval_days < 0) {
            return vg_fail(error, VG_USAGE_ERROR, "campaign %zu: product %u or dose %u is not there", i, c->product, c->dose);
        }
        if (c->priority == NULL || c->uptake == NULL || c->doses_per_day == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "campaign %zu: priority, uptake and doses a day must be given", i);
        }
    }
    for (size_t i = 0; i < input->n_lots; i++) {
        const struct vg_vaccine_lot *lot = &input->lots[i];
        if (input->n_lots > VG_LOTS_MAX || lot->product >= input->disease->n_products || lot->expiry_day < lot->arrival_day || lot->doses == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "lot %zu of %zu: product %u is not there, or it expires before it comes", i, input->n_lots, lot->product);
        }
    }
    for (size_t m = 0; m < n && input->hospital.n_regions > 0; m++) {
        if (input->hospital.region[m] >= input->hospital.n_regions) {
            return vg_fail(error, VG_USAGE_ERROR, "municipality %zu: hospital region %u is not there", m,
                           input->hospital.region[m]);
        }
    }
    return VG_OK;
}

static vg_status check_input(const struct vg_epidemic_input *input, struct vg_error *error)
{
    const struct vg_disease *d = input->disease;
    const struct vg_population *p = input->population;
    if (d->n_ages != p->n_ages || d->n_variants < 1 || d->n_variants > VG_VARIANTS_MAX || d->n_products > VG_PRODUCTS_MAX ||
        input->contacts.n_sets < 1) {
        return vg_fail(error, VG_USAGE_ERROR, "the disease has %zu age groups (population: %zu), %zu variants, %zu products",
                       d->n_ages, p->n_ages, d->n_variants, d->n_products);
    }
    bool numbers =
        d->transmission >= 0 && d->dispersion >= 0 && d->household_scaling >= 0 && d->asymptomatic_infectiousness >= 0;
    for (unsigned layer = 0; layer < VG_LAYERS; layer++) {
        numbers = numbers && d->layer_weight[layer] >= 0;
    }
    for (size_t g = 0; g < p->n_groups && d->group_severity != NULL; g++) {
        numbers = numbers && d->group_severity[g] >= 0 && d->group_severity[g] <= 1000;
    }
    for (size_t v = 0; v < d->n_variants; v++) {
        numbers = numbers && d->variants[v].transmissibility >= 0 && d->variants[v].severity >= 0;
    }
    if (!numbers) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "the disease: transmission, dispersion, weights, variants' and groups' factors must not be negative");
    }
    for (size_t m = 0; m < p->n_municipalities && input->contacts.set != NULL; m++) {
        if (input->contacts.set[m] >= input->contacts.n_sets) {
            return vg_fail(error, VG_USAGE_ERROR, "municipality %zu: contact set %u is not there", m, input->contacts.set[m]);
        }
    }
    for (size_t m = 0; m < p->n_municipalities && input->season_later_days != NULL; m++) {
        if (input->season_later_days[m] < -366 || input->season_later_days[m] > 366) {
            return vg_fail(error, VG_USAGE_ERROR, "municipality %zu: the season cannot be %d days later", m,
                           input->season_later_days[m]);
        }
    }
    vg_status status = past_check(input, error);
    return status != VG_OK ? status : check_scenario(input, error);
}

static bool allocate_words(struct vg_epidemic *e)
{
    e->words_bytes = ((e->n_blocks << BLOCK_BITS) * sizeof(uint64_t) + ((size_t)1 << 21) - 1) >> 21 << 21;
    e->words = aligned_alloc((size_t)1 << 21, e->words_bytes);
    if (e->words == NULL) {
        return false;
    }
    (void)madvise(e->words, e->n_persons * sizeof(uint64_t) >> 21 << 21, MADV_HUGEPAGE); /* not where a large page would mostly stand empty */
    return true;
}

static bool allocate_state(struct vg_epidemic *e)
{
    size_t m = e->n_municipalities;
    struct vg_arena *arena = &e->arena;
    e->ring = RING_DAYS;
    e->n_counts = (size_t)VG_COUNT_KINDS * m * e->n_ages * e->n_variants;
    e->blocks = VG_ARENA_ARRAY(arena, struct block, e->n_blocks);
    e->contacts = VG_ARENA_ARRAY(arena, struct list, e->ring * e->n_blocks);
    e->courses = VG_ARENA_ARRAY(arena, struct list, e->ring * e->n_blocks);
    e->candidates = VG_ARENA_ARRAY(arena, struct list, e->n_workers * e->n_blocks);
    e->orders = VG_ARENA_ARRAY(arena, struct list, e->n_workers * e->n_blocks);
    e->newly = VG_ARENA_ARRAY(arena, struct newly_room, e->n_workers);
    e->scratch = VG_ARENA_ARRAY(arena, uint32_t, (size_t)e->n_workers * BLOCK_PERSONS);
    e->guide = VG_ARENA_ARRAY(arena, uint32_t, (e->n_persons >> GUIDE_BITS) + 1);
    e->set = VG_ARENA_ARRAY(arena, uint16_t, m);
    e->region = VG_ARENA_ARRAY(arena, uint32_t, m);
    e->factors = VG_ARENA_ARRAY(arena, uint32_t, m * VG_LAYERS);
    e->cordon = VG_ARENA_ARRAY(arena, uint32_t, m);
    e->n_group_counts = VG_COUNT_KINDS * m * e->n_groups;
    e->counts = VG_ARENA_ARRAY(arena, uint32_t, e->n_counts + e->n_group_counts + m + 2);
    e->lot_used = VG_ARENA_ARRAY(arena, uint32_t, e->input.n_lots * m + 1);
    e->lot_order = VG_ARENA_ARRAY(arena, uint16_t, e->input.n_lots + 1);
    e->ward = VG_ARENA_ARRAY(arena, uint32_t, 4 * e->n_regions);
    e->left = VG_ARENA_ARRAY(arena, uint32_t, 2 * e->n_regions);
    e->observed = VG_ARENA_ARRAY(arena, uint32_t, 14 * m);
    e->given = VG_ARENA_ARRAY(arena, uint32_t, e->input.n_campaigns * m * e->n_classes * e->n_ages + 1);
    e->stock_used = VG_ARENA_ARRAY(arena, uint32_t, e->input.n_campaigns * m + 1);
    e->aged_left = VG_ARENA_ARRAY(arena, uint32_t, e->n_aged * m + 1);
    e->trigger_sum = VG_ARENA_ARRAY(arena, double, 2 * m);
    e->in_force_since = VG_ARENA_ARRAY(arena, int16_t, e->input.n_measures * m + 1);
    return !arena->failed;
}

static void fill_state(struct vg_epidemic *e)
{
    e->icu = e->ward + e->n_regions;
    e->without_ward = e->icu + e->n_regions;
    e->without_icu = e->without_ward + e->n_regions;
    for (size_t m = 0; m < e->n_municipalities; m++) {
        e->set[m] = e->input.contacts.set == NULL ? 0 : e->input.contacts.set[m];
        e->region[m] = e->input.hospital.n_regions == 0 ? 0 : e->input.hospital.region[m];
    }
    memset(e->in_force_since, 0xFF, (e->input.n_measures * e->n_municipalities + 1) * sizeof *e->in_force_since);
    for (size_t i = 0; i <= e->n_persons >> GUIDE_BITS; i++) {
        e->guide[i] = population_municipality(e->p, (uint32_t)(i << GUIDE_BITS));
    }
    for (size_t i = 0; i < e->input.n_measures; i++) {
        e->traces = e->traces || e->input.measures[i].kind == VG_INTERVENTION_TRACING;
        e->cordons = e->cordons || e->input.measures[i].kind == VG_INTERVENTION_CORDON;
    }
    e->group_counts = e->counts + e->n_counts;
    e->lost = e->group_counts + e->n_group_counts;
    e->trigger_people = e->trigger_sum + e->n_municipalities;
    lots_order(e);
    ranks_share(e);
    vg_parallel_for(e->pool, e->end_municipality - e->own_municipality, words_of_municipality, e);
}

vg_status vg_epidemic_new(const struct vg_epidemic_input *input, struct vg_pool *pool, struct vg_epidemic **epidemic,
                          struct vg_error *error)
{
    *epidemic = NULL;
    vg_status status = check_input(input, error);
    if (status != VG_OK) {
        return status;
    }
    struct vg_epidemic *e = calloc(1, sizeof *e);
    if (e == NULL || !chunk_store_init(&e->chunks)) {
        free(e);
        return vg_fail_memory(error, sizeof *e);
    }
    (void)pthread_mutex_init(&e->steps.lock, NULL);
    e->input = *input;
    e->disease = *input->disease;
    e->input.disease = &e->disease;
    e->p = input->population;
    e->pool = pool;
    e->n_workers = vg_pool_threads(pool);
    e->key = mix64(input->seed ^ 0x7669676961U);
    e->day = input->first_day;
    e->n_persons = vg_population_size(e->p);
    e->n_blocks = (e->n_persons + BLOCK_PERSONS - 1) >> BLOCK_BITS;
    e->n_ages = e->p->n_ages;
    e->n_groups = e->p->n_groups;
    e->n_classes = e->n_groups + 1;
    e->n_variants = input->disease->n_variants;
    e->n_municipalities = e->p->n_municipalities;
    e->n_regions = input->hospital.n_regions == 0 ? 1 : input->hospital.n_regions;
    e->n_sets = input->contacts.n_sets;
    e->n_profiles = e->n_ages * VG_ROLES * VG_HOUSEHOLD_MAX;
    e->profiles_of_set = e->n_classes * e->n_profiles;
    for (size_t i = 0; i < input->n_measures; i++) {
        if (input->measures[i].kind == VG_INTERVENTION_CONTACTS && input->measures[i].ages != 0) {
            e->aged[e->n_aged++] = (uint8_t)i;
        }
    }
    vg_arena_init(&e->arena, 0);
    if (e->n_workers > WORKERS_MAX || !allocate_state(e) || !allocate_words(e) || !kept_begin(e)) {
        vg_epidemic_free(e);
        return vg_fail_memory(error, (e->n_blocks << BLOCK_BITS) * sizeof(uint64_t));
    }
    fill_state(e);
    status = tables_make(e, error);
    if (status != VG_OK) {
        vg_epidemic_free(e);
        return status;
    }
    *epidemic = e;
    return VG_OK;
}

void vg_epidemic_free(struct vg_epidemic *e)
{
    if (e == NULL) {
        return;
    }
    for (size_t b = 0; b < e->n_blocks && e->blocks != NULL; b++) {
        free(e->blocks[b].log);
        free(e->blocks[b].requests.items);
        free(e->blocks[b].results.items);
    }
    for (unsigned w = 0; w < e->n_workers && e->newly != NULL; w++) {
        free(e->newly[w].items);
    }
    free(e->steps.items);
    (void)pthread_mutex_destroy(&e->steps.lock);
    free(e->words);
    free(e->away);
    free(e->tables.thresholds);
    chunk_store_release(&e->chunks);
    vg_arena_release(&e->arena);
    free(e);
}

static void add_up(struct vg_epidemic *e)
{
    int64_t change = 0;
    for (size_t b = 0; b < e->n_blocks; b++) {
        change += e->blocks[b].scheduled;
        e->blocks[b].scheduled = 0;
    }
    e->pending += (uint64_t)change;
}

/* Of several ranks the first tells everybody's. */
static void tell_infections(struct vg_epidemic *e)
{
    if (!ranks_many(e)) {
        for (size_t b = 0; b < e->n_blocks; b++) {
            if (e->blocks[b].n_newly > 0) {
                e->input.on_infections(e->input.context, e->blocks[b].log, e->blocks[b].n_newly);
            }
        }
        return;
    }
    size_t n = 0;
    size_t all = 0;
    for (size_t b = e->own_block; b < e->end_block; b++) {
        n += e->blocks[b].n_newly;
    }
    struct vg_infection *mine = malloc((n + 1) * sizeof *mine);
    n = 0;
    for (size_t b = e->own_block; b < e->end_block && mine != NULL; b++) {
        if (e->blocks[b].n_newly > 0) {
            memcpy(mine + n, e->blocks[b].log, e->blocks[b].n_newly * sizeof *mine);
            n += e->blocks[b].n_newly;
        }
    }
    if (mine == NULL) {
        atomic_store(&e->chunks.failed, true);
    }
    struct vg_infection *log = ranks_collect(e, mine, n, sizeof *mine, &all);
    if (all > 0) {
        e->input.on_infections(e->input.context, log, all);
    }
    free(log);
    free(mine);
}

static bool tell(struct vg_epidemic *e)
{
    steps_tell(e);
    if (e->input.on_infections != NULL) {
        tell_infections(e);
    }
    if (e->input.on_day == NULL) {
        return true;
    }
    struct vg_day day = {.day = e->day,
                         .counts = e->counts,
                         .n_municipalities = e->n_municipalities,
                         .n_ages = e->n_ages,
                         .n_variants = e->n_variants,
                         .n_regions = e->n_regions,
                         .ward_patients = e->ward,
                         .icu_patients = e->icu,
                         .without_ward = e->without_ward,
                         .without_icu = e->without_icu,
                         .doses_lost = e->lost,
                         .n_groups = e->n_groups,
                         .group_counts = e->group_counts};
    return e->input.on_day(e->input.context, &day);
}

struct block_pass {
    struct vg_epidemic *e;
    void (*pass)(void *context, size_t block, unsigned worker);
};

static void pass_own(void *context, size_t item, unsigned worker)
{
    const struct block_pass *pass = context;
    pass->pass(pass->e, pass->e->own_block + item, worker);
}

static void over_blocks(struct vg_epidemic *e, void (*function)(void *context, size_t block, unsigned worker))
{
    struct block_pass pass = {e, function};
    vg_parallel_for(e->pool, e->end_block - e->own_block, pass_own, &pass);
}

static void one_day(struct vg_epidemic *e)
{
    memset(e->counts, 0, (e->n_counts + e->n_group_counts + e->n_municipalities) * sizeof *e->counts);
    memset(e->without_ward, 0, 2 * e->n_regions * sizeof *e->without_ward);
    measures_of_day(e);
    campaigns_of_day(e);
    over_blocks(e, courses_of_block);
    beds_of_day(e);
    tracing_of_day(e);
    if (e->traces) {
        ranks_deliver(e, e->orders);
        over_blocks(e, orders_of_block);
    }
    over_blocks(e, contacts_of_block);
    imports_of_day(e);
    ranks_deliver(e, e->candidates);
    over_blocks(e, infections_of_block);
    add_up(e);
    ranks_close_day(e);
    measures_observe(e);
}

vg_status vg_epidemic_advance(struct vg_epidemic *e, int32_t days, struct vg_error *error)
{
    for (int32_t i = 0; i < days; i++) {
        if (e->day >= VG_ENGINE_DAYS_MAX) {
            return vg_fail(error, VG_LIMIT_EXCEEDED, "a run ends after %d days", VG_ENGINE_DAYS_MAX);
        }
        one_day(e);
        if (atomic_load(&e->chunks.failed) || e->steps.failed) {
            return vg_fail(error, VG_SYSTEM_ERROR, "out of memory on day %d of the simulation", e->day);
        }
        bool go_on = ranks_all(e, tell(e));
        e->day++;
        if (!go_on) {
            return vg_fail(error, VG_CANCELLED, "stopped after day %d of the simulation", e->day - 1);
        }
    }
    return VG_OK;
}

int32_t vg_epidemic_today(const struct vg_epidemic *e)
{
    return e->day;
}

bool vg_epidemic_over(const struct vg_epidemic *e)
{
    for (size_t i = 0; i < e->input.n_imports; i++) {
        if (e->input.imports[i].last_day >= e->day && e->input.imports[i].count > 0) {
            return false;
        }
    }
    return e->pending == 0 && !e->pending_elsewhere;
}

struct vg_epidemic_work vg_epidemic_work(const struct vg_epidemic *e)
{
    struct vg_epidemic_work sum = {0};
    for (size_t b = 0; b < e->n_blocks; b++) {
        const struct vg_epidemic_work *work = &e->blocks[b].work;
        sum.contacts += work->contacts;
        sum.challenges += work->challenges;
        sum.courses += work->courses;
        sum.orders += work->orders;
    }
    return sum;
}

struct vg_person_state vg_epidemic_person(const struct vg_epidemic *e, uint32_t person)
{
    uint64_t w = e->words[person];
    return (struct vg_person_state){.infected_on = word_infected(w) == 0 ? VG_DATE_NONE : (int32_t)word_infected(w) - 1,
                                    .dosed_on = word_dosed(w) == 0 ? VG_DATE_NONE : (int32_t)word_dosed(w) - 1,
                                    .quarantined_until =
                                        word_quarantine(w) == 0 || (word_dead(w) && e->away != NULL) ? VG_DATE_NONE : (int32_t)word_quarantine(w) - 1,
                                    .infections = (uint8_t)word_infections(w),
                                    .variant = (uint8_t)word_variant(w),
                                    .variants_seen = (uint8_t)word_seen(w),
                                    .doses = (uint8_t)word_doses(w),
                                    .product = (uint8_t)word_product(w),
                                    .dead = word_dead(w),
                                    .symptomatic = word_symptomatic(w)};
}
