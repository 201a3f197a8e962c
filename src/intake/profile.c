/*
 * Profiles: readable text files that say how a source's files are to be read (docs/profiles.md). This file parses them, keeps the set, and tells
 * how well one fits a file's headings.
 */
#include "intake/profile_internal.h"

#include "data_embedded.h"
#include "model/stock/stock.h"

#include <dirent.h>
#include <string.h>

#define LIST_MAX 256
#define EVENTS_TEXT "received, used, moved, lost or counted"

struct parser {
    const char *file_name;
    struct vg_profile *profile;
    struct vg_arena *arena;
    struct vg_error *error;
    unsigned line;
    char section[32];
};

static const struct { const char *name; struct field field; } plain_fields[] = {
    {"extra", {FIELD_EXTRA, 0}}, {"identifying", {FIELD_IDENTIFYING, 0}}, {"ignored", {FIELD_IGNORED, 0}}, {"id", {FIELD_ID, 0}}, {"sex", {FIELD_SEX, 0}},
    {"class", {FIELD_CLASS, 0}}, {"outcome", {FIELD_OUTCOME, 0}}, {"severity", {FIELD_SEVERITY, 0}}, {"category", {FIELD_CATEGORY, 0}}, {"age", {FIELD_AGE, 0}},
    {"age_unit", {FIELD_AGE_UNIT, 0}}, {"birth_date", {FIELD_BIRTH_DATE, 0}}, {"outcome_date", {FIELD_OUTCOME_DATE, 0}}, {"published", {FIELD_PUBLISHED, 0}}, {"disease", {FIELD_DISEASE, 0}}, {"country", {FIELD_COUNTRY, 0}}, {"admin1_code", {FIELD_ADMIN1_CODE, 0}},
    {"admin1_name", {FIELD_ADMIN1_NAME, 0}}, {"admin2_code", {FIELD_ADMIN2_CODE, 0}}, {"admin2_name", {FIELD_ADMIN2_NAME, 0}},
    {"place_code", {FIELD_PLACE_CODE, 0}}, {"place_name", {FIELD_PLACE_NAME, 0}}, {"date", {FIELD_DATE, 0}}, {"report_date", {FIELD_REPORT_DATE, 0}},
    {"age_group", {FIELD_GROUP_AGE, 0}}, {"sex_group", {FIELD_GROUP_SEX, 0}}, {"group", {FIELD_GROUP, 0}}, {"measure", {FIELD_MEASURE_NAME, 0}},
    {"value", {FIELD_VALUE, 0}}, {"parent", {FIELD_PARENT, 0}}, {"level", {FIELD_LEVEL, 0}}, {"population", {FIELD_POPULATION, 0}},
    {"latitude", {FIELD_LATITUDE, 0}}, {"longitude", {FIELD_LONGITUDE, 0}},
};

bool field_from_name(const char *name, struct field *field)
{
    enum vg_case_date date = VG_CASE_ONSET;
    if (vg_case_date_from_name(vg_text_from(name), &date)) {
        *field = (struct field){FIELD_CASE_DATE, (int32_t)date};
        return true;
    }
    if (strncmp(name, "measure:", 8) == 0) {
        const struct vg_measure *measure = vg_measure_find(vg_text_from(name + 8));
        *field = (struct field){FIELD_MEASURE, measure == NULL ? 0 : (int32_t)(measure - vg_measure_at(0))};
        return measure != NULL;
    }
    for (size_t i = 0; i < sizeof plain_fields / sizeof *plain_fields; i++) {
        if (strcmp(plain_fields[i].name, name) == 0) {
            *field = plain_fields[i].field;
            return true;
        }
    }
    return false;
}

