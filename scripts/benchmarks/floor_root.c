/*
 * The floor of a sandbox with a root: the least that makes what the benchmark asks for, a new PID,
 * mount and UTS namespace, a root, /proc and /dev, without a libc.
 *
 * It hides nothing in /proc, copies nothing, forwards no signal, and follows every link in the
 * root. floor_root ROOT COMMAND [ARG]... Nobody should use it for anything else.
 */
#include "calls.h"

#if defined(__x86_64__)
enum { CHDIR = 80, MKDIRAT = 258, MKNODAT = 259, SYMLINKAT = 266, UMOUNT2 = 166, PIVOT_ROOT = 155,
       MOUNT = 165, UMASK = 95 };
#elif defined(__aarch64__)
enum { CHDIR = 49, MKDIRAT = 34, MKNODAT = 33, SYMLINKAT = 36, UMOUNT2 = 39, PIVOT_ROOT = 41,
       MOUNT = 40, UMASK = 166 };
#endif

enum { CLONE_NEWNS = 0x20000, CLONE_NEWUTS = 0x4000000, CLONE_NEWPID = 0x20000000,
       MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_BIND = 0x1000, MS_REC = 0x4000,
       MS_PRIVATE = 0x40000, MNT_DETACH = 2, S_IFCHR = 0020000 };

static void must(long answer) {
    if (answer < 0) leave(125);
}

static void mount(const char *what, const char *where, const char *kind, word flags) {
    must(call(MOUNT, (word)what, (word)where, (word)kind, flags));
}

static void node(const char *path, word mode, word device) {
    must(call(MKNODAT, -100, (word)path, S_IFCHR | mode, device));
}

static void link(const char *to, const char *path) {
    must(call(SYMLINKAT, (word)to, -100, (word)path, 0));
}

static void make_dev(void) {
    mount("tmpfs", "dev", "tmpfs", MS_NOSUID | MS_NOEXEC);
    node("dev/null", 0666, 0x103);
    node("dev/zero", 0666, 0x105);
    node("dev/full", 0666, 0x107);
    node("dev/random", 0666, 0x108);
    node("dev/urandom", 0666, 0x109);
    node("dev/tty", 0666, 0x500);
    link("pts/ptmx", "dev/ptmx");
    link("/proc/self/fd", "dev/fd");
    link("/proc/self/fd/0", "dev/stdin");
    link("/proc/self/fd/1", "dev/stdout");
    link("/proc/self/fd/2", "dev/stderr");
    must(call(MKDIRAT, -100, (word) "dev/pts", 0755, 0));
    must(call(MKDIRAT, -100, (word) "dev/shm", 0755, 0));
    mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC);
    mount("tmpfs", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV);
}

static void make_root(const char *root) {
    mount(0, "/", 0, MS_REC | MS_PRIVATE);
    mount(root, root, 0, MS_REC | MS_BIND);
    must(call(CHDIR, (word)root, 0, 0, 0));
    mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    make_dev();
    must(call(PIVOT_ROOT, (word) ".", (word) ".", 0, 0));
    must(call(UMOUNT2, (word) ".", MNT_DETACH, 0, 0));
    must(call(CHDIR, (word) "/", 0, 0, 0));
}

__attribute__((noreturn)) static void wait_for(long child) {
    int status;
    if (call(WAIT4, child, (word)&status, 0, 0) != child) leave(125);
    leave(status >> 8 & 0xff);
}

__attribute__((noreturn, used)) void begin(word *stack) {
    word argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    if (argc < 3) leave(125);
    long inner = call(CLONE, CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID | SIGCHLD, 0, 0, 0);
    must(inner);
    if (inner > 0) wait_for(inner);
    must(call(UMASK, 0, 0, 0, 0));
    make_root(argv[1]);
    /* The app is not PID 1. The child shares our memory until it execs. */
    long app = call(CLONE, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0);
    must(app);
    if (app > 0) wait_for(app);
    call(EXECVE, (word)argv[2], (word)(argv + 2), (word)envp, 0);
    leave(127);
}
