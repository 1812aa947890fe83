"""HTML as a tree, read in one place, however deep its elements are nested.

libxml2 leaves out what is deeper than 256 levels, and all that follows, without a word; answers to answers get there.
"""

from lxml import html

# Below the limit, with room for what others put around it.
LEVELS = 200
_BLOCKS = {
    "blockquote",
    "div",
    "dd",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "p",
    "pre",
    "table",
    "td",
    "th",
    "tr",
}


def parse(markup):
    """Return a ``div`` with the elements of this fragment. Browsers nest no deeper than 512 levels, this knows 2,000."""
    return html.fragment_fromstring(markup, create_parent="div", parser=html.HTMLParser(huge_tree=True))


def flattened(markup):
    """Return HTML whose elements are nested no deeper than ``LEVELS``: of what is deeper, the words are kept.

    For what reads it with libxml2's limit, such as Odoo's own sanitizer.

    >>> flattened("<p>One</p>")
    '<p>One</p>'
    """
    if (markup or "").count("<") <= LEVELS:
        return markup
    root = parse(markup)
    levels, deep = {root: 0}, []
    for element in root.iterdescendants():
        levels[element] = levels[element.getparent()] + 1
        if levels[element] > LEVELS:
            deep.append(element)
    if not deep:
        return markup
    for element in deep:
        if not isinstance(element.tag, str):
            element.drop_tree()
        elif len(element) or element.text:
            if element.tag in _BLOCKS and (element.text or "").strip():
                element.insert(0, html.Element("br"))
                element[0].tail, element.text = element.text, None
            element.drop_tag()
    return written(root)


def written(root):
    """Return the HTML of what :func:`parse` returned."""
    return html.tostring(root, encoding="unicode")[len("<div>") : -len("</div>")]
