/* SPDX-License-Identifier: Apache-2.0 */
/* The console without a terminal: keys from a file, frames as text. docs/testing.md lists the commands. */
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "model/time.h"
#include "ui/ui_private.h"

enum { WIDTH = 80, HEIGHT = 24, LOOK_MS = 50 };

typedef struct Script {
    Ui *ui;
    const char *file;
    int line;
    bool failed;
} Script;

static bool complain(Script *script, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool complain(Script *script, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    (void)fprintf(stderr, "tidemark: %s:%d: %s\n", script->file, script->line, text);
    script->failed = true;
    return false;
}

static void frame(Ui *ui)
{
    ui_clock(ui);
    ui_look(ui);
    ui_draw(ui);
    asks_send(ui);
}

static bool run_size(Script *script, char **words, int count)
{
    int64_t width = 0, height = 0;
    if (count != 3 || !g_ascii_string_to_signed(words[1], 10, 1, CANVAS_MOST, &width, NULL) ||
        !g_ascii_string_to_signed(words[2], 10, 1, CANVAS_MOST, &height, NULL))
        return complain(script, "expected `size COLUMNS ROWS`");
    canvas_resize(script->ui->canvas, (int)width, (int)height);
    stack_stale(script->ui);
    return true;
}

static bool run_open(Script *script, char **words, int count)
{
    if (count < 2 || count > 3 || !screen_find(words[1]))
        return complain(script, "expected `open SCREEN [ARGUMENT]`, found no screen `%s`", count > 1 ? words[1] : "");
    ui_open(script->ui, words[1], count > 2 ? words[2] : NULL);
    stack_apply(script->ui);
    return true;
}

static bool run_key(Script *script, char **words, int count)
{
    for (int i = 1; i < count; i++) {
        UiKey key;
        if (!key_parse(words[i], &key))
            return complain(script, "unknown key `%s`", words[i]);
        ui_key(script->ui, &key);
        frame(script->ui);
    }
    return true;
}

static bool run_click(Script *script, char **words, int count)
{
    int64_t x = 0, y = 0;
    if (count < 3 || !g_ascii_string_to_signed(words[1], 10, 0, CANVAS_MOST, &x, NULL) ||
        !g_ascii_string_to_signed(words[2], 10, 0, CANVAS_MOST, &y, NULL))
        return complain(script, "expected `click COLUMN ROW [twice]`");
    UiKey key = {.code = UIKEY_MOUSE, .x = (int)x, .y = (int)y, .twice = count > 3};
    ui_key(script->ui, &key);
    return true;
}

static bool run_type(Script *script, char **words, int count)
{
    if (count != 2)
        return complain(script, "expected `type TEXT`");
    for (const char *at = words[1]; *at; at = g_utf8_next_char(at)) {
        UiKey key = {.code = g_utf8_get_char(at)};
        ui_key(script->ui, &key);
    }
    return true;
}

static bool run_time(Script *script, char **words, int count)
{
    if (count != 2 || !time_parse(words[1], strlen(words[1]), &script->ui->pinned_us, NULL, NULL))
        return complain(script, "expected `time 2024-01-15T10:00:00Z`");
    return true;
}

static bool run_ended(const Ui *ui)
{
    bool any = false;
    for (int i = 0; i < ui->view->run_count; i++)
        any = any || ui->view->runs[i].here;
    return any && !ui_runs_here(ui);
}

static bool holds(Script *script, char **words, const char *screen)
{
    Ui *ui = script->ui;
    if (!strcmp(words[0], "text"))
        return strstr(screen, words[1]) != NULL;
    if (!strcmp(words[0], "no-text"))
        return !strstr(screen, words[1]);
    if (!strcmp(words[0], "run-ended"))
        return run_ended(ui);
    return !asks_waiting(ui) && !ui_ordered(ui) && ui->live_runs == 0;
}

static bool run_wait(Script *script, char **words, int count)
{
    bool has_text = count > 1 && (!strcmp(words[1], "text") || !strcmp(words[1], "no-text"));
    bool known = has_text || (count > 1 && (!strcmp(words[1], "idle") || !strcmp(words[1], "run-ended")));
    int64_t seconds = 0;
    if (!known || count != (has_text ? 4 : 3) || !g_ascii_string_to_signed(words[count - 1], 10, 0, 3600, &seconds, NULL))
        return complain(script, "expected `wait text|no-text TEXT SECONDS` or `wait idle|run-ended SECONDS`");
    int64_t deadline = clock_mono_ms() + seconds * 1000;
    for (;;) {
        frame(script->ui);
        g_autofree char *screen = canvas_dump(script->ui->canvas, true);
        if (holds(script, words + 1, screen))
            return true;
        if (clock_mono_ms() >= deadline) {
            (void)fprintf(stderr, "%s", screen);
            return complain(script, "`wait %s%s%s` did not come true within %d s; the screen is above", words[1],
                            has_text ? " " : "", has_text ? words[2] : "", (int)seconds);
        }
        char bytes[256];
        struct pollfd in = {script->ui->setup.wake_fd, POLLIN, 0};
        if (poll(&in, 1, LOOK_MS) > 0)
            (void)!read(in.fd, bytes, sizeof bytes);
    }
}

static bool run_dump(Script *script, char **words, int count)
{
    bool looks = count == 3 && !strcmp(words[2], "looks");
    if ((count != 2 && !looks) || strchr(words[1], '/'))
        return complain(script, "expected `dump NAME [looks]`");
    frame(script->ui);
    g_autofree char *frame_text = canvas_dump(script->ui->canvas, true);
    g_autofree char *looks_text = looks ? canvas_dump_looks(script->ui->canvas) : NULL;
    g_autofree char *screen = g_strconcat(frame_text, looks ? "--- looks\n" : NULL, looks_text, NULL);
    const char *directory = script->ui->setup.script_out;
    if (!directory) {
        printf("--- %s\n%s", words[1], screen);
        return true;
    }
    g_autofree char *name = g_strconcat(words[1], ".screen", NULL);
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return g_file_set_contents(path, screen, -1, NULL) || complain(script, "cannot write %s", path);
}

static bool run_line(Script *script, const char *line)
{
    static const struct {
        const char *name;
        bool (*run)(Script *script, char **words, int count);
    } commands[] = {
        {"size", run_size}, {"open", run_open},   {"key", run_key},   {"type", run_type},
        {"time", run_time}, {"click", run_click}, {"wait", run_wait}, {"dump", run_dump},
    };
    g_auto(GStrv) words = NULL;
    int count = 0;
    if (!line[strspn(line, " \t")] || line[0] == '#')
        return true;
    if (!g_shell_parse_argv(line, &count, &words, NULL))
        return complain(script, "a quotation mark is missing");
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (!strcmp(commands[i].name, words[0])) {
            bool ok = commands[i].run(script, words, count);
            if (ok)
                frame(script->ui);
            return ok;
        }
    return complain(script, "unknown command `%s`", words[0]);
}

int script_run(Ui *ui)
{
    Script script = {.ui = ui, .file = ui->setup.script};
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(ui->setup.script, &text, NULL, &error)) {
        complain(&script, "%s", error->message);
        return 2;
    }
    ui->canvas = canvas_new(WIDTH, HEIGHT, ui->setup.ascii);
    stack_begin(ui);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i] && !ui->leaving; i++) {
        script.line = i + 1;
        if (!run_line(&script, lines[i]))
            break;
    }
    return script.failed ? 1 : 0;
}
