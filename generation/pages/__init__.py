"""The page Create, and the pages of jobs.

views.py, forms.py, workflow_fields.py   Create: its page, its form, the fields of a workflow
begun_forms.py, prefilling.py            the form as an address begins it: from a work, a job or a picture
form_requests.py                         the requests of a form that was sent
job_views.py, job_pages.py               my jobs, a batch, one job
job_cards.py, job_works.py                the cards of jobs, and their works
job_actions.py                           the buttons of jobs
kin.py                                   the works that a work came from here, and those made from it
"""
