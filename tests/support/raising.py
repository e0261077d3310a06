"""An error meant for the reader is expected by the sentence that the reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from koa_desktop.errors import ReaderError
from koa_desktop.wording.sentences import sentence


@contextmanager
def raises(
    error: type[ReaderError], match: str = ""
) -> Iterator[pytest.ExceptionInfo[ReaderError]]:
    """Expect an error whose sentence matches, as `pytest.raises` does with `str(error)`."""
    with pytest.raises(error) as caught:
        yield caught
    said = sentence(caught.value.message)
    assert re.search(match, said), f"{said!r} does not match {match!r}"
