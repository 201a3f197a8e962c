/*
 * What the commands share: the node's folder, requests from options, output, the error line, the progress bar.
 */
#include "cli/cli.h"

#include "jobs/genome/genome.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *cli_node_folder(const struct cli_arguments *arguments)
{
    const char *folder = cli_value(arguments, "node");
    if (folder == NULL) {
        folder = getenv("VIGIA_NODE");
    }
    return folder == NULL || *folder == '\0' ? "node" : folder;
}

bool cli_is_filter(const struct cli_arguments *arguments)
{
    return arguments->n_operands > 0;
}

static vg_status fill_date(const struct cli_arguments *arguments, const char *name, int32_t *date, struct vg_error *error)
{
    const char *value = cli_value(arguments, name);
    if (value != NULL && !vg_date_parse_iso(vg_text_from(value), date)) {
        return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not a date; write it as 2021-02-05", name, value);
    }
    return VG_OK;
}

vg_status cli_fill_integer(const struct cli_arguments *arguments, const char *name, int64_t low, int64_t high, int64_t *number, struct vg_error *error)
{
    const char *value = cli_value(arguments, name);
    if (value != NULL && (!vg_parse_integer(vg_text_from(value), number) || *number < low || *number > high)) {
        return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not a whole number from %lld to %lld", name, value, (long long)low, (long long)high);
    }
    return VG_OK;
}

vg_status cli_fill_positive(const struct cli_arguments *arguments, const char *name, double *number, struct vg_error *error)
{
    const char *value = cli_value(arguments, name);
    if (value != NULL && (!vg_parse_double(vg_text_from(value), '.', number) || *number <= 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is not a number above 0", name, value);
    }
    return VG_OK;
}

vg_status cli_fill_time(const struct cli_arguments *arguments, const char *name, int64_t *seconds, struct vg_error *error)
{
    const char *text = cli_value(arguments, name);
    struct tm parts = {0};
    if (text == NULL || vg_parse_integer(vg_text_from(text), seconds)) {
        return VG_OK;
    }
    const char *end = strptime(text, strchr(text, 'T') == NULL ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &parts);
    if (end == NULL || *end != '\0') {
        return vg_fail(error, VG_USAGE_ERROR, "--%s: \"%s\" is no time; write UNIX seconds, or it as 2020-05-20T12:00:00Z", name, text);
    }
    *seconds = (int64_t)timegm(&parts);
    return VG_OK;
}

vg_status cli_fill_list(const struct cli_arguments *arguments, const char *name, const char **values, size_t n_most, size_t *n_values, struct vg_error *error)
{
    *n_values = 0;
    for (size_t i = 0; i < arguments->n_given; i++) {
        if (strcmp(arguments->given[i]->name, name) != 0) {
            continue;
        }
        if (*n_values == n_most) {
            return vg_fail(error, VG_USAGE_ERROR, "--%s is given at most %zu times", name, n_most);
        }
        values[(*n_values)++] = arguments->values[i];
    }
    return VG_OK;
}

static vg_status fill_step(const struct cli_arguments *arguments, struct vg_request *request, struct vg_error *error)
{
    const char *step = cli_value(arguments, "step");
    if (step == NULL) {
        return VG_OK;
    }
    if (strcmp(step, "day") != 0 && strcmp(step, "week") != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "--step is day or week, not \"%s\"", step);
    }
    request->step_days = strcmp(step, "week") == 0 ? 7 : 1;
    return VG_OK;
}

