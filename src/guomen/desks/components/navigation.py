"""
The navigation of each desk, by what people do.

An entry is shown as soon as its page exists: its address is looked up by name, and a name that is
not mounted is left out, so that no link is ever dead.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import pgettext_lazy

from guomen.desks.components.tones import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place to go: the name of its address, its icon, its word."""

    name: str
    icon: str
    word: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An entry that exists, and whether the reader is there."""

    address: str
    icon: str
    word: Words
    here: bool


OFFICER = (
    Entry(name="officer:today", icon="today", word=pgettext_lazy("navigation", "Today")),
    Entry(
        name="officer:declarations",
        icon="consignments",
        word=pgettext_lazy("navigation", "Consignments"),
    ),
    Entry(name="officer:my-day", icon="check", word=pgettext_lazy("navigation", "My day")),
    Entry(name="officer:inbox", icon="person", word=pgettext_lazy("navigation", "Waiting for me")),
    Entry(name="officer:orders", icon="inspect", word=pgettext_lazy("navigation", "Work orders")),
    Entry(name="officer:samples", icon="sample", word=pgettext_lazy("navigation", "Samples")),
    Entry(name="officer:bench", icon="analysis", word=pgettext_lazy("navigation", "Laboratory")),
    Entry(name="officer:holds", icon="hold", word=pgettext_lazy("navigation", "Holds")),
    Entry(name="officer:access", icon="access", word=pgettext_lazy("navigation", "Access")),
    Entry(name="officer:credit", icon="credit", word=pgettext_lazy("navigation", "Credit")),
    Entry(name="officer:classes", icon="check", word=pgettext_lazy("navigation", "Classes")),
    Entry(name="officer:controls", icon="settings", word=pgettext_lazy("navigation", "Controls")),
    Entry(name="officer:risk", icon="risk", word=pgettext_lazy("navigation", "Risk")),
    Entry(name="officer:plan", icon="document", word=pgettext_lazy("navigation", "Targeting")),
    Entry(name="officer:trace", icon="trace", word=pgettext_lazy("navigation", "Trace")),
    Entry(
        name="officer:emergency", icon="emergency", word=pgettext_lazy("navigation", "Emergency")
    ),
    Entry(name="officer:notices", icon="notices", word=pgettext_lazy("navigation", "Notices")),
    Entry(
        name="officer:campaigns", icon="campaigns", word=pgettext_lazy("navigation", "Campaigns")
    ),
    Entry(name="officer:analysis", icon="analysis", word=pgettext_lazy("navigation", "Analysis")),
    Entry(name="officer:sampling", icon="sample", word=pgettext_lazy("navigation", "Sampling")),
    Entry(name="officer:verdict", icon="check", word=pgettext_lazy("navigation", "Verdicts")),
    Entry(name="officer:settings", icon="settings", word=pgettext_lazy("navigation", "Settings")),
    Entry(
        name="officer:nonconformities",
        icon="refuse",
        word=pgettext_lazy("navigation", "Failed goods"),
    ),
    Entry(
        name="officer:certificates",
        icon="document",
        word=pgettext_lazy("navigation", "Certificates"),
    ),
    Entry(
        name="officer:messages",
        icon="document",
        word=pgettext_lazy("navigation", "Signed messages"),
    ),
    Entry(name="officer:jobs", icon="clock", word=pgettext_lazy("navigation", "Long work")),
    Entry(name="public:fair-draw", icon="verify", word=pgettext_lazy("navigation", "Fair draw")),
)
ENTERPRISE = (
    Entry(name="enterprise:home", icon="home", word=pgettext_lazy("navigation", "My goods")),
    Entry(name="enterprise:licences", icon="access", word=pgettext_lazy("navigation", "Licences")),
    Entry(
        name="enterprise:holdings",
        icon="home",
        word=pgettext_lazy("navigation", "On the register"),
    ),
    Entry(name="enterprise:filings", icon="document", word=pgettext_lazy("navigation", "Filings")),
    Entry(name="enterprise:credit", icon="credit", word=pgettext_lazy("navigation", "Credit")),
    Entry(
        name="enterprise:failed", icon="refuse", word=pgettext_lazy("navigation", "Failed goods")
    ),
    Entry(
        name="enterprise:certificates",
        icon="document",
        word=pgettext_lazy("navigation", "Certificates"),
    ),
    Entry(name="enterprise:class", icon="check", word=pgettext_lazy("navigation", "My class")),
    Entry(name="enterprise:jobs", icon="clock", word=pgettext_lazy("navigation", "Long work")),
    Entry(name="public:fair-draw", icon="verify", word=pgettext_lazy("navigation", "Fair draw")),
)
DESKS = {"officer": OFFICER, "enterprise": ENTERPRISE}

# A telephone's bar has room for this many; the rest open from "More".
AT_THUMB = 3


def links(request: HttpRequest, desk: str) -> tuple[Link, ...]:
    """List the places of a desk that exist."""
    found = ((entry, _address_or_none(entry.name)) for entry in DESKS.get(desk, ()))
    open_links = [(entry, address) for entry, address in found if address]
    here = _longest([address for _, address in open_links], request.path)
    return tuple(
        Link(address=address, icon=entry.icon, word=entry.word, here=address == here)
        for entry, address in open_links
    )


def search_address(desk: str) -> str | None:
    """Return where the search box of a desk leads."""
    return _address_or_none({"officer": "officer:declarations"}.get(desk, ""))


def _address_or_none(name: str) -> str | None:
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def _longest(addresses: list[str], path: str) -> str | None:
    under = [address for address in addresses if path.startswith(address)]
    return max(under, key=len, default=None)
