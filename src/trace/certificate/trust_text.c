/*
 * Lists of trust as signed text: JSON behind a line with the node's signature.
 */
#include "trace/certificate/internal.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_LINE "vigia-trust-1\n"
#define FIRST_LINE_BYTES (sizeof FIRST_LINE - 1)
#define SIGNATURE_DIGITS (VG_SIGNATURE_TEXT - 1)
#define HEADER_BYTES (FIRST_LINE_BYTES + SIGNATURE_DIGITS + 1)
#define LIST_BYTES_MAX ((size_t)256 << 20)
#define CERTIFICATE_BYTES_MAX 16384

/* A policy's numbers by name, for both ways. */
static const struct {
    const char *name;
    size_t place;
} numbers[] = {{"vaccination_from_days", offsetof(struct vg_certificate_policy, vaccination_from_days)},
               {"vaccination_to_days", offsetof(struct vg_certificate_policy, vaccination_to_days)},
               {"naat_hours", offsetof(struct vg_certificate_policy, naat_hours)},
               {"antigen_hours", offsetof(struct vg_certificate_policy, antigen_hours)},
               {"recovery_from_days", offsetof(struct vg_certificate_policy, recovery_from_days)},
               {"recovery_to_days", offsetof(struct vg_certificate_policy, recovery_to_days)}};
#define NUMBERS (sizeof numbers / sizeof *numbers)

/* ------------------------------------------------------------------- write */

static void put_policy(struct vg_buffer *out, const struct certificate_policy_of *of)
{
    bool first = true;
    vg_buffer_format(out, "\"%s\": {\"kinds\": [", of->country);
    for (int kind = 0; kind < VG_CERTIFICATE_KINDS; kind++) {
        if (of->policy.kinds[kind]) {
            vg_buffer_format(out, "%s\"%s\"", first ? "" : ", ", vg_certificate_kind_name((enum vg_certificate_kind)kind));
            first = false;
        }
    }
    vg_buffer_format(out, "], \"incomplete_series\": %s, \"products\": [", of->policy.incomplete_series ? "true" : "false");
    for (size_t i = 0; i < of->policy.n_products; i++) {
        vg_buffer_text(out, i == 0 ? "" : ", ");
        vg_buffer_json_string(out, of->policy.products[i].data, of->policy.products[i].size);
    }
    vg_buffer_char(out, ']');
    for (size_t i = 0; i < NUMBERS; i++) {
        vg_buffer_format(out, ", \"%s\": %d", numbers[i].name, *(const int32_t *)(const void *)((const char *)&of->policy + numbers[i].place));
    }
    vg_buffer_char(out, '}');
}

static void put_list(const struct vg_certificate_trust *trust, const char *node, int64_t issued, int64_t expires, struct vg_buffer *out)
{
    vg_buffer_text(out, "{\"node\": ");
    vg_buffer_json_string(out, node, strlen(node));
    vg_buffer_format(out, ", \"issued\": %lld, \"expires\": %lld,\n\"signers\": [", (long long)issued, (long long)expires);
    for (size_t i = 0; i < trust->n_signers; i++) {
        vg_buffer_format(out, "%s\n  {\"country\": \"%s\", \"certificate\": \"", i == 0 ? "" : ",", trust->signers[i].country);
        vg_buffer_base64(out, trust->signers[i].der, trust->signers[i].der_size, VG_BASE64_STANDARD);
        vg_buffer_text(out, "\"}");
    }
    vg_buffer_text(out, "],\n\"revoked\": [");
    for (size_t i = 0; i < trust->n_revoked; i++) {
        char hex[33];
        vg_hex_encode(trust->revoked[i], 16, hex);
        vg_buffer_format(out, "%s\"%s\"", i == 0 ? "" : ", ", hex);
    }
    vg_buffer_text(out, "],\n\"policies\": {");
    for (size_t i = 0; i < trust->n_policies; i++) {
        vg_buffer_text(out, i == 0 ? "\n  " : ",\n  ");
        put_policy(out, &trust->policies[i]);
    }
    vg_buffer_text(out, "}}\n");
}

vg_status vg_certificate_trust_write(const struct vg_certificate_trust *trust, const char *node, int64_t issued, int64_t expires, const struct vg_seal_key *signing_key,
                                     struct vg_buffer *out, struct vg_error *error)
{
    struct vg_buffer text;
    char signature[VG_SIGNATURE_TEXT];
    if (issued >= expires) {
        return vg_fail(error, VG_USAGE_ERROR, "a list of trust expires after it is issued");
    }
    vg_buffer_init(&text, LIST_BYTES_MAX);
    vg_buffer_text(&text, FIRST_LINE);
    put_list(trust, node, issued, expires, &text);
    if (!text.failed) {
        vg_sign(signing_key, text.data, text.size, signature);
        vg_buffer_text(out, FIRST_LINE);
        vg_buffer_append(out, signature, SIGNATURE_DIGITS);
        vg_buffer_char(out, '\n');
        vg_buffer_append(out, text.data + FIRST_LINE_BYTES, text.size - FIRST_LINE_BYTES);
    }
    bool good = !text.failed && !out->failed;
    vg_buffer_release(&text);
    return good ? VG_OK : vg_fail_memory(error, 0);
}

