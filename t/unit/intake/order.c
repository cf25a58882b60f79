/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The result does not depend on the order of arrival: one set of events, in
 * which no two have the same instant, is taken in fifty random orders, cut into
 * bodies at random places, with some events sent twice.  Every world must be
 * the same to the letter, and everything counted and indexed in it must agree
 * with what is there.
 */
#include "world.h"

#include <unistd.h>

#define EVENTS_MAX 400
#define ORDERS 50

struct set {
	char *lines[EVENTS_MAX];
	bool twice[EVENTS_MAX]; /* has an id or messageId: may come again */
	int64_t clock[EVENTS_MAX];
	size_t n;
	uint64_t seed;
};

static uint64_t
roll(struct set *s, uint64_t below)
{
	s->seed ^= s->seed << 13;
	s->seed ^= s->seed >> 7;
	s->seed ^= s->seed << 17;
	return s->seed % below;
}

static void PRINTF_LIKE(3, 4)
    add(struct set *s, bool twice, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	s->twice[s->n] = twice;
	s->lines[s->n++] = strdup(text);
}

/* An instant nothing else has: minute n of a shuffled year. */
static long long
instant(struct set *s)
{
	return 1700000000LL + 60 * (long long)s->clock[s->n];
}

static void
shuffle_clock(struct set *s)
{
	for (int i = 0; i < EVENTS_MAX; i++)
		s->clock[i] = i;
	for (size_t i = EVENTS_MAX - 1; i > 0; i--) {
		size_t k = roll(s, i + 1);
		int64_t t = s->clock[i];

		s->clock[i] = s->clock[k];
		s->clock[k] = t;
	}
}

static void
add_user(struct set *s, int u)
{
	static const char *const countries[] = {"\"Peru\"", "\"Chad\"",
						"\"Laos\"", "null"};

	add(s, true,
	    "{\"type\":\"user\",\"id\":\"e%zu\",\"userId\":\"u%d\","
	    "\"at\":%lld,\"lastSeen\":%lld,\"banned\":%s,\"attributes\":"
	    "{\"country\":%s,\"score\":%d,\"likes\":[\"a%d\",\"b%d\"]},"
	    "\"segments\":[\"S%d\"]}",
	    s->n, u, instant(s), instant(s) + 7, roll(s, 2) ? "true" : "false",
	    countries[roll(s, 4)], (int)roll(s, 100), (int)roll(s, 5),
	    (int)roll(s, 5), (int)roll(s, 6));
}

/* Known by a channel's identity; some events tie it to the userId. */
static void
add_identity(struct set *s, int u)
{
	bool tie = roll(s, 3) == 0;
	char who[32] = "";

	if (tie)
		snprintf(who, sizeof(who), "\"userId\":\"u%d\",", u);
	add(s, true,
	    "{\"type\":\"user\",\"id\":\"e%zu\",%s\"identity\":"
	    "{\"channel\":\"web\",\"kind\":\"session\",\"value\":\"s%d\"},"
	    "\"at\":%lld,\"attributes\":{\"gender\":\"g%d\"}}",
	    s->n, who, u, instant(s), (int)roll(s, 9));
}

static void
add_chat(struct set *s, int chat)
{
	static const char *const states[] = {"opened", "snoozed", "closed"};
	int kind = (int)roll(s, 4);
	/* Each chat has its user; who owns chats 0 and 1 changes. */
	int user = chat < 2 ? (int)roll(s, 12) : chat % 12;

	if (kind == 0)
		add(s, true,
		    "{\"type\":\"chat\",\"id\":\"e%zu\",\"chatId\":\"c%d\","
		    "\"userId\":\"u%d\",\"openedAt\":%lld%s}",
		    s->n, chat, user, instant(s),
		    chat < 2 ? "" : ",\"source\":\"Slack\"");
	else if (kind == 1)
		add(s, true,
		    "{\"type\":\"chat\",\"id\":\"e%zu\",\"chatId\":\"c%d\","
		    "\"at\":%lld,\"state\":\"%s\",\"tags\":[\"t%d\",\"t%d\"]}",
		    s->n, chat, instant(s), states[roll(s, 3)], (int)roll(s, 3),
		    (int)roll(s, 3));
	else if (kind == 2)
		add(s, true,
		    "{\"type\":\"chat\",\"id\":\"e%zu\",\"chatId\":\"c%d\","
		    "\"userId\":\"u%d\",\"at\":%lld,\"name\":\"n%d\","
		    "\"assigneeId\":%s,\"attributes\":{\"step\":%d,\"%s\":%s}}",
		    s->n, chat, user, instant(s), (int)roll(s, 9),
		    roll(s, 2) ? "\"m1\"" : "null", (int)roll(s, 9),
		    roll(s, 2) ? "plan" : "page",
		    roll(s, 3) ? "\"gold\"" : "null");
	else
		add(s, true,
		    "{\"type\":\"chat\",\"id\":\"e%zu\",\"chatId\":\"c%d\","
		    "\"closedAt\":%lld,\"managerIds\":[\"m%d\"]}",
		    s->n, chat, instant(s), (int)roll(s, 4));
}

