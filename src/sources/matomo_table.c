/* SPDX-License-Identifier: Apache-2.0 */
#include "sources/matomo_table.h"

#include "model/time.h"

static const struct {
    const char *name;
    TypeKind type;
} columns[MATOMO_COLUMNS] = {
    [MATOMO_ACTION_ID] = {"action_id", TYPE_TEXT},
    [MATOMO_IDSITE] = {"idsite", TYPE_TEXT},
    [MATOMO_IDVISIT] = {"idvisit", TYPE_TEXT},
    [MATOMO_ACTIONS] = {"actions", TYPE_TEXT},
    [MATOMO_COUNTRY] = {"country", TYPE_TEXT},
    [MATOMO_REGION] = {"region", TYPE_TEXT},
    [MATOMO_CITY] = {"city", TYPE_TEXT},
    [MATOMO_OPERATINGSYSTEMNAME] = {"operatingsystemname", TYPE_TEXT},
    [MATOMO_DEVICEMODEL] = {"devicemodel", TYPE_TEXT},
    [MATOMO_DEVICEBRAND] = {"devicebrand", TYPE_TEXT},
    [MATOMO_VISITDURATION] = {"visitduration", TYPE_TEXT},
    [MATOMO_DAYSSINCEFIRSTVISIT] = {"dayssincefirstvisit", TYPE_TEXT},
    [MATOMO_VISITORTYPE] = {"visitortype", TYPE_TEXT},
    [MATOMO_SITENAME] = {"sitename", TYPE_TEXT},
    [MATOMO_USERID] = {"userid", TYPE_TEXT},
    [MATOMO_SERVERDATEPRETTYFIRSTACTION] = {"serverdateprettyfirstaction", TYPE_DATE},
    [MATOMO_ACTION_TYPE] = {"action_type", TYPE_TEXT},
    [MATOMO_ACTION_EVENTCATEGORY] = {"action_eventcategory", TYPE_TEXT},
    [MATOMO_ACTION_EVENTACTION] = {"action_eventaction", TYPE_TEXT},
    [MATOMO_ACTION_EVENTNAME] = {"action_eventname", TYPE_TEXT},
    [MATOMO_ACTION_EVENTVALUE] = {"action_eventvalue", TYPE_NUMERIC},
    [MATOMO_ACTION_TIMESPENT] = {"action_timespent", TYPE_TEXT},
    [MATOMO_ACTION_TIMESTAMP] = {"action_timestamp", TYPE_TIMESTAMPTZ},
    [MATOMO_USERCUSTOMPROPERTIES] = {"usercustomproperties", TYPE_JSON},
    [MATOMO_USERCUSTOMDIMENSIONS] = {"usercustomdimensions", TYPE_JSON},
    [MATOMO_DIMENSION1] = {"dimension1", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 1] = {"dimension2", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 2] = {"dimension3", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 3] = {"dimension4", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 4] = {"dimension5", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 5] = {"dimension6", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 6] = {"dimension7", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 7] = {"dimension8", TYPE_TEXT},
    [MATOMO_DIMENSION1 + 8] = {"dimension9", TYPE_TEXT},
    [MATOMO_DIMENSION10] = {"dimension10", TYPE_TEXT},
    [MATOMO_ACTION_URL] = {"action_url", TYPE_TEXT},
    [MATOMO_SITESEARCHKEYWORD] = {"sitesearchkeyword", TYPE_TEXT},
    [MATOMO_ACTION_TITLE] = {"action_title", TYPE_TEXT},
    [MATOMO_VISITORID] = {"visitorid", TYPE_TEXT},
    [MATOMO_REFERRERTYPE] = {"referrertype", TYPE_TEXT},
    [MATOMO_REFERRERNAME] = {"referrername", TYPE_TEXT},
    [MATOMO_RESOLUTION] = {"resolution", TYPE_TEXT},
    [MATOMO_EXPERIMENTS] = {"experiments", TYPE_JSONB},
};

/* The names that the older program gave: fixed ones on its standard table, made from the table's name on its partitioned one. */
static const struct {
    const char *standard, *partitioned;
    int columns[3], count;
} indexes[] = {
    {"idx_action_eventaction_matomo", "idx_action_eventaction_%s", {MATOMO_ACTION_EVENTACTION}, 1},
    {"idx_action_eventcategory_matomo", "idx_action_eventcategory_%s", {MATOMO_ACTION_EVENTCATEGORY}, 1},
    {"idx_action_id", "idx_action_id_%s", {MATOMO_ACTION_ID}, 1},
    {"idx_action_timestamp_matomo", "idx_action_timestamp_%s", {MATOMO_ACTION_TIMESTAMP}, 1},
    {"idx_action_type_matomo", "idx_action_type_%s", {MATOMO_ACTION_TYPE}, 1},
    {"idx_actionurl", "idx_actionurl_%s", {MATOMO_ACTION_URL}, 1},
    {"idx_dimension1", "idx_dimension1_%s", {MATOMO_DIMENSION1}, 1},
    {"idx_dimension2", "idx_dimension2_%s", {MATOMO_DIMENSION1 + 1}, 1},
    {"idx_dimension3", "idx_dimension3_%s", {MATOMO_DIMENSION1 + 2}, 1},
    {"idx_dimension4", "idx_dimension4_%s", {MATOMO_DIMENSION1 + 3}, 1},
    {"idx_dimension5", "idx_dimension5_%s", {MATOMO_DIMENSION1 + 4}, 1},
    {"idx_idvisit_matomo", "idx_idvisit_%s", {MATOMO_IDVISIT}, 1},
    {"idx_region", "idx_region_%s", {MATOMO_REGION}, 1},
    {"idx_userid", "idx_userid_%s", {MATOMO_USERID}, 1},
    {"idx_visitorid", "idx_visitorid_%s", {MATOMO_VISITORID}, 1},
    {NULL, "idx_category_timestamp_%s", {MATOMO_ACTION_EVENTCATEGORY, MATOMO_ACTION_TIMESTAMP}, 2},
};

