/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Bounded readers and writers: golden bytes, errors that stick, varints that
 * have one spelling, byte order that is number order.
 */
#include "../../tap.h"

static void
is_hex(struct str got, const char *want, const char *name)
{
	char hex[256];

	hex_encode(str_cut(got, 0, 100), hex);
	is_str(str_of(hex), str_of(want), "%s", name);
}

static void
test_golden(void)
{
	static const char want[] = "07"
				   "0102"
				   "01020304"
				   "0102030405060708"
				   "00"
				   "7f"
				   "8001"
				   "ac02"
				   "ffffffffffffffffff01"
				   "616263"
				   "026869";
	uint8_t memory[64];
	struct wr w = wr_of(memory, sizeof(memory));
	struct rd r;

	wr_u8(&w, 7);
	wr_be16(&w, 0x0102);
	wr_be32(&w, 0x01020304);
	wr_be64(&w, UINT64_C(0x0102030405060708));
	wr_varint(&w, 0);
	wr_varint(&w, 127);
	wr_varint(&w, 128);
	wr_varint(&w, 300);
	wr_varint(&w, UINT64_MAX);
	wr_bytes(&w, S("abc"));
	wr_str(&w, S("hi"));
	ok(!w.bad, "it fits");
	is_hex(wr_out(&w), want, "bytes as agreed");
	r = rd_of(wr_out(&w));
	ok(rd_u8(&r) == 7 && rd_be16(&r) == 0x0102 &&
	       rd_be32(&r) == 0x01020304 &&
	       rd_be64(&r) == UINT64_C(0x0102030405060708),
	   "numbers come back");
	ok(rd_varint(&r) == 0 && rd_varint(&r) == 127 && rd_varint(&r) == 128 &&
	       rd_varint(&r) == 300 && rd_varint(&r) == UINT64_MAX,
	   "varints too");
	ok(!rd_done(&r), "something is left");
	is_str(rd_bytes(&r, 3), S("abc"), "bytes");
	is_str(rd_str(&r), S("hi"), "a string");
	ok(rd_done(&r), "and that is all");
}

static void
test_buffer(void)
{
	struct buf b;

	buf_init(&b);
	buf_be16(&b, 0x0102);
	buf_be32(&b, 0x01020304);
	buf_be64(&b, UINT64_C(0x0102030405060708));
	buf_varint(&b, 300);
	buf_lstr(&b, S("hi"));
	is_hex(buf_str(&b),
	       "0102"
	       "01020304"
	       "0102030405060708"
	       "ac02"
	       "026869",
	       "the same into a buffer");
	buf_fini(&b);
}

static void
test_bounds(void)
{
	uint8_t memory[4] = {1, 2, 3, 4};
	struct rd r = rd_of((struct str){(char *)memory, 3});
	struct wr w = wr_of(memory, 3);

	is_int(rd_be32(&r), 0, "four bytes of three are none");
	ok(r.bad, "and that is an error");
	is_int(rd_u8(&r), 0, "which sticks");
	is_int(rd_left(&r), 0, "with nothing left");
	ok(!rd_done(&r), "and is not done");
	r = rd_of(S("\x05hi"));
	ok(rd_str(&r).n == 0 && r.bad, "a string longer than the bytes");
	r = rd_of(S("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"));
	ok(rd_str(&r).n == 0 && r.bad, "a string of nearly 2^64");
	r = rd_of(STR_NONE);
	ok(rd_done(&r), "nothing is done");
	ok(rd_u8(&r) == 0 && r.bad, "and holds no byte");
	wr_be16(&w, 0x0908);
	wr_be16(&w, 0x0706);
	ok(w.bad, "a write past the end is an error");
	wr_u8(&w, 5);
	ok(memory[2] == 3 && memory[3] == 4, "and nothing was written");
}

static void
test_varint_form(void)
{
	static const struct {
		struct str bytes;
		const char *why;
	} bad[] = {
	    {{"\x80\x00", 2}, "zero in two bytes"},
	    {{"\xff\x00", 2}, "127 in two bytes"},
	    {{"\x80", 1}, "no last byte"},
	    {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10}, "65 bits"},
	    {{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x81\x00", 11}, "11 bytes"},
	};
	int wrong = 0;

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct rd r = rd_of(bad[i].bytes);

		rd_varint(&r);
		ok(r.bad, "refused: %s", bad[i].why);
	}
	for (int i = 0; i < 200000; i++) {
		uint64_t v = random_u64() >> (i % 64);
		uint8_t memory[10];
		struct wr w = wr_of(memory, sizeof(memory));
		struct rd r;

		wr_varint(&w, v);
		r = rd_of(wr_out(&w));
		wrong += w.bad || rd_varint(&r) != v || !rd_done(&r);
	}
	is_int(wrong, 0, "any number comes back");
}

static void
test_order(void)
{
	int wrong = 0;

	for (int i = 0; i < 100000; i++) {
		uint64_t a = random_u64() >> (i % 64), b = random_u64();
		uint8_t ma[8], mb[8];
		struct wr wa = wr_of(ma, 8), wb = wr_of(mb, 8);

		wr_be64(&wa, a);
		wr_be64(&wb, b);
		wrong += (a < b) != (memcmp(ma, mb, 8) < 0);
	}
	is_int(wrong, 0, "big-endian bytes sort as the numbers");
}

int
main(void)
{
	test_golden();
	test_buffer();
	test_bounds();
	test_varint_form();
	test_order();
	return done_testing();
}
