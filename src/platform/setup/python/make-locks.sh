#!/usr/bin/env bash
# Makes the *.lock.txt files beside it from the packages that it names: every wheel pinned by hash, no registry named,
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
    --no-emit-find-links --no-annotate --no-header "$@" - -o "$name.lock.txt.new"
  # Only TensorFlow itself and NVIDIA's libraries are wanted of the CUDA wheel's dependencies.
  if [ "$name" = tensorflow-cuda ]; then
    awk '/^[a-z]/ { keep = /^(tensorflow|nvidia-)/ } keep' "$name.lock.txt.new" >"$name.lock.txt.kept"
    mv "$name.lock.txt.kept" "$name.lock.txt.new"
  fi
  mv "$name.lock.txt.new" "$name.lock.txt"
}
lock notebook <<'END'
# What .venv holds: JupyterLab, its tools to run and convert notebooks, and the front ends of figures and widgets.
jupyterlab
nbclient
nbconvert
plotly
ipywidgets
anywidget
# The official tests of a kernel; 30 kB beside what they need anyway.
jupyter-kernel-test
END
# Into the same environment as the notebooks’ packages, so with their versions.
lock cluster -c notebook.lock.txt <<'END'
# What `ccl cluster setup` adds to .venv: Ray, which runs studies on several machines.
ray==2.60.0
END
lock tensorflow-cpu --no-deps <<'END'
# Of these wheels only the C library and the headers are used (src/platform/setup/tensorflow-library.mjs).
tensorflow-cpu==2.21.0 ; sys_platform == 'linux' and platform_machine == 'x86_64'
tensorflow==2.21.0 ; sys_platform != 'linux' or platform_machine != 'x86_64'
END
lock tensorflow-cuda <<'END'
# The CUDA build and the NVIDIA libraries that its extra names; make-locks.sh drops what only Python needs.
tensorflow[and-cuda]==2.21.0
END
lock twins <<'END'
# What .venv-twins holds: the independent references that benchmarks and fixture makers compare with.
torch
opacus
dp-accounting
scikit-learn
statsmodels
scipy
mpmath<1.4
numpy
END
