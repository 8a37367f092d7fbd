/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_row.h"

#include <string.h>

#include "base/json.h"
#include "model/decimal.h"
#include "model/time.h"
#include "sources/matomo_clock.h"
#include "sources/matomo_json.h"
#include "sources/matomo_table.h"

#define NOTHING INT64_MIN
enum { DETAIL_SIZE = 128 };

typedef struct Field {
    MatomoColumn column;
    const char *name;
    const char *fallback; /* text when absent; NULL: NULL */
} Field;

static const Field visit_fields[] = {
    {MATOMO_ACTIONS, "actions", NULL},
    {MATOMO_COUNTRY, "country", NULL},
    {MATOMO_REGION, "region", NULL},
    {MATOMO_CITY, "city", NULL},
    {MATOMO_OPERATINGSYSTEMNAME, "operatingSystemName", NULL},
    {MATOMO_DEVICEMODEL, "deviceModel", NULL},
    {MATOMO_DEVICEBRAND, "deviceBrand", NULL},
    {MATOMO_VISITDURATION, "visitDuration", NULL},
    {MATOMO_DAYSSINCEFIRSTVISIT, "daysSinceFirstVisit", NULL},
    {MATOMO_VISITORTYPE, "visitorType", NULL},
    {MATOMO_SITENAME, "siteName", NULL},
    {MATOMO_USERID, "userId", NULL},
    {MATOMO_VISITORID, "visitorId", NULL},
    {MATOMO_REFERRERTYPE, "referrerType", NULL},
    {MATOMO_REFERRERNAME, "referrerName", NULL},
    {MATOMO_RESOLUTION, "resolution", NULL},
    {MATOMO_EXPERIMENTS, "experiments", NULL},
};

static const Field action_fields[] = {
    {MATOMO_ACTION_TYPE, "type", ""},
    {MATOMO_ACTION_EVENTCATEGORY, "eventCategory", ""},
    {MATOMO_ACTION_EVENTACTION, "eventAction", ""},
    {MATOMO_ACTION_EVENTNAME, "eventName", ""},
    {MATOMO_ACTION_EVENTVALUE, "eventValue", "0"},
    {MATOMO_ACTION_TIMESPENT, "timeSpent", "0"},
    {MATOMO_ACTION_URL, "url", NULL},
    {MATOMO_SITESEARCHKEYWORD, "siteSearchKeyword", NULL},
    {MATOMO_ACTION_TITLE, "title", NULL},
};

enum {
    VISIT_FIELDS = G_N_ELEMENTS(visit_fields),
    VISIT_ID = VISIT_FIELDS,
    VISIT_FIRST,
    VISIT_LAST,
    VISIT_TRUNCATED,
    VISIT_DETAILS,
    VISIT_VARIABLES,
    VISIT_NAMES,
    ACTION_FIELDS = G_N_ELEMENTS(action_fields),
    ACTION_TIME = ACTION_FIELDS,
    ACTION_VARIABLES,
    ACTION_NAMES
};

/* What of a row cannot be stored, and why. */
typedef struct Trouble {
    RejectReason reason;
    int column; /* -1: none of them */
    char detail[DETAIL_SIZE];
} Trouble;

struct MatomoRows {
    const Stream *stream;
    const Zone *zone;
    const char *visit_list[VISIT_NAMES], *action_list[ACTION_NAMES];
    JsonNames *visit_names, *action_names; /* of the lists */
    const JsonValue *visit[VISIT_NAMES], *action[ACTION_NAMES];
    GArray *visit_dimensions, *dimensions; /* MatomoDimension */
    GString *json, *key;
    /* the visit that is being added */
    const JsonValue *pending; /* a visit that is not wholly delivered */
    const JsonValue *next;    /* its next action */
    int64_t index;
    MatomoClock clock;
    /* the same, made anew for each batch, whose arena holds it */
    Value values[MATOMO_COLUMNS];
    Trouble trouble; /* of the visit's own values: all of its rows share it */
    int32_t scope;
};

/* The list of names is kept by whoever picks by it. */
static JsonNames *names_of(const char **names, const Field *fields, int count, const char *const *more, int more_count)
{
    for (int i = 0; i < count; i++)
        names[i] = fields[i].name;
    for (int i = 0; i < more_count; i++)
        names[count + i] = more[i];
    return json_names_new(names, count + more_count);
}

