/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * What is refused, and how: each row is a body, and which line, field and code
 * its refusal must name.  A refused event must leave the world as it was; the
 * good neighbour of each row, one step inside the limit, must be taken.
 */
#include "world.h"

struct row {
	const char *what;
	const char *body;
	uint64_t line;
	enum err code;
	const char *path;
	const char *says; /* somewhere in the sentence */
};

/* clang-format off */
#define USER(rest) "{\"type\":\"user\",\"userId\":\"u1\"," rest "}"
#define CHAT(rest) "{\"type\":\"chat\",\"chatId\":\"c1\"," rest "}"
#define SAID(rest) "{\"type\":\"message\",\"chatId\":\"c1\"," rest "}"
static const struct row rows[] = {
	{"no JSON", "hello", 1, ERR_INPUT, "column 2", ""},
	{"cut JSON", "{\"type\":\"user\"", 1, ERR_INPUT, "column 15", ""},
	{"two values on a line", "{\"type\":\"user\",\"userId\":\"a\"} {}", 1, ERR_INPUT, "column 30", ""},
	{"overlong UTF-8", USER("\"attributes\":{\"name\":\"\xc0\xaf\"}"), 1, ERR_INPUT, NULL, ""},
	{"a surrogate as UTF-8", USER("\"attributes\":{\"name\":\"\xed\xa0\x80\"}"), 1, ERR_INPUT, NULL, ""},
	{"beyond U+10FFFF", USER("\"attributes\":{\"name\":\"\xf4\x90\x80\x80\"}"), 1, ERR_INPUT, NULL, ""},
	{"a lone surrogate escape", USER("\"attributes\":{\"name\":\"\\ud800\"}"), 1, ERR_INPUT, NULL, ""},
	{"NUL in a text", USER("\"attributes\":{\"name\":\"a\\u0000b\"}"), 1, ERR_INPUT, NULL, ""},
	{"a member twice", USER("\"banned\":true,\"banned\":false"), 1, ERR_INPUT, NULL, "banned"},
	{"a number beyond a double", USER("\"attributes\":{\"n\":1e999}"), 1, ERR_INPUT, NULL, ""},
	{"an integer beyond 2^53", USER("\"attributes\":{\"n\":9007199254740993}"), 1, ERR_INVALID, "attributes.n", "2^53"},
	{"no object", "[1]", 1, ERR_INVALID, "", "object"},
	{"no type", "{\"userId\":\"u1\"}", 1, ERR_INVALID, "type", "missing"},
	{"a type that is no text", "{\"type\":3}", 1, ERR_INVALID, "type", "string"},
	{"an unknown type", "{\"type\":\"mesage\"}", 1, ERR_INVALID, "type", "\"message\""},
	{"an unknown field", USER("\"segment\":[\"a\"]"), 1, ERR_INVALID, "segment", "\"segments\""},
	{"an unknown field, nothing near", USER("\"xylophone\":1"), 1, ERR_INVALID, "xylophone", "no such field"},
	{"another type's field", USER("\"chatId\":\"c1\""), 1, ERR_INVALID, "chatId", "no such field"},
	{"neither userId nor identity", "{\"type\":\"user\",\"at\":1}", 1, ERR_INVALID, "userId", ""},
	{"an empty userId", "{\"type\":\"user\",\"userId\":\"\"}", 1, ERR_INVALID, "userId", "empty"},
	{"a userId that is a number", "{\"type\":\"user\",\"userId\":7}", 1, ERR_INVALID, "userId", "string"},
	{"a userId with a line end", "{\"type\":\"user\",\"userId\":\"a\\nb\"}", 1, ERR_INVALID, "userId", "control"},
	{"half an identity", "{\"type\":\"user\",\"identity\":{\"channel\":\"web\",\"kind\":\"k\"}}", 1, ERR_INVALID, "identity.value", "missing"},
	{"a field too many in it", "{\"type\":\"user\",\"identity\":{\"channel\":\"web\",\"kind\":\"k\",\"value\":\"v\",\"valu\":1}}", 1, ERR_INVALID, "identity.valu", "\"value\""},
	{"an identity of another user", "{\"type\":\"user\",\"userId\":\"u2\",\"identity\":{\"channel\":\"web\",\"kind\":\"k\",\"value\":\"taken\"}}", 1, ERR_CONFLICT, "identity", ""},
	{"a new user with it", "{\"type\":\"user\",\"userId\":\"new\",\"identity\":{\"channel\":\"web\",\"kind\":\"k\",\"value\":\"taken\"},\"attributes\":{\"fresh\":1}}", 1, ERR_CONFLICT, "identity", ""},
	{"attributes that are a list", USER("\"attributes\":[]"), 1, ERR_INVALID, "attributes", "object"},
	{"an object as a value", USER("\"attributes\":{\"fresh\":1,\"plan\":{\"a\":1}}"), 1, ERR_INVALID, "attributes.plan", ""},
	{"a derived attribute", USER("\"attributes\":{\"chats\":7}"), 1, ERR_INVALID, "attributes.chats", ""},
	{"a reserved name", USER("\"attributes\":{\"session.x\":7}"), 1, ERR_INVALID, "attributes.session.x", ""},
	{"segments that are a text", USER("\"segments\":\"a\""), 1, ERR_INVALID, "segments", "list"},
	{"an empty segment name", USER("\"segments\":[\"a\",\"\"]"), 1, ERR_INVALID, "segments", "empty"},
	{"banned: a text", USER("\"banned\":\"yes\""), 1, ERR_INVALID, "banned", "true or false"},
	{"a day without a time", USER("\"at\":\"2026-11-01\""), 1, ERR_INVALID, "at", "instant"},
	{"a 30th of February", USER("\"at\":\"2026-02-30T00:00:00Z\""), 1, ERR_INVALID, "at", "instant"},
	{"before 1970", USER("\"at\":\"1969-12-31T23:59:59.999999Z\""), 1, ERR_INVALID, "at", "1970"},
	{"a negative epoch", USER("\"lastSeen\":-1"), 1, ERR_INVALID, "lastSeen", "1970"},
	{"the year 10000", USER("\"at\":\"10000-01-01T00:00:00Z\""), 1, ERR_INVALID, "at", ""},
	{"microseconds past 9999", USER("\"at\":253402300800000000"), 1, ERR_INVALID, "at", ""},
	{"a chat without chatId", "{\"type\":\"chat\",\"state\":\"opened\"}", 1, ERR_INVALID, "chatId", "missing"},
	{"a chat with chatId null", "{\"type\":\"chat\",\"chatId\":null}", 1, ERR_INVALID, "chatId", "missing"},
	{"an unknown state", CHAT("\"state\":\"paused\""), 1, ERR_INVALID, "state", "\"snoozed\""},
	{"an unknown marketing type", CHAT("\"marketingType\":\"spam\""), 1, ERR_INVALID, "marketingType", "campaign"},
	{"an object in session data", CHAT("\"attributes\":{\"a\":{\"b\":1}}"), 1, ERR_INVALID, "attributes.a", ""},
	{"a message without personType", SAID("\"text\":\"hi\""), 1, ERR_INVALID, "personType", "missing"},
	{"a message by nobody known", SAID("\"personType\":\"cat\""), 1, ERR_INVALID, "personType", "\"bot\""},
	{"a delivery without status", "{\"type\":\"delivery\",\"messageId\":\"m\"}", 1, ERR_INVALID, "status", "missing"},
	{"an error that is a text", "{\"type\":\"delivery\",\"messageId\":\"m\",\"status\":\"failed\",\"error\":\"x\"}", 1, ERR_INVALID, "error", "object"},
	{"a field too many in it", "{\"type\":\"delivery\",\"messageId\":\"m\",\"status\":\"failed\",\"error\":{\"cod\":1}}", 1, ERR_INVALID, "error.cod", "\"code\""},
	{"a flow of nobody", "{\"type\":\"flow\",\"flow\":\"f\",\"event\":\"started\"}", 1, ERR_INVALID, "userId", "missing"},
	{"another user's run", "{\"type\":\"flow\",\"userId\":\"u2\",\"flow\":\"f\",\"runId\":\"r1\",\"event\":\"completed\"}", 1, ERR_CONFLICT, "runId", "user"},
	{"another flow's run", "{\"type\":\"flow\",\"userId\":\"u1\",\"flow\":\"g\",\"runId\":\"r1\",\"event\":\"completed\"}", 1, ERR_CONFLICT, "runId", "flow"},
	{"consent: maybe", "{\"type\":\"consent\",\"userId\":\"u1\",\"state\":\"maybe\"}", 1, ERR_INVALID, "state", "\"out\""},
	{"validity without valid", "{\"type\":\"validity\",\"userId\":\"u1\"}", 1, ERR_INVALID, "valid", "missing"},
	{"a merge with itself", "{\"type\":\"merge\",\"from\":\"u1\",\"into\":\"u1\"}", 1, ERR_INVALID, "into", "itself"},
	{"a manager without id", "{\"type\":\"manager\",\"name\":\"x\"}", 1, ERR_INVALID, "id", "missing"},
	{"a manager's unknown field", "{\"type\":\"manager\",\"id\":\"m\",\"nam\":\"x\"}", 1, ERR_INVALID, "nam", "\"name\""},
	{"a list cut behind its element", "[{\"type\":\"user\",\"userId\":\"x\"}", 1, ERR_INPUT, "", "no end"},
	{"no end of a list", "[", 1, ERR_INPUT, "", "no end"},
};
/* clang-format on */

