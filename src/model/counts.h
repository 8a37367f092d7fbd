/* SPDX-License-Identifier: Apache-2.0 */
/* model/counts.h - the balance of promise 3: read = written + unchanged + rejected + filtered (+ in flight). */
#ifndef TIDEMARK_MODEL_COUNTS_H
#define TIDEMARK_MODEL_COUNTS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Counts {
    int64_t read;         /* rows formed from the documents of the window, plus waiting rows taken up again */
    int64_t written;      /* inserted or changed in the destination */
    int64_t unchanged;    /* already there with the same values, or the same item once more */
    int64_t rejected;     /* could not be stored: in the rejects ledger */
    int64_t filtered;     /* excluded by a configured filter or threshold */
    int64_t removed;      /* rows deleted from the destination (not part of the balance) */
    int64_t rejected_new; /* of rejected: those no earlier run had (decides exit code 1) */
} Counts;

void counts_add(Counts *to, const Counts *from);
bool counts_balance(const Counts *counts); /* read equals the sum */

#endif
