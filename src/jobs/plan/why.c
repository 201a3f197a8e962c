/*
 * Why a plan does what it does, from what it holds where: why no more goes by a movement, and why need stays unmet. It looks at ways and stocks as they are in the plan, one way at a time; a longer
 * chain that would be possible is not named. And the reason of a movement as sentences.
 */
#include "jobs/plan/internal.h"

#include <math.h>
#include <string.h>

enum { HAS_WAY = 1, IN_TIME = 2, WAY_FULL = 4, MINIMUM_KEPT = 8, SPARE_LEFT = 16 };

const char *const plan_binds_names[PLAN_BINDS_COUNT] = {"way", "enough", "minimum", "given", "own_need", "limit", "budget", "period_budget", "trucks", "fleet", "other"};

/* ----------------------------------------------------------------- what lies where */

/* Units at the end of each period: of reusables what is at hand; of consumables what came, less what went and was used. */
static void find_left(struct plan_why *why, const struct vg_plan_answer *answer)
{
    const struct vg_plan_problem *problem = why->problem;
    const struct vg_plan_resource *resource = why->resource;
    const size_t n = problem->n_sites, cells = n * problem->n_periods;
    if (resource->reusable) {
        memcpy(why->left, why->held, cells * sizeof *why->left);
        return;
    }
    for (size_t cell = 0; cell < cells; cell++) {
        why->left[cell] = (cell < n ? resource->stock[cell] : 0) + (resource->arrivals != NULL ? resource->arrivals[cell] : 0) - why->held[cell];
    }
    for (size_t k = 0; k < answer->n_movements; k++) {
        const struct vg_plan_movement *movement = &answer->movements[k];
        const struct vg_plan_way *way = &problem->ways[movement->way];
        why->left[movement->period * n + way->from] -= movement->amount;
        if (way->lead_periods < problem->n_periods - movement->period) {
            why->left[(movement->period + way->lead_periods) * n + way->to] += movement->amount;
        }
    }
    for (size_t cell = n; cell < cells; cell++) {
        why->left[cell] += why->left[cell - n];
    }
}

static void find_most(struct plan_why *why)
{
    const size_t cells = (size_t)why->problem->n_sites * why->problem->n_periods;
    for (size_t path = 0; path < why->problem->n_paths; path++) {
        for (size_t cell = 0; cell < cells; cell++) {
            const int64_t need = why->resource->demand[path * cells + cell];
            why->most[cell] = need > why->most[cell] ? need : why->most[cell];
        }
    }
}

static int64_t kept(const struct plan_why *why, uint32_t site)
{
    return why->resource->keep == NULL ? 0 : why->resource->keep[site];
}

/* The fewest units from a period on that could have left then: beside the minimum stock, and, where told, beside what the site itself needs on any path. */
static int64_t spare(const struct plan_why *why, uint32_t site, uint32_t period, bool beside_minimum, bool beside_need)
{
    const size_t n = why->problem->n_sites;
    int64_t fewest = INT64_MAX;
    for (size_t q = period; q < why->problem->n_periods; q++) {
        int64_t bound = beside_minimum ? kept(why, site) : 0;
        if (beside_need && why->resource->reusable && why->most[q * n + site] > bound) {
            bound = why->most[q * n + site];
        }
        const int64_t units = why->left[q * n + site] - bound;
        fewest = units < fewest ? units : fewest;
    }
    return fewest;
}

static bool is_full(const struct plan_why *why, uint32_t way, uint32_t period)
{
    const int64_t capacity = why->problem->ways[way].capacity;
    return capacity != VG_PLAN_NO_LIMIT && why->flow[(size_t)way * why->problem->n_periods + period] >= capacity;
}

/* What could have come to each site by each period, and did not. */
static void find_lacks(struct plan_why *why)
{
    const struct vg_plan_problem *problem = why->problem;
    const size_t n = problem->n_sites;
    for (uint32_t w = 0; w < problem->n_ways; w++) {
        const struct vg_plan_way *way = &problem->ways[w];
        for (uint32_t q = 0; q < problem->n_periods; q++) {
            why->lacks[q * n + way->to] |= HAS_WAY;
            if (way->lead_periods >= problem->n_periods - q) {
                continue;
            }
            uint8_t *there = &why->lacks[(q + way->lead_periods) * n + way->to];
            *there |= IN_TIME;
            if (spare(why, way->from, q, true, true) > 0) {
                *there |= is_full(why, w, q) ? WAY_FULL : SPARE_LEFT;
            } else if (kept(why, way->from) > 0 && spare(why, way->from, q, false, true) > 0) {
                *there |= MINIMUM_KEPT;
            }
        }
    }
    for (size_t cell = n; cell < n * problem->n_periods; cell++) { /* what could have come before would still be there */
        why->lacks[cell] |= why->lacks[cell - n];
    }
}

