"""The admin of generation: jobs, workflows, and automatic works."""

from django.contrib import admin

from generation.automatic_admin import AutomaticWorksAdmin
from generation.job_admin import GenerationJobAdmin
from generation.models import AutomaticWorks, GenerationJob, Workflow
from generation.workflow_admin import WorkflowAdmin

admin.site.register(Workflow, WorkflowAdmin)
admin.site.register(GenerationJob, GenerationJobAdmin)
admin.site.register(AutomaticWorks, AutomaticWorksAdmin)
