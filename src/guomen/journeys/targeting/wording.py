"""What is new in a plan against the one before it, and why: the change log, in two languages."""

from __future__ import annotations

from collections.abc import Mapping

from guomen.core.targeting.plan import DayPlan
from guomen.core.text import Text

# A port is named when its expected finds or its price move by more than this share.
_WORTH_SAYING = 0.1
_MOST = 5


def change(new: DayPlan, old: DayPlan | None, names: Mapping[str, Text]) -> Text:
    """
    Say what changed since the plan released before, ports that moved most first.

    :param names: the ports' names by code; one without stands by its code
    """
    if old is None:
        return Text(
            zh="首个方案：此前按法定最低比例执行。",
            en="The first plan: until now lawful minimum rates.",
        )
    parts = [_model(new, old), *_ports(new, old, names)]
    return Text(zh="".join(p.zh for p in parts), en=" ".join(p.en for p in parts))


def _model(new: DayPlan, old: DayPlan) -> Text:
    results = [float(plan.card.get("results", 0)) for plan in (old, new)]
    found = [float(plan.card.get("found", 0)) for plan in (old, new)]
    if new.model == old.model:
        return Text(zh="模型未变。", en="The model is the same.")
    return Text(
        zh=f"新增结果 {results[1] - results[0]:.0f} 批，其中不合格 {found[1] - found[0]:.0f} 批。",
        en=f"{results[1] - results[0]:.0f} new results, {found[1] - found[0]:.0f} of them "
        "failures.",
    )


def _ports(new: DayPlan, old: DayPlan, names: Mapping[str, Text]) -> list[Text]:
    called = {code: names.get(code, Text(zh=code, en=code)) for code in {*new.ports, *old.ports}}
    moved = []
    for code, port in new.ports.items():
        before, name = old.ports.get(code), called[code]
        if before is None:
            moved.append((1.0, Text(zh=f"{name.zh}新纳入。", en=f"{name.en} is new.")))
            continue
        shift = port.finds / before.finds - 1.0 if before.finds > 0 else 0.0
        why = _why(port.capacity != before.capacity, port.lines / max(before.lines, 1e-9) - 1.0)
        if abs(shift) > _WORTH_SAYING:
            moved.append(
                (
                    abs(shift),
                    Text(
                        zh=f"{name.zh}预计发现 {before.finds:.2f}→{port.finds:.2f}（{why.zh}）。",
                        en=f"{name.en}: expected finds {before.finds:.2f} → {port.finds:.2f} "
                        f"({why.en}).",
                    ),
                )
            )
    gone = [
        (
            1.0,
            Text(
                zh=f"{called[code].zh}不再纳入。", en=f"{called[code].en} is no longer in the plan."
            ),
        )
        for code in old.ports
        if code not in new.ports
    ]
    ranked = sorted([*moved, *gone], key=lambda pair: -pair[0])
    return [text for _, text in ranked[:_MOST]]


def _why(capacity: bool, lines: float) -> Text:  # noqa: FBT001 - one of two reasons
    if capacity:
        return Text(zh="查验能力变化", en="its capacity changed")
    if abs(lines) > _WORTH_SAYING:
        return Text(zh=f"批次变化 {100 * lines:+.0f}%", en=f"lines {100 * lines:+.0f} %")
    return Text(zh="新结果改变了估计", en="new results changed the estimates")
