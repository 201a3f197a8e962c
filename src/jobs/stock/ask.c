/*
 * What the ledger answers: sums by facility, place or level with days of cover, lots that expire, and what nobody told.
 */
#include "jobs/stock/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_DAYS 28
#define HORIZON_DAYS 180
#define EXPIRY_DAYS 90
#define SOON_DAYS 30
#define OLD_DAYS 30
#define ROWS 100

void vg_stock_question_init(struct vg_stock_question *question)
{
    *question = (struct vg_stock_question){.day = VG_DATE_NONE, .from = VG_DATE_NONE, .to = VG_DATE_NONE, .window_days = WINDOW_DAYS, .old_days = OLD_DAYS, .most = ROWS, .language = VG_EN};
}

/* ---------------------------------------------------------------- gathering */

vg_status stock_open(struct stock_asking *asking)
{
    const struct vg_stock_question *question = asking->question;
    struct vg_stock_filter filter = {.place = question->place, .from = VG_DATE_NONE, .to = question->day};
    const struct vg_stock_item *known = NULL;
    vg_status status = vg_stock_items(asking->store, asking->arena, &asking->items, &asking->n_items, asking->error);
    if (status == VG_OK && question->item != NULL) {
        const size_t item = vg_stock_item_find(asking->items, asking->n_items, vg_text_from(question->item));
        if (item == asking->n_items) {
            return vg_fail(asking->error, VG_NOT_FOUND, "there is no item \"%.80s\"; vigia stock items lists them", question->item);
        }
        known = &asking->items[item];
        filter.item = known->name;
    }
    if (status == VG_OK && question->place != NULL && vg_place_list_find_code(vg_store_place_list(asking->store), vg_text_from(question->place)) == VG_PLACE_NONE) {
        return vg_fail(asking->error, VG_NOT_FOUND, "there is no place %.80s", question->place);
    }
    status = status == VG_OK ? vg_stock_balances(asking->store, &filter, asking->items, asking->n_items, asking->arena, &asking->balances, &asking->n_balances, asking->error) : status;
    asking->day = question->day;
    if (status == VG_OK && question->day == VG_DATE_NONE) { /* of the whole ledger, whatever is asked of it */
        status = vg_stock_newest(asking->store, &asking->day, asking->error);
    }
    asking->window = question->window_days > 0 ? (size_t)question->window_days : WINDOW_DAYS;
    asking->horizon = question->horizon_days > 0 ? (size_t)question->horizon_days : HORIZON_DAYS;
    asking->horizon = asking->horizon > VG_COVER_DAYS_MOST ? VG_COVER_DAYS_MOST : asking->horizon;
    return status;
}

vg_status stock_find_level(struct stock_asking *asking, bool *by_place, enum vg_place_level *level)
{
    const char *by = asking->question->by;
    *by_place = by != NULL && strcmp(by, "facility") != 0;
    *level = VG_LEVEL_COUNT;
    if (*by_place && strcmp(by, "place") != 0 && !vg_place_level_from_name(vg_text_from(by), level)) {
        return vg_fail(asking->error, VG_USAGE_ERROR, "by is facility, place, country, admin1, admin2 or other, not \"%.40s\"", by);
    }
    return VG_OK;
}

const char *stock_place_of(struct stock_asking *asking, const char *place, enum vg_place_level level)
{
    const struct vg_place_list *places = vg_store_place_list(asking->store);
    if (level == VG_LEVEL_COUNT) {
        return place;
    }
    uint32_t at = vg_place_list_find_code(places, vg_text_from(place));
    while (at != VG_PLACE_NONE && places->places[at].level != level) {
        at = places->places[at].parent;
    }
    return at == VG_PLACE_NONE ? NULL : places->places[at].code;
}

