#!/usr/bin/env bash
# drf-spectacular: an alternation in lookup_value_regex gets anchors that bind to its outer branches only.
#
# One would guess that the pattern of the path parameter accepts the same values as the route.
# The router wraps the expression in a group, (?P<pk>[0-9]+|me), but the schema gets ^[0-9]+|me$ without one.
# That reads as "starts with a digit, or ends with me": "12abc" and "some" match, and both are 404.
# Seen on 2026-11-28 with drf-spectacular 0.30.0, djangorestframework 3.18.3, Django 5.2.19, jsonschema 4.26.0.
# It matters for fuzzers and generated clients, which take "12abc" for a valid identifier and report the 404 as
# a fault of the server. Write the group in the expression itself: (?:[0-9]+|me).

set -euo pipefail

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
export PATH="$dir/venv/bin:$PATH"
pip install -qq django==5.2.19 djangorestframework==3.18.3 drf-spectacular==0.30.0 jsonschema==4.26.0

cat > check.py <<'PY'
import sys
from importlib.metadata import version

import django
from django.conf import settings

settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "drf_spectacular"],
    ROOT_URLCONF=__name__,
    REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"},
    SPECTACULAR_SETTINGS={"OAS_VERSION": "3.1.0"},
)
django.setup()

from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework import routers, serializers, viewsets
from rest_framework.response import Response


class UserSerializer(serializers.Serializer):
    name = serializers.CharField()


class UserViewSet(viewsets.ViewSet):
    serializer_class = UserSerializer
    lookup_value_regex = "[0-9]+|me"

    def retrieve(self, request, pk=None):
        return Response({"name": pk})


router = routers.SimpleRouter()
router.register("users", UserViewSet, basename="user")
urlpatterns = router.urls


def routed(value):
    try:
        resolve(f"/users/{value}/")
    except Resolver404:
        return False
    return True


schema = SchemaGenerator().get_schema(request=None, public=True)
(parameter,) = schema["paths"]["/users/{id}/"]["get"]["parameters"]
validator = Draft202012Validator(parameter["schema"])

for package in ("django", "djangorestframework", "drf-spectacular", "jsonschema"):
    print(package, version(package))
print("pattern:", parameter["schema"]["pattern"])
print("expected: the schema accepts a value if and only if the route does")
verdicts = {value: (routed(value), validator.is_valid(value)) for value in ("12", "me", "12abc", "some")}
for value, (route, valid) in verdicts.items():
    print(f"seen: {value!r} route {route}, schema {valid}")
both, schema_only = (True, True), (False, True)
if verdicts != {"12": both, "me": both, "12abc": schema_only, "some": schema_only}:
    sys.exit("CHANGED: the pattern accepts other values than before")
PY
python check.py
