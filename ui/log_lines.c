/* SPDX-License-Identifier: Apache-2.0 */
#include "ui/log_lines.h"

#include "base/term_text.h"
#include "ui/wrap.h"

static void entry_free(void *data)
{
    LogEntry *entry = data;
    g_free(entry->text);
    g_free(entry);
}

void log_lines_init(LogLines *lines)
{
    g_queue_init(&lines->entries);
    lines->rows = g_array_new(FALSE, FALSE, sizeof(LogRow));
}

void log_lines_done(LogLines *lines)
{
    g_queue_clear_full(&lines->entries, entry_free);
    g_array_unref(lines->rows);
}

void log_lines_add(LogLines *lines, const GPtrArray *records)
{
    for (guint i = 0; i < records->len; i++) {
        const LogRecord *record = g_ptr_array_index(records, i);
        if (record->id <= lines->last_id)
            continue;
        LogEntry *entry = g_new0(LogEntry, 1);
        *entry = (LogEntry){.id = record->id, .run = record->run, .at_us = record->at_us, .level = record->level};
        g_autofree char *text = record->stream ? g_strdup_printf("%s: %s", record->stream, record->text) : g_strdup(record->text);
        entry->text = term_dup(text);
        g_queue_push_tail(&lines->entries, entry);
        lines->last_id = record->id;
    }
    while (lines->entries.length > LOG_LINES_KEPT)
        entry_free(g_queue_pop_head(&lines->entries));
    g_array_set_size(lines->rows, 0); /* they point to entries that may be gone */
}

static void add_rows(LogLines *lines, const LogEntry *entry, bool context, int width)
{
    size_t at = 0, length = strlen(entry->text);
    do {
        size_t skip = length - at, bytes = width > 0 ? wrap_line(entry->text + at, width, &skip) : skip;
        g_array_append_val(lines->rows, ((LogRow){.entry = entry, .from = at, .bytes = bytes, .context = context}));
        at += skip;
    } while (at < length);
}

/* A line of the level among this one and the next LOG_CONTEXT ones. */
static bool one_follows(const GList *at, LogLevel level)
{
    for (int i = 0; at && i <= LOG_CONTEXT; i++, at = at->next)
        if (((const LogEntry *)at->data)->level <= level)
            return true;
    return false;
}

void log_lines_build(LogLines *lines, LogLevel level, int width)
{
    int since = LOG_CONTEXT + 1; /* lines since the last one of the level */
    bool gap = false;
    g_array_set_size(lines->rows, 0);
    for (const GList *at = lines->entries.head; at; at = at->next) {
        const LogEntry *entry = at->data;
        bool of_level = entry->level <= level;
        since = of_level ? 0 : since + 1;
        if (since > LOG_CONTEXT && !one_follows(at, level)) {
            gap = true;
            continue;
        }
        if (gap && lines->rows->len > 0)
            g_array_append_val(lines->rows, ((LogRow){0}));
        gap = false;
        add_rows(lines, entry, !of_level, width);
    }
}

int64_t log_lines_row(const LogLines *lines, int64_t id)
{
    for (guint i = 0; i < lines->rows->len; i++) {
        const LogEntry *entry = g_array_index(lines->rows, LogRow, i).entry;
        if (entry && entry->id >= id)
            return i;
    }
    return -1;
}
