"""
Writing the scenario into an empty database: one transaction, in bulk.

Refused outside demonstration mode and over existing registers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import transaction

from guomen.core.controls import SELECTORS
from guomen.core.errors import GuomenError
from guomen.core.text import Text
from guomen.rulebooks import commodities
from guomen.scenarios.zhuhai2012 import (
    access,
    keeping,
    load_files,
    load_offices,
    product_files,
    waiting,
)
from guomen.scenarios.zhuhai2012 import standing_written as written
from guomen.scenarios.zhuhai2012.accounts import Account, accounts
from guomen.scenarios.zhuhai2012.orders import SourcedOrder, orders
from guomen.scenarios.zhuhai2012.registers import registers
from guomen.scenarios.zhuhai2012.rows import Registers, Version, always, moment, versions
from guomen.supervision.agencies.models import Agency, Officer
from guomen.supervision.classification.models import ProductRisk
from guomen.supervision.controls.models import ControlOrder
from guomen.supervision.licences.models import DesignatedPort, Licence, LicenceTerm, OriginAccess
from guomen.supervision.parties import finding
from guomen.supervision.parties import models as parties

SEED = 2012

#: Told after each step: what it was, how many steps are done, of how many.
Progress = Callable[[Text, int, int], None]


class OutsideDemoModeError(GuomenError):
    """A scenario was asked for in a house that is not a demonstration."""

    code: ClassVar[str] = "scenario.outside_demo_mode"


class RegistersNotEmptyError(GuomenError):
    """A scenario was asked for over registers that hold something."""

    code: ClassVar[str] = "scenario.registers_not_empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What was written."""

    registers: Registers
    accounts: tuple[Account, ...]
    orders: tuple[SourcedOrder, ...]
    rows: int


@dataclass(slots=True, kw_only=True)
class _Load:
    """Everything that one load knows while it writes."""

    registers: Registers
    accounts: tuple[Account, ...]
    agencies: dict[str, int]
    ports: dict[str, int]
    enterprises: dict[int, int]
    sites: dict[str, int]
    seed: int = SEED
    licences: dict[str, int] = field(default_factory=dict)
    rows: int = 0

    def write(self, model: type, rows: Iterable[object]) -> list[object]:
        """Write rows of one model in bulk and count them."""
        written = list(model._default_manager.bulk_create(rows, batch_size=2_000))  # type: ignore[attr-defined]
        self.rows += len(written)
        return written


def load(progress: Progress, *, seed: int = SEED) -> Loaded:
    """
    Write the registers of the scenario.

    :raises OutsideDemoModeError: if the house is not in demonstration mode
    :raises RegistersNotEmptyError: if there are agencies or enterprises already
    """
    if not getattr(settings, "GUOMEN_DEMO", False):
        raise OutsideDemoModeError(
            "Scenarios hold demonstration accounts: load them in demonstration mode only "
            "(GUOMEN_DEMO=1)."
        )
    if Agency.objects.exists() or parties.Enterprise.objects.exists():
        raise RegistersNotEmptyError(
            "The registers are not empty: load the scenario into a new database."
        )
    rows = registers(seed)
    state = _Load(
        registers=rows,
        accounts=accounts(rows, seed),
        agencies={},
        ports={},
        enterprises={},
        sites={},
        seed=seed,
    )
    with transaction.atomic():
        for done, (name, step) in enumerate(_STEPS, start=1):
            step(state)
            progress(name, done, len(_STEPS))
    return Loaded(registers=rows, accounts=state.accounts, orders=orders(rows), rows=state.rows)


def _dated(version: Version[object]) -> dict[str, object]:
    return {
        "begins": version.begins,
        "ends": version.ends,
        "recorded_at": version.recorded_at,
        "superseded_at": version.superseded_at,
    }


def _write_agencies(state: _Load) -> None:
    state.agencies, state.ports = load_offices.write_agencies(state.write)


