/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console_parent.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/exit_status.h"
#include "cli/stop_signals.h"
#include "ui/terminal_rescue.h"

typedef struct Parent {
    pid_t child;
    int signals; /* a signalfd */
    int let_go;  /* the child writes its exit status there when it wants no parent any more */
    LineSettings *line;
    bool done;
    int status;
} Parent;

/* The child's end; one byte is ever written to it. */
static int to_parent = -1;

static void signal_set(sigset_t *set)
{
    static const int numbers[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP, SIGCHLD};
    sigemptyset(set);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaddset(set, numbers[i]);
}

/* The shell sees only this process: it has to stop, too. */
static void stop_with_child(const Parent *parent)
{
    line_restore(parent->line, false);
    raise(SIGSTOP);
    kill(parent->child, SIGCONT);
}

static void take_child(Parent *parent)
{
    int how = 0;
    pid_t pid = waitpid(parent->child, &how, WNOHANG | WUNTRACED);
    if (pid != parent->child)
        return;
    if (WIFSTOPPED(how)) {
        stop_with_child(parent);
        return;
    }
    parent->done = true;
    parent->status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    line_restore(parent->line, true);
}

/* A SIGTSTP that the child sent to its whole group has stopped the child already. */
static void take_signal(Parent *parent)
{
    struct signalfd_siginfo info;
    if (read(parent->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    switch (info.ssi_signo) {
    case SIGCHLD:
        take_child(parent);
        break;
    case SIGTERM:
    case SIGHUP:
        stop_signals_pass_on(parent->child, (int)info.ssi_signo);
        break;
    case SIGTSTP:
        if ((pid_t)info.ssi_pid != parent->child)
            kill(parent->child, SIGTSTP);
        break;
    default: /* SIGINT and SIGQUIT are the child's business */
        break;
    }
}

static void take_letting_go(Parent *parent)
{
    unsigned char status = 0;
    ssize_t got = read(parent->let_go, &status, 1);
    if (got == -1 && errno == EINTR)
        return;
    if (got == 1) {
        parent->done = true;
        parent->status = status;
    }
    close(parent->let_go); /* the child's end was closed: it is ending, which SIGCHLD tells */
    parent->let_go = -1;
}

static int wait_for_child(Parent *parent)
{
    while (!parent->done) {
        struct pollfd in[] = {{parent->signals, POLLIN, 0}, {parent->let_go, POLLIN, 0}};
        if (poll(in, G_N_ELEMENTS(in), -1) == -1)
            continue;
        if (in[1].revents)
            take_letting_go(parent);
        if (!parent->done && in[0].revents)
            take_signal(parent);
    }
    return parent->status;
}

static void be_child(int end, pid_t parent, const sigset_t *mask)
{
    to_parent = end;
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (getppid() != parent) /* it died before that was asked for */
        raise(SIGHUP);
    sigprocmask(SIG_SETMASK, mask, NULL);
}

static bool fork_with(const int ends[2], const sigset_t *mask, int *status, Err *err)
{
    sigset_t set;
    signal_set(&set);
    Parent parent = {.let_go = ends[0], .signals = signalfd(-1, &set, SFD_CLOEXEC)};
    pid_t self = getpid();
    parent.line = line_settings();
    parent.child = parent.signals == -1 ? -1 : fork();
    if (parent.child == -1) {
        err_set(err, ERR_INTERNAL, "cannot start the console's own process: %s", g_strerror(errno));
        close(ends[0]);
        close(ends[1]);
    } else if (parent.child == 0) {
        close(ends[0]);
        be_child(ends[1], self, mask);
    } else {
        signal(SIGTTOU, SIG_IGN); /* the terminal is given back from wherever this process stands */
        close(ends[1]);
        *status = wait_for_child(&parent);
    }
    if (parent.signals != -1)
        close(parent.signals);
    g_free(parent.line);
    return parent.child == 0;
}

bool console_parent_fork(int *status, Err *err)
{
    int ends[2];
    sigset_t set, mask;
    if (pipe2(ends, O_CLOEXEC) == -1)
        return err_set(err, ERR_INTERNAL, "cannot make a pipe: %s", g_strerror(errno));
    signal_set(&set);
    sigprocmask(SIG_BLOCK, &set, &mask); /* before the fork, so that none gets lost */
    return fork_with(ends, &mask, status, err);
}

void console_parent_let_go(int status)
{
    unsigned char byte = (unsigned char)status;
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; nowhere != -1 && fd <= STDERR_FILENO; fd++)
        (void)dup2(nowhere, fd);
    if (nowhere > STDERR_FILENO)
        close(nowhere);
    prctl(PR_SET_PDEATHSIG, 0);
    (void)setsid();
    while (to_parent != -1 && write(to_parent, &byte, 1) == -1 && errno == EINTR)
        ;
    if (to_parent != -1)
        close(to_parent);
    to_parent = -1;
}
