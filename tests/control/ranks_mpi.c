/*
 * A run on as many ranks as mpiexec starts; the first prints the hash of all it was told. For test_epidemic_ranks.c.
 */
#include "everything_world.h"

int main(void)
{
    struct vg_ranks ranks;
    if (!vg_ranks_mpi_start(&ranks)) {
        return 1;
    }
    prepare_all_with(VG_CONTACTS_THINNED, true);
    w.input.ranks = &ranks;
    run(&w, 50);
    if (ranks.rank == 0) {
        printf("%u rank(s): %016llx, %.0f infections\n", ranks.count, (unsigned long long)w.hash, total(&w, VG_COUNT_INFECTIONS));
    }
    release_world(&w);
    vg_ranks_mpi_end();
    return 0;
}
