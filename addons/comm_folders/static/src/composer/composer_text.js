import { isEmail } from "@web/core/utils/strings";

/**
 * @typedef {{name: string, email: string, isValid: boolean}} Recipient
 */

/**
 * Cut what was typed or pasted into an address field at its commas, semicolons and line breaks. Those in quotes, comments
 * and angle brackets belong to an address.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function splitAddresses(text) {
    const parts = [];
    let part = "";
    let quoted = false;
    let depth = 0;
    for (let i = 0; i < text.length; i++) {
        const char = text[i];
        if (quoted && char === "\\") {
            part += char + (text[++i] ?? "");
            continue;
        }
        if (char === '"') {
            quoted = !quoted;
        } else if (!quoted && "(<".includes(char)) {
            depth++;
        } else if (!quoted && ")>".includes(char)) {
            depth = Math.max(depth - 1, 0);
        }
        if (!quoted && ((!depth && ",;".includes(char)) || "\r\n".includes(char))) {
            parts.push(part);
            part = "";
            depth = 0;
        } else {
            part += char;
        }
    }
    parts.push(part);
    return parts.map((each) => each.trim()).filter(Boolean);
}

/**
 * @param {string} text one address, as `anna@example.com` or `"Müller, Anna" <anna@example.com>`
 * @returns {Recipient} of what is no address the text as its "email", not valid
 */
