/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * The sample audience is tables and dice: places with their languages and
 * names, topics with their openings and turns.  People come more and more
 * often towards the present, at the hours of their own day, return with a long
 * tail, and the newest chats are still open.  Every name is put together from
 * common ones, every address is under .example or one of the networks kept
 * for documentation (RFC 5737, RFC 3849).
 */
#include "audience.h"

#include <stdio.h>

#define MINUTE (60 * SECOND_US)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define SPAN_DAYS 180

static const struct names {
	const char *first[8], *last[8];
} names[] = {
#define NAMES(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p) \
	{{a, b, c, d, e, f, g, h}, {i, j, k, l, m, n, o, p}},
#include <tbl/sample.h>
#undef NAMES
};

static const struct place {
	const char *city, *region, *country, *zone, *language, *dial;
	uint8_t names, weight;
} places[] = {
#define PLACE(...) {__VA_ARGS__},
#include <tbl/sample.h>
#undef PLACE
};

static const struct topic {
	const char *tag, *opening[3], *bot, *more[2], *end, *thanks[2];
} topics[] = {
#define TOPIC(tag, a, b, c, bot, d, e, end, f, g) \
	{tag, {a, b, c}, bot, {d, e}, end, {f, g}},
#include <tbl/sample.h>
#undef TOPIC
};

static const char *const sources[] = {"Chat Widget", "WhatsApp", "Messenger",
				      "LiveChat",    "Slack",    "Telegram"};
static const uint8_t source_weights[] = {34, 26, 16, 12, 6, 6};
static const char *const pages[] = {
    "https://shop.example/",        "https://shop.example/lamps",
    "https://shop.example/chairs",  "https://shop.example/help",
    "https://shop.example/pricing", "https://shop.example/cart"};
static const char *const referrers[] = {
    "https://search.example/", "https://news.example/design",
    "https://social.example/", "https://blog.example/best-lamps"};
static const char *const interests[] = {"lamps", "chairs", "rugs", "plants",
					"desks"};
static const char *const plans[] = {"free", "plus", "team"};
static const uint8_t plan_weights[] = {70, 22, 8};
static const char *const flows[] = {"Welcome", "Order status", "Feedback",
				    "Lead form"};
static const char *const managers[][2] = {
    {"manager-1", "Dana"}, {"manager-2", "Robin"}, {"manager-3", "Sam"}};
/* How much is said in each hour of the local day. */
static const uint8_t hours[24] = {2,  1,  1,  1,  1,  2,  4,  7,
				  10, 12, 13, 13, 12, 12, 13, 13,
				  12, 12, 13, 14, 13, 10, 7,  4};

/* Dice --------------------------------------------------------------------- */

static uint64_t
roll(struct audience *a, uint64_t below)
{
	uint64_t z = a->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	z ^= z >> 31;
	return z % below;
}

static bool
chance(struct audience *a, unsigned percent)
{
	return roll(a, 100) < percent;
}

static size_t
weighted(struct audience *a, const uint8_t *weights, size_t n)
{
	uint64_t total = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < n; k++)
		total += weights[k];
	at = roll(a, total);
	while (at >= weights[i])
		at -= weights[i++];
	return i;
}

static const struct place *
place_of(struct audience *a)
{
	uint64_t total = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < COUNT(places); k++)
		total += places[k].weight;
	at = roll(a, total);
	while (at >= places[i].weight)
		at -= places[i++].weight;
	return &places[i];
}

/* An instant of the day that `at` lies in, by the habits of the place. */
static int64_t
habit(struct audience *a, const struct place *p, int64_t at)
{
	const struct zone *zone = zone_find(str_of(p->zone));
	int64_t day, when;

	if (zone == NULL)
		zone = zone_find(S("UTC"));
	day = zone_day_start(zone, zone_date(zone, at));
	when = day + (int64_t)weighted(a, hours, COUNT(hours)) * HOUR +
	       (int64_t)roll(a, 3600) * SECOND_US;
	return when < a->now ? when : at;
}

/* Writing ------------------------------------------------------------------ */

static struct json_out *
event(struct audience *a, const char *type)
{
	json_out_init(&a->j, &a->out);
	json_object(&a->j);
	json_kt(&a->j, "type", str_of(type));
	return &a->j;
}

