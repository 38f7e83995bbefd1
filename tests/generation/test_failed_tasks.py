"""A task that failed is told of in the log, without its arguments."""

import signal
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from genonaut.worker_tasks import QUEUE
from tests.factories import UserFactory
from tests.generation.workers import wait_for, workers
from users.letters import TASK

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders")]
ADDRESS = "alice@private.example"


class RefusingSignIn(socketserver.StreamRequestHandler):
    """A mail server that knows no password, and quotes whom it refuses."""

    def handle(self) -> None:
        """Answer one client."""
        self.wfile.write(b"220 mail.example\r\n")
        for line in self.rfile:
            command = line.split()[0].upper()
            answers = {b"EHLO": b"250-mail.example\r\n250 AUTH PLAIN", b"AUTH": b"535 5.7.8 no: " + ADDRESS.encode()}
            self.wfile.write(answers.get(command, b"250 ok") + b"\r\n")


@contextmanager
def mail_server() -> Iterator[int]:
    """Give the port of a mail server that refuses every sign-in."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), RefusingSignIn) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


def log_of_worker(changes: str, task: str) -> str:
    """Return what a worker logs until it has tried a task."""
    with workers(1, changes=changes) as (worker,):
        wait_for(lambda: ProcrastinateJob.objects.filter(task_name=task, attempts__gte=1).exists())
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=300)
    return errors


def test_a_letter_that_the_mail_server_refuses_is_a_line_without_the_address() -> None:
    alice = UserFactory(email=ADDRESS)
    alice.set_password("a word that passes")  # to others no letter goes
    alice.save()
    about = {"kind": "reset", "email": ADDRESS, "root": "http://testserver/", "about": {}}
    app.configure_task(TASK, queue=QUEUE).defer(**about)
    with mail_server() as port:
        changes = (
            f"settings.EMAIL_BACKEND = 'django.core.mail.backends.smtp.EmailBackend'; settings.EMAIL_PORT = {port}; "
        )
        changes += "settings.EMAIL_HOST = '127.0.0.1'; settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = 'site'"
        log = log_of_worker(changes, TASK)
    lines = {line.partition(" ERROR ")[2] for line in log.splitlines() if TASK in line}
    assert lines == {"generation.worker The task send_letter failed: smtplib.SMTPAuthenticationError: 535"}
    assert ADDRESS not in log


def test_another_task_says_where_it_failed_and_no_row_of_the_database() -> None:
    app.configure_task("empty_trashes", queue=QUEUE).defer(timestamp=0)
    code = "from users.models import User; User.objects.create(username='bob', email='bob@private.example')"
    changes = "from culling import worker_tasks; from genonaut.worker_tasks import app; app.perform_import_paths(); "
    changes += f"app.tasks['empty_trashes'].func = lambda timestamp: exec({code!r}) or exec({code!r})"
    log = log_of_worker(changes, "empty_trashes")
    lines = {line.partition(" ERROR ")[2] for line in log.splitlines() if "The task" in line}
    why = 'duplicate key value violates unique constraint "users_user_username_key"'
    assert lines == {f"generation.worker The task empty_trashes failed: django.db.utils.IntegrityError: {why}"}
    assert 'File "<string>", line 1, in <module>' in log
    assert "bob@private.example" not in log
