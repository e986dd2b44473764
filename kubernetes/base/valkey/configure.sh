#!/bin/sh
# Writes the configuration of one Valkey and its Sentinel into FOLDER. The master is whom a sentinel names, else the
# first of PEERS. Nothing is kept on disk: Taskyard loses nothing when all of them forget everything.
set -eu

named() {
    for peer in $PEERS; do
        answer=$(timeout 2 valkey-cli -h "$peer" -p 26379 sentinel get-master-addr-by-name taskyard 2>/dev/null | head -n 1) || true
        for candidate in $PEERS; do
            if [ "$answer" = "$candidate" ]; then echo "$candidate"; return; fi
        done
    done
}

master=
for attempt in 1 2 3; do
    master=$(named)
    if [ -n "$master" ]; then break; fi
    sleep 1
done
first=${PEERS%% *}
master=${master:-$first}

umask 077
cat > "$FOLDER/valkey.conf" <<EOF
bind ${BIND:-* -::*}
port 6379
dir $FOLDER
requirepass $REDISCLI_AUTH
primaryauth $REDISCLI_AUTH
replica-announce-ip $SELF
save ""
appendonly no
maxmemory 192mb
maxmemory-policy allkeys-lru
EOF
if [ "$master" != "$SELF" ]; then
    echo "replicaof $master 6379" >> "$FOLDER/valkey.conf"
fi

cat > "$FOLDER/sentinel.conf" <<EOF
bind ${BIND:-* -::*}
port 26379
dir $FOLDER
requirepass $REDISCLI_AUTH
sentinel resolve-hostnames yes
sentinel announce-hostnames yes
sentinel announce-ip $SELF
sentinel monitor taskyard $master 6379 2
sentinel auth-pass taskyard $REDISCLI_AUTH
sentinel down-after-milliseconds taskyard 5000
sentinel failover-timeout taskyard 20000
EOF
