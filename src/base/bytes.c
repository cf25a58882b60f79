/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Slices and memory: borrowed bytes, growing buffers and arenas.
 *
 * An arena is a list of blocks, newest first; a mark remembers the block and
 * how much of it was used, so a rewind frees what came after.  Under the
 * address sanitizer what a rewind or reset gives back is poisoned, so that a
 * slice kept too long is found.
 */
#include <rapport/base.h>

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdlib.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

#define ARENA_BLOCK (64u << 10)

struct str
str_of(const char *z)
{
	return z == NULL ? STR_NONE : (struct str){z, strlen(z)};
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n == 0 ? 0 : memcmp(a.p, b.p, n);

	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n &&
	       (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	       (suffix.n == 0 ||
		memcmp(s.p + s.n - suffix.n, suffix.p, suffix.n) == 0);
}

bool
str_find(struct str s, struct str needle, size_t *at)
{
	const char *hit;

	if (needle.n == 0 || s.n == 0) {
		if (at != NULL)
			*at = 0;
		return needle.n == 0;
	}
	hit = memmem(s.p, s.n, needle.p, needle.n);
	if (hit != NULL && at != NULL)
		*at = (size_t)(hit - s.p);
	return hit != NULL;
}

struct str
str_cut(struct str s, size_t from, size_t to)
{
	if (to > s.n)
		to = s.n;
	if (from > to)
		from = to;
	return (struct str){s.p == NULL ? NULL : s.p + from, to - from};
}

static bool
is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str
str_trim(struct str s)
{
	while (s.n > 0 && is_space(s.p[0]))
		s = str_cut(s, 1, s.n);
	while (s.n > 0 && is_space(s.p[s.n - 1]))
		s.n--;
	return s;
}

bool
str_split(struct str *rest, char by, struct str *piece)
{
	const char *hit;

	if (rest->p == NULL)
		return false;
	hit = rest->n == 0 ? NULL : memchr(rest->p, by, rest->n);
	if (hit == NULL) {
		*piece = *rest;
		*rest = STR_NONE;
		return true;
	}
	*piece = (struct str){rest->p, (size_t)(hit - rest->p)};
	*rest = str_cut(*rest, piece->n + 1, rest->n);
	return true;
}

bool
str_to_u64(struct str s, uint64_t *out)
{
	uint64_t v = 0;

	if (s.n == 0 || (s.n > 1 && s.p[0] == '0'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned digit = (unsigned char)s.p[i] - '0';

		if (digit > 9 || v > (UINT64_MAX - digit) / 10)
			return false;
		v = v * 10 + digit;
	}
	*out = v;
	return true;
}

bool
str_to_i64(struct str s, int64_t *out)
{
	bool minus = s.n > 0 && s.p[0] == '-';
	uint64_t v;

	if (!str_to_u64(minus ? str_cut(s, 1, s.n) : s, &v) ||
	    v > (uint64_t)INT64_MAX + minus)
		return false;
	*out = minus ? (int64_t)(0 - v) : (int64_t)v;
	return true;
}

#define MEM_PIECE (2 << 20) /* from here on memory comes and goes by itself */
#define MEM_KEPT (4 << 20)

static void *
never_null(void *p)
{
	if (p == NULL) {
		log_line(LOG_ERROR, "base", "out of memory");
		abort();
	}
	return p;
}

void *
mem_new(size_t sz)
{
	return never_null(calloc(1, sz == 0 ? 1 : sz));
}

void *
mem_grow(void *p, size_t sz)
{
	return never_null(realloc(p, sz == 0 ? 1 : sz));
}

void
mem_keep(void)
{
#ifdef __GLIBC__
	mallopt(M_MMAP_THRESHOLD, MEM_PIECE);
	mallopt(M_TRIM_THRESHOLD, MEM_KEPT);
#endif
}

struct arena_block {
	struct arena_block *older;
	size_t cap;
	_Alignas(16) uint8_t bytes[];
};

void
arena_init(struct arena *a)
{
	*a = (struct arena){0};
}

static void
arena_drop_until(struct arena *a, const struct arena_block *keep)
{
	while (a->head != keep) {
		struct arena_block *b = a->head;

		a->head = b->older;
		ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->cap);
		free(b);
	}
	a->cap = a->head == NULL ? 0 : a->head->cap;
}

void
arena_fini(struct arena *a)
{
	arena_drop_until(a, NULL);
	*a = (struct arena){0};
}

void
arena_reset(struct arena *a)
{
	struct arena_block *first = a->head;

	while (first != NULL && first->older != NULL)
		first = first->older;
	arena_rewind(a, (struct arena_mark){first, 0});
}

static void
arena_add_block(struct arena *a, size_t least)
{
	size_t cap = least > ARENA_BLOCK ? least : ARENA_BLOCK;
	struct arena_block *b;

	b = never_null(malloc(sizeof(*b) + cap));
	b->older = a->head;
	b->cap = cap;
	ASAN_POISON_MEMORY_REGION(b->bytes, b->cap);
	a->head = b;
	a->cap = cap;
	a->used = 0;
}

/* Not zeroed. */
static void *
arena_take(struct arena *a, size_t sz)
{
	size_t room = (sz + 15) & ~(size_t)15;
	uint8_t *p;

	assert(room >= sz);
	if (a->head == NULL || a->cap - a->used < room)
		arena_add_block(a, room);
	p = a->head->bytes + a->used;
	a->used += room;
	ASAN_UNPOISON_MEMORY_REGION(p, sz);
	return p;
}

void *
arena_get(struct arena *a, size_t sz)
{
	void *p = arena_take(a, sz);

	return memset(p, 0, sz);
}

char *
arena_z(struct arena *a, struct str s)
{
	char *p = arena_take(a, s.n + 1);

	if (s.n > 0)
		memcpy(p, s.p, s.n);
	p[s.n] = '\0';
	return p;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){arena_z(a, s), s.n};
}

