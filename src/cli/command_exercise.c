/*
 * vigia exercise: a whole outbreak with known truth, to train with and to hold estimates against.
 */
#include "cli/cli.h"
#include "jobs/exercise/exercise.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "the controller's key or passphrase: seals, signs and opens"},
    {"open", 0, NULL, "make: leave the truth unsealed, for statistics over many exercises"},
    {"seed", 0, "NUMBER", "make: in the place of the scenario's"},
    {"threads", 0, "NUMBER", "make: how many (default: all processors); the files are the same"},
    {"day", 0, "DATE", "release: what was published by the end of this day"},
    {"fasta", 0, NULL, "release: whole sequences too, 30 kB each"},
    {"to", 0, "FOLDER", "release, unseal: where the files go"},
    {"days", 0, "DATES", "score: as of which days, separated by commas (default: eight, evenly spread)"},
    {"only", 0, "NAME", "score: nowcast, rt, forecast, alarm, chains, genomes, demand or plan alone"},
    {"method", 0, "NAME", "score: the method of nowcasts (both, ladder, renewal) and of R (cori, renewal)"},
    {"reported", 0, "SHARE", "score: chains are told which share of infections are cases (default: they find it)"},
    {NULL, 0, NULL, NULL},
};
static const struct cli_option *const tables[] = {options, cli_output_options, NULL};

struct call {
    const struct cli_arguments *arguments;
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_buffer summary; /* printed below the table, where that is text on the terminal */
    struct cli_progress progress;
    struct vg_error error;
};

static vg_status wrong_operands(struct call *call, const char *usage)
{
    return vg_fail(&call->error, VG_USAGE_ERROR, "the operands are: vigia exercise %s", usage);
}

static vg_status read_day(struct call *call, const char *text, int32_t *day)
{
    return text != NULL && vg_date_parse_iso(vg_text_from(text), day)
               ? VG_OK
               : vg_fail(&call->error, VG_USAGE_ERROR, "give a day as 2021-03-31 (\"%.40s\")", text == NULL ? "" : text);
}

