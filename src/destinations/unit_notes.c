/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/unit_notes.h"

#include "destinations/ledger.h"
#include "destinations/sql.h"
#include "model/time.h"

#define NOTES_SINCE 2 /* version of the ledger */

void stored_note_free(void *data)
{
    StoredNote *note = data;
    if (!note)
        return;
    g_free(note->stream);
    g_free(note->text);
    g_free(note);
}

/* With all its digits, so that it sorts as text, too. */
static const char *bound_text(int64_t us, SqlText *room)
{
    int64_t of_second = us % US_PER_SECOND;
    of_second += of_second < 0 ? US_PER_SECOND : 0;
    size_t len = time_format_iso(us - of_second, room->text);
    g_snprintf(room->text + len - 1, sizeof room->text - len + 1, ".%06dZ", (int)of_second);
    return room->text;
}

static bool drop_within(Destination *d, const Stream *stream, const UnitNote *note, Err *err)
{
    SqlText low, high;
    g_autofree char *sql = g_strdup_printf("DELETE FROM %sunit_notes WHERE stream = $1 AND low >= $2 AND low < $3", d->control);
    return db_execf(d, err, NULL, sql, 3, stream->id, bound_text(note->low, &low), bound_text(note->high, &high));
}

static bool insert(Destination *d, const Stream *stream, int64_t run, const UnitNote *note, Err *err)
{
    SqlText low, high, count, number;
    g_autofree char *sql = g_strdup_printf(
        "INSERT INTO %sunit_notes (stream, low, high, \"count\", note, run, \"at\") VALUES ($1, $2, $3, $4, $5, $6, %s)",
        d->control, d->ops->dialect->now);
    return db_execf(d, err, NULL, sql, 6, stream->id, bound_text(note->low, &low), bound_text(note->high, &high),
                    sql_int(note->count, &count), note->text, sql_int(run, &number));
}

bool unit_notes_put(Destination *d, const Stream *stream, int64_t run, const UnitNote *notes, int count, Err *err)
{
    for (int i = 0; i < count; i++)
        if (!drop_within(d, stream, &notes[i], err) || (notes[i].count > 0 && !insert(d, stream, run, &notes[i], err)))
            return err_context(err, "noting what a unit of %s left behind", stream->id);
    return true;
}

bool unit_notes_drop(Destination *d, const Stream *stream, Err *err)
{
    g_autofree char *sql = g_strdup_printf("DELETE FROM %sunit_notes WHERE stream = $1", d->control);
    return db_execf(d, err, NULL, sql, 1, stream->id);
}

bool unit_notes_any(Destination *d, const Stream *stream, bool *any, Err *err)
{
    int64_t found = 0;
    g_autofree char *sql = g_strdup_printf("SELECT 1 FROM %sunit_notes WHERE stream = $1 LIMIT 1", d->control);
    bool ok = db_number(d, &found, err, sql, 1, stream->id);
    *any = found == 1;
    return ok;
}

bool unit_notes_list(Destination *d, const char *stream, int64_t low, int64_t high, GPtrArray *out, Err *err)
{
    SqlText from, to;
    DbRows rows;
    int64_t version;
    if (!ledger_version(d, &version, err))
        return false;
    if (version < NOTES_SINCE)
        return true;
    const char *instant = d->ops->dialect->instant_type;
    g_autofree char *sql =
        g_strdup_printf("SELECT n.stream, n.low, n.high, n.\"count\", n.note, n.run, n.\"at\" FROM %sunit_notes AS n "
                        "WHERE (CAST($1 AS text) IS NULL OR n.stream = $1) AND (CAST($2 AS %s) IS NULL OR n.low < CAST($2 AS %s)) "
                        "AND (CAST($3 AS %s) IS NULL OR n.high > CAST($3 AS %s)) ORDER BY n.low DESC, n.stream",
                        d->control, instant, instant, instant, instant);
    if (!db_queryf(d, &rows, err, sql, 3, stream, high == TIME_NONE ? NULL : bound_text(high, &to),
                   low == TIME_NONE ? NULL : bound_text(low, &from)))
        return err_context(err, "reading what units left behind");
    for (int i = 0; i < rows.count; i++) {
        StoredNote *note = g_new0(StoredNote, 1);
        *note = (StoredNote){.stream = g_strdup(db_cell(&rows, i, 0)),
                             .low = sql_cell_instant(&rows, i, 1),
                             .high = sql_cell_instant(&rows, i, 2),
                             .count = sql_cell_int(&rows, i, 3, 0),
                             .text = g_strdup(db_cell(&rows, i, 4)),
                             .run = sql_cell_int(&rows, i, 5, 0),
                             .at = sql_cell_instant(&rows, i, 6)};
        g_ptr_array_add(out, note);
    }
    db_rows_clear(&rows);
    return true;
}
