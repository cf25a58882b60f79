/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Golden bytes: keys and records as layout.h draws them, worked out by hand.
 * What is on disk must stay readable, so these never change without a new
 * version.  And the reading of them: cut and flipped records are noticed or at
 * least harmless.
 */
#include "../../../src/chats/layout.h"

#include "../../tap.h"

#define SECOND "80000000000f4240" /* 1 s: 1,000,000 us, the sign turned */
#define NONE "0000000000000000"

static void
is_hex(struct str got, const char *want, const char *what)
{
	char hex[2048];

	hex_encode(got, hex);
	is_str(str_of(hex), str_of(want), "%s", what);
}

static void
test_keys(void)
{
	uint8_t chat[CHAT_KEY_SIZE], message[MESSAGE_KEY_SIZE];
	uint8_t pair[PAIR_KEY_SIZE], id[ID_KEY_MAX];
	char text[600], hex[80];
	struct str key, longer = {text, ID_KEY_WHOLE + 1};
	struct sha256 hash;
	uint32_t c, seq;
	int64_t at;

	is_hex(chat_key(chat, 258), "00000102", "a chat");
	key = message_key(message, 3, SECOND_US, 4);
	is_hex(key, "00000003" SECOND "00000004", "a message");
	ok(message_key_read(key, &c, &at, &seq) && c == 3 && at == SECOND_US &&
	       seq == 4,
	   "and back");
	ok(!message_key_read(str_cut(key, 0, 15), &c, &at, &seq),
	   "but not from a byte less");
	is_hex(pair_key(pair, 1, 65536), "750000000100010000",
	       "a user and a chat");
	is_hex(id_key(id, S("ab")), "696162", "an id");
	memset(text, 'x', sizeof(text));
	key = id_key(id, str_cut(longer, 0, ID_KEY_WHOLE));
	ok(key.n == 1 + ID_KEY_WHOLE && key.p[0] == 'i',
	   "the longest id that is whole");
	key = id_key(id, longer);
	hash = sha256_of(longer);
	hex_encode((struct str){(char *)hash.b, 32}, hex);
	ok(key.n == 1 + ID_KEY_PREFIX + 32 && key.p[0] == 'h' &&
	       key.p[1] == 'x',
	   "a longer one is its head and a hash");
	is_hex(str_cut(key, 1 + ID_KEY_PREFIX, key.n), hex, "of the whole");
}

static struct chat
sample_chat(void)
{
	static struct transition states[] = {{SECOND_US, CHAT_CLOSED}};
	static struct session session[] = {
	    {.name = {"s", 1}, .json = {"1", 1}, .at = SECOND_US, .source = 3}};
	struct chat c = {.id = 9,
			 .user = 7,
			 .chat_id = S("c1"),
			 .first_event = SECOND_US,
			 .first_message = INSTANT_NONE,
			 .first_in = INSTANT_NONE,
			 .last_in = INSTANT_NONE,
			 .in = 1,
			 .out = 300,
			 .next_seq = 5,
			 .states = states,
			 .n_states = 1,
			 .session = session,
			 .n_session = 1};

	c.cells[CELL_TAGS] = (struct cell){
	    .set = true, .source = 1, .at = SECOND_US, .value = {"\1a", 2}};
	return c;
}

static void
test_chat(void)
{
	struct chat c = sample_chat(), back;
	struct arena a;
	struct buf b;

	arena_init(&a);
	buf_init(&b);
	chat_encode(&b, &c);
	is_hex(buf_str(&b),
	       "01"
	       "00000007"            /* user */
	       "026331"              /* c1 */
	       SECOND NONE NONE NONE /* first event, message, in */
	       "01"
	       "ac02"
	       "00"       /* in, out, notes */
	       "00000005" /* next seq */
	       "01"
	       "0b" SECOND "01"
	       "020161"         /* a cell: tags, [a] */
	       "01" SECOND "02" /* a state: closed */
	       "01"
	       "0173" SECOND "03"
	       "0131", /* session: s = 1 */
	       "a chat");
	ok(chat_decode(&a, 9, buf_str(&b), &back) && back.user == 7 &&
	       back.out == 300 && back.n_states == 1 &&
	       back.states[0].state == CHAT_CLOSED && back.n_session == 1 &&
	       str_eq(back.session[0].json, S("1")) &&
	       str_eq(back.cells[CELL_TAGS].value, S("\1a")) &&
	       !back.cells[CELL_OWNER].set &&
	       back.first_message == INSTANT_NONE,
	   "and back");
	buf_fini(&b);
	arena_fini(&a);
}

static void
test_message(void)
{
	struct message m = {.person = PERSON_MANAGER,
			    .flags = MESSAGE_NOTE,
			    .source = 2,
			    .message_id = S("m"),
			    .person_id = S("p"),
			    .text = S("hi"),
			    .deliveries = {.set = 1 << SENT | 1 << FAILED,
					   .at = {SECOND_US, 0, 0, SECOND_US},
					   .code = S("7"),
					   .title = S("")}};
	struct message back;
	struct buf b;

	buf_init(&b);
	message_encode(&b, &m);
	is_hex(buf_str(&b),
	       "01"
	       "02"
	       "02"
	       "02"
	       "016d"
	       "0170"
	       "09" SECOND SECOND "0137"
	       "00"
	       "6869",
	       "a message");
	ok(message_decode(buf_str(&b), &back) &&
	       back.person == PERSON_MANAGER && back.flags == MESSAGE_NOTE &&
	       str_eq(back.text, S("hi")) && back.deliveries.set == 9 &&
	       back.deliveries.at[FAILED] == SECOND_US &&
	       str_eq(back.deliveries.code, S("7")),
	   "and back");
	buf_fini(&b);
}

/* Every cut of a chat's record is noticed; every changed byte is noticed or
 * reads as some other chat, and never reads past the end (memory of its own,
 * so that a sanitizer sees it). */
static void
test_damage(void)
{
	struct chat c = sample_chat(), back;
	size_t cuts = 0, noticed = 0;
	struct arena a;
	struct buf b;

	arena_init(&a);
	buf_init(&b);
	chat_encode(&b, &c);
	for (size_t n = 0; n < b.n; n++) {
		char *own = memcpy(malloc(n + 1), b.p, n);

		cuts += !chat_decode(&a, 9, (struct str){own, n}, &back);
		free(own);
	}
	is_int(cuts, b.n, "every cut is noticed");
	for (size_t i = 0; i < b.n * 8; i++) {
		char *own = memcpy(malloc(b.n), b.p, b.n);

		own[i / 8] ^= (char)(1 << i % 8);
		noticed += !chat_decode(&a, 9, (struct str){own, b.n}, &back);
		free(own);
		arena_reset(&a);
	}
	/* at least those of the version, the cell and the state */
	ok(noticed >= 8 + 4 + 6,
	   "%zu of %zu flipped bits are noticed here, all of them by the "
	   "store's checksum",
	   noticed, b.n * 8);
	buf_fini(&b);
	arena_fini(&a);
}

int
main(void)
{
	test_keys();
	test_chat();
	test_message();
	test_damage();
	return done_testing();
}