/* -------------------------------------------------------------------- read */

static vg_status check_signature(struct vg_text text, const char *public_key, struct vg_error *error)
{
    char signature[VG_SIGNATURE_TEXT];
    struct vg_buffer bytes;
    if (text.size > LIST_BYTES_MAX || text.size < HEADER_BYTES || memcmp(text.data, FIRST_LINE, FIRST_LINE_BYTES) != 0 || text.data[HEADER_BYTES - 1] != '\n') {
        return vg_fail(error, VG_DATA_ERROR, "this is no list of trust: expected the line vigia-trust-1 and a signature");
    }
    memcpy(signature, text.data + FIRST_LINE_BYTES, SIGNATURE_DIGITS);
    signature[SIGNATURE_DIGITS] = '\0';
    vg_buffer_init(&bytes, 0);
    vg_buffer_append(&bytes, FIRST_LINE, FIRST_LINE_BYTES);
    vg_buffer_append(&bytes, text.data + HEADER_BYTES, text.size - HEADER_BYTES);
    bool holds = !bytes.failed && vg_signature_holds(public_key, signature, bytes.data, bytes.size);
    vg_buffer_release(&bytes);
    return holds ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the list of trust is not signed with the key that was given");
}

static vg_status take_signer(struct vg_certificate_trust *trust, const json_t *signer, size_t number, struct vg_error *error)
{
    const char *country = json_string_value(json_object_get(signer, "country"));
    const json_t *certificate = json_object_get(signer, "certificate");
    uint8_t der[CERTIFICATE_BYTES_MAX];
    size_t size = 0;
    if (!json_is_string(certificate) || !vg_base64_decode(vg_text_of(json_string_value(certificate), json_string_length(certificate)), der, sizeof der, &size)) {
        return vg_fail(error, VG_DATA_ERROR, "signer %zu of the list of trust has no certificate in base64", number);
    }
    vg_status status = vg_certificate_trust_add(trust, der, size, country == NULL || country[0] == '\0' ? NULL : country, error);
    return status == VG_OK ? VG_OK : vg_fail_context(error, "signer %zu of the list of trust: ", number);
}

static vg_status take_kinds(const json_t *list, struct vg_certificate_policy *policy, struct vg_error *error)
{
    size_t i = 0;
    json_t *name = NULL;
    memset(policy->kinds, 0, sizeof policy->kinds);
    json_array_foreach(list, i, name) {
        int kind = 0;
        while (kind < VG_CERTIFICATE_KINDS && !(json_is_string(name) && strcmp(json_string_value(name), vg_certificate_kind_name((enum vg_certificate_kind)kind)) == 0)) {
            kind++;
        }
        if (kind == VG_CERTIFICATE_KINDS) {
            return vg_fail(error, VG_DATA_ERROR, "kinds of a policy are test, vaccination and recovery");
        }
        policy->kinds[kind] = true;
    }
    return json_is_array(list) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "kinds of a policy are a list");
}

static vg_status take_products(const json_t *list, struct vg_arena *arena, struct vg_certificate_policy *policy, struct vg_error *error)
{
    size_t i = 0;
    json_t *code = NULL;
    policy->products = VG_ARENA_ARRAY(arena, struct vg_text, json_array_size(list) + 1);
    if (policy->products == NULL) {
        return vg_fail_memory(error, json_array_size(list) * sizeof *policy->products);
    }
    json_array_foreach(list, i, code) {
        if (!json_is_string(code)) {
            return vg_fail(error, VG_DATA_ERROR, "products of a policy are codes");
        }
        policy->products[policy->n_products++] = vg_text_of(json_string_value(code), json_string_length(code));
    }
    return json_is_array(list) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "products of a policy are a list");
}

static vg_status take_number(const char *name, const json_t *value, struct vg_certificate_policy *policy, struct vg_error *error)
{
    for (size_t i = 0; i < NUMBERS; i++) {
        if (strcmp(name, numbers[i].name) == 0 && json_is_integer(value) && json_integer_value(value) >= 0 && json_integer_value(value) <= 100000) {
            *(int32_t *)(void *)((char *)policy + numbers[i].place) = (int32_t)json_integer_value(value);
            return VG_OK;
        }
    }
    return vg_fail(error, VG_DATA_ERROR, "a policy has no setting %.60s with such a value", name);
}

