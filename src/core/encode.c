/*
 * Bytes as text by libsodium: hexadecimal digits, and base64 (RFC 4648) in the standard and the URL alphabet.
 */
#include "core/core.h"

#include <sodium.h>
#include <string.h>

void vg_hex_encode(const void *data, size_t size, char *out)
{
    (void)sodium_bin2hex(out, 2 * size + 1, data, size);
}

bool vg_hex_decode(struct vg_text text, void *out, size_t size)
{
    size_t n = 0;
    return text.size == 2 * size && (size == 0 || (sodium_hex2bin(out, size, text.data, text.size, NULL, &n, NULL) == 0 && n == size));
}

void vg_buffer_base64(struct vg_buffer *buffer, const void *data, size_t size, enum vg_base64 form)
{
    int variant = form == VG_BASE64_URL ? sodium_base64_VARIANT_URLSAFE_NO_PADDING : sodium_base64_VARIANT_ORIGINAL;
    size_t room = sodium_base64_encoded_len(size, variant); /* with the NUL, for which a buffer has a byte more */
    if (vg_buffer_reserve(buffer, room - 1)) {
        (void)sodium_bin2base64(buffer->data + buffer->size, room, data, size, variant);
        buffer->size += room - 1;
    }
}

bool vg_base64_decode(struct vg_text text, void *out, size_t capacity, size_t *size)
{
    bool padded = text.size > 0 && text.data[text.size - 1] == '=';
    bool url = memchr(text.data, '-', text.size) != NULL || memchr(text.data, '_', text.size) != NULL;
    int variant = url ? (padded ? sodium_base64_VARIANT_URLSAFE : sodium_base64_VARIANT_URLSAFE_NO_PADDING)
                      : padded ? sodium_base64_VARIANT_ORIGINAL : sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    *size = 0;
    return text.size == 0 || sodium_base642bin(out, capacity, text.data, text.size, NULL, size, NULL, variant) == 0;
}
