/*
 * intake/stock_file: how files of the stock ledger are to be read: profiles of the kind "stock" (docs/profiles.md), which say what their columns, events and items are called.
 */
#ifndef VG_INTAKE_STOCK_FILE_H
#define VG_INTAKE_STOCK_FILE_H

#include "intake/intake.h"

/* The shipped ones of this kind and, in their place or beside them, those of the folders. */
vg_status vg_stock_profiles_load(const char *const *folders, size_t n_folders, struct vg_arena *arena, struct vg_profile_set **set, struct vg_error *error) VG_MUST_USE;
#define VG_STOCK_PROFILE_GENERIC "stock-ledger" /* what is shipped: the headings that people use, in five languages */
/* The one that fits the headings best; the generic one where none does. */
const struct vg_profile *vg_stock_profile_best(const struct vg_profile_set *set, const struct vg_reader *reader);

/* The column of a field ("date", "place", "facility", "item", "event", "amount", "unit", "lot", "expiry", "to_place", "to_facility", "in_use", "note", "id", "due"); VG_READER_NO_COLUMN: none. */
size_t vg_stock_profile_column(const struct vg_profile *profile, const char *field, const struct vg_reader *reader);
/* Of a stock list: the item whose amounts stand below the heading, as the profile says (item:ventilator = ...); size 0: it says nothing. */
struct vg_text vg_stock_profile_item_of(const struct vg_profile *profile, struct vg_text heading);
/* The name that the profile has for what the cell says; the cell itself where it has none. */
struct vg_text vg_stock_profile_item(const struct vg_profile *profile, struct vg_text cell);
struct vg_text vg_stock_profile_event(const struct vg_profile *profile, struct vg_text cell);
const char *vg_stock_profile_default_event(const struct vg_profile *profile); /* NULL: none */
enum vg_date_order vg_stock_profile_date_order(const struct vg_profile *profile); /* used where the columns leave it open; AUTO: it says nothing */
bool vg_stock_profile_is_missing(const struct vg_profile *profile, struct vg_text cell);
/* Whether its filters let the row through. */
bool vg_stock_profile_keeps(const struct vg_profile *profile, const struct vg_reader *reader, const struct vg_text *cells);

#endif
