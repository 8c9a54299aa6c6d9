//! A sandbox that runs while others enter it.

use super::*;

/// A sandbox that runs, and its command's number.
pub struct Sandbox {
    /// Its drop ends the sandbox.
    pub run: Running,
    pub app: i32,
}

impl Sandbox {
    /// Starts it; the options make a PID namespace.
    pub fn start(user: User, options: &[&str]) -> Sandbox {
        let words = [options, &["-q", "--", "sh", "-c", "echo ready; exec sleep 1000"]].concat();
        let mut run = user.with_own_queue(user.run(init(words)).unwrap()).start();
        run.expect("ready");
        let child = |pid| children(pid).first().copied().unwrap();
        let app = child(child(run.pid()));
        Sandbox { run, app }
    }

    /// The number as a word.
    pub fn pid(&self) -> String {
        self.app.to_string()
    }
}