static vg_status add_balance(struct stock_asking *asking, struct stock_line *line, const struct vg_stock_balance *balance)
{
    const bool expired = balance->expiry != VG_DATE_NONE && balance->expiry < asking->day;
    int64_t amount = 0, in_use = 0;
    if (__builtin_add_overflow(line->amount, balance->amount, &amount) || __builtin_add_overflow(line->in_use < 0 ? 0 : line->in_use, balance->in_use < 0 ? 0 : balance->in_use, &in_use) ||
        __builtin_add_overflow(expired ? line->expired : line->usable, balance->amount, expired ? &line->expired : &line->usable)) {
        return vg_fail(asking->error, VG_LIMIT_EXCEEDED, "there is more %s below %s than can be counted", asking->items[balance->item].name, line->place);
    }
    line->amount = amount;
    line->negative = line->negative || balance->amount < 0;
    line->last = balance->last > line->last ? balance->last : line->last;
    line->counted = balance->counted > line->counted ? balance->counted : line->counted;
    line->in_use = balance->in_use >= 0 ? in_use : line->in_use;
    line->in_use_untold = line->in_use_untold || (balance->in_use < 0 && balance->amount != 0);
    if (expired) {
        return VG_OK;
    }
    line->expiring += balance->expiry != VG_DATE_NONE && balance->expiry <= asking->day + SOON_DAYS ? balance->amount : 0;
    if (balance->amount <= 0) {
        return VG_OK;
    }
    struct vg_cover_lot *room = vg_arena_room(asking->arena, line->lots, line->n_lots, &line->lot_capacity, sizeof *room);
    if (room == NULL) {
        return vg_fail_memory(asking->error, sizeof *room);
    }
    line->lots = room;
    room[line->n_lots++] = (struct vg_cover_lot){vg_stock_units(balance->amount), balance->expiry == VG_DATE_NONE ? VG_COVER_KEEPS : balance->expiry - asking->day};
    return VG_OK;
}

/* Line of each balance, in line_of. */
static vg_status make_lines(struct stock_asking *asking, size_t *line_of)
{
    struct vg_dictionary keys;
    size_t capacity = 0;
    bool by_place = false;
    enum vg_place_level level = VG_LEVEL_COUNT;
    vg_status status = stock_find_level(asking, &by_place, &level);
    vg_dictionary_init(&keys, asking->arena);
    for (size_t i = 0; status == VG_OK && i < asking->n_balances; i++) {
        const struct vg_stock_balance *balance = &asking->balances[i];
        const char *place = stock_place_of(asking, balance->place, level), *facility = by_place ? "" : balance->facility;
        line_of[i] = SIZE_MAX;
        if (place == NULL) {
            continue;
        }
        const char *key = vg_arena_format(asking->arena, "%s\n%s\n%zu", place, facility, balance->item);
        const uint32_t index = key == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&keys, vg_text_from(key));
        if (index == VG_DICTIONARY_NONE) {
            return vg_fail_memory(asking->error, 64);
        }
        if (index == asking->n_lines) {
            struct stock_line *room = vg_arena_room(asking->arena, asking->lines, asking->n_lines, &capacity, sizeof *room);
            if (room == NULL) {
                return vg_fail_memory(asking->error, sizeof *room);
            }
            asking->lines = room;
            room[asking->n_lines++] = (struct stock_line){.place = place, .facility = facility, .item = balance->item, .in_use = -1, .counted = VG_DATE_NONE, .last = VG_DATE_NONE, .first = INT32_MAX, .due = VG_DATE_NONE};
        }
        line_of[i] = index;
        status = add_balance(asking, &asking->lines[index], balance);
    }
    return status;
}

struct by_position { int64_t position; size_t line; };

