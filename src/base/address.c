/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Addresses people are reached at: IP addresses, networks and telephone
 * numbers.  An IPv4 address is kept as the IPv6 address ::ffff:a.b.c.d, so
 * that one order and one prefix length serve both.  A network with host bits
 * set is refused: "10.1.2.3/8" is more often a slip than a wish.  A telephone
 * number is taken only in international form, because nothing here knows the
 * country of a local one.
 */
#include <rapport/base.h>

#include <arpa/inet.h>

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool
ip_read(struct str s, struct ip *out, bool *four)
{
	char z[INET6_ADDRSTRLEN];

	if (s.n == 0 || s.n >= sizeof(z) || memchr(s.p, '\0', s.n) != NULL)
		return false;
	memcpy(z, s.p, s.n);
	z[s.n] = '\0';
	*four = memchr(z, ':', s.n) == NULL;
	if (!*four)
		return inet_pton(AF_INET6, z, out->b) == 1;
	memcpy(out->b, mapped, sizeof(mapped));
	return inet_pton(AF_INET, z, out->b + sizeof(mapped)) == 1;
}

bool
text_to_ip(struct str s, struct ip *out)
{
	struct ip ip;
	bool four;

	if (!ip_read(s, &ip, &four))
		return false;
	*out = ip;
	return true;
}

static bool
ip_has_host_bits(const struct ip *ip, int bits)
{
	for (int i = bits; i < 128; i++)
		if (ip->b[i / 8] & (0x80 >> (i % 8)))
			return true;
	return false;
}

bool
text_to_network(struct str s, struct ip *out, int *bits)
{
	struct str address, rest = s;
	struct ip ip;
	uint64_t n;
	bool four;

	if (!str_split(&rest, '/', &address) || !ip_read(address, &ip, &four))
		return false;
	n = four ? 32 : 128;
	if (rest.p != NULL && (!str_to_u64(rest, &n) || n > (four ? 32 : 128)))
		return false;
	if (four)
		n += 96;
	if (ip_has_host_bits(&ip, (int)n))
		return false;
	*out = ip;
	*bits = (int)n;
	return true;
}

/* Bytes of a separator at the start of s: white space or one of -./() */
static size_t
separator_size(struct str s)
{
	static const struct str wide[] = {
	    {"\xc2\xa0", 2},     /* no-break space */
	    {"\xe2\x80\xaf", 3}, /* narrow no-break space */
	    {"\xe2\x80\x91", 3}, /* no-break hyphen */
	};

	if (memchr(" \t-./()", s.p[0], 7) != NULL)
		return 1;
	for (size_t i = 0; i < COUNT(wide); i++)
		if (str_starts(s, wide[i]))
			return wide[i].n;
	return 0;
}

bool
text_to_phone(struct str s, char out[17])
{
	char digits[15];
	size_t n = 0;

	s = str_trim(s);
	if (str_starts(s, S("+")))
		s = str_cut(s, 1, s.n);
	else if (str_starts(s, S("00")))
		s = str_cut(s, 2, s.n);
	else
		return false;
	while (s.n > 0) {
		size_t skip = separator_size(s);

		if (skip == 0) {
			if (s.p[0] < '0' || s.p[0] > '9' || n == sizeof(digits))
				return false;
			digits[n++] = s.p[0];
			skip = 1;
		}
		s = str_cut(s, skip, s.n);
	}
	if (n < 7 || digits[0] == '0') /* no country code starts with 0 */
		return false;
	out[0] = '+';
	memcpy(out + 1, digits, n);
	out[n + 1] = '\0';
	return true;
}
