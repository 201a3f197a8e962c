/*
 * Chances and expectations of tracing by gamma distributions of incubation and generation time; days of a span are equally likely where nothing else is known.
 */
#include "trace/urgency/urgency.h"

#include <math.h>

void vg_urgency_defaults(struct vg_urgency_model *model)
{
    *model = (struct vg_urgency_model){.reproduction = 2, .dispersion = 0.3, .generation_mean = 5, .generation_sd = 2, .incubation_mean = 5, .incubation_sd = 2.5,
                                       .asymptomatic = 0.3, .other_symptoms = 0.05, .quarantine_prevents = 0.7};
}

/* Gamma with that mean and standard deviation: P(X <= x). */
static double cdf(double mean, double sd, double x)
{
    return x <= 0 ? 0 : vg_gamma_cdf(x, mean * mean / (sd * sd), sd * sd / mean);
}

/* P(day d): X in (d - 1/2, d + 1/2], day 0 taking what lies before too. */
static double on_day(double mean, double sd, int32_t d)
{
    return d < 0 ? 0 : cdf(mean, sd, d + 0.5) - (d == 0 ? 0 : cdf(mean, sd, d - 0.5));
}

/* The days of a span, whichever end is known. */
static bool span_of(int32_t first, int32_t last, int32_t *from, int32_t *to)
{
    *from = first == VG_DATE_NONE ? last : first;
    *to = last == VG_DATE_NONE ? first : last;
    return *from != VG_DATE_NONE;
}

/* The generation time's day that is likeliest, and how likely. */
static double peak(double mean, double sd)
{
    double best = 0;
    for (int32_t d = 0; d <= (int32_t)(mean + 3 * sd) + 1; d++) {
        best = fmax(best, on_day(mean, sd, d));
    }
    return best;
}

/* How infectious the source was in the best of the contact's days, relative to its most infectious one. Its infection lies an incubation before its onset. */
static double timing(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact)
{
    int32_t from, to;
    double best = 0;
    if (contact->source_onset == VG_DATE_NONE || !span_of(contact->first, contact->last, &from, &to)) {
        return 1;
    }
    int32_t infected = contact->source_onset - (int32_t)lround(model->incubation_mean);
    for (int32_t day = from < infected ? infected : from; day <= to && day - infected < 100; day++) {
        best = fmax(best, on_day(model->generation_mean, model->generation_sd, day - infected));
    }
    return best / peak(model->generation_mean, model->generation_sd);
}

/* P(symptoms by the day | infected), over the days of the contact. */
static double symptoms_by(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact, int32_t day)
{
    int32_t from, to;
    double sum = 0;
    if (!span_of(contact->first, contact->last, &from, &to)) {
        return (1 - model->asymptomatic) / 2;
    }
    for (int32_t exposed = from; exposed <= to; exposed++) {
        sum += cdf(model->incubation_mean, model->incubation_sd, (double)day - exposed + 0.5);
    }
    return (1 - model->asymptomatic) * sum / (double)(to - from + 1);
}

double vg_urgency_infected(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact)
{
    double prior = fmin(1, fmax(0, contact->attack * contact->certainty * timing(model, contact)));
    double if_infected = 1, if_not = 1;
    if (contact->symptoms) {
        if_infected = 1 - model->asymptomatic;
        if_not = model->other_symptoms;
    } else if (contact->seen_well != VG_DATE_NONE) {
        if_infected = 1 - symptoms_by(model, contact, contact->seen_well);
        if_not = 1 - model->other_symptoms;
    }
    double odds = prior * if_infected, against = (1 - prior) * if_not;
    return odds + against > 0 ? odds / (odds + against) : prior;
}

double vg_urgency_ahead(const struct vg_urgency_model *model, int32_t first, int32_t last, int32_t today)
{
    int32_t from, to;
    double sum = 0;
    if (!span_of(first, last, &from, &to)) {
        return 0.5;
    }
    to = to > from + 365 ? from + 365 : to;
    for (int32_t day = from; day <= to; day++) {
        sum += 1 - cdf(model->generation_mean, model->generation_sd, (double)today - day + 0.5);
    }
    return sum / (double)(to - from + 1);
}

double vg_urgency_forward(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact, int32_t today, double *infected)
{
    double probability = vg_urgency_infected(model, contact);
    if (infected != NULL) {
        *infected = probability;
    }
    return probability * model->reproduction * vg_urgency_ahead(model, contact->first, contact->last, today) * (contact->quarantined ? 1 - model->quarantine_prevents : 1);
}

double vg_urgency_weight(const struct vg_urgency_model *model, int32_t onset, const struct vg_urgency_exposure *exposure)
{
    int32_t from, to;
    double fits = 1;
    if (onset != VG_DATE_NONE && span_of(exposure->first, exposure->last, &from, &to)) {
        fits = 0;
        for (int32_t day = to > onset ? onset : to; day >= from && onset - day < 100; day--) {
            fits = fmax(fits, on_day(model->incubation_mean, model->incubation_sd, onset - day));
        }
        fits /= peak(model->incubation_mean, model->incubation_sd);
    }
    return exposure->attack * fits;
}

void vg_urgency_share(const struct vg_urgency_model *model, const struct vg_urgency_link *links, size_t n, size_t n_sources, double elsewhere, double *expected, double *probabilities)
{
    enum { ROUNDS = 40 };
    for (size_t s = 0; s < n_sources; s++) {
        expected[s] = 0;
    }
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = 0;
    }
    for (int round = 0; round < ROUNDS; round++) { /* each case in turn by what the others say of its sources by now */
        for (size_t first = 0, end; first < n; first = end) {
            double sum = elsewhere;
            for (end = first; end < n && links[end].of_case == links[first].of_case; end++) {
                sum += links[end].weight * (1 + fmax(0, expected[links[end].source] - probabilities[end]) / model->dispersion);
            }
            for (size_t i = first; i < end; i++) {
                double others = fmax(0, expected[links[i].source] - probabilities[i]);
                double probability = sum > 0 ? links[i].weight * (1 + others / model->dispersion) / sum : 0;
                expected[links[i].source] = others + probability;
                probabilities[i] = probability;
            }
        }
    }
}

void vg_urgency_sources(const struct vg_urgency_model *model, int32_t onset, const struct vg_urgency_exposure *exposures, size_t n, double elsewhere, double *probabilities)
{
    double sum = elsewhere;
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = vg_urgency_weight(model, onset, &exposures[i]);
        sum += probabilities[i];
    }
    for (size_t i = 0; i < n; i++) {
        probabilities[i] = sum > 0 ? probabilities[i] / sum : 0;
    }
}

double vg_urgency_others(const struct vg_urgency_model *model, double known)
{
    return fmax(0, model->reproduction * (1 + 1 / model->dispersion) - known);
}

double vg_urgency_backward(const struct vg_urgency_model *model, double probability, double cases_known, int32_t first, int32_t last, int32_t today)
{
    double others = vg_urgency_others(model, fmax(0, cases_known - 1));
    return probability * others * model->reproduction * vg_urgency_ahead(model, first, last, today);
}
