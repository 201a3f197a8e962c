#!/bin/sh
# Puts files into the program as they are. Writes a C file and its header:
#   tools/embed.sh OUT.c OUT.h PREFIX [group FILE...]... with each group introduced by "--group NAME"
# Each group becomes
#   extern const struct vg_embedded_file PREFIX_NAME[];   extern const size_t PREFIX_NAME_count;
# ordered as given, each file's bytes followed by a NUL that is not counted. The assembler reads the files (.incbin), so
# a large file costs no compile time.
set -eu
out_c=$1
out_h=$2
prefix=$3
shift 3

{
    echo "/* Made by tools/embed.sh. */"
    echo "#ifndef VG_EMBEDDED_FILE_DEFINED"
    echo "#define VG_EMBEDDED_FILE_DEFINED"
    echo "#include <stddef.h>"
    echo "struct vg_embedded_file {"
    echo "    const char *name;          /* without folders */"
    echo "    const unsigned char *data; /* followed by a NUL */"
    echo "    size_t size;"
    echo "};"
    echo "#endif"
} >"$out_h.tmp"
{
    echo "/* Made by tools/embed.sh. */"
    echo "#include \"$(basename "$out_h")\""
} >"$out_c.tmp"

group=
number=0
table=
count=0
finish_group() {
    [ -n "$group" ] || return 0
    {
        echo "extern const struct vg_embedded_file ${prefix}_$group[];"
        echo "extern const size_t ${prefix}_${group}_count;"
    } >>"$out_h.tmp"
    {
        # A group with no file still needs one row, which the count leaves out.
        printf 'const struct vg_embedded_file %s_%s[] = {\n%s    {0, 0, 0}};\n' "$prefix" "$group" "$table"
        echo "const size_t ${prefix}_${group}_count = $count;"
    } >>"$out_c.tmp"
}

while [ $# -gt 0 ]; do
    if [ "$1" = --group ]; then
        finish_group
        group=$2
        table=
        count=0
        shift 2
        continue
    fi
    path=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
    label="${prefix}_file_$number"
    size=$(wc -c <"$1" | tr -d ' ')
    {
        printf '%s\n' "__asm__(\".section .rodata\\n.balign 16\\n.hidden $label\\n.globl $label\\n$label:\\n\""
        printf '%s\n' "        \".incbin \\\"$path\\\"\\n.byte 0\\n.previous\\n\");"
        echo "extern const unsigned char $label[] __attribute__((visibility(\"hidden\")));"
    } >>"$out_c.tmp"
    table="$table    {\"$(basename "$1")\", $label, $size},
"
    number=$((number + 1))
    count=$((count + 1))
    shift
done
finish_group
mv "$out_c.tmp" "$out_c"
mv "$out_h.tmp" "$out_h"
