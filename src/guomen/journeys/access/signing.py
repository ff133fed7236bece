"""A person asks to act for an enterprise; an officer verifies it against the papers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from guomen.journeys.access import keeping
from guomen.journeys.access.actors import Actor, refuse_tied
from guomen.journeys.access.errors import AccessError
from guomen.supervision.agencies.models import Agency
from guomen.supervision.parties import signs
from guomen.supervision.parties.codes import uscc_valid
from guomen.supervision.parties.models import (
    Enterprise,
    Representative,
    SignUp,
    SignUpState,
)


class SignUpRefusedError(AccessError):
    """A request for an account cannot be taken, or was decided on already."""

    code: ClassVar[str] = "access.sign-up-refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Who asks, for which enterprise."""

    username: str
    password: str
    uscc: str
    name_zh: str
    person: str
    phone: str
    name_en: str = ""
    place_zh: str = ""


def ask(asked: Asked, *, agency: str, who: Actor) -> SignUp:
    """
    Take a request for an account; until it is verified the account opens nothing.

    :raises SignUpRefusedError: if the code is not one, the name is taken, or the password is weak
    """
    code = signs.visible(asked.uscc).upper()
    if not uscc_valid(code):
        raise SignUpRefusedError(
            "this is not a unified social credit code: compare all 18 characters",
            zh="不是有效的统一社会信用代码，请逐位核对 18 位",
            field="uscc",
        )
    user_model = get_user_model()
    try:
        validate_password(asked.password, user_model(username=asked.username))
    except ValidationError as error:
        raise SignUpRefusedError(" ".join(error.messages), field="password") from error
    known = Enterprise.objects.select_related("merged_into").filter(uscc=code).first()
    enterprise = known.merged_into or known if known else None
    try:
        with transaction.atomic():
            user = user_model.objects.create_user(asked.username, password=asked.password)
            return SignUp.objects.create(
                user=user,
                uscc=code,
                enterprise=enterprise,
                name_zh=signs.visible(asked.name_zh),
                name_en=signs.visible(asked.name_en),
                place_zh=signs.visible(asked.place_zh),
                phone=signs.visible(asked.phone),
                person_zh=signs.visible(asked.person),
                agency=enterprise.agency if enterprise else Agency.objects.get(code=agency),
                asked_at=who.at,
            )
    except IntegrityError as error:
        raise SignUpRefusedError(
            "this user name is taken; choose another",
            zh="用户名已被使用，请换一个",
            field="username",
        ) from error


def decide(pk: int, *, verified: bool, note: str, who: Actor) -> SignUp:
    """
    Verify a person who asks, or refuse with a reason; a new enterprise comes on the register.

    :raises SignUpRefusedError: if it was decided on already, or is refused without a reason
    :raises guomen.journeys.access.actors.TiedError: if the actor has a tie to the enterprise
    """
    if not verified and not note.strip():
        raise SignUpRefusedError(
            "say why, so that the person can put it right", zh="请写明理由，以便申请人补正"
        )
    with transaction.atomic():
        found = SignUp.objects.select_for_update(of=("self",)).get(pk=pk)
        if found.state != SignUpState.ASKED:
            raise SignUpRefusedError("this request was decided on already", zh="该申请已处理")
        if found.enterprise is not None:
            refuse_tied(who, [found.enterprise])
        if verified:
            found.enterprise = found.enterprise or _registered(found, who)
            Representative.objects.create(
                key=f"REP-S{found.pk:06d}",
                user=found.user,
                enterprise=found.enterprise,
                name_zh=found.person_zh,
                name_en=found.person_zh,
            )
        found.state = SignUpState.VERIFIED if verified else SignUpState.REFUSED
        found.note, found.decided_by, found.decided_at = note[:300], who.by, who.at
        found.save()
    return found


def _registered(found: SignUp, who: Actor) -> Enterprise:
    known = Enterprise.objects.filter(uscc=found.uscc).first()
    if known is not None:
        return known
    given = {
        "name_zh": found.name_zh,
        "name_en": found.name_en or found.name_zh,
        "uscc": found.uscc,
        "country": "CN",
        "place_zh": found.place_zh,
        "phone": found.phone,
    }
    return keeping.enter(given, agency=found.agency.code, who=who)