static const char *const base =
    "{\"type\":\"user\",\"userId\":\"u1\",\"at\":1700000000,\"identity\":"
    "{\"channel\":\"web\",\"kind\":\"k\",\"value\":\"taken\"}}\n"
    "{\"type\":\"user\",\"userId\":\"u2\",\"at\":1700000000}\n"
    "{\"type\":\"chat\",\"chatId\":\"c1\",\"userId\":\"u1\","
    "\"openedAt\":1700000000}\n"
    "{\"type\":\"flow\",\"userId\":\"u1\",\"flow\":\"f\",\"runId\":\"r1\","
    "\"event\":\"started\",\"at\":1700000000}\n";

static void
test_row(struct world *w, const struct row *r, struct str before)
{
	const struct refusal *x;
	struct buf after;
	enum err e = world_take(w, str_of(r->body));
	bool good = e == OK && w->result.accepted == 0 &&
		    w->result.refused == 1 && w->result.n_refusals == 1;

	x = w->result.refusals;
	ok(good && x->line == r->line && x->fault.code == r->code &&
	       (r->path == NULL || strcmp(x->fault.path, r->path) == 0) &&
	       strstr(x->fault.text, r->says) != NULL,
	   "refused: %s", r->what);
	if (good)
		printf("# line %llu, %s, %s: %s\n", (unsigned long long)x->line,
		       x->fault.path, err_word(x->fault.code), x->fault.text);
	after = world_dump(w);
	ok(str_eq(before, buf_str(&after)), "... and nothing changed");
	buf_fini(&after);
}

