/*
 * Settings of risk as JSON: {"infectiousness": {...}, "v1": {...}, "v2": {...}}. What is not given keeps its default; a name that is not known is an error, since a setting that
 * is misspelt would silently not be one.
 */
#include "jobs/exposure/internal.h"

#include <jansson.h>
#include <string.h>

#define CONFIG_BYTES_MAX ((size_t)1 << 20)

static const char *const infectiousness_names[] = {"none", "standard", "high"};

void exposure_config_defaults(struct exposure_config *config)
{
    vg_exposure_mapping_defaults(&config->mapping);
    vg_exposure_v1_defaults(&config->v1);
    vg_exposure_v2_defaults(&config->v2);
}

/* One setting: where it is, and how it is read and printed. */
enum setting_kind { SETTING_INTEGERS, SETTING_NUMBERS, SETTING_INFECTIOUSNESS, SETTING_REPORT };
struct setting {
    const char *group, *name;
    enum setting_kind kind;
    size_t n;
    void *place;
};
#define SETTINGS 17

static void list_settings(struct exposure_config *config, struct setting settings[SETTINGS])
{
    const struct setting all[SETTINGS] = {
        {"infectiousness", "by_days_since_onset_from_minus_14", SETTING_INFECTIOUSNESS, 29, config->mapping.infectiousness},
        {"infectiousness", "without_onset", SETTING_INFECTIOUSNESS, 1, &config->mapping.infectiousness_without_onset},
        {"infectiousness", "report_when_unknown", SETTING_REPORT, 1, &config->mapping.report_when_unknown},
        {"v1", "attenuation_scores", SETTING_INTEGERS, 8, config->v1.attenuation_scores},
        {"v1", "days_scores", SETTING_INTEGERS, 8, config->v1.days_scores},
        {"v1", "duration_scores", SETTING_INTEGERS, 8, config->v1.duration_scores},
        {"v1", "transmission_scores", SETTING_INTEGERS, 8, config->v1.transmission_scores},
        {"v1", "least_score", SETTING_INTEGERS, 1, &config->v1.least_score},
        {"v1", "attenuation_thresholds", SETTING_INTEGERS, 2, config->v1.attenuation_thresholds},
        {"v2", "report_weights", SETTING_NUMBERS, VG_EXPOSURE_REPORTS, config->v2.report_weights},
        {"v2", "infectiousness_weights", SETTING_NUMBERS, 3, config->v2.infectiousness_weights},
        {"v2", "attenuation_thresholds", SETTING_INTEGERS, 3, config->v2.attenuation_thresholds},
        {"v2", "attenuation_weights", SETTING_NUMBERS, 4, config->v2.attenuation_weights},
        {"v2", "days_since_exposure", SETTING_INTEGERS, 1, &config->v2.days_since_exposure},
        {"v2", "least_window_score", SETTING_NUMBERS, 1, &config->v2.least_window_score},
    };
    memcpy(settings, all, sizeof all);
}

/* -------------------------------------------------------------------- read */

static bool take_value(const struct setting *setting, size_t i, const json_t *value)
{
    if (setting->kind == SETTING_NUMBERS) {
        ((double *)setting->place)[i] = json_number_value(value);
        return json_is_number(value);
    }
    if (setting->kind == SETTING_INTEGERS) {
        json_int_t number = json_integer_value(value);
        ((int32_t *)setting->place)[i] = (int32_t)number;
        return json_is_integer(value) && number >= -1000000 && number <= 1000000;
    }
    if (!json_is_string(value)) {
        return false;
    }
    if (setting->kind == SETTING_REPORT) {
        return vg_exposure_report_from_name(vg_text_from(json_string_value(value)), setting->place);
    }
    for (unsigned k = 0; k < 3; k++) {
        if (strcmp(json_string_value(value), infectiousness_names[k]) == 0) {
            ((enum vg_exposure_infectiousness *)setting->place)[i] = (enum vg_exposure_infectiousness)k;
            return true;
        }
    }
    return false;
}

