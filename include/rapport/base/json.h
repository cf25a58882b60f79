/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * JSON in and out (RFC 8259).  In: one bounded text becomes a tree in an
 * arena.  The parser is yajl, wrapped so that what it lets through is refused:
 * invalid UTF-8, lone surrogates, NUL, depth over 32, duplicate members,
 * numbers beyond a double, text after the value.  Out: a writer that keeps the
 * commas and the open levels and escapes by default.
 */
#ifndef RAPPORT_BASE_JSON_H
#define RAPPORT_BASE_JSON_H

#include <rapport/base/bytes.h>

#define JSON_DEPTH_MAX 32
#define JSON_DEPTH_OWN 40 /* of what Rapport wrote around what it was given */
#define JSON_STRING_MAX (1u << 20)

enum json_kind {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER,
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT
};

/* A value. Members of an object stand in input order, each with its `key`. */
struct json {
	enum json_kind kind;
	struct str key;    /* of a member */
	struct str text;   /* of a string, unescaped; of a number, as written */
	double number;     /* of a number, finite */
	struct json *first; /* of an array or object */
	struct json *next;  /* sibling */
	size_t count;       /* elements or members */
};

/* Parse one whole text. Errors: ERR_INPUT with what is wrong and where (path
 * "line 2 column 7"), ERR_LIMIT for a string over JSON_STRING_MAX.  The tree
 * lives in `a`; its slices point into `text` where nothing was escaped and
 * into `a` otherwise, so `text` must outlive the tree. */
enum err json_parse(struct arena *a, struct str text, struct json **out,
		    struct fault *f) MUST_USE;
/* The same with what json_out made: it may be JSON_DEPTH_OWN levels deep. */
enum err json_parse_own(struct arena *a, struct str text, struct json **out,
			struct fault *f) MUST_USE;
/* The member or NULL. */
const struct json *json_member(const struct json *object, struct str key);

/* Writes to `out`; error (depth, mismatch) is a bug and asserts. */
struct json_out {
	struct buf *out;
	uint32_t depth;
	uint64_t comma; /* bit per level: something stands before */
	bool keyed;     /* a key was just written */
};
void json_out_init(struct json_out *j, struct buf *out);
void json_object(struct json_out *j);
void json_object_end(struct json_out *j);
void json_array(struct json_out *j);
void json_array_end(struct json_out *j);
void json_key(struct json_out *j, struct str key);
void json_text(struct json_out *j, struct str s); /* escapes; must be UTF-8 */
void json_number(struct json_out *j, double d);
void json_int(struct json_out *j, int64_t n);
void json_bool(struct json_out *j, bool b);
void json_null(struct json_out *j);
void json_instant(struct json_out *j, int64_t at); /* INSTANT_NONE: null */
void json_raw(struct json_out *j, struct str text); /* already JSON */
void json_value(struct json_out *j, const struct json *v); /* a parsed tree */
/* key and value at once */
void json_kt(struct json_out *j, const char *key, struct str text);
void json_ki(struct json_out *j, const char *key, int64_t n);
void json_kb(struct json_out *j, const char *key, bool b);
void json_kat(struct json_out *j, const char *key, int64_t at);

#endif