static void
test_rows(void)
{
	struct world w;
	struct buf before;

	world_open(&w);
	ok(world_take(&w, str_of(base)) == OK && w.result.accepted == 4,
	   "what there is before");
	before = world_dump(&w);
	for (size_t i = 0; i < COUNT(rows); i++)
		test_row(&w, &rows[i], buf_str(&before));
	is_int(world_differences(&w), 0, "all counts and indexes agree");
	buf_fini(&before);
	world_close(&w);
}

/* Limits ------------------------------------------------------------------- */

struct limit {
	const char *before, *after; /* around the text */
	size_t most;
	const char *path;
};

/* clang-format off */
static const struct limit limits[] = {
	{"{\"type\":\"user\",\"userId\":\"", "\"}", 256, "userId"},
	{"{\"type\":\"user\",\"userId\":\"u1\",\"segments\":[\"", "\"]}", 200, "segments"},
	{"{\"type\":\"user\",\"userId\":\"u1\",\"attributes\":{\"note\":\"", "\"}}", 16384, "attributes.note"},
	{"{\"type\":\"user\",\"userId\":\"u1\",\"id\":\"", "\"}", 1024, "id"},
	{"{\"type\":\"chat\",\"chatId\":\"", "\"}", 256, "chatId"},
	{"{\"type\":\"chat\",\"chatId\":\"c\",\"name\":\"", "\"}", 4096, "name"},
	{"{\"type\":\"chat\",\"chatId\":\"c\",\"description\":\"", "\"}", 16384, "description"},
	{"{\"type\":\"chat\",\"chatId\":\"c\",\"tags\":[\"", "\"]}", 256, "tags"},
	{"{\"type\":\"chat\",\"chatId\":\"c\",\"assigneeId\":\"", "\"}", 256, "assigneeId"},
	{"{\"type\":\"message\",\"chatId\":\"c\",\"personType\":\"bot\",\"text\":\"", "\"}", 49152, "text"},
	{"{\"type\":\"message\",\"chatId\":\"c\",\"personType\":\"bot\",\"messageId\":\"", "\"}", 1024, "messageId"},
	{"{\"type\":\"message\",\"chatId\":\"c\",\"personType\":\"user\",\"personId\":\"", "\"}", 256, "personId"},
	{"{\"type\":\"delivery\",\"status\":\"failed\",\"messageId\":\"", "\"}", 1024, "messageId"},
	{"{\"type\":\"delivery\",\"messageId\":\"m\",\"status\":\"failed\",\"error\":{\"code\":\"", "\"}}", 1024, "error.code"},
	{"{\"type\":\"flow\",\"userId\":\"u1\",\"event\":\"started\",\"flow\":\"", "\"}", 200, "flow"},
	{"{\"type\":\"flow\",\"userId\":\"u1\",\"event\":\"started\",\"flow\":\"f\",\"runId\":\"", "\"}", 400, "runId"},
	{"{\"type\":\"event\",\"userId\":\"u1\",\"name\":\"", "\"}", 200, "name"},
	{"{\"type\":\"validity\",\"userId\":\"u1\",\"valid\":false,\"reason\":\"", "\"}", 1024, "reason"},
	{"{\"type\":\"tag\",\"id\":\"", "\"}", 1024, "id"},
};
/* clang-format on */

