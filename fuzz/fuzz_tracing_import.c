/*
 * libFuzzer target: any bytes as a file of cases, contacts, relationships, visits, events or results of Go.Data, SORMAS or DHIS2; the first two bytes say of which. All of it is read, written
 * into a node with something in it, and taken back. Whatever happens there is an answer or a sentence, and the node is as it was.
 */
#include "jobs/tracing/tracing.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct vg_actor actor = {"fuzz", VG_ROLE_CASE_WORKER};
static char folder[] = "/tmp/vigia-fuzz-XXXXXX", path[64];
static struct vg_store *node; /* made once: a node takes longer than a file */

static void remove_node(void)
{
    char command[128];
    vg_store_close(node);
    (void)snprintf(command, sizeof command, "rm -rf '%s'", folder);
    (void)!system(command);
}

static vg_status take(const char *form, const char *part, bool dry, struct vg_error *error)
{
    struct vg_arena arena;
    struct vg_answer answer;
    struct vg_tracing_import import = {.path = path, .form = form, .part = part, .dry_run = dry, .accept_rejects = true};
    vg_arena_init(&arena, (size_t)256 << 20);
    vg_answer_init(&answer, &arena);
    vg_status status = vg_job_tracing_import(node, &actor, &import, &arena, &answer, error);
    VG_ASSERT(status != VG_OK || answer.table.n_rows > 0);
    vg_answer_release(&answer);
    vg_arena_release(&arena);
    return status;
}

static void write_file(const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    VG_ASSERT(file != NULL && fwrite(data, 1, size, file) == size && fclose(file) == 0);
}

static void make_node(void)
{
    static const char cases[] = "id,firstName,classification,dateOfOnset\nc1,Ana,confirmed,2021-02-01\n", contacts[] = "id,firstName,relationship.relatedId,dateOfLastContact\nk1,Leo,c1,2021-02-02\n";
    struct vg_error error;
    VG_ASSERT(mkdtemp(folder) != NULL && vg_store_create(folder, &error) == VG_OK && vg_store_open(folder, VG_STORE_WRITE, &node, &error) == VG_OK);
    (void)snprintf(path, sizeof path, "%s/file", folder);
    (void)atexit(remove_node);
    write_file(cases, sizeof cases - 1);
    VG_ASSERT(take("godata", NULL, false, &error) == VG_OK);
    write_file(contacts, sizeof contacts - 1);
    VG_ASSERT(take("godata", NULL, false, &error) == VG_OK);
}

static size_t rows(void)
{
    size_t sum = 0;
    struct vg_error error;
    for (int kind = 0; kind < VG_TRACING_KIND_COUNT; kind++) {
        struct vg_tracing_query query = {.kind = (enum vg_tracing_kind)kind};
        size_t n = 0;
        VG_ASSERT(vg_tracing_count(node, &query, &n, &error) == VG_OK);
        sum += n;
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const forms[] = {"godata", "sormas", "dhis2"}, *const parts[] = {NULL, "cases", "contacts", "relationships", "followups", "events", "results"};
    struct vg_error error = {.status = VG_OK};
    if (size < 2) {
        return 0;
    }
    if (node == NULL) {
        make_node();
    }
    size_t before = rows();
    write_file(data + 2, size - 2);
    vg_status status = take(forms[data[0] % 3], parts[data[1] % 7], true, &error);
    VG_ASSERT(status == VG_OK || error.message[0] != '\0');
    VG_ASSERT(rows() == before);
    return 0;
}
