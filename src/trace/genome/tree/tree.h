/*
 * A mutation-annotated tree in arrays: who descends from whom and which bases changed on each branch (Turakhia et al. 2021, UShER). Nodes are numbered in preorder, so a
 * node's descendants are the numbers after it, a walk over the tree is a walk over an array, and the form in a file can be the form in memory.
 *
 *     for (v = 0; v < tree->n_nodes; v++)            parents come before children: totals from the root
 *     for (v = tree->n_nodes; v-- > 1;)              children come before parents: totals from the leaves
 *     [v, tree->end[v])                              v and all that descends from it
 *     a node is a leaf exactly if end[v] == v + 1
 *
 * Memory: 16 bytes a node, 4 a mutation, the names, 4 a node and column of words: 25 to 50 bytes a node of real trees; what is deleted and inserted is a list of events
 * beside it, 8 bytes each, and nothing where there are none. A tree is not changed once it is built;
 * place.h has what inserts. Readers take a stream and hold nothing of it but the tree; what they cannot take they refuse with a sentence. They put mutations right
 * where a file's parent bases contradict its own path from the root, and count those.
 */
#ifndef VG_TREE_H
#define VG_TREE_H

#include "model/data_set/data_set.h"

#define VG_TREE_NONE UINT32_MAX
#define VG_TREE_NODES_MAX 400000000u

/* A base in two bits: 0 A, 1 C, 2 G, 3 T; as a set of genome.h it is 1 << base. A mutation: site (from 0), base of the parent, base of the node. */
static inline uint32_t vg_mutation(uint32_t site, unsigned from, unsigned to) { return site << 4 | (from & 3u) << 2 | (to & 3u); }
static inline uint32_t vg_mutation_site(uint32_t mutation) { return mutation >> 4; }
static inline unsigned vg_mutation_from(uint32_t mutation) { return mutation >> 2 & 3u; }
static inline unsigned vg_mutation_to(uint32_t mutation) { return mutation & 3u; }
int vg_base_of_letter(char letter);       /* 0 .. 3 for A C G T U of either case, else -1 */

/* A fact of nodes: a word out of a list, or a number. */
struct vg_tree_column {
    struct vg_text name;          /* "clade_membership", "country", "num_date" */
    bool is_clade;                /* it holds of what descends from a node too: codes are filled in down to the leaves. Lineages, clades */
    const uint32_t *codes;        /* [n_nodes] an index in values, or VG_TREE_NONE; NULL where the column has numbers */
    const struct vg_text *values; /* [n_values] */
    uint32_t n_values;
    const double *numbers;        /* [n_nodes], NaN unknown; NULL where the column has words */
};

/* Sites that are not there, or letters that are between two of them. Gaps are in order of position, insertions before deletions, the shorter before the longer. */
struct vg_tree_gap {
    uint32_t position, length;    /* sites [position, position + length); of an insertion so many letters before site `position` (the reference's length: behind its last) */
    uint32_t letters;             /* of an insertion: its first one in gap_letters; of a deletion VG_TREE_NONE */
};
/* A gap that comes or goes on the branch into a node. */
struct vg_gap_event { uint32_t node, change; };
static inline uint32_t vg_gap_change(uint32_t gap, bool gained) { return gap << 1 | (gained ? 1u : 0u); }
static inline uint32_t vg_gap_of(const struct vg_gap_event *event) { return event->change >> 1; }
static inline bool vg_gap_is_gained(const struct vg_gap_event *event) { return (event->change & 1) != 0; }

struct vg_tree {
    uint32_t n_nodes, n_leaves, n_mutations, n_columns;
    uint32_t length;                 /* sites of the reference; where the file does not tell: behind the last mutated one */
    const char *reference;           /* [length] upper case A C G T, N where the file does not tell (protobuf knows mutated sites alone) */
    struct vg_text reference_name;   /* may be empty */
    const uint32_t *parent;          /* [n_nodes]; of the root VG_TREE_NONE */
    const uint32_t *end;             /* [n_nodes] one past the last descendant */
    const uint32_t *mutation_start;  /* [n_nodes + 1]; those of v are mutations[mutation_start[v] .. mutation_start[v + 1]), by site; of the root: from the reference */
    const uint32_t *mutations;       /* [n_mutations], see vg_mutation: no two of a node are of one site, `from` is the base at the parent */
    const uint32_t *name_start;      /* [n_nodes + 1] */
    const char *names;               /* of v: names[name_start[v] .. name_start[v + 1]); empty: an unnamed inner node */
    const struct vg_tree_column *columns; /* [n_columns] */
    uint64_t n_repaired;             /* mutations of the file whose parent base was not what the path from the root gives */
    uint64_t n_ignored;              /* mutations of the file that are masked, or from or to an ambiguous base */
    uint32_t n_gaps, n_gap_events;   /* 0: nothing is told of deletions and insertions */
    const struct vg_tree_gap *gaps;  /* [n_gaps] each once */
    const char *gap_letters;
    const struct vg_gap_event *gap_events; /* [n_gap_events] by node, then gap. What is gained was not there above, what is lost was; deletions of one node do not touch each other */
    struct vg_tree_memory *memory;   /* private */
};

