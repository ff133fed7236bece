"""
Keeping what stands on the registers beside enterprises: certificates, sites, products, ports.

Dated records are superseded, never edited: what was known before stays readable. A record that was
wrong is put right from its beginning; one that has changed holds differently from a day on. Every
change names what it wrote, so that the last one can be taken back, and the taking back too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any, ClassVar

from django.db import IntegrityError, transaction
from django.db.models import Max, Q, QuerySet

from guomen.journeys.access import recording
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.journeys.access.keeping import RecordMovedError
from guomen.journeys.access.rooms import Reach
from guomen.supervision.licences.models import DesignatedPort
from guomen.supervision.parties import finding, signs
from guomen.supervision.parties.codes import reference
from guomen.supervision.parties.models import (
    Amendment,
    AmendmentAct,
    Enterprise,
    HoldingKind,
    Port,
    Product,
    Site,
    SystemCertificate,
)

AMENDED = "register.amended"
_NEXT = timedelta(microseconds=1)
Values = Mapping[str, Any]


class AmendmentRefusedError(AccessError):
    """A record cannot be changed like this; nothing was stored."""

    code: ClassVar[str] = "access.amendment-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of record: its rows, what may be written of them, whose they are."""

    name: HoldingKind
    rows: Callable[[], QuerySet[Any]]
    columns: tuple[str, ...]
    owner: str
    # The way from a row to the agencies whose people keep it.
    agency: str
    # What must not be there twice for one time; for sites, the database sees to it.
    once: tuple[str, ...] = ()
    # Not dated: one row that is put right in place, and never struck off.
    dated: bool = True
    # False: none is entered here.
    entered: bool = True


_PERIOD = ("begins", "ends")
KINDS: Mapping[HoldingKind, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            Kind(
                name=HoldingKind.CERTIFICATE,
                rows=lambda: SystemCertificate.objects.select_related("enterprise__agency"),
                columns=("system", "number", "issuer_zh", "issuer_en", *_PERIOD),
                owner="enterprise",
                agency="enterprise__agency_id",
                once=("system", "number"),
            ),
            Kind(
                name=HoldingKind.SITE,
                rows=lambda: Site.objects.select_related("enterprise__agency"),
                columns=(
                    *("number", "kind", "name_zh", "name_en"),
                    *("country", "place_zh", "latitude", "longitude"),
                ),
                owner="enterprise",
                agency="enterprise__agency_id",
                dated=False,
            ),
            Kind(
                name=HoldingKind.PRODUCT,
                rows=lambda: Product.objects.select_related("enterprise__agency", "site"),
                columns=("name_zh", "name_en", "hs_code", "brand", "site", "origins", *_PERIOD),
                owner="enterprise",
                agency="enterprise__agency_id",
                once=("name_zh", "hs_code", "brand", "site", "enterprise"),
            ),
            Kind(
                name=HoldingKind.DESIGNATION,
                rows=lambda: DesignatedPort.objects.select_related("port__agency"),
                columns=("group", *_PERIOD),
                owner="port",
                agency="port__agency_id",
                once=("group", "port_id"),
            ),
            Kind(
                # Its code names it in declarations, and its agency says whose it is: both stay.
                name=HoldingKind.PORT,
                rows=lambda: Port.objects.select_related("agency"),
                columns=("name_zh", "name_en", "transport"),
                owner="port",
                agency="agency_id",
                dated=False,
                entered=False,
            ),
        )
    }
)


# -- reading ---------------------------------------------------------------------------------------


def values_of(row: Any, kind: Kind) -> dict[str, Any]:
    """Return what stands in a record, as a file keeps it; an empty dict for no record."""
    return {} if row is None else {name: plain(getattr(row, name)) for name in kind.columns}


