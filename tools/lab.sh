#!/usr/bin/env bash
# Starts JupyterLab with the first lesson open, and ends the search sessions
# that were started in it. Arguments are passed on to JupyterLab.
set -euo pipefail
cd "$(dirname "$0")/.."
repo=$PWD

export PATH="$repo/.venv/bin:$repo/.tools:$PATH"
export NASX_RUNS=${NASX_RUNS:-$repo/runs}
began=$(date -u +%Y-%m-%dT%H:%M:%SZ)

wanted=${NASX_PORT:-8888}
port=$(.venv/bin/python tools/port.py "$wanted")
[ "$port" = "$wanted" ] || echo "Port $wanted is taken; JupyterLab uses $port."

page=/lab
lesson=notebooks/00_first_steps.ipynb
[ ! -f "$lesson" ] || page=/lab/tree/$lesson

args=(
  --ServerApp.root_dir="$repo"
  --ServerApp.port="$port"
  --ServerApp.port_retries=20
  --ServerApp.default_url="$page"
  --LabApp.default_url="$page"
  --MultiKernelManager.default_kernel_name=naslab
  --KernelSpecManager.ensure_native_kernel=False
  # The launcher shows these; naslab-raw is for runs without a reader.
  --KernelSpecManager.allowed_kernelspecs=naslab
  --KernelSpecManager.allowed_kernelspecs=python3
  --LabApp.news_url=None
  --Application.log_level=WARN
  --ServerApp.answer_yes=True # an interrupt ends it without a question
)
[ "$(id -u)" != 0 ] || args+=(--allow-root)

server=
stop() {
  trap '' INT TERM HUP
  if [ -n "$server" ] && kill -0 "$server" 2>/dev/null; then
    kill -TERM "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
  fi
  tools/stop.sh --since "$began" # sessions of other windows stay
}
trap stop EXIT
trap 'exit 0' INT TERM HUP # the ordinary ways to leave

.venv/bin/python -m jupyterlab "${args[@]}" "$@" </dev/null &
server=$!
wait "$server"
