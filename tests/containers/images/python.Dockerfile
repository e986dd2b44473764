FROM taskyard-test/debian
RUN ln -s /usr/bin/python3 /usr/local/bin/python \
    && ln -s /usr/bin/python3 /usr/local/bin/python3 \
    && rm -f /usr/lib/python3*/EXTERNALLY-MANAGED
