"""
Kinds of certificates and vouchers as data: for which goods, on which disposition, saying what.

The statements are written for this system and follow the purpose of the official forms, not their
wording. Codes of forms are not given: they are internal to the issuing authority.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from guomen.core.dispose import Disposition
from guomen.core.text import Text
from guomen.rulebooks.commodities import Group

_CLEAN = (Disposition.RELEASE, Disposition.CONDITIONAL_RELEASE)
_FAILED = (Disposition.NONCONFORMING,)
_PLANTS = (Group.VEGETABLES, Group.FRUIT, Group.SEEDLINGS, Group.FLOWERS)
_ANIMALS = (Group.LIVE_ANIMALS, Group.AQUATIC)
_EDIBLE = (
    Group.FOOD,
    Group.MEAT,
    Group.DAIRY,
    Group.AQUATIC,
    Group.WINE,
    Group.ADDITIVES,
    Group.VEGETABLES,
    Group.FRUIT,
)


class Obstacle(StrEnum):
    """Why a kind of paper does not fit goods."""

    DIRECTION = "direction"
    GOODS = "goods"
    OUTCOME = "outcome"


OBSTACLE_NAMES: Mapping[Obstacle, Text] = MappingProxyType(
    {
        Obstacle.DIRECTION: Text(zh="不适用于这一进出口方向", en="not for goods that go this way"),
        Obstacle.GOODS: Text(zh="不适用于这类货物", en="not for goods of this kind"),
        Obstacle.OUTCOME: Text(zh="现行处置裁定不支持", en="not on the ruling that stands"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateKind:
    """
    One kind of paper.

    ``groups`` empty means any goods; ``dispositions`` are those on which it may be issued;
    ``signer`` is the role that signs it; ``remarks`` says what the remarks must tell, where the
    statement refers to them.
    """

    code: str
    name: Text
    title: Text
    states: Text
    directions: tuple[str, ...]
    dispositions: tuple[Disposition, ...]
    groups: tuple[Group, ...] = ()
    signer: str = "certificate_officer"
    remarks: Text | None = None

    def fits(self, *, direction: str, group: str | None, outcome: str) -> bool:
        """Tell whether a paper of this kind may be issued on such a line."""
        return not self.against(direction=direction, group=group, outcome=outcome)

    def against(self, *, direction: str, group: str | None, outcome: str) -> tuple[Obstacle, ...]:
        """Return what speaks against a paper of this kind on such a line."""
        asked = (
            (Obstacle.DIRECTION, direction in self.directions),
            (Obstacle.GOODS, not self.groups or group in self.groups),
            (Obstacle.OUTCOME, outcome in self.dispositions),
        )
        return tuple(obstacle for obstacle, holds in asked if not holds)


def _export(
    code: str,
    name: Text,
    states: Text,
    *,
    groups: tuple[Group, ...] = (),
    remarks: Text | None = None,
) -> CertificateKind:
    return CertificateKind(
        code=code,
        name=name,
        title=name,
        states=states,
        directions=("export",),
        dispositions=_CLEAN,
        groups=groups,
        remarks=remarks,
    )


def _import(
    code: str, name: Text, states: Text, dispositions: tuple[Disposition, ...], *groups: Group
) -> CertificateKind:
    return CertificateKind(
        code=code,
        name=name,
        title=name,
        states=states,
        directions=("import",),
        dispositions=dispositions,
        groups=groups,
    )


def _vet(kind: CertificateKind) -> CertificateKind:
    return CertificateKind(
        **{name: getattr(kind, name) for name in CertificateKind.__slots__ if name != "signer"},
        signer="veterinarian",
    )


KINDS: Mapping[str, CertificateKind] = MappingProxyType(
    {
        kind.code: kind
        for kind in (
            _export(
                "quality",
                Text(zh="品质检验证书", en="Inspection Certificate of Quality"),
                Text(
                    zh="上述货物经检验，品质符合规定要求。",
                    en="The goods described above were inspected; their quality meets the "
                    "requirements that apply to them.",
                ),
            ),
            _export(
                "quantity",
                Text(zh="数量检验证书", en="Inspection Certificate of Quantity"),
                Text(
                    zh="上述货物经检验，数量如上所列。",
                    en="The quantity of the goods was verified to be as stated above.",
                ),
            ),
            _export(
                "weight",
                Text(zh="重量检验证书", en="Inspection Certificate of Weight"),
                Text(
                    zh="上述货物经鉴定，重量如上所列。",
                    en="The weight of the goods was verified to be as stated above.",
                ),
            ),
            _export(
                "sanitary",
                Text(zh="卫生证书", en="Sanitary Certificate"),
                Text(
                    zh="上述食品来自受检验检疫机构监管的生产企业，经检验符合卫生要求，适合人类食用。",
                    en="The food described above comes from a plant under official supervision, "
                    "meets the sanitary requirements and is fit for human consumption.",
                ),
                groups=_EDIBLE,
            ),
            _export(
                "health",
                Text(zh="健康证书", en="Health Certificate"),
                Text(
                    zh="上述货物经检验，未发现危害人体健康的情况。",
                    en="The goods were inspected and nothing was found that endangers health.",
                ),
                groups=(*_EDIBLE, Group.COSMETICS),
            ),
            _vet(
                _export(
                    "veterinary",
                    Text(zh="兽医卫生证书", en="Veterinary Health Certificate"),
                    Text(
                        zh="上述产品来自健康动物，经兽医检验合格。",
                        en="The products come from healthy animals and passed veterinary "
                        "inspection.",
                    ),
                    groups=(Group.MEAT, Group.DAIRY, Group.AQUATIC),
                )
            ),
            _vet(
                _export(
                    "animal_health",
                    Text(zh="动物卫生证书", en="Animal Health Certificate"),
                    Text(
                        zh="上述动物来自注册饲养场，经检疫未发现应检疫病的临床症状。",
                        en="The animals come from a registered farm; no clinical sign of a disease "
                        "under quarantine was found.",
                    ),
                    groups=_ANIMALS,
                )
            ),
            _export(
                "phytosanitary",
                Text(zh="植物检疫证书", en="Phytosanitary Certificate"),
                Text(
                    zh="上述植物及其产品经按程序检疫，未发现输入方规定的检疫性有害生物。",
                    en="The plants or plant products were inspected by the official procedures and "
                    "are considered free from the quarantine pests named by the importing party.",
                ),
                groups=_PLANTS,
            ),
            _export(
                "fumigation",
                Text(zh="熏蒸/消毒证书", en="Fumigation / Disinfection Certificate"),
                Text(
                    zh="上述货物已按要求作除害处理，处理方法和结果见备注。",
                    en="The goods were treated as required; the remarks give method and result.",
                ),
                groups=_PLANTS,
                remarks=Text(
                    zh="处理方法、药剂和剂量、温度、时间与结果",
                    en="method, agent and dose, temperature, duration and result",
                ),
            ),
            _import(
                "entry",
                Text(
                    zh="入境货物检验检疫证明",
                    en="Certificate of Inspection and Quarantine of Imported Goods",
                ),
                Text(
                    zh="上述货物经检验检疫合格，准予销售、使用。",
                    en="The goods passed inspection and quarantine and may be sold and used.",
                ),
                _CLEAN,
            ),
            _import(
                "entry_sanitary",
                Text(zh="卫生证书（进口）", en="Sanitary Certificate (import)"),
                Text(
                    zh="上述进口食品经检验符合食品安全国家标准。",
                    en="The imported food was inspected and meets the national food safety "
                    "standards.",
                ),
                _CLEAN,
                *_EDIBLE,
            ),
            _import(
                "claim",
                Text(zh="检验证书（索赔）", en="Inspection Certificate (for claims)"),
                Text(
                    zh="上述货物经检验不合格，本证书可供对外索赔。",
                    en="The goods were inspected and do not conform; this certificate serves "
                    "claims against the seller.",
                ),
                _FAILED,
            ),
            CertificateKind(
                code="treatment_notice",
                name=Text(
                    zh="检验检疫处理通知书", en="Notice of Inspection and Quarantine Treatment"
                ),
                title=Text(
                    zh="检验检疫处理通知书", en="Notice of Inspection and Quarantine Treatment"
                ),
                states=Text(
                    zh="上述货物经检验检疫不合格，请在期限内按备注所列方式之一处理。",
                    en="The goods do not conform. Dispose of them within the time limit in one of "
                    "the ways named in the remarks.",
                ),
                directions=("import", "export", "transit"),
                dispositions=_FAILED,
                remarks=Text(
                    zh="可选的处理方式和期限", en="the ways that are open, and until when"
                ),
            ),
        )
    }
)


def fitting(*, direction: str, group: str | None, outcome: str) -> tuple[CertificateKind, ...]:
    """Return the kinds that may be issued on a line."""
    return tuple(
        kind
        for kind in KINDS.values()
        if kind.fits(direction=direction, group=group, outcome=outcome)
    )