export function parseAddress(text) {
    const [, before, inside] = text.match(/^(.*?)\s*<\s*([^<>]*?)\s*>$/s) || [];
    const email = (inside ?? text).replace(/^mailto:/i, "").trim();
    const name = (before || "")
        .replace(/^["'](.*)["']$/s, "$1")
        .replace(/\\(.)/g, "$1")
        .trim();
    return { name, email, isValid: isAddress(email) };
}

/** The server has the last word, also about international addresses; here only what is surely none. */
export function isAddress(email) {
    const isInternational = /^[^\s@<>(),;:"\\[\]]{1,64}@[^\s@<>(),;:"\\[\]]+\.[^\s@<>(),;:"\\[\].]{2,}$/.test(email);
    const isLocal = /^[^\s@<>(),;:"\\[\]]{1,64}@(?:localhost|\[[\d.a-fA-F:]+\])$/.test(email);
    return isInternational || isLocal || isEmail(email);
}

/** @param {string|false} text the address field of a message */
export function parseAddresses(text) {
    return splitAddresses(text || "").map(parseAddress);
}

/** @param {Recipient} recipient */
export function formatAddress({ name, email, isValid }) {
    return name && isValid ? `"${name.replace(/(["\\])/g, "\\$1")}" <${email}>` : email;
}

/** @param {Recipient[]} recipients */
export function joinAddresses(recipients) {
    return recipients.map(formatAddress).join(", ");
}

/**
 * @param {Recipient[]} recipients
 * @param {Recipient[]} added
 * @returns {Recipient[]} each address once
 */
export function withRecipients(recipients, added) {
    const known = new Set();
    return [...recipients, ...added].filter(({ email }) => {
        const key = email.toLowerCase();
        return !known.has(key) && known.add(key);
    });
}

/** Read without loading or running anything of it. */
function parseHtml(html) {
    return new DOMParser().parseFromString(html, "text/html").body;
}

const BLOCKS = new Set(
    "ADDRESS ARTICLE ASIDE CENTER DD DIV DL DT FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TR UL".split(
        " "
    )
);
const SPACED = new Set("H1 H2 H3 H4 H5 H6 OL P PRE TABLE UL".split(" "));

/**
 * The words of a rich text as people write them in plain text: quotes with ">", lists with dashes, links in brackets.
 *
 * @param {string} html
 * @returns {string}
 */
export function htmlToText(html) {
    return linesOf(parseHtml(html), false)
        .join("\n")
        .replace(/\n{3,}/g, "\n\n")
        .replace(/^\n+|\s+$/g, "");
}

function linesOf(root, isPre) {
    const lines = [""];
    // List to the number of its last entry.
    const entries = new Map();
    // What begins an entry of a list goes on in the same line.
    const newLine = () => lines.at(-1).trim() && !/^\s*(?:-|\d+\.) $/.test(lines.at(-1)) && lines.push("");
    const blank = () => {
        newLine();
        if (lines.length > 1 && lines.at(-2).trim() && lines.at(-2) !== "-- ") {
            lines.push("");
        }
    };
    const walk = (node, pre) => {
        if (node.nodeType === Node.TEXT_NODE) {
            const text = node.data.replace(/[\u200b\ufeff]/g, "");
            if (pre) {
                const [first, ...more] = text.split("\n");
                lines[lines.length - 1] += first;
                lines.push(...more);
            } else {
                const words = text.replace(/[ \t\r\n]+/g, " ").replace(/\u00a0/g, " ");
                lines[lines.length - 1] += lines.at(-1) ? words : words.trimStart();
            }
            return;
        }
        if (node.nodeType !== Node.ELEMENT_NODE) {
            return;
        }
        const tag = node.tagName;
        if (tag === "BR") {
            // The last one of a block only keeps it open.
            if (node.nextSibling || !BLOCKS.has(node.parentNode.tagName) || !lines.at(-1)) {
                lines.push("");
            }
            return;
        }
        if (tag === "BLOCKQUOTE") {
            blank();
            const quoted = linesOf(node, pre);
            while (quoted.length && !quoted.at(-1).trim()) {
                quoted.pop();
            }
            lines.pop();
            lines.push(...quoted.map((line) => (line.startsWith(">") ? `>${line}` : `> ${line}`.trimEnd())), "", "");
            return;
        }
        if (tag === "HR") {
            newLine();
            lines[lines.length - 1] = "-".repeat(40);
            lines.push("");
            return;
        }
        const isBlock = BLOCKS.has(tag);
        if (SPACED.has(tag) && !node.closest("li")) {
            blank();
        } else if (isBlock) {
            newLine();
        }
        if (tag === "LI") {
            const list = node.parentNode;
            entries.set(list, (entries.get(list) ?? (list.start || 1) - 1) + 1);
            lines[lines.length - 1] += list.tagName === "OL" ? `${entries.get(list)}. ` : "- ";
        } else if ((tag === "TD" || tag === "TH") && lines.at(-1)) {
            lines[lines.length - 1] += " ";
        }
        node.childNodes.forEach((child) => walk(child, pre || tag === "PRE"));
        const href = tag === "A" && node.getAttribute("href");
        if (href && /^https?:/i.test(href) && href.replace(/\/$/, "") !== node.textContent.trim().replace(/\/$/, "")) {
            lines[lines.length - 1] += ` <${href}>`;
        }
        if (SPACED.has(tag) && !node.closest("li")) {
            blank();
        } else if (isBlock) {
            newLine();
        }
    };
    root.childNodes.forEach((child) => walk(child, isPre));
    // The blank of the line above a signature is a part of it (RFC 3676, 4.3).
    return lines.map((line) => (line === "-- " ? line : line.trimEnd()));
}

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escapeHtml = (text) => text.replace(/[&<>"]/g, (char) => ENTITIES[char]);

/**
 * @param {string} text plain text; lines that begin with ">" are quotes
 * @returns {string} HTML
 */
export function textToHtml(text) {
    const html = [];
    let level = 0;
    for (const line of text.replace(/\r\n?/g, "\n").split("\n")) {
        const [marks] = line.match(/^(?:> ?)*/);
        const wanted = marks.replace(/ /g, "").length;
        for (; level < wanted; level++) {
            html.push('<blockquote type="cite">');
        }
        for (; level > wanted; level--) {
            html.push("</blockquote>");
        }
        const words = escapeHtml(line.slice(marks.length)).replace(/ {2}/g, " &nbsp;");
        html.push(`<div>${words || "<br>"}</div>`);
    }
    html.push("</blockquote>".repeat(level));
    return html.join("");
}

/** The text that the author wrote: neither quotes nor the forwarded message nor the signature. */
export function ownText({ bodyHtml, bodyText, isPlain }) {
    if (isPlain) {
        const [own] = bodyText.split(/^-- ?$|^-{10} .* -{10}$/m);
        return own
            .split("\n")
            .filter((line) => !line.startsWith(">"))
            .join("\n");
    }
    const body = parseHtml(bodyHtml);
    body.querySelectorAll("blockquote, .o_signature, .o_comm_forwarded, style").forEach((element) => element.remove());
    return body.textContent;
}

// In the languages of those who write it, whatever the language of the screen.
const ATTACHMENT_WORDS =
    /\b(?:attach(?:ed|ment|ments|ing)?|enclos(?:ed|ure))\b|(?:^|[^\p{L}])(?:anhang|anhänge|anhängend|angehängt|anlage|anlagen|anbei|beigefügt\p{L}*|beiliegend\p{L}*)(?=$|[^\p{L}])/iu;

/** @param {string} text */
export function mentionsAttachment(text) {
    return ATTACHMENT_WORDS.test(text);
}

export const MANY_RECIPIENTS = 15;

/**
 * What an attentive colleague would ask before this is sent.
 *
 * @returns {("attachment"|"subject"|"recipients"|"size")[]}
 */
export function doubtsAbout({ subject, to, cc, attachmentCount, text, size = 0, sizeLimit = 0 }) {
    const doubts = [];
    if (!subject.trim()) {
        doubts.push("subject");
    }
    if (!attachmentCount && mentionsAttachment(`${subject.replace(/^(?:\S{1,6}:\s*)+.*/, "")}\n${text}`)) {
        doubts.push("attachment");
    }
    if (to.length + cc.length >= MANY_RECIPIENTS) {
        doubts.push("recipients");
    }
    if (sizeLimit && size > sizeLimit) {
        doubts.push("size");
    }
    return doubts;
}