static inline struct vg_text vg_tree_name(const struct vg_tree *tree, uint32_t node)
{
    return vg_text_of(tree->names + tree->name_start[node], tree->name_start[node + 1] - tree->name_start[node]);
}
/* The same appended to out, "node_N" in preorder from 1 where it has none: what a node is called in every table and file. */
void vg_tree_put_name(const struct vg_tree *tree, uint32_t node, struct vg_buffer *out);
static inline bool vg_tree_is_leaf(const struct vg_tree *tree, uint32_t node) { return tree->end[node] == node + 1; }
/* NULL where there is no column of that name. */
const struct vg_tree_column *vg_tree_column(const struct vg_tree *tree, const char *name);
void vg_tree_free(struct vg_tree *tree); /* NULL is allowed */

/* Nodes by name. Where a name occurs twice (trees of Nextclade have such) the first node has it. */
struct vg_tree_names;
vg_status vg_tree_names_new(const struct vg_tree *tree, struct vg_tree_names **names, struct vg_error *error) VG_MUST_USE;
uint32_t vg_tree_names_find(const struct vg_tree_names *names, struct vg_text name); /* VG_TREE_NONE: nobody */
/* How many nodes have a name that one before them has. *first, where there are any: the first of them, in preorder. */
uint32_t vg_tree_names_repeated(const struct vg_tree_names *names, uint32_t *first);
bool vg_tree_names_is_repeated(const struct vg_tree_names *names, struct vg_text name);
void vg_tree_names_free(struct vg_tree_names *names);

/* The lowest node that both descend from (or that is one of them). O(depth). */
uint32_t vg_tree_common_ancestor(const struct vg_tree *tree, uint32_t a, uint32_t b);
/* The bases of a node as differences from the reference, by site, in the arena. O(mutations above + length / 8). */
vg_status vg_tree_states(const struct vg_tree *tree, uint32_t node, struct vg_arena *arena, struct vg_genome_difference **out, size_t *n,
                         struct vg_error *error) VG_MUST_USE;

/* ----------------------------------------------------------------------- gaps */

/* The events of a node: gap_events[return value .. *end). */
uint32_t vg_tree_gap_events_of(const struct vg_tree *tree, uint32_t node, uint32_t *end);
/* "21765-21770" as vg_genome_put_sites has it, or "22204:GAGCCAGAA", behind 22204; appended. */
void vg_tree_gap_put(const struct vg_tree *tree, uint32_t gap, struct vg_buffer *out);
/* The gap that is written so (letters in either case), or VG_TREE_NONE. */
uint32_t vg_tree_gap_find(const struct vg_tree *tree, struct vg_text text);
/*
 * Gaps by what they leave of the reference: where letters repeat, an aligner may put one at several places, and "21765-21770" and "21766-21771" are one deletion. In the arena;
 * the tree must stay. Of several of the tree that are the same the one of most events is found.
 */
struct vg_gap_index { const struct vg_tree *tree; struct vg_dictionary keys; uint32_t *gaps; };
vg_status vg_gap_index_new(const struct vg_tree *tree, struct vg_arena *arena, struct vg_gap_index *index, struct vg_error *error) VG_MUST_USE;
/* letters NULL: a deletion. The tree's gap, or VG_TREE_NONE. */
uint32_t vg_gap_index_find(const struct vg_gap_index *index, uint32_t position, uint32_t length, const char *letters);
/* The tree's gaps that a genome is known to have, `most` of them at most; returns how many. A deletion beside what was not read may be a longer one, and does not count. */
size_t vg_gap_index_list(const struct vg_gap_index *index, const struct vg_genome *genome, uint32_t *gaps, size_t most);
/* How many of these a node has, of which vg_tree_gap_genomes tells. */
uint32_t vg_gap_index_shared(const struct vg_gap_index *index, const struct vg_genome *node, const uint32_t *gaps, size_t n);
/* What a text of leaves says, "21765-21770,28273" or "22204:GAGCCAGAA" parted by commas, "none" or nothing: added to the lists in the arena. False: something else. */
struct vg_gap_list {
    struct vg_genome_difference *deletions; /* by position, apart from each other */
    struct vg_genome_insertion *insertions;
    size_t n_deletions, n_insertions, deletion_capacity, insertion_capacity;
};
bool vg_gap_list_read(struct vg_text text, struct vg_arena *arena, struct vg_gap_list *list);

