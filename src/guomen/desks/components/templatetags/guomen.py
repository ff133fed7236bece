"""
The tags and filters of every page: badges, the gate line, the draw line, clocks, numbers, lists.

Nothing here reads a database or decides anything; a tag draws the values that it is given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django import template
from django.core.paginator import Page
from django.forms import BoundField, CheckboxSelectMultiple, Form, RadioSelect
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from guomen.core.text import Text, sides
from guomen.desks.components import clock, drawing, listing, moments, numbers, tones, words
from guomen.desks.components.frame import Frame, frame_of
from guomen.desks.components.moments import Clock
from guomen.desks.components.tones import Tone, Words
from guomen.rulebooks.places import countries

register = template.Library()


# Words and numbers -------------------------------------------------------------------------------


@register.filter
def says(text: Text | Words | None) -> str:
    """Return a bilingual sentence in the reader's language, Chinese and Latin set apart."""
    return numbers.spaced(tones.said(text))


@register.filter
def spaced(text: str) -> str:
    """Set Chinese and Latin apart by a thin space."""
    return numbers.spaced(str(text))


@register.filter
def declared(goods: str) -> str:
    """Return goods as declared; in English those declared by the list's own Chinese name."""
    return numbers.spaced(words.declared(str(goods)))


@register.filter
def clause(written: str) -> str:
    """Return a clause in the reader's language, Chinese and Latin set apart."""
    return says(sides(written))


@register.filter
def says_or_self(value: Any) -> Any:
    """Word a bilingual sentence; leave markup and numbers as they are."""
    return says(value) if isinstance(value, Text) else value


@register.filter
def exact_day(day: date | str) -> str:
    """Print a day as year-month-day."""
    return day if isinstance(day, str) else f"{day:%Y-%m-%d}"


@register.filter
def grouped(value: Decimal | float | None, places: int | None = None) -> str:
    """Print a number with thousands commas; what is not known is a dash."""
    return numbers.EM_DASH if value is None else numbers.grouped(value, places)


@register.filter
def percent(fraction: Decimal | float | None, places: int = 2) -> str:
    """Print a fraction as a percentage; what is not known is a dash."""
    return numbers.EM_DASH if fraction is None else numbers.percent(fraction, places)


@register.filter
def ppm(value: int | None) -> str:
    """Print parts per million as a percentage; what is not known is a dash."""
    return numbers.EM_DASH if value is None else numbers.ppm_percent(value)


@register.filter
def money(amount: Decimal | None, currency: str = "CNY") -> str:
    """Print an amount with its currency; what is not known is a dash."""
    return numbers.EM_DASH if amount is None else numbers.money(amount, currency)


@register.filter
def quantity(amount: Decimal | None, unit: str) -> str:
    """Print an amount with its unit in words; what is not known is a dash."""
    if amount is None:
        return numbers.EM_DASH
    return numbers.quantity(amount, str(words.UNITS.get(unit, unit)))


@register.filter
def worded(code: str | None, table: str) -> Any:
    """Word a code by a table of ``components.words``; a code outside it is shown as it is."""
    return "" if code is None else getattr(words, table).get(code, code)


@register.filter
def country(code: str | None) -> str:
    """Name a country or region, its code small beside; what is not declared is unknown."""
    if not code:
        return format_html('<span class="unknown">{}</span>', gettext("unknown"))
    name = countries().get(code)
    beside = format_html('<span class="small muted mono">{}</span>', code)
    return beside if name is None else format_html("{} {}", says(name), beside)


@register.filter
def entry_of(table: Mapping[str, Any], key: str | None) -> Any:
    """Return what a table has under a key, or None; templates cannot look up by a variable."""
    return table.get(key) if key else None


@register.filter
def named(pair: tuple[str, str] | None) -> str:
    """Say a name that is stored as (Chinese, English) in the reader's language."""
    return says(Text(zh=pair[0], en=pair[1] or pair[0])) if pair else ""


# Where a ruling alone takes a line: saying both would say the same thing twice.
_IMPLIED = {"hold": "held", "refuse": "refused", "release": "released"}


@register.filter
def moved_on(line: Any) -> bool:
    """Tell whether where a line stands says more than its ruling does."""
    return bool(_IMPLIED.get(line.outcome) != line.state)


@register.filter
def fact_said(fact: Any) -> str:
    """Word the value of a fact that a rule read; a code without a word is shown as it is."""
    table = words.FACT_WORDS.get(fact.name, words.TRUTHS)
    return numbers.spaced(str(table.get(fact.value, fact.value)))


