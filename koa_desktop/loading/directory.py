"""The records of a DICOMDIR (PS3.3 F.3)."""

from __future__ import annotations

from koa_desktop.errors import ReadError, ReadReason

Record = tuple[str, tuple[str, ...]]


def records(data: bytes | memoryview) -> tuple[Record, ...]:
    """Return type and file name, in parts, of each record of a DICOMDIR that names a file.

    Raises ReadError.
    """
    from koa_desktop.dicom.parse import parse

    try:
        found = []
        for record in parse(data).dataset.get("DirectoryRecordSequence") or []:
            name = record.get("ReferencedFileID")
            if name:
                parts = [name] if isinstance(name, str) else list(name)
                kind = str(record.get("DirectoryRecordType", ""))
                found.append((kind, tuple(str(part).strip() for part in parts)))
    except ReadError:
        raise
    except Exception as error:
        raise ReadError(ReadReason.DICOMDIR_DAMAGED) from error
    return tuple(found)
