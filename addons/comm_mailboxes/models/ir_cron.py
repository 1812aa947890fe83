from odoo import models

from ..turns import begin_round


class IrCron(models.Model):
    _inherit = "ir.cron"

    @classmethod
    def _process_job(cls, cron_cr, job):
        begin_round(cron_cr)
        return super()._process_job(cron_cr, job)
