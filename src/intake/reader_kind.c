/*
 * What a file is, from its bytes alone (names lie): a table of text, a workbook, something compressed, or something that
 * cannot be read here and deserves a sentence on what it is and what to do with it.
 */
#include "intake/reader.h"

#include <string.h>
#include <strings.h>
#include <zip.h>

struct signature {
    const char *bytes;
    size_t size;
    const char *is_and_do; /* "is ...; do ..." */
};

#define SIGNATURE(bytes, text)                                                                                                 \
    {                                                                                                                          \
        bytes, sizeof(bytes) - 1, text                                                                                         \
    }

static const struct signature foreign[] = {
    SIGNATURE("%PDF-", "is a PDF document; ask for the table behind it as CSV or XLSX"),
    SIGNATURE("{\\rtf", "is an RTF document; copy its table into a spreadsheet and save that as XLSX or CSV"),
    SIGNATURE("SQLite format 3",
              "is an SQLite database; export the table as CSV (sqlite3 -csv -header FILE 'select * from TABLE')"),
    SIGNATURE("PAR1", "is a Parquet file; write it as CSV first"),
    SIGNATURE("ARROW1", "is an Arrow file; write it as CSV first"),
    SIGNATURE("OBJ\x01", "is an Avro file; write it as CSV first"),
    SIGNATURE("7z\xBC\xAF\x27\x1C", "is a 7-Zip archive; unpack it and import the file inside"),
    SIGNATURE("Rar!\x1A\x07", "is a RAR archive; unpack it and import the file inside"),
    SIGNATURE("\xFD"
              "7zXZ",
              "is compressed with xz; unpack it with xz -d first (gzip and zstd are read as they are)"),
    SIGNATURE("BZh", "is compressed with bzip2; unpack it with bunzip2 first (gzip and zstd are read as they are)"),
    SIGNATURE("RDX3", "is an R data file; save the table from R with write.csv"),
    SIGNATURE("RDX2", "is an R data file; save the table from R with write.csv"),
    SIGNATURE("X\n\x00\x00\x00", "is an R data file (.rds); save the table from R with write.csv"),
    SIGNATURE("$FL2", "is an SPSS file; save it as CSV"),
    SIGNATURE("<stata_dta>", "is a Stata file; save it with export delimited"),
    SIGNATURE("\x89PNG", "is a picture; the numbers behind it are needed as CSV or XLSX"),
    SIGNATURE("\xFF\xD8\xFF", "is a picture; the numbers behind it are needed as CSV or XLSX"),
    SIGNATURE("\x7F"
              "ELF",
              "is a program, not a table"),
    SIGNATURE("{\"", "is JSON; a table (CSV or XLSX) was expected"),
    SIGNATURE("[{", "is JSON; a table (CSV or XLSX) was expected"),
};

static bool starts_with(const char *data, size_t size, const char *prefix, size_t prefix_size)
{
    return size >= prefix_size && memcmp(data, prefix, prefix_size) == 0;
}

static bool contains(const char *data, size_t size, const char *needle, size_t needle_size)
{
    return memmem(data, size, needle, needle_size) != NULL;
}

static bool starts_with_tag(const char *data, size_t size, const char *tag)
{
    size_t length = strlen(tag);
    return size >= length && strncasecmp(data, tag, length) == 0;
}

static vg_status check_markup(const char *name, const char *data, size_t size, struct vg_error *error)
{
    size_t head = size < 4096 ? size : 4096;
    if (contains(data, head, "urn:schemas-microsoft-com:office:spreadsheet", 44)) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s is an Excel 2003 XML spreadsheet; open it in a spreadsheet program and save it as XLSX or CSV",
                       name);
    }
    if (starts_with_tag(data, size, "<!doctype html") || starts_with_tag(data, size, "<html") ||
        starts_with_tag(data, size, "<table") || starts_with_tag(data, size, "<head") || starts_with_tag(data, size, "<meta") ||
        starts_with_tag(data, size, "<div") || contains(data, head, "<html", 5)) {
        return vg_fail(
            error, VG_DATA_ERROR,
            "%s is a web page (HTML), whatever its name says; open it in a spreadsheet program and save it as XLSX or CSV, "
            "or download the data again: a page in its place often means that a login or a link had expired",
            name);
    }
    if (starts_with_tag(data, size, "<?xml")) {
        return vg_fail(error, VG_DATA_ERROR, "%s is XML; a table (CSV or XLSX) was expected", name);
    }
    return VG_OK;
}

