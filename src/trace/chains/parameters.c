/*
 * The parameters of a chain given its links, from counts: generations and differences, contacts, places, numbers of infected. Conjugate where they can be,
 * else by slice sampling. Generations of cases for which they are summed over are drawn here, and forgotten again.
 */
#include "trace/chains/internal.h"

#include <math.h>
#include <string.h>

enum { GENETIC_GENERATIONS = 64, OFFSPRING_MOST = 255 };

/* Counts over a key, with the list of keys that have any. */
struct chain_cells {
    uint32_t *offspring, *offspring_keys; /* [AGES * (OFFSPRING_MOST + 1)] by days since infection and number infected */
    size_t n_offspring;
    double links_of[GENETIC_GENERATIONS], differences[GENETIC_GENERATIONS]; /* with genomes, by generations less one */
    double links, generations, direct, contact_direct, same_place, placed;  /* links: to cases in the lists */
    double siblings[2][SIBLINGS_COUNTED + 1];                               /* that were the so-many-and-first but one of their infector: by contacts, by genomes */
    double sibling_pairs, sibling_contacts;                                 /* of all whom the same case infected */
    double unseen_pairs, unseen_contacts;                                   /* of those who hang on each other */
    double shape, rate; /* of R by seen infectors, where numbers are Poisson */
    struct chain *chain;
};

vg_status chain_parameters_new(struct chain *chain, struct vg_arena *arena, struct vg_error *error)
{
    size_t offspring = (size_t)AGES * (OFFSPRING_MOST + 1);
    struct chain_cells *cells = chain->cells = VG_ARENA_ARRAY(arena, struct chain_cells, 1);
    if (cells != NULL) {
        *cells = (struct chain_cells){
            .offspring = VG_ARENA_ARRAY(arena, uint32_t, offspring), .offspring_keys = VG_ARENA_ARRAY(arena, uint32_t, offspring), .chain = chain};
    }
    return arena->failed ? vg_fail_memory(error, 8 * offspring) : VG_OK;
}

double chain_slice(struct vg_random *random, double at, double width, double low, double high, double (*log_density)(void *context, double x), void *context)
{
    double level = log_density(context, at) + log(vg_random_uniform(random));
    double left = at - width * vg_random_uniform(random), right = left + width;
    for (int step = 0; step < 20 && left > low && log_density(context, left) > level; step++) {
        left -= width;
    }
    for (int step = 0; step < 20 && right < high && log_density(context, right) > level; step++) {
        right += width;
    }
    left = fmax(left, low);
    right = fmin(right, high);
    for (int step = 0; step < 100; step++) {
        double x = left + (right - left) * vg_random_uniform(random);
        if (log_density(context, x) > level) {
            return x;
        }
        *(x < at ? &left : &right) = x;
    }
    return at;
}

/* ---------------------------------------------------------------- counting */

static void clear(struct chain_cells *cells)
{
    for (size_t k = 0; k < cells->n_offspring; k++) {
        cells->offspring[cells->offspring_keys[k]] = 0;
    }
    cells->n_offspring = 0;
    memset(cells->links_of, 0, sizeof cells->links_of);
    memset(cells->differences, 0, sizeof cells->differences);
    memset(cells->siblings, 0, sizeof cells->siblings);
    cells->sibling_pairs = cells->sibling_contacts = cells->unseen_pairs = cells->unseen_contacts = 0;
    cells->links = cells->generations = cells->direct = cells->contact_direct = cells->same_place = cells->placed = 0;
}

static void count_genetic(struct chain_cells *cells, unsigned generations, unsigned distance)
{
    if (distance != VG_CHAIN_DISTANCE_NONE) {
        unsigned most = generations < GENETIC_GENERATIONS ? generations : GENETIC_GENERATIONS;
        cells->links_of[most - 1]++;
        cells->differences[most - 1] += distance;
    }
}

