/*
 * The table of contents of an XLSX package: which sheets there are, in which parts, and where strings and styles stand
 * (xl/workbook.xml and its relationships; ECMA-376 Part 2 for the latter).
 */
#include "intake/reader_xlsx.h"

#include <string.h>

#define MAX_PART_PATH 256

struct workbook_context {
    struct vg_xml_part part;
    struct vg_arena *arena;
    struct vg_xlsx_workbook *workbook;
    char folder[MAX_PART_PATH]; /* of the workbook part, "xl/" */
    char start_part[MAX_PART_PATH];
};

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text);
    size_t ending_size = strlen(ending);
    return size >= ending_size && strcmp(text + size - ending_size, ending) == 0;
}

/* A target is relative to the folder of the part that names it, or absolute with a slash; "../" climbs. */
static void resolve(const char *folder, const char *target, char out[MAX_PART_PATH])
{
    char base[MAX_PART_PATH];
    (void)snprintf(base, sizeof base, "%s", target[0] == '/' ? "" : folder);
    target += target[0] == '/' ? 1 : 0;
    for (;;) {
        if (strncmp(target, "./", 2) == 0) {
            target += 2;
        } else if (strncmp(target, "../", 3) == 0) {
            target += 3;
            size_t size = strlen(base);
            if (size > 0) {
                base[size - 1] = '\0';
            }
            char *slash = strrchr(base, '/');
            *(slash == NULL ? base : slash + 1) = '\0';
        } else {
            break;
        }
    }
    size_t base_size = strlen(base);
    size_t target_size = strlen(target);
    if (base_size + target_size >= MAX_PART_PATH) {
        target_size = MAX_PART_PATH - 1 - base_size;
    }
    memcpy(out, base, base_size);
    memcpy(out + base_size, target, target_size);
    out[base_size + target_size] = '\0';
}

static void end_nothing(void *pointer, const char *element)
{
    (void)pointer;
    (void)element;
}

static void start_package_relation(void *pointer, const char *element, const char **attributes)
{
    struct workbook_context *context = pointer;
    const char *type = vg_xml_attribute(attributes, "Type");
    const char *target = vg_xml_attribute(attributes, "Target");
    if (strcmp(element, "Relationship") == 0 && type != NULL && target != NULL && ends_with(type, "/officeDocument")) {
        resolve("", target, context->start_part);
    }
}

static void start_sheet_entry(void *pointer, const char *element, const char **attributes)
{
    struct workbook_context *context = pointer;
    struct vg_xlsx_workbook *workbook = context->workbook;
    if (strcmp(element, "workbookPr") == 0) {
        const char *flag = vg_xml_attribute(attributes, "date1904");
        workbook->date_system_1904 =
            flag != NULL && (strcmp(flag, "1") == 0 || strcmp(flag, "true") == 0 || strcmp(flag, "on") == 0);
    } else if (strcmp(element, "sheet") == 0 && workbook->n_sheets < VG_XLSX_MAX_SHEETS) {
        const char *name = vg_xml_attribute(attributes, "name");
        const char *relation = vg_xml_attribute(attributes, "id");
        const char *state = vg_xml_attribute(attributes, "state");
        if (name == NULL || relation == NULL) {
            return;
        }
        struct vg_xlsx_sheet *sheet = &workbook->sheets[workbook->n_sheets];
        sheet->name = vg_arena_copy(context->arena, name);
        sheet->relation = vg_arena_copy(context->arena, relation);
        sheet->hidden = state != NULL && strcmp(state, "visible") != 0;
        if (sheet->name == NULL || sheet->relation == NULL) {
            vg_xml_part_fail(&context->part, VG_SYSTEM_ERROR, "out of memory");
            return;
        }
        workbook->n_sheets++;
    }
}

static void start_workbook_relation(void *pointer, const char *element, const char **attributes)
{
    struct workbook_context *context = pointer;
    struct vg_xlsx_workbook *workbook = context->workbook;
    const char *id = vg_xml_attribute(attributes, "Id");
    const char *type = vg_xml_attribute(attributes, "Type");
    const char *target = vg_xml_attribute(attributes, "Target");
    if (strcmp(element, "Relationship") != 0 || id == NULL || type == NULL || target == NULL) {
        return;
    }
    char path[MAX_PART_PATH];
    resolve(context->folder, target, path);
    char *kept = vg_arena_copy(context->arena, path);
    if (kept == NULL) {
        vg_xml_part_fail(&context->part, VG_SYSTEM_ERROR, "out of memory");
        return;
    }
    if (ends_with(type, "/sharedStrings")) {
        workbook->strings_part = kept;
    } else if (ends_with(type, "/styles")) {
        workbook->styles_part = kept;
    } else if (ends_with(type, "/worksheet")) {
        for (size_t i = 0; i < workbook->n_sheets; i++) {
            if (strcmp(workbook->sheets[i].relation, id) == 0) {
                workbook->sheets[i].part = kept;
            }
        }
    }
}

static vg_status run_part(struct workbook_context *context, const char *file_name, zip_t *archive, const char *name,
                          uint64_t limit_bytes, void (*start)(void *, const char *, const char **), struct vg_error *error)
{
    struct vg_xml_handlers handlers = {start, end_nothing, NULL};
    vg_status status = vg_xml_part_open(&context->part, file_name, archive, name, limit_bytes, handlers, context, error);
    return status == VG_OK ? vg_xml_part_run(&context->part, error) : status;
}

vg_status vg_xlsx_read_workbook(const char *file_name, zip_t *archive, uint64_t limit_bytes, struct vg_arena *arena,
                                struct vg_xlsx_workbook *workbook, struct vg_error *error)
{
    struct workbook_context context = {.arena = arena, .workbook = workbook, .start_part = "xl/workbook.xml"};
    vg_status status = VG_OK;
    if (zip_name_locate(archive, context.start_part, ZIP_FL_NOCASE) < 0) {
        status = run_part(&context, file_name, archive, "_rels/.rels", limit_bytes, start_package_relation, error);
    }
    if (status == VG_OK) {
        status = run_part(&context, file_name, archive, context.start_part, limit_bytes, start_sheet_entry, error);
    }
    if (status != VG_OK) {
        return status;
    }
    char relations[2 * MAX_PART_PATH + 16];
    const char *slash = strrchr(context.start_part, '/');
    int folder_size = slash == NULL ? 0 : (int)(slash + 1 - context.start_part);
    (void)snprintf(context.folder, sizeof context.folder, "%.*s", folder_size, context.start_part);
    (void)snprintf(relations, sizeof relations, "%s_rels/%s.rels", context.folder, context.start_part + folder_size);
    status = run_part(&context, file_name, archive, relations, limit_bytes, start_workbook_relation, error);
    if (status == VG_OK && workbook->n_sheets == 0) {
        status = vg_fail(error, VG_DATA_ERROR, "%s: the workbook lists no sheets; it is damaged", file_name);
    }
    return status;
}