const char *field_name(struct vg_arena *arena, struct field field)
{
    switch (field.kind) {
    case FIELD_CASE_DATE:
        return vg_case_date_name((enum vg_case_date)field.argument);
    case FIELD_MEASURE:
        return vg_arena_format(arena, "measure:%s", vg_measure_at((size_t)field.argument)->name);
    case FIELD_DELAY:
        return vg_arena_format(arena, "delay %d", (int)field.argument);
    case FIELD_WIDE_DATE: {
        char date[VG_DATE_TEXT_BYTES];
        (void)vg_date_print(field.argument, date);
        return vg_arena_format(arena, "counts of %s", date);
    }
    default:
        break;
    }
    for (size_t i = 0; i < sizeof plain_fields / sizeof *plain_fields; i++) {
        if (plain_fields[i].field.kind == field.kind) {
            return plain_fields[i].name;
        }
    }
    return "ignored";
}

/* Splits at a mark into trimmed copies. */
static vg_status split(struct parser *parser, struct vg_text text, char mark, const char ***parts, size_t *n)
{
    *parts = VG_ARENA_ARRAY(parser->arena, const char *, LIST_MAX);
    *n = 0;
    if (*parts == NULL) {
        return vg_fail_memory(parser->error, LIST_MAX);
    }
    while (text.size > 0) {
        const char *end = memchr(text.data, mark, text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        struct vg_text part = vg_text_trim(vg_text_of(text.data, size));
        if (part.size > 0 && *n == LIST_MAX) {
            return vg_fail(parser->error, VG_DATA_ERROR, "profile %s, line %u: at most %d values were expected", parser->file_name, parser->line, LIST_MAX);
        }
        if (part.size > 0) {
            (*parts)[(*n)++] = vg_arena_copy_bytes(parser->arena, part.data, part.size);
        }
        text = end == NULL ? vg_text_of("", 0) : vg_text_of(end + 1, text.size - size - 1);
    }
    return parser->arena->failed ? vg_fail_memory(parser->error, 0) : VG_OK;
}

static vg_status wrong(struct parser *parser, const char *expected, struct vg_text found)
{
    return vg_fail(parser->error, VG_DATA_ERROR, "profile %s, line %u: %s was expected, not \"%.*s\"", parser->file_name, parser->line, expected,
                   (int)(found.size > 60 ? 60 : found.size), found.data);
}

static bool is_yes(struct vg_text value)
{
    return vg_text_equals(value, "yes") || vg_text_equals(value, "true");
}

static vg_status take_number(struct parser *parser, struct vg_text value, int *number)
{
    int64_t parsed = 0;
    if (!vg_parse_integer(value, &parsed) || parsed < 0 || parsed > 1000) {
        return wrong(parser, "a number", value);
    }
    *number = (int)parsed;
    return VG_OK;
}

static vg_status take_kind(struct parser *parser, struct vg_text value)
{
    for (int kind = VG_INTAKE_CASES; kind <= VG_INTAKE_SHAPES; kind++) {
        if (vg_text_equals(value, vg_intake_kind_name((enum vg_intake_kind)kind))) {
            parser->profile->facts.kind = (enum vg_intake_kind)kind;
            return VG_OK;
        }
    }
    if (vg_text_equals(value, "stock")) {
        parser->profile->of_stock = true;
        return VG_OK;
    }
    return wrong(parser, "cases, counts, places, shapes or stock", value);
}

static vg_status take_order(struct parser *parser, struct vg_text value)
{
    static const char *const names[] = {"auto", "ymd", "dmy", "mdy"};
    for (int order = 0; order < 4; order++) {
        if (vg_text_equals(value, names[order])) {
            parser->profile->date_order = (enum vg_date_order)order;
            return VG_OK;
        }
    }
    return wrong(parser, "ymd, dmy, mdy or auto", value);
}

static bool is_event(struct vg_text text)
{
    enum vg_stock_event event = VG_STOCK_EVENT_COUNT;
    return vg_stock_event_from_name(text, &event);
}

static vg_status take_setting(struct parser *parser, struct vg_text key, struct vg_text value)
{
    struct vg_profile *p = parser->profile;
    if (vg_text_equals(key, "default_event") && !is_event(value)) {
        return wrong(parser, EVENTS_TEXT, value);
    }
    const struct { const char *name; const char **target; } texts[] = {
        {"name", &p->facts.name}, {"title", &p->facts.title}, {"disease", &p->facts.disease}, {"country", &p->facts.country}, {"source", &p->facts.source},
        {"licence", &p->facts.licence}, {"nature", &p->facts.nature}, {"delays", &p->delay_pattern}, {"delay_measure", &p->delay_measure}, {"wide_dates", &p->wide_measure},
        {"default_class", &p->default_class}, {"default_measure", &p->default_measure},
        {"default_event", &p->default_event},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (vg_text_equals(key, texts[i].name)) {
            *texts[i].target = vg_arena_copy_bytes(parser->arena, value.data, value.size);
            return *texts[i].target == NULL ? vg_fail_memory(parser->error, value.size) : VG_OK;
        }
    }
    const struct { const char *name; int *target; } numbers[] = {{"step_days", &p->step_days}, {"admin1_digits", &p->admin1_digits},
                                                                 {"admin2_digits", &p->admin2_digits}, {"admin1_prefix", &p->admin1_prefix}, {"admin2_alias_digits", &p->admin2_alias_digits}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (vg_text_equals(key, numbers[i].name)) {
            return take_number(parser, value, numbers[i].target);
        }
    }
    const struct { const char *name; bool *target; } flags[] = {{"cumulative", &p->cumulative}, {"snapshot", &p->snapshot}, {"generic", &p->is_generic}, {"week_ends", &p->week_ends}};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++) {
        if (vg_text_equals(key, flags[i].name)) {
            *flags[i].target = is_yes(value);
            return VG_OK;
        }
    }
    if (vg_text_equals(key, "kind")) {
        return take_kind(parser, value);
    }
    if (vg_text_equals(key, "date_order")) {
        return take_order(parser, value);
    }
    if (vg_text_equals(key, "match")) {
        return split(parser, value, ';', &p->match, &p->n_match);
    }
    return wrong(parser, "a setting (name, title, kind, match, ...)", key);
}