#define DAY_INDEX "actions_day"

/* What stands for the table's name in one of the names above. */
static char *named(const char *pattern, const char *table)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "%s", 2);
    return g_strjoinv(table, parts);
}

static void add_index_columns(TableDef *table, bool partitioned)
{
    for (size_t i = 0; i < G_N_ELEMENTS(indexes); i++) {
        const char *pattern = partitioned ? indexes[i].partitioned : indexes[i].standard;
        if (!pattern)
            continue;
        g_autofree char *name = named(pattern, table->name);
        table_index_columns(table, name, indexes[i].columns, indexes[i].count);
    }
}

static void add_standard_keys(TableDef *table)
{
    static const int key[] = {MATOMO_ACTION_ID};
    table_add_unique(table, key, G_N_ELEMENTS(key));
    add_index_columns(table, false);
    table_add_index(table, DAY_INDEX)->day_of = g_strdup("action_timestamp");
}

static void add_partitioned_keys(TableDef *table)
{
    static const int key[] = {MATOMO_ACTION_ID, MATOMO_ACTION_TIMESTAMP};
    table_add_unique(table, key, G_N_ELEMENTS(key))->name = g_strdup_printf("%s_action_id_timestamp_unique", table->name);
    table_partition_weekly(table, "action_timestamp");
    add_index_columns(table, true);
    g_autofree char *day = g_strdup_printf(DAY_INDEX "_%s", table->name);
    table_add_index(table, day)->day_of = g_strdup("action_timestamp");
    TableIndex *convention = table_add_index(table, "idx_convention_analysis_matomo_partitioned");
    convention->expression = g_strdup("\"action_type\", \"action_url\", \"action_timestamp\"");
    convention->where = g_strdup("\"action_url\" LIKE 'https://code.travail.gouv.fr/convention-collective/%'");
}

TableDef *matomo_table_new(const MatomoSettings *settings, const char *into)
{
    TableDef *table = table_new(into, settings->table, MATOMO_COLUMNS);
    for (int i = 0; i < MATOMO_COLUMNS; i++) {
        table->columns[i].name = g_strdup(columns[i].name);
        table->columns[i].type.kind = columns[i].type;
        table->columns[i].nullable = i != MATOMO_ACTION_ID && !(settings->partitioned && i == MATOMO_ACTION_TIMESTAMP);
    }
    if (settings->partitioned)
        add_partitioned_keys(table);
    else
        add_standard_keys(table);
    g_autofree char *steps = g_strdup_printf("%s_migration", settings->migrations);
    table_add_step(table, MATOMO_EXPERIMENTS, "matomo-postgres", steps, "20260407-01-ab-testing");
    return table;
}

Stream *matomo_stream_new(const SourceConfig *config, const MatomoSettings *settings, int64_t site, int position,
                          int64_t lookback_us)
{
    static const int parent[] = {MATOMO_IDSITE, MATOMO_IDVISIT}, time_column[] = {MATOMO_ACTION_TIMESTAMP};
    Stream *stream = g_new0(Stream, 1);
    MatomoSpec *spec = g_new0(MatomoSpec, 1);
    spec->site = site;
    stream->name = g_strdup_printf("site-%" G_GINT64_FORMAT, site);
    stream->id = g_strdup_printf("%s.%s", config->name, stream->name);
    stream->source = g_strdup(config->name);
    stream->calendar = "the site's zone";
    stream->origin = g_strdup_printf("site %" G_GINT64_FORMAT, site);
    stream->table = matomo_table_new(settings, config->into);
    stream->mode = WRITE_CHILDREN;
    const TableKey *key = &stream->table->uniques[0];
    stream->conflict =
        (TableKey){.columns = g_memdup2(key->columns, sizeof *key->columns * (gsize)key->count), .count = key->count};
    stream->conflict_is_identity = true;
    stream->mapped = g_new0(bool, MATOMO_COLUMNS);
    stream->inherited = g_new0(bool, MATOMO_COLUMNS);
    for (int i = 0; i < MATOMO_COLUMNS; i++)
        stream->mapped[i] = true;
    stream->cursor_columns = g_memdup2(time_column, sizeof time_column);
    stream->cursor_column_count = G_N_ELEMENTS(time_column);
    stream->scope_columns = g_memdup2(parent, sizeof parent);
    stream->scope_column_count = G_N_ELEMENTS(parent);
    stream->scope = g_new0(ScopePredicate, 1);
    stream->scope[0] = (ScopePredicate){.column = MATOMO_IDSITE, .value = g_strdup_printf("%" G_GINT64_FORMAT, site)};
    stream->scope_count = 1;
    stream->scope_span_us = 2 * US_PER_DAY; /* a row of the older program lies up to 14 hours off */
    stream->position = position;
    stream->settings = (StreamSettings){
        .lookback_us = lookback_us,
        .threshold_us = settings->force_start ? settings->start_us : TIME_NONE,
        .keep_rows_us = -1,
    };
    stream->spec = spec;
    stream->spec_free = g_free;
    stream_set_definition(stream, "matomo 1");
    return stream;
}
