/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/ledger.h"
#include "destinations/sql.h"

/* One step per version of our tables: `<control>` and `<instant>` and `<number>` stand for the destination's words. A released step is never
 * changed: a new version is a new step. */
typedef struct LedgerStep {
    const char *const *statements; /* NULL-terminated */
} LedgerStep;

static const char *const version_1[] = {
    "CREATE TABLE <control>meta (version bigint NOT NULL)",
    "CREATE TABLE <control>streams (stream text NOT NULL PRIMARY KEY, table_name text NOT NULL, watermark <instant>, definition "
    "text, "
    "unaudited smallint NOT NULL DEFAULT 0, history_from <instant>, \"rows\" bigint, first_loaded <instant>, changed_at <instant>, "
    "updated_at <instant> NOT NULL)",
    "CREATE TABLE <control>checkpoints (stream text NOT NULL, job text NOT NULL, window_key text NOT NULL, kind text NOT NULL, "
    "low <instant>, high <instant>, clock <instant>, highest <instant>, stop_before <instant>, first_load smallint NOT NULL, "
    "definition text, "
    "\"position\" text, run bigint NOT NULL, updated_at <instant> NOT NULL, PRIMARY KEY (stream, job, window_key))",
    "CREATE TABLE <control>commits (id <number> PRIMARY KEY, stream text NOT NULL, job text NOT NULL, run bigint, window_key text, "
    "\"day\" text NOT NULL, \"read\" bigint NOT NULL, written bigint NOT NULL, unchanged bigint NOT NULL, rejected bigint NOT "
    "NULL, "
    "filtered bigint NOT NULL, removed bigint NOT NULL, \"at\" <instant> NOT NULL)",
    "CREATE INDEX tidemark_commits_day ON <control>commits (stream, \"day\")",
    "CREATE TABLE <control>leases (name text NOT NULL PRIMARY KEY, stream text NOT NULL, holder_user text, holder_host text, run "
    "bigint, "
    "epoch bigint NOT NULL, taken_at <instant> NOT NULL, renewed_at <instant> NOT NULL, expires_at <instant>)",
    "CREATE INDEX tidemark_leases_stream ON <control>leases (stream)",
    "CREATE TABLE <control>rejects (id <number> PRIMARY KEY, stream text NOT NULL, \"key\" text NOT NULL, scope text, "
    "reason text NOT NULL, sqlstate text, column_name text, detail text, \"row\" text, row_digest text, absent text, "
    "\"cursor\" bigint, first_seen <instant> NOT NULL, last_seen <instant> NOT NULL, first_run bigint NOT NULL, "
    "last_run bigint NOT NULL, tries bigint NOT NULL, dismissed_at <instant>)",
    "CREATE UNIQUE INDEX tidemark_rejects_key ON <control>rejects (stream, \"key\")",
    "CREATE INDEX tidemark_rejects_scope ON <control>rejects (stream, scope)",
    "CREATE TABLE <control>stages (name text NOT NULL PRIMARY KEY, stream text NOT NULL, run bigint NOT NULL, epoch bigint NOT "
    "NULL, "
    "created_at <instant> NOT NULL)",
    NULL,
};

static const char *const version_2[] = {
    "CREATE TABLE <control>unit_notes (stream text NOT NULL, low <instant> NOT NULL, high <instant> NOT NULL, \"count\" bigint NOT "
    "NULL, note text NOT NULL, run bigint NOT NULL, \"at\" <instant> NOT NULL, PRIMARY KEY (stream, low, high))",
    NULL,
};

/* When "rows" was counted; since then it has been kept by addition. */
static const char *const version_3[] = {"ALTER TABLE <control>streams ADD COLUMN counted_at <instant>", NULL};

static const LedgerStep steps[] = {{version_1}, {version_2}, {version_3}};
#define LEDGER_VERSION ((int)G_N_ELEMENTS(steps))

/* The control prefix (`"tidemark".` or `tidemark_`) taken apart: schema (NULL without) and the name of a table of ours. */
static void control_table(const Destination *d, const char *name, char **schema, char **table)
{
    *schema = NULL;
    if (!d->ops->dialect->has_schemas) {
        *table = g_strconcat(d->control, name, NULL);
        return;
    }
    GString *plain = g_string_new(NULL);
    for (const char *c = d->control + 1; c[0] && !(c[0] == '"' && c[1] != '"'); c++) {
        g_string_append_c(plain, *c);
        if (c[0] == '"')
            c++;
    }
    *schema = g_string_free(plain, FALSE);
    *table = g_strdup(name);
}