vg_status plan_why_find(const struct vg_plan_problem *problem, const struct vg_plan_resource *resource, const struct vg_plan_answer *answer, struct vg_arena *arena, struct plan_why *why,
                        struct vg_error *error)
{
    const size_t cells = (size_t)problem->n_sites * problem->n_periods;
    *why = (struct plan_why){problem, resource, answer->account.held, VG_ARENA_ARRAY(arena, int64_t, cells), VG_ARENA_ARRAY(arena, int64_t, cells),
                             VG_ARENA_ARRAY(arena, int64_t, problem->n_ways * problem->n_periods + 1), VG_ARENA_ARRAY(arena, uint8_t, cells)};
    if (why->left == NULL || why->most == NULL || why->flow == NULL || why->lacks == NULL) {
        return vg_fail_memory(error, cells * sizeof(int64_t));
    }
    for (size_t k = 0; k < answer->n_movements; k++) {
        why->flow[(size_t)answer->movements[k].way * problem->n_periods + answer->movements[k].period] += answer->movements[k].amount;
    }
    find_left(why, answer);
    find_most(why);
    find_lacks(why);
    return VG_OK;
}

/* ------------------------------------------------------------------- the questions */

static bool needs_more(const struct plan_why *why, uint32_t site, uint32_t from_period)
{
    bool needs = false;
    for (size_t q = from_period; q < why->problem->n_periods; q++) {
        needs = needs || why->most[q * why->problem->n_sites + site] > why->held[q * why->problem->n_sites + site];
    }
    return needs;
}

static bool uses_itself(const struct plan_why *why, uint32_t site)
{
    bool uses = false;
    for (size_t q = 0; q < why->problem->n_periods; q++) {
        uses = uses || why->most[q * why->problem->n_sites + site] > 0;
    }
    return uses;
}

enum plan_binds plan_why_movement(const struct plan_why *why, const struct vg_plan_movement *movement, enum plan_binds limit)
{
    const struct vg_plan_way *way = &why->problem->ways[movement->way];
    if (is_full(why, movement->way, movement->period)) {
        return PLAN_BINDS_WAY;
    }
    if (!needs_more(why, way->to, movement->period + way->lead_periods)) {
        return PLAN_BINDS_ENOUGH;
    }
    if (limit != PLAN_BINDS_OTHER) {
        return limit;
    }
    if (spare(why, way->from, movement->period, true, false) <= 0) {
        return spare(why, way->from, movement->period, false, false) > 0 ? PLAN_BINDS_MINIMUM : !why->resource->reusable && uses_itself(why, way->from) ? PLAN_BINDS_OWN_NEED : PLAN_BINDS_GIVEN;
    }
    return spare(why, way->from, movement->period, true, true) <= 0 ? PLAN_BINDS_OWN_NEED : PLAN_BINDS_OTHER;
}

const char *plan_why_unmet(const struct plan_why *why, uint32_t site, uint32_t period, bool limits)
{
    const uint8_t lacks = why->lacks[(size_t)period * why->problem->n_sites + site];
    return (lacks & HAS_WAY) == 0        ? "no_way"
           : (lacks & IN_TIME) == 0      ? "too_late"
           : (lacks & WAY_FULL) != 0     ? "way"
           : limits && (lacks & SPARE_LEFT) != 0 ? "limit"
           : (lacks & MINIMUM_KEPT) != 0 ? "minimum"
                                         : "all_needed";
}

/* ------------------------------------------------------------------------ in words */

#define LOST_LEAST 5e-5 /* of a coverage: what shows in two decimals of a percentage point */

