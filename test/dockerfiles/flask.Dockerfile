# syntax=docker/dockerfile:1
# check=skip=SecretsUsedInArgOrEnv;error=true

ARG PYTHON=3.13
ARG REGISTRY=docker.io/library \
    INDEX="https://pypi.org/simple"
FROM --platform=$BUILDPLATFORM ${REGISTRY}/python:${PYTHON%.*}-slim AS build
# What pip fetches is kept between builds.
RUN --mount=type=cache,target=/root/.cache/pip,sharing=locked \
    --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt \

    # the comment inside of a command goes away
    pip install --index-url "$INDEX" \
      --target /app/lib -r /tmp/requirements.txt
COPY --chown=1000:1000 --chmod=0644 --exclude=*.pyc --exclude=tests ./src/ /app/

FROM gcr.io/distroless/python3-debian13:nonroot
LABEL org.opencontainers.image.title="Flask application" \
      org.opencontainers.image.version=1.0
ENV PYTHONPATH=/app/lib APP_ENV=${APP_ENV:-production}
ENV GREETING Hello,   world
WORKDIR /app
COPY --from=build --link /app ./
EXPOSE 8000/tcp 9000-9002/udp $PORT
VOLUME ["/data", "/cache"]
HEALTHCHECK --interval=30s --timeout=1.5s --start-period=1m30s --retries=3 CMD ["/usr/bin/python3", "-c", "import app"]
STOPSIGNAL SIGTERM
USER nonroot:nonroot
ENTRYPOINT ["/usr/bin/python3"]
CMD [ "app.py" , "--port", "8000" ]
