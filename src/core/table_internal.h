/*
 * Private to core: the writers of tables.
 */
#ifndef VG_TABLE_INTERNAL_H
#define VG_TABLE_INTERNAL_H

#include "core/core.h"

vg_status table_write_xlsx(const struct vg_table *table, struct vg_buffer *out, struct vg_error *error);
vg_status table_write_arrow(const struct vg_table *table, struct vg_buffer *out, struct vg_error *error);

#endif
