/*
 * The keys of a scenario file: where each goes, its bounds, and what it means.
 */
#include "intake/scenario/settings.h"

#include <math.h>

static const struct setting top[] = {
    SETTING_TEXT(vg_scenario, "name", name, NULL, "\"example\"", "scenario_id in the output (default: the file's name)"),
    SETTING_TEXT(vg_scenario, "title", title, "\"Schools, masks and vaccination in a town\"", NULL, "one line for people"),
    SETTING_DATE(vg_scenario, "start", start, "2021-01-03", NULL, "first day that is simulated (needed)"),
    SETTING_INTEGER(vg_scenario, "days", days, 1, 4094, "150", "how many days"),
    SETTING_DATE(vg_scenario, "today", today, NULL, "2021-01-03", "origin_date, the first day that is projected; what lies before is history (default: start; with a calibration the day after the last observed)"),
    SETTING_LONG(vg_scenario, "seed", seed, 0, 4e15, NULL, "the same seed gives the same figures; scenarios with one seed share their draws, so that their differences are sharp"),
    SETTING_LONG(vg_scenario, "runs", runs, 1, 100000, "40", "runs of each scenario"),
    SETTINGS_END};

static const struct setting place[] = {
    SETTING_TEXT(vg_scenario_place, "country", country, "\"CO\"", NULL, "ISO code: ages, mean household and contacts come with the program"),
    SETTING_TEXT(vg_scenario_place, "like", like, NULL, "\"CO\"", "the country whose ages and mean household are taken (default: country)"),
    SETTING_TEXT(vg_scenario_place, "code", code, NULL, "\"CO-ANT\"", "of the whole, in what comes out (default: the country)"),
    SETTING_TEXT(vg_scenario_place, "municipalities", municipalities, NULL, "\"municipalities.csv\"", "code, name, parent, population, latitude, longitude (or the word shipped: the program's invented countries); or [[municipality]] for each; or give population"),
    SETTING_NUMBER(vg_scenario_place, "population", population, 10, 4e9, "100000", NULL, "of one place without municipalities"),
    SETTING_TEXT(vg_scenario_place, "ages", ages, NULL, "\"ages.csv\"", "people by age, instead of the country's"),
    SETTING_TEXT(vg_scenario_place, "households", households, NULL, "\"households.csv\"", "household sizes, instead of the country's"),
    SETTING_TEXTS(vg_scenario_place, "contacts", contacts, NULL, "[\"contacts.csv\"]", "contact matrices: a file with settings, or four of home, school, work, other (default: made from published facts)"),
    SETTING_NUMBERS(vg_scenario_place, "age_bands", age_bands, 0, 100, NULL, NULL, "first year of each age group, at most 20 groups"),
    SETTING_NUMBER(vg_scenario_place, "household_size", household_size, 1, 12, NULL, "3.4", "mean persons (default: the country's)"),
    SETTING_NUMBER(vg_scenario_place, "school_size", school_size, 2, 5000, NULL, NULL, "persons of a class, who meet each other"),
    SETTING_NUMBER(vg_scenario_place, "work_size", work_size, 2, 5000, NULL, NULL, "persons of a group at work"),
    SETTING_TEXT(vg_scenario_place, "commuting", commuting, NULL, NULL, "\"gravity\", \"none\", or a file of origin, destination, persons"),
    SETTING_NUMBER(vg_scenario_place, "commuting_share", commuting_share, 0, 1, NULL, NULL, "gravity: of those who work, who do so in another municipality"),
    SETTING_NUMBER(vg_scenario_place, "travel_share", travel_share, 0, 1, NULL, NULL, "of contacts outside home, school and work, had by travel to other municipalities"),
    SETTINGS_END};

static const struct setting municipality[] = {
    SETTING_TEXT(vg_scenario_municipality, "code", code, NULL, "\"0301\"", "by which measures and results name it (needed)"),
    SETTING_TEXT(vg_scenario_municipality, "name", name, NULL, "\"Río Claro\"", "for people"),
    SETTING_TEXT(vg_scenario_municipality, "parent", parent, NULL, "\"03\"", "code of the unit above"),
    SETTING_NUMBER(vg_scenario_municipality, "population", population, 1, 4e9, NULL, "24000", "(needed)"),
    SETTING_NUMBER(vg_scenario_municipality, "latitude", latitude, -90, 90, NULL, "4.6", "degrees, for gravity"),
    SETTING_NUMBER(vg_scenario_municipality, "longitude", longitude, -360, 360, NULL, "-74.1", "degrees"),
    SETTINGS_END};