static bool version_found(Destination *d, int64_t *version, bool *exists, Err *err)
{
    g_autofree char *schema = NULL, *table = NULL;
    control_table(d, "meta", &schema, &table);
    LiveTable *live = NULL;
    if (!d->ops->describe(d, schema, table, &live, err))
        return err_context(err, "looking for the ledger");
    *exists = live->exists;
    live_table_free(live);
    *version = 0;
    if (!*exists)
        return true;
    g_autofree char *sql = g_strdup_printf("SELECT max(version) FROM %smeta", d->control);
    return db_number(d, version, err, sql, 0);
}

bool ledger_exists(Destination *d, bool *exists, Err *err)
{
    int64_t version;
    return version_found(d, &version, exists, err);
}

bool ledger_version(Destination *d, int64_t *version, Err *err)
{
    bool exists;
    return version_found(d, version, &exists, err);
}

static char *spell(const Destination *d, const char *statement)
{
    const Dialect *dialect = d->ops->dialect;
    g_autoptr(GString) number = g_string_new(NULL);
    dialect->type(&(SqlType){.kind = TYPE_INT8, .generated = true}, number);
    GString *sql = g_string_new(statement);
    g_string_replace(sql, "<control>", d->control, 0);
    g_string_replace(sql, "<instant>", dialect->instant_type, 0);
    g_string_replace(sql, "<number>", number->str, 0);
    return g_string_free(sql, FALSE);
}

/* Only where it is missing: a login that was given a schema to work in may not create one, not even one that exists. */
static bool add_schema(Destination *d, GPtrArray *statements, Err *err)
{
    g_autofree char *schema = NULL, *table = NULL;
    control_table(d, "meta", &schema, &table);
    DbRows rows;
    if (!db_queryf(d, &rows, err, d->ops->dialect->schema_exists, 1, schema))
        return false;
    if (rows.count == 0)
        g_ptr_array_add(statements, g_strdup_printf("CREATE SCHEMA IF NOT EXISTS %.*s", (int)strlen(d->control) - 1, d->control));
    db_rows_clear(&rows);
    return true;
}

static void add_version(const Destination *d, int version, GPtrArray *statements)
{
    for (const char *const *statement = steps[version - 1].statements; *statement; statement++)
        g_ptr_array_add(statements, spell(d, *statement));
    if (version == 1)
        g_ptr_array_add(statements, g_strdup_printf("INSERT INTO %smeta (version) VALUES (1)", d->control));
    else
        g_ptr_array_add(statements, g_strdup_printf("UPDATE %smeta SET version = %d", d->control, version));
}

bool ledger_plan(Destination *d, GPtrArray *statements, Err *err)
{
    int64_t version = 0;
    bool exists;
    if (!version_found(d, &version, &exists, err))
        return false;
    if (version > LEDGER_VERSION) {
        err_set(err, ERR_DEST, "the ledger in the destination has version %" G_GINT64_FORMAT ", this program knows up to %d",
                version, LEDGER_VERSION);
        return err_hint(err, "install the newer program that wrote it");
    }
    if (version == 0 && d->ops->dialect->has_schemas && !add_schema(d, statements, err))
        return false;
    for (int step = (int)version + 1; step <= LEDGER_VERSION; step++)
        add_version(d, step, statements);
    return true;
}

/* The lock first, then the look: a session that waited for the lock finds what the other one made. */
static bool prepare_locked(Destination *d, Err *err)
{
    const char *lock = d->ops->dialect->ddl_lock;
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    if ((lock && !db_exec(d, err, lock)) || !ledger_plan(d, statements, err))
        return false;
    for (guint i = 0; i < statements->len; i++)
        if (!db_exec(d, err, statements->pdata[i]))
            return err_context(err, "creating the ledger");
    return true;
}

bool ledger_prepare(Destination *d, Err *err)
{
    g_autoptr(GPtrArray) statements = g_ptr_array_new_with_free_func(g_free);
    if (!ledger_plan(d, statements, err))
        return false;
    if (statements->len == 0)
        return true;
    if (!db_begin(d, err))
        return false;
    if (prepare_locked(d, err) && db_commit(d, err))
        return true;
    db_rollback(d);
    return false;
}
