/*
 * Private to intake/scenario: a small reader of that part of TOML 1.0 (toml.io) which scenario files need. Tables [a] and arrays of tables
 * [[a]], bare and quoted keys, basic and literal strings, numbers with underscores, booleans, local dates, arrays over several lines,
 * comments. Not: inline tables, dotted keys, times, strings of several lines; each of these is an error that says so.
 */
#ifndef VG_SCENARIO_TOML_H
#define VG_SCENARIO_TOML_H

#include "core/core.h"

enum toml_kind { TOML_TEXT, TOML_NUMBER, TOML_BOOLEAN, TOML_DATE, TOML_ARRAY };
struct toml_value {
    enum toml_kind kind;
    unsigned line, column;     /* from 1; columns count bytes */
    const char *text;          /* TOML_TEXT */
    double number;
    bool boolean, whole;       /* whole: the number was written without point or exponent */
    int32_t date;
    struct toml_value *items;  /* TOML_ARRAY */
    size_t n_items;
};
struct toml_entry {
    const char *key;
    unsigned line, column;
    struct toml_value value;
    struct toml_entry *next;
};
struct toml_table {
    const char *name;          /* "": the keys before the first heading */
    bool repeated;             /* [[name]] */
    unsigned line, column;
    struct toml_entry *first, *last;
    struct toml_table *next;
};
/* The tables in the file's order; the first is the unnamed one. Errors name file, line and column. Memory: arena. */
vg_status toml_parse(const char *file_name, struct vg_text text, struct vg_arena *arena, struct toml_table **tables, struct vg_error *error) VG_MUST_USE;
const char *toml_kind_name(enum toml_kind kind);

#endif
