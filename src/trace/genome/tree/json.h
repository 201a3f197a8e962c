/*
 * Private to the room: JSON (RFC 8259) a token at a time from a stream, as trees of a gigabyte nested a thousand deep need it. A fault ends the reading: every later
 * token is JSON_END.
 */
#ifndef VG_TREE_JSON_H
#define VG_TREE_JSON_H

#include "trace/genome/tree/internal.h"

enum json_token { JSON_END = 0, JSON_STRING = '"', JSON_NUMBER = '0', JSON_TRUE = 't', JSON_FALSE = 'f', JSON_NULL = 'n' }; /* or one of {}[],: */

struct json {
    struct input *input;
    struct parts *parts;    /* where a fault is told */
    struct vg_buffer text;  /* of the newest string, decoded, or number */
};
void json_open(struct json *json, struct input *input, struct parts *parts);
void json_close(struct json *json);
int json_next(struct json *json);
/* Tells the fault, with the place; always false. */
bool json_fault(struct json *json, const char *what);
/* The next token must be this one. */
bool json_expect(struct json *json, char token);
/* Within an object: its next key, whose text is in json->text, with the colon read; false at its end and on a fault. first: the bracket was read just before. */
bool json_key(struct json *json, bool *first);
/* Within an array: the first token of its next element, or JSON_END at its end and on a fault. */
int json_element(struct json *json, bool *first);
/* The rest of the value that starts with this token. */
bool json_skip(struct json *json, int token);
static inline struct vg_text json_text(const struct json *json) { return vg_text_of(json->text.data, json->text.size); }
static inline bool json_is(const struct json *json, const char *text) { return vg_text_equals(json_text(json), text); }
static inline bool json_fine(const struct json *json) { return json->parts->failure.status == VG_OK && json->input->error.status == VG_OK; }

#endif
