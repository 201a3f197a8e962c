/*
 * The master list of events: what exercise control hands to the players, and when, made from what happens in the simulation. Columns as in the
 * WHO Simulation Exercise Manual (WHO/WHE/CPI/2017.10): number, time, sender, recipient, channel, content, expected action, objective. Each
 * tells only what its sender would know that day.
 */
#include "control/exercise/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define INJECTS_MAX 256

enum inject_kind { INJECT_START, INJECT_FIRST_CASE, INJECT_FIRST_DEATH, INJECT_ICU_FULL, INJECT_WARDS_FULL, INJECT_FEED_LATE, INJECT_FEED_BACK, INJECT_QUEUE, INJECT_LINEAGE, INJECT_MEASURE,
                   INJECT_MEASURE_ENDS };

/* %s: the place, or the layers of a measure. */
static const struct {
    const char *sender, *recipient, *channel, *content, *content_es, *expected_action, *objective;
} texts[] = {
    [INJECT_START] = {"Exercise control", "All players", "message", "EXERCISE. The exercise begins in the invented country %s. Nothing that you see from now on has happened.",
                      "EJERCICIO. Comienza el ejercicio en el país inventado %s. Nada de lo que verá desde ahora ha ocurrido.", "Open the log; confirm that every role is filled",
                      "Activation"},
    [INJECT_FIRST_CASE] = {"Health office of %s", "National surveillance", "telephone", "EXERCISE. %s has its first laboratory-confirmed case in the record.",
                           "EJERCICIO. %s registra su primer caso confirmado por laboratorio.", "Verify, start contact tracing, inform the IHR focal point if criteria are met",
                           "Detection and notification"},
    [INJECT_FIRST_DEATH] = {"Civil register", "Ministry of health", "e-mail", "EXERCISE. The first death put down to the disease was registered in %s.",
                            "EJERCICIO. Se registró en %s la primera muerte atribuida a la enfermedad.", "Prepare a public statement; review case management", "Risk communication"},
    [INJECT_ICU_FULL] = {"Hospital of %s", "Health operations centre", "telephone", "EXERCISE. Every bed of intensive care in %s is in use. Patients are waiting.",
                         "EJERCICIO. Todas las camas de cuidados intensivos de %s están ocupadas. Hay pacientes en espera.", "Transfer patients, open further beds, ask for staff",
                         "Surge capacity"},
    [INJECT_WARDS_FULL] = {"Hospital of %s", "Health operations centre", "telephone", "EXERCISE. The wards of %s are full.", "EJERCICIO. Las salas de %s están llenas.",
                           "Stop planned admissions, open an alternative site", "Surge capacity"},
    [INJECT_FEED_LATE] = {"Health office of %s", "National surveillance", "e-mail", "EXERCISE. The server of %s is down: most reports of the last days could not be sent.",
                          "EJERCICIO. El servidor de %s no funciona: no se pudo enviar la mayor parte de los reportes de los últimos días.",
                          "Mark the place as silent; do not read its fall as a decline", "Data quality"},
    [INJECT_FEED_BACK] = {"Health office of %s", "National surveillance", "e-mail", "EXERCISE. The backlog of %s was sent in one file.",
                          "EJERCICIO. El atraso de %s se envió en un solo archivo.", "Date the cases by onset; do not read the jump as a rise", "Data quality"},
    [INJECT_QUEUE] = {"Health office of %s", "National surveillance", "e-mail", "EXERCISE. In %s more forms arrive than clerks can type. The rest waits.",
                      "EJERCICIO. En %s llegan más formularios de los que se pueden digitar. El resto espera.", "Send clerks, shorten the form, correct for the growing delay", "Data quality"},
    [INJECT_LINEAGE] = {"National laboratory", "Ministry of health", "e-mail", "EXERCISE. A lineage not seen here before, %s, was found in a sequence.",
                        "EJERCICIO. Se encontró en una secuencia un linaje no visto antes aquí, %s.", "Estimate its advantage, raise the sequenced share, share the genome",
                        "Genomic surveillance"},
    [INJECT_MEASURE] = {"Government", "All players", "press release", "EXERCISE. From today contacts are limited by decree: %s.",
                        "EJERCICIO. Desde hoy los contactos se limitan por decreto: %s.", "Plan how the effect will be told from the data", "Measures"},
    [INJECT_MEASURE_ENDS] = {"Government", "All players", "press release", "EXERCISE. The limits end today: %s.", "EJERCICIO. Hoy terminan las limitaciones: %s.",
                             "Watch for a rise; say what would bring the measures back", "Measures"},
};

