/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"
#include "base/shell_word.h"
#include "cli/cli.h"
#include "config/suggest.h"

static const CliOption *find_in(const CliOption *table, const char *name, size_t len, char letter)
{
    for (const CliOption *option = table; option->def.name; option++)
        if (letter ? option->letter == letter : strlen(option->def.name) == len && !memcmp(option->def.name, name, len))
            return option;
    return NULL;
}

/* Without a command it is the console that runs. */
static const CliOption *const *tables_of(const Command *command)
{
    static const CliOption *const none[] = {NULL}, *const console[] = {console_options, NULL};
    return !command ? console : command->options ? command->options : none;
}

static const CliOption *find_of_command(const Command *command, const char *name, size_t len, char letter)
{
    const CliOption *found = find_in(global_options, name, len, letter);
    for (const CliOption *const *table = tables_of(command); !found && *table; table++)
        found = find_in(*table, name, len, letter);
    return found;
}

static const CliOption *find_anywhere(const char *name, size_t len, char letter, const Command **owner)
{
    for (int i = 0; command_registry[i]; i++) {
        *owner = command_registry[i];
        const CliOption *found = find_of_command(command_registry[i], name, len, letter);
        if (found)
            return found;
    }
    *owner = NULL;
    return find_of_command(NULL, name, len, letter);
}

/* One option as written. */
typedef struct Written {
    const char *name;
    size_t len;
    char letter;
    const char *value; /* behind `=` or the letter; NULL: none */
} Written;

static Written written_long(const char *text)
{
    const char *equals = strchr(text, '=');
    return (Written){.name = text, .len = equals ? (size_t)(equals - text) : strlen(text), .value = equals ? equals + 1 : NULL};
}

static bool takes_value(const CliOption *option)
{
    return option->def.type != OPT_BOOL;
}

/* The command is the first word that is neither an option nor an option's value; options of a command may stand before it. */
static const char *find_command_word(int argc, char **argv)
{
    const Command *owner = NULL;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || !arg[1])
            return arg;
        if (!strcmp(arg, "--"))
            return i + 1 < argc ? argv[i + 1] : NULL;
        const CliOption *option = NULL;
        bool apart = false; /* its value, if any, is the next word */
        if (arg[1] == '-') {
            Written written = written_long(arg + 2);
            option = find_anywhere(written.name, written.len, 0, &owner);
            apart = !written.value;
        } else {
            const char *at = arg + 1;
            for (option = find_anywhere(NULL, 0, *at, &owner); option && !takes_value(option) && at[1];)
                option = find_anywhere(NULL, 0, *++at, &owner);
            apart = !at[1];
        }
        if (option && takes_value(option) && apart)
            i++;
    }
    return NULL;
}

static void add_names(GPtrArray *names, const CliOption *table)
{
    for (const CliOption *option = table; option->def.name; option++)
        if (option->def.help)
            g_ptr_array_add(names, (gpointer)option->def.name);
}

static bool unknown_option(const Command *command, const Written *written, Err *err)
{
    const Command *owner = NULL;
    g_autofree char *shown =
        written->letter ? g_strdup_printf("-%c", written->letter) : g_strdup_printf("--%.*s", (int)written->len, written->name);
    if (find_anywhere(written->name, written->len, written->letter, &owner))
        return err_set(err, ERR_USAGE, "`%s` is an option of `tidemark%s%s`, not of `tidemark%s%s`", shown, owner ? " " : "",
                       owner ? owner->name : "", command ? " " : "", command ? command->name : "");
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    add_names(names, global_options);
    for (const CliOption *const *table = tables_of(command); *table; table++)
        add_names(names, *table);
    g_ptr_array_add(names, NULL);
    g_autofree char *plain = g_strndup(written->name ? written->name : "", written->len);
    const char *near = written->letter ? NULL : suggest(plain, (const char *const *)names->pdata);
    err_set(err, ERR_USAGE, "unknown option `%s`%s%s%s", shown, near ? ", did you mean `--" : "", near ? near : "",
            near ? "`?" : "");
    return err_hint(err, "`tidemark %s%s--help` lists the options", command ? command->name : "", command ? " " : "");
}

/* *next moves on when the value is a word of its own. */
static bool take_option(Cli *cli, const Written *written, int argc, char **argv, int *next, Err *err)
{
    const CliOption *option = find_of_command(cli->command, written->name, written->len, written->letter);
    if (!option)
        return unknown_option(cli->command, written, err);
    const char *name = option->def.name, *value = written->value;
    if (!takes_value(option)) {
        if (value)
            return err_set(err, ERR_USAGE, "`--%s` takes no value", name);
        return options_set(cli->options, name, "yes", err);
    }
    if (!value && *next + 1 < argc)
        value = argv[++*next];
    if (!value)
        return err_set(err, ERR_USAGE, "`--%s` needs a value: --%s %s", name, name, option->value);
    bool seconds = option->def.type == OPT_DURATION && *value && !value[strspn(value, "0123456789")];
    g_autofree char *with_unit = seconds ? g_strconcat(value, "s", NULL) : NULL; /* as timeout(1) and sleep(1) read it */
    if (options_set(cli->options, name, seconds ? with_unit : value, err))
        return true;
    if (err)
        err->code = ERR_USAGE;
    return false;
}

static bool take_letters(Cli *cli, const char *letters, int argc, char **argv, int *next, Err *err)
{
    for (const char *at = letters; *at; at++) {
        const CliOption *option = find_of_command(cli->command, NULL, 0, *at);
        Written written = {.letter = *at};
        bool rest_is_value = option && takes_value(option) && at[1];
        if (rest_is_value)
            written.value = at + 1;
        if (!take_option(cli, &written, argc, argv, next, err))
            return false;
        if (rest_is_value)
            break;
    }
    return true;
}

