/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/check_report.h"

#include "base/term_text.h"
#include "cli/exit_status.h"
#include "cli/grid.h"
#include "cli/json_list.h"
#include "cli/output.h"

static const GridColumn columns[] = {{"what"}, {"test"}, {"state"}, {"found", .gives = true}};

struct CheckReport {
    const Cli *cli;
    Grid *grid;
    GString *fixes; /* below the table: whole sentences and statements to copy */
    char *kind, *group;
    int problems, unreachable;
};

CheckReport *report_new(const Cli *cli)
{
    CheckReport *report = g_new0(CheckReport, 1);
    report->cli = cli;
    report->grid = grid_new(columns, G_N_ELEMENTS(columns));
    report->fixes = g_string_new(NULL);
    return report;
}

void report_free(CheckReport *report)
{
    if (!report)
        return;
    grid_free(report->grid);
    g_string_free(report->fixes, TRUE);
    g_free(report->kind);
    g_free(report->group);
    g_free(report);
}

void report_group(CheckReport *report, const char *what, const char *kind, const char *name)
{
    g_free(report->group);
    g_free(report->kind);
    report->kind = g_strdup(kind);
    report->group = name ? g_strdup_printf("%s %s (%s)", what, name, kind) : g_strdup_printf("%s %s", what, kind);
}

static const char *state_name(ReportState state)
{
    static const char *const names[] = {"ok", "note", "to fix", "unreachable"};
    return names[state];
}

static void print_json(const CheckReport *report, ReportState state, const char *what, const char *found, const char *fix)
{
    g_autoptr(GString) json = g_string_new("{");
    json_member_text(json, "type", "check");
    json_member_text(json, "what", report->group);
    json_member_text(json, "test", what);
    json_member_text(json, "state", state_name(state));
    json_member_text(json, "found", found);
    json_member_text(json, "fix", fix && *fix ? fix : NULL);
    out_json(json);
}

static void keep_fix(CheckReport *report, const char *what, const char *found, const char *fix)
{
    g_string_append(report->fixes, "  ");
    term_append(report->fixes, report->group);
    g_string_append_printf(report->fixes, ", %s: ", what);
    term_append(report->fixes, found);
    g_string_append_c(report->fixes, '\n');
    if (!fix || !*fix)
        return;
    g_string_append(report->fixes, "    ");
    term_append(report->fixes, fix);
    g_string_append_c(report->fixes, '\n');
}

void report_add(CheckReport *report, ReportState state, const char *what, const char *found, const char *fix)
{
    report->problems += state == REPORT_PROBLEM;
    report->unreachable += state == REPORT_UNREACHABLE;
    if (report->cli->json) {
        print_json(report, state, what, found, fix);
        return;
    }
    grid_text(report->grid, report->group);
    grid_text(report->grid, what);
    grid_text(report->grid, state_name(state));
    grid_text(report->grid, found);
    if (state != REPORT_OK || (fix && *fix)) /* the table may be cut to the terminal */
        keep_fix(report, what, found, fix);
}

int report_end(const CheckReport *report, guint streams)
{
    int problems = report->problems + report->unreachable;
    int status = report->unreachable ? EXIT_UNREACHABLE : problems ? EXIT_USAGE : EXIT_DONE;
    bool silent = report->cli->quiet || (report->cli->batch && !report->cli->verbose);
    if (report->cli->json || (silent && status == EXIT_DONE))
        return status;
    g_autoptr(GString) out = g_string_new(NULL);
    if (!silent)
        grid_append(report->grid, out_width(stdout), out);
    if (report->fixes->len)
        g_string_append_printf(out, "\nto fix or to know\n%s", report->fixes->str);
    g_string_append_printf(out, "\n%u stream%s, %d problem%s\n", streams, streams == 1 ? "" : "s", problems,
                           problems == 1 ? "" : "s");
    out_text(silent ? stderr : stdout, out->str);
    return status;
}
