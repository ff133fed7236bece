import django.db.models.deletion
from django.db import migrations, models

# Another index of each table begins with the same column. Dropped by name: Django would write a
# table of a million lines anew on SQLite, to leave one index out.
DROPPED = {
    "declarations_declaration_agency_id_45f08292": ("declarations_declaration", "agency_id"),
    "declarations_line_agency_id_9bcca82e": ("declarations_line", "agency_id"),
    "declarations_line_declaration_id_886817b4": ("declarations_line", "declaration_id"),
}


def without_index(model, name, to, related_name):
    key = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=to
    )
    return migrations.AlterField(model_name=model, name=name, field=key)


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0003_access"),
        ("declarations", "0005_newest"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                without_index("declaration", "agency", "agencies.agency", "declarations"),
                without_index("line", "agency", "agencies.agency", "+"),
                without_index("line", "declaration", "declarations.declaration", "lines"),
            ],
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX IF EXISTS {index}",
                    f"CREATE INDEX IF NOT EXISTS {index} ON {table} ({column})",
                )
                for index, (table, column) in DROPPED.items()
            ],
        ),
    ]