MatomoRows *matomo_rows_new(const Stream *stream, const Zone *zone)
{
    static const char *const of_visit[] = {"idVisit",       "firstActionTimestamp", "lastActionTimestamp", "truncatedActionsCount",
                                           "actionDetails", "customVariables"};
    static const char *const of_action[] = {"timestamp", "customVariables"};
    MatomoRows *rows = g_new0(MatomoRows, 1);
    rows->stream = stream;
    rows->zone = zone;
    rows->visit_names = names_of(rows->visit_list, visit_fields, VISIT_FIELDS, of_visit, G_N_ELEMENTS(of_visit));
    rows->action_names = names_of(rows->action_list, action_fields, ACTION_FIELDS, of_action, G_N_ELEMENTS(of_action));
    rows->visit_dimensions = g_array_new(FALSE, FALSE, sizeof(MatomoDimension));
    rows->dimensions = g_array_new(FALSE, FALSE, sizeof(MatomoDimension));
    rows->json = g_string_new(NULL);
    rows->key = g_string_new(NULL);
    return rows;
}

void matomo_rows_free(MatomoRows *rows)
{
    if (!rows)
        return;
    json_names_free(rows->visit_names);
    json_names_free(rows->action_names);
    g_array_unref(rows->visit_dimensions);
    g_array_unref(rows->dimensions);
    g_string_free(rows->json, TRUE);
    g_string_free(rows->key, TRUE);
    g_free(rows);
}

static int64_t microseconds(int64_t seconds)
{
    int64_t us;
    return seconds == NOTHING || __builtin_mul_overflow(seconds, US_PER_SECOND, &us) || !time_fits_postgres(us) ? TIME_NONE : us;
}

/* Nothing also for what is no instant that a database could hold. */
static int64_t seconds_of(const JsonValue *value)
{
    int64_t at;
    return json_int64(value, &at) && microseconds(at) != TIME_NONE ? at : NOTHING;
}

int64_t matomo_visit_last(const JsonValue *visit)
{
    int64_t last = seconds_of(json_get(visit, "lastActionTimestamp"));
    return last != NOTHING ? last : seconds_of(json_get(visit, "serverTimestamp"));
}

/* ---- values ---- */

static void put_source(const MatomoRows *rows, Arena *arena, MatomoColumn column, const SourceValue *from, Value *out,
                       Trouble *trouble)
{
    char detail[DETAIL_SIZE] = "";
    RejectReason reason =
        value_convert(&rows->stream->table->columns[column], from, &rows->stream->settings.convert, arena, out, detail);
    if (reason == REJECT_NONE || trouble->reason != REJECT_NONE)
        return;
    trouble->reason = reason;
    trouble->column = column;
    g_strlcpy(trouble->detail, detail, sizeof trouble->detail);
}

/* JSON text of our own making; flaws of what went into it. */
static void put_json(const MatomoRows *rows, Arena *arena, MatomoColumn column, unsigned flaws, Value *out, Trouble *trouble)
{
    const GString *json = rows->json;
    if (flaws && !rows->stream->settings.convert.replace_invalid && trouble->reason == REJECT_NONE) {
        trouble->reason = REJECT_INVALID_TEXT;
        trouble->column = column;
        g_strlcpy(trouble->detail, "expected text, found U+0000 or invalid UTF-8 inside", sizeof trouble->detail);
    }
    SourceValue from = {.kind = SOURCE_JSON, .bytes = arena_dup(arena, json->str, json->len), .len = (uint32_t)json->len};
    put_source(rows, arena, column, &from, out, trouble);
}

/* Numbers as they stand; text that is no number as the older program stored it. */
static SourceValue numeric_source(const char *text, size_t len)
{
    Decimal decimal;
    if (len == 0)
        return (SourceValue){.kind = SOURCE_INT, .i = 0};
    if (!decimal_read(text, len, &decimal))
        return (SourceValue){.kind = SOURCE_DECIMAL, .bytes = "NaN", .len = 3};
    return (SourceValue){.kind = SOURCE_DECIMAL, .bytes = text, .len = (uint32_t)len};
}

static void put_text(const MatomoRows *rows, Arena *arena, MatomoColumn column, const JsonValue *value, Value *out,
                     Trouble *trouble)
{
    size_t len;
    unsigned flaws = 0;
    const char *text = json_text(value, arena, &len, &flaws);
    if (!value->escaped)
        text = arena_dup(arena, text, len);
    if (flaws == 0 && rows->stream->table->columns[column].type.kind == TYPE_TEXT) {
        *out = (Value){.state = VALUE_SET, .len = (uint32_t)len, .bytes = text};
        return;
    }
    SourceValue from = {.kind = SOURCE_TEXT, .bytes = text, .len = (uint32_t)len};
    if (rows->stream->table->columns[column].type.kind == TYPE_NUMERIC)
        from = numeric_source(text, len);
    put_source(rows, arena, column, &from, out, trouble);
}