struct inject { int32_t day; enum inject_kind kind; uint32_t order; char what[96]; };
struct inject_list { struct inject all[INJECTS_MAX]; size_t n; };

static void add(struct inject_list *list, int32_t day, enum inject_kind kind, const char *what)
{
    if (day == VG_DATE_NONE || list->n == INJECTS_MAX)
        return;
    list->all[list->n] = (struct inject){.day = day, .kind = kind, .order = (uint32_t)list->n};
    (void)snprintf(list->all[list->n].what, sizeof list->all[list->n].what, "%s", what);
    list->n++;
}

static int compare_injects(const void *a, const void *b)
{
    const struct inject *one = a, *other = b;
    if (one->day != other->day)
        return one->day < other->day ? -1 : 1;
    return one->order < other->order ? -1 : one->order > other->order;
}

static void add_cases(const struct vg_exercise *exercise, struct inject_list *list)
{
    for (uint32_t p = 0; p < exercise->world->n_provinces; p++) {
        int32_t first = VG_DATE_NONE, queue = VG_DATE_NONE, day = VG_DATE_NONE;
        size_t queued = 0;
        for (size_t i = 0; i < exercise->n_cases; i++) {
            const struct vg_exercise_case *one = &exercise->cases[i];
            if (exercise->world->municipalities[one->municipality_reported].province != p)
                continue;
            first = first == VG_DATE_NONE ? one->report : first;
            queued = one->report == day ? queued : 0;
            day = one->report;
            queued += (one->flags & VG_EXERCISE_QUEUED) != 0;
            if (queued == 10 && queue == VG_DATE_NONE)
                queue = one->report;
        }
        add(list, first, INJECT_FIRST_CASE, exercise->world->provinces[p].name);
        add(list, queue, INJECT_QUEUE, exercise->world->provinces[p].name);
    }
}

static vg_status add_hospitals(const struct vg_exercise *exercise, struct inject_list *list, struct vg_error *error)
{
    uint32_t *patients = calloc((size_t)exercise->n_days * 2 + 1, sizeof *patients);
    if (patients == NULL)
        return vg_fail_memory(error, (size_t)exercise->n_days * 2 * sizeof *patients);
    for (uint32_t m = 0; m < exercise->world->n_municipalities; m++) {
        struct exercise_hospital hospital;
        uint32_t *ward = patients, *icu = patients + exercise->n_days;
        int32_t full = VG_DATE_NONE, crowded = VG_DATE_NONE;
        if (!exercise_hospital_of(exercise, m, &hospital))
            continue;
        exercise_count_patients(exercise, &hospital, ward, icu);
        for (int32_t day = exercise->n_days; day-- > 0;) {
            full = (int32_t)icu[day] >= hospital.icu_beds && hospital.icu_beds > 0 ? day : full;
            crowded = (int32_t)ward[day] >= hospital.ward_beds && hospital.ward_beds > 0 ? day : crowded;
        }
        add(list, full, INJECT_ICU_FULL, exercise->world->municipalities[m].name);
        add(list, crowded, INJECT_WARDS_FULL, exercise->world->municipalities[m].name);
    }
    free(patients);
    return VG_OK;
}

static void add_first_death(const struct vg_exercise *exercise, struct inject_list *list)
{
    int32_t first = VG_DATE_NONE;
    uint32_t where = 0;
    for (uint32_t i = 0; i < exercise->world->n_infections; i++) {
        if (exercise->infections[i].death == VG_DATE_NONE)
            continue;
        struct exercise_death death = exercise_draw_death(exercise, i);
        if (death.found && death.registered < exercise->n_days && (first == VG_DATE_NONE || death.registered < first)) {
            first = death.registered;
            where = exercise->infections[i].municipality;
        }
    }
    add(list, first, INJECT_FIRST_DEATH, exercise->world->municipalities[where].name);
}

