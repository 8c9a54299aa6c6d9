//! The options of sandbox mode: any of them switches it on. Long only, and without a
//! variable: an image's environment must not change what a sandbox is.

use super::{Map, Sandbox, values};
use crate::capabilities::CapabilitySet;
use crate::config::options::{Opt, Row, Setting, Takes};
use crate::namespaces::Namespace;

/// An option that asks for a new namespace.
macro_rules! namespace {
    ($namespace:ident, $help:literal) => {
        || Opt {
            long: Namespace::$namespace.name(),
            takes: Takes::Switch(|config, _| Sandbox::of(config).renew(Namespace::$namespace)),
            help: $help,
            ..OPTION
        }
    };
}

/// What all rows have in common.
const OPTION: Opt = Opt {
    long: "",
    short: None,
    takes: Takes::Switch(|config, _| {
        Sandbox::of(config);
    }),
    setting: Setting::Sandbox,
    help: "",
};

/// One value follows.
const fn value(
    name: &'static str,
    accepts: &'static str,
    set: fn(&mut super::Config, &'static [u8]) -> Option<()>,
) -> Takes {
    Takes::Value { name, accepts, repeats: true, set }
}

const CAPABILITY: &str = "a capability such as NET_ADMIN, or ALL";

const CHDIR: Takes = value("DIR", values::DIRECTORY, |config, value| {
    Sandbox::of(config).directory = Some(values::directory(value)?);
    Some(())
});

/// The table.
pub static OPTIONS: &[Row] = &[
    namespace!(Pid, "A new PID namespace: an init in it reaps, and all in it end with the command"),
    namespace!(Mount, "A new mount namespace"),
    namespace!(Uts, "A new UTS namespace: host and domain name"),
    namespace!(Ipc, "A new IPC namespace"),
    namespace!(Net, "A new network namespace, with its loopback device up"),
    namespace!(User, "A new user namespace; takes no value, ids are mapped by the --map options"),
    namespace!(Cgroup, "A new cgroup namespace"),
    namespace!(Time, "A new time namespace"),
    || Opt {
        long: "unshare-all",
        takes: Takes::Switch(|config, _| Sandbox::of(config).unshare_all = true),
        help: "All new namespaces but time; user only when not root",
        ..OPTION
    },
    || Opt {
        long: "share-net",
        takes: Takes::Switch(|config, _| Sandbox::of(config).share_net = true),
        help: "Keep the network that --unshare-all would replace",
        ..OPTION
    },
    || Opt { long: "fork", help: "Does nothing: always so. As in unshare(1)", ..OPTION },
    || Opt { long: "kill-child", help: "Does nothing: always so. As in unshare(1)", ..OPTION },
    || Opt {
        long: "map-current-user",
        takes: Takes::Switch(|config, _| {
            Sandbox::of(config).map("map-current-user", Map::CurrentUser);
        }),
        help: "Our user and group are themselves in the user namespace; this is the default",
        ..OPTION
    },
    || Opt {
        long: "map-root-user",
        takes: Takes::Switch(|config, _| Sandbox::of(config).map("map-root-user", Map::Root)),
        help: "Our user and group are 0 in the user namespace",
        ..OPTION
    },
    || Opt {
        long: "map-auto",
        takes: Takes::Switch(|config, _| Sandbox::of(config).map("map-auto", Map::Auto)),
        help: "Our user is 0, and our first range of /etc/subuid and subgid those from 1 on",
        ..OPTION
    },
    || Opt {
        long: "map-users",
        takes: value("I:O:N", values::RANGE, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.map("map-users", Map::Ranges);
            sandbox.users.push(values::range(value)?);
            Some(())
        }),
        help: "N users from I on are those from O on outside; may be given several times",
        ..OPTION
    },
    || Opt {
        long: "map-groups",
        takes: value("I:O:N", values::RANGE, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.map("map-groups", Map::Ranges);
            sandbox.groups.push(values::range(value)?);
            Some(())
        }),
        help: "The same for groups",
        ..OPTION
    },
    || Opt {
        long: "setgroups",
        takes: value("WHAT", "allow or deny", |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.renew(Namespace::User);
            sandbox.setgroups = Some(match value {
                b"allow" => true,
                b"deny" => false,
                _ => return None,
            });
            Some(())
        }),
        help: "May the user namespace change its supplementary groups: allow or deny",
        ..OPTION
    },
    || Opt {
        long: "propagation",
        takes: value("TYPE", values::PROPAGATION, |config, value| {
            Sandbox::of(config).propagation = Some(values::propagation(value)?);
            Some(())
        }),
        help: "What crosses --mount: private (the default), slave, shared or unchanged",
        ..OPTION
    },
    || Opt {
        long: "mount-proc",
        takes: Takes::Optional {
            name: "DIR",
            accepts: values::DIRECTORY,
            set: |config, value| {
                let sandbox = Sandbox::of(config);
                sandbox.renew(Namespace::Mount);
                sandbox.proc = Some(values::directory(value.unwrap_or(b"/proc"))?);
                Some(())
            },
        },
        help: "Mount a new /proc, or on DIR",
        ..OPTION
    },
    || Opt {
        long: "hostname",
        takes: value("NAME", values::NAME, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.renew(Namespace::Uts);
            sandbox.hostname = Some(values::name(value)?);
            Some(())
        }),
        help: "The host name; implies --uts",
        ..OPTION
    },
    || Opt {
        long: "domainname",
        takes: value("NAME", values::NAME, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.renew(Namespace::Uts);
            sandbox.domainname = Some(values::name(value)?);
            Some(())
        }),
        help: "The NIS domain name; implies --uts",
        ..OPTION
    },
    || Opt {
        long: "monotonic",
        takes: value("SECONDS", values::SECONDS, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.renew(Namespace::Time);
            sandbox.monotonic = Some(values::seconds(value)?);
            Some(())
        }),
        help: "Added to the monotonic clock; implies --time",
        ..OPTION
    },
    || Opt {
        long: "boottime",
        takes: value("SECONDS", values::SECONDS, |config, value| {
            let sandbox = Sandbox::of(config);
            sandbox.renew(Namespace::Time);
            sandbox.boottime = Some(values::seconds(value)?);
            Some(())
        }),
        help: "Added to the boot-time clock; implies --time",
        ..OPTION
    },
    || Opt { long: "chdir", takes: CHDIR, help: "Start the command in DIR", ..OPTION },
    || Opt { long: "wd", takes: CHDIR, help: "The same, as in unshare(1)", ..OPTION },
    || Opt {
        long: "preserve-fds",
        takes: value("N", values::COUNT, |config, value| {
            Sandbox::of(config).preserve_fds = values::count(value)?;
            Some(())
        }),
        help: "Keep N descriptors from 3 on; in a sandbox the others are closed",
        ..OPTION
    },
    || Opt {
        long: "no-new-privs",
        takes: Takes::Switch(|config, _| Sandbox::of(config).no_new_privs = true),
        help: "No exec gives privileges: set-user-ID and file capabilities do nothing",
        ..OPTION
    },
    || Opt {
        long: "cap-drop",
        takes: value("CAP", CAPABILITY, |config, value| {
            let dropped = &mut Sandbox::of(config).cap_drop;
            *dropped = dropped.union(CapabilitySet::parse(value)?);
            Some(())
        }),
        help: "Take a capability away, or ALL; may be given several times",
        ..OPTION
    },
    || Opt {
        long: "cap-add",
        takes: value("CAP", CAPABILITY, |config, value| {
            let added = &mut Sandbox::of(config).cap_add;
            *added = added.union(CapabilitySet::parse(value)?);
            Some(())
        }),
        help: "Leave a capability that --cap-drop takes, and hand it to other users than root too",
        ..OPTION
    },
];
