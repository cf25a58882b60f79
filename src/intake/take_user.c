/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * `user` and `merge` events.  A user is named by userId, by an identity that a
 * channel gave, or by both, which ties the identity to the userId.  Somebody
 * known by that identity only, without a userId, is then this user; an identity
 * of a user with another userId is a conflict and never a silent merge.  All
 * values are read and typed before the first is set.
 */
#include "parcel.h"

#include <stdio.h>

struct change {
	const struct attr *attr;
	struct value value;
	bool clear;
};

static enum err
read_identity(struct taker *t, const struct event *e, struct identity *out,
	      struct fault *f)
{
	struct given v[IDENTITY_VALUE + 1] = {0};

	TRY(object_read(t->arena, identity_fields, "identity",
			e->v[USER_IDENTITY].json, v, f));
	out->channel = v[IDENTITY_CHANNEL].u.text;
	out->kind = v[IDENTITY_KIND].u.text;
	out->value = v[IDENTITY_VALUE].u.text;
	return OK;
}

static void
name_member(struct fault *f, struct str key)
{
	if (f != NULL)
		snprintf(f->path, sizeof(f->path), "attributes.%.*s",
			 (int)(key.n < 100 ? key.n : 100), key.p);
}

/* What the members ask for. Unknown names that are null ask for nothing. */
static enum err
read_changes(struct taker *t, const struct json *attributes,
	     struct change **out, size_t *n, size_t *bytes, struct fault *f)
{
	struct change *c;

	*n = 0;
	if (attributes == NULL)
		return OK;
	*out = c = arena_get(t->arena, (attributes->count + 1) * sizeof(*c));
	for (const struct json *m = attributes->first; m; m = m->next) {
		enum err e =
		    batch_attr(t->people, m->key, m, false, &c->attr, f);

		if (e == OK && c->attr == NULL)
			continue;
		if (e == OK)
			e = value_of_json(t->arena, c->attr, m, &c->value, f);
		c->clear = e == ERR_NOT_FOUND;
		if (e != OK && !c->clear) {
			name_member(f, m->key);
			return e;
		}
		*bytes += 32 + c->value.text.n + c->value.original.n;
		for (size_t i = 0; i < c->value.n_items; i++)
			*bytes += 4 + c->value.items[i].n;
		c++;
	}
	*n = (size_t)(c - *out);
	return OK;
}

static void
set_changes(struct taker *t, uint32_t user, int64_t at,
	    const struct change *changes, size_t n)
{
	struct stamp from = {.at = at, .source = t->source};

	for (size_t i = 0; i < n; i++)
		batch_set(t->people, user, changes[i].attr,
			  changes[i].clear ? NULL : &changes[i].value, from);
}

static enum err
set_banned(struct taker *t, uint32_t user, const struct event *e,
	   struct fault *f)
{
	struct stamp from = {.at = e->at, .source = t->source};
	const struct attr *attr;
	struct value v;

	if (!e->v[USER_BANNED].has)
		return OK;
	TRY(batch_attr(t->people, S("banned"), e->v[USER_BANNED].json, false,
		       &attr, f));
	TRY(value_of_json(t->arena, attr, e->v[USER_BANNED].json, &v, f));
	batch_set(t->people, user, attr, &v, from);
	return OK;
}

/* Who was seen last at a moment was there then: it is a first time, too. */
static void
set_seen(struct taker *t, uint32_t user, int64_t at, const struct given *seen)
{
	int64_t last = seen->has ? seen->u.at : INSTANT_NONE;

	batch_seen(t->people, user, seen->has && last < at ? last : at, last);
}

/* When somebody agreed is not made up: see take_contact.c. */
static enum err
check_states(const struct taker *t, const struct event *e, struct fault *f)
{
	bool given = e->v[USER_CONSENT].has || e->v[USER_VALID].has;

	if (!given || e->dated || t->source != FROM_IMPORT)
		return OK;
	return fail(f, ERR_INVALID, "at",
		    "It is missing; an import never takes the moment it runs "
		    "for that of a consent.");
}

/* An event is told like others of its kind; of a row only what is news, so that
 * one that comes twice is told once. */