/* Control characters that no table of text has in number. NUL is let pass here: UTF-16 is full of it. */
static bool looks_binary(const char *data, size_t size)
{
    size_t head = size < 65536 ? size : 65536;
    size_t controls = 0;
    size_t zeros = 0;
    for (size_t i = 0; i < head; i++) {
        unsigned char c = (unsigned char)data[i];
        zeros += c == 0;
        controls += (c < 0x20 && c != 0 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1A) || c == 0x7F;
    }
    if (controls > 8 && controls > head / 50) {
        return true;
    }
    if (zeros <= 8 || zeros <= head / 20) {
        return false;
    }
    /* Many zeros: text only if it is UTF-16. */
    struct vg_encoding_guess guess = vg_encoding_judge(data, head, false, VG_ENCODING_AUTO);
    return guess.encoding != VG_ENCODING_UTF16_LE && guess.encoding != VG_ENCODING_UTF16_BE;
}

vg_status vg_reader_check_text(const char *name, const char *data, size_t size, struct vg_error *error)
{
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        if (starts_with(data, size, foreign[i].bytes, foreign[i].size)) {
            return vg_fail(error, VG_DATA_ERROR, "%s %s", name, foreign[i].is_and_do);
        }
    }
    size_t blank = starts_with(data, size, "\xEF\xBB\xBF", 3) ? 3 : 0;
    while (blank < size && blank < 256 &&
           (data[blank] == ' ' || data[blank] == '\n' || data[blank] == '\r' || data[blank] == '\t')) {
        blank++;
    }
    if (blank < size && data[blank] == '<') {
        vg_status status = check_markup(name, data + blank, size - blank, error);
        if (status != VG_OK) {
            return status;
        }
    }
    if (looks_binary(data, size)) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s does not look like a table of text: it is full of control bytes (a binary file?); "
                       "CSV, TSV, XLSX, and text within gzip, zstd or ZIP, can be read",
                       name);
    }
    return VG_OK;
}

static vg_status describe_ole(const char *name, const char *data, size_t size, struct vg_error *error)
{
    static const char encrypted[] = "E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e";
    static const char word[] = "W\0o\0r\0d\0D\0o\0c\0u\0m\0e\0n\0t";
    if (contains(data, size, encrypted, sizeof encrypted)) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s is a workbook locked with a password; open it, remove the password and save it as XLSX", name);
    }
    if (contains(data, size, word, sizeof word)) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s is a Word document (.doc); copy its table into a spreadsheet and save that as XLSX or CSV", name);
    }
    return vg_fail(error, VG_DATA_ERROR,
                   "%s is an old Excel file (.xls); open it in Excel or LibreOffice and save it as XLSX or CSV", name);
}

struct zip_kind {
    const char *part;
    const char *is_and_do;
};

static const struct zip_kind zip_kinds[] = {
    {"xl/workbook.bin", "is a binary Excel workbook (.xlsb); save it as XLSX or CSV"},
    {"word/document.xml", "is a Word document (.docx); copy its table into a spreadsheet and save that as XLSX or CSV"},
    {"ppt/presentation.xml", "is a PowerPoint file (.pptx); ask for the numbers as XLSX or CSV"},
    {"content.xml", "is an OpenDocument file (.ods or .odt); open it in LibreOffice and save it as XLSX or CSV"},
    {"doc.kml", "is a map (.kmz), not a table"},
};

static bool has_part(zip_t *archive, const char *part)
{
    return zip_name_locate(archive, part, ZIP_FL_NOCASE) >= 0;
}

