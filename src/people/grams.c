/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Grams: every three bytes that follow one another in a folded text, for
 * finding it by something in it: whatever is in a text has grams that the text
 * has, too.  UTF-8 has no character inside another, so bytes will do for any
 * script.
 */
#include "room.h"

#include <stdlib.h>

bool
attr_has_grams(uint16_t attr)
{
	return attr == A_NAME || attr == A_EMAIL;
}

static uint32_t
gram_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
}

static int
gram_cmp(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

size_t
text_grams(struct str folded, uint32_t out[GRAM_TEXT_MAX])
{
	const uint8_t *p = (const uint8_t *)folded.p;
	size_t n = 0, unique = 0;

	if (folded.n > GRAM_TEXT_MAX)
		return 0;
	for (size_t i = 0; i + GRAM_KEY_SIZE <= folded.n; i++)
		out[n++] = gram_at(p + i);
	if (n > 1)
		qsort(out, n, sizeof(*out), gram_cmp);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || out[i] != out[i - 1])
			out[unique++] = out[i];
	return unique;
}

struct str
gram_key(uint32_t gram, uint8_t out[GRAM_KEY_SIZE])
{
	out[0] = (uint8_t)(gram >> 16);
	out[1] = (uint8_t)(gram >> 8);
	out[2] = (uint8_t)gram;
	return (struct str){(const char *)out, GRAM_KEY_SIZE};
}

bool
attr_grams_whole(struct kv_txn *txn, uint16_t attr)
{
	uint8_t key[GRAM_KEY_SIZE];
	struct posting all = {attr, LEVEL_SET, S("")};
	struct posting some = {attr, LEVEL_GRAM, gram_key(GRAM_ANY, key)};

	return attr_has_grams(attr) &&
	       posting_count(txn, some) == posting_count(txn, all);
}
