/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The small languages of values: instants, dates, spans, numbers, addresses,
 * networks and phone numbers.  What is read can be written, and reads as the
 * same again.
 */
#include "fuzz.h"

static void
times(struct str s)
{
	const struct zone *zone = zone_find(S("Europe/Berlin"));
	int64_t at, again;
	int32_t date, back;
	struct span span;
	char text[32];

	if (instant_parse(s, &at)) {
		MUST(at >= INSTANT_MIN && at <= INSTANT_MAX);
		MUST(instant_parse((struct str){text, instant_format(at, text)},
				   &again) &&
		     again == at);
	}
	if (date_parse(s, &date))
		MUST(date_parse((struct str){text, date_format(date, text)},
				&back) &&
		     back == date);
	if (span_parse(s, &span)) {
		MUST(span.count >= 1 && span.count <= 100000);
		at = span_move(zone, 1700000000 * SECOND_US, span, -1);
		MUST(at < 1700000000 * SECOND_US);
		MUST(span_move(zone, INSTANT_MAX, span, 1) <= INSTANT_MAX);
		MUST(span_move(zone, INSTANT_MIN, span, -1) >= INSTANT_MIN);
	}
}

static void
numbers(struct str s)
{
	double d, again;
	char text[32];
	uint64_t u;
	int64_t i;

	if (text_to_number(s, &d)) {
		MUST(text_to_number((struct str){text, number_to_text(d, text)},
				    &again) &&
		     again == d);
		MUST(order_to_number(number_to_order(d)) == d);
		if (instant_of_number(d, &i))
			MUST(i >= INSTANT_MIN && i <= INSTANT_MAX);
	}
	if (str_to_u64(s, &u) && u <= INT64_MAX)
		MUST(str_to_i64(s, &i) && (uint64_t)i == u);
}

static void
addresses(struct str s)
{
	struct ip ip, network;
	char phone[17], again[17];
	int bits;

	if (text_to_ip(s, &ip))
		MUST(text_to_network(s, &network, &bits) && bits == 128 &&
		     memcmp(&ip, &network, sizeof(ip)) == 0);
	if (text_to_network(s, &network, &bits))
		MUST(bits >= 0 && bits <= 128);
	if (text_to_phone(s, phone))
		MUST(phone[0] == '+' && strlen(phone) <= 16 &&
		     text_to_phone(str_of(phone), again) &&
		     strcmp(phone, again) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct str s = fuzz_text(data, n);

	times(s);
	numbers(s);
	addresses(s);
	zone_find(s);
	return 0;
}
