"""What templates of comments need."""

from django import template

from interactions.comment_texts import linked

register = template.Library()
register.filter("linked", linked)
