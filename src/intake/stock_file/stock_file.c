/*
 * Profiles of the stock ledger's files.
 */
#include "intake/stock_file/stock_file.h"

#include "intake/profile_internal.h"

#include <string.h>

bool stock_field_is_known(const char *name)
{
    static const char *const fields[] = {"date", "place", "facility", "item", "event", "amount", "unit", "lot", "expiry", "to_place", "to_facility", "in_use", "note", "id", "due"};
    bool known = strncmp(name, "item:", 5) == 0 && name[5] != '\0';
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        known = known || strcmp(name, fields[i]) == 0;
    }
    return known;
}

vg_status vg_stock_profiles_load(const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **set, struct vg_error *error)
{
    return profile_set_load(true, folders, n_folders, arena, set, error);
}

const struct vg_profile *vg_stock_profile_best(const struct vg_profile_set *set, const struct vg_reader *reader)
{
    const struct vg_profile *best = NULL;
    size_t most = 0;
    for (size_t i = 0; i < set->count; i++) {
        const size_t score = profile_score(set->profiles[i], reader);
        if (!set->profiles[i]->is_generic && score > most) {
            best = set->profiles[i];
            most = score;
        }
    }
    return best != NULL ? best : vg_profile_set_find(set, VG_STOCK_PROFILE_GENERIC);
}

size_t vg_stock_profile_column(const struct vg_profile *profile, const char *field, const struct vg_reader *reader)
{
    for (size_t i = 0; i < profile->n_columns; i++) {
        const struct profile_column *column = &profile->columns[i];
        for (size_t alias = 0; strcmp(column->field_name, field) == 0 && alias < column->n_aliases; alias++) {
            for (size_t at = 0; at < vg_reader_column_count(reader); at++) {
                if (heading_is(vg_reader_heading(reader, at), column->aliases[alias])) {
                    return at;
                }
            }
        }
    }
    return VG_READER_NO_COLUMN;
}

struct vg_text vg_stock_profile_item_of(const struct vg_profile *profile, struct vg_text heading)
{
    for (size_t i = 0; i < profile->n_columns; i++) {
        const struct profile_column *column = &profile->columns[i];
        for (size_t alias = 0; strncmp(column->field_name, "item:", 5) == 0 && alias < column->n_aliases; alias++) {
            if (heading_is(heading, column->aliases[alias])) {
                return vg_text_from(column->field_name + 5);
            }
        }
    }
    return vg_text_of("", 0);
}

static struct vg_text name_of(const struct vg_profile *profile, enum profile_names which, struct vg_text cell)
{
    char folded[128];
    const struct vg_text key = vg_text_of(folded, profile->n_names[which] == 0 ? 0 : vg_text_fold(cell, folded, sizeof folded));
    for (size_t i = 0; i < profile->n_names[which]; i++) {
        if (vg_text_equal(profile->names[which][i].folded, key)) {
            return vg_text_from(profile->names[which][i].name);
        }
    }
    return cell;
}

struct vg_text vg_stock_profile_item(const struct vg_profile *profile, struct vg_text cell)
{
    return name_of(profile, NAMES_ITEMS, cell);
}

struct vg_text vg_stock_profile_event(const struct vg_profile *profile, struct vg_text cell)
{
    return name_of(profile, NAMES_EVENTS, cell);
}

const char *vg_stock_profile_default_event(const struct vg_profile *profile)
{
    return profile->default_event;
}

enum vg_date_order vg_stock_profile_date_order(const struct vg_profile *profile)
{
    return profile->date_order;
}

bool vg_stock_profile_is_missing(const struct vg_profile *profile, struct vg_text cell)
{
    return profile_is_missing(profile, cell);
}

bool vg_stock_profile_keeps(const struct vg_profile *profile, const struct vg_reader *reader, const struct vg_text *cells)
{
    return profile_keeps(profile, reader, cells);
}