/* Draws the generations of a link whose law sums over them. */
static unsigned draw_generations(const struct chain *chain, uint32_t i, const struct vg_chain_candidate *candidate)
{
    const struct chain_delays *delays = chain->world->delays;
    size_t kind = chain->person[i].n_siblings > 0 ? ROW_UNSEEN : (candidate->flags & VG_CHAIN_IS_CONTACT) != 0 ? ROW_CONTACT : ROW_LINK;
    const double *coefficients = chain->rows.coefficients[kind + candidate->distance];
    int32_t delay = chain->person[i].infected - chain->person[candidate->infector].infected;
    double weights[GENERATIONS], total = 0;
    for (size_t g = 0; g < delays->n_generations; g++) {
        weights[g] = coefficients[g] * delays->generation[g][PAD + delay];
        total += weights[g];
    }
    unsigned g = 0;
    if (weights[0] < total * (1 - 0x1p-33)) {
        struct vg_random random = vg_random_stream(chain->world->run->seed, i, chain->sweep, 4 * chain->number + 1);
        double left = vg_random_uniform(&random) * total;
        while (g + 1 < delays->n_generations && (left -= weights[g]) > 0) {
            g++;
        }
    }
    return g + 1;
}

static void count_link(struct chain *chain, struct chain_cells *cells, uint32_t i)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_candidate *candidate = chain_candidate(world->candidates, i, chain->slot[i]);
    bool contact = (candidate->flags & VG_CHAIN_IS_CONTACT) != 0;
    unsigned generations = chain->generations[i];
    if (world->slow[i] == 0) {
        chain->generations[i] = (uint8_t)(generations = draw_generations(chain, i, candidate));
        count_genetic(cells, generations, candidate->distance);
    }
    cells->links++;
    cells->generations += generations;
    cells->direct += generations == 1 ? 1 : 0;
    cells->contact_direct += generations == 1 && contact ? 1 : 0;
    cells->placed += (candidate->flags & VG_CHAIN_PLACES_KNOWN) != 0 ? 1 : 0;
    cells->same_place += (candidate->flags & VG_CHAIN_SAME_PLACE) != 0 ? 1 : 0;
}

/* Density of the case's day and link; the genetic term of slow cases is added apart, and the power of mu that rows are without. */
static void multiply_case(const struct chain *chain, uint32_t i, struct chain_product *product)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_case *c = &world->data->cases[i];
    uint32_t parent = chain->parent[i];
    chain_multiply(product, world->model->shown[c->shown][c->day - chain->person[i].infected]);
    if (world->slow[i] != 0 && chain_direct(chain->slot[i])) {
        double contact[2];
        const struct vg_chain_candidate *candidate = chain_candidate(world->candidates, i, chain->slot[i]);
        unsigned g = chain->generations[i];
        chain_contact_factors(world->data, &chain->p, contact);
        chain_multiply(product, chain->p.reproduction * chain_place_factor(world->candidates, &chain->p, i, candidate->flags) * chain->p.reporting);
        chain_multiply(product, pow(1 - chain->p.reporting, g - 1) * (g == 1 ? contact[candidate->flags & VG_CHAIN_IS_CONTACT] : 1));
        chain_multiply(product, world->delays->generation[g - 1][PAD + chain->person[i].infected - chain->person[parent].infected]);
        chain_multiply(product, chain->person[i].n_siblings > 0 ? (double)chain->person[i].unseen : 1);
        return;
    }
    if (chain->slot[i] == SLOT_OUTSIDE) { /* its genetic term, which may be beyond all bounds on the scale of rows, is added apart */
        chain_multiply(product, chain->p.imports_per_day);
        return;
    }
    if (chain->slot[i] >= SLOT_SIBLING) { /* the weights of siblings are added with the parameters' */
        chain_multiply(product, chain_sibling_days(chain, i));
        return;
    }
    double attach = chain_attach(chain, i, chain->slot[i], chain->person[i].infected, parent == VG_CHAIN_NONE ? 0 : chain->person[parent].infected);
    chain_multiply(product, attach > 0 ? attach : 1);
}

