# One image for every part of Taskyard: the command chooses (`serve task`, `worker`, `migrate`, `secrets`, `up`).
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
SHELL ["/bin/sh", "-euc"]
# binutils only strip what is installed below; whichever version the base distributes does that.
# hadolint ignore=DL3008
RUN apt-get update; apt-get install --yes --no-install-recommends binutils
COPY requirements/runtime.lock containers/slim.sh /build/
RUN python -m venv --without-pip /opt/taskyard; \
    python -m pip --python /opt/taskyard/bin/python install --no-cache-dir --no-compile --disable-pip-version-check \
        --no-deps --require-hashes --only-binary :all: -r /build/runtime.lock; \
    sh /build/slim.sh /opt/taskyard
COPY src /opt/taskyard/src
COPY migrations /opt/taskyard/migrations
# The root file system will be read-only, so the compiled form of what a start imports is made here, by importing it.
RUN find /opt/taskyard -name __pycache__ -type d -prune -exec rm -rf {} +; \
    PYTHONPATH=/opt/taskyard/src /opt/taskyard/bin/python -c \
        'import taskyard.composition.apps, taskyard.composition.commands, uvicorn.protocols.http.httptools_impl, uvloop'

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/taskyard/bin:$PATH \
    PYTHONPATH=/opt/taskyard/src \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONSAFEPATH=1 \
    PYTHONUNBUFFERED=1 \
    TASKYARD_HOME=/var/lib/taskyard \
    TASKYARD_HOST=0.0.0.0
# A new volume takes over owner and mode of the folder it is mounted on.
RUN groupadd --gid 10001 taskyard \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/taskyard --shell /usr/sbin/nologin taskyard \
    && install -d -o taskyard -g taskyard -m 0700 /var/lib/taskyard /keys \
    && for name in gateway auth task project notification worker migrate; do \
           install -d -o taskyard -g taskyard -m 0700 "/secrets/$name"; \
       done \
    && for name in postgres valkey grafana; do install -d -o taskyard -g taskyard -m 0750 "/secrets/$name"; done
COPY --from=build /opt/taskyard /opt/taskyard
COPY containers/healthcheck.py /opt/taskyard/healthcheck.py
USER 10001:10001
WORKDIR /var/lib/taskyard
EXPOSE 3000-3005
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python", "/opt/taskyard/healthcheck.py"]
ENTRYPOINT ["python", "-m", "taskyard"]
CMD ["up"]
