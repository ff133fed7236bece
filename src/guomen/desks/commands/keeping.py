"""Commands that keep an installation: migrate, backup, restore."""

from __future__ import annotations

from pathlib import Path

import typer
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.commands.proving import keys_folder
from guomen.desks.components import clock
from guomen.journeys import backup as backups

_STEPS = {
    "unpack": "Unpacking and comparing digests …",
    "fill": "Filling the database …",
    "verify": "Verifying the ledger against its anchors …",
    "replay": "Deriving every ruling again …",
}


def pending_migrations() -> list[str]:
    """Return the names of migrations that this version has and the database has not."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def migrate() -> None:
    """Bring the database to this version."""
    pending = pending_migrations()
    if pending:
        call_command("migrate", verbosity=0)
    output.document({"applied": pending})
    applied = Text(
        zh=f"已执行 {len(pending)} 项迁移。", en=f"{len(pending)} migrations were applied."
    )
    output.say(applied if pending else Text(zh="无需处理。", en="Nothing to do."))


def backup(file: Path) -> None:
    """Write a backup."""
    with output.progress("Backing up", None):
        made = backups.back_up(file, at=clock.now(), keys=keys_folder())
    output.document(
        {"file": str(file), "entries": made.entries, "chain": made.chain, "bytes": made.bytes}
    )
    output.say(
        Text(
            zh=f"{file} 内有 {made.entries:,} 条记录、{made.anchors:,} 个锚点"
            f"（{made.bytes / 2**20:,.1f} MiB）。抽签密钥份额和签名密钥不在其中。",
            en=f"{made.entries:,} entries and {made.anchors:,} anchors in {file} "
            f"({made.bytes / 2**20:,.1f} MiB). "
            "Shares of draw keys and the signing key are not in it.",
        )
    )


def restore(file: Path) -> None:
    """
    Restore a backup and prove it.

    :raises typer.Exit: with 1 if the restored ledger or a ruling does not hold
    """
    done = backups.restore(
        file, keys=keys_folder(), progress=lambda step: output.err().print(_STEPS[step])
    )
    output.document(
        {
            "holds": done.holds,
            "entries": done.ledger.entries,
            "flaws": [flaw.sentence.en for flaw in done.ledger.flaws],
            "equal": done.replayed.equal,
            "different": len(done.replayed.different),
        }
    )
    for flaw in done.ledger.flaws:
        output.say(f"[red]{output.said(flaw.sentence)}[/]")
    output.say(
        Text(
            zh=f"已恢复 {done.ledger.entries:,} 条记录，{done.replayed.equal:,} 条判定推导一致，"
            f"{len(done.replayed.different):,} 条不一致："
            + ("[green]全部成立。[/]" if done.holds else "[red]请勿使用此数据库。[/]"),
            en=f"{done.ledger.entries:,} entries restored, {done.replayed.equal:,} rulings come "
            f"out equal, {len(done.replayed.different):,} differ: "
            + (
                "[green]everything holds.[/]" if done.holds else "[red]do not use this database.[/]"
            ),
        )
    )
    if not done.holds:
        raise typer.Exit(1)
