/* SPDX-License-Identifier: Apache-2.0 */
/* ui/reject_pick.h - which rejects are meant: of a stream, for a reason, for a column, or one of them; as words of a command and as a query. */
#ifndef TIDEMARK_UI_REJECT_PICK_H
#define TIDEMARK_UI_REJECT_PICK_H

#include "ui/screen.h"

typedef struct RejectPick {
    char *stream;        /* NULL: all */
    RejectReason reason; /* REJECT_NONE: all */
    char *column;        /* NULL: all; "": those that blame no column */
    int64_t id;          /* 0: all */
} RejectPick;

/* Reads "app.users --reason 'too long' --column name --id 7"; false when ui_say() told what is wrong. reject_pick_clear() in either case. */
bool reject_pick_parse(Ui *ui, const char *words, RejectPick *out);
void reject_pick_clear(RejectPick *pick);
/* The words. g_free() them. */
char *reject_pick_words(const RejectPick *pick);
/* Borrows the pick's texts. */
RejectQuery reject_pick_query(const RejectPick *pick);

#endif
