"""What a visit to a mail server does. ``engine`` tells it in its order, and each step is a place of its own:

connect   ``lease`` locks the mailbox and gives the visit a cursor of its own; ``comm.mailbox._visit`` opens the session, and
          ``watch`` breaks it off when somebody archives the mailbox
push      ``push`` brings to the server what users changed in Odoo, ``push_folders`` what they did to folders, ``append`` what
          is in Odoo only
settled   ``settled`` ends a visit here that finds server and Odoo as the last one left them
list      ``listing`` reads the server's list, ``folders`` brings the folder records in line with it
flags     ``flags`` brings marks that other programs set
vanished  ``vanished`` finds what is not in its folder any more
fetch     ``fetch`` finds the UIDs that are new and imports them
close     ``close`` ends a visit: is as much here as the server counts?

What they stand on:

``visit``      what the steps of one visit share, and how each gets its turn in every folder
``errors``     what only the sync can notice
``transaction`` short ones, tried again
``pending``    what waits for the server, and wins over what it says meanwhile
``outcome``    what a change means here once the server has made it
``answers``    what came of telling a change: it is done, refused, or the connection broke
``there``      tells whether the server has already what is to be stored, copied or moved there
``known``      gives messages that are here already their place, instead of importing them again; ``alike`` tells apart those
               of which header and size do not say enough, ``placing`` writes the place
``moved``      finds what other programs moved to folders that are not fetched, or by a copy and a deletion
``compare``    finds and mends what differs, where the numbers do, and everywhere for Repair
``content``    brings again what messages lost here, of their text or their files
``batch``      how much is in flight at once; ``read_ahead`` fetches and reads the next batch while one is stored
``store``      makes rows of mails; ``filestore`` puts their files where Odoo keeps them
``blame``      tells whether the connection breaks at a message, or the server is in trouble
``breaking``   messages at which the connection breaks each time
``silent``     messages at which it breaks when the server is asked for size or marks only
``slow``       messages that are too large for one visit on a slow line come in pieces
``refused``    messages that the server did not hand out, for whatever reason, asked for again
``load_whole`` brings the rest of messages of which only the header came; ``reread`` reads kept sources again

Beside it: ``pop3``, all of that for a POP3 mailbox, which has ids instead of UIDs and a server that may have to delete
(``pop3_drop`` lists what is there, ``pop3_known`` tells what of it is here, ``pop3_take`` reads the rest); and ``outbox``, which
sends.

A turn is bounded in time. Each step takes the folders that waited longest for it, and one of them at least though the time be
up (``visit.Visit.each``); so none of them starves, however many folders a mailbox has. Folders in which the connection broke
come last.

The package speaks to servers through the sessions of ``protocol`` only, which the models open for it.
"""
