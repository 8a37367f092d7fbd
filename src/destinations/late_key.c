/* SPDX-License-Identifier: Apache-2.0 */
/* A first load into a table that has no key yet, nor most indexes: PostgreSQL builds one over all rows in a fraction of the time that keeping it takes.
 * Each row is copied once (Stream.distinct), so nothing has to be looked up before. The key comes in the transaction that closes the window, or with the
 * first group that has to look rows up. A run that ends before leaves a table without one: the next plan makes it, or goes on like this. */
#include "destinations/ddl_parts.h"
#include "destinations/known_tables.h"
#include "destinations/sql.h"
#include "destinations/writer.h"

bool late_key_is_due(const StreamWriter *writer, bool direct, const CommitPoint *point)
{
    return writer->late_key && (!direct || point->closed);
}

/* Somebody else may have made it meanwhile, such as a plan of another program of ours. */
static bool has_key(StreamWriter *writer, bool *has, Err *err)
{
    const TableDef *table = writer->stream->table;
    LiveTable *live = NULL;
    if (!writer->d->ops->describe(writer->d, table->schema, table->name, &live, err))
        return false;
    *has = live_has_key(live, table, &writer->stream->conflict);
    live_table_free(live);
    return true;
}

bool late_key_make(StreamWriter *writer, Err *err)
{
    bool has;
    Err why = {0};
    if (!has_key(writer, &has, err))
        return false;
    bool ok = has || db_exec(writer->d, &why, writer->late_key);
    for (guint i = 0; ok && writer->setup.indexes && i < writer->setup.indexes->len; i++)
        ok = db_exec(writer->d, &why, writer->setup.indexes->pdata[i]);
    if (ok)
        return true;
    sql_fail(err, &why);
    if (g_str_equal(why.native, "23505"))
        err_hint(err, "other programs wrote rows with the same key: remove them, or `tidemark reimport %s --truncate`",
                 writer->stream->id);
    return false;
}

void late_key_made(StreamWriter *writer)
{
    writer->late_key = NULL;
    destination_forget_tables(writer->d);
}
