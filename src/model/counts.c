/* SPDX-License-Identifier: Apache-2.0 */
#include "model/counts.h"

void counts_add(Counts *to, const Counts *from)
{
    to->read += from->read;
    to->written += from->written;
    to->unchanged += from->unchanged;
    to->rejected += from->rejected;
    to->filtered += from->filtered;
    to->removed += from->removed;
    to->rejected_new += from->rejected_new;
}

bool counts_balance(const Counts *counts)
{
    return counts->read == counts->written + counts->unchanged + counts->rejected + counts->filtered;
}
