/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal.h"

#include <curses.h>
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>

#include "ui/terminal_frame.h"
#include "ui/terminal_rescue.h"

#define ESCAPE_MS 50

struct Terminal {
    SCREEN *screen;
    WINDOW *keys; /* curses draws nothing: it opens the terminal, reads its keys and gives it back */
    TerminalFrame *frame;
    GString *bytes;
    int width, height;
    bool mouse;
};

static void ask_size(Terminal *terminal)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == -1 || size.ws_col == 0 || size.ws_row == 0) {
        size.ws_col = (unsigned short)COLS;
        size.ws_row = (unsigned short)LINES;
    }
    terminal->width = MIN(size.ws_col, CANVAS_MOST);
    terminal->height = MIN(size.ws_row, CANVAS_MOST);
}

static void settle(WINDOW *keys)
{
    raw(); /* Ctrl-C and Ctrl-Z are keys: neither may end a job */
    noecho();
    nonl();
    keypad(keys, TRUE);
    nodelay(keys, TRUE);
    intrflush(keys, FALSE);
}

/* Terminals that do not change over to application keys, whatever their description says. */
static void add_arrows(void)
{
    static const struct {
        const char *bytes;
        int code;
    } arrows[] = {{"\033[A", KEY_UP},    {"\033[B", KEY_DOWN}, {"\033[C", KEY_RIGHT}, {"\033[D", KEY_LEFT},
                  {"\033[H", KEY_HOME},  {"\033[F", KEY_END},  {"\033OA", KEY_UP},    {"\033OB", KEY_DOWN},
                  {"\033OC", KEY_RIGHT}, {"\033OD", KEY_LEFT}, {"\033OH", KEY_HOME},  {"\033OF", KEY_END}};
    for (size_t i = 0; i < G_N_ELEMENTS(arrows); i++)
        define_key(arrows[i].bytes, arrows[i].code);
}

/* A screen of its own, which is blank. */
static void enter(void)
{
    refresh();
    curs_set(0);
}

Terminal *terminal_open(Theme theme, Err *err)
{
    const char *name = g_getenv("TERM");
    SCREEN *screen = NULL;
    set_escdelay(ESCAPE_MS);
    rescue_arm();
    screen = newterm(NULL, stdout, stdin);
    if (!screen || !cursor_address) {
        if (screen) {
            endwin();
            delscreen(screen);
        }
        rescue_disarm();
        err_set(err, ERR_USAGE, "the console cannot work on a terminal of the type `%s`", name ? name : "");
        err_hint(err, "set TERM to what your terminal is (xterm-256color, tmux-256color, linux, vt100 …)");
        return NULL;
    }
    Terminal *terminal = g_new0(Terminal, 1);
    terminal->screen = screen;
    terminal->keys = newpad(1, 1); /* reading from a window would draw it */
    terminal->frame = terminal_frame_new();
    terminal->bytes = g_string_new(NULL);
    settle(terminal->keys);
    add_arrows();
    ask_size(terminal);
    terminal_theme(terminal, theme);
    enter();
    rescue_learn();
    return terminal;
}

void terminal_close(Terminal *terminal)
{
    if (!terminal)
        return;
    terminal_mouse(terminal, false);
    curs_set(1);
    endwin();
    rescue_disarm();
    delwin(terminal->keys);
    delscreen(terminal->screen);
    terminal_frame_free(terminal->frame);
    g_string_free(terminal->bytes, TRUE);
    g_free(terminal);
}

void terminal_size(const Terminal *terminal, int *width, int *height)
{
    *width = terminal->width;
    *height = terminal->height;
}

void terminal_theme(Terminal *terminal, Theme theme)
{
    terminal_frame_theme(terminal->frame, theme);
}

void terminal_mouse(Terminal *terminal, bool on)
{
    if (on == terminal->mouse)
        return;
    terminal->mouse = on;
    mouseinterval(0);
    mousemask(on ? BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED : 0, NULL);
}

