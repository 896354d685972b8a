"""Every mistake in a configuration gives an error that is enough to mend it."""

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.settings import load
from tests.settings.configurations import (
    WORKING,
    with_section,
    with_subscriber,
    with_topic,
    written,
)


def problems_of(path: Path, env: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        load(path, env=env or {}, strict=True)
    return caught.value.problems


def only_problem_of(path: Path, env: dict[str, str] | None = None) -> str:
    (problem,) = problems_of(path, env)
    return problem


# case: the text, then the key, what is wrong, and the cure, as the error must name them.
MISTAKES = {
    "unknown section": (
        with_section("emial", "x = 1"),
        "emial",
        "no such key",
        'Did you mean "email"?',
    ),
    "unknown top-level key": (
        'databse = "x"\n' + WORKING,
        "databse",
        "no such key",
        'Did you mean "database"?',
    ),
    "unknown key without a near one": (
        with_section("owner", "zzz = 1"),
        "owner.zzz",
        "no such key",
        'Remove it, or write "email", "quiet_after" or "heartbeat".',
    ),
    "unknown key in a section": (
        with_section("email", 'hots = "x"'),
        "email.hots",
        "no such key",
        'Did you mean "host"?',
    ),
    "unknown key of a subscriber": (
        with_subscriber('time_zone = "UTC"'),
        'subscriber "ana": time_zone',
        "no such key",
        'Did you mean "timezone"?',
    ),
    "unknown key of a topic": (
        with_topic('keyword = ["RAG"]\nkeywords = ["RAG"]'),
        'topic "RAG": keyword',
        "no such key",
        'Did you mean "keywords"?',
    ),
    "a key that begins with an underscore": (
        '_env_file = "x"\n' + WORKING,
        "_env_file",
        "no such key",
        "Remove it",
    ),
    "plural table names": (
        WORKING + '[[topics]]\nname = "x"\n',
        "topics",
        "no such key",
        'Did you mean "topic"?',
    ),
    "single brackets for a subscriber": (
        WORKING.replace("[[subscriber]]", "[subscriber]"),
        "subscriber",
        "must be a list of tables",
        "Write [[subscriber]]",
    ),
    "single brackets for a topic": (
        WORKING.replace("[[topic]]", "[topic]"),
        "topic",
        "must be a list of tables",
        "Write [[topic]]",
    ),
    "double brackets for a section": (
        WORKING.replace("[email]", "[[email]]"),
        "email",
        "must be a table",
        "Write [email]",
    ),
    "a subscriber that is no table": (
        'subscriber = ["ana"]\n' + WORKING.partition("[[subscriber]]")[0],
        "subscriber number 1",
        "must be a table",
        "Write [[subscriber]]",
    ),
    "a secret in the file": (
        with_section("email", 'username = "u"\npassword = "hunter2"'),
        "email.password",
        "must not stand in the file",
        "DAILY_PAPERS_EMAIL__PASSWORD",
    ),
    "a token in the file": (
        with_section("slack", 'token = "xoxb-hunter2"'),
        "slack.token",
        "must not stand in the file",
        "DAILY_PAPERS_SLACK__TOKEN",
    ),
    "a secret under a wrong key": (
        with_section("email", 'passwd = "hunter2"'),
        "email.passwd",
        "no such key",
        "DAILY_PAPERS_EMAIL__PASSWORD",
    ),
    "a user name without a password": (
        with_section("email", 'username = "papers"'),
        "email.password",
        "no password",
        "email__password",
    ),
    "an empty user name": (
        with_section("email", 'username = ""'),
        "email.username",
        "empty",
        "leave the key out",
    ),
    "email without its host": (
        WORKING.replace('host = "smtp.example.org"\n', ""),
        "email.host",
        "missing",
        'host = "smtp.example.org"',
    ),
    "email without its sender": (
        WORKING.replace('sender = "Daily Papers <papers@example.org>"\n', ""),
        "email.sender",
        "missing",
        "sender = ",
    ),
    "a host with its port": (
        WORKING.replace("smtp.example.org", "smtp.example.org:465"),
        "email.host",
        "not a host name",
        "the port has its own key",
    ),
    "a host with a scheme": (
        WORKING.replace("smtp.example.org", "smtps://smtp.example.org"),
        "email.host",
        "not a host name",
        "Write the name alone",
    ),
    "a port in words": (
        with_section("email", 'port = "smtps"'),
        "email.port",
        "not a whole number",
        "port = 465",
    ),
    "a port that is true": (
        with_section("email", "port = true"),
        "email.port",
        "not a number",
        "Write digits",
    ),
    "a broken port": (
        with_section("email", "port = 46.5"),
        "email.port",
        "not a whole number",
        "port = 465",
    ),
    "port 0": (with_section("email", "port = 0"), "email.port", "too small", "at least 1"),
    "a port above all": (
        with_section("email", "port = 65536"),
        "email.port",
        "too large",
        "at most 65535",
    ),
    "an unknown kind of TLS": (
        with_section("email", 'tls = "start-tls"'),
        "email.tls",
        '"start-tls" is not possible',
        '"starttls"',
    ),
    "mail in clear over the network": (
        with_section("email", 'tls = "none"'),
        "email.tls",
        "in clear",
        '"starttls" (port 587)',
    ),
    "no messages at all": (
        with_section("email", "per_minute = 0"),
        "email.per_minute",
        "too small",
        "at least 1",
    ),
    "an unknown policy": (
        with_section("email", 'on_uncertain = "drop"'),
        "email.on_uncertain",
        "not possible",
        '"resend" or "hold"',
    ),
    "a sender without an address": (
        WORKING.replace("Daily Papers <papers@example.org>", "Daily Papers"),
        "email.sender",
        "not an email address",
        "Write",
    ),
    "a sender of two addresses": (
        WORKING.replace("Daily Papers <papers@example.org>", "<a@example.org> <b@example.org>"),
        "email.sender",
        "not a sender",
        '"Name <papers@example.org>"',
    ),
    "a sender with an encoded word": (
        WORKING.replace("Daily Papers <", "=?utf-8?q?a=0ABcc:_x?= <"),
        "email.sender",
        "not a sender",
        "Write",
    ),
    "an address without a domain": (
        WORKING.replace("ana@example.org", "ana"),
        'subscriber "ana": email',
        '"ana" is not an email address',
        '"ana@example.org"',
    ),
    "an address with two at-signs": (
        WORKING.replace("ana@example.org", "ana@@example.org"),
        'subscriber "ana": email',
        "not an email address",
        "Write one such as",
    ),
    "an address without a top-level domain": (
        WORKING.replace("ana@example.org", "ana@gmail"),
        'subscriber "ana": email',
        "should have a period",
        "Write one such as",
    ),
    "an address with a line break": (
        WORKING.replace("ana@example.org", r"ana@example.org\r\nBcc: eve@example.org"),
        'subscriber "ana": email',
        r"ana@example.org\r\nBcc",
        "Write one such as",
    ),
    "a quoted local part": (
        WORKING.replace('"ana@example.org"', "'\"ana b\"@example.org'"),
        'subscriber "ana": email',
        "not an email address",
        "Write one such as",
    ),
    "an IP literal": (
        WORKING.replace("ana@example.org", "ana@[127.0.0.1]"),
        'subscriber "ana": email',
        "not an email address",
        "Write one such as",
    ),
    "an address with a display name": (
        WORKING.replace("ana@example.org", "Ana <ana@example.org>"),
        'subscriber "ana": email',
        "not an email address",
        "Write one such as",
    ),
    "an address that is not in a list": (
        WORKING.replace('["ana@example.org"]', '"ana@example.org"'),
        'subscriber "ana": email',
        "must be a list",
        'email = ["ana@example.org"]',
    ),
    "an address that is a number": (
        WORKING.replace('["ana@example.org"]', "[5]"),
        'subscriber "ana": email',
        "5 is not text",
        "in quotes",
    ),
    "an address twice": (
        WORKING.replace('"ana@example.org"', '"ana@example.org", "Ana@Example.org"'),
        'subscriber "ana": email',
        '"Ana@Example.org" is listed twice',
        "Remove one",
    ),
    "a maildir twice": (
        with_subscriber('maildir = ["var/mail", "./var//mail"]'),
        'subscriber "ana": maildir',
        "listed twice",
        "Remove one",
    ),
    "a maildir without a name": (
        with_subscriber('maildir = [""]'),
        'subscriber "ana": maildir',
        "not a path",
        '"var/mail"',
    ),
    "a home directory that does not exist": (
        'database = "~nobody-at-all/x.db"\n' + WORKING,
        "database",
        "home directory",
        "Write the whole path",
    ),
    "a database that is a number": (
        "database = 5\n" + WORKING,
        "database",
        "5 is not a path",
        "Write one such as",
    ),
    "a Slack channel without its sign": (
        with_subscriber('slack = ["papers"]'),
        'subscriber "ana": slack',
        '"papers" is not a Slack channel',
        '"#channel-name"',
    ),
    "a Slack channel without a token": (
        with_subscriber('slack = ["#papers"]'),
        "slack.token",
        "the token is missing",
        "DAILY_PAPERS_SLACK__TOKEN",
    ),
    "Slack in clear": (
        with_section("slack", 'api_url = "http://slack.example.org/api/"'),
        "slack.api_url",
        "in clear",
        "https://",
    ),
    "email without its section": (
        WORKING.replace(
            '[email]\nhost = "smtp.example.org"\nsender = "Daily Papers <papers@example.org>"', ""
        ),
        "email",
        'the section [email] is missing, but subscriber "ana"',
        "Add [email]",
    ),
    "a sender that other servers would not take": (
        WORKING.replace("papers@example.org", "päpers@example.org"),
        "email.sender",
        "must be ASCII",
        'such as "papers@example.org"',
    ),
    "a database below a section": (
        with_section("email", 'database = "x.db"'),
        "email.database",
        "stands at the top of the main file",
        "Move it above the first table",
    ),
    "a length of keeping below a subscriber": (
        with_subscriber('retention = "1y"'),
        'subscriber "ana": retention',
        "stands at the top of the main file",
        "Move it above the first table",
    ),
    "a database that is a directory": (
        'database = "/"\n' + WORKING,
        "database",
        '"/" is a directory',
        'Write the path of a file, such as "var/daily-papers.db"',
    ),
    "a database below a file": (
        'database = "/dev/null/papers/x.db"\n' + WORKING,
        "database",
        '"/dev/null" is not a directory',
        'Write the path of a file, such as "var/daily-papers.db"',
    ),
    "a keyword with a wildcard": (
        with_topic('keywords = ["graph*"]'),
        'topic "RAG": keywords',
        '"graph*"',
        "Leave it out: words match in all their inflections",
    ),
    "an excluded word without a letter": (
        with_topic('keywords = ["RAG"]\nexclude = ["…"]'),
        'topic "RAG": exclude',
        "no letter or digit",
        "Write a word or a phrase",
    ),
    "a subscriber twice but for its case": (
        WORKING + '[[subscriber]]\nname = "Ana"\nmaildir = ["var/mail"]\n',
        'subscriber "Ana": name',
        "names are compared without case",
        "Rename one",
    ),
    "a first digest from further back than polls look": (
        with_subscriber('since = "5w"'),
        'subscriber "ana": since',
        "polls look 30 days back",
        'Write at most "30d"',
    ),
    "a switch that is neither on nor off": (
        with_subscriber('weekly_note = "yes"'),
        'subscriber "ana": weekly_note',
        '"yes" is neither true nor false',
        "without quotes, for example: weekly_note = true",
    ),
    "a layout that there is not": (
        with_subscriber('layout = "compect"'),
        'subscriber "ana": layout',
        '"compect" is not possible here. Did you mean "compact"?',
        'Write "full", "compact" or "titles"',
    ),
    "an order that there is not": (
        with_subscriber('sort = "oldest"'),
        'subscriber "ana": sort',
        '"oldest" is not possible here.',
        'Write "best" or "newest"',
    ),
    "a frequency that there is not": (
        with_subscriber('frequency = "monthly"'),
        'subscriber "ana": frequency',
        '"monthly" is not possible here.',
        'Write "daily" or "weekly"',
    ),
    "no papers at all": (
        with_subscriber("max_papers = 0"),
        'subscriber "ana": max_papers',
        "0 is too small",
        "Write at least 1",
    ),
    "papers by the word": (
        with_subscriber('max_papers = "ten"'),
        'subscriber "ana": max_papers',
        '"ten" is not a whole number',
        "max_papers = 20",
    ),
    "once a week, immediately": (
        with_subscriber('frequency = "weekly"\ndeliver_at = "immediately"'),
        'subscriber "ana": frequency',
        'deliver_at = "immediately" exclude each other',
        'Write an hour, such as deliver_at = "08:30", or leave frequency out',
    ),
    "a subscriber without a channel": (
        WORKING.replace('email = ["ana@example.org"]', ""),
        'subscriber "ana"',
        "no digest can reach it",
        'maildir = ["var/mail"]',
    ),
    "a subscriber with an empty channel": (
        WORKING.replace('email = ["ana@example.org"]', "email = []"),
        'subscriber "ana"',
        "no digest can reach it",
        "Add one",
    ),
    "a subscriber without a name": (
        WORKING.replace('name = "ana"\n', ""),
        "subscriber number 1: name",
        "missing",
        'name = "ana"',
    ),
    "a subscriber twice": (
        WORKING + '[[subscriber]]\nname = "ana"\nmaildir = ["var/mail"]\n',
        'subscriber "ana": name',
        "another subscriber has this name",
        "Rename one",
    ),
    "a name with a line break": (
        WORKING.replace('name = "ana"', r'name = "an\na"'),
        r'subscriber "an\na": name',
        "cannot be a name",
        "visible characters",
    ),
    "a name of nothing": (
        WORKING.replace('name = "ana"', 'name = ""'),
        "name",
        "cannot be a name",
        "1 to 100",
    ),
    "an unknown zone": (
        with_subscriber('timezone = "Europe/Madird"'),
        'subscriber "ana": timezone',
        "not a time zone",
        'Did you mean "Europe/Madrid"?',
    ),
    "a city for a zone": (
        with_subscriber('timezone = "New York"'),
        'subscriber "ana": timezone',
        "not a time zone",
        'Did you mean "America/New_York"?',
    ),
    "a zone that is a path": (
        with_subscriber('timezone = "../../etc/passwd"'),
        'subscriber "ana": timezone',
        "not a time zone",
        "IANA name",
    ),
    "a zone that is a continent": (
        with_subscriber('timezone = "Europe"'),
        'subscriber "ana": timezone',
        "not a time zone",
        "",
    ),
    "an hour without its zero": (
        with_subscriber('deliver_at = "8:30"'),
        'subscriber "ana": deliver_at',
        '"8:30" is not an hour',
        '"08:30"',
    ),
    "hour 24": (
        with_subscriber('deliver_at = "24:00"'),
        'subscriber "ana": deliver_at',
        "not an hour",
        '"23:59"',
    ),
    "an hour that is a number": (
        with_subscriber("deliver_at = 8"),
        'subscriber "ana": deliver_at',
        "8 is not an hour",
        '"immediately"',
    ),
    "a whole day's name": (
        with_subscriber('days = ["Monday"]'),
        'subscriber "ana": days',
        '"Monday" is not a day',
        'Did you mean "mon"?',
    ),
    "no such day": (
        with_subscriber('days = ["xyz"]'),
        'subscriber "ana": days',
        "not a day",
        'Write "mon"',
    ),
    "no day at all": (
        with_subscriber("days = []"),
        'subscriber "ana": days',
        "the list is empty",
        "leave the key out",
    ),
    "an unknown topic": (
        with_subscriber('topics = ["RAGG"]'),
        'subscriber "ana": topics',
        'no topic "RAGG"',
        'Did you mean "RAG"?',
    ),
    "an unknown topic unlike any other": (
        with_subscriber('topics = ["astronomy"]'),
        'subscriber "ana": topics',
        'no topic "astronomy"',
        "add a [[topic]] of that name",
    ),
    "a topic listed twice": (
        with_subscriber('topics = ["RAG", "RAG"]'),
        'subscriber "ana": topics',
        '"RAG" is listed twice',
        "Remove one",
    ),
    "a page of an unknown topic": (
        with_section("pages", 'topics = ["RGA"]'),
        "pages.topics",
        'no topic "RGA"',
        'Did you mean "RAG"?',
    ),
    "an unknown kind": (
        with_subscriber('include = ["crossed"]'),
        'subscriber "ana": include',
        "not a kind of announcement",
        'Did you mean "cross"?',
    ),
    "a length of time in words": (
        with_subscriber('since = "a week"'),
        'subscriber "ana": since',
        '"a week" is not a length of time',
        '"7d"',
    ),
    "a length of time without a unit": (
        with_subscriber("since = 7"),
        'subscriber "ana": since',
        "7 is not a length of time",
        '"7d"',
    ),
    "an endless length of time": (
        'retention = "999999y"\n' + WORKING,
        "retention",
        "not a length of time",
        "at most",
    ),
    "less is kept than polls look back": (
        'retention = "59d"\n' + WORKING,
        "retention",
        "too short: polls and first digests look 30 days back",
        '"60d"',
    ),
    "no time at all": (
        WORKING + '[owner]\nquiet_after = "0h"\n',
        "owner.quiet_after",
        "longer than nothing",
        '"36h"',
    ),
    "no topic": (
        WORKING.partition("[[topic]]")[0] + '[[subscriber]]\nname = "a"\nmaildir = ["m"]\n',
        "topic",
        "there is no topic",
        "Add [[topic]]",
    ),
    "no subscriber": (
        WORKING.partition("[[subscriber]]")[0],
        "subscriber",
        "there is no subscriber",
        "Add [[subscriber]]",
    ),
    "a topic twice": (
        with_topic('keywords = ["RAG"]\n[[topic]]\nname = "RAG"\nkeywords = ["R"]'),
        'topic "RAG": name',
        "another topic has this name",
        "Rename one",
    ),
    "both query and keywords": (
        with_topic('keywords = ["RAG"]\nquery = "ti:RAG"'),
        'topic "RAG"',
        "both query and keywords",
        "Keep one",
    ),
    "neither query nor keywords": (
        with_topic('categories = ["cs.CL"]'),
        'topic "RAG"',
        "nothing of what is wanted",
        "Add a query, or keywords",
    ),
    "no keyword": (
        with_topic("keywords = []"),
        'topic "RAG": keywords',
        "the list is empty",
        "Write at least one",
    ),
    "an empty keyword": (
        with_topic('keywords = [" "]'),
        'topic "RAG": keywords',
        "cannot be searched for",
        "Write a word",
    ),
    "an unknown category": (
        with_topic('keywords = ["RAG"]\ncategories = ["cs.CLL"]'),
        'topic "RAG": categories',
        "no category",
        "cs.CL",
    ),
    "a URL of another kind": (
        with_section("arxiv", 'api_url = "ftp://export.arxiv.org/"'),
        "arxiv.api_url",
        "not an http or https URL",
        "Write a whole URL",
    ),
    "a URL without a host": (
        with_section("web", 'public_url = "https://"'),
        "web.public_url",
        "not an http or https URL",
        "Write a whole URL",
    ),
    "a URL with a bad port": (
        with_section("arxiv", 'oai_url = "https://example.org:x/"'),
        "arxiv.oai_url",
        "not a URL",
        "Write a whole URL",
    ),
    "a URL with a password": (
        with_section("owner", 'heartbeat = "https://ana:hunter2@example.org/"'),
        "owner.heartbeat",
        "must not hold a user name or password",
        "Write a whole URL",
    ),
    "a URL with a line break": (
        with_section("arxiv", r'rss_url = "https://example.org/\nx"'),
        "arxiv.rss_url",
        "control characters",
        "Write a whole URL",
    ),
    "a URL with a fragment": (
        with_section("web", 'public_url = "https://example.org/#x"'),
        "web.public_url",
        "fragment",
        "Write a whole URL",
    ),
    "arXiv asked too often": (
        with_section("arxiv", "min_interval = 2.9"),
        "arxiv.min_interval",
        "arXiv's terms",
        "min_interval = 3.0",
    ),
    "another source asked too often": (
        with_section(
            "arxiv",
            'min_interval = 0\napi_url = "http://127.0.0.1:1/"\nrss_url = "https://rss.arxiv.org"',
        ),
        "arxiv.min_interval",
        "arXiv's terms",
        "only for a server on this machine",
    ),
    "feeds of arXiv's own asked too often": (
        with_section(
            "arxiv",
            'min_interval = 0\napi_url = ""\noai_url = "http://[::1]:1/"\n'
            'rss_url = "https://rss.arxiv.org/rss"',
        ),
        "arxiv.min_interval",
        "arXiv's terms",
        "min_interval = 3.0",
    ),
    "no source at all": (
        with_section("arxiv", 'api_url = ""\nrss_url = ""\noai_url = ""'),
        "arxiv.api_url",
        "no source is left to ask",
        "Remove one of them, or write its URL",
    ),
    "a calendar that is a directory": (
        with_section("arxiv", 'holidays = "."'),
        "arxiv.holidays",
        "is a directory",
        "Write the path of a file",
    ),
    "a calendar that is no path": (
        with_section("arxiv", "holidays = [2027-01-01]"),
        "arxiv.holidays",
        "is not a path",
        "Write one such as",
    ),
    "a negative interval": (
        with_section("arxiv", 'min_interval = -1.0\napi_url = "http://localhost:1/"'),
        "arxiv.min_interval",
        "too small",
        "at least 0",
    ),
    "an interval that is not a number": (
        with_section("arxiv", "min_interval = nan"),
        "arxiv.min_interval",
        "nan is not a number",
        "Write digits",
    ),
    "no patience": (
        with_section("arxiv", "patience = 0"),
        "arxiv.patience",
        "too small",
        "more than 0",
    ),
    "a contact that is no address": (
        WORKING.replace("ops@example.org", "ops"),
        "arxiv.contact",
        "not an email address",
        "Write one such as",
    ),
    "a contact that no header takes": (
        WORKING.replace("ops@example.org", "ops@exämple.org"),
        "arxiv.contact",
        "ASCII",
        "Write another address",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_one_mistake_gives_one_error_that_names_file_key_and_cure(
    case: str, tmp_path: Path
) -> None:
    text, key, wrong, cure = MISTAKES[case]
    path = written(tmp_path, text)
    token = {} if key == "slack.token" else {"DAILY_PAPERS_SLACK__TOKEN": "xoxb-hunter2"}
    problem = only_problem_of(path, token)
    place, _, rest = problem.partition(": ")
    assert place.partition(":")[0] == str(path)
    assert rest.startswith(f"{key}: ") or (key == "name" and "name: " in rest)
    assert wrong in problem
    assert cure in problem
    assert problem.isprintable()
    assert "hunter2" not in problem


def test_there_are_enough_mistakes_in_the_table() -> None:
    assert len(MISTAKES) >= 60


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """\
retention = "long"

[email]
host = "smtp.example.org"
username = "papers"
tls = "none"
port = "x"

[[topic]]
name = "A"
query = "ti:("
keywords = ["a"]

[[subscriber]]
name = "ana"
timezone = "Mars/Olympus"
topics = ["B"]
slack = ["#papers"]
""",
    )
    written(tmp_path, '[[subscriber]]\nname = "ana"\nemail = ["x"]\n', "subscribers.d/more.toml")
    problems = problems_of(path, {"DAILY_PAPERS_FOO": "1"})
    keys = [
        "DAILY_PAPERS_FOO",
        "slack.token",
        ":1: retention",
        ":3: email.sender",
        ":3: email.password",
        ":6: email.tls",
        ":7: email.port",
        ':9: topic "A"',
        ':11: topic "A": query',
        ':16: subscriber "ana": timezone',
        ':17: subscriber "ana": topics',
        ':2: subscriber "ana": name',
        ':3: subscriber "ana": email',
    ]
    assert [key for key, problem in zip(keys, problems, strict=True) if key not in problem] == []


def test_fault_45_an_unparseable_query_is_shown_with_a_caret_below_its_fault(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, with_topic("query = 'ti:RAG OR OR abs:x'"))
    head, query, caret = only_problem_of(path).split("\n")
    assert head.startswith(f'{path}:10: topic "RAG": query: ')
    assert query == "    ti:RAG OR OR abs:x"
    assert caret.strip() == "^"
    assert caret.index("^") == query.index("OR abs")


def test_a_query_is_checked_although_its_categories_are_wrong(tmp_path: Path) -> None:
    path = written(tmp_path, with_topic('query = "ti:("\ncategories = ["cs.XYZ"]'))
    query, categories = problems_of(path)
    assert 'topic "RAG": query' in query
    assert 'topic "RAG": categories' in categories


def test_a_faulty_list_of_keywords_is_reported_once(tmp_path: Path) -> None:
    path = written(tmp_path, with_topic("keywords = [1]"))
    assert "1 is not text" in only_problem_of(path)


def test_a_wrong_type_where_a_check_reads_several_values_is_reported_once(tmp_path: Path) -> None:
    path = written(tmp_path, with_section("arxiv", 'min_interval = "often"'))
    assert "not a number" in only_problem_of(path)
    path = written(tmp_path, with_section("arxiv", "min_interval = true"))
    assert "not a number" in only_problem_of(path)


def test_a_url_that_cannot_be_read_is_not_taken_for_this_machine(tmp_path: Path) -> None:
    path = written(tmp_path, with_section("arxiv", 'min_interval = 1\napi_url = "http://[x"'))
    interval, url = problems_of(path)
    assert "arxiv.min_interval" in interval
    assert "arxiv.api_url: this is not a URL" in url


def test_long_and_hostile_values_are_shown_short_and_escaped(tmp_path: Path) -> None:
    path = written(tmp_path, with_subscriber(f'timezone = "\\u001b[2J\\u202e{"x" * 500}"'))
    problem = only_problem_of(path)
    assert problem.isprintable()
    assert len(problem) < 400


def test_huge_numbers_and_nested_values_are_named_not_shown(tmp_path: Path) -> None:
    path = written(tmp_path, with_section("email", f"port = {'9' * 400}\nper_minute = {{a = 1}}"))
    port, rate = problems_of(path)
    assert "a huge number" in port
    assert "a table is not a whole number" in rate


def test_a_password_without_a_user_name_is_reported(tmp_path: Path) -> None:
    problem = only_problem_of(written(tmp_path), {"DAILY_PAPERS_EMAIL__PASSWORD": "hunter2"})
    assert problem.startswith("environment: DAILY_PAPERS_EMAIL__PASSWORD: ")
    assert "no username. Add username" in problem
    assert "hunter2" not in problem


def test_a_secret_in_the_file_is_located_there_although_its_variable_is_set(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, with_section("email", 'username = "u"\npassword = "hunter2"'))
    problem = only_problem_of(path, {"DAILY_PAPERS_EMAIL__PASSWORD": "hunter3"})
    assert problem.startswith(f"{path}:6: email.password: a secret must not stand in the file")


def test_every_bad_keyword_and_excluded_word_is_reported(tmp_path: Path) -> None:
    path = written(tmp_path, with_topic('keywords = ["a*", "RAG", "--"]\nexclude = ["b*", "!"]'))
    assert [problem.partition("keywords")[1] for problem in problems_of(path)] == [
        "keywords",
        "keywords",
        "",
        "",
    ]
    assert [
        word for word in ("a*", "--", "b*", "!") if f'"{word}"' not in str(problems_of(path))
    ] == []


def test_topics_may_differ_by_case_alone(tmp_path: Path) -> None:
    more = '[[topic]]\nname = "rag"\nkeywords = ["rag"]\n'
    assert len(load(written(tmp_path, WORKING + more), env={}).topic) == 2


@pytest.mark.parametrize("others", ["", '"new", '])
def test_later_versions_may_be_asked_for_alone_or_beside_others(
    tmp_path: Path, others: str
) -> None:
    path = written(tmp_path, with_subscriber(f'include = [{others}"replace"]'))
    include = load(path, env={}).subscriptions()[0].include
    assert include == {"replace"} | ({"new"} if others else set())


def test_the_default_database_is_looked_at_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "var").touch()
    assert '"var" is not a directory' in only_problem_of(written(tmp_path))


def test_a_database_whose_place_cannot_be_looked_at_is_left_to_the_first_use(
    tmp_path: Path,
) -> None:
    path = written(tmp_path, f'database = "{"x" * 300}/x.db"\n' + WORKING)
    assert load(path, env={}).database.name == "x.db"


class TestASectionThatOnlyVariablesName:
    NO_SECTION = WORKING.replace("[email]", "[web]").replace(
        'host = "smtp.example.org"\nsender = "Daily Papers <papers@example.org>"\n', ""
    )

    def test_a_password_before_its_section_harms_nobody(self, tmp_path: Path) -> None:
        text = self.NO_SECTION.replace("email = [", "maildir = [")
        settings = load(written(tmp_path, text), env={"DAILY_PAPERS_EMAIL__PASSWORD": "hunter2"})
        assert settings.email is None

    def test_where_email_is_used_its_section_is_asked_for_once(self, tmp_path: Path) -> None:
        path = written(tmp_path, self.NO_SECTION)
        problem = only_problem_of(path, {"DAILY_PAPERS_EMAIL__PASSWORD": "hunter2"})
        assert problem.startswith(f"{path}: email: the section [email] is missing")

    @pytest.mark.parametrize("channel", ["email", "maildir"])
    def test_one_that_is_not_whole_is_one_error_about_the_variable(
        self, channel: str, tmp_path: Path
    ) -> None:
        text = self.NO_SECTION.replace("email = [", f"{channel} = [")
        env = {"DAILY_PAPERS_EMAIL__PASSWORD": "x", "DAILY_PAPERS_EMAIL__HOST": "localhost"}
        problem = only_problem_of(written(tmp_path, text), env)
        assert problem.startswith("environment: DAILY_PAPERS_EMAIL__HOST: email.host: ")
        assert "it needs sender too" in problem
        assert 'sender = "Daily Papers <papers@example.org>"' in problem
        assert "unset the variable" in problem
