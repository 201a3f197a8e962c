/*
 * Private to the reader half of intake: the parts a reader is made of, from the bytes up.
 *   reader_kind    what the bytes are (container, compression), and a sentence for those that cannot be read
 *   reader_source  bytes as they are, or decompressed ahead by a thread of its own
 *   reader_text    any encoding -> UTF-8 in a window; reader_encoding decides and converts
 *   reader_scan    marks (delimiter, quote, line ends) and UTF-8 validity: scalar reference and SIMD kernels
 *   reader_csv     window -> rows; reader_sample: the first rows, the delimiter; reader_heading: the heading row
 *   reader_xlsx*   workbook, shared strings, styles, sheet
 */
#ifndef VG_INTAKE_READER_H
#define VG_INTAKE_READER_H

#include "intake/intake.h"

#include <zip.h>

#define VG_READER_MAX_CELL_BYTES ((size_t)1 << 20)
#define VG_READER_MAX_ROW_BYTES ((size_t)64 << 20)
#define VG_READER_MAX_COLUMNS ((size_t)16384)
#define VG_READER_BATCH_CELLS ((size_t)48 << 10) /* aim of a batch; cells of this many fit the second-level cache */
#define VG_READER_BATCH_ROWS ((size_t)4096)
#define VG_READER_DEFAULT_LIMIT_BYTES ((uint64_t)16 << 30)

/* -------------------------------------------------------------------- kind */

struct vg_reader_kind {
    enum vg_intake_container container;
    enum vg_intake_compression compression;
};
/* Looks at the first bytes (and, in a zip, at the names inside). Fails with a sentence for what cannot be read. */
vg_status vg_reader_kind_of(const char *name, const char *data, size_t size, struct vg_reader_kind *kind,
                            struct vg_error *error) VG_MUST_USE;
