/*
 * A part of an XLSX package as a stream: libzip decompresses, expat parses, chunk by chunk, so that a sheet of any size needs
 * little memory. Bombs end here: bytes are bounded, so is their ratio to the packed ones, and document types (which Office Open
 * XML forbids, and which carry entity bombs) are refused.
 */
#include "intake/reader_xlsx.h"

#include <stdarg.h>
#include <string.h>

#define RATIO_FROM_BYTES ((uint64_t)256 << 20)
#define MAX_RATIO 250U

static const char *without_prefix(const char *name)
{
    const char *colon = strrchr(name, ':');
    return colon == NULL ? name : colon + 1;
}

const char *vg_xml_attribute(const char **attributes, const char *name)
{
    for (size_t i = 0; attributes[i] != NULL; i += 2) {
        if (strcmp(without_prefix(attributes[i]), name) == 0) {
            return attributes[i + 1];
        }
    }
    return NULL;
}

bool vg_xml_number(const char *text, uint64_t *value)
{
    if (text == NULL || *text == '\0') {
        return false;
    }
    uint64_t number = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9' || number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(*text - '0');
    }
    *value = number;
    return true;
}

void vg_xml_part_fail(struct vg_xml_part *part, vg_status status, const char *format, ...)
{
    if (part->status == VG_OK) {
        char message[VG_ERROR_MESSAGE_BYTES / 2];
        va_list arguments;
        va_start(arguments, format);
        (void)vsnprintf(message, sizeof message, format, arguments);
        va_end(arguments);
        part->status = vg_fail(&part->error, status, "%s: %s", part->file_name, message);
        (void)XML_StopParser(part->parser, XML_FALSE);
    }
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    struct vg_xml_part *part = context;
    if (part->status == VG_OK) {
        part->handlers.start(part->context, without_prefix(name), attributes);
    }
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    struct vg_xml_part *part = context;
    if (part->status == VG_OK) {
        part->handlers.end(part->context, without_prefix(name));
    }
}

static void XMLCALL on_text(void *context, const XML_Char *text, int size)
{
    struct vg_xml_part *part = context;
    if (part->status == VG_OK) {
        part->handlers.text(part->context, text, (size_t)size);
    }
}

static void XMLCALL on_document_type(void *context, const XML_Char *name, const XML_Char *system, const XML_Char *public,
                                     int internal)
{
    struct vg_xml_part *part = context;
    vg_xml_part_fail(
        part, VG_DATA_ERROR,
        "its part %s declares a document type, which a workbook never does; it was not made by a spreadsheet program",
        part->name);
}

vg_status vg_xml_part_open(struct vg_xml_part *part, const char *file_name, zip_t *archive, const char *name,
                           uint64_t limit_bytes, struct vg_xml_handlers handlers, void *context, struct vg_error *error)
{
    *part = (struct vg_xml_part){.file_name = file_name,
                                 .handlers = handlers,
                                 .context = context,
                                 .limit_bytes = limit_bytes,
                                 .chunk_bytes = VG_XML_CHUNK_BYTES};
    (void)snprintf(part->name, sizeof part->name, "%s", name);
    zip_int64_t index = zip_name_locate(archive, name, ZIP_FL_NOCASE);
    if (index < 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: the workbook has no part %s; it is damaged", file_name, name);
    }
    zip_stat_t facts;
    zip_stat_init(&facts);
    if (zip_stat_index(archive, (zip_uint64_t)index, 0, &facts) == 0) {
        part->packed_bytes = (facts.valid & ZIP_STAT_COMP_SIZE) != 0 ? facts.comp_size : 0;
        part->full_bytes = (facts.valid & ZIP_STAT_SIZE) != 0 ? facts.size : 0;
    }
    part->file = zip_fopen_index(archive, (zip_uint64_t)index, 0);
    if (part->file == NULL) {
        return vg_fail(error, VG_DATA_ERROR, "%s: the part %s of the workbook cannot be opened (%s)", file_name, name,
                       zip_strerror(archive));
    }
    part->parser = XML_ParserCreate(NULL);
    if (part->parser == NULL) {
        vg_xml_part_close(part);
        return vg_fail_memory(error, 0);
    }
    XML_SetUserData(part->parser, part);
    XML_SetElementHandler(part->parser, on_start, on_end);
    if (handlers.text != NULL) {
        XML_SetCharacterDataHandler(part->parser, on_text);
    }
    XML_SetStartDoctypeDeclHandler(part->parser, on_document_type);
    return VG_OK;
}

static vg_status check_size(const struct vg_xml_part *part, struct vg_error *error)
{
    bool too_dense = part->read_bytes > RATIO_FROM_BYTES && part->read_bytes / MAX_RATIO > part->packed_bytes;
    if (part->read_bytes > part->limit_bytes || too_dense) {
        return vg_fail(
            error, VG_LIMIT_EXCEEDED,
            "%s: the part %s unpacks to more than %llu bytes from %llu: more than is allowed, or a decompression bomb",
            part->file_name, part->name, (unsigned long long)part->read_bytes, (unsigned long long)part->packed_bytes);
    }
    return VG_OK;
}

vg_status vg_xml_part_feed(struct vg_xml_part *part, struct vg_error *error)
{
    void *chunk = XML_GetBuffer(part->parser, (int)part->chunk_bytes);
    if (chunk == NULL) {
        return vg_fail_memory(error, part->chunk_bytes);
    }
    zip_int64_t got = zip_fread(part->file, chunk, part->chunk_bytes);
    if (got < 0) {
        return vg_fail(error, VG_DATA_ERROR, "%s: the part %s of the workbook is damaged after %llu bytes (%s)",
                       part->file_name, part->name, (unsigned long long)part->read_bytes,
                       zip_error_strerror(zip_file_get_error(part->file)));
    }
    part->read_bytes += (uint64_t)got;
    part->ended = got == 0;
    vg_status status = check_size(part, error);
    if (status != VG_OK) {
        return status;
    }
    enum XML_Status parsed = XML_ParseBuffer(part->parser, (int)got, got == 0);
    if (part->status != VG_OK) {
        return vg_fail(error, part->status, "%s", part->error.message);
    }
    if (parsed != XML_STATUS_OK) {
        enum XML_Error code = XML_GetErrorCode(part->parser);
        if (code == XML_ERROR_NO_MEMORY) {
            return vg_fail_memory(error, 0);
        }
        return vg_fail(error, VG_DATA_ERROR, "%s: the part %s of the workbook is broken XML at its line %llu, column %llu (%s)",
                       part->file_name, part->name, (unsigned long long)XML_GetCurrentLineNumber(part->parser),
                       (unsigned long long)XML_GetCurrentColumnNumber(part->parser), XML_ErrorString(code));
    }
    return VG_OK;
}

vg_status vg_xml_part_run(struct vg_xml_part *part, struct vg_error *error)
{
    vg_status status = VG_OK;
    while (status == VG_OK && !part->ended) {
        status = vg_xml_part_feed(part, error);
    }
    vg_xml_part_close(part);
    return status;
}

void vg_xml_part_close(struct vg_xml_part *part)
{
    if (part->parser != NULL) {
        XML_ParserFree(part->parser);
        part->parser = NULL;
    }
    if (part->file != NULL) {
        (void)zip_fclose(part->file);
        part->file = NULL;
    }
}