static const struct setting groups[] = {
    SETTING_TEXT(vg_scenario_group, "name", name, NULL, "\"health workers\"", "by which campaigns, rules and results call it (needed); without colon and comma, and no ages"),
    SETTING_TEXTS(vg_scenario_group, "ages", ages, NULL, "[\"20-39\", \"40-64\"]", "who may be in it (default: everybody); an age group belongs where its first year is"),
    SETTING_NUMBERS(vg_scenario_group, "share_percent", share_percent, 0, 100, NULL, "[4, 5]", "share of the people of these ages who are, one for all or one for each (needed, or shares)"),
    SETTING_TEXT(vg_scenario_group, "shares", shares, NULL, "\"health_workers.csv\"", "by place instead: code (of municipalities or units above them), share_percent; other places have the share above"),
    SETTING_NUMBER(vg_scenario_group, "contacts", contacts, 0, 100, NULL, NULL, "contacts outside the household, times those of people of the same age in no group; R0 and contacts by age stay as they are"),
    SETTING_NUMBER(vg_scenario_group, "severity", severity, 0, 1000, NULL, NULL, "odds that the ill are admitted, or die outside hospital, times those of people of the same age in no group; the mean of an age stays as it is"),
    SETTINGS_END};

static const struct setting disease[] = {
    SETTING_TEXT(vg_scenario_disease, "name", name, "\"covid19\"", NULL, "a disease that the program knows, or one of the tables below"),
    SETTING_TEXT(vg_scenario_disease, "course", course, NULL, "\"natural_history.csv\"", "its course, in the form of the program's own table (docs/mixing.md)"),
    SETTING_TEXT(vg_scenario_disease, "cross_immunity", cross_immunity, NULL, "\"cross_immunity.csv\"", "what infection with one variant protects from others, with course"),
    SETTING_TEXT(vg_scenario_disease, "products", products, NULL, "\"vaccine_products.csv\"", "vaccines, with ..."),
    SETTING_TEXT(vg_scenario_disease, "vaccines", vaccines, NULL, "\"vaccines.csv\"", "... what they protect from"),
    SETTING_TEXTS(vg_scenario_disease, "variants", variants, NULL, "[\"covid19\", \"delta\"]", "of the disease's file (default: its first)"),
    SETTING_NUMBER(vg_scenario_disease, "r0", r0, 0, 50, "2.5", NULL, "of the first variant, without immunity, measures and season (default: the disease's)"),
    SETTING_NUMBER(vg_scenario_disease, "growth_per_day", growth_per_day, -1, 2, NULL, "0.1", "instead of r0: growth without immunity, measures and season, by Euler and Lotka"),
    SETTING_NUMBER(vg_scenario_disease, "dispersion", dispersion, 0, 1000, NULL, "0.4", "k of the gamma distributed infectiousness, 0: all alike (default: the disease's)"),
    SETTING_NUMBER(vg_scenario_disease, "season_amplitude", season_amplitude, 0, 1, NULL, "0.1", "transmission times 1 + amplitude at the peak (default: the disease's)"),
    SETTING_NUMBER(vg_scenario_disease, "season_peak_day", season_peak_day, 0, 366, NULL, "190", "day of the year, 0 is 1 January"),
    SETTINGS_END};

static const struct setting begin[] = {
    SETTING_NUMBER(vg_scenario_start, "infections_per_day", infections_per_day, 0, 1e8, "10", NULL, "from elsewhere, on each of the first days, over the places by population"),
    SETTING_INTEGER(vg_scenario_start, "days", days, 1, 400, NULL, "how many days that goes on"),
    SETTING_TEXTS(vg_scenario_start, "places", places, NULL, "[\"0301\"]", "only there: codes of municipalities or of units above them (default: everywhere)"),
    SETTING_TEXT(vg_scenario_start, "variant", variant, NULL, "\"delta\"", "which (default: the first)"),
    SETTING_NUMBER(vg_scenario_start, "immune_share", immune_share, 0, 1, NULL, NULL, "of all who were infected before the first day, with the protection that this leaves"),
    SETTING_NUMBERS(vg_scenario_start, "immune_by_age", immune_by_age, 0, 1, NULL, "[0.1, 0.2]", "instead: one share for each age group"),
    SETTING_INTEGER(vg_scenario_start, "immune_days", immune_days, 1, 2000, NULL, "evenly over so many days before the first"),
    SETTINGS_END};

