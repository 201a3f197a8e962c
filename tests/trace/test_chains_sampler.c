/*
 * The sampler of who infected whom draws the law it says: held against every state of small outbreaks, weighed by a plain reference of the whole likelihood;
 * and its answer does not depend on threads.
 */
#include "vg_test.h"

#include "trace/chains/chains.h"

enum { N = 5, DAYS = 3, GENERATIONS_MOST = 2, LENGTH = 100 };

/* ------------------------------------------------------------ the reference */

/* Sites at which the same cases have the other base: their bits. */
struct pattern {
    unsigned other, n;
};

struct small {
    struct vg_chain_data data;
    struct vg_chain_model model;
    struct vg_chain_genomes genomes;
    struct vg_chain_case cases[N];
    struct vg_chain_contact contacts[2];
    struct pattern sites[6];
    uint16_t distances[N * N];
    double place_share;   /* phi; 0: places tell nothing */
    bool free_parameters; /* pi, R and iota have their priors, and are integrated out */
    double observed[64];  /* share of infections that show, by days since infection */
    double outside_log, days;
};

struct tree {
    int32_t infected[N];
    int infector[N];
    int generations[N];
}; /* generations 0: infected by the same unseen person as `infector` */

struct law {
    double total, with_siblings, infector[N][N + 1], direct[N], infected[N], offspring[N];
};

static double convolved(const struct vg_chain_model *model, int generations, int delay)
{
    double sum = 0;
    if (generations == 1) {
        return delay >= 0 && delay < VG_CHAIN_GENERATION_MAX ? model->generation[delay] : 0;
    }
    for (int first = 1; first < delay; first++) {
        sum += model->generation[first] * convolved(model, generations - 1, delay - first);
    }
    return sum;
}

static double apart(const struct small *small, int i, int j)
{
    return small->distances[(size_t)small->cases[i].genome * small->genomes.n + small->cases[j].genome];
}

static double differences_log(const struct small *small, int i, int j, int generations)
{
    double d = apart(small, i, j), mu = generations * small->model.fixed.mutation;
    return d * log(mu) + (LENGTH - d) * log(1 - mu);
}

/* What a sibling differs by from the infector of both: from the first sibling and from whom that one's infector had it, beyond what these differ, halved. */
static double own_differences(const struct small *small, const struct tree *tree, int i)
{
    int by = tree->infector[i], above = tree->infector[by];
    return fmax(ceil((apart(small, i, by) + apart(small, i, above) - apart(small, by, above)) / 2), 0);
}

static bool sequenced(const struct small *small, int i)
{
    return small->data.genomes != NULL && small->cases[i].genome != VG_CHAIN_NONE;
}

/* Whether genomes tell of the unseen infector of i and those who hang on it: i's and that of whoever infected the unseen one. */
static bool by_genomes(const struct small *small, const struct tree *tree, int i)
{
    return tree->infector[i] >= 0 && sequenced(small, i) && sequenced(small, tree->infector[i]);
}

/* Siblings of whose infector no genomes tell are two generations apart. */
static int steps(const struct tree *tree, int i)
{
    return tree->generations[i] == 0 ? 2 : tree->generations[i];
}

/* Of a case whose genome is held against that of its infector: outbreaker2's term. */
static double genetic_log(const struct small *small, const struct tree *tree, int i)
{
    int by = tree->infector[i];
    if (!sequenced(small, i) || (by >= 0 && !sequenced(small, by))) {
        return 0;
    }
    if (by < 0) {
        return small->outside_log;
    }
    if (tree->generations[i] == 0 && by_genomes(small, tree, by)) { /* given the infector of both, too: its own differences, over one generation */
        double own = own_differences(small, tree, i), mu = small->model.fixed.mutation;
        return own * log(mu) + (LENGTH - own) * log(1 - mu);
    }
    return differences_log(small, i, by, steps(tree, i));
}

/* Whether any genome is known at or below a case without, down to those that are known. */
static bool is_known(const struct small *small, const struct tree *tree, int i)
{
    bool known = sequenced(small, i);
    for (int j = 0; j < N && !known; j++) {
        known = tree->infector[j] == i && is_known(small, tree, j);
    }
    return known;
}

