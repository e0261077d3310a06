"""Numbers in sentences, as the language in use writes them."""

from __future__ import annotations

from collections.abc import Iterator
from gettext import NullTranslations

import pytest

from koa_desktop.wording import language
from koa_desktop.wording.language import LEFT_TO_RIGHT_MARK, filled


@pytest.fixture
def arabic() -> Iterator[None]:
    language.use(language.catalogue("ar"))
    yield
    language.use(NullTranslations())


@pytest.mark.usefixtures("arabic")
def test_a_sign_stays_before_its_number_among_arabic_letters() -> None:
    mark = LEFT_TO_RIGHT_MARK
    assert filled("{0:+.2f} {1:+.1f} {2:.1f}", -0.43, 0.2, 1.7) == f"{mark}-0.43 {mark}+0.2 1.7"
    with language.in_english():
        assert filled("{0:+.2f}", -0.43) == "-0.43"


def test_other_languages_need_no_mark() -> None:
    assert filled("{0:+.2f} {1}", -0.43, -2) == "-0.43 -2"
