"""Which content types of a stranger's file a browser may be told."""

# Shown by browsers without anything in them that runs.
SHOWN = {
    "application/pdf",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/heic",
    "image/jpeg",
    "image/png",
    "image/tiff",
    "image/webp",
    "text/plain",
}
SHOWN_FAMILIES = ("audio/", "video/")

# Never shown by browsers, but telephones and desktops choose the program by the type.
DOWNLOADED = {"application/msword", "application/zip"}
DOWNLOADED_FAMILIES = ("application/vnd.",)


def is_active(content_type):
    """Tell whether browsers may run or lay out what such a file holds: HTML, SVG, XML and their relatives.

    The same words decide in ``ir.attachment._check_contents``.
    """
    office = content_type.startswith("application/vnd.openxmlformats")
    return "ht" in content_type or ("xml" in content_type and not office)


def safe_to_serve(content_type):
    """Return the type under which a file of type ``content_type`` is served: its own, plain text, or a mere download.

    What is listed nowhere is downloaded: browsers learn to show new types faster than such lists grow.
    """
    content_type = (content_type or "").partition(";")[0].strip().lower()
    if is_active(content_type):
        return "text/plain"
    if content_type in SHOWN | DOWNLOADED or content_type.startswith(SHOWN_FAMILIES + DOWNLOADED_FAMILIES):
        return content_type
    return "text/plain" if content_type.startswith("text/") else "application/octet-stream"
