/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * IP addresses, networks and telephone numbers, row by row.
 */
#include "../../tap.h"

static void
test_ip(void)
{
	static const struct {
		const char *text, *hex;
	} good[] = {
	    {"192.0.2.1", "00000000000000000000ffffc0000201"},
	    {"0.0.0.0", "00000000000000000000ffff00000000"},
	    {"255.255.255.255", "00000000000000000000ffffffffffff"},
	    {"::ffff:192.0.2.1", "00000000000000000000ffffc0000201"},
	    {"::", "00000000000000000000000000000000"},
	    {"::1", "00000000000000000000000000000001"},
	    {"2001:db8::8:800:200c:417a", "20010db80000000000080800200c417a"},
	    {"2001:DB8:0:0:8:800:200C:417A",
	     "20010db80000000000080800200c417a"},
	};
	static const char *const bad[] = {
	    "",
	    "1.2.3",
	    "1.2.3.4.5",
	    "256.1.1.1",
	    "1.2.3.04",
	    " 1.2.3.4",
	    "1.2.3.4 ",
	    "0x7f.1",
	    "2130706433",
	    ":::",
	    "1::2::3",
	    "12345::",
	    "fe80::1%eth0",
	    "[::1]",
	    "g::",
	    "1.2.3.4/8",
	    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct ip ip;
	char hex[40];

	for (size_t i = 0; i < COUNT(good); i++) {
		ok(text_to_ip(str_of(good[i].text), &ip), "%s", good[i].text);
		hex_encode((struct str){(char *)ip.b, 16}, hex);
		is_str(str_of(hex), str_of(good[i].hex), "its bytes");
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!text_to_ip(str_of(bad[i]), &ip), "refused '%s'", bad[i]);
	ok(!text_to_ip((struct str){"1.2.3.4\0x", 9}, &ip), "refused NUL");
}

static void
test_network(void)
{
	static const struct {
		const char *text;
		int bits;
	} good[] = {
	    {"10.0.0.0/8", 104},      {"0.0.0.0/0", 96},
	    {"192.0.2.1/32", 128},    {"192.0.2.1", 128},
	    {"2001:db8::/32", 32},    {"::/0", 0},
	    {"2001:db8::1/128", 128}, {"2001:db8::1", 128},
	    {"192.0.2.128/25", 121},
	};
	static const char *const bad[] = {
	    "10.1.2.3/8",     "10.0.0.0/33", "10.0.0.0/-1",
	    "10.0.0.0/08",    "10.0.0.0/",   "/8",
	    "2001:db8::1/32", "::/129",      "10.0.0.0/8/8",
	    "192.0.2.129/25", "10.0.0.0/ 8"};
	struct ip ip;
	int bits;

	for (size_t i = 0; i < COUNT(good); i++) {
		bits = -1;
		ok(text_to_network(str_of(good[i].text), &ip, &bits) &&
		       bits == good[i].bits,
		   "%s has %d bits", good[i].text, good[i].bits);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		ok(!text_to_network(str_of(bad[i]), &ip, &bits), "refused %s",
		   bad[i]);
}

static void
test_phone(void)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
	    {"+4930123456", "+4930123456"},
	    {"+49 30 123456", "+4930123456"},
	    {"0049 30/123-456", "+4930123456"},
	    {"+1 (555) 010-9999", "+15550109999"},
	    {" +1.555.010.9999 ", "+15550109999"},
	    {"+1\u00a0555\u202f010\u20119999", "+15550109999"},
	    {"+1234567", "+1234567"},
	    {"+123456789012345", "+123456789012345"},
	    {"+1234567890123456", NULL}, /* 16 digits */
	    {"+123456", NULL},
	    {"030 123456", NULL},
	    {"49 30 123456", NULL},
	    {"+0301234567", NULL}, /* no country begins with 0 */
	    {"++4930123456", NULL},
	    {"+49 30 123456 ext 7", NULL},
	    {"+49301234a6", NULL},
	    {"+", NULL},
	    {"", NULL},
	};
	char out[17];

	for (size_t i = 0; i < COUNT(rows); i++) {
		bool is = text_to_phone(str_of(rows[i].text), out);

		ok(is == (rows[i].want != NULL), "'%s'", rows[i].text);
		if (is && rows[i].want != NULL)
			is_str(str_of(out), str_of(rows[i].want), "in E.164");
	}
}

int
main(void)
{
	test_ip();
	test_network();
	test_phone();
	return done_testing();
}
