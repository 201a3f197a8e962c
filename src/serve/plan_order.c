/*
 * Plans as the page orders them: {"action": "make", "name": "March", "dataset": "hospitals", "level": "admin1", "resources": ["ventilator"], "places": [...], "weeks": 4, ...} or
 * {"action": "remove", "name": "March"}.
 */
#include "serve/http.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MOST 2000

static bool is_plain(const char *text)
{
    bool plain = true;
    for (; *text != '\0' && plain; text++) {
        plain = (unsigned char)*text >= 0x20 && *text != 0x7F;
    }
    return plain;
}

static vg_status read_text(const char *name, const json_t *value, const char **out, struct vg_error *error)
{
    const char *text = json_string_value(value);
    const size_t size = text == NULL ? 0 : json_string_length(value);
    *out = text;
    return text != NULL && size > 0 && size <= 200 && strlen(text) == size && is_plain(text) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is text of 1 to 200 bytes without control characters", name);
}

static vg_status read_number(const char *name, const json_t *value, double low, double high, double *out, struct vg_error *error)
{
    *out = json_number_value(value);
    return json_is_number(value) && *out >= low && *out <= high ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a number from %g to %g", name, low, high);
}

static vg_status read_list(const char *name, const json_t *value, const char ***list, size_t *n, struct vg_error *error)
{
    const size_t size = json_array_size(value);
    vg_status status = json_is_array(value) && size <= LIST_MOST ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a list of at most %d texts", name, LIST_MOST);
    *list = status == VG_OK ? calloc(size + 1, sizeof **list) : NULL;
    if (status == VG_OK && *list == NULL) {
        return vg_fail_memory(error, size * sizeof **list);
    }
    for (size_t i = 0; status == VG_OK && i < size; i++) {
        status = read_text(name, json_array_get(value, i), &(*list)[i], error);
        *n = i + 1;
    }
    return status;
}

static vg_status read_flag(const char *name, const json_t *value, bool *out, struct vg_error *error)
{
    *out = json_is_true(value);
    return json_is_boolean(value) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is true or false", name);
}

static vg_status read_level(const json_t *value, enum vg_place_level *level, struct vg_error *error)
{
    const char *text = json_string_value(value);
    return text != NULL && vg_place_level_from_name(vg_text_from(text), level) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "level is country, admin1 or admin2");
}

static vg_status read_language(const json_t *value, enum vg_language *language, struct vg_error *error)
{
    const char *text = json_string_value(value);
    return text != NULL && vg_language_from_code(vg_text_from(text), language) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "language is es, pt, en, fr or zh");
}

static vg_status read_whole(const char *name, const json_t *value, int64_t high, int64_t *out, struct vg_error *error)
{
    *out = json_integer_value(value);
    return json_is_integer(value) && *out >= 1 && *out <= high ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is a whole number from 1 to %lld", name, (long long)high);
}

static vg_status read_ways(const json_t *value, struct vg_text *ways, struct vg_error *error)
{
    *ways = vg_text_of(json_string_value(value), json_string_length(value));
    return json_is_string(value) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "ways is text: the rows of a CSV file with columns from, to, days, [cost], [capacity]");
}

/* {"resource": weight}: by resource, once these are known. */
static vg_status read_weights(json_t *weights, struct serve_plan *plan, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = VG_OK;
    if (weights == NULL || json_is_null(weights)) {
        return VG_OK;
    }
    if (!json_is_object(weights)) {
        return vg_fail(error, VG_USAGE_ERROR, "weights is an object: of each resource what an unmet unit weighs against one of the others");
    }
    plan->weights = calloc(plan->order.n_only + 1, sizeof *plan->weights);
    if (plan->weights == NULL) {
        return vg_fail_memory(error, plan->order.n_only * sizeof *plan->weights);
    }
    json_object_foreach(weights, name, value) {
        size_t at = 0;
        while (at < plan->order.n_only && strcmp(plan->only[at], name) != 0) {
            at++;
        }
        if (status == VG_OK && at == plan->order.n_only) {
            status = vg_fail(error, VG_USAGE_ERROR, "weights has \"%.60s\", which is none of the resources", name);
        }
        status = status == VG_OK ? read_number("a weight", value, 1e-9, 1e9, &plan->weights[at], error) : status;
    }
    plan->order.weights = plan->weights;
    return status;
}