vg_status cli_fill_request(const struct cli_arguments *arguments, struct vg_request *request, struct vg_error *error)
{
    vg_request_init(request);
    request->dataset = cli_value(arguments, "dataset");
    request->measure = cli_value(arguments, "measure");
    request->place = cli_value(arguments, "place");
    request->group = cli_value(arguments, "group");
    request->level = cli_value(arguments, "level");
    request->parent = cli_value(arguments, "parent");
    request->disease = cli_value(arguments, "disease");
    request->method = cli_value(arguments, "method");
    request->missing_onset = cli_value(arguments, "missing-onset");
    request->hubverse = cli_flag(arguments, "hubverse");
    request->members = cli_flag(arguments, "members");
    int64_t seed = (int64_t)request->seed;
    int64_t window = 0;
    int64_t horizon = 0;
    int64_t delays = 0;
    int64_t newest = 0;
    int64_t replicates = 0;
    int64_t samples = 0;
    request->retrospective = cli_flag(arguments, "retrospective");
    request->places_path = cli_value(arguments, "places");
    request->alarm_state = cli_value(arguments, "state");
    if (fill_date(arguments, "as-of", &request->as_of, error) != VG_OK || fill_date(arguments, "from", &request->from, error) != VG_OK ||
        fill_date(arguments, "to", &request->to, error) != VG_OK || fill_step(arguments, request, error) != VG_OK ||
        cli_fill_integer(arguments, "seed", 0, INT64_MAX, &seed, error) != VG_OK || cli_fill_integer(arguments, "window", 1, 365, &window, error) != VG_OK ||
        cli_fill_integer(arguments, "horizon", 1, 365, &horizon, error) != VG_OK || cli_fill_integer(arguments, "delays", 1, 400, &delays, error) != VG_OK ||
        cli_fill_integer(arguments, "newest", 1, 10000, &newest, error) != VG_OK || cli_fill_integer(arguments, "replicates", 9, 999999, &replicates, error) != VG_OK ||
        cli_fill_integer(arguments, "samples", 1, 10000, &samples, error) != VG_OK ||
        cli_fill_positive(arguments, "alpha", &request->alpha, error) != VG_OK ||
        cli_fill_positive(arguments, "si-mean", &request->serial_interval_mean_days, error) != VG_OK ||
        cli_fill_positive(arguments, "si-sd", &request->serial_interval_sd_days, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    if ((request->serial_interval_mean_days > 0) != (request->serial_interval_sd_days > 0)) {
        return vg_fail(error, VG_USAGE_ERROR, "--si-mean and --si-sd belong together");
    }
    request->seed = (uint64_t)seed;
    request->window_days = (size_t)window;
    request->horizon_steps = (size_t)horizon;
    request->n_delays = (size_t)delays;
    request->newest_steps = (size_t)newest;
    request->n_replicates = (size_t)replicates;
    request->n_samples = (size_t)samples;
    return VG_OK;
}

static vg_status fill_encoding(const char *name, enum vg_intake_encoding *encoding, struct vg_error *error)
{
    static const struct {
        const char *name;
        enum vg_intake_encoding encoding;
    } known[] = {{"utf-8", VG_ENCODING_UTF8},      {"utf8", VG_ENCODING_UTF8},        {"utf-16le", VG_ENCODING_UTF16_LE}, {"utf-16be", VG_ENCODING_UTF16_BE},
                 {"cp1252", VG_ENCODING_CP1252},   {"windows-1252", VG_ENCODING_CP1252}, {"latin-1", VG_ENCODING_CP1252},   {"latin1", VG_ENCODING_CP1252},
                 {"iso-8859-1", VG_ENCODING_CP1252}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (name == NULL || strcasecmp(name, known[i].name) == 0) {
            *encoding = name == NULL ? VG_ENCODING_AUTO : known[i].encoding;
            return VG_OK;
        }
    }
    return vg_fail(error, VG_USAGE_ERROR, "--encoding is utf-8, utf-16le, utf-16be or cp1252, not \"%s\"", name);
}

vg_status cli_fill_date_order(const struct cli_arguments *arguments, enum vg_date_order *order, struct vg_error *error)
{
    const char *name = cli_value(arguments, "date-order");
    static const char *const names[] = {"auto", "ymd", "dmy", "mdy"};
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcasecmp(name, names[i]) == 0) {
            *order = (enum vg_date_order)i;
            return VG_OK;
        }
    }
    return name == NULL ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "--date-order is ymd, dmy or mdy, not \"%s\"", name);
}

void cli_tell_dates(FILE *to, const struct vg_metadata_dates *dates)
{
    if (dates->n_days + dates->n_partial + dates->n_bad == 0) {
        return;
    }
    (void)fprintf(to, "; days of %llu samples", (unsigned long long)dates->n_days);
    if (dates->n_partial > 0) {
        (void)fprintf(to, ", %llu of a month or a year alone", (unsigned long long)dates->n_partial);
    }
    if (dates->n_bad > 0) {
        (void)fprintf(to, ", %llu not understood (line %llu: \"%.40s\")", (unsigned long long)dates->n_bad, (unsigned long long)dates->bad_line, dates->bad_text);
    }
}

static vg_status fill_delimiter(const char *text, char *delimiter, struct vg_error *error)
{
    if (text == NULL) {
        return VG_OK;
    }
    if (strcmp(text, "tab") == 0 || strcmp(text, "\\t") == 0) {
        *delimiter = '\t';
        return VG_OK;
    }
    if (strlen(text) != 1 || strchr(",;|\t:^~", text[0]) == NULL) {
        return vg_fail(error, VG_USAGE_ERROR, "--delimiter is one of , ; | : or tab, not \"%s\"", text);
    }
    *delimiter = text[0];
    return VG_OK;
}

