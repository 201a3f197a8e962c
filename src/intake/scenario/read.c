/*
 * A scenario file into its struct, by the table of keys: defaults first, then what the file says, then what only the whole can tell.
 */
#include "intake/scenario/settings.h"
#include "intake/scenario/toml.h"
#include "model/society/society.h"

#include <math.h>
#include <string.h>

struct reading {
    struct vg_scenario *scenario;
    struct vg_arena *arena;
    struct vg_error *error;
};

static vg_status wrong_value(const struct reading *r, const struct toml_value *value, const char *key, const char *expected)
{
    return vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column %u: %s is %s, not %s", r->scenario->file_name, value->line, value->column, key, expected, toml_kind_name(value->kind));
}

/* Edits between two names, as a rule of their first 40 bytes: enough to find what was meant. */
static size_t edit_distance(const char *a, const char *b)
{
    size_t row[41];
    size_t n = strnlen(b, 40);
    for (size_t j = 0; j <= n; j++) {
        row[j] = j;
    }
    for (size_t i = 0; i < 40 && a[i] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < n; j++) {
            size_t substituted = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            size_t shifted = (row[j] < diagonal ? row[j] : diagonal) + 1;
            row[j + 1] = substituted < shifted ? substituted : shifted;
        }
    }
    return row[n];
}

static vg_status unknown_key(const struct reading *r, const struct section *section, const struct toml_entry *entry)
{
    const char *nearest = section->settings[0].key;
    size_t best = SIZE_MAX;
    for (const struct setting *s = section->settings; s->key != NULL; s++) {
        size_t distance = edit_distance(entry->key, s->key);
        nearest = distance < best ? s->key : nearest;
        best = distance < best ? distance : best;
    }
    return vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column %u: there is no %s%s%s%s; did you mean %s? (vigia %s shows all)", r->scenario->file_name,
                   entry->line, entry->column, entry->key, section->name[0] == '\0' ? " before the first heading" : " in [", section->name,
                   section->name[0] == '\0' ? "" : "]", nearest, section->uses & USE_SIMULATE ? "simulate --example" : "exercise scenario");
}

static vg_status unknown_section(const struct reading *r, const struct toml_table *table)
{
    struct vg_buffer names;
    vg_buffer_init(&names, 0);
    for (const struct section *s = scenario_sections; s->name != NULL; s++) {
        if (s->name[0] != '\0') {
            vg_buffer_format(&names, "%s%s%s%s", names.size == 0 ? "" : ", ", s->repeated ? "[[" : "[", s->name, s->repeated ? "]]" : "]");
        }
    }
    vg_status status = names.failed ? vg_fail_memory(r->error, 0)
                                    : vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column %u: %s%s%s is not one of %s", r->scenario->file_name, table->line, table->column,
                                              table->repeated ? "[[" : "[", table->name, table->repeated ? "]]" : "]", names.data);
    vg_buffer_release(&names);
    return status;
}

static vg_status check_range(const struct reading *r, const struct setting *s, const struct toml_value *value)
{
    if (value->kind != TOML_NUMBER) {
        return wrong_value(r, value, s->key, "a number");
    }
    if (!(value->number >= s->low && value->number <= s->high)) {
        return vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column %u: %s is between %.10g and %.10g, not %.10g", r->scenario->file_name, value->line, value->column, s->key,
                       s->low, s->high, value->number);
    }
    return VG_OK;
}

static vg_status set_texts(const struct reading *r, const struct setting *s, const struct toml_value *value, struct vg_text_list *list)
{
    const struct toml_value *items = value->kind == TOML_TEXT ? value : value->items;
    size_t count = value->kind == TOML_TEXT ? 1 : value->n_items;
    if (value->kind != TOML_TEXT && value->kind != TOML_ARRAY) {
        return wrong_value(r, value, s->key, "a list of texts");
    }
    *list = (struct vg_text_list){VG_ARENA_ARRAY(r->arena, const char *, count + 1), count};
    if (list->items == NULL) {
        return vg_fail_memory(r->error, count * sizeof(char *));
    }
    for (size_t i = 0; i < count; i++) {
        if (items[i].kind != TOML_TEXT) {
            return wrong_value(r, &items[i], s->key, "a list of texts");
        }
        list->items[i] = items[i].text;
    }
    return VG_OK;
}