/* What a system or an archiver adds beside the files that were meant. */
static bool is_by_product(const char *part)
{
    const char *base = strrchr(part, '/') == NULL ? part : strrchr(part, '/') + 1;
    return *base == '\0' || *base == '.' || strncmp(part, "__MACOSX/", 9) == 0 || strcasecmp(base, "Thumbs.db") == 0 || strcasecmp(base, "desktop.ini") == 0;
}

zip_int64_t vg_reader_zip_member(zip_t *archive)
{
    zip_int64_t found = -1;
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); i++) {
        const char *part = zip_get_name(archive, (zip_uint64_t)i, 0);
        if (part != NULL && !is_by_product(part)) {
            if (found >= 0) {
                return -1;
            }
            found = i;
        }
    }
    return found;
}

static vg_status kind_of_zip(const char *name, const char *data, size_t size, struct vg_reader_kind *kind,
                             struct vg_error *error)
{
    zip_error_t reason;
    zip_error_init(&reason);
    vg_status status = VG_OK;
    zip_t *archive = NULL;
    zip_source_t *source = zip_source_buffer_create(data, size, 0, &reason);
    if (source != NULL) {
        archive = zip_open_from_source(source, ZIP_RDONLY, &reason);
    }
    if (archive == NULL) {
        zip_source_free(source);
        status = vg_fail(error, VG_DATA_ERROR, "%s is a damaged ZIP or XLSX file (%s): was the download or the copy cut short?",
                         name, zip_error_strerror(&reason));
        goto done;
    }
    if (has_part(archive, "xl/workbook.xml") || has_part(archive, "_rels/.rels")) {
        for (size_t i = 0; i < 3 && !has_part(archive, "xl/workbook.xml"); i++) {
            if (has_part(archive, zip_kinds[i].part)) {
                status = vg_fail(error, VG_DATA_ERROR, "%s %s", name, zip_kinds[i].is_and_do);
                goto done;
            }
        }
        kind->container = VG_CONTAINER_XLSX;
        goto done;
    }
    for (size_t i = 0; i < sizeof zip_kinds / sizeof zip_kinds[0]; i++) {
        if (has_part(archive, zip_kinds[i].part)) {
            status = vg_fail(error, VG_DATA_ERROR, "%s %s", name, zip_kinds[i].is_and_do);
            goto done;
        }
    }
    if (vg_reader_zip_member(archive) >= 0) {
        kind->compression = VG_COMPRESSION_ZIP;
        goto done;
    }
    status = vg_fail(error, VG_DATA_ERROR, "%s is a ZIP archive of %lld files, where one table was expected; unpack it and import the table inside", name,
                     (long long)zip_get_num_entries(archive, 0));
done:
    if (archive != NULL) {
        zip_discard(archive);
    }
    zip_error_fini(&reason);
    return status;
}

vg_status vg_reader_kind_of(const char *name, const char *data, size_t size, struct vg_reader_kind *kind,
                            struct vg_error *error)
{
    *kind = (struct vg_reader_kind){VG_CONTAINER_DELIMITED, VG_COMPRESSION_NONE};
    if (starts_with(data, size, "\x1F\x8B\x08", 3)) {
        kind->compression = VG_COMPRESSION_GZIP;
        return VG_OK;
    }
    if (starts_with(data, size, "\x28\xB5\x2F\xFD", 4) ||
        (size >= 4 && ((unsigned char)data[0] & 0xF0) == 0x50 && memcmp(data + 1, "\x2A\x4D\x18", 3) == 0)) {
        kind->compression = VG_COMPRESSION_ZSTD;
        return VG_OK;
    }
    if (starts_with(data, size, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8)) {
        return describe_ole(name, data, size, error);
    }
    if (starts_with(data, size, "PK\x03\x04", 4) || starts_with(data, size, "PK\x05\x06", 4)) {
        return kind_of_zip(name, data, size, kind, error);
    }
    if (starts_with(data, size, "\x09\x08\x10\x00", 4) || starts_with(data, size, "\x09\x04\x06\x00", 4)) {
        return vg_fail(error, VG_DATA_ERROR,
                       "%s is a very old Excel file (.xls); open it in Excel or LibreOffice and save it as XLSX or CSV", name);
    }
    return vg_reader_check_text(name, data, size, error);
}
