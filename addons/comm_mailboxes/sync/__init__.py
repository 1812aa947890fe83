"""What a visit to a mail server does, step by step.

``lease``      locks the mailbox and gives the visit a cursor of its own
``engine``     the order of the steps
``visit``      what the steps share
``push``       brings to the server what users changed in Odoo, ``push_folders`` what they did to folders
``listing``    reads the server's list, ``folders`` brings the folder records in line with it
``flags``      brings marks that other programs set
``vanished``   finds what is not in its folder any more
``fetch``      finds the UIDs that are new and imports them, in batches (``batch``) stored for good one by one (``store``)
``read_ahead`` fetches and reads the next batch while the one before is stored
``filestore``  files go to where Odoo keeps them while their mail is read
``breaking``   messages in whose middle the connection breaks each time
``refused``    messages that the server did not hand out, asked for again; ``reread`` reads kept sources again
``known``      gives messages that are here already their place instead
``moved``      finds what other programs moved to folders that are not fetched
``close``      ends a visit: is as much here as the server counts?
``compare``    finds and mends what differs, where the numbers do, and everywhere for Repair
``load_whole`` brings the rest of messages of which only the header came
``pop3``       all of that for a POP3 mailbox, which has ids instead of UIDs and a server that may have to delete
``pending``    what waits for the server, and wins over what it says meanwhile
``transaction`` short ones, tried again

A turn is bounded in time. Each step takes the folders that waited longest for it, and one of them at least though the time be
up (``visit.Visit.each``); so none of them starves, however many folders a mailbox has.

The package speaks to servers through the sessions of ``protocol`` only, which the models open for it.
"""