static void
set_states(struct taker *t, uint32_t user, const struct event *e)
{
	bool in = e->v[USER_CONSENT].choice == 0;
	bool valid = e->v[USER_VALID].flag;
	bool news;

	news = e->v[USER_CONSENT].has &&
	       batch_consent(t->people, user, in, e->at);
	if (news || (e->v[USER_CONSENT].has && !t->rows)) {
		batch_trail(t->people, user, e->at,
			    in ? S("{\"type\":\"consent\",\"state\":\"in\"}")
			       : S("{\"type\":\"consent\",\"state\":\"out\"}"));
		activity_told(t->chats,
			      in ? ACTIVITY_OPTED_IN : ACTIVITY_OPTED_OUT, user,
			      e->at);
	}
	news = e->v[USER_VALID].has &&
	       batch_validity(t->people, user, valid, e->at);
	if (news || (e->v[USER_VALID].has && !t->rows)) {
		batch_trail(t->people, user, e->at,
			    valid
				? S("{\"type\":\"validity\",\"valid\":true}")
				: S("{\"type\":\"validity\",\"valid\":false}"));
		activity_told(t->chats,
			      valid ? ACTIVITY_FOUND_VALID
				    : ACTIVITY_FOUND_INVALID,
			      user, e->at);
	}
}

/* Whom an event names. */
struct who {
	bool by_id, by_identity;
	struct str user_id;
	struct identity identity;
	uint32_t nameless; /* has the identity, but no userId yet; 0: nobody */
};

/* Check that the event may be applied to whom it names; make nobody yet. */
static enum err
check_who(struct taker *t, struct who *w, size_t bytes, struct fault *f)
{
	uint32_t user = 0, holder;
	bool known;

	if (!w->by_id && !w->by_identity)
		return fail(f, ERR_INVALID, "userId",
			    "A userId or an identity is needed.");
	known = w->by_id && batch_user_known(t->people, w->user_id, &user);
	if (w->by_id && w->by_identity) {
		if (batch_identity_known(t->people, &w->identity, &holder) &&
		    holder != user && batch_anonymous(t->people, holder))
			w->nameless = holder;
		else
			TRY(batch_may_claim(t->people, known ? user : 0,
					    &w->identity, f));
	}
	if (known)
		return batch_fits(t->people, user, bytes, f);
	if (bytes > 50u << 10)
		return fail(f, ERR_LIMIT, "attributes",
			    "This is more than is kept on one user.");
	return OK;
}

static enum err
make_who(struct taker *t, const struct who *w, int64_t at, uint32_t *user,
	 struct fault *f)
{
	if (!w->by_id)
		return batch_identity(t->people, &w->identity, user, f);
	TRY(batch_user(t->people, w->user_id, user, f));
	if (w->nameless != 0) {
		TRY(batch_merge(t->people, w->nameless, *user, at, f));
		chats_follow(t->chats, w->nameless, *user);
		return OK;
	}
	if (w->by_identity)
		return batch_claim(t->people, *user, &w->identity, f);
	return OK;
}

enum err
take_user(struct taker *t, const struct event *e, struct fault *f)
{
	const struct given *v = e->v;
	const struct given *segments = &v[USER_SEGMENTS];
	struct who who = {.by_id = v[USER_USER].has,
			  .by_identity = v[USER_IDENTITY].has};
	struct change *changes = NULL;
	size_t n = 0, bytes = 0;
	uint32_t user;

	if (who.by_id)
		who.user_id = v[USER_USER].u.text;
	if (who.by_identity)
		TRY(read_identity(t, e, &who.identity, f));
	if (v[USER_ATTRIBUTES].has)
		TRY(read_changes(t, v[USER_ATTRIBUTES].json, &changes, &n,
				 &bytes, f));
	if (segments->has)
		bytes += 5 * segments->u.list.n;
	TRY(check_states(t, e, f));
	TRY(check_who(t, &who, bytes + 256, f));
	TRY(make_who(t, &who, e->at, &user, f));
	set_changes(t, user, e->at, changes, n);
	TRY(set_banned(t, user, e, f));
	for (size_t i = 0; segments->has && i < segments->u.list.n; i++)
		batch_segment(t->people, user, segments->u.list.items[i],
			      e->at);
	set_states(t, user, e);
	set_seen(t, user, e->at, &v[USER_LAST_SEEN]);
	return OK;
}

/* Users that are not known yet are made, so that a merge may come before what
 * it merges; a merge that is done already changes nothing. */
enum err
take_merge(struct taker *t, const struct event *e, struct fault *f)
{
	struct str from = e->v[MERGE_FROM].u.text;
	struct str into = e->v[MERGE_INTO].u.text;
	uint32_t a, b;

	if (str_eq(from, into))
		return fail(f, ERR_INVALID, "into",
			    "A user cannot be merged into itself.");
	TRY(batch_user(t->people, from, &a, f));
	TRY(batch_user(t->people, into, &b, f));
	if (a == b)
		return OK;
	TRY(batch_merge(t->people, a, b, e->at, f));
	chats_follow(t->chats, a, b);
	return OK;
}
