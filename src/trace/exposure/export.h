/*
 * Private to the room: what reading and writing of export files share.
 */
#ifndef VG_EXPOSURE_EXPORT_INTERNAL_H
#define VG_EXPOSURE_EXPORT_INTERNAL_H

#include "trace/exposure/exposure.h"

#define EXPORT_HEADER "EK Export v1    "
#define EXPORT_HEADER_BYTES 16

#endif
