# SPDX-License-Identifier: AGPL-3.0-or-later
"""The questions, each as our filter and as PostgreSQL's condition.

Our text comparison ignores case.  The audience spells every value in one way
only, so plain equality, which PostgreSQL answers fastest, has the same
answers; they are compared before anything is timed.
"""

SORT = "-lastSeen"
COLUMNS = ["userId", "default_name", "default_email", "default_country",
           "lastSeen"]
LIMIT = 50


def both(*leaves):
    return {"all": list(leaves)}


QUESTIONS = [
    ("country and language",
     both(["default_country", "is", "United States"],
          ["default_language", "is", "English"]),
     "default_country = 'United States' AND default_language = 'English'"),
    ("country and plan",
     both(["default_country", "is", "India"], ["plan", "is", "free"]),
     "default_country = 'India' AND plan = 'free'"),
    ("language and seen since",
     both(["default_language", "is", "Spanish"],
          ["lastSeen", "after", "2026-06-01T00:00:00Z"]),
     "default_language = 'Spanish' AND lastseen > '2026-06-01T00:00:00Z'"),
    ("source and not a gender",
     both(["default_source", "is", "WhatsApp"],
          ["default_gender", "isNot", "female"]),
     "default_source = 'WhatsApp' AND "
     "default_gender IS DISTINCT FROM 'female'"),
    ("score and country",
     both(["score", ">=", 80], ["default_country", "is", "Germany"]),
     "score >= 80 AND default_country = 'Germany'"),
    ("plan and source",
     both(["plan", "is", "enterprise"], ["default_source", "is", "Slack"]),
     "plan = 'enterprise' AND default_source = 'Slack'"),
    ("zone and not banned",
     both(["default_timezone", "is", "Europe/Berlin"], ["banned", "isFalse"]),
     "default_timezone = 'Europe/Berlin' AND NOT banned"),
    ("city and region",
     both(["default_city", "is", "City 3"],
          ["default_region", "is", "Region 5"]),
     "default_city = 'City 3' AND default_region = 'Region 5'"),
    ("segment and language",
     both(["segment", "hasAny", "VIP"], ["default_language", "is", "English"]),
     "segment && '{VIP}' AND default_language = 'English'"),
    ("country or language",
     {"any": [["default_country", "is", "Brazil"],
              ["default_language", "is", "Portuguese"]]},
     "(default_country = 'Brazil' OR default_language = 'Portuguese')"),
]


# What is somewhere in a name or an e-mail; PostgreSQL has trigrams of both.
CONTAINS = [
    (f"{name} contains {what}", [name, "contains", what],
     f"{name} ILIKE '%{what}%'")
    for name, what in [
        ("default_name", "garcía"), ("default_name", "lo h"),
        ("default_name", "nsen"), ("default_email", "user1234"),
        ("default_email", "r777.1@"), ("default_email", "99.1@mail"),
        ("default_email", "@mail82.example"), ("default_email", "999")]
]

# Few users of many, found by what many have.
RARE = [
    ("city, plan and language",
     both(["default_city", "is", "City 30"], ["plan", "is", "enterprise"],
          ["default_language", "is", "Spanish"]),
     "default_city = 'City 30' AND plan = 'enterprise' AND "
     "default_language = 'Spanish'"),
    ("region, country and source",
     both(["default_region", "is", "Region 41"],
          ["default_country", "is", "Germany"],
          ["default_source", "is", "Slack"]),
     "default_region = 'Region 41' AND default_country = 'Germany' AND "
     "default_source = 'Slack'"),
    ("score, city and gender",
     both(["score", "=", 77], ["default_city", "is", "City 9"],
          ["default_gender", "is", "other"]),
     "score = 77 AND default_city = 'City 9' AND default_gender = 'other'"),
]


def count_sql(where):
    return f"SELECT count(*) FROM users WHERE {where}"


def page_sql(where):
    return (f"SELECT {', '.join(COLUMNS)} FROM users WHERE {where} "
            f"ORDER BY lastseen DESC, userid DESC LIMIT {LIMIT}")