/* Genomes around cases that have none: at each site the sum over all that theirs can be. One that comes from outside without a genome has either base. */
static double unknown_log(const struct small *small, const struct tree *tree)
{
    double sum = 0, start[N];
    for (int i = 0; i < N; i++) {
        bool from_outside = tree->infector[i] < 0 && !sequenced(small, i), known = is_known(small, tree, i);
        sum += from_outside && known ? small->outside_log : 0;
        start[i] = !from_outside ? 0 : known ? 1 : 0.5;
    }
    for (size_t site = 0; site < sizeof small->sites / sizeof *small->sites && small->data.genomes != NULL; site++) {
        double likelihood = 0;
        for (unsigned state = 0; state < 1U << N; state++) {
            double weight = 1;
            for (int i = 0; i < N && weight > 0; i++) {
                unsigned own = state >> i & 1, by = tree->infector[i] < 0 ? 0 : state >> tree->infector[i] & 1;
                double rate = steps(tree, i) * small->model.fixed.mutation;
                weight *= sequenced(small, i) && own != (small->sites[site].other >> i & 1) ? 0 : 1;
                weight *= start[i] > 0 ? start[i] : 1;
                weight *= tree->infector[i] < 0 || (sequenced(small, i) && sequenced(small, tree->infector[i])) ? 1 : own == by ? 1 - rate : rate;
            }
            likelihood += weight;
        }
        sum += small->sites[site].n * log(likelihood);
    }
    return sum;
}

static bool in_contact(const struct small *small, int i, int j)
{
    bool reported = false;
    for (size_t k = 0; k < small->data.n_contacts; k++) {
        reported = reported || (small->contacts[k].from + small->contacts[k].to == (uint32_t)(i + j) &&
                                (small->contacts[k].from == (uint32_t)i || small->contacts[k].to == (uint32_t)i));
    }
    return reported;
}

/* Infected by the same case, over any generations, or by the same unseen one. */
static bool are_siblings(const struct small *small, const struct tree *tree, int i, int j)
{
    bool hangs_i = tree->generations[i] == 0, hangs_j = tree->generations[j] == 0;
    if (!(small->model.shared_ancestors > 0)) {
        return false;
    }
    if (!hangs_i && !hangs_j) {
        return tree->infector[i] >= 0 && tree->infector[i] == tree->infector[j];
    }
    return (hangs_i ? tree->infector[i] : i) == (hangs_j ? tree->infector[j] : j);
}

/* outbreaker2's contact term over all pairs, but that those whom the same one infected know each other. */
static double contact_log(const struct small *small, const struct tree *tree)
{
    double e = small->model.fixed.contact_coverage, el = e * small->model.fixed.contact_noise, sum = 0;
    for (int i = 0; i < N && small->data.n_contacts > 0; i++) {
        for (int j = 0; j < i; j++) {
            bool linked = (tree->infector[i] == j && tree->generations[i] == 1) || (tree->infector[j] == i && tree->generations[j] == 1), reported = false;
            reported = in_contact(small, i, j);
            double chance = linked ? e : are_siblings(small, tree, i, j) ? e * small->model.fixed.contact_siblings : el;
            sum += log(reported ? chance : 1 - chance);
        }
    }
    return sum;
}

/* A place is held against its mean of the share of the cases and of one over the places. */
static double place_log(const struct small *small, int i, int j)
{
    bool same = small->cases[i].place == small->cases[j].place;
    double here = 0, n_places = 0;
    if (!(small->place_share > 0)) {
        return 0;
    }
    for (int a = 0; a < N; a++) {
        bool first = true;
        for (int b = 0; b < a; b++) {
            first = first && small->cases[a].place != small->cases[b].place;
        }
        n_places += first ? 1 : 0;
        here += small->cases[a].place == small->cases[i].place ? 1.0 / N : 0;
    }
    double share = (here + 1 / n_places) / 2;
    return log(same ? small->place_share / share : (1 - small->place_share) / (1 - share));
}

static double offspring_log(const struct small *small, const struct tree *tree, int i)
{
    double r = 0, k = small->model.fixed.dispersion, mean = small->model.fixed.reproduction;
    for (int j = 0; j < N; j++) {
        r += tree->infector[j] == i && tree->generations[j] > 0 ? 1 : 0;
    }
    double seen = mean * small->observed[small->data.as_of - tree->infected[i]];
    if (isinf(k)) {
        return r * log(mean) - seen;
    }
    return lgamma(r + k) - lgamma(k) + k * log(k) + r * log(mean) - (k + r) * log(k + seen);
}

