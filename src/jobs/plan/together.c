/*
 * Resources that serve only together, as a bed with a ventilator and a team: NEED=RESOURCE,RESOURCE[:SERVES], ... Need is told of the first, which has no stock; the others have stocks and ways, and nobody needs them by themselves.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <string.h>

#define SERVES_MOST 1000000

static vg_status wrong(const char *text, struct vg_error *error)
{
    return vg_fail(error, VG_USAGE_ERROR, "what serves together is NEED=RESOURCE,RESOURCE[:SERVES],... as in icu=icu_bed,ventilator,team:5 (one team for five), not \"%.200s\"", text);
}

/* "team:5" is a name and how many a unit serves. */
static bool split_member(struct vg_text part, struct vg_text *name, int64_t *serves)
{
    const char *colon = part.size == 0 ? NULL : memrchr(part.data, ':', part.size); /* an extension of GNU */
    *name = part;
    *serves = 1;
    if (colon != NULL && vg_parse_integer(vg_text_of(colon + 1, part.size - (size_t)(colon - part.data) - 1), serves)) {
        *name = vg_text_of(part.data, (size_t)(colon - part.data));
    }
    return name->size > 0 && *serves >= 1 && *serves <= SERVES_MOST;
}

/* The next of the parts between commas. */
static bool next_part(struct vg_text *rest, struct vg_text *part)
{
    if (rest->data == NULL) {
        return false;
    }
    const char *comma = rest->size == 0 ? NULL : memchr(rest->data, ',', rest->size);
    *part = vg_text_of(rest->data, comma == NULL ? rest->size : (size_t)(comma - rest->data));
    *rest = comma == NULL ? (struct vg_text){0} : vg_text_of(comma + 1, rest->size - part->size - 1);
    return true;
}

bool plan_serves_asked(const struct vg_plan_request *request, struct vg_text resource)
{
    bool serves = false;
    for (size_t k = 0; k < request->n_together && !serves; k++) {
        const char *equals = strchr(request->together[k], '=');
        struct vg_text rest = equals == NULL ? (struct vg_text){0} : vg_text_from(equals + 1), part, name;
        bool asked = request->n_only == 0;
        for (size_t o = 0; equals != NULL && o < request->n_only; o++) {
            asked = asked || vg_text_equals(vg_text_of(request->together[k], (size_t)(equals - request->together[k])), request->only[o]);
        }
        for (int64_t many = 1; asked && !serves && next_part(&rest, &part);) {
            serves = split_member(part, &name, &many) && name.size == resource.size && memcmp(name.data, resource.data, name.size) == 0;
        }
    }
    return serves;
}

static vg_status read_one(const char *text, struct vg_arena *arena, struct plan_input *input, struct vg_plan_bundle *bundle, struct vg_error *error)
{
    const char *equals = strchr(text, '=');
    struct vg_text rest, part, name;
    const size_t needed = input->resources.count;
    uint32_t *members = VG_ARENA_ARRAY(arena, uint32_t, strlen(text) + 1);
    int64_t *serves = VG_ARENA_ARRAY(arena, int64_t, strlen(text) + 1);
    if (equals == NULL || arena->failed) {
        return arena->failed ? vg_fail_memory(error, strlen(text)) : wrong(text, error);
    }
    *bundle = (struct vg_plan_bundle){.resource = vg_dictionary_find(&input->resources, vg_text_of(text, (size_t)(equals - text))), .members = members, .serves = serves};
    if (bundle->resource == VG_DICTIONARY_NONE) {
        return vg_fail(error, VG_DATA_ERROR, "nobody needs \"%.*s\", for which resources are to serve together", (int)(equals - text), text);
    }
    rest = vg_text_from(equals + 1);
    while (next_part(&rest, &part)) {
        if (!split_member(part, &name, &serves[bundle->n_members])) {
            return wrong(text, error);
        }
        const size_t known = input->resources.count;
        const char *copy = vg_arena_copy_bytes(arena, name.data, name.size);
        const uint32_t member = copy == NULL ? VG_DICTIONARY_NONE : vg_dictionary_add(&input->resources, vg_text_of(copy, name.size));
        if (member == VG_DICTIONARY_NONE) {
            return vg_fail_memory(error, name.size);
        }
        if (member != known) { /* it was there before */
            return vg_fail(error, VG_DATA_ERROR, "\"%.*s\" is to serve together with others, but %s", (int)name.size, name.data, member < needed ? "the needs ask for it by itself" : "it is said twice of it");
        }
        members[bundle->n_members++] = member;
    }
    return bundle->n_members > 1 ? VG_OK : wrong(text, error);
}

vg_status plan_read_together(const struct vg_plan_request *request, struct vg_arena *arena, struct plan_input *input, struct vg_error *error)
{
    struct vg_plan_bundle *bundles = VG_ARENA_ARRAY(arena, struct vg_plan_bundle, request->n_together + 1);
    vg_status status = bundles == NULL ? vg_fail_memory(error, request->n_together * sizeof *bundles) : VG_OK;
    input->bundles = bundles;
    for (size_t k = 0; status == VG_OK && k < request->n_together; k++) {
        status = read_one(request->together[k], arena, input, &bundles[k], error);
        for (size_t other = 0; status == VG_OK && other < k; other++) {
            if (bundles[other].resource == bundles[k].resource) {
                status = vg_fail(error, VG_USAGE_ERROR, "what serves together for \"%s\" is said twice", request->together[k]);
            }
        }
        input->n_bundles += status == VG_OK;
    }
    return status;
}

