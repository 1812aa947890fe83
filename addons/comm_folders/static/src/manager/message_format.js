import { formatInteger } from "@web/views/fields/formatters";

const { DateTime } = luxon;

/**
 * Split an address header for display. The name may be anything that the sender liked to write.
 *
 * @param {string|false} header e.g. `"Müller, Anna" <anna@example.com>`
 * @returns {{name: string, address: string}} without a name, the address is the name and `address` is empty
 */
export function splitAddress(header) {
    const text = (header || "").trim();
    const [, quoted, address] = text.match(/^(.*?)\s*<([^<>]*)>$/) || [];
    const name = (quoted || "").replace(/^"(.*)"$/, "$1").replace(/\\(.)/g, "$1");
    return name ? { name, address } : { name: address || text, address: "" };
}

/**
 * @param {string[]} names of the files of a mail; some programs call all their pictures alike
 * @returns {string[]} the same, numbered where one comes again, as in the zip file of them
 */
export function distinctNames(names) {
    const taken = new Set();
    return names.map((name) => {
        const [, stem, ending] = name.match(/^(.+?)(\.[^.]*)?$/s) || ["", name, ""];
        let distinct = name;
        for (let number = 2; taken.has(distinct.toLowerCase()); number++) {
            distinct = `${stem} (${number})${ending || ""}`;
        }
        taken.add(distinct.toLowerCase());
        return distinct;
    });
}

/**
 * @param {string} name of a person or an address
 * @returns {string} one or two letters that stand for it; of nobody, a question mark
 */
export function initials(name) {
    const words = name.match(/[\p{L}\p{N}]+/gu) || [];
    const chosen = name.includes("@") ? words.slice(0, 1) : [words.at(0), ...words.slice(1).slice(-1)];
    const letters = chosen.map((word) => [...(word || "")][0] || "").join("");
    return letters.toUpperCase() || "?";
}

/**
 * @param {string} text
 * @returns {number} a hue from 0 to 345 that is always the same for this text
 */
export function hueOf(text) {
    let hash = 0;
    for (const char of text) {
        hash = (hash * 31 + char.codePointAt(0)) % 1_000_003;
    }
    return (hash % 24) * 15;
}

/**
 * A date as short as it stays clear: today the time, this week the day, then the date.
 *
 * @param {luxon.DateTime|false} date
 * @param {luxon.DateTime} [now]
 * @returns {string}
 */
export function shortDate(date, now = DateTime.now()) {
    if (!date) {
        return "";
    }
    const days = now.startOf("day").diff(date.startOf("day"), "days").days;
    if (days === 0) {
        return date.toLocaleString(DateTime.TIME_SIMPLE);
    }
    if (days > 0 && days < 7) {
        return date.toLocaleString({ weekday: "short", hour: "numeric", minute: "numeric" });
    }
    if (days > 0 && date.year === now.year) {
        return date.toLocaleString({ day: "numeric", month: "short" });
    }
    return date.toLocaleString(DateTime.DATE_SHORT);
}

/**
 * @param {luxon.DateTime|false} date
 * @returns {string}
 */
export function longDate(date) {
    return date ? date.toLocaleString(DateTime.DATETIME_MED_WITH_WEEKDAY) : "";
}

/**
 * What is told of so many messages, their number as the user's language writes it.
 *
 * @param {number} count
 * @param {string} one what is told of a single one
 * @param {(number: string) => string} many
 * @returns {string}
 */
export function byCount(count, one, many) {
    return count === 1 ? one : many(formatInteger(count));
}
