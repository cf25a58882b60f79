/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The runner of the little language in script.h.  A closure may run more than
 * once, so what it found is forgotten when it starts again.
 */
#include "script.h"

#include <ctype.h>

struct closure {
	struct script *s;
	struct str body;
	struct arena arena;
	enum kv_space space;
	struct kv_cursor *cursor;
	bool leaves;
	char wrong[256];
};

static void
say(char wrong[256], struct str statement, const char *what, struct str got)
{
	char hex[64] = "";

	if (wrong[0] != '\0')
		return;
	for (size_t i = 0; i < got.n && i < 30; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char)got.p[i]);
	snprintf(wrong, 256, "\"%.*s\": %s%s%s", STR_ARG(statement), what,
		 got.n > 0 ? " " : "", hex);
}

/* The next word, up to white space or one of ";{}". */
static struct str
word_take(struct str *rest)
{
	size_t i = 0;
	struct str word;

	while (rest->n > 0 && isspace((unsigned char)rest->p[0]))
		*rest = str_cut(*rest, 1, rest->n);
	while (i < rest->n && !isspace((unsigned char)rest->p[i]) &&
	       strchr(";{}", rest->p[i]) == NULL)
		i++;
	word = str_cut(*rest, 0, i);
	*rest = str_cut(*rest, i, rest->n);
	return word;
}

/* What stands between { and its }, if a block comes now. */
static bool
block_take(struct str *rest, struct str *body)
{
	struct str s = str_trim(*rest);
	int depth = 0;

	if (s.n == 0 || s.p[0] != '{')
		return false;
	for (size_t i = 0; i < s.n; i++) {
		depth += (s.p[i] == '{') - (s.p[i] == '}');
		if (depth > 0)
			continue;
		*body = str_cut(s, 1, i);
		*rest = str_cut(s, i + 1, s.n);
		return true;
	}
	abort();
}

/* The next statement, with its blocks, up to ";". */
static bool
statement_take(struct str *rest, struct str *out)
{
	int depth = 0;
	size_t i;

	*rest = str_trim(*rest);
	if (rest->n == 0)
		return false;
	for (i = 0; i < rest->n && (depth > 0 || rest->p[i] != ';'); i++)
		depth += (rest->p[i] == '{') - (rest->p[i] == '}');
	*out = str_trim(str_cut(*rest, 0, i));
	*rest = str_cut(*rest, i + 1, rest->n);
	return true;
}

static struct str
bytes_of(struct arena *a, struct str word)
{
	struct buf b;
	struct str out;
	unsigned byte;
	int n;

	buf_init(&b);
	if (str_eq(word, S("~")))
		word.n = 0;
	for (size_t i = 0; i < word.n; i++) {
		if (word.p[i] == '%' &&
		    sscanf(word.p + i + 1, "%2x", &byte) == 1) {
			buf_c(&b, (char)byte);
			i += 2;
		} else if (word.p[i] == '*' &&
			   sscanf(word.p + i + 1, "%d", &n) == 1) {
			char last = b.p[b.n - 1];

			while (--n > 0)
				buf_c(&b, last);
			break;
		} else {
			buf_c(&b, word.p[i]);
		}
	}
	out = arena_str(a, buf_str(&b));
	buf_fini(&b);
	return out;
}

static enum err
err_named(struct str word)
{
	for (int e = 0; e < ERR_COUNT; e++)
		if (str_eq(word, str_of(err_word((enum err)e))))
			return (enum err)e;
	abort();
}

static void
stands(struct closure *c, struct str st, bool there, struct str want)
{
	struct str key = kv_key(c->cursor);

	if (there != (key.p != NULL))
		say(c->wrong, st, "result and kv_key differ", key);
	else if (str_eq(want, S("none")) ? there : !there || !str_eq(key, want))
		say(c->wrong, st, there ? "stands at" : "stands nowhere", key);
}

/* Cursor statements; false if it is none. */
static bool
run_cursor(struct closure *c, struct kv_txn *txn, struct str st,
	   struct str verb, struct str rest)
{
	struct str a = bytes_of(&c->arena, word_take(&rest));
	struct str b = bytes_of(&c->arena, word_take(&rest));

	if (str_eq(verb, S("cur"))) {
		kv_cursor_close(c->cursor);
		c->cursor = kv_cursor(txn, c->space, a);
	} else if (str_eq(verb, S("seek"))) {
		stands(c, st, kv_seek(c->cursor, a), b);
	} else if (str_eq(verb, S("last"))) {
		stands(c, st, kv_seek_last(c->cursor, a), b);
	} else if (str_eq(verb, S("next"))) {
		stands(c, st, kv_next(c->cursor), a);
	} else if (str_eq(verb, S("prev"))) {
		stands(c, st, kv_prev(c->cursor), a);
	} else if (str_eq(verb, S("key"))) {
		stands(c, st, kv_key(c->cursor).p != NULL, a);
	} else if (str_eq(verb, S("val"))) {
		if (!str_eq(kv_value(c->cursor), a))
			say(c->wrong, st, "value", kv_value(c->cursor));
	} else {
		return false;
	}
	return true;
}