/* Those who hang on i, and pairs of those whom it, or the unseen one that infected it, did. */
static void count_siblings(const struct chain *chain, struct chain_cells *cells, uint32_t i)
{
    double infected = chain->person[i].n_children, siblings = chain->person[i].n_siblings;
    double *counts = cells->siblings[chain->person[i].above != VG_CHAIN_NONE ? 1 : 0];
    for (uint32_t n = 0; n < chain->person[i].n_siblings; n++) {
        counts[n < SIBLINGS_COUNTED ? n : SIBLINGS_COUNTED]++;
    }
    cells->sibling_pairs += infected * (infected - 1) / 2;
    cells->unseen_pairs += siblings * (siblings + 1) / 2;
}

static double count_sibling_contacts(const struct chain *chain, struct chain_cells *cells)
{
    const struct vg_chain_data *data = chain->world->data;
    double factors[2];
    if (chain->world->contact_starts == NULL) {
        return 0;
    }
    for (size_t k = 0; k < data->n_contacts; k++) {
        uint32_t a = data->contacts[k].from, b = data->contacts[k].to;
        bool of_case = chain_direct(chain->slot[a]) && chain_direct(chain->slot[b]);
        *(of_case ? &cells->sibling_contacts : &cells->unseen_contacts) += chain_are_siblings(chain, a, b) ? 1 : 0;
    }
    chain_sibling_factors(data, &chain->p, factors);
    double contacts = cells->sibling_contacts + cells->unseen_contacts;
    return contacts * log(factors[1]) + (cells->sibling_pairs + cells->unseen_pairs - contacts) * log(factors[0]);
}

static void count_all(struct chain *chain)
{
    const struct chain_world *world = chain->world;
    struct chain_cells *cells = chain->cells;
    clear(cells);
    struct chain_product product = {1, 0};
    double powers = 0;
    chain->n_outside = chain->n_unlisted = 0;
    for (uint32_t i = 0; i < world->data->n; i++) {
        int64_t age = (int64_t)world->last_known - chain->person[i].infected;
        uint32_t infected = chain->person[i].n_children < OFFSPRING_MOST ? chain->person[i].n_children : OFFSPRING_MOST;
        age = age < 0 ? 0 : age < (int64_t)world->delays->n_observed ? age : (int64_t)world->delays->n_observed;
        uint32_t key = (uint32_t)age * (OFFSPRING_MOST + 1) + infected;
        if (cells->offspring[key]++ == 0) {
            cells->offspring_keys[cells->n_offspring++] = key;
        }
        count_siblings(chain, cells, i);
        if (chain->slot[i] >= SLOT_SIBLING) {
            bool by_genomes = chain->own[i] != VG_CHAIN_DISTANCE_NONE;
            unsigned distance = by_genomes ? chain->own[i] : chain_candidate(world->candidates, i, chain->slot[i])->distance;
            count_genetic(cells, by_genomes ? 1 : 2, distance);
            product.log += world->data->genomes == NULL ? 0 : chain_genetic_log(chain, distance, by_genomes ? 1 : 2);
        } else if (chain->slot[i] >= SLOT_FIRST) {
            count_link(chain, cells, i);
        } else {
            *(chain->slot[i] == SLOT_OUTSIDE ? &chain->n_outside : &chain->n_unlisted) += 1;
        }
        unsigned nearest = world->candidates->nearest[i];
        bool outside = chain->slot[i] == SLOT_OUTSIDE;
        bool unscaled = nearest == VG_CHAIN_DISTANCE_NONE || outside || chain->slot[i] >= SLOT_SIBLING || (world->slow[i] != 0 && chain_direct(chain->slot[i]));
        product.log += outside && world->data->cases[i].genome != VG_CHAIN_NONE ? chain->rows.log_outside : 0;
        powers += unscaled ? 0 : nearest;
        multiply_case(chain, i, &product);
    }
    chain->log_posterior = chain_product_log(&product) + powers * log(chain->p.mutation / (1 - chain->p.mutation));
    for (uint32_t i = 0; world->some_slow && i < world->data->n; i++) {
        if (world->slow[i] != 0 && chain_direct(chain->slot[i])) { /* of two that are sequenced; others are in groups */
            unsigned distance = chain_candidate(world->candidates, i, chain->slot[i])->distance;
            chain->log_posterior += chain_genetic_log(chain, distance, chain->generations[i]);
            count_genetic(cells, chain->generations[i], distance);
        }
    }
    chain->log_posterior += world->some_slow ? chain_groups_log(chain) : 0;
    chain->log_posterior += count_sibling_contacts(chain, cells);
    double attributed = cells->links + chain->n_unlisted;
    chain->listed_share = attributed > 0 ? fmax(cells->links, 1) / fmax(attributed, 1) : 1;
}