/* What R is times for those who may show as siblings: they must be sequenced. */
static double shared(const struct small *small)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        sum += small->data.genomes != NULL && small->cases[i].genome != VG_CHAIN_NONE ? small->model.shared_ancestors / N : 0;
    }
    return sum;
}

/* Of the numbers of someone unseen who infected such: the density of one and more against that of one. */
static double more_log(const struct small *small, int more, bool genomes)
{
    double k = small->model.fixed.dispersion, mean = (genomes ? shared(small) : small->model.shared_ancestors) * small->model.fixed.reproduction;
    return isinf(k) ? more * log(mean) : lgamma(1 + more + k) - lgamma(1 + k) + more * log(mean / (k + mean));
}

static int n_siblings(const struct tree *tree, int i)
{
    int n = 0;
    for (int j = 0; j < N; j++) {
        n += tree->infector[j] == i && tree->generations[j] == 0 ? 1 : 0;
    }
    return n;
}

/* Density of the days between two whom the same one infected. */
static double apart_in_days(const struct small *small, int days)
{
    double sum = 0;
    for (int first = 1; first < 10; first++) {
        sum += first + days > 0 ? small->model.generation[first] * small->model.generation[first + days] : 0;
    }
    return sum;
}

static double sibling_days(const struct small *small, const struct tree *tree, int i)
{
    int first = tree->infector[i], above = tree->infector[first];
    return above < 0 ? apart_in_days(small, tree->infected[i] - tree->infected[first]) : convolved(&small->model, 2, tree->infected[i] - tree->infected[above]);
}

/*
 * Siblings hang on the first of them in the data. Its unseen infector is between it and another; where both have genomes, all siblings have, and agree on that
 * of their infector; where not, each reports a contact with the first, and the unseen one may be from outside.
 */
static bool is_possible(const struct small *small, const struct tree *tree)
{
    for (int i = 0; i < N; i++) {
        int above = tree->infector[i];
        bool genomes = by_genomes(small, tree, i);
        if (n_siblings(tree, i) > 0 && above >= 0 && tree->generations[i] != 2) {
            return false;
        }
        for (int j = 0; j < N; j++) {
            bool hangs = tree->infector[j] == i && tree->generations[j] == 0;
            bool may = genomes ? sequenced(small, j) : in_contact(small, i, j) && (above >= 0 || small->cases[j].origin != VG_CHAIN_ORIGIN_LOCAL);
            if (hangs && (!may || !(sibling_days(small, tree, j) > 0))) {
                return false;
            }
            for (int k = 0; k < j && hangs && genomes; k++) {
                bool both = tree->infector[k] == i && tree->generations[k] == 0;
                if (both && fabs(apart(small, i, j) - own_differences(small, tree, j) - apart(small, i, k) + own_differences(small, tree, k)) > 0.1) {
                    return false;
                }
            }
        }
    }
    return true;
}

static double tree_log(const struct small *small, const struct tree *tree)
{
    double sum = contact_log(small, tree) + unknown_log(small, tree), links = 0, outside = 0, unseen = 0;
    for (int i = 0; i < N; i++) {
        sum += log(small->model.shown[0][small->cases[i].day - tree->infected[i]]) + genetic_log(small, tree, i);
        if (n_siblings(tree, i) > 0) { /* all have one infector; mutations of the first were there before it, or came in the last generation */
            bool genomes = by_genomes(small, tree, i);
            sum += (genomes ? apart(small, i, tree->infector[i]) * log(0.5) : 0) + more_log(small, n_siblings(tree, i), genomes);
        }
        if (tree->infector[i] >= 0 && tree->generations[i] == 0) {
            sum += log(sibling_days(small, tree, i));
        } else if (tree->infector[i] >= 0) {
            sum += log(convolved(&small->model, tree->generations[i], tree->infected[i] - tree->infected[tree->infector[i]])) + place_log(small, i, tree->infector[i]);
            links++;
            unseen += tree->generations[i] - 1;
        } else {
            outside++;
        }
    }
    if (small->free_parameters) { /* all infections show: a Poisson number has its gamma prior, iota too, pi a beta */
        const struct vg_chain_model *m = &small->model;
        sum += lgamma(m->reproduction_prior[0] + links) - (m->reproduction_prior[0] + links) * log(m->reproduction_prior[1] + N);
        sum += lgamma(m->imports_prior[0] + outside) - (m->imports_prior[0] + outside) * log(m->imports_prior[1] + small->days);
        return sum + lgamma(m->reporting_prior[0] + links) + lgamma(m->reporting_prior[1] + unseen) -
               lgamma(m->reporting_prior[0] + m->reporting_prior[1] + links + unseen);
    }
    for (int i = 0; i < N; i++) {
        sum += offspring_log(small, tree, i);
    }
    return sum + outside * log(small->model.fixed.imports_per_day) + links * log(small->model.fixed.reporting) + unseen * log(1 - small->model.fixed.reporting);
}

