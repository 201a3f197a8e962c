/*
 * Published numbers about diseases, read from the table embedded in the program (data/parameters/epidemiological.csv). A disease is
 * found by its name in the program's languages; a variant that lacks a number has its family's.
 */
#include "model/shipped.h"

#include "data_embedded.h"

#include <math.h>
#include <string.h>

/* Names of diseases in other languages and spellings, folded, to those of the table. */
static const char *const disease_names[][2] = {
    {"covid", "covid19"}, {"sarscov2", "covid19"}, {"coronavirus", "covid19"}, {"alpha", "covid19_alpha"}, {"delta", "covid19_delta"},
    {"omicron", "covid19_omicron"}, {"gripe", "influenza"},
    {"flu", "influenza"}, {"grippe", "influenza"}, {"ah1n1", "influenza_pandemic"}, {"h1n1", "influenza_pandemic"}, {"sras", "sars"},
    {"sarampion", "measles"}, {"sarampo", "measles"}, {"rougeole", "measles"}, {"viruela", "smallpox"}, {"variola", "smallpox"},
    {"variole", "smallpox"}, {"mpox", "mpox"}, {"monkeypox", "mpox"}, {"viruelasimica", "mpox"}, {"viruelasimia", "mpox"},
    {"viruelamono", "mpox"}, {"viruelamonos", "mpox"}, {"viruela del mono", "mpox"}, {"variolesimienne", "mpox"}, {"variola dos macacos", "mpox"},
    {"ebolavirus", "ebola"}, {"evd", "ebola"}, {"merscov", "mers"}, {"tosferina", "pertussis"}, {"tos ferina", "pertussis"}, {"coqueluche", "pertussis"},
    {"whooping cough", "pertussis"}, {"colera", "cholera"}, {"chikv", "chikungunya"}, {"chicungunya", "chikungunya"}, {"chicunguna", "chikungunya"},
    {"zikavirus", "zika"}, {"zikv", "zika"}, {"fievre dengue", "dengue"},
    {"新冠", "covid19"}, {"新冠肺炎", "covid19"}, {"流感", "influenza"}, {"流行性感冒", "influenza"}, {"非典", "sars"}, {"麻疹", "measles"},
    {"天花", "smallpox"}, {"猴痘", "mpox"}, {"登革热", "dengue"}, {"埃博拉", "ebola"}, {"寨卡", "zika"},
    {"基孔肯雅热", "chikungunya"}, {"百日咳", "pertussis"}, {"霍乱", "cholera"}, {"中东呼吸综合征", "mers"},
};

#define DISEASE_BYTES 96

/* Letters and digits only, without marks and case, so that "COVID-19" is "covid19". */
static size_t bare_name(struct vg_text name, char out[DISEASE_BYTES])
{
    size_t size = vg_text_fold(name, out, DISEASE_BYTES), kept = 0;
    for (size_t i = 0; i < size; i++) {
        if (out[i] != '_' && out[i] != ' ') {
            out[kept++] = out[i];
        }
    }
    return kept;
}

static bool same_name(struct vg_text a, struct vg_text b)
{
    char bare_a[DISEASE_BYTES], bare_b[DISEASE_BYTES];
    size_t size = bare_name(a, bare_a);
    return size > 0 && size == bare_name(b, bare_b) && memcmp(bare_a, bare_b, size) == 0;
}

static struct vg_text table_name(struct vg_text disease)
{
    for (size_t i = 0; i < sizeof disease_names / sizeof *disease_names; i++) {
        if (same_name(disease, vg_text_from(disease_names[i][0]))) {
            return vg_text_from(disease_names[i][1]);
        }
    }
    return disease;
}

/* disease,parameter,value,low,high,interval,distribution,source,doi,note */
#define TABLE_COLUMNS 10

static double number_or_unknown(struct vg_text text)
{
    double value;
    return text.size > 0 && vg_parse_double(text, '.', &value) ? value : NAN;
}

static vg_status open_table(struct vg_shipped_rows *rows, struct vg_error *error)
{
    return vg_shipped_open(vg_embedded_facts, vg_embedded_facts_count, "epidemiological.csv", rows, error);
}

static struct vg_epidemiological_fact fact_of(const struct vg_shipped_rows *rows)
{
    VG_ASSERT(rows->n_columns == TABLE_COLUMNS);
    return (struct vg_epidemiological_fact){.disease = rows->cells[0], .name = rows->cells[1], .value = number_or_unknown(rows->cells[2]),
                                            .low = number_or_unknown(rows->cells[3]), .high = number_or_unknown(rows->cells[4]), .interval = rows->cells[5],
                                            .distribution = rows->cells[6], .source = rows->cells[7], .doi = rows->cells[8], .note = rows->cells[9]};
}

