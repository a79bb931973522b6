"""How ``gunicorn wizard_site.wsgi`` serves: threads, since pages wait for the database and no page is long."""

import os

from gunicorn.glogging import Logger

from onboarding import logs

# As wizard_site/settings.py reads it: gunicorn's first lines come before the settings.
log_form = os.environ.get("LOG_FORMAT") or logs.default_form(os.environ.get("SITE_URL", ""))


class MaskingLogger(Logger):
    """gunicorn's own lines in our form, masked: with an access log, or when a request breaks, it writes addresses."""

    def setup(self, cfg):
        super().setup(cfg)
        for handler in (*self.error_log.handlers, *self.access_log.handlers):
            handler.setFormatter(logs.formatter(log_form))


logger_class = MaskingLogger
bind = os.environ.get("BIND", "0.0.0.0:8000")
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
# Longer than the vendor's call that a page makes (30 s), shorter than a person's patience.
timeout = 60
# Longer than the pauses between two questions of a page, and than the minute for which a proxy keeps a connection that
# nobody uses: who closes first must be the one who asks, or a question meets a connection that is just being closed.
# A waiting connection holds no thread.
keepalive = 75
# Shorter than the stop_grace_period of docker-compose.yml, so that a deploy cuts nobody off.
graceful_timeout = 30
# A worker is renewed now and then, with jitter not all at once; seldom, because each time cuts the connections that it
# keeps, and pages that ask every second or two make a hundred thousand requests in an hour.
max_requests = 100_000
max_requests_jitter = 10_000
# No control socket in the user's home, which a container's user may not have.
control_socket_disable = True
access_log_format = '"%(m)s %(U)s" %(s)s %(b)s %(M)sms'