static vg_status set_numbers(const struct reading *r, const struct setting *s, const struct toml_value *value, struct vg_number_list *list)
{
    const struct toml_value *items = value->kind == TOML_NUMBER ? value : value->items;
    size_t count = value->kind == TOML_NUMBER ? 1 : value->n_items;
    if (value->kind != TOML_NUMBER && value->kind != TOML_ARRAY) {
        return wrong_value(r, value, s->key, "a list of numbers");
    }
    *list = (struct vg_number_list){VG_ARENA_ARRAY(r->arena, double, count + 1), count};
    if (list->items == NULL) {
        return vg_fail_memory(r->error, count * sizeof(double));
    }
    for (size_t i = 0; i < count; i++) {
        vg_status status = check_range(r, s, &items[i]);
        if (status != VG_OK) {
            return status;
        }
        list->items[i] = items[i].number;
    }
    return VG_OK;
}

static vg_status set_word(const struct reading *r, const struct setting *s, const struct toml_value *value, int32_t *out)
{
    if (value->kind != TOML_TEXT) {
        return wrong_value(r, value, s->key, "a text in quotes");
    }
    struct vg_buffer known;
    vg_buffer_init(&known, 0);
    for (int32_t word = 0; s->words[word] != NULL; word++) {
        if (strcmp(s->words[word], value->text) == 0) {
            *out = word;
            vg_buffer_release(&known);
            return VG_OK;
        }
        vg_buffer_format(&known, "%s%s", word == 0 ? "" : ", ", s->words[word]);
    }
    vg_status status = known.failed ? vg_fail_memory(r->error, 0)
                                    : vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column %u: %s is one of %s, not \"%.60s\"", r->scenario->file_name, value->line, value->column,
                                              s->key, known.data, value->text);
    vg_buffer_release(&known);
    return status;
}

static vg_status set_whole(const struct reading *r, const struct setting *s, const struct toml_value *value, void *target)
{
    vg_status status = check_range(r, s, value);
    if (status == VG_OK && floor(value->number) < value->number) {
        return wrong_value(r, value, s->key, "a whole number");
    }
    if (status == VG_OK && s->kind == SET_LONG) {
        *(int64_t *)target = (int64_t)value->number;
    } else if (status == VG_OK) {
        *(int32_t *)target = (int32_t)value->number;
    }
    return status;
}

static vg_status set(const struct reading *r, const struct setting *s, const struct toml_value *value, char *base)
{
    void *target = base + s->offset;
    vg_status status = VG_OK;
    switch (s->kind) {
    case SET_TEXT:
        if (value->kind != TOML_TEXT || value->text[0] == '\0') {
            return wrong_value(r, value, s->key, "a text in quotes, not an empty one");
        }
        *(const char **)target = value->text;
        return VG_OK;
    case SET_TEXTS:
        return set_texts(r, s, value, target);
    case SET_NUMBER:
        status = check_range(r, s, value);
        if (status == VG_OK) {
            *(double *)target = value->number;
        }
        return status;
    case SET_NUMBERS:
        return set_numbers(r, s, value, target);
    case SET_INTEGER:
    case SET_LONG:
        return set_whole(r, s, value, target);
    case SET_DATE:
        if (value->kind != TOML_DATE) {
            return wrong_value(r, value, s->key, "a date such as 2021-03-15");
        }
        *(int32_t *)target = value->date;
        return VG_OK;
    case SET_FLAG:
        if (value->kind != TOML_BOOLEAN) {
            return wrong_value(r, value, s->key, "true or false");
        }
        *(bool *)target = value->boolean;
        return VG_OK;
    case SET_WORD:
        return set_word(r, s, value, target);
    }
    return VG_OK;
}

