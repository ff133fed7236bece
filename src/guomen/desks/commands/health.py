"""The doctor: everything that must be right for the gate to work tomorrow, in one table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import typer
from django.conf import settings
from django.core import checks
from django.db import connection

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.keeping import pending_migrations
from guomen.desks.components import clock
from guomen.journeys import drawing
from guomen.supervision.editions import triggers
from guomen.supervision.ledger import guards, queries
from guomen.supervision.ledger.models import Entry

ABOUT: Mapping[str, Text] = MappingProxyType(
    {
        "settings": Text(zh="设置", en="settings"),
        "database": Text(zh="数据库", en="database"),
        "disk": Text(zh="磁盘", en="disk"),
        "ledger": Text(zh="账本", en="ledger"),
        "registers": Text(zh="登记簿", en="registers"),
        "clock": Text(zh="时钟", en="clock"),
        "draw keys": Text(zh="抽签密钥", en="draw keys"),
    }
)
_DEMONSTRATION = Text(zh="演示模式", en="demonstration")
_IN_EARNEST = Text(zh="正式运行", en="in earnest")
_LEAST_FREE = 2 << 30
_DAYS_AHEAD = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: whether it is well, and what to do if it is not."""

    about: str
    well: bool
    says: Text


def doctor() -> None:
    """
    Look over the installation.

    :raises typer.Exit: with 1 if anything is not well
    """
    found = list(_findings())
    output.document(
        {
            "well": all(f.well for f in found),
            "findings": [{"about": f.about, "well": f.well, "says": f.says.en} for f in found],
        }
    )
    rows = [("✓" if f.well else "✗", output.said(ABOUT[f.about]), f.says) for f in found]
    output.table(("", "about", "says"), rows)
    if not all(f.well for f in found):
        raise typer.Exit(1)


def _findings() -> Iterator[Finding]:
    yield from _settings()
    pending = pending_migrations()
    yield Finding(
        about="database",
        well=not pending,
        says=Text(
            zh=f"有 {len(pending)} 项迁移未执行：请运行 `guomen migrate`",
            en=f"run `guomen migrate`: {len(pending)} migrations are pending",
        )
        if pending
        else Text(zh=f"{connection.vendor}，版本一致", en=f"{connection.vendor}, at this version"),
    )
    yield _disk()
    if not pending:
        yield _ledger()
        yield _registers()
        yield _clock()
        yield from _keys()


def _settings() -> Iterator[Finding]:
    found = checks.run_checks(tags=["guomen"], include_deployment_checks=True)
    serious = [message for message in found if message.is_serious()]
    for message in serious:
        said = f"{message.msg} {message.hint or ''}"
        yield Finding(about="settings", well=False, says=Text(zh=said, en=said))
    if not serious:
        mode = _DEMONSTRATION if settings.GUOMEN_DEMO else _IN_EARNEST
        yield Finding(about="settings", well=True, says=mode)


def _disk() -> Finding:
    free = shutil.disk_usage(Path(settings.GUOMEN_VAR)).free
    well, place, size = free >= _LEAST_FREE, settings.GUOMEN_VAR, f"{free / 2**30:,.1f} GiB"
    says = Text(
        zh=f"{place} 剩余 {size}" + ("" if well else "：请清理磁盘"),
        en=f"{size} free at {place}" + ("" if well else ": make room"),
    )
    return Finding(about="disk", well=well, says=says)


def _ledger() -> Finding:
    absent = guards.missing(connection)
    batches, entries, _ = queries.head()
    if absent:
        return Finding(
            about="ledger",
            well=False,
            says=Text(
                zh=f"账本触发器缺失：{'、'.join(absent)}；请运行 `guomen verify ledger` 并查明原因",
                en=f"guards {', '.join(absent)} are gone: run `guomen verify ledger`, then ask who",
            ),
        )
    anchors = queries.anchors()
    says = Text(
        zh=f"{entries:,} 条记录，{batches:,} 个批次，{len(anchors):,} 个锚点，触发器齐全",
        en=f"{entries:,} entries, {batches:,} batches, {len(anchors):,} anchors, guards in place",
    )
    return Finding(about="ledger", well=True, says=says)


def _registers() -> Finding:
    absent = triggers.missing(connection)
    says = Text(zh="变更对所有进程即时可见", en="changes are seen at once by every process")
    if absent:
        says = Text(
            zh=f"缺少 {len(absent)} 个触发器，登记簿不再缓存：请运行 `guomen migrate`",
            en=f"{len(absent)} triggers are gone, so nothing is kept: run `guomen migrate`",
        )
    return Finding(about="registers", well=not absent, says=says)


def _clock() -> Finding:
    last = Entry.objects.order_by("-seq").values_list("at", flat=True).first()
    now = clock.now()
    if last is not None and last > now + timedelta(minutes=1):
        return Finding(
            about="clock",
            well=False,
            says=Text(
                zh=f"时钟为 {now:%Y-%m-%d %H:%M} UTC，而最新记录为 {last:%Y-%m-%d %H:%M}："
                "请先校准时钟再判定",
                en=f"the clock says {now:%Y-%m-%d %H:%M} UTC, the newest entry is of "
                f"{last:%Y-%m-%d %H:%M}: set the clock right before anything is decided",
            ),
        )
    moment = f"{now:%Y-%m-%d %H:%M} UTC"
    return Finding(about="clock", well=True, says=Text(zh=moment, en=moment))


def _keys() -> Iterator[Finding]:
    now = clock.now()
    offices = {office.agency: office for office in drawing.offices().values()}
    bureaux = {key.agency for key in queries.draw_keys()} or set(offices)
    for code in sorted(bureaux & set(offices)):
        today = offices[code].day_of(now)
        wanted = {today + timedelta(days=ahead) for ahead in range(_DAYS_AHEAD + 1)}
        absent = sorted(wanted - {key.day for key in queries.draw_keys(code)})
        says = Text(
            zh=f"{code}：今后 {_DAYS_AHEAD} 天的承诺已公布",
            en=f"{code}: committed for the next {_DAYS_AHEAD} days",
        )
        if absent:
            says = Text(
                zh=f"{code}：{absent[0]} 至 {absent[-1]} 没有密钥；请运行 `guomen draw commit`",
                en=f"{code}: no key for {absent[0]} to {absent[-1]}; run `guomen draw commit`",
            )
        yield Finding(about="draw keys", well=not absent, says=says)
