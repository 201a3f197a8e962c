/*
 * Private to intake/scenario: the table of keys, from which files are read and the commented example is written, so neither can say what the other does not.
 */
#ifndef VG_SCENARIO_SETTINGS_H
#define VG_SCENARIO_SETTINGS_H

#include "intake/scenario/scenario.h"

enum setting_kind { SET_TEXT, SET_TEXTS, SET_NUMBER, SET_NUMBERS, SET_INTEGER, SET_LONG, SET_DATE, SET_FLAG, SET_WORD };
struct setting {
    const char *key;
    enum setting_kind kind;
    size_t offset;             /* in what the section fills */
    double low, high;          /* bounds of numbers, both allowed */
    const char *const *words;  /* SET_WORD; NULL-terminated */
    const char *shown;         /* value in the example; NULL: the default, commented out */
    const char *sample;        /* where there is no default to print: a value, commented out */
    const char *help;
};
struct section {
    const char *name;          /* "": before the first heading */
    bool repeated;
    size_t offset;             /* of the struct in vg_scenario; repeated: of the pointer */
    size_t count_offset, item_size; /* repeated */
    void (*defaults)(void *item);   /* repeated */
    const struct setting *settings; /* ends with a key of NULL */
    const char *help;
    const char *also;          /* more of the kind, put into the example behind it */
};
extern const struct section scenario_sections[]; /* ends with a name of NULL */

#endif
