"""Writing who works where: agencies, laboratories and accounts; part of its one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from guomen.rulebooks import places
from guomen.scenarios.zhuhai2012.accounts import PASSWORD, Account
from guomen.scenarios.zhuhai2012.bench import equipment
from guomen.scenarios.zhuhai2012.organisation import AGENCIES
from guomen.scenarios.zhuhai2012.rows import always
from guomen.supervision.agencies.models import Agency, Officer, RoleHeld
from guomen.supervision.agencies.operations import NewAgency, found
from guomen.supervision.parties.models import Port, Representative
from guomen.supervision.samples.models import Accreditation, Bench, Control

Write = Callable[[type, Iterable[object]], list[Any]]


def write_agencies(write: Write) -> tuple[dict[str, int], dict[str, int]]:
    """Found every agency and write the ports; return the keys of both by their codes."""
    made: dict[str, Agency] = {}
    for row in AGENCIES:
        made[row.code] = found(
            NewAgency(
                code=row.code,
                kind=row.kind,
                name_zh=row.name_zh,
                name_en=row.name_en,
                zone=row.zone,
            ),
            parent=made[row.parent] if row.parent else None,
        )
    agencies = {code: agency.pk for code, agency in made.items()}
    watched = {port: row.code for row in AGENCIES for port in row.ports}
    ports = write(
        Port,
        (
            Port(
                unlocode=port.unlocode,
                name_zh=port.name.zh,
                name_en=port.name.en,
                transport=port.transport,
                agency_id=agencies.get(watched.get(port.unlocode, "")),
            )
            for port in (*places.ZHUHAI_PORTS, *places.OTHER_PORTS)
        ),
    )
    return agencies, {port.unlocode: port.pk for port in ports}


def write_laboratories(write: Write, agencies: Mapping[str, int]) -> None:
    """Write benches, what they are accredited for, and their control samples."""
    write(Bench, equipment.benches(agencies))
    write(Accreditation, equipment.accreditations(agencies))
    write(Control, equipment.controls(agencies))


def write_accounts(
    accounts: Iterable[Account],
    write: Write,
    *,
    agencies: Mapping[str, int],
    enterprises: Mapping[int, int],
) -> None:
    """Write users, officers with their roles, and representatives of enterprises."""
    accounts = tuple(accounts)
    user_model = get_user_model()
    # One hash for all: the password is public, and fifty slow hashes would only cost time.
    password = make_password(PASSWORD)
    users = write(
        user_model, (user_model(username=a.username, password=password) for a in accounts)
    )
    keys = {user.get_username(): user.pk for user in users}
    officers = write(
        Officer,
        (
            Officer(agency_id=agencies[account.agency], **_person(account, keys))
            for account in accounts
            if account.agency is not None
        ),
    )
    by_key = {officer.key: officer.pk for officer in officers}
    write(
        RoleHeld,
        (
            RoleHeld(officer_id=by_key[account.key], role=role, **always())
            for account in accounts
            for role in account.roles
        ),
    )
    write(
        Representative,
        (
            Representative(enterprise_id=enterprises[account.enterprise], **_person(account, keys))
            for account in accounts
            if account.enterprise is not None
        ),
    )


def _person(account: Account, keys: Mapping[str, int]) -> dict[str, Any]:
    return {
        "key": account.key,
        "user_id": keys[account.username],
        "name_zh": account.person.zh,
        "name_en": account.person.en,
        "demonstration": True,
    }
