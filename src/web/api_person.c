/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * One person: everything about them, what happened to them, and what a manager
 * may do about them.  Looking at one person leaves an audit record before
 * anything is shown.
 */
#include "routes.h"

enum { PART_LIMIT, PART_AFTER, PART_KINDS };
static const struct field part_in[] = {
    [PART_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		    "50 if absent"},
    [PART_AFTER] = {"after", FIELD_TEXT, 0, 0, 256, NULL,
		    "The `next` of the page before"},
    {NULL},
};
static const struct field timeline_in[] = {
    [PART_LIMIT] = {"limit", FIELD_NUMBER, 0, 1, LIST_LIMIT_MAX, NULL,
		    "50 if absent"},
    [PART_AFTER] = {"after", FIELD_TEXT, 0, 0, 256, NULL,
		    "The `next` of the page before"},
    [PART_KINDS] = {"kinds", FIELD_LIST, 0, 0, 0, NULL,
		    "Of message, change, segment, consent, validity, flow, "
		    "event, merge; all if absent"},
    {NULL},
};

enum { IN_ATTRIBUTES, IN_BANNED };
static const struct field edit_in[] = {
    [IN_ATTRIBUTES] = {"attributes", FIELD_OBJECT, 0, 0, EDIT_MEMBERS_MAX, NULL,
		       "Value by name; null clears; what is not named stays"},
    [IN_BANNED] = {"banned", FIELD_FLAG, 0, 0, 0, NULL, "Whether banned"},
    {NULL},
};

enum { ERASE_MODE };
static const struct field erase_in[] = {
    [ERASE_MODE] = {"mode", FIELD_CHOICE, 0, 0, 0, "keepTotals|forget",
		    "keepTotals, if absent, leaves what counts of closed "
		    "periods need"},
    {NULL},
};

enum { MERGE_INTO };
static const struct field merge_in[] = {
    [MERGE_INTO] = {"into", FIELD_NUMBER, FIELD_REQUIRED, 1, UINT32_MAX, NULL,
		    "The id of who they become part of"},
    {NULL},
};

static enum err show(struct req *q, struct res *r);
static enum err edit(struct req *q, struct res *r);
static enum err erase(struct req *q, struct res *r);
static enum err timeline(struct req *q, struct res *r);
static enum err chats(struct req *q, struct res *r);
static enum err history(struct req *q, struct res *r);
static enum err merge(struct req *q, struct res *r);
static enum err undo(struct req *q, struct res *r);

#define MAY_CHANGE (MAY_USERS_READ | MAY_USERS_EDIT)

const struct route person_routes[] = {
    {GET, API "/users/{id}", MAY_USERS_READ, HELD, NULL, NULL, 0, show,
     "Everything on one person; leaves an audit record"},
    {PATCH, API "/users/{id}", MAY_CHANGE, HELD, NULL, edit_in, 0, edit,
     "Edit attributes, ban or unban: a JSON merge patch"},
    {DELETE, API "/users/{id}", MAY_USERS_DELETE, HELD, erase_in, NULL, 0,
     erase, "Erase a person, with their chats; answers a certificate"},
    {GET, API "/users/{id}/timeline", MAY_USERS_READ, HELD, timeline_in, NULL,
     0, timeline,
     "What happened, newest first; messages for who may read chats\n"
     "{timeline: [{kind, at, …}], next}. A segment: {segment, name, in, source: "
     "manager|bulk|import|event (absent in stores of old), by: {id, name} of a "
     "manager or token: {id, name} (neither: the command line), gone: true "
     "where there is no such segment any more}."},
    {GET, API "/users/{id}/chats", MAY_USERS_READ | MAY_CHATS_READ, HELD,
     part_in, NULL, 0, chats, "Their chats, the latest opened first"},
    {GET, API "/users/{id}/history/{attribute+}", MAY_USERS_READ, HELD, NULL,
     NULL, 0, history, "Earlier values of one attribute, newest first"},
    {POST, API "/users/{id}/merge", MAY_CHANGE, HELD | ONCE, NULL, merge_in, 0,
     merge, "Make a person, and their chats, part of another"},
    {POST, API "/merges/{id}/undo", MAY_CHANGE, HELD | ONCE, NULL, NULL, 0,
     undo,
     "Two people again; what changed since stays with who it was merged into"},
};

/* Reading ------------------------------------------------------------------ */

struct reading {
	struct req *q;
	struct res *r;
	uint32_t id;
	enum err (*fn)(struct reading *s, struct query *qy);
};

static enum err
reading_apply(struct kv_txn *txn, void *arg)
{
	struct reading *s = arg;
	struct query qy;

	TRY(txn_query(s->q, txn, NULL, &qy));
	s->r->headers_n = 0; /* it may be run again */
	res_json(s->r, 200);
	TRY(s->fn(s, &qy));
	return kv_error(txn);
}

