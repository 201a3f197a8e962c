#!/bin/sh
# House rules that a machine can see: file sizes, calls that are not used here, unfinished work, state outside structs, an opening comment in every file,
# and texts that exist in every language. Usage: check_style.sh SOURCE_FOLDER BUILD_FOLDER
set -u
cd "$1" || exit 1
build=$2
number=0
failed=0
report() { # NAME FAULTS
    number=$((number + 1))
    if [ -z "$2" ]; then
        echo "ok $number - $1"
    else
        echo "$2" | head -n 40 | sed 's/^/# /'
        echo "not ok $number - $1"
        failed=1
    fi
}
ours=$(git ls-files 'src/*.c' 'src/*.h' 'tests/*.c' 'tests/*.h' 'bench/*.c' 'fuzz/*.c' 'web/src/*.ts' 2>/dev/null)
[ -n "$ours" ] || ours=$(find src tests bench fuzz web/src -name node_modules -prune -o \( -name '*.[ch]' -o -name '*.ts' \) -print)

report "no file is longer than 800 lines" "$(for file in $ours; do lines=$(wc -l < "$file"); [ "$lines" -le 800 ] || echo "$file: $lines lines"; done)"
report "every C file says at its top what it is for" "$(for file in $ours; do
    case $file in *.ts) continue ;; esac
    head -n 1 "$file" | grep -qE '^(/\*|//)' || echo "$file"; done)"
report "calls that are unsafe or depend on the locale are not used" "$(echo "$ours" | grep '^src/' | grep '\.[ch]$' |
    xargs grep -nE '(^|[^_[:alnum:]])(strcpy|strcat|sprintf|vsprintf|gets|atoi|atol|atof|strtok|strtod|setlocale|rand|srand|system|popen|alloca)\(')"
report "only the command line ends the program" "$(grep -rnE '(^|[^_[:alnum:]])exit[[:space:]]*\(' src --include='*.c' | grep -v '^src/cli/')"
report "nothing is left unfinished" "$(echo "$ours" | grep -v '^tests/lib/' | xargs grep -nE '(TODO|FIXME|XXX:|HACK)')"
report "what the documents point to is there" "$(for page in README.md docs/*.md docs/*/*.md data/*.md data/*/*.md; do
    [ -f "$page" ] || continue
    grep -oE '\]\([^)#: ]+[./][^)#: ]*' "$page" | cut -c 3- | while read -r target; do [ -e "$(dirname "$page")/$target" ] || echo "$page: $target"; done; done)"
if command -v objdump > /dev/null && [ -f "$build/libvigia.a" ]; then
    # Counted from the object files: a variable in .data or .bss can be written to; constants are elsewhere.
    report "no state outside structs" "$(find "$build" -path '*libvigia.a.p*' -name '*.o' | while read -r object; do
        objdump -t "$object" | awk -v file="$(basename "$object")" '$0 ~ / O \.(bss|data|tbss|tdata)[[:space:]]/ && $NF !~ /^(__|completed)/ { print file ": " $NF }'; done)"
else
    echo "ok $((number = number + 1)) - no state outside structs # SKIP objdump or the library is not there"
fi
[ "$failed" -eq 0 ]