vg_status plan_check_together(const struct plan_input *input, struct vg_error *error)
{
    const size_t sites = input->problem.n_sites, cells = sites * input->problem.n_periods;
    for (uint32_t k = 0; k < input->n_bundles; k++) {
        const struct vg_plan_bundle *bundle = &input->bundles[k];
        const struct plan_amounts *served = &input->amounts[bundle->resource];
        for (size_t cell = 0; cell < cells; cell++) {
            if ((cell < sites && served->stock[cell] > 0) || served->arrivals[cell] > 0 || (served->must != NULL && served->must[cell] > 0)) {
                return vg_fail(error, VG_DATA_ERROR, "\"%s\" is what others serve together: it has no stock of its own, nor can it be asked for by --must; its members have and can", input->resource[bundle->resource].name);
            }
        }
        for (uint32_t m = 0; m < bundle->n_members; m++) {
            if (!input->resource[bundle->members[m]].reusable) {
                return vg_fail(error, VG_DATA_ERROR, "\"%s\" is used up; only what serves again serves together", input->resource[bundle->members[m]].name);
            }
        }
    }
    return VG_OK;
}

const struct vg_plan_bundle *plan_bundle_of(const struct plan_input *input, uint32_t r)
{
    const struct vg_plan_bundle *found = NULL;
    for (uint32_t k = 0; k < input->n_bundles; k++) {
        found = input->bundles[k].resource == r ? &input->bundles[k] : found;
    }
    return found;
}

static const struct vg_plan_bundle *with_member(const struct plan_input *input, uint32_t r, uint32_t *member)
{
    for (uint32_t k = 0; k < input->n_bundles; k++) {
        for (uint32_t m = 0; m < input->bundles[k].n_members; m++) {
            if (input->bundles[k].members[m] == r) {
                *member = m;
                return &input->bundles[k];
            }
        }
    }
    return NULL;
}

uint32_t plan_needed_of(const struct plan_input *input, uint32_t r)
{
    uint32_t member = 0;
    const struct vg_plan_bundle *bundle = with_member(input, r, &member);
    return bundle == NULL ? r : bundle->resource;
}

vg_status plan_as_needed(const struct plan_input *input, uint32_t r, struct vg_arena *arena, struct vg_plan_resource *resource, struct vg_error *error)
{
    uint32_t member = 0;
    const struct vg_plan_bundle *bundle = with_member(input, r, &member);
    const size_t n = (size_t)input->problem.n_sites * input->problem.n_periods * input->problem.n_paths;
    *resource = input->resource[r];
    int64_t *demand = bundle == NULL ? NULL : VG_ARENA_ARRAY(arena, int64_t, n);
    if (bundle != NULL && demand == NULL) {
        return vg_fail_memory(error, n * sizeof *demand);
    }
    for (size_t k = 0; bundle != NULL && k < n; k++) {
        demand[k] = (input->resource[bundle->resource].demand[k] + bundle->serves[member] - 1) / bundle->serves[member];
    }
    resource->demand = bundle == NULL ? resource->demand : demand;
    return VG_OK;
}

uint32_t plan_scarcest(const struct plan_run *run, const struct vg_plan_bundle *bundle, size_t cell)
{
    uint32_t scarcest = 0;
    int64_t least = INT64_MAX;
    for (uint32_t m = 0; m < bundle->n_members; m++) {
        const int64_t here = run->outcomes[bundle->members[m]].best.account.held[cell] * bundle->serves[m];
        scarcest = here < least ? m : scarcest;
        least = here < least ? here : least;
    }
    return scarcest;
}

/* What a rule that shares out each member comes to for what they serve. */
vg_status plan_rule_together(struct plan_run *run, const struct vg_plan_bundle *bundle, enum vg_plan_rule rule)
{
    const struct plan_input *input = &run->input;
    const size_t cells = (size_t)input->problem.n_sites * input->problem.n_periods;
    const int64_t **held = VG_ARENA_ARRAY(run->arena, const int64_t *, bundle->n_members);
    int64_t *served = VG_ARENA_ARRAY(run->arena, int64_t, cells);
    struct vg_plan_answer *answer = &run->outcomes[bundle->resource].rules[rule];
    if (run->arena->failed) {
        return vg_fail_memory(run->error, cells * sizeof *served);
    }
    for (uint32_t m = 0; m < bundle->n_members; m++) {
        held[m] = run->outcomes[bundle->members[m]].rules[rule].account.held;
    }
    vg_plan_bundle_held(bundle, held, cells, served);
    *answer = (struct vg_plan_answer){.worst_coverage_bound = NAN, .objective_bound = NAN};
    return vg_plan_account_held(&input->problem, &input->resource[bundle->resource], served, run->arena, &answer->account, run->error);
}
