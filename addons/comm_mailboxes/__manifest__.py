{
    "name": "Communication: Mailboxes",
    "summary": "Personal and shared mailboxes inside Odoo: IMAP, POP3, SMTP",
    "version": "19.0.1.0.0",
    "category": "Productivity/Communication",
    "license": "LGPL-3",
    "author": "comm_mailboxes developers",
    "website": "https://comm-mailboxes.example.org",
    "depends": ["mail"],
    "external_dependencies": {"python": ["imapclient", "nh3", "cryptography", "scramp", "dnspython"]},
    "data": [
        "security/comm_mailboxes_groups.xml",
        "security/comm_mailboxes_rules.xml",
        "security/ir.model.access.csv",
        "data/ir_cron.xml",
        "data/mail_activity_type.xml",
        "data/comm_mailbox_template_data.xml",
        "wizards/comm_mailbox_new_views.xml",
        "wizards/comm_mailbox_template_apply_views.xml",
        "wizards/comm_mailbox_delete_views.xml",
        "views/comm_folder_views.xml",
        "views/comm_message_views.xml",
        "views/comm_mailbox_event_views.xml",
        "views/comm_attachment_group_views.xml",
        "views/ir_attachment_views.xml",
        "views/comm_mailbox_views.xml",
        "views/comm_mailbox_template_views.xml",
        "views/res_config_settings_views.xml",
        "views/comm_mailboxes_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "comm_mailboxes/static/src/**/*",
            ("remove", "comm_mailboxes/static/src/event_graph/**/*"),
        ],
        # Odoo loads graphs when the first one is opened.
        "web.assets_backend_lazy": [
            "comm_mailboxes/static/src/event_graph/**/*",
        ],
        "web.assets_tests": [
            "comm_mailboxes/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "comm_mailboxes/static/tests/**/*",
            ("remove", "comm_mailboxes/static/tests/tours/**/*"),
        ],
    },
    "application": True,
}