static vg_status take_column(struct parser *parser, struct vg_text key, struct vg_text value)
{
    struct vg_profile *p = parser->profile;
    struct profile_column *column = &p->columns[p->n_columns];
    if (p->n_columns == LIST_MAX) {
        return wrong(parser, "fewer columns", key);
    }
    column->field_name = vg_arena_copy_bytes(parser->arena, key.data, key.size);
    if (column->field_name == NULL || !(p->of_stock ? stock_field_is_known(column->field_name) : field_from_name(column->field_name, &column->field))) {
        return wrong(parser, p->of_stock ? "a field (date, place, item, amount, item:ventilator, ...)" : "a field (onset, admin1_code, measure:cases_report, ...)", key);
    }
    p->n_columns++;
    return split(parser, value, '|', &column->aliases, &column->n_aliases);
}

static bool meaning_of(enum code_map map, struct vg_text text, int *meaning)
{
    enum vg_sex sex = VG_SEX_UNKNOWN;
    enum vg_case_class class = VG_CLASS_UNKNOWN;
    enum vg_outcome outcome = VG_OUTCOME_UNKNOWN;
    enum vg_severity severity = VG_SEVERITY_UNKNOWN;
    static const char *const units[] = {"years", "months", "days"};
    bool known = false;
    switch (map) {
    case MAP_SEX:
        known = vg_sex_from_name(text, &sex);
        *meaning = (int)sex;
        break;
    case MAP_CLASS:
        known = vg_case_class_from_name(text, &class);
        *meaning = (int)class;
        break;
    case MAP_OUTCOME:
        known = vg_outcome_from_name(text, &outcome);
        *meaning = (int)outcome;
        break;
    case MAP_SEVERITY:
        known = vg_severity_from_name(text, &severity);
        *meaning = (int)severity;
        break;
    case MAP_AGE_UNIT:
        for (int unit = 0; unit < 3 && !known; unit++) {
            known = vg_text_equals(text, units[unit]);
            *meaning = unit;
        }
        break;
    case MAP_COUNT:
        break;
    }
    return known;
}

