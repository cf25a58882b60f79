/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * UTF-8 and folding.  Nearly all text that passes here is ASCII, so every
 * function walks eight bytes at a time while no high bit is set, and only the
 * rest pays for Unicode.
 *
 * Folding is utf8proc's NFKC with full case folding, and it is applied again
 * until nothing changes: one pass is not a projection (folding can bring marks
 * next to each other that then compose, and compatibility forms can hold
 * capitals); a text with an iota subscript is decomposed before, as Unicode
 * asks (D145), because folding makes a letter of that mark.  Two users whose
 * names differ by such a thing must meet in one index entry.  Characters that
 * are ignored by default are kept: emoji and several scripts are made of them.
 */
#include <rapport/base.h>

#include <stdlib.h>
#include <utf8proc.h>

#define HIGH_BITS UINT64_C(0x8080808080808080)
#define LOW_BITS UINT64_C(0x0101010101010101)
#define FOLD_PASSES_MAX 5

static uint64_t
word_at(const uint8_t *p)
{
	uint64_t w;

	memcpy(&w, p, sizeof(w));
	return w;
}

/* Bytes of the character at p (at least two bytes, first one >= 0x80), or 0 if
 * it is not well formed: RFC 3629 section 4, row by row. */
static size_t
char_size(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t sz;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	sz = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (n < sz)
		return 0;
	switch (p[0]) {
	case 0xe0:
		low = 0xa0; /* overlong below */
		break;
	case 0xed:
		high = 0x9f; /* surrogates above */
		break;
	case 0xf0:
		low = 0x90; /* overlong below */
		break;
	case 0xf4:
		high = 0x8f; /* past U+10FFFF above */
		break;
	}
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < sz; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return sz;
}

size_t
text_valid_prefix(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	size_t at = 0;

	while (at < s.n) {
		while (s.n - at >= 8) {
			uint64_t w = word_at(p + at);

			/* a high bit, or a borrow out of a zero byte */
			if (((w | (w - LOW_BITS)) & HIGH_BITS) != 0)
				break;
			at += 8;
		}
		if (at == s.n || p[at] == 0)
			break;
		if (p[at] < 0x80) {
			at++;
		} else {
			size_t sz = char_size(p + at, s.n - at);

			if (sz == 0)
				break;
			at += sz;
		}
	}
	return at;
}

bool
text_valid(struct str s)
{
	return text_valid_prefix(s) == s.n;
}

size_t
text_length(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((uint8_t)s.p[i] & 0xc0) != 0x80;
	return count;
}

struct str
text_prefix(struct str s, size_t n)
{
	size_t start;

	if (n > s.n)
		n = s.n;
	/* back to the first byte of the last character */
	for (start = n; start > 0 && n - start < 4;) {
		start--;
		if (((uint8_t)s.p[start] & 0xc0) != 0x80)
			break;
	}
	/* only a character that lacks bytes is dropped, not a wrong one */
	if (start < n && (uint8_t)s.p[start] >= 0xc2) {
		uint8_t c = (uint8_t)s.p[start];
		size_t want = c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 1;

		if (n - start < want)
			n = start;
	}
	return (struct str){s.p, n};
}

/* One character: its bytes; the code, or U+FFFD for a byte that is none. */
static size_t
character_at(struct str s, size_t at, utf8proc_int32_t *code)
{
	utf8proc_ssize_t n =
	    utf8proc_iterate((const utf8proc_uint8_t *)s.p + at,
			     (utf8proc_ssize_t)(s.n - at), code);

	if (n > 0)
		return (size_t)n;
	*code = 0xfffd;
	return 1;
}

struct str
text_units(struct str s, size_t max, size_t less)
{
	utf8proc_int32_t code, last = 0, state = 0;
	size_t units = 0, keep = 0, at = 0;

	while (at < s.n) {
		size_t n = character_at(s, at, &code);

		/* what would be cut off may begin here, not later */
		if (at > 0 && units <= max - less &&
		    utf8proc_grapheme_break_stateful(last, code, &state))
			keep = at;
		units += code > 0xffff ? 2 : 1;
		if (units > max)
			return str_cut(s, 0, keep);
		last = code;
		at += n;
	}
	return s;
}

enum shape { SHAPE_FOLDED, SHAPE_ASCII, SHAPE_UNICODE };

/* What has to be done to fold s. */
static enum shape
shape_of(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;
	bool capital = false;
	size_t at = 0;

	for (; s.n - at >= 8; at += 8)
		if ((word_at(p + at) & HIGH_BITS) != 0)
			return SHAPE_UNICODE;
	for (; at < s.n; at++)
		if (p[at] >= 0x80)
			return SHAPE_UNICODE;
	for (at = 0; at < s.n; at++)
		capital |= p[at] >= 'A' && p[at] <= 'Z';
	return capital ? SHAPE_ASCII : SHAPE_FOLDED;
}

