/* SPDX-License-Identifier: AGPL-3.0-or-later */
/*
 * Of what the sample audience of `rapport demo` is put together.  Every name
 * is made of common ones.  Rows:
 *   NAMES   eight first names, eight last names
 *   PLACE   city, region, country, zone, language, phones begin with, row of
 *           NAMES, how many people are from there
 *   TOPIC   tag, three openings, the bot's answer, two more by the user, the
 *           end by a person or the bot, two thanks; {n} is an order number
 */
/* clang-format off */
#ifdef NAMES
NAMES("Emma", "Liam", "Olivia", "Noah", "Grace", "Henry", "Lucy", "Jack",
      "Smith", "Taylor", "Walker", "Brown", "Wilson", "Evans", "Clark", "Young")
NAMES("Sofía", "Mateo", "Valentina", "Diego", "Lucía", "José", "Camila", "Andrés",
      "García", "Rodríguez", "Hernández", "Núñez", "Torres", "Vargas", "Rojas", "Peña")
NAMES("Lena", "Paul", "Mia", "Jürgen", "Anna", "Felix", "Zoë", "Björn",
      "Müller", "Schmidt", "Weiß", "Fischer", "Becker", "König", "Wolf", "Jäger")
NAMES("Chloé", "Léo", "Inès", "Hugo", "Zélie", "Émile", "Manon", "Noé",
      "Martin", "Dupont", "Lefèvre", "Moreau", "Girard", "Noël", "Roux", "Fabre")
NAMES("Ana", "João", "Beatriz", "Pedro", "Inês", "Tiago", "Lívia", "Caio",
      "Silva", "Santos", "Oliveira", "Araújo", "Costa", "Gonçalves", "Lima", "Rocha")
NAMES("Aarav", "Diya", "Rohan", "Priya", "Kavya", "Arjun", "Meera", "Vikram",
      "Sharma", "Patel", "Singh", "Gupta", "Iyer", "Reddy", "Nair", "Khan")
NAMES("Yuki", "Haruto", "Sakura", "Ren", "Aoi", "Sota", "Hina", "Kenji",
      "Tanaka", "Suzuki", "Sato", "Watanabe", "Ito", "Kobayashi", "Mori", "Abe")
NAMES("Zofia", "Łukasz", "Hanna", "Wojciech", "Maja", "Paweł", "Ola", "Michał",
      "Nowak", "Kowalska", "Wiśniewski", "Zając", "Król", "Wójcik", "Dąbrowska", "Lis")
NAMES("Aisha", "Omar", "Fatima", "Yusuf", "Chidi", "Amara", "Kofi", "Ngozi",
      "Okafor", "Mensah", "Bello", "Hassan", "Eze", "Diallo", "Abebe", "Mwangi")
