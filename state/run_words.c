/* SPDX-License-Identifier: Apache-2.0 */
#include "state/run_words.h"

#include <string.h>

#include "model/time.h"

typedef bool (*WordTake)(const char *value, int64_t now_us, RunFilter *filter, Err *err);

static void set_text(const char **to, const char *value)
{
    g_free((char *)*to);
    *to = g_strdup(value);
}

static bool take_outcome(const char *value, int64_t now_us, RunFilter *filter, Err *err)
{
    static const char *const outcomes[] = {"running", "done", "rejects", "failed", "partly", "cancelled", "locked", "killed", NULL};
    (void)now_us;
    if (!g_strv_contains(outcomes, value)) {
        g_autofree char *known = g_strjoinv(", ", (char **)outcomes);
        return err_set(err, ERR_USAGE, "outcome: expected one of %s, found '%s'", known, value);
    }
    set_text(&filter->outcome, value);
    return true;
}

static bool take_job(const char *value, int64_t now_us, RunFilter *filter, Err *err)
{
    (void)now_us;
    (void)err;
    set_text(&filter->job, value);
    return true;
}

static bool take_stream(const char *value, int64_t now_us, RunFilter *filter, Err *err)
{
    (void)now_us;
    (void)err;
    set_text(&filter->stream, value);
    return true;
}

static bool take_since(const char *value, int64_t now_us, RunFilter *filter, Err *err)
{
    int64_t us = 0;
    if (duration_parse(value, &us))
        filter->since_us = now_us - us;
    else if (!time_parse(value, strlen(value), &filter->since_us, NULL, NULL))
        return err_set(err, ERR_USAGE, "since: expected a span like 7d or a date like 2024-01-15, found '%s'", value);
    return true;
}

static const struct {
    const char *name;
    WordTake take;
} kinds[] = {{"outcome:", take_outcome}, {"job:", take_job}, {"stream:", take_stream}, {"since:", take_since}};

static bool take_word(const char *word, int64_t now_us, RunFilter *filter, GString *text, Err *err)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!g_str_has_prefix(word, kinds[i].name))
            continue;
        const char *value = word + strlen(kinds[i].name);
        return *value ? kinds[i].take(value, now_us, filter, err) : err_set(err, ERR_USAGE, "%s a value is missing", kinds[i].name);
    }
    g_string_append_printf(text, "%s%s", text->len ? " " : "", word);
    return true;
}

bool run_words_parse(const char *words, int64_t now_us, RunFilter *filter, Err *err)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_auto(GStrv) each = g_strsplit_set(words ? words : "", " \t", -1);
    filter->text = filter->job = filter->outcome = filter->stream = NULL;
    filter->since_us = TIME_NONE;
    for (int i = 0; each[i]; i++)
        if (*each[i] && !take_word(each[i], now_us, filter, text, err)) {
            run_words_clear(filter);
            return false;
        }
    if (text->len)
        filter->text = g_strdup(text->str);
    return true;
}

void run_words_clear(RunFilter *filter)
{
    g_free((char *)filter->text);
    g_free((char *)filter->job);
    g_free((char *)filter->outcome);
    g_free((char *)filter->stream);
    filter->text = filter->job = filter->outcome = filter->stream = NULL;
    filter->since_us = TIME_NONE;
}
