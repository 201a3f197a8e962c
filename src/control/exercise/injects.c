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
                   INJECT_MEASURE_ENDS, INJECT_TAMPERED, INJECT_VACCINE, INJECT_VACCINE_OUT, INJECT_OWN };

/* %s: the place, the measure, the vaccine or the lineage. */
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
    [INJECT_MEASURE] = {"Government", "All players", "press release", "EXERCISE. A measure comes into force today: %s.",
                        "EJERCICIO. Hoy entra en vigor una medida: %s.", "Plan how the effect will be told from the data", "Measures"},
    [INJECT_MEASURE_ENDS] = {"Government", "All players", "press release", "EXERCISE. A measure ends today: %s.", "EJERCICIO. Hoy termina una medida: %s.",
                             "Watch for a rise; say what would bring the measure back", "Measures"},
    [INJECT_TAMPERED] = {"Anonymous", "National surveillance", "letter", "EXERCISE. A letter says that in %s daily numbers are being lowered before they are sent.",
                         "EJERCICIO. Una carta afirma que en %s se rebajan las cifras diarias antes de enviarlas.", "Compare daily counts with the line list; ask without accusing",
                         "Data integrity"},
    [INJECT_VACCINE] = {"Vaccination programme", "All players", "press release", "EXERCISE. The first doses of %s are given today.", "EJERCICIO. Hoy se aplican las primeras dosis de %s.",
                        "Say who comes first and why; watch doses by age", "Vaccination"},
    [INJECT_VACCINE_OUT] = {"Vaccination programme", "Ministry of health", "telephone", "EXERCISE. The stock of %s is used up; the next lot is late.",
                            "EJERCICIO. Se agotaron las existencias de %s; el próximo lote se retrasa.", "Tell those who wait; plan second doses; ask for the next lot", "Vaccination"},
};

struct inject { int32_t day; enum inject_kind kind; uint32_t order; const struct vg_exercise_inject *own; char what[96]; };
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
            if (exercise->world->municipalities[one->municipality_reported].above != p)
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
    uint32_t *ward = calloc((size_t)exercise->n_days * 3 + 1, sizeof *ward), *icu = ward + exercise->n_days, *waiting = icu + exercise->n_days;
    if (ward == NULL)
        return vg_fail_memory(error, (size_t)exercise->n_days * 3 * sizeof *ward);
    for (uint32_t m = 0; m < exercise->world->n_municipalities; m++) {
        struct exercise_hospital hospital;
        int32_t full = VG_DATE_NONE, crowded = VG_DATE_NONE;
        if (!exercise_hospital_of(exercise, m, &hospital))
            continue;
        exercise_count_patients(exercise, &hospital, ward, icu, waiting);
        for (int32_t day = exercise->n_days; day-- > 0;) {
            full = (int32_t)icu[day] >= hospital.icu_beds && hospital.icu_beds > 0 ? day : full;
            crowded = (int32_t)ward[day] >= hospital.ward_beds && hospital.ward_beds > 0 ? day : crowded;
        }
        add(list, full, INJECT_ICU_FULL, exercise->world->municipalities[m].name);
        add(list, crowded, INJECT_WARDS_FULL, exercise->world->municipalities[m].name);
    }
    free(ward);
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

static bool in_force_anywhere(const struct vg_exercise *exercise, size_t measure, int32_t day)
{
    const struct vg_exercise_world *world = exercise->world;
    bool anywhere = false;
    for (uint32_t m = 0; m < world->n_municipalities && day >= 0 && world->strength != NULL && !anywhere; m++)
        anywhere = world->strength(world->context, measure, m, day) > 0;
    return anywhere;
}

/* As they came and went, also those that a trigger called. */
static void add_measures(const struct vg_exercise *exercise, struct inject_list *list)
{
    for (size_t i = 0; i < exercise->world->n_measures; i++) {
        bool before = false;
        for (int32_t day = 0; day < exercise->n_days; day++) {
            bool now = in_force_anywhere(exercise, i, day);
            if (now != before)
                add(list, day, now ? INJECT_MEASURE : INJECT_MEASURE_ENDS, exercise->world->measures[i]->name);
            before = now;
        }
    }
}

/* The name of the place that a code means; the first country's where it means all. */
static const char *name_of(const struct vg_exercise_world *world, const struct vg_text_list *places)
{
    for (size_t p = 0; p < world->n_provinces && places->count > 0; p++)
        if (strcmp(world->provinces[p].code, places->items[0]) == 0)
            return world->provinces[p].name;
    for (uint32_t m = 0; m < world->n_municipalities && places->count > 0; m++)
        if (strcmp(world->municipalities[m].code, places->items[0]) == 0)
            return world->municipalities[m].name;
    return world->countries[0].name;
}

