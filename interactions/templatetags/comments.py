"""What templates of comments need."""

from uuid import uuid4

from django import template

from interactions.comment_texts import linked

register = template.Library()
register.filter("linked", linked)
register.simple_tag(uuid4, name="new_key")
