"""What all pages of staff have in common: rows are read, never changed by hand."""

from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from . import wording

LISTED_AT_ONCE = 50

Row = TypeVar("Row", bound=models.Model)

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin
else:

    class _ModelAdmin(admin.ModelAdmin):
        """Django's class has type parameters in its stubs only."""

        def __class_getitem__(cls, _row: Any) -> Any:
            return cls


class PermissionFirst(_ModelAdmin[Any]):
    """Ask for the permission before the row: Django's history page tells anybody of staff which keys exist."""

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        return super().history_view(request, object_id, extra_context)


class ReadOnlyAdmin(PermissionFirst, _ModelAdmin[Row]):
    """Rows of one kind to look at, newest first."""

    # The key grows with time and is always indexed: newest first without sorting the table.
    ordering = ("-pk",)
    list_per_page = LISTED_AT_ONCE
    list_max_show_all = LISTED_AT_ONCE
    show_full_result_count = False
    empty_value_display = wording.NOTHING
    age_column = "created_at"
    """The column that the filter by age looks at."""
    owner_path = ""
    """How a query reaches the onboarding from this row, with ``__`` at its end."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("onboarding.retry_onboarding")

    def has_erase_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("onboarding.erase_onboarding")

    def back_to_page(self, request: HttpRequest) -> HttpResponse | None:
        """Return to the row's page when the verb was chosen there, to the list otherwise."""
        chosen = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if "on_page" in request.POST and len(chosen) == 1:
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", chosen[0])
        return None

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Allow the declared filters alone.

        Django allows any column of the row itself: with ``?token_digest__startswith=`` a hidden one could be guessed
        letter by letter.
        """
        return any(lookup == name or lookup.startswith(f"{name}__") for name in self._filter_names())

    def _filter_names(self) -> list[str]:
        names = []
        for one in self.list_filter:
            if isinstance(one, type) and issubclass(one, admin.SimpleListFilter):
                names.append(one.parameter_name or "")
            elif isinstance(one, str):
                names.append(one)
        return names

    def get_search_results(
        self, request: HttpRequest, queryset: models.QuerySet[Row], search_term: str
    ) -> tuple[models.QuerySet[Row], bool]:
        """Find a whole id of any kind, or the beginning of an owner id; all of them by an index."""
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        whole = _uuid_or_none(term)
        if whole is None:
            return queryset.filter(**{f"{self.owner_path}owner_external_id__startswith": term}), False
        found = Q(**{f"{self.owner_path}owner_external_id": str(whole)}) | Q(**{f"{self.owner_path}uuid": whole})
        for column in self.own_ids():
            found |= Q(**{column: whole})
        return queryset.filter(found), False

    def own_ids(self) -> tuple[str, ...]:
        """Columns of the row's own that hold an id to search by."""
        return ()


def _uuid_or_none(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
