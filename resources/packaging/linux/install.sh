#!/bin/sh
# Adds the program to one user's menu, without root; "install.sh --remove" takes it out again. The folder
# stays where it is, and readings are left alone.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
share="${XDG_DATA_HOME:-$HOME/.local/share}"
command="$HOME/.local/bin/koa-desktop"
desktop="$share/applications/koa-desktop.desktop"
icon="$share/icons/hicolor/scalable/apps/koa-desktop.svg"
types="$share/mime/packages/koa-desktop.xml"

if [ "${1:-}" = --remove ]; then
  rm -f "$command" "$desktop" "$icon" "$types"
else
  # The C library of the system on which the program was built, or a newer one.
  needed="$(cat "$here/share/glibc")"
  found="$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //')"
  if [ "$(printf '%s\n' "$needed" "${found:-0}" | sort -V | head -n 1)" != "$needed" ]; then
    echo "KOA Desktop needs glibc $needed or newer, and this system has ${found:-none}. Nothing was installed." >&2
    exit 1
  fi
  mkdir -p "${command%/*}" "${desktop%/*}" "${icon%/*}" "${types%/*}"
  ln -sf "$here/koa-desktop/koa-desktop" "$command"
  # In quotation marks, as the folder's name may contain spaces.
  sed "s|^Exec=koa-desktop|Exec=\"$here/koa-desktop/koa-desktop\"|" "$here/share/koa-desktop.desktop" >"$desktop"
  cp "$here/share/koa-desktop.svg" "$icon"
  cp "$here/share/koa-desktop.xml" "$types"
fi
for update in update-desktop-database:applications update-mime-database:mime; do
  if command -v "${update%:*}" >/dev/null; then
    "${update%:*}" "$share/${update#*:}" >/dev/null 2>&1 || true
  fi
done
