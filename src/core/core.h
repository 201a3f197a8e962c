/*
 * core: what every other folder stands on. Errors, memory, text, dates and epi-weeks, random numbers,
 * threads, progress, files, tables (CSV, JSON, Arrow) and special functions.
 *
 * Rules that hold for all of it: no mutable globals, no locale, no exit, nothing read from the environment.
 * A function that can fail returns vg_status and takes `struct vg_error *error` last (may be NULL).
 */
#ifndef VG_CORE_H
#define VG_CORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ------------------------------------------------------------------ errors */

/* The codes double as groups of exit codes: see vg_status_exit_code. */
typedef enum {
    VG_OK = 0,
    VG_DATA_ERROR,     /* the data did not allow it: bad file, bad value, too short a series */
    VG_USAGE_ERROR,    /* the caller asked for something that does not make sense */
    VG_NOT_FOUND,      /* the named thing is not there */
    VG_NEEDS_CHOICE,   /* the data are ambiguous and a person must choose (date order, mapping) */
    VG_LIMIT_EXCEEDED, /* a stated bound (size, time, memory) was reached */
    VG_BUSY,           /* somebody else holds the lock */
    VG_CANCELLED,      /* the caller asked to stop */
    VG_SYSTEM_ERROR,   /* the machine failed: disk full, no memory, no permission */
} vg_status;

#define VG_ERROR_MESSAGE_BYTES 768

/* One human sentence, with file, line, column, expected and found where they are known. */
struct vg_error {
    vg_status status;
    char message[VG_ERROR_MESSAGE_BYTES];
};

#define VG_MUST_USE __attribute__((warn_unused_result))
#define VG_PRINTF(format_index, first_index) __attribute__((format(printf, format_index, first_index)))

/* Fills *error (if not NULL) and returns status, so that `return vg_fail(error, ...)` reads well. */
vg_status vg_fail(struct vg_error *error, vg_status status, const char *format, ...) VG_PRINTF(3, 4);
/* Puts context in front of the message that is already there ("line list.csv: " + message). Returns error->status. */
vg_status vg_fail_context(struct vg_error *error, const char *format, ...) VG_PRINTF(2, 3);
/* Like vg_fail(VG_SYSTEM_ERROR) with the text of errno_value appended; ENOSPC and EDQUOT say that the disk is full. */
vg_status vg_fail_errno(struct vg_error *error, int errno_value, const char *format, ...) VG_PRINTF(3, 4);
/* Process exit code of a status: 0 done, 1 the data did not allow it, 2 wrong use, 3 the system failed. */
int vg_status_exit_code(vg_status status);

/* Programming errors only, on in every build; never for outside input. */
#define VG_ASSERT(condition) ((condition) ? (void)0 : vg_assert_failed(#condition, __FILE__, __LINE__))
_Noreturn void vg_assert_failed(const char *condition, const char *file, int line);

/* ------------------------------------------------------------------ memory */

/* Checked size arithmetic: false on overflow. */
static inline bool vg_multiply_size(size_t a, size_t b, size_t *product) { return !__builtin_mul_overflow(a, b, product); }
static inline bool vg_add_size(size_t a, size_t b, size_t *sum) { return !__builtin_add_overflow(a, b, sum); }

struct vg_arena_block;
/*
 * Memory with one lifetime: allocate freely, release once. The owner is whoever called vg_arena_init.
 * limit_bytes bounds the total (0: no bound). Allocation failure sets `failed` and returns NULL; callers test the
 * pointer, or test arena.failed once after a group of small allocations of which none is dereferenced before.
 */
struct vg_arena {
    struct vg_arena_block *newest;
    size_t limit_bytes;
    size_t used_bytes;
    bool failed;
};

