#!/usr/bin/env bash
# Makes the *.lock.txt files beside it from the *.in files: every wheel pinned by hash, no registry named,
# valid for Python 3.10 to 3.13 on Linux and macOS. Only the maintainer runs it; uv lives in a temporary venv.
set -euo pipefail
cd "$(dirname "$0")"
unset PIP_FIND_LINKS UV_FIND_LINKS
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet uv
lock() {
  local name=$1
  shift
  "$tools/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.10 --no-emit-index-url \
    --no-emit-find-links --no-annotate --no-header "$@" "$name.in" -o "$name.lock.txt.new"
  # Only TensorFlow itself and NVIDIA's libraries are wanted of the CUDA wheel's dependencies.
  if [ "$name" = tensorflow-cuda ]; then
    awk '/^[a-z]/ { keep = /^(tensorflow|nvidia-)/ } keep' "$name.lock.txt.new" >"$name.lock.txt.kept"
    mv "$name.lock.txt.kept" "$name.lock.txt.new"
  fi
  mv "$name.lock.txt.new" "$name.lock.txt"
}
lock notebook
# Into the same environment as the notebooks' packages, so with their versions.
lock cluster -c notebook.lock.txt
lock tensorflow-cpu --no-deps
lock tensorflow-cuda
lock twins
