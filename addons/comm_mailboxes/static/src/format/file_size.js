import { _t } from "@web/core/l10n/translation";
import { formatFloat } from "@web/core/utils/numbers";

const MEGABYTE = 1024 * 1024;
const GIGABYTE = 1024 * MEGABYTE;

/**
 * A size as mail programs show it, in the user's way to write numbers.
 *
 * @param {number} bytes
 * @returns {string}
 */
export function fileSize(bytes) {
    const shortened = (unit) => formatFloat(bytes / unit, { digits: [16, 1] });
    if (bytes >= GIGABYTE) {
        return _t("%s GB", shortened(GIGABYTE));
    }
    if (bytes >= MEGABYTE) {
        return _t("%s MB", shortened(MEGABYTE));
    }
    // Nobody reads of a file that it has 0 kB, unless there is nothing.
    return _t("%s kB", bytes && Math.max(Math.round(bytes / 1024), 1));
}
