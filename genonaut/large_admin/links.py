"""Links to rows of the admin, and the ids that are typed to find them."""

from django.contrib.admin.utils import quote
from django.db.models import Model, Q
from django.utils.html import format_html

from genonaut.http.addresses import address_of
from genonaut.large_admin.fields import MAX_ID_DIGITS


def change_link(row: Model) -> str:
    """Return a link to a row's change form."""
    return format_html('<a href="{}">{}</a>', change_address(row), row)


def change_address(row: Model) -> str:
    """Return the address of a row's change form."""
    options = row._meta
    return address_of(f"admin:{options.app_label}_{options.model_name}_change", quote(row.pk))


def as_id(text: str) -> Q:
    """Return the condition of an id written in digits; nothing has any other."""
    return Q(pk=int(text)) if text.isdecimal() and len(text) <= MAX_ID_DIGITS else Q(pk__in=[])
