/* SPDX-License-Identifier: Apache-2.0 */
#include "destinations/sqlite.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/clock.h"
#include "destinations/drivers.h"

#define STATEMENTS_KEPT 128
#define PROGRESS_OPS    20000 /* virtual machine steps between two looks at the interrupt flag: well under a millisecond */
#define BUSY_SLICE_MS   5
#define DEFAULT_BUSY_MS 30000
#define MAIN_CACHE_KIB  "2048"
#define TEMP_CACHE_KIB  "2048"
#define SCHEME          "sqlite:"
#define SCHEME_LEN      (sizeof SCHEME - 1)

static const char *const sqlite_schemes[] = {"sqlite", NULL};

static const OptionDef sqlite_options[] = {
    {"busy_timeout", OPT_DURATION, 0, INT64_C(3600000000), "30s", false, "how long to wait for another writer of the file", NULL,
     NULL},
    {0},
};

/* ---- running statements ---- */

static int on_busy(void *data, int count)
{
    Destination *d = data;
    Sqlite *s = d->private_data;
    int64_t now = clock_mono_ms();
    if (count == 0)
        s->busy_since = now;
    if (atomic_load(&d->interrupted) && !s->rolling_back)
        return 0;
    if (now - s->busy_since >= s->busy_ms)
        return 0;
    poll(NULL, 0, BUSY_SLICE_MS);
    return 1;
}

static int on_progress(void *data)
{
    Destination *d = data;
    Sqlite *s = d->private_data;
    return atomic_load(&d->interrupted) && !s->rolling_back;
}

static void sqlite_interrupt(Destination *d)
{
    /* The flag is seen by on_progress() and on_busy() in the connection's own thread; sqlite3_interrupt() would also end a ROLLBACK. */
    (void)d;
}

static const char *skip_blanks(const char *sql)
{
    while (g_ascii_isspace(*sql) || *sql == ';')
        sql++;
    return sql;
}

static bool is_rollback(const char *sql)
{
    return g_ascii_strncasecmp(skip_blanks(sql), "ROLLBACK", 8) == 0;
}

sqlite3_stmt *sqlite_prepare(Destination *d, const char *sql, Err *err)
{
    Sqlite *s = d->private_data;
    sqlite3_stmt *statement = g_hash_table_lookup(s->statements, sql);
    if (statement)
        return statement;
    if (g_hash_table_size(s->statements) >= STATEMENTS_KEPT)
        g_hash_table_remove_all(s->statements);
    int code = sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
    if (code != SQLITE_OK) {
        sqlite_fail(d, code, err);
        return NULL;
    }
    if (!statement) {
        err_set(err, ERR_INTERNAL, "an empty statement was given to the destination");
        return NULL;
    }
    g_hash_table_insert(s->statements, g_strdup(sql), statement);
    return statement;
}

static bool bind_texts(Destination *d, sqlite3_stmt *statement, int param_count, const char *const *params, Err *err)
{
    for (int i = 0; i < param_count; i++) {
        char name[16];
        g_snprintf(name, sizeof name, "$%d", i + 1);
        int index = sqlite3_bind_parameter_index(statement, name);
        if (index == 0)
            continue; /* a parameter that this database's wording does not need */
        int code =
            params[i] ? sqlite3_bind_text(statement, index, params[i], -1, SQLITE_STATIC) : sqlite3_bind_null(statement, index);
        if (code != SQLITE_OK)
            return sqlite_fail(d, code, err);
    }
    return true;
}

static void take_row(sqlite3_stmt *statement, GPtrArray *cells, int columns)
{
    for (int i = 0; i < columns; i++) {
        const char *text = (const char *)sqlite3_column_text(statement, i);
        g_ptr_array_add(cells, text ? g_strndup(text, (gsize)sqlite3_column_bytes(statement, i)) : NULL);
    }
}

/* Steps to the end; cells may be NULL (rows are dropped). */
static bool run_statement(Destination *d, sqlite3_stmt *statement, GPtrArray *cells, Err *err)
{
    Sqlite *s = d->private_data;
    if (!s->rolling_back && destination_take_interrupt(d))
        return err_set(err, ERR_CANCELLED, "stopped on request");
    int columns = sqlite3_column_count(statement);
    int code;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        if (cells)
            take_row(statement, cells, columns);
    bool ok = code == SQLITE_DONE || sqlite_fail(d, code, err);
    sqlite3_reset(statement);
    return ok;
}

/* Several statements without parameters: schema changes and the like, not worth keeping. */
static bool run_script(Destination *d, const char *sql, Err *err)
{
    Sqlite *s = d->private_data;
    for (const char *rest = skip_blanks(sql); *rest; rest = skip_blanks(rest)) {
        sqlite3_stmt *statement = NULL;
        int code = sqlite3_prepare_v2(s->db, rest, -1, &statement, &rest);
        if (code != SQLITE_OK)
            return sqlite_fail(d, code, err);
        if (!statement)
            break; /* only a comment was left */
        bool ok = run_statement(d, statement, NULL, err);
        sqlite3_finalize(statement);
        if (!ok)
            return false;
    }
    return true;
}

static bool run_one(Destination *d, const char *sql, int param_count, const char *const *params, GPtrArray *cells, int *columns,
                    Err *err)
{
    sqlite3_stmt *statement = sqlite_prepare(d, sql, err);
    if (!statement)
        return false;
    bool ok = bind_texts(d, statement, param_count, params, err) && run_statement(d, statement, cells, err);
    if (columns)
        *columns = sqlite3_column_count(statement);
    sqlite3_clear_bindings(statement);
    return ok;
}