static vg_status take_setting(const char *path, const struct setting *setting, const json_t *value, struct vg_error *error)
{
    bool good = setting->n == 1 || (json_is_array(value) && json_array_size(value) == setting->n);
    for (size_t i = 0; good && i < setting->n; i++) {
        good = take_value(setting, i, setting->n == 1 ? value : json_array_get(value, i));
    }
    static const char *const kinds[] = {"whole numbers", "numbers", "of none, standard, high", "of the kinds of report"};
    return good ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s: %s.%s: %zu %s were expected", path, setting->group, setting->name, setting->n, kinds[setting->kind]);
}

static vg_status take_group(const char *path, const struct setting settings[SETTINGS], const char *group, json_t *members, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = json_is_object(members) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "%s: %.40s is not an object of settings", path, group);
    json_object_foreach(members, name, value) {
        const struct setting *found = NULL;
        for (size_t i = 0; settings[i].name != NULL; i++) {
            if (strcmp(settings[i].group, group) == 0 && strcmp(settings[i].name, name) == 0) {
                found = &settings[i];
            }
        }
        if (status == VG_OK) {
            status = found == NULL ? vg_fail(error, VG_DATA_ERROR, "%s: there is no setting %.40s.%.60s", path, group, name) : take_setting(path, found, value, error);
        }
    }
    return status;
}

vg_status exposure_config_read(const char *path, struct exposure_config *config, struct vg_error *error)
{
    struct setting settings[SETTINGS];
    struct vg_buffer text;
    json_error_t fault;
    const char *group = NULL;
    json_t *members = NULL;
    list_settings(config, settings);
    vg_buffer_init(&text, 0);
    vg_status status = vg_file_read(path, CONFIG_BYTES_MAX, &text, error);
    json_t *root = status == VG_OK ? json_loadb(text.data == NULL ? "" : text.data, text.size, JSON_REJECT_DUPLICATES, &fault) : NULL;
    if (status == VG_OK && !json_is_object(root)) {
        status = vg_fail(error, VG_DATA_ERROR, "%s, line %d, column %d: %s", path, root == NULL ? fault.line : 1, root == NULL ? fault.column : 1,
                         root == NULL ? fault.text : "an object was expected");
    }
    json_object_foreach(root, group, members) {
        status = status == VG_OK ? take_group(path, settings, group, members, error) : status;
    }
    json_decref(root);
    vg_buffer_release(&text);
    return status == VG_OK ? vg_exposure_v2_check(&config->v2, error) : status;
}

/* ------------------------------------------------------------------- print */

static void print_value(const struct setting *setting, size_t i, struct vg_buffer *out)
{
    if (setting->kind == SETTING_NUMBERS) {
        vg_buffer_double(out, ((const double *)setting->place)[i]);
    } else if (setting->kind == SETTING_INTEGERS) {
        vg_buffer_integer(out, ((const int32_t *)setting->place)[i]);
    } else if (setting->kind == SETTING_REPORT) {
        vg_buffer_format(out, "\"%s\"", vg_exposure_report_name(*(const enum vg_exposure_report *)setting->place));
    } else {
        vg_buffer_format(out, "\"%s\"", infectiousness_names[((const enum vg_exposure_infectiousness *)setting->place)[i]]);
    }
}

vg_status vg_job_exposure_config(struct vg_buffer *out, struct vg_error *error)
{
    struct exposure_config config;
    struct setting settings[SETTINGS];
    const char *group = "";
    exposure_config_defaults(&config);
    list_settings(&config, settings);
    vg_buffer_char(out, '{');
    for (size_t i = 0; settings[i].name != NULL; i++) {
        const struct setting *setting = &settings[i];
        bool begins = strcmp(group, setting->group) != 0;
        if (begins) {
            vg_buffer_format(out, "%s\n  \"%s\": {", i == 0 ? "" : "\n  },", setting->group);
            group = setting->group;
        }
        vg_buffer_format(out, "%s\n    \"%s\": %s", begins ? "" : ",", setting->name, setting->n == 1 ? "" : "[");
        for (size_t k = 0; k < setting->n; k++) {
            vg_buffer_text(out, k == 0 ? "" : ", ");
            print_value(setting, k, out);
        }
        vg_buffer_text(out, setting->n == 1 ? "" : "]");
    }
    vg_buffer_text(out, "\n  }\n}\n");
    return out->failed ? vg_fail_memory(error, 0) : VG_OK;
}
