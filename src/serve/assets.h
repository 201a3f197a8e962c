/*
 * Private to serve: the page's files, embedded at build time by web/ with their compressed forms.
 */
#ifndef VG_SERVE_ASSETS_H
#define VG_SERVE_ASSETS_H

#include <stdbool.h>
#include <stddef.h>

struct vg_asset {
    const char *path;               /* "/", "/assets/app.<hash>.js" */
    const char *media_type;
    const unsigned char *data;
    size_t size;
    const unsigned char *gzip_data; /* NULL: not worth it */
    size_t gzip_size;
    bool immutable;                 /* the name carries a hash of the content */
};
extern const struct vg_asset vg_assets[];
extern const size_t vg_asset_count;

#endif