void vg_arena_init(struct vg_arena *arena, size_t limit_bytes);
void vg_arena_release(struct vg_arena *arena);             /* frees all; the arena may be used again */
void vg_arena_reserve(struct vg_arena *arena, size_t bytes); /* a wish, of an empty arena: room for so many at once, on large pages where the system has them, which are quicker to touch first */
void vg_arena_reset(struct vg_arena *arena);               /* what was handed out is gone, the memory stays for the next use */
void *vg_arena_alloc(struct vg_arena *arena, size_t count, size_t size); /* zeroed, aligned to 16; NULL on overflow or limit */
char *vg_arena_copy_bytes(struct vg_arena *arena, const char *data, size_t size); /* NUL-terminated copy */
char *vg_arena_copy(struct vg_arena *arena, const char *text);
char *vg_arena_format(struct vg_arena *arena, const char *format, ...) VG_PRINTF(2, 3);
/*
 * The array with room for one more than its n elements of `size` bytes: itself, or a copy of twice the room, which *capacity then says. NULL: out of memory, all stays as it was.
 */
void *vg_arena_room(struct vg_arena *arena, void *array, size_t n, size_t *capacity, size_t size);
vg_status vg_fail_memory(struct vg_error *error, size_t wanted_bytes); /* "out of memory ..." */
#define VG_ARENA_ARRAY(arena, type, count) ((type *)vg_arena_alloc((arena), (count), sizeof(type)))

/* A growing run of bytes with a bound. On failure `failed` is set, the content stays as it was, later appends do nothing. */
struct vg_buffer {
    char *data;      /* NUL-terminated when size > 0 or after the first append */
    size_t size;
    size_t capacity;
    size_t limit_bytes; /* 0: no bound */
    bool failed;
};

void vg_buffer_init(struct vg_buffer *buffer, size_t limit_bytes);
void vg_buffer_release(struct vg_buffer *buffer);
void vg_buffer_clear(struct vg_buffer *buffer);
bool vg_buffer_reserve(struct vg_buffer *buffer, size_t extra_bytes); /* room for extra_bytes more after size */
void vg_buffer_append(struct vg_buffer *buffer, const void *data, size_t size);
void vg_buffer_text(struct vg_buffer *buffer, const char *text);
void vg_buffer_char(struct vg_buffer *buffer, char c);
void vg_buffer_format(struct vg_buffer *buffer, const char *format, ...) VG_PRINTF(2, 3);
void vg_buffer_integer(struct vg_buffer *buffer, int64_t value);
void vg_buffer_double(struct vg_buffer *buffer, double value); /* shortest text that reads back the same; NaN appends nothing */
void vg_buffer_json_string(struct vg_buffer *buffer, const char *text, size_t size); /* with quotes; bad UTF-8 becomes U+FFFD */

/* -------------------------------------------------------------------- text */

/* A slice of somebody else's bytes, not NUL-terminated. */
struct vg_text {
    const char *data;
    size_t size;
};

static inline struct vg_text vg_text_of(const char *data, size_t size) { return (struct vg_text){data, size}; }
struct vg_text vg_text_from(const char *c_string);
struct vg_text vg_text_trim(struct vg_text text); /* ASCII blanks, U+00A0, U+3000 and BOM at both ends */
bool vg_text_equal(struct vg_text a, struct vg_text b);
bool vg_text_equals(struct vg_text a, const char *b);
int vg_text_compare(struct vg_text a, struct vg_text b);
/*
 * The form in which names and headings are compared: compatibility decomposition, marks removed (Querétaro = Queretaro),
 * case folded, everything that is neither letter nor digit dropped ("Código DIVIPOLA " = "codigo_divipola").
 * Chinese characters stay. Writes at most capacity bytes to out, no NUL; returns the length (0 if nothing is left).
 */
size_t vg_text_fold(struct vg_text text, char *out, size_t capacity);
bool vg_text_fold_equal(struct vg_text a, struct vg_text b);
bool vg_utf8_valid(const char *data, size_t size);

/* Whole-slice numbers, surrounding ASCII blanks allowed, never locale. False if anything is left over or out of range. */
bool vg_parse_integer(struct vg_text text, int64_t *value);
bool vg_parse_double(struct vg_text text, char decimal_mark, double *value); /* decimal_mark '.' or ','; no thousands marks */
size_t vg_print_double(double value, char out[32]);  /* shortest round trip, no NUL; "NaN" prints as "" (0 bytes) */

