/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * rapport check: every index against the records, every count against what is
 * counted; --repair makes them anew from the records.
 */
#include "cli.h"

#include <rapport/chats/erased.h>

#include <unistd.h>

#define CHECK_MEMORY ((size_t)256 << 20)
#define TELL_MOST 50u

enum { REPAIR };
static const struct cli_option options[] = {
    [REPAIR] = {"repair", NULL, "set right what differs"}, {0}};

struct check {
	struct cli *c;
	uint64_t told;
	struct bar bar;
};

static void
tell(void *arg, struct str sentence)
{
	struct check *k = arg;

	if (k->told++ < TELL_MOST)
		fprintf(stderr, "%.*s\n", STR_ARG(sentence));
	else if (k->told == TELL_MOST + 1)
		fprintf(stderr, "(more are not told here)\n");
}

static void
progress(void *arg, uint64_t done, uint64_t total)
{
	struct check *k = arg;

	if (k->bar.total != total)
		bar_start(&k->bar, "indexing ", total);
	bar_move(&k->bar, done);
}

static enum err
check_say(struct cli *c, uint64_t people, uint64_t chats, bool repaired)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	if (c->json) {
		json_out_init(&j, &b);
		json_object(&j);
		json_ki(&j, "people", (int64_t)people);
		json_ki(&j, "chats", (int64_t)chats);
		json_kb(&j, "repaired", repaired);
		json_object_end(&j);
	} else if (repaired) {
		buf_put(&b, S("repaired; all is as it should be"));
	} else {
		buf_printf(&b,
			   "%llu differences in the index of people, "
			   "%llu in chats and their archive",
			   (unsigned long long)people,
			   (unsigned long long)chats);
	}
	return cli_say(c, &b);
}

static enum err
look(struct check *k, uint64_t *people, uint64_t *chats)
{
	struct cli *c = k->c;

	*people = *chats = 0;
	TRY(people_check(c->people, CHECK_MEMORY, c->store, tell, k, people,
			 &c->fault));
	TRY(chats_check(c->people, c->kv, tell, k, chats, &c->fault));
	return archive_check(c->kv, CHECK_MEMORY, c->store, tell, k, chats,
			     &c->fault);
}

static enum err
repair(struct check *k)
{
	struct cli *c = k->c;
	struct reindex_in index = {.memory = CHECK_MEMORY,
				   .tmp_dir = c->store,
				   .progress = progress,
				   .arg = k};
	uint64_t people, chats, lost = 0;
	enum err e;

	TRY(cli_alone(c));
	/* What is kept of the erased is made of nothing: what is lost is told. */
	TRY(erased_check(c->kv, tell, k, &lost, &c->fault));
	/* what changes of type that were cut off have left */
	TRY(people_tidy(c->people, &c->fault));
	/* Batches need a whole index, and the index the right counts. */
	TRY(store_reindex(c->people, c->kv, &index, &c->fault));
	bar_end(&k->bar);
	TRY(chats_repair(c->people, c->kv, &c->fault));
	e = store_reindex(c->people, c->kv, &index, &c->fault);
	bar_end(&k->bar);
	TRY(e);
	TRY(look(k, &people, &chats));
	if (people + chats > 0)
		return fail(&c->fault, ERR_CORRUPT, "",
			    "%llu differences are left.",
			    (unsigned long long)(people + chats));
	return check_say(c, 0, 0, true);
}

static enum err
check_run(struct cli *c)
{
	struct check k = {.c = c};
	uint64_t people, chats;

	TRY(cli_open_as_is(c));
	if (c->given[REPAIR] != NULL)
		return repair(&k);
	TRY(look(&k, &people, &chats));
	TRY(check_say(c, people, chats, false));
	if (people + chats > 0)
		return fail(&c->fault, ERR_CORRUPT, "",
			    "There are differences; see rapport check "
			    "--repair");
	return OK;
}

const struct command command_check = {
    .name = "check",
    .rest = "",
    .options = options,
    .run = check_run,
    .about = "compare every index and count with the records",
};
