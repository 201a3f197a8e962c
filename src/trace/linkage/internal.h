/*
 * Private to the room: readings of Chinese characters and splitting of Latin words into syllables.
 */
#ifndef VG_TRACE_LINKAGE_INTERNAL_H
#define VG_TRACE_LINKAGE_INTERNAL_H

#include "trace/linkage/linkage.h"

/* The reading's number of a character, 0 none; and its text. */
uint16_t linkage_reading(uint32_t character);
const char *linkage_syllable(uint16_t reading);
/* Splits a whole Latin word into syllables; 0 where it cannot be. */
size_t linkage_split(const char *word, uint16_t syllables[VG_LINKAGE_SYLLABLES]);
/* Damerau's distance (insertion, deletion, change, swap of neighbours) where it is at most 1, else 2. */
int linkage_distance(const char *a, const char *b);

#endif
