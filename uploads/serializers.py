"""The JSON of an upload (uploads/describing.py) as the schema names it."""

from rest_framework import serializers

from uploads.models import Outcome

STATES = ("receiving", "processing", "unpacking", "done", "refused")


class UploadedFileSerializer(serializers.Serializer):
    """What became of one file of a zip."""

    number = serializers.IntegerField()
    name = serializers.CharField()
    outcome = serializers.ChoiceField(Outcome.values)
    item = serializers.IntegerField(allow_null=True)
    item_url = serializers.URLField(allow_null=True)
    error = serializers.CharField(help_text="Why it was refused.")


class ArchiveSerializer(serializers.Serializer):
    """How far a zip is: how many files it has, how many are done and had which outcome, and some of these."""

    count = serializers.IntegerField()
    done = serializers.IntegerField()
    added = serializers.IntegerField()
    known = serializers.IntegerField()
    repeated = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = UploadedFileSerializer(many=True)
    next = serializers.URLField(allow_null=True, help_text="Where more results are.")


class UploadSerializer(serializers.Serializer):
    """An upload, and what became of it. `is_known`: the item was there before. `archive`: of a zip."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    length = serializers.IntegerField()
    offset = serializers.IntegerField()
    expires_at = serializers.DateTimeField()
    state = serializers.ChoiceField(STATES)
    item = serializers.IntegerField(allow_null=True)
    item_url = serializers.URLField(allow_null=True)
    is_known = serializers.BooleanField()
    error = serializers.CharField(help_text="Why it was refused.")
    archive = ArchiveSerializer(allow_null=True)
