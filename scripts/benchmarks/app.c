/*
 * What the inits of the benchmark run: a program that costs next to nothing itself.
 *
 *   app stamp      writes the time and exits
 *   app echo       writes the time, and that of each signal that it takes; TERM ends it
 *   app orphans N  makes N orphans, one after the other, before that
 *
 * Times are of CLOCK_MONOTONIC, two words on stdout: seconds and nanoseconds.
 */
#include "calls.h"

enum { SIGTERM = 15, CLOCK_MONOTONIC = 1 };

static word all = ~0ul;

static void stamp(void) {
    word now[2];
    call(CLOCK_GETTIME, CLOCK_MONOTONIC, (word)now, 0, 0);
    call(WRITE, 1, (word)now, sizeof now, 0);
}

static int take(void) {
    int signal;
    while ((signal = call(RT_SIGTIMEDWAIT, (word)&all, 0, 0, sizeof all)) < 0) {}
    return signal;
}

/* A child that leaves a child of its own behind. */
static void orphan(void) {
    long child = call(CLONE, SIGCHLD, 0, 0, 0);
    if (child == 0) {
        call(CLONE, SIGCHLD, 0, 0, 0);
        leave(0);
    }
    call(WAIT4, child, 0, 0, 0);
}

static word number(const char *text) {
    word value = 0;
    while (*text) value = value * 10 + (*text++ - '0');
    return value;
}

__attribute__((noreturn, used)) void begin(word *stack) {
    char **argv = (char **)(stack + 1);
    char mode = stack[0] > 1 ? argv[1][0] : 0;
    call(RT_SIGPROCMASK, SIG_SETMASK, (word)&all, 0, sizeof all);
    if (mode == 'o')
        for (word left = number(argv[2]); left > 0; left--) orphan();
    stamp();
    for (int signal = mode == 's' ? SIGTERM : 0; signal != SIGTERM;)
        if ((signal = take()) != SIGCHLD) stamp();
    leave(0);
}
