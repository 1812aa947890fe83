"""Rows by COPY, which costs a third of what INSERT costs: Python quotes no text, and PostgreSQL parses no statement.

Only the INSERT itself is replaced. Defaults, rights, constraints, fields computed on others, and what addons add to
``create`` are the ORM's as ever.
"""

import io
from datetime import date

from psycopg2 import Binary
from psycopg2.extras import Json

from odoo import api, models
from odoo.tools import SQL

NULL = rb"\N"
# Bytes that are handed to PostgreSQL at once
CHUNK = 1 << 20


class CommMessage(models.Model):
    _inherit = "comm.message"

    @api.model
    def default_get(self, fields):
        return _remembered(self, fields, super().default_get)

    @api.model
    def _create(self, data_list):
        if not self.env.context.get("comm_by_copy"):
            return super()._create(data_list)
        return create_by_copy(self, data_list)


class IrAttachment(models.Model):
    _inherit = "ir.attachment"

    @api.model
    def default_get(self, fields):
        return _remembered(self, fields, super().default_get)

    @api.model
    def _create(self, data_list):
        if not self.env.context.get("comm_by_copy"):
            return super()._create(data_list)
        return create_by_copy(self, data_list)


def _remembered(model, names, default_get):
    """Return the defaults of these fields; asked once for all rows that come together, as ``create`` asks for each."""
    if not model.env.context.get("comm_by_copy"):
        return default_get(names)
    # Odoo empties it with each commit.
    cache = model.env.cr.cache
    key = (model.env, model._name, tuple(names))
    if key not in cache:
        cache[key] = default_get(names)
    return dict(cache[key])


def create_by_copy(model, data_list):
    """What ``BaseModel._create`` does for a model whose values are all columns, and which is no tree."""
    stored = [data["stored"] for data in data_list]
    columns = [model._fields[name] for name in sorted({name for values in stored for name in values})]
    records = model.browse(_new_ids(model, len(stored)))
    _copy(model, columns, records, stored)
    for data, record in zip(data_list, records, strict=True):
        data["record"] = record
    _fill_cache(model, records, stored)
    for field in columns:
        for inverse in model.pool.field_inverses[field]:
            # Lists that somebody read before do not grow with each row: they are read again when somebody asks.
            model.env[inverse.model_name].invalidate_model([inverse.name], flush=False)
    with model.env.protecting([(data["protected"], data["record"]) for data in data_list]):
        records.modified(model._fields, create=True)
    records._validate_fields(field.name for field in columns)
    records.check_access("create")
    return records


def _fill_cache(model, records, stored):
    """As after INSERT: what was stored need not be read to be checked and counted."""
    given = {name for values in stored for name in values}
    for name, field in model._fields.items():
        if name in given and field.type != "html":
            convert = field.convert_to_cache
            field._insert_cache(records, [convert(values.get(name), model) for values in stored])
        elif name not in given and field.store and field.column_type and name != "id":
            field._insert_cache(records, [None] * len(stored))


def _new_ids(model, count):
    rows = model.env.execute_query(
        SQL(
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id'))::regclass) FROM generate_series(1, %s)",
            model._table,
            count,
        )
    )
    return [new_id for (new_id,) in rows]


def _copy(model, columns, records, stored):
    texts = [_texts(model, field, stored) for field in columns]
    ids = [b"%d" % new_id for new_id in records._ids]
    lines = b"\n".join(map(b"\t".join, zip(ids, *texts, strict=True)))
    statement = SQL(
        "COPY %s (%s) FROM STDIN",
        SQL.identifier(model._table),
        SQL(", ").join(SQL.identifier(name) for name in ("id", *(field.name for field in columns))),
    )
    model.env.cr.copy_expert(statement.code, io.BytesIO(lines), size=CHUNK)


def _texts(model, field, stored):
    name, convert = field.name, field.convert_to_column_insert
    return [_text(convert(values[name], model, values)) if name in values else NULL for values in stored]


def _text(value):
    """Return a value of a column as COPY's text format has it."""
    if value is None:
        return NULL
    if isinstance(value, str):
        text = value.encode()
        return text.replace(b"\\", rb"\\").replace(b"\n", rb"\n").replace(b"\r", rb"\r").replace(b"\t", rb"\t")
    if isinstance(value, int | float | date):
        return str(value).encode()
    if isinstance(value, Binary):
        return rb"\\x" + bytes(value.adapted).hex().encode()
    if isinstance(value, Json):
        return _text(value.dumps(value.adapted))
    raise TypeError(f"{type(value).__name__} in a column is not foreseen here")
