#!/usr/bin/env bash
# drf-spectacular: the schema of EmailField(allow_blank=True) rejects the blank that it was written to allow.
#
# One would guess that `oneOf: [{format: email}, {maxLength: 0}]` accepts addresses and "".
# In JSON Schema 2020-12, the dialect of OpenAPI 3.1, `format` is an annotation: a validator does not assert
# it unless told to. "" then matches both branches, and oneOf demands exactly one, so "" is invalid while
# "not an address" is valid. With format assertion on, "" is valid: the verdict depends on the validator.
# Seen on 2026-11-28 with drf-spectacular 0.30.0, djangorestframework 3.18.3, Django 5.2.19, jsonschema 4.26.0.
# It matters for contract tests: a correct response with a blank address fails, and the error message
# ("is valid under each of") does not point at `format`.

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

from django.urls import path
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework import generics, serializers


class ContactSerializer(serializers.Serializer):
    email = serializers.EmailField(allow_blank=True)


class ContactView(generics.CreateAPIView):
    serializer_class = ContactSerializer


urlpatterns = [path("contacts/", ContactView.as_view())]

schema = SchemaGenerator().get_schema(request=None, public=True)
email = schema["components"]["schemas"]["Contact"]["properties"]["email"]
serializer = ContactSerializer(data={"email": ""})
by_serializer = serializer.is_valid()
by_schema = Draft202012Validator(email).is_valid("")
by_format = Draft202012Validator(email, format_checker=Draft202012Validator.FORMAT_CHECKER).is_valid("")

for package in ("django", "djangorestframework", "drf-spectacular", "jsonschema"):
    print(package, version(package))
print("schema:", email)
print('expected: "" is valid for the serializer and for its schema')
print(f"seen: serializer {by_serializer}, schema {by_schema}, schema with format assertion {by_format}")
if (by_serializer, by_schema, by_format) != (True, False, True):
    sys.exit('CHANGED: the schema gives another verdict on ""')
PY
python check.py
