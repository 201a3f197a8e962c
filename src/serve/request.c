/*
 * What comes from outside, in plain text: the target of the request line (RFC 3986 escapes, forms' + for a blank), the headers
 * that matter, the address to serve at. Strict: whatever is not understood whole is refused.
 */
#include "serve/http.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <string.h>
#include <strings.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Decodes in place; false for a bad escape, a control character or what is not UTF-8. */
static bool decode(char *text, bool plus_is_blank)
{
    char *out = text;
    for (const char *in = text; *in != '\0'; in++) {
        char c = *in;
        if (c == '%') {
            int high = hex_digit(in[1]);
            int low = high < 0 ? -1 : hex_digit(in[2]);
            if (low < 0) {
                return false;
            }
            c = (char)(high << 4 | low);
            in += 2;
        } else if (c == '+' && plus_is_blank) {
            c = ' ';
        }
        if ((unsigned char)c < 0x20 || c == 0x7F) {
            return false;
        }
        *out++ = c;
    }
    *out = '\0';
    return vg_utf8_valid(text, (size_t)(out - text));
}

static vg_status add_parameter(struct serve_request *request, char *name, char *value, struct vg_error *error)
{
    if (!decode(name, true) || !decode(value, true)) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "a parameter holds a bad %%-escape, a control character or bytes that are not UTF-8");
    }
    if (strlen(name) > SERVE_NAME_BYTES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "a parameter's name is longer than %d bytes", SERVE_NAME_BYTES_MAX);
    }
    if (strlen(value) > SERVE_VALUE_BYTES_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "%s: the value is longer than %d bytes", name, SERVE_VALUE_BYTES_MAX);
    }
    if (request->n_parameters == SERVE_PARAMETERS_MAX) {
        return vg_fail(error, VG_USAGE_ERROR, "there are more than %d parameters", SERVE_PARAMETERS_MAX);
    }
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (strcmp(request->parameters[i].name, name) == 0) {
            return vg_fail(error, VG_USAGE_ERROR, "%s is given twice", name);
        }
    }
    request->parameters[request->n_parameters++] = (struct serve_parameter){name, value};
    return VG_OK;
}

vg_status serve_request_parse(char *target, struct serve_request *request, struct vg_error *error)
{
    char *const nothing = target + strlen(target); /* its closing NUL */
    *request = (struct serve_request){.path = nothing};
    if (target[0] != '/') {
        return vg_fail(error, VG_USAGE_ERROR, "a request names a path that begins with /");
    }
    char *query = strchr(target, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    if (!decode(target, false)) {
        return vg_fail(error, VG_USAGE_ERROR,
                       "the path holds a bad %%-escape, a control character or bytes that are not UTF-8");
    }
    request->path = target;
    while (query != NULL) {
        char *piece = query;
        query = strchr(piece, '&');
        if (query != NULL) {
            *query++ = '\0';
        }
        if (piece[0] == '\0') {
            continue;
        }
        char *value = strchr(piece, '=');
        if (value != NULL) {
            *value++ = '\0';
        }
        vg_status status = add_parameter(request, piece, value == NULL ? nothing : value, error);
        if (status != VG_OK) {
            return status;
        }
    }
    return VG_OK;
}

const char *serve_parameter(const struct serve_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_parameters; i++) {
        if (strcmp(request->parameters[i].name, name) == 0) {
            return request->parameters[i].value[0] == '\0' ? NULL : request->parameters[i].value;
        }
    }
    return NULL;
}

bool serve_host_is_local(const char *host)
{
    char name[64];
    if (host == NULL) {
        return false;
    }
    size_t length = host[0] == '[' ? strcspn(host, "]") + (strchr(host, ']') != NULL) : strcspn(host, ":");
    if (length >= sizeof name) {
        return false;
    }
    memcpy(name, host, length);
    name[length] = '\0';
    const char *port = host + length;
    if (*port != '\0' && (*port != ':' || strlen(port) > 6 || strspn(port + 1, "0123456789") != strlen(port + 1))) {
        return false;
    }
    struct in_addr address;
    if (inet_pton(AF_INET, name, &address) == 1) {
        return ntohl(address.s_addr) >> 24 == 127;
    }
    return strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0;
}

bool serve_origin_is_own(const char *origin, const char *fetch_site, const char *host)
{
    static const char scheme[] = "http://";
    if (fetch_site != NULL && strcmp(fetch_site, "same-origin") != 0 && strcmp(fetch_site, "none") != 0) {
        return false;
    }
    if (origin == NULL) {
        return true; /* no browser: they send it with everything that may change something */
    }
    return host != NULL && serve_host_is_local(host) && strncmp(origin, scheme, sizeof scheme - 1) == 0 && strcasecmp(origin + sizeof scheme - 1, host) == 0;
}

bool serve_is_json(const char *content_type)
{
    static const char json[] = "application/json";
    if (content_type == NULL || strncasecmp(content_type, json, sizeof json - 1) != 0) {
        return false;
    }
    const char *rest = content_type + sizeof json - 1;
    rest += strspn(rest, " \t");
    if (*rest == '\0') {
        return true;
    }
    if (*rest != ';') {
        return false;
    }
    rest++;
    rest += strspn(rest, " \t");
    return strcasecmp(rest, "charset=utf-8") == 0 || strcasecmp(rest, "charset=\"utf-8\"") == 0;
}