static vg_status make(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    int64_t seed = 0, threads = 0;
    if (arguments->n_operands != 3)
        return wrong_operands(call, "make SCENARIO FOLDER (SCENARIO: a file, or the word default)");
    const char *scenario = arguments->operands[1], *key = cli_value(arguments, "key");
    vg_status status = cli_fill_integer(arguments, "seed", 0, 4000000000000000, &seed, &call->error);
    if (status == VG_OK)
        status = cli_fill_integer(arguments, "threads", 1, 1024, &threads, &call->error);
    if (status == VG_OK && (key == NULL) != cli_flag(arguments, "open"))
        status = vg_fail(&call->error, VG_USAGE_ERROR, "give either --key FILE, which seals the truth (vigia exercise key FILE makes one), or --open");
    struct vg_exercise_make_request request = {.scenario_path = strcmp(scenario, "default") == 0 ? NULL : scenario, .folder = arguments->operands[2], .key_path = key,
                                               .has_seed = cli_value(arguments, "seed") != NULL, .seed = (uint64_t)seed, .threads = (unsigned)threads,
                                               .progress = &call->progress.progress};
    return status == VG_OK ? vg_job_exercise_make(&request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status release(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    struct vg_exercise_release_request request = {.to = cli_value(arguments, "to"), .key_path = cli_value(arguments, "key"), .fasta = cli_flag(arguments, "fasta")};
    if (arguments->n_operands != 2 || request.to == NULL)
        return wrong_operands(call, "release FOLDER --day DATE --to FOLDER");
    request.folder = arguments->operands[1];
    vg_status status = read_day(call, cli_value(arguments, "day"), &request.day);
    return status == VG_OK ? vg_job_exercise_release(&request, &call->arena, &call->answer, &call->error) : status;
}

static vg_status unseal(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    const char *to = cli_value(arguments, "to");
    if (arguments->n_operands != 2 || to == NULL)
        return wrong_operands(call, "unseal FOLDER --key FILE --to FOLDER");
    return vg_job_exercise_unseal(arguments->operands[1], cli_value(arguments, "key"), to, &call->arena, &call->answer, &call->error);
}

static vg_status read_days(struct call *call, const char *text, int32_t *days, size_t capacity, size_t *n_days)
{
    vg_status status = VG_OK;
    while (text != NULL && *text != '\0' && status == VG_OK) {
        size_t size = strcspn(text, ",");
        if (*n_days == capacity || !vg_date_parse_iso(vg_text_of(text, size), &days[*n_days]))
            status = vg_fail(&call->error, VG_USAGE_ERROR, "--days are at most %zu dates as 2021-03-31, separated by commas (\"%.40s\")", capacity, text);
        ++*n_days;
        text += size + (text[size] == ',');
    }
    return status;
}

static vg_status score(struct call *call)
{
    const struct cli_arguments *arguments = call->arguments;
    int32_t days[400];
    struct vg_exercise_score_request request = {.key_path = cli_value(arguments, "key"), .days = days, .method = cli_value(arguments, "method"), .only = cli_value(arguments, "only"), .summary = &call->summary,
                                                .progress = &call->progress.progress};
    if (arguments->n_operands != 2 && arguments->n_operands != 3)
        return wrong_operands(call, "score FOLDER [NODE | ESTIMATES.csv] [--key FILE]");
    request.folder = arguments->operands[1];
    request.subject = arguments->n_operands == 3 ? arguments->operands[2] : NULL;
    vg_status status = cli_fill_positive(arguments, "reported", &request.reported, &call->error);
    status = status == VG_OK ? read_days(call, cli_value(arguments, "days"), days, sizeof days / sizeof *days, &request.n_days) : status;
    return status == VG_OK ? vg_job_exercise_score(&request, &call->arena, &call->answer, &call->error) : status;
}

/* A new random key, readable by its owner alone; never over a file that is there. */
static vg_status make_key(struct call *call)
{
    unsigned char bytes[2 * VG_SALT_BYTES];
    char text[4 * VG_SALT_BYTES + 2];
    if (call->arguments->n_operands != 2)
        return wrong_operands(call, "key FILE");
    const char *path = call->arguments->operands[1];
    vg_seal_salt(bytes);
    vg_seal_salt(bytes + VG_SALT_BYTES);
    for (size_t i = 0; i < sizeof bytes; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
    text[sizeof text - 2] = '\n';
    vg_status status = vg_file_write_secret(path, text, sizeof text - 1, &call->error);
    if (status != VG_OK)
        return status;
    (void)printf("the key is in %s: keep it from the players, and keep a copy, for nothing else opens the truth\n", path);
    return VG_OK;
}

static vg_status print_scenario(struct call *call)
{
    struct vg_buffer text;
    if (call->arguments->n_operands != 1)
        return wrong_operands(call, "scenario");
    vg_buffer_init(&text, 0);
    vg_status status = vg_job_exercise_scenario(&call->arena, &text, &call->error);
    if (status == VG_OK)
        (void)fwrite(text.data, 1, text.size, stdout);
    vg_buffer_release(&text);
    return status;
}

static const struct { const char *name; vg_status (*run)(struct call *call); bool answers; } verbs[] = {
    {"make", make, true}, {"release", release, true}, {"score", score, true}, {"unseal", unseal, true}, {"key", make_key, false}, {"scenario", print_scenario, false},
};

/* Not among rows that a program reads: JSON has the summary in its meta. */
static void print_summary(const struct cli_arguments *arguments, const struct vg_buffer *summary)
{
    const char *format = cli_value(arguments, "format");
    bool rows_on_stdout = cli_value(arguments, "output") == NULL, as_text = cli_flag(arguments, "json") ? false : format == NULL || strcmp(format, "text") == 0;
    if (summary->size > 0 && (as_text || !rows_on_stdout))
        (void)printf("%s%.*s", rows_on_stdout ? "\n" : "", (int)summary->size, summary->data);
}

static int run(const struct cli_arguments *arguments)
{
    struct call call = {.arguments = arguments};
    const size_t which = CLI_VERB(arguments, verbs);
    vg_arena_init(&call.arena, 0);
    vg_answer_init(&call.answer, &call.arena);
    vg_buffer_init(&call.summary, 0);
    vg_status status;
    if (which == sizeof verbs / sizeof *verbs) {
        status = wrong_operands(&call, "make | release | score | unseal | key | scenario ...; see vigia exercise --help");
    } else {
        cli_progress_start(&call.progress);
        status = verbs[which].run(&call);
        cli_progress_end(&call.progress);
        if (status == VG_OK && verbs[which].answers)
            status = cli_write_answer(arguments, &call.answer, "text", &call.error);
        if (status == VG_OK)
            print_summary(arguments, &call.summary);
    }
    int exit_code = cli_end(arguments, status, &call.error);
    vg_buffer_release(&call.summary);
    vg_answer_release(&call.answer);
    vg_arena_release(&call.arena);
    return exit_code;
}

const struct cli_command cli_exercise = {
    "exercise", "make SCENARIO FOLDER | release FOLDER | score FOLDER [NODE | FILE] | unseal FOLDER | key FILE | scenario",
    "an outbreak with known truth: make it, release it day by day, score estimates",
    "Simulates every person of an invented country, and writes what really happened (sealed) and what its ministry would see, with delays, errors and\n"
    "corrections. A release is what was published by a day; a node imports it like any other data. A score holds the program's own estimates, or others',\n"
    "against the truth, and tells how often their intervals held. vigia exercise scenario prints the default scenario with all that can be set.",
    "vigia exercise make default my-exercise --open", tables, run};
