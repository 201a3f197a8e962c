/*
 * libFuzzer target: any bytes as the target of a request line, then as each header that is read, then as the body of a step, of visits, of rows of tracing and of what is asked of persons. What is taken must be clean
 * (UTF-8, no control characters, within the bounds), and a question that is taken must have definite parameters.
 */
#include "serve/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const char *text, size_t most)
{
    size_t size = strlen(text);
    VG_ASSERT(size <= most && vg_utf8_valid(text, size));
    for (size_t i = 0; i < size; i++) {
        VG_ASSERT((unsigned char)text[i] >= 0x20 && text[i] != 0x7F);
    }
}

/* A step that is taken has an action and texts within their bounds. */
static void check_step(const char *body, size_t size)
{
    struct serve_step step;
    struct vg_error error = {0};
    if (serve_step_parse(body, size, SERVE_POST_KEEP, &step, &error) == VG_OK) {
        VG_ASSERT(step.keeps && memmem(body, size, "keep", 4) != NULL);
    }
    if (serve_step_parse(body, size, SERVE_POST_STEP, &step, &error) == VG_OK) {
        VG_ASSERT(!step.keeps);
        check_clean(step.by, sizeof step.by - 1);
        check_clean(step.to, sizeof step.to - 1);
        VG_ASSERT(size <= SERVE_BODY_BYTES_MAX && step.action < VG_ALARM_ACTION_COUNT && vg_utf8_valid(step.note, strlen(step.note)));
        VG_ASSERT((step.has_to || step.to[0] == '\0') && (step.has_note || step.note[0] == '\0'));
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
}

/* Visits that are taken have keys, days and numbers of contacts, in texts of plain letters. */
static void check_followups(const char *body, size_t size)
{
    struct serve_followups followups;
    struct vg_error error = {0};
    if (serve_followups_parse(body, size, &followups, &error) == VG_OK) {
        VG_ASSERT(size <= SERVE_FOLLOWUPS_BODY_BYTES_MAX && followups.n_told > 0 && followups.n_told <= VG_FOLLOWUPS_MOST && followups.by[0] != '\0');
        check_clean(followups.by, sizeof followups.by - 1);
        for (size_t i = 0; i < followups.n_told; i++) {
            const struct vg_followup_told *told = &followups.told[i];
            check_clean(told->entry, sizeof told->entry - 1);
            check_clean(told->symptoms, sizeof told->symptoms - 1);
            VG_ASSERT(strlen(told->entry) >= 8 && told->contact > 0 && told->day != VG_DATE_NONE && told->seen >= 0 && told->seen < VG_SEEN_COUNT);
        }
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    serve_followups_release(&followups);
}

/* Rows of tracing that are taken have keys and fields in clean texts; what is asked of persons has what its action needs. */
static void check_tracing(const char *body, size_t size)
{
    struct serve_tracing told;
    struct vg_error error = {0};
    if (serve_entries_parse(body, size, &told, &error) == VG_OK) {
        VG_ASSERT(told.n_adds > 0 && told.n_adds <= SERVE_ENTRIES_MOST && told.by[0] != '\0');
        check_clean(told.by, sizeof told.by - 1);
        for (size_t i = 0; i < told.n_adds; i++) {
            const struct vg_tracing_add *add = &told.adds[i];
            check_clean(add->entry, 64);
            VG_ASSERT(strlen(add->entry) >= 8 && add->kind != VG_TRACING_FOLLOWUP && add->kind < VG_TRACING_KIND_COUNT && add->id >= 0 && add->n_given <= SERVE_FIELDS_MOST);
            for (size_t k = 0; k < add->n_given; k++) {
                check_clean(add->given[k].value, VG_TRACING_TEXT_MOST);
            }
        }
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    serve_tracing_release(&told);
    if (serve_persons_parse(body, size, &told, &error) == VG_OK) {
        VG_ASSERT(told.adds == NULL && told.n_persons <= SERVE_PERSONS_MOST && (told.action == SERVE_PERSONS_NAMES ? told.n_persons > 0 : told.person > 0));
        VG_ASSERT(told.action == SERVE_PERSONS_CANDIDATES || told.reason != NULL);
    }
    serve_tracing_release(&told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct serve_request request;
    struct serve_question question;
    struct vg_error error;
    char *target = malloc(size + 1);
    VG_ASSERT(target != NULL);
    memcpy(target, data, size);
    target[size] = '\0';
    bool local = serve_host_is_local(target);
    VG_ASSERT(!local || strlen(target) < 96);
    (void)serve_accepts_gzip(target);
    (void)serve_tag_matches(target, 0x0123456789abcdef);
    VG_ASSERT(!serve_is_json(target) || strncasecmp(target, "application/json", 16) == 0);
    VG_ASSERT(!serve_origin_is_own(target, NULL, "localhost:8450") || strcasecmp(target, "http://localhost:8450") == 0);
    VG_ASSERT(!serve_origin_is_own("http://example.org", NULL, target));
    check_step(target, size);
    check_followups(target, size);
    check_tracing(target, size);
    if (serve_request_parse(target, &request, &error) == VG_OK) {
        check_clean(request.path, size);
        VG_ASSERT(request.path[0] == '/' && request.n_parameters <= SERVE_PARAMETERS_MAX);
        for (size_t i = 0; i < request.n_parameters; i++) {
            check_clean(request.parameters[i].name, SERVE_NAME_BYTES_MAX);
            check_clean(request.parameters[i].value, SERVE_VALUE_BYTES_MAX);
        }
        if (serve_question_read(&request, &question, &error) == VG_OK) {
            VG_ASSERT(question.route != NULL && question.format <= VG_FORMAT_ARROW);
            VG_ASSERT(question.wanted.step_days == 0 || question.wanted.step_days == 1 || question.wanted.step_days == 7);
            VG_ASSERT(question.wanted.horizon_steps <= 365 && question.wanted.window_days <= 365 &&
                      question.wanted.n_delays <= 400);
            VG_ASSERT(question.wanted.serial_interval_mean_days >= 0 && question.wanted.serial_interval_mean_days <= 365);
        } else {
            VG_ASSERT(error.message[0] != '\0');
        }
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    free(target);
    return 0;
}
