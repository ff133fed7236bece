"""Which encoding a text file is in: UTF-8 or UTF-16 with a mark, UTF-8, or GB18030 of Excel."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import BinaryIO

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """The encoding of a file, or where its text breaks in all of them."""

    encoding: str | None
    bad_at: int | None = None


def encoding_of(stream: BinaryIO) -> Encoding:
    """
    Return the encoding of a seekable stream, read block by block from its beginning.

    A file that is UTF-8 up to a character cut at its very end is broken, not Chinese of another
    encoding.
    """
    stream.seek(0)
    start = stream.read(4)
    marked = next((name for mark, name in _MARKS if start.startswith(mark)), None)
    if marked is not None:
        bad_at = _breaks(stream, marked)
        return Encoding(encoding=None if bad_at is not None else marked, bad_at=bad_at)
    bad_at = _breaks(stream, "utf-8")
    if bad_at is None:
        return Encoding(encoding="utf-8")
    if stream.seek(0, 2) - bad_at < 4 and _has_multibyte(stream, bad_at):
        return Encoding(encoding=None, bad_at=bad_at)
    if _breaks(stream, "gb18030") is None:
        return Encoding(encoding="gb18030")
    return Encoding(encoding=None, bad_at=bad_at)


def _breaks(stream: BinaryIO, name: str) -> int | None:
    """Return about where a stream stops being text of an encoding, or None when it never does."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(name)()
    done = 0
    while True:
        block = stream.read(_BLOCK)
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            return done - kept + error.start
        done += len(block)
        if not block:
            return None


def _has_multibyte(stream: BinaryIO, end: int) -> bool:
    """Tell whether the text before a place holds any character beyond ASCII."""
    stream.seek(0)
    left = end
    while left > 0:
        block = stream.read(min(_BLOCK, left))
        if not block.isascii():
            return True
        left -= len(block)
    return False
