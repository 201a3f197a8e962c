/*
 * The servers of exposure notification over HTTP: what is asked reaches them, bodies that are too long do not, chaff is answered, and two do not share a port.
 */
#include "client.h"
#include "test_folder.h"

#include "jobs/exposure_server/exposure_server.h"
#include "serve/serve.h"

struct scene {
    char folder[TEST_FOLDER_BYTES], server_folder[TEST_FOLDER_BYTES + 16], admin[65];
    struct vg_exposure_service *service;
    struct vg_error error;
};

static int begin(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct vg_buffer told;
    *state = scene;
    vg_buffer_init(&told, 0);
    assert_true(test_folder_make(scene->folder));
    (void)snprintf(scene->server_folder, sizeof scene->server_folder, "%s/server", scene->folder);
    vg_assert_ok(vg_exposure_server_create(scene->server_folder, &(struct vg_exposure_server_new){"CO", "gov.co", "732", "v1"}, &told, &scene->error), scene->error);
    vg_buffer_char(&told, '\0');
    memcpy(scene->admin, strstr(told.data, "admin key: ") + 11, 64);
    vg_buffer_release(&told);
    vg_assert_ok(vg_exposure_service_start(scene->server_folder, NULL, 0, &scene->service, &scene->error), scene->error);
    return 0;
}

static int end(void **state)
{
    struct scene *scene = *state;
    vg_exposure_service_stop(scene->service);
    test_folder_remove(scene->folder);
    free(scene);
    return 0;
}

/* Status of what is posted; the reply is to be released. */
static unsigned post(struct scene *scene, const char *target, const char *key, const char *body, size_t size, struct reply *reply)
{
    struct vg_buffer request;
    vg_buffer_init(&request, 0);
    vg_buffer_format(&request, "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%s%s%sContent-Length: %zu\r\n\r\n", target, key == NULL ? "" : "X-API-Key: ",
                     key == NULL ? "" : key, key == NULL ? "" : "\r\n", size);
    int s = client_connect(vg_exposure_service_port(scene->service));
    client_send(s, request.data, request.size);
    client_send(s, body, size);
    client_receive(s, true, reply);
    (void)close(s);
    vg_buffer_release(&request);
    return reply->status;
}

static void questions_are_answered(void **state)
{
    struct scene *scene = *state;
    struct reply reply;
    char value[512];
    static const char body[] = "{\"testType\": \"confirmed\"}";
    assert_int_equal(post(scene, "/api/issue", scene->admin, body, sizeof body - 1, &reply), 200);
    assert_non_null(memmem(reply.body, reply.body_bytes, "\"code\":\"", 8));
    assert_string_equal(header(&reply, "Cache-Control", value), "no-store");
    assert_true(reply.body_bytes > 1024);
    reply_release(&reply);
    assert_int_equal(post(scene, "/api/issue", NULL, body, sizeof body - 1, &reply), 401);
    reply_release(&reply);
    client_get(vg_exposure_service_port(scene->service), "/keys/export.pem", &reply);
    assert_int_equal(reply.status, 200);
    assert_true(reply.body_bytes > 26 && memcmp(reply.body, "-----BEGIN PUBLIC KEY-----", 26) == 0);
    reply_release(&reply);
    client_get(vg_exposure_service_port(scene->service), "/exports/CO/index.txt", &reply);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.body_bytes, 0);
    reply_release(&reply);
    client_get(vg_exposure_service_port(scene->service), "/exports/CO/%2e%2e/%2e%2e/secret", &reply);
    assert_int_equal(reply.status, 404);
    reply_release(&reply);
    client_ask(vg_exposure_service_port(scene->service), "DELETE", "/keys/export.pem", NULL, &reply);
    assert_int_equal(reply.status, 404);
    reply_release(&reply);
}

static void long_bodies_are_refused(void **state)
{
    struct scene *scene = *state;
    struct reply reply;
    size_t size = 3 * VG_EXPOSURE_BODY_BYTES_MAX;
    char *body = malloc(size);
    assert_non_null(body);
    memset(body, ' ', size);
    assert_int_equal(post(scene, "/v1/publish", NULL, body, size, &reply), 413);
    reply_release(&reply);
    assert_int_equal(post(scene, "/v1/publish", NULL, body, VG_EXPOSURE_BODY_BYTES_MAX, &reply), 400);
    reply_release(&reply);
    free(body);
}

static void chaff_is_answered(void **state)
{
    struct scene *scene = *state;
    struct reply reply;
    char text[] = "POST /v1/publish HTTP/1.1\r\nHost: localhost\r\nX-Chaff: 1\r\nContent-Length: 2\r\n\r\n{}";
    int s = client_connect(vg_exposure_service_port(scene->service));
    client_send(s, text, sizeof text - 1);
    client_receive(s, true, &reply);
    (void)close(s);
    assert_int_equal(reply.status, 200);
    assert_true(reply.body_bytes > 1024);
    reply_release(&reply);
}

static void a_port_is_of_one(void **state)
{
    struct scene *scene = *state;
    struct vg_exposure_service *second = NULL;
    assert_int_equal(vg_exposure_service_start(scene->server_folder, NULL, vg_exposure_service_port(scene->service), &second, &scene->error), VG_SYSTEM_ERROR);
    assert_null(second);
    assert_int_equal(vg_exposure_service_start(scene->server_folder, "10.0.0.1", 0, &second, &scene->error), VG_USAGE_ERROR);
    assert_int_not_equal(vg_exposure_service_start("/nowhere", NULL, 0, &second, &scene->error), VG_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(questions_are_answered, begin, end),
        cmocka_unit_test_setup_teardown(long_bodies_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(chaff_is_answered, begin, end),
        cmocka_unit_test_setup_teardown(a_port_is_of_one, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
