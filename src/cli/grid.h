/* SPDX-License-Identifier: Apache-2.0 */
/* cli/grid.h - a text table: columns as wide as their cells, numbers to the right, the one that may give way cut to the terminal's width. */
#ifndef TIDEMARK_CLI_GRID_H
#define TIDEMARK_CLI_GRID_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct GridColumn {
    const char *title;
    bool right; /* numbers */
    bool gives; /* may be cut when the table is too wide */
} GridColumn;

typedef struct Grid Grid;

Grid *grid_new(const GridColumn *columns, int count);
void grid_free(Grid *grid);

/* Fills the row cell by cell, from the left; a full row begins the next one. Text is copied and made safe to show; NULL is empty. */
void grid_text(Grid *grid, const char *text);
void grid_number(Grid *grid, int64_t number); /* grouped; -1: not known, "-" */
void grid_time(Grid *grid, int64_t us);
void grid_take(Grid *grid, char *text); /* frees it */

int grid_rows(const Grid *grid);

/* Appends title line and rows. width 0: as wide as it needs. */
void grid_append(const Grid *grid, int width, GString *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Grid, grid_free)

#endif