static void add_definitions(GArray *definitions, const CliOption *table)
{
    for (const CliOption *option = table; option->def.name; option++)
        g_array_append_val(definitions, option->def);
}

static bool check_counts(const Cli *cli, Err *err)
{
    const Command *command = cli->command;
    int count = (int)cli->arguments->len;
    if (count >= command->min_arguments && (command->max_arguments == -1 || count <= command->max_arguments))
        return true;
    bool few = count < command->min_arguments;
    err_set(err, ERR_USAGE, few ? "`tidemark %s` needs an argument" : "`tidemark %s` takes fewer arguments", command->name);
    return err_hint(err, "tidemark %s %s", command->name, command->arguments);
}

/* A password on the command line can be read by everyone on the machine in the list of processes. */
static bool check_destination(const Cli *cli, Err *err)
{
    const char *url = cli_text(cli, "destination");
    if (!url || !cli_url_has_password(url))
        return true;
    err_set(err, ERR_USAGE, "--destination holds a password, which every user of this machine could read in the list of processes");
    return err_hint(err, "put the URL into TIDEMARK_DESTINATION or into the configuration file");
}

static bool take_words(Cli *cli, int argc, char **argv, Err *err)
{
    bool command_seen = false, only_words = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        bool ok = true;
        if (only_words || arg[0] != '-' || !arg[1]) {
            if (command_seen)
                g_ptr_array_add(cli->arguments, g_strdup(arg));
            command_seen = true;
        } else if (!strcmp(arg, "--")) {
            only_words = true;
        } else if (arg[1] == '-') {
            Written written = written_long(arg + 2);
            ok = take_option(cli, &written, argc, argv, &i, err);
        } else {
            ok = take_letters(cli, arg + 1, argc, argv, &i, err);
        }
        if (!ok)
            return false;
    }
    return true;
}

static bool unknown_command(const char *word, Err *err)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    for (int i = 0; command_registry[i]; i++)
        g_ptr_array_add(names, (gpointer)command_registry[i]->name);
    g_ptr_array_add(names, NULL);
    const char *near = suggest(word, (const char *const *)names->pdata);
    err_set(err, ERR_USAGE, "unknown command `%s`%s%s%s", word, near ? ", did you mean `" : "", near ? near : "", near ? "`?" : "");
    return err_hint(err, "`tidemark --help` lists the commands");
}

bool cli_parse(Cli *cli, int argc, char **argv, Err *err)
{
    cli->arguments = g_ptr_array_new_with_free_func(g_free);
    cli->definitions = g_array_new(TRUE, TRUE, sizeof(OptionDef)); /* zero-terminated, as options_new() wants it */
    const char *word = find_command_word(argc, argv);
    cli->command = word ? command_find(word) : NULL;
    add_definitions(cli->definitions, global_options);
    for (const CliOption *const *table = tables_of(cli->command); *table; table++)
        add_definitions(cli->definitions, *table);
    cli->options = options_new((const OptionDef *)(const void *)cli->definitions->data);
    if (word && !cli->command)
        return unknown_command(word, err);
    if (!take_words(cli, argc, argv, err) || !check_destination(cli, err))
        return false;
    cli->batch = cli_flag(cli, "batch");
    cli->quiet = cli_flag(cli, "quiet");
    cli->verbose = cli_flag(cli, "verbose");
    cli->json = !g_strcmp0(cli_text(cli, "format"), "json");
    bool asks_about = cli_flag(cli, "help") || cli_flag(cli, "version") || cli_flag(cli, "man");
    return !cli->command || asks_about || check_counts(cli, err);
}

void cli_clear(Cli *cli)
{
    if (cli->options)
        options_free(cli->options);
    if (cli->definitions)
        g_array_free(cli->definitions, TRUE);
    if (cli->arguments)
        g_ptr_array_free(cli->arguments, TRUE);
    cli->options = NULL;
    cli->definitions = NULL;
    cli->arguments = NULL;
}

const char *cli_text(const Cli *cli, const char *name)
{
    return options_known(cli->options, name) ? options_text(cli->options, name) : NULL;
}

bool cli_flag(const Cli *cli, const char *name)
{
    return options_known(cli->options, name) && options_bool(cli->options, name);
}

int64_t cli_int(const Cli *cli, const char *name)
{
    return options_known(cli->options, name) ? options_int(cli->options, name) : 0;
}

bool cli_given(const Cli *cli, const char *name)
{
    return options_known(cli->options, name) && options_given(cli->options, name);
}

char *cli_retype(const Cli *cli)
{
    GString *out = g_string_new(cli->command ? cli->command->name : "");
    for (guint i = 0; i < cli->arguments->len; i++)
        shell_word_append(out, g_ptr_array_index(cli->arguments, i));
    for (int i = 0; cli->command && cli->command->options && cli->command->options[i]; i++)
        for (const CliOption *option = cli->command->options[i]; option->def.name; option++) {
            if (!cli_given(cli, option->def.name))
                continue;
            g_string_append_printf(out, " --%s", option->def.name);
            if (takes_value(option))
                shell_word_append(out, cli_text(cli, option->def.name));
        }
    return g_string_free(out, FALSE);
}

bool cli_url_has_password(const char *url)
{
    g_autofree char *shown = secret_url(url);
    return strcmp(shown, url) != 0;
}
