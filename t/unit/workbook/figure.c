/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Numbers of cells: what a person would type for them.  Days are held against
 * the calendar, one by one; every number comes back as the same double; texts
 * lose their escapes and nothing else.
 */
#include "../../tap.h"

#include "../../../src/workbook/room.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static struct arena arena;
static struct clock utc, mac;

static struct workbook_cell
of(const char *number, enum shown shown)
{
	return figure(&arena, str_of(number), shown, &utc);
}

static void
numbers(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"0", "0"},
	    {"-0", "0"},
	    {"+12", "12"},
	    {"1.0", "1"},
	    {"1.", "1"},
	    {".25", "0.25"},
	    {"0.1", "0.1"},
	    {"1.1000000000000001", "1.1"},
	    {"1E-3", "0.001"},
	    {"12345678901234567890123", "12345678901234567890123"},
	    {"1.23456789012346E+15", "1234567890123460"},
	    {"8.2101234567890995E+17", "821012345678910000"},
	    {"-2E+20", "-200000000000000000000"},
	    {"1E+21", "1e21"},
	    {"1.5e300", "1.5e300"},
	    {" 7\t", "7"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct workbook_cell c = of(rows[i].in, SHOWN_NUMBER);

		ok(c.kind == CELL_NUMBER && str_eq(c.text, str_of(rows[i].out)),
		   "%s is %s, not %.*s", rows[i].in, rows[i].out,
		   STR_ARG(c.text));
	}
	for (size_t i = 0; i < 8; i++) {
		static const char *const bad[] = {"",  "x",    "1e999", "0x10",
						  "-", "1.2.3", "NaN",	"INF"};

		ok(of(bad[i], SHOWN_NUMBER).kind == CELL_BAD,
		   "\"%s\" is no number", bad[i]);
	}
}

/* Doubles of any size, as spreadsheets write them. */
static void
doubles(void)
{
	uint64_t x = 88172645463325252u, wrong = 0;

	for (int i = 0; i < 200000; i++) {
		char text[40];
		double d, back;
		struct workbook_cell c;

		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		memcpy(&d, &x, sizeof(d));
		if (i % 2)
			d = ldexp((double)(int64_t)x, -(i % 64));
		if (!isfinite(d))
			continue;
		arena_reset(&arena);
		snprintf(text, sizeof(text), "%.17G", d);
		c = of(text, SHOWN_NUMBER);
		back = strtod(arena_z(&arena, c.text), NULL);
		wrong += c.kind != CELL_NUMBER || back != d;
	}
	is_int((int64_t)wrong, 0, "200,000 doubles come back as they were");
}

static void
days(void)
{
	uint64_t wrong = 0;

	/* day 1 is 1900-01-01, day 61 1900-03-01, and from 1904, day 0 */
	for (int32_t day = 1; day <= 2958465; day += 1 + day / 1000) {
		int32_t date = day < 60 ? date_of(1899, 12, 31) + day
					: date_of(1899, 12, 30) + day;
		char text[16], number[16];
		struct str want = {text, date_format(date, text)};
		struct workbook_cell c;

		arena_reset(&arena);
		snprintf(number, sizeof(number), "%d", day);
		c = of(number, SHOWN_DATE);
		if (day == 60)
			wrong += c.kind != CELL_BAD;
		else
			wrong += c.kind != CELL_DATE || !str_eq(c.text, want);
		if (day < 1462)
			continue;
		snprintf(number, sizeof(number), "%d", day - 1462);
		c = figure(&arena, str_of(number), SHOWN_DATE, &mac);
		wrong += c.kind != CELL_DATE || !str_eq(c.text, want);
	}
	is_int((int64_t)wrong, 0, "days from 1900 and from 1904");
}

/* Every second of a day, as a double has it. */
static void
seconds(void)
{
	uint64_t wrong = 0;

	for (int s = 0; s < 86400; s += 7) {
		char number[40], want[40];
		struct workbook_cell c;

		arena_reset(&arena);
		snprintf(number, sizeof(number), "%.15G", 45000 + s / 86400.0);
		snprintf(want, sizeof(want), "2023-03-15T%02d:%02d:%02d.000Z",
			 s / 3600, s / 60 % 60, s % 60);
		c = of(number, SHOWN_DATE_TIME);
		wrong += c.kind != CELL_INSTANT || !str_eq(c.text, str_of(want));
		snprintf(number, sizeof(number), "%.15G", s / 86400.0);
		c = of(number, SHOWN_TIME);
		wrong += c.kind != CELL_TEXT ||
			 !str_eq(c.text, str_cut(str_of(want), 11, 19));
	}
	is_int((int64_t)wrong, 0, "seconds are whole");
	ok(str_eq(of("45000.0000000116", SHOWN_TIME).text,
		  S("2023-03-15T00:00:00.001Z")),
	   "to the millisecond");
	ok(str_eq(of("1.5", SHOWN_SPAN).text, S("36:00:00")),
	   "a span is longer than a day");
	ok(str_eq(of("0.0000116", SHOWN_SPAN).text, S("00:00:01.002")),
	   "or a second");
}

static void
texts(void)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"", ""},
	    {"plain_x", "plain_x"},
	    {"_x0041_", "A"},
	    {"a_x00e4_b_x00E4_", "aäbä"},
	    {"_x005F_x0041_", "_x0041_"},
	    {"__x0041__", "_A_"},
	    {"_x004_", "_x004_"},
	    {"_X0041_", "_X0041_"},
	    {"_x004G_", "_x004G_"},
	    {"_x0000_", "_x0000_"},
	    {"_xD83D__xDE00_", "\xf0\x9f\x98\x80"},
	    {"_xD83D_", "_xD83D_"},
	    {"_xDE00__xD83D_", "_xDE00__xD83D_"},
	    {"_x0009__x000D_", "\t\r"},
	};
	struct buf b;

	buf_init(&b);
	for (size_t i = 0; i < COUNT(rows); i++) {
		buf_reset(&b);
		text_unescape(&b, str_of(rows[i].in));
		ok(str_eq(buf_str(&b), str_of(rows[i].out)), "\"%s\"",
		   rows[i].in);
	}
	buf_fini(&b);
}

int
main(void)
{
	utc = (struct clock){.zone = zone_find(S("UTC"))};
	mac = (struct clock){.zone = utc.zone, .from_1904 = true};
	arena_init(&arena);
	numbers();
	doubles();
	days();
	seconds();
	texts();
	arena_fini(&arena);
	return done_testing();
}