static void add_tree(const struct small *small, const struct tree *tree, struct law *law)
{
    double weight = exp(tree_log(small, tree) + 60);
    law->total += weight;
    bool siblings = false;
    for (int i = 0; i < N; i++) {
        siblings = siblings || tree->generations[i] == 0;
    }
    law->with_siblings += siblings ? weight : 0;
    for (int i = 0; i < N; i++) {
        int by = tree->generations[i] == 0 ? tree->infector[i] : i;
        law->infector[i][tree->infector[by] < 0 ? N : tree->infector[by]] += weight;
        law->direct[i] += tree->infector[i] >= 0 && tree->generations[i] == 1 ? weight : 0;
        law->infected[i] += weight * tree->infected[i];
        if (tree->infector[i] >= 0 && tree->generations[i] > 0) {
            law->offspring[tree->infector[i]] += weight;
        }
    }
}

static void all_links(const struct small *small, struct tree *tree, int i, struct law *law)
{
    if (i == N && is_possible(small, tree)) {
        add_tree(small, tree, law);
    }
    if (i == N) {
        return;
    }
    for (int j = -1; j < N; j++) {
        for (int g = 1; g <= GENERATIONS_MOST; g++) {
            bool possible =
                j < 0 ? g == 1 && small->cases[i].origin != VG_CHAIN_ORIGIN_LOCAL
                      : j != i && small->cases[i].origin != VG_CHAIN_ORIGIN_IMPORTED && convolved(&small->model, g, tree->infected[i] - tree->infected[j]) > 0;
            if (possible) {
                tree->infector[i] = j;
                tree->generations[i] = g;
                all_links(small, tree, i + 1, law);
            }
        }
        bool known = j >= 0 && ((sequenced(small, i) && sequenced(small, j)) || in_contact(small, i, j));
        if (small->model.shared_ancestors > 0 && known && j < i && tree->generations[j] > 0) {
            tree->infector[i] = j;
            tree->generations[i] = 0;
            all_links(small, tree, i + 1, law);
        }
    }
}

static void all_days(const struct small *small, struct tree *tree, int i, struct law *law)
{
    if (i == N) {
        all_links(small, tree, 0, law);
        return;
    }
    for (int32_t delay = 0; delay < DAYS; delay++) {
        if (small->model.shown[0][delay] > 0) {
            tree->infected[i] = small->cases[i].day - delay;
            all_days(small, tree, i + 1, law);
        }
    }
}

/* -------------------------------------------------------------- outbreaks */

static void make_small(struct small *small)
{
    static const int32_t days[N] = {10, 12, 12, 13, 15};
    static const uint16_t distances[N * N] = {0, 1, 2, 2, 4, 1, 0, 1, 1, 3, 2, 1, 0, 2, 4, 2, 1, 2, 0, 2, 4, 3, 4, 2, 0};
    *small = (struct small){.contacts = {{0, 1, false}, {2, 3, false}}, .sites = {{0, LENGTH - 5}, {0x1e, 1}, {0x04, 1}, {0x18, 1}, {0x10, 2}, {0, 0}}};
    vg_chains_model_defaults(&small->model);
    small->model.generations_most = GENERATIONS_MOST;
    small->model.generation[1] = 0.3;
    small->model.generation[2] = 0.5;
    small->model.generation[3] = 0.2;
    small->model.shown[0][0] = 0.1;
    small->model.shown[0][1] = 0.5;
    small->model.shown[0][2] = 0.4;
    small->model.outside_differences = 5;
    small->model.shared_ancestors = 0;
    small->model.fixed = (struct vg_chain_parameters){0.012, 0.7, 0.6, 0.3, 0.5, 1.3, INFINITY, 0.2, 0.4};
    memcpy(small->distances, distances, sizeof distances);
    small->genomes = (struct vg_chain_genomes){.n = N, .length = LENGTH, .distances = small->distances};
    for (uint32_t i = 0; i < N; i++) {
        small->cases[i] = (struct vg_chain_case){.day = days[i], .place = VG_CHAIN_NONE, .genome = i};
    }
    small->data = (struct vg_chain_data){small->cases, N, small->contacts, 2, &small->genomes, 60};
    small->outside_log = 5 * log(0.05) + 95 * log(0.95);
}