/* "female = F | Femenino | 1" */
static vg_status take_code(struct parser *parser, enum code_map map, struct vg_text key, struct vg_text value)
{
    struct vg_profile *p = parser->profile;
    const char **values = NULL;
    size_t n = 0;
    int meaning = 0;
    if (!meaning_of(map, key, &meaning)) {
        return wrong(parser, "a term of the model", key);
    }
    vg_status status = split(parser, value, '|', &values, &n);
    for (size_t i = 0; status == VG_OK && i < n && p->n_codes[map] < LIST_MAX; i++) {
        char folded[128];
        size_t size = vg_text_fold(vg_text_from(values[i]), folded, sizeof folded);
        p->codes[map][p->n_codes[map]++] = (struct code_value){vg_text_of(vg_arena_copy_bytes(parser->arena, folded, size), size), meaning};
    }
    return status;
}

/* "respirator = N95 | Mascarilla N95" */
static vg_status take_name(struct parser *parser, enum profile_names which, struct vg_text key, struct vg_text value)
{
    struct vg_profile *p = parser->profile;
    const char **values = NULL, *name = vg_arena_copy_bytes(parser->arena, key.data, key.size);
    size_t n = 0;
    if (which == NAMES_EVENTS && !is_event(key)) {
        return wrong(parser, EVENTS_TEXT, key);
    }
    vg_status status = split(parser, value, '|', &values, &n);
    if (status == VG_OK && n > LIST_MAX - p->n_names[which]) {
        return vg_fail(parser->error, VG_DATA_ERROR, "profile %s, line %u: at most %d names in a section were expected", parser->file_name, parser->line, LIST_MAX);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        char folded[128];
        size_t size = vg_text_fold(vg_text_from(values[i]), folded, sizeof folded);
        p->names[which][p->n_names[which]++] = (struct name_value){vg_text_of(vg_arena_copy_bytes(parser->arena, folded, size), size), name};
    }
    return status == VG_OK && parser->arena->failed ? vg_fail_memory(parser->error, 0) : status;
}

static vg_status take_filter(struct parser *parser, struct vg_text key, struct vg_text value)
{
    struct vg_profile *p = parser->profile;
    if (p->n_filters == LIST_MAX) {
        return wrong(parser, "fewer filters", key);
    }
    struct profile_filter *filter = &p->filters[p->n_filters++];
    filter->keep = !(key.size > 1 && key.data[key.size - 1] == '!'); /* "column ! = values" drops them */
    struct vg_text heading = filter->keep ? key : vg_text_trim(vg_text_of(key.data, key.size - 1));
    filter->heading = vg_arena_copy_bytes(parser->arena, heading.data, heading.size);
    return split(parser, value, '|', &filter->values, &filter->n_values);
}

static vg_status take_entry(struct parser *parser, struct vg_text key, struct vg_text value)
{
    static const char *const maps[MAP_COUNT] = {"sex", "class", "outcome", "severity", "age_unit"};
    if (parser->section[0] == '\0') {
        return take_setting(parser, key, value);
    }
    if (strcmp(parser->section, "columns") == 0) {
        return take_column(parser, key, value);
    }
    if (strcmp(parser->section, "filter") == 0) {
        return take_filter(parser, key, value);
    }
    if (parser->profile->of_stock && (strcmp(parser->section, "events") == 0 || strcmp(parser->section, "items") == 0)) {
        return take_name(parser, strcmp(parser->section, "events") == 0 ? NAMES_EVENTS : NAMES_ITEMS, key, value);
    }
    for (int map = 0; map < MAP_COUNT; map++) {
        if (strcmp(parser->section, maps[map]) == 0) {
            return take_code(parser, (enum code_map)map, key, value);
        }
    }
    return wrong(parser, "a section columns, missing, filter, sex, class, outcome, severity or age_unit", vg_text_from(parser->section));
}

