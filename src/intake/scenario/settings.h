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
enum section_use { USE_SIMULATE = 1, USE_EXERCISE = 2 }; /* bits: whose example shows it, who prints it; all are read by both */
struct section {
    const char *name;          /* "": before the first heading */
    unsigned uses;
    bool repeated;
    size_t offset;             /* of the struct in vg_scenario; repeated: of the pointer */
    size_t count_offset, item_size; /* repeated */
    void (*defaults)(void *item);   /* repeated */
    const struct setting *settings; /* ends with a key of NULL */
    const char *help;
    const char *also;          /* more of the kind, put into the example behind it */
    size_t line_offset;        /* repeated: where the heading's line goes, a uint32_t; 0: nowhere */
};
extern const struct section scenario_sections[]; /* ends with a name of NULL */

/* Tables of settings are written with these. */
#define SETTING_AT(type, field) offsetof(struct type, field)
#define SETTING_TEXT(type, key_, field, shown_, sample_, help_) {key_, SET_TEXT, SETTING_AT(type, field), 0, 0, NULL, shown_, sample_, help_}
#define SETTING_TEXTS(type, key_, field, shown_, sample_, help_) {key_, SET_TEXTS, SETTING_AT(type, field), 0, 0, NULL, shown_, sample_, help_}
#define SETTING_NUMBER(type, key_, field, low_, high_, shown_, sample_, help_) {key_, SET_NUMBER, SETTING_AT(type, field), low_, high_, NULL, shown_, sample_, help_}
#define SETTING_NUMBERS(type, key_, field, low_, high_, shown_, sample_, help_) {key_, SET_NUMBERS, SETTING_AT(type, field), low_, high_, NULL, shown_, sample_, help_}
#define SETTING_INTEGER(type, key_, field, low_, high_, shown_, help_) {key_, SET_INTEGER, SETTING_AT(type, field), low_, high_, NULL, shown_, NULL, help_}
#define SETTING_LONG(type, key_, field, low_, high_, shown_, help_) {key_, SET_LONG, SETTING_AT(type, field), low_, high_, NULL, shown_, NULL, help_}
#define SETTING_DATE(type, key_, field, shown_, sample_, help_) {key_, SET_DATE, SETTING_AT(type, field), 0, 0, NULL, shown_, sample_, help_}
#define SETTING_FLAG(type, key_, field, help_) {key_, SET_FLAG, SETTING_AT(type, field), 0, 0, NULL, NULL, NULL, help_}
#define SETTING_WORD(type, key_, field, words_, shown_, help_) {key_, SET_WORD, SETTING_AT(type, field), 0, 0, words_, shown_, NULL, help_}
#define SETTINGS_END {NULL, SET_TEXT, 0, 0, 0, NULL, NULL, NULL, NULL}

/* Of the sections that only exercises have, in settings_exercise.c. */
extern const struct setting settings_of_release[], settings_of_finding[], settings_of_delays[], settings_of_errors[], settings_of_outage[], settings_of_interviews[], settings_of_app[],
    settings_of_census[], settings_of_deaths[], settings_of_sequencing[], settings_of_surveys[], settings_of_injects[], settings_of_inject[];

#endif