/* --------------------------------------------------------------- densities */

static double groups_log_at(struct chain *chain, double mu)
{
    double kept = chain->p.mutation;
    chain->p.mutation = mu;
    chain_groups_forget_all(chain);
    double sum = chain_groups_log(chain);
    chain->p.mutation = kept;
    chain_groups_forget_all(chain);
    return sum;
}

static double mutation_log(void *context, double log_mu)
{
    const struct chain_cells *cells = context;
    const struct vg_chain_data *data = cells->chain->world->data;
    double mu = exp(log_mu), length = (double)data->genomes->length, sum = log_mu - cells->chain->world->model->mutation_prior_rate * mu;
    for (size_t g = 0; g < GENETIC_GENERATIONS; g++) {
        double each = (double)(g + 1) * mu;
        if (cells->links_of[g] > 0 && each >= 1) {
            return -INFINITY;
        }
        if (cells->links_of[g] > 0) {
            sum += cells->differences[g] * log(each) + (cells->links_of[g] * length - cells->differences[g]) * log1p(-each);
        }
    }
    return sum + (cells->chain->world->some_slow ? groups_log_at(cells->chain, mu) : 0);
}

/*
 * outbreaker2's contact term: true and false positives and negatives over all pairs; and of those whom the same case infected, where they are told apart. Those
 * whom the same unseen one infected say nothing of how often siblings report contacts: they are only found where they do.
 */
static double contact_log(const struct chain_cells *cells, double coverage, double noise, double siblings)
{
    const struct vg_chain_data *data = cells->chain->world->data;
    const struct vg_chain_model *model = cells->chain->world->model;
    bool apart = cells->chain->world->contact_starts != NULL;
    double known = apart ? cells->sibling_contacts : 0, unknown = apart ? cells->sibling_pairs - known : 0, unseen = apart ? cells->unseen_contacts : 0;
    double n = (double)data->n, true_positive = cells->contact_direct, false_positive = (double)data->n_contacts - true_positive - known - unseen;
    double false_negative = cells->direct - true_positive, true_negative = n * (n - 1) / 2 - true_positive - false_positive - false_negative - known - unknown;
    true_negative -= apart ? cells->unseen_pairs : 0;
    double of_siblings = !apart ? 0 : known * log(coverage * siblings) + unknown * log1p(-coverage * siblings) + (model->siblings_prior[0] - 1) * log(siblings) + (model->siblings_prior[1] - 1) * log1p(-siblings);
    return of_siblings + true_positive * log(coverage) + false_positive * log(coverage * noise) + false_negative * log1p(-coverage) +
           true_negative * log1p(-coverage * noise) + (model->coverage_prior[0] - 1) * log(coverage) + (model->coverage_prior[1] - 1) * log1p(-coverage) +
           (model->noise_prior[0] - 1) * log(noise) + (model->noise_prior[1] - 1) * log1p(-noise);
}

