"""Field types that Odoo lacks."""

from odoo import fields


class BigInteger(fields.Integer):
    """An integer of 64 bits.

    UIDs and UIDVALIDITY are unsigned 32-bit numbers (RFC 9051, 2.3.1.1), mod-sequences 63-bit ones (RFC 7162, 3.1):
    neither fits in the ``int4`` column of an ordinary ``Integer``.
    """

    _column_type = ("int8", "int8")


class Uid(BigInteger):
    """A UID, or NULL: 0 is none (RFC 9051, 2.3.1.1). An ordinary integer field would write 0 for "none"."""

    def convert_to_column(self, value, record, values=None, validate=True):
        return super().convert_to_column(value, record, values, validate) or None


class SortKey(fields.Text):
    """A text to sort by, which PostgreSQL derives from other columns of the row whenever they change; nobody writes it.

    An index on the expression itself would do to find rows; but to skip the 50,000 rows above a window PostgreSQL would read
    each of them and work the expression out again.

    :param expression: SQL over columns of the row, immutable; to change it, a migration has to drop the column first
    """

    expression = ""
    prefetch = False
    copy = False
    readonly = True

    @property
    def column_type(self):
        # ICU: "Österreich" stands beside "Oslo" whatever the database's own collation is, which Odoo sets to C.
        return ("text", f'text COLLATE "und-x-icu" GENERATED ALWAYS AS ({self.expression}) STORED')