/* Resource; taker, on average or in all, its unmet need before and after; giver, before and after. */
#define REASON_ES "%s: sin movimientos, a %s le faltarían %s %s, y con el plan %s; %s pasa de %s a %s"
#define REASON_PT "%s: sem movimentos, a %s faltariam %s %s, e com o plano %s; %s passa de %s a %s"
#define REASON_EN "%s: if nothing moved, %s would lack %s %s, and with the plan %s; %s goes from %s to %s"
#define REASON_FR "%s : si rien ne bougeait, à %s manqueraient %s %s, et avec le plan %s ; %s passe de %s à %s"
#define REASON_ZH "%s：如不调配，%s%s缺%s，按计划缺%s；%s由%s变为%s"

static const struct reason_words {
    const char *before, *after;   /* around what the movement avoids */
    const char *nothing;          /* it avoids none */
    const char *average, *sum;    /* of what serves again, and of what is used up */
    const char *weighted_after;   /* after what it avoids, of all resources */
    const char *lost_before, *lost_after; /* around percentage points of coverage */
    const char *binds[PLAN_BINDS_COUNT];
} words[VG_LANGUAGE_COUNT] = {
    [VG_ES] = {". Sin este movimiento faltarían ", " más entre todos.", ". Otros envíos podrían sustituir a este sin que faltara más.", "en promedio", "en total", " más entre todos los recursos, según sus pesos.", ". Sin este movimiento, la cobertura del lugar peor atendido bajaría ", " puntos porcentuales.",
               {" No sale más porque la vía no admite más en ese período.", " No sale más porque allí ya no hace falta más.", " No sale más porque quien da conserva sus existencias mínimas.",
                " No sale más porque quien da no tiene más.", " No sale más porque quien da necesita el resto.", " No sale más porque el presupuesto o los camiones no dan para más.",
                " No sale más porque el presupuesto está agotado.", " No sale más porque el presupuesto de ese período está agotado.", " No sale más porque los camiones de esa vía van llenos en ese período.",
                " No sale más porque los camiones de quien da van llenos en ese período.", " Enviar más no reduciría lo que falta en total."}},
    [VG_PT] = {". Sem este movimento faltariam ", " a mais entre todos.", ". Outros envios poderiam substituir este sem que faltasse mais.", "em média", "no total", " a mais entre todos os recursos, segundo os seus pesos.", ". Sem este movimento, a cobertura do lugar pior atendido cairia ", " pontos percentuais.",
               {" Não sai mais porque a via não comporta mais nesse período.", " Não sai mais porque lá não é preciso mais.", " Não sai mais porque quem dá conserva o seu estoque mínimo.",
                " Não sai mais porque quem dá não tem mais.", " Não sai mais porque quem dá precisa do resto.", " Não sai mais porque o orçamento ou os caminhões não dão para mais.",
                " Não sai mais porque o orçamento está esgotado.", " Não sai mais porque o orçamento desse período está esgotado.", " Não sai mais porque os caminhões dessa via vão cheios nesse período.",
                " Não sai mais porque os caminhões de quem dá vão cheios nesse período.", " Enviar mais não reduziria o que falta no total."}},
    [VG_EN] = {". Without this movement ", " more would be lacking among all.", ". Others could stand in for it without more being lacking.", "on average", "in all", " more would be lacking over all resources, by their weights.", ". Without this movement the coverage of the worst-served place would fall by ", " percentage points.",
               {" No more goes because the way carries no more in that period.", " No more goes because no more is needed there.", " No more goes because the giver keeps its minimum stock.",
                " No more goes because the giver has no more.", " No more goes because the giver needs the rest itself.", " No more goes because the budget or the trucks are used up.",
                " No more goes because the budget is used up.", " No more goes because the budget of that period is used up.", " No more goes because the trucks on that way are full in that period.",
                " No more goes because the giver’s trucks are full in that period.", " Sending more would not lessen what is lacking in all."}},
    [VG_FR] = {". Sans ce mouvement, ", " de plus manqueraient à l’ensemble.", ". D’autres envois pourraient le remplacer sans qu’il manque davantage.", "en moyenne", "au total", " de plus manqueraient sur l’ensemble des ressources, selon leurs poids.", ". Sans ce mouvement, la couverture du lieu le moins bien servi baisserait de ", " points de pourcentage.",
               {" Rien de plus ne part car la voie n’en transporte pas plus dans cette période.", " Rien de plus ne part car il n’en faut pas davantage là-bas.",
                " Rien de plus ne part car le donneur garde son stock minimal.", " Rien de plus ne part car le donneur n’a plus rien.", " Rien de plus ne part car le donneur a besoin du reste.", " Rien de plus ne part car le budget ou les camions sont épuisés.",
                " Rien de plus ne part car le budget est épuisé.", " Rien de plus ne part car le budget de cette période est épuisé.", " Rien de plus ne part car les camions de cette voie sont pleins dans cette période.",
                " Rien de plus ne part car les camions du donneur sont pleins dans cette période.",
                " En envoyer plus ne réduirait pas ce qui manque au total."}},
    [VG_ZH] = {"。若无此调配，各地总缺口将增加", "。", "。其他调配可以替代它而不增加缺口。", "平均", "共", "（各资源按权重合计）。", "。若无此调配，保障最差地区的满足率将下降", "个百分点。",
               {"不再多调，因为该路线本期已无余量。", "不再多调，因为那里已不再需要。", "不再多调，因为调出方须保留最低库存。", "不再多调，因为调出方已无可调。", "不再多调，因为其余为调出方自身所需。", "不再多调，因为预算或车辆已用完。", "不再多调，因为预算已用完。", "不再多调，因为本期预算已用完。", "不再多调，因为该路线本期车辆已装满。", "不再多调，因为调出方本期车辆已装满。",
                "再多调也不会减少总缺口。"}},
};