static void finish_small(struct small *small)
{
    int32_t first = small->cases[0].day - DAYS + 1;
    small->days = small->data.as_of - first + 1;
    memset(small->observed, 0, sizeof small->observed);
    for (int x = 0; x < 64; x++) {
        for (int shown = 0; shown < DAYS; shown++) {
            for (int delay = 1; delay <= 3 && delay + shown <= x; delay++) {
                small->observed[x] += small->model.generation[delay] * small->model.shown[0][shown];
            }
        }
    }
}

static double expect_law_of(struct small *small, double least_siblings)
{
    struct law law = {0};
    struct tree tree = {{0}, {0}, {0}};
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    finish_small(small);
    all_days(small, &tree, 0, &law);
    assert_true(law.total > 0);
    assert_true(law.with_siblings >= least_siblings * law.total); /* else nothing would be tested of them */
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.warm_up = 200;
    run.sweeps = VG_TEST_SANITIZED ? 5000 : 20000;
    vg_assert_ok(vg_chains_check(&small->data, &small->model, &error), error);
    vg_assert_ok(vg_chains_candidates(&small->data, &small->model, 8, NULL, &arena, &candidates, &error), error);
    assert_null(candidates.unlisted);
    vg_assert_ok(vg_chains_sample(&small->data, &small->model, &candidates, &run, NULL, NULL, &arena, &posterior, NULL, &error), error);
    double tolerance = VG_TEST_SANITIZED ? 0.03 : 0.013;
    for (uint32_t i = 0; i < N; i++) {
        double inside = law.total - law.infector[i][N];
        vg_assert_near((double)posterior.outside[i], law.infector[i][N] / law.total, tolerance);
        vg_assert_near((double)posterior.infected_mean[i], law.infected[i] / law.total, 2 * tolerance);
        vg_assert_near((double)posterior.offspring_mean[i], law.offspring[i] / law.total, 2 * tolerance);
        if (inside > 0.2 * law.total) {
            vg_assert_near((double)posterior.direct[i], law.direct[i] / inside, 2 * tolerance);
        }
        for (size_t k = candidates.starts[i]; k < candidates.starts[i + 1]; k++) {
            vg_assert_near((double)posterior.support[k], law.infector[i][candidates.list[k].infector] / law.total, tolerance);
        }
    }
    assert_true(posterior.log_posterior.r_hat < 1.02);
    vg_arena_release(&arena);
    return posterior.swaps_taken;
}

static double expect_law(struct small *small)
{
    return expect_law_of(small, 0);
}

static void test_law(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    (void)expect_law(&small);
}

static void test_law_of_times_alone(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.data.genomes = NULL;
    small.data.n_contacts = 0;
    for (size_t i = 0; i < N; i++) {
        small.cases[i].genome = VG_CHAIN_NONE;
    }
    small.cases[0].origin = VG_CHAIN_ORIGIN_IMPORTED;
    small.cases[3].origin = VG_CHAIN_ORIGIN_LOCAL;
    (void)expect_law(&small);
}

/* Either of the first two may have brought it: both have infected that only they can have, so they cannot change places with all that they have. */
static void test_law_of_the_first_two(void **state)
{
    static const uint16_t distances[N * N] = {0, 1, 2, 2, 5, 1, 0, 3, 3, 4, 2, 3, 0, 4, 7, 2, 3, 4, 0, 7, 5, 4, 7, 7, 0};
    struct small small;
    (void)state;
    make_small(&small);
    memcpy(small.distances, distances, sizeof distances);
    small.cases[1].day = 10;
    small.cases[4].day = 14;
    small.data.n_contacts = 0;
    small.model.fixed.mutation = 0.001;
    small.model.fixed.dispersion = 0.5;
    small.model.outside_differences = 20;
    small.outside_log = 20 * log(0.2) + 80 * log(0.8);
    (void)expect_law(&small);
}