static void
lower_ascii(char *to, struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		to[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
	}
}

#define NFD (UTF8PROC_STABLE | UTF8PROC_DECOMPOSE)
#define FOLD                                                    \
	(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT | \
	 UTF8PROC_CASEFOLD)

/* U+0345, or of the Greek letters that have it (and some that have not). */
static bool
has_iota_subscript(struct str s)
{
	const uint8_t *p = (const uint8_t *)s.p;

	for (size_t i = 0; i + 1 < s.n; i++)
		if ((p[i] == 0xcd && p[i + 1] == 0x85) ||
		    (p[i] == 0xe1 && p[i + 1] >= 0xbe))
			return true;
	return false;
}

/* One pass of a normal form.  Returns the code points as UTF-8 in *mem, which
 * grows as needed; the size is -1 if s is not UTF-8. */
static utf8proc_ssize_t
fold_pass(struct str s, int form, utf8proc_int32_t **mem, size_t *cap)
{
	const utf8proc_option_t how = (utf8proc_option_t)form;
	utf8proc_ssize_t n;

	for (;;) {
		n = utf8proc_decompose((const utf8proc_uint8_t *)s.p,
				       (utf8proc_ssize_t)s.n, *mem,
				       (utf8proc_ssize_t)*cap, how);
		if (n < 0)
			return -1;
		if ((size_t)n < *cap)
			break; /* one is left for the NUL */
		*cap = (size_t)n + 1;
		*mem = mem_grow(*mem, *cap * sizeof(**mem));
	}
	return utf8proc_reencode(*mem, n, how);
}

static void
fold_unicode(struct buf *out, struct str s)
{
	utf8proc_int32_t *mem[2];
	size_t cap[2] = {s.n + 16, s.n + 16};
	struct str now = s;
	int form = has_iota_subscript(s) ? NFD : FOLD;

	mem[0] = mem_grow(NULL, cap[0] * sizeof(*mem[0]));
	mem[1] = mem_grow(NULL, cap[1] * sizeof(*mem[1]));
	for (int i = 0; i < FOLD_PASSES_MAX; i++) {
		utf8proc_ssize_t n =
		    fold_pass(now, form, &mem[i & 1], &cap[i & 1]);
		struct str next = {(const char *)mem[i & 1], (size_t)n};

		if (n < 0 || (form == FOLD && str_eq(now, next)))
			break;
		now = next;
		form = FOLD;
	}
	buf_put(out, now);
	free(mem[0]);
	free(mem[1]);
}

void
text_fold(struct buf *out, struct str s)
{
	switch (shape_of(s)) {
	case SHAPE_FOLDED:
		buf_put(out, s);
		break;
	case SHAPE_ASCII: {
		size_t from = out->n;

		buf_put(out, s);
		if (out->err == OK)
			lower_ascii(out->p + from, s);
		break;
	}
	case SHAPE_UNICODE:
		fold_unicode(out, s);
		break;
	}
}

struct str
text_folded(struct arena *a, struct str s)
{
	struct buf b;
	char *p;

	switch (shape_of(s)) {
	case SHAPE_FOLDED:
		return s;
	case SHAPE_ASCII:
		p = arena_get(a, s.n + 1);
		lower_ascii(p, s);
		return (struct str){p, s.n};
	case SHAPE_UNICODE:
		break;
	}
	buf_init(&b);
	fold_unicode(&b, s);
	s = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return s;
}

/* Skimming ----------------------------------------------------------------- */

static bool
is_blank(utf8proc_int32_t code)
{
	switch (utf8proc_category(code)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
	case UTF8PROC_CATEGORY_CC:
		return true;
	default:
		return false;
	}
}

void
text_skim(struct buf *out, struct str s)
{
	struct buf folded;
	size_t start = out->n, n;
	bool blank = false;

	buf_init(&folded);
	text_fold(&folded, s);
	for (size_t at = 0; at < folded.n; at += n) {
		utf8proc_int32_t code;

		n = character_at(buf_str(&folded), at, &code);
		if (n == 0)
			break;
		if (utf8proc_category(code) == UTF8PROC_CATEGORY_CF)
			continue;
		if (is_blank(code)) {
			blank = out->n > start;
			continue;
		}
		if (blank)
			buf_c(out, ' ');
		blank = false;
		buf_put(out, str_cut(buf_str(&folded), at, at + n));
	}
	buf_fini(&folded);
}
