/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <glib.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/secret.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static LogSink current_sink;
static void *current_data;
static atomic_int threshold = LOG_INFO;

void log_set_sink(LogSink sink, void *data)
{
    pthread_mutex_lock(&lock);
    current_sink = sink;
    current_data = data;
    pthread_mutex_unlock(&lock);
}

void log_set_level(LogLevel level)
{
    atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

LogLevel log_level(void)
{
    return (LogLevel)atomic_load_explicit(&threshold, memory_order_relaxed);
}

static const char *const names[] = {[LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

const char *log_level_name(LogLevel level)
{
    return (size_t)level < G_N_ELEMENTS(names) ? names[level] : "unknown";
}

bool log_level_parse(const char *text, LogLevel *out)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i]) == 0) {
            *out = (LogLevel)i;
            return true;
        }
    return false;
}

void log_write(LogLevel level, int64_t run, const char *stream, const char *fmt, ...)
{
    if (level > log_level())
        return;
    va_list args;
    va_start(args, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, args);
    va_end(args);
    secret_mask(text);
    LogLine line = {.at_us = clock_now_us(), .level = level, .run = run, .stream = stream, .text = text};
    pthread_mutex_lock(&lock);
    if (current_sink)
        current_sink(&line, current_data);
    pthread_mutex_unlock(&lock);
}
