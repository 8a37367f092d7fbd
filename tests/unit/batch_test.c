/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>

#include "base/arena.h"
#include "model/batch.h"

static void arena_hands_out_distinct_aligned_memory(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 1000);
    char *previous[300];
    for (int i = 0; i < 300; i++) {
        size_t size = (size_t)(i * 7 % 600 + 1);
        char *p = i % 3 ? arena_alloc(&arena, size) : arena_bytes(&arena, size);
        if (i % 3)
            assert_int_equal((uintptr_t)p % 8, 0);
        memset(p, i % 251, size);
        previous[i] = p;
    }
    for (int i = 0; i < 300; i++)
        for (int at = 0; at < i * 7 % 600 + 1; at++)
            assert_int_equal((unsigned char)previous[i][at], i % 251);
    arena_done(&arena);
}

static void arena_reset_keeps_one_block(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 1000);
    char *first = arena_bytes(&arena, 10);
    for (int i = 0; i < 50; i++)
        memset(arena_bytes(&arena, 900), 1, 900);
    memset(arena_alloc(&arena, 100000), 1, 100000);
    assert_true(arena.used >= 145010);
    arena_reset(&arena);
    assert_int_equal(arena.used, 0);
    assert_ptr_equal(arena_bytes(&arena, 10), first);
    arena_done(&arena);
    arena_done(&arena);
}

static void arena_copies_end_with_nul(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena, 16);
    assert_string_equal(arena_dup(&arena, "text", 4), "text");
    assert_string_equal(arena_dup(&arena, NULL, 0), "");
    assert_non_null(arena_alloc(&arena, 0));
    assert_memory_equal(arena_dup(&arena, "a\0b", 3), "a\0b\0", 4);
    arena_done(&arena);
}

static Stream *sample_stream(void)
{
    Stream *stream = g_new0(Stream, 1);
    stream->table = table_new(NULL, "links", 3);
    stream->table->columns[0] = (Column){.name = g_strdup("user_id"), .type = {.kind = TYPE_VARCHAR, .length = 24}};
    stream->table->columns[1] = (Column){.name = g_strdup("event_id"), .type = {.kind = TYPE_VARCHAR, .length = 24}};
    stream->table->columns[2] = (Column){.name = g_strdup("n"), .type = {.kind = TYPE_INT4}};
    stream->scope_columns = g_new0(int, 2);
    stream->scope_columns[1] = 2;
    stream->scope_column_count = 2;
    return stream;
}

static void rows_start_absent_and_keep_their_key(void **state)
{
    (void)state;
    Stream *stream = sample_stream();
    Batch *batch = batch_new(stream);
    char key[] = "65e8";
    for (int i = 0; i < 300; i++) {
        Row *row = batch_row(batch, key, 4, i, -1);
        for (int column = 0; column < 3; column++) {
            assert_int_equal(row->values[column].state, VALUE_ABSENT);
            row->values[column] = (Value){.state = VALUE_SET, .i = i * 10 + column};
        }
        assert_int_equal((uintptr_t)row->values % 8, 0);
    }
    key[0] = 'x';
    assert_int_equal(batch->row_count, 300);
    assert_int_equal(batch->read, 300);
    for (int i = 0; i < 300; i++) {
        assert_memory_equal(batch->rows[i].key, "65e8", 4);
        assert_int_equal(batch->rows[i].cursor, i);
        assert_int_equal(batch->rows[i].values[2].i, i * 10 + 2);
    }
    batch_drop_row(batch);
    assert_int_equal(batch->row_count, 299);
    assert_int_equal(batch->read, 300);
    batch_free(batch);
    stream_free(stream);
}

