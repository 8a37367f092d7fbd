/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/terminal.h"

#include <curses.h>
#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <term.h>
#include <unistd.h>
#include <wchar.h>

#include "ui/terminal_rescue.h"
#include "ui/terminal_scroll.h"

#define ESCAPE_MS 50
/* Also those that mean nothing here: for an event that was not asked for, curses would wait until the next key. */
#define EACH_BUTTON                                                                                                                \
    (BUTTON1_PRESSED | BUTTON1_RELEASED | BUTTON2_PRESSED | BUTTON2_RELEASED | BUTTON3_PRESSED | BUTTON3_RELEASED |                \
     BUTTON4_PRESSED | BUTTON4_RELEASED | BUTTON5_PRESSED | BUTTON5_RELEASED)

struct Terminal {
    SCREEN *screen;
    int width, height, colours;
    Cell *shown; /* the last frame, width × height; NULL: nothing is known */
    attr_t attributes[STYLE_COUNT];
    short pairs[STYLE_COUNT];
    bool caret, mouse;
    int caret_x, caret_y;
    int64_t clicked_ms;
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

static void settle(void)
{
    raw(); /* Ctrl-C and Ctrl-Z are keys: neither may end a job */
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    intrflush(stdscr, FALSE);
    idlok(stdscr, TRUE);
    typeahead(-1); /* a frame that is broken off when a key comes would stay so: the next one may have nothing to add */
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
    settle();
    add_arrows();
    if (has_colors() && start_color() == OK && use_default_colors() == OK)
        terminal->colours = COLORS;
    ask_size(terminal);
    terminal_theme(terminal, theme);
    curs_set(0);
    leaveok(stdscr, TRUE);
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
    delscreen(terminal->screen);
    g_free(terminal->shown);
    g_free(terminal);
}

void terminal_size(const Terminal *terminal, int *width, int *height)
{
    *width = terminal->width;
    *height = terminal->height;
}

void terminal_theme(Terminal *terminal, Theme theme)
{
    for (int i = 0; i < STYLE_COUNT; i++) {
        Look look = theme_look(theme, terminal->colours, (Style)i);
        terminal->attributes[i] = (look.flags & LOOK_BOLD ? A_BOLD : 0) | (look.flags & LOOK_DIM ? A_DIM : 0) |
                                  (look.flags & LOOK_REVERSE ? A_REVERSE : 0) | (look.flags & LOOK_UNDERLINE ? A_UNDERLINE : 0);
        terminal->pairs[i] = 0;
        if (look.foreground == -1 && look.background == -1)
            continue;
        terminal->pairs[i] = (short)(i + 1);
        init_pair(terminal->pairs[i], look.foreground, look.background);
    }
    g_clear_pointer(&terminal->shown, g_free);
}

void terminal_mouse(Terminal *terminal, bool on)
{
    if (on == terminal->mouse)
        return;
    terminal->mouse = on;
    mouseinterval(0);
    mousemask(on ? EACH_BUTTON : 0, NULL);
}

/* What the C library counts otherwise than we do would push the rest of the row aside. */
static void to_wide(const Cell *cell, int cells, wchar_t *out, size_t size)
{
    size_t count = 0;
    for (const char *at = cell->text; *at && count + 1 < size && count < CCHARW_MAX; at = g_utf8_next_char(at)) {
        wchar_t c = (wchar_t)g_utf8_get_char(at);
        int width = wcwidth(c);
        if (count == 0 && width != cells) {
            out[count++] = L'?';
            break;
        }
        if (count > 0 && width != 0)
            continue;
        out[count++] = c;
    }
    out[count] = L'\0';
}

static void write_cell(Terminal *terminal, const Canvas *canvas, int x, int y)
{
    const Cell *cell = canvas_cell(canvas, x, y);
    if (!cell->text[0]) /* written with its left half */
        return;
    bool wide = x + 1 < canvas_width(canvas) && !canvas_cell(canvas, x + 1, y)->text[0];
    wchar_t text[CCHARW_MAX + 1];
    cchar_t out;
    to_wide(cell, wide ? 2 : 1, text, G_N_ELEMENTS(text));
    setcchar(&out, text, terminal->attributes[cell->style], terminal->pairs[cell->style], NULL);
    mvadd_wch(y, x, &out);
    if (wide && text[0] == L'?')
        mvaddch(y, x + 1, '?' | terminal->attributes[cell->style]);
}

/* In a step of its own, for curses would rather write the row anew that the cursor has left. */
static void scroll_rows(Terminal *terminal, const Canvas *canvas)
{
    ScrollMove move;
    if (!terminal->shown || !scroll_find(terminal->shown, canvas, &move))
        return;
    scroll_apply(terminal->shown, terminal->width, &move);
    scrollok(stdscr, TRUE);
    setscrreg(move.top, move.bottom);
    scrl(move.by);
    setscrreg(0, terminal->height - 1);
    scrollok(stdscr, FALSE);
    refresh();
}

static bool write_cells(Terminal *terminal, const Canvas *canvas)
{
    size_t size = (size_t)terminal->width * (size_t)terminal->height;
    bool all = !terminal->shown, wrote = false;
    if (all) {
        terminal->shown = g_new0(Cell, size);
        erase();
    }
    for (int y = 0; y < terminal->height; y++)
        for (int x = 0; x < terminal->width; x++) {
            Cell *shown = &terminal->shown[(size_t)y * (size_t)terminal->width + (size_t)x];
            const Cell *cell = canvas_cell(canvas, x, y);
            if (!all && shown->style == cell->style && !strcmp(shown->text, cell->text))
                continue;
            *shown = *cell;
            write_cell(terminal, canvas, x, y);
            wrote = true;
        }
    return wrote;
}

void terminal_show(Terminal *terminal, const Canvas *canvas)
{
    int x = 0, y = 0;
    scroll_rows(terminal, canvas);
    bool caret = canvas_caret_at(canvas, &x, &y), wrote = write_cells(terminal, canvas);
    bool moved = caret != terminal->caret || (caret && (x != terminal->caret_x || y != terminal->caret_y));
    if (!wrote && !moved)
        return;
    if (caret != terminal->caret) {
        curs_set(caret);
        leaveok(stdscr, !caret);
    }
    terminal->caret = caret;
    terminal->caret_x = x;
    terminal->caret_y = y;
    if (caret)
        move(y, x);
    refresh();
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
    g_clear_pointer(&terminal->shown, g_free);
    clearok(stdscr, TRUE);
}

void terminal_resized(Terminal *terminal)
{
    reset_prog_mode(); /* after a SIGSTOP the shell may have set the line its own way */
    ask_size(terminal);
    resizeterm(terminal->height, terminal->width);
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

/* False: no event is left that means something. */
static bool take_mouse(UiKey *key)
{
    MEVENT event;
    while (key->code == UIKEY_NONE && getmouse(&event) == OK) {
        key->x = event.x;
        key->y = event.y;
        if (event.bstate & BUTTON4_PRESSED)
            key->code = UIKEY_WHEEL_UP;
        else if (event.bstate & BUTTON5_PRESSED)
            key->code = UIKEY_WHEEL_DOWN;
        else if (event.bstate & BUTTON1_PRESSED)
            key->code = UIKEY_MOUSE;
    }
    return key->code != UIKEY_NONE;
}

static uint32_t key_of_character(wint_t c)
{
    switch (c) {
    case '\r':
    case '\n':
        return UIKEY_ENTER;
    case '\t':
        return UIKEY_TAB;
    case 0x1b:
        return UIKEY_ESCAPE;
    case 0x7f:
    case '\b':
        return UIKEY_BACKSPACE;
    default:
        return (uint32_t)c;
    }
}

bool terminal_key(Terminal *terminal, UiKey *key)
{
    *key = (UiKey){.code = UIKEY_NONE};
    if (terminal->mouse && take_mouse(key))
        return true; /* two clicks that arrive at once are one KEY_MOUSE, but two events */
    wint_t c = 0;
    int kind = get_wch(&c);
    while (kind == KEY_CODE_YES && c == KEY_MOUSE && !take_mouse(key))
        kind = get_wch(&c);
    if (kind == ERR)
        return false;
    if (key->code == UIKEY_NONE)
        key->code = kind == KEY_CODE_YES ? key_of_curses((int)c) : key_of_character(c);
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
    settle();
    terminal_resized(terminal);
    curs_set(terminal->caret);
    terminal_mouse(terminal, mouse);
}
