/*
 * vigia alarm: where counts are more than expected; and the alarms that the node keeps, which people acknowledge, assign and close.
 */
#include "cli/cli.h"
#include "jobs/alarm/alarm.h"

#include <pwd.h>
#include <string.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"method", 0, "NAME", "farrington (default with five years of weeks), ears_c1, ears_c2 (default else), ears_c3, bayes, cusum, cusum_nb, glr, glr_poisson, glr_epidemic, glr_decrease; "
                          "clusters of places: scan, scan_adjusted, scan_permutation; channel, channel_mean"},
    {"level", 0, "NAME", "country, admin1 or admin2 (default: the coarsest with several places)"},
    {"newest", 0, "NUMBER", "judge so many of the newest days or weeks (default: 1); scans: the longest cluster (default: half of the period)"},
    {"alpha", 0, "NUMBER", "one-sided error of a single alarm (default: the method's own)"},
    {"replicates", 0, "NUMBER", "scans: random worlds that the clusters are compared with (default: 999)"},
    {"retrospective", 0, NULL, "scans: clusters of any time, not only those that last until the newest step"},
    {"places", 0, "FILE", "with a file: a list of places with coordinates and populations, for scans"},
    {"keep", 0, NULL, "keep the alarms found in the node; what goes on stays one alarm"},
    {"list", 0, NULL, "the alarms that the node keeps (with --dataset, --place, --state)"},
    {"state", 0, "NAME", "only those that are open, acknowledged or closed"},
    {"history", 0, "ID", "all that was done with an alarm"},
    {"acknowledge", 0, "ID", "somebody has seen it"},
    {"assign", 0, "ID", "it is for the person named by --to"},
    {"close", 0, "ID", "it is dealt with, as --note says"},
    {"reopen", 0, "ID", "it is not, as --note says"},
    {"by", 0, "NAME", "who does it (default: the name of your account)"},
    {"note", 0, "TEXT", "kept with the step"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_request_options, cli_node_options, cli_output_options, cli_intake_options, NULL};

/* What the options ask for besides judging. */
enum task { TASK_JUDGE, TASK_KEEP, TASK_LIST, TASK_HISTORY, TASK_STEP };

static vg_status choose_task(const struct cli_arguments *arguments, enum task *task, struct vg_alarm_step *step, struct vg_error *error)
{
    static const struct { const char *name; enum task task; enum vg_alarm_action action; } tasks[] = {
        {"keep", TASK_KEEP, VG_ALARM_ACTION_COUNT},           {"list", TASK_LIST, VG_ALARM_ACTION_COUNT}, {"history", TASK_HISTORY, VG_ALARM_ACTION_COUNT},
        {"acknowledge", TASK_STEP, VG_ALARM_ACKNOWLEDGE},     {"assign", TASK_STEP, VG_ALARM_ASSIGN},     {"close", TASK_STEP, VG_ALARM_CLOSE},
        {"reopen", TASK_STEP, VG_ALARM_REOPEN},
    };
    const char *chosen = NULL;
    *task = TASK_JUDGE;
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        const char *id = cli_value(arguments, tasks[i].name);
        if (!cli_flag(arguments, tasks[i].name) && id == NULL) {
            continue;
        }
        if (chosen != NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "one thing at a time: --%s or --%s", chosen, tasks[i].name);
        }
        chosen = tasks[i].name;
        *task = tasks[i].task;
        step->action = tasks[i].action;
        if (*task >= TASK_HISTORY && (id == NULL || !vg_parse_integer(vg_text_from(id), &step->alarm) || step->alarm < 1)) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s takes the number of an alarm (vigia alarm --list), not \"%.40s\"", chosen, id == NULL ? "" : id);
        }
    }
    if (*task != TASK_JUDGE && cli_is_filter(arguments)) {
        return vg_fail(error, VG_USAGE_ERROR, "alarms are kept in a node: take the file in first (vigia import), then vigia alarm --%s", chosen);
    }
    return VG_OK;
}

static vg_status take_step(const struct cli_arguments *arguments, struct vg_store *store, struct vg_alarm_step *step, struct vg_error *error)
{
    const struct passwd *account = getpwuid(geteuid());
    step->actor = cli_value(arguments, "by");
    step->actor = step->actor != NULL || account == NULL ? step->actor : account->pw_name;
    step->recipient = cli_value(arguments, "to");
    step->note = cli_value(arguments, "note");
    return vg_store_step_alarm(store, step, error);
}

static vg_status work_on_node(const struct cli_arguments *arguments, enum task task, struct vg_alarm_step *step, struct vg_answer *answer, struct vg_arena *arena,
                              struct vg_error *error)
{
    struct vg_store *store = NULL;
    struct vg_request request;
    vg_request_init(&request);
    vg_status status = task == TASK_STEP ? VG_OK : cli_fill_request(arguments, &request, error);
    request.alarm = step->alarm;
    if (status == VG_OK) {
        status = vg_store_open(cli_node_folder(arguments), task == TASK_KEEP || task == TASK_STEP ? VG_STORE_WRITE : VG_STORE_READ, &store, error);
    }
    if (status == VG_OK && task == TASK_STEP) {
        status = take_step(arguments, store, step, error);
    }
    if (status == VG_OK) {
        vg_job *job = task == TASK_KEEP ? vg_job_alarm_keep : task == TASK_LIST ? vg_job_alarms : vg_job_alarm_history;
        status = job(store, &request, arena, answer, error);
    }
    vg_store_close(store);
    return status;
}

static int run(const struct cli_arguments *arguments)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_alarm_step step = {0};
    enum task task = TASK_JUDGE;
    vg_status status = choose_task(arguments, &task, &step, &error);
    if (status == VG_OK && task == TASK_JUDGE) {
        return cli_run_job(arguments, vg_job_alarm, VG_FILTER_ALARM, "csv");
    }
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    if (status == VG_OK) {
        status = work_on_node(arguments, task, &step, &answer, &arena, &error);
    }
    if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, task == TASK_LIST ? "csv" : "text", &error);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

const struct cli_command cli_alarm = {
    "alarm", "[FILE]", "where counts are more than expected",
    "Judges the newest counts of every place against their past (Farrington's improved method, EARS, likelihood ratio charts), or looks for clusters of places (scan), the\n"
    "most improbable first; notable are those of which at most one in twenty is false over all places. --method channel prints the endemic channel of the year with its\n"
    "zones. --keep keeps the alarms in the node, where people acknowledge, assign and close them: --list, --acknowledge 3 --by Ana, --assign 3 --to Luis, --close 3 --note ...",
    "vigia alarm --dataset vigia-exercise-cases --level admin2", tables, run};
