#!/bin/sh
# Called by meson: builds the page and writes the C file that embeds it.
#   build.sh ASSETS_C_FILE DIST_FOLDER
# npm is asked only where node_modules is missing or the lock file has changed; nothing else uses the network.
# One build at a time: several build folders share node_modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
case $1 in /*) assets=$1 ;; *) assets=$PWD/$1 ;; esac
case $2 in /*) dist=$2 ;; *) dist=$PWD/$2 ;; esac
cd "$here"

exec 9>"$here/.build-lock"
flock 9
lock=$(sha256sum package-lock.json | cut -d ' ' -f 1)
if [ "$(cat node_modules/.from-lock 2>/dev/null || true)" != "$lock" ]; then
    echo "page: npm ci" >&2
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    echo "$lock" >node_modules/.from-lock
fi
node build.mjs "$dist" "$assets.new"
mv "$assets.new" "$assets"