static const struct setting imports[] = {
    SETTING_TEXT(vg_scenario_import, "name", name, NULL, "\"delta arrives\"", "by which scenarios and people call it (default: none, and every scenario has it)"),
    SETTING_DATE(vg_scenario_import, "from", from, "2021-02-01", NULL, "first day (default: the start)"),
    SETTING_DATE(vg_scenario_import, "to", to, "2021-02-14", NULL, "last day (default: the end)"),
    SETTING_NUMBER(vg_scenario_import, "per_day", per_day, 0, 1e8, "2", NULL, "infections from elsewhere a day"),
    SETTING_TEXTS(vg_scenario_import, "places", places, NULL, "[\"0301\"]", "where (default: everywhere, by population)"),
    SETTING_TEXT(vg_scenario_import, "variant", variant, NULL, "\"delta\"", "which (default: the first)"),
    SETTINGS_END};

static const struct setting measure[] = {
    SETTING_TEXT(vg_scenario_measure, "name", name, "\"schools closed\"", NULL, "by which scenarios and people call it (needed)"),
    SETTING_WORD(vg_scenario_measure, "kind", kind, vg_scenario_measure_names, "\"school-closing\"",
         "contacts (then name layers), masks, school-closing, work-closing, gatherings, stay-at-home, travel-limits, cordon, isolation, tracing"),
    SETTING_TEXTS(vg_scenario_measure, "layers", layers, NULL, "[\"school\"]", "household, school, work, community, travel (default: those of the kind)"),
    SETTING_TEXTS(vg_scenario_measure, "places", places, NULL, "[\"0301\"]", "codes of municipalities or of units above them (default: everywhere)"),
    SETTING_TEXTS(vg_scenario_measure, "ages", ages, NULL, "[\"65+\"]", "only contacts of which one or both are of these ages; isolation, tracing: the ill of these ages (default: everybody); an age group belongs where its first year is"),
    SETTING_DATE(vg_scenario_measure, "from", from, "2021-02-15", NULL, "first day (default: the start)"),
    SETTING_DATE(vg_scenario_measure, "to", to, "2021-03-07", NULL, "last day (default: the end)"),
    SETTING_NUMBER(vg_scenario_measure, "strength", strength, 0, 1, "0.9", NULL, "share of the contacts, or of their risk, that it takes away from those who comply"),
    SETTING_NUMBER(vg_scenario_measure, "compliance", compliance, 0, 1, NULL, NULL, "share who do"),
    SETTING_INTEGER(vg_scenario_measure, "fade_in_days", fade_in_days, 0, 400, NULL, "days until it has its strength"),
    SETTING_INTEGER(vg_scenario_measure, "fade_out_days", fade_out_days, 0, 400, NULL, "days over which it fades, up to its last"),
    SETTING_NUMBER(vg_scenario_measure, "fatigue_per_day", fatigue_per_day, 0, 1, NULL, NULL, "strength is divided by 1 + this times the days in force"),
    SETTING_WORD(vg_scenario_measure, "trigger", trigger, vg_scenario_trigger_names, NULL,
         "none; or on what is known up to the day before: cases or admissions in 7 days per 100,000, icu: share of beds in use"),
    SETTING_WORD(vg_scenario_measure, "trigger_of", trigger_of, vg_scenario_region_names, NULL, "cases, admissions: whose numbers it looks at, each switching by itself: municipality, parent (the unit above), country (all together)"),
    SETTING_NUMBER(vg_scenario_measure, "trigger_on", trigger_on, 0, 1e6, NULL, "100", "in force from this value on ..."),
    SETTING_NUMBER(vg_scenario_measure, "trigger_off", trigger_off, 0, 1e6, NULL, "50", "... until below this one (default: half of it)"),
    SETTING_INTEGER(vg_scenario_measure, "minimum_days", minimum_days, 1, 4094, NULL, "and so long at least"),
    SETTING_INTEGER(vg_scenario_measure, "delay_days", delay_days, 0, 60, NULL, "isolation, tracing: days from symptoms to isolation or result"),
    SETTING_INTEGER(vg_scenario_measure, "duration_days", duration_days, 1, 60, NULL, "isolation, tracing: how long the ill stay away"),
    SETTING_NUMBER(vg_scenario_measure, "sensitivity", sensitivity, 0, 1, NULL, NULL, "tracing: of the test; who takes one is the compliance"),
    SETTING_NUMBER(vg_scenario_measure, "household_share", household_share, 0, 1, NULL, NULL, "tracing: of the household members who go into quarantine"),
    SETTING_NUMBER(vg_scenario_measure, "traced_share", traced_share, 0, 1, NULL, NULL, "tracing: of the contacts at school, at work and by travel who are found; in the community half of it"),
    SETTING_NUMBER(vg_scenario_measure, "capacity_per_100k", capacity_per_100k, 0, 1e6, NULL, NULL, "tracing: cases a day that the tracers can take on, 0: all"),
    SETTING_NUMBER(vg_scenario_measure, "app_uptake", app_uptake, 0, 1, NULL, NULL, "tracing: share of people with the exposure-notification app"),
    SETTING_INTEGER(vg_scenario_measure, "contact_days", contact_days, 0, 21, NULL, "tracing: contacts of so many last days"),
    SETTING_INTEGER(vg_scenario_measure, "quarantine_days", quarantine_days, 1, 60, NULL, "tracing: how long contacts stay away"),
    SETTINGS_END};

