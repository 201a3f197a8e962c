/*
 * The defaults of what only an exercise has. Their reasons stand in docs/exercise.md.
 */
#include "model/exercise/exercise.h"

void vg_exercise_defaults(struct vg_exercise_settings *settings)
{
    static const char *const holidays[] = {"01-01", "05-01", "12-25"};
    *settings = (struct vg_exercise_settings){
        .lag_days = 1, .holidays = {(const char **)(uintptr_t)holidays, sizeof holidays / sizeof *holidays}, .contacts = true,
        .found_first = 0.30, .found_last = 0.50, .found_changes = VG_DATE_NONE, .found_place_sd = 0.15, .found_young = 0.6, .found_old = 1.25, .found_in_hospital = 0.92, .found_asymptomatic = 0.1,
        .sensitivity = 0.95, .specificity = 0.998, .background_per_100k = 40,
        .seek_days = 2.8, .laboratory_days = 1.4, .report_days_first = 3.6, .report_days_last = 1.8, .report_days_sd = 2, .late = 0.03, .late_days = 20, .typing_per_100k = 140,
        .onset_missing = 0.42, .onset_filled = 0.25, .municipality_wrong = 0.02, .municipality_corrected = 0.5, .duplicate = 0.012, .duplicate_found = 0.5,
        .false_positive_found = 0.3, .age_missing = 0.01, .sex_missing = 0.005, .doses_missing = 0.15, .weekly_places = 0.15, .clean_up_days = 30, .tampered = 0,
        .interviews_per_100k = 8, .refused = 0.2, .named_household = 0.95, .named_school = 0.5, .named_work = 0.5, .named_community = 0.15, .app_uptake = 0.25, .app_consent = 0.6,
        .census_late = 0.2, .census_missing = 0.04, .death_found = 0.9, .death_days = 9, .death_days_sd = 8, .other_deaths_per_1000 = 6.5,
        .genome_length = 29903, .lines = 1, .changes_per_site_year = 0.0009, .sequenced = 0.08, .sequencing_days = 14, .sequencing_days_sd = 7, .wrong_letters = 0.15,
        .unread_runs = 2.5, .labels_mixed = 0.005,
        .wastewater_sd = 0.35, .antibody_sensitivity = 0.9, .antibody_specificity = 0.985, .antibody_persons = 600, .from_events = true,
    };
}

void vg_exercise_outage_defaults(struct vg_exercise_outage *outage)
{
    *outage = (struct vg_exercise_outage){.from = VG_DATE_NONE, .to = VG_DATE_NONE, .share = 1};
}

void vg_exercise_inject_defaults(struct vg_exercise_inject *inject)
{
    *inject = (struct vg_exercise_inject){.date = VG_DATE_NONE};
}

static bool two_digits(const char *at, int *number)
{
    *number = (at[0] - '0') * 10 + at[1] - '0';
    return at[0] >= '0' && at[0] <= '9' && at[1] >= '0' && at[1] <= '9';
}

bool vg_exercise_holiday_parse(struct vg_text text, int *month, int *day)
{
    return text.size == 5 && text.data[2] == '-' && two_digits(text.data, month) && two_digits(text.data + 3, day) && vg_date_from_civil(2020, *month, *day) != VG_DATE_NONE;
}
