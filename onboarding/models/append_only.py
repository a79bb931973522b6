"""Rows that say what happened: written once, never changed."""

from typing import Any

from django.db import models


class AppendOnly(models.Model):
    """A row that is written once; only retention and the erasure of its owner take it away."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row once; raise ``TypeError`` for one that is there already."""
        if self.pk is not None:
            raise TypeError("Events are append-only.")
        super().save(*args, **kwargs)
