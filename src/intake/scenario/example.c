/*
 * Scenarios written: the commented example from the table of keys and the defaults as they are, and scenarios that were read, in full or explained.
 */
#include "intake/scenario/settings.h"

#include <math.h>
#include <string.h>

/* A default as the file would say it; false where there is none. */
static bool put_default(struct vg_buffer *out, const struct setting *s, const char *base)
{
    const void *at = base + s->offset;
    char date[VG_DATE_TEXT_BYTES];
    switch (s->kind) {
    case SET_TEXT: {
        const char *text = *(const char *const *)at;
        if (text != NULL) {
            vg_buffer_json_string(out, text, strlen(text));
        }
        return text != NULL;
    }
    case SET_TEXTS: {
        const struct vg_text_list *list = at;
        for (size_t i = 0; i < list->count; i++) {
            vg_buffer_text(out, i == 0 ? "[" : ", ");
            vg_buffer_json_string(out, list->items[i], strlen(list->items[i]));
        }
        vg_buffer_text(out, list->count > 0 ? "]" : "");
        return list->count > 0;
    }
    case SET_NUMBERS: {
        const struct vg_number_list *list = at;
        for (size_t i = 0; i < list->count; i++) {
            vg_buffer_text(out, i == 0 ? "[" : ", ");
            vg_buffer_double(out, list->items[i]);
        }
        vg_buffer_text(out, list->count > 0 ? "]" : "");
        return list->count > 0;
    }
    case SET_NUMBER:
        vg_buffer_double(out, *(const double *)at);
        return !isnan(*(const double *)at);
    case SET_INTEGER:
        vg_buffer_integer(out, *(const int32_t *)at);
        return true;
    case SET_LONG:
        vg_buffer_integer(out, *(const int64_t *)at);
        return true;
    case SET_DATE:
        vg_buffer_text(out, vg_date_print(*(const int32_t *)at, date) > 0 ? date : "");
        return *(const int32_t *)at != VG_DATE_NONE;
    case SET_FLAG:
        vg_buffer_text(out, *(const bool *)at ? "true" : "false");
        return true;
    case SET_WORD:
        vg_buffer_format(out, "\"%s\"", s->words[*(const int32_t *)at]);
        return true;
    }
    return false;
}

/* mark: before what is commented out. */
static void put_setting(struct vg_buffer *out, const struct setting *s, const char *base, const char *mark)
{
    vg_buffer_format(out, "# %s\n", s->help);
    if (s->shown != NULL) {
        vg_buffer_format(out, "%s = %s\n", s->key, s->shown);
        return;
    }
    vg_buffer_format(out, "%s%s = ", mark, s->key);
    if (!put_default(out, s, base)) {
        vg_buffer_text(out, s->sample == NULL ? "" : s->sample);
    }
    vg_buffer_char(out, '\n');
}

/* A repeated section of which the example has none is commented out with its heading, by a mark without a blank. */
static bool shows_any(const struct section *section)
{
    bool any = !section->repeated;
    for (const struct setting *s = section->settings; s->key != NULL; s++) {
        any = any || s->shown != NULL;
    }
    return any;
}

union any_item {
    struct vg_scenario_municipality municipality;
    struct vg_scenario_group group;
    struct vg_scenario_import import;
    struct vg_scenario_measure measure;
    struct vg_scenario_campaign campaign;
    struct vg_scenario_lot lot;
    struct vg_scenario_variation variation;
    struct vg_exercise_outage outage;
    struct vg_exercise_inject inject;
};

/* The defaults of a section, of a repeated one those of an item. */
static const char *defaults_of(const struct section *section, const struct vg_scenario *defaults, union any_item *item)
{
    if (!section->repeated) {
        return (const char *)defaults + section->offset;
    }
    VG_ASSERT(section->item_size <= sizeof *item);
    section->defaults(item);
    return (const char *)item;
}

static void put_heading(struct vg_buffer *out, const struct section *section, const char *before)
{
    if (section->name[0] == '\0') {
        vg_buffer_format(out, "# %s\n", section->help);
    } else {
        vg_buffer_format(out, section->repeated ? "\n# ---- %s\n%s[[%s]]\n" : "\n# ---- %s\n%s[%s]\n", section->help, before, section->name);
    }
}

void vg_intake_scenario_example(struct vg_buffer *out)
{
    struct vg_scenario defaults;
    union any_item item;
    vg_scenario_defaults(&defaults);
    vg_buffer_text(out, "# A scenario for vigia simulate.\n");
    for (const struct section *section = scenario_sections; section->name != NULL; section++) {
        if (!(section->uses & USE_SIMULATE)) {
            continue;
        }
        const char *base = defaults_of(section, &defaults, &item);
        const char *mark = shows_any(section) ? "" : "#";
        put_heading(out, section, mark);
        for (const struct setting *s = section->settings; s->key != NULL; s++) {
            put_setting(out, s, base, *mark == '\0' ? "# " : mark);
        }
        if (section->also != NULL) {
            vg_buffer_format(out, "\n%s", section->also);
        }
    }
}

