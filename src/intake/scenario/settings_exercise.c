/*
 * The keys that only exercises have. Docs/exercise.md gives the reasons of the defaults.
 */
#include "intake/scenario/settings.h"

#define SHARE(key, field, help) SETTING_NUMBER(vg_exercise_settings, key, field, 0, 1, NULL, NULL, help)
#define RANGE(key, field, low, high, help) SETTING_NUMBER(vg_exercise_settings, key, field, low, high, NULL, NULL, help)

const struct setting settings_of_release[] = {
    SETTING_INTEGER(vg_exercise_settings, "lag_days", lag_days, 0, 30, NULL, "from the record to publication"),
    SETTING_FLAG(vg_exercise_settings, "days_off_too", days_off_too, "whether there are publications on Sundays and holidays"),
    SETTING_TEXTS(vg_exercise_settings, "holidays", holidays, NULL, NULL, "month and day of each year's: offices, laboratories and hospitals' clerks are closed, as on Sundays"),
    SETTING_FLAG(vg_exercise_settings, "contacts", contacts, "whether whom anybody meets can be asked for: needed by interviews and the app, and slower"),
    SETTINGS_END};

const struct setting settings_of_finding[] = {
    SHARE("found_first", found_first, "of those with symptoms, at first"),
    SHARE("found_last", found_last, "and in the end: laboratories are added"),
    SETTING_DATE(vg_exercise_settings, "found_changes", found_changes, NULL, "2021-03-15", "when half of the way is gone (logistic, 12 days; default: before the first day)"),
    SHARE("place_sd", found_place_sd, "spread of that share's logarithm between municipalities"),
    RANGE("young", found_young, 0, 2, "factor under 15 years: milder, seldom tested"),
    RANGE("old", found_old, 0, 2, "factor from 65 years on"),
    SHARE("hospital", found_in_hospital, "of the admitted, not found before, tested in hospital"),
    SHARE("asymptomatic", found_asymptomatic, "factor of those without symptoms (contacts, screening)"),
    SHARE("sensitivity", sensitivity, "positive where the swab holds enough (cycle threshold below 38)"),
    RANGE("specificity", specificity, 0.5, 1, "negative where there is no infection"),
    RANGE("background_per_100k", background_per_100k, 0, 5000, "tests a working day of people ill with something else"),
    SETTINGS_END};

const struct setting settings_of_delays[] = {
    RANGE("seek_days", seek_days, 0, 20, "from onset to swab, mean (gamma, sd 0.8 of it)"),
    RANGE("laboratory_days", laboratory_days, 0, 20, "from swab to result, mean"),
    RANGE("report_days_first", report_days_first, 0, 30, "from result to the record, mean, at first"),
    RANGE("report_days_last", report_days_last, 0, 30, "and in the end"),
    RANGE("report_days_sd", report_days_sd, 0, 30, "its spread"),
    SHARE("late", late, "share that takes weeks"),
    RANGE("late_days", late_days, 0, 60, "how many days more, mean (sd half of it)"),
    RANGE("typing_per_100k", typing_per_100k, 1, 100000, "rows that a unit's clerks type a day; the rest waits"),
    SETTINGS_END};

const struct setting settings_of_errors[] = {
    SHARE("onset_missing", onset_missing, "of cases with symptoms whose onset is blank at first; units differ by a few per cent"),
    SHARE("onset_filled", onset_filled, "of these, asked for later, mean 12 days"),
    SHARE("municipality_wrong", municipality_wrong, "written down in another municipality of the unit"),
    SHARE("municipality_corrected", municipality_corrected, "of these, put right, mean 15 days"),
    RANGE("duplicate", duplicate, 0, 0.5, "entered twice under two numbers"),
    SHARE("duplicate_found", duplicate_found, "of duplicates, withdrawn, mean 14 days"),
    SHARE("false_positive_found", false_positive_found, "of false positives, withdrawn, mean 18 days"),
    SHARE("age_missing", age_missing, "without age"),
    SHARE("sex_missing", sex_missing, "without sex"),
    SHARE("doses_missing", doses_missing, "of cases, whose doses are not written down"),
    SHARE("weekly_places", weekly_places, "of municipalities, whose daily counts come once a week"),
    RANGE("clean_up_days", clean_up_days, 0, 400, "days between clean-ups of the daily counts (negative numbers); 0: none"),
    SHARE("tampered", tampered, "of municipalities, whose daily counts are halved for three weeks; the line list shows it"),
    SETTINGS_END};

const struct setting settings_of_outage[] = {
    SETTING_TEXT(vg_exercise_outage, "name", name, NULL, "\"server down\"", "what control calls it"),
    SETTING_TEXTS(vg_exercise_outage, "places", places, NULL, "[\"XV-03\"]", "codes of municipalities or of units above them (default: everywhere)"),
    SETTING_DATE(vg_exercise_outage, "from", from, NULL, "2021-03-28", "first day of reports that are held back (default: the start)"),
    SETTING_DATE(vg_exercise_outage, "to", to, NULL, "2021-04-08", "last day; they come on the day after (default: the end, so they never come)"),
    SETTING_NUMBER(vg_exercise_outage, "share", share, 0, 1, NULL, NULL, "of the reports"),
    SETTINGS_END};

