/*
 * Entries of the stock ledger as the page posts them: {"by": "Ana", "entries": [{"entry": "...", "event": "received", "place": "CO-ANT", "item": "gown", "amount": "500", "date": "2026-11-20"}]}.
 */
#include "serve/http.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ENTRY_BYTES_LEAST 8

static bool is_plain(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((unsigned char)text[i] < 0x20 || text[i] == 0x7F) {
            return false;
        }
    }
    return true;
}

/* Text, an amount too, as people write it; what is empty is not told. */
static vg_status read_text(const char *name, json_t *value, const char **out, struct vg_error *error)
{
    const char *text = json_string_value(value);
    const size_t size = text == NULL ? 0 : json_string_length(value);
    *out = size == 0 ? NULL : text;
    return text != NULL && size <= 500 && strlen(text) == size && is_plain(text, size) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "%s is text of at most 500 bytes without control characters", name);
}

static vg_status read_member(const char *name, json_t *value, struct vg_stock_said *said, struct vg_error *error)
{
    const struct { const char *name; const char **to; } texts[] = {
        {"entry", &said->entry},       {"event", &said->event},   {"item", &said->item},     {"amount", &said->amount},     {"place", &said->place}, {"facility", &said->facility},
        {"to_place", &said->to_place}, {"lot", &said->lot},       {"expiry", &said->expiry}, {"date", &said->day},          {"in_use", &said->in_use}, {"to_facility", &said->to_facility},
        {"note", &said->note}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].name, name) == 0) {
            return read_text(name, value, texts[i].to, error);
        }
    }
    if (strcmp(name, "below_zero") == 0 && json_is_boolean(value)) {
        said->below_zero = json_is_true(value);
        return VG_OK;
    }
    return vg_fail(error, VG_USAGE_ERROR, "there is no member \"%.60s\"; an entry has texts entry, event, item, amount, place, facility, to_place, to_facility, lot, expiry, date, in_use and note, and below_zero", name);
}

static vg_status read_entry(json_t *object, struct vg_stock_said *said, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    vg_status status = json_is_object(object) ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "each of the entries is an object");
    json_object_foreach(object, name, value) {
        if (status == VG_OK && !json_is_null(value)) { /* null: as if it were not there */
            status = read_member(name, value, said, error);
        }
    }
    if (status == VG_OK && (said->entry == NULL || strlen(said->entry) < ENTRY_BYTES_LEAST)) {
        status = vg_fail(error, VG_USAGE_ERROR, "an entry has a key of at least %d letters that the device made for it (entry), so that it is taken once", ENTRY_BYTES_LEAST);
    }
    return status;
}

vg_status serve_stock_parse(const char *body, size_t size, struct serve_stock *stock, struct vg_error *error)
{
    json_error_t problem;
    json_t *object = size > SERVE_FOLLOWUPS_BODY_BYTES_MAX ? NULL : json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem);
    json_t *list = json_object_get(object, "entries");
    const size_t n = json_array_size(list);
    vg_status status = VG_OK;
    *stock = (struct serve_stock){.document = object};
    if (!json_is_array(list) || n == 0 || n > SERVE_STOCK_ENTRIES_MOST || json_object_size(object) != 2) {
        status = vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object {\"by\": \"Ana\", \"entries\": [...]} with 1 to %d entries", SERVE_STOCK_ENTRIES_MOST);
    } else {
        status = read_text("by", json_object_get(object, "by"), &stock->by, error);
    }
    if (status == VG_OK) {
        stock->said = calloc(n, sizeof *stock->said);
        status = stock->said == NULL ? vg_fail_memory(error, n * sizeof *stock->said) : VG_OK;
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        status = read_entry(json_array_get(list, i), &stock->said[i], error);
        stock->n_said++;
    }
    return status;
}

void serve_stock_release(struct serve_stock *stock)
{
    free(stock->said);
    json_decref(stock->document);
    *stock = (struct serve_stock){0};
}
