"""The order of the steps of a visit. The session is connected and logged in before and closed after."""

from . import fetch, folders, pop3


def refresh_folders(mailbox, session):
    """List the server's folders and reconcile. Return how many there are."""
    if mailbox.kind == "pop3":
        return len(pop3.inbox_of(mailbox))
    infos = session.folders()
    folders.reconcile(mailbox, infos)
    return len(infos)


def fetch_mail(mailbox, session, folder_ids=None):
    """Import what is new.

    :param folder_ids: ids of ``comm.folder`` to fetch whatever their mode, by default the inbox and the chosen folders
    :return: the number of messages imported
    """
    if mailbox.kind == "pop3":
        return pop3.fetch_mail(mailbox, session)
    infos = session.folders()
    folders.reconcile(mailbox, infos)
    mailbox.env.cr.commit()  # pylint: disable=invalid-commit
    if folder_ids is None:
        wanted = folders.for_automatic_fetch(mailbox)
    else:
        wanted = mailbox.env["comm.folder"].browse(folder_ids).exists()
    known = {info.path: info for info in infos}
    return sum(fetch.fetch_folder(session, folder, known.get(folder.path)) for folder in wanted)