/* Genomes of three of five cases: terms then reach over cases that have none. */
static void test_law_with_missing_genomes(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.cases[1].genome = small.cases[3].genome = VG_CHAIN_NONE;
    (void)expect_law(&small);
    make_small(&small); /* one without, and siblings below it are held against each other */
    small.cases[1].genome = VG_CHAIN_NONE;
    small.model.shared_ancestors = 0.3;
    small.data.n_contacts = 0;
    small.model.fixed.contact_coverage = 0.5;
    (void)expect_law(&small);
}

/* Three of five have none and may hang together; what is known is given as sequences. */
static void test_law_with_most_genomes_missing(void **state)
{
    enum { KNOWN = 2 };
    struct small small;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_text sequences[KNOWN];
    char letters[KNOWN][LENGTH];
    (void)state;
    make_small(&small);
    vg_arena_init(&arena, 0);
    memset(letters, 'A', sizeof letters);
    for (size_t site = 0, at = 0; site < sizeof small.sites / sizeof *small.sites; at += small.sites[site++].n) {
        for (size_t k = 0; k < small.sites[site].n; k++) {
            letters[1][at + k] = (small.sites[site].other >> 4 & 1) != 0 ? 'C' : 'A';
        }
    }
    for (size_t g = 0; g < KNOWN; g++) {
        sequences[g] = vg_text_of(letters[g], LENGTH);
    }
    vg_assert_ok(vg_chains_genomes(sequences, KNOWN, &arena, &small.genomes, &error), error);
    for (size_t i = 0; i < N; i++) {
        small.cases[i].genome = i == 0 ? 0 : i == 4 ? 1 : VG_CHAIN_NONE;
    }
    small.distances[1] = small.distances[KNOWN] = 4; /* for the reference, which asks by genome */
    small.model.fixed.imports_per_day = 0.05;
    (void)expect_law(&small);
    vg_arena_release(&arena);
}

/* Who takes whose place without a genome is weighed by place and origin too. */
static void test_law_with_missing_genomes_and_places(void **state)
{
    static const uint32_t places[N] = {0, 1, 1, 0, 1};
    struct small small;
    (void)state;
    make_small(&small);
    for (size_t i = 0; i < N; i++) {
        small.cases[i].place = places[i];
        small.cases[i].genome = i == 1 || i == 3 ? VG_CHAIN_NONE : (uint32_t)i;
    }
    small.place_share = small.model.fixed.place_share = 0.85;
    small.cases[2].origin = VG_CHAIN_ORIGIN_LOCAL;
    small.cases[0].origin = VG_CHAIN_ORIGIN_IMPORTED;
    small.model.fixed.contact_coverage = 0.4;
    double swaps_taken = expect_law(&small);
    assert_true(swaps_taken > 0);
}

/* Siblings whose common infector was not seen. */
static void test_law_with_siblings(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.model.shared_ancestors = 1;
    small.model.fixed.reporting = 0.25;
    small.model.fixed.contact_siblings = 0.33; /* more, and trees with and without siblings change into each other too slowly to be counted */
    small.model.fixed.imports_per_day = 0.02;
    small.model.outside_differences = 2;
    small.outside_log = 2 * log(0.02) + 98 * log(0.98);
    (void)expect_law_of(&small, 0.1);
    small.model.fixed.dispersion = 0.4;
    small.data.n_contacts = 0;
    (void)expect_law_of(&small, 0.1);
}

/* The same told by contacts alone: an unseen infector between, or from outside. */
static void test_law_with_siblings_by_contacts(void **state)
{
    struct small small;
    (void)state;
    for (int genomes = 0; genomes < 3; genomes++) {
        make_small(&small);
        small.contacts[0] = (struct vg_chain_contact){1, 2, false};
        small.contacts[1] = (struct vg_chain_contact){1, 3, false};
        small.model.shared_ancestors = 1;
        small.model.fixed.reporting = 0.4;
        small.model.fixed.imports_per_day = 0.5;
        small.model.fixed.contact_siblings = genomes == 2 ? 0.25 : 0.6; /* where genomes tell, too, more makes changes too rare to be counted */
        small.model.fixed.contact_noise = 0.15;
        small.model.fixed.dispersion = genomes == 1 ? INFINITY : 0.6;
        small.model.outside_differences = 2;
        small.outside_log = 2 * log(0.02) + 98 * log(0.98);
        small.data.genomes = genomes == 0 ? NULL : &small.genomes;
        for (size_t i = 0; i < N; i++) {
            small.cases[i].genome = genomes == 0 || (genomes == 1 && (i == 1 || i == 4)) ? VG_CHAIN_NONE : (uint32_t)i;
        }
        (void)expect_law_of(&small, 0.1);
    }
}