bool vg_epidemiological_next(size_t *cursor, struct vg_epidemiological_fact *fact)
{
    struct vg_shipped_rows rows;
    if (open_table(&rows, NULL) != VG_OK) {
        return false;
    }
    const char *start = rows.at;
    rows.at += *cursor;
    if (!vg_shipped_next(&rows)) {
        return false;
    }
    *cursor = (size_t)(rows.at - start);
    *fact = fact_of(&rows);
    return true;
}

bool vg_epidemiological_same_disease(struct vg_text a, struct vg_text b)
{
    return same_name(table_name(a), table_name(b));
}

static bool find_fact(struct vg_text disease, const char *name, struct vg_epidemiological_fact *fact)
{
    struct vg_text wanted = table_name(disease);
    size_t cursor = 0;
    while (vg_epidemiological_next(&cursor, fact)) {
        if (vg_text_equals(fact->name, name) && same_name(fact->disease, wanted)) {
            return true;
        }
    }
    return false;
}

static vg_status no_such_fact(struct vg_text disease, const char *name, struct vg_error *error)
{
    char known[512] = "";
    size_t used = 0;
    size_t cursor = 0;
    struct vg_text last = {NULL, 0};
    struct vg_epidemiological_fact fact;
    while (vg_epidemiological_next(&cursor, &fact)) {
        if (last.size > 0 && vg_text_equal(last, fact.disease)) {
            continue;
        }
        last = fact.disease;
        int wrote = snprintf(known + used, sizeof known - used, "%s%.*s", used > 0 ? ", " : "", (int)last.size, last.data);
        if (wrote < 0 || (size_t)wrote >= sizeof known - used) {
            break;
        }
        used += (size_t)wrote;
    }
    return vg_fail(error, VG_NOT_FOUND, "no %s is known for \"%.*s\"; known diseases: %s", name, (int)disease.size, disease.data, known);
}

vg_status vg_epidemiological_parameter(struct vg_text disease, const char *name, struct vg_epidemiological_fact *fact, struct vg_error *error)
{
    struct vg_epidemiological_fact found;
    struct vg_shipped_rows rows;
    vg_status status = open_table(&rows, error);
    if (status == VG_OK && !find_fact(disease, name, &found)) {
        status = no_such_fact(disease, name, error);
    }
    if (status == VG_OK && fact != NULL) {
        *fact = found;
    }
    return status;
}

/* covid19_omicron_ba2 is of the family covid19_omicron, which is of covid19; size 0 where there is none above. */
static struct vg_text family_of(struct vg_text disease)
{
    struct vg_text name = table_name(disease);
    size_t size = name.size;
    while (size > 0 && name.data[size - 1] != '_') {
        size--;
    }
    return vg_text_of(name.data, size > 0 ? size - 1 : 0);
}

/* The nearest mean of the kinds named, own kinds before the family's; its spread is of the same kind, the disease's or its family's. */
static bool find_interval(struct vg_text disease, const char *const kinds[2][2], struct vg_disease_interval *out)
{
    for (struct vg_text level = disease; level.size > 0; level = family_of(level)) {
        for (size_t kind = 0; kind < 2 && kinds[kind][0] != NULL; kind++) {
            if (!find_fact(level, kinds[kind][0], &out->mean)) {
                continue;
            }
            for (struct vg_text of = level; of.size > 0; of = family_of(of)) {
                if (find_fact(of, kinds[kind][1], &out->sd)) {
                    return true;
                }
            }
        }
    }
    return false;
}

static const char *const serial[2] = {"serial_interval_mean_days", "serial_interval_sd_days"};
static const char *const generation[2] = {"generation_time_mean_days", "generation_time_sd_days"};
static const char *const incubation[2] = {"incubation_mean_days", "incubation_sd_days"};

vg_status vg_disease_serial_interval(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error)
{
    const char *const kinds[2][2] = {{serial[0], serial[1]}, {generation[0], generation[1]}};
    return find_interval(disease, kinds, out) ? VG_OK : no_such_fact(disease, "serial interval", error);
}

vg_status vg_disease_generation_time(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error)
{
    const char *const kinds[2][2] = {{generation[0], generation[1]}, {serial[0], serial[1]}};
    return find_interval(disease, kinds, out) ? VG_OK : no_such_fact(disease, "generation time", error);
}

vg_status vg_disease_incubation(struct vg_text disease, struct vg_disease_interval *out, struct vg_error *error)
{
    const char *const kinds[2][2] = {{incubation[0], incubation[1]}, {NULL, NULL}};
    return find_interval(disease, kinds, out) ? VG_OK : no_such_fact(disease, "incubation period", error);
}
