/*
 * Courses of diseases, cross-immunity and vaccines from a user's tables, in the form of those that the program ships.
 */
#include "intake/society/walk.h"

enum course_column { DISEASE, PARAMETER, AGES, VALUE, LOW, HIGH, SOURCE, COURSE_COLUMNS };
struct course_reading { struct walk_column columns[COURSE_COLUMNS]; struct vg_disease_builder *builder; };

static vg_status take_course(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct course_reading *reading = context;
    const struct walk_column *c = reading->columns;
    const struct vg_course_row line = {walk_cell(row, &c[DISEASE]), walk_cell(row, &c[PARAMETER]), walk_cell(row, &c[AGES]), walk_cell(row, &c[VALUE]),
                                       walk_cell(row, &c[LOW]), walk_cell(row, &c[HIGH]), walk_cell(row, &c[SOURCE])};
    return vg_disease_builder_course(reading->builder, &line, error);
}

struct cross_reading { struct walk_column columns[4]; struct vg_disease_builder *builder; };

static vg_status take_cross(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct cross_reading *reading = context;
    const struct vg_cross_row line = {walk_cell(row, &reading->columns[0]), walk_cell(row, &reading->columns[1]), walk_cell(row, &reading->columns[2]), walk_cell(row, &reading->columns[3])};
    return vg_disease_builder_cross(reading->builder, &line, error);
}

vg_status vg_intake_read_disease(const struct vg_table_source *course, const struct vg_table_source *cross, struct vg_text disease, struct vg_disease_facts *facts, struct vg_error *error)
{
    struct vg_disease_builder builder;
    struct course_reading courses = {.columns = {{"disease", true, WALK_NONE}, {"parameter", true, WALK_NONE}, {"ages", false, WALK_NONE}, {"value", true, WALK_NONE},
                                                 {"low", false, WALK_NONE}, {"high", false, WALK_NONE}, {"source", true, WALK_NONE}}, .builder = &builder};
    struct cross_reading crosses = {.columns = {{"immune_by", true, WALK_NONE}, {"against", true, WALK_NONE}, {"kept", true, WALK_NONE}, {"source", true, WALK_NONE}}, .builder = &builder};
    vg_status status = vg_disease_builder_start(&builder, disease, error);
    if (status == VG_OK) {
        status = walk_table(course, courses.columns, COURSE_COLUMNS, take_course, &courses, error);
    }
    if (status == VG_OK && cross != NULL) {
        status = walk_table(cross, crosses.columns, 4, take_cross, &crosses, error);
    }
    if (status != VG_OK) {
        return status;
    }
    status = vg_disease_builder_finish(&builder, facts, error);
    return status == VG_OK || error == NULL ? status : vg_fail_context(error, "%s: ", course->path);
}

struct product_reading { struct walk_column columns[5]; struct vg_vaccines *vaccines; };

static vg_status take_product(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct product_reading *reading = context;
    const struct walk_column *c = reading->columns;
    const struct vg_product_row line = {walk_cell(row, &c[0]), walk_cell(row, &c[1]), walk_cell(row, &c[2]), walk_cell(row, &c[3]), walk_cell(row, &c[4])};
    return vg_vaccines_add_product(reading->vaccines, &line, error);
}

struct curve_reading { struct walk_column columns[9]; struct vg_vaccines *vaccines; };

static vg_status take_curve(void *context, const struct walk_row *row, struct vg_error *error)
{
    struct curve_reading *reading = context;
    const struct walk_column *c = reading->columns;
    const struct vg_vaccine_row line = {walk_cell(row, &c[0]), walk_cell(row, &c[1]), walk_cell(row, &c[2]), walk_cell(row, &c[3]), walk_cell(row, &c[4]),
                                        walk_cell(row, &c[5]), walk_cell(row, &c[6]), walk_cell(row, &c[7]), walk_cell(row, &c[8])};
    return vg_vaccines_add(reading->vaccines, &line, error);
}

vg_status vg_intake_read_vaccines(const struct vg_table_source *products, const struct vg_table_source *curves, struct vg_arena *arena, struct vg_vaccines *vaccines, struct vg_error *error)
{
    struct product_reading names = {.columns = {{"product", true, WALK_NONE}, {"title", false, WALK_NONE}, {"platform", false, WALK_NONE}, {"doses", true, WALK_NONE}, {"interval_days", true, WALK_NONE}}, .vaccines = vaccines};
    struct curve_reading effects = {.columns = {{"product", true, WALK_NONE}, {"dose", true, WALK_NONE}, {"disease", true, WALK_NONE}, {"against", true, WALK_NONE}, {"days", true, WALK_NONE},
                                                {"protection", true, WALK_NONE}, {"low", false, WALK_NONE}, {"high", false, WALK_NONE}, {"source", true, WALK_NONE}}, .vaccines = vaccines};
    vg_vaccines_start(vaccines, arena);
    vg_status status = walk_table(products, names.columns, 5, take_product, &names, error);
    return status == VG_OK ? walk_table(curves, effects.columns, 9, take_curve, &effects, error) : status;
}