/* As people write it: two decimals of small numbers, none of large ones, with the language's mark. */
static const char *amount_text(double amount, uint32_t periods, enum vg_language language, struct vg_arena *arena)
{
    const double value = periods > 0 ? amount / periods : amount;
    char *text = vg_arena_format(arena, "%.*f", value >= 100.0 || fabs(value - round(value)) < 0.005 ? 0 : value >= 10.0 ? 1 : 2, value);
    char *mark = text == NULL || language == VG_EN || language == VG_ZH ? NULL : strchr(text, '.');
    if (mark != NULL) {
        *mark = ',';
    }
    return text;
}

const char *plan_title_of(const struct vg_stock_item *items, size_t n_items, const char *resource, enum vg_language language)
{
    const size_t item = vg_stock_item_find(items, n_items, vg_text_from(resource));
    return item == n_items || items[item].titles[language] == NULL ? resource : items[item].titles[language];
}

const char *plan_reason_text(const struct plan_reason *r, enum vg_language language, struct vg_arena *arena)
{
    const struct reason_words *said = &words[language];
    const uint32_t periods = r->weighted ? 0 : r->periods;
    const double amounts[] = {r->to_before, r->to_after, r->from_before, r->from_after, isnan(r->avoided) ? 0.0 : r->avoided};
    const char *n[5], *kind = r->periods > 0 ? said->average : said->sum, *text = NULL, *avoids = language == VG_ZH ? "。" : ".";
    for (size_t k = 0; k < 5; k++) {
        n[k] = amount_text(amounts[k], k == 4 ? periods : r->periods, language, arena);
        if (n[k] == NULL) {
            return NULL;
        }
    }
    switch (language) { /* a literal format each, so that the compiler checks the arguments */
    case VG_ES: text = vg_arena_format(arena, REASON_ES, r->resource, r->to, kind, n[0], n[1], r->from, n[2], n[3]); break;
    case VG_PT: text = vg_arena_format(arena, REASON_PT, r->resource, r->to, kind, n[0], n[1], r->from, n[2], n[3]); break;
    case VG_FR: text = vg_arena_format(arena, REASON_FR, r->resource, r->to, kind, n[0], n[1], r->from, n[2], n[3]); break;
    case VG_ZH: text = vg_arena_format(arena, REASON_ZH, r->resource, r->to, kind, n[0], n[1], r->from, n[2], n[3]); break;
    default: text = vg_arena_format(arena, REASON_EN, r->resource, r->to, kind, n[0], n[1], r->from, n[2], n[3]); break;
    }
    if (r->coverage_lost >= LOST_LEAST) {
        const char *points = amount_text(100.0 * r->coverage_lost, 0, language, arena);
        avoids = points == NULL ? NULL : vg_arena_format(arena, "%s%s%s", said->lost_before, points, said->lost_after);
    } else if (!isnan(r->avoided)) {
        avoids = r->avoided / fmax(1.0, periods) < 0.005 ? said->nothing : vg_arena_format(arena, "%s%s%s", said->before, n[4], r->weighted ? said->weighted_after : said->after);
    }
    return text == NULL || avoids == NULL ? NULL : vg_arena_format(arena, "%s%s%s", text, avoids, said->binds[r->binds]);
}
