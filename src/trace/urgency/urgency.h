/*
 * trace/urgency: whom to visit first. What tracing can still prevent falls every day, so lists are ranked by it:
 *
 *     forward   P(infected) x onward cases that are still ahead                     of each contact
 *     backward  P(infected there) x others infected there x onward cases ahead      of each event or person that may have infected a case of unknown source
 *
 * An infected contact infects R others on days that follow the generation time; tracing on day t can prevent those after it. The infector of a case that was found is no usual
 * one: chosen in proportion to whom it infected, it is expected to have infected R (1 + 1/k) others beside it, k being the dispersion of a negative binomial (Endo et al.,
 * Wellcome Open Research 2020), which is why looking back pays where k is small.
 *
 * Pure; days are days since 1970, spans include both ends.
 */
#ifndef VG_TRACE_URGENCY_H
#define VG_TRACE_URGENCY_H

#include "trace/trace.h"

struct vg_urgency_model {
    double reproduction, dispersion;
    double generation_mean, generation_sd, incubation_mean, incubation_sd; /* days; gamma */
    double asymptomatic;        /* share of infected that never have symptoms */
    double other_symptoms;      /* share of those not infected that have such symptoms during follow-up */
    double quarantine_prevents; /* share of onward cases that a quarantine in force prevents already */
};
void vg_urgency_defaults(struct vg_urgency_model *model); /* R 2, k 0.3, generation 5 (2), incubation 5 (2.5), 0.3, 0.05, 0.7 */

/* One contact. attack: risk of infection by such a contact at the source's most infectious time; certainty that it took place, 0 to 1. */
struct vg_urgency_contact {
    double attack, certainty;
    int32_t first, last;        /* either may be VG_DATE_NONE: as the other; neither: nothing is known of when */
    int32_t source_onset;       /* VG_DATE_NONE: not known, then any day is as good */
    int32_t seen_well;          /* last day on which there were no symptoms; VG_DATE_NONE */
    bool symptoms, quarantined;
};
/* P(infected), given what was seen until today. */
double vg_urgency_infected(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact);
/* Share of the onward cases of somebody infected on one of the days first..last that come after today. */
double vg_urgency_ahead(const struct vg_urgency_model *model, int32_t first, int32_t last, int32_t today);
/* Expected cases that can still be prevented. infected: P(infected) beside it; NULL allowed. */
double vg_urgency_forward(const struct vg_urgency_model *model, const struct vg_urgency_contact *contact, int32_t today, double *infected);

/* Where a case of that onset may have been infected: exposures, of which one, or none of them (with weight `elsewhere`, relative to a sure exposure at the likeliest time). */
struct vg_urgency_exposure { double attack; int32_t first, last; };
/* probabilities: [n]; what is missing to 1 is the chance of elsewhere. An onset that is not known leaves the attack alone. */
void vg_urgency_sources(const struct vg_urgency_model *model, int32_t onset, const struct vg_urgency_exposure *exposures, size_t n, double elsewhere, double *probabilities);
/* An exposure's weight in that: attack, times how its days fit the incubation period. */
double vg_urgency_weight(const struct vg_urgency_model *model, int32_t onset, const struct vg_urgency_exposure *exposure);
/*
 * The same of many cases at once, whose sources are shared: what infected others is likelier to have infected this one, too. By the negative binomial a source of m found cases is expected to
 * have 1 + m/k times the cases of one of which nothing is known; m is the expected number of other cases from it, found by going through all cases until it settles (mean field).
 * links: [n], a case's together; sources numbered below n_sources; expected: [n_sources], filled with the cases expected from each; probabilities: [n].
 */
struct vg_urgency_link { size_t of_case, source; double weight; };
void vg_urgency_share(const struct vg_urgency_model *model, const struct vg_urgency_link *links, size_t n, size_t n_sources, double elsewhere, double *expected, double *probabilities);
/* Others that the infector of a found case is expected to have infected, of whom `known` are found. */
double vg_urgency_others(const struct vg_urgency_model *model, double known);
/* probability that the infection took place there and then; cases_known of it. */
double vg_urgency_backward(const struct vg_urgency_model *model, double probability, double cases_known, int32_t first, int32_t last, int32_t today);

#endif
