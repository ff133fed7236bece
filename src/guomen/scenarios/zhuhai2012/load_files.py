"""Writing the files of licences and the filings of the scenario; part of its one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from guomen.scenarios.zhuhai2012 import files
from guomen.scenarios.zhuhai2012.figures import TODAY
from guomen.scenarios.zhuhai2012.files import at_nine
from guomen.scenarios.zhuhai2012.rows import Registers
from guomen.supervision.filings import models as filings
from guomen.supervision.licences import models as licences
from guomen.supervision.parties.models import Product

Write = Callable[[type, Iterable[object]], list[Any]]


def write_files(
    registers: Registers,
    write: Write,
    *,
    keys: Mapping[str, Mapping[Any, int]],
    people: files.People,
    seed: int,
) -> None:
    """Write campaigns, reviews, decisions and notices; ``keys`` are primary keys by register."""
    held = keys["licences"]
    acts = write(
        licences.LicenceAct,
        (
            licences.LicenceAct(licence_id=held[row.number], **act)
            for row, act in files.acts(registers, people)
        ),
    )
    _write_notices(
        write, acts, {pk: row for row in registers.licences if (pk := held[row.number])}, keys
    )
    made = write(
        licences.ReviewCampaign,
        (
            licences.ReviewCampaign(
                number=row.number,
                kind=row.kind,
                agency_id=keys["agencies"]["ZH"],
                name_zh=row.name.zh,
                name_en=row.name.en,
                begins=row.begins,
                due=row.due,
                opened_by=people["campaign"],
                opened_at=at_nine(row.begins),
                closed_by=people["campaign"],
                closed_at=at_nine(row.due),
            )
            for row in files.campaigns(registers)
        ),
    )
    _write_reviews(registers, write, held, {row.number: row.pk for row in made}, people, seed)


def _write_notices(
    write: Write, acts: list[Any], rows: Mapping[int, Any], keys: Mapping[str, Mapping[Any, int]]
) -> None:
    """Write what each holder was told about a decision."""
    write(
        licences.HolderNotice,
        (
            licences.HolderNotice(
                number=f"NTC-{act.decided_at:%Y}-{place:06d}",
                licence_id=act.licence_id,
                act=act,
                enterprise_id=keys["enterprises"].get(rows[act.licence_id].enterprise),
                kind=licences.NoticeKind.DECISION,
                title_zh=f"{rows[act.licence_id].number}:{act.get_move_display()}",
                title_en=f"{rows[act.licence_id].number}: {act.move.replace('_', ' ')}",
                body_zh=f"自{act.on}起生效。理由：{act.reason_zh}。",
                body_en=f"In force from {act.on}. Reason: {act.reason_en}.",
                sent_at=act.decided_at,
                read_at=act.decided_at + timedelta(days=1),
            )
            for place, act in enumerate(acts, start=1)
        ),
    )


def _write_reviews(
    registers: Registers,
    write: Write,
    held: Mapping[str, int],
    campaigns: Mapping[str, int],
    people: files.People,
    seed: int,
) -> None:
    drawn = list(files.reviews(registers, people, seed))
    made = write(
        licences.Review,
        (
            licences.Review(
                licence_id=held[row.number], campaign_id=campaigns[campaign.number], **review
            )
            for campaign, row, review, _ in drawn
        ),
    )
    write(
        licences.ReviewAnswer,
        (
            licences.ReviewAnswer(review=review, by=people["vet"], at=review.concluded_at, **answer)
            for review, (_, _, _, answers) in zip(made, drawn, strict=True)
            for answer in answers
        ),
    )
    write(
        licences.Review,
        (
            licences.Review(
                number=f"REV-2012-9{place:05d}",
                licence_id=held[row.number],
                occasion=licences.Occasion.YEARLY,
                assessors=[people["vet"]],
                due=due,
                planned_by=people["access"],
                planned_at=at_nine(TODAY - timedelta(days=30)),
            )
            for place, (row, due) in enumerate(files.yearly(registers), start=1)
        ),
    )


def write_filings(
    registers: Registers,
    write: Write,
    *,
    keys: Mapping[str, Mapping[Any, int]],
    people: files.People,
    seed: int,
) -> None:
    """Write what enterprises reported, and the checks of whether they did."""
    filed, only_checked = files.reporting(registers)
    agency = {row.number: keys["agencies"][row.agency] for row in registers.enterprises}
    firm = keys["enterprises"]
    days = {number: files.check_day(seed, number) for number in (*filed, *only_checked)}
    made = write(
        filings.AdditiveUse,
        (
            filings.AdditiveUse(
                number=f"ADU-2011-{place:05d}",
                enterprise_id=firm[number],
                agency_id=agency[number],
                state="accepted",
                filed_on=days[number] - timedelta(days=20),
                filed_by="REP-0000",
                filed_at=at_nine(days[number] - timedelta(days=20)),
                decided_by=people["access"],
                decided_at=at_nine(days[number] - timedelta(days=15)),
            )
            for place, number in enumerate(filed, start=1)
        ),
    )
    write(
        filings.UsedSubstance,
        (
            filings.UsedSubstance(filing=filing, **substance)
            for filing, number in zip(made, filed, strict=True)
            for substance in files.substances(seed, number)
        ),
    )
    write(
        filings.ResponsibilityStatement,
        (
            filings.ResponsibilityStatement(
                number=f"SRS-2011-{place:05d}",
                enterprise_id=firm[number],
                agency_id=agency[number],
                signed_on=days[number],
                signed_by="REP-0000",
                signer_zh="质量负责人",
                edition="2011",
                recorded_at=at_nine(days[number]),
            )
            for place, number in enumerate(filed, start=1)
        ),
    )
    write(
        filings.FilingCheck,
        (
            filings.FilingCheck(
                number=f"FCK-{days[number].year}-{place:05d}",
                enterprise_id=firm[number],
                agency_id=agency[number],
                on=days[number],
                by=people["inspector.gongbei"],
                recorded_at=at_nine(days[number]),
                shortcoming="" if number in filed else "未报备原辅料和食品添加剂使用情况",
            )
            for place, number in enumerate((*filed, *only_checked), start=1)
        ),
    )
    _write_farms(registers, write, keys)
    write(
        Product,
        (
            Product(
                enterprise_id=firm[number],
                begins=files.FIRST_DAY,
                recorded_at=at_nine(files.FIRST_DAY),
                **product,
            )
            for number, product in files.products(registers, seed)
        ),
    )


_FARMS = ("farm", "growing_base", "registered_farm", "nursery")


def _write_farms(registers: Registers, write: Write, keys: Mapping[str, Mapping[Any, int]]) -> None:
    farms = [site for site in registers.sites if site.kind.value in _FARMS]
    write(
        filings.FarmEntry,
        (
            filings.FarmEntry(site_id=keys["sites"][site.number], written_by="REP-0000", **entry)
            for site in farms
            for entry in files.farm_entries(site.number, site.kind.value)
        ),
    )
    write(
        filings.SelfInspection,
        (
            filings.SelfInspection(
                enterprise_id=keys["enterprises"][site.enterprise],
                site_id=keys["sites"][site.number],
                on=TODAY - timedelta(days=21),
                lot=f"{site.number}-0503",
                product="出栏（采收）前自检",
                items="农兽药残留快检",
                finding="conform",
                written_by="REP-0000",
                written_at=at_nine(TODAY - timedelta(days=21)),
            )
            for site in farms
        ),
    )
