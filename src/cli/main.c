/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport: the command line.  This file is the table of commands, the reading
 * of options by the table of the chosen one, the help, and the order in which
 * things are opened and closed.
 */
#include "cli.h"

#include <rapport/stats.h>

#include <getopt.h>
#include <locale.h>
#include <stdlib.h>
#include <unistd.h>

#define STORE_DEFAULT "/var/lib/rapport/store"
#define HELP_INDENT 24
#define HELP_WIDTH 79

const struct command *const commands[] = {
    &command_init,
    &command_import,
    &command_users,
    &command_bulk,
    &command_export,
    &command_unlock,
    &command_check,
    &command_upgrade,
    &command_stats,
    &command_demo,
    &command_manager_add,
    &command_manager_change,
    &command_manager_list,
    &command_manager_disable,
    &command_manager_enable,
    &command_manager_passwd,
    &command_manager_logout,
    &command_token_add,
    &command_token_list,
    &command_token_revoke,
    &command_user_show,
    &command_user_set,
    &command_user_ban,
    &command_user_unban,
    &command_user_merge,
    &command_user_undo,
    &command_user_history,
    &command_user_timeline,
    &command_erase,
    &command_chats,
    &command_transcript,
    &command_hours_list,
    &command_hours_set,
    &command_hours_remove,
    &command_bookmark_list,
    &command_bookmark_add,
    &command_bookmark_change,
    &command_bookmark_remove,
    &command_setting_list,
    &command_setting_set,
    &command_audit_list,
    &command_audit_verify,
    &command_attribute_list,
    &command_attribute_change,
    &command_segment_list,
    &command_segment_create,
    &command_segment_show,
    &command_segment_add,
    &command_segment_remove,
    &command_segment_combine,
    &command_segment_freeze,
    &command_segment_delete,
    &command_segment_import,
    &command_view_list,
    &command_view_show,
    &command_view_create,
    &command_view_change,
    &command_view_delete,
    &command_view_link,
    &command_view_revoke,
    &command_completion,
};
const size_t n_commands = COUNT(commands);

static const struct cli_option common_options[] = {
    {"store", "DIR", "the store; else $RAPPORT_STORE, else " STORE_DEFAULT},
    {"json", NULL, "answer in JSON"},
    {"help", NULL, "say how it is called"},
    {"version", NULL, "say which version this is"},
    {0}};

/* Help --------------------------------------------------------------------- */

/* One option: its head, and beside it the words of what it is for. */
static void
help_option(FILE *to, const struct cli_option *o)
{
	struct str rest = str_of(o->about), word;
	size_t at;
	int n = fprintf(to, "  --%s%s%s", o->name, o->value ? " " : "",
			o->value ? o->value : "");

	if (n > HELP_INDENT - 2) {
		fprintf(to, "\n");
		n = 0;
	}
	fprintf(to, "%*s", HELP_INDENT - n, "");
	at = HELP_INDENT;
	while (str_split(&rest, ' ', &word)) {
		bool wraps = at + word.n > HELP_WIDTH;

		if (wraps)
			fprintf(to, "\n%*s", HELP_INDENT, "");
		fprintf(to, "%s%.*s", wraps || at == HELP_INDENT ? "" : " ",
			STR_ARG(word));
		at = (wraps ? HELP_INDENT : at) + word.n + 1;
	}
	fprintf(to, "\n");
}

static void
help_options(FILE *to, const struct cli_option *o)
{
	for (; o != NULL && o->name != NULL; o++)
		help_option(to, o);
}

static void
help_command(FILE *to, const struct command *c)
{
	fprintf(to, "usage: rapport %s [OPTION]...%s%s\n\n%s\n\n", c->name,
		*c->rest ? " " : "", c->rest, c->about);
	if (c->more != NULL)
		fprintf(to, "%s\n\n", c->more);
	help_options(to, c->options);
	help_options(to, common_options);
}

/* The commands of which this is the first word; "": all. Returns how many. */
static size_t
help_list(FILE *to, struct str first)
{
	size_t n = 0;

	for (size_t i = 0; i < n_commands; i++) {
		struct str rest = str_of(commands[i]->name), word;

		str_split(&rest, ' ', &word);
		if (first.n > 0 && (rest.n == 0 || !str_eq(word, first)))
			continue;
		if (to)
			fprintf(to, "  %-16s  %s\n", commands[i]->name,
				commands[i]->about);
		n++;
	}
	return n;
}

