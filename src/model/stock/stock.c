/*
 * The shipped items, and the words for what happens to a stock.
 */
#include "model/stock/stock.h"

#include "data_embedded.h"
#include "model/shipped.h"

#include <math.h>
#include <string.h>

static const char *const event_names[] = {"received", "used", "sent", "arrived", "lost", "counted"};

const char *vg_stock_event_name(enum vg_stock_event event)
{
    return event_names[event];
}

bool vg_stock_event_from_name(struct vg_text name, enum vg_stock_event *event)
{
    static const struct { enum vg_stock_event event; const char *words; } known[] = {
        {VG_STOCK_RECEIVED, "received|receipt|in|recibido|recibida|recepcion|ingreso|entrada|recebido|recebida|recebimento|recu|recue|reception|entree|收到|入库|接收"},
        {VG_STOCK_USED, "used|use|consumed|usado|usada|consumo|consumido|utilizado|utilizada|utilise|consomme|consommation|使用|消耗"},
        {VG_STOCK_SENT, "moved|move|sent|transfer|transferred|movido|movida|enviado|enviada|traslado|transferencia|transferido|transfere|transfert|envoye|调拨|转移|调出"},
        {VG_STOCK_LOST, "lost|loss|discarded|perdido|perdida|merma|desechado|descartado|perda|perdu|perdue|perte|损失|报废"},
        {VG_STOCK_COUNTED, "counted|count|stocktaking|inventory|contado|contada|conteo|inventario|contagem|contou|inventaire|compte|盘点|清点"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        for (const char *at = known[i].words; at != NULL; at = strchr(at, '|') == NULL ? NULL : strchr(at, '|') + 1) {
            if (vg_text_fold_equal(name, vg_text_of(at, strcspn(at, "|")))) {
                *event = known[i].event;
                return true;
            }
        }
    }
    return false;
}

/* One to three digits that are not 0, a separator, and three digits: thousands here, decimals there. */
static bool is_ambiguous(struct vg_text text)
{
    size_t whole = 0;
    while (whole < text.size && text.data[whole] >= '0' && text.data[whole] <= '9') {
        whole++;
    }
    bool digits = whole >= 1 && whole <= 3 && text.size == whole + 4 && (text.data[whole] == '.' || text.data[whole] == ',') && !(whole == 1 && text.data[0] == '0');
    for (size_t i = whole + 1; digits && i < text.size; i++) {
        digits = text.data[i] >= '0' && text.data[i] <= '9';
    }
    return digits;
}

const char *vg_stock_amount_fault(struct vg_text text)
{
    return is_ambiguous(vg_text_trim(text)) ? "thousands or decimals? Write 1500 or 1.5" : "a number from 0 to 1e10 with at most three decimals";
}

bool vg_stock_parse(struct vg_text text, int64_t *thousandths)
{
    double value;
    text = vg_text_trim(text);
    if (is_ambiguous(text)) {
        return false;
    }
    const bool comma = text.size > 0 && memchr(text.data, ',', text.size) != NULL;
    if (!vg_parse_double(text, comma ? ',' : '.', &value) || !(value >= 0.0) || value > (double)(VG_STOCK_AMOUNT_MOST / VG_STOCK_UNIT)) {
        return false;
    }
    const double scaled = value * VG_STOCK_UNIT, whole = round(scaled);
    *thousandths = (int64_t)whole;
    return fabs(scaled - whole) <= 1e-6 + 1e-15 * whole; /* 0.1 is no binary fraction, 0.0001 is too fine */
}

bool vg_stock_name_is_good(const char *name)
{
    const size_t size = strlen(name);
    return size > 0 && size < VG_STOCK_NAME_BYTES && strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == size;
}

static const char *cell(struct vg_arena *arena, struct vg_text text)
{
    return text.size == 0 ? NULL : vg_arena_copy_bytes(arena, text.data, text.size);
}

vg_status vg_stock_items_shipped(struct vg_arena *arena, struct vg_stock_item **items, size_t *n_items, struct vg_error *error)
{
    struct vg_shipped_rows rows;
    size_t capacity = 0;
    *items = NULL;
    *n_items = 0;
    vg_status status = vg_shipped_open(vg_embedded_allocate, vg_embedded_allocate_count, "stock_items.csv", &rows, error);
    while (status == VG_OK && vg_shipped_next(&rows)) {
        struct vg_stock_item *room = vg_arena_room(arena, *items, *n_items, &capacity, sizeof *room);
        if (room == NULL) {
            return vg_fail_memory(error, sizeof *room);
        }
        *items = room;
        struct vg_stock_item *item = &room[(*n_items)++];
        *item = (struct vg_stock_item){.name = cell(arena, rows.cells[0]), .category = cell(arena, rows.cells[1]), .unit = cell(arena, rows.cells[2]),
                                       .reusable = vg_text_equals(rows.cells[3], "yes"), .lots = vg_text_equals(rows.cells[4], "yes"), .asked = vg_text_equals(rows.cells[5], "yes"),
                                       .also = cell(arena, rows.cells[11])};
        for (int language = 0; language < VG_LANGUAGE_COUNT; language++) {
            item->titles[language] = cell(arena, rows.cells[6 + language]); /* es, pt, en, fr, zh: the enum's order */
        }
    }
    return status == VG_OK && arena->failed ? vg_fail_memory(error, 0) : status;
}

static bool among(const char *list, struct vg_text name)
{
    for (const char *at = list; at != NULL; at = strchr(at, '|') == NULL ? NULL : strchr(at, '|') + 1) {
        if (vg_text_fold_equal(name, vg_text_of(at, strcspn(at, "|")))) {
            return true;
        }
    }
    return false;
}

size_t vg_stock_item_find(const struct vg_stock_item *items, size_t n_items, struct vg_text name)
{
    for (size_t i = 0; i < n_items; i++) {
        if (vg_text_equals(name, items[i].name)) {
            return i;
        }
    }
    for (size_t i = 0; i < n_items; i++) {
        bool found = vg_text_fold_equal(name, vg_text_from(items[i].name)) || among(items[i].also, name);
        for (int language = 0; language < VG_LANGUAGE_COUNT && !found; language++) {
            found = items[i].titles[language] != NULL && vg_text_fold_equal(name, vg_text_from(items[i].titles[language]));
        }
        if (found) {
            return i;
        }
    }
    return n_items;
}
