/*
 * Text -> dense index. Open addressing with linear probing at most half full; hashes are kept, so growing never
 * touches the keys.
 */
#include "core/core.h"

#include <string.h>

void vg_dictionary_init(struct vg_dictionary *dictionary, struct vg_arena *arena)
{
    *dictionary = (struct vg_dictionary){.arena = arena};
}

/* The slot that holds key, or the empty one where it would go. */
static size_t find_slot(const struct vg_dictionary *dictionary, struct vg_text key, uint64_t hash)
{
    size_t mask = dictionary->slot_count - 1;
    size_t slot = (size_t)hash & mask;
    while (dictionary->slots[slot] != 0) {
        uint32_t index = dictionary->slots[slot] - 1;
        if (dictionary->hashes[index] == hash && vg_text_equal(dictionary->keys[index], key)) {
            break;
        }
        slot = (slot + 1) & mask;
    }
    return slot;
}

uint32_t vg_dictionary_find(const struct vg_dictionary *dictionary, struct vg_text key)
{
    if (dictionary->slot_count == 0) {
        return VG_DICTIONARY_NONE;
    }
    size_t slot = find_slot(dictionary, key, vg_hash_text(key));
    return dictionary->slots[slot] == 0 ? VG_DICTIONARY_NONE : dictionary->slots[slot] - 1;
}

static bool grow_slots(struct vg_dictionary *dictionary)
{
    size_t slot_count = dictionary->slot_count == 0 ? 64 : dictionary->slot_count * 2;
    uint32_t *slots = VG_ARENA_ARRAY(dictionary->arena, uint32_t, slot_count);
    if (slots == NULL) {
        return false;
    }
    for (size_t index = 0; index < dictionary->count; index++) {
        size_t slot = (size_t)dictionary->hashes[index] & (slot_count - 1);
        while (slots[slot] != 0) {
            slot = (slot + 1) & (slot_count - 1);
        }
        slots[slot] = (uint32_t)index + 1;
    }
    dictionary->slots = slots;
    dictionary->slot_count = slot_count;
    return true;
}

static bool grow_keys(struct vg_dictionary *dictionary)
{
    size_t capacity = dictionary->key_capacity == 0 ? 32 : dictionary->key_capacity * 2;
    struct vg_text *keys = VG_ARENA_ARRAY(dictionary->arena, struct vg_text, capacity);
    uint64_t *hashes = VG_ARENA_ARRAY(dictionary->arena, uint64_t, capacity);
    if (keys == NULL || hashes == NULL) {
        return false;
    }
    if (dictionary->count > 0) {
        memcpy(keys, dictionary->keys, dictionary->count * sizeof *keys);
        memcpy(hashes, dictionary->hashes, dictionary->count * sizeof *hashes);
    }
    dictionary->keys = keys;
    dictionary->hashes = hashes;
    dictionary->key_capacity = capacity;
    return true;
}

uint32_t vg_dictionary_add(struct vg_dictionary *dictionary, struct vg_text key)
{
    if ((dictionary->count + 1) * 2 > dictionary->slot_count && !grow_slots(dictionary)) {
        return VG_DICTIONARY_NONE;
    }
    uint64_t hash = vg_hash_text(key);
    size_t slot = find_slot(dictionary, key, hash);
    if (dictionary->slots[slot] != 0) {
        return dictionary->slots[slot] - 1;
    }
    if (dictionary->count >= UINT32_MAX - 1 || (dictionary->count == dictionary->key_capacity && !grow_keys(dictionary))) {
        return VG_DICTIONARY_NONE;
    }
    char *copy = vg_arena_copy_bytes(dictionary->arena, key.data, key.size);
    if (copy == NULL) {
        return VG_DICTIONARY_NONE;
    }
    uint32_t index = (uint32_t)dictionary->count;
    dictionary->keys[index] = (struct vg_text){copy, key.size};
    dictionary->hashes[index] = hash;
    dictionary->slots[slot] = index + 1;
    dictionary->count++;
    return index;
}
