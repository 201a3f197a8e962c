/*
 * Parameters of outbreaks with diversity within hosts, by random walks (Metropolis) on the scale of logarithms; imports from their gamma law.
 */
#include "trace/chains/within.h"

#include <math.h>

static bool taken(struct within_chain *chain, double log_ratio)
{
    return log(vg_random_uniform(&chain->random)) < log_ratio;
}

static void draw_clock(struct within_chain *chain)
{
    const struct within_world *world = chain->world;
    if (world->fixed_tree || world->data->genomes == NULL || !isnan(world->model->fixed.mutation)) {
        return;
    }
    for (unsigned twice = 0; twice < 2; twice++) {
        double before = chain->tree.sequences, clock = chain->p.clock;
        within_copy(&chain->before, &chain->tree);
        chain->p.clock *= exp(0.3 * vg_random_normal(&chain->random));
        within_sequences_all(chain);
        if (chain->p.clock > 1e-2 || chain->p.clock < 1e-12 || !taken(chain, chain->tree.sequences - before)) {
            chain->p.clock = clock;
            within_copy(&chain->tree, &chain->before);
        }
    }
}

static double lognormal(double x, double mean, double sd)
{
    double z = (log(x) - mean) / sd;
    return -0.5 * z * z;
}

/* Priors and Jacobians of the walks: R, k, growth, sizes on the scale of logarithms, pi on that of logits. */
static double prior(const struct within_chain *chain)
{
    const struct vg_chain_model *model = chain->world->model;
    const struct within_parameters *p = &chain->p;
    double sum = model->reproduction_prior[0] * log(p->reproduction) - model->reproduction_prior[1] * p->reproduction;
    sum += chain->world->offspring ? lognormal(p->dispersion, model->dispersion_prior[0], model->dispersion_prior[1]) : 0;
    sum += model->reporting_prior[0] * log(p->reporting) + model->reporting_prior[1] * log1p(-p->reporting);
    sum += lognormal(p->growth, log(model->within_growth), model->within_sd) + lognormal(p->size, log(model->within_generations * chain->world->generation_mean), 1);
    sum += lognormal(p->outside, log(30 * chain->world->generation_mean), 0.5);
    return sum - p->imports_per_day * within_import_exposure(chain) + within_prior(chain);
}

static void walk(struct within_chain *chain, double *parameter, double sd, bool logit, bool unseen)
{
    double before = prior(chain), value = *parameter, step = sd * vg_random_normal(&chain->random);
    within_copy(&chain->before, &chain->tree);
    *parameter = logit ? 1 / (1 + (1 - value) / value * exp(-step)) : value * exp(step);
    if (unseen) {
        within_refresh(chain);
    }
    within_score_all(chain);
    if ((logit && !(*parameter < 1 - 1e-9 && *parameter > 1e-9)) || !taken(chain, prior(chain) - before)) {
        *parameter = value;
        within_copy(&chain->tree, &chain->before);
        if (unseen) {
            within_refresh(chain);
        }
    }
}

static double contacts_log(const struct within_chain *chain, double direct, double reported)
{
    const struct vg_chain_data *data = chain->world->data;
    const struct vg_chain_model *model = chain->world->model;
    double n = (double)data->n, e = chain->p.coverage, l = chain->p.noise, false_positive = (double)data->n_contacts - reported;
    double negative = n * (n - 1) / 2 - direct - false_positive;
    return reported * log(e) + (direct - reported) * log1p(-e) + false_positive * log(e * l) + negative * log1p(-e * l) +
           model->coverage_prior[0] * log(e) + model->coverage_prior[1] * log1p(-e) + model->noise_prior[0] * log(l) + model->noise_prior[1] * log1p(-l);
}

static void draw_contacts(struct within_chain *chain)
{
    const struct vg_chain_parameters *fixed = &chain->world->model->fixed;
    double direct = 0, reported = 0;
    if (chain->world->data->n_contacts == 0) {
        return;
    }
    within_contact_counts(chain, &direct, &reported);
    for (unsigned step = 0; step < 6; step++) {
        double *parameter = step % 2 == 0 ? &chain->p.coverage : &chain->p.noise, value = *parameter, before = contacts_log(chain, direct, reported);
        double given = step % 2 == 0 ? fixed->contact_coverage : fixed->contact_noise;
        if (isnan(given)) {
            *parameter = 1 / (1 + (1 - value) / value * exp(-0.5 * vg_random_normal(&chain->random)));
            bool inside = *parameter > 1e-9 && *parameter < 1 - 1e-9;
            *parameter = inside && taken(chain, contacts_log(chain, direct, reported) - before) ? *parameter : value;
        }
    }
}

void within_draw_parameters(struct within_chain *chain)
{
    const struct vg_chain_model *model = chain->world->model;
    const struct vg_chain_parameters *fixed = &model->fixed;
    uint32_t imports = 0;
    draw_clock(chain);
    if (isnan(fixed->reproduction)) {
        walk(chain, &chain->p.reproduction, 0.3, false, true);
    }
    if (chain->world->offspring && isnan(fixed->dispersion)) {
        walk(chain, &chain->p.dispersion, 0.8, false, true);
    }
    if (isnan(fixed->reporting)) {
        walk(chain, &chain->p.reporting, 0.7, true, true);
    }
    if (isnan(model->fixed_growth)) {
        walk(chain, &chain->p.growth, 0.5, false, false);
    }
    if (isnan(model->fixed_size)) {
        walk(chain, &chain->p.size, 0.7, false, false);
    }
    walk(chain, &chain->p.outside, 1, false, false);
    for (uint32_t k = 0; k < chain->tree.n_live; k++) {
        imports += chain->tree.events[chain->tree.live[k]].above == WITHIN_OUTSIDE ? 1 : 0;
    }
    if (isnan(fixed->imports_per_day)) {
        double rate = model->imports_prior[1] + within_import_exposure(chain);
        chain->p.imports_per_day = fmax(vg_random_gamma(&chain->random, model->imports_prior[0] + imports, 1 / rate), 1e-300);
        within_score(chain, WITHIN_OUTSIDE);
    }
    draw_contacts(chain);
}
