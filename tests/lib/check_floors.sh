#!/bin/sh
# Includes go down the floors only: core, model, then store, intake and the analyses (which do not know each other), jobs, share, serve, cli. A folder sees
# of another one only its public header, which has the folder's name. Usage: check_floors.sh SOURCE_FOLDER
set -u
cd "$1/src" || exit 1
faults=$(grep -rnE '^ *# *include +"' --include='*.c' --include='*.h' . | sed 's|^\./||' | awk -F: '
    BEGIN {
        split("core=1 model=2 store=3 intake=3 monitor=3 trace=3 control=3 allocate=3 privacy=3 jobs=4 share=4 serve=5 cli=6", pairs, " ")
        for (i in pairs) { split(pairs[i], pair, "="); floor[pair[1]] = pair[2] }
    }
    {
        match($0, /"[^"]*"/)
        header = substr($0, RSTART + 1, RLENGTH - 2)
        split($1, from, "/")
        parts = split(header, to, "/")
        if (header == "data_embedded.h") next                      # facts that the program ships
        if (header == "page_embedded.h") next                      # the page, built from web/
        if (!(from[1] in floor)) { print $1 ": the folder " from[1] " has no floor"; next }
        if (parts == 1) { print $1 ":" $2 ": include \"" header "\" by its folder"; next }
        if (to[1] == from[1]) next
        if (!(to[1] in floor)) { print $1 ":" $2 ": includes " header " of an unknown folder"; next }
        if (floor[to[1]] >= floor[from[1]]) { print $1 ":" $2 ": " from[1] " may not include " header; next }
        name = to[parts]; sub(/\.h$/, "", name)
        if (name != to[parts - 1] && header != "model/shipped.h") print $1 ":" $2 ": " header " is private to " to[1]
    }')
if [ -z "$faults" ]; then
    echo "ok 1 - includes go down the floors only"
else
    echo "$faults" | sed 's/^/# /'
    echo "not ok 1 - includes go down the floors only"
    exit 1
fi
