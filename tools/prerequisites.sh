#!/usr/bin/env bash
# Says in one sentence what is missing for the set-up, and how to get it.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

command -v go >/dev/null ||
  fail 'Go is missing: install Go 1.26.5 or newer from go.dev/dl and add its bin folder to PATH.'
have=$(go env GOVERSION 2>/dev/null) ||
  fail "This Go ($(go version 2>/dev/null | cut -d' ' -f3 || true)) is too old: install Go 1.26.5 or newer from go.dev/dl."
want=go1.26.5
[ "$(printf '%s\n%s\n' "$want" "${have%% *}" | sort -V | head -1)" = "$want" ] ||
  fail "This Go ($have) is too old: install Go 1.26.5 or newer from go.dev/dl."

compiler=$(go env CC)
command -v "${compiler%% *}" >/dev/null ||
  fail 'A C compiler is missing: install one, on Debian or Ubuntu with apt-get install gcc libc6-dev.'
[ "$(go env CGO_ENABLED)" = 1 ] ||
  fail 'CGO_ENABLED is 0, but XLA is loaded through cgo: unset CGO_ENABLED.'
printf '#include <stdlib.h>\n' | $compiler -E - >/dev/null 2>&1 ||
  fail 'The C library headers are missing: install them, on Debian or Ubuntu with apt-get install libc6-dev.'

[ -x .venv/bin/python ] && exit 0 # the rest is only for making that
python=${PYTHON:-python3}
command -v "$python" >/dev/null ||
  fail 'Python is missing: install Python 3.10 or newer, on Debian or Ubuntu with apt-get install python3 python3-venv.'
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
  fail "This Python ($("$python" -V 2>&1)) is too old: install 3.10 or newer, or name one with make PYTHON=/path/to/python3."
"$python" -c 'import venv, ensurepip' 2>/dev/null ||
  fail 'Python cannot make environments: install its venv package, on Debian or Ubuntu with apt-get install python3-venv.'
