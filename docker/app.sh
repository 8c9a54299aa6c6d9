#!/bin/sh
# A web server that ends in order: what the demonstration runs under init.
trap 'echo "app: TERM came, closing"; kill "$server"; wait "$server"; exit 3' TERM
mkdir -p /www
echo "served under init" >/www/index.html
httpd -f -p 127.0.0.1:8080 -h /www &
server=$!
echo "app: ready"
wait "$server"
