//! What each option sets.
//!
//! In: an option's identity and what was given to it. Out: a changed `Config`. One match for
//! each concern, without a wildcard: the compiler names the option that has no arm.

use log::LevelFilter;

use super::sandbox::{Layers, Map, Propagation, Sandbox};
use super::spec::{Id, IdMap, Initial, Mount, Namespace, Opt, Plain, Process};
use super::{Config, Form, ForwardTo, sandbox, values};
use crate::capabilities::CapabilitySet;
use crate::namespaces::Namespace as Kind;

/// What was given to an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// The option alone, or a variable that switches it on.
    On,
    /// A variable that switches it off.
    Off,
    /// Its value.
    Value(&'static [u8]),
    /// Its two values.
    Pair(&'static [u8], &'static [u8]),
}

impl Given {
    /// Was it switched on?
    pub fn on(self) -> bool {
        self != Given::Off
    }

    /// The value of an option that has one.
    pub fn value(self) -> Option<&'static [u8]> {
        match self {
            Given::Value(value) => Some(value),
            Given::On | Given::Off | Given::Pair(..) => None,
        }
    }
}

/// Sets one option. `None` when the value cannot be understood.
pub type Apply = fn(&mut Config, Id, Given) -> Option<()>;

/// Sets an option and what it implies.
pub fn with_implied(apply: Apply, config: &mut Config, opt: &Opt, given: Given) -> Option<()> {
    apply(config, opt.id, given)?;
    opt.implies().try_for_each(|id| apply(config, id, Given::On))
}

/// Sets one of our own options.
pub fn ours(config: &mut Config, id: Id, given: Given) -> Option<()> {
    if let Id::Plain(option) = id {
        return plain(config, option, given);
    }
    match id {
        Id::Page(_) | Id::Plain(_) => Some(()),
        Id::Namespace(option) => namespace(sandbox_of(config), option),
        Id::IdMap(option) => id_map(sandbox_of(config), option, given),
        Id::Mount(option) => mount(sandbox_of(config), option, given),
        Id::Initial(option) => initial(sandbox_of(config), option, given),
        Id::Process(option) => process(sandbox_of(config), option, given),
    }
}

/// The sandbox of `config`: the first option that is about it makes it.
fn sandbox_of(config: &mut Config) -> &mut Sandbox {
    config.sandbox.get_or_insert_default()
}

fn plain(config: &mut Config, option: Plain, given: Given) -> Option<()> {
    let value = || given.value();
    match option {
        Plain::Subreaper => config.subreaper = given.on(),
        Plain::NoSubreaper => config.subreaper = !given.on(),
        Plain::ParentDeathSignal => config.parent_death_signal = Some(values::signal(value()?)?),
        Plain::ProcessGroup if given.on() => config.forward_to = ForwardTo::Group,
        Plain::ProcessGroup => config.forward_to = ForwardTo::Main,
        Plain::ForwardTo => config.forward_to = forward_to(value()?)?,
        Plain::Rewrite => {
            let (from, to) = values::rewrite(value()?)?;
            config.rewrites.set(from, to);
        }
        Plain::Delay => {
            let (signal, delay) = values::delay(value()?)?;
            config.delays.set(signal, delay)?;
        }
        Plain::KillAfter => {
            let (signal, time) = values::kill_after(value()?)?;
            config.kill_after.set(signal, time)?;
        }
        Plain::Timeout => config.timeout = values::some_duration(value()?)?,
        Plain::GracePeriod => config.grace_period = values::duration(value()?)?,
        Plain::WaitAll => config.wait_all = given.on(),
        Plain::ExpandEnv => config.expand_env = given.on(),
        Plain::Report => config.report = Some(values::path(value()?)?),
        Plain::RemapExit => {
            for code in value()?.split(|b| *b == b',') {
                config.remap_exit.insert(values::exit_code(code)?);
            }
        }
        Plain::WarnOnReap => config.warn_on_reap = given.on(),
        Plain::Check => config.check = Some(form(given)?),
        Plain::Pause => config.pause = given.on(),
        Plain::NewSession => config.new_session = given.on(),
        Plain::Verbose if given.on() => config.verbosity = values::more(config.verbosity),
        Plain::Quiet if given.on() => config.verbosity = LevelFilter::Error,
        Plain::Verbose | Plain::Quiet => {}
    }
    Some(())
}

fn forward_to(value: &[u8]) -> Option<ForwardTo> {
    match value {
        b"main" => Some(ForwardTo::Main),
        b"group" => Some(ForwardTo::Group),
        b"all" => Some(ForwardTo::All),
        _ => None,
    }
}

fn form(given: Given) -> Option<Form> {
    match given {
        Given::On | Given::Value(b"table") => Some(Form::Table),
        Given::Value(b"json") => Some(Form::Json),
        _ => None,
    }
}