static int compare_positions(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static struct stock_line *line_at(struct stock_asking *asking, const struct by_position *index, int64_t position)
{
    const struct by_position *found = asking->n_balances == 0 ? NULL : bsearch(&position, index, asking->n_balances, sizeof *index, compare_positions);
    return found == NULL || found->line == SIZE_MAX ? NULL : &asking->lines[found->line];
}

static vg_status add_uses(struct stock_asking *asking, const struct by_position *index)
{
    struct vg_stock_use *uses = NULL;
    struct vg_stock_first *firsts = NULL;
    size_t n_uses = 0, n_firsts = 0;
    const int32_t from = asking->day - (int32_t)asking->window + 1;
    vg_status status = vg_stock_uses(asking->store, from, asking->day, asking->arena, &uses, &n_uses, asking->error);
    status = status == VG_OK ? vg_stock_firsts(asking->store, asking->arena, &firsts, &n_firsts, asking->error) : status;
    for (size_t i = 0; status == VG_OK && i < n_uses; i++) {
        struct stock_line *line = line_at(asking, index, uses[i].position);
        if (line != NULL && line->use == NULL) {
            line->use = VG_ARENA_ARRAY(asking->arena, double, asking->window);
        }
        if (line != NULL && line->use == NULL) {
            return vg_fail_memory(asking->error, asking->window * sizeof(double));
        }
        if (line != NULL) {
            line->use[uses[i].day - from] += vg_stock_units(uses[i].amount);
        }
    }
    for (size_t i = 0; status == VG_OK && i < n_firsts; i++) {
        struct stock_line *line = line_at(asking, index, firsts[i].position);
        if (line != NULL && firsts[i].day < line->first) {
            line->first = firsts[i].day;
        }
    }
    return status;
}

vg_status stock_sum(struct stock_asking *asking)
{
    size_t *line_of = VG_ARENA_ARRAY(asking->arena, size_t, asking->n_balances);
    struct by_position *index = VG_ARENA_ARRAY(asking->arena, struct by_position, asking->n_balances);
    if (line_of == NULL || index == NULL) {
        return vg_fail_memory(asking->error, asking->n_balances * sizeof *index);
    }
    vg_status status = make_lines(asking, line_of);
    for (size_t i = 0; i < asking->n_balances; i++) {
        index[i] = (struct by_position){asking->balances[i].position, line_of[i]};
    }
    if (asking->n_balances > 0) {
        qsort(index, asking->n_balances, sizeof *index, compare_positions);
    }
    return status == VG_OK && asking->day != VG_DATE_NONE ? add_uses(asking, index) : status;
}

/* -------------------------------------------------------------------- cover */

vg_status stock_cover_of(struct stock_asking *asking, const struct stock_needs *needs, const struct stock_line *line, struct vg_cover *cover, const char **word)
{
    bool known = false;
    const bool reusable = asking->items[line->item].reusable;
    const size_t days = line->first > asking->day ? 0 : (size_t)(asking->day - line->first) + 1, n_use = days < asking->window ? days : asking->window;
    *cover = (struct vg_cover){.status = VG_COVER_NO_USE, .per_day = NAN, .low = NAN, .median = NAN, .high = NAN, .unused = NAN};
    vg_status status = needs == NULL ? VG_OK : stock_cover_by_needs(asking, needs, line, &known, cover);
    if (status == VG_OK && !known && needs == NULL && !reusable && line->use != NULL) {
        status = vg_cover_from_use(line->use + (asking->window - n_use), n_use, line->lots, line->n_lots, asking->horizon, asking->arena, cover, asking->error);
    } else if (!known && !reusable && n_use < VG_COVER_USE_DAYS_LEAST) {
        cover->status = VG_COVER_FEW_DAYS;
    }
    *word = line->negative                                             ? "negative"
            : needs != NULL && !known                                  ? "no_need_given"
            : reusable && !known                                       ? "reusable"
            : cover->status == VG_COVER_OK && isinf(cover->median)     ? "long"
                                                                       : vg_cover_status_name(cover->status);
    return status;
}

static void number_or_missing(struct vg_table *table, double value)
{
    if (isfinite(value)) {
        vg_table_double(table, value);
    } else {
        vg_table_missing(table);
    }
}

static const char *title_of(const struct stock_asking *asking, size_t item)
{
    const char *title = asking->items[item].titles[asking->question->language];
    return title == NULL ? asking->items[item].name : title;
}

static void names(struct stock_asking *asking, const char *place, const char *facility, size_t item)
{
    struct vg_table *table = &asking->answer->table;
    vg_table_text(table, place);
    vg_table_text(table, facility[0] == '\0' ? NULL : facility);
    vg_table_text(table, asking->items[item].name);
    vg_table_text(table, title_of(asking, item));
    vg_table_text(table, asking->items[item].category);
    vg_table_text(table, asking->items[item].unit);
}

static void name_columns(struct vg_table *table)
{
    static const char *const columns[] = {"place", "facility", "item", "title", "category", "unit"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i], VG_COLUMN_TEXT);
    }
}

