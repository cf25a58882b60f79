/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The writer: every octet of the head has the value that RFC 9580 and the
 * options give it, nothing readable stays outside, and errors stick.
 */
#include "fixture.h"

static void
test_head(enum lock_aead aead, uint32_t chunk, size_t nonce)
{
	struct lock_options o = cheap_options();
	struct buf out;
	struct rd r;
	size_t size = 5 + 20 + nonce + 48;

	o.aead = aead;
	o.chunk = chunk;
	o.passes = 2;
	o.lanes = 3;
	o.memory_kib = 2048;
	buf_init(&out);
	is_int(lock_all(&o, S("the text"), 8, &out), OK, "it locks");
	r = rd_of(buf_str(&out));
	is_int(rd_u8(&r), 0xC3, "a session key packet");
	is_int(rd_u8(&r), size, "of one length octet");
	is_int(rd_u8(&r), 6, "version 6");
	is_int(rd_u8(&r), 3 + 20 + nonce, "size of the five fields");
	is_int(rd_u8(&r), 9, "AES-256");
	is_int(rd_u8(&r), aead, "the mode asked for");
	is_int(rd_u8(&r), 20, "size of the specifier");
	is_int(rd_u8(&r), 4, "Argon2");
	rd_bytes(&r, 16);
	is_int(rd_u8(&r), 2, "passes");
	is_int(rd_u8(&r), 3, "lanes");
	is_int(rd_u8(&r), 11, "2^11 KiB");
	rd_bytes(&r, nonce + 48);
	is_int(rd_u8(&r), 0xD2, "a data packet");
	/* 36 head, then a literal of 1 + 1 + (1+1+10+4+8), and two tags */
	is_int(rd_u8(&r), 36 + 26 + 32, "of one length octet");
	is_int(rd_u8(&r), 2, "version 2");
	is_int(rd_u8(&r), 9, "AES-256");
	is_int(rd_u8(&r), aead, "the mode asked for");
	is_int(UINT32_C(1) << (rd_u8(&r) + 6), chunk ? chunk : 262144, "chunk");
	rd_bytes(&r, 32 + 26 + 32);
	ok(rd_done(&r), "and nothing else");
	ok(!str_find(buf_str(&out), S("the text"), NULL) &&
	       !str_find(buf_str(&out), S("people"), NULL),
	   "neither text nor name are readable");
	buf_fini(&out);
}

static void
test_fresh(void)
{
	struct lock_options o = cheap_options();
	struct buf a, b;
	size_t i, same = 0;

	buf_init(&a);
	buf_init(&b);
	if (lock_all(&o, S("the text"), 8, &a) ||
	    lock_all(&o, S("the text"), 8, &b))
		abort();
	is_int(a.n, b.n, "the same twice has the same size");
	for (i = 0; i < a.n; i++)
		same += a.p[i] == b.p[i];
	/* 13 + 2 + 4 fixed octets; of the 179 random ones, about one */
	ok(same < 40, "and little else: %zu of %zu octets agree", same, a.n);
	buf_fini(&a);
	buf_fini(&b);
}

static const struct {
	const char *about;
	struct lock_options o;
	const char *path;
} wrong[] = {
    {"no password", {.name = {"a", 1}}, "password"},
    {"a chunk of 32 KiB", {.password = {"p", 1}, .chunk = 32768}, "chunk"},
    {"a chunk of 2 MiB", {.password = {"p", 1}, .chunk = 2097152}, "chunk"},
    {"a chunk of 65537", {.password = {"p", 1}, .chunk = 65537}, "chunk"},
    {"EAX", {.password = {"p", 1}, .aead = 1}, "aead"},
    {"256 passes", {.password = {"p", 1}, .passes = 256}, "argon2"},
    {"256 lanes", {.password = {"p", 1}, .lanes = 256}, "argon2"},
    {"4 GiB", {.password = {"p", 1}, .memory_kib = 1u << 22}, "argon2"},
    {"3 MiB", {.password = {"p", 1}, .memory_kib = 3072}, "argon2"},
    {"a path", {.password = {"p", 1}, .name = {"a/b", 3}}, "name"},
    {"NUL in a name", {.password = {"p", 1}, .name = {"a\0b", 3}}, "name"},
};

static void
test_options(void)
{
	char big[LOCK_PASSWORD_MAX + 1];
	struct lock_options o = cheap_options();
	struct fault f;
	struct lock *l;
	struct buf out;
	size_t i;

	buf_init(&out);
	for (i = 0; i < COUNT(wrong); i++) {
		f = (struct fault){0};
		is_int(lock_new(&l, &wrong[i].o, sink_buf, &out, &f),
		       ERR_INVALID, "%s is refused", wrong[i].about);
		ok(l == NULL && out.n == 0, "with nothing written");
		is_str(str_of(f.path), str_of(wrong[i].path), "and the reason");
	}
	memset(big, 'x', sizeof(big));
	o.password = (struct str){big, sizeof(big)};
	is_int(lock_new(&l, &o, sink_buf, &out, NULL), ERR_INVALID,
	       "a password of 1,025 bytes is refused");
	o.password.n--;
	is_int(lock_new(&l, &o, sink_buf, &out, NULL), OK,
	       "one of 1,024 bytes is not");
	lock_free(l);
	o = cheap_options();
	o.name = (struct str){big, LOCK_NAME_MAX + 1};
	is_int(lock_new(&l, &o, sink_buf, &out, NULL), ERR_INVALID,
	       "a name of 256 bytes is refused");
	buf_fini(&out);
}

struct failing {
	size_t left, calls;
};

static enum err
sink_failing(void *arg, struct str bytes)
{
	struct failing *s = arg;

	s->calls++;
	if (bytes.n > s->left)
		return ERR_CLIENT;
	s->left -= bytes.n;
	return OK;
}

static void
test_errors(void)
{
	struct lock_options o = cheap_options();
	struct failing s = {0, 0};
	char *text = mem_new(1 << 20);
	struct fault f = {0};
	struct lock *l;

	is_int(lock_new(&l, &o, sink_failing, &s, &f), ERR_CLIENT,
	       "a sink that fails at once fails lock_new");
	ok(l == NULL && f.code == ERR_CLIENT, "which gives no lock");
	s = (struct failing){200000, 0};
	is_int(lock_new(&l, &o, sink_failing, &s, &f), OK, "later it fails");
	is_int(lock_write(l, (struct str){text, 1 << 20}), ERR_CLIENT,
	       "lock_write");
	s.left = 1 << 30;
	s.calls = 0;
	is_int(lock_write(l, S("more")), ERR_CLIENT, "and it sticks");
	is_int(lock_finish(l), ERR_CLIENT, "to the end");
	is_int(s.calls, 0, "without another call of the sink");
	ok(lock_bytes(l) <= 200000, "bytes count what was taken");
	lock_free(l);
	lock_free(NULL);
	free(text);
}

int
main(void)
{
	test_head(LOCK_GCM, 65536, 12);
	test_head(LOCK_OCB, 1048576, 15);
	test_head(LOCK_GCM, 0, 12);
	test_fresh();
	test_options();
	test_errors();
	return done_testing();
}