static void put_value(const MatomoRows *rows, Arena *arena, const Field *field, const JsonValue *value, Value *out,
                      Trouble *trouble)
{
    const char *fallback = field->fallback;
    TypeKind type = rows->stream->table->columns[field->column].type.kind;
    if (matomo_absent(value)) {
        SourceValue from = {
            .kind = fallback ? SOURCE_TEXT : SOURCE_NULL, .bytes = fallback, .len = fallback ? (uint32_t)strlen(fallback) : 0};
        put_source(rows, arena, field->column, &from, out, trouble);
    } else if (type == TYPE_JSONB || value->type == JSON_ARRAY || value->type == JSON_OBJECT) {
        g_string_truncate(rows->json, 0);
        put_json(rows, arena, field->column, json_write(rows->json, value), out, trouble);
    } else {
        put_text(rows, arena, field->column, value, out, trouble);
    }
}

static void put_dimensions(const MatomoRows *rows, Arena *arena, const GArray *list, Value *values, Trouble *trouble)
{
    for (int i = 0; i < MATOMO_DIMENSIONS; i++)
        values[MATOMO_DIMENSION1 + i] = (Value){.state = VALUE_NULL};
    for (guint i = 0; i < list->len; i++) {
        const MatomoDimension *entry = &g_array_index(list, MatomoDimension, i);
        Field field = {.column = (MatomoColumn)(MATOMO_DIMENSION1 + entry->number - 1)};
        if (entry->number >= 1 && entry->number <= MATOMO_DIMENSIONS)
            put_value(rows, arena, &field, entry->value, &values[field.column], trouble);
    }
    g_string_truncate(rows->json, 0);
    put_json(rows, arena, MATOMO_USERCUSTOMDIMENSIONS, matomo_dimensions_json(list, rows->json),
             &values[MATOMO_USERCUSTOMDIMENSIONS], trouble);
}

static void put_variables(const MatomoRows *rows, Arena *arena, const JsonValue *action, Value *values, Trouble *trouble)
{
    g_string_truncate(rows->json, 0);
    put_json(rows, arena, MATOMO_USERCUSTOMPROPERTIES, matomo_variables_json(action, rows->visit[VISIT_VARIABLES], rows->json),
             &values[MATOMO_USERCUSTOMPROPERTIES], trouble);
}

/* ---- the visit ---- */

/* The site's day, not the server's nor ours. */
static void put_first_date(MatomoRows *rows, int64_t first)
{
    Value *out = &rows->values[MATOMO_SERVERDATEPRETTYFIRSTACTION];
    *out = (Value){.state = VALUE_NULL};
    if (microseconds(first) != TIME_NONE)
        *out = (Value){.state = VALUE_SET, .i = zone_day(rows->zone, first)};
}

static void open_scope(MatomoRows *rows, Batch *batch, bool truncated)
{
    const Value names[] = {rows->values[MATOMO_IDSITE], rows->values[MATOMO_IDVISIT]};
    const Value *id = &names[1];
    rows->scope = batch_scope(batch, names, id->bytes, id->len);
    Scope *scope = &batch->scopes[rows->scope];
    scope->low = microseconds(seconds_of(rows->visit[VISIT_FIRST]));
    scope->high = microseconds(seconds_of(rows->visit[VISIT_LAST]));
    scope->keep_others = truncated;
}

/* What all rows of the visit share, into the batch's arena. */
static void begin_batch(MatomoRows *rows, Batch *batch)
{
    Arena *arena = &batch->arena;
    rows->trouble = (Trouble){.reason = REJECT_NONE, .column = -1};
    put_text(rows, arena, MATOMO_IDVISIT, rows->visit[VISIT_ID], &rows->values[MATOMO_IDVISIT], &rows->trouble);
    const char *site = rows->stream->scope[0].value;
    rows->values[MATOMO_IDSITE] = (Value){.state = VALUE_SET, .bytes = site, .len = (uint32_t)strlen(site)};
    for (int i = 0; i < VISIT_FIELDS; i++)
        put_value(rows, arena, &visit_fields[i], rows->visit[i], &rows->values[visit_fields[i].column], &rows->trouble);
    put_first_date(rows, seconds_of(rows->visit[VISIT_FIRST]));
    put_dimensions(rows, arena, rows->visit_dimensions, rows->values, &rows->trouble);
    put_variables(rows, arena, NULL, rows->values, &rows->trouble);
}