static vg_status read_table(const struct reading *r, const struct section *section, const struct toml_table *table, char *base)
{
    for (const struct toml_entry *entry = table->first; entry != NULL; entry = entry->next) {
        const struct setting *s = section->settings;
        while (s->key != NULL && strcmp(s->key, entry->key) != 0) {
            s++;
        }
        vg_status status = s->key == NULL ? unknown_key(r, section, entry) : set(r, s, &entry->value, base);
        if (status != VG_OK) {
            return status;
        }
    }
    return VG_OK;
}

/* Room for all tables of a repeated section, which are then filled one by one. */
static vg_status make_room(const struct reading *r, const struct section *section, const struct toml_table *tables)
{
    size_t count = 0;
    for (const struct toml_table *table = tables; table != NULL; table = table->next) {
        count += strcmp(table->name, section->name) == 0 ? 1 : 0;
    }
    void *items = vg_arena_alloc(r->arena, count + 1, section->item_size);
    memcpy((char *)r->scenario + section->offset, &items, sizeof items);
    return items == NULL ? vg_fail_memory(r->error, count * section->item_size) : VG_OK;
}

static vg_status read_tables(const struct reading *r, const struct toml_table *tables)
{
    vg_status status = VG_OK;
    for (const struct section *s = scenario_sections; status == VG_OK && s->name != NULL; s++) {
        status = s->repeated ? make_room(r, s, tables) : VG_OK;
    }
    for (const struct toml_table *table = tables; status == VG_OK && table != NULL; table = table->next) {
        const struct section *s = scenario_sections;
        while (s->name != NULL && strcmp(s->name, table->name) != 0) {
            s++;
        }
        if (s->name == NULL || s->repeated != table->repeated) {
            return unknown_section(r, table);
        }
        char *base = (char *)r->scenario + s->offset;
        if (s->repeated) {
            size_t *count = (size_t *)(void *)((char *)r->scenario + s->count_offset);
            memcpy(&base, (char *)r->scenario + s->offset, sizeof base);
            base += (*count)++ * s->item_size;
            s->defaults(base);
            if (s->line_offset > 0) {
                *(uint32_t *)(void *)(base + s->line_offset) = table->line;
            }
        }
        status = read_table(r, s, table, base);
    }
    return status;
}

/* ------------------------------------------------------------ the whole */

static vg_status fail(const struct reading *r, const char *what, const char *name)
{
    return vg_fail(r->error, VG_DATA_ERROR, "%s: %s%s%s%s", r->scenario->file_name, what, name == NULL ? "" : " (\"", name == NULL ? "" : name, name == NULL ? "" : "\")");
}

