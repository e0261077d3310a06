#!/usr/bin/env bash
# Makes the disk image of the application, and has Apple notarise it where APPLE_ID, APPLE_TEAM and
# APPLE_PASSWORD are set:
#
#   package.sh "dist/KOA Desktop.app" OUT
set -euo pipefail
project="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)"
version="$(sed -n 's/^version = "\(.*\)"/\1/p' "$project/pyproject.toml" | head -n 1)"
mkdir -p "$2"
image="$2/koa-desktop-$version-macos-$(uname -m).dmg"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cp -R "$1" "$work"
ln -s /Applications "$work/Applications"
hdiutil create -volname "KOA Desktop" -srcfolder "$work" -format ULFO -ov "$image"
if [ -n "${APPLE_ID:-}" ]; then
  xcrun notarytool submit "$image" --apple-id "$APPLE_ID" --team-id "$APPLE_TEAM" --password "$APPLE_PASSWORD" --wait
  xcrun stapler staple "$image"
fi
