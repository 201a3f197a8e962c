/*
 * The rules of quality control, and what each says in words.
 */
#include "trace/genome/quality/quality.h"

#include <math.h>
#include <stdlib.h>

const char *vg_quality_rule_name(enum vg_quality_rule rule)
{
    static const char *const names[VG_QUALITY_RULES] = {"missing", "mixed", "private", "clusters", "frame_shifts", "stop_codons"};
    VG_ASSERT((unsigned)rule < VG_QUALITY_RULES);
    return names[rule];
}

const char *vg_quality_grade_name(enum vg_quality_grade grade)
{
    return grade == VG_QUALITY_GOOD ? "good" : grade == VG_QUALITY_MEDIOCRE ? "mediocre" : "bad";
}

static uint32_t distance(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

bool vg_quality_is_known(const struct vg_codon_range *known, uint32_t n_known, const struct vg_codon_range *range)
{
    for (uint32_t i = 0; i < n_known; i++) {
        if (vg_text_equal(known[i].coding, range->coding) && distance(known[i].begin, range->begin) <= 1 && distance(known[i].end, range->end) <= 1) {
            return true;
        }
    }
    return false;
}

static uint32_t count_new(const struct vg_codon_range *ranges, uint32_t n, const struct vg_codon_range *known, uint32_t n_known, bool exact)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n; i++) {
        bool found = false;
        for (uint32_t k = 0; exact && k < n_known && !found; k++) {
            found = vg_text_equal(known[k].coding, ranges[i].coding) && known[k].begin == ranges[i].begin;
        }
        count += exact ? !found : !vg_quality_is_known(known, n_known, &ranges[i]);
    }
    return count;
}

