/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Words side by side in one text.  The text is cut into its words once, and
 * each term is laid against every place of it.  Most texts that are looked at
 * lack one of the words: where all is ASCII, finding that out is cheaper than
 * cutting.
 */
#include "search.h"

#include <stdlib.h>

void
matcher_open(struct matcher *m, const struct search *s)
{
	*m = (struct matcher){.search = s};
	text_words_open(&m->words, STR_NONE);
	buf_init(&m->memory);
	buf_init(&m->lower);
}

void
matcher_close(struct matcher *m)
{
	text_words_close(&m->words);
	buf_fini(&m->memory);
	buf_fini(&m->lower);
	free(m->seen);
}

static void
see(struct matcher *m, struct str text)
{
	struct text_word w;

	m->n_seen = 0;
	buf_reset(&m->memory);
	text_words_over(&m->words, text);
	while (text_words_next(&m->words, &w)) {
		if (m->n_seen == m->cap) {
			m->cap = m->cap ? 2 * m->cap : 64;
			m->seen = mem_grow(m->seen, m->cap * sizeof(*m->seen));
		}
		m->seen[m->n_seen++] = (struct seen){.folded = m->memory.n,
						     .n = w.folded.n,
						     .from = w.from,
						     .to = w.to,
						     .character = w.character,
						     .joined = w.joined};
		buf_put(&m->memory, w.folded);
	}
}

static bool
word_is(const struct matcher *m, const struct seen *s, const struct sought *w)
{
	struct str folded = {m->memory.p + s->folded, s->n};

	if (s->character != w->character || (w->joined && !s->joined))
		return false;
	return w->prefix ? str_starts(folded, w->folded)
			 : str_eq(folded, w->folded);
}

static bool
term_at(const struct matcher *m, const struct term *t, size_t at)
{
	if (t->n > m->n_seen - at)
		return false;
	for (size_t i = 0; i < t->n; i++)
		if (!word_is(m, &m->seen[at + i], &t->words[i]))
			return false;
	return true;
}

/* The text in small letters, or false where it is not ASCII. */
static bool
lower(struct matcher *m, struct str text)
{
	char *to;
	uint8_t high = 0;

	buf_reset(&m->lower);
	to = buf_room(&m->lower, text.n + 1);
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		high |= c;
		to[i] = (char)(c + (c >= 'A' && c <= 'Z') * 32);
	}
	m->lower.n = text.n;
	return high < 0x80;
}

/* The terms of which every word stands somewhere, as far as bytes can say. */
static uint32_t
terms_possible(struct matcher *m, struct str text, uint32_t wanted)
{
	uint32_t out = 0;

	if (!lower(m, text))
		return wanted;
	for (size_t i = 0; i < m->search->n; i++) {
		const struct term *t = &m->search->terms[i];
		size_t k = 0;

		if ((wanted >> i & 1) == 0)
			continue;
		while (k < t->n && str_find(buf_str(&m->lower),
					    t->words[k].folded, NULL))
			k++;
		out |= (uint32_t)(k == t->n) << i;
	}
	return out;
}

uint32_t
matcher_terms(struct matcher *m, struct str text, uint32_t wanted)
{
	uint32_t found = 0;

	wanted = terms_possible(m, text, wanted);
	if (wanted == 0)
		return 0;
	see(m, text);
	for (size_t i = 0; i < m->search->n; i++) {
		if ((wanted >> i & 1) == 0)
			continue;
		for (size_t at = 0; at < m->n_seen; at++)
			if (term_at(m, &m->search->terms[i], at)) {
				found |= UINT32_C(1) << i;
				break;
			}
	}
	return found;
}

struct listener {
	struct matcher matcher;
	uint32_t all;
};

struct listener *
listener_open(const struct search *s)
{
	struct listener *l = mem_new(sizeof(*l));

	matcher_open(&l->matcher, s);
	l->all = s->n == SEARCH_TERMS_MAX ? UINT32_MAX
					  : (UINT32_C(1) << s->n) - 1;
	return l;
}

bool
listener_hears(struct listener *l, struct str text)
{
	return matcher_terms(&l->matcher, text, l->all) == l->all;
}

void
listener_close(struct listener *l)
{
	if (l == NULL)
		return;
	matcher_close(&l->matcher);
	free(l);
}

/* Where they stand --------------------------------------------------------- */

static size_t
longest_at(const struct matcher *m, size_t at)
{
	size_t most = 0;

	for (size_t i = 0; i < m->search->n; i++) {
		const struct term *t = &m->search->terms[i];

		if (t->n > most && term_at(m, t, at))
			most = t->n;
	}
	return most;
}

size_t
search_marks(const struct search *s, struct str text, struct text_range *out,
	     size_t max)
{
	struct matcher m;
	size_t n = 0;

	matcher_open(&m, s);
	see(&m, text);
	for (size_t at = 0; at < m.n_seen; at++) {
		size_t words = longest_at(&m, at);
		size_t to = words > 0 ? m.seen[at + words - 1].to : 0;

		if (words == 0)
			continue;
		if (n > 0 && m.seen[at].from <= out[n - 1].to) {
			if (to > out[n - 1].to)
				out[n - 1].to = to;
		} else if (n < max) {
			out[n++] =
			    (struct text_range){m.seen[at].from, to};
		} else {
			break;
		}
	}
	matcher_close(&m);
	return n;
}