/* "segment" alone, which is no command but the first word of some. */
static bool
help_family(bool help, bool json, int argc, char **argv, enum err *e)
{
	struct str first = str_of(argv[0]);
	struct str next = str_of(argc > 1 ? argv[1] : "");

	help |= str_eq(next, S("--help")) || str_eq(next, S("-h"));
	if ((argc > 1 && !help) || (json && !help) ||
	    help_list(NULL, first) == 0)
		return false;
	for (size_t i = 0; i < n_commands; i++)
		if (str_eq(str_of(commands[i]->name), first))
			return false;
	fprintf(help ? stdout : stderr, "usage: rapport %s COMMAND "
		"[OPTION]...\n\n", argv[0]);
	help_list(help ? stdout : stderr, first);
	*e = help ? OK : ERR_USAGE;
	return true;
}

static void
help_all(FILE *to)
{
	fprintf(to, "usage: rapport COMMAND [OPTION]...\n\n"
		    "The back office for chatbots, from the command line.\n\n");
	help_list(to, STR_NONE);
	fprintf(to, "\nrapport COMMAND --help says more. "
		    "The manual: man rapport\n");
}

/* Options ------------------------------------------------------------------ */

enum err
cli_usage(struct cli *c, const char *format, ...)
{
	char text[200];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	return fail(&c->fault, ERR_USAGE, "", "%s See: rapport%s%s --help",
		    text, c->command ? " " : "",
		    c->command ? c->command->name : "");
}

enum err
cli_number(struct cli *c, int option, uint64_t least, uint64_t most,
	   uint64_t *out)
{
	const char *name = c->command->options[option].name;

	if (c->given[option] == NULL)
		return OK;
	if (!str_to_u64(str_of(c->given[option]), out) || *out < least ||
	    *out > most)
		return cli_usage(c, "--%s takes a number from %llu to %llu.",
				 name, (unsigned long long)least,
				 (unsigned long long)most);
	return OK;
}

/* Words of a command's name that argv begins with; 0: it is not this one. */
static int
command_words(const struct command *c, char **argv, int argc)
{
	struct str rest = str_of(c->name), word;
	int n = 0;

	while (str_split(&rest, ' ', &word)) {
		if (n >= argc || !str_eq(word, str_of(argv[n])))
			return 0;
		n++;
	}
	return n;
}

static size_t
options_add(struct option *to, size_t n, const struct cli_option *o, int base)
{
	for (int i = 0; o != NULL && o[i].name != NULL; i++)
		to[n++] = (struct option){
		    o[i].name, o[i].value ? required_argument : no_argument,
		    NULL, base + i};
	return n;
}

enum { OWN = 1000, COMMON = 2000 };

static enum err
options_read(struct cli *c, int argc, char **argv, bool *help)
{
	struct option longs[CLI_OPTIONS_MAX + COUNT(common_options)] = {0};
	size_t n = 0;
	int got;

	n = options_add(longs, n, c->command ? c->command->options : NULL, OWN);
	options_add(longs, n, common_options, COMMON);
	optind = 0;
	opterr = 0;
	while ((got = getopt_long(argc, argv, c->command ? "o:h" : "+h", longs,
				  NULL)) != -1) {
		if (got == COMMON)
			c->store = optarg;
		else if (got == COMMON + 1)
			c->json = true;
		else if (got == COMMON + 2 || got == 'h')
			*help = true;
		else if (got == COMMON + 3)
			c->version = true;
		else if (got >= OWN && got < COMMON)
			c->given[got - OWN] = optarg ? optarg : "";
		else if (got == 'o' && c->command == &command_unlock)
			c->given[0] = optarg;
		else
			return cli_usage(c,
					 "I do not know, or need a value "
					 "for, %s.",
					 argv[optind - 1]);
	}
	c->rest = argv + optind;
	c->n_rest = argc - optind;
	return OK;
}

static enum err
command_find(struct cli *c, int *argc, char ***argv)
{
	int words;

	for (size_t i = 0; i < n_commands; i++) {
		words = command_words(commands[i], *argv, *argc);
		if (words == 0)
			continue;
		c->command = commands[i];
		/* getopt skips argv[0]: let that be the last word */
		*argv += words - 1;
		*argc -= words - 1;
		return OK;
	}
	return fail(&c->fault, ERR_USAGE, "",
		    "There is no command \"%s%s%s\". See: rapport --help",
		    (*argv)[0], *argc > 1 && (*argv)[1][0] != '-' ? " " : "",
		    *argc > 1 && (*argv)[1][0] != '-' ? (*argv)[1] : "");
}