struct str
arena_printf(struct arena *a, const char *format, ...)
{
	va_list ap;
	int n;
	char *p;

	va_start(ap, format);
	n = vsnprintf(NULL, 0, format, ap);
	va_end(ap);
	assert(n >= 0);
	p = arena_get(a, (size_t)n + 1);
	va_start(ap, format);
	vsnprintf(p, (size_t)n + 1, format, ap);
	va_end(ap);
	return (struct str){p, (size_t)n};
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->head, a->used};
}

void
arena_rewind(struct arena *a, struct arena_mark m)
{
	arena_drop_until(a, m.head);
	a->used = m.used;
	if (a->head != NULL)
		ASAN_POISON_MEMORY_REGION(a->head->bytes + m.used,
					  a->cap - m.used);
}

void
buf_init(struct buf *b)
{
	*b = (struct buf){0};
}

void
buf_fini(struct buf *b)
{
	free(b->p);
	*b = (struct buf){0};
}

void
buf_reset(struct buf *b)
{
	b->n = 0;
	b->err = OK;
	if (b->p != NULL)
		b->p[0] = '\0';
}

char *
buf_room(struct buf *b, size_t sz)
{
	size_t need = b->n + sz + 1;

	assert(need > sz);
	if (need > b->cap) {
		size_t cap = b->cap < 256 ? 256 : b->cap * 2;

		b->cap = cap < need ? need : cap;
		b->p = mem_grow(b->p, b->cap);
	}
	return b->p + b->n;
}

void
buf_bytes(struct buf *b, const void *p, size_t n)
{
	if (b->err != OK)
		return;
	if (b->limit != 0 && (n > b->limit || b->n > b->limit - n)) {
		b->err = ERR_LIMIT;
		return;
	}
	buf_room(b, n);
	if (n > 0)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_put(struct buf *b, struct str s)
{
	buf_bytes(b, s.p, s.n);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	char small[512], *text = small;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(small, sizeof(small), format, ap);
	va_end(ap);
	assert(n >= 0);
	if ((size_t)n >= sizeof(small)) {
		text = mem_new((size_t)n + 1);
		va_start(ap, format);
		vsnprintf(text, (size_t)n + 1, format, ap);
		va_end(ap);
	}
	buf_bytes(b, text, (size_t)n);
	if (text != small)
		free(text);
}

void
buf_u64(struct buf *b, uint64_t n)
{
	char text[20];
	size_t at = sizeof(text);

	do {
		text[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_bytes(b, text + at, sizeof(text) - at);
}

void
buf_i64(struct buf *b, int64_t n)
{
	if (n < 0)
		buf_c(b, '-');
	buf_u64(b, n < 0 ? (uint64_t) - (n + 1) + 1 : (uint64_t)n);
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){b->p == NULL ? "" : b->p, b->n};
}
