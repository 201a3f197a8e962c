/*
 * Invented people, for measuring: names as frequent as names are (Spanish, Portuguese, Chinese), families at one telephone, twins; and the same people as others would have written
 * them down: mistyped, abridged, in another order or script, with day and month swapped. Drawn from a stream, so that the same seed gives the same people.
 */
#ifndef VG_JOBS_TRACING_INVENTED_H
#define VG_JOBS_TRACING_INVENTED_H

#include "store/tracing/tracing.h"

#define INVENTED_TEXT_BYTES 64
struct invented {
    char given[INVENTED_TEXT_BYTES], family[INVENTED_TEXT_BYTES], document[16], telephone[16];
    int32_t birth;             /* VG_DATE_NONE: only the year is known */
    int64_t birth_year;
    int sex, place;            /* place: 0 .. INVENTED_PLACES - 1 */
    int chinese[4];            /* which surname and given characters, -1 none; [3]: 0 characters, 1 readings */
};
#define INVENTED_PLACES 50
/* former: the person made before, whose family the new one may be of; NULL: none. */
void invent_person(struct vg_random *random, const struct invented *former, struct invented *person);
/* The same person as written down elsewhere. */
void invent_again(struct vg_random *random, const struct invented *person, struct invented *again);
/* Points into the invented person. */
void invented_identity(const struct invented *person, struct vg_identity *identity);

#endif
