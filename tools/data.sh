#!/usr/bin/env bash
# Runs a command with the data sets that lie beside the checkout, where they do:
# then the tests require them instead of leaving them out.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
shared=$here/../shared/data
if [ -z "${NASX_DATA:-}" ] && [ -d "$shared" ]; then
  NASX_DATA=$(cd "$shared" && pwd)
  export NASX_DATA
fi
if [ -n "${NASX_DATA:-}" ] && [ -z "${NASX_REQUIRE_DATA+set}" ]; then
  sets=''
  for name in mnist fashion-mnist cifar10 cifar100 nas-bench-201 nas-bench-macro; do
    [ -d "$NASX_DATA/$name" ] && sets="$sets,$name"
  done
  export NASX_REQUIRE_DATA=${sets#,}
fi
exec "$@"