@register.filter
def agency_name(agency: Any) -> str:
    """Say the name of an agency."""
    return says(Text(zh=agency.name_zh, en=agency.name_en))


@register.filter
def line_word(reference: str) -> str:
    """Name a line of a declaration by its number alone."""
    return gettext("Line %(number)d") % {"number": int(reference.rpartition("/")[2])}


@register.filter
def line_anchor(reference: str) -> str:
    """Return the place of a line on the page of its declaration."""
    return f"line-{reference.rpartition('/')[2]}"


@register.filter
def rate_of(numerator: int, denominator: int) -> str:
    """Print a rate with the counts that it is made of."""
    return numbers.rate(numerator, denominator)


# Moments -----------------------------------------------------------------------------------------


@register.simple_tag
def now() -> datetime:
    """Return the moment of this installation."""
    return clock.now()


@register.filter
def exact(moment: datetime | date | None) -> str:
    """Print a moment to the minute in the active zone; what is not known is a dash."""
    return numbers.EM_DASH if moment is None else moments.exact(moment)


@register.simple_tag
def moment(at: datetime | None) -> str:
    """Word a moment by its distance, the exact time behind it."""
    if at is None:
        return numbers.EM_DASH
    words = moments.relative(at, now=clock.now())
    return _time(at, words=words, css="")


@register.simple_tag
def deadline(at: datetime | None) -> str:
    """Word a deadline: what is left or how late, the exact time behind it."""
    if at is None:
        return numbers.EM_DASH
    words, stands = moments.due(at, now=clock.now())
    return _time(at, words=words, css=stands)


def _time(at: datetime, *, words: str, css: str) -> SafeString:
    shown = moments.exact(at)
    return format_html(
        '<time datetime="{}" title="{}" class="{}">{}'
        '<span class="visually-hidden"> ({})</span></time>',
        at.isoformat(),
        shown,
        css,
        words,
        shown,
    )


@register.inclusion_tag("components/clock_line.html")
def clock_line(clock: Clock) -> dict[str, Any]:
    """Draw the clock of a consignment."""
    return {"clock": clock}


# States ------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: Words = "") -> str:
    """Draw an icon of the sprite; without a label it is decoration and kept from screen readers."""
    address = f"{static('components/icons.svg')}#{name}"
    if not label:
        return format_html(
            '<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address
        )
    return format_html(
        '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, address
    )


@register.simple_tag
def badge(tone: str, icon_name: str, word: Words, size: str = "") -> str:
    """Show a state by colour, icon and word; size is "", "large" or "bare"."""
    return format_html(
        '<span class="badge tone-{}{}">{}<span>{}</span></span>',
        tone,
        f" badge-{size}" if size else "",
        icon(icon_name),
        word,
    )


def _badge_of(tone: Tone, size: str) -> str:
    return badge(tone.colour, tone.icon, tone.word, size)


@register.simple_tag
def outcome_badge(outcome: str | None, size: str = "") -> str:
    """Show the outcome of a line."""
    if outcome is None:
        return badge("faint", "clock", gettext("Not decided yet"), size)
    return _badge_of(tones.look(tones.OUTCOMES, outcome), size)


@register.simple_tag
def state_badge(state: str, size: str = "bare") -> str:
    """Show where a line stands now."""
    return _badge_of(tones.look(tones.STATES, state), size)


@register.simple_tag
def tone_badge(table: str, code: str, size: str = "bare") -> str:
    """Draw a code of a named table of tones."""
    return _badge_of(tones.look(getattr(tones, table), code), size)


@register.simple_tag
def answer_badge(answer: int, word: Text | Words | None = None, size: str = "bare") -> str:
    """Show the answer of a rule; a word given by the ruling replaces the word of the table."""
    tone = tones.answer_look(answer, word)
    return badge(tone.colour, tone.icon, tones.said(word) or tone.word, size)


# The gate line -----------------------------------------------------------------------------------


@register.inclusion_tag("components/gate_line.html")
def gate_line(explanation: Any, key: str = "line") -> dict[str, Any]:
    """
    Draw a ruling as the gates that the line passed, each opening to the rules asked.

    ``explanation`` is that of ``journeys.reading``; ``key`` tells gate lines of one page apart.
    """
    return {
        "explanation": explanation,
        "gates": tones.gate_looks(explanation.gates, outcome=str(explanation.outcome)),
        "key": key,
    }


