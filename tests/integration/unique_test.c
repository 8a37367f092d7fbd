/* SPDX-License-Identifier: Apache-2.0 */
/* Unique keys that are not the conflict target: values that are taken, move, or are exchanged within a group. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fixture.h"

#define USERS "id varchar #; name varchar(20) !; email varchar *; at timestamp @"

/* Another document's value in a unique key that is not the conflict target. */
static void test_unique_keys(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|Ann|same|2024-01-01");
    put(batch, "2", 20, -1, "2|Bob|same|2024-01-02");
    put(batch, "3", 20, -1, "3|Cy|NULL|2024-01-02");
    put(batch, "4", 20, -1, "4|Di|NULL|2024-01-02");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "4 3 0 1 0 0 1");
    assert_rows(place, "SELECT id, email FROM {users} ORDER BY id", "2|same\n3|NULL\n4|NULL");
    batch_reset(batch, users);
    put(batch, "5", 10, -1, "5|Ed|same|2024-01-03");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "1 0 0 1 0 0 1");
    assert_rows(place, "SELECT \"key\", reason, column_name FROM [rejects] ORDER BY \"key\"",
                "1|duplicate|email\n5|duplicate|email");
    batch_done(batch, users);
}

/* A value that one document gives up in the same group is free for another, also over several steps. */
static void test_unique_value_moves(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|Ann|a|2024-01-01");
    put(batch, "2", 10, -1, "2|Bob|b|2024-01-01");
    put(batch, "3", 10, -1, "3|Cy|c|2024-01-01");
    write_once(place, users, batch, 1);
    batch_reset(batch, users);
    put(batch, "1", 20, -1, "1|Ann|b|2024-01-02");
    put(batch, "2", 20, -1, "2|Bob|c|2024-01-02");
    put(batch, "3", 20, -1, "3|Cy|d|2024-01-02");
    Counts counts = write_once(place, users, batch, 2);
    assert_counts(counts, "3 3 0 0 0 0 0");
    assert_rows(place, "SELECT id, email FROM {users} ORDER BY id", "1|b\n2|c\n3|d");
    batch_done(batch, users);
}

/* Rows of id|name|email, separated by blanks. */
static Counts write_users(Place *place, Stream *users, Batch *batch, int64_t run, const char *rows)
{
    g_auto(GStrv) each = g_strsplit(rows, " ", -1);
    batch_reset(batch, users);
    for (int i = 0; each[i]; i++) {
        g_autofree char *values = g_strconcat(each[i], "|2024-01-01", NULL);
        char key[] = {each[i][0], '\0'};
        put(batch, key, run, -1, values);
    }
    return write_once(place, users, batch, run);
}

#define EMAILS "SELECT id, email FROM {users} ORDER BY id"

/* In no order can one of them go first: together they give their values up, then each takes its own. What hangs on the table stays. */
static void test_swap(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    write_users(place, users, batch, 1, "1|Ann|a 2|Bob|b 3|Cy|c 4|Di|d 5|Ed|NULL");
    run_sql(place, "CREATE TABLE {notes} (id integer, who varchar REFERENCES {users} (id) ON DELETE CASCADE ON UPDATE CASCADE)");
    run_sql(place, "INSERT INTO {notes} VALUES (1, '1'), (2, '2')");
    Counts counts = write_users(place, users, batch, 2, "1|Ann|b 2|Bob|a 3|Cy|c 6|Flo|f");
    assert_counts(counts, "4 3 1 0 0 0 0");
    assert_rows(place, EMAILS, "1|b\n2|a\n3|c\n4|d\n5|NULL\n6|f");
    counts =
        write_users(place, users, batch, 3, "1|Ann|c 3|Cy|a 2|Bob|b 4|Di|NULL 5|Ed|d"); /* a ring of three, and a value handed on */
    assert_counts(counts, "5 5 0 0 0 0 0");
    assert_rows(place, EMAILS, "1|c\n2|b\n3|a\n4|NULL\n5|d\n6|f");
    assert_rows(place, "SELECT id, who FROM {notes} ORDER BY id", "1|1\n2|2");
    assert_rows(place, "SELECT count(*) FROM [rejects]", "0");
    batch_done(batch, users);
}

/* One of a ring cannot be stored for another reason: then its neighbours cannot have its value, and nothing of them changes. */
static void test_swap_of_bad_rows(Place *place)
{
    Stream *users = stream_make(place, "users", USERS);
    run_sql(place, "CREATE TABLE {users} (id varchar NOT NULL PRIMARY KEY, name varchar(20) NOT NULL CHECK (name <> 'bad'), "
                   "email varchar UNIQUE, at timestamp)");
    Batch *batch = batch_new(users);
    write_users(place, users, batch, 1, "1|Ann|a 2|Bob|b 3|Cy|c 4|Di|d");
    Counts counts = write_users(place, users, batch, 2, "1|Ann|b 2|bad|a 3|Cy|d 4|Di|c");
    assert_counts(counts, "4 2 0 2 0 0 2");
    assert_rows(place, EMAILS, "1|a\n2|b\n3|d\n4|c");
    assert_rows(place, "SELECT \"key\", reason FROM [rejects] ORDER BY \"key\"", "1|duplicate\n2|check");
    batch_done(batch, users);
}

/* A value that is required cannot be given up, nor can one that another table points at: both rows wait as duplicates, nothing is lost. */
static void test_swap_that_cannot(Place *place)
{
    Stream *users = stream_made(place, "users", "id varchar #; name varchar(20) !; email varchar ! *; at timestamp @");
    Batch *batch = batch_new(users);
    write_users(place, users, batch, 1, "1|Ann|a 2|Bob|b");
    Counts counts = write_users(place, users, batch, 2, "1|Ann|b 2|Bob|a 3|Cy|c");
    assert_counts(counts, "3 1 0 2 0 0 2");
    assert_rows(place, EMAILS, "1|a\n2|b\n3|c");
    batch_done(batch, users);
}

static void test_swap_under_foreign_key(Place *place)
{
    Stream *users = stream_made(place, "users", USERS);
    Batch *batch = batch_new(users);
    write_users(place, users, batch, 1, "1|Ann|a 2|Bob|b");
    run_sql(place, "CREATE TABLE {mails} (id integer, email varchar REFERENCES {users} (email) ON UPDATE CASCADE)");
    run_sql(place, "INSERT INTO {mails} VALUES (1, 'a')");
    Counts counts = write_users(place, users, batch, 2, "1|Ann|b 2|Bob|a");
    assert_counts(counts, "2 0 0 2 0 0 2");
    assert_rows(place, EMAILS, "1|a\n2|b");
    assert_rows(place, "SELECT email FROM {mails}", "a");
    batch_done(batch, users);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"a value of another unique key is a duplicate", test_unique_keys},
        {"a unique value may move within a group", test_unique_value_moves},
        {"unique values may be exchanged within a group", test_swap},
        {"an exchange that one row cannot take part in", test_swap_of_bad_rows},
        {"required unique values that are exchanged wait as duplicates", test_swap_that_cannot},
        {"unique values that a foreign key points at wait as duplicates", test_swap_under_foreign_key},
    };
    return place_run("unique", cases, (int)G_N_ELEMENTS(cases));
}