/* Lower-case digits and a NUL: 2 * size + 1 characters. Decoding takes both cases, and exactly size bytes. */
void vg_hex_encode(const void *data, size_t size, char *out);
bool vg_hex_decode(struct vg_text text, void *out, size_t size);
/* Base64 (RFC 4648). Writing: the standard alphabet with =, or the URL alphabet without. Reading takes both, with = or without, and is false for what such writing would not give. */
enum vg_base64 { VG_BASE64_STANDARD, VG_BASE64_URL };
void vg_buffer_base64(struct vg_buffer *buffer, const void *data, size_t size, enum vg_base64 form);
bool vg_base64_decode(struct vg_text text, void *out, size_t capacity, size_t *size);

uint64_t vg_hash_bytes(const void *data, size_t size, uint64_t seed); /* fast, not cryptographic, same on every machine */
static inline uint64_t vg_hash_text(struct vg_text text) { return vg_hash_bytes(text.data, text.size, 0); }

/* A map from text to a dense index 0, 1, 2, ... in order of first sight. Keys are copied into the arena. */
struct vg_dictionary {
    struct vg_arena *arena;
    struct vg_text *keys;     /* [count] */
    uint64_t *hashes;         /* [count] */
    uint32_t *slots;          /* open addressing; 0 empty, else index + 1 */
    size_t count, key_capacity, slot_count;
};
#define VG_DICTIONARY_NONE UINT32_MAX
void vg_dictionary_init(struct vg_dictionary *dictionary, struct vg_arena *arena);
uint32_t vg_dictionary_add(struct vg_dictionary *dictionary, struct vg_text key); /* VG_DICTIONARY_NONE when out of memory */
uint32_t vg_dictionary_find(const struct vg_dictionary *dictionary, struct vg_text key); /* or VG_DICTIONARY_NONE */

/* ------------------------------------------------------------------- dates */

/* A day: days since 1970-01-01 in the proleptic Gregorian calendar. */
#define VG_DATE_NONE INT32_MIN
int32_t vg_date_from_civil(int year, int month, int day); /* VG_DATE_NONE if there is no such day or the year is not in 1..9999 */
void vg_date_to_civil(int32_t date, int *year, int *month, int *day);
bool vg_date_parse_iso(struct vg_text text, int32_t *date);  /* YYYY-MM-DD exactly */
#define VG_DATE_TEXT_BYTES 16
size_t vg_date_print(int32_t date, char out[VG_DATE_TEXT_BYTES]); /* ISO 8601, NUL-terminated; "" for none; returns the length */
int vg_date_weekday(int32_t date);                  /* 0 Sunday ... 6 Saturday */
int32_t vg_date_today(void);                        /* UTC; for the borders only (cli, serve, jobs) */

enum vg_week_system { VG_WEEK_MMWR /* Sunday first, PAHO and most of the Americas */, VG_WEEK_ISO /* Monday first */ };
void vg_date_to_epiweek(int32_t date, enum vg_week_system system, int *year, int *week);
int32_t vg_date_from_epiweek(int year, int week, enum vg_week_system system); /* first day of that week, or VG_DATE_NONE */
int32_t vg_date_week_start(int32_t date, enum vg_week_system system);

/* ---------------------------------------------------------- random numbers */

/*
 * Philox4x32-10 (Salmon et al. 2011): counter-based, so a draw depends on (seed; entity, time, purpose, index) alone,
 * never on the order or the thread. Not for privacy: those draws come from libsodium.
 */
struct vg_random_key { uint64_t seed; };
/* A stream of draws for one (entity, time, purpose). Start it with vg_random_stream, then draw. */
struct vg_random {
    uint32_t key[2];
    uint32_t counter[4]; /* [0] draw index, [1] purpose, [2] time, [3] entity */
    uint32_t block[4];
    unsigned used;
};
void vg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
struct vg_random vg_random_stream(uint64_t seed, uint32_t entity, uint32_t time, uint32_t purpose);
uint32_t vg_random_u32(struct vg_random *random);
uint64_t vg_random_u64(struct vg_random *random);
double vg_random_uniform(struct vg_random *random);                   /* inside (0, 1), 53 bits */
uint32_t vg_random_below(struct vg_random *random, uint32_t bound);   /* 0 .. bound - 1, unbiased */
double vg_random_normal(struct vg_random *random);
double vg_random_gamma(struct vg_random *random, double shape, double scale);
double vg_random_beta(struct vg_random *random, double a, double b);
/* Counts: means and trials up to 1e18; what is above, or NaN, gives INT64_MIN; nothing to draw from (mean 0 or less) gives 0. */
int64_t vg_random_poisson(struct vg_random *random, double mean);
int64_t vg_random_binomial(struct vg_random *random, int64_t trials, double probability);
int64_t vg_random_negative_binomial(struct vg_random *random, double mean, double size); /* variance mean + mean^2 / size */

