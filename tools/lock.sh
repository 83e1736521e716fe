#!/usr/bin/env bash
# Renews the lists of Python packages with their digests, after an edit of
# lab.in, check.in or tools/peers/requirements.txt. Needs uv in PATH.
set -euo pipefail
cd "$(dirname "$0")/python"
for name in lab check; do
  uv pip compile --quiet --universal --python-version 3.10 --generate-hashes \
    --no-emit-index-url --no-emit-find-links --custom-compile-command tools/lock.sh \
    "$name.in" -o "$name.lock"
done
cd ../peers
uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command tools/lock.sh \
  requirements.txt -o requirements.lock
