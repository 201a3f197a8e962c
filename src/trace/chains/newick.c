/*
 * Dated phylogenies as Newick (Felsenstein and others 1986; comments and quoted names as in NEXUS). Nothing is recursive: depth is not limited by the stack.
 */
#include "trace/chains/chains.h"

#include <math.h>
#include <string.h>

struct reading {
    struct vg_text text;
    size_t at;
    struct vg_error *error;
};

/* Of the tree as it is written: any number of children. */
struct written {
    uint32_t parent, tip; /* tip: case, or VG_CHAIN_NONE */
    double length, depth;
};

static vg_status wrong(const struct reading *in, const char *expected)
{
    if (in->at >= in->text.size) {
        return vg_fail(in->error, VG_DATA_ERROR, "the tree ends at byte %zu where %s is expected", in->at + 1, expected);
    }
    return vg_fail(in->error, VG_DATA_ERROR, "byte %zu of the tree: %s is expected, not \"%.1s\"", in->at + 1, expected, in->text.data + in->at);
}

/* Past blanks and comments; '\0' at the end. */
static char next(struct reading *in)
{
    while (in->at < in->text.size) {
        char c = in->text.data[in->at];
        if (c == '[') {
            while (in->at < in->text.size && in->text.data[in->at] != ']') {
                in->at++;
            }
        } else if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
            return c;
        }
        in->at += in->at < in->text.size ? 1 : 0;
    }
    return '\0';
}

