# SPDX-License-Identifier: AGPL-3.0-or-later
# A person's archive as Python's zipfile and html.parser see it:
#	judge_archive.py FILE.zip DIR
# unpacks it into DIR and prints what the page is made of as JSON: its tags
# with their number, the attributes that occur, and its text.
import html.parser
import json
import sys
import zipfile


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.text = {}, {}, []
        self.open, self.crossed = [], 0
        self.quiet = 0

    def handle_starttag(self, tag, attrs):
        self.tags[tag] = self.tags.get(tag, 0) + 1
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.crossed += 1

    def handle_data(self, data):
        if "style" not in self.open and "title" not in self.open:
            self.text.append(data)


with zipfile.ZipFile(sys.argv[1]) as z:
    bad = z.testzip()
    names = z.namelist()
    z.extractall(sys.argv[2])
page = Page()
with open(sys.argv[2] + "/person.html", encoding="utf-8", newline="") as f:
    page.feed(f.read())
page.close()
print(json.dumps({
    "names": names, "bad": bad, "tags": page.tags,
    "attributes": {k: sorted(v) for k, v in page.attributes.items()},
    "open": page.open, "crossed": page.crossed,
    "text": "\x00".join(page.text)}))
