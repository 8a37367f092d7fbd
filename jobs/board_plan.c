/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/board_private.h"
#include "jobs/request.h"

bool answer_plan(const BoardDesk *desk, const BoardAsk *ask, BoardAnswer *answer, Err *err)
{
    const char *line = ask->plan ? ask->plan : "", *blank = strchr(line, ' ');
    g_autofree char *name = g_strndup(line, blank ? (gsize)(blank - line) : strlen(line));
    const JobOps *job = job_find(name);
    JobRequest request;
    if (!job)
        return err_set(err, ERR_USAGE, "there is no job `%s`", name);
    if (request_parse(job, blank, &request, err)) {
        request.progress = true;
        request.operator_name = g_get_user_name();
        request.arguments = request_line(&request);
        answer->plan = plan_make_over(desk->links, desk->catalog, &request, ask->estimate, err);
    }
    request_clear(&request);
    links_close(
        desk->links); /* an operator reads for minutes: no connection waits that long, and the next plan begins with a good one */
    return answer->plan != NULL;
}