/*
 * What each node lacks and has between, by the tree's events: out[n_nodes], as genomes of which nothing else is told; nodes that do not differ share one. In the arena.
 */
vg_status vg_tree_gap_genomes(const struct vg_tree *tree, struct vg_arena *arena, const struct vg_genome ***out, struct vg_error *error) VG_MUST_USE;

/* Of this node it is known what it lacks and has between, but where the genome has N; a deletion that touches N is not known, as nobody knows where it ends. */
struct vg_gap_witness {
    uint32_t node;
    const struct vg_genome *genome;   /* told against the tree's reference; substitutions do not matter */
    bool no_deletions, no_insertions; /* nothing is known of these */
    bool as_told;                     /* masked sites do not matter, and its gaps keep their places: of a tree that is given */
};
/*
 * Puts the gaps of the witnesses (by node, each once) on branches, in place of the events that the tree had: of each gap, by itself, the fewest gains and losses, the
 * reference not having it (one gap is what leaves the same of the reference, wherever it was put; it is called as the witnesses `as_told` call it, else as most do); nodes that are no witnesses are free. A node has it only where all ways to do with so few have it there (Fitch's parsimony with that rule for
 * ties): gains are as near to the leaves as they may, and nothing is told of a node that the fewest events do not ask for. masked[length], or NULL: sites that are taken as
 * not read. Cost: the nodes that have a gap and those around them, for each gap; 8 bytes a node and event meanwhile.
 */
vg_status vg_tree_find_gaps(struct vg_tree *tree, const struct vg_gap_witness *known, size_t n, const uint8_t *masked, struct vg_error *error) VG_MUST_USE;
/* The same with what columns `deletions` and `insertions` of the tree tell of its leaves; a leaf that is in none of them is free. Nothing where there are none. */
vg_status vg_tree_find_gaps_of_columns(struct vg_tree *tree, struct vg_error *error) VG_MUST_USE;

/*
 * Where several children of a node gain the same deletion or insertion they get a branching point of their own, which gains it: bases and the number of mutations stay, events
 * become fewer. Of children that are fixed [n_nodes] one at most is put into a group, so that what they were to each other stays. renumbered [n_nodes]: their numbers in *joined.
 */
