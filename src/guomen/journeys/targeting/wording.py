"""What is new in a plan against the one before it, and why: the change log, in two languages."""

from __future__ import annotations

from guomen.core.targeting.plan import DayPlan
from guomen.core.text import Text

# A port is named when its expected finds or its price move by more than this share.
_WORTH_SAYING = 0.1
_MOST = 5


def change(new: DayPlan, old: DayPlan | None) -> Text:
    """Say what changed since the plan released before, ports that moved most first."""
    if old is None:
        return Text(
            zh="首个方案：此前按法定最低比例执行。",
            en="The first plan: until now lawful minimum rates.",
        )
    parts = [_model(new, old), *_ports(new, old)]
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


def _ports(new: DayPlan, old: DayPlan) -> list[Text]:
    moved = []
    for name, port in new.ports.items():
        before = old.ports.get(name)
        if before is None:
            moved.append((1.0, Text(zh=f"{name} 新纳入。", en=f"{name} is new.")))
            continue
        shift = port.finds / before.finds - 1.0 if before.finds > 0 else 0.0
        why = _why(port.capacity != before.capacity, port.lines / max(before.lines, 1e-9) - 1.0)
        if abs(shift) > _WORTH_SAYING:
            moved.append(
                (
                    abs(shift),
                    Text(
                        zh=f"{name} 预计发现 {before.finds:.2f}→{port.finds:.2f}({why.zh})。",
                        en=f"{name}: expected finds {before.finds:.2f} → {port.finds:.2f} "
                        f"({why.en}).",
                    ),
                )
            )
    gone = [
        (1.0, Text(zh=f"{name} 不再纳入。", en=f"{name} is no longer in the plan."))
        for name in old.ports
        if name not in new.ports
    ]
    ranked = sorted([*moved, *gone], key=lambda pair: -pair[0])
    return [text for _, text in ranked[:_MOST]]


def _why(capacity: bool, lines: float) -> Text:  # noqa: FBT001 - one of two reasons
    if capacity:
        return Text(zh="查验能力变化", en="its capacity changed")
    if abs(lines) > _WORTH_SAYING:
        return Text(zh=f"批次变化 {100 * lines:+.0f}%", en=f"lines {100 * lines:+.0f} %")
    return Text(zh="新结果改变了估计", en="new results changed the estimates")
