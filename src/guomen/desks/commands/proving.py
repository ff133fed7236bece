"""Commands that prove: replay, verification of ledger and proofs, anchors."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typer
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from guomen.core import canonical
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.desks.commands import output
from guomen.desks.components import clock
from guomen.journeys import replay as replaying
from guomen.rulebooks.stages import ENGINES
from guomen.supervision.ledger import operations, proofs, queries, signing, statements, verification
from guomen.supervision.ledger.proofs import BadProof

_MOST_SHOWN = 20


def keys_folder() -> Path:
    """Return where the signing key and the public keys lie."""
    return Path(settings.GUOMEN_VAR) / "keys"


def replay(after: int) -> None:
    """
    Derive every ruling again.

    :raises typer.Exit: with 1 if one differs
    """
    total = sum(map(queries.count, ("ruling", *ENGINES))) if not after else None
    with output.progress("Deriving again", total) as step:
        found = replaying.replay(after=after, progress=step)
    different = [
        {"entry": d.seq, "line": d.line, "stored": d.stored, "derived": d.derived}
        for d in found.different
    ]
    output.document(
        {"equal": found.equal, "erased": found.erased, "different": different[:_MOST_SHOWN]}
    )
    for one in found.different[:_MOST_SHOWN]:
        output.say(
            f"[red]#{one.seq} {one.line}[/]\n  stored  {one.stored}\n  derived {one.derived}"
        )
    output.say(
        Text(
            zh=f"{found.equal:,} 条判定推导一致，{len(found.different):,} 条不一致，"
            f"{len(found.erased):,} 条已依令销毁。",
            en=f"{found.equal:,} rulings come out equal, {len(found.different):,} differ, "
            f"{len(found.erased):,} were erased by order.",
        )
    )
    if not found.holds:
        raise typer.Exit(1)


def verify_ledger(anchor: Path | None) -> None:
    """
    Verify the whole ledger.

    :raises typer.Exit: with 1 if a flaw was found
    """
    trusted = signing.trusted_keys(keys_folder()) or None
    with output.progress("Verifying", queries.head()[1]) as step:
        report = verification.verify(
            anchor_file=anchor,
            trusted_keys=trusted,
            progress=lambda done, _total: step(done=done),
        )
    flaws = [
        {"code": f.code, "entry": f.seq, "batch": f.batch, "says": f.sentence.en}
        for f in report.flaws
    ]
    output.document(
        {
            "holds": report.holds,
            "entries": report.entries,
            "batches": report.batches,
            "anchors": report.anchors,
            "chain": report.chain,
            "unanchored": len(report.unanchored),
            "flaws": flaws,
        }
    )
    output.table(("flaw", "说明"), [(f.sentence.en, f.sentence.zh) for f in report.flaws])
    output.say(
        Text(
            zh=f"{report.batches:,} 批共 {report.entries:,} 条记录，{report.anchors:,} 个锚点，"
            f"{len(report.unanchored):,} 条尚未锚定："
            + ("[green]账本完好。[/]" if report.holds else "[red]账本被改动过。[/]"),
            en=f"{report.entries:,} entries in {report.batches:,} batches, "
            f"{report.anchors:,} anchors, {len(report.unanchored):,} entries not anchored yet: "
            + (
                "[green]the ledger holds.[/]" if report.holds else "[red]the ledger was changed.[/]"
            ),
        )
    )
    if not report.holds:
        raise typer.Exit(1)


def verify_proof(file: Path) -> None:
    """
    Check one proof against the public keys that are kept here.

    :raises typer.Exit: with 1 if it does not hold
    :raises BadProof: if the file is not a proof
    """
    document = _document(file)
    report = proofs.verify_proof(document, trusted_keys=signing.trusted_keys(keys_folder()))
    parts = {
        "in_batch": report.in_batch,
        "in_anchor": report.in_anchor,
        "signed_by_trusted_key": report.signed_by_trusted_key,
    }
    output.document({"holds": report.holds, **parts})
    output.table(("step", "holds"), [(name, _SHOWN[value]) for name, value in parts.items()])
    if not report.holds:
        raise typer.Exit(1)


_SHOWN = {
    True: Text(zh="是", en="yes"),
    False: Text(zh="否", en="NO"),
    None: Text(zh="尚未锚定", en="not anchored yet"),
}


def _document(file: Path) -> dict[str, Any]:
    try:
        document = canonical.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, GuomenError) as error:
        raise BadProof(f"{file} cannot be read as JSON; ask for the proof again.") from error
    if not isinstance(document, dict):
        raise BadProof(f"{file} is not a proof; ask for it again.")
    return document


def anchor(day: date | None, *, out: Path | None) -> None:
    """Sign the ledger as of a day that is over."""
    now = clock.now()
    chosen = day or timezone.localtime(now).date() - timedelta(days=1)
    signer = signing.open_signer(keys_folder(), create=True)
    with transaction.atomic():
        made = operations.anchor(chosen, at=now, signer=signer)
    exported = statements.export_anchors(out) if out is not None else 0
    output.document(
        {"day": chosen, "batch": made.batch, "entries": made.entries, "chain": made.chain}
    )
    output.say(
        Text(
            zh=f"{chosen} 已锚定：{made.entries:,} 条记录，链值 {made.chain[:16]}…",
            en=f"{chosen} is anchored: {made.entries:,} entries, chain {made.chain[:16]}…",
        )
    )
    if out is not None:
        output.say(
            Text(
                zh=f"已将 {exported:,} 个锚点导出到 {out}；请存放在本单位无人能改动的地方。",
                en=f"{exported:,} anchors were exported to {out}; keep it where nobody here can.",
            )
        )
