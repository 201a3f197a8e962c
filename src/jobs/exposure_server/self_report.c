/*
 * Reports that a telephone makes by itself, as Google's verification server takes them (docs/design of user-initiated reporting): a code by message to the number that was given, good only
 * for the telephone that asked, and a number once in ninety days. The server sends no message: it keeps them, sealed, for whoever does.
 */
#include "jobs/exposure_server/internal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define NONCE_BYTES 256
#define UNCLAIMED_SECONDS (90 * 60) /* then the number may ask again */
#define MESSAGES_AT_ONCE 100

/* ------------------------------------------------------------------- seals */

static void seal_key(const struct vg_exposure_server *server, unsigned char key[crypto_secretbox_KEYBYTES])
{
    _Static_assert(crypto_secretbox_KEYBYTES == VG_STORED_HASH_BYTES, "a hash is a key");
    server_hash(server, "message", "", 0, key);
}

static vg_status keep_message(struct server_call *call, const char *phone, const char *text, int64_t expires)
{
    struct vg_stored_message message = {.expires = expires};
    unsigned char key[crypto_secretbox_KEYBYTES];
    char plain[SERVER_TEXT_BYTES + 32];
    size_t size = strlen(phone) + 1 + strlen(text);
    if (size >= sizeof plain) {
        return vg_fail(&call->error, VG_LIMIT_EXCEEDED, "the message is too long");
    }
    (void)snprintf(plain, sizeof plain, "%s\n%s", phone, text);
    seal_key(call->server, key);
    server_random(message.sealed, crypto_secretbox_NONCEBYTES);
    message.size = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + size;
    (void)crypto_secretbox_easy(message.sealed + crypto_secretbox_NONCEBYTES, (const unsigned char *)plain, size, message.sealed, key);
    sodium_memzero(key, sizeof key);
    sodium_memzero(plain, sizeof plain);
    return vg_exposure_store_add_message(call->server->store, &message, &call->error);
}

/* ------------------------------------------------------------------ asking */

/* E.164: a plus, and 7 to 15 digits that do not begin with 0; spaces, hyphens and brackets are left out. */
static bool take_phone(const char *text, char out[20])
{
    size_t n = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (strchr(" -().", *c) != NULL) {
            continue;
        }
        if (n >= 16 || (n == 0 ? *c != '+' : *c < '0' || *c > '9')) {
            return false;
        }
        out[n++] = *c;
    }
    out[n] = '\0';
    return n >= 8 && out[1] != '0';
}

/* The message, cut at the array's end. Returns the bytes that all of it needs. */
static size_t put_text(const struct server_settings *settings, const char *digits, const char *characters, char out[SERVER_TEXT_BYTES])
{
    char link[64], minutes[16];
    (void)snprintf(link, sizeof link, "ens://v?r=%s&c=%s", settings->region, characters);
    (void)snprintf(minutes, sizeof minutes, "%d", settings->code_minutes);
    const struct { const char *mark, *text; } marks[] = {{"[code]", digits}, {"[longcode]", characters}, {"[enslink]", link}, {"[expires]", minutes}};
    size_t n = 0;
    for (const char *at = settings->self_report_text; *at != '\0';) {
        const char *put = NULL;
        size_t taken = 1;
        for (size_t i = 0; put == NULL && i < sizeof marks / sizeof *marks; i++) {
            taken = strncmp(at, marks[i].mark, strlen(marks[i].mark)) == 0 ? strlen(marks[i].mark) : 1;
            put = taken > 1 ? marks[i].text : NULL;
        }
        size_t size = put == NULL ? 1 : strlen(put);
        if (n + size < SERVER_TEXT_BYTES) {
            memcpy(out + n, put == NULL ? at : put, size);
            out[n + size] = '\0';
        }
        n += size;
        at += taken;
    }
    return n + 1;
}

bool server_report_text_fits(const struct server_settings *settings)
{
    char digits[SERVER_CODE_BYTES], characters[SERVER_CODE_BYTES], text[SERVER_TEXT_BYTES];
    (void)snprintf(digits, sizeof digits, "%0*d", SERVER_CODE_DIGITS, 0);
    (void)snprintf(characters, sizeof characters, "%0*d", SERVER_LONG_CODE_CHARACTERS, 0);
    return put_text(settings, digits, characters, text) <= sizeof text;
}

vg_status server_forget_reports(struct vg_exposure_server *server, int64_t now, struct vg_error *error)
{
    vg_status status = vg_exposure_store_forget_phones(server->store, now - server->settings.self_report_days * (int64_t)DAY_SECONDS, now - UNCLAIMED_SECONDS, error);
    return status == VG_OK ? vg_exposure_store_forget_messages(server->store, now, error) : status;
}

