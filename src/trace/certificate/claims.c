/*
 * What a health certificate claims: held against the schema (eu-dcc-schema 1.0 to 1.3), against a policy, and against revoked ones.
 */
#include "trace/certificate/internal.h"

#include <string.h>

#define UCI_MAX 80
#define ISSUER_MAX 80
#define NAME_MAX_BYTES 320 /* 80 characters of UTF-8 */
#define ORG_DIGITS_LEAST 9

/* Codes of the value sets that rules depend on. */
#define TEST_NAAT "LP6464-4"
#define TEST_ANTIGEN "LP217198-3"
#define RESULT_NEGATIVE "260415000"

struct vg_text certificate_text(const struct vg_cbor *cbor, uint32_t map, const char *name)
{
    uint32_t at = vg_cbor_get_text(cbor, map, name);
    if (at == 0) {
        return vg_text_of("", 0);
    }
    at = vg_cbor_untag(cbor, at);
    return cbor->items[at].kind == VG_CBOR_TEXT ? cbor->items[at].bytes : vg_text_of("", 0);
}

/* ------------------------------------------------------------------- times */

static bool digits(const char *at, size_t n, int *value)
{
    *value = 0;
    for (size_t i = 0; i < n; i++) {
        if (at[i] < '0' || at[i] > '9') {
            return false;
        }
        *value = *value * 10 + at[i] - '0';
    }
    return true;
}