static vg_status take_policy(struct vg_certificate_trust *trust, const char *country, json_t *settings, struct vg_error *error)
{
    struct vg_certificate_policy policy;
    struct vg_arena arena;
    const char *name = NULL;
    json_t *value = NULL;
    vg_certificate_policy_defaults(&policy);
    vg_arena_init(&arena, 0);
    vg_status status = json_is_object(settings) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "a policy is an object of settings");
    json_object_foreach(settings, name, value) {
        if (status != VG_OK) {
            break;
        }
        if (strcmp(name, "kinds") == 0) {
            status = take_kinds(value, &policy, error);
        } else if (strcmp(name, "products") == 0) {
            status = take_products(value, &arena, &policy, error);
        } else if (strcmp(name, "incomplete_series") == 0 && json_is_boolean(value)) {
            policy.incomplete_series = json_is_true(value);
        } else {
            status = take_number(name, value, &policy, error);
        }
    }
    if (status == VG_OK) {
        status = vg_certificate_trust_policy(trust, country, &policy, error);
    }
    vg_arena_release(&arena);
    return status == VG_OK ? VG_OK : vg_fail_context(error, "policy of %.20s: ", country);
}

static vg_status take_policies(struct vg_certificate_trust *trust, json_t *policies, struct vg_error *error)
{
    const char *country = NULL;
    json_t *value = NULL;
    vg_status status = VG_OK;
    json_object_foreach(policies, country, value) {
        status = status == VG_OK ? take_policy(trust, country, value, error) : status;
    }
    return status;
}

vg_status vg_certificate_trust_policies(struct vg_certificate_trust *trust, struct vg_text json, struct vg_error *error)
{
    json_error_t fault;
    json_t *root = json_loadb(json.data, json.size, JSON_REJECT_DUPLICATES, &fault);
    vg_status status = root == NULL             ? vg_fail(error, VG_DATA_ERROR, "policies, line %d, column %d: %s", fault.line, fault.column, fault.text)
                       : json_is_object(root) ? take_policies(trust, root, error)
                                              : vg_fail(error, VG_DATA_ERROR, "policies are an object of countries");
    json_decref(root);
    return status;
}

static vg_status take_list(struct vg_certificate_trust *trust, const json_t *root, struct vg_error *error)
{
    json_t *signers = json_object_get(root, "signers"), *revoked = json_object_get(root, "revoked"), *policies = json_object_get(root, "policies");
    json_t *value = NULL;
    size_t i = 0;
    vg_status status = json_is_array(signers) ? VG_OK : vg_fail(error, VG_DATA_ERROR, "the list of trust has no signers");
    for (; status == VG_OK && i < json_array_size(signers); i++) {
        status = take_signer(trust, json_array_get(signers, i), i + 1, error);
    }
    for (i = 0; status == VG_OK && i < json_array_size(revoked); i++) {
        uint8_t hash[16];
        value = json_array_get(revoked, i);
        status = json_is_string(value) && vg_hex_decode(vg_text_of(json_string_value(value), json_string_length(value)), hash, sizeof hash)
                     ? vg_certificate_trust_revoke(trust, hash, error)
                     : vg_fail(error, VG_DATA_ERROR, "revoked certificate %zu of the list of trust is not 32 hexadecimal digits", i + 1);
    }
    return status == VG_OK ? take_policies(trust, policies, error) : status;
}

static vg_status check_times(const json_t *root, int64_t now, struct vg_error *error)
{
    const json_t *issued = json_object_get(root, "issued"), *expires = json_object_get(root, "expires");
    if (!json_is_integer(issued) || !json_is_integer(expires)) {
        return vg_fail(error, VG_DATA_ERROR, "the list of trust does not say when it was issued and when it expires");
    }
    if (now < json_integer_value(issued) || now > json_integer_value(expires)) {
        return vg_fail(error, VG_DATA_ERROR, "the list of trust %s at that time", now > json_integer_value(expires) ? "has expired" : "was not issued yet");
    }
    return VG_OK;
}

vg_status vg_certificate_trust_read(struct vg_text text, const char *public_key, int64_t now, struct vg_certificate_trust **trust, struct vg_error *error)
{
    json_error_t fault;
    *trust = NULL;
    vg_status status = check_signature(text, public_key, error);
    json_t *root = status == VG_OK ? json_loadb(text.data + HEADER_BYTES, text.size - HEADER_BYTES, JSON_REJECT_DUPLICATES, &fault) : NULL;
    if (status == VG_OK && root == NULL) {
        status = vg_fail(error, VG_DATA_ERROR, "the list of trust, line %d, column %d: %s", fault.line + 2, fault.column, fault.text);
    }
    if (status == VG_OK) {
        status = check_times(root, now, error);
    }
    if (status == VG_OK) {
        status = vg_certificate_trust_new(trust, error);
    }
    if (status == VG_OK) {
        status = take_list(*trust, root, error);
    }
    if (status != VG_OK) {
        vg_certificate_trust_free(*trust);
        *trust = NULL;
    }
    json_decref(root);
    return status;
}
