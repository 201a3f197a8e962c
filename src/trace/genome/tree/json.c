/*
 * JSON by tokens: strings are decoded into a buffer, numbers are left as text, brackets of what is skipped must match.
 */
#include "trace/genome/tree/json.h"

#include <string.h>

#define SKIPPED_DEPTH_MAX 1024

void json_open(struct json *json, struct input *input, struct parts *parts)
{
    *json = (struct json){.input = input, .parts = parts};
    vg_buffer_init(&json->text, (size_t)16 << 20);
}

void json_close(struct json *json)
{
    vg_buffer_release(&json->text);
}

bool json_fault(struct json *json, const char *what)
{
    if (json->input->error.status == VG_OK) {
        (void)parts_fail(json->parts, VG_DATA_ERROR, "byte %llu: %s", (unsigned long long)input_position(json->input), what);
    }
    return false;
}

static bool hexadecimal(struct json *json, uint32_t *value)
{
    struct input *input = json->input;
    unsigned char bytes[2];
    if (!input_has(input, 4) || !vg_hex_decode(vg_text_of(input->data + input->at, 4), bytes, 2)) {
        return json_fault(json, "four hexadecimal digits should follow \\u");
    }
    *value = (uint32_t)bytes[0] << 8 | bytes[1];
    input->at += 4;
    return true;
}

static void put_utf8(struct vg_buffer *out, uint32_t c)
{
    if (c < 0x80) {
        vg_buffer_char(out, (char)c);
        return;
    }
    unsigned extra = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint8_t lead[4] = {0, 0xC0, 0xE0, 0xF0};
    vg_buffer_char(out, (char)(lead[extra] | c >> 6 * extra));
    while (extra-- > 0) {
        vg_buffer_char(out, (char)(0x80 | (c >> 6 * extra & 63)));
    }
}

static bool escape(struct json *json)
{
    static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    struct input *input = json->input;
    if (!input_has(input, 1)) {
        return json_fault(json, "the file is cut off within a text");
    }
    char c = input->data[input->at++];
    for (size_t i = 0; i + 1 < sizeof plain; i += 2) {
        if (plain[i] == c) {
            vg_buffer_char(&json->text, plain[i + 1]);
            return true;
        }
    }
    uint32_t code, low;
    if (c != 'u') {
        return json_fault(json, "a backslash before something that has no meaning");
    }
    if (!hexadecimal(json, &code)) {
        return false;
    }
    if (code >= 0xD800 && code < 0xDC00 && input_has(input, 6) && input->data[input->at] == '\\' && input->data[input->at + 1] == 'u') {
        input->at += 2;
        if (!hexadecimal(json, &low)) {
            return false;
        }
        code = low >= 0xDC00 && low < 0xE000 ? 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
    }
    put_utf8(&json->text, code >= 0xD800 && code < 0xE000 ? 0xFFFD : code);
    return true;
}

static int string(struct json *json)
{
    struct input *input = json->input;
    vg_buffer_clear(&json->text);
    while (input_has(input, 1)) {
        const char *data = input->data + input->at;
        size_t n = 0, left = input->end - input->at;
        while (n < left && data[n] != '"' && data[n] != '\\' && (unsigned char)data[n] >= 32) {
            n++;
        }
        vg_buffer_append(&json->text, data, n);
        input->at += n;
        if (json->text.failed) {
            (void)json_fault(json, "a text of more than 16 MB");
            return JSON_END;
        }
        if (n == left) {
            continue;
        }
        char c = input->data[input->at++];
        if (c == '"') {
            if (!vg_utf8_valid(json->text.data, json->text.size)) {
                (void)json_fault(json, "a text that is not UTF-8");
                return JSON_END;
            }
            return JSON_STRING;
        }
        if (c != '\\' || !escape(json)) {
            (void)json_fault(json, "a line break or control character within a text");
            return JSON_END;
        }
    }
    (void)json_fault(json, "the file is cut off within a text");
    return JSON_END;
}

