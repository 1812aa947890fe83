import { describe, expect, test } from "@odoo/hoot";
import { singleNote } from "@comm_folders/manager/single_note";

describe.current.tags("headless");

test("a note takes the place of the one before, but a warning stays until the next warning", () => {
    const shown = [];
    const { add } = singleNote({
        add(text) {
            shown.push(text);
            return () => shown.splice(shown.indexOf(text), 1);
        },
    });
    add("moved", { type: "success" });
    add("not there any more", { type: "warning" });
    add("fetched", { type: "success" });
    expect(shown).toEqual(["not there any more", "fetched"]);
    add("server gone", { type: "warning" });
    add("read this", { type: "info", sticky: true });
    add("moved again", { type: "success" });
    expect(shown).toEqual(["server gone", "read this", "moved again"]);
});

test("where notes lie over the list there is one: what the reader does next takes the place of a warning, other news wait", () => {
    const shown = [];
    const { add } = singleNote(
        {
            add(text, { onClose }) {
                shown.push(text);
                return () => {
                    if (shown.includes(text)) {
                        onClose();
                        shown.splice(shown.indexOf(text), 1);
                    }
                };
            },
        },
        () => true
    );
    const undo = { buttons: [{ name: "Undo" }] };
    add("moved", { type: "success", ...undo });
    const close = add("server gone", { type: "warning", ...undo });
    expect(shown).toEqual(["server gone"]);
    add("fetched", { type: "success" });
    expect(shown).toEqual(["server gone"]);
    close();
    expect(shown).toEqual(["fetched"]);
    add("not there any more", { type: "warning" });
    add("fetched again", { type: "success" });
    add("moved again", { type: "success", ...undo });
    expect(shown).toEqual(["moved again"]);
    add("fetched once more", { type: "success" })();
    expect(shown).toEqual([]);
});
