/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Inside the command line: a command is a row of the table in main.c, a table
 * of its options and one function; each file here is one noun.  Options are
 * read by the table, so a function sees what was given and never argv.  What a
 * command returns is an error of the one error table, and so is the exit
 * status.  Results go to standard output, everything else to standard error;
 * secrets are read from files, descriptors or the terminal, never from argv.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <rapport/export.h>
#include <rapport/intake.h>
#include <rapport/staff.h>

#include <stdio.h>

#define CLI_OPTIONS_MAX 24

struct cli_option {
	const char *name;  /* NULL ends the table */
	const char *value; /* what stands for it in the help; NULL: a switch */
	const char *about;
};

struct cli {
	const struct command *command;
	const char *store;
	bool json, version;
	const char *given[CLI_OPTIONS_MAX]; /* by the command's table; a switch
					       that was given is "" */
	char **rest;
	int n_rest;
	struct kv *kv;
	struct people *people;
	struct staff *staff;
	struct who who; /* who acts: the command line */
	struct fault fault;
};

struct command {
	const char *name; /* "users", "token add" */
	const char *rest; /* what stands behind the options, or "" */
	int least, most;  /* how many of them; most -1: any number */
	const struct cli_option *options;
	enum err (*run)(struct cli *c);
	const char *about; /* one line */
	const char *more;  /* paragraphs, or NULL */
};

/* One a command, each at the end of its file. */
extern const struct command command_bulk, command_init, command_import, command_users,
    command_export, command_unlock, command_check, command_upgrade, command_stats, command_demo,
    command_manager_add, command_manager_change, command_manager_list,
    command_manager_disable, command_manager_enable, command_manager_passwd, command_token_add,
    command_token_list, command_token_revoke, command_completion,
    command_user_show, command_user_set, command_user_ban,
    command_user_unban, command_user_merge, command_user_undo,
    command_user_history, command_user_timeline, command_erase,
    command_chats, command_transcript, command_hours_list,
    command_hours_set, command_hours_remove,
    command_segment_list, command_segment_create, command_segment_show,
    command_segment_add, command_segment_remove, command_segment_combine,
    command_segment_freeze, command_segment_delete, command_segment_import,
    command_view_list, command_view_show, command_view_create,
    command_view_change, command_view_delete, command_view_link,
    command_view_revoke,
    command_bookmark_list, command_bookmark_add, command_bookmark_change,
    command_bookmark_remove, command_attribute_list, command_attribute_change,
    command_setting_list, command_setting_set, command_audit_list,
    command_audit_verify, command_manager_logout;
extern const struct command *const commands[];
extern const size_t n_commands;

/* Opening; what is open is closed by main. */
enum err cli_open(struct cli *c) MUST_USE; /* store and people */
/* The same, of whatever version. */
enum err cli_open_as_is(struct cli *c) MUST_USE;
enum err cli_upgrade(struct cli *c) MUST_USE;
/* Of those that make indexes anew, one at a time: waits, until it ends. */
enum err cli_alone(struct cli *c) MUST_USE;
enum err cli_open_staff(struct cli *c, struct by *by) MUST_USE;
/* The same, for what is done at a desk: everything, in the workspace's zone. */
enum err cli_desk(struct cli *c, struct by *by, struct desk *out) MUST_USE;
/* What filters are read against, without limits. */
struct query cli_query(struct cli *c, struct kv_txn *txn, struct arena *a);
/* view.c: a view by its id or its short address, the first argument. */
enum err cli_view_find(struct cli *c, uint32_t *id, uint32_t *version) MUST_USE;
/* An instant, or a span from now like 30d; INSTANT_NONE if not given. */
enum err cli_expires(struct cli *c, int option, int64_t now,
		     int64_t *out) MUST_USE;

/* Options as values. ERR_USAGE names the option. */
enum err cli_number(struct cli *c, int option, uint64_t least, uint64_t most,
		    uint64_t *out) MUST_USE;
enum err cli_usage(struct cli *c, const char *format, ...) PRINTF_LIKE(2, 3);

/* A progress bar on standard error, when that is a terminal. */
struct bar {
	const char *what;
	uint64_t total; /* 0: not known */
	int64_t drawn;
	bool on;
};
void bar_start(struct bar *b, const char *what, uint64_t total);
void bar_move(struct bar *b, uint64_t done);
void bar_end(struct bar *b);

/* rejects.c: `file` NULL: there is none, and nothing may be put. */
struct rejects {
	FILE *file;
	const char *path;
	bool failed;
};
enum err rejects_open(struct cli *c, const char *path,
		      struct rejects *out) MUST_USE; /* path NULL: none */
void rejects_put(struct rejects *r, struct str text);
/* `e`: how the rest went. */
enum err rejects_close(struct cli *c, struct rejects *r,
		       enum err e) MUST_USE;

/* From now on an interrupt is left pending and looked for between turns. */
void cli_interrupt_hold(void);
bool cli_interrupted(void);

/* user.c: by the userId; the store is opened. */
enum err cli_user(struct cli *c, const char *user_id, uint32_t *id) MUST_USE;
/* A segment by name or id. */
enum err cli_segment(struct cli *c, const char *name, uint32_t *id) MUST_USE;
/* CSV into the segment, or 0 for none: see segment_import.c. */
struct csv_ask {
	const char *file, *map, *match, *rejects, *sheet, *tz;
	bool dry_run, keep_misfits, whole;
	uint32_t segment;
};
enum err cli_csv(struct cli *c, const struct csv_ask *ask) MUST_USE;
/* Chat data as it was exported: see chat_import.c. */
struct chats_ask {
	const char *file, *rejects;
	bool dry_run;
};
enum err cli_chats(struct cli *c, const struct chats_ask *ask) MUST_USE;

/* JSON answers: one value and a line end on standard output. */
enum err cli_say(struct cli *c, struct buf *b) MUST_USE;
/* A secret: first line of `file` (or of descriptor `fd`), else asked for on
 * the terminal, twice with `confirm`. Wipe with buf_wipe. */
enum err cli_secret(struct cli *c, const char *file, const char *fd,
		    const char *prompt, bool confirm, struct buf *out) MUST_USE;
void buf_wipe(struct buf *b);

#endif
