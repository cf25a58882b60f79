/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A transcript, page by page.  The places of all messages and the changes of
 * state are put in one order first, which is small; then the messages of the
 * page are read.  What happened at one instant stands as it can have been: the
 * opening, what was said in the order it came, then snoozing or closing.
 */
#include "archive.h"

#include <stdlib.h>

#define EXCERPT_BYTES 400u
#define EXCERPT_BEFORE 120u
#define MARKS_MAX 64u

/* Words for places --------------------------------------------------------- */

struct str
message_word(struct arena *a, int64_t at, uint32_t seq)
{
	return arena_printf(a, "%016llx%08x",
			    (unsigned long long)at ^ UINT64_C(1) << 63, seq);
}

static bool
hex_read(struct str s, uint64_t *out)
{
	*out = 0;
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool digit = c >= '0' && c <= '9';

		if (!digit && (c < 'a' || c > 'f'))
			return false;
		*out = *out << 4 | (uint64_t)(digit ? c - '0' : c - 'a' + 10);
	}
	return true;
}

bool
message_place(struct str word, int64_t *at, uint32_t *seq)
{
	uint64_t high, low;

	if (word.n != 24 || !hex_read(str_cut(word, 0, 16), &high) ||
	    !hex_read(str_cut(word, 16, 24), &low))
		return false;
	*at = (int64_t)(high ^ UINT64_C(1) << 63);
	*seq = (uint32_t)low;
	return true;
}

/* Messages ----------------------------------------------------------------- */

bool
speaker_told(const struct query *q, const struct message_view *m)
{
	return m->person != PERSON_USER ||
	       catalog_by_id(q->catalog, A_USER_ID) != NULL;
}

void
message_head_json(struct query *q, const struct message_view *m,
		  struct json_out *j)
{
	json_kt(j, "key", message_word(q->arena, m->at, m->seq));
	if (m->message_id.n > 0)
		json_kt(j, "messageId", m->message_id);
	json_kat(j, "at", m->at);
	json_kt(j, "personType", str_of(person_names[m->person]));
	if (m->person_id.n > 0 && speaker_told(q, m))
		json_kt(j, "personId", m->person_id);
	if (m->template)
		json_kb(j, "template", true);
	if (m->note)
		json_kb(j, "note", true);
}

/* As JavaScript counts. */
static int64_t
units_of(struct str s)
{
	int64_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];

		n += ((c & 0xc0) != 0x80) + (c >= 0xf0);
	}
	return n;
}

static void
marks_json(const struct text_range *marks, size_t n, struct str text,
	   struct json_out *j)
{
	json_key(j, S("marks"));
	json_array(j);
	for (size_t i = 0; i < n && marks[i].to <= text.n; i++) {
		json_array(j);
		json_int(j, units_of(str_cut(text, 0, marks[i].from)));
		json_int(j, units_of(str_cut(text, 0, marks[i].to)));
		json_array_end(j);
	}
	json_array_end(j);
}

/* Around the first mark, on whole characters. */
void
message_text_json(const struct search *s, struct str text, struct json_out *j)
{
	struct text_range marks[MARKS_MAX];
	size_t n = search_marks(s, text, marks, COUNT(marks));
	size_t from = n > 0 && marks[0].from > EXCERPT_BEFORE
			  ? marks[0].from - EXCERPT_BEFORE
			  : 0;
	struct str shown;

	if (text.n <= EXCERPT_BYTES)
		from = 0;
	while (from > 0 && ((uint8_t)text.p[from] & 0xc0) == 0x80)
		from--;
	shown = text_prefix(str_cut(text, from, text.n), EXCERPT_BYTES);
	json_kt(j, "text", shown);
	if (from > 0)
		json_kb(j, "cutBefore", true);
	if (from + shown.n < text.n)
		json_kb(j, "cutAfter", true);
	for (size_t i = 0; i < n; i++) {
		marks[i].from -= from;
		marks[i].to -= from;
	}
	marks_json(marks, n, shown, j);
}

static void
delivery_json(const struct message_view *m, struct json_out *j)
{
	if (m->status == 0)
		return;
	json_key(j, S("delivery"));
	json_object(j);
	for (int i = SENT; i <= FAILED; i++)
		if (m->status >> i & 1)
			json_kat(j, delivery_names[i], m->status_at[i]);
	if (m->status >> FAILED & 1) {
		json_key(j, S("error"));
		json_object(j);
		json_kt(j, "code", m->code);
		json_kt(j, "title", m->title);
		json_object_end(j);
	}
	json_object_end(j);
}

/* Pages -------------------------------------------------------------------- */

struct item {
	int64_t at;
	uint8_t rank; /* 0 opened, 1 message, 2 snoozed or closed */
	uint32_t seq; /* of a message; else the state */
};
struct transcript {
	struct query *q;
	const struct search *s;
	struct item *items;
	size_t n, cap;
	struct item *hits;
	size_t n_hits, total_hits, messages;
};

static void
item_add(struct transcript *t, struct item item)
{
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 256;
		t->items = mem_grow(t->items, t->cap * sizeof(*t->items));
	}
	t->items[t->n++] = item;
}

static bool
gather(void *arg, const struct message_view *m)
{
	struct transcript *t = arg;
	struct item item = {m->at, 1, m->seq};
	struct text_range mark;

	item_add(t, item);
	t->messages++;
	if (t->s == NULL || search_marks(t->s, m->text, &mark, 1) == 0)
		return true;
	if (t->n_hits < TRANSCRIPT_HITS)
		t->hits[t->n_hits++] = item;
	t->total_hits++;
	return true;
}