static enum err
take_long(struct world *w, const struct limit *l, size_t n)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	buf_put(&b, str_of(l->before));
	for (size_t i = 0; i < n; i++)
		buf_c(&b, "abcdefg"[i % 7]);
	buf_put(&b, str_of(l->after));
	e = world_take(w, buf_str(&b));
	buf_fini(&b);
	return e;
}

static void
test_limits(void)
{
	struct world w;

	world_open(&w);
	for (size_t i = 0; i < COUNT(limits); i++) {
		const struct limit *l = &limits[i];
		enum err e = take_long(&w, l, l->most);

		ok(e == OK && w.result.accepted == 1,
		   "%s of %zu bytes is taken", l->path, l->most);
		for (size_t k = 0; k < w.result.n_refusals; k++)
			printf("# %s\n", w.result.refusals[k].fault.text);
		e = take_long(&w, l, l->most + 1);
		ok(e == OK && w.result.refused == 1 &&
		       w.result.refusals[0].fault.code == ERR_LIMIT &&
		       strcmp(w.result.refusals[0].fault.path, l->path) == 0,
		   "%s of %zu bytes is not", l->path, l->most + 1);
	}
	is_int(world_differences(&w), 0, "all counts and indexes agree");
	world_close(&w);
}

/* An object, n deep: 1 is the event itself. */
static enum err
take_deep(struct world *w, int depth)
{
	struct buf b;
	enum err e;

	buf_init(&b);
	buf_put(&b, S("{\"type\":\"event\",\"userId\":\"u\",\"name\":\"n\","
		      "\"properties\":{\"a\":"));
	for (int i = 2; i < depth; i++)
		buf_c(&b, '[');
	for (int i = 2; i < depth; i++)
		buf_c(&b, ']');
	buf_put(&b, S("}}"));
	e = world_take(w, buf_str(&b));
	buf_fini(&b);
	return e;
}