static void
add_message(struct set *s, int chat, int k)
{
	static const char *const persons[] = {"user", "user", "bot", "manager"};
	int p = (int)roll(s, 4);
	char who[32];

	snprintf(who, sizeof(who), p < 2 ? "u%d" : "staff%d",
		 p < 2 ? chat % 12 : p);
	add(s, true,
	    "{\"type\":\"message\",\"chatId\":\"c%d\",\"messageId\":\"c%d-%d\","
	    "\"personType\":\"%s\",\"personId\":\"%s\",\"at\":%lld,"
	    "\"text\":\"word %d\",\"note\":%s}",
	    chat, chat, k, persons[p], who, instant(s), (int)roll(s, 99),
	    p == 3 && roll(s, 2) ? "true" : "false");
	if (roll(s, 3) == 0)
		add(s, true,
		    "{\"type\":\"delivery\",\"id\":\"e%zu\","
		    "\"messageId\":\"c%d-%d\",\"status\":\"%s\",\"at\":%lld,"
		    "\"error\":{\"code\":%d}}",
		    s->n, chat, k,
		    (const char *[]){"sent", "delivered", "read",
				     "failed"}[roll(s, 4)],
		    instant(s), (int)roll(s, 500));
}

static void
add_contact(struct set *s, int u)
{
	int run = (int)roll(s, 3);

	add(s, true,
	    "{\"type\":\"consent\",\"id\":\"e%zu\",\"userId\":\"u%d\","
	    "\"state\":\"%s\",\"at\":%lld}",
	    s->n, u, roll(s, 2) ? "in" : "out", instant(s));
	add(s, true,
	    "{\"type\":\"validity\",\"id\":\"e%zu\",\"userId\":\"u%d\","
	    "\"valid\":%s,\"at\":%lld}",
	    s->n, u, roll(s, 2) ? "true" : "false", instant(s));
	add(s, true,
	    "{\"type\":\"flow\",\"id\":\"e%zu\",\"userId\":\"u%d\","
	    "\"flow\":\"nps\",\"runId\":\"u%d-%d\",\"event\":\"%s\","
	    "\"at\":%lld}",
	    s->n, u, u, run,
	    (const char *[]){"started", "started", "completed",
			     "cancelled"}[roll(s, 4)],
	    instant(s));
	add(s, true,
	    "{\"type\":\"flow\",\"id\":\"e%zu\",\"userId\":\"u%d\","
	    "\"flow\":\"lead\",\"event\":\"%s\",\"at\":%lld}",
	    s->n, u, roll(s, 2) ? "started" : "completed", instant(s));
}

static void
set_make(struct set *s, bool merges)
{
	shuffle_clock(s);
	for (int i = 0; i < 40; i++)
		add_user(s, (int)roll(s, 14));
	for (int i = 0; i < 80; i++)
		add_chat(s, (int)roll(s, 30));
	for (int i = 0; i < 90; i++)
		add_message(s, (int)roll(s, 32), i);
	for (int i = 0; i < 14; i++)
		add_contact(s, i);
	for (int i = 0; i < 30; i++)
		add_identity(s, (int)roll(s, 10));
	for (int i = 0; i < 10; i++) /* in the end everybody has a userId */
		add(s, true,
		    "{\"type\":\"user\",\"id\":\"e%zu\",\"userId\":\"u%d\","
		    "\"identity\":{\"channel\":\"web\",\"kind\":\"session\","
		    "\"value\":\"s%d\"},\"at\":%lld}",
		    s->n, i, i, instant(s));
	if (!merges)
		return;
	/* u3 has chats and runs; u13 none; u99 is known from nothing else. */
	add(s, true,
	    "{\"type\":\"merge\",\"id\":\"e%zu\",\"from\":\"u3\","
	    "\"into\":\"u4\",\"at\":%lld}",
	    s->n, instant(s));
	add(s, true,
	    "{\"type\":\"merge\",\"id\":\"e%zu\",\"from\":\"u13\","
	    "\"into\":\"u5\",\"at\":%lld}",
	    s->n, instant(s));
	add(s, true,
	    "{\"type\":\"merge\",\"id\":\"e%zu\",\"from\":\"u99\","
	    "\"into\":\"u6\",\"at\":%lld}",
	    s->n, instant(s));
}