static vg_status take_line(struct parser *parser, struct vg_text line)
{
    line = vg_text_trim(line);
    if (line.size == 0 || line.data[0] == '#') {
        return VG_OK;
    }
    if (line.data[0] == '[') {
        if (line.data[line.size - 1] != ']' || line.size - 2 >= sizeof parser->section) {
            return wrong(parser, "[section]", line);
        }
        memcpy(parser->section, line.data + 1, line.size - 2);
        parser->section[line.size - 2] = '\0';
        return VG_OK;
    }
    if (strcmp(parser->section, "missing") == 0) {
        struct vg_profile *p = parser->profile;
        if (p->n_missing < LIST_MAX) {
            p->missing[p->n_missing++] = vg_text_of(vg_arena_copy_bytes(parser->arena, line.data, line.size), line.size);
            p->missing_starts[line.size == 0 ? 0 : (unsigned char)line.data[0]] = true;
        }
        return VG_OK;
    }
    const char *equals = memchr(line.data, '=', line.size);
    if (equals == NULL) {
        return wrong(parser, "name = value", line);
    }
    size_t key_size = (size_t)(equals - line.data);
    return take_entry(parser, vg_text_trim(vg_text_of(line.data, key_size)), vg_text_trim(vg_text_of(equals + 1, line.size - key_size - 1)));
}

vg_status vg_profile_parse(const char *file_name, const char *text, size_t size, struct vg_arena *arena, struct vg_profile **out, struct vg_error *error)
{
    struct vg_profile *profile = VG_ARENA_ARRAY(arena, struct vg_profile, 1);
    struct parser parser = {.file_name = file_name, .profile = profile, .arena = arena, .error = error};
    if (profile != NULL) {
        profile->columns = VG_ARENA_ARRAY(arena, struct profile_column, LIST_MAX);
        profile->missing = VG_ARENA_ARRAY(arena, struct vg_text, LIST_MAX);
        profile->filters = VG_ARENA_ARRAY(arena, struct profile_filter, LIST_MAX);
        for (int which = 0; which < 2; which++) {
            profile->names[which] = VG_ARENA_ARRAY(arena, struct name_value, LIST_MAX);
        }
        for (int map = 0; map < MAP_COUNT; map++) {
            profile->codes[map] = VG_ARENA_ARRAY(arena, struct code_value, LIST_MAX);
        }
    }
    if (arena->failed) {
        return vg_fail_memory(error, sizeof *profile);
    }
    vg_status status = VG_OK;
    if (!vg_utf8_valid(text, size) || memchr(text, '\0', size) != NULL) {
        status = vg_fail(error, VG_DATA_ERROR, "profile %s is not UTF-8 text", file_name);
    }
    while (status == VG_OK && size > 0) {
        const char *end = memchr(text, '\n', size);
        size_t length = end == NULL ? size : (size_t)(end - text);
        parser.line++;
        status = take_line(&parser, vg_text_of(text, length));
        text += length + (end == NULL ? 0 : 1);
        size -= length + (end == NULL ? 0 : 1);
    }
    if (status == VG_OK && (profile->facts.name == NULL || profile->facts.name[0] == '\0')) {
        status = vg_fail(error, VG_DATA_ERROR, "profile %s has no name", file_name);
    }
    *out = profile;
    return status;
}

static vg_status add_profile(struct vg_profile_set *set, size_t capacity, const struct vg_profile *profile, struct vg_error *error)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->profiles[i]->facts.name, profile->facts.name) == 0) {
            set->profiles[i] = profile; /* the user's own takes the place of the shipped one */
            return VG_OK;
        }
    }
    if (set->count == capacity) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "there are more than %zu profiles", capacity);
    }
    set->profiles[set->count++] = profile;
    return VG_OK;
}

