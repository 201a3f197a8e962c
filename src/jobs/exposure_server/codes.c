/*
 * The verification server: a code for a diagnosis, a token for the code, a certificate for the token. Each step once.
 */
#include "jobs/exposure_server/internal.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#define SYMPTOM_DAYS_MAX 28
#define CODES_AT_ONCE 10
#define STATS_LEAST_UPLOADS 10
#define STATS_HOURS 48

/* ------------------------------------------------------------------- issue */

/* A day as 2021-06-01 into UNIX seconds; 0: not given. False: no day, in the future, or too long ago. */
bool server_take_day(const json_t *body, const char *name, int64_t now, int64_t *seconds)
{
    const char *text = server_text(body, name);
    int32_t date = 0;
    *seconds = 0;
    if (*text == '\0') {
        return true;
    }
    if (!vg_date_parse_iso(vg_text_from(text), &date)) {
        return false;
    }
    *seconds = (int64_t)date * DAY_SECONDS;
    /* A day ahead: it may be tomorrow there. */
    return *seconds <= now + DAY_SECONDS && *seconds >= now - SYMPTOM_DAYS_MAX * (int64_t)DAY_SECONDS;
}

static void make_uuid(char out[37])
{
    unsigned char b[16];
    char hex[33];
    server_random(b, sizeof b);
    b[6] = (unsigned char)((b[6] & 0x0F) | 0x40);
    b[8] = (unsigned char)((b[8] & 0x3F) | 0x80);
    vg_hex_encode(b, sizeof b, hex);
    (void)snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

static bool is_uuid(const char *text)
{
    for (size_t i = 0; i < 36; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        if (hyphen ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL || text[i] == '\0') {
            return false;
        }
    }
    return text[36] == '\0';
}

void server_put_expiry(struct vg_buffer *out, const char *name, int64_t seconds)
{
    char date[VG_DATE_TEXT_BYTES];
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    int32_t day = (int32_t)(seconds / DAY_SECONDS), of_day = (int32_t)(seconds % DAY_SECONDS);
    (void)vg_date_print(day, date);
    size_t month = (size_t)(date[5] - '0') * 10 + (size_t)(date[6] - '0') - 1;
    vg_buffer_format(out, ",\"%s\":\"%s, %.2s %s %.4s %02d:%02d:%02d UTC\",\"%sTimestamp\":%lld", name, days[day % 7], date + 8, months[month % 12], date, of_day / 3600, of_day / 60 % 60,
                     of_day % 60, name, (long long)seconds);
}

vg_status server_make_code(struct server_call *call, struct vg_stored_code *made, char digits[SERVER_CODE_BYTES], char characters[SERVER_CODE_BYTES])
{
    static const char letters[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const struct server_settings *settings = &call->server->settings;
    vg_status there = VG_OK;
    made->issued = call->now;
    made->expires = call->now + settings->code_minutes * 60;
    made->long_expires = call->now + settings->long_code_hours * HOUR_SECONDS;
    for (size_t attempt = 0; there == VG_OK && attempt < 20; attempt++) { /* of a hundred million one is taken now and then */
        struct vg_stored_code other;
        (void)snprintf(digits, SERVER_CODE_BYTES, "%08u", randombytes_uniform(100000000));
        for (size_t i = 0; i < SERVER_LONG_CODE_CHARACTERS; i++) {
            characters[i] = letters[randombytes_uniform(36)];
        }
        characters[SERVER_LONG_CODE_CHARACTERS] = '\0';
        server_hash(call->server, "code", digits, SERVER_CODE_DIGITS, made->code);
        server_hash(call->server, "code", characters, SERVER_LONG_CODE_CHARACTERS, made->long_code);
        there = vg_exposure_store_find_code(call->server->store, VG_STORED_BY_CODE, made->code, &other, &call->error);
    }
    if (there != VG_NOT_FOUND) {
        return there == VG_OK ? vg_fail(&call->error, VG_BUSY, "no code is free") : there;
    }
    if (made->uuid[0] == '\0') {
        make_uuid(made->uuid);
    }
    vg_status status = vg_exposure_store_add_code(call->server->store, made, &call->error);
    return status == VG_OK ? vg_exposure_store_count(call->server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_ISSUED, 1, &call->error) : status;
}

/* What a laboratory told of a diagnosis; NULL, or the code of a refusal and why. */
static const char *read_diagnosis(const struct server_call *call, const json_t *body, struct vg_stored_code *made, const char **why)
{
    const char *uuid = server_text(body, "uuid");
    enum vg_exposure_test test = VG_EXPOSURE_TEST_CONFIRMED;
    if (!vg_exposure_test_from_name(vg_text_from(server_text(body, "testType")), &test) || test == VG_EXPOSURE_TEST_USER_REPORT) {
        *why = "testType is confirmed, likely or negative";
        return "invalid_test_type";
    }
    if (!server_take_day(body, "symptomDate", call->now, &made->symptom_day) || !server_take_day(body, "testDate", call->now, &made->test_day)) {
        *why = "symptomDate and testDate are days as 2021-06-01, of the last four weeks";
        return "invalid_date";
    }
    if (*uuid != '\0' && !is_uuid(uuid)) {
        *why = "uuid is a UUID, or left out";
        return "invalid_uuid";
    }
    made->test = (int32_t)test;
    (void)snprintf(made->uuid, sizeof made->uuid, "%s", uuid);
    return NULL;
}

/* One code, appended to out as an object without its closing brace. Refused: with code and why. */
static vg_status issue_one(struct server_call *call, const json_t *body, struct vg_buffer *out, const char **code, const char **why)
{
    char digits[SERVER_CODE_BYTES], characters[SERVER_CODE_BYTES];
    struct vg_stored_code made = {.claimed = 0}, other;
    *code = read_diagnosis(call, body, &made, why);
    if (*code == NULL && made.uuid[0] != '\0' && vg_exposure_store_find_code(call->server->store, VG_STORED_BY_UUID, made.uuid, &other, &call->error) == VG_OK) {
        *code = "uuid_already_exists";
        *why = "a code was issued for this uuid before";
    }
    if (*code != NULL) {
        return VG_OK;
    }
    vg_status status = server_make_code(call, &made, digits, characters);
    if (status == VG_OK) {
        vg_buffer_format(out, "{\"uuid\":\"%s\",\"code\":\"%s\",\"generatedCode\":\"%s\",\"longCode\":\"%s\",\"link\":\"ens://v?r=%s&c=%s\"", made.uuid, digits, digits, characters,
                         call->server->settings.region, characters);
        server_put_expiry(out, "expiresAt", made.expires);
        server_put_expiry(out, "longExpiresAt", made.long_expires);
    }
    return status;
}

vg_status server_issue(struct server_call *call)
{
    const char *code = NULL, *why = NULL;
    vg_status status = issue_one(call, call->body, call->out, &code, &why);
    if (status == VG_OK && code != NULL) {
        return server_refuse(call, 400, code, why);
    }
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return status;
}

vg_status server_batch_issue(struct server_call *call)
{
    const json_t *codes = json_object_get(call->body, "codes");
    size_t n = json_array_size(codes), refused = 0;
    vg_status status = VG_OK;
    if (n == 0 || n > CODES_AT_ONCE) {
        return server_refuse(call, 400, "unparsable_request", "codes is a list of 1 to 10 requests");
    }
    vg_buffer_text(call->out, "{\"codes\":[");
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        const char *code = NULL, *why = NULL;
        vg_buffer_text(call->out, i == 0 ? "" : ",");
        status = issue_one(call, json_array_get(codes, i), call->out, &code, &why);
        if (status == VG_OK && code != NULL) {
            vg_buffer_format(call->out, "{\"errorCode\":\"%s\",\"error\":", code);
            vg_buffer_json_string(call->out, why, strlen(why));
            refused++;
        }
        vg_buffer_char(call->out, '}');
    }
    call->http_status = refused > 0 ? 400 : 200;
    vg_buffer_char(call->out, ']');
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return status;
}

/* ------------------------------------------------------- what became of one */

static vg_status find_by_uuid(struct server_call *call, struct vg_stored_code *code, bool *found)
{
    const char *uuid = server_text(call->body, "uuid");
    *found = false;
    vg_status status = is_uuid(uuid) ? vg_exposure_store_find_code(call->server->store, VG_STORED_BY_UUID, uuid, code, &call->error) : VG_NOT_FOUND;
    if (status == VG_NOT_FOUND) {
        return server_refuse(call, 404, "uuid_not_found", "no code was issued for this uuid");
    }
    *found = status == VG_OK;
    return status;
}

vg_status server_check_code(struct server_call *call)
{
    struct vg_stored_code code;
    bool found = false;
    vg_status status = find_by_uuid(call, &code, &found);
    if (found) {
        vg_buffer_format(call->out, "{\"claimed\":%s,\"expiresAtTimestamp\":%lld,\"longExpiresAtTimestamp\":%lld", code.claimed != 0 ? "true" : "false",
                         code.claimed != 0 ? 0LL : (long long)code.expires, code.claimed != 0 ? 0LL : (long long)code.long_expires);
        server_put_padding(call->out);
        vg_buffer_char(call->out, '}');
    }
    return status;
}

vg_status server_expire_code(struct server_call *call)
{
    struct vg_stored_code code;
    bool found = false;
    vg_status status = find_by_uuid(call, &code, &found);
    if (!found) {
        return status;
    }
    if (code.claimed != 0) {
        return server_refuse(call, 400, "code_already_claimed", "the code was claimed before");
    }
    code.expires = code.expires < call->now ? code.expires : call->now;
    code.long_expires = code.long_expires < call->now ? code.long_expires : call->now;
    vg_buffer_format(call->out, "{\"expiresAtTimestamp\":%lld,\"longExpiresAtTimestamp\":%lld", (long long)code.expires, (long long)code.long_expires);
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return vg_exposure_store_change_code(call->server->store, &code, &call->error);
}

/* ------------------------------------------------------- code, then token */

/* What the telephone can use: "confirmed" takes that alone, "likely" both, "negative" all; its own report only where that is named. */
static bool accepts(const json_t *accept, enum vg_exposure_test test)
{
    enum vg_exposure_test most = VG_EXPOSURE_TEST_CONFIRMED, named;
    bool own = false;
    for (size_t i = 0; i < json_array_size(accept); i++) {
        const json_t *one = json_array_get(accept, i);
        if (json_is_string(one) && vg_exposure_test_from_name(vg_text_from(json_string_value(one)), &named)) {
            own = own || named == VG_EXPOSURE_TEST_USER_REPORT;
            most = named <= VG_EXPOSURE_TEST_NEGATIVE && named > most ? named : most;
        }
    }
    return test == VG_EXPOSURE_TEST_USER_REPORT ? own : test <= most;
}

/* Guesses are counted: a hundred million codes are few for a program. */
static bool guesses_too_much(struct vg_exposure_server *server, int64_t now)
{
    if (server->minute != now / 60) {
        server->minute = now / 60;
        server->wrong_codes = 0;
    }
    return server->wrong_codes >= server->settings.wrong_codes_a_minute;
}

static void put_day(struct vg_buffer *out, const char *name, int64_t seconds)
{
    char date[VG_DATE_TEXT_BYTES];
    if (seconds != 0 && vg_date_print((int32_t)(seconds / DAY_SECONDS), date) > 0) {
        vg_buffer_format(out, ",\"%s\":\"%s\"", name, date);
    }
}

/* Wrong, used or not this telephone's: all are told alike, and counted. */
static vg_status refuse_code(struct server_call *call)
{
    call->server->wrong_codes++;
    vg_status status = vg_exposure_store_count(call->server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_REFUSED, 1, &call->error);
    return status == VG_OK ? server_refuse(call, 400, "code_invalid", "there is no such code, or it was used") : status;
}

static vg_status find_code(struct server_call *call, struct vg_stored_code *code, bool *found, bool *is_short)
{
    const char *text = server_text(call->body, "code");
    size_t size = strlen(text);
    uint8_t hash[VG_STORED_HASH_BYTES];
    server_hash(call->server, "code", text, size, hash);
    *is_short = size == SERVER_CODE_DIGITS;
    vg_status status = size == SERVER_CODE_DIGITS || size == SERVER_LONG_CODE_CHARACTERS ? vg_exposure_store_find_code(call->server->store, VG_STORED_BY_CODE, hash, code, &call->error) : VG_NOT_FOUND;
    *found = status == VG_OK && code->claimed == 0;
    return status == VG_NOT_FOUND ? VG_OK : status;
}

vg_status server_verify(struct server_call *call)
{
    struct vg_exposure_server *server = call->server;
    struct vg_stored_code code = {.claimed = 0};
    bool found = false, is_short = false, own = true;
    if (guesses_too_much(server, call->now)) {
        return server_refuse(call, 429, "rate_limited", "too many codes were wrong in this minute");
    }
    vg_status status = find_code(call, &code, &found, &is_short);
    if (status != VG_OK || !found) {
        return status == VG_OK ? refuse_code(call) : status;
    }
    if (call->now >= (is_short ? code.expires : code.long_expires)) {
        return server_refuse(call, 400, "code_expired", "the code has expired");
    }
    if (!accepts(json_object_get(call->body, "accept"), (enum vg_exposure_test)code.test)) {
        return server_refuse(call, 412, "unsupported_test_type", "the telephone does not take this kind of test"); /* the code stays */
    }
    if (code.test == VG_EXPOSURE_TEST_USER_REPORT) {
        status = server_claim_own(call, &code, &own);
        if (status != VG_OK || !own) {
            return status == VG_OK ? refuse_code(call) : status;
        }
    }
    unsigned char token[32];
    server_random(token, sizeof token);
    server_hash(server, "token", token, sizeof token, code.token);
    code.claimed = call->now;
    code.token_expires = call->now + server->settings.token_hours * (int64_t)HOUR_SECONDS;
    status = vg_exposure_store_change_code(server->store, &code, &call->error);
    if (status == VG_OK) {
        status = vg_exposure_store_count(server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_CLAIMED, 1, &call->error);
    }
    vg_buffer_format(call->out, "{\"testtype\":\"%s\"", vg_exposure_test_name((enum vg_exposure_test)code.test));
    put_day(call->out, "symptomDate", code.symptom_day);
    put_day(call->out, "testDate", code.test_day);
    vg_buffer_text(call->out, ",\"token\":\"");
    vg_buffer_base64(call->out, token, sizeof token, VG_BASE64_URL);
    vg_buffer_char(call->out, '"');
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return status;
}

vg_status server_certify(struct server_call *call)
{
    struct vg_exposure_server *server = call->server;
    const struct server_settings *settings = &server->settings;
    unsigned char token[48];
    uint8_t hash[VG_STORED_HASH_BYTES];
    size_t size = 0;
    struct vg_stored_code code;
    struct vg_exposure_diagnosis diagnosis = {.issuer = settings->issuer, .audience = settings->audience, .key_id = settings->key_version, .issued = call->now,
                                              .expires = call->now + settings->certificate_minutes * 60};
    if (!vg_base64_decode(vg_text_from(server_text(call->body, "ekeyhmac")), diagnosis.mac, sizeof diagnosis.mac, &size) || size != sizeof diagnosis.mac) {
        return server_refuse(call, 400, "hmac_invalid", "ekeyhmac is 32 bytes in base64");
    }
    bool read = vg_base64_decode(vg_text_from(server_text(call->body, "token")), token, sizeof token, &size) && size == 32;
    server_hash(server, "token", token, read ? size : 0, hash);
    vg_status status = read ? vg_exposure_store_find_code(server->store, VG_STORED_BY_TOKEN, hash, &code, &call->error) : VG_NOT_FOUND;
    if (status == VG_NOT_FOUND || (status == VG_OK && code.certified != 0)) {
        return server_refuse(call, 400, "token_invalid", "there is no such token, or it was used");
    }
    if (status != VG_OK) {
        return status;
    }
    if (call->now >= code.token_expires) {
        return server_refuse(call, 400, "token_expired", "the token has expired");
    }
    bool used = false;
    server_hash(server, "mac", diagnosis.mac, sizeof diagnosis.mac, hash);
    status = vg_exposure_store_use_mac(server->store, hash, call->now, &used, &call->error);
    if (status != VG_OK || (used && code.test == VG_EXPOSURE_TEST_USER_REPORT)) { /* the same keys by another number; a laboratory may say more of keys that are out */
        return status == VG_OK ? server_refuse(call, 400, "hmac_invalid", "these keys have a certificate already") : status;
    }
    diagnosis.test = (enum vg_exposure_test)code.test;
    diagnosis.onset_interval = (uint32_t)((code.symptom_day != 0 ? code.symptom_day : code.test_day) / VG_EXPOSURE_INTERVAL_SECONDS);
    code.certified = call->now;
    vg_buffer_text(call->out, "{\"certificate\":\"");
    status = vg_exposure_diagnosis_write(&diagnosis, server->verification_key, call->out, &call->error);
    if (status == VG_OK) {
        status = vg_exposure_store_change_code(server->store, &code, &call->error);
    }
    if (status == VG_OK) {
        status = vg_exposure_store_count(server->store, (int32_t)(call->now / DAY_SECONDS), VG_STORED_CERTIFIED, 1, &call->error);
    }
    vg_buffer_char(call->out, '"');
    server_put_padding(call->out);
    vg_buffer_char(call->out, '}');
    return status;
}

/* ------------------------------------------------------------------- counts */

/* Days that are over for two days and had uploads enough that no single person is seen in them. */
vg_status server_stats(struct server_call *call)
{
    static const char *const names[VG_STORED_EVENTS] = {"codes_issued", "codes_claimed", "certificates", "uploads", "keys", "codes_invalid", "self_reports"};
    struct vg_stored_day *days = NULL;
    size_t n_days = 0, n = 0;
    struct vg_arena arena;
    vg_arena_init(&arena, 0);
    vg_status status = vg_exposure_store_days(call->server->store, &arena, &days, &n_days, &call->error);
    vg_buffer_format(call->out, "{\"region\":\"%s\",\"least_uploads\":%d,\"days\":[", call->server->settings.region, STATS_LEAST_UPLOADS);
    for (size_t i = 0; status == VG_OK && i < n_days; i++) {
        char date[VG_DATE_TEXT_BYTES];
        bool over = ((int64_t)days[i].date + 1) * DAY_SECONDS + STATS_HOURS * (int64_t)HOUR_SECONDS <= call->now;
        if (!over || days[i].counts[VG_STORED_UPLOADED] < STATS_LEAST_UPLOADS || vg_date_print(days[i].date, date) == 0) {
            continue;
        }
        vg_buffer_format(call->out, "%s{\"date\":\"%s\"", n++ == 0 ? "" : ",", date);
        for (size_t event = 0; event < VG_STORED_EVENTS; event++) {
            vg_buffer_format(call->out, ",\"%s\":%lld", names[event], (long long)days[i].counts[event]);
        }
        vg_buffer_char(call->out, '}');
    }
    vg_buffer_text(call->out, "]}");
    vg_arena_release(&arena);
    return status;
}