static bool ends_name(char c)
{
    return c == ':' || c == ',' || c == '(' || c == ')' || c == ';' || c == '[' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct vg_text read_name(struct reading *in)
{
    char quote = next(in);
    size_t start = in->at;
    if (quote == '\'' || quote == '"') {
        start = ++in->at;
        while (in->at < in->text.size && in->text.data[in->at] != quote) {
            in->at++;
        }
        struct vg_text name = vg_text_of(in->text.data + start, in->at - start);
        in->at += in->at < in->text.size ? 1 : 0;
        return name;
    }
    while (in->at < in->text.size && !ends_name(in->text.data[in->at])) {
        in->at++;
    }
    return vg_text_of(in->text.data + start, in->at - start);
}

static vg_status read_length(struct reading *in, double *length)
{
    *length = 0;
    if (next(in) != ':') {
        return VG_OK;
    }
    in->at++;
    (void)next(in);
    size_t start = in->at;
    struct vg_text number = read_name(in);
    if (!vg_parse_double(number, '.', length) || !isfinite(*length) || *length < 0) {
        in->at = start;
        return wrong(in, "a length of time, 0 or more,");
    }
    return VG_OK;
}

static vg_status take_tip(struct reading *in, const struct vg_dictionary *names, uint8_t *seen, uint32_t *tip)
{
    size_t start = in->at;
    struct vg_text name = read_name(in);
    if (name.size == 0) {
        return wrong(in, "the name of a case");
    }
    *tip = vg_dictionary_find(names, name);
    if (*tip == VG_DICTIONARY_NONE) {
        return vg_fail(in->error, VG_DATA_ERROR, "byte %zu of the tree: \"%.*s\" is not the id of a case that has a day", start + 1,
                       (int)(name.size < 60 ? name.size : 60), name.data);
    }
    if (seen[*tip]++ != 0) {
        return vg_fail(in->error, VG_DATA_ERROR, "byte %zu of the tree: \"%.*s\" stands in it twice", start + 1, (int)(name.size < 60 ? name.size : 60), name.data);
    }
    return VG_OK;
}

/* Nodes in the order in which they begin: parents before their children. */
static vg_status read_nodes(struct reading *in, const struct vg_dictionary *names, uint8_t *seen, struct written *nodes, size_t most, size_t *n_nodes)
{
    uint32_t open = VG_CHAIN_NONE;
    size_t n = 0;
    bool ended = false;
    while (!ended) { /* a node begins here */
        vg_status status = VG_OK;
        if (n == most) {
            return vg_fail(in->error, VG_DATA_ERROR, "byte %zu of the tree: it has more nodes than its cases can have", in->at + 1);
        }
        nodes[n] = (struct written){open, VG_CHAIN_NONE, 0, 0};
        if (next(in) == '(') {
            in->at++;
            open = (uint32_t)n++;
            continue;
        }
        status = take_tip(in, names, seen, &nodes[n].tip);
        uint32_t node = (uint32_t)n++;
        for (bool more = true; status == VG_OK && more;) { /* it, and then all that end with it */
            status = read_length(in, &nodes[node].length);
            char c = next(in);
            more = status == VG_OK && c == ')' && open != VG_CHAIN_NONE;
            if (more) {
                in->at++;
                node = open;
                open = nodes[node].parent;
                (void)read_name(in); /* support, or a name that nobody asks for */
            } else if (status == VG_OK && c == ',' && open != VG_CHAIN_NONE) {
                in->at++;
            } else if (status == VG_OK && open == VG_CHAIN_NONE && (c == ';' || c == '\0')) {
                in->at += c == ';' ? 1 : 0;
                ended = true;
                status = next(in) == '\0' ? VG_OK : wrong(in, "nothing more after one tree");
            } else if (status == VG_OK) {
                status = wrong(in, open == VG_CHAIN_NONE ? "; and the end of the tree" : ", or )");
            }
        }
        if (status != VG_OK) {
            return status;
        }
    }
    *n_nodes = n;
    return VG_OK;
}

/* The unit of the lengths in days, and the day at which depth is 0. */
static vg_status date_tips(const struct written *nodes, size_t n_nodes, const struct vg_text *ids, const struct vg_chain_case *cases, size_t n, double *unit,
                           double *zero, struct vg_error *error)
{
    double depth = 0, day = 0, both = 0, square = 0;
    bool one_day = true;
    for (size_t i = 1; i < n; i++) {
        one_day = one_day && cases[i].day == cases[0].day;
    }
    if (one_day) {
        return vg_fail(error, VG_DATA_ERROR, "all cases of the tree are of one day, so nothing tells the unit of its lengths");
    }
    for (size_t v = 0; v < n_nodes; v++) {
        if (nodes[v].tip != VG_CHAIN_NONE) {
            depth += nodes[v].depth / (double)n;
            day += (cases[nodes[v].tip].day + 0.5) / (double)n;
        }
    }
    for (size_t v = 0; v < n_nodes; v++) {
        if (nodes[v].tip != VG_CHAIN_NONE) {
            both += (nodes[v].depth - depth) * (cases[nodes[v].tip].day + 0.5 - day);
            square += (nodes[v].depth - depth) * (nodes[v].depth - depth);
        }
    }
    *unit = square > 1e-12 * depth * depth && square > 0 ? both / square : 1;
    *unit = fabs(*unit - 1) < 0.05 ? 1 : fabs(*unit / 365.25 - 1) < 0.05 ? 365.25 : *unit;
    *zero = day - *unit * depth;
    for (size_t v = 0; v < n_nodes; v++) {
        double off = nodes[v].tip == VG_CHAIN_NONE ? 0 : cases[nodes[v].tip].day + 0.5 - (*zero + *unit * nodes[v].depth);
        if (!(*unit > 0) || !(fabs(off) <= 2)) {
            uint32_t tip = nodes[v].tip == VG_CHAIN_NONE ? 0 : nodes[v].tip;
            return vg_fail(error, VG_DATA_ERROR,
                           "the tree is not one in time: its tips' distances from the root do not follow the cases' days (%.*s is %.1f days off, a unit of length "
                           "taken as %.4g days)",
                           (int)(ids[tip].size < 60 ? ids[tip].size : 60), ids[tip].data, off, *unit);
        }
    }
    return VG_OK;
}

/* Two children a node, children before parents. Nodes with one child go; those of more are split at the same time. */
static vg_status make_binary(const struct written *nodes, size_t n_nodes, double unit, double zero, size_t n, const struct vg_chain_case *cases,
                             struct vg_arena *arena, struct vg_chain_phylogeny *out, struct vg_error *error)
{
    uint32_t *of = VG_ARENA_ARRAY(arena, uint32_t, n_nodes), made = (uint32_t)n;
    *out = (struct vg_chain_phylogeny){(uint32_t)n, VG_ARENA_ARRAY(arena, double, 2 * n), VG_ARENA_ARRAY(arena, uint32_t, 2 * n)};
    if (arena->failed) {
        return vg_fail_memory(error, n_nodes * 4);
    }
    for (size_t v = 0; v < n_nodes; v++) {
        of[v] = VG_CHAIN_NONE;
    }
    for (size_t v = n_nodes; v-- > 0;) { /* children first */
        uint32_t mine = of[v];
        if (nodes[v].tip != VG_CHAIN_NONE) {
            mine = nodes[v].tip;
            out->times[mine] = cases[mine].day + 0.5;
            out->parents[mine] = VG_CHAIN_NONE;
        }
        uint32_t up = nodes[v].parent;
        if (up == VG_CHAIN_NONE) {
            continue;
        }
        if (of[up] == VG_CHAIN_NONE) {
            of[up] = mine;
            continue;
        }
        double time = zero + unit * nodes[up].depth, least = fmin(out->times[mine], out->times[of[up]]) - 1e-4;
        out->times[made] = fmin(time, least);
        out->parents[made] = VG_CHAIN_NONE;
        out->parents[mine] = out->parents[of[up]] = made;
        of[up] = made++;
    }
    return VG_OK;
}

vg_status vg_chains_newick(struct vg_text text, const struct vg_text *ids, const struct vg_chain_case *cases, size_t n, struct vg_arena *arena,
                           struct vg_chain_phylogeny *phylogeny, struct vg_error *error)
{
    struct reading in = {text, 0, error};
    struct vg_dictionary names;
    size_t most = 4 * n + 16, n_nodes = 0;
    double unit = 1, zero = 0;
    uint8_t *seen = VG_ARENA_ARRAY(arena, uint8_t, n + 1);
    struct written *nodes = VG_ARENA_ARRAY(arena, struct written, most);
    vg_dictionary_init(&names, arena);
    for (size_t i = 0; i < n; i++) {
        if (vg_dictionary_add(&names, ids[i]) != i) {
            return arena->failed ? vg_fail_memory(error, n) : vg_fail(error, VG_DATA_ERROR, "two cases have the same id");
        }
    }
    if (arena->failed) {
        return vg_fail_memory(error, most * sizeof *nodes);
    }
    vg_status status = read_nodes(&in, &names, seen, nodes, most, &n_nodes);
    for (size_t i = 0; status == VG_OK && i < n; i++) {
        if (seen[i] == 0) {
            status = vg_fail(error, VG_DATA_ERROR, "case %.*s is not in the tree", (int)(ids[i].size < 60 ? ids[i].size : 60), ids[i].data);
        }
    }
    for (size_t v = 1; status == VG_OK && v < n_nodes; v++) {
        nodes[v].depth = nodes[nodes[v].parent].depth + nodes[v].length;
    }
    if (status == VG_OK) {
        status = date_tips(nodes, n_nodes, ids, cases, n, &unit, &zero, error);
    }
    return status == VG_OK ? make_binary(nodes, n_nodes, unit, zero, n, cases, arena, phylogeny, error) : status;
}
