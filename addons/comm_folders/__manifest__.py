{
    "name": "Communication: Folders",
    "summary": "Arrange mailboxes and folders in trees of your own and read mail in three panes",
    "version": "19.0.1.6.0",
    "category": "Productivity/Communication",
    "license": "LGPL-3",
    "author": "comm_mailboxes developers",
    "website": "https://comm-mailboxes.example.org",
    "depends": ["comm_mailboxes", "html_editor", "web"],
    "data": [
        "security/comm_folders_rules.xml",
        "security/ir.model.access.csv",
        "views/comm_folders_actions.xml",
        "views/comm_folder_views.xml",
        "views/comm_mailbox_views.xml",
        "views/comm_message_views.xml",
        "views/ir_attachment_views.xml",
        "views/res_users_views.xml",
        "views/comm_folders_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "comm_folders/static/src/**/*",
        ],
        "web.assets_tests": [
            "comm_folders/static/tests/tours/**/*",
        ],
        "web.assets_unit_tests": [
            "comm_folders/static/tests/**/*",
            ("remove", "comm_folders/static/tests/tours/**/*"),
        ],
    },
}