static void add_outages(const struct vg_exercise *exercise, struct inject_list *list)
{
    for (size_t i = 0; i < exercise->settings->n_outages; i++) {
        const struct vg_exercise_outage *outage = &exercise->settings->outages[i];
        int32_t from = outage->from == VG_DATE_NONE ? 0 : outage->from - exercise->first_date, to = outage->to == VG_DATE_NONE ? exercise->n_days : outage->to - exercise->first_date;
        int32_t back = exercise_working_day(exercise, to + 1);
        const char *name = name_of(exercise->world, &outage->places);
        add(list, from + 3 <= to && from + 3 < exercise->n_days ? from + 3 : VG_DATE_NONE, INJECT_FEED_LATE, name);
        add(list, back < exercise->n_days ? back : VG_DATE_NONE, INJECT_FEED_BACK, name);
    }
    for (uint32_t m = 0; m < exercise->world->n_municipalities; m++) {
        int32_t from, to;
        if (exercise_is_tampered(exercise, m, &from, &to) && from + 12 < exercise->n_days)
            add(list, from + 12, INJECT_TAMPERED, exercise->world->municipalities[m].name);
    }
}

/* First doses, and the end of a stock: three weeks without a dose before the last day. */
static void add_vaccines(const struct vg_exercise *exercise, struct inject_list *list)
{
    const struct vg_exercise_world *world = exercise->world;
    for (size_t product = 0; product < world->disease->n_products; product++) {
        int32_t first = VG_DATE_NONE, last = VG_DATE_NONE;
        for (size_t i = 0; i < exercise->n_doses; i++) {
            const struct vg_exercise_dose *one = &exercise->doses[i];
            if (one->product != product)
                continue;
            first = first == VG_DATE_NONE || one->day < first ? one->day : first;
            last = last == VG_DATE_NONE || one->day > last ? one->day : last;
        }
        add(list, first, INJECT_VACCINE, world->product_names[product]);
        add(list, last != VG_DATE_NONE && last + 21 < exercise->n_days ? last + 1 : VG_DATE_NONE, INJECT_VACCINE_OUT, world->product_names[product]);
    }
}

static vg_status add_events(const struct vg_exercise *exercise, struct inject_list *list, struct vg_error *error)
{
    add(list, 0, INJECT_START, exercise->world->countries[0].name);
    add_measures(exercise, list);
    add_cases(exercise, list);
    add_outages(exercise, list);
    add_vaccines(exercise, list);
    add_first_death(exercise, list);
    for (unsigned variant = 1; variant < exercise->world->disease->n_variants; variant++)
        add(list, exercise_first_sequence(exercise, variant, error), INJECT_LINEAGE, exercise_lineage(variant));
    return add_hospitals(exercise, list, error);
}

static void add_own(const struct vg_exercise *exercise, struct inject_list *list)
{
    for (size_t i = 0; i < exercise->settings->n_injects; i++) {
        int32_t day = exercise->settings->injects[i].date - exercise->first_date;
        size_t before = list->n;
        add(list, day >= 0 && day < exercise->n_days ? day : VG_DATE_NONE, INJECT_OWN, "");
        if (list->n > before)
            list->all[before].own = &exercise->settings->injects[i];
    }
}

static void put_own_text(struct vg_table *table, const char *mark, const char *text)
{
    struct vg_buffer whole;
    vg_buffer_init(&whole, 0);
    vg_buffer_format(&whole, "%s%s", mark, text == NULL ? "" : text);
    vg_table_text_slice(table, text == NULL ? vg_text_of("", 0) : vg_text_of(whole.data, whole.size));
    table->failed = table->failed || whole.failed;
    vg_buffer_release(&whole);
}

static void put_own(const struct vg_exercise_inject *own, struct vg_table *table)
{
    const char *const before[] = {own->sender, own->recipient, own->channel}, *const after[] = {own->expected_action, own->objective};
    for (size_t i = 0; i < 3; i++)
        vg_table_text(table, before[i] == NULL ? "" : before[i]);
    put_own_text(table, "EXERCISE. ", own->content);
    put_own_text(table, "EJERCICIO. ", own->content_es);
    for (size_t i = 0; i < 2; i++)
        vg_table_text(table, after[i] == NULL ? "" : after[i]);
}

static void put_made(const struct inject *inject, struct vg_table *table)
{
    char text[512];
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
}

static void put_inject(const struct vg_exercise *exercise, const struct inject *inject, size_t number, struct vg_table *table)
{
    char time[8];
    struct vg_random random = vg_random_stream(exercise->seed, (uint32_t)number, (uint32_t)inject->day, EXERCISE_DAILY);
    (void)snprintf(time, sizeof time, "%02u:%02u", 8 + vg_random_below(&random, 9), 5 * vg_random_below(&random, 12));
    vg_table_integer(table, (int64_t)number + 1);
    vg_table_integer(table, inject->day + 1);
    exercise_date_cell(table, exercise, inject->day);
    vg_table_text(table, inject->own != NULL && inject->own->time != NULL ? inject->own->time : time);
    if (inject->own != NULL)
        put_own(inject->own, table);
    else
        put_made(inject, table);
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
    vg_status status = exercise->settings->from_events ? add_events(exercise, list, error) : VG_OK;
    add_own(exercise, list);
    qsort(list->all, list->n, sizeof *list->all, compare_injects);
    EXERCISE_ADD_COLUMNS(table, columns);
    for (size_t i = 0; i < list->n && status == VG_OK; i++)
        put_inject(exercise, &list->all[i], i, table);
    free(list);
    return status == VG_OK ? exercise_table_end(table, error) : status;
}
