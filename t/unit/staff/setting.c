/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Settings: defaults hold until something is stored, and only what a row
 * allows is stored.
 */
#include "house.h"

struct got {
	enum setting which;
	char text[256];
};

static enum err
get(struct kv_txn *txn, void *arg)
{
	struct got *g = arg;

	snprintf(g->text, sizeof(g->text), "%.*s",
		 STR_ARG(setting_text(txn, g->which)));
	return OK;
}

static struct str
now(struct house *h, enum setting which)
{
	static struct got g;

	g.which = which;
	look(h, get, &g);
	return str_of(g.text);
}

static const struct {
	enum setting which;
	const char *value;
	bool good;
} tries[] = {
    {SETTING_EXPORTS_LOCK, "optional", true},
    {SETTING_EXPORTS_LOCK, "never", false},
    {SETTING_EXPORTS_LOCK, "", false},
    {SETTING_EXPORTS_LOCK, "always|optional", false},
    {SETTING_EXPORTS_AEAD, "ocb", true},
    {SETTING_EXPORTS_AEAD, "eax", false},
    {SETTING_EXPORTS_MEMORY, "131072", true},
    {SETTING_EXPORTS_MEMORY, "131073", false},
    {SETTING_EXPORTS_MEMORY, "32768", false},
    {SETTING_EXPORTS_MEMORY, "4194304", false},
    {SETTING_EXPORTS_MEMORY, "65536 ", false},
    {SETTING_EXPORTS_PASSES, "4", true},
    {SETTING_EXPORTS_PASSES, "2", false},
    {SETTING_EXPORTS_PASSES, "33", false},
    {SETTING_EXPORTS_PASSES, "-3", false},
    {SETTING_TIMEZONE, "Asia/Kathmandu", true},
    {SETTING_TIMEZONE, "Nowhere/Town", false},
    {SETTING_TIMEZONE, "../../etc/passwd", false},
    {SETTING_PUBLIC_URL, "https://crm.example.org", true},
    {SETTING_PUBLIC_URL, "", true},
    {SETTING_PUBLIC_URL, "http://localhost:8080", true},
    {SETTING_PUBLIC_URL, "ftp://example.org", false},
    {SETTING_PUBLIC_URL, "https://a b", false},
    {SETTING_PUBLIC_URL, "https://a\"b", false},
    {SETTING_PUBLIC_URL, "https://", false},
};

int
main(void)
{
	struct house h;
	struct who member = {.kind = WHO_MANAGER,
			     .permissions = MAY_USERS_READ};
	struct by by = {.who = &member, .from = S(HOME), .at = NOW};
	char before[256];
	enum setting which;
	enum err e;

	house_open(&h);
	is_str(now(&h, SETTING_EXPORTS_LOCK), S("always"), "locked by default");
	is_str(now(&h, SETTING_EXPORTS_AEAD), S("gcm"), "with GCM");
	for (size_t i = 0; i < COUNT(tries); i++) {
		snprintf(before, sizeof(before), "%.*s",
			 STR_ARG(now(&h, tries[i].which)));
		memset(&h.fault, 0, sizeof(h.fault));
		e = setting_put(h.staff, &h.by, tries[i].which,
				str_of(tries[i].value), &h.fault);
		is_int(e, tries[i].good ? OK : ERR_INVALID, "%s '%s'",
		       settings[tries[i].which].name, tries[i].value);
		is_str(now(&h, tries[i].which),
		       str_of(tries[i].good ? tries[i].value : before),
		       "is what it then is");
		if (!tries[i].good)
			is_str(str_of(h.fault.path),
			       str_of(settings[tries[i].which].name),
			       "and is named");
	}
	is_int(
	    setting_put(h.staff, &by, SETTING_EXPORTS_LOCK, S("always"), NULL),
	    ERR_DENIED, "not without the permission");
	ok(setting_find(S("exports.lock"), &which) &&
	       which == SETTING_EXPORTS_LOCK,
	   "found by name");
	ok(!setting_find(S("exports"), &which), "not by a part of it");
	house_close(&h);
	return done_testing();
}
