/*
 * The letters of a record: cleaned of line ends, blanks and gaps, made upper case, and checked. 32 bytes at a time where they are A, C, G, T or N.
 */
#include "intake/genome/genome.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define LETTERS_X86 1
#endif

enum { BAD = 0, SKIPPED = 1 };

/* What each byte becomes: a letter, SKIPPED or BAD. IUPAC-IUB 1984; U is T, X and ? are N. */
static const unsigned char becomes[256] = {
    ['\n'] = SKIPPED, ['\r'] = SKIPPED, [' '] = SKIPPED, ['\t'] = SKIPPED, ['-'] = SKIPPED, ['.'] = SKIPPED, ['?'] = 'N',
    ['A'] = 'A', ['C'] = 'C', ['G'] = 'G', ['T'] = 'T', ['U'] = 'T', ['N'] = 'N', ['X'] = 'N', ['R'] = 'R', ['Y'] = 'Y', ['S'] = 'S', ['W'] = 'W', ['K'] = 'K',
    ['M'] = 'M', ['B'] = 'B', ['D'] = 'D', ['H'] = 'H', ['V'] = 'V',
    ['a'] = 'A', ['c'] = 'C', ['g'] = 'G', ['t'] = 'T', ['u'] = 'T', ['n'] = 'N', ['x'] = 'N', ['r'] = 'R', ['y'] = 'Y', ['s'] = 'S', ['w'] = 'W', ['k'] = 'K',
    ['m'] = 'M', ['b'] = 'B', ['d'] = 'D', ['h'] = 'H', ['v'] = 'V',
};

/* Takes bytes until one is bad or the body ends; returns where it stopped. */
typedef size_t take_bytes(const unsigned char *body, size_t at, size_t size, char *letters, size_t *length);

static size_t take_plain(const unsigned char *body, size_t at, size_t size, char *letters, size_t *length)
{
    size_t n = *length;
    while (at < size) {
        unsigned char letter = becomes[body[at]];
        if (letter == BAD) {
            break;
        }
        letters[n] = (char)letter;
        n += letter != SKIPPED;
        at++;
    }
    *length = n;
    return at;
}

#ifdef LETTERS_X86
__attribute__((target("avx2,bmi"))) static size_t take_avx2(const unsigned char *body, size_t at, size_t size, char *letters, size_t *length)
{
    size_t n = *length;
    const __m256i upper = _mm256_set1_epi8((char)0xDF);
    while (at + 32 <= size) {
        __m256i x = _mm256_and_si256(_mm256_loadu_si256((const __m256i_u *)(const void *)(body + at)), upper);
        __m256i ac = _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('A')), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('C')));
        __m256i gt = _mm256_or_si256(_mm256_cmpeq_epi8(x, _mm256_set1_epi8('G')), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('T')));
        __m256i any = _mm256_or_si256(_mm256_or_si256(ac, gt), _mm256_cmpeq_epi8(x, _mm256_set1_epi8('N')));
        uint32_t others = ~(uint32_t)_mm256_movemask_epi8(any);
        _mm256_storeu_si256((__m256i_u *)(void *)(letters + n), x);
        size_t run = others == 0 ? 32 : (size_t)__builtin_ctz(others);
        n += run;
        at += run;
        if (others != 0) {
            unsigned char letter = becomes[body[at]];
            if (letter == BAD) {
                *length = n;
                return at;
            }
            letters[n] = (char)letter;
            n += letter != SKIPPED;
            at++;
        }
    }
    *length = n;
    return take_plain(body, at, size, letters, length);
}

static take_bytes *best_take(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") ? take_avx2 : take_plain;
}
#else
static take_bytes *best_take(void)
{
    return take_plain;
}
#endif

/* A * that only blanks follow marks the end, as some tools write it. */
static bool is_end_mark(const unsigned char *body, size_t at, size_t size)
{
    bool mark = body[at] == '*';
    for (size_t i = at + 1; i < size && mark; i++) {
        mark = body[i] == '\n' || body[i] == '\r' || body[i] == ' ' || body[i] == '\t';
    }
    return mark;
}

/* Of a sequence of nucleotides, however wrong or ambiguous, most letters are A, C, G, T or N; of a protein a quarter are, and nothing but letters and * is in it. */
static bool is_protein(const unsigned char *body, size_t size)
{
    size_t letters = 0, bases = 0, others = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned char upper = (unsigned char)(body[i] & 0xDF);
        bool letter = upper >= 'A' && upper <= 'Z';
        letters += letter;
        bases += letter && strchr("ACGTUN", upper) != NULL;
        others += !letter && body[i] != '*' && becomes[body[i]] != SKIPPED;
    }
    return letters >= 5 && others == 0 && 2 * bases < letters;
}

bool vg_fasta_letters(const struct vg_fasta_record *record, char *letters, size_t *length, struct vg_fasta_fault *fault)
{
    const unsigned char *body = (const unsigned char *)record->body.data;
    size_t size = record->body.size;
    *length = 0;
    size_t stop = best_take()(body, 0, size, letters, length);
    if (stop == size || is_end_mark(body, stop, size)) {
        return true;
    }
    size_t line_start = 0;
    fault->line = record->line;
    for (size_t i = 0; i < stop; i++) {
        if (body[i] == '\n') {
            fault->line++;
            line_start = i + 1;
        }
    }
    fault->column = stop - line_start + 1;
    fault->found = body[stop];
    fault->amino_acids = is_protein(body, size);
    return false;
}