/* "", "Z", "+02", "+02:00" or "+0200" as seconds east of UTC. */
static bool parse_zone(struct vg_text zone, int *seconds)
{
    int hours = 0, minutes = 0;
    *seconds = 0;
    if (zone.size == 0 || vg_text_equals(zone, "Z")) {
        return true;
    }
    if ((zone.data[0] != '+' && zone.data[0] != '-') || zone.size < 3 || !digits(zone.data + 1, 2, &hours) || hours > 14) {
        return false;
    }
    struct vg_text rest = vg_text_of(zone.data + 3, zone.size - 3);
    if (rest.size > 0 && rest.data[0] == ':') {
        rest = vg_text_of(rest.data + 1, rest.size - 1);
    }
    if (rest.size != 0 && (rest.size != 2 || !digits(rest.data, 2, &minutes) || minutes > 59)) {
        return false;
    }
    *seconds = (zone.data[0] == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

bool certificate_parse_time(struct vg_text text, int64_t *seconds)
{
    int32_t day = 0;
    int hour = 0, minute = 0, second = 0, zone = 0;
    if (text.size < 10 || !vg_date_parse_iso(vg_text_of(text.data, 10), &day)) {
        return false;
    }
    *seconds = (int64_t)day * 86400;
    if (text.size == 10) {
        return true;
    }
    const char *at = text.data + 10;
    size_t left = text.size - 10;
    if (left < 9 || (at[0] != 'T' && at[0] != ' ') || at[3] != ':' || at[6] != ':' || !digits(at + 1, 2, &hour) || !digits(at + 4, 2, &minute) || !digits(at + 7, 2, &second) ||
        hour > 23 || minute > 59 || second > 60) {
        return false;
    }
    at += 9;
    left -= 9;
    if (left > 1 && at[0] == '.') {
        size_t fraction = 1;
        while (fraction < left && at[fraction] >= '0' && at[fraction] <= '9') {
            fraction++;
        }
        if (fraction == 1) {
            return false;
        }
        at += fraction;
        left -= fraction;
    }
    if (!parse_zone(vg_text_of(at, left), &zone)) {
        return false;
    }
    *seconds += hour * 3600 + minute * 60 + second - zone;
    return true;
}

/* ------------------------------------------------------------------ schema */

/* Of a birth: nothing, a year, a year and month, or a day, perhaps with a time; from 1900 on. */
static bool birth_holds(struct vg_text text, int32_t issued_day)
{
    int year = 0, month = 1, day = 1;
    if (text.size == 0) {
        return true;
    }
    if (text.size < 4 || !digits(text.data, 4, &year) || year < 1900 || year > 2099) {
        return false;
    }
    if (text.size >= 7 && (text.data[4] != '-' || !digits(text.data + 5, 2, &month))) {
        return false;
    }
    if (text.size >= 10 && (text.data[7] != '-' || !digits(text.data + 8, 2, &day))) {
        return false;
    }
    if (text.size != 4 && text.size != 7 && text.size != 10 && !(text.size > 10 && text.data[10] == 'T')) {
        return false;
    }
    int32_t born = vg_date_from_civil(year, month == 0 ? 1 : month, day == 0 ? 1 : day); /* 00: not known */
    return born != VG_DATE_NONE && (issued_day == VG_DATE_NONE || born <= issued_day); /* nobody is certified before being born */
}

static bool is_transliterated(struct vg_text name)
{
    for (size_t i = 0; i < name.size; i++) {
        if (name.data[i] != '<' && (name.data[i] < 'A' || name.data[i] > 'Z')) {
            return false;
        }
    }
    return name.size <= NAME_MAX_BYTES;
}

static bool text_there(const struct vg_cbor *cbor, uint32_t map, const char *name)
{
    uint32_t at = vg_cbor_get_text(cbor, map, name);
    return at != 0 && cbor->items[vg_cbor_untag(cbor, at)].kind == VG_CBOR_TEXT;
}

static bool name_holds(const struct vg_cbor *cbor, uint32_t map)
{
    uint32_t name = vg_cbor_get_text(cbor, map, "nam");
    if (name == 0 || cbor->items[name].kind != VG_CBOR_MAP) {
        return false;
    }
    struct vg_text family = certificate_text(cbor, name, "fnt");
    return text_there(cbor, name, "fnt") && is_transliterated(family) && is_transliterated(certificate_text(cbor, name, "gnt")) &&
           certificate_text(cbor, name, "fn").size <= NAME_MAX_BYTES && certificate_text(cbor, name, "gn").size <= NAME_MAX_BYTES;
}

static bool version_holds(struct vg_text version)
{
    size_t parts = 0;
    for (size_t i = 0; i < version.size;) {
        size_t start = i;
        while (i < version.size && version.data[i] >= '0' && version.data[i] <= '9') {
            i++;
        }
        if (i == start || (i < version.size && version.data[i] != '.')) {
            return false;
        }
        parts++;
        if (i < version.size && ++i == version.size) {
            return false;
        }
    }
    return parts == 3;
}

static bool small_number(const struct vg_cbor *cbor, uint32_t entry, const char *name)
{
    uint32_t at = vg_cbor_get_text(cbor, entry, name);
    return at != 0 && cbor->items[at].kind == VG_CBOR_UNSIGNED && cbor->items[at].number >= 1 && cbor->items[at].number <= 99;
}

static bool time_there(const struct vg_cbor *cbor, uint32_t entry, const char *name)
{
    int64_t seconds = 0;
    return certificate_parse_time(certificate_text(cbor, entry, name), &seconds);
}

/* Members that must be there, as texts; they may be empty, as some countries leave them. */
static bool texts_there(const struct vg_cbor *cbor, uint32_t entry, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (!text_there(cbor, entry, *names)) {
            return false;
        }
    }
    return true;
}

static bool country_holds(struct vg_text country)
{
    return country.size == 0 || (country.size == 2 && is_transliterated(country) && country.data[0] != '<' && country.data[1] != '<');
}

static bool identifier_holds(struct vg_text identifier)
{
    for (size_t i = 0; i < identifier.size; i++) {
        if (identifier.data[i] < 0x20 || identifier.data[i] > 0x7e) {
            return false;
        }
    }
    return identifier.size > 0 && identifier.size <= UCI_MAX;
}

/* The medicines agency's numbers of organisations have at least nine digits. */
static bool manufacturer_holds(struct vg_text maker)
{
    size_t n = 0;
    if (maker.size < 4 || memcmp(maker.data, "ORG-", 4) != 0) {
        return true;
    }
    for (size_t i = 4; i < maker.size; i++) {
        if (maker.data[i] < '0' || maker.data[i] > '9') {
            return false;
        }
        n++;
    }
    return n >= ORG_DIGITS_LEAST;
}

static bool entry_holds(const struct vg_cbor *cbor, uint32_t entry, enum vg_certificate_kind kind, const char **why)
{
    static const char *const texts[VG_CERTIFICATE_KINDS][8] = {{"tg", "tt", "sc", "tr", "co", "is", "ci", NULL}, {"tg", "vp", "mp", "ma", "co", "is", "ci", NULL},
                                                               {"tg", "fr", "df", "du", "co", "is", "ci", NULL}};
    *why = "an entry lacks what its kind must have";
    if (cbor->items[entry].kind != VG_CBOR_MAP || !texts_there(cbor, entry, texts[kind])) {
        return false;
    }
    *why = "an entry has a country, an identifier or an issuer that is none";
    if (!country_holds(certificate_text(cbor, entry, "co")) || !identifier_holds(certificate_text(cbor, entry, "ci")) ||
        certificate_text(cbor, entry, "is").size > 4 * ISSUER_MAX) {
        return false;
    }
    *why = "an entry has a date that is none";
    if (kind == VG_CERTIFICATE_TEST) {
        return time_there(cbor, entry, "sc");
    }
    if (kind == VG_CERTIFICATE_RECOVERY) {
        return time_there(cbor, entry, "fr") && time_there(cbor, entry, "df") && time_there(cbor, entry, "du");
    }
    if (!time_there(cbor, entry, "dt")) {
        return false;
    }
    *why = "a vaccination has doses or a manufacturer that there are not";
    return small_number(cbor, entry, "dn") && small_number(cbor, entry, "sd") && manufacturer_holds(certificate_text(cbor, entry, "ma"));
}

/* The array of a kind: absent, null and empty are the same. */
static uint32_t entries_of(const struct vg_cbor *cbor, uint32_t map, enum vg_certificate_kind kind, bool *good)
{
    uint32_t at = vg_cbor_get_text(cbor, map, certificate_kind_members[kind]);
    *good = true;
    if (at == 0 || (cbor->items[at].kind == VG_CBOR_SIMPLE && cbor->items[at].number == VG_CBOR_NULL)) {
        return 0;
    }
    *good = cbor->items[at].kind == VG_CBOR_ARRAY;
    return *good && cbor->items[at].next > at + 1 ? at : 0;
}

bool certificate_schema_holds(const struct vg_cbor *cbor, uint32_t map, int32_t issued_day, bool kinds[VG_CERTIFICATE_KINDS], const char **why)
{
    size_t n_kinds = 0;
    bool good = true;
    for (int kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        bool is_list = true;
        kinds[kind] = entries_of(cbor, map, (enum vg_certificate_kind)kind, &is_list) != 0;
        n_kinds += kinds[kind] ? 1 : 0;
        good = good && is_list;
    }
    *why = "the claims have no version or no name as the schema wants them";
    if (!version_holds(certificate_text(cbor, map, "ver")) || !name_holds(cbor, map)) {
        return false;
    }
    *why = "the claims have no date of birth that can be";
    if (!text_there(cbor, map, "dob") || !birth_holds(certificate_text(cbor, map, "dob"), issued_day)) {
        return false;
    }
    *why = "the claims are not of exactly one kind: test, vaccination or recovery";
    if (!good || n_kinds != 1) {
        return false;
    }
    for (int kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        uint32_t list = entries_of(cbor, map, (enum vg_certificate_kind)kind, &good);
        for (uint32_t at = list + 1; list != 0 && at < cbor->items[list].next; at = cbor->items[at].next) {
            if (!entry_holds(cbor, at, (enum vg_certificate_kind)kind, why)) {
                return false;
            }
        }
    }
    return true;
}

/* ------------------------------------------------------------------ policy */

static bool within(int64_t now, int64_t since, int64_t from_seconds, int64_t to_seconds)
{
    return now >= since + from_seconds && (to_seconds == 0 || now <= since + to_seconds);
}

static bool product_accepted(const struct vg_certificate_policy *policy, struct vg_text product)
{
    for (size_t i = 0; i < policy->n_products; i++) {
        if (vg_text_equal(policy->products[i], product)) {
            return true;
        }
    }
    return policy->n_products == 0;
}

static uint64_t number_of(const struct vg_cbor *cbor, uint32_t entry, const char *name)
{
    uint32_t at = vg_cbor_get_text(cbor, entry, name);
    return at != 0 && cbor->items[at].kind == VG_CBOR_UNSIGNED ? cbor->items[at].number : 0;
}

static bool vaccination_accepted(const struct vg_certificate_policy *policy, const struct vg_cbor *cbor, uint32_t entry, int64_t now, const char **why)
{
    int64_t since = 0;
    *why = "the vaccine is not one that is accepted here";
    if (!product_accepted(policy, certificate_text(cbor, entry, "mp"))) {
        return false;
    }
    *why = "the series of doses is not complete";
    if (!policy->incomplete_series && number_of(cbor, entry, "dn") < number_of(cbor, entry, "sd")) {
        return false;
    }
    *why = "the last dose is too short ago or too long";
    return certificate_parse_time(certificate_text(cbor, entry, "dt"), &since) &&
           within(now, since, (int64_t)policy->vaccination_from_days * 86400, policy->vaccination_to_days == 0 ? 0 : ((int64_t)policy->vaccination_to_days + 1) * 86400 - 1);
}

static bool test_accepted(const struct vg_certificate_policy *policy, const struct vg_cbor *cbor, uint32_t entry, int64_t now, const char **why)
{
    int64_t since = 0;
    struct vg_text type = certificate_text(cbor, entry, "tt");
    bool naat = vg_text_equals(type, TEST_NAAT);
    *why = "the test was not negative";
    if (!vg_text_equals(certificate_text(cbor, entry, "tr"), RESULT_NEGATIVE)) {
        return false;
    }
    *why = "the test is of a type that is not accepted here";
    if (!naat && !vg_text_equals(type, TEST_ANTIGEN)) {
        return false;
    }
    *why = "the sample was taken too long ago, or is to be taken";
    return certificate_parse_time(certificate_text(cbor, entry, "sc"), &since) && within(now, since, 0, (int64_t)(naat ? policy->naat_hours : policy->antigen_hours) * 3600);
}

static bool recovery_accepted(const struct vg_certificate_policy *policy, const struct vg_cbor *cbor, uint32_t entry, int64_t now, const char **why)
{
    int64_t first = 0, from = 0, until = 0;
    *why = "the recovery is too short ago or too long";
    return certificate_parse_time(certificate_text(cbor, entry, "fr"), &first) && certificate_parse_time(certificate_text(cbor, entry, "df"), &from) &&
           certificate_parse_time(certificate_text(cbor, entry, "du"), &until) &&
           within(now, first, (int64_t)policy->recovery_from_days * 86400, policy->recovery_to_days == 0 ? 0 : ((int64_t)policy->recovery_to_days + 1) * 86400 - 1) && now >= from &&
           now < until + 86400;
}

bool certificate_policy_holds(const struct vg_certificate_policy *policy, const struct vg_cbor *cbor, uint32_t map, int64_t now, const char **why)
{
    static bool (*const accepted[VG_CERTIFICATE_KINDS])(const struct vg_certificate_policy *, const struct vg_cbor *, uint32_t, int64_t,
                                                       const char **) = {test_accepted, vaccination_accepted, recovery_accepted};
    bool good = true;
    *why = "certificates of this kind are not accepted from there";
    for (int kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        uint32_t list = policy->kinds[kind] ? entries_of(cbor, map, (enum vg_certificate_kind)kind, &good) : 0;
        for (uint32_t at = list + 1; list != 0 && at < cbor->items[list].next; at = cbor->items[at].next) {
            if (accepted[kind](policy, cbor, at, now, why)) { /* of several entries one is enough */
                return true;
            }
        }
    }
    return false;
}

/* -------------------------------------------------------------- revocation */

static bool hash_is_revoked(const struct vg_certificate_trust *trust, const char *prefix, size_t prefix_size, struct vg_text text)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = context != NULL && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 && EVP_DigestUpdate(context, prefix, prefix_size) == 1 &&
                EVP_DigestUpdate(context, text.data, text.size) == 1 && EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    return !good || certificate_is_revoked(trust, digest); /* what cannot be looked up is not let through */
}

bool certificate_revocation_holds(const struct vg_certificate_trust *trust, const struct vg_cbor *cbor, uint32_t map, struct vg_text signature, bool rsa)
{
    bool good = true;
    if (trust->n_revoked == 0) {
        return true;
    }
    if (hash_is_revoked(trust, "", 0, rsa ? signature : vg_text_of(signature.data, signature.size / 2))) {
        return false;
    }
    for (int kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        uint32_t list = entries_of(cbor, map, (enum vg_certificate_kind)kind, &good);
        for (uint32_t at = list + 1; list != 0 && at < cbor->items[list].next; at = cbor->items[at].next) {
            struct vg_text identifier = certificate_text(cbor, at, "ci"), country = certificate_text(cbor, at, "co");
            if (hash_is_revoked(trust, "", 0, identifier) || hash_is_revoked(trust, country.data, country.size, identifier)) {
                return false;
            }
        }
    }
    return true;
}
