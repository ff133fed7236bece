from typing import Any

from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def mark_what_waits(apps: Any, schema_editor: Any) -> None:
    """Mark the closed orders to which something came that their newest examination did not see."""
    found = {name: apps.get_model("inspections", name) for name in (
        "WorkOrder", "Examination", "Conflict", "Finding", "Seal", "LoadedLot", "Photo",
    )}  # fmt: skip
    closed = found["WorkOrder"].objects.filter(state="completed")
    newest = found["Examination"].objects.filter(order=OuterRef("order")).order_by("-seq")
    open_ones = found["Conflict"].objects.filter(settled_at__isnull=True)
    waits = [open_ones.order_by().values_list("order", "found_at")]
    for name in ("Finding", "Seal", "LoadedLot", "Photo"):
        rows = found[name].objects.filter(order__state="completed")
        if name == "Finding":
            rows = rows.filter(standing=True)
        late = rows.annotate(seen=Subquery(newest.values("at")[:1])).filter(
            received_at__gt=models.F("seen")
        )
        waits.append(late.order_by().values_list("order", "received_at"))
    since: dict[int, Any] = {}
    for rows in waits:
        for order, at in rows.iterator():
            since[order] = min(at, since.get(order, at))
    for order, at in since.items():
        closed.filter(pk=order).update(late_at=at)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_access"),
        ("declarations", "0005_newest"),
        ("inspections", "0002_qualifications"),
    ]

    operations = [
        migrations.AddField(
            model_name="workorder",
            name="late_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.RunPython(mark_what_waits, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="workorder",
            index=models.Index(
                condition=models.Q(("late_at__isnull", False)),
                fields=["late_at"],
                name="order_by_late",
            ),
        ),
    ]