def _write_goods(state: _Load) -> None:
    state.write(
        parties.Commodity,
        (
            parties.Commodity(
                hs_code=row.hs_code,
                name_zh=row.name.zh,
                name_en=row.name.en,
                group=row.group,
                inspection=row.inspection,
                unit=row.unit,
                in_legal_catalogue=row.in_legal_catalogue,
                **always(),
            )
            for row in commodities.COMMODITIES
        ),
    )
    state.write(
        ProductRisk,
        (
            ProductRisk(
                hs_prefix=row.hs_code,
                level=row.risk,
                basis_zh=commodities.RISK_SOURCE.split(" / ")[0],
                basis_en=commodities.RISK_SOURCE.split(" / ")[1],
                **always(),
            )
            for row in commodities.COMMODITIES
        ),
    )
    hazards = state.write(
        parties.Hazard,
        (
            parties.Hazard(code=row.code, kind=row.kind, name_zh=row.name.zh, name_en=row.name.en)
            for row in commodities.HAZARDS
        ),
    )
    keys = {row.code: row.pk for row in hazards if isinstance(row, parties.Hazard)}
    state.write(
        parties.CommodityHazard,
        (
            parties.CommodityHazard(hs_prefix=prefix, hazard_id=keys[row.code], **always())
            for row in commodities.HAZARDS
            for prefix in row.hs_prefixes
        ),
    )


def _write_enterprises(state: _Load) -> None:
    rows = state.registers.enterprises
    made = state.write(
        parties.Enterprise,
        (
            parties.Enterprise(
                reference=row.reference,
                uscc=None if row.overseas else row.code,
                overseas_number=row.code if row.overseas else None,
                country=row.country,
                name_zh=row.name.zh,
                name_en=row.name.en,
                is_sme=row.is_sme,
                agency_id=state.agencies[row.agency],
                place_zh=row.place,
            )
            for row in rows
        ),
    )
    keys = [enterprise.pk for enterprise in made if isinstance(enterprise, parties.Enterprise)]
    state.enterprises = dict(zip((row.number for row in rows), keys, strict=True))
    state.write(
        parties.Registration,
        (
            parties.Registration(
                enterprise_id=state.enterprises[row.number],
                state=parties.RegistrationState.ACTIVE,
                begins=row.registered,
                recorded_at=moment(row.registered),
            )
            for row in rows
        ),
    )
    state.write(
        parties.TradeRole,
        (
            parties.TradeRole(
                enterprise_id=state.enterprises[row.number], role=part, **_dated(version)
            )
            for row in rows
            for part, held in row.roles
            for version in versions(held)
        ),
    )


def _write_sites(state: _Load) -> None:
    made = state.write(
        parties.Site,
        (
            parties.Site(
                reference=row.reference,
                number=row.number,
                kind=row.kind,
                enterprise_id=state.enterprises[row.enterprise],
                name_zh=row.name.zh,
                name_en=row.name.en,
                place_zh=row.place,
                latitude=row.latitude,
                longitude=row.longitude,
            )
            for row in state.registers.sites
        ),
    )
    state.sites = {site.number: site.pk for site in made if isinstance(site, parties.Site)}
    finding.index(state.enterprises.values())
    finding.index_sites(state.sites.values())


def _write_licences(state: _Load) -> None:
    rows = state.registers.licences
    made = state.write(
        Licence,
        (
            Licence(
                number=row.number,
                kind=row.kind,
                enterprise_id=state.enterprises[row.enterprise] if row.enterprise else None,
                site_id=state.sites[row.site] if row.site else None,
                agency_id=state.agencies[row.agency],
            )
            for row in rows
        ),
    )
    keys = {licence.number: licence.pk for licence in made if isinstance(licence, Licence)}
    state.licences = keys
    state.write(
        LicenceTerm,
        (
            LicenceTerm(
                licence_id=keys[row.number],
                state=version.value.state,
                reason_zh=version.value.reason.zh,
                reason_en=version.value.reason.en,
                hs_prefixes=list(row.hs_prefixes),
                origins=list(row.origins),
                **_dated(version),
            )
            for row in rows
            for version in versions(row.standing)
        ),
    )


def _write_access(state: _Load) -> None:
    state.write(
        OriginAccess,
        (
            OriginAccess(hs_prefix=prefix, origin=origin, access=version.value, **_dated(version))
            for prefix, origin, history in access.origins()
            for version in versions(history)
        ),
    )
    state.write(
        DesignatedPort,
        (
            DesignatedPort(group=group, port_id=state.ports[port], **_dated(version))
            for group, port, history in access.designated_ports()
            for version in versions(history)
        ),
    )


