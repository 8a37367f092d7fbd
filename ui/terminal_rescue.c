/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal_rescue.h"

#include <curses.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

/* A signal handler can reach nothing else than what is static. */
static struct {
    struct sigaction before[G_N_ELEMENTS(crashes)];
    struct termios line;
    bool has_line;
    volatile sig_atomic_t armed;
    int errors; /* the real stderr; -1: it was left alone */
    char bytes[256];
    size_t len;
} rescue = {.errors = -1};

static void give_back(int number)
{
    if (rescue.armed) {
        rescue.armed = 0;
        (void)!write(STDOUT_FILENO, rescue.bytes, rescue.len);
        if (rescue.has_line)
            (void)tcsetattr(STDIN_FILENO, TCSANOW, &rescue.line);
        if (rescue.errors != -1)
            (void)dup2(rescue.errors, STDERR_FILENO);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        if (crashes[i] == number)
            (void)sigaction(number, &rescue.before[i], NULL);
    (void)raise(number); /* blocked until this returns */
}

/* Without the pauses that old terminals want: there is nothing behind that they could disturb. */
static void append(const char *capability)
{
    for (const char *at = capability ? capability : ""; *at && rescue.len < sizeof rescue.bytes; at++) {
        const char *end = at[0] == '$' && at[1] == '<' ? strchr(at, '>') : NULL;
        if (end)
            at = end;
        else
            rescue.bytes[rescue.len++] = *at;
    }
}

static void set_errors_aside(void)
{
    int nowhere = isatty(STDERR_FILENO) ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    rescue.errors = -1;
    if (nowhere == -1)
        return;
    rescue.errors = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (rescue.errors != -1)
        (void)dup2(nowhere, STDERR_FILENO);
    close(nowhere);
}

void rescue_arm(void)
{
    rescue.len = 0;
    rescue.has_line = tcgetattr(STDIN_FILENO, &rescue.line) != -1;
    struct sigaction action = {.sa_handler = give_back, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &action, &rescue.before[i]);
    set_errors_aside();
    rescue.armed = 1;
}

void rescue_learn(void)
{
    append(exit_attribute_mode);
    append(exit_ca_mode);
    append(cursor_normal);
    append(keypad_local);
    append("\033[?1000l\r\n"); /* the mouse, whatever it was */
}

struct LineSettings {
    struct termios line;
};

LineSettings *line_settings(void)
{
    LineSettings *settings = g_new0(LineSettings, 1);
    if (tcgetattr(STDIN_FILENO, &settings->line) == -1)
        g_clear_pointer(&settings, g_free);
    return settings;
}

void line_restore(const LineSettings *before, bool ended)
{
    struct termios now;
    int error = 0;
    if (!before || tcgetattr(STDIN_FILENO, &now) == -1 || (now.c_lflag & ICANON) == (before->line.c_lflag & ICANON))
        return;
    (void)tcsetattr(STDIN_FILENO, TCSANOW, &before->line);
    if (!ended || setupterm(NULL, STDOUT_FILENO, &error) == ERR)
        return;
    rescue.len = 0;
    rescue_learn();
    (void)!write(STDOUT_FILENO, rescue.bytes, rescue.len);
}

void rescue_disarm(void)
{
    rescue.armed = 0;
    if (rescue.errors != -1) {
        (void)dup2(rescue.errors, STDERR_FILENO);
        close(rescue.errors);
        rescue.errors = -1;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &rescue.before[i], NULL);
}