/* The only file of an archive, by-products of archivers aside; -1 where there is none or more than one. */
zip_int64_t vg_reader_zip_member(zip_t *archive);
/* The same for text that came out of a compressed file, where only tables of text are taken. */
vg_status vg_reader_check_text(const char *name, const char *data, size_t size, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------------------ source */

struct vg_source;
/* name and data must outlive the source. limit_bytes bounds what comes out; 0: no bound. */
vg_status vg_source_open(const char *name, enum vg_intake_compression compression, const char *data, size_t size,
                         uint64_t limit_bytes, struct vg_source **source, struct vg_error *error) VG_MUST_USE;
/* The same from a file descriptor that cannot be mapped, which stays open: as it is, gzip or zstd, by its first bytes. Only a block of it is held. */
vg_status vg_source_open_pipe(const char *name, int pipe, uint64_t limit_bytes, struct vg_source **source, struct vg_error *error) VG_MUST_USE;
/* Up to capacity bytes into out; *got 0 at the end. */
vg_status vg_source_read(struct vg_source *source, char *out, size_t capacity, size_t *got, struct vg_error *error) VG_MUST_USE;
double vg_source_progress(const struct vg_source *source);
void vg_source_close(struct vg_source *source);

/* ---------------------------------------------------------------- encoding */

struct vg_encoding_guess {
    enum vg_intake_encoding encoding;
    size_t mark_bytes; /* length of the byte-order mark */
    bool valid;        /* UTF-8, and every byte looked at is valid */
};
/* complete: data is the whole text, so that a sequence cut off at its end is an error. */
struct vg_encoding_guess vg_encoding_judge(const char *data, size_t size, bool complete, enum vg_intake_encoding wanted);

struct vg_transcoder {
    enum vg_intake_encoding encoding;
    bool wanted;         /* the user named the encoding: no line is read in another one */
    bool seen_multibyte; /* proof of UTF-8 was seen */
    uint64_t bad_bytes;
};
/* Appends data as UTF-8 to out and returns how many bytes it took; the rest waits for more. last: nothing follows. */
size_t vg_transcode(struct vg_transcoder *transcoder, const char *data, size_t size, bool last, struct vg_buffer *out);

/* ------------------------------------------------------------------ window */

/* UTF-8 text, either the whole map or a window that moves over converted text. */
struct vg_window {
    const char *text;
    size_t size;
    bool complete; /* the window ends where the text ends */
    struct vg_encoding_guess guess;
    struct vg_transcoder transcoder;
    /* private */
    const char *name;
    const char *data;
    size_t data_size;
    enum vg_intake_compression compression;
    enum vg_intake_encoding wanted;
    uint64_t limit_bytes;
    struct vg_source *source; /* NULL: text is the map itself */
    struct vg_buffer raw, converted;
    bool source_ended;
};
vg_status vg_window_open(struct vg_window *window, const char *name, const char *data, size_t size,
                         enum vg_intake_compression compression, enum vg_intake_encoding wanted, uint64_t limit_bytes,
                         struct vg_error *error) VG_MUST_USE;
/* Forgets the first `used` bytes and adds at least one more, or sets complete. Slices into the window end here. */
vg_status vg_window_more(struct vg_window *window, size_t used, struct vg_error *error) VG_MUST_USE;
vg_status vg_window_rewind(struct vg_window *window, struct vg_error *error) VG_MUST_USE;
void vg_window_close(struct vg_window *window);

/* -------------------------------------------------------------------- scan */

/*
 * Writes the offsets of every delimiter, quote, CR and LF in text[0 .. size) to marks, which has room for size + 8,
 * and returns their number. size < 2^32.
 */
typedef size_t vg_scan_marks(const char *text, size_t size, char delimiter, uint32_t *marks);
typedef bool vg_scan_valid(const char *text, size_t size);
struct vg_scan_kernels {
    const char *name; /* "scalar", "sse2", "avx2" */
    vg_scan_marks *marks;
    vg_scan_valid *valid_utf8;
};
const struct vg_scan_kernels *vg_scan_best(void);                /* what this processor can do */
const struct vg_scan_kernels *vg_scan_named(const char *name);   /* NULL if it is unknown or this processor cannot */
size_t vg_utf8_sequence(const unsigned char *data, size_t size); /* bytes of the valid sequence at the start, or 0 */

/* ------------------------------------------------------------------ sample */

#define VG_SAMPLE_ROWS 200
struct vg_sample_row {
    uint64_t line;
    size_t n_cells;
    const struct vg_text *cells;
};
/* The first rows with content, of any width. Cells live in the arena. */
struct vg_sample {
    struct vg_arena arena;
    struct vg_sample_row rows[VG_SAMPLE_ROWS];
    size_t n_rows;
};
bool vg_text_is_blank(struct vg_text text); /* nothing but ASCII blanks, control characters and U+00A0 */

struct vg_csv_row { /* of the plain row parser */
    struct vg_text *cells;
    size_t n_cells, capacity;
    uint64_t lines;      /* line ends passed, the row's own included */
    size_t next;         /* offset of the next row */
    bool unclosed;       /* the text ended within a quoted cell */
    uint64_t quote_line; /* lines passed where the last quoted cell opened */
    bool ended_by_text;  /* the row ended because the text did */
};
/*
 * The plain row parser: one character after the other. Used for the first rows, and the reference of the fast one in tests.
 * False: out of memory.
 */
bool vg_csv_parse_row(const char *text, size_t size, size_t start, char delimiter, struct vg_arena *arena,
                      struct vg_csv_row *row);
void vg_csv_row_release(struct vg_csv_row *row);
/* The value of a quoted cell that needs rewriting: raw starts at its opening quote and ends before the delimiter. */
size_t vg_csv_unquote(const char *raw, size_t size, char *out);
/* Length of a "sep=;" line with its line end at the start of text, or 0; *delimiter is what it names. */
size_t vg_csv_separator_line(const char *text, size_t size, char *delimiter);
char vg_csv_decide_delimiter(const char *text, size_t size, bool complete, struct vg_error *error); /* 0: out of memory */
vg_status vg_csv_sample(const char *text, size_t size, bool complete, uint64_t first_line, char delimiter,
                        struct vg_sample *sample, struct vg_error *error) VG_MUST_USE;

/* ---------------------------------------------------------------- headings */

struct vg_headings {
    struct vg_text *texts;
    size_t count;
    uint64_t line;
};
/* Finds the heading row in the sample (wanted_row 0: decides) and makes the headings in the arena. */
vg_status vg_headings_decide(const char *name, const struct vg_sample *sample, size_t wanted_row, struct vg_arena *arena,
                             struct vg_headings *headings, struct vg_error *error) VG_MUST_USE;

/* --------------------------------------------------------------------- csv */

struct vg_csv;
vg_status vg_csv_open(const char *name, const char *data, size_t size, enum vg_intake_compression compression,
                      const struct vg_reader_options *options, struct vg_arena *arena, struct vg_headings *headings,
                      struct vg_reader_facts *facts, struct vg_csv **csv, struct vg_error *error) VG_MUST_USE;
vg_status vg_csv_next(struct vg_csv *csv, struct vg_row_batch *batch, struct vg_error *error) VG_MUST_USE;
vg_status vg_csv_rewind(struct vg_csv *csv, struct vg_error *error) VG_MUST_USE;
double vg_csv_progress(const struct vg_csv *csv);
void vg_csv_get_facts(const struct vg_csv *csv, struct vg_reader_facts *facts);
/* For tests: the kernels used from now on. */
void vg_csv_use_kernels(struct vg_csv *csv, const struct vg_scan_kernels *kernels);
void vg_csv_close(struct vg_csv *csv);

/* -------------------------------------------------------------------- xlsx */

struct vg_xlsx;
vg_status vg_xlsx_open(const char *name, const char *data, size_t size, const struct vg_reader_options *options,
                       struct vg_arena *arena, struct vg_headings *headings, struct vg_reader_facts *facts,
                       struct vg_xlsx **xlsx, struct vg_error *error) VG_MUST_USE;
vg_status vg_xlsx_next(struct vg_xlsx *xlsx, struct vg_row_batch *batch, struct vg_error *error) VG_MUST_USE;
vg_status vg_xlsx_rewind(struct vg_xlsx *xlsx, struct vg_error *error) VG_MUST_USE;
double vg_xlsx_progress(const struct vg_xlsx *xlsx);
void vg_xlsx_get_facts(const struct vg_xlsx *xlsx, struct vg_reader_facts *facts);
void vg_xlsx_close(struct vg_xlsx *xlsx);

#endif
