"""What a visit to a mail server does, step by step.

``lease``   locks the mailbox and gives the visit a cursor of its own
``engine``  the order of the steps
``folders`` brings the folder records in line with the server's list
``fetch``   finds the UIDs that are new and imports them
``pop3``    the same for a POP3 mailbox, which has ids instead of UIDs and a server that may have to delete
``batch``   how much is in flight at once, and each batch committed with its cursor
``rebind``  gives known messages their new UIDs when a folder got a new UIDVALIDITY
``store``   turns raw mails into rows and attachments

The package speaks to servers through the sessions of ``protocol`` only, which the models open for it.
"""
