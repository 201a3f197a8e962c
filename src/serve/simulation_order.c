/*
 * What is posted to the simulations, read: {"action": "start", "name": ..., "texts": [...], "note": {...}} to all, {"action": "cancel" | "delete"} to one.
 */
#include "serve/simulations.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_BYTES_MAX 65536

static vg_status take_name(const json_t *value, struct serve_order *order, struct vg_error *error)
{
    const char *text = json_string_value(value);
    size_t size = text == NULL ? 0 : json_string_length(value);
    bool good = text != NULL && size < sizeof order->name;
    for (size_t i = 0; good && i < size; i++) {
        good = (unsigned char)text[i] >= 0x20 && (unsigned char)text[i] != 0x7F;
    }
    if (!good) {
        return vg_fail(error, VG_USAGE_ERROR, "name is text of at most %zu bytes without control characters", sizeof order->name - 1);
    }
    memcpy(order->name, text, size + 1);
    return VG_OK;
}

static vg_status take_texts(const json_t *value, struct serve_order *order, struct vg_error *error)
{
    size_t count = json_array_size(value);
    if (!json_is_array(value) || count < 1 || count > SERVE_SIMULATION_TEXTS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "texts are 1 to %d scenario texts", SERVE_SIMULATION_TEXTS_MAX);
    }
    for (size_t i = 0; i < count; i++) {
        const json_t *item = json_array_get(value, i);
        if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item)) {
            return vg_fail(error, VG_USAGE_ERROR, "text %zu is not a text", i + 1);
        }
        order->texts[i] = strdup(json_string_value(item));
        if (order->texts[i] == NULL) {
            return vg_fail_memory(error, json_string_length(item));
        }
        order->n_texts = i + 1;
    }
    return VG_OK;
}

static vg_status take_note(const json_t *value, struct serve_order *order, struct vg_error *error)
{
    order->note = json_is_object(value) ? json_dumps(value, JSON_COMPACT) : NULL;
    if (order->note == NULL || strlen(order->note) > NOTE_BYTES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "note is a JSON object of at most %d bytes", NOTE_BYTES_MAX);
    }
    return VG_OK;
}

static bool take_action(const json_t *value, bool to_one, struct serve_order *order)
{
    const char *text = json_string_value(value);
    order->action = text == NULL                           ? SERVE_SIMULATION_LOOK
                    : strcmp(text, "start") == 0 && !to_one ? SERVE_SIMULATION_START
                    : strcmp(text, "cancel") == 0 && to_one ? SERVE_SIMULATION_CANCEL
                    : strcmp(text, "delete") == 0 && to_one ? SERVE_SIMULATION_DELETE
                                                            : SERVE_SIMULATION_LOOK;
    return order->action != SERVE_SIMULATION_LOOK;
}

static vg_status take_members(json_t *object, bool to_one, struct serve_order *order, struct vg_error *error)
{
    const char *key = NULL;
    json_t *value = NULL;
    vg_status status = VG_OK;
    if (!take_action(json_object_get(object, "action"), to_one, order)) {
        return vg_fail(error, VG_USAGE_ERROR, "action is %s here", to_one ? "cancel or delete" : "start");
    }
    json_object_foreach(object, key, value) {
        bool starts = order->action == SERVE_SIMULATION_START;
        if (strcmp(key, "action") == 0 || json_is_null(value)) {
            continue;
        }
        status = starts && strcmp(key, "name") == 0    ? take_name(value, order, error)
                 : starts && strcmp(key, "texts") == 0 ? take_texts(value, order, error)
                 : starts && strcmp(key, "note") == 0  ? take_note(value, order, error)
                                                       : vg_fail(error, VG_USAGE_ERROR, "there is no member \"%.60s\"; %s", key,
                                                                 to_one ? "only action is sent to a simulation" : "a start has action, name, texts and note");
        if (status != VG_OK) {
            return status;
        }
    }
    return order->action == SERVE_SIMULATION_START && order->n_texts == 0 ? vg_fail(error, VG_USAGE_ERROR, "a start needs texts") : VG_OK;
}

vg_status serve_order_parse(const char *body, size_t size, bool to_one, struct serve_order *order, struct vg_error *error)
{
    json_error_t problem;
    *order = (struct serve_order){0};
    json_t *object = json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem);
    vg_status status = json_is_object(object) ? take_members(object, to_one, order, error)
                                              : vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object such as {\"action\": \"start\", \"name\": \"...\", \"texts\": [\"...\"]}");
    json_decref(object);
    return status;
}

void serve_order_release(struct serve_order *order)
{
    free(order->note);
    for (size_t i = 0; i < order->n_texts; i++) {
        free(order->texts[i]);
    }
    *order = (struct serve_order){0};
}
