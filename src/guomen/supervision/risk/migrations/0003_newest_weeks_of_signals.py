from django.db import migrations

JUDGED = ("week", "window", "violations", "tests", "expected", "bound", "times", "p", "q")


def newest_weeks(apps, schema_editor):
    """Of signals raised before, the newest week is known; those before it were not kept."""
    weeks = apps.get_model("risk", "SignalWeek").objects
    signals = apps.get_model("risk", "Signal").objects.order_by("pk").iterator(chunk_size=2_000)
    weeks.bulk_create(
        (weeks.model(signal=s, **{name: getattr(s, name) for name in JUDGED}) for s in signals),
        batch_size=1_000,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("risk", "0002_weeks_of_signals"),
    ]

    operations = [
        migrations.RunPython(newest_weeks, migrations.RunPython.noop),
    ]
