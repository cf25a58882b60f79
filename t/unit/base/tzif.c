/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The reader of zone files, with files made here: the rules of POSIX and of
 * version 3, what must be refused, and a sound file cut and changed at every
 * byte.
 */
#include "../../../src/base/tzif.h"
#include "../../tap.h"

struct made {
	int version; /* 0 is version 1 */
	size_t count;
	int64_t times[4];
	uint8_t types[4];
	size_t type_count;
	int32_t offsets[3];
	uint32_t leap;
	const char *rule;
};

static void
put_header(struct buf *b, const struct made *m, bool first_of_two)
{
	buf_put(b, S("TZif"));
	buf_c(b, (char)(m->version == 0 ? 0 : '0' + m->version));
	buf_bytes(b, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15);
	buf_be32(b, 0);
	buf_be32(b, 0);
	buf_be32(b, first_of_two ? 0 : m->leap);
	buf_be32(b, first_of_two ? 0 : (uint32_t)m->count);
	buf_be32(b, first_of_two ? 1 : (uint32_t)m->type_count);
	buf_be32(b, 4);
}

static void
make(struct buf *b, const struct made *m)
{
	buf_reset(b);
	if (m->version != 0) {
		put_header(b, m, true);
		buf_bytes(b, "\0\0\0\0\0\0XYZ", 10);
	}
	put_header(b, m, false);
	for (size_t i = 0; i < m->count; i++)
		if (m->version == 0)
			buf_be32(b, (uint32_t)m->times[i]);
		else
			buf_be64(b, (uint64_t)m->times[i]);
	buf_bytes(b, m->types, m->count);
	for (size_t i = 0; i < m->type_count; i++) {
		buf_be32(b, (uint32_t)m->offsets[i]);
		buf_be16(b, 0);
	}
	buf_bytes(b, "XYZ", 4);
	for (size_t i = 0; i < m->leap; i++)
		buf_bytes(b, "\0\0\0\0\0\0\0\0\0\0\0",
			  m->version == 0 ? 8 : 12);
	if (m->version != 0)
		buf_printf(b, "\n%s\n", m->rule);
}

/* A zone of two changes, then a rule */
static struct made
sound(const char *rule)
{
	return (struct made){
	    .version = 2,
	    .count = 2,
	    .times = {1000, 2000},
	    .types = {1, 2},
	    .type_count = 3,
	    .offsets = {100, 200, 300},
	    .rule = rule,
	};
}

static bool
reads(const struct made *m)
{
	struct tzif t;
	struct buf b;
	bool good;

	buf_init(&b);
	make(&b, m);
	good = tzif_read(&t, buf_str(&b));
	if (good)
		tzif_fini(&t);
	buf_fini(&b);
	return good;
}

static void
test_table(void)
{
	static const struct {
		int64_t at;
		int32_t offset;
		int64_t until;
	} rows[] = {
	    {-5000000000, 100, 1000},   {999, 100, 1000},
	    {1000, 200, 2000},          {1999, 200, 2000},
	    {2000, 300, TZIF_FOR_EVER}, {5000000000, 300, TZIF_FOR_EVER},
	};
	struct made m = sound("");
	struct tzif t;
	struct buf b;

	buf_init(&b);
	for (m.version = 0; m.version <= 4; m.version += 2) {
		make(&b, &m);
		if (!ok(tzif_read(&t, buf_str(&b)), "version %d", m.version))
			continue;
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct piece p = tzif_at(&t, rows[i].at);

			is_int(p.offset, rows[i].offset, "offset at %" PRId64,
			       rows[i].at);
			is_int(p.until, rows[i].until, "and until when");
		}
		tzif_fini(&t);
	}
	buf_fini(&b);
}