vg_status vg_tree_join_by_gaps(const struct vg_tree *tree, const uint8_t *fixed, uint32_t *renumbered, struct vg_tree **joined, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- amino acids */

/* An amino acid that changes on a branch: `from` at the parent, `to` at the node; * is a stop. */
struct vg_acid_change {
    uint32_t codon;          /* from 0 */
    uint16_t coding;         /* of the annotation */
    char from, to;
};
struct vg_tree_acids {
    const struct vg_genome_annotation *annotation;
    const struct vg_text *reference;      /* [n_coding] the reference's amino acids */
    const uint32_t *start;                /* [n_nodes + 1]: those of v are changes[start[v] .. start[v + 1]), by coding sequence, then codon; of the root: from the reference */
    const struct vg_acid_change *changes;
};
/*
 * What the substitutions of each branch change in the proteins, as whole codons are read at both of its ends: several substitutions of a codon are one change, and one
 * substitution is a change of each coding sequence that has the site. Where a codon's other bases are not known (UShER's form without a reference) nothing is told. In the arena;
 * the annotation must outlive it. VG_DATA_ERROR: a coding sequence beyond the tree's reference.
 */
vg_status vg_tree_acids_new(const struct vg_tree *tree, const struct vg_genome_annotation *annotation, struct vg_arena *arena, struct vg_tree_acids *acids,
                            struct vg_error *error) VG_MUST_USE;
/* S:N501Y */
void vg_acid_change_put(const struct vg_genome_annotation *annotation, const struct vg_acid_change *change, struct vg_buffer *out);

/* ---------------------------------------------------------------- to build one */

/*
 * Nodes one by one in preorder, each with its mutations and facts. Sites may come in any order; what is no change is left out, two of one site and node are one.
 * Every function but `new` remembers the first failure, which `finish` tells.
 */
struct vg_tree_builder;
struct vg_tree_builder *vg_tree_builder_new(void);  /* NULL: no memory */
/* parent: VG_TREE_NONE for the root, else the node before or an ancestor of it. Returns its number. */
uint32_t vg_tree_builder_node(struct vg_tree_builder *builder, uint32_t parent, struct vg_text name);
void vg_tree_builder_mutation(struct vg_tree_builder *builder, uint32_t site, unsigned from, unsigned to); /* of the newest node */
/* Sites are deleted, or there again, on the newest node's branch; what touches each other is one deletion. letters: an insertion of so many; NULL: a deletion. */
void vg_tree_builder_gap(struct vg_tree_builder *builder, uint32_t position, uint32_t length, const char *letters, bool gained);
uint32_t vg_tree_builder_column(struct vg_tree_builder *builder, struct vg_text name, bool is_clade, bool is_number); /* the one of that name, or a new one */
void vg_tree_builder_word(struct vg_tree_builder *builder, uint32_t column, struct vg_text value);   /* of the newest node */
void vg_tree_builder_number(struct vg_tree_builder *builder, uint32_t column, double value);
/* Frees the builder, whatever comes of it. reference: letters, NULL where not known. */
vg_status vg_tree_builder_finish(struct vg_tree_builder *builder, const struct vg_genome_reference *reference, struct vg_tree **tree, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- streams */

/* Where bytes come from: up to capacity of them, *got 0 at the end. */
struct vg_tree_source {
    vg_status (*read)(void *context, char *out, size_t capacity, size_t *got, struct vg_error *error);
    void *context;
    const char *name;   /* for messages */
};
/* Bytes that are in memory; `at` is moved on. The source holds on to both. */
struct vg_tree_source vg_tree_source_of(struct vg_text *at, const char *name);
/* Where bytes go. */
struct vg_tree_sink {
    vg_status (*write)(void *context, const char *data, size_t size, struct vg_error *error);
    void *context;
};
struct vg_tree_sink vg_tree_sink_of(struct vg_buffer *out); /* appends */

/* --------------------------------------------------------------------- forms */

/*
 * PROTOBUF  UShER's parsimony.proto: Newick, mutations, clades, condensed leaves (which are spelled out here).
 * AUSPICE   Auspice JSON v2, of Nextstrain, Nextclade and augur; numbers and words of node_attrs are columns.
 * NEWICK    Topology and names alone; mutations come with a VCF, see vg_tree_add_alleles.
 * TAXONIUM  JSON lines, nodes sorted by y.
 * OWN       The arrays as they are in memory, to be mapped.
 */
enum vg_tree_form { VG_TREE_PROTOBUF, VG_TREE_AUSPICE, VG_TREE_NEWICK, VG_TREE_TAXONIUM, VG_TREE_OWN, VG_TREE_FORM_COUNT };
const char *vg_tree_form_name(enum vg_tree_form form); /* "protobuf", "auspice", "newick", "taxonium", "vigia" */
/* By the bytes, or the first ones of them (64 kB are enough). False: none of them. */
bool vg_tree_form_of(const char *data, size_t size, enum vg_tree_form *form);

/* VG_DATA_ERROR: not this form, or cut off, or contradicting itself; the sentence says where. Every form but OWN. */
vg_status vg_tree_read(enum vg_tree_form form, const struct vg_tree_source *source, struct vg_tree **tree, struct vg_error *error) VG_MUST_USE;
/* The OWN form: the tree's arrays are these bytes, which must stay, 8-byte aligned, as long as the tree. Checks them all: O(nodes + mutations). */
vg_status vg_tree_map(struct vg_text bytes, const char *name, struct vg_tree **tree, struct vg_error *error) VG_MUST_USE;

struct vg_tree_write_options {
    const char *title;        /* of Auspice and Taxonium; NULL: "Vigia" */
    int32_t updated;          /* day of Auspice's "updated" */
    const struct vg_tree_acids *acids; /* of this tree, for Auspice and Taxonium, which tell proteins too; NULL: nucleotides alone */
};
vg_status vg_tree_write(const struct vg_tree *tree, enum vg_tree_form form, const struct vg_tree_write_options *options, const struct vg_tree_sink *sink,
                        struct vg_error *error) VG_MUST_USE;

/*
 * Mutations for a tree that has none (Newick): alleles of its leaves as VCF (haploid genotypes; samples that are no leaves are left out, leaves that are no samples are not
 * known), the bases of inner nodes by Sankoff's algorithm with a change as near to the leaves as it may. O(nodes) a site. What the tree had of mutations and facts is left out.
 */
vg_status vg_tree_add_alleles(const struct vg_tree *tree, const struct vg_tree_source *vcf, struct vg_tree **out, struct vg_error *error) VG_MUST_USE;
/* The alleles of all leaves. */
vg_status vg_tree_write_vcf(const struct vg_tree *tree, const struct vg_tree_sink *sink, struct vg_error *error) VG_MUST_USE;
/* Letters for what the tree does not know of its reference; *n_different: sites at which the two contradict each other, where the tree keeps its own. */
vg_status vg_tree_with_reference(struct vg_tree *tree, const struct vg_genome_reference *reference, uint32_t *n_different, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------------- parts */

/*
 * The given nodes and the leaves nearest to them in mutations, n_leaves in all (leaves among the nodes count, and are kept even if they are more), as a tree of its own. Its
 * root has the mutations that lead there from the reference; branching points that lead to one kept node only are left out. Cost: the leaves below the lowest node that has
 * enough of them.
 */
vg_status vg_tree_extract(const struct vg_tree *tree, const uint32_t *nodes, size_t n, uint32_t n_leaves, struct vg_tree **part, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------- genomes */

/*
 * MAPLE's files of genomes as differences (De Maio et al. 2023): the reference as a first record, if it is there, then ">name" and lines "base TAB position [TAB length]"
 * of each genome. `n` and `-` are runs. One genome after the other; memory is what one genome needs.
 */
struct vg_maple_reader;
/* *reference has length 0 where the file has none; its letters live as long as the reader. */
vg_status vg_maple_open(const struct vg_tree_source *source, struct vg_maple_reader **reader, struct vg_genome_reference *reference, struct vg_error *error) VG_MUST_USE;
/* The next genome, in the arena; *more false: there is none. Runs that touch and are alike are one. VG_DATA_ERROR names the line. */
vg_status vg_maple_next(struct vg_maple_reader *reader, struct vg_arena *arena, struct vg_genome *genome, bool *more, struct vg_error *error) VG_MUST_USE;
void vg_maple_close(struct vg_maple_reader *reader); /* NULL is allowed */
void vg_maple_put_reference(const struct vg_genome_reference *reference, struct vg_buffer *out);
void vg_maple_put(const struct vg_genome *genome, struct vg_buffer *out);

/*
 * Genomes told against one reference, told against another of the same length (MAPLE's examples alter theirs; a tree has its own). Where the new one is N, or not known,
 * it is taken to be the old one.
 */
struct vg_rebase;
vg_status vg_rebase_new(const struct vg_genome_reference *from, const char *to, uint32_t length, struct vg_rebase **rebase, struct vg_error *error) VG_MUST_USE;
uint32_t vg_rebase_count(const struct vg_rebase *rebase); /* sites in which the two differ */
vg_status vg_rebase(const struct vg_rebase *rebase, const struct vg_genome *genome, struct vg_arena *arena, struct vg_genome *out, struct vg_error *error) VG_MUST_USE;
void vg_rebase_free(struct vg_rebase *rebase);

/* ------------------------------------------------------------------ invented */

/*
 * A tree of n_leaves genomes of nobody, for benchmarks and tests: haplotypes descend from recent ones, each by 1 + a geometric number of mutations at sites of unequal
 * rates (log-normal; seven in ten transitions), and each is the genome of one to many leaves, which are a polytomy. The same for the same seed.
 */
vg_status vg_tree_invent(uint32_t n_leaves, uint32_t length, uint64_t seed, struct vg_tree **tree, struct vg_error *error) VG_MUST_USE;
/* Genome `number` of those that could be sampled: a leaf's with up to 3 mutations of its own, up to three runs of N and, of one in ten, an ambiguity code. */
vg_status vg_tree_invent_sample(const struct vg_tree *tree, uint64_t seed, uint32_t number, struct vg_arena *arena, struct vg_genome *genome, struct vg_error *error) VG_MUST_USE;

#endif
