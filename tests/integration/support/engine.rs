//! A Docker engine of the tests' own. The first test that asks for it starts it; when the
//! test program ends, the engine and all that it made are removed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::{Mutex, OnceLock};
use std::time::{Duration, Instant};

use crate::support::*;

static ENGINE: OnceLock<Engine> = OnceLock::new();

extern "C" fn stop_engine() {
    if let Some(engine) = ENGINE.get() {
        engine.stop();
    }
}

/// A Docker engine.
pub struct Engine {
    socket: String,
    image: OnceLock<()>,
    /// The script that runs the engine until its standard input is closed.
    script: Mutex<Option<(Child, ChildStdin)>>,
}

/// The engine of this test program; its `docker-init` is our binary. Where no engine can
/// run, it is `None`, and the skip is printed.
pub fn engine(test: &str) -> Option<&'static Engine> {
    can_run(test).then(|| {
        ENGINE.get_or_init(|| {
            assert_eq!(unsafe { libc::atexit(stop_engine) }, 0);
            Engine::start(&["--init-path", init_path().to_str().unwrap()], None)
        })
    })
}

/// Can an engine run here?
pub fn can_run(test: &str) -> bool {
    let can = root() && installed("dockerd");
    if !can {
        skip(test, "needs root and dockerd");
    }
    can
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The names of other programs that our binary answers to.
pub const NAMES: [&str; 6] =
    ["tini", "tini-static", "docker-init", "dumb-init", "catatonit", "pause"];

impl Engine {
    /// Starts an engine with these options, and with `first` in front of its PATH.
    pub fn start(options: &[&str], first: Option<&Path>) -> Engine {
        lengthen_signal_queue();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let path = first.map(Path::to_owned).into_iter().chain(std::env::split_paths(&path));
        let mut script = Command::new(repository("scripts/engine"))
            .env("PATH", std::env::join_paths(path).unwrap())
            .args(options)
            .args(["--", "sh", "-c", "echo \"$DOCKER_HOST\"; exec cat >/dev/null"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = script.stdin.take().unwrap();
        let mut socket = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut socket).unwrap();
        let script = Mutex::new(Some((script, stdin)));
        let engine = Engine { socket: socket.trim().to_owned(), image: OnceLock::new(), script };
        assert!(socket.starts_with("unix://"), "the engine did not start");
        engine
    }

    fn stop(&self) {
        let Ok(mut running) = self.script.lock() else { return };
        if let Some((mut script, stdin)) = running.take() {
            drop(stdin);
            let _ = script.wait();
        }
    }

    /// The client's command, without arguments yet.
    pub fn docker(&self) -> Command {
        let mut command = Command::new("docker");
        command.env("DOCKER_HOST", &self.socket).stdin(Stdio::null());
        command
    }

    /// The command of docker-compose, to be given arguments.
    pub fn docker_compose(&self) -> Command {
        let mut command = Command::new("docker-compose");
        command.env("DOCKER_HOST", &self.socket).stdin(Stdio::null());
        command
    }

    /// The client, to be started with these arguments.
    pub fn client(&self, words: &[String]) -> Start {
        self.reached(Start::new("docker", words))
    }

    /// A program whose clients reach this engine.
    pub fn reached(&self, start: Start) -> Start {
        start.env("DOCKER_HOST", &self.socket)
    }

    /// Runs the client and ignores its status.
    pub fn output(&self, words: &[&str]) -> Output {
        self.docker().args(words).output().unwrap()
    }

    /// Runs the client, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn run(&self, words: &[&str]) -> String {
        let output = self.output(words);
        assert!(output.status.success(), "docker {words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
    }

    /// The image holds busybox, the probe (`/probe`) and our binary. The binary is the entry
    /// point, and `/` has a link to it for each name that it answers to.
    pub fn image(&self) -> &'static str {
        const TAG: &str = "init-test";
        self.image.get_or_init(|| {
            let context = Scratch::new();
            let copy = |from: &Path, to: &str| std::fs::copy(from, context.path(to)).unwrap();
            copy(&init_path(), "init");
            copy(&repository("docker/app.sh"), "app.sh");
            copy(&probe_path(), "probe");
            copy(&which("busybox"), "busybox");
            let demo = std::fs::read_to_string(repository("docker/demo.Dockerfile")).unwrap();
            let file = context.path("Dockerfile");
            let more = format!(
                "COPY probe /probe\nRUN for name in {}; do ln -s /usr/bin/init /$name; done\n",
                NAMES.join(" ")
            );
            std::fs::write(&file, demo + &more).unwrap();
            let context = context.path("");
            self.run(&["build", "-q", "--network=none", "-t", TAG, context.to_str().unwrap()]);
        });
        TAG
    }

    /// Starts a container from the image: `docker run OPTIONS IMAGE WORDS`. The container is
    /// removed when the value is dropped.
    #[track_caller]
    pub fn start_container(&self, options: &[&str], words: &[&str]) -> Container<'_> {
        let image = self.image();
        let before = ["run", "--detach", "--network=none"];
        let words = [&before[..], options, &[image], words].concat();
        self.container(self.run(&words))
    }

    /// A container that was started in another way; the value removes it as well.
    pub fn container(&self, id: String) -> Container<'_> {
        Container { engine: self, id }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A container. It is removed when the value is dropped.
pub struct Container<'a> {
    engine: &'a Engine,
    /// Its identifier.
    pub id: String,
}

impl Container<'_> {
    /// All that the container has printed so far, stdout before stderr.
    pub fn logs(&self) -> String {
        let output = self.engine.output(&["logs", &self.id]);
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    }

    /// Waits until it has printed `text`.
    #[track_caller]
    pub fn wait_for(&self, text: &str) {
        until(&format!("{text:?} is printed"), || self.logs().contains(text));
    }

    /// Runs a command inside, which has to succeed, and returns what it printed.
    #[track_caller]
    pub fn exec(&self, words: &[&str]) -> String {
        self.engine.run(&[&["exec", &self.id][..], words].concat())
    }

    /// Waits until the container has ended and returns its status.
    #[track_caller]
    pub fn wait(&self) -> i32 {
        self.engine.run(&["wait", &self.id]).parse().unwrap()
    }

    /// `docker stop`; returns the status.
    #[track_caller]
    pub fn stop(&self) -> i32 {
        self.engine.run(&["stop", &self.id]);
        self.wait()
    }
}

impl Drop for Container<'_> {
    fn drop(&mut self) {
        self.engine.output(&["rm", "--force", &self.id]);
    }
}

/// `docker stop` sends KILL after ten seconds. An orderly end is much faster.
pub const ORDERLY: Duration = Duration::from_secs(8);

const ZOMBIES: &str = "cat /proc/[0-9]*/stat | awk '$3 == \"Z\"' | wc -l";
const ORPHANS: &str = "n=0; while [ $n -lt 10000 ]; do (true &); n=$((n + 1)); done";

/// Asserts that `docker stop` ends docker/app.sh in order, with this status.
#[track_caller]
pub fn stops_in_order(container: &Container<'_>, status: i32) {
    let start = Instant::now();
    assert_eq!(container.stop(), status, "{}", container.logs());
    assert!(start.elapsed() < ORDERLY, "killed after {:?}", start.elapsed());
    assert!(container.logs().contains("app: TERM came, closing"), "{}", container.logs());
}

/// Asserts that no zombie stays after 10,000 orphans in the container.
#[track_caller]
pub fn reaps(container: &Container<'_>) {
    container.exec(&["sh", "-c", ORPHANS]);
    until("no zombie is left", || container.exec(&["sh", "-c", ZOMBIES]) == "0");
}
