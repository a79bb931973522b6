"""Kill this very process at a named point, once for each trap file that lies in ``FAULT_TRAPS``.

Python imports this module at the start of every process whose ``PYTHONPATH`` holds this folder: that is how a test
can hit the instant between a vendor's answer and the commit that keeps it. Nothing of the product is replaced; only the
doors of the libraries below it are watched. A trap is a file named ``<point>.<what>.<number>``, for example
``after.default-import.1``; it is renamed when it springs, so that it springs once.
"""

import os
import re
import signal
import threading
from pathlib import Path

FOLDER = os.environ.get("FAULT_TRAPS")
_thread = threading.local()


def spring(point, what):
    """End this process at once if a trap is set for a point."""
    for name in (what, "any"):
        for trap in sorted(Path(FOLDER).glob(f"{point}.{name}.[0-9]*")):
            try:
                trap.rename(trap.with_name(f"sprung.{trap.name}"))
            except FileNotFoundError:
                continue
            os.kill(os.getpid(), signal.SIGKILL)


def route_of(address):
    """Return the last word of a vendor's address: ``default-import``, ``redirection-status``, ``data``, ``command``."""
    path = address.partition("?")[0]
    if re.search(r"/command/\d+\.xml$", path):
        return "command"
    return path.rsplit("/", 1)[-1].removesuffix(".xml")


def watch_calls():
    """Watch the vendor's calls: before one goes out, and after its answer's head has come."""
    from urllib3.connectionpool import HTTPConnectionPool

    urlopen = HTTPConnectionPool.urlopen

    def watched(self, method, url, *args, **kwargs):
        route = route_of(url)
        spring("before", route)
        answer = urlopen(self, method, url, *args, **kwargs)
        spring("after", route)
        _thread.answered = route
        return answer

    HTTPConnectionPool.urlopen = watched


def watch_commits():
    """Watch the commits: those that keep a vendor's answer, and those of a page."""
    import psycopg

    commit = psycopg.Connection.commit

    def watched(self):
        route, page = getattr(_thread, "answered", None), getattr(_thread, "page", None)
        if page:
            spring("before-commit", page)
        commit(self)
        if page:
            spring("after-commit", page)
        if route:
            _thread.answered = None
            spring("saved", route)

    psycopg.Connection.commit = watched


def watch_pages():
    """Remember which page a thread of the web process answers: the first word of its path."""
    from django.core.handlers.wsgi import WSGIHandler

    call = WSGIHandler.__call__

    def watched(self, environ, start_response):
        _thread.page = environ.get("PATH_INFO", "/").strip("/").split("/")[0] or "home"
        return call(self, environ, start_response)

    WSGIHandler.__call__ = watched


if FOLDER:
    watch_calls()
    watch_commits()
    watch_pages()
