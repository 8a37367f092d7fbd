/* SPDX-License-Identifier: Apache-2.0 */
#include "config/strategies.h"

/* Dates of a link: the item's own where it has one (an event's `date`), else the parent's; never a local clock (H5). */
static const char shipped[] = "user_events: &user_events\n"
                              "  parent: user_id\n"
                              "  arrays:\n"
                              "    - {field: registered_events, column: event_id, reference: event}\n"
                              "  dates:\n"
                              "    created_at: {item: date, parent: [creation_date, update_date]}\n"
                              "    updated_at: {parent: [update_date, creation_date], item: date, item_last: true}\n"
                              "user_events_legacy: *user_events\n"
                              "\n"
                              "users_targets: &users_targets\n"
                              "  parent: user_id\n"
                              "  arrays:\n"
                              "    - {field: targets, column: target_id, reference: target, set: {type: basic}}\n"
                              "    - {field: specificity_targets, column: target_id, reference: target, set: {type: specificity}}\n"
                              "    - {field: health_targets, column: target_id, reference: target, set: {type: health}}\n"
                              "  dates: &parent_dates\n"
                              "    created_at: {parent: [creation_date, update_date]}\n"
                              "    updated_at: {parent: [update_date, creation_date]}\n"
                              "users_targets_legacy: *users_targets\n"
                              "\n"
                              "coaching_reasons: &coaching_reasons\n"
                              "  parent: coaching_id\n"
                              "  arrays:\n"
                              "    - {field: reasons, column: target_id, reference: target, set: {type: reason}}\n"
                              "    - {field: health_reason, column: target_id, reference: target, set: {type: health_reason}}\n"
                              "  dates: *parent_dates\n"
                              "coaching_reasons_legacy: *coaching_reasons\n"
                              "\n"
                              "quizzs_links_questions:\n"
                              "  parent: quizz_id\n"
                              "  arrays: [{field: questions, column: question_id, reference: question}]\n"
                              "  dates: *parent_dates\n"
                              "users_quizzs_links_questions:\n"
                              "  parent: user_quizz_id\n"
                              "  arrays: [{field: questions, column: user_quizz_question_id, reference: question}]\n"
                              "  dates: *parent_dates\n"
                              "users_contents_reads:\n"
                              "  parent: content_id\n"
                              "  arrays: [{field: viewed_by, column: user_id, reference: user}]\n"
                              "  dates: *parent_dates\n"
                              "days_contents_links:\n"
                              "  parent: day_id\n"
                              "  arrays: [{field: contents, column: content_id, reference: content}]\n"
                              "  dates: *parent_dates\n"
                              "days_logbooks_links:\n"
                              "  parent: day_id\n"
                              "  arrays: [{field: main_logbooks, column: logbook_id, reference: logbook}]\n"
                              "  dates: *parent_dates\n";

YamlDoc *strategies_read(Problems *problems)
{
    return yaml_parse(shipped, sizeof shipped - 1, "shipped strategies", problems);
}

const char **strategies_names(const YamlDoc *strategies)
{
    const GArray *pairs = strategies->root->pairs;
    const char **names = g_new0(const char *, pairs->len + 1);
    for (guint i = 0; i < pairs->len; i++)
        names[i] = g_array_index(pairs, YamlPair, i).key->text;
    return names;
}
