from odoo import models

from ..turns import begin_round, end_job, end_round


class IrCron(models.Model):
    _inherit = "ir.cron"

    def method_direct_trigger(self):
        # By hand, with the cursor of whoever pressed the button: a round of its own.
        end_round()
        try:
            return super().method_direct_trigger()
        finally:
            end_round()

    @classmethod
    def _process_job(cls, cron_cr, job):
        begin_round(cron_cr)
        try:
            return super()._process_job(cron_cr, job)
        finally:
            end_job()
