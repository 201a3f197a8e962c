/*
 * Private to the room: the open database.
 */
#ifndef VG_STORE_EXPOSURE_INTERNAL_H
#define VG_STORE_EXPOSURE_INTERNAL_H

#include "store/exposure/exposure.h"
#include "store/store_internal.h"

struct vg_exposure_store {
    sqlite3 *db;
};

#endif
