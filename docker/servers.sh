#!/bin/sh
# Three servers that put themselves into the background, each with its pid file, and a main
# process beside them that knows nothing of them. `prepare` makes the database.
set -eu

PATH=$PATH:$(echo /usr/lib/postgresql/*/bin)

if [ "${1:-}" = prepare ]; then
    initdb --pgdata /data/db --auth trust --no-sync --locale C
    exit
fi

nginx -e /data/nginx.log -c /nginx.conf
redis-server --daemonize yes --dir /data --logfile redis.log --pidfile /data/redis.pid \
    --port 0 --unixsocket /data/redis.sock --save 3600 1
pg_ctl --pgdata /data/db --log /data/postgresql.log --silent --wait \
    --options "-c listen_addresses= -c unix_socket_directories=/data" start
redis-cli -s /data/redis.sock set key value >/dev/null

echo "servers: ready"
exec sleep 100000
