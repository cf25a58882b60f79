/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport completion bash: a script made from the table of commands.
 */
#include "cli.h"

static const struct cli_option options[] = {{0}};

static void
put_case(struct buf *b, const struct command *c)
{
	buf_printf(b, "\t'%s'*) words='", c->name);
	for (const struct cli_option *o = c->options; o && o->name; o++)
		buf_printf(b, "--%s ", o->name);
	buf_put(b, S("--store --json --help' ;;\n"));
}

static enum err
completion_run(struct cli *c)
{
	struct buf b;

	if (!str_eq(str_of(c->rest[0]), S("bash")))
		return cli_usage(c, "It knows bash.");
	buf_init(&b);
	buf_put(&b, S("# rapport completion bash > "
		      "/usr/share/bash-completion/completions/rapport\n"
		      "_rapport() {\n"
		      "\tlocal words= here=${COMP_WORDS[COMP_CWORD]}\n"
		      "\tlocal said=\"${COMP_WORDS[*]:1:COMP_CWORD-1} \"\n"
		      "\tcase $said in\n"));
	for (size_t i = 0; i < n_commands; i++)
		put_case(&b, commands[i]);
	buf_put(&b, S("\tmanager*) words='add change list disable enable passwd "
		      "logout' ;;\n"
		      "\tsetting*) words='list set' ;;\n"
		      "\taudit*) words='list verify' ;;\n"
		      "\tattribute*) words='list change' ;;\n"
		      "\tbookmark*) words='list add change remove' ;;\n"
		      "\ttoken*) words='add list revoke' ;;\n"
		      "\thours*) words='list set remove' ;;\n"
		      "\tsegment*) words='list create show add remove combine "
		      "freeze delete import' ;;\n"
		      "\tview*) words='list show create change delete link "
		      "revoke' ;;\n"
		      "\t*) words='"));
	for (size_t i = 0; i < n_commands; i++) {
		struct str rest = str_of(commands[i]->name), word;

		if (str_split(&rest, ' ', &word))
			buf_printf(&b, "%.*s ", STR_ARG(word));
	}
	buf_put(&b, S("' ;;\n\tesac\n"
		      "\tif [[ $here == -* || $words != --* ]]; then\n"
		      "\t\tCOMPREPLY=($(compgen -W \"$words\" -- \"$here\"))\n"
		      "\tfi\n"
		      "}\n"
		      "complete -o default -F _rapport rapport"));
	return cli_say(c, &b);
}

const struct command command_completion = {
    .name = "completion",
    .rest = "bash",
    .least = 1,
    .most = 1,
    .options = options,
    .run = completion_run,
    .about = "a script that completes commands and options",
};
