/*
 * Base45 (RFC 9285): two bytes as three characters of the alphanumeric alphabet of QR codes.
 */
#include "trace/certificate/certificate.h"

static const char alphabet[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

void vg_base45_encode(const void *data, size_t size, struct vg_buffer *out)
{
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i += 2) {
        bool both = i + 1 < size;
        unsigned value = both ? bytes[i] * 256u + bytes[i + 1] : bytes[i];
        const char three[3] = {alphabet[value % 45], alphabet[value / 45 % 45], alphabet[value / 2025 % 45]};
        vg_buffer_append(out, three, both ? 3 : 2);
    }
}

static int value_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'A' && c <= 'Z') {
        return c - 'A' + 10;
    }
    for (int i = 36; i < 45; i++) {
        if (alphabet[i] == c) {
            return i;
        }
    }
    return -1;
}

bool vg_base45_decode(struct vg_text text, uint8_t *out, size_t *size)
{
    *size = 0;
    for (size_t i = 0; i < text.size; i += 3) {
        size_t n = text.size - i < 3 ? text.size - i : 3;
        int value = 0;
        for (size_t k = n; k > 0; k--) {
            int digit = value_of(text.data[i + k - 1]);
            if (digit < 0) {
                return false;
            }
            value = value * 45 + digit;
        }
        if (n == 1 || value > (n == 3 ? 0xffff : 0xff)) {
            return false;
        }
        if (n == 3) {
            out[(*size)++] = (uint8_t)(value >> 8);
        }
        out[(*size)++] = (uint8_t)value;
    }
    return true;
}