static bool is_truncated(const MatomoRows *rows)
{
    int64_t left = 0, actions = 0;
    const JsonValue *details = rows->visit[VISIT_DETAILS];
    if (!details || details->type != JSON_ARRAY)
        return true;
    if (json_int64(rows->visit[VISIT_TRUNCATED], &left) && left > 0)
        return true;
    return json_int64(rows->visit[0], &actions) && actions > (int64_t)json_count(details);
}

/* ---- its actions ---- */

static void json_member(GString *json, const char *name, const JsonValue *value)
{
    if (!value)
        return;
    g_string_append_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
    json_write(json, value);
}

static void json_member_bytes(GString *json, const char *name, const char *bytes, size_t len)
{
    g_string_append_printf(json, "%s\"%s\":", json->len > 1 ? "," : "", name);
    json_string(json, bytes, len);
}

/* PostgreSQL reads nothing of a JSON text that holds U+0000 anywhere. */
static void show_nul(GString *json)
{
    static const char nul[] = "\\u0000", shown[] = "\\ufffd";
    for (char *at = strchr(json->str, '\\'); at; at = strchr(at + 2, '\\'))
        if (strncmp(at, nul, sizeof nul - 1) == 0)
            memcpy(at, shown, sizeof shown - 1);
}

/* The action as it came, by the names of columns, with what names its row. */
static const GString *reject_json(const MatomoRows *rows)
{
    const TableDef *table = rows->stream->table;
    g_string_assign(rows->json, "{");
    if (rows->scope >= 0) {
        const Value *site = &rows->values[MATOMO_IDSITE], *visit = &rows->values[MATOMO_IDVISIT];
        g_autofree char *id = g_strdelimit(g_strdup(rows->key->str), "/", '_');
        json_member_bytes(rows->json, "action_id", id, strlen(id));
        json_member_bytes(rows->json, "idsite", site->bytes, site->len);
        json_member_bytes(rows->json, "idvisit", visit->bytes, visit->len);
    }
    for (int i = 0; i < VISIT_FIELDS; i++)
        json_member(rows->json, table->columns[visit_fields[i].column].name, rows->visit[i]);
    for (int i = 0; i < ACTION_FIELDS; i++)
        json_member(rows->json, table->columns[action_fields[i].column].name, rows->action[i]);
    json_member(rows->json, table->columns[MATOMO_ACTION_TIMESTAMP].name, rows->action[ACTION_TIME]);
    g_string_append_c(rows->json, '}');
    show_nul(rows->json);
    return rows->json;
}

static void reject(const MatomoRows *rows, Batch *batch, const Trouble *trouble)
{
    const GString *json = reject_json(rows);
    batch_reject(batch, trouble->reason, trouble->column, trouble->detail, rows->key->str, rows->key->len, json->str, json->len,
                 microseconds(seconds_of(rows->visit[VISIT_LAST])), rows->scope);
}

static void reject_unformed(MatomoRows *rows, Batch *batch, const char *detail)
{
    Trouble trouble = {.reason = REJECT_WRONG_TYPE, .column = -1};
    g_strlcpy(trouble.detail, detail, sizeof trouble.detail);
    memset(rows->action, 0, sizeof rows->action);
    batch->read++;
    reject(rows, batch, &trouble);
}

static void put_time(MatomoRows *rows, Value *out, Trouble *trouble, int64_t *cursor)
{
    int64_t stamp = seconds_of(rows->action[ACTION_TIME]);
    *cursor = stamp == NOTHING ? TIME_NONE : microseconds(matomo_clock_next(&rows->clock, stamp));
    *out = (Value){.state = VALUE_SET, .i = *cursor};
    if (*cursor != TIME_NONE)
        return;
    bool missing = matomo_absent(rows->action[ACTION_TIME]);
    trouble->reason = missing ? REJECT_REQUIRED : REJECT_WRONG_TYPE;
    trouble->column = MATOMO_ACTION_TIMESTAMP;
    g_strlcpy(trouble->detail,
              missing ? "expected seconds since 1970, found nothing" : "expected seconds since 1970, found something else",
              sizeof trouble->detail);
}

