FROM taskyard-test/debian
RUN groupadd --gid 1000 valkey \
    && useradd --uid 999 --gid 1000 valkey \
    && apt-get update \
    && apt-get install --yes --no-install-recommends redis-server \
    && rm -rf /var/lib/apt/lists/* \
    && ln -s redis-server /usr/bin/valkey-server \
    && ln -s redis-cli /usr/bin/valkey-cli
