"""Our side of the imports: the scheduled action as it ships, with real commits, and a look at everything it brought."""

from . import import_compared


def import_account(database, lab, account, number, programs):
    """Import an account with ``number`` messages into a new mailbox.

    :param programs: a ``cpu.Programs``
    :return: what it took, as ``cpu.Spent``
    :raise AssertionError: when messages are missing or not as another client reads them
    """
    mailbox_id = database.create_mailbox(lab, account, auto_fetch=True)
    spent = programs.watch(lambda: _run_scheduled_action(database, mailbox_id, number))
    import_compared.compare(database, lab, account, mailbox_id)
    with database.env() as env:
        # The scheduled action of the next import must not visit it.
        env["comm.mailbox"].browse(mailbox_id).auto_fetch = False
    return spent


def _run_scheduled_action(database, mailbox_id, number):
    """Run it until all is here: it may stop when its time is up and go on in the next run."""
    before = -1
    while (found := database.message_count(mailbox_id)) < number:
        if found == before:
            raise AssertionError(
                f"a run of the scheduled action brought nothing: {found} of {number} messages are here"
            )
        before = found
        with database.env() as env:
            env.ref("comm_mailboxes.ir_cron_fetch_mail").method_direct_trigger()
