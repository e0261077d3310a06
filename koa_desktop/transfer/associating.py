"""Associations with a node of the network (DICOM PS3.8), each of which has an end.

pynetdicom, which writes requests and answers with their names to the log, is silenced here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pydicom.uid import UID
from pynetdicom import AE, _config
from pynetdicom.association import Association

from koa_desktop.errors import NetworkError, NetworkReason
from koa_desktop.transfer.node import Node

PATIENCE = 15.0  # seconds that a node has for an answer
_MOST_CONTEXTS = 126  # of an association (PS3.8 9.3.2.2), one is for questions

logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
_config.LOG_HANDLER_LEVEL = "none"


@contextmanager
def associated(
    node: Node,
    own_title: str,
    contexts: Sequence[tuple[UID, UID | None]],
    handlers: Sequence[Any] = (),
) -> Iterator[Association]:
    """Open an association for classes and transfer syntaxes, and release it after the body.

    `handlers` are pynetdicom's, for what the node asks on it. Raises NetworkError where the node is
    not there, refuses it, or breaks it off in the body.
    """
    entity = AE(own_title)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = PATIENCE
    entity.connection_timeout = PATIENCE
    for sop_class, syntax in contexts[:_MOST_CONTEXTS]:
        entity.add_requested_context(sop_class, syntax)
    association = entity.associate(
        node.host, node.port, ae_title=node.title, evt_handlers=list(handlers)
    )
    if not association.is_established:
        raise NetworkError(_reason(association), name=node.name)
    try:
        yield association
    except RuntimeError as error:
        # pynetdicom's word for an association that is no more.
        raise NetworkError(NetworkReason.NO_ANSWER, name=node.name) from error
    finally:
        if association.is_established:
            association.release()


def _reason(association: Association) -> NetworkReason:
    """Return the reason why a node let nobody in."""
    if association.is_rejected:
        return NetworkReason.REJECTED
    if association.rejected_contexts:
        return NetworkReason.NOTHING_TAKEN
    return NetworkReason.UNREACHABLE
