/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A store in memory for the tests of intake, with a dump that knows nothing of
 * dense ids: every user by userId with every value, every chat by chatId with
 * its transcript.  Two worlds are the same if their dumps are.
 */
#ifndef T_INTAKE_WORLD_H
#define T_INTAKE_WORLD_H

#include "../../tap.h"

#include <rapport/intake.h>

struct world {
	struct kv *kv;
	struct people *people;
	struct arena arena; /* of the last result */
	struct intake_result result;
	struct fault fault;
};

static inline void
world_open(struct world *w)
{
	struct kv_options o = {.create = true};

	*w = (struct world){0};
	arena_init(&w->arena);
	if (kv_open(&w->kv, &o, &w->fault) != OK)
		abort();
	w->people = people_open(w->kv);
}

static inline void
world_close(struct world *w)
{
	people_close(w->people);
	kv_close(w->kv);
	arena_fini(&w->arena);
}

static inline enum err
world_take_with(struct world *w, struct str body,
		const struct intake_options *options)
{
	arena_reset(&w->arena);
	w->fault = (struct fault){0};
	return intake_body(w->people, w->kv, &w->arena, body, options,
			   &w->result, &w->fault);
}

static inline enum err
world_take(struct world *w, struct str body)
{
	static const struct intake_options options = {0};

	return world_take_with(w, body, &options);
}

/* Dump --------------------------------------------------------------------- */

struct line {
	struct str key, text;
};

struct dump {
	struct world *world;
	struct kv_txn *txn;
	struct arena arena;
	struct line *lines;
	size_t n, cap;
	struct buf out;
};

static inline int
line_cmp(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	return str_cmp(x->key, y->key);
}

static inline void
dump_line(struct dump *d, struct str key, struct buf *text)
{
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 64;
		d->lines = mem_grow(d->lines, d->cap * sizeof(*d->lines));
	}
	d->lines[d->n++] =
	    (struct line){key, arena_str(&d->arena, buf_str(text))};
	buf_reset(text);
}

static inline int
attr_cmp(const void *a, const void *b)
{
	return str_cmp((*(const struct attr *const *)a)->name,
		       (*(const struct attr *const *)b)->name);
}

static inline void
dump_user(struct dump *d, const struct catalog *c, uint32_t id)
{
	const struct attr **attrs = arena_get(&d->arena, c->n * sizeof(*attrs));
	struct str key = STR_NONE;
	struct json_out j;
	struct user_view u;
	struct buf b;

	for (size_t i = 0; i < c->n; i++)
		attrs[i] = &c->attrs[i];
	qsort(attrs, c->n, sizeof(*attrs), attr_cmp);
	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	if (!user_view(d->txn, c, id, &u))
		abort();
	for (size_t i = 0; i < c->n; i++) {
		struct value v;

		if (!user_value(&u, &d->arena, d->txn, attrs[i], &v))
			continue;
		json_key(&j, attrs[i]->name);
		value_json(&j, &v);
		if (attrs[i]->id == A_USER_ID)
			key = arena_str(&d->arena, v.text);
	}
	json_object_end(&j);
	dump_line(d, arena_printf(&d->arena, "user %.*s", STR_ARG(key)), &b);
	buf_fini(&b);
}

static inline bool
dump_message(void *arg, const struct message_view *m)
{
	struct json_out *j = arg;

	json_object(j);
	json_kat(j, "at", m->at);
	json_kt(j, "id", m->message_id);
	json_kt(j, "by", m->person_id);
	json_kt(j, "text", m->text);
	json_ki(j, "person", m->person);
	json_kb(j, "template", m->template);
	json_kb(j, "note", m->note);
	for (int i = SENT; i <= FAILED; i++)
		if (m->status & 1 << i)
			json_kat(j,
				 (const char *[]){"sent", "delivered", "read",
						  "failed"}[i],
				 m->status_at[i]);
	json_kt(j, "code", m->code);
	json_object_end(j);
	return true;
}

