//! The identity of each option, by concern: `config::apply` has one match for each enum.

/// Which option a row is about. The tables of other programs use the identities of ours
/// where the meaning is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Id {
    /// Print a text and run nothing.
    Page(Page),
    /// Everything that needs no sandbox.
    Plain(Plain),
    /// Which namespaces are new.
    Namespace(Namespace),
    /// Namespaces and cgroups that are there before init, or after it.
    Existing(Existing),
    /// The ids of the user namespace.
    IdMap(IdMap),
    /// Mounts.
    Mount(Mount),
    /// The values that a new UTS or time namespace starts with.
    Initial(Initial),
    /// What the command's process starts with.
    Process(Process),
    /// The command's environment.
    Variable(Variable),
    /// What the command may do.
    Privilege(Privilege),
}

impl Id {
    /// Does the option switch sandbox mode on?
    pub fn sandbox(self) -> bool {
        !matches!(self, Id::Page(_) | Id::Plain(_))
    }

    /// A number that no other identity has, below 128.
    pub const fn number(self) -> u32 {
        // Each group starts behind the last of the group before it.
        const PLAIN: u32 = Page::Licence as u32 + 1;
        const NAMESPACE: u32 = PLAIN + Plain::Quiet as u32 + 1;
        const EXISTING: u32 = NAMESPACE + Namespace::KillChild as u32 + 1;
        const ID_MAP: u32 = EXISTING + Existing::Persist as u32 + 1;
        const MOUNT: u32 = ID_MAP + IdMap::Setgroups as u32 + 1;
        const INITIAL: u32 = MOUNT + Mount::TmpfsSize as u32 + 1;
        const PROCESS: u32 = INITIAL + Initial::Boottime as u32 + 1;
        const VARIABLE: u32 = PROCESS + Process::Rlimit as u32 + 1;
        const PRIVILEGE: u32 = VARIABLE + Variable::Unset as u32 + 1;
        match self {
            Id::Page(id) => id as u32,
            Id::Plain(id) => PLAIN + id as u32,
            Id::Namespace(id) => NAMESPACE + id as u32,
            Id::Existing(id) => EXISTING + id as u32,
            Id::IdMap(id) => ID_MAP + id as u32,
            Id::Mount(id) => MOUNT + id as u32,
            Id::Initial(id) => INITIAL + id as u32,
            Id::Process(id) => PROCESS + id as u32,
            Id::Variable(id) => VARIABLE + id as u32,
            Id::Privilege(id) => PRIVILEGE + id as u32,
        }
    }
}

/// A text to print on stdout instead of running a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// All of the help: `--help`.
    Help,
    /// A line for each option: `-h`.
    Summary,
    /// What `--version` shows.
    Version,
    /// What `-l` shows.
    Licence,
}

/// The options of the plain init.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    Subreaper,
    NoSubreaper,
    ParentDeathSignal,
    ProcessGroup,
    ForwardTo,
    Rewrite,
    Delay,
    KillAfter,
    Timeout,
    GracePeriod,
    WaitAll,
    ExpandEnv,
    Report,
    RemapExit,
    WarnOnReap,
    Check,
    Pause,
    NewSession,
    Verbose,
    Quiet,
}

/// Options about new namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Namespace {
    Pid,
    Mount,
    Uts,
    Ipc,
    Net,
    User,
    Cgroup,
    Time,
    All,
    ShareNet,
    Fork,
    KillChild,
}

/// Options about namespaces and cgroups that are there before init, or after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    Join,
    JoinCgroup,
    Persist,
}

/// Options about the ids of the user namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdMap {
    CurrentUser,
    Root,
    Auto,
    Subids,
    Users,
    Groups,
    Setgroups,
}

/// Options about mounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mount {
    Propagation,
    Root,
    ReadOnly,
    Ephemeral,
    Overlay,
    NoPivot,
    Proc,
    Sys,
    Dev,
    NoMask,
    Bind,
    RoBind,
    BindTry,
    RoBindTry,
    Tmpfs,
    TmpfsSize,
}

/// Options about what a new UTS or time namespace starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Initial {
    Hostname,
    Domainname,
    Monotonic,
    Boottime,
}

/// Options about what the command's process starts with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    Chdir,
    Wd,
    PreserveFds,
    Rlimit,
}

/// Options about the command's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    Clear,
    Keep,
    Set,
    Unset,
}

/// Options about what the command may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Privilege {
    Setuid,
    Setgid,
    Groups,
    NoNewPrivs,
    CapDrop,
    CapAdd,
    Seccomp,
    AllowTiocsti,
    NoNewUserNs,
}
