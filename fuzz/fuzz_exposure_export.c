/*
 * libFuzzer target: any bytes as an export of keys, as its signatures, as the ZIP of both, and as a batch and a bundle between servers. What is taken must keep its bounds, and what is
 * written of it must read back the same.
 */
#include "trace/exposure/exposure.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_export(const struct vg_exposure_export *export, struct vg_arena *arena)
{
    struct vg_exposure_export again;
    struct vg_error error = {0};
    struct vg_buffer bin;
    VG_ASSERT(export->n_keys + export->n_revised_keys <= VG_EXPOSURE_EXPORT_KEYS_MAX && export->n_signers <= VG_EXPOSURE_SIGNATURES_MAX);
    for (size_t i = 0; i < export->n_keys; i++) {
        VG_ASSERT(export->keys[i].rolling_period >= 1 && export->keys[i].rolling_period <= VG_EXPOSURE_PERIOD_MAX && export->keys[i].rolling_start <= INT32_MAX);
        VG_ASSERT(vg_exposure_report_name(export->keys[i].report) != NULL);
    }
    vg_buffer_init(&bin, 0);
    if (vg_exposure_export_write(export, &bin, &error) == VG_OK) {
        VG_ASSERT(vg_exposure_export_read(vg_text_of(bin.data, bin.size), arena, &again, &error) == VG_OK);
        VG_ASSERT(again.n_keys == export->n_keys && again.n_revised_keys == export->n_revised_keys && again.n_signers == export->n_signers);
        VG_ASSERT(again.start_seconds == export->start_seconds && vg_text_equal(again.region, export->region));
        for (size_t i = 0; i < again.n_keys; i++) {
            VG_ASSERT(memcmp(again.keys[i].data, export->keys[i].data, 16) == 0 && again.keys[i].rolling_start == export->keys[i].rolling_start &&
                      again.keys[i].days_since_onset == export->keys[i].days_since_onset && again.keys[i].transmission_risk == export->keys[i].transmission_risk);
        }
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    vg_buffer_release(&bin);
}

static void check_batch(struct vg_text bytes, struct vg_arena *arena)
{
    struct vg_exposure_shared_key *keys = NULL, *again = NULL;
    struct vg_error error = {0};
    struct vg_buffer written, first, second;
    size_t n = 0, n_again = 0;
    if (vg_exposure_batch_read(bytes, arena, &keys, &n, &error) != VG_OK) {
        VG_ASSERT(error.message[0] != '\0');
        return;
    }
    vg_buffer_init(&written, 0);
    vg_buffer_init(&first, 0);
    vg_buffer_init(&second, 0);
    VG_ASSERT(vg_exposure_batch_write(keys, n, &written, &error) == VG_OK);
    VG_ASSERT(vg_exposure_batch_read(vg_text_of(written.data, written.size), arena, &again, &n_again, &error) == VG_OK && n_again == n);
    VG_ASSERT(vg_exposure_batch_signing_bytes(keys, n, &first, &error) == VG_OK && vg_exposure_batch_signing_bytes(again, n, &second, &error) == VG_OK);
    VG_ASSERT(first.size == second.size && (first.size == 0 || memcmp(first.data, second.data, first.size) == 0));
    vg_buffer_release(&written);
    vg_buffer_release(&first);
    vg_buffer_release(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vg_text bytes = vg_text_of((const char *)data, size);
    struct vg_exposure_signature *signatures = NULL;
    struct vg_exposure_agreement agreement = {vg_text_from("CO"), vg_text_from("PE"), vg_text_from("00000000000000000000000000000000000000000000000000000000000000aa"), 2, true};
    struct vg_exposure_bundle bundle;
    struct vg_exposure_file file;
    struct vg_exposure_export export;
    struct vg_error error = {0};
    struct vg_arena arena;
    size_t n = 0;
    vg_arena_init(&arena, (size_t)1 << 30);
    if (vg_exposure_file_read(data, size, &arena, &file, &error) == VG_OK) {
        check_export(&file.export, &arena);
        VG_ASSERT(vg_exposure_file_verify(&file, NULL, 0, &n, &error) != VG_OK); /* nobody is trusted */
    } else {
        VG_ASSERT(error.message[0] != '\0');
    }
    if (vg_exposure_export_read(bytes, &arena, &export, &error) == VG_OK) {
        check_export(&export, &arena);
    }
    if (vg_exposure_signatures_read(bytes, &arena, &signatures, &n, &error) == VG_OK) {
        VG_ASSERT(n <= VG_EXPOSURE_SIGNATURES_MAX);
    }
    check_batch(bytes, &arena);
    VG_ASSERT(vg_exposure_bundle_read(&agreement, bytes, &arena, &bundle, &error) != VG_OK);
    vg_arena_release(&arena);
    return 0;
}
