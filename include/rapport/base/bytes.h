/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bytes and errors.  A slice (struct str) borrows, a buffer (struct buf) owns,
 * an arena owns many small things until it is reset, and rd/wr walk encoded
 * bytes with a bound and an error that sticks: after the first failure they
 * do nothing and the caller checks once at the end.
 *
 * Small allocations cannot fail: the process ends with a line in the log.
 * Sizes that come from outside are bounded by a named limit before they get
 * here.  A fault is filled once, by whoever knows most, and later fills do not
 * overwrite it.
 */
#ifndef RAPPORT_BASE_BYTES_H
#define RAPPORT_BASE_BYTES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(a, b) __attribute__((format(printf, a, b)))
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Errors ---------------------------------------------------------------- */

typedef enum err {
	OK = 0,
#define ERR(code, http, status, word, sentence) ERR_##code,
#include <tbl/errors.h>
#undef ERR
	ERR_COUNT
} err;

/* One error for people and programs: `path` is the field, leaf or line. */
struct fault {
	enum err code;
	char path[128];
	char text[256];
};

int err_http(enum err e);
int err_exit(enum err e);
const char *err_word(enum err e);     /* "bad-input", static */
const char *err_sentence(enum err e); /* static */

/* Fill `f` if it is empty (f may be NULL) and return `code`. */
enum err fail(struct fault *f, enum err code, const char *path,
	      const char *format, ...) PRINTF_LIKE(4, 5);
/* Put a step in front of the path: "1" then "all" gives "/all/1". */
void fault_prefix(struct fault *f, const char *step);

/* Return from the function on an error; not for functions with a `done:`. */
#define TRY(expr)                                                              \
	do {                                                                   \
		enum err try_ = (expr);                                        \
		if (try_ != OK)                                                \
			return try_;                                           \
	} while (0)

/* Slices ---------------------------------------------------------------- */

/* Borrowed bytes, not NUL-terminated, passed by value, never freed. */
struct str {
	const char *p;
	size_t n;
};

#define S(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_NONE ((struct str){NULL, 0})
/* For printf: printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) (int)(s).n, (s).p ? (s).p : ""

struct str str_of(const char *z); /* of a C string; NULL gives STR_NONE */
bool str_eq(struct str a, struct str b);
int str_cmp(struct str a, struct str b); /* by bytes, then by length */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
bool str_find(struct str s, struct str needle, size_t *at); /* at: may be NULL */
struct str str_cut(struct str s, size_t from, size_t to); /* clamped */
struct str str_trim(struct str s);                        /* ASCII white space */
/* Cut the next piece off `rest` up to `by`; false when nothing is left. */
bool str_split(struct str *rest, char by, struct str *piece);
/* Strict decimal integers, whole slice, in range, or false. */
bool str_to_u64(struct str s, uint64_t *out);
bool str_to_i64(struct str s, int64_t *out);

/* Memory ---------------------------------------------------------------- */

void *mem_new(size_t sz); /* zeroed, never NULL */
/* Once, early, by a program that goes through many sets: freed memory of a few
 * MiB stays with the process instead of going and coming with every one. */
void mem_keep(void);
void *mem_grow(void *p, size_t sz); /* realloc that never fails; not zeroed */

/* Blocks of memory freed together; not shared between threads. */
struct arena {
	struct arena_block *head;
	size_t used, cap; /* in the head block */
};
struct arena_mark {
	struct arena_block *head;
	size_t used;
};

void arena_init(struct arena *a);
void arena_fini(struct arena *a);
void arena_reset(struct arena *a); /* empty, keeps one block */
void *arena_get(struct arena *a, size_t sz); /* zeroed, aligned to 16 */
struct str arena_str(struct arena *a, struct str s); /* copy, NUL after it */
char *arena_z(struct arena *a, struct str s);        /* the same as C string */
struct str arena_printf(struct arena *a, const char *format, ...)
    PRINTF_LIKE(2, 3);
struct arena_mark arena_mark(const struct arena *a);
void arena_rewind(struct arena *a, struct arena_mark m);

/* Growing bytes, NUL always after n.  `limit` 0 means no limit; past it the
 * error sticks, nothing more is added and `err` is ERR_LIMIT. */
struct buf {
	char *p;
	size_t n, cap, limit;
	enum err err;
};

void buf_init(struct buf *b);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b); /* empty, keeps memory, clears err */
char *buf_room(struct buf *b, size_t sz); /* sz bytes at the end; not counted */
void buf_put(struct buf *b, struct str s);
void buf_bytes(struct buf *b, const void *p, size_t n);
static inline void
buf_c(struct buf *b, char c)
{
	if (b->err != OK || b->limit != 0 || b->cap - b->n < 2) {
		buf_bytes(b, &c, 1);
		return;
	}
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
void buf_u64(struct buf *b, uint64_t n); /* decimal */
void buf_i64(struct buf *b, int64_t n);
struct str buf_str(const struct buf *b);

#include <rapport/base/wire.h>

#endif
