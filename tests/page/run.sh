#!/bin/sh
# The page's tests, as TAP:  run.sh            against the stand-in server
#                            run.sh BASE_URL   against a running node
# npm is asked only where its packages are missing or a lock file has changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
install() {
    lock=$(sha256sum "$1/package-lock.json" | cut -d ' ' -f 1)
    if [ "$(cat "$1/node_modules/.from-lock" 2>/dev/null || true)" != "$lock" ]; then
        (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2)
        echo "$lock" >"$1/node_modules/.from-lock"
    fi
}
exec 9>"$here/../../web/.build-lock"
flock 9
install "$here/../../web"
install "$here"
flock -u 9
exec node "$here/suite.mjs" "${1:-mock}"
