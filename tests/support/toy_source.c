/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/toy_source.h"

#include "model/time.h"
#include "tests/support/toy_private.h"

typedef struct Span {
    int64_t low, high;
} Span;

typedef struct Toy {
    ToyWorld *world;
    ToySet *set;
    const Stream *stream;
    Window window;
    char *after;   /* plain, links: id of the last document that was read whole */
    int item;      /* links: items of the next document that were read already */
    GArray *spans; /* days: Span, the next one last */
    int64_t unit_low;
    bool interrupted; /* under the world's lock */
} Toy;

static Toy *toy_of(const Source *source)
{
    return source->private_data;
}

static bool toy_open(Source *source, Err *err)
{
    Toy *toy = toy_of(source);
    toy->world = toy_world_find(source->context->config->name);
    pthread_mutex_lock(&toy->world->lock);
    bool unreachable = toy->world->unreachable;
    pthread_mutex_unlock(&toy->world->lock);
    if (!unreachable)
        return true;
    err_set(err, ERR_UNREACHABLE, "the toy world %s is away", toy->world->name);
    err->transient = true;
    return false;
}

static void toy_close(Source *source)
{
    Toy *toy = toy_of(source);
    g_free(toy->after);
    if (toy->spans)
        g_array_unref(toy->spans);
}

static bool toy_streams(Source *source, GPtrArray *out, Problems *problems)
{
    (void)problems;
    const SourceConfig *config = source->context->config;
    const ToyWorld *world = toy_world_find(config->name);
    for (guint i = 0; i < world->sets->len; i++)
        g_ptr_array_add(out, toy_stream(world, world->sets->pdata[i], (int)i, config->into));
    return true;
}

static bool in_window(const Window *window, int64_t at)
{
    if (window->kind == WINDOW_RANGE)
        return at != TIME_NONE && at >= window->low && at < window->high;
    return window->kind == WINDOW_WHOLE || at == TIME_NONE || at >= window->low;
}

static int rows_between(const Toy *toy, int64_t low, int64_t high)
{
    int rows = 0;
    for (guint i = 0; i < toy->set->docs->len; i++) {
        const ToyDoc *doc = toy->set->docs->pdata[i];
        rows += doc->at >= low && doc->at < high && in_window(&toy->window, doc->at);
    }
    return rows;
}

/* One span per day that has rows, the latest first, so that the next one is taken from the end; resumed: those from there on. */
static void plan_days(Toy *toy, int64_t from)
{
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (guint i = 0; i < toy->set->docs->len; i++) {
        int64_t at = ((const ToyDoc *)toy->set->docs->pdata[i])->at;
        if (at == TIME_NONE || !in_window(&toy->window, at))
            continue;
        first = MIN(first, at);
        last = MAX(last, at);
    }
    toy->spans = g_array_new(FALSE, FALSE, sizeof(Span));
    if (first > last)
        return;
    for (int64_t day = last - last % US_PER_DAY; day >= first - first % US_PER_DAY; day -= US_PER_DAY) {
        Span span = {.low = MAX(day, from), .high = day + US_PER_DAY};
        if (span.high > from)
            g_array_append_val(toy->spans, span);
    }
}

static bool toy_start(Source *source, const Stream *stream, Window *window, GBytes *checkpoint, bool *restarted, bool *missing,
                      Err *err)
{
    (void)err;
    Toy *toy = toy_of(source);
    pthread_mutex_lock(&toy->world->lock);
    toy->set = toy_find(toy->world, stream->name);
    toy->stream = stream;
    g_clear_pointer(&toy->after, g_free);
    g_clear_pointer(&toy->spans, g_array_unref);
    toy->item = 0;
    if (window->clock == TIME_NONE)
        window->clock = toy->world->now;
    toy->window = *window;
    *missing = toy->set->missing;
    gsize len = 0;
    const char *bytes = checkpoint ? g_bytes_get_data(checkpoint, &len) : NULL;
    g_autofree char *text = bytes ? g_strndup(bytes, len) : NULL;
    *restarted = text && !g_str_has_prefix(text, toy->set->kind == TOY_DAYS ? "from " : "after ");
    const char *at = text && !*restarted ? strchr(text, ' ') + 1 : NULL;
    if (toy->set->kind == TOY_DAYS)
        plan_days(toy, at ? g_ascii_strtoll(at, NULL, 10) : INT64_MIN);
    else
        toy->after = g_strdup(at);
    toy->set->starts++;
    toy->set->last_window = *window;
    toy->set->last_resumed = at != NULL;
    pthread_mutex_unlock(&toy->world->lock);
    return true;
}