static void
event_end(struct audience *a)
{
	json_object_end(&a->j);
	buf_c(&a->out, '\n');
}

void
audience_house(struct audience *a)
{
	int64_t start = a->now - SPAN_DAYS * DAY;

	event(a, "bot");
	json_kt(&a->j, "id", S("bot-1"));
	json_kt(&a->j, "name", S("Helper"));
	json_kat(&a->j, "at", start);
	event_end(a);
	for (size_t i = 0; i < COUNT(managers); i++) {
		event(a, "manager");
		json_kt(&a->j, "id", str_of(managers[i][0]));
		json_kt(&a->j, "name", str_of(managers[i][1]));
		json_kt(&a->j, "role", i ? S("Member") : S("Owner"));
		json_kat(&a->j, "at", start);
		event_end(a);
	}
	for (size_t i = 0; i < COUNT(topics); i++) {
		event(a, "tag");
		json_kt(&a->j, "id", str_of(topics[i].tag));
		json_kt(&a->j, "name", str_of(topics[i].tag));
		json_kat(&a->j, "at", start);
		event_end(a);
	}
}

/* One person --------------------------------------------------------------- */

struct person {
	uint64_t number;
	const struct place *place;
	const char *first, *last, *source;
	char id[40];
	int64_t seen; /* first */
	size_t chats;
};

static void
attribute_places(struct audience *a, const struct person *p)
{
	struct json_out *j = &a->j;

	json_kt(j, "city", str_of(p->place->city));
	json_kt(j, "region", str_of(p->place->region));
	json_kt(j, "country", str_of(p->place->country));
	json_kt(j, "timezone", str_of(p->place->zone));
	json_kt(j, "language", str_of(p->place->language));
}

/* The letters a to z of a name, for an address. */
static void
plain(struct buf *b, const char *name)
{
	struct buf folded;

	buf_init(&folded);
	text_fold(&folded, str_of(name));
	for (size_t i = 0; i < folded.n; i++)
		if (folded.p[i] >= 'a' && folded.p[i] <= 'z')
			buf_c(b, folded.p[i]);
	buf_fini(&folded);
}

static void
attribute_contact(struct audience *a, const struct person *p)
{
	struct json_out *j = &a->j;
	struct buf b;

	buf_init(&b);
	if (chance(a, 78)) {
		plain(&b, p->first);
		buf_c(&b, '.');
		plain(&b, p->last);
		buf_printf(&b, "%llu@mail.example",
			   (unsigned long long)p->number);
		json_kt(j, "email", buf_str(&b));
	}
	buf_reset(&b);
	if (chance(a, 45)) {
		buf_printf(&b, "%s%0*u", p->place->dial,
			   strlen(p->place->dial) < 8 ? 6 : 4,
			   (unsigned)roll(a, 10000));
		json_kt(j, "phone", buf_str(&b));
	}
	buf_reset(&b);
	if (chance(a, 12))
		buf_printf(&b, "2001:db8:%x::%x", (unsigned)roll(a, 65536),
			   (unsigned)roll(a, 65535) + 1);
	else
		buf_printf(&b, "%s.%u",
			   (const char *[]){"192.0.2", "198.51.100",
					    "203.0.113"}[roll(a, 3)],
			   (unsigned)roll(a, 254) + 1);
	json_kt(j, "ip", buf_str(&b));
	buf_fini(&b);
}

static void
attribute_custom(struct audience *a, const struct person *p)
{
	struct json_out *j = &a->j;
	char date[16];

	json_kt(j, "plan",
		str_of(plans[weighted(a, plan_weights, COUNT(plans))]));
	json_ki(j, "orders", (int64_t)(roll(a, 4) * roll(a, 4)));
	json_key(j, S("signupDate"));
	date_format((int32_t)(p->seen / DAY), date);
	json_text(j, str_of(date));
	json_kb(j, "trial", chance(a, 20));
	json_key(j, S("interests"));
	json_array(j);
	for (size_t i = 0; i < COUNT(interests); i++)
		if (chance(a, 25))
			json_text(j, str_of(interests[i]));
	json_array_end(j);
}

