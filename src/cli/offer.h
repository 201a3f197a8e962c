/*
 * Private to cli: what vigia plan and vigia bundle share of bundles and offers.
 */
#ifndef VG_CLI_OFFER_H
#define VG_CLI_OFFER_H

#include "cli/cli.h"
#include "jobs/offer/offer.h"
#include "share/bundle/bundle.h"

extern const struct cli_option cli_offer_options[];
/* vigia plan offer ... */
int cli_plan_offer(const struct cli_arguments *arguments);
bool cli_is_bundle(const char *path);
/* All operands are bundles: verified, joined, and made the files of the plan. */
vg_status cli_fill_bundles(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_plan_request *request, struct vg_error *error);
/* --partners, else the node's own list. */
vg_status cli_open_partners(const struct cli_arguments *arguments, struct vg_arena *arena, struct vg_partners *partners, struct vg_error *error);
/* The node's folder that remembers which bundles were taken; NULL: none does. */
const char *cli_bundle_memory(const struct cli_arguments *arguments);
vg_status cli_read_bundle(const char *path, const struct vg_partners *partners, int64_t now, struct vg_arena *arena, struct vg_bundle *bundle, struct vg_error *error);

#endif