static void set_checkpoint(Batch *batch, const char *what, const char *at)
{
    g_autofree char *text = g_strdup_printf("%s %s", what, at);
    batch_set_checkpoint(batch, text, strlen(text));
}

static void set_text(Batch *batch, Value *value, const char *text)
{
    *value = (Value){.state = text ? VALUE_SET : VALUE_NULL};
    if (!text)
        return;
    value->len = (uint32_t)strlen(text);
    value->bytes = arena_dup(&batch->arena, text, value->len);
}

static void set_time(Value *value, int64_t at)
{
    *value = at == TIME_NONE ? (Value){.state = VALUE_NULL} : (Value){.state = VALUE_SET, .i = at};
}

static void add_doc(Batch *batch, const ToyDoc *doc)
{
    Row *row = batch_row(batch, doc->id, strlen(doc->id), doc->at, -1);
    if (!doc->label) {
        g_autofree char *json = g_strdup_printf("{\"id\":\"%s\",\"label\":null}", doc->id);
        batch_drop_row(batch);
        batch_reject(batch, REJECT_REQUIRED, TOY_LABEL, "expected a value, found none", doc->id, strlen(doc->id), json,
                     strlen(json), doc->at, -1);
        return;
    }
    set_text(batch, &row->values[TOY_ID], doc->id);
    set_text(batch, &row->values[TOY_PARENT], doc->parent);
    set_text(batch, &row->values[TOY_LABEL], doc->label);
    row->values[TOY_AMOUNT] = doc->amount_absent ? (Value){.state = VALUE_ABSENT} : (Value){.state = VALUE_SET, .i = doc->amount};
    set_time(&row->values[TOY_AT], doc->at);
}

/* The position behind the documents read so far; the scope that a batch may end in is not behind it. */
static void mark(const Toy *toy, Batch *batch)
{
    if (toy->after)
        set_checkpoint(batch, "after", toy->after);
}

static ReadStatus read_plain(Toy *toy, Batch *batch)
{
    for (guint i = 0; i < toy->set->docs->len; i++) {
        const ToyDoc *doc = toy->set->docs->pdata[i];
        if ((toy->after && strcmp(doc->id, toy->after) <= 0) || !in_window(&toy->window, doc->at))
            continue;
        if (batch_full(batch, toy->set->batch_rows)) {
            mark(toy, batch);
            return READ_MORE;
        }
        add_doc(batch, doc);
        g_free(toy->after);
        toy->after = g_strdup(doc->id);
    }
    mark(toy, batch);
    return READ_END;
}

/* True when all items of the document fit. */
static bool add_items(Toy *toy, Batch *batch, const ToyDoc *doc)
{
    Value parent = {.state = VALUE_SET, .bytes = doc->id, .len = (uint32_t)strlen(doc->id)};
    int32_t scope = batch_scope(batch, &parent, doc->id, strlen(doc->id));
    for (; doc->items && doc->items[toy->item]; toy->item++) {
        if (batch->row_count >= toy->set->batch_rows) {
            batch->scopes[scope].more_follows = true;
            return false;
        }
        const char *item = doc->items[toy->item];
        g_autofree char *key = g_strdup_printf("%s/%s", doc->id, item);
        Row *row = batch_row(batch, key, strlen(key), doc->at, scope);
        set_text(batch, &row->values[TOY_LINK_PARENT], doc->id);
        set_text(batch, &row->values[TOY_LINK_ITEM], item);
        set_time(&row->values[TOY_LINK_AT], doc->at);
    }
    toy->item = 0;
    return true;
}