static const struct setting campaign[] = {
    SETTING_TEXT(vg_scenario_campaign, "name", name, "\"elderly first\"", NULL, "by which scenarios and people call it (needed)"),
    SETTING_TEXT(vg_scenario_campaign, "product", product, NULL, "\"coronavac\"", "in the disease's file (default: its first)"),
    SETTING_INTEGER(vg_scenario_campaign, "dose", dose, 1, 3, NULL, "which dose; the second goes to those who have the first"),
    SETTING_INTEGER(vg_scenario_campaign, "interval_days", interval_days, 0, 1000, NULL, "days at least since the dose before"),
    SETTING_DATE(vg_scenario_campaign, "from", from, "2021-02-01", NULL, "first day (default: the start)"),
    SETTING_DATE(vg_scenario_campaign, "to", to, NULL, "2021-06-30", "last day (default: the end)"),
    SETTING_NUMBER(vg_scenario_campaign, "per_day_percent", per_day_percent, 0, 100, NULL, NULL, "doses a day, percent of the population"),
    SETTING_NUMBER(vg_scenario_campaign, "stock_percent", stock_percent, 0, 1000, NULL, "30", "doses in all, percent of the population (default: without limit)"),
    SETTING_TEXT(vg_scenario_campaign, "group", group, NULL, "\"health workers\"", "only people of this [[group]] (default: everybody)"),
    SETTING_TEXTS(vg_scenario_campaign, "ages", ages, "[\"60+\", \"40-59\", \"20-39\"]", NULL, "in the order of priority (default: everybody at once); an age group belongs where its first year is; also the name of a [[group]], or name: ages"),
    SETTING_NUMBER(vg_scenario_campaign, "uptake", uptake, 0, 1, NULL, NULL, "share who accept"),
    SETTING_TEXTS(vg_scenario_campaign, "places", places, NULL, "[\"0301\"]", "where (default: everywhere)"),
    SETTINGS_END};

static const struct setting lots[] = {
    SETTING_TEXT(vg_scenario_lot, "name", name, NULL, "\"second lot\"", "by which scenarios call it (default: none, and every scenario has it)"),
    SETTING_TEXT(vg_scenario_lot, "product", product, NULL, "\"coronavac\"", "in the disease's file (default: its first); its campaigns then give doses of lots only"),
    SETTING_DATE(vg_scenario_lot, "arrives", arrives, "2021-02-01", NULL, "first day on which it can be given (default: the start)"),
    SETTING_DATE(vg_scenario_lot, "expires", expires, "2021-05-31", NULL, "last day; what is left then is lost (default: never)"),
    SETTING_NUMBER(vg_scenario_lot, "percent", percent, 0, 1000, "20", NULL, "doses, percent of the population"),
    SETTING_TEXTS(vg_scenario_lot, "places", places, NULL, "[\"0301\"]", "where (default: everywhere, by population)"),
    SETTINGS_END};