static bool has_control(const char *text, size_t size, bool lines_allowed)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && !(lines_allowed && (c == '\n' || c == '\t'))) || c == 0x7F) {
            return true;
        }
    }
    return false;
}

static vg_status copy_text(const char *name, const json_t *value, bool is_note, char *out, size_t capacity, struct vg_error *error)
{
    const char *text = json_string_value(value);
    size_t size = text == NULL ? 0 : json_string_length(value);
    if (text == NULL || size >= capacity || has_control(text, size, is_note)) {
        return vg_fail(error, VG_USAGE_ERROR, "%s is text of at most %zu bytes without control characters", name, capacity - 1);
    }
    memcpy(out, text, size + 1);
    return VG_OK;
}

/* Keeping takes no more than its name: what is kept stands in the address, as for the question that it answers. */
static vg_status read_keep(const json_t *object, struct serve_step *step, struct vg_error *error)
{
    const char *action = json_string_value(json_object_get(object, "action"));
    step->keeps = action != NULL && strcmp(action, "keep") == 0 && json_object_size(object) == 1;
    return step->keeps ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "to the alarms {\"action\": \"keep\"} is sent, and to one of them its steps");
}

static vg_status read_members(json_t *object, struct serve_step *step, struct vg_error *error)
{
    const char *name = NULL;
    json_t *value = NULL;
    bool has_action = false;
    vg_status status = VG_OK;
    json_object_foreach(object, name, value) {
        if (json_is_null(value)) {
            continue; /* as if it were not there */
        }
        if (strcmp(name, "action") == 0) {
            has_action = vg_alarm_action_from_name(json_string_value(value), &step->action);
        } else if (strcmp(name, "by") == 0) {
            status = copy_text("by", value, false, step->by, sizeof step->by, error);
        } else if (strcmp(name, "to") == 0) {
            status = copy_text("to", value, false, step->to, sizeof step->to, error);
            step->has_to = true;
        } else if (strcmp(name, "note") == 0) {
            status = copy_text("note", value, true, step->note, sizeof step->note, error);
            step->has_note = true;
        } else {
            status = vg_fail(error, VG_USAGE_ERROR, "there is no member \"%.60s\"; a step has action, by, to and note", name);
        }
        if (status != VG_OK) {
            return status;
        }
    }
    return has_action ? VG_OK : vg_fail(error, VG_USAGE_ERROR, "action is acknowledge, assign, close or reopen");
}

vg_status serve_step_parse(const char *body, size_t size, enum serve_post kind, struct serve_step *step, struct vg_error *error)
{
    json_error_t problem;
    *step = (struct serve_step){0};
    json_t *object = size > SERVE_BODY_BYTES_MAX ? NULL : json_loadb(body == NULL ? "" : body, size, JSON_REJECT_DUPLICATES, &problem);
    vg_status status = VG_OK;
    if (!json_is_object(object)) {
        status = vg_fail(error, VG_USAGE_ERROR, "the body is not a JSON object of at most %d bytes, such as {\"action\": \"acknowledge\", \"by\": \"Ana\"}", SERVE_BODY_BYTES_MAX);
    } else {
        status = kind == SERVE_POST_KEEP ? read_keep(object, step, error) : read_members(object, step, error);
    }
    json_decref(object);
    return status;
}

/* The weight of one coding, "gzip;q=0.5": anything but zero takes it. */
static bool is_taken(struct vg_text coding)
{
    const char *weight = memchr(coding.data, '=', coding.size);
    if (weight == NULL) {
        return true;
    }
    for (const char *c = weight + 1; c < coding.data + coding.size; c++) {
        if (*c >= '1' && *c <= '9') {
            return true;
        }
    }
    return false;
}

bool serve_accepts_gzip(const char *accepted)
{
    while (accepted != NULL && *accepted != '\0') {
        size_t length = strcspn(accepted, ",");
        struct vg_text coding = vg_text_trim(vg_text_of(accepted, length));
        if (coding.size >= 4 && strncasecmp(coding.data, "gzip", 4) == 0 &&
            (coding.size == 4 || coding.data[4] == ';' || coding.data[4] == ' ')) {
            return is_taken(coding);
        }
        accepted += length + (accepted[length] == ',');
    }
    return false;
}

bool serve_tag_matches(const char *if_none_match, uint64_t tag)
{
    char text[24];
    (void)snprintf(text, sizeof text, "\"%016llx", (unsigned long long)tag);
    const char *found = if_none_match == NULL ? NULL : strstr(if_none_match, text);
    return found != NULL && (found[17] == '"' || strncmp(found + 17, "-gzip\"", 6) == 0);
}

vg_status serve_address_parse(const char *address, uint16_t port, struct sockaddr_storage *out, unsigned *out_bytes,
                              struct vg_error *error)
{
    const char *text = address == NULL || strcmp(address, "localhost") == 0 ? "127.0.0.1" : address;
    struct in_addr v4;
    struct in6_addr v6;
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127) {
        *(struct sockaddr_in *)out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = v4};
        *out_bytes = sizeof(struct sockaddr_in);
        return VG_OK;
    }
    if (inet_pton(AF_INET6, text, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) {
        *(struct sockaddr_in6 *)out = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = v6};
        *out_bytes = sizeof(struct sockaddr_in6);
        return VG_OK;
    }
    return vg_fail(error, VG_USAGE_ERROR,
                   "the page is served on this machine only (127.0.0.1 or ::1), as users and passwords are not there yet; "
                   "\"%.60s\" is refused",
                   text);
}
