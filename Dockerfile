# Two stages: the first installs the locked requirements, the second holds nothing that builds.
FROM python:3.11-slim AS build
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /opt/dramatis \
 && /opt/dramatis/bin/pip install --no-cache-dir --require-hashes --only-binary :all: -r requirements.txt

FROM python:3.11-slim
ENV PATH=/opt/dramatis/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DATA_DIR=/data \
    WEB_HOST=127.0.0.1 \
    LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /srv/dramatis dramatis \
 && install --directory --owner dramatis --group dramatis --mode 0700 /data
COPY --from=build /opt/dramatis /opt/dramatis
WORKDIR /srv/dramatis
COPY bot bot
COPY cogs cogs
COPY storage storage
USER 10001
VOLUME /data
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-m", "bot", "health"]
ENTRYPOINT ["python", "-m", "bot"]
CMD ["run"]
