/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/ui_private.h"

#include "base/clock.h"
#include "base/term_text.h"
#include "model/time.h"

Ui *ui_new(const UiSetup *setup)
{
    Ui *ui = g_new0(Ui, 1);
    ui->setup = *setup;
    ui->pinned_us = TIME_NONE;
    for (int i = 0; i <= TABS; i++)
        ui->stacks[i] = g_ptr_array_new();
    g_queue_init(&ui->opens);
    ui->view = g_new0(EngineView, 1);
    ui->history = g_ptr_array_new_with_free_func(g_free);
    ui->settings = settings_new(setup->state);
    ui->orders = setup->engine ? orders_new(setup->engine, setup->waker_fd) : NULL;
    ui->theme = theme_of_environment();
    const char *theme = setup->theme ? setup->theme : ui->theme == THEME_MONO ? NULL : ui_setting(ui, "theme");
    (void)(theme && theme_parse(theme, &ui->theme)); /* an unknown one was refused by the command line */
    ui->local_time = !g_strcmp0(ui_setting(ui, "time"), "local");
    ui_clock(ui);
    return ui;
}

void ui_free(Ui *ui)
{
    prompt_end(ui);
    stack_free(ui);
    terminal_close(ui->terminal);
    canvas_free(ui->canvas);
    engine_view_free(ui->view);
    g_ptr_array_free(ui->history, TRUE);
    if (ui->orders)
        orders_free(ui->orders, ui->detach); /* the terminal is given back by then */
    settings_free(ui->settings);
    g_free(ui->message);
    g_free(ui);
}

void ui_clock(Ui *ui)
{
    ui->now_us = ui->pinned_us == TIME_NONE ? clock_now_us() : ui->pinned_us;
    ui->now_ms = clock_mono_ms();
}

static void say_end(Ui *ui, const OrderEnd *end)
{
    if (end->err.code != ERR_NONE)
        ui_say(ui, true, "%s", end->err.message);
    else if (end->started)
        ui_say(ui, false, "run %" G_GINT64_FORMAT " started: %s; 2 Runs shows it", end->run, end->what);
    else
        ui_say(ui, false, "run %" G_GINT64_FORMAT "%s%s is asked to stop", end->run, end->what ? "/" : "",
               end->what ? end->what : "");
}

void ui_look(Ui *ui)
{
    for (OrderEnd *end; ui->orders && (end = orders_take(ui->orders)); order_end_free(end))
        say_end(ui, end);
    if (ui->setup.engine) {
        engine_view_free(ui->view);
        ui->view = engine_snapshot(ui->setup.engine);
    }
    ui->live_runs = 0;
    for (int i = 0; i < ui->view->run_count; i++)
        ui->live_runs += !ui->view->runs[i].finished;
    (void)asks_take(ui);
    stack_stale(ui);
}

void ui_draw(Ui *ui)
{
    for (OpenScreen *open = stack_top(ui); open && stack_visible(ui, open); open = stack_under(ui, open)) {
        if (open->stale && open->screen.ops->refresh)
            open->screen.ops->refresh(&open->screen);
        open->stale = false;
    }
    frame_draw(ui);
    if (ui->terminal)
        terminal_show(ui->terminal, ui->canvas);
    if (ui->terminal && ui->bell)
        terminal_bell(ui->terminal);
    ui->bell = false;
}

bool ui_ordered(const Ui *ui)
{
    return ui->orders && orders_pending(ui->orders);
}

int ui_jobs_starting(const Ui *ui)
{
    return ui->orders ? orders_starting(ui->orders) : 0;
}

bool ui_runs_here(const Ui *ui)
{
    if (ui_jobs_starting(ui) > 0)
        return true;
    for (int i = 0; i < ui->view->run_count; i++)
        if (ui->view->runs[i].here && !ui->view->runs[i].finished)
            return true;
    return false;
}

int ui_exit_status(const Ui *ui)
{
    int number = ui->setup.stop_signal ? ui->setup.stop_signal() : 0;
    return number ? 128 + number : 0;
}

const Catalog *ui_catalog(const Ui *ui)
{
    return ui->setup.catalog;
}

Engine *ui_engine(const Ui *ui)
{
    return ui->setup.engine;
}

Board *ui_board(const Ui *ui)
{
    return ui->setup.board;
}

State *ui_state(const Ui *ui)
{
    return ui->setup.state;
}

const char *ui_problems(const Ui *ui)
{
    return ui->setup.problems;
}

const char *ui_destination(const Ui *ui)
{
    return ui->setup.destination;
}

bool ui_read_only(const Ui *ui)
{
    return ui->setup.read_only;
}

bool ui_can_detach(const Ui *ui)
{
    return ui->setup.can_detach;
}

bool ui_local_time(const Ui *ui)
{
    return ui->local_time;
}

const EngineView *ui_engine_view(const Ui *ui)
{
    return ui->view;
}

int64_t ui_now_us(const Ui *ui)
{
    return ui->now_us;
}

int64_t ui_now_ms(const Ui *ui)
{
    return ui->now_ms;
}

bool ui_rests(const Ui *ui)
{
    return !ui->terminal || ui->now_ms - ui->key_ms >= REST_MS;
}

void ui_open(Ui *ui, const char *screen, const char *argument)
{
    char **open = g_new0(char *, 2);
    open[0] = g_strdup(screen);
    open[1] = g_strdup(argument);
    g_queue_push_tail(&ui->opens, open);
}

void ui_say(Ui *ui, bool bad, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    g_free(ui->message);
    ui->message = g_strdup_vprintf(fmt, args);
    va_end(args);
    ui->message_bad = bad;
    ui->bell = ui->bell || bad;
}

void ui_start_job(Ui *ui, Plan *plan_taken, const char *line)
{
    ui_say(ui, false, "starting: %s …", line);
    orders_start(ui->orders, plan_taken, line);
}

void ui_stop_run(Ui *ui, int64_t run, const char *stream)
{
    const RunView *view = engine_view_run(ui->view, run);
    Err err = {0};
    if (!view || !view->here) {
        ui_say(ui, false, "asking run %" G_GINT64_FORMAT " to stop …", run);
        orders_stop(ui->orders, run, stream);
    } else { /* without the state file */
        (void)engine_cancel(ui->setup.engine, run, stream, &err);
        say_end(ui, &(OrderEnd){.run = run, .what = (char *)stream, .err = err});
    }
}

void ui_prompt(Ui *ui, const char *prompt, const char *initial, int action)
{
    prompt_begin(ui, PROMPT_ACTION, prompt, initial, action);
}

void ui_command(Ui *ui, const char *command)
{
    ui_open(ui, NULL, command); /* it may close the screen whose handler asks for it */
}

void ui_leave(Ui *ui, bool jobs_go_on)
{
    ui->leaving = true;
    ui->detach = jobs_go_on && ui->setup.can_detach;
}

void ui_leave_for(Ui *ui, UiWish wish)
{
    if (!ui->setup.wish) {
        ui_say(ui, true, "that is not possible from here");
        return;
    }
    *ui->setup.wish = wish;
    ui_leave(ui, false);
}
