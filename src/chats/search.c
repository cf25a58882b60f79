/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Looking for words.  A term is a row of words that must stand side by side in
 * one message; most are one word.  For each word, or pair of characters, there
 * is a set of chats: they are intersected.  For a term that is one word, a
 * prefix or a pair of characters that is already the answer.  For longer rows
 * the sets of words side by side, which share their places with a few others,
 * leave few chats, and their texts are read.
 */
#include "search.h"

#include <stdlib.h>

/* Reading what is asked ---------------------------------------------------- */

struct reading {
	struct arena *arena;
	struct search *s;
	struct fault *f;
	struct text_words words;
	size_t n_words; /* of all terms */
};

static enum err
term_add(struct reading *r, struct str text, bool prefix)
{
	struct search *s = r->s;
	struct term t = {.words = &s->words[r->n_words]};
	struct text_word w;

	text_words_over(&r->words, text);
	while (text_words_next(&r->words, &w)) {
		if (r->n_words == SEARCH_WORDS_MAX || s->n == SEARCH_TERMS_MAX)
			return fail(r->f, ERR_LIMIT, "q",
				    "At most %u words in %u terms.",
				    SEARCH_WORDS_MAX, SEARCH_TERMS_MAX);
		t.words[t.n++] = (struct sought){
		    .folded = arena_str(r->arena, w.folded),
		    .character = w.character,
		    .joined = w.joined};
		r->n_words++;
	}
	if (t.n == 0)
		return OK;
	t.words[t.n - 1].prefix = prefix && !t.words[t.n - 1].character;
	s->terms[s->n++] = t;
	return OK;
}

/* A term and what ends it: a phrase goes to the next quote or to the end. */
static enum err
term_read(struct reading *r, struct str *rest)
{
	bool quoted = rest->p[0] == '"';
	size_t from = quoted, to;
	struct str text;

	for (to = from; to < rest->n; to++)
		if (quoted ? rest->p[to] == '"'
			   : strchr(" \t\r\n\"", rest->p[to]) != NULL)
			break;
	text = str_cut(*rest, from, to);
	*rest = str_cut(*rest, to + (quoted && to < rest->n), rest->n);
	return term_add(r, text, str_ends(text, S("*")));
}

enum err
search_parse(struct arena *a, struct str q, struct search **out,
	     struct fault *f)
{
	struct reading r = {.arena = a, .f = f};
	enum err e = OK;

	if (q.n > SEARCH_BYTES_MAX)
		return fail(f, ERR_LIMIT, "q",
			    "%zu bytes; at most %u are taken.", q.n,
			    SEARCH_BYTES_MAX);
	r.s = *out = arena_get(a, sizeof(**out));
	r.s->words = arena_get(a, SEARCH_WORDS_MAX * sizeof(*r.s->words));
	text_words_open(&r.words, STR_NONE);
	while (e == OK && (q = str_trim(q)).n > 0)
		e = term_read(&r, &q);
	text_words_close(&r.words);
	if (e == OK && r.s->n == 0)
		e = fail(f, ERR_INVALID, "q",
			 "There is no word in it: letters, digits or "
			 "characters are looked for.");
	return e;
}

/* Sets --------------------------------------------------------------------- */

static void
by_prefix(struct kv_txn *txn, enum archive_index index, struct str prefix,
	  struct bits *into)
{
	struct buf after;

	/* A cut word begins as itself; UTF-8 has no 0xff, so the last byte can
	 * grow. */
	prefix = text_prefix(prefix, TEXT_KEY_MAX);
	buf_init(&after);
	buf_put(&after, prefix);
	after.p[after.n - 1]++;
	posting_load_range(txn, (uint16_t)index, 0, prefix, buf_str(&after),
			   into);
	buf_fini(&after);
}

static void
by_key(struct kv_txn *txn, enum archive_index index, struct str a,
       struct str b, struct bits *into)
{
	struct bits *set;
	struct buf key;

	buf_init(&key);
	if (b.n > 0) {
		buf_put(&key, a);
		buf_put(&key, b);
		buf_c(&key, '\0');
		a = buf_str(&key);
	} else {
		a = value_key_text(&key, a);
	}
	set = posting_load(txn, (struct posting){(uint16_t)index, 0, a});
	bits_or(into, set);
	bits_free(set);
	buf_fini(&key);
}

