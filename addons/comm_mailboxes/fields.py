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
