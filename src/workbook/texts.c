/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Texts that cells share (sharedStrings.xml): read once, in their order, and
 * kept one behind the other beside a row of where each ends.  A text may be
 * of several runs, each in a font of its own: they are one text.  How it is
 * pronounced (rPh) is no part of it.
 */
#include "room.h"

#include <stdlib.h>

struct texts_in {
	struct texts *texts;
	struct scan *scan;
	struct buf raw, text;
	size_t longest, phonetic;
	bool in_item, in_text;
};

void
texts_init(struct texts *t, const char *dir, size_t memory)
{
	*t = (struct texts){.n = 0};
	spill_init(&t->bytes, dir, memory / 4 * 3);
	spill_init(&t->ends, dir, memory / 4);
}

void
texts_fini(struct texts *t)
{
	spill_fini(&t->bytes);
	spill_fini(&t->ends);
}

static void
on_open(void *arg, const char *name, const char **attrs)
{
	struct texts_in *in = arg;

	(void)attrs;
	if (strcmp(name, "si") == 0) {
		in->in_item = true;
		buf_reset(&in->raw);
	} else if (strcmp(name, "rPh") == 0) {
		in->phonetic++;
	} else if (strcmp(name, "t") == 0) {
		in->in_text = in->in_item && in->phonetic == 0;
	}
}

static void
on_text(void *arg, struct str text)
{
	struct texts_in *in = arg;

	if (!in->in_text)
		return;
	buf_put(&in->raw, text);
	if (in->raw.n > in->longest)
		scan_fail(in->scan, ERR_LIMIT,
			  "text %llu that cells share has more than %zu bytes",
			  (unsigned long long)in->texts->n + 1, in->longest);
}

static enum err
item_keep(struct texts_in *in, struct fault *f)
{
	struct texts *t = in->texts;
	struct buf end;
	enum err e;

	buf_reset(&in->text);
	text_unescape(&in->text, buf_str(&in->raw));
	TRY(spill_put(&t->bytes, buf_str(&in->text), f));
	buf_init(&end);
	buf_be64(&end, spill_size(&t->bytes));
	e = spill_put(&t->ends, buf_str(&end), f);
	buf_fini(&end);
	t->n++;
	return e;
}

static void
on_close(void *arg, const char *name)
{
	struct texts_in *in = arg;
	struct fault f = {0};
	enum err e = OK;

	if (strcmp(name, "t") == 0)
		in->in_text = false;
	else if (strcmp(name, "rPh") == 0)
		in->phonetic--;
	if (strcmp(name, "si") != 0)
		return;
	in->in_item = false;
	e = item_keep(in, &f);
	if (e != OK)
		scan_fail(in->scan, e, "%s", f.text);
}

enum err
texts_read(struct texts *t, struct part *p, size_t longest, struct fault *f)
{
	static const struct scan_calls calls = {on_open, on_close, on_text};
	struct texts_in in = {.texts = t, .longest = longest};
	bool ended;
	enum err e;

	TRY(scan_new(p, "sharedStrings.xml", &calls, &in, &in.scan, f));
	buf_init(&in.raw);
	buf_init(&in.text);
	e = scan_go(in.scan, &ended, f);
	scan_free(in.scan);
	buf_fini(&in.raw);
	buf_fini(&in.text);
	return e;
}

enum err
texts_get(struct texts *t, uint64_t i, struct arena *a, struct str *out,
	  struct fault *f)
{
	char ends[16] = {0};
	uint64_t from, to;
	struct rd r;
	char *room;

	*out = STR_NONE;
	if (i >= t->n)
		return OK;
	if (i > 0)
		TRY(spill_get(&t->ends, (i - 1) * 8, ends, 16, f));
	else
		TRY(spill_get(&t->ends, 0, ends + 8, 8, f));
	r = rd_of((struct str){ends, sizeof(ends)});
	from = rd_be64(&r);
	to = rd_be64(&r);
	room = arena_get(a, to - from + 1);
	TRY(spill_get(&t->bytes, from, room, to - from, f));
	*out = (struct str){room, to - from};
	return OK;
}