static void
test_rules(void)
{
	/* the year 2099: 1st of January is a Thursday, no leap year */
	static const struct {
		const char *rule, *at;
		int32_t offset;
	} rows[] = {
	    {"EST5", "2099-07-01T00:00:00Z", -18000},
	    {"<+0545>-5:45", "2099-07-01T00:00:00Z", 20700},
	    {"<-03>3", "2099-07-01T00:00:00Z", -10800},
	    /* second Sunday of March 02:00, first Sunday of November 02:00 */
	    {"EST5EDT,M3.2.0,M11.1.0", "2099-03-08T06:59:59Z", -18000},
	    {"EST5EDT,M3.2.0,M11.1.0", "2099-03-08T07:00:00Z", -14400},
	    {"EST5EDT,M3.2.0,M11.1.0", "2099-11-01T05:59:59Z", -14400},
	    {"EST5EDT,M3.2.0,M11.1.0", "2099-11-01T06:00:00Z", -18000},
	    /* last Sundays; southern summer goes over New Year */
	    {"CET-1CEST,M3.5.0,M10.5.0/3", "2099-03-29T01:00:00Z", 7200},
	    {"CET-1CEST,M3.5.0,M10.5.0/3", "2099-10-25T00:59:59Z", 7200},
	    {"CET-1CEST,M3.5.0,M10.5.0/3", "2099-10-25T01:00:00Z", 3600},
	    {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2099-01-01T00:00:00Z", 46800},
	    {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2099-07-01T00:00:00Z", 43200},
	    /* half an hour of summer time */
	    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2099-01-01T00:00:00Z",
	     39600},
	    /* J60 is the 1st of March always, 59 only in a common year */
	    {"AAA0BBB,J60/0,J300/0", "2096-02-29T23:59:59Z", 0},
	    {"AAA0BBB,J60/0,J300/0", "2096-03-01T00:00:00Z", 3600},
	    {"AAA0BBB,59/0,300/0", "2096-02-28T23:59:59Z", 0},
	    {"AAA0BBB,59/0,300/0", "2096-02-29T00:00:00Z", 3600},
	    {"AAA0BBB,59/0,300/0", "2099-03-01T00:00:00Z", 3600},
	    /* hours before the day and past it (version 3) */
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2099-03-29T00:59:59Z", -7200},
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2099-03-29T01:00:00Z", -3600},
	    {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2099-03-27T23:59:59Z", 7200},
	    {"EET-2EEST,M3.4.4/50,M10.4.4/50", "2099-03-28T00:00:00Z", 10800},
	    /* summer time all year round */
	    {"EST5EDT,0/0,J365/25", "2099-12-31T23:59:59Z", -14400},
	    {"EST5EDT,0/0,J365/25", "2099-01-01T04:59:59Z", -14400},
	    {"EST5EDT,0/0,J365/25", "2099-01-01T05:00:00Z", -14400},
	    {"EST5EDT,0/0,J365/25", "2099-06-01T00:00:00Z", -14400},
	};
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct made m = sound(rows[i].rule);
		struct tzif t;
		int64_t at = 0;

		m.version = 3;
		make(&b, &m);
		if (!ok(instant_parse(str_of(rows[i].at), &at) &&
			    tzif_read(&t, buf_str(&b)),
			"%s", rows[i].rule))
			continue;
		is_int(tzif_at(&t, at / SECOND_US).offset, rows[i].offset,
		       "at %s", rows[i].at);
		ok(tzif_at(&t, at / SECOND_US).until > at / SECOND_US,
		   "and it ends later");
		tzif_fini(&t);
	}
	buf_fini(&b);
}

static void
test_refused(void)
{
	static const char *const rules[] = {"E5",
					    "EST",
					    "EST5EDT",
					    "EST5EDT,M3.2.0",
					    "EST25",
					    "EST5x",
					    "EST5EDT,M13.2.0,M11.1.0",
					    "EST5EDT,M3.6.0,M11.1.0",
					    "EST5EDT,M0.2.0,M11.1.0",
					    "EST5EDT,M3.0.0,M11.1.0",
					    "EST5EDT,M3.2.7,M11.1.0",
					    "EST5EDT,J0,J100",
					    "EST5EDT,J366,J100",
					    "EST5EDT,366,100",
					    "EST5EDT,M3.2.0/168,M11.1.0",
					    "EST5EDT,M3.2.0,M11.1.0,",
					    "EST5EDT,M3.2.0/2:60,M11.1.0",
					    "<EST5",
					    "<E>5",
					    "EST5:",
					    "EST99999999999999999999"};
	struct made m;

	m = sound("");
	ok(reads(&m), "the sound one is read");
	for (size_t i = 0; i < COUNT(rules); i++) {
		m = sound(rules[i]);
		ok(!reads(&m), "refused rule %s", rules[i]);
	}
	m = sound("");
	m.times[1] = 1000;
	ok(!reads(&m), "refused: two changes at once");
	m.times[1] = 999;
	ok(!reads(&m), "refused: changes that go back");
	m = sound("");
	m.types[1] = 3;
	ok(!reads(&m), "refused: a type that is not there");
	m = sound("");
	m.offsets[1] = 26 * 3600 + 1;
	ok(!reads(&m), "refused: an offset of more than 26 hours");
	m = sound("");
	m.leap = 1;
	ok(!reads(&m), "refused: leap seconds");
	m.version = 0;
	ok(!reads(&m), "in version 1 too");
	m = sound("");
	m.type_count = 0;
	ok(!reads(&m), "refused: no type at all");
}

static void
test_broken(void)
{
	struct made m = sound("EST5EDT,M3.2.0,M11.1.0");
	struct tzif t;
	struct buf b;
	char *copy;
	int cut = 0, bad = 0;

	buf_init(&b);
	make(&b, &m);
	copy = mem_new(b.n);
	for (size_t n = 0; n < b.n; n++)
		if (tzif_read(&t, str_cut(buf_str(&b), 0, n))) {
			cut++;
			tzif_fini(&t);
		}
	is_int(cut, 0, "cut anywhere it is refused");
	for (size_t at = 0; at < b.n; at++)
		for (int c = 0; c < 256; c++) {
			memcpy(copy, b.p, b.n);
			copy[at] = (char)c;
			if (!tzif_read(&t, (struct str){copy, b.n}))
				continue;
			for (int64_t s = -4000000000; s < 250000000000;
			     s += 7777777777)
				bad += tzif_at(&t, s).until <= s;
			tzif_fini(&t);
		}
	is_int(bad, 0, "changed anywhere it is refused or answers");
	free(copy);
	buf_fini(&b);
}

int
main(void)
{
	test_table();
	test_rules();
	test_refused();
	test_broken();
	return done_testing();
}
