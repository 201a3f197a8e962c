#!/bin/sh
# Installs the Debian packages of the given lists that are missing, and says nothing when none is. A package counts as
# there when its command, header or pkg-config module is, whoever put it there.
set -eu
missing=""
is_there() {
    case "$1" in
        command:*) command -v "${1#command:}" >/dev/null 2>&1 ;;
        module:*) command -v pkg-config >/dev/null 2>&1 && pkg-config --exists "${1#module:}" ;;
        file:*) [ -e "${1#file:}" ] ;;
        *) return 1 ;;
    esac
}
for list in "$@"; do
    while read -r package proof rest; do
        case "$package" in ''|'#'*) continue ;; esac
        is_there "$proof" || missing="$missing $package"
    done < "$list"
done
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1; then
    as_root="sudo"
else
    echo "These Debian packages are missing, and installing them needs root:" >&2
    echo "    apt-get install$missing" >&2
    exit 1
fi
if ! command -v apt-get >/dev/null 2>&1; then
    echo "These packages are missing (names as in Debian 12):$missing" >&2
    exit 1
fi
echo "installing what is missing:$missing"
export DEBIAN_FRONTEND=noninteractive
$as_root apt-get -qq -o DPkg::Lock::Timeout=600 update
# shellcheck disable=SC2086
$as_root apt-get -qq -y --no-install-recommends -o DPkg::Lock::Timeout=600 install $missing >/dev/null