static void rejects_and_scopes_are_copied(void **state)
{
    (void)state;
    Stream *stream = sample_stream();
    Batch *batch = batch_new(stream);
    char text[] = "parent";
    Value values[2] = {{.state = VALUE_SET, .len = 6, .bytes = text}, {.state = VALUE_SET, .i = 7}};
    assert_int_equal(batch_scope(batch, values, "p1", 2), 0);
    assert_int_equal(batch_scope(batch, values, "p2", 2), 1);
    batch_reject(batch, REJECT_WRONG_TYPE, 2, "expected integer, found text", text, 6, "{\"n\":\"x\"}", 9, 5, 1);
    memset(text, 'x', 6);
    assert_memory_equal(batch->scopes[0].values[0].bytes, "parent", 6);
    assert_int_equal(batch->scopes[0].values[1].i, 7);
    assert_memory_equal(batch->scopes[1].key, "p2", 2);
    assert_false(batch->scopes[1].more_follows);
    const RejectRow *reject = &batch->rejects[0];
    assert_int_equal(reject->reason, REJECT_WRONG_TYPE);
    assert_string_equal(reject->key, "parent");
    assert_string_equal(reject->row, "{\"n\":\"x\"}");
    assert_string_equal(reject->detail, "expected integer, found text");
    assert_int_equal(reject->scope, 1);
    assert_int_equal(batch->read, 0);
    batch_free(batch);
    stream_free(stream);
}

static void reset_forgets_everything(void **state)
{
    (void)state;
    Stream *stream = sample_stream();
    Batch *batch = batch_new(stream);
    batch_row(batch, "k", 1, 0, -1);
    batch_reject(batch, REJECT_OTHER, -1, "d", "k", 1, "{}", 2, 0, -1);
    batch_set_checkpoint(batch, "\0\1\2", 3);
    assert_memory_equal(batch->checkpoint, "\0\1\2", 3);
    batch->filtered = batch->same = 1;
    assert_true(batch_bytes(batch) > 0);
    batch_reset(batch, stream);
    assert_int_equal(batch->row_count + batch->reject_count + batch->scope_count, 0);
    assert_int_equal(batch->read + batch->filtered + batch->same, 0);
    assert_null(batch->checkpoint);
    assert_int_equal(batch->checkpoint_len, 0);
    assert_int_equal(batch_bytes(batch), 0);
    batch_free(batch);
    batch_free(NULL);
    stream_free(stream);
}

static int rows_until_full(Batch *batch, int max_rows, size_t text)
{
    while (!batch_full(batch, max_rows)) {
        batch_row(batch, "k", 1, 0, -1);
        memset(arena_bytes(&batch->arena, text), 'x', text);
    }
    return batch->row_count;
}

static void a_batch_is_full_by_rows_or_bytes(void **state)
{
    (void)state;
    Stream *stream = sample_stream();
    Batch *batch = batch_new(stream);
    assert_int_equal(rows_until_full(batch, 0, 1), BATCH_ROWS);
    batch_reset(batch, stream);
    assert_int_equal(rows_until_full(batch, 100, 1), 100);
    batch_reset(batch, stream);
    assert_int_equal(rows_until_full(batch, 1000000, 1), BATCH_ROWS);
    batch_reset(batch, stream);
    int rows = rows_until_full(batch, 0, 10000);
    assert_true(rows > 100 && rows < 106);
    batch_reset(batch, stream);
    assert_int_equal(rows_until_full(batch, 0, 16 * 1024 * 1024), 1);
    batch_reset(batch, stream);
    while (!batch_full(batch, 0))
        batch_reject(batch, REJECT_OTHER, -1, "", "", 0, "", 0, 0, -1);
    assert_int_equal(batch->reject_count, BATCH_ROWS);
    batch_reset(batch, stream);
    while (!batch_full(batch, 10))
        batch->read++, batch->filtered++;
    assert_int_equal(batch->filtered, 160);
    batch_free(batch);
    stream_free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_hands_out_distinct_aligned_memory),
        cmocka_unit_test(arena_reset_keeps_one_block),
        cmocka_unit_test(arena_copies_end_with_nul),
        cmocka_unit_test(rows_start_absent_and_keep_their_key),
        cmocka_unit_test(rejects_and_scopes_are_copied),
        cmocka_unit_test(reset_forgets_everything),
        cmocka_unit_test(a_batch_is_full_by_rows_or_bytes),
    };
    return cmocka_run_group_tests_name("arena and batch", tests, NULL, NULL);
}