/* The record is kept before the answer leaves, and only of who is there. */
static enum err
reading_run(struct reading *s, const char *act)
{
	struct req *q = s->q;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	s->id = (uint32_t)id;
	TRY(kv_read(q->app->kv, reading_apply, s, q->fault));
	return audit_write(q->app->staff, &q->by, act,
			   arena_printf(q->arena, "user %u", s->id), STR_NONE,
			   STR_NONE, q->fault);
}

static enum err
show_fn(struct reading *s, struct query *qy)
{
	struct buf version;
	enum err e;

	buf_init(&version);
	e = query_person(qy, s->id, &s->r->json, &version, s->q->fault);
	if (e == OK)
		res_etag(s->r, buf_str(&version));
	buf_fini(&version);
	return e;
}

static enum err
show(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = show_fn};

	return reading_run(&s, "user.read");
}

static struct part_in
part_of(const struct req *q)
{
	const struct input *in = q->query;
	size_t limit =
	    in[PART_LIMIT].given ? (size_t)in[PART_LIMIT].number : 50;

	return (struct part_in){limit, in[PART_AFTER].text};
}

static enum err
chats_fn(struct reading *s, struct query *qy)
{
	struct part_in part = part_of(s->q);

	return query_chats(qy, s->id, &part, &s->r->json, s->q->fault);
}

static enum err
chats(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = chats_fn};

	return reading_run(&s, "user.chats");
}

static enum err
kinds_of(struct req *q, unsigned *kinds)
{
	struct str rest = q->query[PART_KINDS].text, one;
	int i;

	*kinds = q->query[PART_KINDS].given ? 0 : (1u << MOMENT_KINDS) - 1;
	while (rest.n > 0 && str_split(&rest, ',', &one)) {
		for (i = 0; i < MOMENT_KINDS; i++)
			if (str_eq(one, str_of(moment_kind_names[i])))
				break;
		if (i == MOMENT_KINDS)
			return fail(q->fault, ERR_INVALID, "kinds",
				    "there is no kind %.*s",
				    STR_ARG(text_prefix(one, 40)));
		*kinds |= 1u << i;
	}
	if (!who_may(&q->who, MAY_CHATS_READ))
		*kinds &= ~(1u << MOMENT_MESSAGE);
	return OK;
}

static enum err
timeline_fn(struct reading *s, struct query *qy)
{
	struct timeline_in in = {.part = part_of(s->q)};

	TRY(kinds_of(s->q, &in.kinds));
	return query_timeline(qy, s->id, &in, &s->r->json, s->q->fault);
}

static enum err
timeline(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = timeline_fn};

	return reading_run(&s, "user.timeline");
}

static enum err
history_fn(struct reading *s, struct query *qy)
{
	return query_history(qy, s->id, s->q->path_args[1], &s->r->json,
			     s->q->fault);
}

static enum err
history(struct req *q, struct res *r)
{
	struct reading s = {.q = q, .r = r, .fn = history_fn};

	return reading_run(&s, "user.history");
}

/* Changing ----------------------------------------------------------------- */

static enum err
same_version(void *arg, struct str version)
{
	return req_if_match(arg, version);
}

/* Answers the person as they are now. */
static enum err
edit(struct req *q, struct res *r)
{
	const struct input *in = q->body;
	struct edit_in e = {.same = same_version, .arg = q};
	struct desk desk;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &desk));
	e.user = (uint32_t)id;
	e.attributes = in[IN_ATTRIBUTES].json;
	e.banned = in[IN_BANNED].given ? &in[IN_BANNED].flag : NULL;
	TRY(desk_edit(&desk, &e, q->fault));
	return show(q, r);
}

static enum err
erase(struct req *q, struct res *r)
{
	const struct input *in = &q->query[ERASE_MODE];
	enum erase_mode mode = ERASE_KEEP_TOTALS;
	struct erasure certificate;
	struct desk desk;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &desk));
	if (in->given && !erase_mode_find(in->text, &mode))
		return ERR_BUG;
	TRY(desk_erase(&desk, (uint32_t)id, mode, &certificate, q->fault));
	res_json(r, 200);
	erasure_json(&r->json, &certificate);
	return OK;
}

static enum err
merge(struct req *q, struct res *r)
{
	struct desk desk;
	struct merge m;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &desk));
	TRY(desk_merge(&desk, (uint32_t)id,
		       (uint32_t)q->body[MERGE_INTO].number, &m, q->fault));
	res_json(r, 200);
	merge_json(&r->json, &m);
	return OK;
}

static enum err
undo(struct req *q, struct res *r)
{
	struct desk desk;
	struct merge m;
	uint64_t id;

	TRY(arg_number(q, 0, UINT32_MAX, &id));
	TRY(req_desk(q, NULL, &desk));
	TRY(desk_merge_undo(&desk, (uint32_t)id, &m, q->fault));
	res_json(r, 200);
	merge_json(&r->json, &m);
	return OK;
}
