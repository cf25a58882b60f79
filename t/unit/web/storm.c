/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * A storm of damaged requests: good ones with bytes changed, cut, doubled and
 * replaced by what often breaks programs.  Whatever comes, the answer is a
 * whole one, never 5xx, and the same good request is answered as before.
 */
#include "desk.h"

#define ROUNDS 60000
#define TEXT_MAX 6000

/* clang-format off */
static const struct {
	const char *method, *path, *query, *type, *body;
} good[] = {
    {"GET", "/api/v1/users",
     "f=%7B%22all%22%3A%5B%5B%22default_country%22%2C%22is%22%2C%22Peru%22%5D"
     "%5D%7D&sort=-lastSeen&columns=default_name&limit=10&tz=UTC", "", ""},
    {"GET", "/api/v1/users", "f=%5B%22score%22%2C%22between%22%2C1%2C9%5D", "",
     ""},
    {"GET", "/api/v1/users", "after=AQADAwiABl8rtAk6QAAANrWxvvVT", "", ""},
    {"GET", "/api/v1/users/1", "", "", ""},
    {"GET", "/api/v1/attributes", "", "", ""},
    {"GET", "/api/v1/attributes/default_name/values", "prefix=N&limit=3", "",
     ""},
    {"GET", "/api/v1/audit", "limit=2&after=9", "", ""},
    {"GET", "/api/v1/exports", "limit=2&after=9", "", ""},
    {"GET", "/api/v1/openapi.json", "", "", ""},
    {"POST", "/api/v1/users/count", "", "application/json",
     "{\"filters\":[{\"any\":[[\"score\",\">\",3],{\"not\":[\"default_name\","
     "\"contains\",\"me 1\"]},[\"lastSeen\",\"inLast\",\"30d\"]]}],"
     "\"tz\":\"Asia/Kathmandu\"}"},
    {"POST", "/api/v1/events", "atomic=false", "application/json",
     "[{\"type\":\"user\",\"userId\":\"u1\",\"at\":\"2026-01-01T00:00:00Z\","
     "\"attributes\":{\"name\":\"N\",\"score\":7,\"tags\":[\"a\",\"b\"]}},"
     "{\"type\":\"chat\",\"chatId\":\"c\",\"userId\":\"u1\",\"source\":\"x\"},"
     "{\"type\":\"message\",\"chatId\":\"c\",\"messageId\":\"m\","
     "\"personType\":\"user\",\"personId\":\"u1\",\"text\":\"hi\"}]"},
    {"POST", "/api/v1/events", "", "application/x-ndjson",
     "{\"type\":\"consent\",\"userId\":\"u2\",\"state\":\"in\"}\n"
     "{\"type\":\"merge\",\"from\":\"u2\",\"into\":\"u1\"}\n"
     "{\"type\":\"flow\",\"userId\":\"u1\",\"flow\":\"f\",\"runId\":\"r\","
     "\"event\":\"started\"}\n"},
    {"POST", "/api/v1/tokens", "", "application/json",
     "{\"name\":\"x\",\"scopes\":[\"users.read\"],"
     "\"expiresAt\":\"2099-01-01T00:00:00Z\"}"},
    {"PUT", "/api/v1/settings", "", "application/json",
     "{\"workspace.timezone\":\"UTC\",\"exports.argon2.passes\":3}"},
    {"POST", "/api/v1/exports", "", "application/x-www-form-urlencoded",
     "what=users&purpose=a+good+reason&f=%7B%7D&columns=userId&tz=UTC"},
    {"POST", "/api/v1/exports", "", "application/json",
     "{\"what\":\"users\",\"ids\":[1,2],\"purpose\":\"a good reason\"}"},
};

/* clang-format on */
/* clang-format off */
static const char *const nasty[] = {
    "%",	"%00",	  "%ff",	"%25",	   "\xff",   "\xed\xa0\x80",
    "\"",	"\\",	  "\\u0000",	"\\ud800", "{",	     "[[[[[[[[[[[[",
    "]",	"}",	  ",",		":",	   "null",   "-1",
    "1e999",	"0.1",	  "99999999999999999999", "&",	   "=",	     ";",
    "\r\n",	"\n",	  "../",	"//",	   "'",	     "<script>",
    "2026-02-30", "+",	  "true",	"\x01",	   "\xc2\x85", "all",
    "not",	"isNot",  "segment",	"\xf0\x9f\x98\x80",
};
/* clang-format on */

