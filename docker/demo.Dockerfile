# An application under init and nothing else: busybox, a script and our binary.
# The context is a folder with the files `init`, `busybox` and `app.sh`.
FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "--install", "-s", "/bin"]
COPY app.sh /app.sh
COPY init /usr/bin/init
ENTRYPOINT ["/usr/bin/init", "--"]
CMD ["sh", "/app.sh"]
