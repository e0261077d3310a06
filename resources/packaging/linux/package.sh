#!/usr/bin/env bash
# Makes the tarball and the Debian package of a Linux program, with dpkg-deb and objdump installed:
#
#   package.sh PROGRAM OUT       PROGRAM is dist/koa-desktop as PyInstaller built it
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
program="$(cd "$1" && pwd)"
mkdir -p "$2"
out="$(cd "$2" && pwd)"
project="$here/../../.."
version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$project/pyproject.toml" | head -n 1)"
stem="koa-desktop-$version-linux-x64"
[ -x "$program/koa-desktop" ] || { echo "$program holds no koa-desktop." >&2; exit 1; }
# The same files give the same archives.
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git -C "$project" log -1 --format=%ct 2>/dev/null || date +%s)}"
export SOURCE_DATE_EPOCH
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

folder="$work/$stem"
mkdir -p "$folder/share"
cp -a "$program" "$folder/koa-desktop"
cp "$here/koa-desktop.desktop" "$here/koa-desktop.xml" "$project/resources/icons/koa-desktop.svg" "$folder/share"
install -m 755 "$here/install.sh" "$folder"
needed="$(python3 "$here/needed.py" "$program")"
sed -n 's/^libc6 //p' <<<"$needed" >"$folder/share/glibc"
# The filter for machine code takes 4 MB off.
tar --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -C "$work" -c "$stem" |
  xz -T0 --x86 --lzma2=preset="${XZ_LEVEL:-9}" >"$out/$stem.tar.xz"

root="$work/deb"
share="$root/usr/share"
mkdir -p "$root"/{DEBIAN,opt,usr/bin} "$share"/{applications,mime/packages,doc/koa-desktop} \
  "$share/icons/hicolor/scalable/apps"
mv "$folder/koa-desktop" "$root/opt/koa-desktop"
ln -s /opt/koa-desktop/koa-desktop "$root/usr/bin/koa-desktop"
cp "$here/koa-desktop.desktop" "$share/applications"
cp "$here/koa-desktop.xml" "$share/mime/packages"
cp "$project/resources/icons/koa-desktop.svg" "$share/icons/hicolor/scalable/apps"
cp "$project/THIRD_PARTY_NOTICES.md" "$share/doc/koa-desktop/copyright"
# The libraries that the program looks for when it starts.
depends="$(PYTHONPATH="$project" python3 -c '
import sys
from koa_desktop.system.libraries import DRAWING, X11_WINDOW
renamed = {"libglib2.0-0": "libglib2.0-0 | libglib2.0-0t64"}
packages = sorted({*DRAWING.values(), *X11_WINDOW.values()})
needed = ["{} (>= {})".format(*line.split()) for line in sys.argv[1].splitlines()]
print(", ".join([*needed, *(renamed.get(name, name) for name in packages)]))' "$needed")"
cat >"$root/DEBIAN/control" <<CONTROL
Package: koa-desktop
Version: $version
Architecture: amd64
Section: science
Priority: optional
Maintainer: The KOA Desktop authors <koa-desktop@invalid>
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Depends: $depends
Recommends: libcups2
Description: grade knee osteoarthritis on radiographs, offline
 KOA Desktop reads knee radiographs (DICOM or ordinary pictures), finds each
 knee, proposes its Kellgren-Lawrence grade and shows how sure it is. The
 reader agrees or overrules and exports a report. Not a medical device.
CONTROL
find "$root" -type d -exec chmod 755 {} +
dpkg-deb --root-owner-group -Zxz -z"${XZ_LEVEL:-9}" --build "$root" "$out/$stem.deb" >/dev/null
