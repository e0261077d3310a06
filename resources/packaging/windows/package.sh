#!/usr/bin/env bash
# Makes setup, MSI and portable zip of a Windows program, on Linux with nsis and wixl installed:
#
#   package.sh PROGRAM OUT       PROGRAM is dist/koa-desktop as PyInstaller built it on Windows
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
program="$(cd "$1" && pwd)"
mkdir -p "$2"
out="$(cd "$2" && pwd)"
project="$here/../../.."
icon="$project/resources/icons/koa-desktop.ico"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$project/pyproject.toml" | head -n 1)"
stem="koa-desktop-$version-windows-x64"
[ -f "$program/koa-desktop-cli.exe" ] || { echo "$program holds no koa-desktop-cli.exe." >&2; exit 1; }

makensis -V2 "-DVERSION=$version" "-DPROGRAM=$program" "-DICON=$icon" "-DSETUP=$out/$stem-setup.exe" \
  "-DKILOBYTES=$(du -sk --apparent-size "$program" | cut -f1)" "$here/setup.nsi"

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
(cd "$program" && find . -type f | LC_ALL=C sort) |
  wixl-heat --prefix ./ --directory-ref INSTALLDIR --component-group Files --var var.PROGRAM --win64 \
    >"$work/files.wxs"
# wixl takes relative paths alone.
cp "$icon" "$work/program.ico"
cp "$here/setup.wxs" "$work"
ln -s "$program" "$work/program"
(cd "$work" && wixl --arch x64 --define Win64=yes --define "VERSION=$version" \
  --define ICON=program.ico --define PROGRAM=program --output "$out/$stem.msi" setup.wxs files.wxs)

# The folder "data" beside the program makes it keep everything there.
mkdir -p "$work/KOA Desktop/data"
cp -a "$program/." "$work/KOA Desktop"
rm -f "$out/$stem-portable.zip"
(cd "$work" && python3 -m zipfile -c "$out/$stem-portable.zip" "KOA Desktop")
