"""A worker's threads keep their connection over tasks, and give up one that died."""

import threading
from collections.abc import Callable

import pytest
from celery.fixups.django import DjangoWorkerFixup
from celery.signals import task_prerun
from django.db import connection

from onboarding.tasks import sweep
from wizard_site.celery import app

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def backend() -> int:
    """Return the number of the server's process that serves this thread."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def in_a_worker_thread(between: Callable[[int], None], tasks: int = 5) -> list[int]:
    """Ask for the backend in several tasks of one thread, with all that Celery does around each; return all answers."""
    worker = DjangoWorkerFixup(app)
    seen: list[int] = []

    def work() -> None:
        try:
            for _ in range(tasks):
                worker.on_task_prerun(sender=sweep)
                task_prerun.send(sender=sweep)
                seen.append(backend())
                worker.on_task_postrun(sender=sweep)
                between(seen[-1])
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(30)
    return seen


def nothing_happens(_backend: int) -> None:
    return


def test_a_thread_keeps_its_connection_over_tasks() -> None:
    seen = in_a_worker_thread(nothing_happens)
    assert (len(seen), len(set(seen))) == (5, 1)


def test_a_connection_that_the_server_ended_is_not_used_again() -> None:
    with connection.cursor() as cursor:

        def server_ends_it(number: int) -> None:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [number])

        connection.inc_thread_sharing()
        try:
            seen = in_a_worker_thread(server_ends_it, tasks=3)
        finally:
            connection.dec_thread_sharing()
    assert (len(seen), len(set(seen))) == (3, 3)
