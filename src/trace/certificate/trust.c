/*
 * The list of trust: signers by their key identifiers, policies by country, and hashes of revoked certificates.
 */
#include "trace/certificate/internal.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SIGNERS_MAX 100000
#define REVOKED_MAX 10000000

static const char *const kind_names[VG_CERTIFICATE_KINDS] = {"test", "vaccination", "recovery"};
const char *const certificate_kind_members[VG_CERTIFICATE_KINDS] = {"t", "v", "r"};

const char *vg_certificate_kind_name(enum vg_certificate_kind kind)
{
    return kind_names[kind];
}

vg_status vg_certificate_trust_new(struct vg_certificate_trust **trust, struct vg_error *error)
{
    *trust = calloc(1, sizeof **trust);
    if (*trust == NULL) {
        return vg_fail_memory(error, sizeof **trust);
    }
    vg_arena_init(&(*trust)->arena, 0);
    return VG_OK;
}

void vg_certificate_trust_free(struct vg_certificate_trust *trust)
{
    if (trust != NULL) {
        for (size_t i = 0; i < trust->n_signers; i++) {
            certificate_signer_release(&trust->signers[i]);
        }
        free(trust->signers);
        free(trust->policies);
        free(trust->revoked);
        vg_arena_release(&trust->arena);
        free(trust);
    }
}

size_t vg_certificate_trust_count(const struct vg_certificate_trust *trust)
{
    return trust->n_signers;
}

/* The array with room for one more: moved, or as it is. NULL: out of memory. */
static void *with_room(void *array, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity) {
        return array;
    }
    size_t larger = *capacity == 0 ? 16 : 2 * *capacity;
    void *moved = realloc(array, larger * size);
    *capacity = moved == NULL ? *capacity : larger;
    return moved;
}

static bool is_country(const char *country)
{
    return strlen(country) == 2 && country[0] >= 'A' && country[0] <= 'Z' && country[1] >= 'A' && country[1] <= 'Z';
}

size_t certificate_trust_find(const struct vg_certificate_trust *trust, const uint8_t kid[VG_CERTIFICATE_KID_BYTES], size_t *first)
{
    size_t low = 0, high = trust->n_signers;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(trust->signers[middle].kid, kid, VG_CERTIFICATE_KID_BYTES) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *first = low;
    while (low < trust->n_signers && memcmp(trust->signers[low].kid, kid, VG_CERTIFICATE_KID_BYTES) == 0) {
        low++;
    }
    return low - *first;
}

vg_status vg_certificate_trust_add(struct vg_certificate_trust *trust, const void *der, size_t size, const char *country, struct vg_error *error)
{
    struct certificate_signer_facts facts;
    size_t first = 0;
    if (country != NULL && !is_country(country)) {
        return vg_fail(error, VG_DATA_ERROR, "a country is two capital letters, not \"%.20s\"", country);
    }
    if (trust->n_signers == SIGNERS_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "a list of trust has at most %d signers", SIGNERS_MAX);
    }
    vg_status status = certificate_signer_facts(der, size, &facts, error);
    if (status != VG_OK) {
        return status;
    }
    if (country != NULL) {
        memcpy(facts.country, country, 3);
    }
    struct certificate_signer_facts *signers = with_room(trust->signers, trust->n_signers, &trust->signer_capacity, sizeof *signers);
    if (signers == NULL) {
        certificate_signer_release(&facts);
        return vg_fail_memory(error, trust->n_signers * sizeof *signers);
    }
    trust->signers = signers;
    size_t n_same = certificate_trust_find(trust, facts.kid, &first);
    for (size_t i = first; i < first + n_same; i++) {
        if (signers[i].der_size == size && memcmp(signers[i].der, der, size) == 0) { /* there already: its country may be another now */
            memcpy(signers[i].country, facts.country, sizeof facts.country);
            certificate_signer_release(&facts);
            return VG_OK;
        }
    }
    memmove(signers + first + 1, signers + first, (trust->n_signers - first) * sizeof *signers);
    signers[first] = facts;
    trust->n_signers++;
    return VG_OK;
}

