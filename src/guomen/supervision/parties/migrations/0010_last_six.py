"""The last six signs of the credit codes that are on the register already."""

from django.db import migrations

from guomen.supervision.parties import terms

PART = 5_000


def index(apps, editor):
    """Add what is not there; of a merged record, to its survivor as well."""
    enterprise, held = (apps.get_model("parties", n) for n in ("Enterprise", "EnterpriseTerm"))
    rows = enterprise.objects.filter(uscc__isnull=False).order_by("pk")
    found = []
    for key, survivor, code in rows.values_list("pk", "merged_into", "uscc").iterator():
        term = terms.plain(code)[-6:].encode()
        found += [held(term=term, enterprise_id=pk) for pk in (key, survivor) if pk]
        if len(found) >= PART:
            held.objects.bulk_create(found, ignore_conflicts=True)
            found = []
    held.objects.bulk_create(found, ignore_conflicts=True)


class Migration(migrations.Migration):
    """Fill the index of the register up."""

    dependencies = [("parties", "0009_without_search")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
