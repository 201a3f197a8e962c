/*
 * terms: on which conditions a genome may be given on. They come with the genome, are kept with it, and are asked before it leaves: what nobody has allowed is
 * forbidden. Words of licences are those of INSDC (free of conditions), Creative Commons, GISAID (only to who has accepted its terms, so never by this program),
 * Pathoplexus (open, or restricted until a day); a benefit-sharing contract (Nagoya Protocol, WHO's pathogen access and benefit sharing) is named by its id.
 */
#ifndef VG_GENOME_TERMS_H
#define VG_GENOME_TERMS_H

#include "core/core.h"

struct vg_genome_terms {
    const char *provider;   /* who made the sequence or gave it; NULL not told */
    const char *licence;    /* NULL: not told, and then nobody has allowed anything */
    const char *agreement;  /* id of the contract under which it is here; NULL none */
    int32_t embargo;        /* the last day on which it stays here; VG_DATE_NONE: no embargo */
};

/* Where a genome would go. */
enum vg_genome_use {
    VG_GENOME_USE_HERE,     /* stays with whoever keeps the node: always allowed */
    VG_GENOME_USE_PARTNER,  /* one who is bound by the agreement that is named */
    VG_GENOME_USE_PUBLIC
};
bool vg_genome_use_from_name(const char *name, enum vg_genome_use *use); /* "here", "partner", "public" */

/* What a licence allows. */
enum vg_licence_kind { VG_LICENCE_UNKNOWN, VG_LICENCE_OPEN, VG_LICENCE_RESTRICTED, VG_LICENCE_CLOSED };
/* By its first words, in any case: cc0, cc by, pddl, odc-by, public domain, insdc, genbank, ena, ddbj, open: open; restricted: restricted; gisaid, confidential, closed: closed. */
enum vg_licence_kind vg_licence_kind_of(const char *licence);

/*
 * Whether it may go there on that day. agreement: which the one who receives is bound by; NULL none. If not, `reason` (if not NULL) gets a sentence of at most 256 bytes.
 * - an embargo ends on its day, and holds for all but those who keep the node
 * - open: anywhere; restricted: to partners under the same agreement; closed and unknown: nowhere
 */
bool vg_genome_terms_allow(const struct vg_genome_terms *terms, enum vg_genome_use use, const char *agreement, int32_t today, char reason[256]);

#endif
