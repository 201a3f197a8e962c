/*
 * QR codes by libqrencode (ISO/IEC 18004, alphanumeric, level Q), drawn as SVG and PNG (libpng) with the quiet zone of four modules.
 */
#include "trace/certificate/certificate.h"

#include <errno.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>

#define QUIET_MODULES 4

static vg_status make_code(struct vg_text text, QRcode **code, struct vg_error *error)
{
    *code = NULL;
    QRinput *input = text.size == 0 || text.size > VG_CERTIFICATE_TEXT_MAX ? NULL : QRinput_new2(0, QR_ECLEVEL_Q);
    if (text.size == 0 || text.size > VG_CERTIFICATE_TEXT_MAX) {
        return vg_fail(error, VG_LIMIT_EXCEEDED, "a QR code holds at most %d characters here", VG_CERTIFICATE_TEXT_MAX);
    }
    if (input == NULL) {
        return vg_fail_memory(error, text.size);
    }
    bool fits = QRinput_append(input, QR_MODE_AN, (int)text.size, (const unsigned char *)text.data) == 0;
    *code = fits ? QRcode_encodeInput(input) : NULL;
    int fault = errno;
    QRinput_free(input);
    if (*code != NULL) {
        return VG_OK;
    }
    return !fits            ? vg_fail(error, VG_DATA_ERROR, "a QR code of this kind holds digits, capital letters, blanks and $%%*+-./: alone")
           : fault == ERANGE ? vg_fail(error, VG_LIMIT_EXCEEDED, "%zu characters are more than a QR code of level Q holds", text.size)
                             : vg_fail_memory(error, text.size);
}

static bool is_dark(const QRcode *code, int row, int column)
{
    return row >= 0 && column >= 0 && row < code->width && column < code->width && (code->data[row * code->width + column] & 1) == 1;
}

/* A path of runs: each as far as the row is dark. */
vg_status vg_certificate_qr_svg(struct vg_text text, struct vg_buffer *out, struct vg_error *error)
{
    QRcode *code = NULL;
    vg_status status = make_code(text, &code, error);
    if (status != VG_OK) {
        return status;
    }
    int size = code->width + 2 * QUIET_MODULES;
    vg_buffer_format(out,
                     "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" shape-rendering=\"crispEdges\"><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>"
                     "<path fill=\"#000\" d=\"",
                     size, size, size, size);
    for (int row = 0; row < code->width; row++) {
        for (int column = 0; column < code->width;) {
            int end = column;
            while (is_dark(code, row, end)) {
                end++;
            }
            if (end > column) {
                vg_buffer_format(out, "M%d %dh%dv1h-%dz", column + QUIET_MODULES, row + QUIET_MODULES, end - column, end - column);
            }
            column = end + 1;
        }
    }
    vg_buffer_text(out, "\"/></svg>\n");
    QRcode_free(code);
    return out->failed ? vg_fail_memory(error, 0) : VG_OK;
}

/* --------------------------------------------------------------------- PNG */

static void write_bytes(png_structp png, png_bytep bytes, png_size_t size)
{
    struct vg_buffer *out = png_get_io_ptr(png);
    vg_buffer_append(out, bytes, size);
    if (out->failed) {
        png_error(png, "out of memory");
    }
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

static void say_nothing(png_structp png, png_const_charp message)
{
    (void)png;
    (void)message;
}

/* One bit a pixel; rows: the whole picture. The library jumps back here when it fails, so nothing is owned in between. */
static bool write_png(png_structp png, png_infop info, struct vg_buffer *out, unsigned size, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(png)) != 0) {
        return false;
    }
    png_set_write_fn(png, out, write_bytes, flush_nothing);
    png_set_IHDR(png, info, size, size, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    png_write_image(png, rows);
    png_write_end(png, info);
    return true;
}

static void draw(const QRcode *code, unsigned pixels, unsigned size, size_t row_bytes, unsigned char *picture, unsigned char **rows)
{
    memset(picture, 0xff, row_bytes * size);
    for (unsigned y = 0; y < size; y++) {
        rows[y] = picture + row_bytes * y;
        for (unsigned x = 0; x < size; x++) {
            if (is_dark(code, (int)(y / pixels) - QUIET_MODULES, (int)(x / pixels) - QUIET_MODULES)) {
                rows[y][x / 8] &= (unsigned char)~(0x80 >> x % 8);
            }
        }
    }
}

vg_status vg_certificate_qr_png(struct vg_text text, unsigned pixels_a_module, struct vg_buffer *out, struct vg_error *error)
{
    QRcode *code = NULL;
    if (pixels_a_module < 1 || pixels_a_module > 64) {
        return vg_fail(error, VG_USAGE_ERROR, "a module of a QR code is 1 to 64 pixels wide");
    }
    vg_status status = make_code(text, &code, error);
    if (status != VG_OK) {
        return status;
    }
    unsigned size = (unsigned)(code->width + 2 * QUIET_MODULES) * pixels_a_module;
    size_t row_bytes = (size + 7) / 8;
    unsigned char *picture = malloc(row_bytes * size);
    unsigned char **rows = malloc(size * sizeof *rows);
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, say_nothing);
    png_infop info = png == NULL ? NULL : png_create_info_struct(png);
    bool good = picture != NULL && rows != NULL && info != NULL;
    if (good) {
        draw(code, pixels_a_module, size, row_bytes, picture, rows);
        good = write_png(png, info, out, size, rows);
    }
    png_destroy_write_struct(&png, &info);
    free(picture);
    free(rows);
    QRcode_free(code);
    return good ? VG_OK : vg_fail_memory(error, row_bytes * size);
}
