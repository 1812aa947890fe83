"""Windows code pages, by which Microsoft's formats name charsets."""

_LABELS = {
    708: "iso-8859-6",
    1200: "utf-16-le",
    1201: "utf-16-be",
    10000: "mac-roman",
    20127: "us-ascii",
    20866: "koi8-r",
    20932: "euc-jp",
    21866: "koi8-u",
    38598: "iso-8859-8",
    50220: "iso-2022-jp",
    50221: "iso-2022-jp",
    50222: "iso-2022-jp",
    50225: "iso-2022-kr",
    51932: "euc-jp",
    51936: "gb2312",
    51949: "euc-kr",
    52936: "hz",
    54936: "gb18030",
    65000: "utf-7",
    65001: "utf-8",
}


def label_of(number):
    """The charset label of a code page; that of Western Europe for what is no code page."""
    if 28591 <= number <= 28605:
        return f"iso-8859-{number - 28590}"
    return _LABELS.get(number) or (f"cp{number}" if 37 <= number <= 1361 else "cp1252")