static void
person_event(struct audience *a, const struct person *p)
{
	struct json_out *j = event(a, "user");
	char name[80];

	json_kt(j, "userId", str_of(p->id));
	json_kat(j, "at", p->seen);
	json_key(j, S("attributes"));
	json_object(j);
	snprintf(name, sizeof(name), "%s %s", p->first, p->last);
	if (chance(a, 92))
		json_kt(j, "name", str_of(name));
	attribute_places(a, p);
	attribute_contact(a, p);
	json_kt(j, "url", str_of(pages[roll(a, COUNT(pages))]));
	if (chance(a, 60))
		json_kt(j, "referrer",
			str_of(referrers[roll(a, COUNT(referrers))]));
	attribute_custom(a, p);
	json_object_end(j);
	json_key(j, S("segments"));
	json_array(j);
	if (chance(a, 22))
		json_text(j, S("Newsletter"));
	if (chance(a, 12))
		json_text(j, S("Leads"));
	if (p->chats > 3)
		json_text(j, S("Regulars"));
	if (chance(a, 3))
		json_text(j, S("VIP"));
	json_array_end(j);
	if (chance(a, 1))
		json_kb(j, "banned", true);
	event_end(a);
}

static void
contact_events(struct audience *a, const struct person *p)
{
	struct json_out *j;

	if (chance(a, 60)) {
		j = event(a, "consent");
		json_kt(j, "userId", str_of(p->id));
		json_kt(j, "state", chance(a, 88) ? S("in") : S("out"));
		json_kt(j, "channel", str_of(p->source));
		json_kat(j, "at", p->seen + MINUTE);
		event_end(a);
	}
	if (chance(a, 4)) {
		j = event(a, "validity");
		json_kt(j, "userId", str_of(p->id));
		json_kb(j, "valid", false);
		json_kt(j, "reason", S("unknown number"));
		json_kat(j, "at",
			 p->seen + DAY < a->now ? p->seen + DAY : a->now);
		event_end(a);
	}
}

static void
flow_events(struct audience *a, const struct person *p, size_t chat, int64_t at)
{
	const char *flow = flows[chat == 0 ? 0 : roll(a, COUNT(flows))];
	bool done = chance(a, 65);
	char run[64];

	snprintf(run, sizeof(run), "%s-r%zu", p->id, chat);
	for (int step = 0; step <= done; step++) {
		struct json_out *j = event(a, "flow");

		json_kt(j, "userId", str_of(p->id));
		json_kt(j, "flow", str_of(flow));
		json_kt(j, "runId", str_of(run));
		json_kt(j, "event", step ? S("completed") : S("started"));
		if (step == 0)
			json_kt(j, "cause",
				chance(a, 70) ? S("keyword") : S("broadcast"));
		json_kat(j, "at", at + step * 3 * MINUTE);
		event_end(a);
	}
}

/* Chats -------------------------------------------------------------------- */

struct talk {
	const struct person *person;
	char id[64];
	char order[8];
	int64_t at;
	unsigned said;
};

static void
say(struct audience *a, struct talk *t, const char *type, const char *who,
    const char *line)
{
	struct json_out *j;
	char text[256], id[80];
	const char *mark = strstr(line, "{n}");

	if (t->at > a->now)
		return;
	if (mark != NULL)
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(mark - line),
			 line, t->order, mark + 3);
	else
		snprintf(text, sizeof(text), "%s", line);
	snprintf(id, sizeof(id), "%s-%u", t->id, t->said++);
	j = event(a, "message");
	json_kt(j, "chatId", str_of(t->id));
	json_kt(j, "messageId", str_of(id));
	json_kt(j, "personType", str_of(type));
	json_kt(j, "personId", str_of(who));
	json_kat(j, "at", t->at);
	json_kt(j, "text", str_of(text));
	event_end(a);
	if (*type != 'u' && chance(a, 2)) {
		j = event(a, "delivery");
		json_kt(j, "messageId", str_of(id));
		json_kt(j, "status", S("failed"));
		json_key(j, S("error"));
		json_object(j);
		json_kt(j, "code", S("131026"));
		json_kt(j, "title", S("Message undeliverable"));
		json_object_end(j);
		json_kat(j, "at", t->at + 2 * SECOND_US);
		event_end(a);
	}
}