bool sqlite_exec(Destination *d, const char *sql, int param_count, const char *const *params, int64_t *changed, Err *err)
{
    Sqlite *s = d->private_data;
    s->rolling_back = is_rollback(sql);
    if (s->rolling_back && sqlite3_get_autocommit(s->db)) {
        s->rolling_back = false; /* a full disk or an interrupt has already rolled back */
        return true;
    }
    int64_t before = sqlite3_total_changes64(s->db);
    bool ok = param_count > 0 ? run_one(d, sql, param_count, params, NULL, NULL, err) : run_script(d, sql, err);
    s->rolling_back = false;
    if (ok && changed)
        *changed = sqlite3_total_changes64(s->db) == before ? 0 : sqlite3_changes64(s->db);
    return ok;
}

bool sqlite_query(Destination *d, const char *sql, int param_count, const char *const *params, DbRows *out, Err *err)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    int columns = 0;
    *out = (DbRows){0};
    if (!run_one(d, sql, param_count, params, cells, &columns, err))
        return false;
    gsize count = 0;
    gpointer *taken = g_ptr_array_steal(cells, &count);
    *out = (DbRows){.count = columns > 0 ? (int)(count / (gsize)columns) : 0, .columns = columns, .cells = (char **)taken};
    return true;
}

/* ---- opening and closing ---- */

static char *path_of_url(const char *url)
{
    const char *path = g_ascii_strncasecmp(url, SCHEME, SCHEME_LEN) == 0 ? url + SCHEME_LEN : url;
    if (g_str_has_prefix(path, "///"))
        path += 2; /* sqlite:///var/lib/x is /var/lib/x */
    return g_strdup(path);
}

static bool check_path(const char *path, Err *err)
{
    if (!*path || g_str_has_prefix(path, ":") || g_str_has_prefix(path, "//")) {
        err_set(err, ERR_CONFIG, "destination: `%s` names no file, expected sqlite:FILE", path);
        return err_hint(err, "write for example sqlite:warehouse.db");
    }
    g_autofree char *directory = g_path_get_dirname(path);
    if (!g_file_test(directory, G_FILE_TEST_IS_DIR)) {
        err_set(err, ERR_UNREACHABLE, "destination %s: the directory %s does not exist", path, directory);
        return err_hint(err, "create it: mkdir -p '%s'", directory);
    }
    return true;
}

/* Changing to WAL takes the file alone for a moment, and SQLite does not wait for that by itself. */
static bool enter_wal(Destination *d, Err *err)
{
    for (int tries = 0;; tries++) {
        Err failed = {0};
        if (run_script(d, "PRAGMA journal_mode=WAL", &failed))
            return true;
        if (!failed.transient || !on_busy(d, tries)) {
            if (err)
                *err = failed;
            return false;
        }
    }
}

static bool configure(Destination *d, Err *err)
{
    Sqlite *s = d->private_data;
    sqlite3_extended_result_codes(s->db, 1);
    sqlite3_busy_handler(s->db, on_busy, d);
    sqlite3_progress_handler(s->db, PROGRESS_OPS, on_progress, d);
    /* WAL with NORMAL may forget the last commits when the power fails, but rows and position together (promise 2). */
    return enter_wal(d, err) &&
           run_script(d,
                      "PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; PRAGMA temp_store=FILE; PRAGMA trusted_schema=OFF;"
                      "PRAGMA cache_size=-" MAIN_CACHE_KIB "; PRAGMA temp.cache_size=-" TEMP_CACHE_KIB,
                      err);
}

static void finalize(void *statement)
{
    sqlite3_finalize(statement);
}

static void sqlite_init(Destination *d)
{
    Sqlite *s = d->private_data;
    s->lock_fd = -1;
}

static bool sqlite_open(Destination *d, Err *err)
{
    Sqlite *s = d->private_data;
    s->busy_ms = d->config->options ? (int)(options_int(d->config->options, "busy_timeout") / 1000) : DEFAULT_BUSY_MS;
    s->statements = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finalize);
    s->path = path_of_url(d->config->url);
    if (!check_path(s->path, err))
        return false;
    int code = sqlite3_open_v2(s->path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK || !sqlite_register_functions(s->db)) {
        err_set(err, ERR_UNREACHABLE, "destination %s cannot be opened: %s", s->path, sqlite3_errmsg(s->db));
        return err_hint(err, "the file and its directory must be readable and writable for this user");
    }
    if (!configure(d, err)) {
        if (err && err->code == ERR_DEST)
            err->code = ERR_UNREACHABLE;
        return err_context(err, "destination %s", s->path);
    }
    return true;
}

static void sqlite_close(Destination *d)
{
    Sqlite *s = d->private_data;
    if (s->statements)
        g_hash_table_unref(s->statements);
    sqlite3_close(s->db);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    g_free(s->path);
}

static const char *sqlite_security(Destination *d)
{
    (void)d;
    return "file";
}

static const char *sqlite_version(Destination *d)
{
    (void)d;
    return "SQLite " SQLITE_VERSION;
}

const DestinationOps destination_sqlite = {
    .kind = "sqlite",
    .schemes = sqlite_schemes,
    .options = sqlite_options,
    .caps = DEST_DIRECT_COPY | DEST_NESTED_LOOPS,
    .size = sizeof(Sqlite),
    .dialect = &sqlite_dialect,
    .init = sqlite_init,
    .open = sqlite_open,
    .close = sqlite_close,
    .interrupt = sqlite_interrupt,
    .exec = sqlite_exec,
    .query = sqlite_query,
    .copy = sqlite_copy,
    .describe = sqlite_describe,
    .lock = sqlite_lock,
    .unlock = sqlite_unlock,
    .link_security = sqlite_security,
    .server_version = sqlite_version,
};
