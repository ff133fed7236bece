"""
Photos as evidence: opened, made smaller and written anew, so that only the picture is left.

What was hidden in the file that was sent (metadata, scripts, a second format behind the picture)
does not survive the new file. The file lies outside the served folders, under its own hash.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.conf import settings
from django.db import transaction
from PIL import Image, ImageOps, UnidentifiedImageError

from guomen.core.errors import GuomenError
from guomen.journeys.inspection import arriving
from guomen.journeys.inspection.recording import CLIENT_ID, place_of, require_given
from guomen.supervision.inspections import operations
from guomen.supervision.inspections.models import Photo

MOST_BYTES = 20 * 1024 * 1024
MOST_PIXELS = 60_000_000
# Enough to read a label on a carton.
LONGEST_SIDE = 2_048
QUALITY = 85
FORMATS = ("JPEG", "PNG", "WEBP")
# So many photos one order may have.
MOST_PHOTOS = 60
# How items of a checklist are named; a photo may belong to none.
_ITEM = re.compile(r"[A-Z0-9-]{0,40}")


class PhotoRefusedError(GuomenError):
    """A file is no photo that can be kept."""

    code: ClassVar[str] = "inspection.photo-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A file as a phone sent it."""

    client_id: str
    content: bytes
    item: str
    noted_at: datetime
    place: Mapping[str, Any]


def keep(reference: str, sent: Sent, *, by: str, at: datetime) -> Photo:
    """
    Keep a photo of an order, once.

    :raises PhotoRefusedError: if it is no picture, too large, or its identity was used for another
    :raises guomen.journeys.inspection.recording.NotYoursError: if the order is not the sender's
    """
    if not CLIENT_ID.fullmatch(sent.client_id):
        raise _refusal("bad_identity")
    if not _ITEM.fullmatch(sent.item):
        raise _refusal("bad_item")
    digest = hashlib.sha256(sent.content).hexdigest()
    known = Photo.objects.filter(client_id=sent.client_id).first()
    if known is not None:
        return _same(known, reference, digest)
    content, size = rewritten(sent.content)
    name = hashlib.sha256(content).hexdigest()
    _write(_file(name), content)
    with transaction.atomic():
        order = operations.locked([reference])[reference]
        require_given(order, by)
        known = Photo.objects.filter(client_id=sent.client_id).first()
        if known is not None:
            return _same(known, reference, digest)
        if order.photos.count() >= MOST_PHOTOS:
            raise _refusal("too_many")
        made = Photo.objects.create(
            order=order,
            client_id=sent.client_id,
            item=sent.item,
            sha256=name,
            sent_sha256=digest,
            width=size[0],
            height=size[1],
            size=len(content),
            noted_at=min(sent.noted_at, at),
            received_at=at,
            by=by,
            **place_of(sent.place),
        )
        # One that comes after the order was closed is evidence that nobody has looked at.
        arriving.tell(order, at=at)
        return made


def _same(known: Photo, reference: str, digest: str) -> Photo:
    if known.sent_sha256 != digest or known.order.reference != reference:
        raise _refusal("other_content")
    return known


def _refusal(why: str) -> PhotoRefusedError:
    return PhotoRefusedError(f"the photo cannot be kept: {why}", why=why)


def rewritten(content: bytes) -> tuple[bytes, tuple[int, int]]:
    """
    Return a picture as a new JPEG of at most 2,048 pixels a side, with its width and height.

    :raises PhotoRefusedError: if the bytes are no picture of a known format, or too large
    """
    if not content:
        raise _refusal("empty")
    if len(content) > MOST_BYTES:
        raise _refusal("too_big")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise _refusal("too_many_pixels")
                upright = ImageOps.exif_transpose(picture).convert("RGB")
    except UnidentifiedImageError:
        raise _refusal("no_picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _refusal("too_many_pixels") from None
    except (OSError, ValueError, SyntaxError):
        raise _refusal("broken") from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    # A new picture from the pixels alone: what else the file held is left behind.
    clean = Image.frombytes("RGB", upright.size, upright.tobytes())
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), clean.size


def path_of(photo: Photo) -> Path:
    """Return where the file of a photo lies."""
    return _file(photo.sha256)


def _file(name: str) -> Path:
    return Path(settings.GUOMEN_VAR) / "evidence" / name[:2] / f"{name}.jpg"


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all, and durably."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)
