"""PINs are stored as salted hashes."""

import pytest

from koa_desktop.system import pin


def test_the_right_pin_matches_and_no_other() -> None:
    stored = pin.hashed("47é1")
    assert pin.matches("47é1", stored)
    assert not pin.matches("4711", stored)
    assert not pin.matches("", stored)


def test_the_same_pin_is_stored_differently_each_time() -> None:
    assert pin.hashed("4711") != pin.hashed("4711")
    assert "4711" not in pin.hashed("4711")


@pytest.mark.parametrize(
    "stored", ["", "4711", "scrypt$1$1$1$00$00", "scrypt$16384$8$1$zz$00", "md5$16384$8$1$00$00"]
)
def test_what_no_program_wrote_matches_nothing(stored: str) -> None:
    assert not pin.matches("", stored)