/* Both on the logit scale, with its Jacobian. */
static double coverage_log(void *context, double logit)
{
    const struct chain_cells *cells = context;
    double coverage = 1 / (1 + exp(-logit));
    return contact_log(cells, coverage, cells->chain->p.contact_noise, cells->chain->p.contact_siblings) + log(coverage) + log1p(-coverage);
}

static double noise_log(void *context, double logit)
{
    const struct chain_cells *cells = context;
    double noise = 1 / (1 + exp(-logit));
    return contact_log(cells, cells->chain->p.contact_coverage, noise, cells->chain->p.contact_siblings) + log(noise) + log1p(-noise);
}

static double siblings_log(void *context, double logit)
{
    const struct chain_cells *cells = context;
    double siblings = 1 / (1 + exp(-logit));
    return contact_log(cells, cells->chain->p.contact_coverage, cells->chain->p.contact_noise, siblings) + log(siblings) + log1p(-siblings);
}

/* Those of the unseen who infected several cases. */
static double unseen_log(const struct chain_cells *cells, double reproduction, double k)
{
    const struct chain *chain = cells->chain;
    const double means[2] = {chain->world->model->shared_ancestors * reproduction, chain->rows.shared * reproduction};
    double sum = 0;
    for (unsigned by = chain->rows.contact_siblings ? 0 : 1; by < 2; by++) {
        for (unsigned n = 0; n <= SIBLINGS_COUNTED; n++) {
            sum += cells->siblings[by][n] > 0 ? cells->siblings[by][n] * log(chain_sibling_weight(means[by], k, n)) : 0;
        }
    }
    return sum;
}

/* Negative binomial numbers of infected, thinned to what shows by the last day. */
static double offspring_log(const struct chain_cells *cells, double reproduction, double k)
{
    const struct chain *chain = cells->chain;
    double sum = chain->rows.siblings ? unseen_log(cells, reproduction, k) : 0, rising[OFFSPRING_MOST + 1], of_one = 0, of_none = 0;
    double log_k = log(k), log_one = log_k + log(reproduction);
    uint32_t reached = 0, age = UINT32_MAX;
    rising[0] = 0;
    for (size_t c = 0; c < cells->n_offspring; c++) {
        uint32_t key = cells->offspring_keys[c], r = key % (OFFSPRING_MOST + 1);
        if (key / (OFFSPRING_MOST + 1) != age) { /* most are of one age: so old that all have shown */
            age = key / (OFFSPRING_MOST + 1);
            double seen = reproduction * chain->listed_share * chain_observed(chain->world->delays, age);
            double both = log(k + seen);
            of_one = log_one - both;
            of_none = k * (both - log_k);
        }
        for (; reached < r; reached++) {
            rising[reached + 1] = rising[reached] + log((k + reached) / k);
        }
        sum += cells->offspring[key] * (rising[r] + r * of_one - of_none);
    }
    return sum;
}

static double reproduction_log(void *context, double log_r)
{
    const struct chain_cells *cells = context;
    const double *prior = cells->chain->world->model->reproduction_prior;
    return offspring_log(cells, exp(log_r), cells->chain->p.dispersion) + prior[0] * log_r - prior[1] * exp(log_r);
}

static double dispersion_log(void *context, double log_k)
{
    const struct chain_cells *cells = context;
    const double *prior = cells->chain->world->model->dispersion_prior;
    double z = (log_k - prior[0]) / prior[1];
    return offspring_log(cells, cells->chain->p.reproduction, exp(log_k)) - 0.5 * z * z;
}

/* Poisson numbers: the gamma law that seen ones alone would give, times what the unseen say. */
static double poisson_log(void *context, double log_r)
{
    const struct chain_cells *cells = context;
    double r = exp(log_r);
    return cells->shape * log_r - cells->rate * r + unseen_log(cells, r, INFINITY);
}