def _write_certificates(state: _Load) -> None:
    rows = state.registers
    state.write(
        parties.SystemCertificate,
        (
            parties.SystemCertificate(
                enterprise_id=state.enterprises[row.enterprise],
                system=row.system,
                number=row.number,
                issuer_zh="演示认证机构",
                issuer_en="Demonstration Certification Body",
                begins=row.begins,
                ends=row.ends,
                recorded_at=moment(row.begins),
            )
            for row in rows.certificates
        ),
    )


def _write_files(state: _Load) -> None:
    keys: dict[str, Mapping[Any, int]] = {
        "agencies": state.agencies,
        "enterprises": state.enterprises,
        "sites": state.sites,
        "licences": state.licences,
    }
    people = {account.username: account.key for account in state.accounts}
    load_files.write_files(state.registers, state.write, keys=keys, people=people, seed=state.seed)
    load_files.write_filings(
        state.registers, state.write, keys=keys, people=people, seed=state.seed
    )


def _write_laboratories(state: _Load) -> None:
    load_offices.write_laboratories(state.write, state.agencies)


_CONTROL_OFFICER = "control"


def _write_orders(state: _Load) -> None:
    owner = next(a.key for a in state.accounts if a.username == _CONTROL_OFFICER)
    state.write(
        ControlOrder,
        (
            ControlOrder(
                source=row.source,
                reason_zh=row.order.reason.zh,
                reason_en=row.order.reason.en,
                agency_id=state.agencies["ZH"],
                owner=owner,
                tests=list(row.order.tests),
                **{name: getattr(row.order, name) for name in _ORDER_FIELDS},
            )
            for row in orders(state.registers)
        ),
    )


_ORDER_FIELDS = (
    "reference",
    "effect",
    "begins",
    "ends",
    "recorded_at",
    *SELECTORS,
    "rate_ppm",
    "mandatory",
    "confidential",
)


def _write_accounts(state: _Load) -> None:
    load_offices.write_accounts(
        state.accounts, state.write, agencies=state.agencies, enterprises=state.enterprises
    )


def _write_standing(state: _Load) -> None:
    keys = {account.username: account.key for account in state.accounts}
    officers = dict(Officer.objects.values_list("key", "pk"))
    desk = written.Desk(
        write=state.write,
        enterprises=state.enterprises,
        agencies=state.agencies,
        officers={name: (key, officers[key]) for name, key in keys.items() if key in officers},
    )
    written.classes(desk, state.registers)
    product_files.products(desk)
    written.credit(desk, state.registers)


def _write_waiting(state: _Load) -> None:
    people = {account.username: account.key for account in state.accounts}
    officers = {
        account.username: account.key for account in state.accounts if account.agency is not None
    }
    keys = dict(Officer.objects.values_list("key", "pk"))
    password = make_password(None)
    keeping.lay(
        keeping.Shelf(
            registers=state.registers,
            write=state.write,
            enterprises=state.enterprises,
            agencies=state.agencies,
            people=people,
            officers={name: keys[key] for name, key in officers.items()},
            user=lambda name: get_user_model().objects.create(username=name, password=password),
        )
    )
    waiting.lay(
        waiting.Room(
            registers=state.registers,
            enterprises=state.enterprises,
            licences=state.licences,
            sites=state.sites,
            agencies=state.agencies,
            people=people,
            firms={a.username: a.enterprise for a in state.accounts if a.enterprise is not None},
        )
    )


_STEPS: tuple[tuple[Text, Callable[[_Load], None]], ...] = (
    (Text(zh="机构和口岸", en="Agencies and ports"), _write_agencies),
    (Text(zh="商品和危害", en="Commodities and hazards"), _write_goods),
    (Text(zh="企业", en="Enterprises"), _write_enterprises),
    (Text(zh="场所", en="Sites"), _write_sites),
    (Text(zh="许可和备案", en="Licences"), _write_licences),
    (Text(zh="准入国别和指定口岸", en="Origins and designated ports"), _write_access),
    (Text(zh="体系认证", en="Certificates of systems"), _write_certificates),
    (Text(zh="实验室", en="Laboratories"), _write_laboratories),
    (Text(zh="布控指令", en="Control orders"), _write_orders),
    (Text(zh="账户", en="Accounts"), _write_accounts),
    (Text(zh="分类评定和信用档案", en="Assessments and credit files"), _write_standing),
    (Text(zh="评审、决定和报备", en="Reviews, decisions and filings"), _write_files),
    (Text(zh="待办事项", en="What waits at the desks"), _write_waiting),
)