fn namespace(sandbox: &mut Sandbox, option: Namespace) -> Option<()> {
    let kind = match option {
        Namespace::Pid => Kind::Pid,
        Namespace::Mount => Kind::Mount,
        Namespace::Uts => Kind::Uts,
        Namespace::Ipc => Kind::Ipc,
        Namespace::Net => Kind::Net,
        Namespace::User => Kind::User,
        Namespace::Cgroup => Kind::Cgroup,
        Namespace::Time => Kind::Time,
        Namespace::All => {
            sandbox.unshare_all = true;
            return Some(());
        }
        Namespace::ShareNet => {
            sandbox.share_net = true;
            return Some(());
        }
        // As it always is.
        Namespace::Fork | Namespace::KillChild => return Some(()),
    };
    sandbox.namespaces = sandbox.namespaces.with(kind);
    Some(())
}

fn id_map(sandbox: &mut Sandbox, option: IdMap, given: Given) -> Option<()> {
    let range = || sandbox::values::range(given.value()?);
    sandbox.map = Some(match option {
        IdMap::CurrentUser => Map::CurrentUser,
        IdMap::Root => Map::Root,
        IdMap::Auto => Map::Auto,
        IdMap::Users => {
            sandbox.users.push(range()?);
            Map::Ranges
        }
        IdMap::Groups => {
            sandbox.groups.push(range()?);
            Map::Ranges
        }
        IdMap::Setgroups => {
            sandbox.setgroups = Some(match given.value()? {
                b"allow" => true,
                b"deny" => false,
                _ => return None,
            });
            return Some(());
        }
    });
    Some(())
}

fn mount(sandbox: &mut Sandbox, option: Mount, given: Given) -> Option<()> {
    match option {
        Mount::Propagation => {
            sandbox.propagation = Some(match given.value()? {
                b"private" => Propagation::Private,
                b"slave" => Propagation::Slave,
                b"shared" => Propagation::Shared,
                b"unbindable" => Propagation::Unbindable,
                b"unchanged" => Propagation::Unchanged,
                _ => return None,
            });
        }
        Mount::Root => sandbox.root = Some(values::path(given.value()?)?),
        Mount::ReadOnly => sandbox.read_only = true,
        Mount::Proc => {
            let directory = given.value().unwrap_or(b"/proc");
            sandbox.proc = Some(values::path(directory)?);
        }
        Mount::Sys => sandbox.sys = Some(values::path(given.value().unwrap_or(b"/sys"))?),
        Mount::Dev => sandbox.dev = Some(values::path(given.value().unwrap_or(b"/dev"))?),
        Mount::NoMask => sandbox.no_mask = true,
        Mount::Ephemeral => sandbox.layers = Some(Layers::Ephemeral),
        Mount::Overlay => {
            let Given::Pair(lowers, upper) = given else { return None };
            let lowers = sandbox::values::layers(lowers)?;
            sandbox.layers = Some(Layers::Kept { lowers, upper: values::path(upper)? });
        }
        Mount::NoPivot => sandbox.no_pivot = true,
        Mount::Bind => bind(sandbox, given, false, false)?,
        Mount::RoBind => bind(sandbox, given, true, false)?,
        Mount::BindTry => bind(sandbox, given, false, true)?,
        Mount::RoBindTry => bind(sandbox, given, true, true)?,
        Mount::TmpfsSize => sandbox.tmpfs_size = Some(sandbox::values::size(given.value()?)?),
        Mount::Tmpfs => {
            let target = sandbox::values::target(given.value()?)?;
            let size = sandbox.tmpfs_size.take();
            sandbox.mounts.push(sandbox::Mount::Tmpfs { target, size });
        }
    }
    Some(())
}

fn bind(sandbox: &mut Sandbox, given: Given, read_only: bool, optional: bool) -> Option<()> {
    let Given::Pair(source, target) = given else { return None };
    let (source, target) = (values::path(source)?, sandbox::values::target(target)?);
    sandbox.mounts.push(sandbox::Mount::Bind { source, target, read_only, optional });
    Some(())
}

fn initial(sandbox: &mut Sandbox, option: Initial, given: Given) -> Option<()> {
    let value = given.value()?;
    match option {
        Initial::Hostname => sandbox.hostname = Some(sandbox::values::name(value)?),
        Initial::Domainname => sandbox.domainname = Some(sandbox::values::name(value)?),
        Initial::Monotonic => sandbox.monotonic = Some(sandbox::values::seconds(value)?),
        Initial::Boottime => sandbox.boottime = Some(sandbox::values::seconds(value)?),
    }
    Some(())
}

fn process(sandbox: &mut Sandbox, option: Process, given: Given) -> Option<()> {
    let value = || given.value();
    match option {
        Process::Chdir | Process::Wd => {
            sandbox.directory = Some(values::path(value()?)?);
        }
        Process::PreserveFds => sandbox.preserve_fds = sandbox::values::count(value()?)?,
        Process::NoNewPrivs => sandbox.no_new_privs = true,
        Process::CapDrop => {
            sandbox.cap_drop = sandbox.cap_drop.union(CapabilitySet::parse(value()?)?);
        }
        Process::CapAdd => {
            sandbox.cap_add = sandbox.cap_add.union(CapabilitySet::parse(value()?)?);
        }
    }
    Some(())
}