static ReadStatus read_links(Toy *toy, Batch *batch)
{
    for (guint i = 0; i < toy->set->docs->len; i++) {
        const ToyDoc *doc = toy->set->docs->pdata[i];
        if ((toy->after && strcmp(doc->id, toy->after) <= 0) || !in_window(&toy->window, doc->at))
            continue;
        if (batch->row_count >= toy->set->batch_rows || !add_items(toy, batch, doc)) {
            mark(toy, batch);
            return READ_MORE;
        }
        g_free(toy->after);
        toy->after = g_strdup(doc->id);
    }
    mark(toy, batch);
    return READ_END;
}

static bool unreadable(const ToySet *set, int64_t at)
{
    for (guint i = 0; i < set->bad_days->len; i++) {
        int64_t day = g_array_index(set->bad_days, int64_t, i);
        if (at >= day && at < day + US_PER_DAY)
            return true;
    }
    return false;
}

/* One unit: a day, or the part of it that fits a page. */
static ReadStatus read_unit(Toy *toy, Batch *batch)
{
    if (toy->spans->len == 0)
        return READ_END;
    Span span = g_array_index(toy->spans, Span, toy->spans->len - 1);
    g_array_set_size(toy->spans, toy->spans->len - 1);
    while (rows_between(toy, span.low, span.high) > toy->set->page && span.high - span.low > 1) {
        int64_t middle = span.low + (span.high - span.low) / 2;
        Span later = {.low = middle, .high = span.high};
        g_array_append_val(toy->spans, later);
        span.high = middle;
    }
    toy->set->units++;
    g_autofree char *next = g_strdup_printf("%" G_GINT64_FORMAT, span.high);
    set_checkpoint(batch, "from", next);
    if (unreadable(toy->set, span.low)) {
        toy->unit_low = span.low;
        return READ_UNIT_INCOMPLETE;
    }
    for (guint i = 0; i < toy->set->docs->len; i++) {
        const ToyDoc *doc = toy->set->docs->pdata[i];
        if (doc->at >= span.low && doc->at < span.high && in_window(&toy->window, doc->at))
            add_doc(batch, doc);
    }
    bool leaves = toy->set->left > 0 && toy->set->left_day >= span.low && toy->set->left_day < span.high;
    batch_note(batch, span.low, span.high, leaves ? toy->set->left : 0, leaves ? "the toy server keeps rows to itself" : NULL);
    return READ_UNIT_COMPLETE;
}

/* Under the world's lock: waits at the gate and fails where the test wants it. */
static bool pass_faults(Toy *toy, Err *err)
{
    ToySet *set = toy->set;
    while (set->waits_after >= 0 && set->reads >= set->waits_after && !toy->interrupted) {
        toy->world->waiting++;
        pthread_cond_broadcast(&toy->world->changed);
        pthread_cond_wait(&toy->world->changed, &toy->world->lock);
        toy->world->waiting--;
    }
    if (toy->interrupted)
        return err_set(err, ERR_CANCELLED, "interrupted");
    if (set->fail_after < 0 || set->fail_after-- > 0)
        return true;
    err_set(err, set->fail_transient ? ERR_UNREACHABLE : ERR_SOURCE, "the toy set %s failed", set->name);
    err->transient = set->fail_transient;
    return false;
}

static ReadStatus toy_read(Source *source, Batch *batch, Err *err)
{
    Toy *toy = toy_of(source);
    ReadStatus status = READ_FAIL;
    pthread_mutex_lock(&toy->world->lock);
    if (pass_faults(toy, err)) {
        toy->set->reads++;
        status = toy->set->kind == TOY_PLAIN   ? read_plain(toy, batch)
                 : toy->set->kind == TOY_LINKS ? read_links(toy, batch)
                                               : read_unit(toy, batch);
    }
    pthread_mutex_unlock(&toy->world->lock);
    return status;
}