/* ------------------------------------------------------ scenarios that were read */

/* The items of a section: one where it is not repeated. */
static const char *items_of(const struct section *section, const struct vg_scenario *scenario, size_t *count)
{
    const char *base = (const char *)scenario + section->offset;
    *count = 1;
    if (section->repeated) {
        *count = *(const size_t *)(const void *)((const char *)scenario + section->count_offset);
        memcpy(&base, (const char *)scenario + section->offset, sizeof base);
    }
    return base;
}

/* A key with its meaning; commented out where the value is the default. */
static void put_explained(struct vg_buffer *out, const struct setting *s, const char *base, const char *defaults)
{
    struct vg_buffer value, usual;
    vg_buffer_init(&value, 0);
    vg_buffer_init(&usual, 0);
    bool has_value = base != NULL && put_default(&value, s, base), has_default = put_default(&usual, s, defaults);
    bool own = has_value && (!has_default || value.size != usual.size || memcmp(value.data, usual.data, value.size) != 0);
    bool number = s->kind == SET_NUMBER || s->kind == SET_INTEGER;
    vg_buffer_format(out, "# %s", s->help);
    if (number && fabs(s->low) < 1e299 && fabs(s->high) < 1e299) {
        vg_buffer_format(out, " (%.10g to %.10g)", s->low, s->high);
    }
    vg_buffer_format(out, "\n%s%s = ", own ? "" : "# ", s->key);
    if (own || has_default) {
        vg_buffer_append(out, own ? value.data : usual.data, own ? value.size : usual.size);
    } else {
        vg_buffer_text(out, s->sample == NULL ? "" : s->sample);
    }
    vg_buffer_char(out, '\n');
    out->failed = out->failed || value.failed || usual.failed;
    vg_buffer_release(&value);
    vg_buffer_release(&usual);
}

/* What was given, without words. */
static void put_table(struct vg_buffer *out, const struct section *section, const char *base, const char *defaults)
{
    if (section->name[0] != '\0') {
        vg_buffer_format(out, section->repeated ? "\n[[%s]]\n" : "\n[%s]\n", section->name);
    }
    for (const struct setting *s = section->settings; s->key != NULL; s++) {
        size_t before = out->size, after;
        vg_buffer_format(out, "%s = ", s->key);
        after = out->size;
        if (!put_default(out, s, base)) {
            out->size = before;
            continue;
        }
        if (defaults != NULL && !out->failed) {
            size_t size = out->size - after;
            bool has_default = put_default(out, s, defaults), same = has_default && !out->failed && out->size == after + 2 * size &&
                               memcmp(out->data + after, out->data + after + size, size) == 0;
            out->size = same ? before : after + size;
        }
        if (out->size > before) {
            vg_buffer_char(out, '\n');
        }
    }
}

static void terminate(struct vg_buffer *out)
{
    if (out->data != NULL && !out->failed) {
        out->data[out->size] = '\0';
    }
}

static void print_for(const struct vg_scenario *scenario, unsigned use, struct vg_buffer *out)
{
    for (const struct section *section = scenario_sections; section->name != NULL; section++) {
        size_t count;
        const char *base = items_of(section, scenario, &count);
        for (size_t i = 0; i < count && section->uses & use; i++) {
            put_table(out, section, base + i * section->item_size, NULL);
        }
    }
    terminate(out);
}

void vg_intake_scenario_print(const struct vg_scenario *scenario, struct vg_buffer *out)
{
    print_for(scenario, USE_SIMULATE, out);
}

void vg_intake_exercise_print(const struct vg_scenario *scenario, struct vg_buffer *out)
{
    print_for(scenario, USE_EXERCISE, out);
}

void vg_intake_exercise_explain(const struct vg_scenario *scenario, struct vg_buffer *out)
{
    struct vg_scenario defaults;
    union any_item item;
    vg_scenario_defaults(&defaults);
    vg_buffer_text(out, "# An exercise for vigia exercise make.\n");
    for (const struct section *section = scenario_sections; section->name != NULL; section++) {
        size_t count;
        if (!(section->uses & USE_EXERCISE)) {
            continue;
        }
        const char *usual = defaults_of(section, &defaults, &item), *base = items_of(section, scenario, &count);
        put_heading(out, section, count == 0 ? "# " : "");
        for (const struct setting *s = section->settings; s->key != NULL; s++) {
            put_explained(out, s, count == 0 ? NULL : base, usual);
        }
        for (size_t i = 1; i < count; i++) {
            put_table(out, section, base + i * section->item_size, usual);
        }
    }
    terminate(out);
}
