/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Keys and records of chats and messages to bytes and back, as layout.h draws
 * them.  Reading trusts nothing: a record that is not sound is answered with
 * false, and the caller makes CORRUPT of it.
 */
#include "layout.h"

#define SIGN (UINT64_C(1) << 63)

void
wr_at(struct wr *w, int64_t at)
{
	wr_be64(w, (uint64_t)at ^ SIGN);
}

void
buf_at(struct buf *b, int64_t at)
{
	buf_be64(b, (uint64_t)at ^ SIGN);
}

int64_t
rd_at(struct rd *r)
{
	return (int64_t)(rd_be64(r) ^ SIGN);
}

struct str
chat_key(uint8_t out[CHAT_KEY_SIZE], uint32_t chat)
{
	struct wr w = wr_of(out, CHAT_KEY_SIZE);

	wr_be32(&w, chat);
	return wr_out(&w);
}

struct str
message_key(uint8_t out[MESSAGE_KEY_SIZE], uint32_t chat, int64_t at,
	    uint32_t seq)
{
	struct wr w = wr_of(out, MESSAGE_KEY_SIZE);

	wr_be32(&w, chat);
	wr_at(&w, at);
	wr_be32(&w, seq);
	return wr_out(&w);
}

bool
message_key_read(struct str key, uint32_t *chat, int64_t *at, uint32_t *seq)
{
	struct rd r = rd_of(key);

	*chat = rd_be32(&r);
	*at = rd_at(&r);
	*seq = rd_be32(&r);
	return rd_done(&r);
}

struct str
pair_key(uint8_t out[PAIR_KEY_SIZE], uint32_t user, uint32_t chat)
{
	struct wr w = wr_of(out, PAIR_KEY_SIZE);

	wr_u8(&w, 'u');
	wr_be32(&w, user);
	wr_be32(&w, chat);
	return wr_out(&w);
}

struct str
id_key(uint8_t out[ID_KEY_MAX], struct str id)
{
	struct wr w = wr_of(out, ID_KEY_MAX);
	struct sha256 hash;

	if (id.n <= ID_KEY_WHOLE) {
		wr_u8(&w, 'i');
		wr_bytes(&w, id);
		return wr_out(&w);
	}
	hash = sha256_of(id);
	wr_u8(&w, 'h');
	wr_bytes(&w, str_cut(id, 0, ID_KEY_PREFIX));
	wr_bytes(&w, (struct str){(const char *)hash.b, sizeof(hash.b)});
	return wr_out(&w);
}

static void
cells_encode(struct buf *out, const struct chat *c)
{
	size_t n = 0;

	for (int i = 0; i < CELL_COUNT; i++)
		n += c->cells[i].set;
	buf_varint(out, n);
	for (int i = 0; i < CELL_COUNT; i++) {
		if (!c->cells[i].set)
			continue;
		buf_c(out, (char)i);
		buf_at(out, c->cells[i].at);
		buf_c(out, (char)c->cells[i].source);
		buf_lstr(out, c->cells[i].value);
	}
}

void
chat_encode(struct buf *out, const struct chat *c)
{
	buf_c(out, CHAT_VERSION);
	buf_be32(out, c->user);
	buf_lstr(out, c->chat_id);
	buf_at(out, c->first_event);
	buf_at(out, c->first_message);
	buf_at(out, c->first_in);
	buf_at(out, c->last_in);
	buf_varint(out, c->in);
	buf_varint(out, c->out);
	buf_varint(out, c->notes);
	buf_be32(out, c->next_seq);
	cells_encode(out, c);
	buf_varint(out, c->n_states);
	for (size_t i = 0; i < c->n_states; i++) {
		buf_at(out, c->states[i].at);
		buf_c(out, (char)c->states[i].state);
	}
	buf_varint(out, c->n_session);
	for (size_t i = 0; i < c->n_session; i++) {
		buf_lstr(out, c->session[i].name);
		buf_at(out, c->session[i].at);
		buf_c(out, (char)c->session[i].source);
		buf_lstr(out, c->session[i].json);
	}
}