static void
pause_for(struct audience *a, struct talk *t, unsigned least, unsigned most)
{
	t->at += (int64_t)(least + roll(a, most - least)) * SECOND_US;
}

/* What is said; returns the manager who took part, or NULL. */
static const char *
conversation(struct audience *a, struct talk *t, const struct topic *topic)
{
	const char *manager = NULL;
	const char *user = t->person->id;

	say(a, t, "user", user, topic->opening[roll(a, 3)]);
	pause_for(a, t, 1, 4);
	say(a, t, "bot", "bot-1", topic->bot);
	if (chance(a, 15))
		return NULL; /* and gone */
	pause_for(a, t, 10, 120);
	say(a, t, "user", user, topic->more[roll(a, 2)]);
	if (chance(a, 55)) {
		manager = managers[roll(a, COUNT(managers))][0];
		pause_for(a, t, 30, 1500);
		say(a, t, "manager", manager, topic->end);
	} else {
		pause_for(a, t, 1, 4);
		say(a, t, "bot", "bot-1", topic->end);
	}
	pause_for(a, t, 5, 300);
	if (chance(a, 70))
		say(a, t, "user", user, topic->thanks[roll(a, 2)]);
	return manager;
}

static void
chat_event(struct audience *a, const struct talk *t, const struct topic *topic,
	   int64_t opened, const char *manager)
{
	int64_t closed = t->at + 10 * MINUTE;
	struct json_out *j = event(a, "chat");

	json_kt(j, "chatId", str_of(t->id));
	json_kt(j, "userId", str_of(t->person->id));
	json_kat(j, "openedAt", opened);
	if (closed < a->now) {
		json_kat(j, "closedAt", closed);
		json_kt(j, "state", S("closed"));
	}
	json_kt(j, "source", str_of(t->person->source));
	json_key(j, S("tags"));
	json_array(j);
	json_text(j, str_of(topic->tag));
	if (manager == NULL && chance(a, 40))
		json_text(j, S("solved by bot"));
	json_array_end(j);
	if (manager != NULL)
		json_kt(j, "assigneeId", str_of(manager));
	json_key(j, S("attributes"));
	json_object(j);
	json_kt(j, "topic", str_of(topic->tag));
	if (t->said > 2)
		json_kt(j, "orderNumber", str_of(t->order));
	json_object_end(j);
	event_end(a);
}

static void
chat(struct audience *a, const struct person *p, size_t n, int64_t at)
{
	const struct topic *topic = &topics[roll(a, COUNT(topics))];
	struct talk t = {.person = p, .at = at};
	const char *manager;

	snprintf(t.id, sizeof(t.id), "%s-c%zu", p->id, n);
	snprintf(t.order, sizeof(t.order), "A%05u", (unsigned)roll(a, 100000));
	if (chance(a, 35))
		flow_events(a, p, n, at);
	manager = conversation(a, &t, topic);
	chat_event(a, &t, topic, at, manager);
}

void
audience_person(struct audience *a, uint64_t i)
{
	struct person p = {.number = i, .place = place_of(a), .chats = 1};
	const struct names *n = &names[p.place->names];
	uint64_t age = roll(a, 1000);

	p.first = n->first[roll(a, 8)];
	p.last = n->last[roll(a, 8)];
	p.source = sources[weighted(a, source_weights, COUNT(sources))];
	snprintf(p.id, sizeof(p.id), "sample-%llu-%llu",
		 (unsigned long long)a->seed, (unsigned long long)i);
	/* The square brings more people towards the present. */
	age = age * age / 1000;
	p.seen = habit(a, p.place,
		       a->now - (int64_t)age * (SPAN_DAYS * DAY / 1000) -
			   (int64_t)roll(a, 3600) * SECOND_US - MINUTE);
	while (p.chats < 40 && chance(a, 42))
		p.chats++;
	person_event(a, &p);
	contact_events(a, &p);
	chat(a, &p, 0, p.seen);
	for (size_t k = 1; k < p.chats; k++) {
		int64_t since = a->now - p.seen, at;

		at = p.seen +
		     (int64_t)(roll(a, 1000000) * (uint64_t)since / 1000000);
		at = habit(a, p.place, at);
		at -= at % SECOND_US;
		chat(a, &p, k, at > p.seen ? at : p.seen);
	}
}