static int
item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static struct str
item_word(struct transcript *t, const struct item *i)
{
	struct mark m = {.at = i->at, .kind = i->rank, .a = i->seq};

	return mark_text(t->q->arena, 't', 0, &m);
}

static size_t
place_of(const struct transcript *t, const struct item *x)
{
	size_t i = 0;

	while (i < t->n && item_cmp(&t->items[i], x) < 0)
		i++;
	return i;
}

static enum err
cursor_read(struct str text, struct item *out, const char *path,
	    struct fault *f)
{
	struct mark m;

	if (mark_read(text, 't', 0, &m, NULL) != OK)
		return fail(f, ERR_INVALID, path,
			    "expected what a page of a transcript gave");
	*out = (struct item){m.at, m.kind, (uint32_t)m.a};
	return OK;
}

/* The items first … end of the page that is asked for. */
static enum err
window(struct transcript *t, const struct transcript_in *in, size_t *first,
       size_t *end, struct fault *f)
{
	struct item x = {.rank = 1};
	size_t at;

	*first = 0;
	if (in->after.n > 0) {
		TRY(cursor_read(in->after, &x, "after", f));
		at = place_of(t, &x);
		*first = at + (at < t->n && item_cmp(&t->items[at], &x) == 0);
	} else if (in->before.n > 0) {
		TRY(cursor_read(in->before, &x, "before", f));
		at = place_of(t, &x);
		*first = at > in->limit ? at - in->limit : 0;
		*end = at;
		return OK;
	} else if (in->around.n > 0) {
		if (!message_place(in->around, &x.at, &x.seq))
			return fail(f, ERR_INVALID, "around",
				    "expected the key of a message");
		at = place_of(t, &x);
		*first = at > in->limit / 2 ? at - in->limit / 2 : 0;
	}
	*end = t->n - *first > in->limit ? *first + in->limit : t->n;
	return OK;
}

static void
put_message(struct transcript *t, uint32_t chat, const struct item *i,
	    struct json_out *j)
{
	struct arena_mark mark = arena_mark(t->q->arena);
	struct text_range marks[MARKS_MAX];
	struct message_view m;

	if (!chat_message(t->q->txn, chat, i->at, i->seq, &m))
		return;
	json_object(j);
	json_kt(j, "kind", S("message"));
	message_head_json(t->q, &m, j);
	json_kt(j, "text", m.text);
	if (t->s != NULL)
		marks_json(marks,
			   search_marks(t->s, m.text, marks, COUNT(marks)),
			   m.text, j);
	delivery_json(&m, j);
	json_object_end(j);
	arena_rewind(t->q->arena, mark);
}

static void
put_item(struct transcript *t, uint32_t chat, const struct item *i,
	 struct json_out *j)
{
	if (i->rank == 1) {
		put_message(t, chat, i, j);
		return;
	}
	json_object(j);
	json_kt(j, "kind", S("state"));
	json_kat(j, "at", i->at);
	json_kt(j, "state", str_of(chat_state_names[i->seq]));
	json_object_end(j);
}

static void
put_hits(struct transcript *t, struct json_out *j)
{
	if (t->s == NULL)
		return;
	json_ki(j, "hitsTotal", (int64_t)t->total_hits);
	json_key(j, S("hits"));
	json_array(j);
	for (size_t i = 0; i < t->n_hits; i++)
		json_text(j, message_word(t->q->arena, t->hits[i].at,
					  t->hits[i].seq));
	json_array_end(j);
}

static void
put_cursor(struct transcript *t, const char *key, bool there, size_t i,
	   struct json_out *j)
{
	json_key(j, str_of(key));
	if (there)
		json_text(j, item_word(t, &t->items[i]));
	else
		json_null(j);
}

static enum err
put_page(struct transcript *t, uint32_t chat, const struct transcript_in *in,
	 struct json_out *j, struct fault *f)
{
	size_t first = 0, end = 0;

	TRY(window(t, in, &first, &end, f));
	json_object(j);
	json_ki(j, "total", (int64_t)t->messages);
	json_key(j, S("messages"));
	json_array(j);
	for (size_t i = first; i < end; i++)
		put_item(t, chat, &t->items[i], j);
	json_array_end(j);
	put_cursor(t, "previous", first > 0 && first < end, first, j);
	put_cursor(t, "next", end < t->n && first < end, end - 1, j);
	put_hits(t, j);
	json_object_end(j);
	return kv_error(t->q->txn);
}

enum err
archive_transcript(struct query *q, uint32_t id,
		   const struct transcript_in *in, struct json_out *j,
		   struct fault *f)
{
	struct transcript t = {.q = q};
	struct search *s = NULL;
	struct chat_view v;
	enum err e;

	if (!chat_seen(q, id, &v)) {
		TRY(kv_error(q->txn));
		return fail(f, ERR_NOT_FOUND, "chat", "there is no such chat");
	}
	if ((in->after.n > 0) + (in->before.n > 0) + (in->around.n > 0) > 1)
		return fail(f, ERR_INVALID, "around",
			    "expected at most one of after, before, around");
	if (str_trim(in->words).n > 0)
		TRY(search_parse(q->arena, in->words, &s, f));
	t.s = s;
	t.hits = arena_get(q->arena, TRANSCRIPT_HITS * sizeof(*t.hits));
	chat_messages(q->txn, id, gather, &t);
	for (size_t i = 0; i < v.n_states; i++)
		item_add(&t, (struct item){
				 v.states[i].at,
				 v.states[i].state == CHAT_OPENED ? 0 : 2,
				 v.states[i].state});
	if (t.n > 1)
		qsort(t.items, t.n, sizeof(*t.items), item_cmp);
	e = put_page(&t, id, in, j, f);
	free(t.items);
	return e;
}
