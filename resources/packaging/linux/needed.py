"""Print the versions of the C and C++ libraries that a built program needs, with objdump installed.

    needed.py PROGRAM        prints "libc6 2.35" and "libstdc++6 12", the names as Debian has them

The system's libraries are used, and every file of the program may ask for another version of them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ELF = b"\x7fELF"
# The release of GCC that brought each GLIBCXX_3.4.N, as Debian's list of symbols has it.
GCC = {
    26: "9",
    27: "9.1",
    28: "10.2",
    29: "11",
    30: "12",
    31: "13.1",
    32: "13.2",
    33: "14",
    34: "15",
}
OLDEST_GCC = min(GCC)
RELATIVE_RELOCATIONS = ("GLIBC_ABI_DT_RELR", (2, 36))


def references(program: Path) -> set[str]:
    """Return the versions of symbols that the files of a program ask for, such as GLIBC_2.34."""
    files = [path for path in sorted(program.rglob("*")) if is_elf(path)]
    if not files:
        raise SystemExit(f"{program} holds no program of Linux.")
    command = ["objdump", "--private-headers", *map(str, files)]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603
    # What a library itself defines stands under another heading.
    found = re.findall(r"^Version References:\n((?: .*\n)+)", text, re.MULTILINE)
    return set(re.findall(r"\bGLIBC\w*_[\w.]+", "".join(found)))


def is_elf(path: Path) -> bool:
    """Tell whether a file is a program or a library of Linux; a link is none."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(ELF)) == ELF


def needed(names: set[str]) -> dict[str, str]:
    """Return the least version of each library. Raises KeyError for a GLIBCXX that `GCC` lacks."""
    name, version = RELATIVE_RELOCATIONS
    glibc = [version] if name in names else []
    cplusplus = [OLDEST_GCC]
    for one in names:
        if found := re.fullmatch(r"GLIBC_(\d+)\.(\d+)(?:\.\d+)?", one):
            glibc.append((int(found[1]), int(found[2])))
        elif found := re.fullmatch(r"GLIBCXX_3\.4\.(\d+)", one):
            cplusplus.append(int(found[1]))
    major, minor = max(glibc)
    return {"libc6": f"{major}.{minor}", "libstdc++6": GCC[max(cplusplus)]}


def main() -> None:
    """Print a line for each library."""
    for name, version in needed(references(Path(sys.argv[1]))).items():
        sys.stdout.write(f"{name} {version}\n")


if __name__ == "__main__":
    main()
