# One image for all processes: web, worker, beat, migrate and, for trying it out, the sandbox bank.
FROM python:3.12-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.lock .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --require-hashes --only-binary=:all: -r requirements.lock

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --system --uid 10001 --home-dir /srv --shell /usr/sbin/nologin wizard \
    && install --directory --owner wizard --mode 700 /scratch /uploads /metrics
COPY --from=packages /opt/venv /opt/venv
WORKDIR /srv
COPY manage.py gunicorn.conf.py ./
COPY wizard_site wizard_site
COPY onboarding onboarding
COPY sandbox sandbox
COPY templates templates
COPY static static
# Values only for this one command: nothing of them stays in the image.
RUN SECRET_KEY=build SITE_URL=http://localhost KONTOMATIK_API_KEY=build \
    FIELD_ENCRYPTION_KEY=k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY= \
    CELERY_BROKER_URL=memory:// DATABASE_URL=sqlite://:memory: \
    python manage.py collectstatic --noinput -v0
USER wizard
EXPOSE 8000
CMD ["gunicorn", "wizard_site.wsgi"]
