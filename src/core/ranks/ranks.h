/*
 * core/ranks: several processes that work on one computation, perhaps on several machines, each on its part of the data. All call the same functions in the
 * same order; rank r is the one with the r-th part. Two operations are enough. What carries them is behind two function pointers: MPI where the program is built
 * with it (vg_ranks_mpi_start), threads in the tests.
 */
#ifndef VG_CORE_RANKS_RANKS_H
#define VG_CORE_RANKS_RANKS_H

#include "core/core.h"

#define VG_RANKS_MAX 1024

struct vg_ranks {
    unsigned rank, count;
    void *context;
    /* Adds up values[i] over all ranks, modulo 2^32; each gets the sums. false: the others cannot be reached. */
    bool (*add_up)(void *context, uint32_t *values, size_t n);
    /* Of `sent`, by rank one behind the other, sent_bytes[r] go to rank r (one's own part to oneself). *received: what came, by rank one behind the other, to be
       freed; received_bytes[r] from rank r. Each part at most 2 GB. false: no memory, or the others cannot be reached. */
    bool (*exchange)(void *context, const void *sent, const size_t *sent_bytes, void **received, size_t *received_bytes);
};

/* Joins the processes that mpiexec started. One rank where the program is built without MPI. Once in a process, with vg_ranks_mpi_end before it ends. */
bool vg_ranks_mpi_start(struct vg_ranks *ranks);
void vg_ranks_mpi_end(void);
bool vg_ranks_mpi_built_in(void);

#endif