const struct setting settings_of_interviews[] = {
    RANGE("per_100k", interviews_per_100k, 0, 10000, "cases a day that a municipality's tracers can interview"),
    SHARE("refused", refused, "of cases, who do not answer"),
    SHARE("household", named_household, "of contacts of the household, named"),
    SHARE("school", named_school, "of school"),
    SHARE("work", named_work, "of work"),
    SHARE("community", named_community, "of the community and of journeys: most are strangers"),
    SETTINGS_END};

const struct setting settings_of_app[] = {
    SHARE("uptake", app_uptake, "of people over 9 years, who carry it"),
    SHARE("consent", app_consent, "of users found positive, who publish their keys"),
    SETTINGS_END};

const struct setting settings_of_census[] = {
    SHARE("late", census_late, "of hospitals, that count one to three days late"),
    SHARE("missing", census_missing, "of counts, that never come; three times as many on Sundays"),
    SETTINGS_END};

const struct setting settings_of_deaths[] = {
    SHARE("found", death_found, "of deaths of the infected, put down to the disease"),
    RANGE("days", death_days, 0, 60, "from death to registration, mean"),
    RANGE("days_sd", death_days_sd, 0, 60, "its spread"),
    RANGE("others_per_1000", other_deaths_per_1000, 0, 50, "deaths of all other causes a year"),
    SETTINGS_END};

const struct setting settings_of_sequencing[] = {
    SETTING_INTEGER(vg_exercise_settings, "genome_length", genome_length, 1000, 200000, NULL, "letters of the invented reference"),
    RANGE("changes_per_site_year", changes_per_site_year, 0, 0.1, "clock rate"),
    SETTING_INTEGER(vg_exercise_settings, "lines", lines, 1, 16, NULL, "of virus in one host: each changes by itself, and one of them is passed on or sequenced"),
    SHARE("sequenced", sequenced, "of positive swabs with a cycle threshold below 30"),
    RANGE("days", sequencing_days, 0, 60, "from swab to sequence, mean"),
    RANGE("days_sd", sequencing_days_sd, 0, 60, "its spread"),
    RANGE("wrong_letters", wrong_letters, 0, 100, "a sequence, mean"),
    RANGE("unread_runs", unread_runs, 0, 100, "runs of N a sequence, mean; 250 letters each"),
    RANGE("labels_mixed", labels_mixed, 0, 0.5, "of sequences, that carry another sample's label"),
    SETTINGS_END};

const struct setting settings_of_surveys[] = {
    RANGE("wastewater_sd", wastewater_sd, 0, 3, "spread of the logarithm of a measured load"),
    SETTING_INTEGER(vg_exercise_settings, "antibody_persons", antibody_persons, 0, 100000, NULL, "blood samples a unit and round, every 60 days"),
    SHARE("antibody_sensitivity", antibody_sensitivity, "positive where there was an infection 14 days before or earlier"),
    SHARE("antibody_specificity", antibody_specificity, "negative where there was none"),
    SETTINGS_END};

const struct setting settings_of_injects[] = {
    SETTING_FLAG(vg_exercise_settings, "from_events", from_events, "whether the list is also made from what happens: first case, beds full, a feed late, a lineage, measures"),
    SETTINGS_END};

const struct setting settings_of_inject[] = {
    SETTING_DATE(vg_exercise_inject, "date", date, NULL, "2021-03-01", "of the exercise (needed)"),
    SETTING_TEXT(vg_exercise_inject, "time", time, NULL, "\"09:30\"", "of the day (default: drawn)"),
    SETTING_TEXT(vg_exercise_inject, "sender", sender, NULL, "\"A newspaper\"", "who writes or calls"),
    SETTING_TEXT(vg_exercise_inject, "recipient", recipient, NULL, "\"Press office\"", "to whom"),
    SETTING_TEXT(vg_exercise_inject, "channel", channel, NULL, "\"telephone\"", "telephone, e-mail, press release, message"),
    SETTING_TEXT(vg_exercise_inject, "content", content, NULL, "\"Is it true that schools will close?\"", "what (needed); the word EXERCISE is put before it"),
    SETTING_TEXT(vg_exercise_inject, "content_es", content_es, NULL, "\"¿Es verdad que cerrarán las escuelas?\"", "the same in Spanish"),
    SETTING_TEXT(vg_exercise_inject, "expected_action", expected_action, NULL, "\"One voice: refer to the minister's statement\"", "what players should do"),
    SETTING_TEXT(vg_exercise_inject, "objective", objective, NULL, "\"Risk communication\"", "what it tests"),
    SETTINGS_END};
