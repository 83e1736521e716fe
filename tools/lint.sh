#!/usr/bin/env bash
# Formatting and static analysis of all Go code, and of the Dockerfile.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$PWD/.tools:$PATH"
failed=0

unformatted=$(git ls-files -z '*.go' | xargs -0 -r gofumpt -l)
if [ -n "$unformatted" ]; then
  printf 'not formatted (run gofumpt -w on them):\n%s\n' "$unformatted"
  failed=1
fi
go vet ./... || failed=1
staticcheck -checks all,-ST1001 ./... || failed=1
if [ -x .venv/bin/hadolint ] && [ -f Dockerfile ]; then
  .venv/bin/hadolint Dockerfile || failed=1
fi
[ "$failed" = 0 ] && echo 'lint: clean'
exit "$failed"
