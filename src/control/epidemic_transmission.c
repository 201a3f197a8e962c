/*
 * Transmission from R0: the mean next generation by age and group (matrix rows, plus a household's other members), its dominant
 * eigenvalue by power iteration.
 */
#include "control/epidemic_number.h"
#include "control/population.h"

#include <string.h>

static double largest_of(const double *values, size_t n)
{
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        double value = values == NULL ? 1 : values[i];
        largest = value > largest ? value : largest;
    }
    return largest;
}

/* Mean number of household members of age b whom one of age a meets with unit rate, by persons: [a * n + b]. */
static void household_means(const struct vg_population *p, const struct vg_disease *disease, double *people, double *means)
{
    size_t n = p->n_ages;
    for (size_t e = 0; e < p->n_entries; e++) {
        const struct entry *entry = &p->entries[e];
        double persons = 0;
        for (uint32_t m = 0; m < p->n_municipalities; m++) {
            persons += counted_of(p, m)[e + 1] - counted_of(p, m)[e];
        }
        people[entry->age] += persons;
        double rate = entry->size > 1 ? exact_power(entry->size - 1, -disease->household_scaling) : 0;
        for (unsigned i = 0; i < entry->size; i++) {
            if (i != entry->member) {
                unsigned other = p->entries[p->entry_of[(size_t)entry->type * VG_HOUSEHOLD_MAX + i]].age;
                means[entry->age * n + other] += persons * rate;
            }
        }
    }
    for (size_t a = 0; a < n; a++) {
        for (size_t b = 0; b < n; b++) {
            means[a * n + b] = people[a] > 0 ? means[a * n + b] / people[a] : 0;
        }
    }
}

/* k: at home and outside together; outside [n * n], if not NULL, that part alone. */
static void next_generation(const struct vg_population *p, const struct vg_contacts *contacts, const struct vg_disease *disease,
                            double *k, double *outside)
{
    size_t n = p->n_ages;
    double people[VG_AGES_MAX] = {0};
    double sets[VG_AGES_MAX * VG_AGES_MAX] = {0};
    household_means(p, disease, people, k);
    for (uint32_t m = 0; m < p->n_municipalities; m++) {
        size_t set = contacts->set == NULL ? 0 : contacts->set[m];
        for (uint32_t a = 0; a < n; a++) {
            double share = people[a] > 0 ? vg_population_count(p, m, a) / people[a] : 0;
            for (unsigned layer = VG_LAYER_SCHOOL; layer < VG_LAYERS; layer++) {
                bool used = layer != VG_LAYER_TRAVEL || p->flows[layer].on;
                for (size_t b = 0; b < n && used; b++) {
                    sets[a * n + b] +=
                        share * disease->layer_weight[layer] * contacts->daily[((set * VG_LAYERS + layer) * n + a) * n + b];
                }
            }
        }
    }
    double largest = largest_of(disease->susceptibility, n);
    for (size_t a = 0; a < n; a++) {
        double symptomatic = disease->symptomatic == NULL ? 0 : disease->symptomatic[a];
        double infectious = (disease->infectiousness_by_age == NULL ? 1 : disease->infectiousness_by_age[a]) *
                            (symptomatic + (1 - symptomatic) * disease->asymptomatic_infectiousness);
        for (size_t b = 0; b < n; b++) {
            double susceptible = disease->susceptibility == NULL ? 1 : disease->susceptibility[b];
            if (outside != NULL) {
                outside[a * n + b] = sets[a * n + b] * infectious * (largest > 0 ? susceptible / largest : 0);
            }
            k[a * n + b] = (k[a * n + b] * disease->layer_weight[VG_LAYER_HOUSEHOLD] + sets[a * n + b]) * infectious *
                           (largest > 0 ? susceptible / largest : 0);
        }
    }
}

/* x [n] is left as the vector of left, the generation that stays in proportion. n at most 2 VG_AGES_MAX. */
static double dominant_eigenvalue(const double *k, size_t n, double *x)
{
    double value = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = 1;
    }
    for (int iteration = 0; iteration < 20000; iteration++) {
        double y[2 * VG_AGES_MAX] = {0};
        double sum = 0;
        double before = 0;
        for (size_t a = 0; a < n; a++) {
            for (size_t b = 0; b < n; b++) {
                y[b] += x[a] * k[a * n + b];
            }
            before += x[a];
        }
        for (size_t b = 0; b < n; b++) {
            y[b] += 0.1 * x[b]; /* shifted, so that two ages that only meet each other do not make it swing */
            sum += y[b];
        }
        double now = sum / before - 0.1;
        for (size_t b = 0; b < n && sum > 0; b++) {
            x[b] = y[b] / sum;
        }
        if (iteration > 10 && fabs(now - value) < 1e-14 * now) {
            return now;
        }
        value = now;
    }
    return value;
}

/*
 * With groups, infections at age b from a generation of u[a] infected of each age, whose contacts outside the household sum to v[a] times the usual, are s[b] (home u + outside v), divided over groups
 * by share at home and by share times contacts outside. So u and v follow from u and v, whatever the number of groups: v' = home u + m outside v, m the mean square of the age's contacts.
 */
static double with_groups(const struct vg_population *p, const double *outside, double *k)
{
    size_t n = p->n_ages;
    double both[4 * VG_AGES_MAX * VG_AGES_MAX] = {0}, x[2 * VG_AGES_MAX];
    for (size_t b = 0; b < n; b++) {
        double square = 0;
        for (size_t class = 0; class <= p->n_groups; class++) {
            double contacts = p->group_contacts[class * n + b];
            square += p->group_share[class * n + b] * contacts * contacts;
        }
        for (size_t a = 0; a < n; a++) {
            double home = k[a * n + b] - outside[a * n + b];
            both[a * 2 * n + b] = both[a * 2 * n + n + b] = home > 0 ? home : 0;
            both[(n + a) * 2 * n + b] = outside[a * n + b];
            both[(n + a) * 2 * n + n + b] = outside[a * n + b] * square;
        }
    }
    double value = dominant_eigenvalue(both, 2 * n, x);
    for (size_t i = 0; i < n * n; i++) {
        double contacts = x[i / n] > 0 ? x[n + i / n] / x[i / n] : 1;
        k[i] += outside[i] * (contacts - 1);
    }
    return value;
}

vg_status vg_control_transmission(const struct vg_population *population, const struct vg_contacts *contacts,
                                  const struct vg_disease *disease, double r0, double *transmission, double *ngm,
                                  struct vg_error *error)
{
    size_t n = population->n_ages;
    double k[VG_AGES_MAX * VG_AGES_MAX] = {0}, outside[VG_AGES_MAX * VG_AGES_MAX] = {0}, x[VG_AGES_MAX];
    if (disease->n_ages != n || !(r0 >= 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "the disease has %zu age groups, the population %zu; R0 is %g", disease->n_ages,
                       n, r0);
    }
    next_generation(population, contacts, disease, k, population->n_groups > 0 ? outside : NULL);
    double value = population->n_groups > 0 ? with_groups(population, outside, k) : dominant_eigenvalue(k, n, x);
    if (!(value > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "nobody meets anybody: contacts, layers' weights or infectiousness are zero");
    }
    *transmission = r0 / value;
    for (size_t i = 0; i < n * n && ngm != NULL; i++) {
        ngm[i] = k[i] * *transmission;
    }
    return VG_OK;
}
