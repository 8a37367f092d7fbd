/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/grid.h"
#include "base/term_text.h"
#include "cli/term_time.h"

#define GAP       2
#define NARROWEST 8 /* a column is not cut below this */

struct Grid {
    const GridColumn *columns;
    int count;
    GPtrArray *cells; /* char *, row by row */
};

Grid *grid_new(const GridColumn *columns, int count)
{
    Grid *grid = g_new0(Grid, 1);
    grid->columns = columns;
    grid->count = count;
    grid->cells = g_ptr_array_new_with_free_func(g_free);
    return grid;
}

void grid_free(Grid *grid)
{
    if (!grid)
        return;
    g_ptr_array_free(grid->cells, TRUE);
    g_free(grid);
}

void grid_text(Grid *grid, const char *text)
{
    g_ptr_array_add(grid->cells, term_dup(text));
}

void grid_number(Grid *grid, int64_t number)
{
    g_ptr_array_add(grid->cells, number == -1 ? g_strdup("-") : term_number(number));
}

void grid_time(Grid *grid, int64_t us)
{
    g_ptr_array_add(grid->cells, term_time(us));
}

void grid_take(Grid *grid, char *text)
{
    grid_text(grid, text);
    g_free(text);
}

int grid_rows(const Grid *grid)
{
    return (int)grid->cells->len / grid->count;
}

static const char *cell(const Grid *grid, int row, int column)
{
    return row < 0 ? grid->columns[column].title : g_ptr_array_index(grid->cells, (guint)(row * grid->count + column));
}

static void measure(const Grid *grid, int width, int *widths)
{
    int total = (grid->count - 1) * GAP;
    for (int c = 0; c < grid->count; c++) {
        widths[c] = 0;
        for (int r = -1; r < grid_rows(grid); r++)
            widths[c] = MAX(widths[c], term_width(cell(grid, r, c)));
        total += widths[c];
    }
    while (width > 0 && total > width) { /* the widest that may give way gives, one cell at a time */
        int widest = -1;
        for (int c = 0; c < grid->count; c++)
            if (grid->columns[c].gives && widths[c] > NARROWEST && (widest == -1 || widths[c] > widths[widest]))
                widest = c;
        if (widest == -1)
            break;
        widths[widest]--;
        total--;
    }
}

static void append_row(const Grid *grid, int row, const int *widths, GString *out)
{
    for (int c = 0; c < grid->count; c++) {
        const char *text = cell(grid, row, c);
        g_autoptr(GString) cut = g_string_new(NULL);
        term_append_cut(cut, text, widths[c]);
        int pad = widths[c] - term_width(cut->str);
        bool last = c + 1 == grid->count;
        if (grid->columns[c].right)
            g_string_append_printf(out, "%*s%s", pad, "", cut->str);
        else
            g_string_append_printf(out, "%s%*s", cut->str, last ? 0 : pad, "");
        if (!last)
            g_string_append_printf(out, "%*s", GAP, "");
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    g_string_append_c(out, '\n');
}

void grid_append(const Grid *grid, int width, GString *out)
{
    g_autofree int *widths = g_new0(int, grid->count);
    measure(grid, width, widths);
    for (int r = -1; r < grid_rows(grid); r++)
        append_row(grid, r, widths, out);
}