static vg_status load_folder(struct vg_profile_set *set, bool of_stock, size_t capacity, const char *folder, struct vg_arena *arena, struct vg_error *error)
{
    DIR *directory = opendir(folder);
    const struct dirent *entry = NULL;
    vg_status status = VG_OK;
    while (directory != NULL && status == VG_OK && (entry = readdir(directory)) != NULL) {
        size_t length = strlen(entry->d_name);
        struct vg_buffer text;
        struct vg_profile *profile = NULL;
        if (length < 9 || strcmp(entry->d_name + length - 8, ".profile") != 0) {
            continue;
        }
        const char *path = vg_arena_format(arena, "%s/%s", folder, entry->d_name);
        vg_buffer_init(&text, 0);
        status = path == NULL ? vg_fail_memory(error, 0) : vg_file_read(path, 1U << 20, &text, error);
        if (status == VG_OK) {
            status = vg_profile_parse(path, text.data, text.size, arena, &profile, error);
        }
        if (status == VG_OK && profile->of_stock == of_stock) {
            status = add_profile(set, capacity, profile, error);
        }
        vg_buffer_release(&text);
    }
    if (directory != NULL) {
        (void)closedir(directory);
    }
    return status;
}

vg_status vg_profile_set_load(const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **out, struct vg_error *error)
{
    return profile_set_load(false, folders, n_folders, arena, out, error);
}

vg_status profile_set_load(bool of_stock, const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **out, struct vg_error *error)
{
    size_t capacity = vg_embedded_profiles_count + 1000;
    struct vg_profile_set *set = VG_ARENA_ARRAY(arena, struct vg_profile_set, 1);
    if (set != NULL) {
        set->profiles = VG_ARENA_ARRAY(arena, const struct vg_profile *, capacity);
    }
    if (arena->failed) {
        return vg_fail_memory(error, capacity);
    }
    vg_status status = VG_OK;
    for (size_t i = 0; status == VG_OK && i < vg_embedded_profiles_count; i++) {
        struct vg_profile *profile = NULL;
        status = vg_profile_parse(vg_embedded_profiles[i].name, (const char *)vg_embedded_profiles[i].data, vg_embedded_profiles[i].size, arena, &profile, error);
        if (status == VG_OK && profile->of_stock == of_stock) {
            status = add_profile(set, capacity, profile, error);
        }
    }
    for (size_t i = 0; status == VG_OK && i < n_folders; i++) {
        status = load_folder(set, of_stock, capacity, folders[i], arena, error);
    }
    *out = set;
    return status;
}

size_t vg_profile_set_count(const struct vg_profile_set *set)
{
    return set->count;
}

const struct vg_profile *vg_profile_set_at(const struct vg_profile_set *set, size_t index)
{
    VG_ASSERT(index < set->count);
    return set->profiles[index];
}

const struct vg_profile *vg_profile_set_find(const struct vg_profile_set *set, const char *name)
{
    for (size_t i = 0; i < set->count; i++) {
        if (strcmp(set->profiles[i]->facts.name, name) == 0) {
            return set->profiles[i];
        }
    }
    return NULL;
}

void vg_profile_get_facts(const struct vg_profile *profile, struct vg_profile_facts *facts)
{
    *facts = profile->facts;
}

const char *vg_intake_kind_name(enum vg_intake_kind kind)
{
    static const char *const names[] = {"cases", "counts", "places", "shapes"};
    return names[kind];
}

/* --------------------------------------------------------------- matching */

/* Portals and R turn accented letters into "_", which folding drops: "C_digoDIVIPOLA" is "Código DIVIPOLA" too. */
bool heading_is(struct vg_text heading, const char *alias)
{
    char plain[256];
    size_t n = 0;
    if (vg_text_fold_equal(heading, vg_text_from(alias))) {
        return true;
    }
    for (const char *at = alias; *at != '\0' && n < sizeof plain; at++) {
        if ((unsigned char)*at < 0x80) {
            plain[n++] = *at;
        }
    }
    return n > 0 && n < strlen(alias) && vg_text_fold_equal(heading, vg_text_of(plain, n));
}

static bool heading_is_there(const struct vg_reader *reader, const char *alias)
{
    for (size_t column = 0; column < vg_reader_column_count(reader); column++) {
        if (heading_is(vg_reader_heading(reader, column), alias)) {
            return true;
        }
    }
    return false;
}