/* The same where some are not sequenced: some siblings of an unseen one have genomes, others come from a case without. */
static void test_law_with_siblings_and_missing_genomes(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.model.shared_ancestors = 1;
    small.model.fixed.reporting = 0.3;
    small.model.fixed.imports_per_day = 0.3;
    small.model.fixed.contact_noise = 0.9;
    small.model.outside_differences = 2;
    small.outside_log = 2 * log(0.02) + 98 * log(0.98);
    small.cases[1].genome = VG_CHAIN_NONE;
    (void)expect_law_of(&small, 0.05);
    small.cases[1].genome = 1;
    small.cases[3].genome = VG_CHAIN_NONE;
    small.model.fixed.dispersion = 0.4;
    small.data.as_of = 17;
    (void)expect_law_of(&small, 0.05);
}

/* Negative binomial numbers of infected, with an end so near that not all have shown. */
static void test_law_with_superspreading(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.model.fixed.dispersion = 0.3;
    small.data.as_of = 16;
    (void)expect_law(&small);
    make_small(&small);
    small.data.as_of = 15;
    (void)expect_law(&small);
}

static void test_law_with_free_parameters(void **state)
{
    struct small small;
    (void)state;
    make_small(&small);
    small.free_parameters = true;
    small.model.fixed.reporting = small.model.fixed.reproduction = small.model.fixed.imports_per_day = NAN;
    (void)expect_law(&small);
}

/* ------------------------------------------------------------- parameters */

/* Two cases of which the second is the first's: the laws of mu, epsilon and lambda are known, or sums over a grid. */
static void test_parameters_of_a_known_link(void **state)
{
    struct small small;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    (void)state;
    make_small(&small);
    small.data.n = 2;
    small.data.n_contacts = 1;
    small.model.generations_most = 1;
    small.model.fixed = (struct vg_chain_parameters){NAN, 0.7, NAN, NAN, 0.5, 1.3, INFINITY, 0.2, 0.4};
    small.model.coverage_prior[0] = 2;
    small.model.noise_prior[1] = 3;
    small.cases[0].origin = VG_CHAIN_ORIGIN_IMPORTED;
    small.cases[1].origin = VG_CHAIN_ORIGIN_LOCAL;
    small.distances[1] = small.distances[N] = 7;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.sweeps = 12000;
    vg_assert_ok(vg_chains_candidates(&small.data, &small.model, 8, NULL, &arena, &candidates, &error), error);
    vg_assert_ok(vg_chains_sample(&small.data, &small.model, &candidates, &run, NULL, NULL, &arena, &posterior, NULL, &error), error);
    double sums[3][2] = {{0}};
    for (int a = 1; a < 2000; a++) {
        double x = a / 2000.0, mu = x * 0.19;
        /* one true positive: lambda has its prior */
        double of_mu = exp(7 * log(mu) + (LENGTH - 7) * log(1 - mu) - mu), of_coverage = x * x, of_noise = (1 - x) * (1 - x);
        sums[0][0] += mu * of_mu;
        sums[0][1] += of_mu;
        sums[1][0] += x * of_coverage;
        sums[1][1] += of_coverage;
        sums[2][0] += x * of_noise;
        sums[2][1] += of_noise;
    }
    vg_assert_near((double)posterior.support[candidates.starts[1]], 1, 1e-6);
    vg_assert_near(posterior.parameters.mutation, sums[0][0] / sums[0][1], 0.0015);
    vg_assert_near(posterior.parameters.contact_coverage, sums[1][0] / sums[1][1], 0.01);
    vg_assert_near(posterior.parameters.contact_noise, sums[2][0] / sums[2][1], 0.01);
    vg_arena_release(&arena);
}

/* ---------------------------------------------------------------- threads */