static void
test_sizes(void)
{
	struct buf b;
	struct world w;

	world_open(&w);
	ok(take_deep(&w, 32) == OK && w.result.accepted == 1,
	   "an event 32 deep is taken");
	ok(take_deep(&w, 33) == OK && w.result.refused == 1,
	   "an event 33 deep is not");
	ok(take_deep(&w, 100000) == OK && w.result.refused == 1,
	   "nor one 100,000 deep");

	buf_init(&b);
	buf_put(&b, S("{\"type\":\"user\",\"userId\":\"u1\"}"));
	while (b.n < EVENT_BYTES_MAX)
		buf_c(&b, ' ');
	buf_c(&b, 'x');
	ok(world_take(&w, buf_str(&b)) == OK && w.result.refused == 1 &&
	       w.result.refusals[0].fault.code == ERR_LIMIT,
	   "an event over 1 MiB is refused for its size");
	buf_put(&b, S("\n{\"type\":\"user\",\"userId\":\"u2\"}\n"));
	ok(world_take(&w, buf_str(&b)) == OK && w.result.refused == 1 &&
	       w.result.accepted == 1,
	   "and the line behind it is taken");
	while (b.n <= EVENTS_BODY_MAX)
		buf_c(&b, '\n');
	ok(world_take(&w, buf_str(&b)) == ERR_LIMIT,
	   "a body over its limit is refused as a whole");
	b.n--;
	ok(world_take(&w, buf_str(&b)) == OK, "a body at its limit is not");
	ok(world_take(&w, S(" \n ")) == ERR_INPUT, "an empty body is bad input");
	buf_fini(&b);
	world_close(&w);
}

/* Clock -------------------------------------------------------------------- */

static void
test_clock(void)
{
	/* clang-format off */
	static const struct {
		const char *given, *shown;
	} times[] = {
		{"\"1970-01-01T00:00:00Z\"", "1970-01-01T00:00:00.000Z"},
		{"0", "1970-01-01T00:00:00.000Z"},
		{"1.5", "1970-01-01T00:00:01.500Z"},
		{"1700000000", "2023-11-14T22:13:20.000Z"},
		{"1700000000123", "2023-11-14T22:13:20.123Z"},
		{"1700000000123456", "2023-11-14T22:13:20.123456Z"},
		{"\"2026-02-28T23:59:60Z\"", "2026-02-28T23:59:59.000Z"},
		{"\"2024-02-29T12:00:00+05:45\"", "2024-02-29T06:15:00.000Z"},
		{"\"9999-12-31T23:59:59.999999Z\"", "9999-12-31T23:59:59.999999Z"},
		{"253402300799999999", "9999-12-31T23:59:59.999999Z"},
	};
	/* clang-format on */
	char body[200], want[64];
	struct world w;

	for (size_t i = 0; i < COUNT(times); i++) {
		struct buf dump;

		world_open(&w);
		snprintf(body, sizeof(body),
			 "{\"type\":\"user\",\"userId\":\"u\",\"at\":%s}",
			 times[i].given);
		snprintf(want, sizeof(want), "\"createdAt\":\"%s\"",
			 times[i].shown);
		ok(world_take(&w, str_of(body)) == OK &&
		       w.result.accepted == 1,
		   "at %s is taken", times[i].given);
		dump = world_dump(&w);
		if (!ok(str_find(buf_str(&dump), str_of(want), NULL),
			"... as %s", times[i].shown))
			printf("# %s\n", dump.p);
		buf_fini(&dump);
		world_close(&w);
	}
}

int
main(void)
{
	test_rows();
	test_limits();
	test_sizes();
	test_clock();
	return done_testing();
}
