/* SPDX-License-Identifier: Apache-2.0 */
/* Settings in the state file. A file that another process has locked must not hold a key, so a thread of its own reads and writes it. */
#include <pthread.h>

#include "base/wait.h"
#include "ui/ui_private.h"

#define PREFIX "ui."

/* A try waits so long for others and is repeated after a pause, in which the engine's turn comes. Reading is waited for before the first frame, writing
 * before the console leaves. */
enum { PATIENCE_MS = 50, PAUSE_MS = 200, READ_MS = 1000, FLUSH_MS = 500 };

struct Settings {
    State *state;
    GHashTable *values; /* the loop's own: what was read, and what was set since */
    pthread_t thread;
    bool runs;

    pthread_mutex_t lock; /* over everything below; never held during I/O */
    pthread_cond_t changed;
    GHashTable *found; /* read and not yet taken by the loop */
    GHashTable *due;   /* to be written: of two values of a name the later one */
    bool read, writing, leaving;
};

static GHashTable *new_table(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* Later values win: those that are there already. */
static void add_missing(GHashTable *to, GHashTable *from)
{
    GHashTableIter at;
    gpointer name = NULL, value = NULL;
    g_hash_table_iter_init(&at, from);
    while (g_hash_table_iter_next(&at, &name, &value))
        if (!g_hash_table_contains(to, name))
            g_hash_table_insert(to, g_strdup(name), g_strdup(value));
}

static void pause_a_while(Settings *settings)
{
    struct timespec until = wait_deadline(PAUSE_MS);
    while (!settings->leaving && wait_until(&settings->changed, &settings->lock, &until))
        ;
}

/* With the lock held, which is let go meanwhile. What cannot be read for another reason than a lock is not there. */
static void read_all(Settings *settings)
{
    while (!settings->leaving) {
        Err err = {0};
        GHashTable *found = new_table();
        pthread_mutex_unlock(&settings->lock);
        bool again = !state_settings(settings->state, PREFIX, PATIENCE_MS, found, &err) && err.transient;
        pthread_mutex_lock(&settings->lock);
        if (!again) {
            settings->found = found;
            break;
        }
        g_hash_table_destroy(found);
        pause_a_while(settings);
    }
    settings->read = true;
    pthread_cond_broadcast(&settings->changed);
}

/* As read_all(): a preference that the file does not take is lost without harm, one that it does not take yet is tried again. */
static void write_due(Settings *settings)
{
    GHashTable *values = settings->due;
    Err err = {0};
    settings->due = new_table();
    settings->writing = true;
    pthread_mutex_unlock(&settings->lock);
    bool again = !state_set_settings(settings->state, PREFIX, PATIENCE_MS, values, &err) && err.transient;
    pthread_mutex_lock(&settings->lock);
    if (again)
        add_missing(settings->due, values);
    g_hash_table_destroy(values);
    settings->writing = false;
    pthread_cond_broadcast(&settings->changed);
    if (again)
        pause_a_while(settings);
}

static void *settings_main(void *data)
{
    Settings *settings = data;
    pthread_mutex_lock(&settings->lock);
    read_all(settings);
    while (!settings->leaving) {
        if (g_hash_table_size(settings->due) > 0)
            write_due(settings);
        else
            pthread_cond_wait(&settings->changed, &settings->lock);
    }
    pthread_mutex_unlock(&settings->lock);
    return NULL;
}

Settings *settings_new(State *state)
{
    Settings *settings = g_new0(Settings, 1);
    settings->state = state;
    settings->values = new_table();
    settings->due = new_table();
    pthread_mutex_init(&settings->lock, NULL);
    wait_cond_init(&settings->changed);
    settings->runs = state && pthread_create(&settings->thread, NULL, settings_main, settings) == 0;
    struct timespec until = wait_deadline(READ_MS);
    pthread_mutex_lock(&settings->lock);
    while (settings->runs && !settings->read && wait_until(&settings->changed, &settings->lock, &until))
        ;
    pthread_mutex_unlock(&settings->lock);
    return settings;
}

void settings_flush(Settings *settings)
{
    struct timespec until = wait_deadline(FLUSH_MS);
    pthread_mutex_lock(&settings->lock);
    while (settings->runs && (settings->writing || g_hash_table_size(settings->due) > 0) &&
           wait_until(&settings->changed, &settings->lock, &until))
        ;
    pthread_mutex_unlock(&settings->lock);
}

void settings_free(Settings *settings)
{
    settings_flush(settings);
    pthread_mutex_lock(&settings->lock);
    settings->leaving = true;
    pthread_cond_broadcast(&settings->changed);
    pthread_mutex_unlock(&settings->lock);
    if (settings->runs)
        pthread_join(settings->thread, NULL);
    if (settings->found)
        g_hash_table_destroy(settings->found);
    g_hash_table_destroy(settings->due);
    g_hash_table_destroy(settings->values);
    pthread_cond_destroy(&settings->changed);
    pthread_mutex_destroy(&settings->lock);
    g_free(settings);
}

const char *ui_setting(Ui *ui, const char *name)
{
    Settings *settings = ui->settings;
    pthread_mutex_lock(&settings->lock);
    GHashTable *found = g_steal_pointer(&settings->found);
    pthread_mutex_unlock(&settings->lock);
    if (found) {
        add_missing(settings->values, found);
        g_hash_table_destroy(found);
    }
    return g_hash_table_lookup(settings->values, name);
}

void ui_set_setting(Ui *ui, const char *name, const char *value)
{
    Settings *settings = ui->settings;
    if (!value)
        value = "";
    if (!g_strcmp0(ui_setting(ui, name), value))
        return;
    g_hash_table_insert(settings->values, g_strdup(name), g_strdup(value));
    pthread_mutex_lock(&settings->lock);
    g_hash_table_insert(settings->due, g_strdup(name), g_strdup(value));
    pthread_cond_broadcast(&settings->changed);
    pthread_mutex_unlock(&settings->lock);
}
