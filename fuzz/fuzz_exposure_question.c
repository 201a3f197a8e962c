/*
 * libFuzzer target: any bytes as what is posted to the servers of exposure notification: the first byte chooses the question, the rest is the body; and as the certificate of a
 * diagnosis. Every answer has a status that is meant, and JSON with padding; nobody's bytes are a diagnosis.
 */
#include "jobs/exposure_server/exposure_server.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NOW 1622548800

/* A folder of servers for the process's life; made with the first input, and its name forgotten: the files are few and small. */
struct servers {
    struct vg_exposure_server *server;
    struct vg_p256_key *key;
    char keys[3][65];
};

static void remove_folder(const char *folder)
{
    static const char *const names[] = {"secret", "verification.key", "export.key", "settings.json", "exposure.db", "exposure.db-wal", "exposure.db-shm"};
    char path[256];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static struct servers *open_servers(void)
{
    char parent[] = "/tmp/vigia-fuzz-XXXXXX", folder[64];
    struct servers *servers = calloc(1, sizeof *servers);
    struct vg_buffer told;
    struct vg_error error = {0};
    VG_ASSERT(servers != NULL && mkdtemp(parent) != NULL);
    (void)snprintf(folder, sizeof folder, "%s/s", parent);
    vg_buffer_init(&told, 0);
    VG_ASSERT(vg_exposure_server_create(folder, &(struct vg_exposure_server_new){"CO", "gov.co", "732", "v1"}, &told, &error) == VG_OK);
    VG_ASSERT(vg_exposure_server_open(folder, &servers->server, &error) == VG_OK && vg_p256_new(&servers->key, &error) == VG_OK);
    vg_buffer_char(&told, '\0');
    const char *at = told.data;
    for (size_t i = 0; i < 3; i++) {
        at = strstr(at, "key: ") + 5;
        memcpy(servers->keys[i], at, 64);
    }
    vg_buffer_release(&told);
    remove_folder(folder); /* the open database stays */
    (void)rmdir(parent);
    return servers;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct { const char *path; int key; } questions[] = {{"/v1/publish", 0},          {"/api/issue", 1},   {"/api/batch-issue", 1}, {"/api/checkcodestatus", 1},
                                                                      {"/api/expirecode", 1}, {"/api/verify", 0},  {"/api/certificate", 0}};
    static struct servers *servers;
    if (servers == NULL) {
        servers = open_servers();
    }
    if (size == 0) {
        return 0;
    }
    size_t which = data[0] % (sizeof questions / sizeof *questions);
    const struct vg_exposure_question question = {.posts = true, .path = questions[which].path, .api_key = servers->keys[questions[which].key], .body = data + 1, .body_size = size - 1};
    struct vg_exposure_diagnosis diagnosis = {.issuer = NULL};
    struct vg_buffer out;
    struct vg_error error = {0};
    const char *media_type = NULL;
    vg_buffer_init(&out, 0);
    unsigned status = vg_exposure_server_answer(servers->server, &question, NOW, &out, &media_type);
    VG_ASSERT(status == 200 || status == 400 || status == 404 || status == 412 || status == 413 || status == 429);
    VG_ASSERT(out.size > 1024 && out.data[0] == '{' && out.data[out.size - 1] == '}' && memmem(out.data, out.size, "\"padding\":\"", 11) != NULL);
    VG_ASSERT(which != 0 || status != 200); /* no upload without a certificate of the server's own */
    vg_buffer_release(&out);
    VG_ASSERT(vg_exposure_diagnosis_read(vg_text_of((const char *)data, size), servers->key, NOW, &diagnosis, &error) == VG_DATA_ERROR && error.message[0] != '\0');
    return 0;
}
