/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What people said, as a leaf:
 *
 *   ["said", "contains", "\"my refund\" order"]
 *
 * Some one message of theirs has all of the words, as the archive looks for
 * them.  It stands in the leaf as an attribute would, of a type of its own; it
 * is there only for who may read transcripts.  The complement is everybody
 * else, also who never said a thing.
 */
#include "filter.h"

#include <rapport/chats.h>

static const struct attr said = {
    .type = TYPE_SPEECH,
    .name = {"said", 4},
    .label = {"Said", 4},
};

const struct attr *
speech_find(const struct query *q, struct str name)
{
	struct str masked = q->masked, one;

	if (q->no_speech || !str_eq(name, said.name))
		return NULL;
	while (str_split(&masked, ',', &one))
		if (str_eq(one, name))
			return NULL;
	return &said;
}

enum err
speech_read(struct query *q, const struct json *v, struct operand *out,
	    struct fault *f)
{
	struct search *s;

	if (v->kind != JSON_STRING)
		return fail(f, ERR_INVALID, "",
			    "expected words, \"a phrase\" or prefix*, as text");
	out->text = v->text;
	if (search_parse(q->arena, v->text, &s, f) != OK)
		return ERR_INVALID;
	out->search = s;
	return OK;
}

struct bits *
speech_run(struct query *q, const struct filter *leaf,
	   const struct bits *within)
{
	struct fault f = {0};
	struct bits *chats, *users;

	(void)within;
	if (archive_ready(q->txn, &f) != OK) {
		kv_fail(q->txn, f.code, f.path, "%s", f.text);
		return bits_new();
	}
	chats = search_said(q->txn, leaf->operands[0].search);
	users = archive_users(q->txn, chats);
	bits_free(chats);
	return users;
}

const struct attr *
query_speech(const struct query *q)
{
	return speech_find(q, said.name);
}
