"""The endpoint of workflows: what a client may ask for, and what each takes."""

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from content.models import ContentType
from generation.workflow_servers import classes_of_servers
from generation.workflows import as_dict, workflows_for
from generation.workflows.inputs import Kind


class WorkflowInputSerializer(serializers.Serializer):
    """An input that a job may set. `least`, `most` and `step` are of numbers, `choices` of names."""

    name = serializers.CharField()
    kind = serializers.ChoiceField([kind.value for kind in Kind])
    label = serializers.CharField()
    is_required = serializers.BooleanField()
    default = serializers.JSONField()
    least = serializers.FloatField(allow_null=True)
    most = serializers.FloatField(allow_null=True)
    step = serializers.FloatField(allow_null=True)
    choices = serializers.ListField(child=serializers.CharField())


class WorkflowSerializer(serializers.Serializer):
    """A workflow: its name in requests, and its inputs."""

    name = serializers.CharField()
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    output_type = serializers.ChoiceField(ContentType.choices)
    inputs = WorkflowInputSerializer(many=True)


class WorkflowsSerializer(serializers.Serializer):
    """The workflows that the viewer may choose."""

    items = WorkflowSerializer(many=True)


class WorkflowsView(APIView):
    """Workflows that jobs may be asked for with."""

    permission_classes = (IsAuthenticated,)

    @extend_schema(operation_id="workflows_list", responses={200: WorkflowsSerializer})
    def get(self, request: Request) -> Response:
        """List the workflows that jobs may name.

        The built-in renderer is the first; the others are there if a ComfyUI is, with its models among the choices.
        """
        chosen = workflows_for(request.user)
        classes = classes_of_servers() if len(chosen) > 1 else None
        items = [as_dict(workflow, classes) for workflow in chosen]
        return Response({"items": items})
