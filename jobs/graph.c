/* SPDX-License-Identifier: Apache-2.0 */
#include "jobs/graph.h"

#include "jobs/plan.h"

typedef struct Node {
    StreamPlan *plan;
    int index;
    GArray *parents; /* int: nodes */
    int seen;        /* of the walk that looks for a cycle */
    bool placed;
} Node;

static bool same_place(const StreamPlan *a, const StreamPlan *b)
{
    return a->source->config->destination == b->source->config->destination &&
           g_strcmp0(a->stream->table->schema, b->stream->table->schema) == 0;
}

static bool points_at(const StreamPlan *child, const StreamPlan *parent)
{
    const TableDef *table = child->stream->table;
    if (!same_place(child, parent) || strcmp(table->name, parent->stream->table->name) == 0)
        return false;
    for (int i = 0; i < table->column_count; i++)
        if (table->columns[i].ref_table && strcmp(table->columns[i].ref_table, parent->stream->table->name) == 0)
            return true;
    return false;
}

static int compare(const Node *a, const Node *b)
{
    const Stream *left = a->plan->stream, *right = b->plan->stream;
    if (left->export_order != right->export_order)
        return left->export_order < right->export_order ? -1 : 1;
    if (left->position != right->position)
        return left->position < right->position ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool waits(const Node *nodes, const Node *node)
{
    for (guint i = 0; i < node->parents->len; i++)
        if (!nodes[g_array_index(node->parents, int, i)].placed)
            return true;
    return false;
}

/* The first by order that waits for nobody; with any, the first of those not placed. */
static int first_node(const Node *nodes, int count, bool any)
{
    int best = -1;
    for (int i = 0; i < count; i++)
        if (!nodes[i].placed && (any || !waits(nodes, &nodes[i])) && (best < 0 || compare(&nodes[i], &nodes[best]) < 0))
            best = i;
    return best;
}

static int first_waiting_parent(const Node *nodes, const Node *node)
{
    int best = -1;
    for (guint i = 0; i < node->parents->len; i++) {
        int parent = g_array_index(node->parents, int, i);
        if (!nodes[parent].placed && (best < 0 || compare(&nodes[parent], &nodes[best]) < 0))
            best = parent;
    }
    return best;
}

/* Everybody left waits for somebody, so walking up from child to parent comes back to where it has been: that is the cycle. The first
 * of its streams by order stops waiting for the next one. */
static void break_cycle(Node *nodes, int count, GPtrArray *notes)
{
    for (int i = 0; i < count; i++)
        nodes[i].seen = 0;
    int at = first_node(nodes, count, true), step = 0;
    while (!nodes[at].seen) {
        nodes[at].seen = ++step;
        at = first_waiting_parent(nodes, &nodes[at]);
    }
    int from = at, best = at, next = at;
    g_autoptr(GString) path = g_string_new(nodes[at].plan->stream->id);
    do {
        next = first_waiting_parent(nodes, &nodes[next]);
        g_string_append_printf(path, " → %s", nodes[next].plan->stream->id);
        if (compare(&nodes[next], &nodes[best]) < 0)
            best = next;
    } while (next != from);
    int cut = first_waiting_parent(nodes, &nodes[best]);
    for (guint i = 0; i < nodes[best].parents->len; i++)
        if (g_array_index(nodes[best].parents, int, i) == cut) {
            g_array_remove_index(nodes[best].parents, i);
            break;
        }
    g_ptr_array_add(notes,
                    g_strdup_printf("the tables point at each other in a cycle (%s): %s does not wait for %s, its rows park until "
                                    "the parent arrives",
                                    path->str, nodes[best].plan->stream->id, nodes[cut].plan->stream->id));
}

void graph_order(GPtrArray *stream_plans, GPtrArray *notes)
{
    int count = (int)stream_plans->len;
    Node *nodes = g_new0(Node, count);
    for (int i = 0; i < count; i++)
        nodes[i] = (Node){.plan = stream_plans->pdata[i], .index = i, .parents = g_array_new(FALSE, FALSE, sizeof(int))};
    for (int i = 0; i < count; i++)
        for (int k = 0; k < count; k++)
            if (i != k && points_at(nodes[i].plan, nodes[k].plan))
                g_array_append_val(nodes[i].parents, k);
    for (int place = 0; place < count;) {
        int next = first_node(nodes, count, false);
        if (next < 0) {
            break_cycle(nodes, count, notes);
            continue;
        }
        nodes[next].placed = true;
        stream_plans->pdata[place++] = nodes[next].plan;
    }
    for (int i = 0; i < count; i++) {
        StreamPlan *plan = nodes[i].plan;
        g_clear_pointer(&plan->waits_for, g_ptr_array_unref);
        plan->waits_for = g_ptr_array_new();
        for (guint k = 0; k < nodes[i].parents->len; k++)
            g_ptr_array_add(plan->waits_for, (gpointer)nodes[g_array_index(nodes[i].parents, int, k)].plan->stream);
        g_array_unref(nodes[i].parents);
    }
    g_free(nodes);
}
