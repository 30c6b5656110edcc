"""The patterns: contacts, secrets, numbers of people and firms, dates, versions; with checksums.

Sources of the forms: GB 11643 (identity number, modulus 11-2 of ISO 7064), GB 32100 (unified social credit
code), ISO/IEC 7812 (card, Luhn), ISO 13616 (IBAN, modulus 97), RFC 5322 (a usable part), RFC 7468 (PEM),
RFC 7519 (JWT); prefixes of access keys as their makers publish them. Pure.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from detente.instruments.suggestion import Sort, Suggestion

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    "|nov(?:ember)?|dec(?:ember)?"
)

_HAN = r"\u3400-\u9fff"
_LATIN = rf"(?![{_HAN}])[\w-]"
_LOCAL = rf"(?:(?![{_HAN}])\w(?:{_LATIN}|[.．+])*|[\w.．+-]*[{_HAN}])"
"""Before the @: Latin letters, also full-width; Chinese ones only where they touch the @ themselves."""

_TOP = "中国|中國|公司|网络|網絡|政务|公益|香港|台湾|台灣|新加坡|在线|集团|网址|网站|网店|商城|商标|中文网"
_DOMAIN = (
    rf"(?:(?:{_LATIN})+(?:[.．](?:{_LATIN})+)+(?:[.．](?:{_TOP}))?"
    rf"|(?:[\w-]+[.．])+(?:{_TOP}|(?:{_LATIN})+|[\w-]+))"
)
"""After it: as far as it is Latin or a known Chinese end; behind any other end, all that touches it."""


def _always(_: str) -> bool:
    return True


def identity(text: str) -> bool:
    """Tell whether a Chinese identity number has its check digit."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    rest = sum(int(one) * weight for one, weight in zip(text[:17], weights, strict=True)) % 11
    return text[17].upper() == "10X98765432"[rest]


def credit(text: str) -> bool:
    """Tell whether a unified social credit code has its check character."""
    total = sum(_CREDIT.index(one) * pow(3, place, 31) for place, one in enumerate(text[:17]))
    return text[17] == _CREDIT[-total % 31]


def luhn(text: str) -> bool:
    """Tell whether a card number has its check digit."""
    digits = [int(one) for one in re.sub(r"\D", "", text)][::-1]
    total = sum(digits[::2]) + sum(sum(divmod(2 * one, 10)) for one in digits[1::2])
    return total % 10 == 0


def iban(text: str) -> bool:
    """Tell whether an IBAN has its check digits."""
    plain = text.replace(" ", "")
    return int("".join(str(int(one, 36)) for one in plain[4:] + plain[:4])) % 97 == 1


class Pattern(NamedTuple):
    """One form."""

    sort: Sort
    why: str
    form: re.Pattern[str]
    holds: Callable[[str], bool] = _always