struct rng {
	uint64_t s;
};

static uint64_t
next(struct rng *r, uint64_t below)
{
	r->s = hash64((struct str){(const char *)&r->s, sizeof(r->s)});
	return (r->s >> 11) % below;
}

/* Replace [at, at + cut) of a text by `put`. */
static void
splice(char *text, size_t at, size_t cut, const char *put, size_t n)
{
	size_t len = strlen(text);

	if (at > len)
		at = len;
	if (cut > len - at)
		cut = len - at;
	if (len - cut + n >= TEXT_MAX)
		return;
	memmove(text + at + n, text + at + cut, len - at - cut + 1);
	memcpy(text + at, put, n);
}

static void
damage(struct rng *r, char *text)
{
	char piece[64], byte;
	size_t len = strlen(text), at = next(r, len + 1), n;
	const char *bad = nasty[next(r, COUNT(nasty))];

	switch (next(r, 6)) {
	case 0:
		byte = (char)(1 + next(r, 255));
		splice(text, at, 1, &byte, 1);
		break;
	case 1:
		splice(text, at, 1 + next(r, 8), "", 0);
		break;
	case 2:
		text[at] = '\0';
		break;
	case 3:
		n = next(r, sizeof(piece));
		n = n < len - at ? n : len - at;
		memcpy(piece, text + at, n);
		splice(text, next(r, len + 1), 0, piece, n);
		break;
	default:
		splice(text, at, next(r, 3), bad, strlen(bad));
	}
}

static int
round_run(struct desk *d, struct rng *r, bool hurt)
{
	static const char *const methods[] = {"GET",    "POST", "PUT", "PATCH",
					      "DELETE", "HEAD", "BREW"};
	size_t i = next(r, COUNT(good));
	char path[TEXT_MAX], query[TEXT_MAX], type[TEXT_MAX], body[TEXT_MAX];
	char *const parts[] = {path, query, type, body, body, query};
	struct ask a = {.method = good[i].method,
			.path = path,
			.query = query,
			.type = type,
			.token = d->token};

	snprintf(path, sizeof(path), "%s", good[i].path);
	snprintf(query, sizeof(query), "%s", good[i].query);
	snprintf(type, sizeof(type), "%s", good[i].type);
	snprintf(body, sizeof(body), "%s", good[i].body);
	for (uint64_t n = hurt ? 1 + next(r, 3) : 0; n > 0; n--)
		damage(r, parts[next(r, COUNT(parts))]);
	if (hurt && next(r, 50) == 0)
		a.method = methods[next(r, COUNT(methods))];
	a.body = str_of(body);
	return desk_ask(d, a);
}

int
main(void)
{
	struct rng r = {random_u64()};
	const char *given = getenv("RAPPORT_SEED");
	int rounds = getenv("RAPPORT_QUICK") ? ROUNDS / 6 : ROUNDS;
	int status, wrong = 0, refused = 0;
	struct desk d;

	if (given != NULL && !str_to_u64(str_of(given), &r.s))
		return 1;
	printf("# RAPPORT_SEED=%" PRIu64 "\n", r.s);
	desk_open(&d);
	log_threshold(LOG_ERROR);
	for (int i = 0; i < rounds && wrong < 5; i++) {
		status = round_run(&d, &r, true);
		refused += status >= 400 && status < 500;
		if (status >= 200 && status < 500 && d.whole)
			continue;
		wrong++;
		printf("# round %d: %d for %s %s?%s\n# %.*s\n# %.*s\n", i,
		       status, d.ask.method, d.ask.path, d.ask.query,
		       STR_ARG(d.ask.body), STR_ARG(buf_str(&d.got)));
	}
	is_int(wrong, 0, "%d damaged requests, each answered", rounds);
	ok(refused > rounds / 4, "%d of them refused", refused);
	for (int i = 0; i < 100; i++) {
		status = round_run(&d, &r, false);
		wrong += !(status == 200 || status == 201 || status == 204 ||
			   status == 422 || status == 404);
	}
	is_int(wrong, 0, "and good ones are answered as before");
	ok(!d.broken, "the store is whole");
	desk_close(&d);
	return done_testing();
}
