/*
 * Six towns and whatever a run can have at once: measures of every kind, triggers, beds, variants, waning, doses. For the tests of measures and of the same bytes.
 */
#ifndef VG_EVERYTHING_WORLD_H
#define VG_EVERYTHING_WORLD_H

#include "engine_world.h"

static struct world w;
static struct towns t;
static struct vg_intervention measures[5];

static struct vg_intervention *prepare_with(size_t n, uint32_t persons, double r0, bool grouped)
{
    make_towns_with(&w, &t, 6, persons, r0, grouped ? group_contacts : NULL);
    memset(measures, 0, sizeof measures);
    for (size_t i = 0; i < 5; i++) {
        measures[i] = (struct vg_intervention){.kind = VG_INTERVENTION_CONTACTS,
                                               .first_day = 0,
                                               .last_day = 1000,
                                               .strength = 1,
                                               .compliance = 1,
                                               .sensitivity = 1,
                                               .contact_days = 5};
    }
    w.input.measures = measures;
    w.input.n_measures = n;
    w.import.count = 60;
    w.disease.symptomatic = w.symptomatic;
    for (size_t a = 0; a < AGES; a++) {
        w.symptomatic[a] = 0.7;
    }
    return measures;
}

__attribute__((unused)) static struct vg_intervention *prepare(size_t n, uint32_t persons, double r0)
{
    return prepare_with(n, persons, r0, false);
}

static uint32_t beds[2] = {60, 10};
static uint32_t regions[6] = {0, 0, 0, 0, 0, 0};
static uint32_t doses_a_day[6];
static const uint8_t priorities[AGES] = {0, 0, 3, 3, 2, 2, 1, 1};
static const uint8_t group_priorities[3 * AGES] = {0, 0, 5, 5, 4, 4, 3, 3, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 2, 2, 2};
static const double group_severity[2] = {1, 3};
static const double uptakes[AGES] = {0, 0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.9};
static struct vg_campaign campaigns[2];
static struct vg_import imports[2];

/* Everything at once: variants, waning, doses, beds, triggers, tracing; and groups, who have their doses first. */
__attribute__((unused)) static void prepare_all_with(enum vg_contact_mode mode, bool grouped)
{
    (void)prepare_with(4, 300000, 2.5, grouped);
    w.input.mode = mode;
    measures[0].kind = VG_INTERVENTION_TRACING;
    measures[0].compliance = 0.5;
    measures[0].household_share = 0.8;
    measures[0].traced_share[VG_LAYER_WORK] = measures[0].traced_share[VG_LAYER_SCHOOL] = 0.3;
    measures[0].tracers_per_100k = 40;
    measures[0].app_uptake = 0.2;
    measures[0].duration_days = measures[0].quarantine_days = 10;
    measures[0].delay_days = 2;
    measures[1].layers = 1U << VG_LAYER_SCHOOL;
    measures[1].trigger = VG_TRIGGER_ICU;
    measures[1].trigger_on = 0.8;
    measures[1].trigger_off = 0.4;
    measures[2].layers = 1U << VG_LAYER_COMMUNITY;
    measures[2].strength = 0.4;
    measures[2].trigger = VG_TRIGGER_CASES;
    measures[2].trigger_on = 100;
    measures[2].trigger_off = 30;
    measures[3].kind = VG_INTERVENTION_ISOLATION;
    measures[3].compliance = 0.4;
    measures[3].duration_days = 10;
    w.input.observation = (struct vg_observation){.reported = 0.3, .onset_to_report = {4, 2}};
    struct vg_disease *d = &w.disease;
    for (size_t a = 0; a < AGES; a++) {
        w.ward[a] = 0.02 * (double)(a + 1);
        w.icu[a] = 0.3;
        w.death[a] = 0.3;
    }
    d->ward = w.ward;
    d->icu = w.icu;
    d->death_icu = d->death_ward = w.death;
    d->onset_to_admission = d->admission_to_icu = (struct vg_delay){4, 2};
    d->ward_stay = d->icu_stay = d->ward_to_death = d->icu_to_death = (struct vg_delay){10, 4};
    d->group_severity = group_severity;
    d->dispersion = 0.5;
    d->natural_infection = (struct vg_protection){0.9, 0.2, 60, 0};
    d->n_variants = 2;
    d->variants[0] = (struct vg_variant){.transmissibility = 1, .severity = 1, .immunity_from = {1, 0.6}, .vaccine_kept = 1};
    d->variants[1] =
        (struct vg_variant){.transmissibility = 1.4, .severity = 0.7, .immunity_from = {0.6, 1}, .vaccine_kept = 0.6};
    d->n_products = 1;
    d->products[0].infection[0] = d->products[0].infection[1] = (struct vg_protection){0.7, 0.1, 90, 7};
    w.input.hospital = (struct vg_hospital){.n_regions = 1,
                                            .region = regions,
                                            .ward_beds = beds,
                                            .icu_beds = beds + 1,
                                            .death_without_ward = 1.5,
                                            .death_without_icu = 1.8};
    for (size_t i = 0; i < 6; i++) {
        doses_a_day[i] = 300;
    }
    for (size_t i = 0; i < 2; i++) {
        campaigns[i] = (struct vg_campaign){.first_day = 20,
                                            .last_day = 150,
                                            .dose = (uint8_t)(i + 1),
                                            .interval_days = 21,
                                            .priority = grouped ? group_priorities : priorities,
                                            .uptake = uptakes,
                                            .doses_per_day = doses_a_day};
        imports[i] = (struct vg_import){i == 0 ? 0 : 60, i == 0 ? 5 : 62, (uint32_t)i, 20, (uint8_t)i};
    }
    w.input.campaigns = campaigns;
    w.input.n_campaigns = 2;
    w.input.imports = imports;
    w.input.n_imports = 2;
    w.keeps_log = true;
}

__attribute__((unused)) static void prepare_all(enum vg_contact_mode mode)
{
    prepare_all_with(mode, false);
}

#endif
