from odoo import models


class IrBinary(models.AbstractModel):
    """How files of mails leave through ``/web/content`` and ``/web/image``."""

    _inherit = "ir.binary"

    def _find_record(self, xmlid=None, res_model="ir.attachment", res_id=None, access_token=None, field=None):
        record = super()._find_record(xmlid, res_model, res_id, access_token, field)
        if access_token and record._name == "ir.attachment" and record._comm_is_of_mail():
            # A token says that somebody once could read it; here the rights of whoever asks decide.
            record.sudo(False).check_access("read")
        return record

    def _get_stream_from(
        self,
        record,
        field_name="raw",
        filename=None,
        filename_field="name",
        mimetype=None,
        default_mimetype="application/octet-stream",
    ):
        if record._name == "ir.attachment" and record._comm_is_of_mail():
            # An address like /web/content/1?mimetype=text/html must not make a page of a stranger's file.
            mimetype = None
        return super()._get_stream_from(record, field_name, filename, filename_field, mimetype, default_mimetype)
