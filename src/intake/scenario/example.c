/*
 * Scenarios written: the commented example from the table of keys and the defaults as they are, and a scenario that was read in full.
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

void vg_intake_scenario_example(struct vg_buffer *out)
{
    struct vg_scenario defaults;
    union {
        struct vg_scenario_municipality municipality;
        struct vg_scenario_import import;
        struct vg_scenario_measure measure;
        struct vg_scenario_campaign campaign;
        struct vg_scenario_variation variation;
    } item;
    vg_scenario_defaults(&defaults);
    for (const struct section *section = scenario_sections; section->name != NULL; section++) {
        const char *base = (const char *)&defaults + section->offset;
        if (section->repeated) {
            section->defaults(&item);
            base = (const char *)&item;
        }
        if (section->name[0] == '\0') {
            vg_buffer_format(out, "# %s\n", section->help);
        } else if (!shows_any(section)) {
            vg_buffer_format(out, "\n# ---- %s\n#[[%s]]\n", section->help, section->name);
        } else {
            vg_buffer_format(out, section->repeated ? "\n# ---- %s\n[[%s]]\n" : "\n# ---- %s\n[%s]\n", section->help, section->name);
        }
        for (const struct setting *s = section->settings; s->key != NULL; s++) {
            put_setting(out, s, base, shows_any(section) ? "# " : "#");
        }
        if (section->also != NULL) {
            vg_buffer_format(out, "\n%s", section->also);
        }
    }
}

static void put_table(struct vg_buffer *out, const struct section *section, const char *base)
{
    if (section->name[0] != '\0') {
        vg_buffer_format(out, section->repeated ? "\n[[%s]]\n" : "\n[%s]\n", section->name);
    }
    for (const struct setting *s = section->settings; s->key != NULL; s++) {
        size_t before = out->size;
        vg_buffer_format(out, "%s = ", s->key);
        if (put_default(out, s, base)) {
            vg_buffer_char(out, '\n');
        } else {
            out->size = before;
        }
    }
}

void vg_intake_scenario_print(const struct vg_scenario *scenario, struct vg_buffer *out)
{
    for (const struct section *section = scenario_sections; section->name != NULL; section++) {
        const char *base = (const char *)scenario + section->offset;
        if (!section->repeated) {
            put_table(out, section, base);
            continue;
        }
        size_t count = *(const size_t *)(const void *)((const char *)scenario + section->count_offset);
        memcpy(&base, (const char *)scenario + section->offset, sizeof base);
        for (size_t i = 0; i < count; i++) {
            put_table(out, section, base + i * section->item_size);
        }
    }
    if (out->data != NULL && !out->failed) {
        out->data[out->size] = '\0';
    }
}
