"""
Collect the texts of the pages into the message catalogue; needs no gettext of the system.

English is the source. The catalogue keeps every translation that is still used; what is no longer
used is dropped, what is new waits with an empty translation, and the tests count those.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django
import polib
from babel.messages.extract import extract_python
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[1]
DESKS = ROOT / "src" / "guomen" / "desks"
CATALOGUE = DESKS / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
# A message's identity: context, singular, plural.
Key = tuple[str | None, str, str]


def main() -> None:
    """Write the catalogue anew."""
    if not settings.configured:
        settings.configure(USE_I18N=False)
        django.setup()
    kept = by_key(polib.pofile(str(CATALOGUE))) if CATALOGUE.is_file() else {}
    fresh = polib.POFile(wrapwidth=98)
    fresh.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Language": "zh_Hans",
        "MIME-Version": "1.0",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    for key, places in sorted(used().items(), key=lambda item: (item[1], item[0][1])):
        entry = kept.get(key) or new_entry(key)
        entry.occurrences = [(name, "") for name in places]
        fresh.append(entry)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(CATALOGUE))
    waiting = len(fresh.untranslated_entries()) + len(fresh.fuzzy_entries())
    sys.stdout.write(f"{len(fresh)} messages, {waiting} without a translation\n")


def used() -> dict[Key, list[str]]:
    """Return every message of the desks with the files that use it."""
    found: dict[Key, list[str]] = {}
    for file in sorted([*DESKS.rglob("*.py"), *DESKS.rglob("*.html"), *DESKS.rglob("*.txt")]):
        name = str(file.relative_to(ROOT))
        for key in messages(file):
            places = found.setdefault(key, [])
            if name not in places:
                places.append(name)
    return found


def messages(file: Path) -> Iterator[Key]:
    """Yield the messages of a module or a template."""
    text = file.read_text(encoding="utf-8")
    if file.suffix != ".py":
        # Its output is read as Python, in which the indentation of a template would be an error.
        lines = templatize(text, origin=str(file)).splitlines()
        text = "\n".join(line.strip() for line in lines)
    calls: Iterable[Any] = extract_python(io.BytesIO(text.encode()), KEYWORDS, [], {})
    for _, function, words, _ in calls:
        key = key_of(function, words if isinstance(words, tuple) else (words,))
        if key is not None:
            yield key


def key_of(function: str, words: tuple[str | None, ...]) -> Key | None:
    """Return the identity of a message, or None when it is no literal text."""
    needed = 1 + ("p" in function.split("gettext")[0]) + ("n" in function.split("gettext")[0])
    literal = [word for word in words[:needed] if word]
    if len(literal) < needed:
        return None
    context = literal.pop(0) if "p" in function.split("gettext")[0] else None
    return context, literal[0], literal[1] if len(literal) > 1 else ""


def new_entry(key: Key) -> polib.POEntry:
    """Return a message that waits for its translation."""
    context, singular, plural = key
    if plural:
        return polib.POEntry(
            msgctxt=context, msgid=singular, msgid_plural=plural, msgstr_plural={0: ""}
        )
    return polib.POEntry(msgctxt=context, msgid=singular)


def by_key(catalogue: polib.POFile) -> dict[Key, polib.POEntry]:
    """Return the entries of a catalogue by their identity, those in use only."""
    return {
        (entry.msgctxt, entry.msgid, entry.msgid_plural or ""): entry
        for entry in catalogue
        if not entry.obsolete
    }


if __name__ == "__main__":
    main()
