#!/usr/bin/env bash
# Writes what the program is made of: OUT/sbom.cdx.json (CycloneDX) and OUT/third-party-licences.txt.
#
#   inventory.sh OUT [WHEELS…]   an environment of its own gets what requirements.lock pins for the program alone,
#                                and WHEELS in place of those of PyPI
set -euo pipefail
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
python="${PYTHON:-python3}"
mkdir -p "$1"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
for name in program tools; do "$python" -m venv "$work/$name"; done
bin=bin
[ -d "$work/tools/bin" ] || bin=Scripts
"$work/program/$bin/python" -m pip install -q -c "$project/requirements.lock" "$project"
[ $# = 1 ] || "$work/program/$bin/python" -m pip install -q --no-deps --force-reinstall "${@:2}"
"$work/program/$bin/python" -m pip uninstall -q -y pip setuptools
"$work/tools/$bin/python" -m pip install -q 'cyclonedx-bom>=7,<8' 'pip-licenses>=5,<6'
"$work/tools/$bin/cyclonedx-py" environment --pyproject "$project/pyproject.toml" --mc-type application \
  --output-reproducible --output-format JSON --output-file "$1/sbom.cdx.json" "$work/program/$bin/python"
"$work/program/$bin/python" "$project/resources/packaging/sbom.py" "$1/sbom.cdx.json"
{
  cat "$project/THIRD_PARTY_NOTICES.md"
  "$work/tools/$bin/pip-licenses" --python "$work/program/$bin/python" --format plain-vertical \
    --with-license-file --no-license-path --with-urls
} >"$1/third-party-licences.txt"
