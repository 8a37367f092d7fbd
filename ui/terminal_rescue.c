/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal_rescue.h"

#include <curses.h>
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
    char bytes[256];
    size_t len;
} rescue;

static void give_back(int number)
{
    if (rescue.armed) {
        rescue.armed = 0;
        (void)!write(STDOUT_FILENO, rescue.bytes, rescue.len);
        if (rescue.has_line)
            (void)tcsetattr(STDIN_FILENO, TCSANOW, &rescue.line);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        if (crashes[i] == number)
            (void)sigaction(number, &rescue.before[i], NULL);
    (void)raise(number); /* blocked until this returns */
}

static void append(const char *capability)
{
    size_t len = capability ? strlen(capability) : 0;
    if (len == 0 || len > sizeof rescue.bytes - rescue.len)
        return;
    memcpy(rescue.bytes + rescue.len, capability, len);
    rescue.len += len;
}

void rescue_arm(void)
{
    rescue.len = 0;
    rescue.has_line = tcgetattr(STDIN_FILENO, &rescue.line) != -1;
    struct sigaction action = {.sa_handler = give_back, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &action, &rescue.before[i]);
    rescue.armed = 1;
}

void rescue_learn(void)
{
    append(exit_attribute_mode);
    append(exit_ca_mode);
    append(cursor_normal);
    append(keypad_local);
    append("\r\n");
}

void rescue_disarm(void)
{
    rescue.armed = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(crashes); i++)
        sigaction(crashes[i], &rescue.before[i], NULL);
}
