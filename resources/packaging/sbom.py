"""Add what packages carry, and Python itself, to a bill of materials in CycloneDX.

    sbom.py FILE         FILE is what cyclonedx-py wrote of the environment in which this runs

cyclonedx-py lists packages alone. The native libraries within them are those of `bundled` in
advisories.json. Their versions are read from the installed files; where a file does not tell its
version, all that are listed for the library are named.
"""

from __future__ import annotations

import json
import platform
import re
import sqlite3
import ssl
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any
from urllib.parse import quote

from advisories import LIST, installed

Entry = dict[str, Any]


def entry(kind: str, reference: str, name: str, version: str, description: str) -> Entry:
    """Return a component that is no package of PyPI."""
    return {
        "type": kind,
        "bom-ref": reference,
        "name": name,
        "version": version,
        "description": description,
        "purl": f"pkg:generic/{quote(name.lower())}@{quote(version)}",
    }


def within(owner: str, name: str, version: str, description: str) -> Entry:
    """Return a library that lies within another component."""
    return entry("library", f"{owner}/{name}@{version}", name, version, description)


def libraries(packages: dict[str, str], bundled: list[dict[str, Any]]) -> dict[str, list[Entry]]:
    """Return the native libraries by the reference of the package that carries them.

    `packages` has the reference of each package by its plain name. Raises KeyError where a package
    with libraries is not among them.
    """
    result: dict[str, list[Entry]] = defaultdict(list)
    for one in bundled:
        owner = packages[plain(one["package"])]
        versions = installed(one["package"], one["library"], one["files"]) or one["versions"]
        description = f"Within {one['package']}: {one['used']}."
        result[owner] += [
            within(owner, one["library"], version, description) for version in sorted(versions)
        ]
    return result


def interpreter() -> tuple[Entry, list[Entry]]:
    """Return the Python that runs this, which the built program carries, and its libraries."""
    version = platform.python_version()
    owner = f"python=={version}"
    found = {"OpenSSL": ssl.OPENSSL_VERSION.split()[1], "SQLite": sqlite3.sqlite_version}
    parts = [within(owner, name, number, "Within Python.") for name, number in found.items()]
    return entry("platform", owner, "Python", version, "Runs the program."), parts


def plain(name: str) -> str:
    """Return the one spelling of a package's name that PyPI takes for all others."""
    return re.sub(r"[-_.]+", "-", name).lower()


def completed(bill: Entry, bundled: list[dict[str, Any]]) -> Entry:
    """Return the bill of materials with the libraries, Python, and what depends on them."""
    packages = {plain(one["name"]): one["bom-ref"] for one in bill["components"]}
    python, parts = interpreter()
    carried = libraries(packages, bundled)
    carried[python["bom-ref"]] = parts
    carried[bill["metadata"]["component"]["bom-ref"]] = [python]
    links = {one["ref"]: set(one.get("dependsOn", [])) for one in bill["dependencies"]}
    for owner, entries in carried.items():
        references = {one["bom-ref"] for one in entries}
        links[owner] = links.get(owner, set()) | references
        links |= {reference: links.get(reference, set()) for reference in references}
    added = [one for entries in carried.values() for one in entries]
    return {
        **bill,
        "components": bill["components"] + added,
        "dependencies": [
            {"ref": ref, "dependsOn": sorted(on)} if on else {"ref": ref}
            for ref, on in sorted(links.items())
        ],
    }


def main() -> None:
    """Complete the file that the command line names."""
    path = Path(sys.argv[1])
    bill = json.loads(path.read_text(encoding="utf-8"))
    bundled = json.loads(LIST.read_text(encoding="utf-8"))["bundled"]
    path.write_text(json.dumps(completed(bill, bundled), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