/* Statements on keys; false if it is none. */
static bool
run_key(struct closure *c, struct kv_txn *txn, struct str st, struct str verb,
	struct str rest)
{
	struct str k = bytes_of(&c->arena, word_take(&rest)), got;
	struct str v = bytes_of(&c->arena, word_take(&rest));

	if (str_eq(verb, S("+"))) {
		kv_put(txn, c->space, k, v);
	} else if (str_eq(verb, S(">"))) {
		kv_append(txn, c->space, k, v);
	} else if (str_eq(verb, S("-"))) {
		if (!kv_del(txn, c->space, k))
			say(c->wrong, st, "not found", STR_NONE);
	} else if (str_eq(verb, S("-?"))) {
		if (kv_del(txn, c->space, k))
			say(c->wrong, st, "found", STR_NONE);
	} else if (str_eq(verb, S("="))) {
		if (!kv_get(txn, c->space, k, &got) || !str_eq(got, v))
			say(c->wrong, st, "got", got);
	} else if (str_eq(verb, S("!"))) {
		if (kv_get(txn, c->space, k, &got) || got.p != NULL)
			say(c->wrong, st, "found", got);
	} else {
		return false;
	}
	return true;
}

struct aside {
	struct script s;
	struct str text;
};

static void *
aside_main(void *arg)
{
	struct aside *a = arg;

	script_run(&a->s, a->text);
	return NULL;
}

static void
run_aside(struct closure *c, struct str body)
{
	struct aside a = {.s = {.kv = c->s->kv}, .text = body};
	pthread_t t;

	if (pthread_create(&t, NULL, aside_main, &a) != 0)
		abort();
	pthread_join(t, NULL);
	if (c->wrong[0] == '\0')
		memcpy(c->wrong, a.s.wrong, sizeof(c->wrong));
}

/* One statement; what is not OK ends the closure. */
static enum err
run_statement(struct closure *c, struct kv_txn *txn, struct str st)
{
	struct str rest = st, verb = word_take(&rest), body;

	if (run_key(c, txn, st, verb, rest))
		return OK;
	if (run_cursor(c, txn, st, verb, rest))
		return OK;
	if (str_eq(verb, S("aside")) && block_take(&rest, &body)) {
		run_aside(c, body);
	} else if (str_eq(verb, S("in"))) {
		c->space =
		    str_eq(word_take(&rest), S("chat")) ? SP_CHAT : SP_USER;
	} else if (str_eq(verb, S("fail"))) {
		return err_named(word_take(&rest));
	} else if (str_eq(verb, S("stick"))) {
		kv_fail(txn, err_named(word_take(&rest)), "", "as told");
	} else if (str_eq(verb, S("err"))) {
		if (kv_error(txn) != err_named(word_take(&rest)))
			say(c->wrong, st, err_word(kv_error(txn)), STR_NONE);
	} else if (str_eq(verb, S("leave"))) {
		c->leaves = true;
	} else {
		say(c->wrong, st, "no such statement", STR_NONE);
	}
	return OK;
}

static enum err
run_closure(struct kv_txn *txn, void *arg)
{
	struct closure *c = arg;
	struct str rest = c->body, st;
	enum err e = OK;

	c->wrong[0] = '\0';
	c->cursor = NULL;
	c->leaves = false;
	c->space = SP_USER;
	while (e == OK && statement_take(&rest, &st))
		e = run_statement(c, txn, st);
	if (!c->leaves)
		kv_cursor_close(c->cursor);
	return e;
}

bool
script_run(struct script *s, struct str text)
{
	struct str st, body, rest = text;

	s->wrong[0] = '\0';
	while (statement_take(&rest, &st)) {
		struct closure c = {.s = s};
		struct str line = st, verb = word_take(&line);
		struct fault f = {.code = OK};
		enum err want, got;

		if (!block_take(&line, &body))
			abort();
		c.body = body;
		want = err_named(word_take(&line));
		arena_init(&c.arena);
		got = verb.p[0] == 'w' ? kv_write(s->kv, run_closure, &c, &f)
				       : kv_read(s->kv, run_closure, &c, &f);
		arena_fini(&c.arena);
		if (s->wrong[0] == '\0')
			memcpy(s->wrong, c.wrong, sizeof(s->wrong));
		if (got != want)
			say(s->wrong, st, err_word(got), STR_NONE);
	}
	return s->wrong[0] == '\0';
}