struct covered { const struct stock_line *line; struct vg_cover cover; double with_orders; const char *word; };

/* Those that run out first; then those of which it is not known; then the long ones. */
static int by_cover(const void *a, const void *b)
{
    const struct vg_cover *x = &((const struct covered *)a)->cover, *y = &((const struct covered *)b)->cover;
    const double p = isnan(x->median) ? 1e8 : isinf(x->median) ? 1e9 : x->median, q = isnan(y->median) ? 1e8 : isinf(y->median) ? 1e9 : y->median;
    const struct stock_line *s = ((const struct covered *)a)->line, *t = ((const struct covered *)b)->line;
    return p != q ? (p > q) - (p < q) : (s > t) - (s < t);
}

static void write_covered(struct stock_asking *asking, const struct covered *row)
{
    struct vg_table *table = &asking->answer->table;
    const struct stock_line *line = row->line;
    names(asking, line->place, line->facility, line->item);
    vg_table_double(table, vg_stock_units(line->amount));
    vg_table_double(table, vg_stock_units(line->usable));
    vg_table_double(table, vg_stock_units(line->expired));
    vg_table_double(table, vg_stock_units(line->expiring));
    vg_table_double(table, line->in_use < 0 || line->in_use_untold ? NAN : vg_stock_units(line->in_use)); /* a part of it is no sum */
    vg_table_date(table, line->counted);
    vg_table_date(table, line->last);
    number_or_missing(table, job_rounded(row->cover.per_day, 6, true));
    number_or_missing(table, job_rounded(row->cover.low, 4, false));
    number_or_missing(table, job_rounded(row->cover.median, 4, false));
    number_or_missing(table, job_rounded(row->cover.high, 4, false));
    vg_table_date(table, isfinite(row->cover.median) ? asking->day + 1 + (int32_t)floor(row->cover.median) : VG_DATE_NONE);
    number_or_missing(table, job_rounded(row->cover.unused, 6, true));
    vg_table_text(table, row->word);
    number_or_missing(table, line->on_way > 0 ? vg_stock_units(line->on_way) : NAN);
    vg_table_date(table, line->due);
    number_or_missing(table, job_rounded(row->with_orders, 4, false));
}