static bool is_name(const struct vg_scenario *scenario, const char *name)
{
    for (size_t i = 0; i < scenario->n_measures; i++) {
        if (strcmp(scenario->measures[i].name, name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < scenario->n_campaigns; i++) {
        if (strcmp(scenario->campaigns[i].name, name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < scenario->n_lots; i++) {
        if (scenario->lots[i].name != NULL && strcmp(scenario->lots[i].name, name) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < scenario->n_imports; i++) {
        if (scenario->imports[i].name != NULL && strcmp(scenario->imports[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

static vg_status check_counts(const struct reading *r)
{
    const struct vg_scenario_calibration *said = &r->scenario->calibration;
    bool any = said->cases.count + said->admissions.count + said->icu.count + said->deaths.count > 0;
    if (any != (said->counts_from != VG_DATE_NONE)) {
        return fail(r, "[calibration] has counts_from together with one of cases, admissions, icu, deaths, or none of them", NULL);
    }
    int ways = (said->observed != NULL ? 1 : 0) + (said->node != NULL ? 1 : 0) + (any ? 1 : 0);
    return ways <= 1 ? VG_OK : fail(r, "[calibration] has either observed, node or counts_from", NULL);
}

static vg_status check_municipalities(const struct reading *r)
{
    const struct vg_scenario *scenario = r->scenario;
    for (size_t i = 0; i < scenario->n_municipalities; i++) {
        const struct vg_scenario_municipality *m = &scenario->municipalities[i];
        if (m->code == NULL || isnan(m->population)) {
            return fail(r, "every [[municipality]] needs a code and a population", m->code);
        }
    }
    int ways = (scenario->place.municipalities != NULL ? 1 : 0) + (scenario->n_municipalities > 0 ? 1 : 0) + (isnan(scenario->place.population) ? 0 : 1);
    return ways == 1 ? VG_OK : fail(r, "[place] needs either population or municipalities, or there is a [[municipality]] for each part of it", NULL);
}

static vg_status check_names(const struct reading *r)
{
    const struct vg_scenario *scenario = r->scenario;
    for (size_t i = 0; i < scenario->n_measures; i++) {
        const struct vg_scenario_measure *m = &scenario->measures[i];
        if (m->name == NULL) {
            return fail(r, "every [[measure]] needs a name", NULL);
        }
        if (m->from != VG_DATE_NONE && m->to != VG_DATE_NONE && m->to < m->from) {
            return fail(r, "a measure ends before it begins", m->name);
        }
        if (m->trigger != VG_SCENARIO_ALWAYS && isnan(m->trigger_on)) {
            return fail(r, "a measure with a trigger needs trigger_on", m->name);
        }
        if (m->kind == VG_SCENARIO_CONTACTS && m->layers.count == 0) {
            return fail(r, "a measure of kind contacts names its layers", m->name);
        }
    }
    for (size_t i = 0; i < scenario->n_campaigns; i++) {
        if (scenario->campaigns[i].name == NULL) {
            return fail(r, "every [[campaign]] needs a name", NULL);
        }
        if (scenario->campaigns[i].group != NULL && vg_scenario_group_find(scenario, vg_text_from(scenario->campaigns[i].group)) == SIZE_MAX) {
            return fail(r, "a campaign is for a group that no [[group]] has as its name", scenario->campaigns[i].group);
        }
    }
    for (size_t i = 0; i < scenario->n_lots; i++) {
        const struct vg_scenario_lot *lot = &scenario->lots[i];
        if (lot->arrives != VG_DATE_NONE && lot->expires != VG_DATE_NONE && lot->expires < lot->arrives) {
            return fail(r, "a lot expires before it arrives", lot->name);
        }
    }
    for (size_t v = 0; v < scenario->n_variations; v++) {
        const struct vg_scenario_variation *variation = &scenario->variations[v];
        if (variation->name == NULL) {
            return fail(r, "every [[scenario]] needs a name", NULL);
        }
        for (size_t other = 0; other < v; other++) {
            if (strcmp(variation->name, scenario->variations[other].name) == 0) {
                return fail(r, "two scenarios have the same name", variation->name);
            }
        }
        for (size_t i = 0; i < variation->without.count + variation->only.count; i++) {
            const char *name = i < variation->without.count ? variation->without.items[i] : variation->only.items[i - variation->without.count];
            if (!is_name(scenario, name)) {
                return fail(r, "a scenario names what is neither measure, campaign, lot nor import", name);
            }
        }
    }
    return VG_OK;
}

static vg_status check_bands(const struct reading *r)
{
    const struct vg_number_list *bands = &r->scenario->place.age_bands;
    bool good = bands->count >= 1 && bands->count <= 20 && bands->items[0] < 1;
    for (size_t i = 0; good && i < bands->count; i++) {
        good = floor(bands->items[i]) >= bands->items[i] && (i == 0 || bands->items[i] > bands->items[i - 1]);
    }
    if (!good) {
        return fail(r, "age_bands are 1 to 20 whole years that rise from 0", NULL);
    }
    if (r->scenario->place.contacts.count != 0 && r->scenario->place.contacts.count != 1 && r->scenario->place.contacts.count != 4) {
        return fail(r, "contacts is one file that names its settings, or four: home, school, work, other", NULL);
    }
    const struct vg_number_list *immune = &r->scenario->begin.immune_by_age;
    return immune->count == 0 || immune->count == bands->count ? VG_OK : fail(r, "immune_by_age has one share for each of age_bands", NULL);
}

static vg_status fail_group(const struct reading *r, const struct vg_scenario_group *group, const char *what, const char *which)
{
    return vg_fail(r->error, VG_DATA_ERROR, "%s, line %u, column 1: [[group]]%s%s%s %s%s%s%s", r->scenario->file_name, group->line, group->name == NULL ? "" : " \"", group->name == NULL ? "" : group->name,
                   group->name == NULL ? "" : "\"", what, which == NULL ? "" : " (\"", which == NULL ? "" : which, which == NULL ? "" : "\")");
}

static vg_status check_group(const struct reading *r, size_t g)
{
    const struct vg_scenario_group *group = &r->scenario->groups[g];
    int low;
    int high;
    if (group->name == NULL) {
        return fail_group(r, group, "needs a name", NULL);
    }
    if (strpbrk(group->name, ":,") != NULL || vg_age_band_parse(vg_text_from(group->name), &low, &high)) {
        return fail_group(r, group, "has a name with a colon or a comma, or that says ages", NULL);
    }
    if (vg_scenario_group_find(r->scenario, vg_text_from(group->name)) != g) {
        return fail_group(r, group, "has the name of one before", NULL);
    }
    for (size_t i = 0; i < group->ages.count; i++) {
        if (!vg_age_band_parse(vg_text_from(group->ages.items[i]), &low, &high)) {
            return fail_group(r, group, "has ages that are none such as \"20-64\" or \"60+\"", group->ages.items[i]);
        }
    }
    if (group->share_percent.count == 0 && group->shares == NULL) {
        return fail_group(r, group, "needs share_percent, or shares by place", NULL);
    }
    if (group->share_percent.count > 1 && group->share_percent.count != group->ages.count) {
        return fail_group(r, group, "has several share_percent, but not one for each of its ages", NULL);
    }
    const struct vg_number_list *bands = &r->scenario->place.age_bands;
    double most = 0;
    bool any = false;
    for (size_t a = 0; a < bands->count; a++) {
        double sum = 0;
        for (size_t other = 0; other <= g; other++) {
            sum += vg_scenario_group_percent(&r->scenario->groups[other], (int)bands->items[a]);
        }
        most = sum > most ? sum : most;
        any = any || vg_scenario_group_covers(group, (int)bands->items[a]);
    }
    if (most > 100 + 1e-9) {
        return fail_group(r, group, "and those before it have more than 100 % of some age; nobody is in two groups", NULL);
    }
    return any ? VG_OK : fail_group(r, group, "has ages in which no age band begins", NULL);
}

static vg_status check_groups(const struct reading *r)
{
    const struct vg_scenario *scenario = r->scenario;
    if (scenario->n_groups > VG_SCENARIO_GROUPS_MAX) {
        return fail_group(r, &scenario->groups[VG_SCENARIO_GROUPS_MAX], "is one too many; at most 8 are taken", NULL);
    }
    vg_status status = VG_OK;
    for (size_t g = 0; status == VG_OK && g < scenario->n_groups; g++) {
        status = check_group(r, g);
    }
    return status;
}

static vg_status check_exercise(const struct reading *r)
{
    const struct vg_exercise_settings *exercise = &r->scenario->exercise;
    int month, day;
    for (size_t i = 0; i < exercise->holidays.count; i++) {
        if (!vg_exercise_holiday_parse(vg_text_from(exercise->holidays.items[i]), &month, &day)) {
            return fail(r, "a holiday is a month and a day such as 05-01", exercise->holidays.items[i]);
        }
    }
    for (size_t i = 0; i < exercise->n_outages; i++) {
        if (exercise->outages[i].from != VG_DATE_NONE && exercise->outages[i].to != VG_DATE_NONE && exercise->outages[i].to < exercise->outages[i].from) {
            return fail(r, "an outage ends before it begins", exercise->outages[i].name);
        }
    }
    for (size_t i = 0; i < exercise->n_injects; i++) {
        if (exercise->injects[i].date == VG_DATE_NONE || exercise->injects[i].content == NULL) {
            return fail(r, "every [[inject]] needs a date and a content", NULL);
        }
    }
    return VG_OK;
}

static vg_status finish(const struct reading *r)
{
    struct vg_scenario *scenario = r->scenario;
    if (scenario->start == VG_DATE_NONE) {
        return fail(r, "start is needed, such as start = 2021-01-03 before the first heading", NULL);
    }
    bool has_country = scenario->place.country != NULL || scenario->place.like != NULL;
    if (!has_country && (scenario->place.ages == NULL || (scenario->place.households == NULL && isnan(scenario->place.household_size)))) {
        return fail(r, "[place] needs a country, or ages and household_size", NULL);
    }
    if (!isnan(scenario->disease.r0) && !isnan(scenario->disease.growth_per_day)) {
        return fail(r, "[disease] has either r0 or growth_per_day", NULL);
    }
    if (scenario->n_variations == 0) {
        vg_scenario_variation_defaults(&scenario->variations[0]);
        scenario->variations[0].name = scenario->name;
        scenario->variations[0].title = scenario->title;
        scenario->n_variations = 1;
    }
    vg_status status = check_municipalities(r);
    status = status == VG_OK ? check_bands(r) : status;
    status = status == VG_OK ? check_counts(r) : status;
    status = status == VG_OK ? check_groups(r) : status;
    status = status == VG_OK ? check_exercise(r) : status;
    return status == VG_OK ? check_names(r) : status;
}

/* "folder" of "folder/name.toml", and "name". */
static bool name_parts(const char *file_name, struct vg_arena *arena, struct vg_scenario *scenario)
{
    const char *slash = strrchr(file_name, '/');
    const char *base = slash == NULL ? file_name : slash + 1;
    const char *dot = strrchr(base, '.');
    size_t size = dot == NULL || dot == base ? strlen(base) : (size_t)(dot - base);
    scenario->file_name = vg_arena_copy(arena, file_name);
    scenario->folder = slash == NULL ? "." : vg_arena_copy_bytes(arena, file_name, slash == file_name ? 1 : (size_t)(slash - file_name));
    scenario->name = vg_arena_copy_bytes(arena, base, size);
    return scenario->file_name != NULL && scenario->folder != NULL && scenario->name != NULL;
}

vg_status vg_intake_scenario_parse(const char *file_name, struct vg_text text, struct vg_arena *arena, struct vg_scenario *scenario, struct vg_error *error)
{
    struct reading r = {scenario, arena, error};
    struct toml_table *tables = NULL;
    vg_scenario_defaults(scenario);
    if (!name_parts(file_name, arena, scenario)) {
        return vg_fail_memory(error, strlen(file_name));
    }
    vg_status status = toml_parse(file_name, text.size == 0 ? vg_text_of("", 0) : text, arena, &tables, error);
    if (status == VG_OK) {
        status = read_tables(&r, tables);
    }
    return status == VG_OK ? finish(&r) : status;
}

vg_status vg_intake_scenario_read(const char *path, struct vg_arena *arena, struct vg_scenario *scenario, struct vg_error *error)
{
    struct vg_buffer text;
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, (size_t)4 << 20, &text, error);
    if (status == VG_OK) {
        status = vg_intake_scenario_parse(path, vg_text_of(text.data, text.size), arena, scenario, error);
    }
    vg_buffer_release(&text);
    return status;
}

const char *vg_intake_scenario_path(const struct vg_scenario *scenario, const char *path, struct vg_arena *arena)
{
    return path[0] == '/' ? vg_arena_copy(arena, path) : vg_arena_format(arena, "%s/%s", scenario->folder, path);
}