static const struct setting hospital[] = {
    SETTING_NUMBER(vg_scenario_hospital, "ward_beds_per_100k", ward_beds_per_100k, 0, 1e5, "120", NULL, "for these patients (default: without limit)"),
    SETTING_NUMBER(vg_scenario_hospital, "icu_beds_per_100k", icu_beds_per_100k, 0, 1e5, "8", NULL, "for these patients (default: without limit)"),
    SETTING_WORD(vg_scenario_hospital, "beds_of", region, vg_scenario_region_names, NULL, "who share beds: country, parent, municipality"),
    SETTING_NUMBER(vg_scenario_hospital, "death_without_ward", death_without_ward, 1, 100, NULL, NULL, "the risk of death is multiplied with this where a ward bed is needed and there is none"),
    SETTING_NUMBER(vg_scenario_hospital, "death_without_icu", death_without_icu, 1, 100, NULL, NULL, "and this for intensive care"),
    SETTINGS_END};

static const struct setting observation[] = {
    SETTING_NUMBER(vg_scenario_observation, "reported", reported, 0, 1, NULL, NULL, "share of the ill who become reported cases"),
    SETTING_NUMBER(vg_scenario_observation, "delay_mean_days", delay_mean_days, 0, 60, NULL, NULL, "from symptoms to report"),
    SETTING_NUMBER(vg_scenario_observation, "delay_sd_days", delay_sd_days, 0, 60, NULL, NULL, "its standard deviation"),
    SETTINGS_END};

static const struct setting output[] = {
    SETTING_WORD(vg_scenario_output, "step", step, vg_scenario_step_names, NULL, "day or week; weeks are Sunday to Saturday, and only whole ones are written"),
    SETTING_TEXTS(vg_scenario_output, "targets", targets, NULL, NULL, "inc and cum of inf, reinf, onset, case, hosp, icu, death, dose, quarantine, without ward, without icu, dose lost; occ ward, occ icu"),
    SETTING_TEXTS(vg_scenario_output, "places", places, NULL, NULL, "country, parent, municipality: one or several"),
    SETTING_TEXTS(vg_scenario_output, "ages", ages, "[\"0-64\", \"65+\"]", NULL, "age groups beside the whole, made of the age bands"),
    SETTING_FLAG(vg_scenario_output, "place_ages", place_ages, "whether each place is split by age, or the country alone"),
    SETTING_NUMBERS(vg_scenario_output, "quantiles", quantiles, 0, 1, NULL, NULL, "levels"),
    SETTING_INTEGER(vg_scenario_output, "samples", samples, 0, 100000, NULL, "trajectories of so many runs beside the quantiles"),
    SETTINGS_END};