def plain(value: Any) -> Any:
    """Return a value as a file keeps it."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        # However many zeros were typed behind it.
        return f"{value.normalize():f}"
    return value.number if isinstance(value, Site) else value


def root_of(kind: Kind, pk: int) -> int:
    """Return the key of the first version of a record, from that of any version."""
    named = Amendment.objects.filter(kind=kind.name).values_list("root", flat=True)
    first = named.filter(Q(before=pk) | Q(after=pk)).first()
    if first is None and kind.dated and (row := kind.rows().filter(pk=pk).first()):
        # The part of a record that a change ended: written at the moment of what goes on.
        owner = {kind.owner: getattr(row, kind.owner)}
        beside = kind.rows().filter(recorded_at=row.recorded_at, begins=row.ends, **owner)
        first = named.filter(after__in=beside.values("pk")).first()
    return pk if first is None else first


def newest(kind: Kind, pk: int, within: Q) -> tuple[Any | None, Any | None]:
    """
    Return a record as it stands now and as it stood last, from the key of any version.

    The first is None where it was struck off; both are where there is none within reach.
    """
    last = history(kind, pk).first()
    now = pk if last is None else last.after
    rows = kind.rows().filter(within)
    stood = rows.filter(pk=now or (last.before if last else None)).first()
    if stood is None or (kind.dated and now is not None and stood.superseded_at is not None):
        return None, None
    return (stood if now is not None else None), stood


def within(kind: Kind, reach: Reach) -> Q:
    """Return the condition that a record lies within the reach of an officer."""
    return reach.within(kind.agency)


def history(kind: Kind, pk: int) -> QuerySet[Amendment]:
    """Return the changes of a record, the newest first."""
    return Amendment.objects.filter(kind=kind.name, root=root_of(kind, pk)).order_by("-pk")


def version_of(row: Any, kind: Kind) -> int:
    """Return which version of a record this is; another one counts as changed meanwhile."""
    return int(row.pk if kind.dated else row.version)


# -- writing ---------------------------------------------------------------------------------------


def enter(kind: Kind, owner: Enterprise | Port, given: Values, *, who: Actor) -> Any:
    """
    Put a record on the register; return it.

    :raises AmendmentRefusedError: if it is there already, or none of its kind is entered here
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    _refuse_tied(owner, who)
    if not kind.entered:
        raise AmendmentRefusedError("none of these is entered here", zh="此类记录不在此登记")
    given = signs.all_visible(given)
    with transaction.atomic():
        known = _told(kind, owner, AmendmentAct.ENTERED, given, who=who)
        row = _create(kind, owner, given, known)
        _note(kind, AmendmentAct.ENTERED, None, row, made=[row.pk], who=who)
    return row