static vg_status answer_stock(struct stock_asking *asking, bool cover_only)
{
    static const char *const numbers[] = {"amount", "usable", "expired", "expiring", "in_use"}, *const after[] = {"per_day", "cover_low", "cover_days", "cover_high"};
    struct vg_table *table = &asking->answer->table;
    struct stock_needs *needs = NULL;
    size_t n = 0;
    vg_status status = stock_sum(asking);
    status = status == VG_OK ? stock_add_orders(asking) : status;
    if (status == VG_OK && asking->question->needs_path != NULL) {
        status = stock_read_needs(asking, &needs);
    }
    name_columns(table);
    for (size_t i = 0; i < 5; i++) {
        vg_table_add_column(table, numbers[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "counted", VG_COLUMN_DATE);
    vg_table_add_column(table, "last", VG_COLUMN_DATE);
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(table, after[i], VG_COLUMN_DOUBLE);
    }
    vg_table_add_column(table, "runs_out", VG_COLUMN_DATE);
    vg_table_add_column(table, "expires_unused", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "status", VG_COLUMN_TEXT);
    vg_table_add_column(table, "on_way", VG_COLUMN_DOUBLE);
    vg_table_add_column(table, "due", VG_COLUMN_DATE);
    vg_table_add_column(table, "cover_with_on_way", VG_COLUMN_DOUBLE);
    struct covered *rows = VG_ARENA_ARRAY(asking->arena, struct covered, asking->n_lines);
    if (status == VG_OK && rows == NULL) {
        return vg_fail_memory(asking->error, asking->n_lines * sizeof *rows);
    }
    for (size_t i = 0; status == VG_OK && i < asking->n_lines; i++) {
        if (!cover_only || !asking->items[asking->lines[i].item].reusable || needs != NULL) {
            rows[n].line = &asking->lines[i];
            status = stock_cover_of(asking, needs, &asking->lines[i], &rows[n].cover, &rows[n].word);
            status = status == VG_OK ? stock_cover_with_orders(asking, needs, &asking->lines[i], &rows[n].cover, &rows[n].with_orders) : status;
            n++;
        }
    }
    if (cover_only && n > 0) {
        qsort(rows, n, sizeof *rows, by_cover);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        write_covered(asking, &rows[i]);
    }
    return status;
}

/* ------------------------------------------------------------------- lots */

/* What of a lot is not used by its last day at the mean rate of recent use of its place and item: each lot, in the order of expiry, gets what its days need and the former ones did not give. */
static double unused_of(const struct stock_asking *asking, const struct stock_line *line, const struct vg_stock_balance *balance)
{
    double rate = 0.0, served = 0.0, of_day = 0.0, used_of_day = 0.0;
    const size_t days = line->first > asking->day ? 0 : (size_t)(asking->day - line->first) + 1, n_use = days < asking->window ? days : asking->window;
    if (balance->expiry < asking->day) {
        return vg_stock_units(balance->amount);
    }
    if (n_use < VG_COVER_USE_DAYS_LEAST) {
        return NAN;
    }
    for (size_t i = asking->window - n_use; line->use != NULL && i < asking->window; i++) {
        rate += line->use[i] / (double)n_use;
    }
    for (size_t i = 0; i < line->n_lots; i++) { /* as balances stand: what expires first comes first */
        const double used = fmin(line->lots[i].amount, fmax(0.0, rate * (double)line->lots[i].last_day - served));
        served += used;
        if (line->lots[i].last_day == balance->expiry - asking->day) {
            of_day += line->lots[i].amount;
            used_of_day += used;
        }
    }
    return of_day > 0.0 ? (1.0 - used_of_day / of_day) * vg_stock_units(balance->amount) : NAN;
}

static vg_status answer_lots(struct stock_asking *asking, bool expiring)
{
    struct vg_table *table = &asking->answer->table;
    const int32_t until = asking->day + (asking->question->horizon_days > 0 ? (int32_t)asking->question->horizon_days : EXPIRY_DAYS);
    struct vg_stock_question by_facility = *asking->question; /* lots stand where they are */
    by_facility.by = NULL;
    asking->question = &by_facility;
    vg_status status = stock_sum(asking);
    size_t line = 0;
    name_columns(table);
    vg_table_add_column(table, "lot", VG_COLUMN_TEXT);
    vg_table_add_column(table, "expiry", VG_COLUMN_DATE);
    vg_table_add_column(table, "days_left", VG_COLUMN_INTEGER);
    vg_table_add_column(table, "amount", VG_COLUMN_DOUBLE);
    if (expiring) {
        vg_table_add_column(table, "unused", VG_COLUMN_DOUBLE);
    }
    for (size_t i = 0; status == VG_OK && i < asking->n_balances; i++) {
        const struct vg_stock_balance *balance = &asking->balances[i];
        if (balance->amount == 0 || (expiring && (balance->amount < 0 || balance->expiry == VG_DATE_NONE || balance->expiry > until))) {
            continue;
        }
        names(asking, balance->place, balance->facility, balance->item);
        vg_table_text(table, balance->lot[0] == '\0' ? NULL : balance->lot);
        vg_table_date(table, balance->expiry);
        if (balance->expiry == VG_DATE_NONE) {
            vg_table_missing(table);
        } else {
            vg_table_integer(table, balance->expiry - asking->day);
        }
        vg_table_double(table, vg_stock_units(balance->amount));
        while (expiring && line < asking->n_lines && (strcmp(asking->lines[line].place, balance->place) != 0 || strcmp(asking->lines[line].facility, balance->facility) != 0 || asking->lines[line].item != balance->item)) {
            line++; /* lines stand in the balances' order */
        }
        if (expiring) {
            number_or_missing(table, job_rounded(line < asking->n_lines ? unused_of(asking, &asking->lines[line], balance) : NAN, 6, true));
        }
    }
    return status;
}

/* ------------------------------------------------------------------ missing */

static void missing_row(struct stock_asking *asking, const char *place, const char *facility, size_t item, const char *state, int32_t last)
{
    struct vg_table *table = &asking->answer->table;
    names(asking, place, facility, item);
    vg_table_text(table, state);
    vg_table_date(table, last);
}

/* Places of the level below the question's place, or in the countries of which the ledger or a dataset knows something. */
static vg_status answer_missing_of_level(struct stock_asking *asking, enum vg_place_level level)
{
    const struct vg_place_list *places = vg_store_place_list(asking->store);
    const uint32_t above = asking->question->place == NULL ? VG_PLACE_NONE : vg_place_list_find_code(places, vg_text_from(asking->question->place));
    bool *country = VG_ARENA_ARRAY(asking->arena, bool, places->count);
    const char **at_level = VG_ARENA_ARRAY(asking->arena, const char *, asking->n_lines + 1);
    if (country == NULL || at_level == NULL) {
        return vg_fail_memory(asking->error, places->count);
    }
    for (size_t i = 0; i < asking->n_lines; i++) {
        at_level[i] = stock_place_of(asking, asking->lines[i].place, level);
        for (uint32_t at = vg_place_list_find_code(places, vg_text_from(asking->lines[i].place)); at != VG_PLACE_NONE; at = places->places[at].parent) {
            country[at] = true;
        }
    }
    for (uint32_t i = 0; i < places->count; i++) {
        uint32_t root = i;
        while (places->places[root].parent != VG_PLACE_NONE && places->places[root].level > VG_LEVEL_COUNTRY) {
            root = places->places[root].parent;
        }
        if (places->places[i].level != level || (above != VG_PLACE_NONE ? !vg_place_list_within(places, i, above) : !country[root])) {
            continue;
        }
        for (size_t item = 0; item < asking->n_items; item++) {
            const struct stock_line *line = NULL;
            for (size_t k = 0; asking->items[item].asked && k < asking->n_lines && line == NULL; k++) {
                line = asking->lines[k].item == item && at_level[k] != NULL && strcmp(at_level[k], places->places[i].code) == 0 ? &asking->lines[k] : NULL;
            }
            if (asking->items[item].asked && line == NULL) {
                missing_row(asking, places->places[i].code, "", item, "never", VG_DATE_NONE);
            }
        }
    }
    return VG_OK;
}

int32_t stock_now(const struct stock_asking *asking)
{
    const int32_t today = vg_date_today();
    return asking->question->day == VG_DATE_NONE && !asking->answer->simulated && today > asking->day ? today : asking->day;
}

static vg_status answer_missing(struct stock_asking *asking)
{
    struct vg_table *table = &asking->answer->table;
    enum vg_place_level level = VG_LEVEL_COUNT;
    bool by_place = false;
    const struct vg_stock_question *question = asking->question;
    struct vg_stock_question by_facility = *question; /* one that tells does not speak for another that does not */
    const int32_t today = stock_now(asking);
    vg_status status = stock_find_level(asking, &by_place, &level);
    by_facility.by = level == VG_LEVEL_COUNT ? question->by : NULL;
    asking->question = &by_facility;
    status = status == VG_OK ? stock_sum(asking) : status;
    asking->question = question;
    name_columns(table);
    vg_table_add_column(table, "state", VG_COLUMN_TEXT);
    vg_table_add_column(table, "last", VG_COLUMN_DATE);
    for (size_t first = 0; status == VG_OK && first < asking->n_lines;) {
        size_t end = first; /* lines of one place and facility stand together */
        while (end < asking->n_lines && strcmp(asking->lines[end].place, asking->lines[first].place) == 0 && strcmp(asking->lines[end].facility, asking->lines[first].facility) == 0) {
            end++;
        }
        for (size_t item = 0; item < asking->n_items; item++) {
            const struct stock_line *line = NULL;
            for (size_t i = first; i < end; i++) {
                line = asking->lines[i].item == item ? &asking->lines[i] : line;
            }
            if (line != NULL && line->last < today - (int32_t)asking->question->old_days) {
                missing_row(asking, line->place, line->facility, item, "old", line->last);
            } else if (line != NULL && asking->items[item].asked && asking->items[item].reusable && (line->in_use < 0 || line->in_use_untold)) {
                missing_row(asking, line->place, line->facility, item, "in_use", line->last);
            } else if (line == NULL && asking->items[item].asked && level == VG_LEVEL_COUNT) {
                missing_row(asking, asking->lines[first].place, asking->lines[first].facility, item, "never", VG_DATE_NONE);
            }
        }
        first = end;
    }
    return status == VG_OK && level != VG_LEVEL_COUNT ? answer_missing_of_level(asking, level) : status;
}

/* ---------------------------------------------------------------- other tables */

static vg_status answer_movements(struct stock_asking *asking)
{
    static const struct { const char *name; enum vg_column_kind kind; } columns[] = {
        {"id", VG_COLUMN_INTEGER}, {"date", VG_COLUMN_DATE}, {"place", VG_COLUMN_TEXT}, {"facility", VG_COLUMN_TEXT}, {"item", VG_COLUMN_TEXT}, {"event", VG_COLUMN_TEXT}, {"amount", VG_COLUMN_DOUBLE},
        {"lot", VG_COLUMN_TEXT}, {"expiry", VG_COLUMN_DATE}, {"counted", VG_COLUMN_DOUBLE}, {"in_use", VG_COLUMN_DOUBLE}, {"reverses", VG_COLUMN_INTEGER}, {"other", VG_COLUMN_INTEGER},
        {"note", VG_COLUMN_TEXT}, {"by", VG_COLUMN_TEXT}, {"at", VG_COLUMN_TEXT}, {"source", VG_COLUMN_TEXT}};
    const struct vg_stock_question *question = asking->question;
    struct vg_table *table = &asking->answer->table;
    struct vg_stock_movement *rows = NULL;
    size_t n = 0, total = 0;
    const size_t item = question->item == NULL ? asking->n_items : vg_stock_item_find(asking->items, asking->n_items, vg_text_from(question->item));
    const struct vg_stock_filter filter = {.item = item == asking->n_items ? NULL : asking->items[item].name, .place = question->place, .from = question->from,
                                           .to = question->to == VG_DATE_NONE ? question->day : question->to, .most = question->most, .skip = question->skip};
    vg_status status = vg_stock_movements(asking->store, &filter, asking->arena, &rows, &n, &total, asking->error);
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        vg_table_add_column(table, columns[i].name, columns[i].kind);
    }
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const struct vg_stock_movement *row = &rows[i];
        vg_table_integer(table, row->id);
        vg_table_date(table, row->day);
        vg_table_text(table, row->place);
        vg_table_text(table, row->facility[0] == '\0' ? NULL : row->facility);
        vg_table_text(table, row->item);
        vg_table_text(table, vg_stock_event_name(row->event));
        vg_table_double(table, vg_stock_units(row->amount));
        vg_table_text(table, row->lot[0] == '\0' ? NULL : row->lot);
        vg_table_date(table, row->expiry);
        vg_table_double(table, row->counted < 0 ? NAN : vg_stock_units(row->counted));
        vg_table_double(table, row->in_use < 0 ? NAN : vg_stock_units(row->in_use));
        for (int k = 0; k < 2; k++) { /* the row that this one takes back, or belongs to otherwise */
            if (row->other != 0 && row->reverses == (k == 0)) {
                vg_table_integer(table, row->other);
            } else {
                vg_table_missing(table);
            }
        }
        vg_table_text(table, row->note);
        vg_table_text(table, row->actor);
        vg_table_text(table, row->at);
        vg_table_text(table, row->source);
    }
    job_meta_number(&asking->answer->meta, "total", (double)total);
    return status;
}