static const struct setting calibration[] = {
    SETTING_TEXT(vg_scenario_calibration, "observed", observed, NULL, "\"observed.csv\"", "date and any of cases, admissions, icu, deaths; until the last day there the course is fitted"),
    SETTING_TEXT(vg_scenario_calibration, "node", node, NULL, "\"node\"", "instead: the folder of a node"),
    SETTING_TEXT(vg_scenario_calibration, "dataset", dataset, NULL, "\"cases\"", "of the node (default: its first)"),
    SETTING_TEXT(vg_scenario_calibration, "node_place", node_place, NULL, "\"CO\"", "code of the place in the node (default: all of the dataset)"),
    SETTING_DATE(vg_scenario_calibration, "counts_from", counts_from, NULL, "2020-09-06", "or the counts themselves: the day of the first number of these lists, a number a day, -1 where nothing was reported"),
    SETTING_NUMBERS(vg_scenario_calibration, "cases", cases, -1, 1e9, NULL, "[12, 15, -1, 22]", "reported cases"),
    SETTING_NUMBERS(vg_scenario_calibration, "admissions", admissions, -1, 1e9, NULL, "[1, 0, 2, 1]", "to wards or intensive care"),
    SETTING_NUMBERS(vg_scenario_calibration, "icu", icu, -1, 1e9, NULL, "[0, 0, 1, 0]", "admissions to intensive care"),
    SETTING_NUMBERS(vg_scenario_calibration, "deaths", deaths, -1, 1e9, NULL, "[0, 1, 0, 0]", "by day of death"),
    SETTING_DATE(vg_scenario_calibration, "from", from, NULL, "2020-10-01", "first day that is fitted (default: the first observed)"),
    SETTING_INTEGER(vg_scenario_calibration, "block_days", block_days, 7, 56, NULL, "transmission is constant over blocks of so many days, and stays as in the last one after today"),
    SETTING_NUMBER(vg_scenario_calibration, "change_sd", change_sd, 0.01, 2, NULL, NULL, "how much the log of transmission may change from block to block, beforehand"),
    SETTING_FLAG(vg_scenario_calibration, "estimate_reporting", estimate_reporting, "whether the reported share is found from the data; it needs admissions or deaths beside cases"),
    SETTING_FLAG(vg_scenario_calibration, "estimate_severity", estimate_severity, "whether the risks of admission and death are found from the data; then the reported share is taken as given"),
    SETTING_INTEGER(vg_scenario_calibration, "engine_rounds", engine_rounds, 0, 20, NULL, "most rounds in which the simulator itself is run to correct the quick model; fewer where the two are within 5 %"),
    SETTING_INTEGER(vg_scenario_calibration, "run_rounds", run_rounds, 0, 20, NULL, "and for each run by itself, so that it passes where the observed course did; 0: runs keep the luck of their beginning"),
    SETTINGS_END};

static const struct setting variation[] = {
    SETTING_TEXT(vg_scenario_variation, "name", name, "\"all measures\"", NULL, "scenario_id in the output (needed)"),
    SETTING_TEXT(vg_scenario_variation, "title", title, NULL, "\"Schools stay open\"", "one line for people"),
    SETTING_TEXTS(vg_scenario_variation, "without", without, NULL, "[\"schools closed\"]", "names of measures, campaigns, lots and imports that it leaves out"),
    SETTING_TEXTS(vg_scenario_variation, "only", only, NULL, "[\"masks\"]", "or those that it has"),
    SETTING_NUMBER(vg_scenario_variation, "ward_beds_per_100k", ward_beds_per_100k, 0, 1e5, NULL, "150", "its own beds (default: those of [hospital])"),
    SETTING_NUMBER(vg_scenario_variation, "icu_beds_per_100k", icu_beds_per_100k, 0, 1e5, NULL, "12", "and of intensive care"),
    SETTINGS_END};

static void municipality_defaults(void *item)
{
    vg_scenario_municipality_defaults(item);
}

static void group_defaults(void *item)
{
    vg_scenario_group_defaults(item);
}

static void import_defaults(void *item)
{
    vg_scenario_import_defaults(item);
}

static void measure_defaults(void *item)
{
    vg_scenario_measure_defaults(item);
}

static void campaign_defaults(void *item)
{
    vg_scenario_campaign_defaults(item);
}

static void lot_defaults(void *item)
{
    vg_scenario_lot_defaults(item);
}

static void variation_defaults(void *item)
{
    vg_scenario_variation_defaults(item);
}

static void outage_defaults(void *item)
{
    vg_exercise_outage_defaults(item);
}

static void inject_defaults(void *item)
{
    vg_exercise_inject_defaults(item);
}

#define BOTH (USE_SIMULATE | USE_EXERCISE)
#define ONE(name_, uses_, field, settings_, help_) {name_, uses_, false, SETTING_AT(vg_scenario, field), 0, 0, NULL, settings_, help_, NULL, 0}
#define MANY(name_, uses_, field, count, type, defaults_, settings_, help_, also_) \
    {name_, uses_, true, SETTING_AT(vg_scenario, field), SETTING_AT(vg_scenario, count), sizeof(struct type), defaults_, settings_, help_, also_, 0}
