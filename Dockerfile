FROM python:3.13-slim AS build

RUN python -m venv /opt/venv
COPY requirements/production.txt /tmp/
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check \
    --only-binary :all: --require-hashes --requirement /tmp/production.txt

WORKDIR /srv/portal
COPY . .
RUN SECRET_KEY=for-this-step-only STATIC_ROOT=/srv/static \
    /opt/venv/bin/python manage.py collectstatic --noinput --verbosity 0


FROM python:3.13-slim

# The uploads' volume takes its owner from this directory.
RUN useradd --system --uid 10001 --home-dir /nonexistent portal \
    && install --directory --owner portal --group portal /srv/media

COPY --from=build /opt/venv /opt/venv
COPY --from=build /srv/static /srv/static
COPY . /srv/portal

ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/srv/media \
    GRANIAN_INTERFACE=wsgi \
    GRANIAN_HOST=0.0.0.0 \
    GRANIAN_PORT=8000 \
    GRANIAN_WORKERS=2 \
    GRANIAN_BLOCKING_THREADS=4 \
    GRANIAN_RESPAWN_FAILED_WORKERS=true \
    GRANIAN_WORKERS_KILL_TIMEOUT=20

WORKDIR /srv/portal
USER portal
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "docker/health.py"]
CMD ["granian", "portal.wsgi:application"]
