/*
 * The search in vectors of 128 lanes, which every machine has.
 */
#define VECTOR_BYTES 16
#define ANY(v) (((v)[0] | (v)[1]) != 0)
#define TARGET
#define KERNEL place_portable
#define KERNEL_NAME "portable"
#include "trace/genome/place/lanes.h"