vg_status vg_certificate_trust_add_file(struct vg_certificate_trust *trust, struct vg_text bytes, const char *country, struct vg_error *error)
{
    static const char begin[] = "-----BEGIN CERTIFICATE-----";
    if (bytes.size > INT_MAX || memmem(bytes.data, bytes.size, begin, sizeof begin - 1) == NULL) {
        return vg_certificate_trust_add(trust, bytes.data, bytes.size, country, error);
    }
    BIO *bio = BIO_new_mem_buf(bytes.data, (int)bytes.size);
    vg_status status = bio == NULL ? vg_fail_memory(error, bytes.size) : VG_OK;
    size_t n = 0;
    while (status == VG_OK) {
        char *name = NULL, *header = NULL;
        unsigned char *der = NULL;
        long size = 0;
        if (PEM_read_bio(bio, &name, &header, &der, &size) != 1) {
            break;
        }
        if (strcmp(name, PEM_STRING_X509) == 0) {
            status = vg_certificate_trust_add(trust, der, (size_t)size, country, error);
            n++;
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_free(der);
    }
    ERR_clear_error();
    BIO_free(bio);
    return status == VG_OK && n == 0 ? vg_fail(error, VG_DATA_ERROR, "the PEM text holds no whole certificate") : status;
}

/* ---------------------------------------------------------------- policies */

void vg_certificate_policy_defaults(struct vg_certificate_policy *policy)
{
    *policy = (struct vg_certificate_policy){.kinds = {true, true, true}, .vaccination_from_days = 14, .naat_hours = 72, .antigen_hours = 48, .recovery_from_days = 11,
                                             .recovery_to_days = 180};
}

vg_status certificate_policy_check(const struct vg_certificate_policy *policy, struct vg_error *error)
{
    const int32_t numbers[] = {policy->vaccination_from_days, policy->vaccination_to_days, policy->naat_hours, policy->antigen_hours, policy->recovery_from_days,
                               policy->recovery_to_days};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        if (numbers[i] < 0 || numbers[i] > 100000) {
            return vg_fail(error, VG_DATA_ERROR, "days and hours of a policy are 0 to 100000");
        }
    }
    return VG_OK;
}

vg_status vg_certificate_trust_policy(struct vg_certificate_trust *trust, const char *country, const struct vg_certificate_policy *policy, struct vg_error *error)
{
    struct certificate_policy_of kept = {.policy = *policy};
    vg_status status = certificate_policy_check(policy, error);
    if (status == VG_OK && strcmp(country, "*") != 0 && !is_country(country)) {
        status = vg_fail(error, VG_DATA_ERROR, "a policy is of a country (two capital letters) or of * for the rest, not of \"%.20s\"", country);
    }
    if (status != VG_OK) {
        return status;
    }
    struct certificate_policy_of *policies = with_room(trust->policies, trust->n_policies, &trust->policy_capacity, sizeof *policies);
    kept.policy.products = VG_ARENA_ARRAY(&trust->arena, struct vg_text, policy->n_products + 1);
    if (policies == NULL || kept.policy.products == NULL) {
        return vg_fail_memory(error, policy->n_products * sizeof *kept.policy.products);
    }
    trust->policies = policies;
    for (size_t i = 0; i < policy->n_products; i++) {
        char *copy = vg_arena_copy_bytes(&trust->arena, policy->products[i].data, policy->products[i].size);
        if (copy == NULL) {
            return vg_fail_memory(error, policy->products[i].size);
        }
        kept.policy.products[i] = vg_text_of(copy, policy->products[i].size);
    }
    (void)snprintf(kept.country, sizeof kept.country, "%s", country);
    for (size_t i = 0; i < trust->n_policies; i++) {
        if (strcmp(trust->policies[i].country, country) == 0) {
            trust->policies[i] = kept;
            return VG_OK;
        }
    }
    trust->policies[trust->n_policies++] = kept;
    return VG_OK;
}

const struct vg_certificate_policy *certificate_trust_policy(const struct vg_certificate_trust *trust, const char *country)
{
    const struct vg_certificate_policy *rest = NULL;
    for (size_t i = 0; i < trust->n_policies; i++) {
        if (strcmp(trust->policies[i].country, country) == 0) {
            return &trust->policies[i].policy;
        }
        rest = strcmp(trust->policies[i].country, "*") == 0 ? &trust->policies[i].policy : rest;
    }
    return rest;
}

/* -------------------------------------------------------------- revocation */

static size_t place_of(const struct vg_certificate_trust *trust, const uint8_t hash[16])
{
    size_t low = 0, high = trust->n_revoked;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memcmp(trust->revoked[middle], hash, 16) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

bool certificate_is_revoked(const struct vg_certificate_trust *trust, const uint8_t hash[16])
{
    size_t place = place_of(trust, hash);
    return place < trust->n_revoked && memcmp(trust->revoked[place], hash, 16) == 0;
}

vg_status vg_certificate_trust_revoke(struct vg_certificate_trust *trust, const uint8_t hash[16], struct vg_error *error)
{
    size_t place = place_of(trust, hash);
    if (place < trust->n_revoked && memcmp(trust->revoked[place], hash, 16) == 0) {
        return VG_OK;
    }
    if (trust->n_revoked == REVOKED_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "a list of trust has at most %d revoked certificates", REVOKED_MAX);
    }
    uint8_t(*revoked)[16] = with_room(trust->revoked, trust->n_revoked, &trust->revoked_capacity, sizeof *revoked);
    if (revoked == NULL) {
        return vg_fail_memory(error, trust->n_revoked * sizeof *revoked);
    }
    trust->revoked = revoked;
    memmove(revoked + place + 1, revoked + place, (trust->n_revoked - place) * sizeof *revoked);
    memcpy(revoked[place], hash, 16);
    trust->n_revoked++;
    return VG_OK;
}
