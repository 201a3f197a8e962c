/*
 * Ranks carried by MPI: a sum over all, and an exchange of bytes whose sizes are told first. Only the thread that starts it calls it.
 */
#include "core/ranks/ranks.h"

#include <limits.h>
#include <stdlib.h>

#ifdef VG_HAVE_MPI

#include <mpi.h>

static bool add_up(void *context, uint32_t *values, size_t n)
{
    (void)context;
    for (size_t done = 0; done < n;) {
        int now = n - done > INT_MAX ? INT_MAX : (int)(n - done);
        if (MPI_Allreduce(MPI_IN_PLACE, values + done, now, MPI_UINT32_T, MPI_SUM, MPI_COMM_WORLD) != MPI_SUCCESS) {
            return false;
        }
        done += (size_t)now;
    }
    return true;
}

/* Where parts begin, as MPI wants them; false beyond what an int holds. */
static bool lay_out(const size_t *bytes, int n, int *counts, int *starts, size_t *all)
{
    *all = 0;
    for (int r = 0; r < n; r++) {
        if (*all > INT_MAX || bytes[r] > INT_MAX) {
            return false;
        }
        counts[r] = (int)bytes[r];
        starts[r] = (int)*all;
        *all += bytes[r];
    }
    return true;
}

static bool exchange(void *context, const void *sent, const size_t *sent_bytes, void **received, size_t *received_bytes)
{
    (void)context;
    int n = 0;
    size_t all = 0;
    int counts[4][VG_RANKS_MAX];
    uint64_t told[VG_RANKS_MAX];
    uint64_t heard[VG_RANKS_MAX];
    *received = NULL;
    (void)MPI_Comm_size(MPI_COMM_WORLD, &n);
    for (int r = 0; r < n; r++) {
        told[r] = sent_bytes[r];
    }
    if (MPI_Alltoall(told, 1, MPI_UINT64_T, heard, 1, MPI_UINT64_T, MPI_COMM_WORLD) != MPI_SUCCESS) {
        return false;
    }
    for (int r = 0; r < n; r++) {
        received_bytes[r] = heard[r];
    }
    bool good = lay_out(sent_bytes, n, counts[0], counts[1], &all) && lay_out(received_bytes, n, counts[2], counts[3], &all);
    *received = good ? malloc(all + 1) : NULL;
    return *received != NULL && MPI_Alltoallv(sent, counts[0], counts[1], MPI_BYTE, *received, counts[2], counts[3], MPI_BYTE, MPI_COMM_WORLD) == MPI_SUCCESS;
}

bool vg_ranks_mpi_start(struct vg_ranks *ranks)
{
    int rank = 0;
    int count = 1;
    int given = 0;
    *ranks = (struct vg_ranks){.count = 1};
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &given) != MPI_SUCCESS || given < MPI_THREAD_FUNNELED) {
        return false;
    }
    (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    (void)MPI_Comm_size(MPI_COMM_WORLD, &count);
    *ranks = (struct vg_ranks){.rank = (unsigned)rank, .count = (unsigned)count, .add_up = add_up, .exchange = exchange};
    return count <= VG_RANKS_MAX;
}

void vg_ranks_mpi_end(void)
{
    (void)MPI_Finalize();
}

bool vg_ranks_mpi_built_in(void)
{
    return true;
}

#else

bool vg_ranks_mpi_start(struct vg_ranks *ranks)
{
    *ranks = (struct vg_ranks){.count = 1};
    return true;
}

void vg_ranks_mpi_end(void)
{
}

bool vg_ranks_mpi_built_in(void)
{
    return false;
}

#endif