/* Opening ------------------------------------------------------------------ */

enum err
cli_open(struct cli *c)
{
	bool first = c->people == NULL;

	TRY(cli_open_as_is(c));
	return first ? cli_upgrade(c) : OK;
}

enum err
cli_open_as_is(struct cli *c)
{
	struct kv_options o = {.dir = c->store};

	if (c->kv == NULL)
		TRY(kv_open(&c->kv, &o, &c->fault));
	if (c->people != NULL)
		return OK;
	c->people = people_open(c->kv);
	people_lend(c->people, &stats_numbers);
	return OK;
}

enum err
cli_open_staff(struct cli *c, struct by *by)
{
	TRY(cli_open(c));
	TRY(staff_open(&c->staff, c->kv, c->store, &c->fault));
	c->who = who_command();
	*by = (struct by){
	    .who = &c->who, .from = S("command line"), .at = clock_now()};
	return OK;
}

static enum err
zone_apply(struct kv_txn *txn, void *arg)
{
	const struct zone **out = arg;

	*out = zone_find(setting_text(txn, SETTING_TIMEZONE));
	return kv_error(txn);
}

enum err
cli_desk(struct cli *c, struct by *by, struct desk *out)
{
	TRY(cli_open_staff(c, by));
	*out = (struct desk){.staff = c->staff, .people = c->people, .by = by};
	return kv_read(c->kv, zone_apply, &out->zone, &c->fault);
}

struct query
cli_query(struct cli *c, struct kv_txn *txn, struct arena *a)
{
	return (struct query){
	    .txn = txn,
	    .catalog = people_catalog(c->people, txn),
	    .arena = a,
	    .zone = zone_find(setting_text(txn, SETTING_TIMEZONE)),
	    .now = clock_now(),
	};
}

static void
cli_close(struct cli *c)
{
	staff_close(c->staff);
	people_close(c->people);
	kv_close(c->kv);
}

/* -------------------------------------------------------------------------- */

static void
complain(const struct cli *c, enum err e)
{
	const struct fault *f = &c->fault;
	const char *text = f->text[0] ? f->text : err_sentence(e);
	struct json_out j;
	struct buf b;

	if (!c->json) {
		fprintf(stderr, "rapport: %s%s%s\n", f->path,
			f->path[0] ? ": " : "", text);
		return;
	}
	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "code", str_of(err_word(e)));
	json_kt(&j, "detail", str_of(text));
	if (f->path[0])
		json_kt(&j, "path", str_of(f->path));
	json_object_end(&j);
	fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

static enum err
run(struct cli *c, int argc, char **argv)
{
	bool help = false;
	enum err e;

	TRY(options_read(c, argc, argv, &help)); /* those before the command */
	if (c->version) {
		puts(PACKAGE_STRING);
		return OK;
	}
	argv += argc - c->n_rest;
	argc = c->n_rest;
	if (argc == 0) {
		help_all(help ? stdout : stderr);
		return help ? OK : ERR_USAGE;
	}
	if (help_family(help, c->json, argc, argv, &e))
		return e;
	TRY(command_find(c, &argc, &argv));
	TRY(options_read(c, argc, argv, &help));
	if (help) {
		help_command(stdout, c->command);
		return OK;
	}
	if (c->n_rest < c->command->least ||
	    (c->command->most >= 0 && c->n_rest > c->command->most))
		return cli_usage(c, "It takes %s.",
				 *c->command->rest ? c->command->rest
						   : "options only");
	return c->command->run(c);
}

int
main(int argc, char **argv)
{
	struct cli c = {.store = getenv("RAPPORT_STORE")};
	enum err e;

	setlocale(LC_CTYPE, "");
	log_threshold(LOG_WARN);
	if (c.store == NULL || *c.store == '\0')
		c.store = STORE_DEFAULT;
	e = run(&c, argc, argv);
	if (fflush(stdout) != 0 && e == OK)
		e = fail(&c.fault, ERR_IO, "", "Writing the answer failed.");
	if (e != OK && (c.fault.code != OK || c.command != NULL))
		complain(&c, e);
	cli_close(&c);
	return err_exit(e);
}
