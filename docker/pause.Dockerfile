# The sandbox image of a Kubernetes node, in the place of registry.k8s.io/pause.
#   docker build -t container-init-pause -f docker/pause.Dockerfile FOLDER
# FOLDER holds `init`, the binary. Its name tells it to run nothing and to reap.
FROM scratch
COPY init /pause
USER 65535:65535
ENTRYPOINT ["/pause"]