static vg_status answer_items(struct stock_asking *asking)
{
    struct vg_table *table = &asking->answer->table;
    static const char *const texts[] = {"item", "title", "category", "unit"}, *const flags[] = {"reusable", "lots", "asked"};
    for (size_t i = 0; i < 4; i++) {
        vg_table_add_column(table, texts[i], VG_COLUMN_TEXT);
    }
    for (size_t i = 0; i < 3; i++) {
        vg_table_add_column(table, flags[i], VG_COLUMN_BOOLEAN);
    }
    for (size_t i = 0; i < asking->n_items; i++) {
        vg_table_text(table, asking->items[i].name);
        vg_table_text(table, title_of(asking, i));
        vg_table_text(table, asking->items[i].category);
        vg_table_text(table, asking->items[i].unit);
        vg_table_boolean(table, asking->items[i].reusable);
        vg_table_boolean(table, asking->items[i].lots);
        vg_table_boolean(table, asking->items[i].asked);
    }
    return VG_OK;
}

static vg_status answer_all(struct stock_asking *asking, const char *show)
{
    return strcmp(show, "stock") == 0       ? answer_stock(asking, false)
           : strcmp(show, "cover") == 0     ? answer_stock(asking, true)
           : strcmp(show, "expiry") == 0    ? answer_lots(asking, true)
           : strcmp(show, "lots") == 0      ? answer_lots(asking, false)
           : strcmp(show, "missing") == 0   ? answer_missing(asking)
           : strcmp(show, "movements") == 0 ? answer_movements(asking)
           : strcmp(show, "items") == 0     ? answer_items(asking)
           : strcmp(show, "orders") == 0    ? stock_answer_orders(asking)
                                            : vg_fail(asking->error, VG_USAGE_ERROR, "show is stock, cover, expiry, missing, movements, orders, lots or items, not \"%.40s\"", show);
}