static vg_status read_member(const char *name, const json_t *value, struct serve_plan *plan, struct vg_error *error)
{
    struct vg_plan_order *order = &plan->order;
    int64_t neighbours = 0;
    vg_status status;
    if (strcmp(name, "neighbours") == 0) {
        status = read_whole(name, value, 50, &neighbours, error);
        order->near.neighbours = status == VG_OK ? (size_t)neighbours : order->near.neighbours;
        return status;
    }
    return strcmp(name, "action") == 0             ? VG_OK
           : strcmp(name, "name") == 0             ? read_text(name, value, &order->name, error)
           : strcmp(name, "dataset") == 0          ? read_text(name, value, &order->census.dataset, error)
           : strcmp(name, "level") == 0            ? read_level(value, &order->census.level, error)
           : strcmp(name, "language") == 0         ? read_language(value, &order->language, error)
           : strcmp(name, "places") == 0           ? read_list(name, value, &plan->places, &order->n_places, error)
           : strcmp(name, "resources") == 0        ? read_list(name, value, &plan->only, &order->n_only, error)
           : strcmp(name, "weeks") == 0            ? read_whole(name, value, 4, &order->weeks, error)
           : strcmp(name, "ventilated_share") == 0 ? read_number(name, value, 0.0, 1.0, &order->census.ventilated_share, error)
           : strcmp(name, "ways") == 0             ? read_ways(value, &order->ways, error)
           : strcmp(name, "km_per_day") == 0       ? read_number(name, value, 1.0, 100000.0, &order->near.km_per_day, error)
           : strcmp(name, "border_days") == 0      ? read_number(name, value, 0.0, 100.0, &order->near.border_days, error)
           : strcmp(name, "cost_per_100km") == 0   ? read_number(name, value, 0.0, 1e9, &order->near.cost_per_100km, error)
           : strcmp(name, "capacity") == 0         ? read_number(name, value, 0.0, 1e9, &order->near.capacity, error)
           : strcmp(name, "budget") == 0           ? read_number(name, value, 0.0, 1e15, &order->budget, error)
           : strcmp(name, "period_budget") == 0    ? read_number(name, value, 0.0, 1e15, &order->period_budget, error)
           : strcmp(name, "weights") == 0          ? VG_OK /* after the resources */
           : strcmp(name, "replace") == 0          ? read_flag(name, value, &order->replace, error)
           : strcmp(name, "fairest") == 0          ? read_flag(name, value, &order->fairest, error)
           : strcmp(name, "nobody_worse") == 0     ? read_flag(name, value, &order->nobody_worse, error)
                                                   : vg_fail(error, VG_USAGE_ERROR,
                                                             "there is no member \"%.60s\"; a plan has action, name, replace, dataset, level, places, resources, weeks, ventilated_share, ways (or neighbours, km_per_day, border_days, cost_per_100km and "
                                                             "capacity), budget, period_budget, weights, fairest, nobody_worse and language",
                                                             name);
}

vg_status serve_plan_parse(const char *body, size_t size, struct serve_plan *plan, struct vg_error *error)
{
    json_error_t problem;
    json_t *object = json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem);
    const char *action = json_string_value(json_object_get(object, "action")), *name = NULL;
    json_t *value = NULL;
    *plan = (struct serve_plan){.document = object};
    vg_plan_order_init(&plan->order);
    plan->removes = action != NULL && strcmp(action, "remove") == 0;
    if (action == NULL || (!plan->removes && strcmp(action, "make") != 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object with the action make or remove");
    }
    vg_status status = VG_OK;
    json_object_foreach(object, name, value) {
        if (status == VG_OK && !json_is_null(value)) { /* null: as if it were not there */
            status = read_member(name, value, plan, error);
        }
    }
    plan->order.places = plan->places;
    plan->order.only = plan->only;
    status = status == VG_OK ? read_weights(json_object_get(object, "weights"), plan, error) : status;
    return status == VG_OK && (plan->order.name == NULL || (!plan->removes && plan->order.census.dataset == NULL))
               ? vg_fail(error, VG_USAGE_ERROR, "a plan has a name%s", plan->order.name == NULL ? "" : ", and a dataset of hospitals' patients that its needs come from")
               : status;
}

void serve_plan_release(struct serve_plan *plan)
{
    free(plan->places);
    free(plan->only);
    free(plan->weights);
    json_decref(plan->document);
    *plan = (struct serve_plan){0};
}