static vg_status fill_mappings(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_intake_options *options, struct vg_error *error)
{
    const char **mappings = VG_ARENA_ARRAY(arena, const char *, CLI_VALUES_MAX);
    if (mappings == NULL) {
        return vg_fail_memory(error, 0);
    }
    for (size_t i = 0; i < arguments->n_given; i++) {
        if (strcmp(arguments->given[i]->name, "map") != 0) {
            continue;
        }
        if (strchr(arguments->values[i], '=') == NULL) {
            return vg_fail(error, VG_USAGE_ERROR, "--map: \"%s\" has no =; write it as onset=FEC_SINTOMAS", arguments->values[i]);
        }
        mappings[options->n_mappings++] = arguments->values[i];
    }
    options->mappings = mappings;
    return VG_OK;
}

vg_status cli_fill_intake(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_intake_options *options, struct vg_error *error)
{
    *options = (struct vg_intake_options){.published = VG_DATE_NONE};
    options->profile = cli_value(arguments, "profile");
    options->country = cli_value(arguments, "country");
    options->disease = cli_value(arguments, "disease");
    options->reader.sheet = cli_value(arguments, "sheet");
    int64_t header_row = 0;
    int64_t century = 0;
    if (fill_date(arguments, "published", &options->published, error) != VG_OK ||
        cli_fill_integer(arguments, "header-row", 1, 100000, &header_row, error) != VG_OK ||
        cli_fill_integer(arguments, "century", 1900, 2000, &century, error) != VG_OK ||
        fill_encoding(cli_value(arguments, "encoding"), &options->reader.encoding, error) != VG_OK ||
        cli_fill_date_order(arguments, &options->date_order, error) != VG_OK ||
        fill_delimiter(cli_value(arguments, "delimiter"), &options->reader.delimiter, error) != VG_OK) {
        return VG_USAGE_ERROR;
    }
    if (century % 100 != 0) {
        return vg_fail(error, VG_USAGE_ERROR, "--century is 1900 or 2000");
    }
    options->reader.header_row = (size_t)header_row;
    options->century = (int)century;
    return fill_mappings(arguments, arena, options, error);
}

static vg_status render(struct vg_answer *answer, const char *format_name, struct vg_buffer *out, struct vg_error *error)
{
    enum vg_table_format format = VG_FORMAT_CSV;
    if (strcmp(format_name, "json") != 0) {
        vg_answer_mark(answer);
    }
    if (strcmp(format_name, "text") == 0) {
        return vg_table_write_text(&answer->table, 5, out, error);
    }
    if (!vg_table_format_from_name(format_name, &format)) {
        return vg_fail(error, VG_USAGE_ERROR, "--format is csv, json, arrow, xlsx or text, not \"%s\"", format_name);
    }
    if (format == VG_FORMAT_JSON) {
        return vg_table_write_json_meta(&answer->table, answer->meta.size == 0 ? NULL : answer->meta.data, out, error);
    }
    return vg_table_write(&answer->table, format, out, error);
}

static vg_status write_out(const char *path, const struct vg_buffer *out, struct vg_error *error)
{
    if (path != NULL) {
        return vg_file_write_atomic(path, out->data == NULL ? "" : out->data, out->size, error);
    }
    size_t written = out->size == 0 ? 0 : fwrite(out->data, 1, out->size, stdout);
    if (written != out->size || fflush(stdout) != 0) {
        /* A reader that has seen enough (head) is no failure. */
        return errno == EPIPE ? VG_OK : vg_fail_errno(error, errno, "the output cannot be written");
    }
    return VG_OK;
}

vg_status cli_write_answer(const struct cli_arguments *arguments, struct vg_answer *answer, const char *default_format, struct vg_error *error)
{
    const char *format = cli_value(arguments, "format");
    if (format == NULL) {
        format = cli_flag(arguments, "json") ? "json" : default_format;
    }
    struct vg_buffer out;
    vg_buffer_init(&out, 0);
    vg_status status = render(answer, format, &out, error);
    if (status == VG_OK) {
        status = write_out(cli_value(arguments, "output"), &out, error);
    }
    vg_buffer_release(&out);
    /* JSON has it in its meta; a table would not say why it has no estimates. */
    if (status == VG_OK && answer->status != VG_SERIES_OK) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "vigia %s: no estimate: %s\n", arguments->command->name, vg_series_status_name(answer->status));
    }
    return status;
}

vg_status cli_write_bytes(const struct cli_arguments *arguments, const struct vg_buffer *bytes, struct vg_error *error)
{
    return bytes->failed ? vg_fail_memory(error, 0) : write_out(cli_value(arguments, "output"), bytes, error);
}

int cli_end(const struct cli_arguments *arguments, vg_status status, const struct vg_error *error)
{
    if (status != VG_OK) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "vigia %s: %s\n", arguments->command->name, error->message);
    }
    return vg_status_exit_code(status);
}

