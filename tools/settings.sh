#!/usr/bin/env bash
# Settings of this checkout's JupyterLab: no news, no update checks (it works
# without a network), lessons opened by double click.
set -euo pipefail
cd "$(dirname "$0")/.."
dir=.venv/share/jupyter/lab/settings
mkdir -p "$dir"
cat >"$dir/overrides.json.new" <<'JSON'
{
  "@jupyterlab/apputils-extension:notification": {
    "fetchNews": "false",
    "checkForUpdates": false
  },
  "@jupyterlab/extensionmanager-extension:plugin": {
    "enabled": false
  }
}
JSON
mv "$dir/overrides.json.new" "$dir/overrides.json"