static void toy_interrupt(Source *source)
{
    Toy *toy = toy_of(source);
    if (!toy->world)
        return;
    pthread_mutex_lock(&toy->world->lock);
    toy->interrupted = true;
    pthread_cond_broadcast(&toy->world->changed);
    pthread_mutex_unlock(&toy->world->lock);
}

static int64_t toy_unit_low(const Source *source)
{
    return toy_of(source)->unit_low;
}

static bool toy_clock(Source *source, int64_t *now, Err *err)
{
    (void)err;
    *now = toy_of(source)->world->now;
    return true;
}

static bool toy_newest(Source *source, const Stream *stream, int64_t *cursor, Err *err)
{
    (void)err;
    ToyWorld *world = toy_of(source)->world;
    pthread_mutex_lock(&world->lock);
    const ToySet *set = toy_find(world, stream->name);
    *cursor = TIME_NONE;
    for (guint i = 0; i < set->docs->len; i++)
        *cursor = MAX(*cursor, ((const ToyDoc *)set->docs->pdata[i])->at);
    pthread_mutex_unlock(&world->lock);
    return true;
}

static bool toy_count(Source *source, const Stream *stream, const Window *window, int64_t *rows, Err *err)
{
    Toy *toy = toy_of(source);
    ToyWorld *world = toy->world;
    pthread_mutex_lock(&world->lock);
    const ToySet *set = toy_find(world, stream->name);
    *rows = 0;
    world->waiting += set->count_waits;
    while (set->count_waits && !toy->interrupted) {
        pthread_cond_broadcast(&world->changed);
        pthread_cond_wait(&world->changed, &world->lock);
    }
    world->waiting -= set->count_waits;
    bool stopped = set->count_waits;
    for (guint i = 0; i < set->docs->len; i++)
        *rows += in_window(window, ((const ToyDoc *)set->docs->pdata[i])->at);
    pthread_mutex_unlock(&world->lock);
    return !stopped || err_set(err, ERR_CANCELLED, "interrupted");
}

static bool toy_lookup(Source *source, const Stream *stream, const char *key, Batch *batch, Err *err)
{
    (void)err;
    ToyWorld *world = toy_of(source)->world;
    pthread_mutex_lock(&world->lock);
    const ToyDoc *doc = toy_doc(toy_find(world, stream->name), key);
    if (doc)
        add_doc(batch, doc);
    pthread_mutex_unlock(&world->lock);
    return true;
}

static bool toy_keys(Source *source, const Stream *stream, const Window *range, GPtrArray *keys, Err *err)
{
    (void)err;
    ToyWorld *world = toy_of(source)->world;
    pthread_mutex_lock(&world->lock);
    const ToySet *set = toy_find(world, stream->name);
    for (guint i = 0; i < set->docs->len; i++) {
        const ToyDoc *doc = set->docs->pdata[i];
        if (in_window(range, doc->at))
            g_ptr_array_add(keys, g_strdup(doc->id));
    }
    pthread_mutex_unlock(&world->lock);
    return true;
}

static bool toy_digest(Source *source, const Stream *stream, const Window *range, int64_t *count, uint64_t *sum, Err *err)
{
    g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
    if (!toy_keys(source, stream, range, keys, err))
        return false;
    *count = keys->len;
    *sum = 0;
    for (guint i = 0; i < keys->len; i++)
        *sum += g_str_hash(keys->pdata[i]);
    return true;
}

const SourceOps source_toy = {
    .kind = "toy",
    .options = (const OptionDef[]){{0}},
    .caps = SOURCE_CAN_RESUME | SOURCE_HAS_UNITS | SOURCE_MAY_BE_ABSENT,
    .size = sizeof(Toy),
    .lookback_us = INT64_C(3600) * US_PER_SECOND,
    .open = toy_open,
    .streams = toy_streams,
    .start = toy_start,
    .read = toy_read,
    .interrupt = toy_interrupt,
    .close = toy_close,
    .unit_low = toy_unit_low,
    .clock = toy_clock,
    .newest = toy_newest,
    .count = toy_count,
    .lookup = toy_lookup,
    .keys = toy_keys,
    .digest = toy_digest,
};
