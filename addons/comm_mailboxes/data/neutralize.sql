-- A copy of a database must neither fetch the mail of the original (it would mark it read and move it) nor send.
UPDATE comm_mailbox
   SET auto_fetch = false;

-- Some servers take mail without a login.
UPDATE comm_mailbox
   SET active = false
 WHERE kind = 'smtp';

DELETE FROM comm_mailbox_secret;

DELETE FROM comm_oauth_attempt;

-- What users changed is told to the server by the original.
DELETE FROM comm_operation;