static int word(struct json *json, char first)
{
    struct input *input = json->input;
    const char *rest = first == 't' ? "rue" : first == 'f' ? "alse" : "ull";
    size_t n = strlen(rest);
    if (!input_has(input, n) || memcmp(input->data + input->at, rest, n) != 0) {
        (void)json_fault(json, "a word that is neither true, false nor null");
        return JSON_END;
    }
    input->at += n;
    return first;
}

static int number(struct json *json, char first)
{
    struct input *input = json->input;
    vg_buffer_clear(&json->text);
    vg_buffer_char(&json->text, first);
    while (input_has(input, 1)) {
        char c = input->data[input->at];
        if (!((c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E')) {
            break;
        }
        vg_buffer_char(&json->text, c);
        input->at++;
        if (json->text.size > 400) {
            (void)json_fault(json, "a number of more than 400 digits");
            return JSON_END;
        }
    }
    return JSON_NUMBER;
}

int json_next(struct json *json)
{
    struct input *input = json->input;
    while (json_fine(json) && input_has(input, 1)) {
        char c = input->data[input->at++];
        switch (c) {
        case ' ': case '\t': case '\n': case '\r': break;
        case '{': case '}': case '[': case ']': case ',': case ':': return c;
        case '"': return string(json);
        case 't': case 'f': case 'n': return word(json, c);
        default:
            if ((c >= '0' && c <= '9') || c == '-') {
                return number(json, c);
            }
            (void)json_fault(json, "a letter that JSON does not have here");
            return JSON_END;
        }
    }
    return JSON_END;
}

bool json_expect(struct json *json, char token)
{
    if (json_next(json) == token) {
        return true;
    }
    static const char marks[] = "{}[]:,\"";
    static const char *const sentences[] = {"an opening { is missing", "a closing } is missing", "an opening [ is missing", "a closing ] is missing",
                                            "a colon is missing", "a comma is missing", "a text is missing"};
    const char *found = strchr(marks, token);
    return json_fault(json, found == NULL ? "something is missing" : sentences[found - marks]);
}

bool json_key(struct json *json, bool *first)
{
    int token = json_next(json);
    if (token == '}') {
        return false;
    }
    if (!*first) {
        if (token != ',') {
            return json_fault(json, "a comma or closing } is missing");
        }
        token = json_next(json);
    }
    *first = false;
    return token == JSON_STRING ? json_expect(json, ':') : json_fault(json, "a key in quotation marks is missing");
}

int json_element(struct json *json, bool *first)
{
    int token = json_next(json);
    if (token == ']') {
        return JSON_END;
    }
    if (!*first) {
        if (token != ',') {
            (void)json_fault(json, "a comma or closing ] is missing");
            return JSON_END;
        }
        token = json_next(json);
    }
    *first = false;
    if (token == JSON_END || token == ',' || token == ':' || token == '}' || token == ']') {
        (void)json_fault(json, "a value is missing");
        return JSON_END;
    }
    return token;
}

bool json_skip(struct json *json, int token)
{
    char open[SKIPPED_DEPTH_MAX];
    size_t depth = 0;
    do {
        if (token == JSON_END) {
            return json_fault(json, "the file is cut off");
        }
        if (token == '{' || token == '[') {
            if (depth == SKIPPED_DEPTH_MAX) {
                return json_fault(json, "brackets are nested more than 1,024 deep");
            }
            open[depth++] = (char)token;
        } else if (token == '}' || token == ']') {
            if (depth == 0 || open[depth - 1] != (token == '}' ? '{' : '[')) {
                return json_fault(json, "a closing bracket that closes nothing");
            }
            depth--;
        } else if (depth == 0 && (token == ',' || token == ':')) {
            return json_fault(json, "a value is missing");
        }
        if (depth == 0) {
            return true;
        }
        token = json_next(json);
    } while (true);
}