#endif
#ifdef PLACE
PLACE("New York",      "New York",        "United States",  "America/New_York",    "English",    "+1212555", 0, 16)
PLACE("Seattle",       "Washington",      "United States",  "America/Los_Angeles", "English",    "+1206555", 0, 9)
PLACE("Austin",        "Texas",           "United States",  "America/Chicago",     "English",    "+1512555", 0, 9)
PLACE("Miami",         "Florida",         "United States",  "America/New_York",    "Spanish",    "+1305555", 1, 6)
PLACE("London",        "England",         "United Kingdom", "Europe/London",       "English",    "+44207946", 0, 12)
PLACE("Edinburgh",     "Scotland",        "United Kingdom", "Europe/London",       "English",    "+44131496", 0, 4)
PLACE("Berlin",        "Berlin",          "Germany",        "Europe/Berlin",       "German",     "+4930231", 2, 9)
PLACE("Munich",        "Bavaria",         "Germany",        "Europe/Berlin",       "German",     "+4989122", 2, 5)
PLACE("Vienna",        "Vienna",          "Austria",        "Europe/Vienna",       "German",     "+431345", 2, 3)
PLACE("Paris",         "Île-de-France",   "France",         "Europe/Paris",        "French",     "+331990", 3, 8)
PLACE("Lyon",          "Auvergne-Rhône-Alpes", "France",    "Europe/Paris",        "French",     "+334991", 3, 4)
PLACE("Madrid",        "Madrid",          "Spain",          "Europe/Madrid",       "Spanish",    "+34911", 1, 6)
PLACE("Mexico City",   "CDMX",            "Mexico",         "America/Mexico_City", "Spanish",    "+5255", 1, 8)
PLACE("Bogotá",        "Cundinamarca",    "Colombia",       "America/Bogota",      "Spanish",    "+57601", 1, 4)
PLACE("São Paulo",     "São Paulo",       "Brazil",         "America/Sao_Paulo",   "Portuguese", "+5511", 4, 9)
PLACE("Lisbon",        "Lisbon",          "Portugal",       "Europe/Lisbon",       "Portuguese", "+35121", 4, 3)
PLACE("Mumbai",        "Maharashtra",     "India",          "Asia/Kolkata",        "English",    "+9122", 5, 10)
PLACE("Bengaluru",     "Karnataka",       "India",          "Asia/Kolkata",        "Hindi",      "+9180", 5, 6)
PLACE("Tokyo",         "Tokyo",           "Japan",          "Asia/Tokyo",          "Japanese",   "+813", 6, 6)
PLACE("Osaka",         "Osaka",           "Japan",          "Asia/Tokyo",          "Japanese",   "+816", 6, 3)
PLACE("Warsaw",        "Masovia",         "Poland",         "Europe/Warsaw",       "Polish",     "+4822", 7, 6)
PLACE("Kraków",        "Lesser Poland",   "Poland",         "Europe/Warsaw",       "Polish",     "+4812", 7, 3)
PLACE("Lagos",         "Lagos",           "Nigeria",        "Africa/Lagos",        "English",    "+2341", 8, 5)
PLACE("Nairobi",       "Nairobi",         "Kenya",          "Africa/Nairobi",      "English",    "+25420", 8, 3)
PLACE("Kathmandu",     "Bagmati",         "Nepal",          "Asia/Kathmandu",      "English",    "+9771", 5, 1)
#endif
#ifdef TOPIC
TOPIC("shipping",
      "Where is my order?", "My parcel has not arrived yet", "How long does shipping take?",
      "I can look that up. What is your order number?",
      "It is {n}", "Order {n}, from last week",
      "Order {n} is with the carrier and should be with you tomorrow.",
      "Great, thank you!", "ok thanks")
TOPIC("returns",
      "I want to send something back", "How do returns work?", "The size is wrong, can I change it?",
      "You have 30 days. Shall I make you a return label?",
      "Yes please", "yes, for order {n}",
      "The label is on its way to your inbox. The refund takes 3 to 5 days.",
      "Perfect", "Thanks for the quick help")
TOPIC("billing",
      "I was charged twice", "Can I get an invoice?", "My discount code does not work",
      "Sorry about that. I am handing you over to a colleague.",
      "Thanks, order {n}", "I will wait",
      "I found it: the second charge for {n} was a reservation and is gone already.",
      "Good to know", "ok, I see it now. Thanks")
TOPIC("sales",
      "Do you have this in blue?", "What is in the team plan?", "Is the lamp coming back in stock?",
      "Let me check that for you. Is it for you or a gift?",
      "For me", "A gift, for next week",
      "We have it in three colours. I put a note on your account so it is kept for you.",
      "Lovely, I will take it", "I will think about it")
TOPIC("account",
      "I cannot log in", "How do I change my email address?", "Please delete my old address",
      "I have sent you a link. Did it arrive?",
      "No, nothing", "Yes, it works now",
      "I changed it by hand, please try once more.",
      "Works, thanks", "Now it does!")
TOPIC("feedback",
      "The new app is great", "Your chat widget is slow on my phone", "I love the packaging!",
      "Thank you for telling us! May we ask you one question about it?",
      "Sure", "ok but quick",
      "Much appreciated, I passed it on to the team.",
      "You are welcome", "👍")
#endif
/* clang-format on */