_P: tuple[tuple[Sort, str, str, Callable[[str], bool]], ...] = (
    (
        "secret",
        "private key",
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*-----|\Z)",
        _always,
    ),
    ("secret", "token", r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}", _always),
    ("secret", "access key", r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b", _always),
    ("secret", "access key", r"\bLTAI[0-9A-Za-z]{12,20}\b", _always),
    ("secret", "access key", r"\bAIza[\w-]{35}", _always),
    ("secret", "access key", r"\bgh[pousr]_[0-9A-Za-z]{30,}|\bgithub_pat_\w{20,}", _always),
    ("secret", "access key", r"\b(?:sk|pk|rk)-[\w-]{20,}|\bsk_live_\w{16,}|\bhf_[A-Za-z]{30,}", _always),
    ("secret", "access key", r"\bxox[abprs]-[\w-]{10,}", _always),
    (
        "secret",
        "named",
        (
            r"(?i:\b(?:password|passwd|secret|api[_ -]?key|token)\b\s*(?:is\b|[:=])\s*[\"']?)"
            r"[^\s\"',;，。；]{6,}"
        ),
        _always,
    ),
    ("secret", "named", r"(?:密码|口令|密钥|令牌)\s*(?:是|为|[:：=])\s*[^\s,;，。；]{4,}", _always),
    ("contact", "address", rf"{_LOCAL}[@＠]{_DOMAIN}", _always),
    ("contact", "address", r"\bhttps?://[^\s<>\"'）】，。；、]+", _always),
    (
        "contact",
        "network",
        r"(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?!\d|\.\d)",
        _always,
    ),
    (
        "contact",
        "network",
        r"(?<![0-9A-Za-z_:])(?:[0-9a-fA-F]{1,4}:){4,7}[0-9a-fA-F]{1,4}(?![0-9A-Za-z_:])",
        _always,
    ),
    ("contact", "telephone", r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)", _always),
    ("contact", "telephone", r"(?<!\d)0\d{2,3}-\d{7,8}(?!\d)", _always),
    (
        "contact",
        "telephone",
        r"(?<![0-9A-Za-z_+])\+\d{1,3}[- .]?(?:\(\d{1,4}\)[- .]?)?\d{2,4}(?:[- .]?\d{2,4}){1,3}(?!\d)",
        _always,
    ),
    ("contact", "telephone", r"(?<!\d)(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?!\d)", _always),
    (
        "contact",
        "account",
        (
            r"(?:\b(?:[Ww]e[Cc]hat|WECHAT|[Ww]eixin|[Tt]elegram|[Ss]ignal|QQ)|微信|QQ号)(?: ?ID|号)?"
            r"(?:[:：]\s*|\s?(?=\w*[0-9_]))[A-Za-z0-9_-]{5,20}"
        ),
        _always,
    ),
    ("contact", "account", r"(?<![0-9A-Za-z_@.])@[A-Za-z_][0-9A-Za-z_]{2,30}", _always),
    (
        "identifier",
        "identity number",
        r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dXx](?![0-9A-Za-z])",
        identity,
    ),
    (
        "identifier",
        "credit code",
        r"(?<![0-9A-Za-z])[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-HJ-NPQRTUWXY]{10}(?![0-9A-Za-z])",
        credit,
    ),
    ("identifier", "card", r"(?<![\d-])\d{4}(?:[ -]?\d{4}){2}[ -]?\d{1,7}(?![\d-])", luhn),
    (
        "identifier",
        "account number",
        r"(?<![0-9A-Za-z])[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?(?![0-9A-Za-z])",
        iban,
    ),
    (
        "identifier",
        "catalogue number",
        (
            r"\b(?:CVE-\d{4}-\d{4,7}|GHSA(?:-[0-9a-z]{4}){3}"
            r"|CNVD-\d{4}-\d{4,7}|CNNVD-\d{6}-\d{3,5}|AVID-\d{4}-[RV]?\d{3,5})\b"
        ),
        _always,
    ),
    (
        "date",
        "day",
        (
            r"(?<!\d)(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.](?:0?[1-9]|[12]\d|3[01])(?!\d)"
            r"(?:[T ]\d{1,2}:\d{2}(?::\d{2})?)?"
        ),
        _always,
    ),
    ("date", "day", r"(?<!\d)(?:(?:19|20)\d{2}\s?年\s?)?\d{1,2}\s?月\s?\d{1,2}\s?[日号]", _always),
    ("date", "month", r"(?<!\d)(?:19|20)\d{2}\s?年\s?\d{1,2}\s?月(?!\s?\d)", _always),
    ("date", "day", rf"(?i:\b(?:{_MONTHS})\.? \d{{1,2}}(?:st|nd|rd|th)?(?:,? (?:19|20)\d{{2}})?\b)", _always),
    (
        "date",
        "day",
        rf"(?i:\b\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTHS})\.?(?:,? (?:19|20)\d{{2}})?\b)",
        _always,
    ),
    ("date", "month", rf"(?i:\b(?:{_MONTHS})\.? (?:of )?(?:19|20)\d{{2}}\b)", _always),
    (
        "date",
        "time",
        r"(?<![\d:])(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?: ?(?:UTC|GMT|CST|EST|PST|Z))?(?![\d:])",
        _always,
    ),
    (
        "version",
        "number",
        r"(?i:\b(?:version|release|build|v)\.? ?\d+(?:\.\d+){0,3}(?:[-.]?(?:rc|beta|alpha)\d*)?\b)",
        _always,
    ),
    ("version", "number", r"(?:版本|第)\s?\d+(?:\.\d+){1,3}\s?版?", _always),
    ("version", "number", r"(?<![\d.])\d+\.\d+\.\d+(?:-[0-9a-z.]+)?(?![\d.])", _always),
)
_EDGE = r"(?a:\b)"
"""What `\\b` above stands for: a key begins also where it touches Chinese, which has no spaces."""

PATTERNS = tuple(
    Pattern(sort, why, re.compile(form.replace(r"\b", _EDGE)), holds) for sort, why, form, holds in _P
)


def formed(text: str) -> Iterator[Suggestion]:
    """Return each stretch that has one of the forms."""
    for one in PATTERNS:
        for found in one.form.finditer(text):
            if one.holds(found[0]):
                yield Suggestion(
                    start=found.start(), end=found.end(), sort=one.sort, why=one.why, text=found[0]
                )