static vg_status write_meta(struct stock_asking *asking, const char *show)
{
    struct vg_buffer *meta = &asking->answer->meta;
    struct vg_dataset *datasets = NULL;
    size_t n = 0;
    vg_buffer_text(meta, "{\"analysis\":\"stock\"");
    job_meta_text(meta, "show", show);
    job_meta_date(meta, "day", asking->day);
    job_meta_date(meta, "today", vg_date_today());
    job_meta_number(meta, "positions", (double)asking->n_balances);
    job_meta_number(meta, "window_days", (double)asking->window);
    job_meta_number(meta, "horizon_days", (double)asking->horizon);
    vg_status status = vg_store_datasets(asking->store, asking->arena, &datasets, &n, asking->error);
    if (status == VG_OK && job_is_invented(datasets, n)) {
        asking->answer->simulated = true;
        job_meta_text(meta, "exercise", VG_EXERCISE_MARK);
    }
    return status;
}

vg_status vg_job_stock(struct vg_store *store, const struct vg_stock_question *question, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct stock_asking asking = {.store = store, .question = question, .arena = arena, .answer = answer, .error = error};
    const char *show = question->show == NULL ? "stock" : question->show;
    vg_status status = stock_open(&asking);
    status = status == VG_OK ? write_meta(&asking, show) : status;
    status = status == VG_OK ? answer_all(&asking, show) : status;
    vg_buffer_text(&answer->meta, "}");
    return status == VG_OK && (answer->meta.failed || answer->table.failed || arena->failed) ? vg_fail_memory(error, answer->meta.size) : status;
}

vg_status vg_job_stock_served(struct vg_store *store, const struct vg_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    struct vg_stock_question question;
    vg_stock_question_init(&question);
    question.show = request->show;
    question.item = request->item;
    question.place = request->place;
    question.by = request->level;
    question.day = request->day;
    question.from = request->from;
    question.to = request->to;
    question.most = request->most == 0 ? question.most : request->most;
    question.skip = request->skip;
    question.horizon_days = (int64_t)request->horizon_steps;
    question.language = request->language;
    return vg_job_stock(store, &question, arena, answer, error);
}