int cli_end_answer(const struct cli_arguments *arguments, vg_status status, const struct vg_error *error, struct vg_answer *answer, struct vg_arena *arena)
{
    int exit_code = cli_end(arguments, status, error);
    if (status == VG_OK && answer->warning != NULL) {
        (void)fflush(stdout);
        (void)fprintf(stderr, "vigia %s: %s\n", arguments->command->name, answer->warning);
    }
    vg_answer_release(answer);
    vg_arena_release(arena);
    return exit_code;
}

static int64_t now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool show_progress(void *context, const char *what, double fraction)
{
    struct cli_progress *progress = context;
    int64_t now = now_ms();
    if (now - progress->started_ms < 1000 || now - progress->shown_ms < 100) {
        return true;
    }
    progress->shown_ms = now;
    progress->shown = true;
    int filled = (int)(fraction * 30);
    filled = filled < 0 ? 0 : filled > 30 ? 30 : filled;
    (void)fprintf(stderr, "\r\033[K%-28.28s [%.*s%*s] %3.0f %%", what, filled, "##############################", 30 - filled, "", fraction * 100);
    return true;
}

void cli_progress_start(struct cli_progress *progress)
{
    *progress = (struct cli_progress){.started_ms = now_ms()};
    if (isatty(STDERR_FILENO)) {
        progress->progress = (struct vg_progress){show_progress, progress};
    }
}

void cli_progress_end(struct cli_progress *progress)
{
    if (progress->shown) {
        (void)fputs("\r\033[K", stderr);
    }
}

static vg_status run_on_node(const struct cli_arguments *arguments, vg_job *job, const struct vg_request *request, struct vg_arena *arena,
                             struct vg_answer *answer, struct vg_error *error)
{
    struct vg_store *store = NULL;
    vg_status status = vg_store_open(cli_node_folder(arguments), VG_STORE_READ, &store, error);
    if (status == VG_OK) {
        status = job(store, request, arena, answer, error);
    }
    vg_store_close(store);
    return status;
}

/* Cases without an onset are a part of what was counted, or are not: the reader should know which. */
static void note_undated(const struct cli_arguments *arguments, const struct vg_answer *answer)
{
    if (answer->n_imputed > 0) {
        (void)fprintf(stderr, "vigia %s: %.0f of the cases have no onset and were given one by the model (--missing-onset omit leaves them out)\n",
                      arguments->command->name, answer->n_imputed);
    } else if (answer->n_without_onset > 0) {
        (void)fprintf(stderr, "vigia %s: %.0f cases without an onset are left out (--missing-onset impute gives them one)\n", arguments->command->name,
                      answer->n_without_onset);
    }
}

static int run_job(const struct cli_arguments *arguments, vg_job *job, enum vg_filter_kind filter, const struct vg_rt_request *rt, const char *default_format,
                   cli_print *print)
{
    struct vg_error error = {0};
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_request request;
    struct vg_intake_options intake;
    vg_arena_init(&arena, 0);
    vg_answer_init(&answer, &arena);
    vg_status status = cli_fill_request(arguments, &request, &error);
    request.rt = rt;
    if (status == VG_OK) {
        status = cli_fill_intake(arguments, &arena, &intake, &error);
    }
    if (status == VG_OK && arguments->n_operands > 1) {
        status = vg_fail(&error, VG_USAGE_ERROR, "one file at a time, or none to work on a node");
    }
    if (status == VG_OK) {
        status = cli_is_filter(arguments) ? vg_job_filter(arguments->operands[0], filter, &intake, &request, &arena, &answer, &error)
                                          : run_on_node(arguments, job, &request, &arena, &answer, &error);
    }
    if (status == VG_OK && print != NULL) {
        print(arguments, &answer);
    } else if (status == VG_OK) {
        status = cli_write_answer(arguments, &answer, default_format, &error);
    }
    if (status == VG_OK) {
        note_undated(arguments, &answer);
    }
    return cli_end_answer(arguments, status, &error, &answer, &arena);
}

int cli_run_job(const struct cli_arguments *arguments, vg_job *job, enum vg_filter_kind filter, const char *default_format)
{
    return run_job(arguments, job, filter, NULL, default_format, NULL);
}

int cli_run_job_rt(const struct cli_arguments *arguments, const struct vg_rt_request *rt)
{
    return run_job(arguments, vg_job_rt, VG_FILTER_RT, rt, "csv", NULL);
}

int cli_run_job_printed(const struct cli_arguments *arguments, vg_job *job, enum vg_filter_kind filter, cli_print *print)
{
    return run_job(arguments, job, filter, NULL, NULL, print);
}