/* Whether the day has room, and the number has asked or reported before. */
static vg_status may_report(struct server_call *call, const uint8_t hash[VG_STORED_HASH_BYTES], bool *room, bool *known)
{
    struct vg_stored_phone asked;
    int64_t today = 0;
    vg_status status = server_forget_reports(call->server, call->now, &call->error);
    if (status == VG_OK) {
        status = vg_exposure_store_counted(call->server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_SELF_REPORTS, &today, &call->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_find_phone(call->server->store, false, hash, &asked, &call->error);
    }
    *room = today < call->server->settings.self_reports_a_day;
    *known = status == VG_OK;
    return status == VG_NOT_FOUND ? VG_OK : status;
}

static vg_status send_code(struct server_call *call, const char *phone, struct vg_stored_phone *asking, struct vg_stored_code *made)
{
    char digits[SERVER_CODE_BYTES], characters[SERVER_CODE_BYTES], text[SERVER_TEXT_BYTES];
    vg_status status = server_make_code(call, made, digits, characters);
    memcpy(asking->code, made->code, sizeof asking->code);
    if (status == VG_OK) {
        status = vg_exposure_store_put_phone(call->server->store, asking, &call->error);
    }
    if (status == VG_OK) {
        (void)put_text(&call->server->settings, digits, characters, text);
        status = keep_message(call, phone, text, made->expires);
    }
    sodium_memzero(text, sizeof text);
    return status;
}

vg_status server_user_report(struct server_call *call)
{
    char phone[20] = "";
    unsigned char nonce[NONCE_BYTES + 1];
    size_t nonce_size = 0;
    struct vg_stored_phone asking = {.issued = call->now};
    struct vg_stored_code made = {.test = VG_EXPOSURE_TEST_USER_REPORT};
    bool room = false, known = false;
    if (!take_phone(server_text(call->body, "phone"), phone)) {
        return server_refuse(call, 400, "missing_phone", "phone is a number as +573001234567");
    }
    if (!vg_base64_decode(vg_text_from(server_text(call->body, "nonce")), nonce, sizeof nonce, &nonce_size) || nonce_size != NONCE_BYTES) {
        return server_refuse(call, 400, "missing_nonce", "nonce is 256 random bytes in base64");
    }
    if (!server_take_day(call->body, "symptomDate", call->now, &made.symptom_day) || !server_take_day(call->body, "testDate", call->now, &made.test_day)) {
        return server_refuse(call, 400, "invalid_date", "symptomDate and testDate are days as 2021-06-01, of the last four weeks");
    }
    if (made.symptom_day == 0 && made.test_day == 0) {
        return server_refuse(call, 400, "missing_date", "the day of the test or of the first symptoms is needed");
    }
    server_hash(call->server, "phone", phone, strlen(phone), asking.phone);
    server_hash(call->server, "nonce", nonce, nonce_size, asking.nonce);
    vg_status status = may_report(call, asking.phone, &room, &known);
    if (status == VG_OK && !room) {
        return server_refuse(call, 409, "user_report_try_later", "no more reports are taken today");
    }
    /* A number that asked or reported before gets no message, and the same answer and place in the day's count as any other: who asks about somebody else's learns nothing by the answer; the time it takes is not hidden. */
    made.expires = call->now + call->server->settings.code_minutes * 60;
    if (status == VG_OK && !known) {
        status = send_code(call, phone, &asking, &made);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_count(call->server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_SELF_REPORTS, 1, &call->error);
    }
    vg_buffer_text(call->out, "{\"testtype\":\"user-report\"");
    server_put_expiry(call->out, "expiresAt", made.expires);
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    sodium_memzero(phone, sizeof phone);
    return status;
}

vg_status server_claim_own(struct server_call *call, const struct vg_stored_code *code, bool *own)
{
    struct vg_stored_phone asking;
    unsigned char nonce[NONCE_BYTES + 1];
    uint8_t hash[VG_STORED_HASH_BYTES];
    size_t size = 0;
    bool read = vg_base64_decode(vg_text_from(server_text(call->body, "nonce")), nonce, sizeof nonce, &size) && size == NONCE_BYTES;
    vg_status status = vg_exposure_store_find_phone(call->server->store, true, code->code, &asking, &call->error);
    server_hash(call->server, "nonce", nonce, read ? size : 0, hash);
    *own = status == VG_OK && read && sodium_memcmp(hash, asking.nonce, sizeof hash) == 0;
    if (!*own) {
        return status == VG_NOT_FOUND ? VG_OK : status;
    }
    memset(asking.code, 0, sizeof asking.code);
    memset(asking.nonce, 0, sizeof asking.nonce);
    asking.claimed = call->now;
    return vg_exposure_store_put_phone(call->server->store, &asking, &call->error);
}

/* ----------------------------------------------------------------- sending */

/* What is to be sent, each once: who asks takes it, and the server forgets number and code. */
vg_status server_messages(struct server_call *call)
{
    unsigned char key[crypto_secretbox_KEYBYTES];
    vg_status status = VG_OK;
    seal_key(call->server, key);
    vg_buffer_text(call->out, "{\"messages\":[");
    for (size_t n = 0; status == VG_OK && n < MESSAGES_AT_ONCE;) {
        struct vg_stored_message message;
        char plain[VG_STORED_MESSAGE_BYTES];
        size_t front = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES;
        status = vg_exposure_store_take_message(call->server->store, call->now, &message, &call->error);
        if (status != VG_OK || message.size < front ||
            crypto_secretbox_open_easy((unsigned char *)plain, message.sealed + crypto_secretbox_NONCEBYTES, message.size - crypto_secretbox_NONCEBYTES, message.sealed, key) != 0) {
            continue; /* sealed with another secret: nobody can send it any more */
        }
        size_t size = message.size - front;
        const char *line = memchr(plain, '\n', size);
        size_t phone_size = line == NULL ? size : (size_t)(line - plain);
        vg_buffer_text(call->out, n++ == 0 ? "{\"phone\":" : ",{\"phone\":");
        vg_buffer_json_string(call->out, plain, phone_size);
        vg_buffer_text(call->out, ",\"text\":");
        vg_buffer_json_string(call->out, line == NULL ? "" : line + 1, line == NULL ? 0 : size - phone_size - 1);
        vg_buffer_format(call->out, ",\"expiresAtTimestamp\":%lld}", (long long)message.expires);
        sodium_memzero(plain, sizeof plain);
    }
    vg_buffer_char(call->out, ']');
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    sodium_memzero(key, sizeof key);
    return status == VG_NOT_FOUND ? VG_OK : status;
}
