# SPDX-License-Identifier: AGPL-3.0-or-later
"""The ten questions, each as our filter and as PostgreSQL's condition.

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


def count_sql(where):
    return f"SELECT count(*) FROM users WHERE {where}"


def page_sql(where):
    return (f"SELECT {', '.join(COLUMNS)} FROM users WHERE {where} "
            f"ORDER BY lastseen DESC, userid DESC LIMIT {LIMIT}")
