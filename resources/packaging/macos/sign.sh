#!/usr/bin/env bash
# Signs the application with the certificate in CERTIFICATE (base64 of a .p12), PASSWORD and IDENTITY:
#
#   sign.sh "dist/KOA Desktop.app"
set -euo pipefail
chain="$(mktemp -d)/signing.keychain-db"
secret="$(openssl rand -hex 16)"
trap 'security delete-keychain "$chain" || true' EXIT
security create-keychain -p "$secret" "$chain"
security unlock-keychain -p "$secret" "$chain"
base64 --decode <<<"$CERTIFICATE" >"$chain.p12"
security import "$chain.p12" -k "$chain" -P "$PASSWORD" -T /usr/bin/codesign
rm "$chain.p12"
security set-key-partition-list -S apple-tool:,apple: -s -k "$secret" "$chain" >/dev/null
security list-keychains -d user -s "$chain" login.keychain-db
codesign --force --deep --timestamp --options runtime --entitlements "$(dirname "$0")/entitlements.plist" \
  --sign "$IDENTITY" "$1"
codesign --verify --deep --strict "$1"
