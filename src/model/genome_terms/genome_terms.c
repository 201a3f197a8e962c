/*
 * The rules by which a genome is given on or stays.
 */
#include "model/genome_terms/genome_terms.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool vg_genome_use_from_name(const char *name, enum vg_genome_use *use)
{
    static const char *const names[] = {"here", "partner", "public"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *use = (enum vg_genome_use)i;
            return true;
        }
    }
    return false;
}

enum vg_licence_kind vg_licence_kind_of(const char *licence)
{
    static const struct { const char *word; enum vg_licence_kind kind; } words[] = {
        {"restricted", VG_LICENCE_RESTRICTED}, {"gisaid", VG_LICENCE_CLOSED},   {"confidential", VG_LICENCE_CLOSED}, {"closed", VG_LICENCE_CLOSED},
        {"cc0", VG_LICENCE_OPEN},              {"cc-by-nc", VG_LICENCE_RESTRICTED}, {"cc by-nc", VG_LICENCE_RESTRICTED}, {"cc by nc", VG_LICENCE_RESTRICTED},
        {"cc-by", VG_LICENCE_OPEN},            {"cc by", VG_LICENCE_OPEN},      {"pddl", VG_LICENCE_OPEN},           {"odc-by", VG_LICENCE_OPEN},
        {"public domain", VG_LICENCE_OPEN},    {"insdc", VG_LICENCE_OPEN},      {"genbank", VG_LICENCE_OPEN},        {"ena", VG_LICENCE_OPEN},
        {"ddbj", VG_LICENCE_OPEN},             {"open", VG_LICENCE_OPEN},
    };
    while (licence != NULL && (*licence == ' ' || *licence == '\t')) {
        licence++;
    }
    for (size_t i = 0; licence != NULL && i < sizeof words / sizeof *words; i++) {
        size_t size = strlen(words[i].word);
        char next = strncasecmp(licence, words[i].word, size) == 0 ? licence[size] : 'x';
        bool whole = !((next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
        if (whole) {
            return words[i].kind;
        }
    }
    return VG_LICENCE_UNKNOWN;
}

static bool say(char reason[256], const char *before, const char *what, const char *behind)
{
    if (reason != NULL) {
        (void)snprintf(reason, 256, "%s%.80s%s", before, what, behind);
    }
    return false;
}

bool vg_genome_terms_allow(const struct vg_genome_terms *terms, enum vg_genome_use use, const char *agreement, int32_t today, char reason[256])
{
    char day[VG_DATE_TEXT_BYTES];
    if (use == VG_GENOME_USE_HERE) {
        return true;
    }
    if (terms->embargo != VG_DATE_NONE && today <= terms->embargo) {
        (void)vg_date_print(terms->embargo, day);
        return say(reason, "it is under embargo until ", day, "");
    }
    enum vg_licence_kind kind = vg_licence_kind_of(terms->licence);
    if (kind == VG_LICENCE_OPEN) {
        return true;
    }
    if (kind == VG_LICENCE_CLOSED) {
        return say(reason, "its licence (", terms->licence, ") lets nobody give it on");
    }
    if (kind == VG_LICENCE_UNKNOWN) {
        return terms->licence == NULL || terms->licence[0] == '\0' ? say(reason, "nobody has told under which licence it may be given on", "", "")
                                                                   : say(reason, "its licence (", terms->licence, ") is none that is known to allow it");
    }
    if (use == VG_GENOME_USE_PUBLIC) {
        return say(reason, "its licence (", terms->licence, ") is for partners alone");
    }
    if (terms->agreement == NULL || agreement == NULL || strcmp(terms->agreement, agreement) != 0) {
        return terms->agreement == NULL ? say(reason, "its licence (", terms->licence, ") asks for an agreement, and it has none")
                                        : say(reason, "it is here under the agreement ", terms->agreement, ", by which the partner is not bound");
    }
    return true;
}
