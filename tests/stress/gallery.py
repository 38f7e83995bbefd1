"""The gallery as a stock Django site would have it: a ListView, its Paginator, and the same cards in one template."""

from functools import cache

from django.template import engines
from django.template.backends.django import Template
from django.views.generic import ListView

from content.models import ContentItem

PAGE_SIZE = 50
PAGE = """{% extends "base.html" %}{% load l10n pictures static %}
{% block main %}
<ol class="cards">
  {% for item in page_obj %}
  {% frame_of item as frame %}
  <li class="card card--{{ frame.look }} {{ frame.shape }}" data-id="{{ item.pk|unlocalize }}">
    <div class="card__frame">
      {% if frame.colour %}<svg class="card__ground" color="{{ frame.colour }}" aria-hidden="true"></svg>{% endif %}
      {% if frame.image %}<img src="{{ frame.image.src }}" srcset="{{ frame.image.srcset }}" sizes="{{ frame.image.sizes }}" width="{{ frame.image.width }}" height="{{ frame.image.height }}" alt="Preview of {{ item.title }}" decoding="async" loading="lazy">{% endif %}
      {% if item.is_private or item.content_type != "image" %}
      <div class="card__badges"><span class="badge"><svg class="icon" aria-hidden="true"><use href="{% static "icons/sprite.svg" %}#{{ item.content_type }}"/></svg><span>{{ item.get_content_type_display }}</span></span></div>
      {% endif %}
    </div>
    <div class="card__caption">
      <h2 class="card__title"><a href="{{ item.get_absolute_url }}">{{ item.title }}</a></h2>
      <div class="card__meta">
        {% if item.creator.is_active %}<a class="card__creator" href="{{ item.creator.get_absolute_url }}">{{ item.creator.display_name }}</a>{% endif %}
        <time class="card__date" datetime="{{ item.created_at|date:"c" }}">{{ item.created_at|date:"j M Y" }}</time>
        {% if item.quality_score is not None %}<span class="score label">{{ item.quality_score|floatformat:2 }}</span>{% endif %}
      </div>
    </div>
  </li>
  {% endfor %}
</ol>
<nav class="pagination">{% for number in page_range %}<a href="?page={{ number|unlocalize }}">{{ number }}</a>{% endfor %}</nav>
{% endblock %}"""  # noqa: E501 - markup


class StockGallery(ListView):
    """Public works, newest first, without tabs, filters and all else that the gallery has."""

    queryset = ContentItem.objects.filter(is_private=False).for_cards().order_by("-created_at", "-id")
    paginate_by = PAGE_SIZE

    def get_template_names(self) -> Template:
        """Return the template itself, compiled once."""
        return _template()

    def get_context_data(self, **context: object) -> dict[str, object]:
        """Add the page numbers that are shown."""
        data = super().get_context_data(**context)
        return data | {"page_range": data["paginator"].get_elided_page_range(data["page_obj"].number)}


@cache
def _template() -> Template:
    return engines["django"].from_string(PAGE)
