/*
 * A plain HTTP client for the tests: bytes out, bytes in, so that also what no browser sends can be sent.
 */
#ifndef VG_TEST_CLIENT_H
#define VG_TEST_CLIENT_H

#include "vg_test.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

struct reply {
    unsigned status;        /* 0: the connection was closed without an answer */
    struct vg_buffer bytes; /* head and body as received */
    const char *body;
    size_t body_bytes;
};

static inline int client_connect(uint16_t port)
{
    int s = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_true(s >= 0);
    assert_int_equal(connect(s, (struct sockaddr *)&address, sizeof address), 0);
    return s;
}

static inline void client_send(int s, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t n = send(s, bytes, size, MSG_NOSIGNAL);
        if (n <= 0) {
            return; /* refused before all was sent: the answer tells */
        }
        bytes += n;
        size -= (size_t)n;
    }
}

/* Value of a header in the reply, copied to out; NULL when absent. */
static inline const char *header(const struct reply *reply, const char *name, char out[512])
{
    size_t length = strlen(name);
    const char *line = reply->bytes.data == NULL ? NULL : strstr(reply->bytes.data, "\r\n");
    while (line != NULL && (reply->body == NULL || line + 2 < reply->body)) {
        line += 2;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1 + strspn(line + length + 1, " ");
            (void)snprintf(out, 512, "%.*s", (int)strcspn(value, "\r"), value);
            return out;
        }
        line = strstr(line, "\r\n");
    }
    return NULL;
}

/* Reads one reply; expects_body false for HEAD. Gives up after 20 s without a byte. */
static inline void client_receive(int s, bool expects_body, struct reply *reply)
{
    memset(reply, 0, sizeof *reply);
    vg_buffer_init(&reply->bytes, 0);
    size_t wanted = SIZE_MAX;
    while (reply->bytes.size < wanted) {
        char chunk[16384];
        struct pollfd waiting = {.fd = s, .events = POLLIN};
        if (poll(&waiting, 1, 20000) <= 0) {
            fail_msg("no answer within 20 s");
        }
        ssize_t n = recv(s, chunk,
                         wanted - reply->bytes.size < sizeof chunk ? wanted - reply->bytes.size
                         : wanted == SIZE_MAX                      ? 1
                                                                   : sizeof chunk,
                         0);
        if (n <= 0) {
            break;
        }
        vg_buffer_append(&reply->bytes, chunk, (size_t)n);
        if (wanted == SIZE_MAX && reply->bytes.size >= 4 &&
            memcmp(reply->bytes.data + reply->bytes.size - 4, "\r\n\r\n", 4) == 0) {
            char length[512];
            reply->status = (unsigned)strtoul(reply->bytes.data + 9, NULL, 10);
            bool has_length = header(reply, "Content-Length", length) != NULL;
            reply->body_bytes = expects_body && reply->status != 304 && has_length ? (size_t)strtoull(length, NULL, 10) : 0;
            wanted = reply->bytes.size + reply->body_bytes;
        }
    }
    if (wanted != SIZE_MAX) {
        assert_int_equal(reply->bytes.size, wanted);
        reply->body = reply->bytes.data + (wanted - reply->body_bytes);
    }
}

static inline void reply_release(struct reply *reply)
{
    vg_buffer_release(&reply->bytes);
}

/* One request on a connection of its own. headers: further lines, each with its end, or NULL. */
static inline void client_ask(uint16_t port, const char *method, const char *target, const char *headers, struct reply *reply)
{
    struct vg_buffer request;
    vg_buffer_init(&request, 0);
    vg_buffer_format(&request, "%s %s HTTP/1.1\r\n%s%s\r\n", method, target,
                     headers != NULL && strstr(headers, "Host:") != NULL ? "" : "Host: localhost\r\n",
                     headers == NULL ? "" : headers);
    int s = client_connect(port);
    client_send(s, request.data, request.size);
    client_receive(s, strcmp(method, "HEAD") != 0, reply);
    (void)close(s);
    vg_buffer_release(&request);
}

static inline void client_get(uint16_t port, const char *target, struct reply *reply)
{
    client_ask(port, "GET", target, NULL, reply);
}

/* The body of a gzip reply, unpacked; to be released by the caller. */
static inline void reply_unzip(const struct reply *reply, struct vg_buffer *out)
{
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK);
    vg_buffer_init(out, 0);
    stream.next_in = (Bytef *)(uintptr_t)reply->body;
    stream.avail_in = (uInt)reply->body_bytes;
    int result = Z_OK;
    while (result == Z_OK) {
        assert_true(vg_buffer_reserve(out, 65536));
        stream.next_out = (Bytef *)out->data + out->size;
        stream.avail_out = 65536;
        result = inflate(&stream, Z_NO_FLUSH);
        out->size += 65536 - stream.avail_out;
    }
    assert_int_equal(result, Z_STREAM_END);
    (void)inflateEnd(&stream);
}

#endif
