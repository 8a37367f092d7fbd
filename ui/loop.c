/* SPDX-License-Identifier: Apache-2.0 */
/* The one loop: keys, wake-ups of workers, signals and the clock. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/time.h"
#include "ui/ui_private.h"

enum { BUSY_TICK_MS = 1000, FRAME_MS = 100, LEAST_WAIT_MS = 5 };

/* Written by handlers, read by the loop: one byte per kind, however often it came. */
static int signal_pipe[2] = {-1, -1};

static void note_signal(int number)
{
    int saved = errno;
    char byte = number == SIGWINCH ? 'w' : number == SIGTSTP ? 'z' : 'c';
    (void)!write(signal_pipe[1], &byte, 1);
    errno = saved;
}

static bool catch_signals(struct sigaction before[3])
{
    static const int numbers[] = {SIGWINCH, SIGTSTP, SIGCONT};
    if (pipe2(signal_pipe, O_CLOEXEC | O_NONBLOCK) == -1)
        return false;
    struct sigaction action = {.sa_handler = note_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        sigaction(numbers[i], &action, &before[i]);
    return true;
}

static void drain(int fd)
{
    char bytes[256];
    while (fd >= 0 && read(fd, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

static void restore_signals(const struct sigaction before[3])
{
    sigaction(SIGWINCH, &before[0], NULL);
    sigaction(SIGTSTP, &before[1], NULL);
    sigaction(SIGCONT, &before[2], NULL);
    for (int i = 0; i < 2; i++) {
        close(signal_pipe[i]);
        signal_pipe[i] = -1;
    }
}

/* However many resizes there were, the last size is what counts. */
static void take_signals(Ui *ui)
{
    char bytes[256];
    ssize_t got = read(signal_pipe[0], bytes, sizeof bytes);
    bool resized = false;
    for (ssize_t i = 0; i < got; i++) {
        resized = resized || bytes[i] != 'z';
        ui->suspend = ui->suspend || bytes[i] == 'z';
    }
    if (!resized)
        return;
    int width = 0, height = 0;
    terminal_resized(ui->terminal);
    terminal_size(ui->terminal, &width, &height);
    canvas_resize(ui->canvas, width, height);
    stack_stale(ui);
}

static void suspend(Ui *ui)
{
    int width = 0, height = 0;
    ui->suspend = false;
    settings_flush(ui->settings); /* whoever is stopped holds no lock */
    terminal_suspend(ui->terminal);
    terminal_size(ui->terminal, &width, &height);
    canvas_resize(ui->canvas, width, height);
    drain(signal_pipe[0]);
    asks_again(ui);
    stack_stale(ui);
}

/* Milliseconds until something is to be done by itself. */
static int wait_ms(const Ui *ui)
{
    int64_t now = clock_mono_ms(), until = asks_next_ms(ui) - now;
    int64_t minute_ms = 60000 - (clock_now_us() / 1000) % 60000;
    if (!ui_rests(ui))
        until = MIN(until, ui->key_ms + REST_MS - now);
    until = MIN(until, ui->live_runs ? BUSY_TICK_MS - (clock_now_us() / 1000) % BUSY_TICK_MS : minute_ms);
    return (int)CLAMP(until, LEAST_WAIT_MS, 60000);
}

/* Every key that is there, then one frame for all of them. */
static void take_keys(Ui *ui)
{
    UiKey key;
    ui->key_ms = ui->now_ms;
    while (!ui->leaving && terminal_key(ui->terminal, &key))
        ui_key(ui, &key);
}

static void turn(Ui *ui, struct pollfd in[4])
{
    int wait = wait_ms(ui);
    (void)poll(in, 4, wait); /* interrupted: what is there is looked at below */
    ui_clock(ui);
    if (in[3].revents)
        take_signals(ui);
    if (in[0].revents & (POLLHUP | POLLERR | POLLNVAL))
        ui->lost = true;
    else if (in[0].revents)
        take_keys(ui);
    if (in[2].revents && ui->setup.stop_signal && ui->setup.stop_signal())
        ui->leaving = true;
    if (in[1].revents)
        drain(ui->setup.wake_fd);
    if (!in[0].revents)
        ui_look(ui);
}

static void run_terminal(Ui *ui)
{
    struct pollfd in[] = {
        {STDIN_FILENO, POLLIN, 0}, {ui->setup.wake_fd, POLLIN, 0}, {ui->setup.stop_fd, POLLIN, 0}, {signal_pipe[0], POLLIN, 0}};
    while (!ui->leaving && !ui->lost) {
        if (ui->suspend)
            suspend(ui);
        ui_draw(ui);
        asks_send(ui);
        turn(ui, in);
    }
}

static int open_and_run(Ui *ui)
{
    Err err = {0};
    int width = 0, height = 0;
    ui->terminal = terminal_open(ui->theme, &err);
    if (!ui->terminal) {
        (void)fprintf(stderr, "tidemark: %s\n  %s\n", err.message, err.hint);
        return 2;
    }
    terminal_size(ui->terminal, &width, &height);
    ui->canvas = canvas_new(width, height, ui->setup.ascii);
    stack_begin(ui);
    run_terminal(ui);
    return ui_exit_status(ui);
}

int ui_run(const UiSetup *setup, bool *detached)
{
    struct sigaction before[3];
    Ui *ui = ui_new(setup);
    int status = 2;
    *detached = false;
    if (setup->script) {
        status = script_run(ui);
    } else if (catch_signals(before)) {
        status = open_and_run(ui);
        if (ui->terminal)
            ui_look(ui); /* a job may have been started since the last look */
        /* A lost terminal, or a hangup, ends the screen and not the jobs. */
        bool hung_up = ui->lost || (setup->stop_signal && setup->stop_signal() == SIGHUP);
        *detached = setup->can_detach && ui_runs_here(ui) && (hung_up || ui->detach);
        ui->detach = *detached;
        restore_signals(before);
    }
    ui_free(ui);
    return status;
}
