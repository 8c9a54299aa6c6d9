//! Servers of Debian's that end their own workers, beside a main process that knows nothing
//! of them: what a worker has begun, it completes.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;

use crate::support::*;

/// A task that takes a second, and a note of its beginning and of its end.
const TASKS: &str = r#"
import time
from celery import Celery

app = Celery("app", broker="filesystem://")
app.conf.broker_transport_options = {"data_folder_in": ".", "data_folder_out": "."}


def note(line):
    with open("notes", "a") as notes:
        print(line, file=notes)


@app.task
def work():
    note("begun")
    time.sleep(1)
    note("complete")
"#;

const CELERY: &str = "celery --app app worker --concurrency 1 --detach --loglevel error \
                      --hostname one@here --pidfile pid --logfile log && \
                      /usr/bin/python3 -c 'import app; app.work.delay()' && \
                      until [ -e notes ]; do sleep 0.05; done && echo begun && exec sleep 1000";

/// A page that takes a second.
const PAGE: &str = r#"
import time


def page(environ, start):
    open("begun", "w").close()
    time.sleep(1)
    start("200 OK", [("Content-Length", "8")])
    return [b"complete"]
"#;

const GUNICORN: &str = "gunicorn --daemon --workers 2 --bind unix:socket --pid pid \
                        --error-logfile log app:page && \
                        until grep -q 'Booting worker' log; do sleep 0.05; done && \
                        echo ready && exec sleep 1000";

/// A run of `script` as PID 1 under `init`, in a folder with `app.py`.
fn server(init: &[&str], dir: &Path, app: &str, script: &str) -> Running {
    std::fs::write(dir.join("app.py"), app).unwrap();
    let words = init[1..].iter().copied().chain(["sh", "-c", script]);
    let start = Start::new(init[0], words).as_pid1(true).current_dir(dir);
    let start =
        start.env("PATH", "/usr/bin:/bin:/usr/sbin:/sbin").env("PYTHONDONTWRITEBYTECODE", "1");
    // Workers that are killed leave their temporary directories.
    start.env("TMPDIR", dir.to_str().unwrap()).start()
}

/// Ours and a peer, if they can be compared here.
fn inits(test: &str, server: &str) -> Option<[(Vec<String>, bool); 2]> {
    if !root() || !installed(server) || !installed("tini") {
        skip(test, &format!("needs root, {server} and tini"));
        return None;
    }
    let ours = vec![init_path().to_str().unwrap().to_owned(), "--grace-period=20s".to_owned()];
    Some([(ours, true), (vec!["tini".to_owned(), "--".to_owned()], false)])
}

/// Its master gives a worker the time for its task; a worker that is told itself drops it.
#[test]
fn celery_completes_its_task() {
    let Some(inits) = inits("celery_completes_its_task", "celery") else { return };
    let notes = |init: &[String]| {
        let scratch = Scratch::new();
        let words: Vec<&str> = init.iter().map(String::as_str).collect();
        let mut run = server(&words, &scratch.path(""), TASKS, CELERY);
        run.expect("begun");
        run.signal(libc::SIGTERM);
        let done = run.finish().expect(143);
        assert!(!done.stderr.contains("killed"), "{done:?}");
        std::fs::read_to_string(scratch.path("notes")).unwrap()
    };
    let [(ours, _), (peer, _)] = inits;
    assert_eq!(notes(&ours), "begun\ncomplete\n");
    // On a busy machine the worker may be done before it has its TERM.
    assert!((0..5).any(|_| notes(&peer) == "begun\n"), "{peer:?} completes it too");
}

#[test]
fn gunicorn_completes_its_answer() {
    let Some(inits) = inits("gunicorn_completes_its_answer", "gunicorn") else { return };
    for (init, complete) in inits {
        let scratch = Scratch::new();
        let words: Vec<&str> = init.iter().map(String::as_str).collect();
        let mut run = server(&words, &scratch.path(""), PAGE, GUNICORN);
        run.expect("ready");
        let mut client = UnixStream::connect(scratch.path("socket")).unwrap();
        client.set_read_timeout(Some(DEADLINE)).unwrap();
        client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        until("the answer is begun", || scratch.path("begun").exists());
        run.signal(libc::SIGTERM);
        let mut answer = String::new();
        // Under the peer the end may come as a reset.
        let _ = client.read_to_string(&mut answer);
        let done = run.finish().expect(143);
        // No word of who is killed: its master was seen to stay for 20 s at a load of 40.
        assert_eq!(answer.ends_with("complete"), complete, "{answer:?} {done:?}");
    }
}