static void
cells_decode(struct rd *r, struct chat *c)
{
	uint64_t n = rd_varint(r);

	for (uint64_t i = 0; i < n && !r->bad; i++) {
		uint8_t id = rd_u8(r);
		struct cell cell = {.set = true};

		cell.at = rd_at(r);
		cell.source = rd_u8(r);
		cell.value = rd_str(r);
		if (id >= CELL_COUNT || c->cells[id].set)
			r->bad = true;
		else
			c->cells[id] = cell;
	}
}

static void
states_decode(struct rd *r, struct arena *a, struct chat *c)
{
	uint64_t n = rd_varint(r);

	if (n > CHAT_STATES_MAX) {
		r->bad = true;
		return;
	}
	c->n_states = c->cap_states = n;
	if (n == 0)
		return;
	c->states = arena_get(a, n * sizeof(*c->states));
	for (size_t i = 0; i < n; i++) {
		c->states[i].at = rd_at(r);
		c->states[i].state = rd_u8(r);
		if (c->states[i].state > CHAT_CLOSED)
			r->bad = true;
	}
}

static void
session_decode(struct rd *r, struct arena *a, struct chat *c)
{
	uint64_t n = rd_varint(r);

	if (n > rd_left(r)) {
		r->bad = true;
		return;
	}
	c->n_session = c->cap_session = n;
	if (n == 0)
		return;
	c->session = arena_get(a, n * sizeof(*c->session));
	for (size_t i = 0; i < n; i++) {
		c->session[i].name = rd_str(r);
		c->session[i].at = rd_at(r);
		c->session[i].source = rd_u8(r);
		c->session[i].json = rd_str(r);
	}
}

bool
chat_decode(struct arena *a, uint32_t id, struct str value, struct chat *out)
{
	struct rd r = rd_of(value);

	*out = (struct chat){.id = id};
	if (rd_u8(&r) != CHAT_VERSION)
		return false;
	out->user = rd_be32(&r);
	out->chat_id = rd_str(&r);
	out->first_event = rd_at(&r);
	out->first_message = rd_at(&r);
	out->first_in = rd_at(&r);
	out->last_in = rd_at(&r);
	out->in = rd_varint(&r);
	out->out = rd_varint(&r);
	out->notes = rd_varint(&r);
	out->next_seq = rd_be32(&r);
	cells_decode(&r, out);
	states_decode(&r, a, out);
	session_decode(&r, a, out);
	return rd_done(&r);
}

void
deliveries_encode(struct buf *out, const struct deliveries *d)
{
	buf_c(out, (char)d->set);
	for (int i = SENT; i <= FAILED; i++)
		if (d->set & 1 << i)
			buf_at(out, d->at[i]);
	if (d->set & 1 << FAILED) {
		buf_lstr(out, d->code);
		buf_lstr(out, d->title);
	}
}

bool
deliveries_decode(struct rd *r, struct deliveries *out)
{
	*out = (struct deliveries){.set = rd_u8(r)};
	if (out->set >> (FAILED + 1))
		r->bad = true;
	for (int i = SENT; i <= FAILED; i++)
		if (out->set & 1 << i)
			out->at[i] = rd_at(r);
	if (out->set & 1 << FAILED) {
		out->code = rd_str(r);
		out->title = rd_str(r);
	}
	return !r->bad;
}

void
message_encode(struct buf *out, const struct message *m)
{
	buf_c(out, CHAT_VERSION);
	buf_c(out, (char)m->person);
	buf_c(out, (char)m->flags);
	buf_c(out, (char)m->source);
	buf_lstr(out, m->message_id);
	buf_lstr(out, m->person_id);
	deliveries_encode(out, &m->deliveries);
	buf_put(out, m->text);
}

bool
message_decode(struct str value, struct message *out)
{
	struct rd r = rd_of(value);
	uint8_t person;

	*out = (struct message){0};
	if (rd_u8(&r) != CHAT_VERSION)
		return false;
	person = rd_u8(&r);
	out->person = (enum person)person;
	out->flags = rd_u8(&r);
	out->source = rd_u8(&r);
	out->message_id = rd_str(&r);
	out->person_id = rd_str(&r);
	deliveries_decode(&r, &out->deliveries);
	out->text = rd_bytes(&r, rd_left(&r));
	return rd_done(&r) && person <= PERSON_MANAGER;
}
