# The binary alone, built outside: `docker build -f docker/pack.Dockerfile FOLDER`, where
# FOLDER holds `init`. Other images take it from here: COPY --from=IMAGE /usr/bin/init ...
FROM scratch
COPY init /usr/bin/init
# Link to the names of other programs to be started as them.
ENTRYPOINT ["/usr/bin/init"]
