/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Chunks by hand: which of them are open, and which are also whole.
 */
#include "../../../src/bits/chunk.h"
#include "../../tap.h"

static const struct {
	const char *what, *bytes; /* hex */
	bool open, whole;
} rows[] = {
    {"an array", "0101000201000200ff00", true, true},
    {"one of nothing", "01010000", false, false},
    {"one that is cut", "0101000201000200", false, false},
    {"one with bytes after it", "01010000010000", false, false},
    {"one with an id twice",
     "0101000201000200"
     "0200",
     true, false},
    {"one out of order",
     "0101000201000300"
     "0200",
     true, false},
    {"one that ends in the last id", "01010001feffffff", true, true},
    {"runs",
     "0103000d020000000900"
     "14000300",
     true, true},
    {"runs of another count",
     "0103000c020000000900"
     "14000300",
     true, false},
    {"runs that touch",
     "0103000d020000000900"
     "0a000300",
     true, false},
    {"runs past the end",
     "010300630100fdff"
     "6300",
     true, false},
    {"everybody", "0103ffff01000000ffff", true, true},
    {"another version",
     "0201000001"
     "00",
     false, false},
    {"another kind",
     "0104000001"
     "00",
     false, false},
    {"nothing", "", false, false},
};

static void
test_rows(void)
{
	uint8_t bytes[64];
	struct chunk c;

	for (size_t i = 0; i < COUNT(rows); i++) {
		size_t n = strlen(rows[i].bytes) / 2;
		struct str value = {(char *)bytes, n};

		if (!hex_decode(str_of(rows[i].bytes), bytes, n))
			abort();
		is_int(chunk_open(value, &c), rows[i].open, "%s: open",
		       rows[i].what);
		is_int(chunk_sound(value), rows[i].whole, "%s: sound",
		       rows[i].what);
		if (rows[i].open)
			is_int(chunk_whole(&c), rows[i].whole, "%s: whole",
			       rows[i].what);
	}
}

/* Every second id is 32,768; 4,096 belong into an array. */
static void
test_bitset(void)
{
	uint8_t bytes[4 + 8 * CHUNK_WORDS] = {1, CHUNK_BITSET, 0x7f, 0xff};
	struct str value = {(char *)bytes, sizeof(bytes)};

	memset(bytes + 4, 0x55, sizeof(bytes) - 4);
	ok(chunk_sound(value), "a bitset of every second id");
	bytes[3] = 0xfe;
	ok(!chunk_sound(value), "one that says one less");
	memset(bytes + 4, 0x01, sizeof(bytes) - 4);
	bytes[2] = 0x1f;
	bytes[3] = 0xff;
	ok(chunk_sound(value), "one of every eighth");
	memset(bytes + 4, 0, sizeof(bytes) - 4);
	memset(bytes + 4, 0xff, 512);
	bytes[2] = 0x0f;
	ok(!chunk_sound(value), "one of as many as an array holds");
}

int
main(void)
{
	test_rows();
	test_bitset();
	return done_testing();
}
