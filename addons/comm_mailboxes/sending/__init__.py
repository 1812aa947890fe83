"""Sending, as far as it needs no database: what a route is, and the two adapters between Odoo's kind of SMTP connection
and ours. Who decides is ``models/comm_smtp_resolver.py``.
"""