/* ----------------------------------------------------------------- threads */

struct vg_pool;
/* threads 0: as many as processors. NULL when threads cannot be had; every vg_parallel_for accepts NULL (runs serially). */
struct vg_pool *vg_pool_new(unsigned threads);
void vg_pool_free(struct vg_pool *pool);
unsigned vg_pool_threads(const struct vg_pool *pool); /* 1 for NULL */
/* Calls work(context, item, worker) for item 0..count-1, worker in 0..threads-1. Items must write disjoint memory. */
void vg_parallel_for(struct vg_pool *pool, size_t count, void (*work)(void *context, size_t item, unsigned worker), void *context);

/* ---------------------------------------------------------------- progress */

/* Given to long work; report returns false to ask it to stop. A NULL pointer or NULL report is always allowed. */
struct vg_progress {
    bool (*report)(void *context, const char *what, double fraction);
    void *context;
};
bool vg_progress_report(const struct vg_progress *progress, const char *what, double fraction); /* true: go on */

/* ------------------------------------------------------------------- files */

struct vg_file_map { const char *data; size_t size; void *base; size_t base_bytes; };
vg_status vg_file_map_open(const char *path, struct vg_file_map *map, struct vg_error *error) VG_MUST_USE; /* read-only; an empty file has size 0; a pipe is read whole */
void vg_file_map_close(struct vg_file_map *map);
vg_status vg_file_read(const char *path, size_t limit_bytes, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* The same into the arena, with a NUL behind it; "-" is standard input. */
vg_status vg_file_read_text(const char *path, size_t limit, struct vg_arena *arena, struct vg_text *text, struct vg_error *error) VG_MUST_USE;
/* A new file that only its owner may read, synced; VG_SYSTEM_ERROR where there is one already, which stays as it is. */
vg_status vg_file_write_secret(const char *path, const void *data, size_t size, struct vg_error *error) VG_MUST_USE;
/*
 * Where what is written to a name goes: past links, to the file itself. through: a character device, a pipe, or a name of what is open already (/dev/stdout, /dev/fd/3), whose place
 * no file may take. VG_USAGE_ERROR for a block device.
 */
struct vg_file_target { char path[4096]; bool through; };
vg_status vg_file_find_target(const char *path, struct vg_file_target *target, struct vg_error *error) VG_MUST_USE;
/* A descriptor for what is written through; what is open already goes on where it stands. -1 and errno: it cannot be. */
int vg_file_open_through(const struct vg_file_target *target);
/*
 * Writes a temporary beside the file, syncs, renames over it, syncs the folder: the old file or the new one, never a part. What is written through is, and a reader that left early is no
 * error.
 */
vg_status vg_file_write_atomic(const char *path, const void *data, size_t size, struct vg_error *error) VG_MUST_USE;
bool vg_file_exists(const char *path);
/* Of the running program's version and file (size and time): another one wherever its figures might be others, also while it is being changed. */
uint64_t vg_program_identity(void);
/* BLAKE2b-256 of the bytes as 64 hexadecimal digits and a NUL. */
void vg_content_hash(const void *data, size_t size, char out[65]);

/* ----------------------------------------------------------------- sealing */

/* SHA-256 of the bytes as 64 hexadecimal digits and a NUL. */
void vg_sha256(const void *data, size_t size, char out[65]);

#define VG_SALT_BYTES 16
#define VG_PUBLIC_KEY_TEXT 65   /* 64 hexadecimal digits and a NUL */
#define VG_SIGNATURE_TEXT 129
/* One secret for both: to seal (XChaCha20-Poly1305 in libsodium's secretstream) and to sign (Ed25519); the two keys are derived from it. */
struct vg_seal_key {
    unsigned char seal[32], sign[64];
    char public_key[VG_PUBLIC_KEY_TEXT];
};
/*
 * A file with 64 hexadecimal digits is the key; one with anything else of at least 12 characters is a passphrase, made slow to guess by
 * Argon2id with the salt (64 MiB, some tenths of a second). VG_DATA_ERROR: too short; VG_NOT_FOUND: no file.
 */
vg_status vg_seal_key_read(const char *path, const unsigned char salt[VG_SALT_BYTES], struct vg_seal_key *key, struct vg_error *error) VG_MUST_USE;
void vg_seal_key_clear(struct vg_seal_key *key);
void vg_seal_salt(unsigned char salt[VG_SALT_BYTES]); /* random */
/* context: what the bytes are; they are opened under the same one only. out is appended to. Same bytes never give the same sealed ones. */
vg_status vg_seal(const struct vg_seal_key *key, const char *context, const void *data, size_t size, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* VG_DATA_ERROR: another key or context, or the bytes were changed or cut; then nothing is appended. */
vg_status vg_unseal(const struct vg_seal_key *key, const char *context, const void *data, size_t size, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
void vg_sign(const struct vg_seal_key *key, const void *data, size_t size, char signature[VG_SIGNATURE_TEXT]);
bool vg_signature_holds(const char *public_key, const char *signature, const void *data, size_t size);

/* ------------------------------------------------------------------ tables */

/*
 * A small result in columns, made by the analyses' callers and written as CSV, JSON or an Arrow IPC stream.
 * Rows are appended cell by cell, left to right. Text is copied into the arena.
 */
enum vg_column_kind { VG_COLUMN_INTEGER, VG_COLUMN_DOUBLE, VG_COLUMN_TEXT, VG_COLUMN_DATE, VG_COLUMN_BOOLEAN };
struct vg_column {
    const char *name;
    enum vg_column_kind kind;
    union { int64_t *integers; double *doubles; struct vg_text *texts; int32_t *dates; } values; /* booleans use integers */
    uint8_t *missing; /* 1 where there is no value; doubles are also missing when NaN */
};
struct vg_table {
    struct vg_arena *arena;
    struct vg_column *columns;
    size_t n_columns, n_rows, row_capacity, next_column;
    bool failed; /* out of memory somewhere: writers refuse */
};
void vg_table_init(struct vg_table *table, struct vg_arena *arena);
/* Columns are added before the first cell. name must outlive the table. */
void vg_table_add_column(struct vg_table *table, const char *name, enum vg_column_kind kind);
/* One more column with the same text in every row of a table that is finished. Both texts must outlive the table. */
void vg_table_append_text(struct vg_table *table, const char *name, const char *value);
void vg_table_integer(struct vg_table *table, int64_t value);
void vg_table_double(struct vg_table *table, double value);      /* NaN is missing */
void vg_table_text(struct vg_table *table, const char *value);   /* NULL is missing */
void vg_table_text_slice(struct vg_table *table, struct vg_text value);
void vg_table_date(struct vg_table *table, int32_t value);       /* VG_DATE_NONE is missing */
void vg_table_boolean(struct vg_table *table, bool value);
void vg_table_missing(struct vg_table *table);

enum vg_table_format { VG_FORMAT_CSV, VG_FORMAT_JSON, VG_FORMAT_ARROW, VG_FORMAT_XLSX };
bool vg_table_format_from_name(const char *name, enum vg_table_format *format); /* "csv", "json", "arrow", "xlsx" */
const char *vg_table_format_media_type(enum vg_table_format format);
/* CSV: RFC 4180, LF, header row. JSON: {"columns": [names], "rows": [[cells], ...]}. Arrow: IPC stream with schema, one record batch, end mark. XLSX: a workbook with one sheet, into an empty buffer; VG_LIMIT_EXCEEDED where Excel would not open it. */
vg_status vg_table_write(const struct vg_table *table, enum vg_table_format format, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* The same JSON with a "meta" object, given as JSON text (NULL: none), at its end. */
vg_status vg_table_write_json_meta(const struct vg_table *table, const char *meta_json, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;
/* Columns of equal width for a terminal, numbers to the right, at most `digits` significant digits. */
vg_status vg_table_write_text(const struct vg_table *table, int digits, struct vg_buffer *out, struct vg_error *error) VG_MUST_USE;

/* ------------------------------------------------------- special functions */

/* Accuracy: relative 1e-12 or better over the ranges tested, unless said. Arguments out of domain give NaN. */
double vg_log_gamma(double x);                              /* x > 0 */
double vg_gamma_p(double a, double x);                      /* regularised lower incomplete gamma */
double vg_gamma_q(double a, double x);
double vg_gamma_quantile(double p, double shape, double scale);
double vg_gamma_cdf(double x, double shape, double scale);
double vg_beta_i(double a, double b, double x);             /* regularised incomplete beta */
double vg_beta_quantile(double p, double a, double b);
double vg_normal_cdf(double z);
double vg_normal_quantile(double p);
double vg_poisson_cdf(int64_t k, double mean);
int64_t vg_poisson_quantile(double p, double mean);
double vg_negative_binomial_log_pmf(int64_t k, double mean, double size);
double vg_negative_binomial_cdf(int64_t k, double mean, double size);
int64_t vg_negative_binomial_quantile(double p, double mean, double size);
double vg_lognormal_cdf(double x, double meanlog, double sdlog);
double vg_weibull_cdf(double x, double shape, double scale);
double vg_student_t_quantile(double p, double degrees_of_freedom);
/*
 * Where a function with one valley in low .. high is least: until the bracket is no wider than `width`, or after `steps` steps; value_at is asked steps + 2 times at most. A NaN counts as not less.
 */
double vg_golden_minimum(double (*value_at)(void *context, double x), void *context, double low, double high, double width, int steps);
/* Type-7 quantile (R's default) of n values that are already sorted upwards. */
double vg_quantile_sorted(const double *sorted, size_t n, double p);

/* ---------------------------------------------------- times between events */

/*
 * Distributions of the time between two events in days, with their own two parameters: shape and scale (gamma, Weibull), log mean and log sd (log-normal),
 * mean and sd (normal).
 */
enum vg_interval_family { VG_INTERVAL_GAMMA, VG_INTERVAL_LOGNORMAL, VG_INTERVAL_WEIBULL, VG_INTERVAL_NORMAL, VG_INTERVAL_FAMILY_COUNT };
const char *vg_interval_family_name(enum vg_interval_family family); /* "gamma", "lognormal", "weibull", "normal" */
bool vg_interval_family_from_name(struct vg_text name, enum vg_interval_family *family);
struct vg_interval_law {
    enum vg_interval_family family;
    double a, b;
    double mean;
};
struct vg_interval_law vg_interval_law_of(enum vg_interval_family family, double mean, double sd); /* the member with this mean and standard deviation */
struct vg_interval_law vg_interval_law_given(enum vg_interval_family family, double a, double b);  /* the member with these parameters */
double vg_interval_sd(const struct vg_interval_law *law);
double vg_interval_density(const struct vg_interval_law *law, double x);
double vg_interval_cdf(const struct vg_interval_law *law, double x);
/* Integral of the distribution function up to x: second differences of it are probabilities of differences of two days. */
double vg_interval_integral(const struct vg_interval_law *law, double x);

/* ---------------------------------------------------- small dense matrices */

/* Row by row; for some tens of rows, where a call to a library costs more than the work. */
bool vg_dense_cholesky(double *a, size_t n);  /* lower factor in place of a, which is read in its lower half only; false if it is not positive definite */
void vg_dense_solve_lower(const double *l, size_t n, double *b, size_t columns); /* b[n * columns] := L^-1 b */
void vg_dense_solve_upper(const double *l, size_t n, double *b);                 /* b[n] := L'^-1 b */
double vg_dense_log_determinant(const double *l, size_t n);                      /* of L L' */
void vg_dense_inverse(const double *l, size_t n, double *column, double *inverse); /* (L L')^-1; column[n] is room */
void vg_dense_eigenvalues(double *a, size_t n, double *lowest, double *highest); /* destroys the symmetric a */

#endif
