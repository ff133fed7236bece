"""
The receiving side of signed messages: signature, key, shape and address are checked, then kept.

A message that came twice is kept once. What is refused is not kept; the answer names the part that
is wrong and what to do. Not for acting on the goods: the check at the port reads what is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import orjson
from django.conf import settings

from guomen.core import certificates as papers
from guomen.core.canonical import NotCanonical
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.journeys.certification.messages import CUSTOMS, BadMessageError, read_message
from guomen.journeys.clearance import Lodgement
from guomen.supervision.agencies.models import Agency, Role
from guomen.supervision.dispositions import custody
from guomen.supervision.dispositions.models import TakenMessage

MOST_BYTES = 64 * 1024
RECEIVERS = frozenset(
    {Role.PORT_CHECKER, Role.BRANCH_HEAD, Role.CERTIFICATE_OFFICER, Role.LIAISON_OFFICER}
)
SORTS = (papers.CLEARANCE, papers.TRANSFER)
# The department that a clearance is for.
CUSTOMS_AGENCY = "DEP-CUS"
_VERSION = 1
_TEXTS = {"n": 24, "from": 20, "to": 40, "line": 40, "declaration": 40, "outcome": 40}


class MessageRefusedError(GuomenError):
    """A message from elsewhere is not taken in; says which part is wrong and what to do."""

    code: ClassVar[str] = "certification.message-refused"

    def __init__(self, part: str, says: Text) -> None:
        """Keep the sentence in both languages."""
        self.says = says
        super().__init__(says.en, part=part)


def take_in(document: bytes | Mapping[str, Any], *, path: str, how: Lodgement) -> TakenMessage:
    """
    Take a message in for an office of a subtree; one that is there already is returned.

    :raises MessageRefusedError: if its shape, sort, key, signature, schema or address is wrong
    """
    parts = _parts(document)
    said = _genuine(parts)
    _require_schema(said)
    agency = _addressee(parts["sort"], said, path=path, how=how)
    row, _ = TakenMessage.objects.get_or_create(
        signature=parts["signature"].lower(),
        defaults={
            "number": said["n"],
            "sort": parts["sort"],
            "line": said["line"],
            "sender": said["from"],
            "recipient": said["to"],
            "agency": agency,
            "text": parts["text"],
            "key_id": parts["key"],
            "at": how.at,
            "by": how.by,
        },
    )
    return row


def _parts(document: bytes | Mapping[str, Any]) -> dict[str, str]:
    if isinstance(document, bytes):
        document = _opened(document)
    wanted = ("sort", "text", "signature", "key")
    missing = [name for name in wanted if not isinstance(document.get(name), str)]
    if missing:
        names = ", ".join(missing)
        raise MessageRefusedError(
            missing[0],
            Text(
                zh=f"报文缺少 {names}。请让发出机构重新发送完整文件。",
                en=f"The message lacks {names}. Ask the sender for the whole file again.",
            ),
        )
    parts = {name: str(document[name]) for name in wanted}
    if parts["sort"] not in SORTS:
        raise MessageRefusedError(
            "sort",
            Text(
                zh="该文件不是通关通知，也不是电子转单。请核对所选文件。",
                en="This is neither a clearance nor a transfer. Check which file you chose.",
            ),
        )
    return parts


def _opened(content: bytes) -> Mapping[str, Any]:
    found: Any = None
    if len(content) <= MOST_BYTES:
        try:
            found = orjson.loads(content)
        except orjson.JSONDecodeError:
            found = None
    if not isinstance(found, dict):
        raise MessageRefusedError(
            "file",
            Text(
                zh="该文件不是已签名报文（64 KB 以内的 JSON）。请选择发出机构下载的 .json 文件。",
                en="This file is no signed message (JSON of at most 64 KB). Choose the .json file "
                "that the sender downloaded.",
            ),
        )
    return found


def _genuine(parts: Mapping[str, str]) -> dict[str, Any]:
    known = custody.published().get(parts["key"])
    if known is None:
        raise MessageRefusedError(
            "key",
            Text(
                zh=f"签名密钥 {parts['key'][:16]} 未公布。请勿据此放行，向发出机构核实。",
                en=f"The key {parts['key'][:16]} is not published. Do not act on the message; ask "
                "the sender about it.",
            ),
        )
    if known.demonstration and not settings.GUOMEN_DEMO:
        raise MessageRefusedError(
            "key",
            Text(
                zh="该报文由演示密钥签名，没有效力。请向发出机构索取正式报文。",
                en="The message is signed by a key of a demonstration and worth nothing. Ask the "
                "sender for a real one.",
            ),
        )
    try:
        said = read_message(parts)
    except (BadMessageError, ValueError, NotCanonical) as error:
        raise MessageRefusedError(
            "signature",
            Text(
                zh="签名不符：报文签名后被改动或传输损坏。请勿据此放行，请发出机构重新发送。",
                en="The signature does not fit: the message was altered or damaged. Do not act on "
                "it; ask the sender for it again.",
            ),
        ) from error
    return said


def _require_schema(said: Any) -> None:
    wrong = ["text"] if not isinstance(said, dict) else []
    if not wrong:
        wrong = [n for n, most in _TEXTS.items() if not _text(said.get(n), most)]
        wrong += [] if said.get("v") == _VERSION else ["v"]
        listed = said.get("certificates", [])
        if not isinstance(listed, list) or not all(_text(number, 40) for number in listed):
            wrong.append("certificates")
    if wrong:
        names = ", ".join(wrong)
        raise MessageRefusedError(
            wrong[0],
            Text(
                zh=f"签名有效，但报文内容不合格式：{names}。请发出机构按第 1 版格式重发。",
                en=f"Signed, but not in the form of version 1: {names}. Ask the sender for it in "
                "that form.",
            ),
        )


def _text(value: Any, most: int) -> bool:
    return isinstance(value, str) and 0 < len(value) <= most


def _addressee(sort: str, said: Mapping[str, Any], *, path: str, how: Lodgement) -> Agency:
    code = said["to"]
    if sort == papers.CLEARANCE and code == CUSTOMS and how.agency == CUSTOMS_AGENCY:
        code = CUSTOMS_AGENCY
    known = {
        row.code: row for row in Agency.objects.filter(code__in={code, said["from"]}).order_by("pk")
    }
    if said["from"] not in known:
        raise MessageRefusedError(
            "from",
            Text(
                zh=f"发出机构 {said['from']} 不在机构表中。请核对后再收。",
                en=f"The sender {said['from']} is no office on the register. Find out who it is.",
            ),
        )
    found = known.get(code)
    if found is None or not found.path.startswith(path):
        raise MessageRefusedError(
            "to",
            Text(
                zh=f"该报文发给 {said['to']}，不是发给你机构。请转给收件机构。",
                en=f"The message is addressed to {said['to']}, not to your office. Pass it on to "
                "that office.",
            ),
        )
    return found
