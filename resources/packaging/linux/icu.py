"""Makes a smaller libicudata: of ICU's 32 MB of data, Qt needs those by which names are sorted.

The rest is names of places, languages, units and time zones in 800 locales, character sets older
than Unicode, and dictionaries that divide text into words. Qt needs none of them for what the
program shows.
"""

import fnmatch
import struct
import subprocess
from pathlib import Path

# Collation, what its files refer to, and normalisation. Patterns of a name within the package.
KEPT = ["coll/*", "*.nrm", "root.res", "res_index.res", "pool.res", "uprops.icu", "ucase.icu"]
MARK = b"CmnD"  # the format of a package of data
MARK_AT = 12  # bytes before it
ALIGNMENT = 16


def package(library: bytes) -> bytes:
    """Return the package within a libicudata, with whatever follows it."""
    at = library.index(MARK) - MARK_AT
    if library[at + 2 : at + 4] != b"\xda\x27":
        raise ValueError("This is no library of ICU's data.")
    return library[at:]


def names(data: bytes) -> list[str]:
    """Return the names of all parts of a package, in order."""
    return [name.decode("ascii") for name, _, _ in _parts(data)]


def shortened(data: bytes, patterns: list[str]) -> bytes:
    """Return a package of only those parts that match a pattern, the first folder apart."""
    parts = [
        (name, content)
        for name, start, end in _parts(data)
        for content in [data[start:end]]
        if any(fnmatch.fnmatch(name.decode("ascii").split("/", 1)[1], one) for one in patterns)
    ]
    (header,) = struct.unpack_from("<H", data)
    name_at = 4 + 8 * len(parts)
    at = _aligned(name_at + sum(len(name) + 1 for name, _ in parts))
    table, contents = struct.pack("<I", len(parts)), b""
    for name, content in parts:
        table += struct.pack("<II", name_at, at + len(contents))
        name_at += len(name) + 1
        contents += content.ljust(_aligned(len(content)), b"\0")
    table += b"".join(name + b"\0" for name, _ in parts)
    return data[:header] + table.ljust(at, b"\0") + contents


def _parts(data: bytes) -> list[tuple[bytes, int, int]]:
    """Return each part's name and where its content starts and ends."""
    (base,) = struct.unpack_from("<H", data)
    (count,) = struct.unpack_from("<I", data, base)
    places = [struct.unpack_from("<II", data, base + 4 + 8 * number) for number in range(count)]
    ends = [base + start for _, start in places[1:]] + [len(data)]
    return [
        (data[base + name : data.index(b"\0", base + name)], base + start, end)
        for (name, start), end in zip(places, ends, strict=True)
    ]


def _aligned(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def write_library(source: Path, folder: Path) -> Path:
    """Link a library of that name with the kept data, in that folder; needs binutils."""
    data = shortened(package(source.read_bytes()), KEPT)
    symbol = names(data)[0].split("/")[0][:-1] + "_dat"  # icudt73l, little-endian, has icudt73_dat
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "icu.dat").write_bytes(data)
    (folder / "icu.s").write_text(
        f".globl {symbol}\n.type {symbol}, %object\n.section .rodata\n.balign {ALIGNMENT}\n"
        f'{symbol}: .incbin "icu.dat"\n.size {symbol}, . - {symbol}\n'
        '.section .note.GNU-stack,"",%progbits\n',
        encoding="ascii",
    )
    linked = ["ld", "-shared", "--hash-style=gnu", "-soname", source.name, "-o", source.name]
    for command in (["as", "-o", "icu.o", "icu.s"], [*linked, "icu.o"]):
        subprocess.run(command, cwd=folder, check=True)  # noqa: S603
    return folder / source.name
