/*
 * The floor of the benchmark: the least that a correct init does, without a libc.
 *
 * It starts argv[1] (a path) with the caller's signal mask, forwards every signal to it,
 * reaps everybody, and ends with its status. Nobody should use it for anything else.
 */
#include "calls.h"

static inline int status_of(int status) {
    return status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff;
}

/* Forwards and reaps until `child` has ended. */
__attribute__((noreturn)) static void supervise(long child, const word *all) {
    for (;;) {
        int signal = call(RT_SIGTIMEDWAIT, (word)all, 0, 0, sizeof *all);
        if (signal < 0) continue;
        if (signal != SIGCHLD) {
            call(KILL, child, signal, 0, 0);
            continue;
        }
        int status, found = -1;
        for (long pid; (pid = call(WAIT4, -1, (word)&status, WNOHANG, 0)) > 0;)
            if (pid == child) found = status_of(status);
        if (found >= 0) leave(found);
    }
}

__attribute__((noreturn, used)) void begin(word *stack) {
    word argc = stack[0];
    char **argv = (char **)(stack + 1), **envp = argv + argc + 1;
    word all = ~0ul, before = 0;
    call(RT_SIGPROCMASK, SIG_SETMASK, (word)&all, (word)&before, sizeof all);
    if (argc < 2) leave(125);
    /* The child shares our memory and our stack, and we are suspended until it execs. */
    long child = call(CLONE, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0);
    if (child == 0) {
        call(SETPGID, 0, 0, 0, 0);
        call(RT_SIGPROCMASK, SIG_SETMASK, (word)&before, 0, sizeof before);
        call(EXECVE, (word)argv[1], (word)(argv + 1), (word)envp, 0);
        leave(127);
    }
    if (child < 0) leave(125);
    supervise(child, &all);
}
