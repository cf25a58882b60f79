/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Filters against a small world: a text is refused with the leaf and a reason,
 * or it has a sentence, and a compact form that means the same, and the people
 * of it and of its opposite are everybody, each once.
 */
#include "people.h"

/* The filter that `written` reads as writes the same again. */
static void
reads_back(struct query *q, const struct filter *f,
	   void (*write)(const struct filter *, struct buf *))
{
	struct bits *one = filter_run(q, f), *two;
	struct fault fault = {0};
	struct buf first, second;
	struct filter *again;

	buf_init(&first);
	buf_init(&second);
	write(f, &first);
	MUST(filter_parse(q, buf_str(&first), &again, &fault) == OK);
	write(again, &second);
	MUST(str_eq(buf_str(&first), buf_str(&second)));
	two = filter_run(q, again);
	MUST(bits_equal(one, two));
	bits_free(one);
	bits_free(two);
	buf_fini(&first);
	buf_fini(&second);
}

static void
opposite(struct query *q, const struct filter *f, struct str text)
{
	struct str not =
	    arena_printf(q->arena, "{\"not\":%.*s}", STR_ARG(text));
	struct bits *all = people_everybody(q->txn), *in = filter_run(q, f),
		    *out;
	struct fault fault = {0};
	struct filter *other;
	uint64_t counts[FILTER_LEAVES_MAX * 8];

	MUST(filter_counts(q, f, counts, COUNT(counts)) == filter_nodes(f));
	MUST(counts[0] == bits_count(in));
	if (text.n > 0 && filter_parse(q, not, &other, &fault) == OK) {
		out = filter_run(q, other);
		MUST(bits_and_count(in, out) == 0);
		bits_or(out, in);
		MUST(bits_equal(out, all));
		bits_free(out);
	}
	bits_free(in);
	bits_free(all);
}

static void
look(struct world *w, void *arg)
{
	struct str text = *(struct str *)arg;
	struct fault fault = {0};
	struct filter *f;
	struct buf b;
	enum err e = filter_parse(w->q, text, &f, &fault);

	if (e != OK) {
		fuzz_refused(e, &fault);
		return;
	}
	buf_init(&b);
	filter_sentence(f, &b);
	MUST(b.n > 0 && text_valid(buf_str(&b)));
	buf_fini(&b);
	reads_back(w->q, f, filter_json);
	opposite(w->q, f, text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static struct world world;
	struct str text = fuzz_text(data, n);

	if (world.kv == NULL)
		fuzz_people(&world, 10);
	world_look(&world, look, &text);
	return 0;
}