static void add_measures(const struct vg_exercise *exercise, struct inject_list *list)
{
    static const char *const names[VG_LAYERS] = {"households", "schools", "work", "gatherings", "travel"};
    for (size_t i = 0; i < exercise->parameters.n_measures; i++) {
        const struct vg_exercise_measure *measure = &exercise->parameters.measures[i];
        char what[96] = "";
        size_t size = 0;
        for (size_t layer = 0; layer < VG_LAYERS; layer++)
            if (measure->layers & 1u << layer)
                size += (size_t)snprintf(what + size, sizeof what - size, "%s%s", size > 0 ? ", " : "", names[layer]);
        if (size < sizeof what && measure->place[0] != '\0')
            (void)snprintf(what + size, sizeof what - size, " (%s)", measure->place);
        add(list, measure->first_day >= 0 && measure->first_day < exercise->n_days ? measure->first_day : VG_DATE_NONE, INJECT_MEASURE, what);
        add(list, measure->last_day >= 0 && measure->last_day + 1 < exercise->n_days ? measure->last_day + 1 : VG_DATE_NONE, INJECT_MEASURE_ENDS, what);
    }
}

static void add_backlog(const struct vg_exercise *exercise, struct inject_list *list)
{
    const struct vg_exercise_case *held = NULL;
    for (size_t i = 0; i < exercise->n_cases && held == NULL; i++)
        held = exercise->cases[i].flags & VG_EXERCISE_HELD ? &exercise->cases[i] : NULL;
    if (held == NULL)
        return;
    const char *name = exercise->world->provinces[exercise->world->municipalities[held->municipality].province].name;
    int32_t began = (int32_t)(exercise->parameters.backlog_day - exercise->parameters.backlog_days) + 3;
    add(list, began < held->report && began >= 0 ? began : VG_DATE_NONE, INJECT_FEED_LATE, name);
    add(list, held->report, INJECT_FEED_BACK, name);
}

static void put_inject(const struct vg_exercise *exercise, const struct inject *inject, size_t number, struct vg_table *table)
{
    char text[512], time[8];
    struct vg_random random = vg_random_stream(exercise->parameters.seed, (uint32_t)number, (uint32_t)inject->day, EXERCISE_DAILY);
    (void)snprintf(time, sizeof time, "%02u:%02u", 8 + vg_random_below(&random, 9), 5 * vg_random_below(&random, 12));
    vg_table_integer(table, (int64_t)number + 1);
    vg_table_integer(table, inject->day + 1);
    exercise_date_cell(table, exercise, inject->day);
    vg_table_text(table, time);
    const char *const patterns[] = {texts[inject->kind].sender, texts[inject->kind].recipient, texts[inject->kind].channel, texts[inject->kind].content,
                                    texts[inject->kind].content_es, texts[inject->kind].expected_action, texts[inject->kind].objective};
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        const char *gap = strstr(patterns[i], "%s");
        if (gap == NULL)
            (void)snprintf(text, sizeof text, "%s", patterns[i]);
        else
            (void)snprintf(text, sizeof text, "%.*s%s%s", (int)(gap - patterns[i]), patterns[i], inject->what, gap + 2);
        vg_table_text(table, text);
    }
    exercise_release_cells(table, exercise, inject->day);
}

vg_status exercise_feed_injects(const struct vg_exercise *exercise, struct vg_table *table, struct vg_error *error)
{
    static const struct exercise_column columns[] = {
        {"inject_no", VG_COLUMN_INTEGER}, {"exercise_day", VG_COLUMN_INTEGER}, {"date", VG_COLUMN_DATE}, {"time", VG_COLUMN_TEXT}, {"sender", VG_COLUMN_TEXT},
        {"recipient", VG_COLUMN_TEXT}, {"channel", VG_COLUMN_TEXT}, {"content", VG_COLUMN_TEXT}, {"content_es", VG_COLUMN_TEXT}, {"expected_action", VG_COLUMN_TEXT},
        {"objective", VG_COLUMN_TEXT}, {"report_day", VG_COLUMN_DATE}, {"release_day", VG_COLUMN_DATE}};
    struct inject_list *list = calloc(1, sizeof *list);
    if (list == NULL)
        return vg_fail_memory(error, sizeof *list);
    add(list, 0, INJECT_START, exercise->world->country_name);
    add_measures(exercise, list);
    add_cases(exercise, list);
    add_backlog(exercise, list);
    add_first_death(exercise, list);
    add(list, exercise_first_sequence(exercise, 1, error), INJECT_LINEAGE, "XV.2");
    vg_status status = add_hospitals(exercise, list, error);
    qsort(list->all, list->n, sizeof *list->all, compare_injects);
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < list->n && status == VG_OK; i++)
        put_inject(exercise, &list->all[i], i, table);
    free(list);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}
