"""The bill of materials names the native libraries within packages, and Python."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "packaging"
BUNDLED = json.loads((FOLDER / "advisories.json").read_text(encoding="utf-8"))["bundled"]
PROGRAM = "root-component"


def of_packages(names: set[str]) -> dict[str, Any]:
    """A bill of materials as cyclonedx-py writes it, of installed packages."""
    components = [
        {
            "bom-ref": f"{found.metadata['Name']}=={found.version}",
            "name": found.metadata["Name"],
            "type": "library",
            "version": found.version,
        }
        for found in map(metadata.distribution, sorted(names))
    ]
    references = [one["bom-ref"] for one in components]
    return {
        "bomFormat": "CycloneDX",
        "components": components,
        "dependencies": [
            *({"ref": reference} for reference in references),
            {"ref": PROGRAM, "dependsOn": references},
        ],
        "metadata": {"component": {"bom-ref": PROGRAM, "name": "koa-desktop"}},
        "specVersion": "1.6",
    }


def complete(bill: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script on a bill of materials, which lies in sbom.json of the folder."""
    path = folder / "sbom.json"
    path.write_text(json.dumps(bill), encoding="utf-8")
    command = [sys.executable, FOLDER / "sbom.py", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def before() -> dict[str, Any]:
    return of_packages({one["package"] for one in BUNDLED})


@pytest.fixture(scope="module")
def after(before: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("sbom")
    done = complete(before, folder)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "sbom.json").read_text(encoding="utf-8"))


@pytest.mark.requirement("R12")
@pytest.mark.parametrize("one", BUNDLED, ids=lambda one: f"{one['library']} of {one['package']}")
def test_each_listed_library_depends_on_its_package(
    one: dict[str, Any], before: dict[str, Any], after: dict[str, Any]
) -> None:
    name = metadata.distribution(one["package"]).metadata["Name"]
    (owner,) = (part["bom-ref"] for part in before["components"] if part["name"] == name)
    carried = next(link for link in after["dependencies"] if link["ref"] == owner)["dependsOn"]
    found = [
        part
        for part in after["components"]
        if part["bom-ref"] in carried and part["name"] == one["library"]
    ]
    versions = {part["version"] for part in found}
    assert versions
    assert versions <= set(one["versions"])
    for part in found:
        assert part["purl"] == f"pkg:generic/{one['library'].lower()}@{part['version']}"
        assert one["used"] in part["description"]


def test_python_and_its_libraries_are_named(after: dict[str, Any]) -> None:
    parts = {part["bom-ref"]: part for part in after["components"]}
    links = {link["ref"]: link.get("dependsOn", []) for link in after["dependencies"]}
    python = next(part for part in parts.values() if part["name"] == "Python")
    assert python["version"] == platform.python_version()
    assert python["bom-ref"] in links[PROGRAM]
    names = {parts[reference]["name"] for reference in links[python["bom-ref"]]}
    assert names == {"OpenSSL", "SQLite"}


def test_all_that_was_there_stays_and_each_reference_is_unique(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert after["components"][: len(before["components"])] == before["components"]
    references = [part["bom-ref"] for part in after["components"]]
    assert len(set(references)) == len(references)
    linked = [link["ref"] for link in after["dependencies"]]
    assert sorted(linked) == sorted([*references, PROGRAM])
    assert {**after, "components": [], "dependencies": []} == {
        **before,
        "components": [],
        "dependencies": [],
    }


def test_a_bill_without_a_package_that_carries_libraries_is_refused(
    before: dict[str, Any], tmp_path: Path
) -> None:
    done = complete({**before, "components": before["components"][1:]}, tmp_path)
    assert done.returncode != 0
    assert before["components"][0]["name"].lower() in done.stderr.lower()
