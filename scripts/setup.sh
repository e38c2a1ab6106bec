# Installs TORCH and LOCK into .venv, which it makes from PYTHON. Called by the Makefile.
# A .venv that says it is unfinished, or whose Python does not run, is thrown away and made anew.
set -eu

log=setup.log
fits='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))'  # the Pythons that the locks have wheels for
fail() { echo "setup: $*" >&2; exit 1; }

explain() {  # why pip failed, in one sentence
    if grep -qE 'Connection(Error|Refused|Reset)|Connection broken|Timeout|Temporary failure|SSLError|ProxyError' $log; then
        fail "no network: pip could not reach its package index; connect and run make again (details: $log)."
    elif grep -q 'No space left on device' $log; then
        fail "the disk is full: make about 3 GB of room and run make again (details: $log)."
    fi
    fail "pip could not install the packages: $(grep -i error $log | tail -n 1) (details: $log)"
}

install() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input "$@" >>$log 2>&1 || explain
}

new() {
    version=$("$PYTHON" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) ||
        fail "'$PYTHON' does not run: install Python 3.11 to 3.14, or name yours, as in make PYTHON=python3.12 setup"
    "$PYTHON" -c "$fits" ||
        fail "Python 3.11 to 3.14 is needed and '$PYTHON' is $version: name another, as in make PYTHON=python3.12 setup"
    rm -rf .venv
    mkdir .venv
    touch .venv/.unfinished
    "$PYTHON" -m venv .venv >$log 2>&1 ||
        fail "'$PYTHON' cannot make a virtual environment; on Debian and Ubuntu, apt install python3-venv (details: $log)."
}

if [ ! -e .venv ]; then
    new
elif [ -e .venv/.unfinished ] || ! .venv/bin/python -c "import pip; $fits" 2>/dev/null; then
    echo "The .venv here is half-made or broken: making it anew."
    new
fi

touch .venv/.unfinished
rm -f .venv/.ready-*
: >$log
echo "Installing $TORCH and $LOCK into .venv; the first time this takes a minute or more ..."
install -c "$LOCK" $TORCH
install --no-deps -r "$LOCK"
install --no-deps --no-build-isolation -e .
rm -f .venv/.unfinished $log
