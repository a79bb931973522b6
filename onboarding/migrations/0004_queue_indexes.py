from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("onboarding", "0003_limits_and_staff_events")]

    # The new ones first: old code goes on using either.
    operations = [
        migrations.AddIndex(
            model_name="source",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False), models.Q(("state", "queued"), _negated=True)),
                fields=["due_at"],
                name="source_due_now",
            ),
        ),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(
                condition=models.Q(("state", "queued")), fields=["queued_at", "id", "onboarding"], name="source_in_line"
            ),
        ),
        migrations.RemoveIndex(model_name="source", name="source_due"),
        migrations.RemoveIndex(model_name="source", name="source_line"),
    ]
