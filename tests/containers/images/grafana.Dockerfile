FROM taskyard-test/debian
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3-yaml wget \
    && rm -rf /var/lib/apt/lists/* \
    && install -d -o 472 -g 0 -m 0777 /var/lib/grafana
COPY grafana.py /usr/local/lib/
ENTRYPOINT ["/usr/bin/python3", "/usr/local/lib/grafana.py"]
