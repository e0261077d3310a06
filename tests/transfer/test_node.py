"""Nodes of a network: what may be configured."""

from __future__ import annotations

import pytest

from koa_desktop.errors import NetworkError, NetworkReason
from koa_desktop.transfer.node import Node, Receiving, from_texts, to_text

NODE = Node("Archive", "ORTHANC", "pacs.clinic.example", 4242)


def test_a_node_is_kept_as_text_and_what_no_program_wrote_is_left_out() -> None:
    odd = ("{", "[]", '{"name": "x"}', to_text(NODE).replace("4242", "0"))
    assert from_texts((*odd, to_text(NODE))) == (NODE,)


def test_a_node_of_an_earlier_version_is_not_asked_for_a_commitment() -> None:
    asked = Node("Archive", "ORTHANC", "pacs.clinic.example", 4242, commitment=True)
    assert from_texts((to_text(asked),)) == (asked,)
    earlier = to_text(NODE).replace(', "commitment": false', "")
    assert "commitment" not in earlier
    assert from_texts((earlier,)) == (NODE,)


@pytest.mark.parametrize(
    ("part", "value", "reason"),
    [
        ("name", " ", NetworkReason.BAD_NAME),
        ("title", "", NetworkReason.BAD_TITLE),
        ("title", "SEVENTEEN LETTERS", NetworkReason.BAD_TITLE),
        ("title", "A\\B", NetworkReason.BAD_TITLE),
        ("host", "", NetworkReason.BAD_HOST),
        ("host", "two words", NetworkReason.BAD_HOST),
        ("port", 0, NetworkReason.BAD_PORT),
        ("port", 70000, NetworkReason.BAD_PORT),
    ],
)
def test_a_node_that_cannot_be_right_is_told(part: str, value: object, reason: object) -> None:
    parts = {"name": "Archive", "title": "A", "host": "h", "port": 104, part: value}
    with pytest.raises(NetworkError) as told:
        Node(**parts)  # type: ignore[arg-type]
    assert told.value.message.code is reason


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "", "localhost"])
def test_films_are_received_at_one_address_alone(address: str) -> None:
    with pytest.raises(NetworkError) as told:
        Receiving(address=address)
    assert told.value.message.code is NetworkReason.BAD_ADDRESS