static void test_threads_change_nothing(void **state)
{
    struct small small;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior one, many;
    struct vg_chain_state end_one, end_many;
    struct vg_chain_run run;
    (void)state;
    make_small(&small);
    small.model.fixed = (struct vg_chain_parameters){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
    small.cases[3].genome = VG_CHAIN_NONE;
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    run.warm_up = 50;
    run.sweeps = 200;
    struct vg_pool *pool = vg_pool_new(3);
    vg_assert_ok(vg_chains_candidates(&small.data, &small.model, 2, pool, &arena, &candidates, &error), error);
    assert_non_null(candidates.unlisted);
    vg_assert_ok(vg_chains_sample(&small.data, &small.model, &candidates, &run, NULL, NULL, &arena, &one, &end_one, &error), error);
    vg_assert_ok(vg_chains_sample(&small.data, &small.model, &candidates, &run, pool, NULL, &arena, &many, &end_many, &error), error);
    vg_pool_free(pool);
    assert_memory_equal(one.support, many.support, candidates.n_list * sizeof *one.support);
    assert_memory_equal(one.estimates, many.estimates, sizeof one.estimates);
    assert_memory_equal(end_one.infected, end_many.infected, 4 * N * sizeof(int32_t));
    run.start = &end_one; /* all frozen: it stays where it was */
    const uint8_t frozen[N] = {1, 1, 1, 1, 1};
    run.frozen = frozen;
    vg_assert_ok(vg_chains_sample(&small.data, &small.model, &candidates, &run, NULL, NULL, &arena, &many, &end_many, &error), error);
    assert_memory_equal(end_one.infected, end_many.infected, 4 * N * sizeof(int32_t));
    assert_memory_equal(end_one.infector, end_many.infector, 4 * N * sizeof(uint32_t));
    vg_arena_release(&arena);
}

static bool stop(void *context, const char *what, double fraction)
{
    (void)context;
    (void)what;
    return fraction < 0.5;
}

static void test_refusals(void **state)
{
    struct small small;
    struct vg_arena arena;
    struct vg_error error = {0};
    struct vg_chain_candidates candidates;
    struct vg_chain_posterior posterior;
    struct vg_chain_run run;
    const struct vg_progress progress = {stop, NULL};
    (void)state;
    make_small(&small);
    vg_arena_init(&arena, 0);
    vg_chains_run_defaults(&run);
    vg_assert_ok(vg_chains_candidates(&small.data, &small.model, 8, NULL, &arena, &candidates, &error), error);
    assert_int_equal(vg_chains_candidates(&small.data, &small.model, 65, NULL, &arena, &candidates, &error), VG_USAGE_ERROR);
    assert_int_equal(vg_chains_sample(&small.data, &small.model, &candidates, &run, NULL, &progress, &arena, &posterior, NULL, &error), VG_CANCELLED);
    run.thin = 0;
    assert_int_equal(vg_chains_sample(&small.data, &small.model, &candidates, &run, NULL, NULL, &arena, &posterior, NULL, &error), VG_USAGE_ERROR);
    small.model.generation[0] = 0.1;
    assert_int_equal(vg_chains_check(&small.data, &small.model, &error), VG_DATA_ERROR);
    make_small(&small);
    small.contacts[1].to = 9;
    assert_int_equal(vg_chains_check(&small.data, &small.model, &error), VG_DATA_ERROR);
    make_small(&small);
    small.cases[2].day = 61;
    assert_int_equal(vg_chains_check(&small.data, &small.model, &error), VG_DATA_ERROR);
    assert_non_null(strstr(error.message, "case 3"));
    vg_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_law),
        cmocka_unit_test(test_law_of_times_alone), cmocka_unit_test(test_law_of_the_first_two),
        cmocka_unit_test(test_law_with_missing_genomes),
        cmocka_unit_test(test_law_with_most_genomes_missing),
        cmocka_unit_test(test_law_with_missing_genomes_and_places),
        cmocka_unit_test(test_law_with_siblings),
        cmocka_unit_test(test_law_with_siblings_by_contacts),
        cmocka_unit_test(test_law_with_siblings_and_missing_genomes),
        cmocka_unit_test(test_law_with_superspreading),
        cmocka_unit_test(test_law_with_free_parameters),
        cmocka_unit_test(test_parameters_of_a_known_link),
        cmocka_unit_test(test_threads_change_nothing),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