@register.inclusion_tag("components/draw_line.html")
def draw_line(draw: Any, key: str = "line") -> dict[str, Any]:
    """Draw the line from 0 to 1: the chance shaded, the drawn point marked, "verify" beside it."""
    lines = drawing.draw_line(u=draw.u, chance_ppm=draw.chance_ppm)
    return {"draw": draw, "line": lines, "verify_url": _verify_address(draw), "key": key}


def _verify_address(draw: Any) -> str:
    """Return the fair-draw page with what verifies a draw, and no more than the reader may know."""
    if draw.u is None:
        return ""
    asked = {name: getattr(draw, name) for name in ("day", "agency", "root", "counter", "anchor")}
    if draw.chance_ppm is not None:
        asked["chance"] = draw.chance_ppm
    return f"{reverse('public:fair-draw')}?{urlencode(asked)}#verify"


# Frame and parts ---------------------------------------------------------------------------------


@register.simple_tag(takes_context=True)
def frame(context: Mapping[str, Any]) -> Frame:
    """Return the frame of the page."""
    return frame_of(context.get("request"))


@register.inclusion_tag("components/notice.html")
def notice(tone: str, text: Words, title: Words = "") -> dict[str, Any]:
    """Say what happened, why, what next; tone is info, success, warning or error."""
    return {"look": tones.look(tones.NOTICES, tone), "title": title, "text": text}


@register.inclusion_tag("components/empty.html")
def empty_state(
    title: Words, text: Words, *, icon_name: str = "document", url: str = "", action: Words = ""
) -> dict[str, Any]:
    """Teach what would stand here and how it comes to be."""
    return {"title": title, "text": text, "icon_name": icon_name, "url": url, "action": action}


@register.inclusion_tag("components/facts.html")
def facts(items: Sequence[tuple[Words, Any]]) -> dict[str, Any]:
    """Set facts as the cells of a form; None reads "unknown"."""
    return {"items": items}


@register.inclusion_tag("components/error_summary.html")
def error_summary(form: Form | Sequence[Form]) -> dict[str, Any]:
    """List the errors of one form or of several, each leading to its field."""
    forms = [form] if isinstance(form, Form) else list(form)
    return {"forms": forms, "count": sum(len(one.errors) for one in forms)}


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, kind: str = "") -> dict[str, Any]:
    """Set one field: label, hint, error, input; kind is "", "code", "number" or "wide"."""
    described = [f"{bound.auto_id}-hint"] if bound.help_text else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attributes: dict[str, Any] = {"aria-describedby": " ".join(described) or False}
    attributes |= _look_up(bound)
    # A group of choices is named by a legend: no single input carries the label.
    group = isinstance(bound.field.widget, CheckboxSelectMultiple | RadioSelect)
    return {
        "field": bound,
        "kind": kind,
        "drawn": bound.as_widget(attrs={} if group else attributes),
        "group": group,
        "suggests": "list" in attributes,
    }


def _look_up(bound: BoundField) -> dict[str, Any]:
    """Return what lets an input suggest from a register; without a script it is a plain input."""
    kind = bound.field.widget.attrs.get("data-lookup")
    if not kind:
        return {}
    place = f"{bound.auto_id}-list"
    return {
        "list": place,
        "hx-get": reverse("look-up", args=[kind]),
        "hx-trigger": "input changed delay:200ms, focus once",
        "hx-target": f"#{place}",
        "hx-swap": "innerHTML",
    }


# Lists -------------------------------------------------------------------------------------------


@register.inclusion_tag("components/column_head.html", takes_context=True)
def column_head(
    context: Mapping[str, Any], key: str, label: Words, css: str = ""
) -> dict[str, Any]:
    """Set the head of a column that sorts the list."""
    heading = listing.heading(context["request"].GET, key)
    return {"heading": heading, "label": label, "css": css}


@register.inclusion_tag("components/chips.html")
def filter_chips(chips: Sequence[listing.Chip]) -> dict[str, Any]:
    """Show the filters in force, each removable."""
    return {"chips": chips}


@register.inclusion_tag("components/paging.html", takes_context=True)
def paging(context: Mapping[str, Any], page: Page[Any]) -> dict[str, Any]:
    """Say which rows are shown of how many, and lead to the others."""
    query = context["request"].GET
    turn = {
        "earlier": listing.page_address(query, page.number - 1) if page.has_previous() else "",
        "later": listing.page_address(query, page.number + 1) if page.has_next() else "",
    }
    return {"page": page, **turn}


@register.inclusion_tag("components/export.html")
def export_button(url: str, label: Words = "") -> dict[str, Any]:
    """Lead to the whole list as a spreadsheet."""
    return {"url": url, "label": label or gettext("Export to XLSX")}