static void
set_free(struct set *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->lines[i]);
	s->n = 0;
}

/* Take the set in the given order, in bodies of random length. */
static struct buf
take_all(struct set *s, const size_t *order, size_t n, uint64_t *differences)
{
	struct world w;
	struct buf body, dump;
	uint64_t refused = 0;

	world_open(&w);
	buf_init(&body);
	for (size_t i = 0; i < n; i++) {
		buf_put(&body, str_of(s->lines[order[i]]));
		buf_c(&body, '\n');
		if (i + 1 < n && roll(s, 20) != 0)
			continue;
		if (world_take(&w, buf_str(&body)) != OK) {
			printf("# %s\n", w.fault.text);
			abort();
		}
		refused += w.result.refused;
		for (size_t k = 0; k < w.result.n_refusals; k++)
			printf("# refused: %s: %s\n",
			       w.result.refusals[k].fault.path,
			       w.result.refusals[k].fault.text);
		buf_reset(&body);
	}
	*differences = world_differences(&w) + refused;
	dump = world_dump(&w);
	buf_fini(&body);
	world_close(&w);
	return dump;
}

static void
shuffle(struct set *s, size_t *order, size_t n)
{
	for (size_t i = n - 1; i > 0; i--) {
		size_t k = roll(s, i + 1), t = order[i];

		order[i] = order[k];
		order[k] = t;
	}
}

static void
show_difference(struct str a, struct str b)
{
	struct str x, y;

	while (str_split(&a, '\n', &x) && str_split(&b, '\n', &y))
		if (!str_eq(x, y)) {
			printf("# want %.*s\n# got  %.*s\n", STR_ARG(x),
			       STR_ARG(y));
			return;
		}
}

static void
test_orders(struct set *s, bool merges)
{
	size_t order[2 * EVENTS_MAX], n = 0, same = 0;
	uint64_t differences, wrong = 0;
	struct buf want;

	set_make(s, merges);
	for (size_t i = 0; i < s->n; i++)
		order[n++] = i;
	want = take_all(s, order, n, &wrong);
	is_int(wrong, 0, "in the first order all is taken and agrees");
	ok(want.n > 10000, "%zu events make a world worth comparing", s->n);
	for (size_t i = 0; i < s->n; i++)
		if (s->twice[i] && roll(s, 4) == 0)
			order[n++] = i;
	wrong = 0;
	for (int i = 0; i < ORDERS; i++) {
		struct buf got;

		shuffle(s, order, n);
		got = take_all(s, order, n, &differences);
		wrong += differences;
		if (str_eq(buf_str(&want), buf_str(&got)))
			same++;
		else if (same + 1 == (size_t)i + 1)
			show_difference(buf_str(&want), buf_str(&got));
		buf_fini(&got);
	}
	is_int(same, ORDERS, "%s: every order gives the same world",
	       merges ? "with merges" : "without merges");
	is_int(wrong, 0, "and in each all counts and indexes agree");
	buf_fini(&want);
	set_free(s);
}

/* The comparison would notice: one event less is another world. */
static void
test_control(struct set *s)
{
	size_t order[EVENTS_MAX], noticed = 0;
	uint64_t wrong;
	struct buf want;

	set_make(s, false);
	for (size_t i = 0; i < s->n; i++)
		order[i] = i;
	want = take_all(s, order, s->n, &wrong);
	for (size_t i = 40; i < 60; i++) {
		struct buf got;
		size_t less[EVENTS_MAX];

		memcpy(less, order, sizeof(less));
		less[i] = order[s->n - 1];
		got = take_all(s, less, s->n - 1, &wrong);
		noticed += !str_eq(buf_str(&want), buf_str(&got));
		buf_fini(&got);
	}
	ok(noticed >= 10, "a missing event is noticed (%zu of 20)", noticed);
	buf_fini(&want);
	set_free(s);
}

int
main(void)
{
	const char *given = getenv("SEED");
	struct set s = {0};
	uint64_t seed = given ? strtoull(given, NULL, 10) : random_u64() | 1;

	s.seed = seed;
	printf("# SEED=%llu\n", (unsigned long long)seed);
	test_orders(&s, false);
	test_orders(&s, true);
	test_control(&s);
	return done_testing();
}
