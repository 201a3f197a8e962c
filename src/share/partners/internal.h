/*
 * Private to partners: where the files of a node's folder share/ are, and the lock that who changes them holds.
 */
#ifndef VG_SHARE_PARTNERS_INTERNAL_H
#define VG_SHARE_PARTNERS_INTERNAL_H

#include "share/partners/partners.h"

#define PARTNERS_PATH_BYTES 4096

vg_status partners_path(const char *folder, const char *name, char path[PARTNERS_PATH_BYTES], struct vg_error *error);
/* The folder, made where it is not there, is locked: who changes a file reads and writes it in one. The lock goes with the descriptor. */
vg_status partners_lock(const char *folder, int *descriptor, struct vg_error *error);
void partners_unlock(int descriptor);

#endif
