# The binary alone, for other images: COPY --from=container-init /usr/bin/init /usr/bin/init
#   docker build -t container-init -f docker/pack.Dockerfile FOLDER
# FOLDER holds `init`, the binary. Copied to the name of another program, it speaks that
# program's command line.
FROM scratch
COPY init /usr/bin/init
ENTRYPOINT ["/usr/bin/init"]