static bool is_labelled(const struct vg_quality_parameters *p, const struct vg_private_change *change)
{
    uint32_t low = 0, high = p->n_labelled;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct vg_labelled_change *at = &p->labelled[middle];
        if (at->position < change->position || (at->position == change->position && at->base < change->base)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < p->n_labelled && p->labelled[low].position == change->position && p->labelled[low].base == change->base;
}

static double judge_private(const struct vg_quality_parameters *p, const struct vg_quality_input *input, struct vg_quality *quality)
{
    for (uint32_t i = 0; i < input->n_private; i++) {
        const struct vg_private_change *change = &input->private_changes[i];
        bool labelled = !change->reversion && is_labelled(p, change);
        quality->reversions += change->reversion;
        quality->labelled += labelled;
        quality->other += !change->reversion && !labelled;
    }
    double weighted = quality->reversions * p->private_reversion_weight + quality->labelled * p->private_labelled_weight + quality->other * p->private_other_weight;
    return fmax(0, weighted - p->private_typical) * 100 / p->private_cutoff;
}

/* Private substitutions as dense as the cutoff; windows that overlap are one cluster. */
static double judge_clusters(const struct vg_quality_parameters *p, const struct vg_quality_input *input, struct vg_quality *quality)
{
    uint32_t first = 0, end = 0;
    for (uint32_t i = 0; i < input->n_private; i++) {
        while (input->private_changes[i].position - input->private_changes[first].position >= p->cluster_window) {
            first++;
        }
        if (i - first + 1 > p->cluster_cutoff) {
            bool apart = quality->clusters == 0 || input->private_changes[first].position >= end;
            quality->clusters += apart;
            end = input->private_changes[i].position + 1;
            if (quality->clusters == 1) {
                quality->cluster_begin = apart ? input->private_changes[first].position : quality->cluster_begin;
                quality->cluster_end = end;
            }
        }
    }
    return quality->clusters * p->cluster_weight;
}

void vg_quality_judge(const struct vg_quality_parameters *p, const struct vg_quality_input *input, struct vg_quality *quality)
{
    *quality = (struct vg_quality){.score = 0};
    for (int rule = 0; rule < VG_QUALITY_RULES; rule++) {
        quality->scores[rule] = NAN;
    }
    if (p->missing) {
        quality->scores[VG_QUALITY_MISSING] = fmax(0, input->missing - p->missing_bias) * 100 / p->missing_span;
    }
    if (p->mixed) {
        quality->scores[VG_QUALITY_MIXED] = input->ambiguous * 100 / p->mixed_most;
    }
    if (p->private_changes && input->placed) {
        quality->scores[VG_QUALITY_PRIVATE] = judge_private(p, input, quality);
    }
    if (p->clusters && input->placed) {
        quality->scores[VG_QUALITY_CLUSTERS] = judge_clusters(p, input, quality);
    }
    if (p->frame_shifts) {
        quality->frame_shifts = count_new(input->frame_shifts, input->n_frame_shifts, p->known_frame_shifts, p->n_known_frame_shifts, false);
        quality->scores[VG_QUALITY_FRAME_SHIFTS] = quality->frame_shifts * p->frame_shift_weight;
    }
    if (p->stop_codons) {
        quality->stop_codons = count_new(input->stop_codons, input->n_stop_codons, p->known_stop_codons, p->n_known_stop_codons, true);
        quality->scores[VG_QUALITY_STOP_CODONS] = quality->stop_codons * p->stop_codon_weight;
    }
    for (int rule = 0; rule < VG_QUALITY_RULES; rule++) {
        quality->score += isnan(quality->scores[rule]) ? 0 : quality->scores[rule] * quality->scores[rule] / 100;
    }
    quality->grade = quality->score >= 100 ? VG_QUALITY_BAD : quality->score >= 30 ? VG_QUALITY_MEDIOCRE : VG_QUALITY_GOOD;
}

/* ------------------------------------------------------------------ reasons */

static void name_ranges(struct vg_buffer *out, const struct vg_codon_range *ranges, uint32_t n, const struct vg_codon_range *known, uint32_t n_known, bool single)
{
    uint32_t told = 0;
    for (uint32_t i = 0; i < n && told < 3; i++) {
        if (single ? count_new(&ranges[i], 1, known, n_known, true) == 0 : vg_quality_is_known(known, n_known, &ranges[i])) {
            continue;
        }
        vg_buffer_text(out, told++ == 0 ? "" : ", ");
        vg_buffer_append(out, ranges[i].coding.data, ranges[i].coding.size);
        vg_buffer_format(out, single ? ":%u" : ":%u-%u", ranges[i].begin + 1, ranges[i].end);
    }
}

static void one_reason(const struct vg_quality_parameters *p, const struct vg_quality_input *input, const struct vg_quality *quality, int rule, struct vg_buffer *out)
{
    switch (rule) {
    case VG_QUALITY_MISSING:
        vg_buffer_format(out, "%u sites are not known (up to %g are passed over)", input->missing, p->missing_bias);
        break;
    case VG_QUALITY_MIXED:
        vg_buffer_format(out, "%u sites with several bases: contamination, or two infections?", input->ambiguous);
        break;
    case VG_QUALITY_PRIVATE:
        vg_buffer_format(out, "%u substitutions that its place on the tree lacks (%u back to the reference, %u known from other lineages)",
                         quality->reversions + quality->labelled + quality->other, quality->reversions, quality->labelled);
        break;
    case VG_QUALITY_CLUSTERS:
        vg_buffer_format(out, "%u cluster%s of such substitutions, the first at %u-%u", quality->clusters, quality->clusters == 1 ? "" : "s", quality->cluster_begin + 1,
                         quality->cluster_end);
        break;
    case VG_QUALITY_FRAME_SHIFTS:
        vg_buffer_format(out, "%u frame shift%s: ", quality->frame_shifts, quality->frame_shifts == 1 ? "" : "s");
        name_ranges(out, input->frame_shifts, input->n_frame_shifts, p->known_frame_shifts, p->n_known_frame_shifts, false);
        break;
    default:
        vg_buffer_format(out, "%u stop codon%s: ", quality->stop_codons, quality->stop_codons == 1 ? "" : "s");
        name_ranges(out, input->stop_codons, input->n_stop_codons, p->known_stop_codons, p->n_known_stop_codons, true);
        break;
    }
}

void vg_quality_reasons(const struct vg_quality_parameters *p, const struct vg_quality_input *input, const struct vg_quality *quality, struct vg_buffer *out)
{
    bool any = false;
    for (int rule = 0; rule < VG_QUALITY_RULES; rule++) {
        if (quality->scores[rule] > 0) {
            vg_buffer_text(out, any ? "; " : "");
            one_reason(p, input, quality, rule, out);
            any = true;
        }
    }
}
