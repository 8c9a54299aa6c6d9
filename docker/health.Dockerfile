# An application whose health check leaves an orphan each time.
#   docker build -t container-init-health -f docker/health.Dockerfile FOLDER
# FOLDER holds `init`, the binary, a static `busybox`, and app.sh and health.sh of this directory.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY app.sh health.sh /
COPY init /usr/bin/init
HEALTHCHECK --interval=1s --timeout=10s CMD ["sh", "/health.sh"]
ENTRYPOINT ["/usr/bin/init", "--"]
CMD ["sh", "/app.sh"]
