# Three servers of Debian's and the inits to be compared. The context is a folder with
# `root`, a file tree that holds them and what they need, and `data`, an empty folder.
FROM scratch
COPY root /
COPY --chown=1000:1000 data /data
USER 1000:1000
RUN ["/bin/sh", "/servers.sh", "prepare"]
CMD ["sh", "/servers.sh"]
