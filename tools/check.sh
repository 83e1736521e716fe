#!/usr/bin/env bash
# Everything that is checked before a change goes in, after the set-up: tests,
# linters, all lessons, and the browser test where there is a Chromium. Each
# part reports; the first failure does not hide the others.
set -uo pipefail
cd "$(dirname "$0")/.."
failed=()

part() {
  local name=$1 start=$SECONDS
  shift
  printf '==> %s\n' "$name"
  if "$@"; then
    printf '==> %s: ok (%d s)\n' "$name" $((SECONDS - start))
  else
    printf '==> %s: FAILED (%d s)\n' "$name" $((SECONDS - start))
    failed+=("$name")
  fi
}

part 'doctor' bin/nasx doctor
part 'Go tests' go test -timeout 20m ${TESTFLAGS:-} ./... # as `make test`, so that its results count
part 'lint' tools/lint.sh
part 'tests of the gates' .venv/bin/python tools/gates/criteria_test.py
part 'tests of the browser test' .venv/bin/python tools/browser/numbers_test.py
part 'tests of the benchmark' .venv/bin/python tools/peers/bench_test.py
part 'gates' .venv/bin/python tools/gates/run.py
part 'lessons' .venv/bin/python tools/notebooks.py
if { command -v chromium || command -v chromium-browser; } >/dev/null; then
  part 'browser' .venv/bin/python tools/browser/run.py
else
  echo '==> browser: left out, there is no Chromium here (on Debian: apt-get install chromium chromium-driver)'
  [ -z "${NASX_REQUIRE_BROWSER:-}" ] || failed+=('browser')
fi

if [ ${#failed[@]} -gt 0 ]; then
  printf 'check: failed: %s\n' "$(IFS=,; echo "${failed[*]}")"
  exit 1
fi
echo 'check: all parts passed'
