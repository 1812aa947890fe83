import { registry } from "@web/core/registry";
import { user } from "@web/core/user";

/**
 * @param {string} href `mailto:` with the header fields that RFC 6068 allows to be given
 * @returns {{to: string, cc: string, bcc: string, subject: string, body: string}}
 */
export function parseMailto(href) {
    const [, addresses, query] = href.match(/^mailto:([^?]*)\??(.*)$/is) || [];
    const decode = (text) => {
        try {
            return decodeURIComponent(text);
        } catch {
            // A stray percent sign is a percent sign.
            return text;
        }
    };
    const fields = { to: [decode(addresses || "")], cc: [], bcc: [], subject: [], body: [] };
    for (const pair of (query || "").replace(/&amp;/g, "&").split("&")) {
        const [name, ...value] = pair.split("=");
        const field = decode(name).toLowerCase();
        // Not any field: an address must not attach files or name a sender.
        if (Object.hasOwn(fields, field)) {
            fields[field].push(decode(value.join("=")));
        }
    }
    const joined = (field) => fields[field].filter(Boolean).join(", ");
    return {
        to: joined("to"),
        cc: joined("cc"),
        bcc: joined("bcc"),
        // One line, as the field for it.
        subject: (fields.subject.at(-1) || "").replace(/\s*[\r\n]+\s*/g, " "),
        body: (fields.body.at(-1) || "").replace(/\r\n/g, "\n"),
    };
}

/** Addresses in Odoo open our window to write in, for those who want that and can send. */
export const mailtoService = {
    dependencies: ["comm_composer"],

    start(env, { comm_composer: composer }) {
        const onClick = async (ev) => {
            const link = ev.target.closest?.('a[href^="mailto:" i]');
            const isPlainClick = ev.button === 0 && !ev.ctrlKey && !ev.metaKey && !ev.shiftKey && !ev.altKey;
            // A link in a text that is being written is not followed.
            if (!link || !isPlainClick || ev.defaultPrevented || link.isContentEditable) {
                return;
            }
            if (user.settings?.comm_mailto === false || !link.ownerDocument.defaultView) {
                return;
            }
            ev.preventDefault();
            const byBrowser = () => window.open(link.href, "_self");
            if (!(await user.hasGroup("comm_mailboxes.group_user"))) {
                byBrowser();
                return;
            }
            await composer.open({ ...parseMailto(link.getAttribute("href")), fallback: byBrowser });
        };
        // On the way down: Odoo's own e-mail fields let no click come up.
        document.addEventListener("click", onClick, { capture: true });
        return {
            /** Whether addresses in messages, too, open our window. */
            get isWanted() {
                return user.settings?.comm_mailto !== false;
            },
            /** @param {string} href an address of a message, where the browser's own program is no click away */
            open: (href) => composer.open(parseMailto(href)),
        };
    },
};

registry.category("services").add("comm_mailto", mailtoService);
