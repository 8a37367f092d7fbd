/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/stop_signals.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static atomic_int first_signal;
static atomic_bool caught, headless;
static int told[2] = {-1, -1};

static void *wait_for_signals(void *data)
{
    const sigset_t *set = data;
    for (;;) {
        siginfo_t info;
        int number = sigwaitinfo(set, &info), none = 0, first = atomic_load(&first_signal);
        if (number == -1 || (number == SIGHUP && atomic_load(&headless)))
            continue;
        if (first && (info.si_code == SI_QUEUE || (number == SIGHUP && first == SIGHUP)))
            continue;
        if (!atomic_load(&caught) || !atomic_compare_exchange_strong(&first_signal, &none, number))
            _exit(128 + number);
        while (write(told[1], "", 1) == -1 && errno == EINTR)
            ;
    }
    return NULL;
}

static bool is_ignored(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) != -1 && action.sa_handler == SIG_IGN;
}

bool stop_signals_begin(bool batch, Err *err)
{
    static sigset_t set;
    pthread_t thread;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (!is_ignored(SIGHUP))
        sigaddset(&set, SIGHUP);
    if (batch || !is_ignored(SIGINT))
        sigaddset(&set, SIGINT);
    signal(SIGPIPE, SIG_IGN);
    /* An ignored signal is thrown away before sigwait() could see it, unless it is blocked; so all of the set are blocked first. */
    int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
    if (!error && pipe2(told, O_CLOEXEC | O_NONBLOCK) == -1)
        error = errno;
    if (!error)
        error = pthread_create(&thread, NULL, wait_for_signals, &set);
    if (error)
        return err_set(err, ERR_INTERNAL, "cannot wait for signals: %s", g_strerror(error));
    pthread_detach(thread);
    return true;
}

void stop_signals_catch(void)
{
    atomic_store(&caught, true);
}

int stop_signals_fd(void)
{
    return told[0];
}

int stop_signals_first(void)
{
    return atomic_load(&first_signal);
}

void stop_signals_headless(void)
{
    char byte;
    atomic_store(&headless, true);
    atomic_store(&first_signal, 0);
    while (read(told[0], &byte, 1) == 1)
        ;
}

void stop_signals_pass_on(pid_t to, int number)
{
    union sigval nothing = {0};
    (void)sigqueue(to, number, nothing);
}
