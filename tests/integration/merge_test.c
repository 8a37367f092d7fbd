/* SPDX-License-Identifier: Apache-2.0 */
/* Merging staged rows: promises 3 and 4, and the value table's rules about keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/support/fixture.h"

#define USERS "id varchar #; name varchar(20) !; email varchar *; at timestamp @"

static void test_upsert(Place *place)
{
    Stream *users = stream_make(place, "users", USERS);
    stream_create(place, users);
    Batch *batch = batch_new(users);
    put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
    put(batch, "2", 20, -1, "2|Bob|b@x|2024-01-02");
    Counts counts = write_once(place, users, batch, 1);
    assert_counts(counts, "2 2 0 0 0 0 0");
    assert_rows(place, "SELECT id, name FROM {users} ORDER BY id", "1|Ann\n2|Bob");
    batch_reset(batch, users);
    put(batch, "1", 10, -1, "1|Ann|a@x|2024-01-01");
    put(batch, "2", 30, -1, "2|Bobby|NULL|2024-01-03");
    put(batch, "3", 30, -1, "3|Cy|NULL|2024-01-03");
    counts = write_once(place, users, batch, 2);
    assert_counts(counts, "3 2 1 0 0 0 0");
    assert_rows(place, "SELECT id, name, email FROM {users} ORDER BY id", "1|Ann|a@x\n2|Bobby|NULL\n3|Cy|NULL");
    batch_free(batch);
    stream_free(users);
}

int main(void)
{
    static const PlaceCase cases[] = {
        {"new and changed rows are written, others left alone", test_upsert},
    };
    return place_run("merge", cases, (int)G_N_ELEMENTS(cases));
}
