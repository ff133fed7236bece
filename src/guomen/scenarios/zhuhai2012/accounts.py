"""Accounts of the scenario: one for every role and for ten enterprises. Demonstration only."""

from __future__ import annotations

from dataclasses import dataclass

from guomen.core.text import Text
from guomen.scenarios.zhuhai2012 import names
from guomen.scenarios.zhuhai2012.dice import stream
from guomen.scenarios.zhuhai2012.organisation import AGENCIES, POSTS
from guomen.scenarios.zhuhai2012.permissions import eliminated_importers
from guomen.scenarios.zhuhai2012.rows import EnterpriseRow, Registers
from guomen.supervision.agencies.models import Role

#: The same for every account; the sign-in page shows it in demo mode only.
PASSWORD = "guomen-2012"  # noqa: S105


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account: who it is, where, and what it may be used to show."""

    username: str
    key: str
    person: Text
    place: Text
    shows: Text
    agency: str | None = None
    roles: tuple[Role, ...] = ()
    enterprise: int | None = None


def accounts(registers: Registers, seed: int) -> tuple[Account, ...]:
    """Return every account, officers first."""
    people = names.people(stream(seed, "people"))
    named = {row.code: Text(zh=row.name_zh, en=row.name_en) for row in AGENCIES}
    officers = [
        Account(
            username=username,
            key=f"OFC-{number:04d}",
            person=next(people),
            place=named[agency],
            shows=_roles_text(roles),
            agency=agency,
            roles=roles,
        )
        for number, (username, agency, roles) in enumerate(POSTS, start=1)
    ]
    representatives = [
        Account(
            username=username,
            key=f"REP-{number:04d}",
            person=next(people),
            place=row.name,
            shows=shows,
            enterprise=row.number,
        )
        for number, (username, row, shows) in enumerate(_chosen(registers, seed), start=1)
    ]
    return (*officers, *representatives)


def _roles_text(roles: tuple[Role, ...]) -> Text:
    # Labels of choices read Chinese or English by the language of the moment; English is kept here.
    english = ", ".join(role.value.replace("_", " ") for role in roles)
    return Text(zh="、".join(_CHINESE[role] for role in roles), en=english)


_CHINESE: dict[Role, str] = {
    Role.DIRECTOR: "局长",
    Role.BRANCH_HEAD: "分支局局长",
    Role.DOCUMENT_EXAMINER: "审单员",
    Role.INSPECTOR: "施检员",
    Role.SAMPLER: "抽样员",
    Role.ANALYST: "检测员",
    Role.APPROVER: "审批人",
    Role.CERTIFICATE_OFFICER: "签证人员",
    Role.VETERINARIAN: "签证兽医官",
    Role.PORT_CHECKER: "口岸查验员",
    Role.LOADING_SUPERVISOR: "监装员",
    Role.CONTROL_OFFICER: "布控员",
    Role.RISK_ANALYST: "风险分析员",
    Role.ACCESS_REVIEWER: "准入评审员",
    Role.CLASS_ASSESSOR: "分类评定员",
    Role.CREDIT_OFFICER: "诚信管理员",
    Role.CASE_OFFICER: "稽查员",
    Role.EMERGENCY_COMMANDER: "应急指挥",
    Role.LIAISON_OFFICER: "联络员",
    Role.QUALITY_ANALYST: "质量分析员",
    Role.CAMPAIGN_LEADER: "专项整治负责人",
    Role.COMPLAINT_OFFICER: "投诉处理员",
    Role.KEY_CUSTODIAN: "密钥保管人",
    Role.AUDITOR: "审计员",
    Role.ADMINISTRATOR: "系统管理员",
}


def _chosen(registers: Registers, seed: int) -> list[tuple[str, EnterpriseRow, Text]]:
    out = eliminated_importers(seed, registers.enterprises)
    by_number = {row.number: row for row in registers.enterprises}
    meat = registers.in_cohort("meat_importer")
    bases = {site.number: by_number[site.enterprise] for site in registers.sites}
    best = next(n for n, h in registers.ratings.items() if h.changes and h.changes[-1][1] == "AA")
    rows = (
        ("vegetables", bases["GD-V-0018"], "供澳蔬菜基地", "Vegetable base supplying Macao"),
        ("fish", bases["GD-Q-0006"], "供澳水产养殖场", "Fish farm supplying Macao"),
        ("meat", meat[0], "进口肉类企业", "Importer of meat"),
        ("meat.out", by_number[min(out)], "被淘汰的进口肉类企业", "Importer of meat, forced out"),
        ("wine", _first(registers, "food_importer", "wine"), "进口酒类企业", "Importer of wine"),
        ("toys", _first(registers, "classified", "toys"), "出口玩具企业", "Exporter of toys"),
        ("aircon", _first(registers, "classified", "appliances"), "出口家电企业", "Exporter"),
        ("best", by_number[best], "AA级企业", "Enterprise of level AA"),
        (
            "blacklisted",
            by_number[registers.blacklist[0][0]],
            "黑名单企业",
            "Blacklisted enterprise",
        ),
        ("agent", registers.in_cohort("agent")[0], "代理报检企业", "Declaration agent"),
    )
    return [(f"firm.{name}", row, Text(zh=zh, en=en)) for name, row, zh, en in rows]


def _first(registers: Registers, cohort: str, group: str) -> EnterpriseRow:
    return next(row for row in registers.in_cohort(cohort) if row.groups[0] == group)
