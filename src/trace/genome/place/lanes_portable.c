/*
 * The search in plain vectors of 256 lanes, which a compiler maps to what every machine has.
 */
#define VECTOR_BYTES 32
#define ANY(v) (((v)[0] | (v)[1] | (v)[2] | (v)[3]) != 0)
#define TARGET
#define KERNEL place_portable
#define KERNEL_NAME "portable"
#include "trace/genome/place/lanes.h"
