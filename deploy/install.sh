#!/bin/sh
# Puts Joldau and all it needs into .venv, from the hashed lock, with pip alone. Quick when nothing has changed.
# PYTHON names the interpreter to use; otherwise the first of python3, python3.11 … python3.14 that is new enough.
set -eu
cd "$(dirname "$0")/.."

lock=requirements/dev.lock
stamp=.venv/joldau.installed

say() { printf '%s\n' "$*" >&2; }
fail() {
    say "$@"
    exit 1
}

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

interpreter() {
    for candidate in ${PYTHON:-python3 python3.11 python3.12 python3.13 python3.14}; do
        if new_enough "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    fail "Joldau needs Python 3.11 or newer; install one, or name it: make install PYTHON=/path/to/python3."
}

# Debian keeps venv in a package of its own.
install_venv() {
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
        as_root='sudo -n'
    else
        fail "Python's venv is missing; install it (on Debian: apt-get install python3-venv), then run make install again."
    fi
    say "Installing python3-venv with apt-get."
    log=$(mktemp)
    $as_root sh services/cli/local/install-packages.sh python3-venv >"$log" 2>&1 ||
        fail "apt-get could not install python3-venv, see $log: $(tail -n 1 "$log")"
    rm "$log"
}

wanted=$(pwd && sha256sum "$lock" pyproject.toml deploy/install.sh)
if [ -x .venv/bin/joldau ] && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

if ! { new_enough .venv/bin/python && .venv/bin/python -m pip --version; } >/dev/null 2>&1; then
    python=$(interpreter)
    has_venv "$python" || install_venv
    has_venv "$python" || fail "$python has no venv even now; name another: make install PYTHON=/path/to/python3."
    "$python" -m venv --clear .venv
fi

say "Installing what $lock lists into .venv (a minute or so, the first time)."
.venv/bin/python -m pip --disable-pip-version-check install -qq --require-hashes -r "$lock"
.venv/bin/python -m pip --disable-pip-version-check install -qq --no-deps --no-build-isolation --editable .
printf '%s\n' "$wanted" >"$stamp"
