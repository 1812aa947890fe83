const ROLES = ["inbox", "drafts", "sent", "archive", "junk", "trash"];

export const ROLE_ICONS = {
    inbox: "fa-inbox",
    drafts: "fa-pencil-square-o",
    sent: "fa-paper-plane-o",
    archive: "fa-archive",
    junk: "fa-ban",
    trash: "fa-trash-o",
};

const NO_MAIL_ICONS = {
    calendar: "fa-calendar",
    contacts: "fa-address-book-o",
    tasks: "fa-check-square-o",
    notes: "fa-sticky-note-o",
};

/** @returns {string} the icon of a folder by what it is for */
export function iconOf(folder) {
    return ROLE_ICONS[folder.role] || NO_MAIL_ICONS[folder.no_mail] || "fa-folder-o";
}

const collator = new Intl.Collator(undefined, { numeric: true });

function rank(folder) {
    return ROLES.includes(folder.role) ? ROLES.indexOf(folder.role) : ROLES.length;
}

/** The folders with a role first, as in any mail program, then by name. */
export function compareFolders(a, b) {
    return rank(a) - rank(b) || collator.compare(a.name, b.name);
}
