"""What is done for many classes that end: enterprises told, assessments begun."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from guomen.core.text import Text
from guomen.journeys.access import noticing
from guomen.journeys.access.noticing import Letter
from guomen.journeys.many.access import again
from guomen.journeys.many.deeds import Asker, Deed, Doing, Planned, named
from guomen.journeys.standing import acting, classing
from guomen.supervision.agencies import queries as agencies
from guomen.supervision.classification import queries as classes
from guomen.supervision.classification.models import Assessment, EnterpriseClass
from guomen.supervision.licences.models import NoticeKind

_BEGINS = Text(zh="开始评定，由您担任评定人", en="an assessment begins; you are its assessor")
_TIED = Text(
    zh="您与该企业有已登记的回避关系，应由其他同事办理",
    en="you have a tie to this enterprise on record, so a colleague must do it",
)


def _due(
    asker: Asker, keys: Collection[str]
) -> tuple[Sequence[EnterpriseClass], Mapping[int, Assessment]]:
    """Return the classes that are due among some enterprises, and what is under way for them."""
    rows = classes.due(on=asker.reach.on, known=asker.reach.known).filter(
        asker.reach.within("enterprise__agency_id"), enterprise__reference__in=keys
    )
    found = list(rows.order_by("enterprise__reference"))
    return found, classing.under_way(row.enterprise_id for row in found)


def _under_way(open_: Assessment | None) -> Text | None:
    if open_ is None:
        return None
    return Text(
        zh=f"评定 {open_.reference} 正在进行", en=f"assessment {open_.reference} is under way"
    )


def _reminders(asker: Asker, keys: Collection[str]) -> Sequence[Planned]:
    rows, open_ = _due(asker, keys)
    sent = noticing.last_sent(NoticeKind.CLASS, "enterprise", [row.enterprise_id for row in rows])
    return [
        Planned(
            key=row.enterprise.reference,
            name=named(row.enterprise),
            row=row,
            says=Text(
                zh=f"告知企业：{row.grade}类有效期至{row.ends}，请准备材料",
                en=f"the enterprise is told that class {row.grade} ends on {row.ends}",
            ),
            refused=_under_way(open_.get(row.enterprise_id))
            or again(sent.get(row.enterprise_id), asker.reach.on),
        )
        for row in rows
    ]


def _remind(asker: Asker, rows: Sequence[Planned]) -> None:
    letters = [
        Letter(
            kind=NoticeKind.CLASS,
            enterprise=one.row.enterprise,
            title=Text(
                zh=f"分类等级（{one.row.grade}类）有效期至{one.row.ends}",
                en=f"Your class {one.row.grade} ends on {one.row.ends}",
            ),
            body=Text(
                zh="检验检疫机构将重新评定。请备好质量管理体系、自检自控、抽检和追溯等材料，"
                "以便评定人员核查；到期未评定的，类别不再有效。",
                en="The bureau will assess you again. Have the papers of your quality system, of "
                "your own checks, of sampling and of traceability at hand for the assessor; a "
                "class that ends without a new assessment holds no longer.",
            ),
        )
        for one in rows
    ]
    noticing.send_many(letters, at=asker.who.at)


def _assessments(asker: Asker, keys: Collection[str]) -> Sequence[Planned]:
    rows, open_ = _due(asker, keys)
    tied = agencies.interested(
        asker.who.by,
        [row.enterprise_id for row in rows],
        on=acting.day_of(asker.how),
        known=asker.how.at,
        among=acting.OWN_INTERESTS,
    )
    return [
        Planned(
            key=row.enterprise.reference,
            name=named(row.enterprise),
            row=row,
            says=_BEGINS,
            refused=_under_way(open_.get(row.enterprise_id))
            or (_TIED if row.enterprise_id in tied else None),
        )
        for row in rows
    ]


def _begin(asker: Asker, rows: Sequence[Planned]) -> None:
    classing.begin_many([one.row.enterprise for one in rows], how=asker.how)


DEEDS: Mapping[Deed, Doing] = MappingProxyType(
    {
        Deed.REMIND_CLASS: Doing(look=_reminders, do=_remind),
        Deed.BEGIN_ASSESSMENT: Doing(look=_assessments, do=_begin),
    }
)
