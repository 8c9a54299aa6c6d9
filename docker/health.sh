#!/bin/sh
# Asks the server of app.sh whether it answers. As the checks of many images do, it leaves a
# process behind, which becomes a child of PID 1.
sleep 1 >/dev/null 2>&1 &
exec wget -q -O /dev/null http://127.0.0.1:8080/
