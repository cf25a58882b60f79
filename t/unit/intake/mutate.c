/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Hostile bodies: good events with bytes changed, cut, doubled and swapped at
 * random, as lines, lists and pretty-printed.  Whatever comes, every line is
 * taken, known or refused with a reason, and the store stays whole.
 */
#include "world.h"

#include "t/dice.h"

#define ROUNDS 40000
#define QUICK 4000

/* clang-format off */
static const char *const events[] = {
	"{\"type\":\"user\",\"id\":\"a\",\"userId\":\"u1\",\"at\":\"2026-01-01T00:00:00Z\",\"attributes\":{\"name\":\"N\\u00e9\",\"n\":1.5e3,\"set\":[\"a\",\"b\"],\"d\":\"2026-02-03\"},\"segments\":[\"S\"],\"banned\":true,\"lastSeen\":1700000000}",
	"{\"type\":\"user\",\"identity\":{\"channel\":\"web\",\"kind\":\"k\",\"value\":\"v\"},\"attributes\":{\"phone\":\"+49 30 123456\",\"ip\":\"192.0.2.1\"}}",
	"{\"type\":\"chat\",\"chatId\":\"c1\",\"userId\":\"u1\",\"openedAt\":1700000000,\"closedAt\":1700000100,\"state\":\"closed\",\"source\":\"Slack\",\"tags\":[\"t\"],\"managerIds\":[\"m\"],\"attributes\":{\"x\":1,\"y\":null}}",
	"{\"type\":\"message\",\"chatId\":\"c1\",\"messageId\":\"m1\",\"personType\":\"user\",\"personId\":\"u1\",\"at\":1700000001,\"text\":\"hello\",\"note\":false}",
	"{\"type\":\"delivery\",\"messageId\":\"m1\",\"status\":\"failed\",\"at\":1700000002,\"error\":{\"code\":7,\"title\":\"t\"}}",
	"{\"type\":\"flow\",\"userId\":\"u1\",\"flow\":\"f\",\"runId\":\"r\",\"event\":\"started\",\"cause\":\"api\",\"at\":1700000003}",
	"{\"type\":\"consent\",\"userId\":\"u1\",\"state\":\"in\",\"at\":1700000004}",
	"{\"type\":\"validity\",\"userId\":\"u1\",\"valid\":true,\"reason\":\"r\"}",
	"{\"type\":\"event\",\"userId\":\"u1\",\"name\":\"n\",\"properties\":{\"a\":[1,{\"b\":null}]}}",
	"{\"type\":\"merge\",\"from\":\"u2\",\"into\":\"u1\"}",
	"{\"type\":\"manager\",\"id\":\"m\",\"name\":\"n\",\"removed\":false,\"operator\":1}",
	"{\"type\":\"tag\",\"id\":\"t\",\"followerIds\":[\"m\"]}",
};
/* clang-format on */

static uint64_t seed;

static uint64_t
roll(uint64_t below)
{
	return xorshift64(&seed) % below;
}

/* What a change puts in: bytes that mean something, and any. */
static char
byte(void)
{
	static const char telling[] = "{}[]\",:\\ntruefalse0123456789-+.eE\n\t "
				      "\xff\xc0\xed\x00\xf4";

	return roll(3) ? telling[roll(sizeof(telling))] : (char)roll(256);
}

static void
mutate(struct buf *b)
{
	for (uint64_t n = roll(4); n > 0 && b->n > 4; n--) {
		size_t at = roll(b->n), len = 1 + roll(8);

		if (at + len > b->n)
			len = b->n - at;
		switch (roll(4)) {
		case 0:
			b->p[at] = byte();
			break;
		case 1:
			memmove(b->p + at, b->p + at + len, b->n - at - len);
			b->n -= len;
			break;
		case 2:
			memmove(b->p + roll(b->n - len + 1), b->p + at, len);
			break;
		default:
			b->p[at] ^= (char)(1 << roll(8));
			break;
		}
	}
}

static void
make_body(struct buf *body)
{
	int shape = (int)roll(3);
	struct buf one;

	buf_reset(body);
	buf_init(&one);
	if (shape == 1)
		buf_c(body, '[');
	for (uint64_t n = 1 + roll(6); n > 0; n--) {
		buf_reset(&one);
		buf_put(&one, str_of(events[roll(COUNT(events))]));
		if (roll(2))
			mutate(&one);
		buf_put(body, buf_str(&one));
		buf_c(body, shape == 1 && n > 1 ? ',' : '\n');
	}
	if (shape == 1)
		buf_c(body, ']');
	if (shape == 2)
		for (size_t i = 0; i < body->n; i++)
			if (body->p[i] == ' ')
				body->p[i] = '\n';
	if (roll(8) == 0)
		mutate(body);
	buf_fini(&one);
}

int
main(void)
{
	const char *given = getenv("SEED");
	int rounds = getenv("RAPPORT_QUICK") ? QUICK : ROUNDS;
	uint64_t taken = 0, refused = 0, silent = 0, differences = 0;
	struct world w;
	struct buf body;

	seed = given ? strtoull(given, NULL, 10) : random_u64() | 1;
	printf("# SEED=%llu\n", (unsigned long long)seed);
	buf_init(&body);
	world_open(&w);
	for (int i = 0; i < rounds; i++) {
		make_body(&body);
		if (world_take(&w, buf_str(&body)) != OK &&
		    w.fault.code != ERR_INPUT) {
			printf("# %s\n", w.fault.text);
			break;
		}
		taken += w.result.accepted + w.result.duplicates;
		refused += w.result.refused;
		for (size_t k = 0; k < w.result.n_refusals; k++)
			silent += w.result.refusals[k].fault.text[0] == '\0' ||
				  w.result.refusals[k].line == 0;
		if (i % 2000 == 1999)
			differences += world_differences(&w);
	}
	is_int(w.fault.code == ERR_INPUT ? OK : w.fault.code, OK,
	       "no body does harm");
	ok(taken > (uint64_t)rounds && refused > (uint64_t)rounds / 2,
	   "%llu events were taken, %llu refused", (unsigned long long)taken,
	   (unsigned long long)refused);
	is_int(silent, 0, "each refusal has a line and a reason");
	is_int(differences, 0, "counts and indexes agree all the while");
	buf_fini(&body);
	world_close(&w);
	return done_testing();
}