static bool any_alias_is_there(const struct vg_reader *reader, const char *aliases)
{
    while (aliases != NULL && *aliases != '\0') {
        const char *end = strchr(aliases, '|');
        size_t size = end == NULL ? strlen(aliases) : (size_t)(end - aliases);
        char alias[256];
        (void)snprintf(alias, sizeof alias, "%.*s", (int)size, aliases);
        if (heading_is_there(reader, alias)) {
            return true;
        }
        aliases = end == NULL ? NULL : end + 1;
    }
    return false;
}

size_t profile_score(const struct vg_profile *profile, const struct vg_reader *reader)
{
    size_t score = 1;
    for (size_t i = 0; i < profile->n_match; i++) {
        if (!any_alias_is_there(reader, profile->match[i])) {
            return 0;
        }
        score += 100;
    }
    for (size_t i = 0; i < profile->n_columns; i++) {
        for (size_t alias = 0; alias < profile->columns[i].n_aliases; alias++) {
            score += heading_is_there(reader, profile->columns[i].aliases[alias]);
        }
    }
    return profile->n_match == 0 ? 0 : score;
}

bool profile_is_missing(const struct vg_profile *profile, struct vg_text cell)
{
    if (cell.size == 0) {
        return true;
    }
    if (!profile->missing_starts[(unsigned char)cell.data[0]]) {
        return false;
    }
    for (size_t i = 0; i < profile->n_missing; i++) {
        if (vg_text_equal(cell, profile->missing[i])) {
            return true;
        }
    }
    return false;
}

bool profile_keeps(const struct vg_profile *profile, const struct vg_reader *reader, const struct vg_text *cells)
{
    for (size_t i = 0; i < profile->n_filters; i++) {
        const struct profile_filter *filter = &profile->filters[i];
        for (size_t column = 0; column < vg_reader_column_count(reader); column++) {
            if (!vg_text_fold_equal(vg_reader_heading(reader, column), vg_text_from(filter->heading))) {
                continue;
            }
            bool found = false;
            for (size_t value = 0; value < filter->n_values && !found; value++) {
                found = vg_text_fold_equal(cells[column], vg_text_from(filter->values[value]));
            }
            if (found != filter->keep) {
                return false;
            }
        }
    }
    return true;
}

bool profile_code(const struct vg_profile *profile, enum code_map map, struct vg_text cell, int *meaning)
{
    char folded[128];
    struct vg_text key = vg_text_of(folded, vg_text_fold(cell, folded, sizeof folded));
    for (size_t i = 0; i < profile->n_codes[map]; i++) {
        if (vg_text_equal(profile->codes[map][i].folded, key)) {
            *meaning = profile->codes[map][i].meaning;
            return true;
        }
    }
    return false;
}

/* Headings of fields that name a person, in the program's five languages: such columns are sealed, whatever the profile says. */
bool is_identifying_heading(struct vg_text heading)
{
    static const char *const words[] = {
        "nombre", "nombres", "apellido", "apellidos", "nombrecompleto", "nombrepaciente", "primernombre", "primerapellido", "segundonombre", "segundoapellido",
        "nome", "nomepaciente", "sobrenome", "nomedamae", "nomemae", "nmpacient", "nmmaepac", "name", "fullname", "firstname", "lastname", "surname", "patientname",
        "nom", "prenom", "nomcomplet", "姓名", "documento", "numerodocumento", "numdocumento", "cedula", "dni", "curp", "cpf", "cns", "rut", "passport", "pasaporte",
        "passaporte", "passeport", "idnumber", "nationalid", "身份证", "身份证号", "telefono", "telefone", "phone", "telephone", "celular", "movil", "电话", "手机",
        "direccion", "domicilio", "endereco", "address", "adresse", "地址", "email", "correo", "correoelectronico", "nulogradouro", "nmlogradouro", "nmbairro",
    };
    char folded[128];
    struct vg_text key = vg_text_of(folded, vg_text_fold(heading, folded, sizeof folded));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (vg_text_equals(key, words[i])) {
            return true;
        }
    }
    return false;
}
