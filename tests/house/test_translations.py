"""The pages are complete in both languages."""

from __future__ import annotations

import re

import polib
import pytest
from tools import messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# A half-width mark that stands between Chinese characters, or ends a Chinese sentence.
HALF_WIDTH = re.compile(r"[一-鿿）”》][,:;?!](?=[一-鿿（“《]|$)|[一-鿿]\([^()]*\)")
LATIN_SENTENCE = re.compile(r"[A-Za-z]+ [a-z]+ [a-z]+")


@pytest.fixture(scope="module")
def catalogue() -> dict[messages.Key, polib.POEntry]:
    return messages.by_key(polib.pofile(str(messages.CATALOGUE), check_for_duplicates=True))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_message_of_the_desks_has_a_chinese_translation(
    catalogue: dict[messages.Key, polib.POEntry],
) -> None:
    missing = [
        f"{places[0]}: {key[1]}"
        for key, places in messages.used().items()
        if key not in catalogue or catalogue[key].fuzzy or not all(translations(catalogue[key]))
    ]
    assert not missing, "run `make messages`, then translate:\n" + "\n".join(missing)


def test_the_catalogue_holds_no_message_that_nobody_uses(
    catalogue: dict[messages.Key, polib.POEntry],
) -> None:
    unused = sorted(key[1] for key in catalogue.keys() - messages.used().keys())
    assert not unused, "run `make messages` to drop:\n" + "\n".join(unused)


def test_translations_keep_their_placeholders(
    catalogue: dict[messages.Key, polib.POEntry],
) -> None:
    for entry in catalogue.values():
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for translation in translations(entry):
            assert set(PLACEHOLDER.findall(translation)) <= wanted, entry.msgid
            if not entry.msgid_plural:
                assert set(PLACEHOLDER.findall(translation)) == wanted, entry.msgid


def test_what_is_said_in_chinese_is_chinese(catalogue: dict[messages.Key, polib.POEntry]) -> None:
    english = [
        entry.msgid
        for entry in catalogue.values()
        for translation in translations(entry)
        if LATIN_SENTENCE.search(PLACEHOLDER.sub("", translation))
    ]
    assert not english


def test_chinese_sentences_are_pointed_in_chinese(
    catalogue: dict[messages.Key, polib.POEntry],
) -> None:
    narrow = [
        f"{entry.msgid}: {found[0]}"
        for entry in catalogue.values()
        for translation in translations(entry)
        for found in HALF_WIDTH.finditer(translation)
    ]
    assert not narrow, "write ，：；？！（） between Chinese characters:\n" + "\n".join(narrow)