static void draw_reproduction(struct chain *chain, struct vg_random *random)
{
    const struct vg_chain_model *model = chain->world->model;
    struct chain_cells *cells = chain->cells;
    if (chain->world->offspring) {
        if (isnan(model->fixed.reproduction)) {
            chain->p.reproduction = exp(chain_slice(random, log(chain->p.reproduction), 0.5, log(1e-3), log(100), reproduction_log, cells));
        }
        if (isnan(model->fixed.dispersion)) {
            chain->p.dispersion = exp(chain_slice(random, log(chain->p.dispersion), 1, log(0.01), log(100), dispersion_log, cells));
        }
        return;
    }
    double exposed = 0;
    for (size_t c = 0; c < cells->n_offspring; c++) {
        uint32_t key = cells->offspring_keys[c];
        exposed += cells->offspring[key] * chain_observed(chain->world->delays, key / (OFFSPRING_MOST + 1));
    }
    cells->shape = model->reproduction_prior[0] + cells->links + chain->n_unlisted;
    cells->rate = model->reproduction_prior[1] + exposed;
    if (isnan(model->fixed.reproduction) && chain->rows.siblings) {
        chain->p.reproduction = exp(chain_slice(random, log(chain->p.reproduction), 0.5, log(1e-3), log(100), poisson_log, cells));
    } else if (isnan(model->fixed.reproduction)) {
        chain->p.reproduction = vg_random_gamma(random, cells->shape, 1 / cells->rate);
    }
}

void chain_parameters(struct chain *chain)
{
    const struct chain_world *world = chain->world;
    const struct vg_chain_model *model = world->model;
    const struct vg_chain_parameters *fixed = &model->fixed;
    struct chain_cells *cells = chain->cells;
    struct vg_random random = vg_random_stream(world->run->seed, VG_CHAIN_NONE, chain->sweep, 4 * chain->number + 2);
    count_all(chain);
    if (world->data->genomes != NULL && isnan(fixed->mutation)) {
        chain->p.mutation = exp(chain_slice(&random, log(chain->p.mutation), 0.5, log(1e-12), log(0.19), mutation_log, cells));
    }
    if (isnan(fixed->reporting)) {
        chain->p.reporting =
            fmin(vg_random_beta(&random, model->reporting_prior[0] + cells->links, model->reporting_prior[1] + cells->generations - cells->links), 1 - 1e-9);
    }
    if (world->data->n_contacts > 0 && isnan(fixed->contact_coverage)) {
        double at = log(chain->p.contact_coverage / (1 - chain->p.contact_coverage));
        chain->p.contact_coverage = 1 / (1 + exp(-chain_slice(&random, at, 1, -15, 15, coverage_log, cells)));
    }
    if (world->data->n_contacts > 0 && isnan(fixed->contact_noise)) {
        double at = log(chain->p.contact_noise / (1 - chain->p.contact_noise));
        chain->p.contact_noise = 1 / (1 + exp(-chain_slice(&random, at, 1, -25, 15, noise_log, cells)));
    }
    if (world->contact_starts != NULL && isnan(fixed->contact_siblings)) {
        double at = log(chain->p.contact_siblings / (1 - chain->p.contact_siblings));
        chain->p.contact_siblings = 1 / (1 + exp(-chain_slice(&random, at, 1, -25, 15, siblings_log, cells)));
    }
    if (isnan(fixed->place_share) && cells->placed > 0) {
        double share = vg_random_beta(&random, model->place_prior[0] + cells->same_place, model->place_prior[1] + cells->placed - cells->same_place);
        chain->p.place_share = fmin(fmax(share, 1e-9), 1 - 1e-9);
    }
    draw_reproduction(chain, &random);
    if (isnan(fixed->imports_per_day)) {
        chain->p.imports_per_day =
            fmax(vg_random_gamma(&random, model->imports_prior[0] + chain->n_outside, 1 / (model->imports_prior[1] + world->days)), 1e-300);
    }
}