def amend(
    kind: Kind, pk: int, given: Values, *, version: int, since: date | None = None, who: Actor
) -> Any:
    """
    Put a record right from its beginning, or let it hold differently from a day on; return it.

    :raises guomen.journeys.access.keeping.RecordMovedError: if it is no longer that version
    :raises AmendmentRefusedError: if nothing changes, the day lies outside its period, or another
        record says the same
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    act = AmendmentAct.CHANGED if since else AmendmentAct.CORRECTED
    given = signs.all_visible(given)
    with transaction.atomic():
        row, known = _held(kind, pk, act, given, version=version, who=who)
        was = values_of(row, kind)
        if all(was[name] == plain(given.get(name)) for name in kind.columns):
            raise AmendmentRefusedError("nothing differs from what stands", zh="内容没有变化")
        made = _write(kind, row, given, since=since, known=known)
        _note(kind, act, row, made[-1], made=[m.pk for m in made], was=was, since=since, who=who)
    return made[-1]


def strike(kind: Kind, pk: int, note: str, *, version: int, who: Actor) -> None:
    """
    Take a record that should never have been there off the register.

    :raises AmendmentRefusedError: if no reason is given, or it is of a kind that is never struck
    :raises guomen.journeys.access.keeping.RecordMovedError: if it is no longer that version
    """
    if not note.strip() or not kind.dated:
        raise AmendmentRefusedError("say why it is struck off", zh="请写明撤销理由", field="note")
    with transaction.atomic():
        row, known = _held(kind, pk, AmendmentAct.STRUCK, {}, version=version, who=who)
        _supersede(row, known)
        _note(kind, AmendmentAct.STRUCK, row, None, made=[], note=note.strip()[:300], who=who)


def undo(kind: Kind, last: int, *, who: Actor) -> Any | None:
    """
    Take the last change of a record back; return the record, None where none is left.

    :raises guomen.journeys.access.keeping.RecordMovedError: if it is not the last change any more
    :raises AmendmentRefusedError: if it would leave no site
    """
    with transaction.atomic():
        change = Amendment.objects.get(pk=last, kind=kind.name)
        stood = kind.rows().get(pk=change.after or change.before)
        owner = getattr(stood, kind.owner)
        _refuse_tied(owner, who)
        known = _told(kind, owner, AmendmentAct.UNDONE, change.was, who=who)
        newest_change = history(kind, change.root).select_for_update().first()
        if newest_change is None or newest_change.pk != last:
            raise _moved()
        if not kind.dated:
            return _undo_plain(kind, change, stood, who=who)
        made_by_it = list(kind.rows().filter(pk__in=change.made, superseded_at=None))
        for row in made_by_it:
            _supersede(row, known)
        row, later = None, Q(pk__gt=change.pk)
        if change.was:
            row = _create(kind, owner, parsed(change.was, owner, later), _after(known, made_by_it))
        _note(
            kind,
            AmendmentAct.UNDONE,
            stood if change.after else None,
            row,
            made=[row.pk] if row else [],
            root=change.root,
            who=who,
        )
    return row


def _undo_plain(kind: Kind, change: Amendment, row: Any, *, who: Actor) -> Any:
    if not change.was:
        raise AmendmentRefusedError(
            "what was entered stays: licences and goods name it. Put it right instead",
            zh="已登记的记录不能撤销，请更正其内容",
        )
    was = values_of(row, kind)
    given = parsed(change.was, getattr(row, kind.owner), Q(pk__gt=change.pk))
    (row,) = _write(kind, row, given, since=None, known=who.at)
    _note(kind, AmendmentAct.UNDONE, row, row, made=[row.pk], was=was, who=who)
    return row


# -- the parts of it -------------------------------------------------------------------------------


def _moved() -> RecordMovedError:
    return RecordMovedError(
        "somebody changed this record meanwhile; look at it again",
        zh="这条记录刚被他人修改，请重新查看",
    )


def _refuse_tied(owner: Enterprise | Port, who: Actor) -> None:
    if isinstance(owner, Enterprise):
        refuse_tied(who, [owner])


def _told(kind: Kind, owner: Any, act: AmendmentAct, given: Values, *, who: Actor) -> datetime:
    subject = owner.unlocode if isinstance(owner, Port) else owner.reference
    # What was written stays out of the ledger: the names of the columns are enough.
    body = {"act": act.value, "columns": sorted(given), "kind": kind.name.value}
    return recording.record(AMENDED, subject, body, at=who.at, by=who.by)


def _held(
    kind: Kind, pk: int, act: AmendmentAct, given: Values, *, version: int, who: Actor
) -> tuple[Any, datetime]:
    """Return a record locked as it stands, once it is that version, and from when it is known."""
    owner = getattr(kind.rows().get(pk=pk), kind.owner)
    _refuse_tied(owner, who)
    known = _told(kind, owner, act, given, who=who)
    row = kind.rows().select_for_update(of=("self",)).get(pk=pk)
    if version_of(row, kind) != version or (kind.dated and row.superseded_at is not None):
        raise _moved()
    return row, _after(known, [row] if kind.dated else [])


def _after(known: datetime, rows: Sequence[Any]) -> datetime:
    """Return a moment at which knowledge can follow that of some rows."""
    moments: list[datetime] = [row.recorded_at + _NEXT for row in rows]
    return max([known, *moments])


def _supersede(row: Any, known: datetime) -> None:
    row.superseded_at = _after(known, [row])
    row.save(update_fields=["superseded_at"])


def _write(
    kind: Kind, row: Any, given: Values, *, since: date | None, known: datetime
) -> list[Any]:
    """Write a changed record; return the rows that hold since, the one that counts last."""
    values = {name: given.get(name) for name in kind.columns}
    owner = getattr(row, kind.owner)
    if not kind.dated:
        for name, value in values.items():
            setattr(row, name, value)
        row.version += 1
        _SAVE[kind.name](row)
        return [row]
    if since is not None:
        _refuse_outside(row, since)
        values["begins"] = since
    _supersede(row, known)
    made = []
    if since is not None and since > row.begins:
        held = {name: getattr(row, name) for name in kind.columns} | {"ends": since}
        made.append(_create(kind, owner, held, known, checked=False))
    return [*made, _create(kind, owner, values, known)]


def _refuse_outside(row: Any, since: date) -> None:
    if since < row.begins or (row.ends is not None and since >= row.ends):
        raise AmendmentRefusedError(
            f"it holds from {row.begins} to {row.ends or 'further notice'}: choose a day of that",
            zh=f"该记录有效期为 {row.begins} 至 {row.ends or '长期'}，请选择期内的日期",
            field="since",
        )


def _create(kind: Kind, owner: Any, given: Values, known: datetime, *, checked: bool = True) -> Any:
    values = {name: given.get(name) for name in kind.columns} | {kind.owner: owner}
    if not kind.dated:
        last = Site.objects.aggregate(last=Max("reference"))["last"]
        serial = int(last.split("-")[1]) + 1 if last else 1
        return _save_site(Site(reference=reference("SIT", serial), **values))
    row = kind.rows().model(recorded_at=known, **values)
    if checked:
        _refuse_twice(kind, row)
    row.save(force_insert=True)
    return row


def _refuse_twice(kind: Kind, row: Any) -> None:
    """Refuse what is on record for the same time already."""
    if not kind.once:
        return
    same = kind.rows().filter(superseded_at=None, **{n: getattr(row, n) for n in kind.once})
    same = same.filter(Q(ends=None) | Q(ends__gt=row.begins))
    if row.ends is not None:
        same = same.filter(begins__lt=row.ends)
    if same.exists():
        raise AmendmentRefusedError(
            "this is on record for that time already; put that record right instead",
            zh="该时段已有相同登记，请更正原记录",
            field=kind.once[-1] if kind.once[-1] in kind.columns else kind.once[0],
        )


def _save_site(row: Site) -> Site:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise AmendmentRefusedError(
            "another site has this number", zh="该编号已用于其他场所", field="number"
        ) from error
    finding.index_sites([row.pk])
    return row


def _save_port(row: Port) -> Port:
    row.save()
    return row


_SAVE: Mapping[HoldingKind, Callable[[Any], Any]] = MappingProxyType(
    {HoldingKind.SITE: _save_site, HoldingKind.PORT: _save_port}
)


def _note(
    kind: Kind, act: AmendmentAct, before: Any, after: Any, *, who: Actor, **told: Any
) -> None:
    """Keep what was done; ``told`` is what it made, how it was, since when, why, its root."""
    Amendment.objects.create(
        kind=kind.name,
        root=told.pop("root", None) or root_of(kind, (before or after).pk),
        before=before.pk if before else None,
        after=after.pk if after else None,
        act=act,
        by=who.by,
        at=who.at,
        **{"was": values_of(before, kind), "became": values_of(after, kind), **told},
    )


def parsed(kept: Values, owner: Enterprise | Port, later: Q) -> dict[str, Any]:
    """
    Return values as columns take them, from how a file keeps them.

    :param later: which changes were made after the values were kept.
    :raises AmendmentRefusedError: if they name a site that the owner does not have
    """
    found = dict(kept)
    for name in _PERIOD:
        if isinstance(found.get(name), str):
            found[name] = date.fromisoformat(found[name])
    for name in ("latitude", "longitude"):
        if isinstance(found.get(name), str):
            found[name] = Decimal(found[name])
    if isinstance(found.get("site"), str):
        found["site"] = _site(found["site"], owner, later)
    return found


def _site(number: str, owner: Any, later: Q) -> Site:
    """
    Return the site of an owner that had a number when values were kept.

    A number can go to another site afterwards. The first change since then of a site that stood
    under it names the site that was meant; without one, whoever has the number had it then.
    """
    own = Site.objects.filter(enterprise=owner)
    since = Amendment.objects.filter(later, kind=HoldingKind.SITE, was__number=number)
    first = since.order_by("pk").values_list("root", flat=True).first()
    meant = Q(number=number) if first is None else Q(pk=first)
    found: Site | None = own.filter(meant).first()
    if found is None:
        raise AmendmentRefusedError(
            f"the enterprise has no site {number} any more; enter the record with its site anew",
            zh=f"该企业已无编号为 {number} 的场所，请重新登记并选择场所",
            field="site",
        )
    return found
