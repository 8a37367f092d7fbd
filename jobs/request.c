/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/request.h"

#include "base/shell_word.h"
#include "model/date_range.h"
#include "model/time.h"

enum { LOCK_WAIT_MS = 5000, MOST_JOBS = 64 };

typedef struct Words {
    char **words;
    int at;
    const char *from, *to, *date;
} Words;

static bool take_value(Words *w, const char *option, const char **value, Err *err)
{
    if (!w->words[w->at])
        return err_set(err, ERR_USAGE, "%s: a value is missing", option);
    *value = w->words[w->at++];
    return true;
}

static bool take_number(Words *w, const char *option, int64_t most, int64_t *number, Err *err)
{
    const char *text = NULL;
    return take_value(w, option, &text, err) &&
           (g_ascii_string_to_signed(text, 10, 1, most, number, NULL) ||
            err_set(err, ERR_USAGE, "%s: expected a number from 1 to %" G_GINT64_FORMAT ", found `%s`", option, most, text));
}

static bool take_lock_wait(Words *w, const char *option, JobRequest *out, Err *err)
{
    const char *text = NULL;
    int64_t us;
    if (!take_value(w, option, &text, err))
        return false;
    if (!duration_parse(text, &us) || us / 1000 > G_MAXINT)
        return err_set(err, ERR_USAGE, "%s: expected a time such as 90s or 2m, found `%s`", option, text);
    out->lock_wait_ms = (int)(us / 1000);
    return true;
}

static bool take_option(Words *w, const char *option, JobRequest *out, Err *err)
{
    int64_t number = 0;
    if (!strcmp(option, "--from"))
        return take_value(w, option, &w->from, err);
    if (!strcmp(option, "--to"))
        return take_value(w, option, &w->to, err);
    if (!strcmp(option, "--date"))
        return take_value(w, option, &w->date, err);
    if (!strcmp(option, "--lock-wait"))
        return take_lock_wait(w, option, out, err);
    if (!strcmp(option, "--jobs")) {
        bool taken = take_number(w, option, MOST_JOBS, &number, err);
        out->jobs = (int)number;
        return taken;
    }
    out->strict = out->strict || !strcmp(option, "--strict");
    out->truncate = out->truncate || !strcmp(option, "--truncate");
    out->allow_shrink = out->allow_shrink || !strcmp(option, "--allow-shrink");
    static const char *const flags[] = {"--strict", "--truncate", "--allow-shrink", "--yes", NULL};
    return g_strv_contains(flags, option) || err_set(err, ERR_USAGE, "%s has no option %s", out->job->name, option);
}

static bool take_words(Words *w, JobRequest *out, Err *err)
{
    while (w->words[w->at]) {
        const char *word = w->words[w->at++];
        bool dated = out->job->needs_range && time_parse(word, strlen(word), &(int64_t){0}, NULL, NULL);
        if (g_str_has_prefix(word, "--")) {
            if (!take_option(w, word, out, err))
                return false;
        } else if (dated && !w->from) {
            w->from = word;
        } else if (dated && !w->to) {
            w->to = word;
        } else {
            g_ptr_array_add(out->patterns, g_strdup(word));
        }
    }
    if (!w->from && !w->to && !w->date)
        return true;
    DateRange range;
    if (!date_range_parse(w->from, w->to, w->date, &range, err))
        return false;
    out->from = range.from;
    out->to = range.to;
    return true;
}

bool request_parse(const JobOps *job, const char *text, JobRequest *out, Err *err)
{
    *out = (JobRequest){
        .job = job,
        .patterns = g_ptr_array_new_with_free_func(g_free),
        .from = TIME_NONE,
        .to = TIME_NONE,
        .lock_wait_ms = LOCK_WAIT_MS,
    };
    g_auto(GStrv) words = NULL;
    if (!text || !text[strspn(text, " \t")])
        return true;
    if (!g_shell_parse_argv(text, NULL, &words, NULL))
        return err_set(err, ERR_USAGE, "a quotation mark is missing in `%s`", text);
    return take_words(&(Words){.words = words}, out, err);
}

void request_clear(JobRequest *request)
{
    if (request->patterns)
        g_ptr_array_unref(request->patterns);
    g_free(request->arguments);
    request->patterns = NULL;
    request->arguments = NULL;
}

static void append_bound(GString *out, const char *option, int64_t us, bool days)
{
    char text[40];
    if (us == TIME_NONE)
        return;
    if (days)
        day_format(us / US_PER_DAY, text);
    else
        time_format_iso(us, text);
    g_string_append_printf(out, " --%s", option);
    shell_word_append(out, text);
}

static void append_range(GString *out, const JobRequest *request)
{
    int64_t from = request->from, to = request->to;
    bool days = from % US_PER_DAY == 0 && (to == TIME_NONE || to % US_PER_DAY == 0);
    if (from == TIME_NONE)
        return;
    if (days && to == from + US_PER_DAY) {
        append_bound(out, "date", from, true);
        return;
    }
    append_bound(out, "from", from, days);
    append_bound(out, "to", to == TIME_NONE || !days ? to : to - US_PER_DAY, days);
}

char *request_line(const JobRequest *request)
{
    GString *out = g_string_new(request->job->name);
    for (guint i = 0; request->patterns && i < request->patterns->len; i++)
        shell_word_append(out, g_ptr_array_index(request->patterns, i));
    append_range(out, request);
    if (request->truncate)
        g_string_append(out, " --truncate");
    if (request->allow_shrink)
        g_string_append(out, " --allow-shrink");
    if (request->jobs > 0)
        g_string_append_printf(out, " --jobs %d", request->jobs);
    if (request->lock_wait_ms > 0 && request->lock_wait_ms != LOCK_WAIT_MS)
        g_string_append_printf(out, " --lock-wait %ds", MAX(request->lock_wait_ms / 1000, 1));
    if (request->strict)
        g_string_append(out, " --strict");
    return g_string_free(out, FALSE);
}
