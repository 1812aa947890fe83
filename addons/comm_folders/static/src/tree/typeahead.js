import { browser } from "@web/core/browser/browser";
import { normalize } from "@web/core/l10n/utils";

// Letters that follow each other faster than this make one word.
const PAUSE = 800;

/** Finds rows by the first letters of their names, as they are typed; one letter again and again goes from hit to hit. */
export class Typeahead {
    constructor() {
        this.text = "";
    }

    /**
     * @param {string} key as `KeyboardEvent.key` has it
     * @param {{node: {name: string}}[]} rows
     * @param {number} position where the keyboard is
     * @returns {number|undefined} the row that is meant; undefined when the key is no letter, -1 when nothing begins so
     */
    find(key, rows, position) {
        if ([...key].length !== 1 || (key === " " && !this.text)) {
            return undefined;
        }
        browser.clearTimeout(this.timer);
        this.timer = browser.setTimeout(() => (this.text = ""), PAUSE);
        const letter = normalize(key);
        this.text = this.text === letter ? letter : this.text + letter;
        // Who goes on typing a word stays where it fits already.
        const start = position + (this.text.length === 1 ? 1 : 0);
        for (let step = 0; step < rows.length; step++) {
            const index = (start + step) % rows.length;
            if (normalize(rows[index].node.name).startsWith(this.text)) {
                return index;
            }
        }
        return -1;
    }
}
