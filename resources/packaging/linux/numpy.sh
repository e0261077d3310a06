#!/usr/bin/env bash
# Builds the wheel of NumPy without a BLAS, which takes 28 MB in that of PyPI. The program multiplies no large matrices.
#
#   numpy.sh OUT        with a compiler installed; pip fetches the source of the version in requirements.lock
set -euo pipefail
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
# One line for each version of Python, of which pip takes the one that fits.
mapfile -t pins < <(grep '^numpy==' "$project/requirements.lock")
"${PYTHON:-python3}" -m pip wheel --no-cache-dir --no-deps --no-binary numpy --wheel-dir "$1" "${pins[@]}" \
  -Csetup-args=-Dblas=none -Csetup-args=-Dlapack=none -Csetup-args=-Dallow-noblas=true
