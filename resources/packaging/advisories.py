"""Keep the list of published faults in what the program carries, and what protects from each.

    pip-audit --requirement requirements.lock --no-deps --disable-pip --format json \
        | python resources/packaging/advisories.py

adds what pip-audit found in the pinned versions and names what has no answer yet: either a newer
version gets pinned, or `protects` says why the fault does no harm here. The exit status is 1 while
an answer is missing, and 2 where the input is no audit: pip-audit failed, or had no network.

pip-audit knows nothing of the native libraries that packages carry. `bundled` lists those that
decode foreign files or keep secrets; the versions of most are read from the installed files, and
one that is not listed is named. Faults in them have a `library`, and are looked for by hand.
"""

from __future__ import annotations

import json
import re
import sys
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_suffix(".json")
_NATIVE = re.compile(r"\.(so|dll|pyd|dylib)(\.|$)")
# What a library writes of its version into its file. Where it is linked into another one, as on
# Windows, some of it is missing.
_MARKS = {
    "CharLS": rb"libgdcmcharls\.(?:so\.)?(\d+\.\d+)",
    "Expat": rb"expat_(\d+\.\d+\.\d+)",
    "OpenJPEG": rb"\0(2\.\d+\.\d+)\0",
    "OpenSSL": rb"OpenSSL (\d+\.\d+\.\d+[a-z]*) ",
    "Qt": rb"Qt (\d+\.\d+\.\d+) \(",
    "SQLCipher": rb"\0(4\.\d+\.\d+)\0",
    "libjpeg": rb"\0(6\w)  \d+-\w+-\d{4}\0",
    "libjpeg-turbo": rb"libjpeg-turbo (?:version |\(ver )(\d+\.\d+\.\d+)",
    "liblzma": rb"\0(5\.\d+\.\d+)\0",
    "libpng": rb"libpng version (\d+\.\d+\.\d+)",
    "libtiff": rb"(?:LIBTIFF, Version |TIFF: +build \(ver \d+ - )(\d+\.\d+\.\d+)",
    "zlib": rb"inflate (\d+(?:\.\d+)+) Copyright",
    "zstd": rb"\0(1\.\d+\.\d+)\0",
}


def pins(lock: str) -> set[tuple[str, str]]:
    """Return name and version of each pinned package; several versions where they vary."""
    return set(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))


def merged(known: list[dict[str, Any]], audit: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the list with what pip-audit found added; answers stay."""
    result = {(one["package"], one["id"]): dict(one) for one in known}
    for dependency in audit["dependencies"]:
        for fault in dependency.get("vulns", []):
            key = (dependency["name"].lower(), fault["id"])
            entry = result.setdefault(key, {"package": key[0], "id": key[1], "protects": ""})
            entry["version"] = dependency["version"]
            entry["aliases"] = fault.get("aliases", [])
            entry["fixed_in"] = fault.get("fix_versions", [])
    return [result[key] for key in sorted(result)]


def unanswered(known: list[dict[str, Any]], lock: str) -> list[str]:
    """Return package and identifier of each fault in a pinned version without an answer."""
    pinned = pins(lock)
    return [
        f"{one['package']} {one['version']}: {one['id']}"
        for one in known
        if (one["package"], one["version"]) in pinned and not one["protects"].strip()
    ]


def outdated(known: list[dict[str, Any]], lock: str) -> list[str]:
    """Return entries of versions that are pinned no more, to be deleted."""
    pinned = pins(lock)
    return [one["id"] for one in known if (one["package"], one["version"]) not in pinned]


def audited(text: str) -> dict[str, Any]:
    """Return what pip-audit wrote. Raises ValueError where that names no dependency."""
    audit = json.loads(text)
    if not isinstance(audit, dict) or not audit.get("dependencies"):
        raise ValueError("it names no dependency")
    return audit


def installed(package: str, library: str, files: str) -> set[str]:
    """Return the versions of a library in those native files of a package that match `files`.

    None are found where the package is not installed, or its files do not tell.
    """
    try:
        paths = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        return set()
    found: set[str] = set()
    for path in paths:
        if library in _MARKS and _NATIVE.search(path.name) and fnmatch(str(path), files):
            content = path.name.encode() + b"\0" + Path(str(path.locate())).read_bytes()
            found |= {match.decode() for match in re.findall(_MARKS[library], content)}
    return found


def changed(bundled: list[dict[str, Any]]) -> list[str]:
    """Return the libraries that are installed in another version than those listed."""
    result = []
    for one in bundled:
        new = installed(one["package"], one["library"], one["files"]) - set(one["versions"])
        result += [f"{one['package']} carries {one['library']} {version}" for version in new]
    return result


def main() -> int:
    """Update and check the list; returns the exit status."""
    listed = json.loads(LIST.read_text(encoding="utf-8"))
    known = listed["advisories"]
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    try:
        audit = audited(sys.stdin.read())
    except ValueError as error:
        sys.stderr.write(f"The input is no audit of pip-audit: {error}.\n")
        return 2
    old = outdated(known, lock)
    known = merged([one for one in known if one["id"] not in old], audit)
    listed["advisories"] = known
    LIST.write_text(json.dumps(listed, indent=2) + "\n", encoding="utf-8")
    missing = unanswered(known, lock) + changed(listed["bundled"])
    sys.stdout.writelines(f"{line}\n" for line in missing)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