const struct section scenario_sections[] = {
    {"", BOTH, false, 0, 0, 0, NULL, top, "What is commented out has the default that is shown.", NULL, 0},
    ONE("place", BOTH, place, place, "Where. Everybody there is simulated, nobody stands for others."),
    MANY("municipality", BOTH, municipalities, n_municipalities, vg_scenario_municipality, municipality_defaults, municipality,
         "The place's parts, as many as there are; instead of population and of the table.", NULL),
    {"group", BOTH, true, SETTING_AT(vg_scenario, groups), SETTING_AT(vg_scenario, n_groups), sizeof(struct vg_scenario_group), group_defaults, groups,
     "People told apart by something else than age: who works where, who has an illness; as many as needed, at most 8. Nobody is in two.", NULL, SETTING_AT(vg_scenario_group, line)},
    ONE("disease", BOTH, disease, disease, "What spreads."),
    ONE("start", BOTH, begin, begin, "How it begins."),
    MANY("import", BOTH, imports, n_imports, vg_scenario_import, import_defaults, imports, "Infections from elsewhere; as many of these as needed.", NULL),
    MANY("measure", BOTH, measures, n_measures, vg_scenario_measure, measure_defaults, measure, "Measures; as many as needed.",
         "[[measure]]\nname = \"masks\"\nkind = \"masks\"\nstrength = 0.3\ncompliance = 0.8\ntrigger = \"cases\"\ntrigger_on = 100\n\n"
         "[[measure]]\nname = \"isolation\"\nkind = \"isolation\"\ncompliance = 0.5\n"),
    MANY("campaign", BOTH, campaigns, n_campaigns, vg_scenario_campaign, campaign_defaults, campaign, "Vaccination; as many as needed.", NULL),
    MANY("lot", BOTH, lots, n_lots, vg_scenario_lot, lot_defaults, lots, "Vaccine lots with a last day; as many as needed. None: campaigns have what they can give.", NULL),
    ONE("hospital", BOTH, hospital, hospital, "Beds."),
    ONE("observation", BOTH, observation, observation, "What becomes known at once: reported cases, on which triggers act."),
    ONE("output", USE_SIMULATE, output, output, "What is written."),
    ONE("calibration", USE_SIMULATE, calibration, calibration, "To start from what was observed; with neither file, counts nor node nothing is fitted."),
    ONE("release", USE_EXERCISE, exercise, settings_of_release, "Exercises only, from here to the last: when what is in the record is published."),
    ONE("finding", USE_EXERCISE, exercise, settings_of_finding, "Who is tested and found."),
    ONE("delays", USE_EXERCISE, exercise, settings_of_delays, "When a case is known."),
    ONE("errors", USE_EXERCISE, exercise, settings_of_errors, "What is wrong with what is known."),
    MANY("outage", USE_EXERCISE, exercise.outages, exercise.n_outages, vg_exercise_outage, outage_defaults, settings_of_outage,
         "Reports that are held back and come all at once, or not at all; as many as needed.", NULL),
    ONE("interviews", USE_EXERCISE, exercise, settings_of_interviews, "Contact tracing, as it is reported."),
    ONE("app", USE_EXERCISE, exercise, settings_of_app, "The exposure notification app."),
    ONE("census", USE_EXERCISE, exercise, settings_of_census, "Hospitals' counts of patients and beds."),
    ONE("deaths", USE_EXERCISE, exercise, settings_of_deaths, "The civil register."),
    ONE("sequencing", USE_EXERCISE, exercise, settings_of_sequencing, "Genomes, and what the sequencer makes of them."),
    ONE("surveys", USE_EXERCISE, exercise, settings_of_surveys, "Other eyes: sewage and antibodies."),
    ONE("injects", USE_EXERCISE, exercise, settings_of_injects, "The master list of events."),
    MANY("inject", USE_EXERCISE, exercise.injects, exercise.n_injects, vg_exercise_inject, inject_defaults, settings_of_inject, "Further events, written by exercise control.", NULL),
    MANY("scenario", BOTH, variations, n_variations, vg_scenario_variation, variation_defaults, variation,
         "Scenarios to hold against each other, the first is the reference (in an exercise: what happens). None: one scenario with all measures.",
         "[[scenario]]\nname = \"schools open\"\nwithout = [\"schools closed\"]\n\n[[scenario]]\nname = \"no measures\"\nwithout = [\"schools closed\", \"masks\", \"isolation\", \"elderly first\"]\n"),
    {NULL, 0, false, 0, 0, 0, NULL, NULL, NULL, NULL, 0}};
