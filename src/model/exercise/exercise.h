/*
 * exercise: what an exercise has beside its scenario: how what happens becomes known to a ministry, with delays, blanks, errors and corrections, and what
 * exercise control hands out. Sections of the scenario file that only exercises read; control/exercise draws from them.
 *
 * Numbers are shares unless their names say otherwise. Every default is in vg_exercise_defaults and nowhere else; docs/exercise.md gives their reasons.
 */
#ifndef VG_MODEL_EXERCISE_H
#define VG_MODEL_EXERCISE_H

#include "model/model.h"

struct vg_text_list { const char **items; size_t count; };
struct vg_number_list { double *items; size_t count; };

/* A server that is down, a place that falls silent: reports that would have come on these days come on the day after the last one, or not at all where that is the exercise's end. */
struct vg_exercise_outage {
    const char *name;
    struct vg_text_list places;          /* codes of municipalities or of units above them; none: everywhere */
    int32_t from, to;                    /* both included; VG_DATE_NONE: the first day, the last day */
    double share;                        /* of the reports */
};
/* One line of the master list of events, written by exercise control itself. */
struct vg_exercise_inject {
    int32_t date;
    const char *time, *sender, *recipient, *channel, *content, *content_es, *expected_action, *objective; /* NULL: empty */
};

struct vg_exercise_settings {
    /* [release]: when what is in the record becomes public */
    int32_t lag_days;
    bool days_off_too;                   /* on Sundays and holidays, too */
    struct vg_text_list holidays;        /* "MM-DD" of every year */
    bool contacts;                       /* whom everybody meets can be asked for: contact tracing and the app need it; else only contacts that infect exist */
    /* [finding]: who is tested */
    double found_first, found_last;      /* of the symptomatic, at first and in the end */
    int32_t found_changes;               /* day on which half of the way is gone (logistic, 12 days); VG_DATE_NONE: found_last from the first day on */
    double found_place_sd;               /* spread of the logarithm of that share between municipalities */
    double found_young, found_old;       /* factors under 15 years and from 65 on */
    double found_in_hospital;            /* of the admitted not found before */
    double found_asymptomatic;           /* factor of those without symptoms */
    double sensitivity, specificity;     /* of the test */
    double background_per_100k;          /* tests a working day of people ill with something else */
    /* [delays]: when it is known */
    double seek_days, laboratory_days, report_days_first, report_days_last, report_days_sd, late, late_days, typing_per_100k;
    /* [errors]: what is wrong */
    double onset_missing, onset_filled, municipality_wrong, municipality_corrected, duplicate, duplicate_found, false_positive_found, age_missing, sex_missing, doses_missing,
        weekly_places, clean_up_days, tampered;
    /* [interviews]: contact tracing as it is reported */
    double interviews_per_100k, refused, named_household, named_school, named_work, named_community;
    /* [app]: exposure notification */
    double app_uptake, app_consent;
    /* [census], [deaths] */
    double census_late, census_missing, death_found, death_days, death_days_sd, other_deaths_per_1000;
    /* [sequencing] */
    int32_t genome_length, lines;        /* lines: of virus in one host */
    double changes_per_site_year, sequenced, sequencing_days, sequencing_days_sd, wrong_letters, unread_runs, labels_mixed;
    /* [surveys]: other eyes */
    double wastewater_sd, antibody_sensitivity, antibody_specificity;
    int32_t antibody_persons;
    /* [injects] */
    bool from_events;                    /* injects are also made from what happens */
    size_t n_outages, n_injects;
    struct vg_exercise_outage *outages;
    struct vg_exercise_inject *injects;
};
void vg_exercise_defaults(struct vg_exercise_settings *settings);
void vg_exercise_outage_defaults(struct vg_exercise_outage *outage);
void vg_exercise_inject_defaults(struct vg_exercise_inject *inject);
/* "MM-DD" of a leap year; false for anything else. */
bool vg_exercise_holiday_parse(struct vg_text text, int *month, int *day);

#endif