static inline struct str
dump_owner(struct dump *d, const struct catalog *c, uint32_t user)
{
	struct user_view u;
	struct value v;

	if (user == 0 || !user_view(d->txn, c, user, &u) ||
	    !user_value(&u, &d->arena, d->txn, catalog_by_id(c, A_USER_ID), &v))
		return S("nobody");
	return arena_str(&d->arena, v.text);
}

static inline void
dump_chat(struct dump *d, const struct catalog *c, const struct chat_view *v)
{
	struct json_out j;
	struct buf b;

	buf_init(&b);
	json_out_init(&j, &b);
	json_object(&j);
	json_kt(&j, "user", dump_owner(d, c, v->user));
	json_kat(&j, "opened", v->opened);
	json_kat(&j, "closed", v->closed);
	json_ki(&j, "state", v->state);
	json_ki(&j, "in", (int64_t)v->in);
	json_ki(&j, "out", (int64_t)v->out);
	json_ki(&j, "notes", (int64_t)v->notes);
	json_key(&j, S("fields"));
	json_array(&j);
	for (size_t i = 0; i < COUNT(v->fields); i++)
		json_text(&j, v->fields[i]);
	for (size_t i = 0; i < v->n_tags; i++)
		json_text(&j, v->tags[i]);
	for (size_t i = 0; i < v->n_manager_ids; i++)
		json_text(&j, v->manager_ids[i]);
	for (size_t i = 0; i < v->n_states; i++) {
		json_instant(&j, v->states[i].at);
		json_int(&j, v->states[i].state);
	}
	for (size_t i = 0; i < v->n_session; i++) {
		json_text(&j, v->session[i].name);
		json_text(&j, v->session[i].json);
	}
	json_array_end(&j);
	json_key(&j, S("messages"));
	json_array(&j);
	chat_messages(d->txn, v->id, dump_message, &j);
	json_array_end(&j);
	json_object_end(&j);
	dump_line(d, arena_printf(&d->arena, "chat %.*s", STR_ARG(v->chat_id)),
		  &b);
	buf_fini(&b);
}

static inline enum err
dump_body(struct kv_txn *txn, void *arg)
{
	struct dump *d = arg;
	const struct catalog *c = people_catalog(d->world->people, txn);
	struct bits *all = people_everybody(txn);
	size_t n = bits_count(all);
	uint32_t *ids = mem_new((n + 1) * sizeof(*ids));
	struct chat_view chat;

	d->txn = txn;
	d->n = 0;
	bits_ids(all, ids);
	for (size_t i = 0; i < n; i++)
		dump_user(d, c, ids[i]);
	for (uint32_t id = 1; chat_view(txn, &d->arena, id, &chat); id++)
		dump_chat(d, c, &chat);
	free(ids);
	bits_free(all);
	return OK;
}

/* The whole world as one text; the caller frees it with buf_fini. */
static inline struct buf
world_dump(struct world *w)
{
	struct dump d = {.world = w};

	arena_init(&d.arena);
	buf_init(&d.out);
	if (kv_read(w->kv, dump_body, &d, &w->fault) != OK) {
		printf("# dump: %s\n", w->fault.text);
		abort();
	}
	qsort(d.lines, d.n, sizeof(*d.lines), line_cmp);
	for (size_t i = 0; i < d.n; i++) {
		buf_put(&d.out, d.lines[i].key);
		buf_c(&d.out, ' ');
		buf_put(&d.out, d.lines[i].text);
		buf_c(&d.out, '\n');
	}
	free(d.lines);
	arena_fini(&d.arena);
	return d.out;
}

static inline void
world_complain(void *arg, struct str sentence)
{
	printf("# check: %.*s\n", STR_ARG(sentence));
}

/* Differences between what is counted or indexed and what is there. */
static inline uint64_t
world_differences(struct world *w)
{
	uint64_t people = 0, chats = 0;

	if (people_check(w->people, (size_t)16 << 20, "/tmp", world_complain,
			 NULL, &people, &w->fault) != OK ||
	    chats_check(w->people, w->kv, world_complain, NULL, &chats,
			&w->fault) != OK) {
		printf("# check: %s\n", w->fault.text);
		return UINT64_MAX;
	}
	return people + chats;
}

#endif