static void put_action_values(MatomoRows *rows, const JsonValue *action, Arena *arena, Value *values, Trouble *trouble)
{
    for (int i = 0; i < ACTION_FIELDS; i++)
        put_value(rows, arena, &action_fields[i], rows->action[i], &values[action_fields[i].column], trouble);
    g_array_set_size(rows->dimensions, 0);
    if (matomo_dimensions(action, rows->dimensions)) {
        g_array_set_size(rows->dimensions, 0);
        g_array_append_vals(rows->dimensions, rows->visit_dimensions->data, rows->visit_dimensions->len);
        matomo_dimensions(action, rows->dimensions);
        put_dimensions(rows, arena, rows->dimensions, values, trouble);
    }
    if (!matomo_absent(rows->action[ACTION_VARIABLES]))
        put_variables(rows, arena, rows->action[ACTION_VARIABLES], values, trouble);
}

static void add_action(MatomoRows *rows, const JsonValue *action, Batch *batch)
{
    const Value *id = &rows->values[MATOMO_IDVISIT];
    g_string_truncate(rows->key, 0);
    g_string_append_len(rows->key, id->bytes, id->len);
    g_string_append_printf(rows->key, "/%" G_GINT64_FORMAT, rows->index);
    if (action->type != JSON_OBJECT) {
        reject_unformed(rows, batch, "expected an action, found something else");
        return;
    }
    Trouble trouble = rows->trouble;
    json_pick(rows->action_names, action, rows->action);
    Row *row = batch_row(batch, rows->key->str, rows->key->len, TIME_NONE, rows->scope);
    Arena *arena = &batch->arena;
    memcpy(row->values, rows->values, sizeof rows->values);
    put_action_values(rows, action, arena, row->values, &trouble);
    put_time(rows, &row->values[MATOMO_ACTION_TIMESTAMP], &trouble, &row->cursor);
    char *name = arena_dup(arena, rows->key->str, rows->key->len);
    name[id->len] = '_';
    row->values[MATOMO_ACTION_ID] = (Value){.state = VALUE_SET, .bytes = name, .len = (uint32_t)rows->key->len};
    if (trouble.reason == REJECT_NONE)
        return;
    batch_drop_row(batch);
    reject(rows, batch, &trouble);
}

/* ---- the way through a visit ---- */

static bool begin_visit(MatomoRows *rows, const JsonValue *visit, Batch *batch)
{
    json_pick(rows->visit_names, visit, rows->visit);
    int64_t id;
    if (!json_int64(rows->visit[VISIT_ID], &id)) {
        rows->scope = -1;
        g_string_printf(rows->key, "?%" G_GINT64_FORMAT, seconds_of(rows->visit[VISIT_LAST]));
        reject_unformed(rows, batch, "expected a visit with its idVisit, found none");
        return false;
    }
    const JsonValue *details = rows->visit[VISIT_DETAILS];
    rows->next = details && details->type == JSON_ARRAY ? json_first(details) : NULL;
    rows->index = 0;
    const JsonValue *first = rows->next ? json_get(rows->next, "timestamp") : NULL;
    rows->clock =
        matomo_clock_new(rows->zone, seconds_of(rows->visit[VISIT_FIRST]), seconds_of(rows->visit[VISIT_LAST]), seconds_of(first));
    g_array_set_size(rows->visit_dimensions, 0);
    matomo_dimensions(visit, rows->visit_dimensions);
    return true;
}

bool matomo_rows_add(MatomoRows *rows, const JsonValue *visit, Batch *batch, bool *truncated)
{
    *truncated = false;
    if (rows->pending != visit && !begin_visit(rows, visit, batch))
        return true;
    const JsonValue *details = rows->visit[VISIT_DETAILS];
    bool readable = details && details->type == JSON_ARRAY, some_missing = is_truncated(rows);
    rows->pending = visit;
    begin_batch(rows, batch);
    open_scope(rows, batch, some_missing);
    if (!readable) {
        g_string_printf(rows->key, "%.*s", (int)rows->values[MATOMO_IDVISIT].len, rows->values[MATOMO_IDVISIT].bytes);
        reject_unformed(rows, batch, "expected actionDetails to be a list of actions, found none");
    }
    for (int added = 0; readable && rows->next; added++, rows->index++, rows->next = json_next(details, rows->next)) {
        if (added > 0 && batch_full(batch, rows->stream->settings.batch_size)) {
            batch->scopes[rows->scope].more_follows = true;
            return false;
        }
        add_action(rows, rows->next, batch);
    }
    rows->pending = NULL;
    *truncated = readable && some_missing;
    return true;
}
