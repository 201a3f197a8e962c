/* Score: follows. */
#include "jobs/exercise_internal.h"

vg_status vg_job_exercise_score(const struct vg_exercise_score_request *request, struct vg_arena *arena, struct vg_answer *answer, struct vg_error *error)
{
    (void)request; (void)arena; (void)answer;
    return vg_fail(error, VG_USAGE_ERROR, "not yet");
}
