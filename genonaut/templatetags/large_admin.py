"""The table of a changelist in the admin of large tables."""

from typing import Any

from django.contrib.admin.templatetags.admin_list import result_headers, result_hidden_fields
from django.contrib.admin.templatetags.base import InclusionAdminNode
from django.contrib.admin.views.main import ChangeList
from django.template import Library
from django.template.base import Parser, Token

from genonaut.large_admin.result_rows import result_rows

register = Library()


def table(changelist: ChangeList) -> dict[str, Any]:
    """Return what Django's template of the table is given, with our rows."""
    headers = list(result_headers(changelist))
    return {
        "cl": changelist,
        "result_hidden_fields": list(result_hidden_fields(changelist)),
        "result_headers": headers,
        "num_sorted_fields": sum(1 for header in headers if header["sortable"] and header["sorted"]),
        "results": list(result_rows(changelist)),
    }


@register.tag
def large_result_list(parser: Parser, token: Token) -> InclusionAdminNode:
    """Show the headers and the rows of a changelist: `{% large_result_list cl %}`."""
    return InclusionAdminNode(parser, token, func=table, template_name="change_list_results.html", takes_context=False)
