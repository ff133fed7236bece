"""Terms for the enterprises and sites that are on the registers already."""

from django.db import migrations

from guomen.supervision import bulk
from guomen.supervision.parties import terms

NAMES = ("name_zh", "name_en", "reference")


def _enterprise(zh, en, reference, uscc, overseas, phone):
    numbers = terms.of_number(reference) | terms.of_number(overseas) | terms.of_number(phone)
    return terms.of_name(zh) | terms.of_name(en) | terms.of_code(uscc) | numbers


def _site(zh, en, reference, number):
    names = terms.of_name(zh) | terms.of_name(en)
    return names | terms.of_number(reference) | terms.of_number(number)


def _of_enterprises(model):
    """Yield terms with the key; of a merged record, with that of its survivor as well."""
    columns = ("pk", "merged_into", *NAMES, "uscc", "overseas_number", "phone")
    for key, survivor, *values in model.objects.order_by("pk").values_list(*columns).iterator():
        for term in _enterprise(*values):
            yield term.encode(), key
            if survivor:
                yield term.encode(), survivor


def _of_sites(model):
    for key, *values in model.objects.order_by("pk").values_list("pk", *NAMES, "number").iterator():
        for term in _site(*values):
            yield term.encode(), key


def index(apps, editor):
    """Write the terms, in the order of the index."""
    for name, found in (("Enterprise", _of_enterprises), ("Site", _of_sites)):
        rows = sorted(set(found(apps.get_model("parties", name))))
        bulk.insert(apps.get_model("parties", f"{name}Term"), ("term", f"{name.lower()}_id"), rows)


class Migration(migrations.Migration):
    """Fill the index of the registers."""

    dependencies = [("parties", "0003_search")]
    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