void terminal_show(Terminal *terminal, const Canvas *canvas)
{
    g_string_truncate(terminal->bytes, 0);
    terminal_frame_add(terminal->frame, canvas, terminal->bytes);
    terminal_send(terminal, terminal->bytes->str, terminal->bytes->len);
}

void terminal_bell(Terminal *terminal)
{
    terminal_send(terminal, "\a", 1);
}

void terminal_send(Terminal *terminal, const char *bytes, size_t len)
{
    (void)terminal;
    while (len > 0) {
        ssize_t sent = write(STDOUT_FILENO, bytes, len);
        if (sent == -1 && errno == EINTR)
            continue;
        if (sent <= 0)
            return;
        bytes += sent;
        len -= (size_t)sent;
    }
}

void terminal_repaint(Terminal *terminal)
{
    terminal_frame_forget(terminal->frame);
}

void terminal_resized(Terminal *terminal)
{
    reset_prog_mode(); /* after a SIGSTOP the shell may have set the line its own way */
    ask_size(terminal);
    resize_term(terminal->height, terminal->width);
    terminal_repaint(terminal);
}

static uint32_t key_of_curses(int code)
{
    static const struct {
        int curses;
        uint32_t code;
    } keys[] = {
        {KEY_UP, UIKEY_UP},       {KEY_DOWN, UIKEY_DOWN},    {KEY_LEFT, UIKEY_LEFT},           {KEY_RIGHT, UIKEY_RIGHT},
        {KEY_HOME, UIKEY_HOME},   {KEY_END, UIKEY_END},      {KEY_PPAGE, UIKEY_PAGE_UP},       {KEY_NPAGE, UIKEY_PAGE_DOWN},
        {KEY_ENTER, UIKEY_ENTER}, {KEY_BTAB, UIKEY_BACKTAB}, {KEY_BACKSPACE, UIKEY_BACKSPACE}, {KEY_DC, UIKEY_DELETE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].curses == code)
            return keys[i].code;
    return UIKEY_NONE;
}

/* False: no event is left. */
static bool take_mouse(UiKey *key)
{
    MEVENT event;
    if (getmouse(&event) == ERR)
        return false;
    key->x = event.x;
    key->y = event.y;
    if (event.bstate & BUTTON4_PRESSED)
        key->code = UIKEY_WHEEL_UP;
    else if (event.bstate & BUTTON5_PRESSED)
        key->code = UIKEY_WHEEL_DOWN;
    else if (event.bstate & BUTTON1_PRESSED)
        key->code = UIKEY_MOUSE;
    return true;
}

bool terminal_key(Terminal *terminal, UiKey *key)
{
    wint_t c = 0;
    *key = (UiKey){.code = UIKEY_NONE};
    if (terminal->mouse && take_mouse(key))
        return true; /* two clicks that arrive at once are one KEY_MOUSE, but two events */
    int kind = wget_wch(terminal->keys, &c);
    if (kind == ERR)
        return false;
    if (kind == KEY_CODE_YES && c == KEY_MOUSE)
        take_mouse(key);
    else if (kind == KEY_CODE_YES)
        key->code = key_of_curses((int)c);
    else if (c == '\r' || c == '\n')
        key->code = UIKEY_ENTER;
    else if (c == '\t')
        key->code = UIKEY_TAB;
    else if (c == 0x1b)
        key->code = UIKEY_ESCAPE;
    else if (c == 0x7f || c == '\b')
        key->code = UIKEY_BACKSPACE;
    else
        key->code = (uint32_t)c;
    return true;
}

void terminal_suspend(Terminal *terminal)
{
    bool mouse = terminal->mouse;
    terminal_mouse(terminal, false);
    curs_set(1);
    endwin();
    struct sigaction plain = {.sa_handler = SIG_DFL}, before;
    sigaction(SIGTSTP, &plain, &before);
    kill(0, SIGTSTP); /* all of the job, as the terminal's driver would */
    sigaction(SIGTSTP, &before, NULL);
    settle(terminal->keys);
    enter();
    terminal_resized(terminal);
    terminal_mouse(terminal, mouse);
}
