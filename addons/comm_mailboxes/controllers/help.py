import re
from pathlib import Path

from markupsafe import Markup, escape

from odoo import http
from odoo.http import request

_FOLDER = Path(__file__).resolve().parent.parent / "help"
_NAME = "oauth-microsoft-365"


class Help(http.Controller):
    @http.route("/comm_mailboxes/help/oauth", type="http", auth="user", methods=["GET"])
    def oauth(self):
        """The page of docs/ about Microsoft 365, in the user's language."""
        language = (request.env.lang or "").partition("_")[0]
        file = _FOLDER / f"{_NAME}.{language}.md"
        if language != "de":
            file = _FOLDER / f"{_NAME}.md"
        body = to_html(file.read_text(encoding="utf-8"))
        return request.render("comm_mailboxes.help_page", {"body": body})


def to_html(text):
    """Turn the Markdown that our own help pages use into HTML: headings, paragraphs, lists, tables."""
    parts = []
    for block in re.split(r"\n{2,}", text.strip()):
        lines = block.splitlines()
        heading = re.match(r"(#{1,3}) (.*)", block)
        if heading:
            level = len(heading[1])
            parts.append(Markup(f"<h{level}>{{}}</h{level}>").format(_inline(heading[2])))  # noqa: S704 (a number)
        elif lines[0].startswith("|"):
            parts.append(_table(lines))
        elif re.match(r"(-|\d+\.) ", lines[0]):
            parts.append(_list(block))
        else:
            parts.append(Markup("<p>{}</p>").format(_inline(" ".join(lines))))
    return Markup("\n").join(parts)


def _table(lines):
    rows = [
        [_inline(cell.strip()) for cell in line.strip("|").split("|")] for line in lines if not line.startswith("|--")
    ]
    head = Markup("<tr>{}</tr>").format(Markup().join(Markup("<th>{}</th>").format(cell) for cell in rows[0]))
    body = Markup().join(
        Markup("<tr>{}</tr>").format(Markup().join(Markup("<td>{}</td>").format(cell) for cell in row))
        for row in rows[1:]
    )
    return Markup('<table class="table table-sm"><thead>{}</thead><tbody>{}</tbody></table>').format(head, body)


def _list(block):
    tag = "ul" if block.startswith("-") else "ol"
    items = [" ".join(item.split()) for item in re.split(r"(?m)^(?:-|\d+\.) ", block) if item.strip()]
    inner = Markup().join(Markup("<li>{}</li>").format(_inline(item)) for item in items)
    return Markup(f"<{tag}>{{}}</{tag}>").format(inner)  # noqa: S704 (one of two names)


def _inline(text):
    """Escape, then set what is between stars and backquotes."""
    html = str(escape(text))
    for pattern, tag in ((r"\*\*(.+?)\*\*", "strong"), (r"\*(.+?)\*", "em"), (r"`(.+?)`", "code")):
        html = re.sub(pattern, rf"<{tag}>\1</{tag}>", html)
    return Markup(html)  # noqa: S704 (escaped above)