/* Chats that have the i-th word of a term, or it with the next. */
static struct bits *
word_chats(struct kv_txn *txn, const struct term *t, size_t i, bool said)
{
	const struct sought *w = &t->words[i];
	bool pair = w->character && i + 1 < t->n && t->words[i + 1].joined;
	struct bits *out = bits_new();

	for (enum archive_index index = ARCHIVE_SAID;
	     index <= (said ? ARCHIVE_SAID : ARCHIVE_TOLD); index++) {
		if (pair)
			by_key(txn, index, w->folded, w[1].folded, out);
		else if (w->prefix || w->character)
			by_prefix(txn, index, w->folded, out);
		else
			by_key(txn, index, w->folded, STR_NONE, out);
	}
	return out;
}

static void
keep_both(struct bits **into, struct bits *b)
{
	if (*into == NULL) {
		*into = b;
		return;
	}
	bits_and(*into, b);
	bits_free(b);
}

/* Those in which whole words may stand side by side as in the term. */
static void
pairs_chats(struct kv_txn *txn, const struct term *t, struct bits **into)
{
	uint8_t pair[2];

	for (size_t i = 1; i < t->n; i++) {
		const struct sought *w = &t->words[i];
		struct posting at = {ARCHIVE_PAIR, 0, STR_NONE};

		if (w->joined || w->prefix || bits_count(*into) == 0)
			continue;
		at.value = pair_of(w[-1].folded, w->folded, pair);
		keep_both(into, posting_load(txn, at));
	}
}

/* Chats that have all the words of a term, hardly any but side by side. */
static void
term_chats(struct kv_txn *txn, const struct term *t, bool said,
	   struct bits **into)
{
	for (size_t i = 0; i < t->n; i++) {
		/* The last of joined characters stands in the pair before. */
		if (i > 0 && t->words[i].joined &&
		    !(i + 1 < t->n && t->words[i + 1].joined))
			continue;
		if (*into != NULL && bits_count(*into) == 0)
			return;
		keep_both(into, word_chats(txn, t, i, said));
	}
	pairs_chats(txn, t, into);
}

/* Whether those are the chats of the term: nothing is left to be read. */
static bool
term_exact(const struct term *t)
{
	const struct sought *w = &t->words[0];

	if (w->prefix && w->folded.n > TEXT_KEY_MAX)
		return false;
	return t->n == 1 || (t->n == 2 && t->words[1].joined);
}

/* Reading texts ------------------------------------------------------------ */

struct proof {
	const struct search *s;
	struct matcher matcher;
	bool said;	 /* all terms in one message of the person */
	uint32_t proven; /* terms, a bit each */
	uint32_t needed;
};

static bool
prove_message(void *arg, const struct message_view *m)
{
	struct proof *p = arg;
	uint32_t here;

	if (p->said && m->person != PERSON_USER)
		return true;
	here = matcher_terms(&p->matcher, m->text, p->needed & ~p->proven);
	if (!p->said)
		p->proven |= here;
	else if (here == p->needed)
		p->proven = here;
	return p->proven != p->needed;
}

static struct bits *
prove(struct kv_txn *txn, struct proof *p, struct bits *maybe)
{
	struct bits *out;
	uint32_t ids[1024], from = 0;
	bool first = true;
	size_t n = COUNT(ids);

	if (p->needed == 0 || bits_count(maybe) == 0)
		return maybe;
	out = bits_new();
	matcher_open(&p->matcher, p->s);
	while (n == COUNT(ids) && kv_error(txn) == OK) {
		n = bits_page(maybe, from, first, false, ids, COUNT(ids));
		for (size_t i = 0; i < n; i++) {
			p->proven = 0;
			chat_messages(txn, ids[i], prove_message, p);
			if (p->proven == p->needed)
				bits_add(out, ids[i]);
		}
		first = false;
		from = n > 0 ? ids[n - 1] : 0;
	}
	matcher_close(&p->matcher);
	bits_free(maybe);
	return out;
}

static struct bits *
run(struct kv_txn *txn, const struct search *s, const struct bits *within,
    bool said)
{
	struct proof p = {.s = s, .said = said};
	struct bits *maybe = NULL;

	for (size_t i = 0; i < s->n; i++) {
		bool alone = !said || s->n == 1;

		term_chats(txn, &s->terms[i], said, &maybe);
		if (!alone || !term_exact(&s->terms[i]))
			p.needed |= UINT32_C(1) << i;
	}
	if (within != NULL)
		bits_and(maybe, within);
	return prove(txn, &p, maybe);
}

struct bits *
search_chats(struct kv_txn *txn, const struct search *s,
	     const struct bits *within)
{
	return run(txn, s, within, false);
}

struct bits *
search_said(struct kv_txn *txn, const struct search *s)
{
	return run(txn, s, NULL, true);
}
